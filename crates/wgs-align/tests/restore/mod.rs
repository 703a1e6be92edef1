//! Reads come back from CRAM as they were, and it is told when they do not.

use std::path::{Path, PathBuf};

use wgs_align::{
    Input, Kept, Lane, Options, ReadBatch, ReadTrimmer, Request, Template, align_sample,
    restore::{FastqFiles, Restore, RestoredGroup, Verified, Verify, restore, verify},
};
use wgs_core::ErrorKind;
use wgs_formats::{
    Result,
    alignment::{Aux, Flags, Format, Reader, Writer},
    fastq::ReadReader,
};

use super::common::{self, Case};

/// Cuts reads by their names' last digit, and keeps some templates from being aligned.
struct Cutter;

impl ReadTrimmer for Cutter {
    fn trim(&self, batch: &ReadBatch) -> Vec<Option<Kept>> {
        batch.templates().map(|template| Self::kept(&template)).collect()
    }
}

impl Cutter {
    fn kept(template: &Template<'_>) -> Option<Kept> {
        let last = template.last.map_or(0, |last| last.bases.len());
        let first = template.first.bases.len();
        match template.name.last() {
            Some(b'0') => None,
            Some(b'1') => Some(Kept { first: 3..first, last: 0..last - 7 }),
            Some(b'2') => Some(Kept { first: 2..first - 5, last: 1..last }),
            _ => Some(Kept { first: 0..first, last: 0..last }),
        }
    }
}

/// All lines of a FASTQ file, a record a line.
fn records(path: &Path) -> Vec<Vec<u8>> {
    let mut reader = ReadReader::open(path).unwrap();
    let mut records = Vec::new();
    while let Some(read) = reader.read().unwrap() {
        records.push([read.name, read.suffix, b"\n", read.bases, b"\n", read.quals].concat());
    }
    records
}

fn sorted(mut records: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    records.sort();
    records
}

/// A case whose reads have comments: mostly one, sometimes another, sometimes none.
fn commented() -> Case {
    let case = Case::new(11, 3.0);
    for lane in &case.lanes {
        let Input::Fastq { r1, r2: Some(r2) } = &lane.input else { panic!("pairs") };
        for (path, mate) in [(r1, 1), (r2, 2)] {
            let mut writer = wgs_formats::fastq::Writer::create(path, 1).unwrap();
            for (number, record) in records(path).iter().enumerate() {
                let mut parts = record.split(|&b| b == b'\n');
                let mut next = || parts.next().unwrap();
                let (name, bases, quals) = (next(), next(), next());
                let name = name.split(|&b| b == b'/' || b == b' ').next().unwrap();
                let suffix = match number % 10 {
                    3 => String::new(),
                    4 => format!("/{mate}\ta%b  c"),
                    _ => format!(" {mate}:N:0:ACGT"),
                };
                writer.write(name, suffix.as_bytes(), bases, quals).unwrap();
            }
            writer.finish().unwrap();
        }
    }
    case
}

fn fastq_of(lane: &Lane) -> FastqFiles {
    let Input::Fastq { r1, r2 } = &lane.input else { panic!("FASTQ") };
    FastqFiles { r1: r1.clone(), r2: r2.clone() }
}

fn restored(
    case: &Case,
    alignment: &Path,
    folder: &str,
    memory: usize,
) -> Result<Vec<RestoredGroup>> {
    restore(&Restore {
        alignment,
        genome: Some(&case.genome),
        folder: &case.path(folder),
        threads: 2,
        memory_bytes: memory,
    })
}

fn verified(case: &Case, alignment: &Path, fastq: &[FastqFiles]) -> Result<Verified> {
    verify(&Verify {
        alignment,
        genome: Some(&case.genome),
        fastq,
        without_end_block: false,
        scratch: case.folder.path(),
        threads: 1,
        memory_bytes: 64 << 20,
    })
}

