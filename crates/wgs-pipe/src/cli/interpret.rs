//! What findings mean: `interpret`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `interpret`.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  wgs-pipe interpret --case case.toml --somatic annotated/C1.somatic.vcf.gz \\
      --germline annotated/C1.small.vcf.gz --tables tables.toml --out findings")]
pub struct InterpretArgs {
    /// The case file: samples and roles, tumour type, consent, scope. Its reads may be gone.
    #[arg(long, value_name = "CASE.toml")]
    pub case: PathBuf,
    /// Somatic variants, annotated, with the tumour's column.
    #[arg(long, value_name = "FILE.vcf.gz", required_unless_present = "germline")]
    pub somatic: Option<PathBuf>,
    /// Germline variants, annotated, with the normal sample's column.
    #[arg(long, value_name = "FILE.vcf.gz")]
    pub germline: Option<PathBuf>,
    /// List of the tables that findings rest on: evidence, cancer genes, hotspots, secondary findings.
    #[arg(long, value_name = "TABLES.toml")]
    pub tables: PathBuf,
    /// Output folder for CASE.findings.json, .tsv and .vcf.gz.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}
