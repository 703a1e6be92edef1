//! `bench-peers annotate-speed`: a genome's variants, annotated with consequences and four stores,
//! beside fastVEP, Ensembl VEP and echtvar.

mod alleles;
mod bundle;
mod files;
mod peers;
mod report;
mod tiling;

use std::{
    io::BufRead,
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::Args;
use serde::{Deserialize, Serialize};
use wgs_formats::{
    FileError, digest,
    genome::{self, Genome, open_maybe_gzip},
    output,
};

use self::{files::Kind, peers::Peers, report::Report, tiling::Tiles};
use super::super::{
    folder,
    machine::Machine,
    process::{Pipeline, Used, command},
    say, setup,
};
use crate::Error;

/// Bases of the genome for each variant: as in a person.
const BASES_PER_VARIANT: u64 = 690;

/// What to make, and who takes part.
#[derive(Args)]
pub(crate) struct Options {
    /// Folder with the genome (genome.fa.gz) and the genes (genes.gff3.gz) that are tiled
    #[arg(long, value_name = "DIR", default_value = "../shared/data/mini38")]
    data: PathBuf,
    /// wgs-pipe to measure [default: built in release]
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// Variants of the person; the genome is as large as theirs
    #[arg(long, default_value_t = 4_500_000, value_parser = clap::value_parser!(u64).range(1000..))]
    variants: u64,
    /// Records of the largest store; the others have half, a quarter, and a sixteenth of them
    #[arg(long, default_value_t = 50_000_000)]
    records: u64,
    /// Seed of everything that is drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads of every program that has them
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// How often everything but VEP is run, in turn; medians are shown
    #[arg(long, default_value_t = 3)]
    repeat: u32,
    /// Who takes part: ours, fastvep, vep, echtvar
    #[arg(long, value_delimiter = ',', default_value = "ours,fastvep,vep,echtvar")]
    only: Vec<Part>,
    /// The program fastVEP
    #[arg(long, value_name = "PROGRAM", default_value = "fastvep")]
    fastvep: PathBuf,
    /// The program that runs Ensembl VEP
    #[arg(long, value_name = "PROGRAM", default_value = "vep")]
    vep: PathBuf,
    /// The program echtvar
    #[arg(long, value_name = "PROGRAM", default_value = "echtvar")]
    echtvar: PathBuf,
    /// Variants that VEP annotates, from the first on
    #[arg(long, default_value_t = 3_000)]
    vep_variants: u32,
    /// Where data and figures go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// One who takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Ours,
    FastVep,
    Vep,
    Echtvar,
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "ours" => Self::Ours,
            "fastvep" => Self::FastVep,
            "vep" => Self::Vep,
            "echtvar" => Self::Echtvar,
            _ => return Err("expected ours, fastvep, vep or echtvar".into()),
        })
    }
}

/// What the data were made of; also decides whether they are made again.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct MadeOf {
    genome_sha256: String,
    genes_sha256: String,
    variants: u64,
    records: u64,
    seed: u64,
}

/// The data, as everybody gets them.
struct Data {
    folder: PathBuf,
    made_of: MadeOf,
}

impl Data {
    /// Makes the data, unless they are there.
    fn make(options: &Options) -> Result<Self, Error> {
        let (genome, genes) =
            (options.data.join("genome.fa.gz"), options.data.join("genes.gff3.gz"));
        let made_of = MadeOf {
            genome_sha256: digest::sha256_file(&genome)?,
            genes_sha256: digest::sha256_file(&genes)?,
            variants: options.variants,
            records: options.records,
            seed: options.seed,
        };
        let make = |folder: &Path| {
            say("making the genome");
            let small = folder.join("small.fa");
            genome::import(&genome, &small)?;
            let data = Self { folder: folder.to_owned(), made_of: made_of.clone() };
            let tiles = Tiles::of(&Genome::open(&small)?, &genes)?;
            let layout = tiles.layout(options.variants * BASES_PER_VARIANT);
            tiles.write(layout, options.seed, &data.fasta(), &data.genes())?;
            for suffix in ["fa", "fa.fai", "dict"] {
                let part = small.with_extension(suffix);
                std::fs::remove_file(&part).map_err(|e| FileError::io(&part, e))?;
            }
            say("making the calls and the sources");
            let genome = Genome::open(data.fasta())?;
            let counts = (options.variants, options.records);
            files::write(&genome, options.seed, counts, &data.calls(), |kind| data.source(kind))
        };
        let folder = folder::kept(&options.out.join("data"), &made_of, make)?;
        Ok(Self { folder, made_of })
    }