#[test]
fn reads_come_back_whatever_was_done_to_them() {
    let case = commented();
    let all: Vec<FastqFiles> = case.lanes.iter().map(fastq_of).collect();
    for (name, trimmed) in [("plain.cram", false), ("trimmed.cram", true), ("trimmed.bam", true)] {
        let output = case.path(name);
        let trimmer = trimmed.then_some(&Cutter as &dyn ReadTrimmer);
        let summary = align_sample(&Request { trimmer, ..case.request(&output) }).unwrap();
        let groups = restored(&case, &output, &format!("{name}.fastq"), 64 << 20).unwrap();
        assert_eq!(groups.len(), 2);
        for ((group, lane), told) in groups.iter().zip(&all).zip(&summary.read_groups) {
            assert!(group.proven && !group.in_order);
            assert_eq!(group.digest, told.digest);
            for (file, original) in group.files.iter().zip([&lane.r1, lane.r2.as_ref().unwrap()]) {
                assert!(sorted(records(file)) == sorted(records(original)), "{name}");
            }
        }
        let verdict = verified(&case, &output, &all).unwrap();
        let linked: Vec<_> = verdict.fastq.iter().map(|f| f.read_group.as_deref()).collect();
        assert_eq!(linked, [Some("L1"), Some("L2")]);
        assert!(verdict.read_groups.iter().all(|group| group.proven));
    }
}

#[test]
fn the_order_comes_back_where_it_was_kept() {
    let case = commented();
    let output = case.path("kept.cram");
    align_sample(&Request {
        options: Options { keep_order: true, ..Options::default() },
        ..case.request(&output)
    })
    .unwrap();
    for memory in [64 << 20, 200_000] {
        let folder = format!("fastq.{memory}");
        let groups = restored(&case, &output, &folder, memory).unwrap();
        for (group, lane) in groups.iter().zip(&case.lanes) {
            assert!(group.in_order && group.proven);
            let FastqFiles { r1, r2 } = fastq_of(lane);
            assert!(records(&group.files[0]) == records(&r1));
            assert!(records(&group.files[1]) == records(&r2.unwrap()));
        }
        let files = std::fs::read_dir(case.path(&folder)).unwrap().count();
        assert_eq!(files, 4, "nothing but FASTQ is left");
    }
}

#[test]
fn a_file_that_is_aligned_again_keeps_its_reads() {
    let case = commented();
    let first = case.path("first.cram");
    align_sample(&Request { trimmer: Some(&Cutter), ..case.request(&first) }).unwrap();
    let lane = Lane {
        input: Input::Alignment { path: first, keep_read_groups: true },
        expected: Default::default(),
        read_group: common::group("unused", "unused"),
    };
    let second = case.path("second.cram");
    align_sample(&Request { lanes: &[lane], ..case.request(&second) }).unwrap();
    let all: Vec<FastqFiles> = case.lanes.iter().map(fastq_of).collect();
    assert_eq!(verified(&case, &second, &all).unwrap().fastq.len(), 2);
}

/// Writes a file anew with its records changed.
fn changed(
    case: &Case,
    from: &Path,
    change: impl Fn(usize, wgs_formats::alignment::Record) -> Option<wgs_formats::alignment::Record>,
) -> PathBuf {
    let to = case.path("changed.bam");
    let reader = Reader::open(from, Some(&case.genome)).unwrap();
    let mut writer = Writer::create(&to, Format::Bam, reader.header(), None, 1).unwrap();
    for (number, record) in reader.enumerate() {
        if let Some(record) = change(number, record.unwrap()) {
            writer.write(&record).unwrap();
        }
    }
    writer.finish().unwrap();
    to
}

#[test]
fn no_fastq_is_written_over() {
    let case = Case::new(12, 1.0);
    let (cram, _) = case.align("a.cram").unwrap();
    let first = case.path("fastq").join("L2_R2.fastq.gz");
    wgs_formats::output::create_folder(first.parent().unwrap()).unwrap();
    wgs_formats::output::write(&first, "first").unwrap();
    let error = restored(&case, &cram, "fastq", 64 << 20).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    assert_eq!(std::fs::read(&first).unwrap(), b"first");
    assert_eq!(std::fs::read_dir(case.path("fastq")).unwrap().count(), 1);
}

#[test]
fn what_is_not_what_went_in_is_refused() {
    let case = Case::new(12, 2.0);
    let (cram, _) = case.align("a.cram").unwrap();
    let unchanged = changed(&case, &cram, |_, record| Some(record));
    assert!(verified(&case, &unchanged, &[]).is_ok());

    let fewer = changed(&case, &cram, |number, record| (number != 17).then_some(record));
    let error = restored(&case, &fewer, "fewer", 64 << 20).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("went in"), "{error}");
    assert_eq!(std::fs::read_dir(case.path("fewer")).unwrap().count(), 0);

    let flipped = changed(&case, &cram, |number, mut record| {
        if number == 17 {
            record.set_flags(Flags(record.flags().0 ^ 0x10));
        }
        Some(record)
    });
    let error = verified(&case, &flipped, &[]).unwrap_err();
    assert!(error.to_string().contains("are not those that went in"), "{error}");
}

