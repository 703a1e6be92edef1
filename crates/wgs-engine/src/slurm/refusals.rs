//! What SLURM's refusals mean: to try later, to wait until it answers, or to give up.

use crate::cluster::Refusal;

/// Signs that the controller, the accounts' database or munge cannot be talked to.
const DOWN: [&str; 18] = [
    "partition not available",
    "unable to contact slurm controller",
    "connect failure",
    "connection refused",
    "connection timed out",
    "socket timed out",
    "zero bytes were transmitted",
    "standby mode",
    "munge",
    "authentication error",
    "authentication credential",
    "expired credential",
    "no route to host",
    "transport endpoint",
    "problem talking to the database",
    "could not establish a configuration source",
    "message send failure",
    "message receive failure",
];

/// Signs that it may be taken later.
const FULL: [&str; 5] = [
    "temporarily unable to accept job",
    "resource temporarily unavailable",
    "maximum number of jobs",
    "job submit limit",
    // A job that it is to wait for was forgotten. By the next try it is known how that one ended.
    "dependency problem",
];

/// What to do about a refusal that stays, by a sign of it.
const HINTS: [(&str, &str); 10] = [
    (
        "invalid account",
        "name an account of yours: `sacctmgr show associations user=$USER` lists them",
    ),
    ("invalid partition", "name a partition that `sinfo` lists"),
    ("invalid qos", "name a QOS of yours: `sacctmgr show associations user=$USER` lists them"),
    ("invalid feature", "name a feature that `sinfo --format=%f` lists"),
    ("reservation is invalid", "name a reservation that `scontrol show reservation` lists"),
    ("time limit", "give a shorter greatest time, or a partition that allows more"),
    (
        "node configuration is not available",
        "no machine of the partition has these threads and this memory: give another partition, \
         or fewer threads or less memory",
    ),
    ("memory specification", "no machine of the partition has this memory"),
    ("invalid job array", "give a smaller greatest number of jobs of an array"),
    ("permission denied", "ask the site whether you may use this partition"),
];

/// Understands what a command said that ended badly.
pub(super) fn classify(command: &str, errors: &str) -> Refusal {
    let words = shorten(command, errors);
    let lower = errors.to_lowercase();
    let has = |signs: &[&str]| signs.iter().any(|sign| lower.contains(sign));
    if has(&DOWN) {
        return Refusal::Down(words);
    }
    // `QOSMaxSubmitJobPerUserLimit`, `AssocGrpSubmitJobsLimit`, …: the others are of single jobs,
    // which the next try would ask for again.
    match errors.split_whitespace().find(|word| is_limit(word)) {
        Some(limit) if limit.contains("Submit") => return Refusal::Full(words),
        Some(_) => return never(words, &lower),
        None => {}
    }
    if has(&FULL) { Refusal::Full(words) } else { never(words, &lower) }
}

fn is_limit(word: &str) -> bool {
    let name = word.strip_prefix("QOS").or_else(|| word.strip_prefix("Assoc"));
    name.is_some_and(|name| ["Max", "Grp", "Min"].iter().any(|kind| name.starts_with(kind)))
}

fn never(message: String, lower: &str) -> Refusal {
    let hint = HINTS.iter().find(|(sign, _)| lower.contains(sign));
    Refusal::Never { message, hint: hint.map(|&(_, hint)| hint.to_owned()) }
}

/// The words themselves, without what each line begins with, on one line.
fn shorten(command: &str, errors: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in errors.lines() {
        let line = line.strip_prefix(command).and_then(|l| l.strip_prefix(": ")).unwrap_or(line);
        let line = line.strip_prefix("error: ").unwrap_or(line).trim();
        if !line.is_empty() && !lines.contains(&line) {
            lines.push(line);
        }
    }
    if lines.is_empty() {
        return format!("{command} failed without saying why");
    }
    format!("{command}: {}", lines.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(errors: &str) -> &'static str {
        match classify("sbatch", errors) {
            Refusal::Full(_) => "full",
            Refusal::Down(_) => "down",
            Refusal::Never { .. } => "never",
        }
    }

    /// As SLURM 22.05 says them.
    #[test]
    fn refusals_are_told_apart() {
        let cases = [
            (
                "sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
                "full",
            ),
            (
                "sbatch: error: AssocMaxSubmitJobLimit\nsbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
                "full",
            ),
            (
                "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
                "full",
            ),
            (
                "sbatch: error: QOSMaxMemoryPerJob\nsbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
                "never",
            ),
            (
                "sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying",
                "full",
            ),
            (
                "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)",
                "down",
            ),
            (
                "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation",
                "down",
            ),
            (
                "squeue: error: If munged is up, restart with --num-threads=10\nsqueue: error: Munge encode failed: Failed to access \"/run/munge.socket\": No such file or directory (Did you start munged?)\nslurm_load_jobs error: Protocol authentication error",
                "down",
            ),
            (
                "sacct: error: Sending PersistInit msg: Connection refused\nsacct: error: Problem talking to the database: Connection refused",
                "down",
            ),
            (
                "sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified",
                "never",
            ),
            (
                "sbatch: error: invalid partition specified: nope\nsbatch: error: Batch job submission failed: Invalid partition name specified",
                "never",
            ),
            ("sbatch: error: Batch job submission failed: Job dependency problem", "full"),
            ("sbatch: error: Batch job submission failed: Invalid qos specification", "never"),
            (
                "sbatch: error: Memory specification can not be satisfied\nsbatch: error: Batch job submission failed: Requested node configuration is not available",
                "never",
            ),
            ("", "never"),
        ];
        for (errors, expected) in cases {
            assert_eq!(kind(errors), expected, "{errors}");
        }
    }

    #[test]
    fn the_words_are_kept_and_a_hint_is_given() {
        let errors = "sbatch: error: invalid partition specified: nope\nsbatch: error: Batch job submission failed: Invalid partition name specified\n";
        let expected = Refusal::Never {
            message: "sbatch: invalid partition specified: nope; Batch job submission failed: \
                      Invalid partition name specified"
                .into(),
            hint: Some("name a partition that `sinfo` lists".into()),
        };
        assert_eq!(classify("sbatch", errors), expected);
    }
}
