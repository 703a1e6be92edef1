//! `bench-peers annotate`: consequences and HGVS names beside those of Ensembl VEP.

mod agreement;
mod draw;
mod entries;
mod report;

use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};
use wgs_annotate::{AnnotateOptions, Annotator, Effects};
use wgs_formats::{digest, output};
use wgs_task::{Bundle, bundle::Part};

use self::{agreement::Agreement, draw::draw, report::Report};
use super::{
    folder,
    process::{Pipeline, command},
    reference::Reference,
    say, tools,
};
use crate::Error;

/// What to annotate, and who judges.
#[derive(Args)]
pub(crate) struct Options {
    /// Bundle whose genes are annotated
    #[arg(long, value_name = "DIR")]
    bundle: PathBuf,
    /// The gene models that the bundle was made of (GFF3), for VEP
    #[arg(long, value_name = "FILE")]
    genes: PathBuf,
    /// The program that runs Ensembl VEP
    #[arg(long, value_name = "PROGRAM", default_value = "vep")]
    vep: PathBuf,
    /// How many variants are drawn
    #[arg(long, default_value_t = 60_000)]
    variants: u32,
    /// Seed of the variants
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads of the annotation
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Where the figures go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// What VEP's annotation was made of; also decides whether it is made again.
#[derive(PartialEq, Serialize, Deserialize)]
struct MadeOf {
    version: String,
    variants_sha256: String,
    genes_sha256: String,
    arguments: Vec<String>,
}

/// What VEP is asked for.
const VEP_ARGUMENTS: &[&str] = &[
    "--vcf",
    "--hgvs",
    "--numbers",
    "--symbol",
    "--biotype",
    "--canonical",
    "--allele_number",
    "--no_stats",
    "--force_overwrite",
    "--quiet",
];

/// Draws variants over every transcript, has both programs annotate them, and compares.
pub(super) fn run(options: &Options) -> Result<String, Error> {
    let version = tools::version(&options.vep, &["--help"])?
        .ok_or("vep is not there: say with --vep which program runs it")?;
    output::create_folder(&options.out)?;
    let at = |name: &str| options.out.join(name);
    let bundle = Bundle::open(&options.bundle)?;
    let genome = bundle.genome()?;
    let effects = Effects::open(&bundle.folder(Part::Genes), &genome)?;
    let variants = at("variants.vcf");
    output::write(&variants, draw(&genome, effects.transcripts(), options.variants, options.seed))?;

    let folder = at("reference");
    let reference = Reference::make(&folder, genome.path(), &[], &at("index.log"))?;
    let theirs = vep(options, &version, &variants, &reference.fasta())?;

    say("wgs-annotate");
    let ours = at("ours.vcf.gz");
    let annotator = Annotator::open(&bundle.folder(Part::Genes), &genome, [""; 0])?;
    let threads = AnnotateOptions { threads: options.threads, progress: None };
    annotator.annotate_vcf(&variants, &ours, &threads)?;

    let agreement = Agreement::of(&ours, &theirs)?;
    output::write(&at("differences.tsv"), agreement.differences())?;
    let report = Report::new(version, options, &agreement);
    let text = report.markdown();
    output::write(&at("annotate.md"), &text)?;
    output::write_json(&at("annotate.json"), &report)?;
    Ok(format!("{text}\nwritten to {}", options.out.display()))
}

/// VEP's annotation of the variants, made unless it is there.
fn vep(options: &Options, version: &str, variants: &Path, fasta: &Path) -> Result<PathBuf, Error> {
    let made_of = MadeOf {
        version: version.to_owned(),
        variants_sha256: digest::sha256_file(variants)?,
        genes_sha256: digest::sha256_file(&options.genes)?,
        arguments: VEP_ARGUMENTS.iter().map(ToString::to_string).collect(),
    };
    let make = |folder: &Path| {
        say("VEP: about 100 variants a second");
        let (log, genes) = (options.out.join("vep.log"), folder.join("genes.gff3.gz"));
        sorted_genes(&options.genes, &genes, &log)?;
        let mut vep = command(&options.vep, VEP_ARGUMENTS);
        vep.arg("--gff").arg(&genes).arg("--fasta").arg(fasta);
        vep.arg("-i").arg(variants).arg("-o").arg(folder.join("vep.vcf"));
        Pipeline::new(log, [vep]).run().map(drop)
    };
    folder::kept(&options.out.join("vep"), &made_of, make).map(|folder| folder.join("vep.vcf"))
}

/// The gene models as VEP wants them: sorted, in bgzip, with a tabix index.
fn sorted_genes(genes: &Path, sorted: &Path, log: &Path) -> Result<(), Error> {
    let script = r#"set -o pipefail; gzip -cdf "$0" | grep -v '^#' | LC_ALL=C sort -t "$(printf '\t')" -k1,1 -k4,4n -k5,5n | bgzip > "$1" && tabix -p gff "$1""#;
    let mut sort = command("bash", ["-c", script]);
    sort.arg(genes).arg(sorted);
    Pipeline::new(log.to_owned(), [sort]).run().map(drop)
}
