//! The sex of a sample by how much data lies on its sex chromosomes.

use serde::{Deserialize, Serialize};
use wgs_core::{Build, ContigIndex, Interval0, Ploidy, Sex};
use wgs_formats::{alignment::Load, bed::Regions, genome::Genome};

use super::{Inputs, Request};

/// A base of this many stands for those around it, where the share of known bases is asked for.
const SAMPLED: u32 = 100;
/// Known bases of X, and of Y, that must be in question for them to tell.
const MIN_KNOWN_BASES: f64 = 1_000.0;
/// Data on X, in that on autosomes, between one copy and two.
const ONE_X_OR_TWO: f64 = 0.75;
/// The least on X that is data at all.
const ANY_X: f64 = 0.2;
/// Data on Y below which there is none: reads of X and of repeats stray there.
const NO_Y: f64 = 0.15;
/// Data on Y from which on there is one.
const ONE_Y: f64 = 0.22;

/// The sex that a sample is called with, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SexSummary {
    /// As declared.
    pub declared: Sex,
    /// As the data on X and Y says; unknown where it does not tell.
    pub inferred: Sex,
    /// As called: declared, or else inferred.
    pub used: Sex,
    /// Data for each known base of X outside of the pseudoautosomal regions, in percent of that of
    /// autosomes; none without such contigs.
    pub x_percent: Option<u32>,
    /// The same of Y.
    pub y_percent: Option<u32>,
}

impl SexSummary {
    /// What is to be told of it: a declared sex that the data contradicts, or copies of X and Y
    /// that are neither a female's nor a male's.
    pub fn warning(&self, sample: &str) -> Option<String> {
        let percent = |p: Option<u32>| p.map_or("?".to_owned(), |p| p.to_string());
        let seen = format!(
            "data on X is {}%, on Y {}% of that on autosomes",
            percent(self.x_percent),
            percent(self.y_percent)
        );
        match (self.declared, self.inferred) {
            (Sex::Unknown, Sex::Unknown) if self.is_odd() => Some(format!(
                "sample {sample}: {seen}, neither a female's nor a male's: X and Y are called with \
                 two copies; --sex decides"
            )),
            (Sex::Unknown, _) | (_, Sex::Unknown) => None,
            (declared, inferred) if declared == inferred => None,
            (declared, inferred) => Some(format!(
                "sample {sample}: declared {}, but {seen}, as of a {}: called as declared; the \
                 samples may be exchanged",
                name(declared),
                name(inferred)
            )),
        }
    }

    fn is_odd(&self) -> bool {
        self.x_percent.is_some_and(|x| f64::from(x) >= 100.0 * ANY_X) && self.y_percent.is_some()
    }

    /// As a line of a VCF header: `<Sample=ID,Used=male,Declared=unknown>`.
    pub(super) fn header_line(&self, sample: &str) -> String {
        format!("<Sample={sample},Used={},Declared={}>", name(self.used), name(self.declared))
    }
}

/// The sex that a sample is called with, by the value of a header's `##sex`.
pub(crate) fn used(line: &str, sample: &str) -> Option<Sex> {
    let rest = line.strip_prefix("<Sample=")?.strip_prefix(sample)?.strip_prefix(",Used=")?;
    let word = rest.split([',', '>']).next()?;
    [Sex::Female, Sex::Male, Sex::Unknown].into_iter().find(|&sex| name(sex) == word)
}

/// As a word.
pub(crate) fn name(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
        Sex::Unknown => "unknown",
    }
}

/// The sex of each sample of a request.
pub(super) fn of(request: &Request<'_>, inputs: &Inputs) -> Vec<SexSummary> {
    let scope = Scope::of(request.genome, request.regions);
    let pairs = request.samples.iter().zip(&inputs.loads);
    pairs.map(|(sample, loads)| scope.judge(sample.sex, loads)).collect()
}

/// The sex of one sample by all of its data.
pub(crate) fn of_sample(genome: &Genome, declared: Sex, loads: &[Load]) -> SexSummary {
    Scope::of(genome, None).judge(declared, loads)
}

/// What a contig is for the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Autosome,
    X,
    Y,
    Other,
}

fn kind(contig: &str) -> Kind {
    match contig.strip_prefix("chr").unwrap_or(contig) {
        "X" => Kind::X,
        "Y" => Kind::Y,
        number if number.parse::<u8>().is_ok_and(|n| (1..=22).contains(&n)) => Kind::Autosome,
        _ => Kind::Other,
    }
}

/// Where calls are wanted, and how many bases of it are known.
struct Scope<'a> {
    genome: &'a Genome,
    build: Build,
    /// Of each contig: what it is, the intervals in question, and their known bases.
    contigs: Vec<(Kind, Vec<Interval0>, f64)>,
}

impl<'a> Scope<'a> {
    fn of(genome: &'a Genome, regions: Option<&Regions>) -> Self {
        let build = Build::of(genome.contigs());
        let contigs = genome.contigs().iter().enumerate().map(|(index, contig)| {
            let kind = kind(&contig.name);
            let intervals = match (kind, regions) {
                (Kind::Other, _) => Vec::new(),
                (_, Some(regions)) => regions.of(ContigIndex(index)).to_vec(),
                _ => Interval0::new(0, contig.length).into_iter().collect(),
            };
            let known = known_bases(genome, ContigIndex(index), &contig.name, &intervals, build);
            (kind, intervals, known)
        });
        Self { genome, build, contigs: contigs.collect() }
    }

