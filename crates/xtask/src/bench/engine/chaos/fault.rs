//! What can go wrong, and how it is made to.

use std::{
    fs::{self, OpenOptions},
    io::{Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::Command,
};

use wgs_formats::output;
use wgs_testkit::Random;

use super::{
    super::{lab::Lab, packing::files},
    outage::{Outage, Outages},
};
use crate::{
    Error,
    bench::process::{Pipeline, command},
};

/// Bytes of the file system that the cases are on.
const DISK_BYTES: u64 = 6 << 30;
/// Tries to make a disk as small as what is on it, while others write.
const MAX_SHRINKS: usize = 50;

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// kill -9 of the process of a task.
    KillTask,
    /// kill -9 of the process of a job.
    KillJob,
    /// kill -9 of the controller.
    KillController,
    /// scancel of a job, by somebody.
    CancelJob,
    /// A node goes down with all that runs on it, and comes back.
    NodeFails,
    /// slurmctld does not answer for a while.
    SchedulerFails,
    /// No byte is left on the disk of the cases for a while.
    DiskFull,
    /// A file that a task made is removed.
    FileLost,
    /// A byte of a file that a task made is flipped.
    FileDamaged,
}

impl Fault {
    const ALL: [Self; 9] = [
        Self::KillTask,
        Self::KillJob,
        Self::KillController,
        Self::CancelJob,
        Self::NodeFails,
        Self::SchedulerFails,
        Self::DiskFull,
        Self::FileLost,
        Self::FileDamaged,
    ];

    pub(super) fn draw(random: &mut Random) -> Self {
        *random.pick(&Self::ALL)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::KillTask => "kill task",
            Self::KillJob => "kill job",
            Self::KillController => "kill controller",
            Self::CancelJob => "scancel",
            Self::NodeFails => "node fails",
            Self::SchedulerFails => "slurmctld fails",
            Self::DiskFull => "disk full",
            Self::FileLost => "file lost",
            Self::FileDamaged => "file damaged",
        }
    }
}

/// Where cases run and faults happen: a file system of its own, so that it can be full.
pub(super) struct Site<'a> {
    mount: PathBuf,
    out: PathBuf,
    lab: &'a Lab,
    nodes: usize,
}

impl<'a> Site<'a> {
    /// Mounts a fresh file system in memory; needs the rights to.
    pub(super) fn new(mount: &Path, lab: &'a Lab, nodes: usize) -> Result<Self, Error> {
        unmount(mount);
        output::create_folder(mount)?;
        let size = format!("size={DISK_BYTES}");
        let mut command = command("mount", ["-t", "tmpfs", "-o", &size, "tmpfs"]);
        command.arg(mount);
        Pipeline::new(mount.with_extension("mount.log"), [command]).run()?;
        let out = mount.join("out");
        Ok(Self { mount: mount.to_owned(), out, lab, nodes })
    }

    /// The output folder of the cases.
    pub(super) fn out(&self) -> &Path {
        &self.out
    }

