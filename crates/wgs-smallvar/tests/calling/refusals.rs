//! Inputs that cannot be called, and what is said of them.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, Crc, read::MultiGzDecoder, write::DeflateEncoder};
use wgs_core::{ErrorKind, Sex};
use wgs_formats::{
    FileError,
    alignment::{Header, Reader, Record, SortOrder},
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
        let samples: Vec<SampleFile> =
            paths.iter().map(|path| SampleFile::new(*path, Sex::Unknown)).collect();
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
    // A writer that is told that the records are sorted refuses them, and one that is not makes no
    // index: both are put right behind its back.
    let mut silent = header(&files.genome, &["S"]);
    silent.set_sort_order(SortOrder::Unknown);
    let path = write(files.path("x.bam"), &files.genome, &silent, &files.records);
    let (bam, index) = said_to_be_sorted(&std::fs::read(&path).unwrap());
    output::write(&path, bam).unwrap();
    output::write(&files.path("x.bam.bai"), index).unwrap();
    assert_eq!(Reader::open(&path, None).unwrap().header().sort_order(), SortOrder::Coordinate);
    let error = files.refused(&[&path]);
    assert_says(&error, ErrorKind::InvalidInput, "the reads are not sorted by coordinate");
    assert!(error.to_string().contains("read chr1:"), "its records tell it: {error}");
}

/// The bytes of a BAM file (SAM v1 §4.2) whose header says nothing of the order, with one that says
/// it is sorted, and an index (§5.2) by which each contig has its records, in whatever order.
fn said_to_be_sorted(bam: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut bytes = Vec::new();
    MultiGzDecoder::new(bam).read_to_end(&mut bytes).unwrap();
    let int = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let text_end = 8 + int(4);
    let text = std::str::from_utf8(&bytes[8..text_end]).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let version = first.split('\t').find(|field| field.starts_with("VN:")).unwrap();
    let text = format!("@HD\t{version}\tSO:coordinate\n{rest}");
    let contigs = int(text_end);
    let records_at = (0..contigs).fold(text_end + 4, |at, _| at + 8 + int(at));
    let text_len = (text.len() as u32).to_le_bytes();
    let head = [b"BAM\x01", &text_len[..], text.as_bytes(), &bytes[text_end..records_at]].concat();
    let mut file = bgzf_block(&head);
    let block = (file.len() as u64) << 16;
    let mut chunks = vec![(u64::MAX, 0); contigs];
    let mut at = records_at;
    while at < bytes.len() {
        let end = at + 4 + int(at);
        let chunk = &mut chunks[int(at + 4)];
        let offset = |at: usize| block + (at - records_at) as u64;
        *chunk = (chunk.0.min(offset(at)), offset(end));
        at = end;
    }
    file.extend(bgzf_block(&bytes[records_at..]));
    file.extend(bgzf_block(b""));
    let mut index = [b"BAI\x01", &(contigs as u32).to_le_bytes()[..]].concat();
    for (begin, end) in chunks {
        // One bin, which is that of the whole contig, with one chunk; no linear index.
        [1u32, 0, 1].iter().for_each(|n| index.extend(n.to_le_bytes()));
        [begin, end].iter().for_each(|n| index.extend(n.to_le_bytes()));
        index.extend(0u32.to_le_bytes());
    }
    (file, index)
}

/// A block of BGZF (SAM v1 §4.1); the end of a file is one without bytes.
fn bgzf_block(bytes: &[u8]) -> Vec<u8> {
    assert!(bytes.len() < 1 << 16);
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
    deflate.write_all(bytes).unwrap();
    let deflated = deflate.finish().unwrap();
    let mut crc = Crc::new();
    crc.update(bytes);
    let size = (deflated.len() + 25) as u16;
    let mut block = vec![31, 139, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, b'B', b'C', 2, 0];
    block.extend(size.to_le_bytes());
    block.extend(deflated);
    block.extend(crc.sum().to_le_bytes());
    block.extend((bytes.len() as u32).to_le_bytes());
    block
}
