//! The reads of one read group.

use wgs_formats::qc::fastq::ReadGroupQc;

use crate::{
    duplication::{TemplateSample, fingerprint},
    mate::MateCounts,
    overlap::OverlapCounts,
};

/// Bases and qualities of a read, in the order of sequencing. Letters other than A, C, G and T in
/// either case count as N. The qualities may be missing (empty): such a read counts for
/// everything but qualities.
pub type Read<'a> = (&'a [u8], &'a [u8]);

/// How qualities are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QualityEncoding {
    /// Phred + 33, as in FASTQ.
    Phred33,
    /// Phred, as in BAM records.
    Phred,
}

impl QualityEncoding {
    pub(crate) fn offset(self) -> u8 {
        match self {
            Self::Phred33 => 33,
            Self::Phred => 0,
        }
    }
}

/// Gathers the quality figures of one read group.
///
/// Of 1 to 2 MB; the estimate of duplication adds at most 4 MB. Names of reads are of no concern
/// to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadGroupAccumulator {
    encoding: QualityEncoding,
    r1: MateCounts,
    r2: Option<MateCounts>,
    templates: TemplateSample,
    overlap: OverlapCounts,
}

impl ReadGroupAccumulator {
    /// An accumulator that has seen no read.
    pub fn new(encoding: QualityEncoding) -> Self {
        Self {
            encoding,
            r1: MateCounts::new(),
            r2: None,
            templates: TemplateSample::new(),
            overlap: OverlapCounts::default(),
        }
    }

    /// Counts both reads of a pair.
    pub fn add_pair(&mut self, r1: Read<'_>, r2: Read<'_>) {
        self.r1.add(r1.0, r1.1, self.encoding);
        self.r2.get_or_insert_with(MateCounts::new).add(r2.0, r2.1, self.encoding);
        let fingerprint = fingerprint(r1.0, r2.0);
        self.templates.add(fingerprint);
        self.overlap.add(fingerprint, r1.0, r2.0);
    }

    /// Counts a read without mate, among the first reads.
    pub fn add_single(&mut self, read: Read<'_>) {
        self.r1.add(read.0, read.1, self.encoding);
        self.templates.add(fingerprint(read.0, b""));
    }

    /// Adds what another accumulator has seen, as if this one had seen it.
    pub fn merge(&mut self, other: &Self) {
        self.r1.merge(&other.r1);
        if let Some(theirs) = &other.r2 {
            self.r2.get_or_insert_with(MateCounts::new).merge(theirs);
        }
        self.templates.merge(&other.templates);
        self.overlap.merge(&other.overlap);
    }

    /// The figures of everything seen so far.
    pub fn finish(&self, read_group: &str, library: Option<&str>) -> ReadGroupQc {
        ReadGroupQc {
            read_group: read_group.to_owned(),
            library: library.map(str::to_owned),
            r1: self.r1.finish(),
            r2: self.r2.as_ref().map(MateCounts::finish),
            duplication: self.templates.finish(),
            overlap: self.r2.is_some().then(|| self.overlap.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn raw_and_offset_qualities_agree() {
        let (mut raw, mut offset) = (
            ReadGroupAccumulator::new(QualityEncoding::Phred),
            ReadGroupAccumulator::new(QualityEncoding::Phred33),
        );
        raw.add_single((b"ACGT", &[2, 20, 30, 41]));
        offset.add_single((b"ACGT", b"#5?J"));
        assert_eq!(raw.finish("a", None), offset.finish("a", None));
    }

    #[test]
    fn single_reads_have_no_second_mate() {
        let mut accumulator = ReadGroupAccumulator::new(QualityEncoding::Phred33);
        accumulator.add_single((b"ACGT", b""));
        let qc = accumulator.finish("a", None);
        assert_eq!((qc.r2, qc.overlap), (None, None));
        assert_eq!((qc.r1.bases, qc.r1.q20_bases), (4, 0));
    }

    fn read() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
        (0..60usize).prop_flat_map(|length| {
            let base = proptest::sample::select(&b"ACGTNacgt"[..]);
            let bases = proptest::collection::vec(base, length);
            (bases, proptest::collection::vec(33..=126u8, length))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn merged_accumulators_equal_one(
            pairs in proptest::collection::vec((read(), read()), 0..40),
            parts in 1..5usize,
        ) {
            let mut whole = ReadGroupAccumulator::new(QualityEncoding::Phred33);
            let mut dealt = vec![whole.clone(); parts];
            for (number, (r1, r2)) in pairs.iter().enumerate() {
                whole.add_pair((&r1.0, &r1.1), (&r2.0, &r2.1));
                dealt[number % parts].add_pair((&r1.0, &r1.1), (&r2.0, &r2.1));
            }
            let mut merged = ReadGroupAccumulator::new(QualityEncoding::Phred33);
            dealt.iter().rev().for_each(|part| merged.merge(part));
            prop_assert_eq!(merged.finish("g", None), whole.finish("g", None));
        }
    }
}
