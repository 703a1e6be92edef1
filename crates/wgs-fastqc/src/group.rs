//! The reads of one read group.

use wgs_formats::qc::fastq::{MateQc, ReadGroupQc};

use crate::{
    checks,
    duplication::{TemplateSample, fingerprint},
    kmers::enriched,
    mate::MateCounts,
    overlap::overlaps,
    overrepresented::overrepresented,
    sample::{ReadSample, draw},
    tiles::{self, TileCounts},
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
/// Of 1 to 2 MB; the samples add at most 8 MB, and quality by tile 3 kB for each tile and mate.
#[derive(Clone, Debug)]
pub struct ReadGroupAccumulator {
    encoding: QualityEncoding,
    mates: [MateCounts; 2],
    tiles: [TileCounts; 2],
    paired: bool,
    templates: TemplateSample,
    sample: ReadSample,
}

impl ReadGroupAccumulator {
    /// An accumulator that has seen no read.
    pub fn new(encoding: QualityEncoding) -> Self {
        Self {
            encoding,
            mates: [MateCounts::new(), MateCounts::new()],
            tiles: Default::default(),
            paired: false,
            templates: TemplateSample::new(),
            sample: ReadSample::new(),
        }
    }

    /// Counts both reads of a pair. The name (without `/1`) decides which samples the pair is in,
    /// and tells the tile.
    pub fn add_pair(&mut self, name: &[u8], r1: Read<'_>, r2: Read<'_>) {
        self.paired = true;
        self.mates[0].add(r1, self.encoding);
        self.mates[1].add(r2, self.encoding);
        let draw = self.sample(name, r1.0, r2.0);
        if tiles::drawn(draw) {
            self.add_tile(name, &[r1, r2]);
        }
    }

    /// Counts a read without mate, among the first reads.
    pub fn add_single(&mut self, name: &[u8], read: Read<'_>) {
        self.mates[0].add(read, self.encoding);
        let draw = self.sample(name, read.0, b"");
        if tiles::drawn(draw) {
            self.add_tile(name, &[read]);
        }
    }

    fn sample(&mut self, name: &[u8], first: &[u8], last: &[u8]) -> u64 {
        let fingerprint = fingerprint(first, last);
        self.templates.add(fingerprint);
        let draw = draw(name, fingerprint);
        self.sample.add(draw, first, last);
        draw
    }

    fn add_tile(&mut self, name: &[u8], reads: &[Read<'_>]) {
        let Some(tile) = tiles::tile(name) else { return };
        for (tiles, (_, qualities)) in self.tiles.iter_mut().zip(reads) {
            tiles.add(tile, qualities, self.encoding.offset());
        }
    }

    /// Adds what another accumulator has seen, as if this one had seen it.
    pub fn merge(&mut self, other: &Self) {
        self.mates.iter_mut().zip(&other.mates).for_each(|(ours, theirs)| ours.merge(theirs));
        self.tiles.iter_mut().zip(&other.tiles).for_each(|(ours, theirs)| ours.merge(theirs));
        self.paired |= other.paired;
        self.templates.merge(&other.templates);
        self.sample.merge(&other.sample);
    }

    /// The figures of everything seen so far.
    pub fn finish(&self, read_group: &str, library: Option<&str>) -> ReadGroupQc {
        let duplication = self.templates.finish();
        let (sequences, words) = (overrepresented(&self.sample), enriched(&self.sample));
        let parts = self.mates.iter().zip(&self.tiles).zip(sequences.into_iter().zip(words));
        let mut mates = parts.map(|((counts, tiles), (overrepresented, kmers))| {
            let mut mate = MateQc { overrepresented, kmers, ..counts.finish() };
            mate.sampled_reads = self.sample.len();
            mate.tiles = tiles.finish(mate.cycles.len());
            mate.checks = checks::of(&mate, &duplication);
            mate
        });
        let r1 = mates.next().unwrap_or_default();
        let r2 = mates.next().filter(|_| self.paired);
        let overlap = self.paired.then(|| overlaps(&self.sample));
        let (read_group, library) = (read_group.to_owned(), library.map(str::to_owned));
        ReadGroupQc { read_group, library, r1, r2, duplication, overlap, trimming: None }
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
        raw.add_single(b"r", (b"ACGT", &[2, 20, 30, 41]));
        offset.add_single(b"r", (b"ACGT", b"#5?J"));
        assert_eq!(raw.finish("a", None), offset.finish("a", None));
    }

    #[test]
    fn single_reads_have_no_second_mate() {
        let mut accumulator = ReadGroupAccumulator::new(QualityEncoding::Phred33);
        accumulator.add_single(b"r", (b"ACGT", b""));
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
                let name = format!("a:1:f:1:{}:{number}:1", 1101 + number % 3);
                let name = name.as_bytes();
                whole.add_pair(name, (&r1.0, &r1.1), (&r2.0, &r2.1));
                dealt[number % parts].add_pair(name, (&r1.0, &r1.1), (&r2.0, &r2.1));
            }
            let mut merged = ReadGroupAccumulator::new(QualityEncoding::Phred33);
            dealt.iter().rev().for_each(|part| merged.merge(part));
            prop_assert_eq!(merged.finish("g", None), whole.finish("g", None));
        }
    }
}
