//! A process with its children, which are signalled together and never after they are gone.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{Child, Command},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use nix::{
    errno::Errno,
    sys::{
        signal::{Signal, killpg},
        wait::{Id, WaitPidFlag, waitid},
    },
    unistd::Pid,
};
use wait4::{ResUse, Wait4};

use super::io_counts::IoCounts;
use crate::Io;

/// What is left of a leader.
#[derive(Debug)]
pub(super) struct Ended {
    /// Its exit status, its times and its memory, with those of the children that it waited for.
    pub(super) used: ResUse,
    /// What it read and wrote.
    pub(super) io: Option<Io>,
}

/// The process group of a job.
#[derive(Debug, Default)]
pub(super) struct Group {
    state: Mutex<State>,
    gone: Condvar,
}

#[derive(Debug, Default)]
struct State {
    leader: Leader,
    cancelled: bool,
}

#[derive(Debug, Default)]
enum Leader {
    #[default]
    Unborn,
    Alive(Pid),
    Gone,
}

impl Group {
    /// Starts the leader, unless the group was cancelled before.
    pub(super) fn spawn(&self, command: &mut Command) -> io::Result<Option<Child>> {
        let mut state = self.state();
        if state.cancelled {
            state.leader = Leader::Gone;
            return Ok(None);
        }
        let child = command.process_group(0).spawn()?;
        let pid = i32::try_from(child.id()).expect("process ids fit into pid_t");
        state.leader = Leader::Alive(Pid::from_raw(pid));
        Ok(Some(child))
    }

    /// Waits for the end of the leader, kills whatever it left running, and reaps it.
    ///
    /// The leader stays a zombie until all is done, so that its id is not given to another
    /// process group while signals may be sent to it.
    pub(super) fn wait(&self, child: Child) -> io::Result<Ended> {
        let counts = IoCounts::of(child.id());
        let pid = Pid::from_raw(i32::try_from(child.id()).expect("process ids fit into pid_t"));
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        while let Err(error) = waitid(Id::Pid(pid), flags) {
            if error != Errno::EINTR {
                return Err(error.into());
            }
        }
        let mut state = self.state();
        signal(pid, Signal::SIGKILL);
        let io = counts.and_then(IoCounts::read);
        let used = child.wait4();
        state.leader = Leader::Gone;
        self.gone.notify_all();
        Ok(Ended { used: used?, io })
    }

    /// Sends SIGTERM, and SIGKILL when that does not end the leader within `grace`.
    pub(super) fn cancel(self: &Arc<Self>, grace: Duration) {
        let mut state = self.state();
        if state.cancelled {
            return;
        }
        state.cancelled = true;
        if let Leader::Alive(pid) = state.leader {
            signal(pid, Signal::SIGTERM);
            drop(state);
            let group = Arc::clone(self);
            thread::spawn(move || group.kill_after(grace));
        }
    }

    /// Whether [`Group::cancel`] was called.
    pub(super) fn is_cancelled(&self) -> bool {
        self.state().cancelled
    }

    fn kill_after(&self, grace: Duration) {
        let alive = |state: &mut State| matches!(state.leader, Leader::Alive(_));
        let (state, _) = self
            .gone
            .wait_timeout_while(self.state(), grace, alive)
            .unwrap_or_else(PoisonError::into_inner);
        if let Leader::Alive(pid) = state.leader {
            signal(pid, Signal::SIGKILL);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A group of zombies cannot be signalled, which is what was wanted.
fn signal(group: Pid, signal: Signal) {
    let _ = killpg(group, signal);
}

#[cfg(test)]
mod tests {
    use std::{
        io::Read,
        process::Stdio,
        time::{Duration, Instant},
    };

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::piped());
        command
    }

    #[test]
    fn what_the_leader_leaves_running_dies_with_it() {
        let group = Group::default();
        let mut child = group.spawn(&mut shell("sleep 60 & echo begun")).unwrap().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let start = Instant::now();
        assert!(group.wait(child).unwrap().used.status.success());
        let mut text = String::new();
        stdout.read_to_string(&mut text).unwrap();
        assert_eq!(text, "begun\n");
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn what_children_read_and_write_is_counted() {
        let group = Group::default();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        let mut command = shell(r#"head -c 3000000 /dev/zero > "$0" && cat "$0" > /dev/null"#);
        let child = group.spawn(command.arg(&file)).unwrap().unwrap();
        let io = group.wait(child).unwrap().io.expect("this system counts");
        assert!(io.written_bytes >= 6_000_000, "{io:?}");
        assert!(io.read_bytes >= 6_000_000, "{io:?}");
    }

    #[test]
    fn who_ignores_the_request_is_killed() {
        let group = Arc::new(Group::default());
        let script = "trap '' TERM; echo ready; while :; do sleep 0.05; done";
        let mut child = group.spawn(&mut shell(script)).unwrap().unwrap();
        let mut ready = [0; 6];
        child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
        group.cancel(Duration::from_millis(100));
        assert!(!group.wait(child).unwrap().used.status.success());
        group.cancel(Duration::ZERO);
        assert!(group.is_cancelled());
    }

    #[test]
    fn nothing_starts_after_the_request() {
        let group = Arc::new(Group::default());
        group.cancel(Duration::ZERO);
        assert!(group.spawn(&mut shell("exit")).unwrap().is_none());
    }
}
