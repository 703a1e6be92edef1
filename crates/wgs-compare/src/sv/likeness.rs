//! Whether two structural variants are one, and how much they are alike.

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::genome::Genome;

use super::{
    edits,
    event::{Event, Place, SvKind},
    options::SvOptions,
};

/// How two variants that are taken for one differ.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Likeness {
    /// Start of the call less that of the truth, in bp.
    pub(crate) start_shift_bp: i64,
    /// End of the call less that of the truth, in bp.
    pub(crate) end_shift_bp: i64,
    /// Smaller size over larger, where both are known.
    pub(crate) size_ratio: Option<f64>,
    /// Similarity of the bases, where both are known.
    pub(crate) sequence_similarity: Option<f64>,
    /// Whether both have the same zygosity, where both are known.
    pub(crate) same_genotype: Option<bool>,
    /// Whether they are of one type as written.
    pub(crate) same_kind: bool,
    /// Mean of closeness (1 at the same place, 0 at the window's edge), ratio and similarity.
    pub(crate) score: f64,
}

/// In what two variants that are near each other differ too much; those that agree in more come
/// later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Difference {
    /// Another type, or other sides joined.
    Type,
    /// The start or the end lies too far apart.
    Position,
    /// The sizes differ too much.
    Size,
    /// The bases differ too much.
    Sequence,
}

impl Difference {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Position => "position",
            Self::Size => "size",
            Self::Sequence => "sequence",
        }
    }
}

/// Compares a variant of the truth with a call.
pub(crate) fn compare(
    truth: &Event,
    call: &Event,
    genome: &Genome,
    options: &SvOptions,
) -> Result<Likeness, Difference> {
    let relation = Relation::of(truth, call, options).ok_or(Difference::Type)?;
    let window = match relation {
        Relation::Junctions => options.breakend_window_bp,
        _ => options.window_bp,
    };
    let [start, end] = shifts(truth, call, relation).ok_or(Difference::Position)?;
    if start.unsigned_abs().max(end.unsigned_abs()) > u64::from(window) {
        return Err(Difference::Position);
    }
    let size_ratio = match (truth.size_bp, call.size_bp) {
        (Some(a), Some(b)) => Some(ratio(a.min(b), a.max(b))),
        _ => None,
    };
    if size_ratio.is_some_and(|ratio| ratio < options.min_size_ratio) {
        return Err(Difference::Size);
    }
    let sequence_similarity = similarity(truth, call, relation, genome, options);
    if sequence_similarity.is_some_and(|s| s < options.min_sequence_similarity) {
        return Err(Difference::Sequence);
    }
    let apart = (start.unsigned_abs() + end.unsigned_abs()) as f64;
    let closeness = 1.0 - apart / (2.0 * f64::from(window.max(1)));
    let parts: Vec<f64> =
        [Some(closeness), size_ratio, sequence_similarity].into_iter().flatten().collect();
    Ok(Likeness {
        start_shift_bp: start,
        end_shift_bp: end,
        size_ratio,
        sequence_similarity,
        same_genotype: same_zygosity(truth, call),
        same_kind: truth.kind == call.kind,
        score: parts.iter().sum::<f64>() / parts.len() as f64,
    })
}

/// In which way two variants can be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    /// Stretches of the same type.
    Spans,
    /// Parallel junctions, both written as breakends.
    Junctions,
    /// A junction and the symbolic allele that it spells.
    Spelling,
    /// An insertion, and the duplication that it may be a copy of.
    Copy,
}

impl Relation {
    fn of(a: &Event, b: &Event, options: &SvOptions) -> Option<Self> {
        let (found, possible) = match (&a.place, &b.place) {
            (Place::Span(..), Place::Span(..)) if a.kind == b.kind => (Self::Spans, true),
            (Place::Span(..), Place::Span(..)) => {
                let kinds = [a.kind.min(b.kind), a.kind.max(b.kind)];
                let copies = kinds == [SvKind::Ins, SvKind::Dup];
                (Self::Copy, copies && options.duplications_as_insertions)
            }
            (Place::Junction(a), Place::Junction(b)) => (Self::Junctions, a.is_parallel(b)),
            (Place::Span(..), Place::Junction(j)) => {
                (Self::Spelling, options.breakends_as_symbolic && j.spells() == Some(a.kind))
            }
            (Place::Junction(j), Place::Span(..)) => {
                (Self::Spelling, options.breakends_as_symbolic && j.spells() == Some(b.kind))
            }
        };
        possible.then_some(found)
    }
}

