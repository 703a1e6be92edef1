//! Digests of files, each taken once as long as the file stays what it is.

use std::{
    collections::BTreeMap,
    fs::{self, File, Metadata},
    io::Read,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, digest};

use crate::Stop;

/// A file with its part in a task, its size and its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Name of the input or output in its task.
    pub name: String,
    /// Where it was.
    pub path: PathBuf,
    /// SHA-256 of the content, in lower-case hexadecimal.
    pub sha256: String,
    /// Size in bytes; 0 for a folder that a digest stands for.
    pub bytes: u64,
}

impl FileEntry {
    pub(crate) fn content(&self) -> Content {
        Content { sha256: self.sha256.clone(), bytes: self.bytes }
    }
}

/// Size and digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
}

/// What changes when a file is written to or replaced. The device is not in it: machines number
/// the file systems that they share as they like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            bytes: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// What a file held when it bore a stamp.
#[derive(Clone, Debug)]
struct Seen {
    stamp: Stamp,
    content: Content,
    /// Whether a change that came later must have changed the stamp.
    is_settled: bool,
}

type Known = Arc<Mutex<Option<Seen>>>;

/// File systems stamp changes that follow each other within this time alike, if they are coarse.
const COARSE: Duration = Duration::from_secs(2);

/// Takes digests of files for the length of one run or plan.
#[derive(Debug, Default)]
pub(crate) struct Digests {
    known: Mutex<BTreeMap<PathBuf, Known>>,
}

impl Digests {
    /// Size and digest of a file as it is now. A file that was read before is read again only
    /// when it was touched since. A request to stop ends the reading.
    pub(crate) fn of(&self, path: &Path, stop: &Stop) -> Result<Content> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = Arc::clone(known.entry(path.to_owned()).or_default());
        drop(known);
        let mut entry = entry.lock().unwrap_or_else(PoisonError::into_inner);
        let metadata = fs::metadata(path).map_err(|e| FileError::io(path, e))?;
        let stamp = Stamp::of(&metadata);
        if let Some(known) = entry.as_ref()
            && known.stamp == stamp
        {
            return Ok(known.content.clone());
        }
        let start = Instant::now();
        let content = read(path, stop)?;
        let is_settled = start.elapsed() >= COARSE;
        *entry = Some(Seen { stamp, content: content.clone(), is_settled });
        Ok(content)
    }

    /// Takes it for known what a file holds as long as it bears a stamp.
    pub(crate) fn trust(&self, path: &Path, stamp: Stamp, content: Content) {
        let known = Arc::new(Mutex::new(Some(Seen { stamp, content, is_settled: true })));
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(path.to_owned())
            .or_insert(known);
    }

    /// The stamp that a file bore when its digest was taken, if that took so long that the stamp
    /// tells of every later change; what is read in less time is soon read again.
    pub(crate) fn stamp(&self, path: &Path) -> Option<Stamp> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = Arc::clone(known.get(path)?);
        drop(known);
        let entry = entry.lock().unwrap_or_else(PoisonError::into_inner);
        entry.as_ref().filter(|known| known.is_settled).map(|known| known.stamp)
    }
}

/// Size of a file without reading it; 0 for a folder.
pub(crate) fn size(path: &Path) -> Result<u64> {
    let metadata = fs::metadata(path).map_err(|e| FileError::io(path, e))?;
    Ok(if metadata.is_file() { metadata.len() } else { 0 })
}

fn read(path: &Path, stop: &Stop) -> Result<Content> {
    let mut file = File::open(path).map_err(|e| FileError::io(path, e))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        if stop.is_requested() {
            let reason = "reading it was interrupted";
            return Err(FileError::new(path, ErrorKind::Interrupted, reason));
        }
        let n = file.read(&mut buffer).map_err(|e| FileError::io(path, e))?;
        if n == 0 {
            let sha256 = digest::hex(&hasher.finalize());
            return Ok(Content { sha256, bytes });
        }
        hasher.update(&buffer[..n]);
        bytes += n as u64;
    }
}

#[cfg(test)]
mod tests {
    use wgs_formats::output;

    use super::*;

    #[test]
    fn a_rewritten_file_has_its_new_digest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let (digests, stop) = (Digests::default(), Stop::default());
        output::write(&path, "abc").unwrap();
        let first = digests.of(&path, &stop).unwrap();
        assert_eq!(first.sha256, digest::sha256_bytes(b"abc"));
        assert_eq!(first.bytes, 3);
        assert_eq!(digests.of(&path, &stop).unwrap(), first);
        output::write(&path, "abd").unwrap();
        assert_eq!(digests.of(&path, &stop).unwrap().sha256, digest::sha256_bytes(b"abd"));
        fs::remove_file(&path).unwrap();
        assert_eq!(digests.of(&path, &stop).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_trusted_file_is_read_once_it_was_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let (digests, stop) = (Digests::default(), Stop::default());
        output::write(&path, "abc").unwrap();
        digests.of(&path, &stop).unwrap();
        assert_eq!(digests.stamp(&path), None, "it might change without another stamp");
        let stamp = Stamp::of(&fs::metadata(&path).unwrap());
        let later = Digests::default();
        let told = Content { sha256: "told".into(), bytes: 3 };
        later.trust(&path, stamp, told.clone());
        assert_eq!(later.of(&path, &stop).unwrap(), told);
        assert_eq!(later.stamp(&path), Some(stamp));
        output::write(&path, "abc").unwrap();
        assert_eq!(later.of(&path, &stop).unwrap().sha256, digest::sha256_bytes(b"abc"));
    }

    #[test]
    fn an_untouched_file_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let stop = Stop::default();
        let digests = Digests::default();
        output::write(&path, "abc").unwrap();
        digests.of(&path, &stop).unwrap();
        stop.request();
        digests.of(&path, &stop).unwrap();
        output::write(&path, "abd").unwrap();
        assert_eq!(digests.of(&path, &stop).unwrap_err().kind(), ErrorKind::Interrupted);
    }
}
