//! `bench-peers annotate`: consequences and HGVS names beside those of Ensembl VEP.

mod agreement;
mod draw;
mod entries;
mod report;
pub(super) mod speed;
mod vep;

use std::path::PathBuf;

use clap::Args;
use wgs_annotate::{AnnotateOptions, Annotator, Effects};
use wgs_formats::output;
use wgs_task::{Bundle, bundle::Part};

use self::{
    agreement::Agreement,
    draw::draw,
    report::Report,
    vep::{Kind, Vep},
};
use super::{reference::Reference, say};
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

/// Draws variants over every transcript, has both programs annotate them, and compares.
pub(super) fn run(options: &Options) -> Result<String, Error> {
    output::create_folder(&options.out)?;
    let at = |name: &str| options.out.join(name);
    let bundle = Bundle::open(&options.bundle)?;
    let genome = bundle.genome()?;
    let effects = Effects::open(&bundle.folder(Part::Genes), &genome)?;
    let variants = at("variants.vcf");
    output::write(&variants, draw(&genome, effects.transcripts(), options.variants, options.seed))?;

    let folder = at("reference");
    let reference = Reference::make(&folder, genome.path(), &[], &at("index.log"))?;
    let fasta = reference.fasta();
    let vep = Vep::new(&options.vep, &options.genes, &fasta, &options.out)?;
    let as_it_is = vep.annotate(&variants, Kind::AsItIs)?;
    let as_cached = vep.annotate(&variants, Kind::AsCached)?;

    say("wgs-annotate");
    let ours = at("ours.vcf.gz");
    let annotator = Annotator::open(&bundle.folder(Part::Genes), &genome, [""; 0])?;
    let threads = AnnotateOptions { threads: options.threads, progress: None };
    annotator.annotate_vcf(&variants, &ours, &threads)?;

    let [as_it_is, as_cached] = [as_it_is, as_cached].map(|theirs| Agreement::of(&ours, &theirs));
    let (as_it_is, as_cached) = (as_it_is?, as_cached?);
    output::write(&at("differences.tsv"), as_it_is.differences())?;
    output::write(&at("differences-as-cached.tsv"), as_cached.differences())?;
    let report = Report::new(vep.version, options.seed, &as_it_is, &as_cached);
    let text = report.markdown();
    output::write(&at("annotate.md"), &text)?;
    output::write_json(&at("annotate.json"), &report)?;
    Ok(format!("{text}\nwritten to {}", options.out.display()))
}
