//! Random genomes with the features that make real ones hard.

use std::path::Path;

use wgs_core::{Contig, ContigIndex, ContigList, Interval0};
use wgs_formats::Result;

use crate::{code::reverse_complement, random::Random, text::write_maybe_gzip};

/// Bases on a line of the FASTA.
const LINE_BASES: usize = 60;

/// Shortest contig that gets a gap at its end.
const GAPPED_FROM_BP: u32 = 20_000;

/// What a stretch of a random genome is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureKind {
    /// A run of N.
    Gap,
    /// A diverged copy, on either strand, of a family's 300-base consensus.
    InterspersedRepeat,
    /// A unit of 2 to 6 bases, many times over.
    TandemRepeat,
    /// One base, 8 to 20 times.
    Homopolymer,
    /// A copy of another stretch of the genome with about 1% differences.
    Duplication,
    /// A gene, introns included.
    Gene,
}

/// A stretch of a random genome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Its contig.
    pub contig: ContigIndex,
    /// Where, 0-based and half-open.
    pub interval: Interval0,
    /// What.
    pub kind: FeatureKind,
}

/// A genome in memory. Contigs named `chrM` or `MT` have neither gaps nor repeats.
///
/// ```
/// use wgs_testkit::Genome;
/// let genome = Genome::random(1, &[("chr1", 50_000), ("chrM", 3_000)]);
/// assert_eq!(genome.contigs().total_length(), 53_000);
/// assert_eq!(genome.fasta(), Genome::random(1, &[("chr1", 50_000), ("chrM", 3_000)]).fasta());
/// ```
#[derive(Clone, Debug)]
pub struct Genome {
    names: Vec<String>,
    sequences: Vec<Vec<u8>>,
    features: Vec<Feature>,
}

impl Genome {
    /// A genome of contigs with these names and lengths in bases.
    ///
    /// # Panics
    ///
    /// If names or lengths do not make a contig list.
    pub fn random(seed: u64, contigs: &[(&str, u32)]) -> Self {
        let mut random = Random::new(seed, "genome");
        let sequences = contigs.iter().map(|c| isochores(&mut random, c.1)).collect();
        let mut genome = Self::from_sequences(contigs.iter().map(|c| c.0), sequences);
        let family: Vec<u8> = (0..300).map(|_| random.base(0.55)).collect();
        for index in 0..contigs.len() {
            if !genome.is_mitochondrial(ContigIndex(index)) {
                genome.decorate(&mut random, ContigIndex(index), &family);
            }
        }
        genome.duplicate(&mut random);
        genome
    }

