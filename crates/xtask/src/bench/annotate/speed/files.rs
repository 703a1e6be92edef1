//! The files of the benchmark: a person's calls, and what sources publish.

use std::{io::Write, path::Path};

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::{
    genome::Genome,
    variant::{Batch, Definition, Header, Number, ValueType, Writer},
};
use wgs_testkit::Random;

use super::alleles::{KNOWN, Site, Variant};
use crate::Error;

/// Text of a file that is compressed at once.
const BATCH_BYTES: usize = 8 << 20;

/// A source, and how many records it has for each of the largest's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Gnomad,
    Dbsnp,
    Tommo,
    Clinvar,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Gnomad, Self::Dbsnp, Self::Tommo, Self::Clinvar];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gnomad => "gnomad",
            Self::Dbsnp => "dbsnp",
            Self::Tommo => "tommo",
            Self::Clinvar => "clinvar",
        }
    }

    /// How many records, of so many of the largest.
    pub(super) fn records(self, largest: u64) -> u64 {
        match self {
            Self::Gnomad => largest,
            Self::Dbsnp => largest / 2,
            Self::Tommo => largest / 4,
            Self::Clinvar => largest / 16,
        }
    }

    /// The fields that stores carry.
    pub(super) fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Gnomad => &["FILTER", "AC", "AN", "AF", "nhomalt", "AF_eas", "AF_grpmax"],
            Self::Dbsnp => &["ID"],
            Self::Tommo => &["AC", "AN", "AF"],
            Self::Clinvar => &["ALLELEID", "CLNSIG", "CLNREVSTAT", "CLNDN"],
        }
    }

    fn header(self, genome: &Genome) -> Header {
        let mut header = Header::new(genome.contigs());
        let (integer, float, string) = (ValueType::Integer, ValueType::Float, ValueType::String);
        let one = Number::Count(1);
        let infos: &[(&str, Number, ValueType)] = match self {
            Self::Gnomad => &[
                ("AC", Number::Alternates, integer),
                ("AN", one, integer),
                ("AF", Number::Alternates, float),
                ("nhomalt", Number::Alternates, integer),
                ("AF_eas", Number::Alternates, float),
                ("AF_grpmax", Number::Alternates, float),
            ],
            Self::Dbsnp => &[("RS", one, integer)],
            Self::Tommo => &[
                ("AC", Number::Alternates, integer),
                ("AN", one, integer),
                ("AF", Number::Alternates, float),
            ],
            Self::Clinvar => &[
                ("ALLELEID", one, integer),
                ("CLNSIG", Number::Unknown, string),
                ("CLNREVSTAT", Number::Unknown, string),
                ("CLNDN", Number::Unknown, string),
            ],
        };
        for (key, number, value_type) in infos {
            header.add_info(Definition::new(*key, number.clone(), *value_type, *key));
        }
        header
    }
}

/// A contig's lines, which go to a file in batches.
struct Out {
    writer: Writer,
    batch: Batch,
}

impl Out {
    fn new(path: &Path, header: &Header) -> Result<Self, Error> {
        Ok(Self { writer: Writer::create(path, header, 1)?, batch: Batch::default() })
    }

