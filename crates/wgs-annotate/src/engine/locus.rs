//! A transcript ready for use: where its parts lie, and its sequences.

use std::sync::{Arc, PoisonError, RwLock};

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::genome::Genome;

use super::code::{GeneticCode, complement};
use crate::{Strand, Transcript};

/// Bases of a codon.
pub(crate) const CODON: usize = 3;

/// Gaps between exons up to this length are corrections of the genome, and no introns.
const LONGEST_GAP: u32 = 13;

/// An exon in the direction of the contig.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exon {
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Bases of the transcript before it.
    pub(crate) before: i64,
}

/// The coding sequence of a transcript.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CodingRange {
    /// Bases of the transcript before it, and up to its end.
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// On the contig, introns included.
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// Bases that its first codon lacks; they count in positions as if they were there.
    pub(crate) missing: i64,
}

/// A transcript ready for use.
#[derive(Debug)]
pub(crate) struct Locus {
    pub(crate) contig: ContigIndex,
    pub(crate) strand: Strand,
    pub(crate) interval: Interval0,
    /// In the direction of the contig.
    pub(crate) exons: Vec<Exon>,
    pub(crate) coding: Option<CodingRange>,
    pub(crate) start_missing: bool,
    pub(crate) end_missing: bool,
    /// Whether some exons are so close that what lies between them is no intron.
    pub(crate) has_gap: bool,
    code: GeneticCode,
    /// Codons (0-based) that are read as selenocysteine.
    selenocysteines: Vec<usize>,
    /// Kept from when they are first asked for until [`Locus::release`].
    sequences: RwLock<Option<Arc<Sequences>>>,
}

/// The sequences of a coding transcript.
#[derive(Debug)]
pub(crate) struct Sequences {
    /// The transcript's bases, with `N` for those that the first codon lacks.
    bases: Vec<u8>,
    coding_start: usize,
    coding_end: usize,
    /// The protein without its final stop; it begins with methionine where it may.
    pub(crate) protein: Vec<u8>,
    /// The first codon (0-based) that is a stop, in the sequence as it is.
    pub(crate) first_stop: Option<usize>,
}

impl Locus {
    pub(crate) fn new(genome: &Genome, transcript: &Transcript) -> Self {
        let mut exons = Vec::with_capacity(transcript.exons.len());
        let mut before = 0;
        for exon in &transcript.exons {
            exons.push(Exon { start: exon.start().into(), end: exon.end().into(), before });
            before += i64::from(exon.len());
        }
        exons.sort_unstable_by_key(|exon| exon.start);
        let gap = |pair: &[Exon]| pair[1].start - pair[0].end;
        let has_gap =
            exons.windows(2).any(|pair| (1..=i64::from(LONGEST_GAP)).contains(&gap(pair)));
        let name = genome.contigs().get(transcript.contig).map_or("", |c| c.name.as_str());
        let mut locus = Self {
            contig: transcript.contig,
            strand: transcript.strand,
            interval: transcript.interval(),
            exons,
            coding: None,
            start_missing: transcript.coding_start_missing,
            end_missing: transcript.coding_end_missing,
            has_gap,
            code: GeneticCode::of_contig(name),
            selenocysteines: Vec::new(),
            sequences: RwLock::new(None),
        };
        locus.coding = locus.coding_range(transcript);
        locus.selenocysteines = locus.selenocysteine_codons(transcript);
        locus
    }

    fn coding_range(&self, transcript: &Transcript) -> Option<CodingRange> {
        let interval = transcript.is_coding().then(|| transcript.coding_interval())?;
        let (from, to) = (i64::from(interval.start()), i64::from(interval.end()));
        let (first, last) = self.either((from, to - 1), (to - 1, from));
        let (start, end) = (self.offset(first)?, self.offset(last)? + 1);
        let missing = i64::from((3 - transcript.phase) % 3);
        Some(CodingRange { start, end, from, to, missing })
    }

    fn selenocysteine_codons(&self, transcript: &Transcript) -> Vec<usize> {
        let Some(coding) = self.coding else { return Vec::new() };
        let codon = |lowest: &u32| {
            let first = self.either(i64::from(*lowest), i64::from(*lowest) + 2);
            let offset = self.offset(first)? - coding.start + coding.missing;
            usize::try_from(offset).ok().map(|offset| offset / CODON)
        };
        transcript.selenocysteines.iter().filter_map(codon).collect()
    }

    /// Exons without coding sequence, in the direction of the contig, for tests.
    #[cfg(test)]
    pub(crate) fn bare(strand: Strand, exons: &[(i64, i64)]) -> Self {
        let mut parts: Vec<Exon> =
            exons.iter().map(|&(start, end)| Exon { start, end, before: 0 }).collect();
        let mut before = 0;
        let add = |exon: &mut Exon| {
            exon.before = before;
            before += exon.end - exon.start;
        };
        match strand {
            Strand::Forward => parts.iter_mut().for_each(add),
            Strand::Reverse => parts.iter_mut().rev().for_each(add),
        }
        let (start, end) = (exons[0].0 as u32, exons[exons.len() - 1].1 as u32);
        let gap = |pair: &[(i64, i64)]| pair[1].0 - pair[0].1;
        Self {
            contig: ContigIndex(0),
            strand,
            interval: Interval0::new(start, end).expect("ascending"),
            exons: parts,
            coding: None,
            start_missing: false,
            end_missing: false,
            has_gap: exons.windows(2).any(|pair| gap(pair) <= i64::from(LONGEST_GAP)),
            code: GeneticCode::Standard,
            selenocysteines: Vec::new(),
            sequences: RwLock::new(None),
        }
    }