    fn judge(&self, declared: Sex, loads: &[Load]) -> SexSummary {
        let mut bytes = vec![0.0; self.contigs.len()];
        for load in loads {
            let Some((_, intervals, _)) = self.contigs.get(load.region.contig.0) else { continue };
            let first = intervals.partition_point(|i| i.end() <= load.region.interval.start());
            let name = self.genome.contigs().get(load.region.contig).map_or("", |c| &c.name);
            let per_base = load.bytes as f64 / f64::from(load.region.interval.len().max(1));
            for part in
                intervals[first..].iter().map_while(|i| i.intersection(load.region.interval))
            {
                if is_single_in_males(name, part.start() + part.len() / 2, self.build) {
                    bytes[load.region.contig.0] += per_base * f64::from(part.len());
                }
            }
        }
        let density = |of: Kind| {
            let (mut sum, mut known) = (0.0, 0.0);
            for ((kind, _, bases), bytes) in self.contigs.iter().zip(&bytes) {
                // Autosomes without reads are not part of what was sequenced.
                if *kind == of && (of != Kind::Autosome || *bytes > 0.0) {
                    sum += bytes;
                    known += bases;
                }
            }
            (known >= MIN_KNOWN_BASES).then_some(sum / known)
        };
        let autosomes = density(Kind::Autosome).filter(|&d| d > 0.0);
        let share = |of| Some(density(of)? / autosomes?);
        let (x, y) = (share(Kind::X), share(Kind::Y));
        let inferred = infer(x, y);
        let percent = |share: Option<f64>| share.map(|s| (100.0 * s).round() as u32);
        let used = if declared == Sex::Unknown { inferred } else { declared };
        SexSummary { declared, inferred, used, x_percent: percent(x), y_percent: percent(y) }
    }
}

/// The sex that data on X and Y, in that on autosomes, belongs to.
fn infer(x: Option<f64>, y: Option<f64>) -> Sex {
    match (x, y) {
        (Some(x), Some(y)) if x >= ONE_X_OR_TWO && y < NO_Y => Sex::Female,
        (Some(x), Some(y)) if (ANY_X..ONE_X_OR_TWO).contains(&x) && y >= ONE_Y => Sex::Male,
        _ => Sex::Unknown,
    }
}

/// Whether a male has one copy of a place of X or Y; true of all other contigs.
fn is_single_in_males(contig: &str, offset: u32, build: Build) -> bool {
    !matches!(kind(contig), Kind::X | Kind::Y)
        || Ploidy::at(contig, offset, Sex::Male, build) == Ploidy::Haploid
}

/// Bases that are A, C, G or T and count, by a sample of them.
fn known_bases(
    genome: &Genome,
    contig: ContigIndex,
    name: &str,
    intervals: &[Interval0],
    build: Build,
) -> f64 {
    let mut known = 0.0;
    for interval in intervals {
        let step = SAMPLED.min(interval.len() / 10).max(1);
        for offset in (interval.start()..interval.end()).step_by(step as usize) {
            let Ok(one) = Interval0::new(offset, offset + 1) else { continue };
            let is_known = matches!(genome.fetch(contig, one)[..], [b'A' | b'C' | b'G' | b'T']);
            if is_known && is_single_in_males(name, offset, build) {
                known += f64::from(step.min(interval.end() - offset));
            }
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_x_and_y_tell() {
        let of = |x, y| infer(Some(x), Some(y));
        assert_eq!(of(1.02, 0.04), Sex::Female);
        assert_eq!(of(0.52, 0.47), Sex::Male);
        assert_eq!(of(0.50, 0.02), Sex::Unknown, "one X and no Y");
        assert_eq!(of(1.00, 0.50), Sex::Unknown, "two X and a Y");
        assert_eq!(of(0.0, 0.0), Sex::Unknown, "nothing was sequenced there");
        assert_eq!(infer(Some(1.0), None), Sex::Unknown);
    }

    #[test]
    fn a_contradiction_is_told_and_agreement_is_not() {
        let summary = |declared, inferred| SexSummary {
            declared,
            inferred,
            used: declared,
            x_percent: Some(51),
            y_percent: Some(48),
        };
        let warning = summary(Sex::Female, Sex::Male).warning("S").unwrap();
        assert!(warning.contains("declared female") && warning.contains("X is 51%"), "{warning}");
        assert_eq!(summary(Sex::Male, Sex::Male).warning("S"), None);
        assert_eq!(summary(Sex::Unknown, Sex::Male).warning("S"), None);
        assert!(summary(Sex::Unknown, Sex::Unknown).warning("S").is_some());
    }

    #[test]
    fn the_header_line_is_read_again() {
        for sex in [Sex::Female, Sex::Male, Sex::Unknown] {
            let line = SexSummary { used: sex, ..SexSummary::default() }.header_line("S,1");
            assert_eq!(used(&line, "S,1"), Some(sex));
            assert_eq!(used(&line, "S"), None);
        }
    }

    #[test]
    fn pseudoautosomal_bases_do_not_count() {
        let single = |contig, offset| is_single_in_males(contig, offset, Build::Grch38);
        assert!(!single("chrX", 20_000) && single("chrX", 50_000_000) && !single("chrY", 20_000));
        assert!(single("chr1", 20_000));
    }
}