    fn line(
        &mut self,
        site: &Site<'_>,
        variant: &Variant,
        id: &str,
        quality_filter: &str,
        rest: &str,
    ) -> Result<(), Error> {
        let contig = site.genome.contigs().get(site.contig).map_or("", |c| &c.name);
        let end = variant.start + u32::from(variant.reference_bases);
        self.batch.push(contig, Interval0::new(variant.start, end)?, |text| {
            // Writing to memory does not fail.
            let _ = write!(text, "{contig}\t{}\t{id}\t", variant.start + 1);
            text.extend_from_slice(variant.reference(site.bases));
            text.push(b'\t');
            text.extend_from_slice(variant.alternate());
            let _ = write!(text, "\t{quality_filter}\t{rest}");
        });
        if self.batch.len() > BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Error> {
        let packed = self.writer.packer().pack(std::mem::take(&mut self.batch));
        Ok(self.writer.write_packed(&packed)?)
    }

    fn finish(mut self) -> Result<(), Error> {
        self.flush()?;
        Ok(self.writer.finish()?)
    }
}

/// Writes the calls of a person and the files of all sources; `path` names a source's.
pub(super) fn write(
    genome: &Genome,
    seed: u64,
    (variants, records): (u64, u64),
    calls: &Path,
    path: impl Fn(Kind) -> std::path::PathBuf,
) -> Result<(), Error> {
    let total = genome.contigs().total_length();
    let mut called = Out::new(calls, &calls_header(genome))?;
    let sources =
        Kind::ALL.map(|kind| Out::new(&path(kind), &kind.header(genome)).map(|o| (kind, o)));
    let mut sources = sources.into_iter().collect::<Result<Vec<_>, _>>()?;
    for index in 0..genome.contigs().len() {
        let contig = ContigIndex(index);
        let bases = genome.sequence(contig);
        let site = Site { genome, contig, bases: &bases };
        let share = |count: u64| count * bases.len() as u64 / total;
        let random = |what: &str| Random::new(seed, &format!("{what} {index}"));
        let persons = site.draw(share(variants), &mut random("person"));
        let mut values = random("calls");
        for variant in &persons {
            called.line(&site, variant, ".", &quality(&mut values), &call(&mut values))?;
        }
        for (kind, out) in &mut sources {
            let mut random = random(kind.name());
            let known = if *kind == Kind::Clinvar { 0.01 } else { KNOWN };
            let count = share(kind.records(records));
            for (variant, persons) in site.known(count, &persons, known, &mut random) {
                let (id, filter, info) = kind.values(persons, &mut random);
                out.line(&site, &variant, &id, &format!(".\t{filter}"), &info)?;
            }
        }
        genome.release();
    }
    for (_, out) in sources {
        out.finish()?;
    }
    called.finish()
}

fn calls_header(genome: &Genome) -> Header {
    let mut header = Header::new(genome.contigs());
    let (one, per_allele) = (Number::Count(1), Number::Alternates);
    for (key, number, value_type) in [
        ("AC", per_allele.clone(), ValueType::Integer),
        ("AF", per_allele, ValueType::Float),
        ("AN", one.clone(), ValueType::Integer),
        ("DP", one.clone(), ValueType::Integer),
        ("FS", one.clone(), ValueType::Float),
        ("MQ", one.clone(), ValueType::Float),
        ("QD", one.clone(), ValueType::Float),
    ] {
        header.add_info(Definition::new(key, number, value_type, key));
    }
    for (key, number, value_type) in [
        ("GT", one.clone(), ValueType::String),
        ("AD", Number::Alleles, ValueType::Integer),
        ("DP", one.clone(), ValueType::Integer),
        ("GQ", one, ValueType::Integer),
    ] {
        header.add_format(Definition::new(key, number, value_type, key));
    }
    header.set_samples(["sample"]);
    header
}

fn quality(random: &mut Random) -> String {
    format!("{}.{:02}\tPASS", 200 + random.below(1500), 1 + random.below(98))
}

/// INFO, FORMAT and the column of a person.
fn call(random: &mut Random) -> String {
    let depth = 20 + random.below(25);
    let copies = 1 + u32::from(random.chance(0.37));
    let alternate = if copies == 2 { depth } else { depth / 2 + random.below(5) };
    let (genotype, frequency) = if copies == 2 { ("1/1", "1.00") } else { ("0/1", "0.500") };
    let strand = f64::from(random.below(9000)) / 1000.0;
    let by_depth = f64::from(1000 + random.below(2500)) / 100.0;
    format!(
        "AC={copies};AF={frequency};AN=2;DP={depth};FS={strand:.3};MQ=60.00;QD={by_depth:.2}\t\
         GT:AD:DP:GQ\t{genotype}:{},{alternate}:{depth}:{}",
        depth - alternate.min(depth),
        20 + random.below(80)
    )
}

impl Kind {
    /// Identifier, filters and INFO of a record.
    fn values(self, persons: bool, random: &mut Random) -> (String, &'static str, String) {
        match self {
            Self::Gnomad => gnomad(persons, random),
            Self::Dbsnp => {
                let number = match random.chance(0.3) {
                    true => 1_000_000 + random.below(200_000_000),
                    false => 500_000_000 + random.below(1_700_000_000),
                };
                (format!("rs{number}"), ".", format!("RS={number}"))
            }
            Self::Tommo => {
                let called = 2 * (54_302 - rare_loss(54_302, random));
                let count = count(called, persons, random);
                let frequency = f64::from(count) / f64::from(called);
                (".".into(), "PASS", format!("AC={count};AN={called};AF={frequency:.4}"))
            }
            Self::Clinvar => clinvar(random),
        }
    }
}

/// People who are not called at a place: few at most places, many at some.
fn rare_loss(people: u32, random: &mut Random) -> u32 {
    let mean = [30, 300, 3_000, people / 2][random.weighted(&[0.6, 0.25, 0.1, 0.05])];
    // Two draws, so that small numbers are the likelier ones.
    let most = random.below(2 * mean) + 1;
    random.below(most).min(people - 100)
}

/// How often an allele is seen: once for most of those that a person taken at random does not have.
fn count(called: u32, persons: bool, random: &mut Random) -> u32 {
    if persons && random.chance(0.9) {
        let share = random.unit();
        return ((f64::from(called) * (0.005 + 0.99 * share * share)) as u32).max(1);
    }
    let rare = (1.0 / random.unit().max(1e-9)).powf(1.25);
    (rare.min(f64::from(called) * 0.2) as u32).max(1)
}

/// A frequency in the form of gnomAD.
fn scientific(value: f64) -> String {
    let text = format!("{value:.5e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn gnomad(persons: bool, random: &mut Random) -> (String, &'static str, String) {
    let called = 2 * (76_156 - rare_loss(76_156, random));
    let count = count(called, persons, random);
    let frequency = f64::from(count) / f64::from(called);
    let homozygous = (frequency * frequency * f64::from(called) / 2.0) as u32;
    let group = |people: u32, share: f64, random: &mut Random| {
        let called = 2 * (people - rare_loss(people, random) / 16);
        let expected = f64::from(count) * share * 2.0 * random.unit();
        let seen = (expected as u32 + u32::from(random.chance(expected.fract()))).min(called);
        (seen, f64::from(seen) / f64::from(called))
    };
    let (_, eas) = group(2_604, 0.034, random);
    let (nfe_count, nfe) = group(34_029, 0.45, random);
    let (afr_count, afr) = group(20_744, 0.27, random);
    let mut info = format!(
        "AC={count};AN={called};AF={};nhomalt={homozygous};AF_eas={}",
        scientific(frequency),
        scientific(eas)
    );
    if nfe_count + afr_count > 0 {
        info += &format!(";AF_grpmax={}", scientific(nfe.max(afr)));
    }
    let filters = ["PASS", "AC0", "AS_VQSR", "AC0;AS_VQSR", "InbreedingCoeff"];
    let filter = filters[random.weighted(&[0.86, 0.04, 0.07, 0.02, 0.01])];
    (".".into(), filter, info)
}

fn clinvar(random: &mut Random) -> (String, &'static str, String) {
    const MEANINGS: [&str; 7] = [
        "Uncertain_significance",
        "Likely_benign",
        "Benign",
        "Pathogenic",
        "Conflicting_classifications_of_pathogenicity",
        "Likely_pathogenic",
        "Benign/Likely_benign",
    ];
    const REVIEWS: [&str; 4] = [
        "criteria_provided,_single_submitter",
        "criteria_provided,_multiple_submitters,_no_conflicts",
        "no_assertion_criteria_provided",
        "reviewed_by_expert_panel",
    ];
    let meaning = MEANINGS[random.weighted(&[0.5, 0.25, 0.06, 0.06, 0.05, 0.04, 0.04])];
    let review = REVIEWS[random.weighted(&[0.75, 0.18, 0.06, 0.01])];
    let condition = match random.weighted(&[0.3, 0.15, 0.55]) {
        0 => "not_provided".to_owned(),
        1 => "not_specified".to_owned(),
        _ => {
            let rank = random.unit();
            format!("Condition_number_{}_of_many|not_provided", (rank * rank * 9_000.0) as u32)
        }
    };
    let number = 15_000 + random.below(3_800_000);
    let info = format!(
        "ALLELEID={};CLNDN={condition};CLNREVSTAT={review};CLNSIG={meaning}",
        number + 15_000
    );
    (number.to_string(), ".", info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_are_written_as_gnomad_does() {
        assert_eq!(scientific(1.0 / 152_204.0), "6.57013e-06");
        assert_eq!(scientific(0.0), "0.00000e+00");
        assert_eq!(scientific(0.25), "2.50000e-01");
    }
}
