//! Files of one comparison, made in code.

use std::{ops::Range, path::PathBuf};

use wgs_compare::{Counts, Request, Sets, compare};
use wgs_formats::output;
use wgs_testkit::Random;

/// Columns of a VCF with one sample.
pub(crate) const HEAD: &str =
    "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n";

/// A record of one sample.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Variant {
    /// 0-based.
    pub(crate) start: usize,
    pub(crate) reference: String,
    pub(crate) alternates: Vec<String>,
    pub(crate) genotype: String,
}

impl Variant {
    pub(crate) fn new(start: usize, reference: &str, alternate: &str, genotype: &str) -> Self {
        Self {
            start,
            reference: reference.to_owned(),
            alternates: vec![alternate.to_owned()],
            genotype: genotype.to_owned(),
        }
    }

    pub(crate) fn end(&self) -> usize {
        self.start + self.reference.len()
    }
}

/// A VCF of records on the contig `c`.
pub(crate) fn vcf(variants: &[Variant]) -> String {
    let mut sorted = variants.to_vec();
    sorted.sort();
    sorted.iter().fold(HEAD.to_owned(), |text, v| {
        let (position, alternates) = (v.start + 1, v.alternates.join(","));
        text + &format!(
            "c\t{position}\t.\t{}\t{alternates}\t.\tPASS\t.\tGT\t{}\n",
            v.reference, v.genotype
        )
    })
}

/// A folder with a genome of one contig, `c`.
pub(crate) struct Fixture {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) bases: String,
}

impl Fixture {
    pub(crate) fn new(bases: &str) -> Self {
        let fixture = Self { folder: tempfile::tempdir().unwrap(), bases: bases.to_owned() };
        fixture.write("genome.fa", &format!(">c\n{bases}\n"));
        fixture
    }

    /// Random bases with homopolymers and repeats of two and three bases.
    pub(crate) fn random(seed: u64, length: usize) -> Self {
        let mut random = Random::new(seed, "genome");
        let mut bases = Vec::new();
        while bases.len() < length {
            let unit: Vec<u8> = (0..random.within(1..4)).map(|_| random.base(0.5)).collect();
            let times = if random.chance(0.1) { random.within(3..9) } else { 1 };
            (0..times).for_each(|_| bases.extend(&unit));
        }
        bases.truncate(length);
        Self::new(&String::from_utf8(bases).unwrap())
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        output::write(&path, text).unwrap();
        path
    }

    pub(crate) fn part(&self, part: Range<usize>) -> &str {
        &self.bases[part]
    }

    /// A request to compare two texts.
    pub(crate) fn request(&self, truth: &str, calls: &str) -> Request {
        let truth = self.write("truth.vcf", truth);
        let calls = self.write("calls.vcf", calls);
        Request::new(Sets::new(truth, calls, self.folder.path().join("genome.fa")))
    }

    /// The counts of all variants.
    pub(crate) fn counts(&self, truth: &[Variant], calls: &[Variant]) -> Counts {
        all(&self.request(&vcf(truth), &vcf(calls)))
    }

    /// Random variants: substitutions, insertions and deletions, of one allele each.
    pub(crate) fn variants(&self, random: &mut Random, gap: Range<u32>) -> Vec<Variant> {
        let mut variants = Vec::new();
        let mut at = 5 + random.within(gap.clone()) as usize;
        while at + 20 < self.bases.len() {
            let genotype = *random.pick(&["0/1", "1/1", "1|0", "0|1"]);
            let reference = self.part(at..at + 1);
            let other = random.other_base(reference.as_bytes()[0]);
            let variant = match random.below(4) {
                0 => {
                    let length = random.within(1..6) as usize;
                    Variant::new(at, self.part(at..at + 1 + length), reference, genotype)
                }
                1 => {
                    let length = random.within(1..6);
                    let added: String = (0..length).map(|_| random.base(0.5) as char).collect();
                    Variant::new(at, reference, &format!("{reference}{added}"), genotype)
                }
                2 => {
                    let next = random.other_base(self.bases.as_bytes()[at + 1]);
                    let alternate = format!("{}{}", other as char, next as char);
                    Variant::new(at, self.part(at..at + 2), &alternate, genotype)
                }
                _ => Variant::new(at, reference, &(other as char).to_string(), genotype),
            };
            at = variant.end() + random.within(gap.clone()) as usize;
            variants.push(variant);
        }
        variants
    }
}

/// The counts of all variants of a request.
pub(crate) fn all(request: &Request) -> Counts {
    compare(request).unwrap().of("ALL").unwrap().counts
}

/// True variants found, wrong calls, true variants missed.
pub(crate) fn triple(counts: Counts) -> (u64, u64, u64) {
    (counts.tp, counts.fp, counts.fn_)
}