    /// A genome of given upper-case sequences, without features.
    ///
    /// # Panics
    ///
    /// If they do not make a contig list.
    pub fn from_sequences<N: Into<String>>(
        names: impl IntoIterator<Item = N>,
        sequences: Vec<Vec<u8>>,
    ) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        assert_eq!(names.len(), sequences.len(), "every contig has one name and one sequence");
        let genome = Self { names, sequences, features: Vec::new() };
        assert!(!genome.contigs().is_empty(), "a genome has contigs");
        genome
    }

    /// Names and lengths, without digests.
    pub fn contigs(&self) -> ContigList {
        let pairs = self.names.iter().zip(&self.sequences);
        let contigs = pairs.map(|(name, bases)| Contig::new(name, bases.len() as u32)).collect();
        ContigList::new(contigs).expect("tests name their contigs correctly")
    }

    /// The indices of the contigs.
    pub fn indices(&self) -> impl ExactSizeIterator<Item = ContigIndex> + use<> {
        (0..self.names.len()).map(ContigIndex)
    }

    /// The name of a contig.
    pub fn name(&self, contig: ContigIndex) -> &str {
        &self.names[contig.0]
    }

    /// The bases of a contig, in upper case.
    pub fn bases(&self, contig: ContigIndex) -> &[u8] {
        &self.sequences[contig.0]
    }

    /// The bases of a part of a contig, in upper case.
    pub fn fetch(&self, contig: ContigIndex, interval: Interval0) -> &[u8] {
        &self.bases(contig)[interval.start() as usize..interval.end() as usize]
    }

    /// What was put where, in the order of making. Homopolymers and repeats that chance made are
    /// not among them.
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// The genome as FASTA with lines of 60 bases.
    pub fn fasta(&self) -> Vec<u8> {
        let mut text = Vec::new();
        for (name, bases) in self.names.iter().zip(&self.sequences) {
            text.extend_from_slice(format!(">{name}\n").as_bytes());
            for line in bases.chunks(LINE_BASES) {
                text.extend_from_slice(line);
                text.push(b'\n');
            }
        }
        text
    }

    /// Writes the FASTA, as gzip where the name ends in `.gz`.
    pub fn write_fasta(&self, path: &Path) -> Result<()> {
        write_maybe_gzip(path, &self.fasta())
    }

    /// Whether the contig is the mitochondrial one.
    pub(crate) fn is_mitochondrial(&self, contig: ContigIndex) -> bool {
        matches!(self.name(contig), "chrM" | "MT" | "M" | "chrMT")
    }

    /// Whether no feature of these kinds touches the interval.
    pub(crate) fn is_free(
        &self,
        contig: ContigIndex,
        interval: Interval0,
        kinds: &[FeatureKind],
    ) -> bool {
        !self
            .features
            .iter()
            .any(|f| f.contig == contig && f.interval.overlaps(interval) && kinds.contains(&f.kind))
    }

    /// Overwrites bases; whatever feature (but a gene) lay there is no longer one.
    pub(crate) fn overwrite(&mut self, contig: ContigIndex, start: u32, bases: &[u8]) {
        let interval = span(start, bases.len());
        self.features.retain(|f| {
            f.kind == FeatureKind::Gene || f.contig != contig || !f.interval.overlaps(interval)
        });
        self.sequences[contig.0][start as usize..interval.end() as usize].copy_from_slice(bases);
    }

    /// Records a feature.
    pub(crate) fn record(&mut self, contig: ContigIndex, interval: Interval0, kind: FeatureKind) {
        self.features.push(Feature { contig, interval, kind });
    }

    fn decorate(&mut self, random: &mut Random, contig: ContigIndex, family: &[u8]) {
        let length = self.bases(contig).len() as u32;
        if length >= GAPPED_FROM_BP {
            let end = random.within(200..1000);
            self.put(contig, length - end, &vec![b'N'; end as usize], FeatureKind::Gap);
            let inner = vec![b'N'; random.within(50..300) as usize];
            self.place(random, contig, &inner, FeatureKind::Gap);
        }
        for _ in 0..length / 6_000 {
            let copy = diverged(random, family, 0.12);
            let copy = if random.chance(0.5) { reverse_complement(&copy) } else { copy };
            self.place(random, contig, &copy, FeatureKind::InterspersedRepeat);
        }
        for _ in 0..length / 5_000 {
            let unit: Vec<u8> = (0..random.within(2..7)).map(|_| random.base(0.4)).collect();
            let times = random.within(5..20) as usize;
            self.place(random, contig, &unit.repeat(times), FeatureKind::TandemRepeat);
        }
        for _ in 0..length / 3_000 {
            let run = vec![random.base(0.2); random.within(8..21) as usize];
            self.place(random, contig, &run, FeatureKind::Homopolymer);
        }
    }

    /// Copies one stretch to another place, if the genome is large enough for that.
    fn duplicate(&mut self, random: &mut Random) {
        let large: Vec<ContigIndex> =
            self.indices().filter(|c| self.bases(*c).len() >= GAPPED_FROM_BP as usize).collect();
        if large.is_empty() {
            return;
        }
        let (source, target) = (*random.pick(&large), *random.pick(&large));
        let length = random.within(600..1200);
        let Some(from) = self.find_place(random, source, length) else {
            return;
        };
        let original = self.fetch(source, span(from, length as usize)).to_vec();
        self.record(source, span(from, length as usize), FeatureKind::Duplication);
        let copy = diverged(random, &original, 0.01);
        self.place(random, target, &copy, FeatureKind::Duplication);
    }

    fn place(&mut self, random: &mut Random, contig: ContigIndex, bases: &[u8], kind: FeatureKind) {
        if let Some(start) = self.find_place(random, contig, bases.len() as u32) {
            self.put(contig, start, bases, kind);
        }
    }

    fn put(&mut self, contig: ContigIndex, start: u32, bases: &[u8], kind: FeatureKind) {
        self.overwrite(contig, start, bases);
        self.record(contig, span(start, bases.len()), kind);
    }

    /// A start where nothing lies yet; `None` after many vain tries.
    fn find_place(&self, random: &mut Random, contig: ContigIndex, length: u32) -> Option<u32> {
        let room = (self.bases(contig).len() as u32).checked_sub(length + 1)?;
        let starts = std::iter::repeat_with(|| random.below(room + 1)).take(100);
        starts.into_iter().find(|start| {
            let interval = span(*start, length as usize);
            self.features.iter().all(|f| f.contig != contig || !f.interval.overlaps(interval))
        })
    }
}

