//! Names on proteins: `p.Arg1772Ter`, `p.Lys23_Val25del`, `p.Gln8LeufsTer12`.
//!
//! Amino acids are compared in the change's place after it was moved to its 3' end on the
//! transcript; insertions and deletions are moved on along the protein. An unknown amino acid is
//! written as VEP writes it, `Ter`.

use std::fmt::Write as _;

use wgs_formats::genome::Genome;

use super::super::{
    Ends,
    change::Change,
    code::three_letters,
    coded::{AminoAcids, Coded},
    locus::{CODON, Locus, Sequences},
    predicates::Predicates,
    span::Spans,
};

/// The name of a change without the protein's; `None` where no amino acid can be told.
pub(crate) fn name(
    genome: &Genome,
    locus: &Locus,
    sequences: &Sequences,
    change: &Change,
    span: &Spans,
    found: &Predicates<'_>,
) -> Option<String> {
    let alleles = change.oriented(locus.strand);
    let movable = change.is_insertion() || change.is_deletion();
    let by = if movable { change.moved(genome, locus.strand).by } else { 0 };
    let (shift, mut place, mut alternate) = (locus.either(by, -by), *span, &alleles.alternate);
    if by != 0 {
        place = Spans::of(locus, change.start + shift, change.end() + shift);
        if change.is_insertion() {
            alternate = &change.moved(genome, locus.strand).inserted;
        }
    }
    if !change.is_readable() {
        return None;
    }
    let (first, last) = place.protein.both()?;
    let coded = Coded::inserting(locus, sequences, &place, &alleles.reference, alternate)?;
    let context = Context { locus, sequences, found, coded: &coded, place: place.protein };
    let AminoAcids { before, after } = coded.amino_acids.clone()?;
    let mut replaced = Replaced { before, after, first, last, whole: None };
    if replaced.before != replaced.after {
        replaced.clip();
    }
    match found.shifts_frame(&place, alternate.len() as i64) {
        true => context.frameshift(first, &replaced),
        false => context.in_frame(replaced),
    }
}

struct Context<'a> {
    locus: &'a Locus,
    sequences: &'a Sequences,
    found: &'a Predicates<'a>,
    coded: &'a Coded<'a>,
    place: Ends,
}

/// What amino acids are replaced by; 1-based, of an insertion the first is one more than the last.
#[derive(Clone, Debug)]
struct Replaced {
    before: Vec<u8>,
    after: Vec<u8>,
    first: i64,
    last: i64,
    /// What stood there before anything was left out, if anything was compared at all.
    whole: Option<Vec<u8>>,
}

impl Replaced {
    /// Leaves out what both begin with, then what both end with. A stop at the beginning of both
    /// ends it all.
    fn clip(&mut self) {
        self.whole = Some(self.before.clone());
        let pairs = self.before.iter().zip(&self.after);
        let left = { pairs }.take_while(|(b, a)| b == a && **b != b'*').count();
        if self.before.get(left) == Some(&b'*') && self.after.get(left) == Some(&b'*') {
            return;
        }
        let ends = self.before[left..].iter().rev().zip(self.after[left..].iter().rev());
        let right = { ends }.take_while(|(b, a)| b == a).count();
        let part = |amino_acids: &[u8]| amino_acids[left..amino_acids.len() - right].to_vec();
        (self.before, self.after) = (part(&self.before), part(&self.after));
        self.first += left as i64;
        self.last -= right as i64;
    }
}

