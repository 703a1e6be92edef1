//! One intake at a time on a state folder.
//!
//! Two guards, since neither is enough alone: a lock of the file system, which ends with the process
//! in whatever way, but which some network file systems keep for each machine apart; and a lease, a
//! small file that its holder writes anew every few seconds. No clock is compared: a lease of another
//! machine is alive if it changes while one looks at it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use nix::errno::Errno;
use serde::{Deserialize, Serialize};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, output};

/// Time between two beats of a lease.
const BEAT: Duration = Duration::from_secs(5);
/// How long a lease must not change to count as left behind.
const PATIENCE: Duration = Duration::from_secs(20);

/// Who holds a state folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Lease {
    /// Tells machines apart.
    machine: String,
    host: String,
    process: u32,
    /// Tells holders of one host and process number apart.
    token: String,
    beat: u64,
}

/// The right to work with a state folder, until it is dropped or the process dies.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
    lost: Arc<AtomicBool>,
    end: Option<Sender<()>>,
    heart: Option<JoinHandle<()>>,
}

impl Lock {
    /// Takes the state folder, or says who has it.
    ///
    /// # Errors
    ///
    /// [`Permission`](ErrorKind::Permission) if another intake has it.
    pub(crate) fn take(folder: &Path) -> Result<Self> {
        Self::take_within(folder, BEAT, PATIENCE)
    }

    fn take_within(folder: &Path, beat: Duration, patience: Duration) -> Result<Self> {
        let path = folder.join("lock");
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&path).map_err(|e| FileError::io(&path, e))?;
        let lease = folder.join("lease.json");
        let is_locked = match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::Error(e)) if has_no_locks(&e) => false,
            Err(TryLockError::Error(e)) => return Err(FileError::io(&path, e)),
            Err(TryLockError::WouldBlock) => return Err(refusal(&path, read(&lease).as_ref())),
        };
        let own = own_lease();
        let may_live = |other: &Lease| !is_locked || other.machine != own.machine;
        if let Some(other) = read(&lease).filter(may_live) {
            thread::sleep(patience);
            if read(&lease).is_some_and(|now| now != other) {
                return Err(refusal(&path, Some(&other)));
            }
        }
        output::remove_partials(&lease)?;
        output::write_json(&lease, &own)?;
        let lost = Arc::new(AtomicBool::new(false));
        let (end, ended) = channel();
        let heart = Heart { lease, own, lost: Arc::clone(&lost), beat };
        let heart = thread::Builder::new().name("lease".into()).spawn(move || heart.run(&ended));
        let heart = Some(heart.map_err(|e| FileError::io(&path, e))?);
        Ok(Self { _file: file, lost, end: Some(end), heart })
    }

    /// Whether another intake has taken the state folder over.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Fails if another intake has taken the state folder over.
    pub(crate) fn check(&self, folder: &Path) -> Result<()> {
        if !self.is_lost() {
            return Ok(());
        }
        let lease = folder.join("lease.json");
        Err(refusal(&folder.join("lock"), read(&lease).as_ref()))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(heart) = self.heart.take() {
            // It ends in any case; how does not matter any more.
            let _ = heart.join();
        }
    }
}

/// Keeps a lease alive.
struct Heart {
    lease: PathBuf,
    own: Lease,
    lost: Arc<AtomicBool>,
    beat: Duration,
}

impl Heart {
    fn run(mut self, ended: &Receiver<()>) {
        while ended.recv_timeout(self.beat) == Err(RecvTimeoutError::Timeout) {
            if !self.is_own() {
                self.lost.store(true, Ordering::Relaxed);
                return;
            }
            self.own.beat += 1;
            // A disk that is full for a while does not end the intake: its next write will say it.
            let _ = output::write_json(&self.lease, &self.own);
        }
        if self.is_own() {
            let _ = fs::remove_file(&self.lease);
        }
    }

    fn is_own(&self) -> bool {
        read(&self.lease).is_none_or(|now| now.token == self.own.token)
    }
}

/// Whether a file system keeps no locks: it is left to the lease then.
fn has_no_locks(error: &io::Error) -> bool {
    let known = error.raw_os_error().map(Errno::from_raw);
    matches!(known, Some(Errno::ENOLCK | Errno::EOPNOTSUPP | Errno::ENOSYS))
}

fn read(lease: &Path) -> Option<Lease> {
    output::read_json(lease).ok()
}

fn own_lease() -> Lease {
    let of_kernel = |name: &str| {
        let text = fs::read_to_string(Path::new("/proc/sys/kernel").join(name)).ok()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let host = of_kernel("hostname").unwrap_or_else(|| "unknown host".into());
    let machine = of_kernel("random/boot_id").unwrap_or_else(|| host.clone());
    let process = std::process::id();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let token = format!("{process}-{}", now.as_nanos());
    Lease { machine, host, process, token, beat: 0 }
}

fn refusal(path: &Path, holder: Option<&Lease>) -> FileError {
    let holder =
        holder.map_or_else(String::new, |h| format!(" (process {} on {})", h.process, h.host));
    let reason = format!("another intake{holder} works with this state folder");
    FileError::new(path, ErrorKind::Permission, reason)
        .hint("wait for it, end it, or give this one another --state")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    fn take(folder: &Path) -> Result<Lock> {
        Lock::take_within(folder, SHORT, 5 * SHORT)
    }

    #[test]
    fn the_second_is_refused_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let first = take(folder.path()).unwrap();
        let error = take(folder.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Permission);
        let holder = format!("(process {} on ", std::process::id());
        assert!(error.to_string().contains(&holder), "{error}");
        first.check(folder.path()).unwrap();
        drop(first);
        assert!(!folder.path().join("lease.json").exists());
        take(folder.path()).unwrap();
    }

    #[test]
    fn a_lease_of_another_machine_counts_while_it_beats() {
        let folder = tempfile::tempdir().unwrap();
        let lease = folder.path().join("lease.json");
        let mut other = own_lease();
        (other.machine, other.host) = ("other".into(), "elsewhere".into());
        output::write_json(&lease, &other).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                for beat in 1..20 {
                    thread::sleep(SHORT);
                    output::write_json(&lease, &Lease { beat, ..other.clone() }).unwrap();
                }
            });
            let error = take(folder.path()).unwrap_err();
            assert!(error.to_string().contains("elsewhere"), "{error}");
        });
        let lock = take(folder.path()).unwrap();
        output::write_json(&lease, &other).unwrap();
        thread::sleep(5 * SHORT);
        assert_eq!(lock.check(folder.path()).unwrap_err().kind(), ErrorKind::Permission);
        assert!(lock.is_lost());
    }
}
