//! `sacct`: the jobs that a site with accounting remembers.

use std::collections::BTreeMap;

use super::{
    command::Commands,
    job::{JobKey, parse_slots},
    state::{Exit, heed_limit, parse_name, parse_span, parse_time, understand},
};
use crate::cluster::{Cause, JobState, Placement, Refusal};

const COLUMNS: &str =
    "JobID,State,ExitCode,Reason,NodeList,Submit,Start,End,MaxRSS,ReqMem,Timelimit";
/// Arrays in one question.
const ARRAYS: usize = 200;
/// How far back jobs are looked for by name.
const RECENT: &str = "--starttime=now-7days";

/// What is remembered of jobs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Memory {
    pub(super) jobs: BTreeMap<JobKey, (JobState, Placement)>,
    /// Of arrays of which it is told as a whole, as when all of it was cancelled before it ran:
    /// this is of the jobs of which nothing else is told.
    pub(super) rest: BTreeMap<u32, (JobState, Placement)>,
}

/// What accounting knows of the jobs of arrays.
pub(super) fn jobs(commands: &Commands, arrays: &[u32]) -> Result<Memory, Refusal> {
    let mut found = Memory::default();
    for arrays in arrays.chunks(ARRAYS) {
        let arrays: Vec<_> = arrays.iter().map(u32::to_string).collect();
        let jobs = format!("--jobs={}", arrays.join(","));
        let format = format!("--format={COLUMNS}");
        let text = commands.ask("sacct", &["--noheader", "--parsable2", &jobs, &format])?;
        let Memory { jobs, rest } = parse(&text);
        found.jobs.extend(jobs);
        found.rest.extend(rest);
    }
    Ok(found)
}

/// The jobs of this name that nobody ended.
pub(super) fn jobs_named(commands: &Commands, name: &str) -> Result<Vec<JobKey>, Refusal> {
    let name = format!("--name={name}");
    let format = format!("--format={COLUMNS}");
    let arguments = ["--noheader", "--parsable2", "--allocations", &format, RECENT, &name];
    let jobs = parse(&commands.ask("sacct", &arguments)?).jobs.into_iter();
    Ok(jobs
        .filter(|(_, (state, _))| *state != JobState::Ended(Cause::Cancelled))
        .map(|(key, _)| key)
        .collect())
}

fn parse(text: &str) -> Memory {
    let mut jobs: BTreeMap<JobKey, Line> = BTreeMap::new();
    let mut rest = BTreeMap::new();
    for line in text.lines().filter_map(Line::read) {
        if line.slots.is_empty() && !line.is_step {
            rest.insert(line.array, line.clone().finish());
        }
        for slot in &line.slots {
            let key = JobKey { array: line.array, slot: *slot };
            if !line.is_step {
                jobs.insert(key, line.clone());
            } else if let Some(job) = jobs.get_mut(&key) {
                job.max_rss_bytes = job.max_rss_bytes.max(line.max_rss_bytes);
            }
        }
    }
    let jobs = jobs.into_iter().map(|(key, line)| (key, line.finish())).collect();
    Memory { jobs, rest }
}

/// A line of `sacct`: a job, or a step of the job above.
#[derive(Clone, Debug)]
struct Line {
    array: u32,
    /// Empty where it is of the array as a whole.
    slots: Vec<u32>,
    is_step: bool,
    state: JobState,
    exit: Option<Exit>,
    placement: Placement,
    max_rss_bytes: Option<u64>,
    asked_bytes: Option<u64>,
    limit_s: Option<u64>,
}

impl Line {
    fn read(line: &str) -> Option<Self> {
        let fields: Vec<_> = line.split('|').collect();
        let &[id, state, exit, reason, node, submitted, started, ended, rss, asked, limit] =
            fields.as_slice()
        else {
            return None;
        };
        let (id, is_step) = id.split_once('.').map_or((id, false), |(id, _step)| (id, true));
        let (array, slots) = match id.split_once('_') {
            Some((array, slots)) => (array, parse_slots(slots)?),
            None => (id, Vec::new()),
        };
        let exit = Exit::parse(exit);
        Some(Self {
            array: array.parse().ok()?,
            slots,
            is_step,
            state: understand(state, reason, exit),
            exit,
            placement: Placement {
                machine: parse_name(node),
                submitted: parse_time(submitted),
                started: parse_time(started),
                ended: parse_time(ended),
                max_rss_bytes: None,
            },
            max_rss_bytes: parse_bytes(rss),
            asked_bytes: parse_bytes(asked),
            limit_s: parse_span(limit),
        })
    }

    /// A site that limits memory by looking now and then has no state for it: the job was killed,
    /// and had used more than it asked for.
    fn finish(self) -> (JobState, Placement) {
        let over =
            self.max_rss_bytes.zip(self.asked_bytes).is_some_and(|(used, asked)| used > asked);
        let killed = self.exit.is_some_and(|exit| exit.signal == 9);
        let state = match heed_limit(self.state, &self.placement, self.limit_s) {
            JobState::Ended(Cause::Failed(_)) if over && killed => {
                JobState::Ended(Cause::OutOfMemory)
            }
            state => state,
        };
        (state, Placement { max_rss_bytes: self.max_rss_bytes, ..self.placement })
    }
}