/// How far the call's start and end lie from the truth's, in bp; `None` on other contigs.
fn shifts(truth: &Event, call: &Event, relation: Relation) -> Option<[i64; 2]> {
    let ([t0, t1], [c0, c1]) = (truth.cuts(), call.cuts());
    if (t0.0, t1.0) != (c0.0, c1.0) {
        return None;
    }
    let from = |a: u32, b: u32| i64::from(b) - i64::from(a);
    if relation != Relation::Copy {
        return Some([from(t0.1, c0.1), from(t1.1, c1.1)]);
    }
    // A copy beside a stretch is the same wherever in the stretch it is put.
    let (stretch, insertion) =
        if truth.kind == SvKind::Dup { (truth, call) } else { (call, truth) };
    let ([start, end], cut) = (stretch.cuts(), insertion.cuts()[0].1);
    let shift = from(cut.clamp(start.1, end.1), cut);
    let shift = if truth.kind == SvKind::Dup { shift } else { -shift };
    Some([shift, shift])
}

fn ratio(part: u32, whole: u32) -> f64 {
    if whole == 0 { 1.0 } else { f64::from(part) / f64::from(whole) }
}

fn same_zygosity(a: &Event, b: &Event) -> Option<bool> {
    let is_homozygous = |event: &Event| event.genotype.map(|(copies, ploidy)| copies == ploidy);
    Some(is_homozygous(a)? == is_homozygous(b)?)
}

/// Similarity of the bases of two variants, from 0 to 1; `None` where they are not both known or
/// are not to be compared.
fn similarity(
    a: &Event,
    b: &Event,
    relation: Relation,
    genome: &Genome,
    options: &SvOptions,
) -> Option<f64> {
    if options.min_sequence_similarity <= 0.0 || a.kind == SvKind::Inv {
        return None;
    }
    let max = options.max_sequence_bp as usize;
    let (a, b) = match relation {
        Relation::Spans => (Change::spelled(a)?, Change::spelled(b)?),
        Relation::Copy if a.kind == SvKind::Ins => {
            (Change::spelled(a)?, Change::copy(b, a, genome)?)
        }
        Relation::Copy => (Change::copy(a, b, genome)?, Change::spelled(b)?),
        Relation::Junctions | Relation::Spelling => return None,
    };
    if a.length() > max || b.length() > max {
        return None;
    }
    let longer = a.length().max(b.length()) as f64;
    let edits = a.edits_directly(&b, genome).min(a.edits_in_place(&b, genome));
    let shared = a.shared_bp(&b) as f64;
    Some((1.0 - edits as f64 / longer).max(shared / longer).max(0.0))
}

/// Bases that come in place of others.
struct Change {
    contig: ContigIndex,
    span: Interval0,
    bases: Vec<u8>,
}

impl Change {
    fn spelled(event: &Event) -> Option<Self> {
        match &event.place {
            Place::Span(contig, span) => {
                Some(Self { contig: *contig, span: *span, bases: event.bases.clone()? })
            }
            Place::Junction(_) => None,
        }
    }

    /// The insertion, at or near the place of another one, that a duplication is.
    fn copy(duplication: &Event, insertion: &Event, genome: &Genome) -> Option<Self> {
        let (contig, span) = duplication.span()?;
        let cut = insertion.cuts()[0].1.clamp(span.start(), span.end());
        let part = |start, end| Some(genome.fetch(contig, Interval0::new(start, end).ok()?));
        let mut bases = part(cut, span.end())?;
        bases.extend(part(span.start(), cut)?);
        Some(Self { contig, span: Interval0::new(cut, cut).ok()?, bases })
    }

    fn length(&self) -> usize {
        self.bases.len().max(self.span.len() as usize)
    }

    /// What the change is about: the bases that come, or where none come those that go.
    fn text(&self, genome: &Genome) -> Vec<u8> {
        if self.bases.len() >= self.span.len() as usize {
            self.bases.clone()
        } else {
            genome.fetch(self.contig, self.span)
        }
    }

    fn edits_directly(&self, other: &Self, genome: &Genome) -> usize {
        edits::distance(&self.text(genome), &other.text(genome))
    }

    /// Edits between the sequences that both changes leave of the stretch that holds both.
    fn edits_in_place(&self, other: &Self, genome: &Genome) -> usize {
        let start = self.span.start().min(other.span.start());
        let end = self.span.end().max(other.span.end());
        let haplotype = |change: &Self| {
            let part = |start, end| {
                let part = Interval0::new(start, end).expect("the stretch holds the span");
                genome.fetch(change.contig, part)
            };
            let before = part(start, change.span.start());
            [before, change.bases.clone(), part(change.span.end(), end)].concat()
        };
        edits::distance(&haplotype(self), &haplotype(other))
    }

    /// Bases that are gone in both.
    fn shared_bp(&self, other: &Self) -> u32 {
        let gone = self.bases.is_empty() && other.bases.is_empty();
        self.span.intersection(other.span).filter(|_| gone).map_or(0, Interval0::len)
    }
}
