use std::{fs, io::Read, path::Path};

use proptest::prelude::*;
use wgs_core::ErrorKind;
use wgs_formats::{
    FileError,
    alignment::{Format, Header, IndexedReader, Reader, Record, SortOrder, Writer, check_cram},
    genome::Genome,
};

use super::records::Place;

/// The error of reading a file to its end, if there is one.
fn failure(path: &Path, genome: Option<&Genome>) -> Option<FileError> {
    match Reader::open(path, genome) {
        Err(error) => Some(error),
        Ok(reader) => reader.filter_map(Result::err).next(),
    }
}

const END: usize = 28;

#[test]
fn a_file_that_is_cut_is_truncated() {
    let place = Place::new();
    let records = place.sorted_records(2, 5_000);
    for name in ["x.bam", "x.cram"] {
        let path = place.write(name, &place.header(SortOrder::Coordinate), &records, 1);
        let whole = fs::read(&path).unwrap();
        for cut in [whole.len() / 2, whole.len() - END, whole.len() - 1, 100] {
            fs::write(&path, &whole[..cut]).unwrap();
            let error = failure(&path, Some(&place.genome)).expect("a cut file is refused");
            assert_eq!(error.kind(), ErrorKind::Truncated, "{name} at {cut}: {error}");
        }
    }
}

#[test]
fn a_bam_that_is_cut_before_its_end_block_names_the_record() {
    let place = Place::new();
    let records = place.sorted_records(2, 5_000);
    let path = place.write("x.bam", &place.header(SortOrder::Coordinate), &records, 1);
    let whole = fs::read(&path).unwrap();
    let blocks: Vec<usize> = (0..whole.len() - 4)
        .filter(|&i| {
            whole[i..].starts_with(&[0x1f, 0x8b, 8, 4]) && whole[i + 12..].starts_with(b"BC")
        })
        .collect();
    assert!(blocks.len() > 4);
    let cut = blocks[blocks.len() / 2];
    fs::write(&path, [&whole[..cut], &whole[whole.len() - END..]].concat()).unwrap();
    for threads in [1, 2] {
        let reader = Reader::open_threaded(&path, None, threads).unwrap();
        let results: Vec<_> = reader.collect();
        let read = results.iter().filter(|r| r.is_ok()).count();
        let error = results.into_iter().find_map(Result::err).expect("a record is cut");
        assert_eq!(error.kind(), ErrorKind::Truncated, "{error}");
        assert!(error.to_string().contains(&format!("record {}: ", read + 1)), "{error}");
    }
}

#[test]
fn a_wrong_checksum_is_refused() {
    let place = Place::new();
    let records = place.sorted_records(2, 5_000);
    for name in ["x.bam", "x.cram"] {
        let path = place.write(name, &place.header(SortOrder::Coordinate), &records, 1);
        let whole = fs::read(&path).unwrap();
        for at in [whole.len() / 3, whole.len() / 2] {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            fs::write(&path, damaged).unwrap();
            let error = failure(&path, Some(&place.genome)).expect("damage is found");
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}: {error}");
            assert!(error.to_string().contains("record "), "{error}");
        }
    }
}

#[test]
fn cram_is_checked_without_its_genome() {
    let place = Place::new();
    let header = place.header(SortOrder::Coordinate);
    let path = place.write("x.cram", &header, &place.sorted_records(2, 12_000), 1);
    let whole = fs::read(&path).unwrap();
    check_cram(&path, &whole[..]).unwrap();
    for cut in (0..whole.len()).step_by(whole.len() / 200).chain([whole.len() - 1]) {
        let error = check_cram(&path, &whole[..cut]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Truncated, "cut at {cut}: {error}");
    }
    // The rest of the first container is room for a longer header, which nobody reads.
    let container = last_container(&path);
    for at in (container..whole.len()).step_by((whole.len() - container) / 300) {
        let damaged = [&whole[..at], &[whole[at] ^ 1], &whole[at + 1..]].concat();
        let error = check_cram(&path, &damaged[..]).expect_err("a byte is another");
        assert!(error.to_string().contains("x.cram"), "{error}");
    }
    let damaged = [&whole[..container], &[whole[container + 3] ^ 1], &whole[container + 1..]];
    let error = check_cram(&path, &damaged.concat()[..]).unwrap_err().to_string();
    assert!(error.contains(&format!("byte {container}: ")), "{error}");
    let twice = [&whole[..], &whole].concat();
    assert_eq!(check_cram(&path, &twice[..]).unwrap_err().kind(), ErrorKind::InvalidInput);
}

/// Offset of the last container with records.
fn last_container(cram: &Path) -> usize {
    let index = fs::read(cram.with_extension("cram.crai")).unwrap();
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(&index[..]).read_to_string(&mut text).unwrap();
    text.lines().last().and_then(|line| line.split('\t').nth(3)).unwrap().parse().unwrap()
}

#[test]
fn damaged_headers_within_cram_are_found_with_any_number_of_threads() {
    let place = Place::new();
    let header = place.header(SortOrder::Coordinate);
    let path = place.write("x.cram", &header, &place.sorted_records(2, 12_000), 1);
    let (whole, container) = (fs::read(&path).unwrap(), last_container(&path));
    let mut damages: Vec<Vec<u8>> = (container..container + 120)
        .step_by(7)
        .map(|at| [&whole[..at], &[whole[at] ^ 1], &whole[at + 1..]].concat())
        .collect();
    damages.push([&whole[..], &whole].concat());
    for (number, damaged) in damages.iter().enumerate() {
        fs::write(&path, damaged).unwrap();
        for threads in [1, 3] {
            let reader = Reader::open_threaded(&path, Some(&place.genome), threads).unwrap();
            let error = reader.into_iter().find_map(Result::err);
            assert!(error.is_some(), "damage {number}, {threads} threads");
        }
        assert!(IndexedReader::open(&path, Some(&place.genome)).is_err(), "damage {number}");
    }
}

