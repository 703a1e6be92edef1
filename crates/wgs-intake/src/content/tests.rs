use std::io::Write;

use proptest::prelude::*;
use wgs_formats::{
    alignment::{Flags, Format, Header, RecordBuilder, Writer},
    digest, output,
};

use super::*;

struct Silent;

impl Monitor for Silent {}

fn look(bytes: &[u8], form: Form, deep: bool) -> Content {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    output::write(&path, bytes).unwrap();
    let stat = Stat::of(&std::fs::metadata(&path).unwrap());
    let stop = AtomicBool::new(false);
    let look = Look { form, deep, stop: &stop, monitor: &Silent };
    inspect(&path, &stat, look).unwrap().unwrap()
}

fn fastq(reads: usize) -> String {
    (0..reads).map(|n| format!("@A:1:FC:2:1:1:{n} 1:N:0:A\nACGT\n+\nFFFF\n")).collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

fn code(content: &Content) -> Option<Code> {
    content.fault.as_ref().map(|fault| fault.code)
}

#[test]
fn digests_and_first_records_of_one_pass() {
    let bytes = gzip(&fastq(40));
    for deep in [false, true] {
        let content = look(&bytes, Form::Fastq, deep);
        assert_eq!(content.md5, digest::md5_bytes(&bytes));
        assert_eq!(content.sha256, digest::sha256_bytes(&bytes));
        assert_eq!(content.fault, None);
        let first = content.first.unwrap();
        assert_eq!((first.title.name.as_str(), first.count), ("A:1:FC:2:1:1:0", 16));
        assert_eq!((first.title.flow_cell.as_deref(), first.title.lane), (Some("FC"), Some(2)));
        assert_eq!(content.records.map(|r| r.count), deep.then_some(40));
    }
}

#[test]
fn names_are_compared_without_what_tells_mates_apart() {
    let of = |text: &str| look(text.as_bytes(), Form::Fastq, true);
    let (r1, r2) = (of(&fastq(3)), of(&fastq(3).replace(" 1:N", " 2:N")));
    assert_ne!(r1.sha256, r2.sha256);
    assert_eq!(r1.records, r2.records);
    assert_eq!(r1.first.unwrap().names, r2.first.unwrap().names);
    assert_ne!(of(&fastq(4)).records, r1.records);
}

#[test]
fn what_is_cut_or_damaged() {
    let whole = gzip(&fastq(5000));
    let cut = &whole[..whole.len() - 9];
    assert_eq!(code(&look(cut, Form::Fastq, true)), Some(Code::Truncated));
    assert_eq!(code(&look(cut, Form::Fastq, false)), None, "only decoding shows it");
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 0x55;
    assert!(code(&look(&damaged, Form::Fastq, true)).is_some());
    assert_eq!(look(&damaged, Form::Fastq, true).sha256, digest::sha256_bytes(&damaged));
    for (text, expected) in [
        ("", Code::Truncated),
        ("@a\nAC\n+\n", Code::Truncated),
        ("@a\nAC\n+\nF\n", Code::Damaged),
        ("@a\r\nAC\r\n+\r\nFF\r\n", Code::Damaged),
        (">a\nAC\nGT\nAA\n", Code::Damaged),
    ] {
        assert_eq!(code(&look(text.as_bytes(), Form::Fastq, false)), Some(expected), "{text:?}");
    }
    assert_eq!(code(&look(b"", Form::Other, false)), None);
}

#[test]
fn a_file_that_has_changed_is_not_judged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    output::write(&path, "one").unwrap();
    let stat = Stat::of(&std::fs::metadata(&path).unwrap());
    output::write(&path, "other").unwrap();
    let stop = AtomicBool::new(false);
    let look = Look { form: Form::Other, deep: false, stop: &stop, monitor: &Silent };
    assert_eq!(inspect(&path, &stat, look).unwrap(), None);
    stop.store(true, Ordering::Relaxed);
    let stat = Stat::of(&std::fs::metadata(&path).unwrap());
    let look = Look { stop: &stop, ..look };
    assert_eq!(inspect(&path, &stat, look).unwrap_err().kind(), ErrorKind::Interrupted);
}

#[test]
fn a_cram_is_gone_through_when_all_of_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.cram");
    let header = Header::parse("@RG\tID:x\tSM:S1\n").unwrap();
    let mut writer = Writer::create(&path, Format::Cram, &header, None, 1).unwrap();
    for number in 0..3000 {
        let name = format!("r{number}");
        let read = RecordBuilder::new(name.as_bytes()).flags(Flags::UNMAPPED).bases(b"ACGT");
        writer.write(&read.quals(&[30; 4]).build().unwrap()).unwrap();
    }
    writer.finish().unwrap();
    let whole = std::fs::read(&path).unwrap();
    assert_eq!(look(&whole, Form::Alignment, true).fault, None);
    let at = whole.len() - 300;
    let damaged = [&whole[..at], &[whole[at] ^ 1], &whole[at + 1..]].concat();
    let found = look(&damaged, Form::Alignment, true).fault.unwrap();
    assert_eq!(found.code, Code::Damaged);
    assert!(found.reason.starts_with("byte "), "{}", found.reason);
    assert_eq!(code(&look(&whole[..at], Form::Alignment, false)), Some(Code::Truncated));
}

/// A header that cannot be read now is no fault of the file: it may be read later.
#[test]
fn what_cannot_be_read_is_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    assert!(header(folder.path()).is_err());
    assert!(header(&folder.path().join("gone")).is_err());
    let path = folder.path().join("x.bam");
    output::write(&path, "\x1f\u{8b}").unwrap();
    assert!(header(&path).unwrap().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_are_looked_at(
        start in prop::sample::select(vec![&b""[..], b"\x1f\x8b\x08\x04", b"BAM\x01", b"CRAM\x03", b"@"]),
        bytes in proptest::collection::vec(any::<u8>(), 0..600), deep in any::<bool>(),
    ) {
        let bytes = [start, &bytes].concat();
        for form in [Form::Fastq, Form::Alignment, Form::Other] {
            prop_assert_eq!(look(&bytes, form, deep).sha256, digest::sha256_bytes(&bytes));
        }
    }
}
