//! A folder with an inbox, and an intake of it.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    time::Duration,
};

use wgs_formats::{digest, output};
use wgs_intake::{
    CaseReport, CaseState, FileReport, FileState, Intake, Options, Report, SampleReport, Samples,
    Silent,
};

pub(crate) struct Room {
    folder: tempfile::TempDir,
    pub(crate) options: Options,
}

impl Room {
    /// With a manifest, if there is text for one.
    pub(crate) fn new(manifest: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inbox")).unwrap();
        let mut options = Options::new(folder.path().join("inbox"), folder.path().join("cases"));
        options.settle = Duration::ZERO;
        if !manifest.is_empty() {
            let path = folder.path().join("samples.csv");
            output::write(&path, manifest).unwrap();
            options.samples = Samples::Manifest(path);
        }
        Self { folder, options }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file into the inbox.
    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path("inbox").join(name);
        output::create_folder(path.parent().unwrap()).unwrap();
        output::write(&path, content).unwrap();
    }

    /// Puts a pair of FASTQ; `{}` in the name stands for the read.
    pub(crate) fn pair(&self, name: &str, flow_cell: &str, lane: u32, seed: u32) {
        for mate in [1, 2] {
            self.put(&name.replace("{}", &mate.to_string()), fastq(flow_cell, lane, seed, mate));
        }
    }

    /// Writes the list of the MD5 of all reads below a folder of the inbox.
    pub(crate) fn list(&self, folder: &str) {
        let root = self.path("inbox").join(folder);
        let mut lines = String::new();
        for path in files(&root) {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            if !name.ends_with("md5.txt") {
                lines += &format!("{}  {name}\n", digest::md5_file(&path).unwrap());
            }
        }
        output::write(&root.join("md5.txt"), lines).unwrap();
    }

    pub(crate) fn scan(&self) -> Report {
        let mut intake = Intake::open(self.options.clone()).unwrap();
        intake.scan(&AtomicBool::new(false), &Silent).unwrap()
    }

    pub(crate) fn case(&self, id: &str) -> wgs_task::Case {
        wgs_task::case::file::read(&self.path(&format!("cases/{id}.toml"))).unwrap()
    }

    pub(crate) fn quarantine(&self) -> String {
        fs::read_to_string(self.path("cases/intake/quarantine.tsv")).unwrap()
    }
}

/// All files below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// A few reads, which the seed sets apart.
pub(crate) fn fastq(flow_cell: &str, lane: u32, seed: u32, mate: u32) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for n in 0..20 {
        writeln!(gzip, "@A01:7:{flow_cell}:{lane}:1101:{seed}:{n} {mate}:N:0:AC").unwrap();
        gzip.write_all(b"ACGT\n+\nFFFF\n").unwrap();
    }
    gzip.finish().unwrap()
}

pub(crate) fn file<'a>(report: &'a Report, name: &str) -> &'a FileReport {
    let found = report.files.iter().find(|file| file.file == name);
    found.unwrap_or_else(|| panic!("{name} in {:#?}", report.files))
}

/// The class of what is wrong with a file; empty if it is not quarantined.
pub(crate) fn code(report: &Report, name: &str) -> &'static str {
    let file = file(report, name);
    match &file.problem {
        Some(problem) if file.state == FileState::Quarantined => problem.code.as_str(),
        _ => "",
    }
}

pub(crate) fn case<'a>(report: &'a Report, id: &str) -> &'a CaseReport {
    let found = report.cases.iter().find(|case| case.case == id);
    found.unwrap_or_else(|| panic!("{id} in {report:#?}"))
}

pub(crate) fn sample<'a>(report: &'a Report, id: &str) -> &'a SampleReport {
    let found = report.samples.iter().find(|sample| sample.sample == id);
    found.unwrap_or_else(|| panic!("{id} in {report:#?}"))
}

pub(crate) fn state(report: &Report, id: &str) -> CaseState {
    case(report, id).state
}
