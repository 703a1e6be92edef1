//! A folder with the quick-start data and its bundle, and the command to run on them.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use wgs_formats::{digest, genome::open_maybe_gzip, output};

/// The quick-start data of the repository.
pub(crate) fn test_data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-data").canonicalize().unwrap()
}

pub(crate) fn wgs_pipe() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wgs-pipe"));
    command.stdin(Stdio::null());
    command
}

/// A temporary folder with a copy of the quick-start data (`data/`) and its bundle (`bundle/`).
pub(crate) struct Room {
    folder: tempfile::TempDir,
}

impl Room {
    pub(crate) fn new() -> Self {
        let room = Self { folder: tempfile::tempdir().unwrap() };
        copy_folder(&test_data(), &room.path("data"));
        room.ok([
            "bundle",
            "build",
            "--genome",
            "data/genome.fa.gz",
            "--genes",
            "data/genes.gff3.gz",
            "--source",
            "clinvar=data/clinvar.vcf.gz",
            "--out",
            "bundle",
        ]);
        room
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = wgs_pipe();
        command.current_dir(self.folder.path()).args(args);
        command
    }

    /// Runs a command line that must succeed, and returns its standard output.
    pub(crate) fn ok<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "{}", show(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command line that must fail with an exit code, and returns its standard error.
    pub(crate) fn fails<S: AsRef<OsStr>>(
        &self,
        code: i32,
        args: impl IntoIterator<Item = S>,
    ) -> String {
        let output = self.command(args).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{}", show(&output));
        assert!(!error.contains("panicked"), "{error}");
        assert!(error.contains("error: "), "{error}");
        error
    }

    /// Puts other content under a name of the room.
    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        output::write(&self.path(name), content).unwrap();
    }

    /// The text of a file, which may be compressed.
    pub(crate) fn text(&self, name: &str) -> String {
        let mut text = String::new();
        open_maybe_gzip(&self.path(name)).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// The files in a folder, partial ones too: all but what tells of runs.
    pub(crate) fn made(&self, folder: &str) -> Vec<String> {
        let mut files = Vec::new();
        list(&self.path(folder), &mut files);
        files
    }

    /// The events of `run CASE` with a bundle, which must succeed.
    pub(crate) fn run(&self, case: &str, out: &str, more: &[&str]) -> Vec<serde_json::Value> {
        let mut args = vec!["run", case, "--bundle", "bundle", "--out", out];
        args.extend(more);
        let lines = self.ok(args);
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Names of tasks with an event.
pub(crate) fn tasks_with(events: &[serde_json::Value], event: &str) -> Vec<String> {
    let of_kind = events.iter().filter(|e| e["event"] == event);
    of_kind.map(|e| e["task"].as_str().unwrap().to_owned()).collect()
}

fn show(output: &Output) -> String {
    format!(
        "{}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn list(folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.file_name().unwrap().to_str().unwrap() {
            "run.json"
            | "events.jsonl"
            | "pipeline.toml"
            | "ro-crate-metadata.json"
            | ".wgs-pipe" => {}
            _ if path.is_dir() => list(&path, files),
            _ => files.push(path.to_str().unwrap().to_owned()),
        }
    }
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Digest of every data file of a case's folder: all but what tells of runs.
pub(crate) fn data_digests(folder: &Path) -> BTreeMap<String, String> {
    let mut digests = BTreeMap::new();
    gather(folder, folder, &mut digests);
    assert!(!digests.is_empty(), "{} is empty", folder.display());
    digests
}

fn gather(root: &Path, folder: &Path, digests: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        match name.as_str() {
            "run.json"
            | "events.jsonl"
            | "pipeline.toml"
            | "ro-crate-metadata.json"
            | ".wgs-pipe" => {}
            _ if path.is_dir() => gather(root, &path, digests),
            _ => drop(digests.insert(name, digest::sha256_file(&path).unwrap())),
        }
    }
}

/// A small file system that is unmounted when it is dropped.
pub(crate) struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    pub(crate) fn mount(folder: &'a Path, size: &str) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder);
        if mount.output().is_ok_and(|o| o.status.success()) {
            return Some(Self(folder));
        }
        eprintln!("skipped: no file system can be mounted here");
        None
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).output();
    }
}
