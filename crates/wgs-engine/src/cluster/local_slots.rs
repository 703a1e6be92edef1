//! Jobs as processes of this machine, side by side within limits.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    os::unix::process::{CommandExt, ExitStatusExt},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use serde::{Deserialize, Serialize};
use wgs_formats::{FileError, output};
use wgs_task::Limits;

use super::{
    Batch, Cause, Executor, JobRef, JobReport, JobState, Most, Needs, Pace, Placement, Refusal,
    process::{self, Host},
};
use crate::Program;

/// How long a process may take from SIGTERM on, before SIGKILL.
const GRACE: Duration = Duration::from_secs(8);

/// What the processes of this machine may use together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalOptions {
    /// Threads.
    pub threads: usize,
    /// Memory in bytes.
    pub memory_bytes: u64,
}

/// Runs jobs as processes of this machine: `PROGRAM work BATCH SLOT`.
///
/// Each leads a group of its own and goes on when its controller dies. The next controller, which
/// must be on the same machine, finds it by its number and the time of its start.
#[derive(Debug)]
pub struct LocalSlots {
    program: Program,
    limits: Limits,
    host: Host,
    running: BTreeMap<JobRef, Slot>,
}

#[derive(Debug)]
struct Slot {
    name: Name,
    /// Nothing where an earlier controller started it.
    child: Option<Child>,
    cancelled: Option<Instant>,
}

/// What the name of a job says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    pid: u32,
    start: u64,
    threads: usize,
    memory_bytes: u64,
    host: String,
}

impl Name {
    fn parse(job: &JobRef) -> Option<Self> {
        let mut fields = job.0.splitn(5, ':');
        Some(Self {
            pid: fields.next()?.parse().ok()?,
            start: fields.next()?.parse().ok()?,
            threads: fields.next()?.parse().ok()?,
            memory_bytes: fields.next()?.parse().ok()?,
            host: fields.next()?.to_owned(),
        })
    }

    fn job(&self) -> JobRef {
        let Self { pid, start, threads, memory_bytes, host } = self;
        JobRef(format!("{pid}:{start}:{threads}:{memory_bytes}:{host}"))
    }

    fn is_alive(&self) -> bool {
        process::is_alive(self.pid, self.start)
    }
}

impl LocalSlots {
    /// Runs jobs by a program within limits.
    pub fn new(program: Program, options: LocalOptions) -> Self {
        let LocalOptions { threads, memory_bytes } = options;
        let limits = Limits { threads, memory_bytes };
        Self { program, limits, host: Host::here(), running: BTreeMap::new() }
    }

    fn fits(&self, needs: Needs) -> Result<(), Refusal> {
        let Limits { threads, memory_bytes } = self.limits;
        if needs.threads > threads || needs.memory_bytes > memory_bytes {
            return Err(Refusal::Never {
                message: format!(
                    "a job needs {} threads and {} bytes of memory; this machine grants {threads} \
                     and {memory_bytes}",
                    needs.threads, needs.memory_bytes
                ),
                hint: Some("give jobs less, or run on a larger machine".into()),
            });
        }
        let used = self.running.values().map(|slot| slot.name.threads).sum::<usize>();
        let taken = self.running.values().map(|slot| slot.name.memory_bytes).sum::<u64>();
        if used + needs.threads > threads || taken + needs.memory_bytes > memory_bytes {
            return Err(Refusal::Full(format!("{} jobs run", self.running.len())));
        }
        Ok(())
    }

    fn start(&mut self, batch: &Batch, slot: u32) -> Result<JobRef, FileError> {
        let name = match already_running(&batch.file, slot) {
            Some((pid, start)) => (self.name(pid, start, batch.needs), None),
            None => {
                let child = self.spawn(batch, slot)?;
                let start = process::start_of(child.id()).unwrap_or_default();
                (self.name(child.id(), start, batch.needs), Some(child))
            }
        };
        let (name, child) = name;
        let job = name.job();
        self.running.insert(job.clone(), Slot { name, child, cancelled: None });
        Ok(job)
    }

    fn name(&self, pid: u32, start: u64, needs: Needs) -> Name {
        let Needs { threads, memory_bytes, .. } = needs;
        Name { pid, start, threads, memory_bytes, host: self.host.name.clone() }
    }

