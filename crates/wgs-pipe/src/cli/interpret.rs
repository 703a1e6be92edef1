//! What findings mean: `interpret`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `interpret`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  wgs-pipe interpret --pedigree family.ped --germline annotated.vcf.gz --bundle BUNDLE \\
      --gene-table epilepsy.tsv --panel epilepsy --out findings
  wgs-pipe interpret --case case.toml --somatic annotated/C1.somatic.vcf.gz \\
      --germline annotated/C1.small.vcf.gz --tables tables.toml --out findings")]
pub struct InterpretArgs {
    /// The case file: samples and roles, panels, tumour type, consent, scope. Its reads may be gone.
    #[arg(
        long,
        value_name = "CASE.toml",
        required_unless_present = "pedigree",
        conflicts_with = "pedigree"
    )]
    pub case: Option<PathBuf>,
    /// In place of a case file, a family with a rare disease (PED).
    #[arg(long, value_name = "PED", conflicts_with_all = ["somatic", "tables"])]
    pub pedigree: Option<PathBuf>,
    /// Germline variants, annotated, with the columns of the family or of the normal sample.
    #[arg(long, alias = "variants", value_name = "FILE.vcf.gz")]
    pub germline: Option<PathBuf>,
    /// Somatic variants, annotated, with the tumour's column.
    #[arg(long, value_name = "FILE.vcf.gz", required_unless_present = "germline")]
    pub somatic: Option<PathBuf>,
    /// List of the tables that findings rest on: evidence, cancer genes, hotspots, secondary findings.
    /// Of a rare disease only the last count, and genes that make for cancer.
    #[arg(long, value_name = "TABLES.toml")]
    pub tables: Option<PathBuf>,
    /// Of a rare disease: the bundle whose tables of genes are used.
    #[arg(long, value_name = "BUNDLE")]
    pub bundle: Option<PathBuf>,
    /// A further table of genes: panel, phenotypes, constraint, dosage sensitivity; may be repeated.
    #[arg(long, value_name = "TSV")]
    pub gene_table: Vec<PathBuf>,
    /// A panel that is asked for; may be repeated. By default those of the case file.
    #[arg(long, value_name = "NAME")]
    pub panel: Vec<String>,
    /// ClinVar's VCF, annotated, for known changes of the same residue.
    #[arg(long, value_name = "FILE.vcf.gz")]
    pub protein_changes: Option<PathBuf>,
    /// Output folder for CASE.findings.json, .tsv and .vcf.gz.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}
