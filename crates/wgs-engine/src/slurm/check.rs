//! Whether this user can run jobs on this site's SLURM, as far as it tells before any is run.

use std::time::{Duration, SystemTime};

use wgs_core::ErrorKind;

use super::{command::Commands, options::SlurmOptions, site::Site};
use crate::{Failure, cluster::Refusal};

/// Beyond this the clocks of two machines are said to differ; munge refuses at five minutes.
const SKEW: Duration = Duration::from_secs(30);

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub what: &'static str,
    /// What was found, or what is wrong with it.
    pub result: Result<String, Failure>,
}

/// Looks at SLURM as these options would use it; the checks after one that failed badly are left
/// out. Nothing is submitted.
pub fn check(options: &SlurmOptions) -> Vec<Check> {
    let options = &options.clone().or_environment();
    let commands = Commands::new(options);
    let site = match options.check().and_then(|()| Site::ask(&commands, options)) {
        Ok(site) => site,
        Err(refusal) => return vec![Check { what: "slurm", result: Err(failure(refusal)) }],
    };
    vec![
        Check { what: "slurm", result: Ok(describe(&site, options)) },
        Check { what: "accounting", result: accounting(&commands, &site) },
        Check { what: "clock", result: clock(&commands) },
        Check { what: "submission", result: submission(&commands, options) },
    ]
}

fn describe(site: &Site, options: &SlurmOptions) -> String {
    let partition = options.partition.as_deref().unwrap_or("the default partition");
    let time = match site.max_time_minutes {
        Some(minutes) => format!("at most {minutes} minutes"),
        None => "any time".to_owned(),
    };
    format!(
        "version {} on {}: {time} in {partition}, arrays of up to {} jobs",
        site.version,
        site.cluster,
        site.max_batch(options)
    )
}

fn accounting(commands: &Commands, site: &Site) -> Result<String, Failure> {
    if site.has_accounting {
        let arguments = ["--noheader", "--parsable2", "--allocations", "--starttime=now"];
        commands.ask("sacct", &arguments).map_err(failure)?;
        return Ok("sacct answers".into());
    }
    Ok(match &site.completions {
        Some(path) if std::fs::File::open(path).is_ok() => {
            format!("none; ended jobs are read from {}", path.display())
        }
        _ => "none: how jobs ended is known for as long as the controller remembers them".into(),
    })
}

/// Compares this machine's clock with the controller's.
fn clock(commands: &Commands) -> Result<String, Failure> {
    let before = SystemTime::now();
    // Some sites do not let everybody ask for it.
    let Some(theirs) = commands.ask("sdiag", &[""; 0]).ok().as_deref().and_then(controller_time)
    else {
        return Ok("the controller does not tell its time".into());
    };
    let skew = [before, SystemTime::now()]
        .map(|ours| ours.duration_since(theirs).unwrap_or_else(|earlier| earlier.duration()));
    let skew = skew[0].min(skew[1]);
    if skew <= SKEW {
        return Ok("that of the controller agrees".into());
    }
    let message = format!("that of the controller differs by {} s", skew.as_secs());
    let hint = "synchronise both: SLURM refuses messages that seem to be 5 minutes old";
    Err(Failure { hint: Some(hint.into()), ..Failure::new(ErrorKind::Configuration, message) })
}

/// The moment at which `sdiag` was answered: `sdiag output at … (1795279755)`.
fn controller_time(text: &str) -> Option<SystemTime> {
    let line = text.lines().find(|line| line.starts_with("sdiag output at"))?;
    let seconds = line.rsplit_once('(')?.1.strip_suffix(')')?.parse().ok()?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

/// Whether a small job would be taken.
fn submission(commands: &Commands, options: &SlurmOptions) -> Result<String, Failure> {
    let mut arguments = options.arguments();
    let small = ["--test-only", "--ntasks=1", "--mem=100M", "--time=1", "--wrap=true"];
    arguments.extend(small.map(String::from));
    commands.ask("sbatch", &arguments).map_err(failure)?;
    let account = options.account.as_deref().unwrap_or("the user's own account");
    Ok(format!("jobs are taken for {account}"))
}

fn failure(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Never { message, hint } => {
            Failure { hint, ..Failure::new(ErrorKind::Configuration, message) }
        }
        other => Failure::new(ErrorKind::TaskFailed, other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_the_controller_is_read() {
        let text = "****\nsdiag output at Sat Nov 21 16:49:15 2026 (1795279755)\nData since      Sat (1)\n";
        let time = controller_time(text).unwrap();
        assert_eq!(time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs(), 1_795_279_755);
        assert_eq!(controller_time("sdiag output at"), None);
    }

    #[test]
    fn a_machine_without_slurm_is_told() {
        let options = SlurmOptions { commands: Some("/nowhere".into()), ..SlurmOptions::default() };
        let checks = check(&options);
        assert_eq!(checks.len(), 1);
        assert!(checks[0].result.as_ref().unwrap_err().message.contains("scontrol"));
    }
}
