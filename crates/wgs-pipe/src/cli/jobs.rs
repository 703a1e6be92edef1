//! Runs over many machines: `submit`, `controller`, `cancel`, `logs`, and the options of jobs.

use std::{path::PathBuf, str::FromStr};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use wgs_core::CaseId;

use super::{ObserveArgs, RunArgs};
use crate::memory::MemorySize;

/// What one job of a run over many machines does and may use.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Jobs (submit, and run with --executor other than local)")]
pub struct JobArgs {
    /// Defaults of a site for these options (TOML).
    #[arg(long, value_name = "FILE")]
    pub site: Option<PathBuf>,
    /// What one job does: all tasks of a case (the default), or one task.
    #[arg(long, value_enum)]
    pub grain: Option<GrainName>,
    /// Time of a job at first, such as 90m, 24h, 2d or 12:00:00 [default: as foreseen, at most 24h].
    #[arg(long, value_name = "TIME")]
    pub time: Option<WallTime>,
    /// Time of a job at most, where it failed for want of it [default: 4 times --time].
    #[arg(long, value_name = "TIME")]
    pub max_time: Option<WallTime>,
    /// Memory of a job at most, where it failed for want of it [default: 4 times --memory; on this
    /// machine, what it has].
    #[arg(long, value_name = "SIZE")]
    pub max_memory: Option<MemorySize>,
    /// Jobs that may wait and run at one time [default: 1000].
    #[arg(long, value_name = "N")]
    pub max_jobs: Option<usize>,
    /// Folder for temporary files on the machines' own disks [default: in the folder of the case].
    #[arg(long, value_name = "DIR")]
    pub scratch: Option<PathBuf>,
    /// Order also what is surely done; its job reads and compares every file.
    #[arg(long)]
    pub verify: bool,
    /// How jobs go to SLURM.
    #[command(flatten)]
    pub slurm: SlurmArgs,
}

/// How jobs go to SLURM.
#[derive(Args, Clone, Debug, Default)]
pub struct SlurmArgs {
    /// Partition of SLURM.
    #[arg(long, value_name = "NAME")]
    pub partition: Option<String>,
    /// Account of SLURM.
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Quality of service of SLURM.
    #[arg(long, value_name = "NAME")]
    pub qos: Option<String>,
    /// Features that SLURM's machines must have.
    #[arg(long, value_name = "LIST")]
    pub constraint: Option<String>,
    /// A further option of sbatch, as --name or --name=value; may be given several times.
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    pub slurm_option: Vec<String>,
}

/// What one job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrainName {
    /// All tasks of a case.
    Case,
    /// One task.
    Task,
}

/// Arguments of `submit`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  wgs-pipe submit --samplesheet cases.csv --bundle GRCh38 --out results --executor slurm
  wgs-pipe submit case.toml --bundle GRCh38 --out results --site site.toml
  wgs-pipe status results")]
pub struct SubmitArgs {
    /// What is to be done.
    #[command(flatten)]
    pub run: RunArgs,
    /// Stay, and show how it goes, as `run` does.
    #[arg(long)]
    pub foreground: bool,
    /// Who else hears of it.
    #[command(flatten)]
    pub observe: ObserveArgs,
}

/// Arguments of `controller`.
#[derive(Args, Debug)]
pub struct ControllerArgs {
    /// Output folder of a submitted run.
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// Leave the session of whoever started it.
    #[arg(long, hide = true)]
    pub detached: bool,
}

/// Arguments of `cancel`.
#[derive(Args, Debug)]
pub struct CancelArgs {
    /// Output folder of a submitted run.
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// Only this case; may be given several times.
    #[arg(long, value_name = "ID")]
    pub case: Vec<CaseId>,
}

/// Arguments of `logs`.
#[derive(Args, Debug)]
pub struct LogsArgs {
    /// Output folder of a run.
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// Logs of this case, in place of the controller's.
    #[arg(long, value_name = "ID")]
    pub case: Option<CaseId>,
    /// Only of this task, such as reads.NA12878.
    #[arg(long, value_name = "ID", requires = "case")]
    pub task: Option<String>,
    /// Go on as lines are added, until interrupted.
    #[arg(long)]
    pub follow: bool,
}

/// A time in seconds: `90m`, `24h`, `2d`, `3600s`, `12:00:00` or `1-12:00:00`.
///
/// ```
/// use wgs_pipe::cli::WallTime;
/// assert_eq!("90m".parse::<WallTime>()?.0, 5400);
/// assert_eq!("1-12:00:00".parse::<WallTime>()?.0, 36 * 3600);
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WallTime(pub u64);

impl FromStr for WallTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no time; expected such as 90m, 24h, 2d or 12:00:00");
        let seconds = if text.contains(':') {
            clock(text)
        } else {
            let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            let unit = match &text[digits.len()..] {
                "s" => Some(1),
                "m" => Some(60),
                "h" => Some(3600),
                "d" => Some(86400),
                _ => None,
            };
            unit.zip(digits.parse::<u64>().ok()).and_then(|(unit, n)| n.checked_mul(unit))
        };
        let seconds = seconds.filter(|s| (1..=366 * 86400).contains(s));
        seconds.map(Self).ok_or_else(wrong)
    }
}

/// `DAYS-HOURS:MINUTES:SECONDS` or `HOURS:MINUTES:SECONDS`.
fn clock(text: &str) -> Option<u64> {
    let (days, rest) = text.split_once('-').unwrap_or(("0", text));
    let parts: Vec<u64> = rest.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts[..] else { return None };
    let days: u64 = days.parse().ok()?;
    (minutes < 60 && seconds < 60 && hours < 10_000 && days < 1000)
        .then(|| ((days * 24 + hours) * 60 + minutes) * 60 + seconds)
}

impl TryFrom<String> for WallTime {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<WallTime> for String {
    fn from(time: WallTime) -> Self {
        format!("{}s", time.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let parse = |text: &str| text.parse::<WallTime>().map(|time| time.0);
        assert_eq!(parse("45s"), Ok(45));
        assert_eq!(parse("2d"), Ok(172_800));
        assert_eq!(parse("01:02:03"), Ok(3723));
        for wrong in ["", "h", "24", "-1h", "1:2", "0s", "00:61:00", "99999999999999999999h", "é"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
