//! An alignment as the engine gives it.

use std::ops::Range;

use wgs_formats::alignment::{CigarKind, CigarOp};

/// One of a read's alignments.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Hit {
    /// Index of the contig.
    pub(super) contig: usize,
    /// First aligned reference base, 0-based, and the one after the last.
    pub(super) start: u32,
    pub(super) end: u32,
    /// Aligned bases in the order of sequencing.
    pub(super) query: Range<u32>,
    /// Whether it aligns a part of the read that no better one does.
    pub(super) is_primary: bool,
    /// Index of the better one otherwise.
    pub(super) parent: i32,
    /// Whether it stands for the read in its mate's record.
    pub(super) is_representative: bool,
    pub(super) is_proper: bool,
    pub(super) reverse: bool,
    pub(super) mapq: u8,
    /// `NM`.
    pub(super) differences: i32,
    /// Without clips.
    pub(super) cigar: Vec<CigarOp>,
    /// `MD`.
    pub(super) description: Vec<u8>,
    /// Score of the whole alignment, of its best part, and of the next best alignment.
    pub(super) score: i32,
    pub(super) best: i32,
    pub(super) second: i32,
}

impl Hit {
    /// Bases that are not aligned, before and after those that are, in the order of the reference.
    fn clips(&self, read_length: u32) -> (u32, u32) {
        let ends = (self.query.start, read_length.saturating_sub(self.query.end));
        if self.reverse { (ends.1, ends.0) } else { ends }
    }

    /// The CIGAR of the whole read of so many bases.
    pub(super) fn whole_cigar(&self, read_length: u32) -> impl Iterator<Item = CigarOp> + '_ {
        let (before, after) = self.clips(read_length);
        let clip = |length: u32| (length > 0).then(|| CigarOp::new(CigarKind::SoftClip, length));
        clip(before).into_iter().chain(self.cigar.iter().copied()).chain(clip(after))
    }

    /// The 5' end of the read on the reference, between bases.
    pub(super) fn begin(&self) -> u32 {
        if self.reverse { self.end } else { self.start }
    }

    /// The base at the 5' end of the read.
    fn first_base(&self) -> i64 {
        if self.reverse { i64::from(self.end) - 1 } else { i64::from(self.start) }
    }

    /// Signed length of the template from this read's first base to the mate's.
    pub(super) fn template_length(&self, mate: &Self) -> i32 {
        let distance = mate.first_base() - self.first_base();
        (distance + distance.signum()) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(start: u32, end: u32, query: Range<u32>, reverse: bool) -> Hit {
        let cigar = CigarOp::parse(format!("{}M", end - start).as_bytes()).unwrap();
        Hit { start, end, query, reverse, cigar, ..Hit::default() }
    }

    #[test]
    fn clips_follow_the_reference() {
        let text = |reverse| {
            let hit = hit(100, 120, 5..25, reverse);
            let ops: Vec<_> = hit.whole_cigar(40).collect();
            ops.iter().map(|op| format!("{}{}", op.len, op.kind.letter())).collect::<String>()
        };
        assert_eq!(text(false), "5S20M15S");
        assert_eq!(text(true), "15S20M5S");
    }

    #[test]
    fn template_lengths_are_signed_and_count_both_ends() {
        let (forward, reverse) = (hit(100, 150, 0..50, false), hit(200, 250, 0..50, true));
        assert_eq!(
            (forward.template_length(&reverse), reverse.template_length(&forward)),
            (150, -150)
        );
        assert_eq!(forward.template_length(&forward), 0);
    }
}
