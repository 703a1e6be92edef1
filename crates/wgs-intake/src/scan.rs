//! The files of a delivery's folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use crate::{
    name::{Kind, kind},
    problem::{Code, Problem},
};

/// What tells without reading that a file is what it was. Its own time of change (`ctime`) is what no
/// program sets back: it tells of files that were changed and dated back, as `cp -p` and `rsync -t` do.
/// The number of the device is left out: network folders get another whenever they are mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stat {
    pub(crate) size: u64,
    /// Nanoseconds since 1970, by the clock of whoever keeps the files.
    pub(crate) mtime_ns: i64,
    pub(crate) ctime_ns: i64,
    pub(crate) inode: u64,
}

impl Stat {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let ns = |s: i64, ns| s.saturating_mul(1_000_000_000).saturating_add(ns);
        Self {
            size: metadata.len(),
            mtime_ns: ns(metadata.mtime(), metadata.mtime_nsec()),
            ctime_ns: ns(metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
        }
    }
}

/// What lies in a delivery's folder. Paths are relative to it, with `/` between their parts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    pub(crate) files: BTreeMap<String, Stat>,
    /// Links to files within, and to which.
    pub(crate) links: BTreeMap<String, String>,
    /// What is not taken whatever it holds.
    pub(crate) refused: BTreeMap<String, Problem>,
    /// What is neither file nor folder, links among them.
    pub(crate) others: BTreeMap<String, Stat>,
}

/// Lists all files below a folder, but those in folders of `without`, and of hidden ones only what
/// tells of files on their way, and the marker.
///
/// # Errors
///
/// If the folder, or one below it, cannot be listed: files that are not seen are not missed, either.
pub(crate) fn scan(root: &Path, without: &[PathBuf], marker: Option<&str>) -> Result<Scan> {
    let real_root = root.canonicalize().map_err(|e| FileError::io(root, e))?;
    if !real_root.is_dir() {
        let error = FileError::new(root, ErrorKind::Usage, "is not a folder");
        return Err(error.hint("name the folder of the delivery"));
    }
    let mut scan = Scan::default();
    let mut folders = vec![String::new()];
    let mut listed = BTreeSet::new();
    let mut folder_links = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        let path = root.join(&folder);
        listed.insert(folder.clone());
        let entries = match fs::read_dir(&path) {
            // It was removed or renamed since its name was read.
            Err(e) if e.kind() == io::ErrorKind::NotFound && !folder.is_empty() => continue,
            other => other.map_err(|e| FileError::io(&path, e))?,
        };
        for entry in entries {
            let entry = entry.map_err(|e| FileError::io(&path, e))?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                let name = entry.file_name().to_string_lossy().into_owned();
                let reason = "its name is not UTF-8 text";
                let problem = match is_no_reads(&name) && entry.path().is_file() {
                    true => needless(reason),
                    false => Problem::new(Code::Name, reason),
                };
                scan.refused.insert(join(&folder, &name), problem);
                continue;
            };
            let is_told = marker == Some(&name) || matches!(kind(&name), Kind::Temporary { .. });
            if name.starts_with('.') && !is_told || name == "lost+found" {
                continue;
            }
            let relative = join(&folder, &name);
            let path = entry.path();
            let metadata = match fs::symlink_metadata(&path) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                other => other.map_err(|e| FileError::io(&path, e))?,
            };
            if metadata.is_dir() {
                if !without.contains(&real_root.join(&relative)) {
                    folders.push(relative);
                }
            } else if metadata.is_symlink() {
                scan.others.insert(relative.clone(), Stat::of(&metadata));
                folder_links.extend(link(&real_root, &path, relative, &mut scan));
            } else if metadata.is_file() {
                scan.files.insert(relative, Stat::of(&metadata));
            } else {
                scan.others.insert(relative.clone(), Stat::of(&metadata));
                scan.refused.insert(relative, neither_file_nor_folder());
            }
        }
    }
    refuse_useless_links(&mut scan);
    for (link, folder) in folder_links {
        if !listed.contains(&folder) {
            let reason =
                format!("is a link to the folder {folder}, in which no reads are looked for");
            scan.refused.insert(link, Problem::new(Code::Link, reason));
        }
    }
    Ok(scan)
}

