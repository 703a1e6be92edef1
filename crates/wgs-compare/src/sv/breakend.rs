//! Breakends: which two places of the genome a record joins (VCF 4.3 §5.4).

use wgs_core::{ContigIndex, Interval0, Pos1};

use super::event::SvKind;

/// Which side of a cut is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// The bases before it.
    Before,
    /// The bases after it.
    After,
}

/// One end of a junction: the contig is cut between two bases, and one side is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Breakend {
    pub(crate) contig: ContigIndex,
    /// Number of bases of the contig before the cut.
    pub(crate) cut: u32,
    pub(crate) side: Side,
}

impl Breakend {
    /// The end whose outermost kept base has a position.
    fn at(contig: ContigIndex, base: Pos1, side: Side) -> Option<Self> {
        let base = Interval0::from_1based_inclusive(base.get(), base.get()).ok()?;
        let cut = match side {
            Side::Before => base.end(),
            Side::After => base.start(),
        };
        Some(Self { contig, cut, side })
    }
}

/// Two ends that are joined, the smaller first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Junction {
    pub(crate) low: Breakend,
    pub(crate) high: Breakend,
    /// Number of bases between both ends that come from neither.
    pub(crate) inserted_bp: u32,
}

/// What the alternate allele of a breakend says.
pub(crate) struct Notation<'a> {
    /// Contig of the other end.
    pub(crate) mate_contig: &'a str,
    /// Outermost kept base of the other end.
    pub(crate) mate_position: u32,
    /// Which side of the record's own base is kept.
    own: Side,
    mate: Side,
    inserted_bp: u32,
}

impl<'a> Notation<'a> {
    /// Reads `t[p[`, `t]p]`, `]p]t` or `[p[t`; `None` for anything else, single breakends and
    /// contigs of an assembly file (`<name>`) among it. The error says what is wrong with `p`.
    pub(crate) fn parse(allele: &'a str, reference_len: usize) -> Result<Option<Self>, String> {
        let bracket = if allele.contains('[') { '[' } else { ']' };
        let parts = allele.split_once(bracket);
        let parts = parts.and_then(|(before, rest)| Some((before, rest.rsplit_once(bracket)?)));
        let Some((before, (place, after))) = parts else { return Ok(None) };
        if place.starts_with('<') || before.is_empty() == after.is_empty() {
            return Ok(None);
        }
        let wrong = || format!("the mate {place:?} of a breakend is no place (CONTIG:POSITION)");
        let (mate_contig, position) = place.rsplit_once(':').ok_or_else(wrong)?;
        let own = if after.is_empty() { Side::Before } else { Side::After };
        let mate = if bracket == '[' { Side::After } else { Side::Before };
        let bases = before.len() + after.len();
        Ok(Some(Self {
            mate_contig,
            mate_position: position.parse().map_err(|_| wrong())?,
            own,
            mate,
            inserted_bp: bases.saturating_sub(reference_len) as u32,
        }))
    }

    /// The record's own end.
    pub(crate) fn own(&self, contig: ContigIndex, position: Pos1) -> Option<Breakend> {
        Breakend::at(contig, position, self.own)
    }

    /// The junction; `None` if the other end's position is 0.
    pub(crate) fn junction(
        &self,
        contig: ContigIndex,
        position: Pos1,
        mate_contig: ContigIndex,
    ) -> Option<Junction> {
        let mate = Pos1::new(self.mate_position).ok()?;
        let own = self.own(contig, position)?;
        Some(Junction::new(own, Breakend::at(mate_contig, mate, self.mate)?, self.inserted_bp))
    }
}

impl Junction {
    pub(crate) fn new(a: Breakend, b: Breakend, inserted_bp: u32) -> Self {
        Self { low: a.min(b), high: a.max(b), inserted_bp }
    }

    /// Contig and cut of both ends.
    pub(crate) fn cuts(&self) -> [(ContigIndex, u32); 2] {
        [self.low, self.high].map(|end| (end.contig, end.cut))
    }