impl Context<'_> {
    fn in_frame(&self, replaced: Replaced) -> Option<String> {
        match (replaced.before.is_empty(), replaced.after.is_empty()) {
            (true, _) => self.insertion(replaced),
            (_, true) => self.deletion(replaced),
            _ => Some(self.replacement(&replaced)),
        }
    }

    fn replacement(&self, replaced: &Replaced) -> String {
        let Replaced { before, after, first, last, .. } = replaced;
        if self.found.start_lost {
            return start_lost(before, *first, *last);
        }
        if before == after {
            return format!("p.{}{first}=", spelled(before));
        }
        let single = before.len() == 1 && after.len() == 1;
        if single && self.found.stop_lost {
            let distance = self.beyond_end(*first);
            return format!("p.{}{first}{}ext{distance}", spelled(before), spelled(&after[..1]));
        }
        if single {
            return format!("p.{}{first}{}", spelled(before), spelled(after));
        }
        format!("p.{}delins{}", range(before, *first, *last), up_to_stop(after))
    }

    fn deletion(&self, mut replaced: Replaced) -> Option<String> {
        self.move_on(&mut replaced);
        let Replaced { before, first, last, .. } = &replaced;
        if self.found.start_lost {
            return Some(start_lost(before, *first, *last));
        }
        Some(self.deleted(before, *first, *last))
    }

    fn deleted(&self, before: &[u8], first: i64, last: i64) -> String {
        let place = match before.len() {
            1 => format!("{}{first}", spelled(before)),
            _ => ordered(before, first, last),
        };
        if self.found.stop_lost {
            return format!("p.{place}delext{}", self.beyond_end(first));
        }
        format!("p.{place}del")
    }

    fn insertion(&self, mut replaced: Replaced) -> Option<String> {
        self.move_on(&mut replaced);
        let Replaced { after, first, last, .. } = &replaced;
        let stops = after.iter().filter(|a| **a == b'*').count();
        let length = after.len() as i64;
        let protein = &self.sequences.protein;
        let copied = usize::try_from(first - length - 1)
            .ok()
            .and_then(|from| protein.get(from..from + after.len()));
        if stops == 0 && copied == Some(after.as_slice()) {
            let (first, last) = (first - length, first - 1);
            return Some(match after.len() {
                1 => format!("p.{}{first}dup", spelled(after)),
                _ => format!("p.{}dup", ordered(after, first, last)),
            });
        }
        let low = (*first).min(*last);
        if self.found.start_lost && low < 1 {
            return Some("p.Met1?".into());
        }
        let around = self.amino_acids_from(low, replaced.whole.as_deref())?;
        let around = &around[..around.len().min(2)];
        if self.found.start_lost {
            return Some(start_lost(around, *first, *last));
        }
        let (low, high) = (low, (*first).max(*last));
        Some(format!("p.{}ins{}", ordered(around, low, high), up_to_stop(after)))
    }

    /// Moves an insertion or deletion on along the protein, as far as it means the same.
    fn move_on(&self, replaced: &mut Replaced) {
        let is_insertion = replaced.before.is_empty();
        let next = self.amino_acids_from(replaced.last + 1, replaced.whole.as_deref());
        let moving = if is_insertion { &mut replaced.after } else { &mut replaced.before };
        let Some(next) = next.filter(|next| next.len() >= moving.len()) else { return };
        for amino_acid in &next[..=next.len() - moving.len()] {
            if moving.first() != Some(amino_acid) {
                break;
            }
            moving.rotate_left(1);
            replaced.first += 1;
            replaced.last += 1;
        }
    }

    /// The protein's amino acids from a position on, with the stop if that was among what was
    /// compared; `None` if there are none behind the position.
    fn amino_acids_from(&self, position: i64, compared: Option<&[u8]>) -> Option<Vec<u8>> {
        let compared = compared.filter(|compared| compared.starts_with(b"*"));
        let from = usize::try_from(position - 1).ok()?;
        let mut amino_acids = self.sequences.protein.clone();
        amino_acids.extend_from_slice(compared.unwrap_or_default());
        (amino_acids.len() > from + 1).then(|| amino_acids.split_off(from))
    }

    fn frameshift(&self, first: i64, replaced: &Replaced) -> Option<String> {
        let mut codon = usize::try_from(first - 1).ok()?;
        let read = |codon: usize| {
            let bases = self.coded.edited.codon_at(codon * CODON)?;
            Some(self.locus.code().amino_acid(bases))
        };
        let protein = &self.sequences.protein;
        let Some(mut new) = read(codon) else {
            // Nothing is left to be read from where the shifted frame begins.
            return Some(self.deleted(&replaced.before, first, replaced.last));
        };
        let mut old;
        loop {
            old = match codon.cmp(&protein.len()) {
                std::cmp::Ordering::Less => Some(protein[codon]),
                std::cmp::Ordering::Equal => Some(b'*'),
                std::cmp::Ordering::Greater => None,
            };
            if old == Some(b'*') && new == b'*' {
                return Some(format!("p.Ter{}=", codon + 1));
            }
            if old != Some(new) {
                break;
            }
            codon += 1;
            match read(codon) {
                Some(next) => new = next,
                None => break,
            }
        }
        if self.found.start_lost {
            let (first, last) = (codon as i64 + 1, replaced.last);
            return Some(start_lost(&[old?], first, last));
        }
        let old = old.map_or("", three_letters);
        let place = format!("p.{old}{}", codon + 1);
        if new == b'*' {
            return Some(place + "Ter");
        }
        let stop = self.first_stop().filter(|_| codon > 0);
        let distance = stop.map(|stop| stop as i64 + 1 - codon as i64).filter(|d| *d > 0);
        Some(format!("{place}{}fs{}", three_letters(new), terminal(distance)))
    }

    /// `Ter` and how many amino acids follow behind the place of the lost stop.
    fn beyond_end(&self, first: i64) -> String {
        let end = self.sequences.protein.len() as i64;
        let stop = self.first_stop().filter(|_| first > 1);
        terminal(stop.map(|stop| stop as i64 - end).filter(|distance| *distance > 0))
    }

    /// The first codon (0-based) of the changed sequence that is a stop.
    fn first_stop(&self) -> Option<usize> {
        let start = self.place.first.and_then(|first| usize::try_from(first - 1).ok())?;
        if let Some(before) = self.sequences.first_stop.filter(|stop| *stop < start) {
            return Some(before);
        }
        let codons =
            (start..).map_while(|codon| Some((codon, self.coded.edited.codon_at(codon * CODON)?)));
        { codons }.find(|(_, bases)| self.locus.code().amino_acid(*bases) == b'*').map(|c| c.0)
    }
}

