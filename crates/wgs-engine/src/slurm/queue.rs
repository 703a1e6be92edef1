//! `squeue`: the jobs that the controller still knows, those that ended lately with them.

use super::{
    command::Commands,
    job::{JobKey, parse_slots},
    state::{Exit, heed_limit, parse_name, parse_span, parse_time, understand},
};
use crate::cluster::{JobState, Placement, Refusal};

const COLUMNS: [&str; 11] = [
    "ArrayJobID",
    "ArrayTaskID",
    "State",
    "exit_code",
    "Reason",
    "NodeList",
    "SubmitTime",
    "StartTime",
    "EndTime",
    "TimeLimit",
    "Name",
];

/// A line of `squeue`: one job, or jobs of an array that wait alike.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) array: u32,
    /// Empty for a job that is no array, and for an array that was cancelled before any of it ran.
    pub(super) slots: Vec<u32>,
    pub(super) name: String,
    pub(super) state: JobState,
    pub(super) placement: Placement,
}

impl Row {
    /// The jobs of this line.
    pub(super) fn keys(&self) -> impl Iterator<Item = JobKey> {
        self.slots.iter().map(|&slot| JobKey { array: self.array, slot })
    }

    /// Jobs that count as being in the queue.
    pub(super) fn unended(&self) -> usize {
        if matches!(self.state, JobState::Ended(_)) { 0 } else { self.slots.len().max(1) }
    }
}

/// All jobs of this user. Whatever else is wrong where jobs are, asking again may help.
pub(super) fn jobs(commands: &Commands) -> Result<Vec<Row>, Refusal> {
    let user = format!("--user={}", nix::unistd::getuid());
    // `|` after every column also lifts its limit of 20 characters.
    let columns: Vec<_> = COLUMNS.iter().map(|column| format!("{column}:|")).collect();
    let format = format!("--Format={}", columns.join(","));
    let said = commands.ask("squeue", &["--noheader", "--states=all", &user, &format]);
    let text = said.map_err(|refusal| Refusal::Down(refusal.to_string()))?;
    Ok(text.lines().filter_map(row).collect())
}

fn row(line: &str) -> Option<Row> {
    // The name comes last: it alone may hold the separator.
    let fields: Vec<_> = line.splitn(COLUMNS.len(), '|').map(str::trim).collect();
    let &[array, slots, state, exit, reason, node, submitted, started, ended, limit, name] =
        fields.as_slice()
    else {
        return None;
    };
    let state = understand(state, reason, Exit::parse(exit));
    // For jobs that wait or run, these are what the controller expects.
    let (runs, over) = match state {
        JobState::Waiting(_) => (false, false),
        JobState::Running => (true, false),
        JobState::Ended(_) => (true, true),
    };
    let placement = Placement {
        machine: parse_name(node),
        submitted: parse_time(submitted),
        started: parse_time(started).filter(|_| runs),
        ended: parse_time(ended).filter(|_| over),
        max_rss_bytes: None,
    };
    Some(Row {
        array: array.parse().ok()?,
        slots: parse_slots(slots).unwrap_or_default(),
        name: name.strip_suffix('|').unwrap_or(name).to_owned(),
        state: heed_limit(state, &placement, parse_span(limit)),
        placement,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Cause;

    /// From SLURM 22.05.
    const LINES: &str = "\
2|1|CANCELLED|0|DependencyNeverSatisfied||2026-11-21T16:49:00|2026-11-21T16:49:02|2026-11-21T16:49:02|1:00:00|b|
1|2|FAILED|512|NonZeroExitCode|node2|2026-11-21T16:49:00|2026-11-21T16:49:01|2026-11-21T16:49:03|1:00:00|a.tok|
5|N/A|OUT_OF_MEMORY|253|OutOfMemory|node3|2026-11-21T16:49:00|2026-11-21T16:49:01|2026-11-21T16:49:03|1:00:00|oom|
13|6-8%2|PENDING|0|Resources||2026-11-21T16:49:00|2026-11-21T21:49:00|2026-11-21T22:49:00|UNLIMITED|a|b|
12|2|RUNNING|0|None|node4|2026-11-21T16:49:00|2026-11-21T16:49:01|2026-11-21T17:49:01|1:00:00|canc|
14|0|FAILED|33280|NonZeroExitCode|node4|2026-11-20T16:49:00|2026-11-20T16:49:01|2026-11-21T16:46:20|1-00:00:00|late|
";

    #[test]
    fn lines_are_read() {
        let rows: Vec<_> = LINES.lines().map(|line| row(line).unwrap()).collect();
        assert_eq!(rows[0].state, JobState::Ended(Cause::UpstreamFailed));
        assert_eq!(rows[0].placement.machine, None);
        assert_eq!(rows[1].state, JobState::Ended(Cause::Failed(2)));
        assert_eq!(rows[1].name, "a.tok");
        assert_eq!(rows[1].placement.machine.as_deref(), Some("node2"));
        let seconds =
            rows[1].placement.ended.unwrap().seconds_since(rows[1].placement.started.unwrap());
        assert_eq!(seconds, 2.0);
        assert_eq!(rows[2].keys().count(), 0);
        let keys: Vec<_> = rows[3].keys().map(|key| key.to_ref().0).collect();
        assert_eq!(keys, ["13_6", "13_7", "13_8"]);
        assert_eq!((rows[3].unended(), rows[2].unended(), rows[4].unended()), (3, 0, 1));
        assert_eq!(rows[3].placement.started, None);
        assert_eq!(rows[3].name, "a|b");
        assert_eq!(rows[4].state, JobState::Running);
        assert_eq!(rows[4].placement.ended, None);
        assert_eq!(rows[5].state, JobState::Ended(Cause::TimeLimit));
    }

    #[test]
    fn other_lines_are_left_out() {
        for line in ["", "slurm_load_jobs error", "x|1|RUNNING|0||||||||"] {
            assert_eq!(row(line), None, "{line}");
        }
    }
}