    /// Whether both join the same sides of the same contigs.
    pub(crate) fn is_parallel(&self, other: &Self) -> bool {
        let sides = |j: &Self| (j.low.contig, j.low.side, j.high.contig, j.high.side);
        sides(self) == sides(other)
    }

    /// Larger of the distances between both low and both high ends of parallel junctions, in bp.
    pub(crate) fn distance_bp(&self, other: &Self) -> u32 {
        self.low.cut.abs_diff(other.low.cut).max(self.high.cut.abs_diff(other.high.cut))
    }

    /// The symbolic allele that this adjacency is a part of; `None` between contigs.
    pub(crate) fn spells(&self) -> Option<SvKind> {
        if self.low.contig != self.high.contig {
            return None;
        }
        let gap = self.high.cut - self.low.cut;
        Some(match (self.low.side, self.high.side) {
            (Side::Before, Side::After) if self.inserted_bp > gap => SvKind::Ins,
            (Side::Before, Side::After) => SvKind::Del,
            (Side::After, Side::Before) => SvKind::Dup,
            _ => SvKind::Inv,
        })
    }

    /// Bases that are added, gone, copied or turned; unknown between contigs.
    pub(crate) fn size_bp(&self) -> Option<u32> {
        let gap = || self.high.cut - self.low.cut;
        self.spells().map(|kind| match kind {
            SvKind::Ins | SvKind::Del => self.inserted_bp.abs_diff(gap()),
            _ => gap(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn junction(position: u32, allele: &str) -> Junction {
        let notation = Notation::parse(allele, 1).unwrap().unwrap();
        let mate = ContigIndex(notation.mate_contig.parse().unwrap());
        notation.junction(ContigIndex(0), Pos1::new(position).unwrap(), mate).unwrap()
    }

    #[test]
    fn the_four_notations_spell_what_the_specification_says() {
        // 100 bases kept, 101 to 150 gone.
        let deletion = junction(100, "A[0:151[");
        assert_eq!((deletion.low.cut, deletion.high.cut), (100, 150));
        assert_eq!((deletion.spells(), deletion.size_bp()), (Some(SvKind::Del), Some(50)));
        assert_eq!(junction(151, "]0:100]A"), deletion);
        // 101 to 150 twice.
        let duplication = junction(101, "]0:150]A");
        assert_eq!((duplication.low.cut, duplication.high.cut), (100, 150));
        assert_eq!(duplication.spells(), Some(SvKind::Dup));
        assert_eq!(junction(150, "A[0:101["), duplication);
        // 101 to 150 turned round: its left and its right junction.
        let (left, right) = (junction(100, "A]0:150]"), junction(101, "[0:151[A"));
        assert_eq!((left.cuts(), right.cuts()), (deletion.cuts(), deletion.cuts()));
        assert_eq!((left.spells(), right.spells()), (Some(SvKind::Inv), Some(SvKind::Inv)));
        assert!(!left.is_parallel(&right));
        assert_eq!(junction(100, "A[1:7[").spells(), None);
    }

    #[test]
    fn inserted_bases_are_counted() {
        let insertion = junction(100, "AGGGG[0:101[");
        assert_eq!((insertion.spells(), insertion.size_bp()), (Some(SvKind::Ins), Some(4)));
        assert_eq!(junction(100, "AGG[0:151[").size_bp(), Some(48));
    }

    #[test]
    fn what_is_no_pair_of_ends_is_none() {
        for allele in ["A.", ".A", "A[<asm>:5[", "<DEL>", "ACGT"] {
            assert!(Notation::parse(allele, 1).is_ok_and(|n| n.is_none()), "{allele}");
        }
        for allele in ["A[7[", "A[1:x[", "]1:-4]A", "A[1:[", "[1:4294967296[A"] {
            let error = Notation::parse(allele, 1).err();
            assert!(error.is_some_and(|e| e.contains("is no place")), "{allele}");
        }
        assert!(junction(5, "A[1:7[").cuts()[1].1 == 6);
        let telomere = Notation::parse("A[1:0[", 1).unwrap().unwrap();
        assert!(telomere.junction(ContigIndex(0), Pos1::new(5).unwrap(), ContigIndex(1)).is_none());
    }
}
