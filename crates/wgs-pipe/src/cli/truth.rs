//! Held against a truth: `compare`, `regress`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use wgs_compare::sv::SvOptions;

use super::{BundleArg, LimitArgs};

/// Arguments of `compare`.
#[derive(Args, Debug)]
#[command(after_help = "\
Writes to DIR: summary.tsv and .json (counts, precision, recall, F1 by type), stratified.tsv, roc.tsv,
annotated.vcf.gz (each record with its verdict and the reason) and report.html.

Examples:
  wgs-pipe compare --truth HG001.vcf.gz --calls S1.vcf.gz --reference GRCh38.fa --confident HG001.bed --out cmp
  wgs-pipe compare --truth spikein.vcf.gz --calls S1.somatic.vcf.gz --calls-sample TUMOR --match allele \\
      --reference GRCh38.fa --stratify homopolymer=hp.bed --score INFO.TLOD --out cmp")]
pub struct CompareArgs {
    /// The truth set (VCF; plain, gzip or bgzip).
    #[arg(long, value_name = "VCF")]
    pub truth: PathBuf,
    /// The calls (VCF; plain, gzip or bgzip).
    #[arg(long, value_name = "VCF")]
    pub calls: PathBuf,
    /// The genome of both (FASTA; plain, gzip or bgzip).
    #[arg(long, value_name = "FASTA")]
    pub reference: PathBuf,
    /// Regions in which the truth set is complete (BED) [default: everywhere].
    #[arg(long, value_name = "BED")]
    pub confident: Option<PathBuf>,
    /// Named regions that are counted apart (BED); may be repeated.
    #[arg(long, value_name = "NAME=BED", value_parser = parse_stratum)]
    pub stratify: Vec<(String, PathBuf)>,
    /// Sample of the truth set, where it has several.
    #[arg(long, value_name = "ID")]
    pub truth_sample: Option<String>,
    /// Sample of the calls, where they have several.
    #[arg(long, value_name = "ID")]
    pub calls_sample: Option<String>,
    /// What must agree: both alleles of the genotype; one allele, as for somatic variants; or only the
    /// place.
    #[arg(long = "match", value_enum, value_name = "LEVEL", default_value_t)]
    pub level: MatchLevel,
    /// Take records that failed a filter as well.
    #[arg(long)]
    pub all_records: bool,
    /// Let a variant within reference bases of another one of the same set and haplotype not match,
    /// as vcfeval does without --ref-overlap.
    #[arg(long)]
    pub strict_overlap: bool,
    /// What orders calls for roc.tsv: QUAL, GQ, FORMAT.KEY or INFO.KEY.
    #[arg(long, value_name = "FIELD", default_value_t)]
    pub score: wgs_compare::Score,
    /// Longest allele that is compared, in bases.
    #[arg(long, value_name = "BASES", default_value_t = wgs_compare::Options::default().max_allele_bp)]
    pub max_allele: u32,
    /// Compare structural variants: by type, place, size and bases.
    #[arg(long, conflicts_with_all = ["stratify", "level", "strict_overlap", "score", "max_allele"])]
    pub sv: bool,
    /// Limits of the comparison of structural variants.
    #[command(flatten)]
    pub sv_limits: SvLimitArgs,
    /// Output folder.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// When two structural variants are one.
#[derive(Args, Debug)]
#[command(next_help_heading = "With --sv")]
pub struct SvLimitArgs {
    /// Farthest that starts, and ends, may lie apart, in bases.
    #[arg(long, requires = "sv", value_name = "BASES", default_value_t = SvOptions::default().window_bp)]
    pub sv_window: u32,
    /// The same where both files have breakends.
    #[arg(long, requires = "sv", value_name = "BASES", default_value_t = SvOptions::default().breakend_window_bp)]
    pub breakend_window: u32,
    /// Least ratio of the smaller size to the larger.
    #[arg(long, requires = "sv", value_name = "RATIO", default_value_t = SvOptions::default().min_size_ratio, value_parser = parse_share)]
    pub min_size_ratio: f64,
    /// Least similarity of bases that both files spell out; 0 compares none.
    #[arg(long, requires = "sv", value_name = "RATIO", default_value_t = SvOptions::default().min_sequence_similarity, value_parser = parse_share)]
    pub min_similarity: f64,
    /// Smallest variants that are counted, in bases.
    #[arg(long, requires = "sv", value_name = "BASES", default_value_t = SvOptions::default().min_size_bp)]
    pub min_size: u32,
    /// Largest variants that are counted, in bases [default: any].
    #[arg(long, requires = "sv", value_name = "BASES")]
    pub max_size: Option<u32>,
    /// Let an insertion match the duplication whose copy it is.
    #[arg(long, requires = "sv")]
    pub dup_as_ins: bool,
    /// Let breakends match breakends only, not symbolic DEL, DUP and INV.
    #[arg(long, requires = "sv")]
    pub breakends_apart: bool,
}

/// What must agree for a match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MatchLevel {
    /// Alleles and their copies.
    #[default]
    Genotype,
    /// One allele.
    Allele,
    /// The place.
    Position,
}

/// Arguments of `regress`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  wgs-pipe regress regress.toml --bundle GRCh38 --out regress
  wgs-pipe regress regress.toml --bundle GRCh38 --out regress --update regress.new.toml

Writes to DIR: regress.tsv, regress.json, and what was run (runs/) and compared (compare/). Exit code
9 says that a figure falls short of its baseline. Run again, cases resume.")]
pub struct RegressArgs {
    /// Reference samples and baselines (TOML); `wgs-pipe schema regress` prints its format.
    #[arg(value_name = "FILE.toml")]
    pub file: PathBuf,
    /// The reference bundle.
    #[command(flatten)]
    pub bundle: BundleArg,
    /// Output folder.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write FILE.toml anew to this file, with what was measured as baselines; exit code 9 is not
    /// given then.
    #[arg(long, value_name = "FILE")]
    pub update: Option<PathBuf>,
    /// Let --update write over a file that is there, such as FILE.toml itself.
    #[arg(long, requires = "update")]
    pub overwrite: bool,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

fn parse_stratum(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = text.split_once('=').ok_or("expected NAME=BED")?;
    let printable = |c: char| !c.is_control() && !c.is_whitespace();
    if name.is_empty() || !name.chars().all(printable) {
        return Err(format!("{name:?}: a name without spaces is needed"));
    }
    Ok((name.to_owned(), file.into()))
}

/// A number from 0 to 1.
fn parse_share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}
