//! Insert sizes by library and orientation, in the way of Picard's `CollectInsertSizeMetrics`.

use wgs_formats::{
    alignment::Record,
    qc::{
        Histogram,
        alignment::{InsertSizeQc, PairOrientation},
    },
};

/// Longest insert size that the histograms hold, in bases.
const MAX_SIZE: usize = 10_000;
/// Deviations from the median beyond which pairs do not count for the mean (chimeras, mapping
/// errors), in median absolute deviations: Picard's default.
const TRIM_DEVIATIONS: f64 = 10.0;

const ORIENTATIONS: [PairOrientation; 3] =
    [PairOrientation::ForwardReverse, PairOrientation::ReverseForward, PairOrientation::Tandem];

/// Pairs by size; the last count is of all that are longer.
#[derive(Clone, Debug, Default, PartialEq)]
struct Sizes(Vec<u64>);

impl Sizes {
    fn add(&mut self, size: usize) {
        if self.0.is_empty() {
            self.0 = vec![0; MAX_SIZE + 2];
        }
        self.0[size.min(MAX_SIZE + 1)] += 1;
    }

    fn merge(&mut self, other: &Self) {
        if self.0.is_empty() {
            self.0.clone_from(&other.0);
        } else {
            self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a += b);
        }
    }

    fn finish(&self, library: &str, orientation: PairOrientation) -> InsertSizeQc {
        let all = Histogram::from_dense(&self.0);
        let (median_bp, deviation) = (all.median(), all.median_absolute_deviation());
        let longest = (median_bp + TRIM_DEVIATIONS * deviation).floor() as usize;
        let within = |longest: usize| Histogram::from_dense(&self.0[..=longest.min(MAX_SIZE)]);
        let core = within(longest);
        InsertSizeQc {
            library: library.to_owned(),
            orientation,
            pairs: all.total(),
            median_bp,
            median_absolute_deviation_bp: deviation,
            mean_bp: core.mean(),
            standard_deviation_bp: core.standard_deviation(),
            mode_bp: all.mode().unwrap_or(0),
            histogram_bp: within(MAX_SIZE),
            longer_pairs: self.0[MAX_SIZE + 1],
        }
    }
}

/// Sizes by orientation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct InsertSizes([Sizes; 3]);

impl InsertSizes {
    /// Counts a pair at its last read.
    pub(super) fn add(&mut self, record: &Record) {
        if let Some(orientation) = orientation(record) {
            self.0[orientation as usize].add(record.template_length().unsigned_abs() as usize);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| a.merge(b));
    }

    /// The sizes of a library, those of the most frequent orientation first.
    pub(super) fn finish(&self, library: &str) -> Vec<InsertSizeQc> {
        let seen = ORIENTATIONS.iter().zip(&self.0).filter(|(_, sizes)| !sizes.0.is_empty());
        let mut all: Vec<_> = seen.map(|(&o, sizes)| sizes.finish(library, o)).collect();
        all.sort_by_key(|insert| std::cmp::Reverse(insert.pairs));
        all
    }
}

/// How the mates face each other, if this record is the one that stands for a pair that counts.
fn orientation(record: &Record) -> Option<PairOrientation> {
    let flags = record.flags();
    let counts = flags.is_paired()
        && flags.is_last()
        && flags.is_primary()
        && !flags.is_unmapped()
        && !flags.is_mate_unmapped()
        && !flags.is_duplicate()
        && !flags.is_qc_fail()
        && record.template_length() != 0
        && record.ref_index() == record.mate_ref_index();
    if !counts {
        return None;
    }
    let (end, mate_start) = (record.end()?, record.mate_start()?);
    if flags.is_reverse() == flags.is_mate_reverse() {
        return Some(PairOrientation::Tandem);
    }
    // The forward mate must begin before the reverse one ends; what the mate spans is not in the
    // record, so that the template length stands for it.
    let inward =
        if flags.is_reverse() { mate_start + 1 < end } else { record.template_length() > 0 };
    Some(if inward { PairOrientation::ForwardReverse } else { PairOrientation::ReverseForward })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SpecimenRecord, record};

    fn of(specimens: &[SpecimenRecord]) -> Vec<InsertSizeQc> {
        let mut sizes = InsertSizes::default();
        specimens.iter().for_each(|s| sizes.add(&record(s)));
        sizes.finish("L")
    }

    fn last(start: u32, mate: u32, template_length: i32, flags: u16) -> SpecimenRecord {
        let flags = 0x81 | flags;
        SpecimenRecord {
            start,
            mate: Some((0, mate)),
            template_length,
            flags,
            ..Default::default()
        }
    }

    #[test]
    fn orientations() {
        let one = |specimen| of(&[specimen])[0].orientation;
        assert_eq!(one(last(300, 100, -210, 0x10)), PairOrientation::ForwardReverse);
        assert_eq!(one(last(100, 300, 210, 0x20)), PairOrientation::ForwardReverse);
        assert_eq!(one(last(100, 300, 210, 0x10)), PairOrientation::ReverseForward);
        assert_eq!(one(last(300, 100, -210, 0x20)), PairOrientation::ReverseForward);
        assert_eq!(one(last(300, 100, -210, 0x30)), PairOrientation::Tandem);
        assert_eq!(one(last(300, 100, -210, 0)), PairOrientation::Tandem);
    }

    #[test]
    fn pairs_that_do_not_count() {
        let good = last(300, 100, -210, 0x10);
        for flags in
            [0x91 | 0x4, 0x91 | 0x8, 0x91 | 0x100, 0x91 | 0x200, 0x91 | 0x400, 0x91 | 0x800, 0x51]
        {
            assert!(of(&[SpecimenRecord { flags, ..good.clone() }]).is_empty(), "{flags:x}");
        }
        assert!(of(&[SpecimenRecord { template_length: 0, ..good.clone() }]).is_empty());
        assert!(of(&[SpecimenRecord { mate: Some((1, 100)), ..good.clone() }]).is_empty());
        assert_eq!(of(&[good]).len(), 1);
    }

    #[test]
    fn chimeras_count_for_the_median_but_not_for_the_mean() {
        let mut pairs: Vec<_> = (0..9).map(|i| last(300, 100, -(200 + i), 0x10)).collect();
        pairs.push(last(300, 100, -5_000, 0x10));
        pairs.push(last(300, 100, -2_000_000, 0x10));
        let insert = &of(&pairs)[0];
        assert_eq!((insert.pairs, insert.longer_pairs, insert.median_bp), (11, 1, 205.0));
        assert_eq!(insert.mean_bp, 204.0);
        assert_eq!(insert.median_absolute_deviation_bp, 3.0);
        assert_eq!(insert.histogram_bp.total(), 10);
    }

    #[test]
    fn the_most_frequent_orientation_comes_first() {
        let mut pairs = vec![last(300, 100, -210, 0x10)];
        pairs.extend(vec![last(100, 300, 210, 0x10); 2]);
        let orientations: Vec<_> =
            of(&pairs).iter().map(|i| (i.orientation.as_str(), i.pairs)).collect();
        assert_eq!(orientations, [("RF", 2), ("FR", 1)]);
    }
}
