//! Reference bundles: `bundle`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::LimitArgs;

/// `bundle …`
#[derive(Debug, Subcommand)]
pub enum BundleCommand {
    /// Make a bundle: aligner index, sequence digests, transcript store, annotation stores.
    #[command(after_help = "\
Example:
  wgs-pipe bundle build --genome GRCh38.fa.gz --genes genes.gff3.gz --source clinvar=clinvar.vcf.gz \\
      --source gnomad=gnomad.vcf.gz --out GRCh38")]
    Build(BundleBuildArgs),
    /// Add an annotation source to a bundle, or replace it by a newer release.
    #[command(after_help = "\
Example:
  wgs-pipe bundle add GRCh38 clinvar --from clinvar_20261101.vcf.gz --release 2026-11-01")]
    Add(BundleAddArgs),
    /// Compare every file of a bundle with its digest.
    Verify {
        /// The bundle.
        #[arg(value_name = "BUNDLE")]
        bundle: PathBuf,
    },
}

/// Embedded aligners whose index a bundle holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum BundleAligner {
    /// bwa-mem3; bwa-mem2 reads it as well.
    #[default]
    BwaMem3,
    /// minibwa.
    Minibwa,
    /// Both.
    Both,
}

impl BundleAligner {
    /// Whether the index of bwa-mem3 is among them.
    pub fn bwa_mem3(self) -> bool {
        self != Self::Minibwa
    }

    /// Whether the index of minibwa is among them.
    pub fn minibwa(self) -> bool {
        self != Self::BwaMem3
    }
}

/// Arguments of `bundle build`.
#[derive(Args, Debug)]
pub struct BundleBuildArgs {
    /// Genome (FASTA; plain, gzip or bgzip).
    #[arg(long, value_name = "FASTA")]
    pub genome: PathBuf,
    /// Gene models (GFF3 or GTF of Ensembl, GENCODE or RefSeq; plain or gzip).
    #[arg(long, value_name = "GFF3")]
    pub genes: PathBuf,
    /// Annotation source: a VCF whose records are matched exactly; may be repeated.
    #[arg(long = "source", value_name = "NAME=FILE", value_parser = parse_source)]
    pub sources: Vec<(String, PathBuf)>,
    /// The embedded aligners whose index the bundle is to hold.
    #[arg(long, value_enum, default_value_t)]
    pub aligner: BundleAligner,
    /// Take over an index of this genome that bwa-mem2 has made, with this prefix, for bwa-mem3,
    /// instead of building one.
    #[arg(long, value_name = "PREFIX")]
    pub index: Option<PathBuf>,
    /// Folder to make; must not hold anything yet.
    #[arg(long, value_name = "BUNDLE")]
    pub out: PathBuf,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `bundle add`.
#[derive(Args, Debug)]
pub struct BundleAddArgs {
    /// The bundle.
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,
    /// The source's name; one that is there is replaced.
    #[arg(value_name = "NAME", value_parser = parse_source_name)]
    pub name: String,
    /// A VCF whose records are matched exactly (plain, gzip or bgzip; sorted or not).
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    /// The fields to carry: keys of INFO, ID, FILTER [default: what the kind of file suggests].
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    pub fields: Vec<String>,
    /// The release, as its provider names it; told in reports.
    #[arg(long, value_name = "TEXT")]
    pub release: Option<String>,
    /// The terms under which it may be used; told in reports.
    #[arg(long, value_name = "TEXT")]
    pub licence: Option<String>,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

fn parse_source(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = text.split_once('=').ok_or("expected NAME=FILE")?;
    Ok((parse_source_name(name)?, file.into()))
}

fn parse_source_name(name: &str) -> Result<String, String> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if !name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic()) || !name.bytes().all(allowed) {
        return Err(format!("{name:?}: a source's name is made of A-Z a-z 0-9 _, a letter first"));
    }
    Ok(name.to_owned())
}