    fn fasta(&self) -> PathBuf {
        self.folder.join("genome.fa")
    }

    fn genes(&self) -> PathBuf {
        self.folder.join("genes.gff3")
    }

    fn calls(&self) -> PathBuf {
        self.folder.join("calls.vcf.gz")
    }

    fn source(&self, kind: Kind) -> PathBuf {
        self.folder.join(format!("{}.vcf.gz", kind.name()))
    }
}

/// Makes the data, runs everybody on them in turn, and says who took how long.
pub(crate) fn run(options: &Options) -> Result<String, Error> {
    output::create_folder(&options.out)?;
    let machine = Machine::here();
    let logs = options.out.join("logs");
    output::create_folder(&logs)?;
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => setup::build(&setup::target_folder()?, &["wgs-pipe"], logs.join("build.log"))?,
    };
    let takes_part = |part| options.only.contains(&part);
    let data = Data::make(options)?;
    let stores = bundle::make(&data, options, &binary, &logs)?;
    let peers = Peers::prepare(&data, options, &logs)?;
    let mut runs: Vec<(&str, Vec<Used>)> = Vec::new();
    let mut took = |name: &'static str, used: Used| match runs.iter_mut().find(|r| r.0 == name) {
        Some((_, all)) => all.push(used),
        None => runs.push((name, vec![used])),
    };
    let out = |name: &str| options.out.join(name);
    let ours = |threads: usize, to: &Path, log: &str| {
        let mut annotate = command(&binary, ["annotate"]);
        annotate.arg(data.calls()).arg("--bundle").arg(&stores.bundle).arg("--out").arg(to);
        annotate.args(["--threads", &threads.to_string()]);
        Pipeline::new(logs.join(log), [annotate]).run()
    };
    for turn in 1..=options.repeat {
        say(&format!("turn {turn} of {}", options.repeat));
        if takes_part(Part::Ours) {
            took(report::OURS, ours(options.threads, &out("ours.vcf.gz"), "ours.log")?);
        }
        if let Some(used) = peers.fastvep()? {
            took(report::FASTVEP, used);
        }
        if let Some(used) = peers.echtvar(&out("echtvar.vcf.gz"))? {
            took(report::ECHTVAR, used);
        }
    }
    let mut same_bytes = None;
    let mut with_frequency = None;
    if takes_part(Part::Ours) {
        took(report::OURS_ALONE, ours(1, &out("ours-1.vcf.gz"), "ours-1.log")?);
        let digest = |name| digest::sha256_file(&out(name));
        same_bytes = Some(digest("ours.vcf.gz")? == digest("ours-1.vcf.gz")?);
        with_frequency = Some(share_with(&out("ours.vcf.gz"), "GNOMAD_AF=")?);
    }
    let vep = peers.vep(options.vep_variants)?;
    let report = Report {
        machine,
        variants: options.variants,
        records: options.records,
        seed: options.seed,
        threads: options.threads,
        peers: peers.versions(),
        runs: runs.into_iter().map(|(name, all)| (name.to_owned(), all)).collect(),
        vep,
        same_bytes,
        with_frequency,
        sizes: stores.sizes(&peers)?,
        builds: stores.builds,
        targets: Vec::new(),
    };
    let report = report.judged();
    let text = report.markdown();
    output::write(&out("annotate-speed.md"), &text)?;
    output::write_json(&out("annotate-speed.json"), &report)?;
    Ok(format!("{text}\nwritten to {}", options.out.display()))
}

/// The share of lines that hold a text.
fn share_with(vcf: &Path, text: &str) -> Result<f64, Error> {
    let (mut lines, mut with) = (0_u64, 0_u64);
    let mut reader = open_maybe_gzip(vcf)?;
    let mut line = String::new();
    while reader.read_line(&mut line).map_err(|e| FileError::io(vcf, e))? > 0 {
        if !line.starts_with('#') {
            lines += 1;
            with += u64::from(line.contains(text));
        }
        line.clear();
    }
    Ok(with as f64 / lines.max(1) as f64)
}
