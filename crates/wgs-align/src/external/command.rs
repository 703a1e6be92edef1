//! How a program is called.

use std::{
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::{Deserialize, Serialize};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

/// A command that aligns: argument lists, which no shell sees.
///
/// It reads interleaved FASTQ from its standard input (the reads of a pair one after the other,
/// with the same name; single reads between them), and writes SAM or BAM to its standard output.
/// In every argument, `{index}`, `{genome}` (the FASTA) and `{threads}` are filled in.
///
/// What it writes must not depend on the number of threads: bwa needs a fixed `-K` for that.
///
/// ```
/// use wgs_align::ExternalCommand;
/// let bwa = ExternalCommand::named("bwa").expect("known");
/// assert!(bwa.command.contains(&"{threads}".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalCommand {
    /// Name in `@PG`: printable, without white space.
    pub name: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Program and arguments that make it tell its version, on standard output or error.
    pub version: Vec<String>,
    /// Prefix or file of its index, for `{index}`, if that is not the bundle's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<PathBuf>,
}

/// Programs whose arguments are known: name, arguments, those that tell the version.
const KNOWN: [(&str, &[&str], &[&str]); 3] = [
    (
        "bwa",
        &["bwa", "mem", "-Y", "-K", "100000000", "-p", "-t", "{threads}", "{index}", "-"],
        &["bwa"],
    ),
    (
        "bwa-mem2",
        &["bwa-mem2", "mem", "-Y", "-K", "100000000", "-p", "-t", "{threads}", "{index}", "-"],
        &["bwa-mem2", "version"],
    ),
    (
        "minimap2",
        &[
            "minimap2",
            "-a",
            "-x",
            "sr",
            "-Y",
            "--MD",
            "-K",
            "100M",
            "-t",
            "{threads}",
            "{genome}",
            "-",
        ],
        &["minimap2", "--version"],
    ),
];

/// What a version line may begin with.
const VERSION_LABEL: &str = "Version:";

impl ExternalCommand {
    /// The command of `bwa`, `bwa-mem2` or `minimap2`, to be found on the path.
    pub fn named(name: &str) -> Option<Self> {
        let list = |list: &[&str]| list.iter().map(|&s| s.to_owned()).collect();
        let (name, command, version) = KNOWN.iter().find(|(known, ..)| *known == name)?;
        Some(Self {
            name: (*name).into(),
            command: list(command),
            version: list(version),
            index: None,
        })
    }

    /// The command with its placeholders; arguments that are not plain words are quoted.
    pub fn text(&self) -> String {
        let plain = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_graphic());
        let word = |word: &String| if plain(word) { word.clone() } else { format!("{word:?}") };
        self.command.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    /// Whether an index must be named: `{index}` stands in the command.
    pub fn needs_index(&self) -> bool {
        self.command.iter().any(|argument| argument.contains("{index}"))
    }

    /// The files of the index of its own, if it has one: the file of the name given and those whose
    /// names go on with a dot, or all of a folder; in the order of their names.
    ///
    /// # Errors
    ///
    /// If there is no such file.
    pub fn index_files(&self) -> Result<Vec<PathBuf>> {
        self.index.as_deref().map_or(Ok(Vec::new()), files_of)
    }

    /// Runs the program to have its version: what follows `Version:`, or the first line that it
    /// prints.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or prints nothing.
    pub fn probe(&self) -> Result<String> {
        let (program, arguments) = split(&self.name, &self.version)?;
        let output = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|e| not_started(program, &e))?;
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        version_in(&text).ok_or_else(|| {
            FileError::new(program, ErrorKind::TaskFailed, "tells no version")
                .hint("name the arguments that make it print one")
        })
    }

    /// The arguments with everything filled in.
    pub(super) fn filled(
        &self,
        index: &Path,
        genome: &Path,
        threads: usize,
    ) -> Result<Vec<String>> {
        split(&self.name, &self.command)?;
        let text = |path: &Path| {
            path.to_str()
                .map(str::to_owned)
                .ok_or_else(|| FileError::new(path, ErrorKind::Usage, "the path is not text"))
        };
        let values =
            [("index", text(index)?), ("genome", text(genome)?), ("threads", threads.to_string())];
        self.command.iter().map(|argument| fill(argument, &values)).collect()
    }
}

fn split<'a>(name: &str, argv: &'a [String]) -> Result<(&'a str, &'a [String])> {
    let sound = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic());
    match argv.split_first() {
        Some((program, arguments)) if sound && !program.is_empty() => Ok((program, arguments)),
        _ => {
            let reason = "an aligner's command needs a name and a program";
            Err(FileError::new(name, ErrorKind::Configuration, reason))
        }
    }
}

pub(super) fn not_started(program: &str, error: &std::io::Error) -> FileError {
    let reason = format!("failed to start: {error}");
    FileError::new(program, ErrorKind::TaskFailed, reason)
        .hint("install the aligner, or give the path of its program")
}

