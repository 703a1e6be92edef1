//! What a user or a site says about how jobs go to SLURM.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use crate::cluster::Refusal;

/// Options that have a place of their own, where the site's limits are looked up by them.
const NAMED: [&str; 3] = ["--partition", "--account", "--qos"];
/// Options that decide what a batch is by itself, and so are not the user's to give.
const OWN: [&str; 24] = [
    "--array",
    "--comment",
    "--cpus-per-task",
    "--dependency",
    "--error",
    "--help",
    "--hold",
    "--input",
    "--job-name",
    "--kill-on-invalid-dep",
    "--mem",
    "--no-requeue",
    "--nodes",
    "--ntasks",
    "--open-mode",
    "--output",
    "--parsable",
    "--requeue",
    "--signal",
    "--test-only",
    "--time",
    "--version",
    "--wait",
    "--wrap",
];

/// How jobs go to SLURM.
///
/// ```
/// use wgs_engine::slurm::SlurmOptions;
/// let options: SlurmOptions = serde_json::from_str(r#"{"partition": "long", "max_time_minutes": 2880}"#)?;
/// assert_eq!(options.partition.as_deref(), Some("long"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SlurmOptions {
    /// `--partition`; the site's default where it is not given.
    pub partition: Option<String>,
    /// `--account`; the user's default where it is not given.
    pub account: Option<String>,
    /// `--qos`.
    pub qos: Option<String>,
    /// `--constraint`: features that machines must have.
    pub constraint: Option<String>,
    /// `--reservation`.
    pub reservation: Option<String>,
    /// Further options of `sbatch`, each `--name` or `--name=value`.
    pub extra: Vec<String>,
    /// Most minutes that a job asks for. The partition's own limit holds in any case.
    pub max_time_minutes: Option<u64>,
    /// Most jobs of one array; the site's own limits hold in any case.
    pub max_array: Option<usize>,
    /// Most jobs of this user, of whatever kind, that may be in the queue.
    pub max_in_queue: Option<usize>,
    /// Whether SLURM itself starts a job again whose machine failed or that had to make room.
    pub requeue: bool,
    /// Seconds before the end of a job's time at which it is told to stop.
    pub warning_seconds: u64,
    /// Seconds that a command of SLURM may take.
    pub timeout_seconds: u64,
    /// Seconds after which a job that SLURM knows nothing of is given up.
    pub vanished_seconds: u64,
    /// Folder of SLURM's commands, where they are not on the `PATH`.
    pub commands: Option<PathBuf>,
}

impl Default for SlurmOptions {
    fn default() -> Self {
        Self {
            partition: None,
            account: None,
            qos: None,
            constraint: None,
            reservation: None,
            extra: Vec::new(),
            max_time_minutes: None,
            max_array: None,
            max_in_queue: None,
            requeue: true,
            warning_seconds: 120,
            timeout_seconds: 60,
            vanished_seconds: 120,
            commands: None,
        }
    }
}

impl SlurmOptions {
    /// Adds what is not given and a variable names, as `sbatch` would: `SBATCH_PARTITION`,
    /// `SBATCH_ACCOUNT` and `SBATCH_QOS`. `variable` tells the value of one.
    ///
    /// ```
    /// use wgs_engine::slurm::SlurmOptions;
    /// let options = SlurmOptions::default().or_variables(|name| std::env::var(name).ok());
    /// # drop(options);
    /// ```
    #[must_use]
    pub fn or_variables(self, variable: impl Fn(&str) -> Option<String>) -> Self {
        let named = |name: &str| variable(name).filter(|value| !value.is_empty());
        Self {
            partition: self.partition.or_else(|| named("SBATCH_PARTITION")),
            account: self.account.or_else(|| named("SBATCH_ACCOUNT")),
            qos: self.qos.or_else(|| named("SBATCH_QOS")),
            ..self
        }
    }

    /// As [`SlurmOptions::or_variables`], by those of this process.
    pub(super) fn or_environment(self) -> Self {
        self.or_variables(|name| std::env::var(name).ok())
    }