fn span(start: u32, length: usize) -> Interval0 {
    Interval0::new(start, start + length as u32).expect("lengths are not negative")
}

/// Bases in stretches of 500 to 3,000 that differ in GC, from 32% to 62%.
fn isochores(random: &mut Random, length: u32) -> Vec<u8> {
    let mut bases = Vec::with_capacity(length as usize);
    while bases.len() < length as usize {
        let gc = 0.32 + 0.30 * random.unit();
        let stretch = random.within(500..3000).min(length - bases.len() as u32);
        bases.extend((0..stretch).map(|_| random.base(gc)));
    }
    bases
}

fn diverged(random: &mut Random, bases: &[u8], share: f64) -> Vec<u8> {
    bases.iter().map(|b| if random.chance(share) { random.other_base(*b) } else { *b }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn genome() -> Genome {
        Genome::random(3, &[("chr1", 60_000), ("chr2", 30_000), ("chrM", 5_000)])
    }

    #[test]
    fn every_kind_of_feature_is_there_and_is_what_it_says() {
        let genome = genome();
        let of = |kind| genome.features().iter().filter(move |f| f.kind == kind);
        let bases = |f: &Feature| genome.fetch(f.contig, f.interval);
        assert!(of(FeatureKind::Gap).all(|f| bases(f).iter().all(|b| *b == b'N')));
        assert!(of(FeatureKind::Homopolymer).all(|f| bases(f).iter().all(|b| *b == bases(f)[0])));
        assert_eq!(of(FeatureKind::Gap).count(), 4);
        assert_eq!(of(FeatureKind::Duplication).count(), 2);
        assert!(of(FeatureKind::InterspersedRepeat).count() >= 10);
        assert!(of(FeatureKind::TandemRepeat).count() >= 10);
        assert!(of(FeatureKind::Homopolymer).count() >= 20);
    }

    #[test]
    fn the_two_copies_of_a_duplication_differ_a_little() {
        let genome = genome();
        let mut copies = genome.features().iter().filter(|f| f.kind == FeatureKind::Duplication);
        let [a, b] = [copies.next().unwrap(), copies.next().unwrap()]
            .map(|f| genome.fetch(f.contig, f.interval));
        let different = a.iter().zip(b).filter(|(a, b)| a != b).count();
        assert_eq!(a.len(), b.len());
        assert!(different > 0 && different < a.len() / 30, "{different} of {}", a.len());
    }

    #[test]
    fn mitochondria_are_plain() {
        assert!(genome().features().iter().all(|f| f.contig != ContigIndex(2)));
        assert!(!genome().bases(ContigIndex(2)).contains(&b'N'));
    }

    #[test]
    fn gc_varies_along_a_contig() {
        let genome = genome();
        let gc = |window: &[u8]| window.iter().filter(|b| b"GC".contains(b)).count();
        let windows = genome.bases(ContigIndex(0)).chunks_exact(500).map(gc);
        let (low, high) =
            windows.filter(|gc| *gc > 0).fold((500, 0), |(l, h), gc| (l.min(gc), h.max(gc)));
        assert!(high - low > 75, "{low} to {high} of 500");
    }
}
