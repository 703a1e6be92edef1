//! Locks on bundles: many may read one, or one may change it.
//!
//! A lock is on the file `bundle.lock`, so that it holds over NFS as well, where a folder cannot be
//! locked. Where the file is not there and cannot be made (a bundle on media that cannot be
//! written), or the file system has no locks, nothing changes the bundle either, or nobody can know.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

/// Name of the file.
pub(crate) const NAME: &str = "bundle.lock";

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    /// `None` where there can be no lock.
    _file: Option<File>,
}

impl Lock {
    /// For readers.
    pub(crate) fn shared(root: &Path) -> Result<Self> {
        let path = root.join(NAME);
        let file = match File::open(&path) {
            Ok(file) => file,
            // A bundle of a former version; not one in the making, or on media that cannot be written.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let sealed = root.join(crate::bundle::MANIFEST).exists();
                match sealed.then(|| create(&path)) {
                    Some(Ok(file)) => file,
                    _ => return Ok(Self { _file: None }),
                }
            }
            Err(e) => return Err(FileError::io(&path, e)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(TryLockError::Error(_)) => Ok(Self { _file: None }),
            Err(TryLockError::WouldBlock) => {
                Err(FileError::new(root, ErrorKind::Permission, "is being changed")
                    .hint("wait until `bundle add` or `bundle remove` has ended, and run again"))
            }
        }
    }

    /// For one that changes the bundle.
    pub(crate) fn exclusive(root: &Path) -> Result<Self> {
        let path = root.join(NAME);
        let file = create(&path).map_err(|e| FileError::io(&path, e))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {
                Ok(Self { _file: None })
            }
            Err(TryLockError::Error(e)) => Err(FileError::io(&path, e)),
            Err(TryLockError::WouldBlock) => {
                let reason = "is in use: another process reads or changes this bundle";
                Err(FileError::new(root, ErrorKind::Permission, reason).hint(
                    "wait until `run`, `annotate` and `bundle add` have ended, and run again",
                ))
            }
        }
    }
}

/// The file, made if it is not there.
fn create(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_read_or_one_changes() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        drop(Lock::shared(root).unwrap());
        assert!(!root.join(NAME).exists(), "readers write nothing");
        drop(Lock::exclusive(root).unwrap());
        let readers = [Lock::shared(root).unwrap(), Lock::shared(root).unwrap()];
        let error = Lock::exclusive(root).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Permission);
        assert!(error.to_string().contains("is in use"));
        drop(readers);
        let writer = Lock::exclusive(root).unwrap();
        assert!(Lock::shared(root).unwrap_err().to_string().ends_with("is being changed"));
        assert!(Lock::exclusive(root).is_err());
        drop(writer);
        Lock::shared(root).unwrap();
    }
}