#[test]
fn reads_that_came_in_later_are_refused() {
    let case = Case::new(12, 2.0);
    let (cram, _) = case.align("a.cram").unwrap();
    let added = case.path("added.bam");
    let write = |again: bool| {
        let reader = Reader::open(&cram, Some(&case.genome)).unwrap();
        let mut writer = Writer::create(&added, Format::Bam, reader.header(), None, 1).unwrap();
        for (number, record) in reader.enumerate() {
            let mut record = record.unwrap();
            writer.write(&record).unwrap();
            if number == 17 {
                if !again {
                    record.remove_aux(*b"RG");
                }
                writer.write(&record).unwrap();
            }
        }
        writer.finish().unwrap();
    };
    write(true);
    for error in [
        verified(&case, &added, &[]).unwrap_err(),
        restored(&case, &added, "again", 64 << 20).unwrap_err(),
    ] {
        assert!(error.to_string().contains("more than once"), "{error}");
    }
    write(false);
    let error = verified(&case, &added, &[]).unwrap_err();
    assert!(error.to_string().contains("1 reads have no read group"), "{error}");
}

#[test]
fn mates_of_two_templates_are_told_where_the_order_was_kept() {
    let case = Case::new(12, 2.0);
    let cram = case.path("kept.cram");
    let options = Options { keep_order: true, ..Options::default() };
    align_sample(&Request { options, ..case.request(&cram) }).unwrap();
    let mixed = changed(&case, &cram, |number, mut record| {
        if number == 17 {
            record.set_aux(*b"fi", Aux::Int(1 << 20)).unwrap();
        }
        Some(record)
    });
    let error = verified(&case, &mixed, &[]).unwrap_err();
    assert!(error.to_string().contains("of two templates"), "{error}");
}

#[test]
fn fastq_of_other_reads_is_told() {
    let case = Case::new(13, 2.0);
    let (cram, _) = case.align("a.cram").unwrap();
    let mut files = fastq_of(&case.lanes[0]);
    let changed = case.path("changed_R2.fastq");
    let mut writer = wgs_formats::fastq::Writer::create(&changed, 1).unwrap();
    let mut reader = ReadReader::open(files.r2.as_ref().unwrap()).unwrap();
    while let Some(read) = reader.read().unwrap() {
        let mut quals = read.quals.to_vec();
        if writer.count() == 5 {
            quals[3] = if quals[3] == b'#' { b'$' } else { b'#' };
        }
        writer.write(read.name, read.suffix, read.bases, &quals).unwrap();
    }
    writer.finish().unwrap();
    files.r2 = Some(changed);
    let error = verified(&case, &cram, &[files]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("are not those of any read group"), "{error}");
}

#[test]
fn a_file_without_digests_proves_nothing_by_itself() {
    let case = Case::new(14, 1.0);
    let (cram, _) = case.align("a.cram").unwrap();
    let foreign = case.path("foreign.sam");
    let reader = Reader::open(&cram, Some(&case.genome)).unwrap();
    let mut header = wgs_formats::alignment::Header::new(reader.header().contigs().clone());
    for group in reader.header().read_groups() {
        let mut group = group.clone();
        group.other.retain(|(tag, _)| tag != "rn" && tag != "rd");
        header.add_read_group(group).unwrap();
    }
    let mut writer = Writer::create(&foreign, Format::Sam, &header, None, 1).unwrap();
    for record in reader {
        let mut record = record.unwrap();
        record.set_aux(*b"tb", wgs_formats::alignment::Aux::Text(b"not bases")).unwrap();
        writer.write(&record).unwrap();
    }
    writer.finish().unwrap();
    assert_eq!(verified(&case, &foreign, &[]).unwrap_err().kind(), ErrorKind::Usage);
    let all: Vec<FastqFiles> = case.lanes.iter().map(fastq_of).collect();
    assert_eq!(verified(&case, &foreign, &all).unwrap().fastq.len(), 2);
    let error = verified(&case, &foreign, &all[1..]).unwrap_err();
    assert!(error.to_string().contains("read group L1"), "{error}");
    let groups = restored(&case, &foreign, "foreign", 64 << 20).unwrap();
    assert!(groups.iter().all(|group| !group.proven && group.files.len() == 2));
}
