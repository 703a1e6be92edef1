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
      --source gnomad=gnomad.vcf.gz --source segdups=segdups.bed --source panel=panel.tsv --out GRCh38")]
    Build(BundleBuildArgs),
    /// Add an annotation source to a bundle, or replace it by a newer release.
    #[command(after_help = "\
Examples:
  wgs-pipe bundle add GRCh38 clinvar --from clinvar_20261101.vcf.gz --release 2026-11-01
  wgs-pipe bundle add GRCh38 phylop --from chr17.phyloP100way.wigFix.gz
  wgs-pipe bundle add GRCh38 gnomad --from gnomad.v4.1.constraint_metrics.tsv
  wgs-pipe bundle add GRCh38 cadd --from whole_genome_SNVs.tsv.gz --accept-licence 'University X'")]
    Add(BundleAddArgs),
    /// List the annotation sources of a bundle.
    List {
        /// The bundle.
        #[arg(value_name = "BUNDLE")]
        bundle: PathBuf,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove an annotation source from a bundle.
    Remove {
        /// The bundle.
        #[arg(value_name = "BUNDLE")]
        bundle: PathBuf,
        /// The source's name.
        #[arg(value_name = "NAME", value_parser = parse_source_name)]
        name: String,
    },
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
    /// Annotation source: VCF, BED, bedGraph, wiggle, or a table of alleles, intervals or genes,
    /// known by its content; may be repeated.
    #[arg(long = "source", value_name = "NAME=FILE", value_parser = parse_source)]
    pub sources: Vec<(String, PathBuf)>,
    /// Who accepts the terms of the sources that may not be used freely: a person, site or contract.
    #[arg(long, value_name = "WHO", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub accept_licence: Option<String>,
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
    /// VCF, BED, bedGraph, wiggle, TSV or CSV (plain, gzip or bgzip; sorted or not).
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    /// What the file holds [default: what its first lines say].
    #[arg(long, value_enum)]
    pub kind: Option<SourceKind>,
    /// The fields to carry: keys of INFO, ID, FILTER; of a table names of columns
    /// [default: what the kind of file suggests].
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    pub fields: Vec<String>,
    /// Columns of a table whose names do not tell what they hold: contig, position, reference,
    /// alternate, start (from 1), start0 (from 0) or end, with a column's name, or its number from 1.
    #[arg(long, value_name = "ROLE=COLUMN", value_delimiter = ',', value_parser = parse_column)]
    pub columns: Vec<(String, String)>,
    /// The release, as its provider names it; told in reports.
    #[arg(long, value_name = "TEXT")]
    pub release: Option<String>,
    /// The terms under which it may be used; told in reports.
    #[arg(long, value_name = "TEXT")]
    pub licence: Option<String>,
    /// The terms restrict who may use it, and for what. Known of COSMIC, HGMD, OMIM, CADD, REVEL,
    /// SpliceAI and others.
    #[arg(long)]
    pub restricted: bool,
    /// Who accepts terms that restrict: a person, site or contract; told in reports.
    #[arg(long, value_name = "WHO", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub accept_licence: Option<String>,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// What a source knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SourceKind {
    /// Exact alleles: of a VCF, or a table with contig, position, reference and alternate.
    Alleles,
    /// Intervals and positions: of BED, bedGraph, wiggle, a table, or structural variants of a VCF.
    Intervals,
    /// Genes: of a table, or a list of one a line.
    Genes,
}

fn parse_column(text: &str) -> Result<(String, String), String> {
    let (role, column) = text.split_once('=').ok_or("expected ROLE=COLUMN")?;
    Ok((role.to_owned(), column.to_owned()))
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