    /// The first for a transcript in the direction of its contig, else the second.
    pub(crate) fn either<T>(&self, forward: T, reverse: T) -> T {
        match self.strand {
            Strand::Forward => forward,
            Strand::Reverse => reverse,
        }
    }

    /// Number of bases of the exons.
    pub(crate) fn length(&self) -> i64 {
        let last = self.either(self.exons.last(), self.exons.first());
        last.map_or(0, |exon| exon.before + exon.end - exon.start)
    }

    /// The exon, or the one behind it, that a base lies in.
    pub(crate) fn exon_after(&self, base: i64) -> usize {
        self.exons.partition_point(|exon| exon.end <= base)
    }

    /// Bases of the transcript before a base of the contig; `None` outside the exons.
    pub(crate) fn offset(&self, base: i64) -> Option<i64> {
        let exon = self.exons.get(self.exon_after(base))?;
        (exon.start <= base)
            .then(|| exon.before + self.either(base - exon.start, exon.end - 1 - base))
    }

    pub(crate) fn code(&self) -> GeneticCode {
        self.code
    }

    /// Whether a codon (0-based) is read as selenocysteine.
    pub(crate) fn is_selenocysteine(&self, codon: usize) -> bool {
        self.selenocysteines.contains(&codon)
    }

    /// Its sequences, made when they are first asked for.
    pub(crate) fn sequences(&self, genome: &Genome) -> Arc<Sequences> {
        let kept = self.sequences.read().unwrap_or_else(PoisonError::into_inner).clone();
        kept.unwrap_or_else(|| {
            let read = Arc::new(self.read(genome));
            let mut kept = self.sequences.write().unwrap_or_else(PoisonError::into_inner);
            kept.insert(read).clone()
        })
    }

    /// Gives back the memory of its sequences, which are read again when they are needed.
    pub(crate) fn release(&self) {
        *self.sequences.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn read(&self, genome: &Genome) -> Sequences {
        let Some(coding) = self.coding else {
            return Sequences {
                bases: Vec::new(),
                coding_start: 0,
                coding_end: 0,
                protein: Vec::new(),
                first_stop: None,
            };
        };
        let mut bases = Vec::with_capacity(self.length() as usize);
        let mut part = Vec::new();
        for exon in &self.exons {
            let interval = Interval0::new(exon.start as u32, exon.end as u32)
                .expect("an exon was made of an interval");
            genome.fetch_into(self.contig, interval, &mut part);
            bases.extend_from_slice(&part);
        }
        if self.strand == Strand::Reverse {
            bases.reverse();
            bases.iter_mut().for_each(|base| *base = complement(*base));
        }
        let start = coding.start as usize;
        bases.splice(start..start, std::iter::repeat_n(b'N', coding.missing as usize));
        let end = (coding.end + coding.missing) as usize;
        let amino_acids = self.code.translate(&bases[start..end]);
        let stops = (0..amino_acids.len()).filter(|&codon| amino_acids[codon] == b'*');
        let first_stop = { stops }.find(|&codon| !self.is_selenocysteine(codon));
        let protein = self.protein(amino_acids, &bases[start..end]);
        Sequences { bases, coding_start: start, coding_end: end, protein, first_stop }
    }

    fn protein(&self, mut amino_acids: Vec<u8>, coding: &[u8]) -> Vec<u8> {
        if amino_acids.last() == Some(&b'*') {
            amino_acids.pop();
        }
        for &codon in &self.selenocysteines {
            if let Some(stop @ b'*') = amino_acids.get_mut(codon) {
                *stop = b'U';
            }
        }
        if let Some(first) = amino_acids.first_mut()
            && self.code.is_start(&coding[..CODON])
        {
            *first = b'M';
        }
        amino_acids
    }
}

impl Sequences {
    /// The coding sequence, with `N` for the bases that its first codon lacks.
    pub(crate) fn coding(&self) -> &[u8] {
        &self.bases[self.coding_start..self.coding_end]
    }

    /// The coding sequence and what follows.
    pub(crate) fn coding_and_after(&self) -> &[u8] {
        &self.bases[self.coding_start..]
    }

    /// What precedes the coding sequence.
    pub(crate) fn before(&self) -> &[u8] {
        &self.bases[..self.coding_start]
    }

    /// What precedes the coding sequence, and that.
    pub(crate) fn before_and_coding(&self) -> &[u8] {
        &self.bases[..self.coding_end]
    }
}