#[test]
fn data_of_another_genome_is_refused_by_the_contig() {
    let (place, other) = (Place::new(), Place::with_seed(99));
    let records = place.sorted_records(2, 50);
    for name in ["x.sam", "x.bam", "x.cram"] {
        let path = place.write(name, &place.header(SortOrder::Coordinate), &records, 1);
        let error = failure(&path, Some(&other.genome)).unwrap();
        assert_eq!(error.kind(), ErrorKind::ReferenceMismatch, "{error}");
        assert!(error.to_string().contains("contig chr1 has the MD5"), "{error}");
    }
    let error = failure(&place.path("x.cram"), None).unwrap();
    assert_eq!(error.kind(), ErrorKind::Usage);
}

#[test]
fn a_reference_that_no_header_names_is_not_looked_for() {
    let (place, other) = (Place::new(), Place::with_seed(99));
    let records = place.sorted_records(2, 500);
    let path = place.write("x.cram", &place.header(SortOrder::Coordinate), &records, 1);
    // The other genome under the digests of this one: htslib must find out from the bases.
    let dict = place.genome.path().with_extension("dict");
    fs::copy(dict, other.genome.path().with_extension("dict")).unwrap();
    let lying = Genome::open(other.genome.path()).unwrap();
    let error = failure(&path, Some(&lying)).expect("the bases are of another genome");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("another reference"), "{error}");
}

#[test]
fn what_is_missing_or_empty_says_so() {
    let place = Place::new();
    let kind = |name: &str| failure(&place.path(name), None).unwrap().kind();
    assert_eq!(kind("absent.bam"), ErrorKind::NotFound);
    fs::write(place.path("empty.bam"), b"").unwrap();
    assert_eq!(kind("empty.bam"), ErrorKind::InvalidInput);
    fs::write(place.path("x.fq"), b"@read1\nACGT\n+\nIIII\n").unwrap();
    let error = failure(&place.path("x.fq"), None).unwrap();
    assert!(error.hint_text().is_some_and(|hint| hint.contains("FASTQ")), "{error}");
    let absent = Writer::create(place.path("no/x.bam"), Format::Bam, &Header::default(), None, 1);
    assert_eq!(absent.err().unwrap().kind(), ErrorKind::NotFound);
}

/// Reads all that can be read and touches every field.
fn exhaust(path: &Path, genome: Option<&Genome>) {
    let Ok(reader) = Reader::open(path, genome) else { return };
    for record in reader.take(10_000) {
        let Ok(record) = record else { return };
        touch(&record);
    }
}

fn touch(record: &Record) -> usize {
    let bases = record.bases();
    let fields: usize =
        record.aux_fields().map(|(tag, _)| record.aux(tag).is_some() as usize).sum();
    if !bases.is_empty() && record.cigar().len() > 0 {
        assert_eq!(record.cigar().query_span() as usize, bases.len());
    }
    let ends = record.start().is_none() || record.end() > record.start();
    assert!(ends && bases.iter().enumerate().all(|(i, &b)| record.base(i) == b));
    fields + record.name().len() + record.quals().len() + record.mate_start().map_or(0, |_| 1)
}

/// A damage: bytes that are changed, and where the file is cut.
fn damages() -> impl Strategy<Value = (Vec<(prop::sample::Index, u8)>, Option<prop::sample::Index>)>
{
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (changes, prop::option::of(any::<prop::sample::Index>()))
}

fn damaged(
    whole: &[u8],
    changes: &[(prop::sample::Index, u8)],
    cut: Option<prop::sample::Index>,
) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for (at, value) in changes {
        bytes[at.index(whole.len())] = *value;
    }
    bytes.truncate(cut.map_or(whole.len(), |cut| cut.index(whole.len())));
    bytes
}

/// BAM without compression, so that damage reaches the records, in blocks with right checksums.
fn reblock(plain: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut bgzf = noodles_bgzf::io::Writer::new(Vec::new());
    bgzf.write_all(plain).unwrap();
    bgzf.finish().unwrap()
}

fn plain(path: &Path) -> Vec<u8> {
    use std::io::Read;
    let mut plain = Vec::new();
    noodles_bgzf::io::Reader::new(fs::File::open(path).unwrap()).read_to_end(&mut plain).unwrap();
    plain
}

#[test]
fn damaged_files_do_not_panic() {
    let place = Place::new();
    let records = place.sorted_records(2, 60);
    let header = place.header(SortOrder::Coordinate);
    let sam = fs::read(place.write("x.sam", &header, &records, 1)).unwrap();
    let bam = fs::read(place.write("x.bam", &header, &records, 1)).unwrap();
    let inner = plain(&place.path("x.bam"));
    let path = place.path("damaged");
    proptest!(|((changes, cut) in damages())| {
        for whole in [&sam, &bam] {
            fs::write(&path, damaged(whole, &changes, cut)).unwrap();
            exhaust(&path, None);
        }
        fs::write(&path, reblock(&damaged(&inner, &changes, cut))).unwrap();
        exhaust(&path, None);
        exhaust(&path, Some(&place.genome));
    });
}

#[test]
fn damaged_records_do_not_panic() {
    let place = Place::new();
    let records = place.records(2, 200);
    proptest!(|((changes, cut) in damages(), which in any::<prop::sample::Index>())| {
        let bytes = damaged(which.get(&records).as_bytes(), &changes, cut);
        if let Ok(record) = Record::from_bytes(bytes) {
            touch(&record);
        }
    });
}