/// Bytes of `254692K`, `100M`, `1.50G`; older versions add a letter for what it counts for.
fn parse_bytes(text: &str) -> Option<u64> {
    let text = text.trim_end_matches(['n', 'c']);
    let (number, unit) = match text.char_indices().last()? {
        (at, letter) if letter.is_ascii_alphabetic() => (&text[..at], letter),
        _ => (text, 'B'),
    };
    let scale = match unit {
        'B' => 0,
        'K' => 10,
        'M' => 20,
        'G' => 30,
        'T' => 40,
        _ => return None,
    };
    let bytes = number.parse::<f64>().ok()? * (1u64 << scale) as f64;
    (bytes >= 0.0).then_some(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From SLURM 22.05.
    const LINES: &str = "\
2|FAILED|0:9|None|node3|2026-11-21T16:39:02|2026-11-21T16:39:03|2026-11-21T16:39:06||200M|01:00:00
1_0|COMPLETED|0:0|None|node1|2026-11-21T16:49:00|2026-11-21T16:49:01|2026-11-21T16:49:04||100M|01:00:00
1_0.batch|COMPLETED|0:0||node1|2026-11-21T16:49:01|2026-11-21T16:49:01|2026-11-21T16:49:04|2908K||
1_1|OUT_OF_MEMORY|0:125|None|node3|2026-11-21T16:49:00|2026-11-21T16:49:01|2026-11-21T16:49:03||100M|01:00:00
1_1.batch|OUT_OF_MEMORY|0:125||node3|2026-11-21T16:49:01|2026-11-21T16:49:01|2026-11-21T16:49:03|74004K||
1_2|FAILED|0:9|None|node3|2026-11-21T16:39:02|2026-11-21T16:39:03|2026-11-21T16:39:06||200M|01:00:00
1_2.batch|CANCELLED by 0|0:9||node3|2026-11-21T16:39:03|2026-11-21T16:39:03|2026-11-21T16:39:06|254692K||
1_3|FAILED|0:9|None|node2|2026-11-21T16:49:00|2026-11-21T16:49:01|2026-11-21T16:49:01||100M|01:00:00
1_3.batch|CANCELLED|0:9||node2|2026-11-21T16:49:01|2026-11-21T16:49:01|2026-11-21T16:49:01|||
2_1|CANCELLED|0:0|Dependency|None assigned|2026-11-21T16:49:00|2026-11-21T16:49:02|2026-11-21T16:49:02||100M|01:00:00
13_[8-9]|CANCELLED by 0|0:0|None|None assigned|2026-11-21T16:49:00|None|2026-11-21T16:49:43||256M|01:00:00
20|CANCELLED by 0|0:0|None|None assigned|2026-11-21T16:49:00|None|2026-11-21T16:49:43||256M|01:00:00
1_4|FAILED|2:0|None|node1|2026-11-20T16:49:00|2026-11-20T16:49:01|2026-11-21T16:46:20||100M|1-00:00:00
";

    #[test]
    fn jobs_are_read_with_the_memory_of_their_steps() {
        let Memory { jobs, rest } = parse(LINES);
        let job = |array, slot| jobs[&JobKey { array, slot }].clone();
        assert_eq!(jobs.len(), 8);
        assert_eq!(job(1, 0).0, JobState::Ended(Cause::Completed));
        assert_eq!(job(1, 0).1.max_rss_bytes, Some(2908 << 10));
        assert_eq!(job(1, 1).0, JobState::Ended(Cause::OutOfMemory));
        assert_eq!(job(1, 2).0, JobState::Ended(Cause::OutOfMemory));
        assert_eq!(job(1, 3).0, JobState::Ended(Cause::Failed(137)));
        assert_eq!(job(1, 4).0, JobState::Ended(Cause::TimeLimit));
        assert_eq!(job(2, 1).0, JobState::Ended(Cause::UpstreamFailed));
        assert_eq!(job(2, 1).1.machine, None);
        assert_eq!(job(13, 9).0, JobState::Ended(Cause::Cancelled));
        assert_eq!(job(13, 9).1.started, None);
        assert_eq!(rest.keys().copied().collect::<Vec<_>>(), [2, 20]);
        assert_eq!(rest[&20].0, JobState::Ended(Cause::Cancelled));
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_bytes("254692K"), Some(254_692 << 10));
        assert_eq!(parse_bytes("1.50Gn"), Some(3 << 29));
        assert_eq!(parse_bytes("17"), Some(17));
        for wrong in ["", "K", "x", "1Q", "-1M"] {
            assert_eq!(parse_bytes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lines_that_are_none_are_left_out() {
        assert_eq!(parse("\n||||||||||\nerror\n1_x|COMPLETED|0:0||||||||\n"), Memory::default());
    }
}