    /// Lets something go wrong; whether there was anything to hit. What comes back after a while does
    /// so by itself.
    pub(super) fn inflict<'scope>(
        &'scope self,
        fault: Fault,
        random: &mut Random,
        outages: &mut Outages<'scope, '_>,
    ) -> Result<bool, Error> {
        match fault {
            Fault::KillTask => kill(&self.processes(&["task"]), random),
            Fault::KillJob => kill(&self.processes(&["work"]), random),
            Fault::KillController => {
                kill(&self.processes(&["run", "submit", "controller"]), random)
            }
            Fault::CancelJob => self.cancel(random),
            Fault::NodeFails => {
                let node = random.below(self.nodes as u32) + 1;
                outages.start(self, Outage::Node(node))
            }
            Fault::SchedulerFails => outages.start(self, Outage::Scheduler),
            Fault::DiskFull => outages.start(self, Outage::Disk),
            Fault::FileLost => match self.made(random)? {
                None => Ok(false),
                Some(path) => Ok(fs::remove_file(path).is_ok()),
            },
            Fault::FileDamaged => match self.made(random)? {
                None => Ok(false),
                Some(path) => Ok(flip(&path, random).is_ok()),
            },
        }
    }

    /// Processes of wgs-pipe that work on these cases, by their first words.
    fn processes(&self, words: &[&str]) -> Vec<u32> {
        let needle = self.mount.to_string_lossy().into_owned();
        let is_meant = |pid: &u32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).into_owned();
            let mut parts = line.split('\0');
            let is_ours = parts.next().is_some_and(|program| program.contains("wgs-pipe"));
            is_ours
                && parts.next().is_some_and(|word| words.contains(&word))
                && line.contains(&needle)
        };
        let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
        entries.filter_map(|e| e.file_name().to_str()?.parse().ok()).filter(is_meant).collect()
    }

    fn cancel(&self, random: &mut Random) -> Result<bool, Error> {
        let mut squeue = command("squeue", ["--noheader", "--states=R", "--format=%A"]);
        self.lab.reach(&mut squeue);
        let jobs = squeue.output()?.stdout;
        let jobs: Vec<_> = std::str::from_utf8(&jobs)?.lines().map(str::trim).collect();
        if jobs.is_empty() {
            return Ok(false);
        }
        let job = *random.pick(&jobs);
        let mut scancel = command("scancel", [job]);
        self.lab.reach(&mut scancel);
        Ok(scancel.status()?.success())
    }

    /// Begins or ends an outage.
    pub(super) fn set(&self, outage: Outage, is_out: bool) -> Result<(), Error> {
        match (outage, is_out) {
            (Outage::Node(node), true) => self.lab.say(&["kill-node", &node.to_string()]),
            (Outage::Node(node), false) => self.lab.say(&["start-node", &node.to_string()]),
            (Outage::Scheduler, true) => self.lab.say(&["stop-controller"]),
            (Outage::Scheduler, false) => self.lab.say(&["start-controller"]),
            (Outage::Disk, true) => self.fill(),
            (Outage::Disk, false) => self.resize(DISK_BYTES),
        }
    }

    /// Makes the disk as small as what is on it.
    fn fill(&self) -> Result<(), Error> {
        let mut result = Ok(());
        for _ in 0..MAX_SHRINKS {
            let mut df = command("df", ["--block-size=1", "--output=used"]);
            let used = df.arg(&self.mount).output()?.stdout;
            let used: u64 =
                std::str::from_utf8(&used)?.lines().last().unwrap_or("").trim().parse()?;
            result = self.resize(used.max(1));
            if result.is_ok() {
                break;
            }
        }
        result
    }

    fn resize(&self, bytes: u64) -> Result<(), Error> {
        let size = format!("remount,size={bytes}");
        let mut command = command("mount", ["-o", &size]);
        command.arg(&self.mount);
        Pipeline::new(self.mount.with_extension("mount.log"), [command]).run().map(drop)
    }

    /// A file that some task made.
    fn made(&self, random: &mut Random) -> Result<Option<PathBuf>, Error> {
        let of_task = ["reads", "qc", "variants", "annotated", "findings", "report"];
        let mut made = files(&self.out)?;
        made.retain(|path| {
            let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
            of_task.iter().any(|name| folder == *name)
                && !path.to_string_lossy().contains(".partial-")
        });
        if made.is_empty() {
            return Ok(None);
        }
        Ok(Some(random.pick(&made).clone()))
    }
}

impl Drop for Site<'_> {
    fn drop(&mut self) {
        unmount(&self.mount);
    }
}

fn unmount(mount: &Path) {
    // Nothing may be mounted there, which is as good.
    let _ = Command::new("umount").arg("--lazy").arg(mount).output();
}

fn kill(processes: &[u32], random: &mut Random) -> Result<bool, Error> {
    if processes.is_empty() {
        return Ok(false);
    }
    let process = random.pick(processes);
    Ok(command("kill", ["-9", &process.to_string()]).output()?.status.success())
}

/// Flips a bit somewhere in a file.
fn flip(path: &Path, random: &mut Random) -> std::io::Result<()> {
    let mut bytes = fs::read(path)?;
    if bytes.is_empty() {
        return Ok(());
    }
    let at = random.below(bytes.len() as u32) as usize;
    bytes[at] ^= 1;
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.seek(SeekFrom::Start(at as u64))?;
    file.write_all(&bytes[at..=at])
}
