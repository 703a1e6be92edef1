//! The record of what is quarantined, and the folder to which it may be moved.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, digest, output};

use crate::report::{FileReport, FileState};

/// Writes `quarantine.tsv` and `quarantine.json` into the state folder, if they are to change.
pub(crate) fn record(folder: &Path, files: &[FileReport]) -> Result<()> {
    let quarantined: Vec<&FileReport> =
        files.iter().filter(|file| file.state == FileState::Quarantined).collect();
    let mut tsv = "file\tcode\treason\twhat_to_do\tsample\tmoved_to\n".to_owned();
    for file in &quarantined {
        let problem = file.problem.as_ref();
        let moved_to = file.moved_to.as_ref().map(|path| path.display().to_string());
        let cells = [
            Some(file.file.as_str()),
            problem.map(|p| p.code.as_str()),
            problem.map(|p| p.reason.as_str()),
            problem.map(|p| p.advice.as_str()),
            file.sample.as_deref(),
            moved_to.as_deref(),
        ];
        let cells: Vec<String> = cells.map(|cell| plain(cell.unwrap_or_default())).to_vec();
        tsv += &(cells.join("\t") + "\n");
    }
    let json_path = folder.join("quarantine.json");
    let mut json = serde_json::to_string_pretty(&quarantined)
        .map_err(|e| FileError::invalid(&json_path, e.to_string()))?;
    json.push('\n');
    put(&folder.join("quarantine.tsv"), &tsv)?;
    put(&json_path, &json)
}

/// Text that stays in its cell and on its line.
pub(crate) fn plain(text: &str) -> String {
    let escape =
        |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escape).collect()
}

fn put(path: &Path, text: &str) -> Result<()> {
    match fs::read(path) {
        Ok(known) if known == text.as_bytes() => Ok(()),
        _ => output::write(path, text),
    }
}

/// A name for a file in the folder of the quarantine that is not taken yet.
pub(crate) fn destination(folder: &Path, file: &str) -> PathBuf {
    let wanted = folder.join(file);
    let numbered = |n: u32| {
        let mut name = wanted.clone().into_os_string();
        name.push(format!(".{n}"));
        PathBuf::from(name)
    };
    std::iter::once(wanted.clone())
        .chain((1..).map(numbered))
        .find(|path| path.symlink_metadata().is_err())
        .unwrap_or(wanted)
}

/// Whether a file that was moved is no longer where it was moved to, while that folder is there:
/// whoever took it out has settled it.
pub(crate) fn is_taken_out(to: &Path, file: &str) -> bool {
    let is_gone = to.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    let folder = to.ancestors().nth(file.split('/').count());
    is_gone && folder.is_some_and(Path::is_dir)
}

/// Moves a file to a name that must not be taken. At no time is there less than one whole copy.
///
/// # Errors
///
/// If the name is taken by another file, or the copy to another file system is not the same.
pub(crate) fn move_file(from: &Path, to: &Path) -> Result<()> {
    output::create_folder(to.parent().unwrap_or(Path::new(".")))?;
    let failed = |e| FileError::io(to, e);
    match fs::hard_link(from, to) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            let inode = |path: &Path| path.symlink_metadata().map(|m| (m.dev(), m.ino()));
            if inode(from).map_err(failed)? != inode(to).map_err(failed)? {
                return Err(failed(e));
            }
        }
        Err(_) => copy(from, to)?,
    }
    fs::remove_file(from).map_err(|e| FileError::io(from, e))
}

/// For file systems without links, and from one to another.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
        let target = fs::read_link(from).map_err(|e| FileError::io(from, e))?;
        return std::os::unix::fs::symlink(target, to).map_err(|e| FileError::io(to, e));
    }
    let partial = output::partial_path(to);
    let copied = fs::copy(from, &partial).map_err(|e| FileError::io(to, e));
    let same =
        copied.and_then(|_| Ok(digest::sha256_file(from)? == digest::sha256_file(&partial)?));
    match same {
        Ok(true) if to.symlink_metadata().is_err() => output::publish(&partial, to),
        other => {
            // The copy is of no use; the file itself is where it was.
            let _ = fs::remove_file(&partial);
            other?;
            Err(FileError::new(to, ErrorKind::TaskFailed, "could not be made a true copy"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten_or_lost() {
        let room = tempfile::tempdir().unwrap();
        let at = |name: &str| room.path().join(name);
        output::write(&at("x"), "new").unwrap();
        output::create_folder(&at("q")).unwrap();
        output::write(&at("q/x"), "old").unwrap();
        let to = destination(&at("q"), "x");
        assert_eq!(to, at("q/x.1"));
        assert!(move_file(&at("x"), &at("q/x")).is_err());
        assert_eq!(fs::read(at("x")).unwrap(), b"new");
        move_file(&at("x"), &to).unwrap();
        assert_eq!(
            (fs::read(at("q/x")).unwrap(), fs::read(to).unwrap()),
            (b"old".into(), b"new".into())
        );
        assert!(!at("x").exists());
    }

    #[test]
    fn an_interrupted_move_is_ended() {
        let room = tempfile::tempdir().unwrap();
        let (from, to) = (room.path().join("x"), room.path().join("q"));
        output::write(&from, "x").unwrap();
        fs::hard_link(&from, &to).unwrap();
        move_file(&from, &to).unwrap();
        assert!(!from.exists() && to.exists());
    }

    #[test]
    fn a_copy_is_a_move_where_links_cannot_be() {
        let room = tempfile::tempdir().unwrap();
        let (from, to) = (room.path().join("x"), room.path().join("y"));
        output::write(&from, "x").unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"x");
        assert!(copy(&from, &to).is_err());
        assert_eq!(fs::read_dir(room.path()).unwrap().count(), 2);
    }

    #[test]
    fn cells_stay_in_their_place() {
        assert_eq!(plain("a\tb\nc\u{1b}"), "a\\tb\\nc\\u{1b}");
    }
}
