//! What an allele does to the transcripts near it.

use std::{ops::BitOr, path::Path};

use wgs_core::{ContigIndex, Interval0, Pos1};
use wgs_formats::{Result, genome::Genome, variant::Line};

use crate::{
    GeneSource, Impact, Term, Transcript,
    coding::CodingRegions,
    csq::TranscriptColumns,
    engine::{
        self, NEAR_BP,
        change::Change,
        combined::{self, Edit},
        hgvs::genomic,
        locus::Locus,
    },
    form::as_compared,
    nearby::Nearby,
    store,
};

/// What an allele does to one transcript, or that none is near.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Place of the transcript among [`Effects::transcripts`]; `None` for an intergenic allele.
    pub transcript: Option<usize>,
    /// The terms; never empty.
    pub terms: Terms,
    /// The exons that it lies in.
    pub exon: Option<Numbers>,
    /// The introns that it lies in.
    pub intron: Option<Numbers>,
    /// HGVS name on the transcript, with its accession: `ENST00000471181.6:c.5314C>T`.
    pub hgvs_transcript: Option<String>,
    /// HGVS name on the protein, with its accession where known: `ENSP00000418960.2:p.Arg1772Ter`.
    pub hgvs_protein: Option<String>,
    /// Bases by which these names were moved towards the transcript's 3' end, on the contig.
    pub hgvs_offset: Option<i64>,
    /// Position in the transcript.
    pub cdna: Option<Span>,
    /// Position in the coding sequence.
    pub coding: Option<Span>,
    /// Position in the protein.
    pub protein: Option<Span>,
    /// `R/*`.
    pub amino_acids: Option<String>,
    /// `Cga/Tga`.
    pub codons: Option<String>,
    /// Bases to the transcript, upstream or downstream of it.
    pub distance: Option<u64>,
    /// Of an allele that may shorten the protein, whether the transcript is likely to escape
    /// nonsense-mediated decay.
    pub nmd_escaping: Option<bool>,
}

impl Effect {
    /// An effect of which only the terms are known.
    pub(crate) fn of_terms(terms: Terms) -> Self {
        Self {
            transcript: None,
            terms,
            exon: None,
            intron: None,
            hgvs_transcript: None,
            hgvs_protein: None,
            hgvs_offset: None,
            cdna: None,
            coding: None,
            protein: None,
            amino_acids: None,
            codons: None,
            distance: None,
            nmd_escaping: None,
        }
    }

    /// The impact of the most severe term.
    pub fn impact(&self) -> Impact {
        self.terms.iter().map(Term::impact).max().unwrap_or(Impact::Modifier)
    }
}

/// First and last position, 1-based, equal for a single one; `None` for an end that lies outside of
/// what is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The lower end.
    pub first: Option<u32>,
    /// The higher end.
    pub last: Option<u32>,
}

/// Numbers of exons or introns, from 1 in the transcript's direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// The first.
    pub first: u32,
    /// The last; equal to the first for a single one.
    pub last: u32,
    /// How many the transcript has.
    pub total: u32,
}

/// A set of terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Terms(u64);

impl Terms {
    /// The terms, most severe first.
    pub fn iter(self) -> impl Iterator<Item = Term> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let rank = (left != 0).then(|| left.trailing_zeros())?;
            left &= left - 1;
            Term::of_rank(rank)
        })
    }

    /// Whether a term is among them.
    pub fn contains(self, term: Term) -> bool {
        self.0 & Self::from(term).0 != 0
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn add_if(&mut self, applies: bool, term: Term) {
        if applies {
            self.0 |= Self::from(term).0;
        }
    }

    /// These, or that there is nothing to say.
    pub(crate) fn or_intergenic(self) -> Self {
        if self.is_empty() { Term::INTERGENIC.into() } else { self }
    }
}

impl From<Term> for Terms {
    fn from(term: Term) -> Self {
        Self(1 << term.rank())
    }
}

impl BitOr for Terms {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Finds effects of alleles. Cheap to share between threads by reference.
pub struct Effects {
    genome: Genome,
    transcripts: Vec<Transcript>,
    /// The same transcripts, ready for use.
    loci: Vec<Locus>,
    columns: Vec<TranscriptColumns>,
    nearby: Nearby,
    coding: CodingRegions,
}

impl Effects {
    /// Opens a store that [`store::build`] made for this genome.
    ///
    /// # Errors
    ///
    /// `ReferenceMismatch` if it was made for another genome, `InvalidInput` if it is damaged.
    pub fn open(folder: &Path, genome: &Genome) -> Result<Self> {
        Self::open_with(folder, genome, &[])
    }

    /// As [`Effects::open`], with tables of genes whose columns are added to those of transcripts.
    pub(crate) fn open_with(folder: &Path, genome: &Genome, tables: &[GeneSource]) -> Result<Self> {
        let transcripts = store::read(folder, genome)?;
        let loci: Vec<Locus> = transcripts.iter().map(|t| Locus::new(genome, t)).collect();
        let places = transcripts.iter().map(|t| (t.contig, t.interval()));
        let nearby = Nearby::new(genome.contigs(), places, NEAR_BP as u32);
        let columns = transcripts.iter().map(|t| TranscriptColumns::new(t, tables));
        let columns = columns.chain([TranscriptColumns::none(tables)]).collect();
        let coding = CodingRegions::new(genome.contigs(), &transcripts);
        Ok(Self { genome: genome.clone(), transcripts, loci, columns, nearby, coding })
    }

    /// The transcripts, sorted by contig, start, end and id.
    pub fn transcripts(&self) -> &[Transcript] {
        &self.transcripts
    }

