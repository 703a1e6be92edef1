//! Variants: `call`, `why`, `joint`, `annotate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use wgs_annotate::PickOrder;

use super::{BundleArg, LimitArgs};

/// Arguments of `call`.
#[derive(Args, Debug)]
pub struct CallArgs {
    /// Coordinate-sorted, indexed CRAM or BAM, one per sample.
    #[arg(required = true, value_name = "FILE.cram")]
    pub alignments: Vec<PathBuf>,
    /// The reference bundle.
    #[command(flatten)]
    pub bundle: BundleArg,
    /// Output (bgzip VCF; its index is written beside it).
    #[arg(long, value_name = "FILE.vcf.gz")]
    pub out: PathBuf,
    /// Also a gVCF, of every base, for `joint`; of one sample.
    #[arg(long, value_name = "FILE.g.vcf.gz")]
    pub gvcf: Option<PathBuf>,
    /// Only these regions (BED).
    #[arg(long, value_name = "BED")]
    pub regions: Option<PathBuf>,
    /// Bases on either side of each region that are called as well.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "regions")]
    pub padding: u32,
    /// Sex of a sample, for the copies of X and Y; may be repeated.
    #[arg(long, value_name = "[SAMPLE=]SEX", value_parser = parse_sex)]
    pub sex: Vec<SexOf>,
    /// Filter model in place of the one that comes with the program (JSON, of `cargo xtask
    /// train-filters`); the header's filterModel names it.
    #[arg(long, value_name = "FILE.json")]
    pub filter_model: Option<PathBuf>,
    /// Errors of a sample's sequencing, as `run` and `metrics` learn them; may be repeated [default:
    /// base qualities as reported, common rates of insertions and deletions].
    #[arg(long, value_name = "FILE.calibration.json")]
    pub calibration: Vec<PathBuf>,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `why`.
#[derive(Args, Debug)]
pub struct WhyArgs {
    /// Coordinate-sorted, indexed CRAM or BAM of one sample; or a folder that --test-case has made,
    /// which needs nothing else.
    #[arg(value_name = "FILE.cram")]
    pub alignment: PathBuf,
    /// The base in question, such as chr20:10012345.
    #[arg(value_name = "CONTIG:POSITION")]
    pub locus: Option<String>,
    /// The reference bundle.
    #[arg(long, value_name = "BUNDLE")]
    pub bundle: Option<PathBuf>,
    /// Sex of the sample, for the copies of X and Y [default: by the data on them].
    #[arg(long, value_name = "SEX", value_parser = parse_sex)]
    pub sex: Option<SexOf>,
    /// Filter model in place of the one that comes with the program.
    #[arg(long, value_name = "FILE.json")]
    pub filter_model: Option<PathBuf>,
    /// Errors of the sample's sequencing, if `call` was given them.
    #[arg(long, value_name = "FILE.calibration.json")]
    pub calibration: Option<PathBuf>,
    /// Write the same as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the reads and the piece of the reference to a new folder, from which `why` can tell the
    /// same again. It holds the person's bases: patient data.
    #[arg(long, value_name = "DIR")]
    pub test_case: Option<PathBuf>,
}

/// Arguments of `joint`.
#[derive(Args, Debug)]
pub struct JointArgs {
    /// gVCF of one sample each (of `call --gvcf`, or of others that keep to its conventions).
    #[arg(required = true, value_name = "FILE.g.vcf.gz")]
    pub gvcfs: Vec<PathBuf>,
    /// The reference bundle.
    #[command(flatten)]
    pub bundle: BundleArg,
    /// Who is whose child (PED): genotypes by relatives, new mutations, phase by transmission.
    #[arg(long, value_name = "PED")]
    pub pedigree: Option<PathBuf>,
    /// Output (bgzip VCF; its index is written beside it).
    #[arg(long, value_name = "FILE.vcf.gz")]
    pub out: PathBuf,
    /// Also Mendelian errors and new mutations of each trio (the table, .tsv, is written beside it).
    #[arg(long, value_name = "FILE.json", requires = "pedigree")]
    pub family_summary: Option<PathBuf>,
    /// Filter model in place of the one that comes with the program (JSON, of `cargo xtask
    /// train-filters`); the header's filterModel names it.
    #[arg(long, value_name = "FILE.json")]
    pub filter_model: Option<PathBuf>,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// A sex, of one sample or of all.
#[derive(Clone, Debug)]
pub struct SexOf {
    /// The sample, or `None` for every sample.
    pub sample: Option<String>,
    /// Its sex.
    pub sex: wgs_core::Sex,
}

/// Arguments of `annotate`.
#[derive(Args, Debug)]
#[command(after_help = ANNOTATE_EXAMPLES)]
pub struct AnnotateArgs {
    /// Variants (VCF; plain, gzip or bgzip).
    #[arg(value_name = "FILE.vcf.gz")]
    pub variants: PathBuf,
    /// The reference bundle.
    #[command(flatten)]
    pub bundle: BundleArg,
    /// Output: .vcf, .tsv or .jsonl, each also with .gz (the index of a .vcf.gz is written beside
    /// it), or .parquet.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Form of the output [default: by its name].
    #[arg(long, value_enum)]
    pub format: Option<OutputForm>,
    /// Rows of a table: one for each alternate allele and transcript, or for each alternate allele
    /// with the transcript that --pick-order puts first.
    #[arg(long, value_enum, default_value_t = RowOf::Transcript)]
    pub per: RowOf,
    /// Keep the records for which this holds for one of their alternate alleles; a missing value
    /// never holds. docs/annotate.md tells the grammar.
    #[arg(long, value_name = "EXPRESSION")]
    pub filter: Option<String>,
    /// Columns of CSQ and keys of INFO to write, in this order, joined by commas; in tables also
    /// sample.KEY for that key of every sample [default: all].
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub fields: Option<Vec<String>>,
    /// Write one entry of CSQ for each alternate allele.
    #[arg(long, group = "picked")]
    pub pick: bool,
    /// Write one entry of CSQ for each alternate allele and gene.
    #[arg(long, group = "picked")]
    pub pick_allele_gene: bool,
    /// Write all entries of CSQ, with PICK=1 in the one that --pick would leave.
    #[arg(long, group = "picked")]
    pub flag_pick: bool,
    /// What decides which entry stands for an allele, in this order [default: mane_select,
    /// mane_plus_clinical,canonical,appris,tsl,biotype,ccds,rank,length,ensembl,refseq].
    #[arg(long, value_name = "LIST")]
    pub pick_order: Option<PickOrder>,
    /// An older annotated VCF of the same variants and samples: what changed is written to
    /// OUT.diff.tsv and OUT.diff.json, (likely) pathogenic alleles that were none before first.
    #[arg(long, value_name = "OLD.vcf.gz")]
    pub diff_from: Option<PathBuf>,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

const ANNOTATE_EXAMPLES: &str = "\
Examples:
  wgs-pipe annotate calls.vcf.gz --bundle BUNDLE --out annotated.vcf.gz
  wgs-pipe annotate calls.vcf.gz --bundle BUNDLE --out rare.tsv --per allele \\
      --filter 'IMPACT >= MODERATE and (GNOMAD_AF < 0.001 or missing(GNOMAD_AF))' \\
      --fields SYMBOL,Consequence,HGVSc,HGVSp,GNOMAD_AF,sample.GT
  wgs-pipe annotate calls.vcf.gz --bundle BUNDLE --out cohort.parquet --pick
  wgs-pipe annotate old.vcf.gz --bundle NEWER --out new.vcf.gz --diff-from old.vcf.gz";

/// Form of annotated variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputForm {
    /// VCF with CSQ.
    Vcf,
    /// Tab-separated text with a line of names.
    Tsv,
    /// One JSON object a line.
    Jsonl,
    /// Parquet.
    Parquet,
}

/// What a row of a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RowOf {
    /// An alternate allele.
    Allele,
    /// An alternate allele and a transcript.
    Transcript,
}

fn parse_sex(text: &str) -> Result<SexOf, String> {
    let (sample, sex) = match text.rsplit_once('=') {
        Some((sample, sex)) => (Some(sample.to_owned()), sex),
        None => (None, text),
    };
    let sex = match sex {
        "female" => wgs_core::Sex::Female,
        "male" => wgs_core::Sex::Male,
        "unknown" => wgs_core::Sex::Unknown,
        _ => return Err("expected female, male or unknown".into()),
    };
    Ok(SexOf { sample, sex })
}
