//! The files of the specifications: <https://github.com/samtools/hts-specs>.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use wgs_core::{ContigIndex, ErrorKind, Interval0, Region};
use wgs_formats::{
    alignment::{Format, IndexedReader, Reader, Record, Writer},
    genome::{self, Genome},
};

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let Some(root) = wgs_testkit::shared_data(&format!("conformance/hts-specs/{folder}")) else {
        return Vec::new();
    };
    let entries = std::fs::read_dir(root).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|p| p.extension().is_some_and(|e| e == extension)).collect();
    files.sort();
    files
}

fn read(path: &Path, genome: Option<&Genome>) -> wgs_formats::Result<Vec<Record>> {
    Reader::open(path, genome)?.collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn valid_sam_is_read_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (mut read_whole, mut refused) = (0, Vec::new());
    for path in files("sam/passed", "sam") {
        let records = match read(&path, None) {
            // The specification lets reads and mates lie beyond the end of their contig; here they
            // are refused, because they lie nowhere.
            Err(error) if error.to_string().contains("beyond the end of") => {
                refused.push(name(&path));
                continue;
            }
            other => other.unwrap_or_else(|error| panic!("{error}")),
        };
        read_whole += 1;
        let header = Reader::open(&path, None).unwrap().header().clone();
        for (copy, format) in [("x.sam", Format::Sam), ("x.bam", Format::Bam)] {
            let copy = folder.path().join(copy);
            let mut writer = Writer::create(&copy, format, &header, None, 1).unwrap();
            let unordered = records.iter().try_for_each(|record| writer.write(record)).is_err();
            let empty = format == Format::Sam && records.is_empty() && header.to_text().is_empty();
            if unordered || empty {
                continue;
            }
            writer.finish().unwrap();
            assert_eq!(read(&copy, None).unwrap(), records, "{}", name(&path));
        }
    }
    assert!(refused.len() <= 8 && read_whole >= 8 * refused.len(), "refused: {refused:?}");
}

#[test]
fn invalid_sam_does_not_panic_and_is_mostly_refused() {
    let files = files("sam/failed", "sam");
    let accepted: Vec<_> =
        files.iter().filter(|p| read(p, None).is_ok()).map(|p| name(p)).collect();
    // What is wrong in these has no bearing on reads: vocabulary of header fields that are not
    // interpreted, and spellings that mean one thing.
    assert!(accepted.len() * 3 <= files.len(), "accepted: {accepted:?}");
}

#[test]
fn modified_base_tags_are_read() {
    for path in files("SAMtags", "sam") {
        read(&path, None).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn valid_bam_is_read() {
    let counts: Vec<_> = files("bam/passed", "bam")
        .iter()
        .map(|path| read(path, None).unwrap_or_else(|error| panic!("{error}")).len())
        .collect();
    assert!(counts.iter().all(|&count| count > 0 && count == counts[0]), "{counts:?}");
}

/// A genome made of the FASTA beside the CRAM files.
fn genome(folder: &Path) -> Option<Genome> {
    let source = wgs_testkit::shared_data("conformance/hts-specs/cram/ce.fa")?;
    let fasta = folder.join("genome.fa");
    genome::import(&source, &fasta).unwrap();
    Some(Genome::open(&fasta).unwrap())
}

/// What SAM shows of records but for what CRAM may leave out.
fn shown(record: &Record) -> String {
    let fields: BTreeMap<_, _> = record
        .aux_fields()
        .filter(|(tag, _)| !matches!(tag, b"MD" | b"NM"))
        .map(|(tag, value)| (tag, format!("{value:?}")))
        .collect();
    format!(
        "{} {} {:?} {:?} {} {} {} {:?} {fields:?}",
        record.name().escape_ascii(),
        record.flags(),
        record.ref_index(),
        record.start(),
        record.mapq(),
        record.cigar(),
        record.bases().escape_ascii(),
        record.quals(),
    )
}

#[test]
fn valid_cram_is_what_its_sam_says() {
    let folder = tempfile::tempdir().unwrap();
    let Some(genome) = genome(folder.path()) else { return };
    let mut compared = 0;
    for path in files("cram/3.0/passed", "cram").into_iter().chain(files("cram/3.1/passed", "cram"))
    {
        let records = match read(&path, Some(&genome)) {
            Err(error) if error.kind() == ErrorKind::ReferenceMismatch => continue,
            // The htslib that is built in decodes no LZMA, and says so.
            Err(error) if name(&path).contains("lzma") => {
                assert!(error.hint_text().is_some_and(|hint| hint.contains("LZMA")));
                continue;
            }
            other => other.unwrap_or_else(|error| panic!("{error}")),
        };
        let sam = path.with_extension("sam");
        if !sam.exists() {
            continue;
        }
        let expected = match std::fs::metadata(&sam).unwrap().len() {
            0 => Vec::new(),
            _ => read(&sam, Some(&genome)).unwrap_or_else(|error| panic!("{error}")),
        };
        assert_eq!(records.len(), expected.len(), "{}", name(&path));
        for (a, b) in records.iter().zip(&expected) {
            assert_eq!(shown(a), shown(b), "{}", name(&path));
        }
        compared += 1;
    }
    assert!(compared > 40, "{compared}");
}

#[test]
fn cram_without_an_end_is_truncated() {
    for path in files("cram/3.0/failed", "cram") {
        let error = read(&path, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Truncated, "{error}");
    }
}

#[test]
fn indexes_of_other_programs_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let Some(genome) = genome(folder.path()) else { return };
    let indexed = files("cram/3.0/passed", "crai");
    assert!(!indexed.is_empty());
    for index in indexed {
        let path = index.with_extension("");
        let all = read(&path, Some(&genome)).unwrap();
        let mut reader = IndexedReader::open(&path, Some(&genome)).unwrap();
        let contigs: Vec<Region> = genome
            .contigs()
            .iter()
            .zip(0..)
            .map(|(contig, i)| Region {
                contig: ContigIndex(i),
                interval: Interval0::new(0, contig.length).unwrap(),
            })
            .collect();
        let found: usize = contigs.iter().map(|&r| reader.query(r).unwrap().count()).sum();
        let placed = all.iter().filter(|r| r.ref_index().is_some()).count();
        assert_eq!(found, placed, "{}", name(&path));
    }
}