    /// Refuses what can be no option.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        for option in &self.extra {
            let name = option.split('=').next().unwrap_or_default();
            if !name.starts_with("--") || name.len() < 3 {
                return Err(never(
                    format!("{option:?} is not an option of sbatch"),
                    "write each as --name or --name=value",
                ));
            }
            // sbatch takes any beginning of a name that is not ambiguous.
            if let Some(named) = NAMED.iter().find(|named| named.starts_with(name)) {
                return Err(never(
                    format!("the option {name} of sbatch is not one of the extra options"),
                    &format!("give it by {named}, or in a site's file as `{}`", &named[2..]),
                ));
            }
            if "--clusters".starts_with(name) {
                return Err(never(
                    format!(
                        "the option {name} of sbatch would send jobs where nobody asks for them"
                    ),
                    "name the cluster by SLURM_CLUSTERS, which all of SLURM's commands heed",
                ));
            }
            if OWN.iter().any(|own| own.starts_with(name)) {
                return Err(never(
                    format!("the option {name} of sbatch is set for each job by itself"),
                    "leave it out of the extra options",
                ));
            }
        }
        Ok(())
    }

    /// The options of `sbatch` that are the same for every job.
    pub(super) fn arguments(&self) -> Vec<String> {
        let named = [
            ("partition", &self.partition),
            ("account", &self.account),
            ("qos", &self.qos),
            ("constraint", &self.constraint),
            ("reservation", &self.reservation),
        ];
        let named = named.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        named.map(|(name, value)| format!("--{name}={value}")).chain(self.extra.clone()).collect()
    }

    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }
}

fn never(message: String, hint: &str) -> Refusal {
    Refusal::Never { message, hint: Some(hint.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(extra: &[&str]) -> Result<(), Refusal> {
        let extra = extra.iter().map(|&s| s.into()).collect();
        SlurmOptions { extra, ..SlurmOptions::default() }.check()
    }

    #[test]
    fn extra_options_are_long_ones_that_a_batch_does_not_set() {
        assert_eq!(with(&["--exclude=node7", "--exclusive", "--mail-type=NONE"]), Ok(()));
        for wrong in ["job.sh", "-p", "--", "--array=0-9", "--arr=0-9", "--wrap=id", "--mem=1"] {
            assert!(matches!(with(&[wrong]), Err(Refusal::Never { .. })), "{wrong}");
        }
    }

    #[test]
    fn what_has_a_place_of_its_own_is_told_where() {
        for (option, word) in [
            ("--partition=x", "by --partition"),
            ("--acc=x", "by --account"),
            ("--qos=x", "by --qos"),
            ("--clusters=x", "SLURM_CLUSTERS"),
            ("--cluster=x", "SLURM_CLUSTERS"),
        ] {
            match with(&[option]) {
                Err(Refusal::Never { hint: Some(hint), .. }) => {
                    assert!(hint.contains(word), "{hint}");
                }
                other => panic!("{option}: {other:?}"),
            }
        }
    }

    #[test]
    fn variables_count_where_nothing_else_is_said() {
        let variable = |name: &str| match name {
            "SBATCH_PARTITION" => Some("theirs".to_owned()),
            "SBATCH_ACCOUNT" => Some("a".to_owned()),
            "SBATCH_QOS" => Some(String::new()),
            _ => panic!("{name}"),
        };
        let own = SlurmOptions { partition: Some("own".into()), ..SlurmOptions::default() };
        let options = own.or_variables(variable);
        let found = (options.partition.as_deref(), options.account.as_deref(), options.qos);
        assert_eq!(found, (Some("own"), Some("a"), None));
    }

    #[test]
    fn what_was_not_said_is_left_to_the_site() {
        assert!(SlurmOptions::default().arguments().is_empty());
        let options = SlurmOptions {
            account: Some("a b".into()),
            extra: vec!["--exclusive".into()],
            ..SlurmOptions::default()
        };
        assert_eq!(options.arguments(), ["--account=a b", "--exclusive"]);
    }

    #[test]
    fn unknown_names_are_refused() {
        assert!(serde_json::from_str::<SlurmOptions>(r#"{"particion": "x"}"#).is_err());
    }
}