    fn spawn(&self, batch: &Batch, slot: u32) -> Result<Child, FileError> {
        output::create_folder(&batch.logs)?;
        let path = batch.logs.join(format!("{slot}.log"));
        let open = || OpenOptions::new().create(true).append(true).open(&path);
        let failed = |e| FileError::io(&path, e);
        let (out, err) = (open().map_err(failed)?, open().map_err(failed)?);
        let mut command = Command::new(&self.program.path);
        command.args(&self.program.arguments).arg("work").arg(&batch.file).arg(slot.to_string());
        command.stdin(Stdio::null()).stdout(out).stderr(err).process_group(0);
        command.spawn().map_err(|e| FileError::io(&self.program.path, e))
    }

    /// Nothing as long as it runs.
    fn end(slot: &mut Slot) -> Option<Cause> {
        let cause = match &mut slot.child {
            None if slot.name.is_alive() => return None,
            // What it did is in its ending, if it lived to write it.
            None => Cause::Vanished,
            Some(child) => match child.try_wait() {
                Ok(None) => return None,
                Ok(Some(status)) => cause(status),
                Err(_) => Cause::Vanished,
            },
        };
        let by_us = slot.cancelled.is_some() && cause != Cause::Completed;
        Some(if by_us { Cause::Cancelled } else { cause })
    }
}

fn cause(status: ExitStatus) -> Cause {
    match (status.code(), status.signal()) {
        (Some(0), _) => Cause::Completed,
        (Some(code), _) => Cause::Failed(code),
        (None, signal) => Cause::Failed(128 + signal.unwrap_or_default()),
    }
}

/// The process that does this already, started by a controller that died before it could note it.
fn already_running(batch: &Path, slot: u32) -> Option<(u32, u64)> {
    let entries = fs::read_dir("/proc").ok()?;
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let (batch, slot) = (batch.as_os_str().as_encoded_bytes(), slot.to_string());
    let does_this = |pid: &u32| {
        let Ok(line) = fs::read(format!("/proc/{pid}/cmdline")) else { return false };
        let line = line.strip_suffix(b"\0").unwrap_or(&line);
        let words: Vec<&[u8]> = line.split(|&b| b == 0).collect();
        words.ends_with(&[b"work", batch, slot.as_bytes()])
    };
    let pid = pids.into_iter().find(does_this)?;
    Some((pid, process::start_of(pid)?))
}