    /// The genome.
    pub fn genome(&self) -> &Genome {
        &self.genome
    }

    /// What replacing the bases at a place by others does to each transcript within 5,000 bases, in
    /// the transcripts' order; one intergenic effect if there is none, and no effect if the bases
    /// are the genome's own.
    ///
    /// Bases that both have in common at their ends are left out where the lengths differ; as many
    /// bases as there were are taken as they are given, so that their codons are reported together.
    /// Names are those of what differs.
    ///
    /// # Panics
    ///
    /// If the contig is not one of the genome's.
    pub fn of(&self, contig: ContigIndex, place: Interval0, alternate: &[u8]) -> Vec<Effect> {
        self.of_change(&self.change(contig, place, alternate))
    }

    /// Gives back the memory of what was read of the genome so far: who goes once through it calls
    /// this from time to time.
    pub(crate) fn release(&self) {
        self.genome.release();
        self.loci.iter().for_each(Locus::release);
    }

    /// A change of the genome.
    pub(crate) fn change(&self, contig: ContigIndex, place: Interval0, alternate: &[u8]) -> Change {
        let reference = self.genome.fetch(contig, place);
        let end = place.start() + reference.len() as u32;
        let place = Interval0::new(place.start(), end).expect("the end was made from the start");
        self.change_of(contig, place, &reference, alternate)
    }

    /// A change of the genome, whose bases there are known.
    pub(crate) fn change_of(
        &self,
        contig: ContigIndex,
        place: Interval0,
        reference: &[u8],
        alternate: &[u8],
    ) -> Change {
        let (part, alternate) = as_compared(place, reference, alternate, false);
        let left = (part.start() - place.start()) as usize;
        let reference = &reference[left..left + part.len() as usize];
        Change::new(contig, part.start(), reference, &alternate.to_ascii_uppercase())
    }

    pub(crate) fn of_change(&self, change: &Change) -> Vec<Effect> {
        if change.forward.reference == change.forward.alternate {
            return Vec::new();
        }
        let near = self.nearby.find(change.contig, change.start as u32, change.end() as u32);
        let effect = |index: usize| {
            let (transcript, locus) = (&self.transcripts[index], &self.loci[index]);
            let effect = engine::effect(&self.genome, transcript, locus, change)?;
            Some(Effect { transcript: Some(index), ..effect })
        };
        let effects: Vec<Effect> = near.filter_map(effect).collect();
        if effects.is_empty() {
            return vec![Effect::of_terms(Term::INTERGENIC.into())];
        }
        effects
    }

    /// Whether a line's reference allele touches a coding sequence.
    pub(crate) fn touches_coding(&self, line: &Line<'_>) -> bool {
        let Some(contig) = self.genome.contigs().index_of(line.contig) else { return false };
        let start = line.position.to_pos0();
        let end = start.saturating_add(line.reference.len() as u32);
        let place = Interval0::new(start, end).expect("the end was made from the start");
        self.coding.touches(contig, place)
    }

    /// Whether alleles of two lines of a VCF may change a protein together.
    pub(crate) fn may_act_together(&self, one: &[u8], other: &[u8]) -> bool {
        let place = |line: &[u8]| {
            let mut columns = line.splitn(5, |byte| *byte == b'\t');
            let contig = std::str::from_utf8(columns.next()?).ok()?;
            let position = std::str::from_utf8(columns.next()?).ok()?.parse().ok()?;
            let contig = self.genome.contigs().index_of(contig)?;
            let start = Pos1::new(position).ok()?.to_pos0();
            let length = columns.nth(1)?.len() as u32;
            Some((contig, start, start.saturating_add(length)))
        };
        let (Some((contig, start, end)), Some((there, next, _))) = (place(one), place(other))
        else {
            return false;
        };
        // A deletion stands at the base before it.
        let holds = |base| self.coding.holds_both(contig, base, next);
        contig == there && (holds(start) || holds(end.saturating_sub(1)))
    }

    /// The transcripts within whose coding sequence a change lies.
    pub(crate) fn coding_near(&self, change: &Change) -> Vec<usize> {
        let near = self.nearby.find(change.contig, change.start as u32, change.end() as u32);
        near.filter(|&index| Edit::of(&self.loci[index], change).is_some()).collect()
    }

    /// A change as an edit of a transcript's coding sequence; `None` unless it lies within that.
    pub(crate) fn edit<'a>(&self, transcript: usize, change: &'a Change) -> Option<Edit<'a>> {
        Edit::of(&self.loci[transcript], change)
    }

    /// What changes within the coding sequence of a transcript do together.
    pub(crate) fn of_together(&self, transcript: usize, changes: &[&Change]) -> Option<Effect> {
        let locus = &self.loci[transcript];
        let edits = changes.iter().map(|change| Edit::of(locus, change));
        let mut edits: Vec<Edit<'_>> = edits.collect::<Option<_>>()?;
        edits.sort_by_key(Edit::key);
        let effect =
            combined::effect_of(&self.genome, &self.transcripts[transcript], locus, &edits)?;
        Some(Effect { transcript: Some(transcript), ..effect })
    }

    /// What the entries of each transcript have in common, in the transcripts' order, and after them
    /// that of no transcript.
    pub(crate) fn columns(&self) -> &[TranscriptColumns] {
        &self.columns
    }

    /// The HGVS name of a change on its contig.
    pub(crate) fn genomic_name(&self, change: &Change) -> Option<String> {
        genomic::name(&self.genome, change)
    }
}

#[cfg(test)]
pub(crate) mod tests;
