//! A SLURM for a test, and batches for it.

use std::{
    collections::BTreeMap,
    fs::Permissions,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

use tempfile::TempDir;
use wgs_engine::{
    Program,
    cluster::{Batch, Cause, Executor, JobRef, JobReport, JobState, Member, Needs, Refusal},
    slurm::{Slurm, SlurmOptions},
};
use wgs_formats::output;

/// How long anything may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(150);

/// A running SLURM; ended with its value, or with the test's process.
pub(crate) struct Lab {
    folder: TempDir,
    batches: AtomicU32,
}

impl Lab {
    pub(crate) fn start(options: &[&str]) -> Self {
        let lab = Self { folder: tempfile::tempdir().unwrap(), batches: AtomicU32::new(0) };
        let process = std::process::id().to_string();
        lab.command("start", &[&["--for", &process], options].concat());
        output::write(&lab.path("job"), "exec sh \"$2\" \"$3\"\n").unwrap();
        lab
    }

    /// A command of `scripts/slurm-lab`, which must succeed.
    pub(crate) fn command(&self, name: &str, arguments: &[&str]) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/slurm-lab");
        let dir = self.path("lab");
        let ran = Command::new(script).arg(name).args(arguments).arg("--dir").arg(dir).output();
        let ran = ran.unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(
            ran.status.success(),
            "slurm-lab {name}: {said}\nrun `scripts/setup --tests` first"
        );
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What one of SLURM's commands says.
    pub(crate) fn ask(&self, name: &str, arguments: &[&str]) -> String {
        let ran = Command::new(self.path("lab/bin").join(name)).args(arguments).output().unwrap();
        String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr)
    }

    /// Takes so much of the time of a running job of 10 minutes that it is warned at once.
    pub(crate) fn shorten(&self, job: &JobRef) {
        let said = self.ask("scontrol", &["update", &format!("JobId={job}"), "TimeLimit=2"]);
        assert_eq!(said, "");
    }

    /// SLURM's commands, with a script in place of one of them.
    pub(crate) fn commands_with(&self, name: &str, script: &str) -> PathBuf {
        let folder = self.path(&format!("bin with {name}"));
        std::fs::create_dir_all(&folder).unwrap();
        for entry in std::fs::read_dir(self.path("lab/bin")).unwrap() {
            let entry = entry.unwrap();
            std::os::unix::fs::symlink(entry.path(), folder.join(entry.file_name())).unwrap();
        }
        let path = folder.join(name);
        std::fs::remove_file(&path).unwrap();
        output::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        folder
    }

    pub(crate) fn describe(&self) -> String {
        self.ask("squeue", &["--states=all"]) + &self.ask("sinfo", &["--Node", "--long"])
    }

    pub(crate) fn options(&self) -> SlurmOptions {
        SlurmOptions { commands: Some(self.path("lab/bin")), ..SlurmOptions::default() }
    }

    /// Options with further ones of sbatch.
    pub(crate) fn with(&self, extra: &[&str]) -> SlurmOptions {
        SlurmOptions { extra: extra.iter().map(|&s| s.into()).collect(), ..self.options() }
    }

    pub(crate) fn slurm(&self, options: &SlurmOptions) -> Site {
        let program =
            Program { path: "/bin/sh".into(), arguments: vec![self.path("job").into_os_string()] };
        let connected = patient(|| Slurm::connect(options.clone(), program.clone()));
        Site { slurm: connected.unwrap() }
    }

    /// A batch whose jobs run a shell script, which gets the slot as `$1` and the batch's folder
    /// as where it is.
    pub(crate) fn batch(&self, script: &str, members: Vec<Member>) -> Batch {
        let number = self.batches.fetch_add(1, Ordering::Relaxed);
        let token = format!("t{number}-{}", std::process::id());
        // What a run folder may be called must not matter.
        let folder = self.path(&format!("run {number}; $(touch oops) %a \"'*"));
        let logs = folder.join("logs");
        std::fs::create_dir_all(&logs).unwrap();
        let file = folder.join("batch");
        output::write(&file, format!("cd \"${{0%/*}}\" || exit 99\n{script}\n")).unwrap();
        let needs = Needs {
            threads: 1,
            memory_bytes: 100 << 20,
            wall: Duration::from_secs(600),
            output_bytes: 0,
            passing_bytes: 0,
            scratch_bytes: 0,
        };
        Batch { token, label: "test".into(), file, logs, needs, members }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.command("stop", &[]);
        assert!(!Path::new("oops").exists());
    }
}

