//! Inputs that cannot be called, and what is said of them.

use std::path::{Path, PathBuf};

use wgs_core::{ErrorKind, Sex};
use wgs_formats::{
    FileError,
    alignment::{Header, Record, SortOrder},
    genome::Genome,
    output,
};
use wgs_smallvar::{Options, Request, SampleFile, call};

use crate::person::{header, make_genome, reads, write};

const CONTIGS: [(&str, u32); 2] = [("chr1", 3_000), ("chr2", 2_000)];

struct Files {
    folder: tempfile::TempDir,
    genome: Genome,
    records: Vec<Record>,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let genome = make_genome(folder.path(), &CONTIGS, &[], &[]);
        let records = reads(&genome, &[], 5, 1, |_| 2);
        Self { folder, genome, records }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn bam(&self, name: &str, header: &Header) -> PathBuf {
        write(self.path(name), &self.genome, header, &self.records)
    }

    /// The error of calling these files, after which there is no output.
    fn refused(&self, paths: &[&Path]) -> FileError {
        let samples: Vec<SampleFile> = paths
            .iter()
            .map(|path| SampleFile { path: (*path).to_owned(), sex: Sex::Unknown })
            .collect();
        let output = self.path("out.vcf.gz");
        let error = call(&Request {
            samples: &samples,
            genome: &self.genome,
            output: Some(&output),
            gvcf: None,
            regions: None,
            options: &Options::default(),
            threads: 2,
            progress: None,
        })
        .unwrap_err();
        let left = std::fs::read_dir(self.folder.path()).unwrap();
        let left: Vec<_> = left.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        assert!(!left.iter().any(|name| name.contains("vcf")), "left behind: {left:?}");
        error
    }
}

fn assert_says(error: &FileError, kind: ErrorKind, text: &str) {
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(text), "{error}");
}

#[test]
fn no_files_or_missing_ones() {
    let files = Files::new();
    assert_says(&files.refused(&[]), ErrorKind::Usage, "no reads");
    let missing = files.path("missing.bam");
    assert_says(&files.refused(&[&missing]), ErrorKind::NotFound, "missing.bam");
}

#[test]
fn without_an_index() {
    let files = Files::new();
    let bam = files.bam("x.bam", &header(&files.genome, &["S"]));
    std::fs::remove_file(files.path("x.bam.bai")).unwrap();
    let error = files.refused(&[&bam]);
    assert_says(&error, ErrorKind::NotFound, "no index");
    assert!(error.hint_text().is_some_and(|hint| hint.contains("samtools index")));
}

#[test]
fn unsorted_by_its_header() {
    let files = Files::new();
    for order in [SortOrder::Unsorted, SortOrder::QueryName] {
        let mut header = header(&files.genome, &["S"]);
        header.set_sort_order(order);
        let bam = files.bam("x.bam", &header);
        let error = files.refused(&[&bam]);
        assert_says(&error, ErrorKind::InvalidInput, "not sorted by coordinate");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("samtools sort")));
    }
}

#[test]
fn a_file_that_says_nothing_of_its_order_is_judged_by_its_index() {
    let files = Files::new();
    let mut silent = header(&files.genome, &["S"]);
    silent.set_sort_order(SortOrder::Unknown);
    let bam = files.bam("x.bam", &silent);
    assert_says(&files.refused(&[&bam]), ErrorKind::NotFound, "no index");
}

#[test]
fn no_sample_or_several() {
    let files = Files::new();
    let none = files.bam("none.bam", &header(&files.genome, &[]));
    assert_says(&files.refused(&[&none]), ErrorKind::InvalidInput, "no read group with a sample");
    let two = files.bam("two.bam", &header(&files.genome, &["A", "B"]));
    assert_says(&files.refused(&[&two]), ErrorKind::InvalidInput, "2 samples: A, B");
    let one = files.bam("one.bam", &header(&files.genome, &["A"]));
    let again = files.bam("again.bam", &header(&files.genome, &["A"]));
    let error = files.refused(&[&one, &again]);
    assert_says(&error, ErrorKind::InvalidInput, "sample A is in another");
}

#[test]
fn another_genome() {
    let files = Files::new();
    let bam = files.bam("x.bam", &header(&files.genome, &["S"]));
    let elsewhere = tempfile::tempdir().unwrap();
    for contigs in [[("chr1", 3_000), ("chr3", 2_000)], [("chr1", 2_999), ("chr2", 2_000)]] {
        let genome = make_genome(elsewhere.path(), &contigs, &[], &[]);
        let other = Files { genome, folder: tempfile::tempdir().unwrap(), records: Vec::new() };
        assert_says(&other.refused(&[&bam]), ErrorKind::ReferenceMismatch, "contig chr");
    }
}

#[test]
fn cut_off() {
    let files = Files::new();
    let bam = files.bam("x.bam", &header(&files.genome, &["S"]));
    let bytes = std::fs::read(&bam).unwrap();
    output::write(&bam, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(files.refused(&[&bam]).kind(), ErrorKind::Truncated);
}

#[test]
fn unsorted_although_the_header_says_otherwise() {
    let mut files = Files::new();
    files.records.swap(10, 60);
    let path = files.path("x.bam");
    // A writer that is told that the records are sorted refuses them, so the header says so later.
    let mut silent = header(&files.genome, &["S"]);
    silent.set_sort_order(SortOrder::Unknown);
    let unsorted = write(path, &files.genome, &silent, &files.records);
    assert_says(&files.refused(&[&unsorted]), ErrorKind::NotFound, "no index");
    let sorted = Files::new();
    let indexed = sorted.bam("y.bam", &header(&sorted.genome, &["S"]));
    std::fs::copy(indexed.with_extension("bam.bai"), files.path("x.bam.bai")).unwrap();
    assert_eq!(files.refused(&[&unsorted]).kind(), ErrorKind::InvalidInput);
}
