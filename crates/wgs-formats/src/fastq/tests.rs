use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use wgs_core::ErrorKind;

use super::*;
use crate::{FileError, Result, output};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn bgzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = noodles_bgzf::io::Writer::new(Vec::new());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Name, suffix, bases and qualities of every read.
fn read_all(content: &[u8]) -> Result<Vec<[String; 4]>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.fq");
    output::write(&path, content).unwrap();
    collect(ReadReader::open(&path)?)
}

fn collect(mut reader: ReadReader) -> Result<Vec<[String; 4]>> {
    let mut reads = Vec::new();
    while let Some(read) = reader.read()? {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        reads.push([text(read.name), text(read.suffix), text(read.bases), text(read.quals)]);
    }
    Ok(reads)
}

fn failure(content: &[u8]) -> (ErrorKind, String) {
    let error = read_all(content).unwrap_err();
    let text = error.to_string();
    (error.kind(), text.split_once("x.fq: ").unwrap().1.to_owned())
}

fn pairs(r1: &[u8], r2: &[u8]) -> Result<u64, FileError> {
    let folder = tempfile::tempdir().unwrap();
    let (first, last) = (folder.path().join("R1.fq"), folder.path().join("R2.fq"));
    output::write(&first, r1).unwrap();
    output::write(&last, r2).unwrap();
    let mut reader = PairReader::open(&first, &last)?;
    while reader.read()?.is_some() {}
    Ok(reader.count())
}

fn reads(count: usize) -> Vec<u8> {
    (0..count).flat_map(|i| format!("@r{i}\nACGTN\n+\nIIIII\n").into_bytes()).collect()
}

#[test]
fn compression_and_the_last_line_end_make_no_difference() {
    let text = b"@a/1 x  y\nACGT\n+a/1 x  y\nIIII\n@b\tz \nTT\n+\n!~\n@c\nN\n+\nI\n";
    let expected = read_all(text).unwrap();
    assert_eq!(expected[0], ["a", "/1 x  y", "ACGT", "IIII"]);
    assert_eq!(expected[1], ["b", "\tz ", "TT", "!~"]);
    assert_eq!(expected[2], ["c", "", "N", "I"]);
    let two_members = [gzip(&text[..10]), gzip(&text[10..])].concat();
    let unended = &text[..text.len() - 1];
    for variant in [gzip(text), bgzip(text), two_members, unended.to_vec()] {
        assert_eq!(read_all(&variant).unwrap(), expected);
    }
}

#[test]
fn names_end_before_the_mate() {
    for (head, name, suffix) in [
        ("a/1", "a", "/1"),
        ("a/2 1:N:0:ACGT", "a", "/2 1:N:0:ACGT"),
        ("a/3", "a/3", ""),
        ("/1", "/1", ""),
        ("a 1:N:0:ACGT+TT", "a", " 1:N:0:ACGT+TT"),
        ("a\tRX:Z:ACG", "a", "\tRX:Z:ACG"),
        ("a/1/2", "a/1", "/2"),
    ] {
        let [found, rest, ..] = &read_all(format!("@{head}\nA\n+\nI\n").as_bytes()).unwrap()[0];
        assert_eq!((&**found, &**rest), (name, suffix));
    }
}

#[test]
fn what_is_not_fastq_is_refused_with_its_record() {
    use ErrorKind::{InvalidInput, Truncated};
    let after = |text: &str| [&b"@ok\nA\n+\nI\n"[..], text.as_bytes()].concat();
    for (content, kind, reason) in [
        (after("@a\nACGT\n+\nIII\n"), InvalidInput, "record 2: has 4 bases and 3 qualities"),
        (after("a\nA\n+\nI\n"), InvalidInput, "record 2: begins with 'a', where @ must be"),
        (after("@a\nA\n-\nI\n"), InvalidInput, "record 2: line 3 begins with '-'"),
        (after("@a\nA\n+b\nI\n"), InvalidInput, "record 2: line 3 repeats another name"),
        (after("@a\nA*\n+\nII\n"), InvalidInput, "record 2: '*' is not a base"),
        (after("@a\nAR\n+\nII\n"), InvalidInput, "record 2: 'R' is not a base"),
        (after("@a\nAU\n+\nII\n"), InvalidInput, "record 2: 'U' is not a base"),
        (after("@a\nA.\n+\nII\n"), InvalidInput, "record 2: '.' is not a base"),
        (after("@a\nAc\n+\nII\n"), InvalidInput, "record 2: 'c' is not a base"),
        (after("@a\nA\n+\n \n"), InvalidInput, "record 2: ' ' is not a quality"),
        (after("@a\nA\n+\n\x7f\n"), InvalidInput, "record 2: '\\u{7f}' is not a quality"),
        (after("@a\n\n+\n\n"), InvalidInput, "record 2: has no bases"),
        (after("@a\r\nA\r\n+\r\nI\r\n"), InvalidInput, "record 2: its lines end in CR LF"),
        (after("@a\nA\n+\nI\r\n"), InvalidInput, "record 2: its lines end in CR LF"),
        (after("@a\nA\n+\nI\r"), InvalidInput, "record 2: its lines end in CR LF"),
        (after("@\nA\n+\nI\n"), InvalidInput, "record 2: has no name"),
        (after("@ x\nA\n+\nI\n"), InvalidInput, "record 2: has no name"),
        (after("@a \u{e9}\nA\n+\nI\n"), InvalidInput, "record 2: what follows the name"),
        (after("@ok/2\nA\n+\nI\n"), InvalidInput, "record 2: its name \"ok\" is that of the"),
        (after("@a\nACGT\n+\n"), Truncated, "record 2: the file ends inside the record"),
        (after("@a\nACGT\n"), Truncated, "record 2: the file ends inside the record"),
        (after("@a"), Truncated, "record 2: the file ends inside the record"),
        (after("@a\nACGT\n+\nII"), InvalidInput, "record 2: has 4 bases and 2 qualities"),
        (Vec::new(), InvalidInput, "is empty"),
        (gzip(b""), InvalidInput, "is empty"),
        (b"\n\n".to_vec(), InvalidInput, "is empty"),
    ] {
        let (got, text) = failure(&content);
        assert_eq!(got, kind, "{text}");
        assert!(text.starts_with(reason), "{text:?} must begin with {reason:?}");
    }
}

