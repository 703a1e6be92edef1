//! `pipelines/slurm/cases.sbatch` on a real SLURM.

use std::{
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::room::{Room, data_digests};

/// A SLURM of `scripts/slurm-lab` in a room; ended with its value, or with the test's process.
struct Lab<'a>(&'a Room);

impl<'a> Lab<'a> {
    fn start(room: &'a Room) -> Self {
        let lab = Self(room);
        let process = std::process::id().to_string();
        lab.command(&["start", "--nodes", "2", "--no-accounting", "--for", &process]);
        lab
    }

    fn command(&self, arguments: &[&str]) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/slurm-lab");
        let dir = self.0.path("lab");
        let ran = Command::new(script).args(arguments).arg("--dir").arg(dir).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{said}\nrun `scripts/setup --tests` first");
    }

    /// A `PATH` with the program and this SLURM's commands.
    fn path(&self) -> String {
        let program = Path::new(env!("CARGO_BIN_EXE_wgs-pipe")).parent().unwrap();
        let commands = self.0.path("lab/bin");
        let rest = std::env::var("PATH").unwrap();
        format!("{}:{}:{rest}", commands.display(), program.display())
    }

    fn ask(&self, name: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(self.0.path("lab/bin").join(name));
        let command = command.args(arguments).current_dir(self.0.path(""));
        let ran = command.env("PATH", self.path()).output().unwrap();
        assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap().trim().to_owned()
    }

    /// Submits both cases; the number of the array.
    fn submit(&self) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../pipelines/slurm/cases.sbatch")
            .canonicalize()
            .unwrap();
        let shape = ["--parsable", "--array=0-1", "--cpus-per-task=2", "--mem=4G", "--time=30"];
        let arguments = [
            script.to_str().unwrap(),
            "bundle",
            "out; $(id)",
            "data/case.toml",
            "data/another case.toml",
        ];
        self.ask("sbatch", &[&shape[..], &arguments].concat())
    }

    /// The states of an array's jobs, once all or enough of them are over.
    fn states(&self, array: &str, enough: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let job = format!("--jobs={array}");
            let states = self.ask("squeue", &["--noheader", "--states=all", "--format=%T", &job]);
            if enough(&states) {
                return states;
            }
            assert!(started.elapsed() < Duration::from_secs(300), "{states}");
            thread::sleep(Duration::from_millis(200));
        }
    }

    fn ends(&self, array: &str) -> String {
        self.states(array, |states| {
            !["PENDING", "RUNNING", "COMPLETING"].iter().any(|going| states.contains(going))
        })
    }
}

impl Drop for Lab<'_> {
    fn drop(&mut self) {
        self.command(&["stop"]);
    }
}

#[test]
fn cases_run_by_sbatch_and_resume_when_they_are_submitted_again() {
    let room = Room::new();
    let text = room.text("data/case.toml");
    room.put("data/another case.toml", text.replacen("\"quickstart\"", "\"another\"", 1));
    let whole = Instant::now();
    room.run("data/case.toml", "undisturbed", &["--threads", "2"]);
    let whole = whole.elapsed();
    let expected = data_digests(&room.path("undisturbed/quickstart"));

    let lab = Lab::start(&room);
    doctor_tells_of_it(&room, &lab);
    let array = lab.submit();
    lab.states(&array, |states| states.matches("RUNNING").count() == 2);
    // In the midst of the work.
    thread::sleep(whole / 2);
    lab.ask("scancel", &[&array]);
    assert_eq!(lab.ends(&array), "CANCELLED\nCANCELLED");
    assert!(!room.path("out; $(id)/quickstart/report/report.html").exists());

    let array = lab.submit();
    assert_eq!(lab.ends(&array), "COMPLETED\nCOMPLETED");
    assert_eq!(data_digests(&room.path("out; $(id)/quickstart")), expected);
    assert!(room.path("out; $(id)/another/report/report.html").exists());

    let array = lab.submit();
    assert_eq!(lab.ends(&array), "COMPLETED\nCOMPLETED");
    let log = room.text(&format!("slurm-{array}_0.out"));
    assert!(log.contains("task_reused") && !log.contains("task_started"), "{log}");
}

fn doctor_tells_of_it(room: &Room, lab: &Lab) {
    let doctor = |more: &[&str]| {
        let arguments = [&["doctor", "--executor", "slurm"], more].concat();
        room.command(arguments).env("PATH", lab.path()).output().unwrap()
    };
    let well = doctor(&[]);
    let said = String::from_utf8_lossy(&well.stdout).into_owned();
    assert!(well.status.success(), "{said}");
    for what in ["ok    slurm", "ok    accounting", "ok    clock", "ok    submission"] {
        assert!(said.contains(what), "{said}");
    }
    let ill = doctor(&["--partition", "nowhere"]);
    assert_eq!(ill.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&ill.stdout).contains("FAIL  submission"));
}
