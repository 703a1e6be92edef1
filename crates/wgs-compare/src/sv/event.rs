//! A structural variant apart from how its record spells it.

use serde::Serialize;
use wgs_core::{ContigIndex, Interval0};
use wgs_formats::bed::Regions;

use super::breakend::Junction;

/// Type of a structural variant, as its record has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SvKind {
    /// Bases are gone.
    Del,
    /// Bases are added.
    Ins,
    /// A stretch is there twice or more, side by side.
    Dup,
    /// A stretch is turned round.
    Inv,
    /// Two places are joined; written as breakends.
    Bnd,
    /// Another number of copies.
    Cnv,
}

impl SvKind {
    /// Every type, in the order of tables.
    pub const ALL: [Self; 6] = [Self::Del, Self::Ins, Self::Dup, Self::Inv, Self::Bnd, Self::Cnv];

    /// The value of SVTYPE.
    pub fn name(self) -> &'static str {
        match self {
            Self::Del => "DEL",
            Self::Ins => "INS",
            Self::Dup => "DUP",
            Self::Inv => "INV",
            Self::Bnd => "BND",
            Self::Cnv => "CNV",
        }
    }
}

/// Where a variant lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A stretch of one contig; empty between two bases for an insertion.
    Span(ContigIndex, Interval0),
    /// Two places that are joined.
    Junction(Junction),
}

/// One alternate allele of a record in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source {
    /// Index of the record.
    pub(crate) record: usize,
    /// Index of the alternate allele, from 0.
    pub(crate) allele: usize,
}

/// A structural variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) kind: SvKind,
    pub(crate) place: Place,
    /// Bases that are added, gone, copied or turned; unknown between contigs, and for insertions
    /// without a length.
    pub(crate) size_bp: Option<u32>,
    /// The bases in place of those of the span, where the record spells them out.
    pub(crate) bases: Option<Vec<u8>>,
    /// Copies of the allele and ploidy in the sample that is compared, where known.
    pub(crate) genotype: Option<(usize, usize)>,
    /// The alleles that say so: one, or several for junctions.
    pub(crate) sources: Vec<Source>,
}

impl Event {
    /// The two places where the sample departs from the reference, each as the number of bases of
    /// the contig before it.
    pub(crate) fn cuts(&self) -> [(ContigIndex, u32); 2] {
        match &self.place {
            Place::Span(contig, span) => [(*contig, span.start()), (*contig, span.end())],
            Place::Junction(junction) => junction.cuts(),
        }
    }

    /// The stretch of a contig that it is about; none for a junction between contigs.
    pub(crate) fn span(&self) -> Option<(ContigIndex, Interval0)> {
        let [(first, start), (second, end)] = self.cuts();
        let span = Interval0::new(start, end).ok()?;
        (first == second).then_some((first, span))
    }

    /// Whether it lies in one region as a whole, or, of a junction, with each of its ends in one.
    pub(crate) fn lies_in(&self, regions: &Regions) -> bool {
        let holds = |contig, start, end| {
            let regions = regions.of(contig);
            let after = regions.partition_point(|region| region.start() <= start);
            after > 0 && end <= regions[after - 1].end()
        };
        match &self.place {
            Place::Span(contig, span) => holds(*contig, span.start(), span.end()),
            Place::Junction(j) => j.cuts().iter().all(|&(contig, cut)| holds(contig, cut, cut)),
        }
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::Region;

    use super::*;

    fn deletion(start: u32, end: u32) -> Event {
        Event {
            kind: SvKind::Del,
            place: Place::Span(ContigIndex(0), Interval0::new(start, end).unwrap()),
            size_bp: Some(end - start),
            bases: None,
            genotype: None,
            sources: Vec::new(),
        }
    }

    #[test]
    fn a_variant_across_two_regions_lies_in_none() {
        let region = |start, end| Region {
            contig: ContigIndex(0),
            interval: Interval0::new(start, end).unwrap(),
        };
        let regions = Regions::new([region(100, 200), region(300, 400)]);
        assert!(deletion(100, 200).lies_in(&regions));
        assert!(deletion(150, 150).lies_in(&regions));
        assert!(!deletion(150, 350).lies_in(&regions));
        assert!(!deletion(99, 200).lies_in(&regions));
    }
}