#[test]
fn a_file_without_line_ends_is_given_up() {
    let reader = ReadReader::over("x.fq".as_ref(), Box::new(std::io::repeat(b'@')));
    let error = collect(reader).unwrap_err();
    assert!(error.to_string().contains("record 1: has no four lines within 64 MiB"), "{error}");
}

#[test]
fn interleaved_pairs_are_no_r1() {
    let interleaved = b"@a/1\nA\n+\nI\n@a/2\nC\n+\nI\n@b/1\nA\n+\nI\n@b/2\nC\n+\nI\n";
    let (kind, text) = failure(interleaved);
    assert_eq!(kind, ErrorKind::InvalidInput);
    assert!(text.contains("record 2") && text.contains("interleaved"), "{text}");
    for r2 in [&b"@a/2\nC\n+\nI\n@b/2\nC\n+\nI\n"[..], interleaved] {
        let error = pairs(interleaved, r2).unwrap_err();
        assert!(error.path().ends_with("R1.fq") && error.hint_text().is_some());
        assert!(error.to_string().contains("interleaved"), "{error}");
    }
}

#[test]
fn gzip_that_is_cut_is_truncated() {
    let whole = gzip(&reads(20_000));
    for cut in [whole.len() / 2, whole.len() - 9, whole.len() - 8, whole.len() - 1] {
        let (kind, text) = failure(&whole[..cut]);
        assert_eq!(kind, ErrorKind::Truncated, "{cut}: {text}");
        assert!(text.starts_with("record "), "{text}");
    }
}

#[test]
fn a_wrong_checksum_is_refused() {
    let mut damaged = gzip(&reads(10));
    let crc = damaged.len() - 8;
    damaged[crc] ^= 1;
    assert_eq!(failure(&damaged).0, ErrorKind::InvalidInput);
}

#[test]
fn reads_longer_than_the_buffer_are_whole() {
    let long = "ACGTA".repeat(300_000);
    let text = format!("@a\nA\n+\nI\n@long\n{long}\n+\n{}\n@b\nC\n+\nI\n", "I".repeat(long.len()));
    let reads = read_all(text.as_bytes()).unwrap();
    assert_eq!(reads.len(), 3);
    assert_eq!(reads[1][2], long);
}

#[test]
fn pairs_must_be_pairs() {
    assert_eq!(pairs(b"@a/1\nA\n+\nI\n", b"@a/2 x\nCC\n+\nII\n").unwrap(), 1);
    let error = pairs(&reads(5), &reads(3)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert!(error.path().ends_with("R2.fq"));
    assert!(error.to_string().contains("after record 3: the file ends here"), "{error}");
    let error = pairs(&reads(2), &reads(3)).unwrap_err();
    assert!(error.path().ends_with("R1.fq"));
    let error = pairs(b"@a\nA\n+\nI\n@b\nA\n+\nI\n", b"@a\nA\n+\nI\n@c\nA\n+\nI\n").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("record 2: the name \"c\" is not \"b\""), "{error}");
}

#[test]
fn mates_stand_in_their_own_file() {
    for [one, two] in [["/1", "/2"], [" 1:N:0:1", " 2:N:0:1"]] {
        let file = |mate: &str| format!("@a{mate}\nA\n+\nI\n").into_bytes();
        assert_eq!(pairs(&file(one), &file(two)).unwrap(), 1);
        assert_eq!(pairs(&file(""), &file("")).unwrap(), 1);
        for (r1, r2, wrong) in [(one, one, "R2.fq"), (two, one, "R1.fq"), (two, two, "R1.fq")] {
            let error = pairs(&file(r1), &file(r2)).unwrap_err();
            assert!(error.path().ends_with(wrong), "{error}");
            assert!(error.to_string().contains("record 1: is given as R"), "{error}");
        }
    }
}

#[test]
fn one_file_is_no_pair() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.fq");
    output::write(&path, reads(1)).unwrap();
    assert_eq!(PairReader::open(&path, &path).err().unwrap().kind(), ErrorKind::InvalidInput);
}

fn read_plain(content: &[u8]) -> Result<Vec<[String; 4]>> {
    let input = Box::new(std::io::Cursor::new(content.to_vec()));
    collect(ReadReader::over("x.fq".as_ref(), input))
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(content in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_plain(&content);
        let _ = read_plain(&[&b"@"[..], &content].concat());
    }

    #[test]
    fn a_file_cut_anywhere_gives_whole_records_or_an_error(cut in 0usize..900) {
        let whole = reads(50);
        let cut = &whole[..cut.min(whole.len())];
        if let Ok(reads) = read_plain(cut) {
            let text = reads.iter().map(|[name, _, bases, quals]| format!("@{name}\n{bases}\n+\n{quals}\n"));
            let text: String = text.collect();
            let cut = String::from_utf8(cut.to_vec()).unwrap();
            prop_assert_eq!(text.trim_end(), cut.trim_end());
        }
    }
}
