//! Runs SLURM's commands: lists of arguments, no shell, a time limit, and words that do not depend
//! on the user's settings.

use std::{
    ffi::{OsStr, OsString},
    io::{self, Read},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::{options::SlurmOptions, refusals};
use crate::cluster::Refusal;

/// What sbatch says when it will not end before there is room for the job.
const WAITS: &str = "temporarily unable to accept job";

/// How SLURM's commands are run.
#[derive(Clone, Debug)]
pub(super) struct Commands {
    folder: Option<PathBuf>,
    timeout: Duration,
}

/// What a command said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) good: bool,
    pub(super) output: String,
    pub(super) errors: String,
}

impl Commands {
    pub(super) fn new(options: &SlurmOptions) -> Self {
        Self { folder: options.commands.clone(), timeout: options.timeout() }
    }

    /// Runs a command to its end; its exit code may be anything.
    pub(super) fn run<A: AsRef<OsStr>>(
        &self,
        name: &str,
        arguments: &[A],
    ) -> Result<Said, Refusal> {
        let program = self.folder.as_ref().map_or_else(|| name.into(), |folder| folder.join(name));
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for variable in std::env::vars_os().map(|(name, _)| name).filter(is_setting) {
            command.env_remove(variable);
        }
        // The jobs inherit the environment of sbatch.
        if name != "sbatch" {
            command.envs([("LC_ALL", "C"), ("TZ", "UTC"), ("SLURM_TIME_FORMAT", "standard")]);
            command.env("SLURM_BITSTR_LEN", "0");
        }
        let child = command.spawn().map_err(|e| missing(name, &e))?;
        self.wait(name, child)
    }

    /// The output of a command that ended well.
    pub(super) fn ask<A: AsRef<OsStr>>(
        &self,
        name: &str,
        arguments: &[A],
    ) -> Result<String, Refusal> {
        let said = self.run(name, arguments)?;
        if said.good { Ok(said.output) } else { Err(refusals::classify(name, &said.errors)) }
    }

    fn wait(&self, name: &str, mut child: Child) -> Result<Said, Refusal> {
        let output = Pipe::read(child.stdout.take());
        let errors = Pipe::read(child.stderr.take());
        let started = Instant::now();
        let mut pause = Duration::from_millis(2);
        let failed = |e: io::Error| Refusal::Down(format!("{name}: {e}"));
        let ended = loop {
            if let Some(status) = child.try_wait().map_err(failed)? {
                break Some(status);
            }
            if errors.has(WAITS) || started.elapsed() > self.timeout {
                child.kill().and_then(|()| child.wait()).map_err(failed)?;
                break None;
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        };
        match ended {
            Some(status) => {
                Ok(Said { good: status.success(), output: output.text(), errors: errors.text() })
            }
            None if errors.has(WAITS) => Err(Refusal::Full(errors.text().trim().to_owned())),
            None => {
                let seconds = self.timeout.as_secs();
                Err(Refusal::Down(format!("{name} did not answer in {seconds} s")))
            }
        }
    }
}

/// What sbatch would take from variables though it is told, must not be told, or is passed on as an
/// option.
const OF_SBATCH: [&str; 14] = [
    "SBATCH_ACCOUNT",
    "SBATCH_ARRAY_INX",
    "SBATCH_CLUSTERS",
    "SBATCH_ERROR",
    "SBATCH_HINT",
    "SBATCH_INPUT",
    "SBATCH_MEM_PER_CPU",
    "SBATCH_MEM_PER_GPU",
    "SBATCH_MEM_PER_NODE",
    "SBATCH_PARTITION",
    "SBATCH_QOS",
    "SBATCH_SIGNAL",
    "SBATCH_TIMELIMIT",
    "SBATCH_WAIT",
];

/// Variables that change what the commands show or do: users set them for themselves, and a job
/// from which jobs are submitted has them of its own.
fn is_setting(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    let kept = ["SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_CLUSTERS", "SLURM_JWT"];
    let prefixes = ["SLURM_", "SQUEUE_", "SACCT_", "SINFO_", "SCANCEL_", "SCONTROL_"];
    !kept.contains(&&*name)
        && (prefixes.iter().any(|prefix| name.starts_with(prefix)) || OF_SBATCH.contains(&&*name))
}

fn missing(name: &str, error: &io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::NotFound => Refusal::Never {
            message: format!("SLURM's command {name} is not there"),
            hint: Some(
                "run this where jobs are submitted from, or name the folder of SLURM's commands"
                    .into(),
            ),
        },
        _ => Refusal::Down(format!("{name} cannot be started: {error}")),
    }
}

/// What came through a pipe so far.
struct Pipe {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<thread::JoinHandle<()>>,
}

impl Pipe {
    fn read(pipe: Option<impl Read + Send + 'static>) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&bytes);
        let reader = pipe.map(|mut pipe| {
            thread::spawn(move || {
                let mut buffer = [0; 1 << 14];
                while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                    into.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .extend_from_slice(&buffer[..count]);
                }
            })
        });
        Self { bytes, reader }
    }

    fn has(&self, words: &str) -> bool {
        self.so_far().contains(words)
    }

    fn so_far(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// All of it, once the other end is closed.
    fn text(mut self) -> String {
        if let Some(reader) = self.reader.take() {
            // A reader does not panic; if it did, what it read is still the answer.
            let _ = reader.join();
        }
        self.so_far()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(seconds: u64) -> Commands {
        Commands { folder: None, timeout: Duration::from_secs(seconds) }
    }

    #[test]
    fn output_errors_and_exit_are_told() {
        let said = commands(20).run("sh", &["-c", "echo out; echo err >&2; exit 3"]).unwrap();
        let expected = Said { good: false, output: "out\n".into(), errors: "err\n".into() };
        assert_eq!(said, expected);
        let long = commands(20).ask("sh", &["-c", "head -c 1000000 /dev/zero"]).unwrap();
        assert_eq!(long.len(), 1_000_000);
    }

    #[test]
    fn a_command_that_hangs_or_is_not_there_is_told_apart() {
        let hangs = commands(0).run("sleep", &["60"]);
        assert_eq!(hangs, Err(Refusal::Down("sleep did not answer in 0 s".into())));
        let missing = commands(1).run("no-such-command", &[""; 0]);
        assert!(matches!(missing, Err(Refusal::Never { .. })), "{missing:?}");
    }

    #[test]
    fn sbatch_that_waits_for_room_is_not_waited_for() {
        let words = "sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying";
        let script = format!("echo '{words}' >&2; exec sleep 60");
        let started = Instant::now();
        let said = commands(50).run("sh", &["-c", &script]);
        assert_eq!(said, Err(Refusal::Full(words.into())));
        assert!(started.elapsed() < Duration::from_secs(40));
    }

    #[test]
    fn settings_of_users_and_of_a_surrounding_job_are_not_passed_on() {
        for (name, expected) in [
            ("SQUEUE_FORMAT", true),
            ("SLURM_JOB_ID", true),
            ("SLURM_CONF", false),
            ("SBATCH_ACCOUNT", true),
            ("SBATCH_CLUSTERS", true),
            ("SBATCH_CONSTRAINT", false),
            ("PATH", false),
        ] {
            assert_eq!(is_setting(&name.into()), expected, "{name}");
        }
    }
}