/// A link is another name of a file that is taken under its own; one that promises reads, while what
/// it leads to is not taken for reads, must not pass unseen.
fn refuse_useless_links(scan: &mut Scan) {
    let Scan { files, links, refused, .. } = scan;
    links.retain(|link, target| {
        let is_taken = files.contains_key(target);
        if is_reads(link) && !(is_taken && is_reads(target)) {
            let reason = format!("is a link to {target}, which is not taken for reads");
            refused.insert(link.clone(), Problem::new(Code::Link, reason));
        }
        is_taken
    });
}

/// Whether a file's name tells of neither reads nor a list nor one on its way.
fn is_no_reads(name: &str) -> bool {
    kind(name) == Kind::Other
}

/// What is wrong with a file that no sample waits for.
fn needless(reason: &str) -> Problem {
    Problem::new(Code::Unsupported, format!("{reason}; by its name it is no reads"))
        .advice("remove it, or rename it if it is reads; no sample waits for it")
}

fn is_reads(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    !matches!(kind(name), Kind::Other | Kind::List | Kind::Temporary { .. })
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn neither_file_nor_folder() -> Problem {
    Problem::new(Code::Unsupported, "is neither file nor folder")
}

/// Takes down a link; one to a folder within is given back with that folder.
fn link(
    real_root: &Path,
    path: &Path,
    relative: String,
    scan: &mut Scan,
) -> Option<(String, String)> {
    let Ok(target) = path.canonicalize() else {
        let problem = Problem::new(Code::Link, "is a link that leads to nothing");
        scan.refused.insert(relative, problem);
        return None;
    };
    match target.strip_prefix(real_root).ok().and_then(Path::to_str) {
        Some(within) if target.is_file() => drop(scan.links.insert(relative, within.to_owned())),
        Some(within) if target.is_dir() => return Some((relative, within.to_owned())),
        Some(_) => drop(scan.refused.insert(relative, neither_file_nor_folder())),
        None => {
            let reason = "is a link that leads outside the delivery";
            let is_no_reads = [path, &target]
                .into_iter()
                .all(|path| path.file_name().and_then(|n| n.to_str()).is_some_and(is_no_reads));
            let problem = match is_no_reads && target.is_file() {
                true => needless(reason),
                false => Problem::new(Code::Link, reason),
            };
            scan.refused.insert(relative, problem);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::os::unix::{ffi::OsStrExt, fs::symlink};

    use wgs_formats::output;

    use super::*;

    #[test]
    fn files_links_and_what_is_refused() {
        let room = tempfile::tempdir().unwrap();
        let root = room.path().join("delivery");
        for folder in ["a/b", ".hidden", "own"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        for file in ["a/b/x.bam", "y.bam", ".hidden/z.bam", "own/w.bam", "../secret.bam"] {
            output::write(&root.join(file), "x").unwrap();
        }
        symlink("a/b/x.bam", root.join("within.bam")).unwrap();
        symlink("../secret.bam", root.join("outside.bam")).unwrap();
        symlink("/etc", root.join("etc")).unwrap();
        symlink("nothing", root.join("dangling.bam")).unwrap();
        symlink("a", root.join("folder")).unwrap();
        symlink(".hidden", root.join("lane2")).unwrap();
        symlink("own", root.join("lane3")).unwrap();
        symlink(".hidden/z.bam", root.join("z.bam")).unwrap();
        let odd = std::ffi::OsStr::from_bytes(b"\xff.bam");
        output::write(&root.join("tmp"), "x").unwrap();
        fs::rename(root.join("tmp"), root.join(odd)).unwrap();

        let without = [root.canonicalize().unwrap().join("own")];
        let found = scan(&root, &without, None).unwrap();
        assert_eq!(found.files.keys().collect::<Vec<_>>(), ["a/b/x.bam", "y.bam"]);
        assert_eq!(found.links["within.bam"], "a/b/x.bam");
        assert_eq!(found.links.len(), 1);
        let refused: Vec<&str> = found.refused.keys().map(String::as_str).collect();
        assert_eq!(
            refused,
            ["dangling.bam", "etc", "lane2", "lane3", "outside.bam", "z.bam", "\u{fffd}.bam"]
        );
        assert_eq!(scan(&root.join("y.bam"), &[], None).unwrap_err().kind(), ErrorKind::Usage);
        assert_eq!(scan(&root.join("no"), &[], None).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