fn terminal(distance: Option<i64>) -> String {
    distance.map_or_else(|| "Ter?".into(), |distance| format!("Ter{distance}"))
}

fn spelled(amino_acids: &[u8]) -> String {
    amino_acids.iter().map(|amino_acid| three_letters(*amino_acid)).collect()
}

/// Amino acids up to the first stop.
fn up_to_stop(amino_acids: &[u8]) -> String {
    let is_stop = |amino_acid: &u8| three_letters(*amino_acid) == "Ter";
    let end = amino_acids.iter().position(is_stop).map_or(amino_acids.len(), |stop| stop + 1);
    spelled(&amino_acids[..end])
}

/// `Lys23_Val25`, or `Lys23` where it is one.
fn range(amino_acids: &[u8], first: i64, last: i64) -> String {
    match first == last {
        true => format!("{}{first}", amino_acids.first().map_or("", |a| three_letters(*a))),
        false => ordered(amino_acids, first.min(last), first.max(last)),
    }
}

/// `Lys23_Val25`.
fn ordered(amino_acids: &[u8], first: i64, last: i64) -> String {
    let mut text = String::new();
    if let (Some(a), Some(b)) = (amino_acids.first(), amino_acids.last()) {
        let _ = write!(text, "{}{first}_{}{last}", three_letters(*a), three_letters(*b));
    }
    text
}

/// A protein whose start is lost: what becomes of it is not known.
fn start_lost(before: &[u8], first: i64, last: i64) -> String {
    match first == last {
        true => format!("p.{}{first}?", spelled(before)),
        false => format!("p.{}{first}_?{last}", spelled(before)),
    }
}
