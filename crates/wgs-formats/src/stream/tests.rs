use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use wgs_core::ErrorKind;

use super::*;
use crate::{digest, input, output};

fn text() -> Vec<u8> {
    (0..400_000_u32)
        .flat_map(|i| format!("{:x}\n", i.wrapping_mul(2_654_435_761)).into_bytes())
        .collect()
}

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

/// What is read before the end, or before an error.
fn read(content: &[u8], options: StreamOptions) -> (Vec<u8>, Result<()>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    output::write(&path, content).unwrap();
    let (mut stream, mut text) = (Stream::open(&path, options).unwrap(), Vec::new());
    loop {
        match stream.fill_buf().map(<[u8]>::to_vec) {
            Ok(part) if part.is_empty() => return (text, Ok(())),
            Ok(part) => {
                text.extend_from_slice(&part);
                stream.consume(part.len());
            }
            Err(e) => return (text, Err(input::error(&path, e))),
        }
    }
}

fn options(threads: usize) -> StreamOptions {
    StreamOptions { threads, expected: Expected::default(), end_block: true }
}

fn fails(content: &[u8], options: StreamOptions, whole: &[u8]) -> FileError {
    let (text, end) = read(content, options);
    assert!(whole.starts_with(&text), "what was read before the error is as it was");
    end.unwrap_err()
}

#[test]
fn every_form_gives_the_text() {
    let text = text();
    let (one, two) = text.split_at(text.len() / 3);
    for content in [
        text.clone(),
        gzip(&text),
        bgzip(&text),
        [gzip(one), gzip(two)].concat(),
        [bgzip(one), bgzip(two)].concat(),
        [bgzip(one), gzip(two)].concat(),
        [gzip(one), bgzip(two)].concat(),
    ] {
        for threads in [0, 1, 2, 5] {
            let (found, end) = read(&content, options(threads));
            assert!(end.is_ok() && found == text, "{threads}: {end:?}");
        }
    }
    for empty in [Vec::new(), gzip(b""), bgzip(b"")] {
        let (found, end) = read(&empty, options(2));
        assert!(end.is_ok() && found.is_empty());
    }
}

#[test]
fn a_cut_is_an_error() {
    let text = text();
    for content in [gzip(&text), bgzip(&text)] {
        for quarter in 1..4 {
            for threads in [1, 3] {
                let cut = &content[..content.len() * quarter / 4];
                let error = fails(cut, options(threads), &text);
                assert_eq!(error.kind(), ErrorKind::Truncated, "{error}");
            }
        }
        for less in [1, 8, 9, 20, 27] {
            let error = fails(&content[..content.len() - less], options(1), &text);
            assert_eq!(error.kind(), ErrorKind::Truncated, "{less}: {error}");
        }
    }
}

#[test]
fn a_flipped_bit_is_an_error() {
    let text = text();
    for content in [gzip(&text), bgzip(&text)] {
        for part in 1..8 {
            for threads in [1, 3] {
                let mut damaged = content.clone();
                damaged[content.len() * part / 8] ^= 4;
                // The checksum of gzip is at its end: what is given out before may be wrong.
                let (_, end) = read(&damaged, options(threads));
                assert_eq!(end.unwrap_err().kind(), ErrorKind::InvalidInput);
            }
        }
    }
}

#[test]
fn bgzip_must_have_its_end_unless_that_is_waived() {
    let text = text();
    let whole = bgzip(&text);
    let cut = &whole[..whole.len() - 28];
    for threads in [1, 3] {
        let error = fails(cut, options(threads), &text);
        assert_eq!(error.kind(), ErrorKind::Truncated);
        assert!(
            error.to_string().contains("BGZF end-of-file block") && error.hint_text().is_some()
        );
        let waived = StreamOptions { end_block: false, ..options(threads) };
        let (found, end) = read(cut, waived);
        assert!(end.is_ok() && found == text);
    }
}

#[test]
fn what_stands_behind_gzip_is_an_error() {
    let text = text();
    for content in [gzip(&text), bgzip(&text)] {
        let error =
            fails(&[&content[..], b"what is no member of gzip"].concat(), options(1), &text);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
}

#[test]
fn digests_are_of_the_file_as_it_is() {
    let text = text();
    for content in [text.clone(), gzip(&text), bgzip(&text)] {
        let upper = digest::md5_bytes(&content).to_uppercase();
        let (md5, sha256) = (Some(upper), Some(digest::sha256_bytes(&content)));
        let right = Expected { md5, sha256 };
        let wrong_md5 = Expected { md5: Some("0".repeat(32)), ..right.clone() };
        let wrong_sha256 = Expected { sha256: Some("f".repeat(64)), ..right.clone() };
        for threads in [1, 3] {
            let checked = |expected| StreamOptions { expected, ..options(threads) };
            let (found, end) = read(&content, checked(right.clone()));
            assert!(end.is_ok() && found == text);
            for (wrong, name) in [(&wrong_md5, "MD5"), (&wrong_sha256, "SHA-256")] {
                let error = fails(&content, checked(wrong.clone()), &text);
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
                assert!(error.to_string().contains(name), "{error}");
            }
        }
    }
}

#[test]
fn a_consumer_may_leave() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    output::write(&path, bgzip(&text())).unwrap();
    for threads in [1, 3] {
        let mut stream = Stream::open(&path, options(threads)).unwrap();
        assert!(!stream.fill_buf().unwrap().is_empty());
    }
}