impl Executor for LocalSlots {
    fn name(&self) -> &'static str {
        "local"
    }

    fn submit(&mut self, batch: &Batch) -> Result<Vec<JobRef>, Refusal> {
        let mut jobs = Vec::new();
        for member in &batch.members {
            if already_running(&batch.file, member.slot).is_none() {
                self.fits(batch.needs)?;
            }
            let job = self.start(batch, member.slot);
            jobs.push(job.map_err(|e| Refusal::Down(e.to_string()))?);
        }
        Ok(jobs)
    }

    fn poll(&mut self, jobs: &[JobRef]) -> Result<Vec<JobReport>, Refusal> {
        let mut reports = Vec::new();
        for job in jobs {
            let slot = match self.running.get_mut(job) {
                Some(slot) => slot,
                None => {
                    let lost = || Refusal::Down(format!("{job} is no job of this machine"));
                    let name = Name::parse(job).ok_or_else(lost)?;
                    if name.host != self.host.name {
                        let words = format!(
                            "jobs run as processes of {}; start the controller there",
                            name.host
                        );
                        return Err(Refusal::Down(words));
                    }
                    let slot = Slot { name, child: None, cancelled: None };
                    self.running.entry(job.clone()).or_insert(slot)
                }
            };
            let state = match Self::end(slot) {
                None => JobState::Running,
                Some(cause) => {
                    self.running.remove(job);
                    JobState::Ended(cause)
                }
            };
            let machine = Some(self.host.name.clone());
            let placement = Placement { machine, ..Placement::default() };
            reports.push(JobReport { job: job.clone(), state, placement });
        }
        Ok(reports)
    }

    fn cancel(&mut self, jobs: &[JobRef]) -> Result<(), Refusal> {
        for job in jobs {
            let Some(slot) = self.running.get_mut(job) else { continue };
            if !slot.name.is_alive() {
                continue;
            }
            let first = *slot.cancelled.get_or_insert_with(Instant::now);
            let signal = if first.elapsed() < GRACE { Signal::SIGTERM } else { Signal::SIGKILL };
            if let Ok(pid) = i32::try_from(slot.name.pid) {
                // A group that is gone is what was wanted.
                let _ = killpg(Pid::from_raw(pid), signal);
            }
        }
        Ok(())
    }

    fn most(&self, _threads: usize) -> Most {
        Most { memory_bytes: Some(self.limits.memory_bytes), wall: None }
    }

    fn max_batch(&self) -> usize {
        1
    }

    fn takes_chains(&self) -> bool {
        false
    }

    fn pace(&self) -> Pace {
        Pace { least: Duration::from_millis(20), most: Duration::from_secs(1) }
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt, thread};

    use super::*;
    use crate::cluster::Member;

    /// A program that is called as jobs are, and does what its batch file says.
    fn program(folder: &Path) -> Program {
        let path = folder.join("program");
        output::write(&path, "#!/bin/sh\n. \"$2\"\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Program::new(path)
    }

    fn batch(folder: &Path, name: &str, script: &str, threads: usize) -> Batch {
        let file = folder.join(name);
        output::write(&file, script).unwrap();
        let wall = Duration::from_secs(1);
        Batch {
            token: name.into(),
            label: "x".into(),
            file,
            logs: folder.join("logs"),
            needs: Needs {
                threads,
                memory_bytes: 1,
                wall,
                output_bytes: 0,
                passing_bytes: 0,
                scratch_bytes: 0,
            },
            members: vec![Member { slot: 0, after: Vec::new() }],
        }
    }

    fn slots(folder: &Path) -> LocalSlots {
        LocalSlots::new(program(folder), LocalOptions { threads: 2, memory_bytes: 10 })
    }

    fn end(slots: &mut LocalSlots, job: &JobRef) -> Cause {
        for _ in 0..2000 {
            let reports = slots.poll(std::slice::from_ref(job)).unwrap();
            if let JobState::Ended(cause) = &reports[0].state {
                return cause.clone();
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("{job} does not end");
    }

    #[test]
    fn exit_codes_and_signals_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let mut slots = slots(folder.path());
        let scripts = [
            ("exit 0", Cause::Completed),
            ("exit 7", Cause::Failed(7)),
            ("kill -9 $$", Cause::Failed(137)),
        ];
        for (n, (script, cause)) in scripts.into_iter().enumerate() {
            let jobs = slots.submit(&batch(folder.path(), &n.to_string(), script, 1)).unwrap();
            assert_eq!(end(&mut slots, &jobs[0]), cause, "{script}");
        }
    }

    #[test]
    fn the_limits_hold() {
        let folder = tempfile::tempdir().unwrap();
        let mut slots = slots(folder.path());
        let one = batch(folder.path(), "one", "sleep 60", 2);
        let job = slots.submit(&one).unwrap().remove(0);
        let two = batch(folder.path(), "two", "exit 0", 1);
        assert!(matches!(slots.submit(&two), Err(Refusal::Full(_))));
        let never = slots.submit(&batch(folder.path(), "three", "exit 0", 3));
        assert!(matches!(never, Err(Refusal::Never { .. })));
        assert_eq!(slots.submit(&one).unwrap()[0], job, "the same batch twice");
        slots.cancel(std::slice::from_ref(&job)).unwrap();
        assert_eq!(end(&mut slots, &job), Cause::Cancelled);
        slots.submit(&two).unwrap();
    }

    #[test]
    fn another_controller_finds_what_runs() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = slots(folder.path());
        let batch = batch(folder.path(), "one", "sleep 60", 2);
        let job = first.submit(&batch).unwrap().remove(0);
        let mut second = slots(folder.path());
        assert_eq!(second.poll(std::slice::from_ref(&job)).unwrap()[0].state, JobState::Running);
        assert!(matches!(second.fits(batch.needs), Err(Refusal::Full(_))));
        second.cancel(std::slice::from_ref(&job)).unwrap();
        assert_eq!(end(&mut first, &job), Cause::Failed(143));
        assert_eq!(end(&mut second, &job), Cause::Cancelled);
        let elsewhere = JobRef("1:2:3:4:no-such-machine".into());
        assert!(matches!(second.poll(&[elsewhere]), Err(Refusal::Down(_))));
    }
}
