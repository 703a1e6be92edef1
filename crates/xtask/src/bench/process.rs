//! Processes, alone or as a pipeline, with the time and memory that they take.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::Instant,
};

use serde::{Deserialize, Serialize};
use wait4::Wait4;

use crate::Error;

/// Signal of a process that writes to one that has ended.
const SIGPIPE: i32 = 13;
/// How many lines of a log an error shows.
const TAIL_LINES: usize = 10;

/// What processes took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Used {
    /// Seconds from start to end.
    pub(crate) wall_s: f64,
    /// Seconds of processor time, user and system, with children.
    pub(crate) core_s: f64,
    /// Largest resident memory in bytes; the sum of it over the processes of a pipeline.
    pub(crate) max_rss_bytes: u64,
}

impl Used {
    /// What this and the next work took, one after the other.
    pub(crate) fn then(self, next: Self) -> Self {
        Self {
            wall_s: self.wall_s + next.wall_s,
            core_s: self.core_s + next.core_s,
            max_rss_bytes: self.max_rss_bytes.max(next.max_rss_bytes),
        }
    }

    /// The median of each figure; zeros of nothing.
    pub(crate) fn median(all: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> f64| median(all.iter().map(figure).collect());
        Self {
            wall_s: of(|used| used.wall_s),
            core_s: of(|used| used.core_s),
            max_rss_bytes: of(|used| used.max_rss_bytes as f64) as u64,
        }
    }
}

/// The middle value; of an even number, halfway between the middle two; 0 of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// A command with its arguments.
pub(crate) fn command<A: AsRef<std::ffi::OsStr>>(
    program: impl AsRef<std::ffi::OsStr>,
    arguments: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// Processes of which each reads what the one before it writes; the rest of what they say goes to
/// a log.
pub(crate) struct Pipeline {
    log: PathBuf,
    commands: Vec<Command>,
}

/// The processes of a pipeline, all ended.
struct Ended {
    used: Used,
    statuses: Vec<(String, ExitStatus)>,
}

impl Pipeline {
    /// A pipeline that will overwrite the log.
    pub(crate) fn new(log: PathBuf, commands: impl IntoIterator<Item = Command>) -> Self {
        Self { log, commands: commands.into_iter().collect() }
    }

    /// Runs it; a process that fails fails the whole.
    pub(crate) fn run(self) -> Result<Used, Error> {
        let log = self.log.clone();
        let ended = self.finish()?;
        match culprit(&ended.statuses) {
            None => Ok(ended.used),
            Some((name, status)) => {
                Err(format!("{name} failed ({status}); {}:\n{}", log.display(), tail(&log)).into())
            }
        }
    }

    /// Runs it; gives the exit code of its last process, if it has one.
    pub(crate) fn exit_code(self) -> Result<Option<i32>, Error> {
        Ok(self.finish()?.statuses.last().and_then(|(_, status)| status.code()))
    }

    fn finish(self) -> Result<Ended, Error> {
        let log = open_log(&self.log)?;
        let clock = Instant::now();
        let children = start(self.commands, &log)?;
        let mut ended = Ended { used: Used::default(), statuses: Vec::new() };
        for (name, child) in children {
            let result = child.wait4()?;
            ended.used.core_s += (result.rusage.utime + result.rusage.stime).as_secs_f64();
            ended.used.max_rss_bytes += result.rusage.maxrss;
            ended.statuses.push((name, result.status));
        }
        ended.used.wall_s = clock.elapsed().as_secs_f64();
        Ok(ended)
    }
}

fn open_log(path: &PathBuf) -> Result<File, Error> {
    let log = OpenOptions::new().create(true).write(true).truncate(true).open(path);
    // Appending keeps what several processes say apart.
    let log = log.and_then(|_| OpenOptions::new().append(true).open(path));
    log.map_err(|e| format!("{}: {e}", path.display()).into())
}

/// Starts every process. Each command is dropped once it runs: it holds the reading end of the pipe
/// before it, and while that is open nobody upstream learns that its reader has died.
fn start(commands: Vec<Command>, log: &File) -> Result<Vec<(String, Child)>, Error> {
    let last = commands.len().saturating_sub(1);
    let mut children: Vec<(String, Child)> = Vec::new();
    for (at, mut command) in commands.into_iter().enumerate() {
        let before = children.last_mut().and_then(|(_, child)| child.stdout.take());
        command.stdin(before.map_or_else(Stdio::null, Stdio::from));
        command.stdout(if at == last { log.try_clone()?.into() } else { Stdio::piped() });
        command.stderr(log.try_clone()?);
        let name = command.get_program().to_string_lossy().into_owned();
        match command.spawn() {
            Ok(child) => children.push((name, child)),
            Err(error) => {
                stop(children);
                return Err(format!("{name} cannot be started: {error}").into());
            }
        }
    }
    Ok(children)
}

fn stop(children: Vec<(String, Child)>) {
    for (_, mut child) in children {
        // One that has ended by itself is as good.
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// The process that failed first in the order of the pipeline; one that only lost its reader is
/// blamed if nobody else is.
fn culprit(statuses: &[(String, ExitStatus)]) -> Option<&(String, ExitStatus)> {
    let mut failed = statuses.iter().filter(|(_, status)| !status.success());
    let first = failed.clone().next();
    failed.find(|(_, status)| status.signal() != Some(SIGPIPE)).or(first)
}

fn tail(log: &PathBuf) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        command("sh", ["-c", script])
    }

    fn pipeline(commands: impl IntoIterator<Item = Command>) -> (tempfile::TempDir, Pipeline) {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        (folder, Pipeline::new(log, commands))
    }

    #[test]
    fn each_process_reads_the_one_before() {
        let (folder, pipeline) =
            pipeline([shell("echo b; echo a; echo c >&2"), command("sort", [""; 0])]);
        pipeline.run().unwrap();
        let mut log: Vec<String> = fs::read_to_string(folder.path().join("log"))
            .unwrap()
            .lines()
            .map(String::from)
            .collect();
        log.retain(|line| line != "c");
        assert_eq!(log, ["a", "b"]);
    }

    #[test]
    fn time_of_all_processes_is_counted() {
        let busy = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
        let (_folder, pipeline) = pipeline([shell(busy), shell("cat; sleep 0.2")]);
        let used = pipeline.run().unwrap();
        assert!(
            used.core_s > 0.01 && used.wall_s > 0.2 && used.max_rss_bytes > 1 << 19,
            "{used:?}"
        );
    }

    #[test]
    fn a_failure_anywhere_names_the_process_and_shows_its_last_words() {
        let (_folder, pipeline) = pipeline([shell("echo no room >&2; exit 3"), shell("cat")]);
        let message = pipeline.run().unwrap_err().to_string();
        assert!(message.starts_with("sh failed") && message.ends_with("no room"), "{message}");
    }

    #[test]
    fn a_dead_reader_ends_and_fails_the_pipeline() {
        let (_folder, pipeline) = pipeline([command("yes", [""; 0]), shell("exit 4")]);
        let message = pipeline.run().unwrap_err().to_string();
        assert!(message.contains("sh failed (exit status: 4)"), "{message}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let (_folder, pipeline) = pipeline([shell("sleep 60"), command("no-such-tool", [""; 0])]);
        let message = pipeline.run().unwrap_err().to_string();
        assert!(message.starts_with("no-such-tool cannot be started"), "{message}");
    }

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 10.0]), 3.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 10.0]), 3.0);
        assert_eq!(median(vec![]), 0.0);
    }
}