fn version_in(text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let labelled = lines.clone().find_map(|line| line.strip_prefix(VERSION_LABEL));
    let found = labelled.or_else(|| lines.next())?.trim();
    let clean: String = found.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    (!clean.is_empty()).then_some(clean)
}

/// Fills in `{name}`s; other braces stay.
fn fill(argument: &str, values: &[(&str, String)]) -> Result<String> {
    let mut filled = String::new();
    let mut rest = argument;
    while let Some(start) = rest.find('{') {
        let end = rest[start..].find('}').map(|length| start + length);
        let name = end.map(|end| &rest[start + 1..end]);
        let is_name =
            |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase());
        let (Some(end), Some(name)) = (end, name.filter(is_name)) else {
            filled.push_str(&rest[..=start]);
            rest = &rest[start + 1..];
            continue;
        };
        let value = values.iter().find(|(known, _)| *known == name).ok_or_else(|| {
            let reason = format!("{{{name}}} is no placeholder of an aligner's command");
            FileError::new(argument, ErrorKind::Configuration, reason)
                .hint("there are {index}, {genome} and {threads}")
        })?;
        filled.push_str(&rest[..start]);
        filled.push_str(&value.1);
        rest = &rest[end + 1..];
    }
    filled.push_str(rest);
    Ok(filled)
}

fn files_of(prefix: &Path) -> Result<Vec<PathBuf>> {
    let hint = "build the index with the aligner, and name its prefix or file";
    let failed = |e| FileError::io(prefix, e).hint(hint);
    let parent = prefix.parent().filter(|folder| !folder.as_os_str().is_empty());
    let (folder, name) = match prefix.file_name() {
        Some(name) if !prefix.is_dir() => (parent.unwrap_or(Path::new(".")), name.as_bytes()),
        _ => (prefix, &b""[..]),
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let rest = path.file_name().and_then(|own| own.as_bytes().strip_prefix(name));
        let belongs = rest.is_some_and(|rest| name.is_empty() || matches!(rest, [] | [b'.', ..]));
        if belongs && path.is_file() {
            files.push(path);
        }
    }
    if files.is_empty() {
        let reason = "there is no index of the aligner";
        return Err(FileError::new(prefix, ErrorKind::NotFound, reason).hint(hint));
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(command: &[&str], version: &[&str]) -> ExternalCommand {
        let list = |list: &[&str]| list.iter().map(|&s| s.to_owned()).collect();
        ExternalCommand {
            name: "x".into(),
            command: list(command),
            version: list(version),
            index: None,
        }
    }

    #[test]
    fn placeholders_are_filled_in() {
        let command =
            command(&["a", "-t{threads}", "{index}.fa={genome}", "{}", "{ x", "{A}"], &["a"]);
        let filled = command.filled(Path::new("/i"), Path::new("/g.fa"), 3).unwrap();
        assert_eq!(filled, ["a", "-t3", "/i.fa=/g.fa", "{}", "{ x", "{A}"]);
    }

    #[test]
    fn unknown_placeholders_and_empty_commands_are_refused() {
        for wrong in [&["a", "{theads}"][..], &[], &[""]] {
            let error = command(wrong, &["a"]).filled(Path::new("/i"), Path::new("/g"), 1);
            assert_eq!(error.unwrap_err().kind(), ErrorKind::Configuration);
        }
    }

    #[test]
    fn versions_are_told_in_some_way() {
        assert_eq!(
            version_in("\nProgram: bwa\nVersion: 0.7.17-r1188\nx"),
            Some("0.7.17-r1188".into())
        );
        assert_eq!(version_in("2.24-r1122\n"), Some("2.24-r1122".into()));
        assert_eq!(version_in(" \n"), None);
        let probed = |argv: &[&str]| command(&["a"], argv).probe();
        assert_eq!(probed(&["sh", "-c", "echo 1.2 >&2; exit 1"]).unwrap(), "1.2");
        assert_eq!(probed(&["true"]).unwrap_err().kind(), ErrorKind::TaskFailed);
        let error = probed(&["/no/such/program"]).unwrap_err();
        assert!(error.to_string().contains("failed to start"));
    }

    #[test]
    fn an_index_of_its_own_is_all_files_of_its_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["hg.bwt", "hg.alt", "hg", "hg38.bwt", "x.hg"] {
            wgs_formats::output::write(&folder.path().join(name), name).unwrap();
        }
        let files = |index: &Path| {
            let index = Some(index.to_owned());
            ExternalCommand { index, ..command(&["a"], &["a"]) }.index_files()
        };
        let names = |files: Vec<PathBuf>| {
            let names = files.iter().map(|f| f.file_name().unwrap().to_str().unwrap().to_owned());
            names.collect::<Vec<_>>()
        };
        let path = |name| folder.path().join(name);
        assert_eq!(names(files(&path("hg")).unwrap()), ["hg", "hg.alt", "hg.bwt"]);
        assert_eq!(files(folder.path()).unwrap().len(), 5);
        assert_eq!(files(&path("h")).unwrap_err().kind(), ErrorKind::NotFound);
        assert!(command(&["a"], &["a"]).index_files().unwrap().is_empty());
    }
}
