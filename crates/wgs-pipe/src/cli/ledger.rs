//! What runs will take and took: options of forecasts, and `ledger`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What is foreseen before a start.
#[derive(Args, Clone, Debug, Default)]
pub struct ForecastArgs {
    /// Table of what tasks need, in place of the embedded one; `ledger --fit` makes one.
    #[arg(long, value_name = "FILE")]
    pub needs: Option<PathBuf>,
    /// Start even where the disk is foreseen to be too small.
    #[arg(long)]
    pub ignore_disk_forecast: bool,
}

/// Arguments of `ledger`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  wgs-pipe ledger results --by case --pricing pricing.toml
  wgs-pipe ledger results --by task --format csv --out tasks.csv
  wgs-pipe ledger results --format html --out ledger.html
  wgs-pipe ledger results --fit needs.toml
  wgs-pipe ledger --example-pricing > pricing.toml")]
pub struct LedgerArgs {
    /// Output folders of runs, or folders of single cases.
    #[arg(value_name = "OUT", required_unless_present = "example_pricing")]
    pub outs: Vec<PathBuf>,
    /// What a row is of.
    #[arg(long, value_enum, default_value_t = LedgerBy::Case)]
    pub by: LedgerBy,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = LedgerFormat::Table)]
    pub format: LedgerFormat,
    /// Price table (TOML), for costs.
    #[arg(long, value_name = "FILE")]
    pub pricing: Option<PathBuf>,
    /// File to write, in place of standard output.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Instead, fit the table of what tasks need to these runs, for `--needs`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["out", "pricing"])]
    pub fit: Option<PathBuf>,
    /// Table to start from with `--fit`, in place of the embedded one.
    #[arg(long, value_name = "FILE", requires = "fit")]
    pub needs: Option<PathBuf>,
    /// Print a price table that shows the form; its figures are examples.
    #[arg(long, exclusive = true)]
    pub example_pricing: bool,
}

/// What a row of the ledger is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LedgerBy {
    /// A task.
    Task,
    /// A stage, over all cases.
    Stage,
    /// A case.
    Case,
    /// An output folder.
    Run,
}

/// How the ledger is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LedgerFormat {
    /// For people.
    Table,
    /// Comma-separated (RFC 4180), in seconds, bytes and money without loss.
    Csv,
    /// For programs, with the total.
    Json,
    /// A page with pictures, of all cases and stages.
    Html,
}
