//! Paired reads of a person, by lane.

use std::path::Path;

use wgs_core::{Build, ContigIndex, Interval0, Ploidy};
use wgs_formats::Result;

use crate::{
    code::reverse_complement,
    genome::Genome,
    haplotype::Haplotype,
    pair::{Lane, Origin, Pair, Read},
    quality::{QualityProfile, error_probabilities, misread},
    random::Random,
    variants::Variants,
};

/// What follows a fragment shorter than the read, per read of the pair: the adapters of Illumina's
/// TruSeq libraries.
const ADAPTERS: [&[u8]; 2] =
    [b"AGATCGGAAGAGCACACGTCTGAACTCCAGTCA", b"AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGT"];

/// Farthest optical duplicate from its original, in the units of X and Y.
const OPTICAL_DISTANCE: u32 = 100;

/// How reads are made.
///
/// All reads of a simulation are held in memory: it is for megabases, not for human genomes.
#[derive(Clone, Debug)]
pub struct Simulator {
    /// Source of all randomness.
    pub seed: u64,
    /// Mean depth of a diploid locus, duplicates included; chrM has it too, and one copy of chrX
    /// or chrY half of it.
    pub coverage: f64,
    /// Bases of each read.
    pub read_length: u32,
    /// Mean length of the fragments, in bases.
    pub fragment_mean: f64,
    /// Standard deviation of the fragments' lengths, in bases.
    pub fragment_sd: f64,
    /// Share of the pairs that copy another pair's fragment.
    pub duplicate_share: f64,
    /// Share of those copies that lie beside their original on the flow cell.
    pub optical_share: f64,
    /// Number of lanes, over which the one library is spread.
    pub lanes: u32,
    /// Qualities, and so errors.
    pub quality: QualityProfile,
    /// First part of the read names.
    pub instrument: String,
    /// Second part of the read names.
    pub run: u32,
    /// Third part of the read names.
    pub flowcell: String,
}

/// Place on a flow cell; the order of its fields is the order of a FASTQ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    lane: u32,
    tile: u32,
    y: u32,
    x: u32,
}

/// A fragment on a flow cell; offsets are the haplotype's.
#[derive(Clone, Copy, Debug)]
struct Fragment {
    haplotype: usize,
    start: u32,
    length: u32,
    reverse: bool,
    duplicate: bool,
}

/// A haplotype to draw fragments from.
struct Source {
    contig: ContigIndex,
    which: usize,
    sequence: Haplotype,
    depth: f64,
}

