//! One engine at a time on a case.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use nix::errno::Errno;
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

/// A glance of [`is_held`] lasts microseconds; a refusal outlasts it at least.
const LEAST_PATIENCE: Duration = Duration::from_millis(100);
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(20);

/// Holds a lock file until it is dropped, or the process dies in whatever way.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock for itself alone as soon as it is free, or says who has it in the end.
    pub(crate) fn take_within(patience: Duration, path: &Path) -> Result<Self> {
        let mut file = locked(patience, path, File::try_lock)?;
        let mut write = || {
            file.set_len(0)?;
            write!(file, "process {}", std::process::id())
        };
        write().map_err(|e| FileError::io(path, e))?;
        Ok(Self { _file: file })
    }

    /// Takes the lock together with others who share it, as soon as nobody has it alone.
    pub(crate) fn share_within(patience: Duration, path: &Path) -> Result<Self> {
        let _file = locked(patience, path, File::try_lock_shared)?;
        Ok(Self { _file })
    }
}

fn locked(
    patience: Duration,
    path: &Path,
    lock: fn(&File) -> Result<(), TryLockError>,
) -> Result<File> {
    let failed = |e| FileError::io(path, e);
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(path).map_err(failed)?;
    let start = Instant::now();
    loop {
        match lock(&file) {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(e)) => return Err(unlockable(path, e)),
            Err(TryLockError::WouldBlock) if start.elapsed() >= patience.max(LEAST_PATIENCE) => {
                return Err(refusal(path, &mut file));
            }
            Err(TryLockError::WouldBlock) => thread::sleep(BETWEEN_ATTEMPTS),
        }
    }
}

/// Some file systems that machines share are mounted without locks.
fn unlockable(path: &Path, error: io::Error) -> FileError {
    let has_no_locks = matches!(
        Errno::from_raw(error.raw_os_error().unwrap_or_default()),
        Errno::ENOSYS | Errno::EOPNOTSUPP | Errno::ENOLCK
    );
    let error = FileError::io(path, error);
    match has_no_locks {
        true => error.hint(
            "this disk does not lock files (Lustre: mount it with the option flock); two runs could \
             work on one case and not notice, so choose another output folder",
        ),
        false => error,
    }
}

fn refusal(path: &Path, file: &mut File) -> FileError {
    let mut holder = String::new();
    // The holder only makes the message better.
    let _ = file.read_to_string(&mut holder);
    let holder = if holder.is_empty() { String::new() } else { format!(" ({holder})") };
    let reason = format!("another run{holder} works on this case");
    FileError::new(path, ErrorKind::Permission, reason).hint("wait for it, or end it and run again")
}

/// Whether an error says that somebody else has a lock, and not that its file may not be opened.
pub(crate) fn is_refusal(error: &FileError) -> bool {
    let is_lock = error.path().to_string_lossy().ends_with("lock");
    is_lock && error.kind() == ErrorKind::Permission && std::error::Error::source(error).is_none()
}

/// Whether some process holds the lock at this moment.
pub(crate) fn is_held(path: &Path) -> bool {
    let opened = OpenOptions::new().read(true).write(true).open(path).or_else(|_| File::open(path));
    opened.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(path: &Path) -> Result<Lock> {
        Lock::take_within(Duration::ZERO, path)
    }

    fn share(path: &Path) -> Result<Lock> {
        Lock::share_within(Duration::ZERO, path)
    }

    #[test]
    fn the_second_is_refused_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert!(!is_held(&path));
        let first = take(&path).unwrap();
        assert!(is_held(&path));
        let error = take(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Permission);
        assert!(is_refusal(&error));
        let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        assert!(!is_refusal(&FileError::io(&path, denied)));
        let holder = format!("another run (process {}) works", std::process::id());
        assert!(error.to_string().contains(&holder), "{error}");
        drop(first);
        assert!(!is_held(&path));
        take(&path).unwrap();
    }

    #[test]
    fn some_share_what_nobody_can_have_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let shared = [share(&path).unwrap(), share(&path).unwrap()];
        assert!(is_held(&path));
        assert_eq!(take(&path).unwrap_err().kind(), ErrorKind::Permission);
        drop(shared);
        let _alone = take(&path).unwrap();
        assert_eq!(share(&path).unwrap_err().kind(), ErrorKind::Permission);
    }

    #[test]
    fn who_has_patience_gets_it_once_it_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = take(&path).unwrap();
        thread::scope(|scope| {
            let second = scope.spawn(|| Lock::take_within(Duration::from_secs(60), &path));
            thread::sleep(Duration::from_millis(150));
            drop(first);
            second.join().unwrap().unwrap();
        });
    }
}