/// The executor, with the patience that a controller has.
pub(crate) struct Site {
    pub(crate) slurm: Slurm,
}

impl Site {
    pub(crate) fn submit(&mut self, batch: &Batch) -> Result<Vec<JobRef>, Refusal> {
        patient(|| self.slurm.submit(batch))
    }

    pub(crate) fn states(&mut self, jobs: &[JobRef]) -> BTreeMap<JobRef, JobReport> {
        let reports = patient(|| self.slurm.poll(jobs)).unwrap();
        reports.into_iter().map(|report| (report.job.clone(), report)).collect()
    }

    /// How jobs stand once `enough` of it is reached.
    pub(crate) fn until(
        &mut self,
        jobs: &[JobRef],
        enough: impl Fn(&[JobState]) -> bool,
    ) -> Vec<JobReport> {
        let started = Instant::now();
        let mut all = BTreeMap::new();
        loop {
            all.extend(self.states(jobs));
            let reports: Vec<JobReport> =
                jobs.iter().filter_map(|job| all.get(job)).cloned().collect();
            let states: Vec<_> = reports.iter().map(|report| report.state.clone()).collect();
            if reports.len() == jobs.len() && enough(&states) {
                return reports;
            }
            assert!(started.elapsed() < PATIENCE, "{states:?}");
            thread::sleep(Duration::from_millis(500));
        }
    }

    /// How jobs ended.
    pub(crate) fn ends(&mut self, jobs: &[JobRef]) -> Vec<(Cause, JobReport)> {
        let over = |states: &[JobState]| states.iter().all(|s| matches!(s, JobState::Ended(_)));
        let cause = |report: JobReport| match report.state.clone() {
            JobState::Ended(cause) => (cause, report),
            other => panic!("{other:?}"),
        };
        self.until(jobs, over).into_iter().map(cause).collect()
    }

    pub(crate) fn causes(&mut self, jobs: &[JobRef]) -> Vec<Cause> {
        self.ends(jobs).into_iter().map(|(cause, _)| cause).collect()
    }

    /// Submits a batch that is taken.
    pub(crate) fn taken(&mut self, batch: &Batch) -> Vec<JobRef> {
        self.submit(batch).unwrap()
    }
}

/// Tries again for as long as SLURM is down.
fn patient<T>(mut act: impl FnMut() -> Result<T, Refusal>) -> Result<T, Refusal> {
    let started = Instant::now();
    loop {
        match act() {
            Err(Refusal::Down(_)) if started.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(500));
            }
            done => return done,
        }
    }
}

pub(crate) fn member(slot: u32, after: &[&JobRef]) -> Member {
    Member { slot, after: after.iter().map(|&job| job.clone()).collect() }
}

pub(crate) fn alone() -> Vec<Member> {
    vec![member(0, &[])]
}

/// Makes a file look old.
pub(crate) fn age(path: &Path) {
    let then = SystemTime::now() - Duration::from_secs(3600);
    std::fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
}

/// Waits for so many lines of a file beside a batch.
pub(crate) fn until_lines(batch: &Batch, name: &str, count: usize) {
    let started = Instant::now();
    while lines(batch, name).len() < count {
        assert!(started.elapsed() < PATIENCE, "{name} does not get {count} lines");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Lines of a file beside a batch, sorted.
pub(crate) fn lines(batch: &Batch, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(batch.file.with_file_name(name)).unwrap_or_default();
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}