impl Simulator {
    /// 30x of 2x151 bases from fragments of 400 ± 80, one lane, one pair in twelve a copy, binned
    /// qualities.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            coverage: 30.0,
            read_length: 151,
            fragment_mean: 400.0,
            fragment_sd: 80.0,
            duplicate_share: 1.0 / 12.0,
            optical_share: 0.2,
            lanes: 1,
            quality: QualityProfile::binned(),
            instrument: "A00123".into(),
            run: 45,
            flowcell: "HTESTDSXX".into(),
        }
    }

    /// The pairs of all lanes, in the order of their FASTQ files.
    ///
    /// # Panics
    ///
    /// If there is no lane.
    pub fn pairs(&self, genome: &Genome, variants: &Variants) -> Vec<Pair> {
        let sources = sources(genome, variants, self.coverage);
        let mut random = Random::new(self.seed, "fragments");
        let mut placed: Vec<(Spot, Fragment)> = Vec::new();
        for index in 0..sources.len() {
            self.draw_fragments(&mut random, &sources, index, &mut placed);
        }
        placed.sort_by_key(|(spot, _)| *spot);
        placed.dedup_by_key(|(spot, _)| *spot);
        let mut random = Random::new(self.seed, "reads");
        let probabilities = error_probabilities();
        let pair =
            |(spot, fragment)| self.pair(&mut random, &probabilities, &sources, spot, fragment);
        placed.into_iter().map(pair).collect()
    }

    /// Writes `SAMPLE_L00N_R1.fastq.gz` and `_R2` for every lane N into an existing folder.
    pub fn write_lanes(
        &self,
        folder: &Path,
        sample: &str,
        genome: &Genome,
        variants: &Variants,
    ) -> Result<Vec<Lane>> {
        let pairs = self.pairs(genome, variants);
        (1..=self.lanes).map(|number| Lane::write(folder, sample, number, &pairs)).collect()
    }

    fn draw_fragments(
        &self,
        random: &mut Random,
        sources: &[Source],
        index: usize,
        placed: &mut Vec<(Spot, Fragment)>,
    ) {
        let source = &sources[index];
        let bases = &source.sequence.bases;
        let called = bases.iter().filter(|b| **b != b'N').count() as f64;
        let pairs = source.depth * called / (2.0 * f64::from(self.read_length));
        let originals = (pairs * (1.0 - self.duplicate_share)).round() as usize;
        for _ in 0..originals {
            let Some(original) = self.draw_fragment(random, bases, index) else {
                return;
            };
            let spot = self.draw_spot(random);
            placed.push((spot, original));
            while random.chance(self.duplicate_share) {
                let copy = Fragment { duplicate: true, ..original };
                let beside = random.chance(self.optical_share);
                let spot = if beside { near(random, spot) } else { self.draw_spot(random) };
                placed.push((spot, copy));
            }
        }
    }

    /// A fragment without N; `None` where the haplotype has hardly any.
    fn draw_fragment(
        &self,
        random: &mut Random,
        bases: &[u8],
        haplotype: usize,
    ) -> Option<Fragment> {
        for _ in 0..1000 {
            let length = random.normal(self.fragment_mean, self.fragment_sd).max(30.0) as u32;
            let Some(room) = (bases.len() as u32).checked_sub(length) else {
                continue;
            };
            let start = random.below(room + 1);
            let fragment = Fragment {
                haplotype,
                start,
                length,
                reverse: random.chance(0.5),
                duplicate: false,
            };
            if !bases[fragment.range()].contains(&b'N') {
                return Some(fragment);
            }
        }
        None
    }

    fn draw_spot(&self, random: &mut Random) -> Spot {
        Spot {
            lane: 1 + random.below(self.lanes),
            tile: 1000 * random.within(1..3) + 100 * random.within(1..4) + random.within(1..17),
            y: random.within(1_000..37_000),
            x: random.within(1_000..33_000),
        }
    }

    fn pair(
        &self,
        random: &mut Random,
        probabilities: &[f64],
        sources: &[Source],
        spot: Spot,
        fragment: Fragment,
    ) -> Pair {
        let source = &sources[fragment.haplotype];
        let forward = &source.sequence.bases[fragment.range()];
        let backward = reverse_complement(forward);
        let strands = if fragment.reverse { [&backward, forward] } else { [forward, &backward] };
        let reads = [0, 1].map(|read| {
            let length = self.read_length as usize;
            let chain = strands[read].iter().chain(ADAPTERS[read]).copied();
            let mut bases: Vec<u8> = chain.chain(std::iter::repeat(b'G')).take(length).collect();
            let qualities = self.quality.draw(random, length, read);
            misread(random, &mut bases, &qualities, probabilities);
            Read { bases, qualities }
        });
        let (start, last) = (fragment.start, fragment.start + fragment.length - 1);
        let [start, last] = [start, last].map(|o| source.sequence.to_reference(o));
        let (instrument, run, flowcell) = (&self.instrument, self.run, &self.flowcell);
        let Spot { lane, tile, y, x } = spot;
        Pair {
            lane,
            name: format!("{instrument}:{run}:{flowcell}:{lane}:{tile}:{x}:{y}"),
            reads,
            origin: Origin {
                contig: source.contig,
                haplotype: source.which,
                interval: Interval0::new(start, last + 1).expect("haplotypes keep the order"),
                reverse: fragment.reverse,
                duplicate: fragment.duplicate,
            },
        }
    }
}

impl Fragment {
    fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.length) as usize
    }
}

fn sources(genome: &Genome, variants: &Variants, coverage: f64) -> Vec<Source> {
    let build = Build::of(&genome.contigs());
    let mut sources = Vec::new();
    for contig in genome.indices() {
        let copies = Ploidy::at(genome.name(contig), 0, variants.sex(), build).copies();
        let depth = if genome.is_mitochondrial(contig) { coverage } else { coverage / 2.0 };
        sources.extend((0..copies).map(|which| Source {
            contig,
            which,
            sequence: Haplotype::new(genome, variants, contig, which),
            depth,
        }));
    }
    sources
}

fn near(random: &mut Random, spot: Spot) -> Spot {
    let mut shift = |at: u32| at + random.below(2 * OPTICAL_DISTANCE) - OPTICAL_DISTANCE;
    Spot { y: shift(spot.y), x: shift(spot.x), ..spot }
}
