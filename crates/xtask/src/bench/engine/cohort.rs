//! Simulated cases of two kinds on one genome, with a bundle of it and a samplesheet of them.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use wgs_core::Sex;
use wgs_formats::{digest, output};
use wgs_testkit::{Donor, Genes, Genome, Simulator, Variants, sources, write_maybe_gzip};

use super::Options;
use crate::{
    Error,
    bench::{
        folder,
        process::{Pipeline, command},
        say,
    },
};

/// Every how many cases one is a family.
const FAMILY_EVERY: usize = 4;

/// Cases, ready to be run.
pub(super) struct Cohort {
    /// The samplesheet of all.
    pub(super) sheet: PathBuf,
    /// A samplesheet of each, by its id.
    pub(super) sheets: Vec<(String, PathBuf)>,
    /// The reference.
    pub(super) bundle: PathBuf,
}

/// What decides the cases and the bundle.
#[derive(PartialEq, Serialize, Deserialize)]
struct MadeOf {
    cases: usize,
    kilobases: u32,
    coverage: f64,
    seed: u64,
}

/// What decides the bundle besides.
#[derive(PartialEq, Serialize, Deserialize)]
struct BuiltBy {
    genome_sha256: String,
    program_sha256: String,
}

const HEAD: &str = "case,sample,role,sex,lane,library,fastq_1,fastq_2\n";

impl Cohort {
    /// The cases in the folder, made if they are not there.
    pub(super) fn make(options: &Options, binary: &Path, out: &Path) -> Result<Self, Error> {
        let &Options { cases, kilobases, coverage, seed, .. } = options;
        let made_of = MadeOf { cases, kilobases, coverage, seed };
        let data = folder::kept(&out.join("cohort"), &made_of, |data| write(&made_of, data))?;
        let built_by = BuiltBy {
            genome_sha256: digest::sha256_file(&data.join("genome.fa.gz"))?,
            program_sha256: digest::sha256_file(binary)?,
        };
        let bundle = folder::kept(&out.join("reference"), &built_by, |room| {
            let mut build = command(binary, ["bundle", "build"]);
            build.arg("--genome").arg(data.join("genome.fa.gz"));
            build.arg("--genes").arg(data.join("genes.gff3.gz"));
            build.arg("--source").arg(format!("clinvar={}", data.join("clinvar.vcf.gz").display()));
            build.arg("--out").arg(room.join("bundle"));
            Pipeline::new(out.join("bundle.log"), [build]).run().map(drop)
        })?;
        let ids = (0..cases).map(id);
        Ok(Self {
            sheet: data.join("cases.csv"),
            sheets: ids.map(|id| (id.clone(), data.join(format!("{id}.csv")))).collect(),
            bundle: bundle.join("bundle"),
        })
    }
}

fn id(case: usize) -> String {
    match case % FAMILY_EVERY {
        0 => format!("family-{case:03}"),
        _ => format!("single-{case:03}"),
    }
}

fn write(made_of: &MadeOf, data: &Path) -> Result<(), Error> {
    let kilobases = made_of.kilobases;
    let share = |parts: u32| kilobases * 1000 / 20 * parts;
    let contigs = [("chr1", share(10)), ("chr2", share(7)), ("chrX", share(3)), ("chrM", 8_000)];
    let mut genome = Genome::random(made_of.seed, &contigs);
    let genes = Genes::plant(&mut genome, made_of.seed, kilobases as usize / 12);
    let donor = Donor { snv_rate: 1.0 / 900.0, indel_rate: 1.0 / 5000.0, ..Donor::default() };
    let known = Variants::plant(made_of.seed, &donor, &genome, &genes);
    let clinvar = sources::clinvar(made_of.seed, &genome, &genes, &known);
    write_maybe_gzip(&data.join("genome.fa.gz"), &genome.fasta())?;
    write_maybe_gzip(&data.join("genes.gff3.gz"), genes.gff3(&genome).as_bytes())?;
    write_maybe_gzip(&data.join("clinvar.vcf.gz"), clinvar.as_bytes())?;
    let mut all = HEAD.to_owned();
    for case in 0..made_of.cases {
        say(&format!("reads of case {} of {}", case + 1, made_of.cases));
        let seed = made_of.seed * 1000 + case as u64;
        let proband = Variants::plant(seed, &donor, &genome, &genes);
        let rows = samples(made_of, case, seed, &genome, &proband, data)?;
        output::write(&data.join(format!("{}.csv", id(case))), format!("{HEAD}{rows}"))?;
        all += &rows;
    }
    output::write(&data.join("cases.csv"), all)?;
    Ok(())
}

/// Writes the reads of a case; its rows of a samplesheet.
fn samples(
    made_of: &MadeOf,
    case: usize,
    seed: u64,
    genome: &Genome,
    proband: &Variants,
    data: &Path,
) -> Result<String, Error> {
    let half = |sex, odd: bool| {
        proband
            .relative(sex, |variant| ((variant.start % 2 == 1) == odd).then_some(variant.genotype))
    };
    let mut persons = vec![("proband", "female", proband.clone())];
    let mut coverage = made_of.coverage;
    if case.is_multiple_of(FAMILY_EVERY) {
        persons.push(("father", "male", half(Sex::Male, true)));
        persons.push(("mother", "female", half(Sex::Female, false)));
        coverage /= 2.0;
    }
    let mut rows = String::new();
    for (number, (role, sex, variants)) in persons.iter().enumerate() {
        let sample = format!("{}-{role}", id(case));
        let reads = data.join("reads");
        output::create_folder(&reads)?;
        let simulator =
            Simulator { coverage, lanes: 1, ..Simulator::new(seed * 10 + number as u64) };
        for (lane, files) in (1..).zip(simulator.write_lanes(&reads, &sample, genome, variants)?) {
            let [r1, r2] = files.paths.each_ref().map(|path| path.display().to_string());
            writeln!(rows, "{},{sample},{role},{sex},{lane},lib1,{r1},{r2}", id(case))?;
        }
    }
    Ok(rows)
}
