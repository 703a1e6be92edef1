//! Inflating FASTQ: the libraries one by one, and the reader.
//!
//! zlib-ng and ISA-L need more to build, and are features:
//! `cargo bench --package wgs-benches --profile fast --bench inflate --features isal`.

use std::io::{Read, Write};

use divan::{Bencher, counter::BytesCount};
use wgs_benches::pairs;
use wgs_formats::fastq::{ReadOptions, ReadReader};

fn main() {
    divan::main();
}

/// About 25 MB: much more than caches hold.
fn text() -> Vec<u8> {
    let (pairs, mut text) = (pairs(), Vec::new());
    for _ in 0..8 {
        pairs.iter().for_each(|pair| pair.append_fastq(0, &mut text));
    }
    text
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

fn bgzip(text: &[u8]) -> Vec<u8> {
    let mut writer = noodles_bgzf::io::Writer::new(Vec::new());
    writer.write_all(text).expect("memory can be written");
    writer.finish().expect("memory can be written")
}

fn drain(mut reader: impl Read) -> usize {
    let (mut buffer, mut total) = (vec![0; 1 << 18], 0);
    loop {
        match reader.read(&mut buffer).expect("it was just compressed") {
            0 => return total,
            read => total += read,
        }
    }
}

/// flate2: zlib-rs, or zlib-ng with that feature.
#[divan::bench(args = [false, true])]
fn flate2_of_bgzf(bencher: Bencher<'_, '_>, blocks: bool) {
    let text = text();
    let bytes = if blocks { bgzip(&text) } else { gzip(&text) };
    let decode = || drain(flate2::bufread::MultiGzDecoder::new(&bytes[..]));
    bencher.counter(BytesCount::new(text.len())).bench_local(decode);
}

#[cfg(feature = "isal")]
#[divan::bench(args = [false, true])]
fn isal_of_bgzf(bencher: Bencher<'_, '_>, blocks: bool) {
    let text = text();
    let bytes = if blocks { bgzip(&text) } else { gzip(&text) };
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| drain(isal::read::GzipDecoder::new(&bytes[..])));
}

/// The whole file in memory: libdeflate knows no streams.
#[divan::bench]
fn libdeflate(bencher: Bencher<'_, '_>) {
    let text = text();
    let (bytes, mut out) = (gzip(&text), vec![0; text.len()]);
    bencher.counter(BytesCount::new(text.len())).bench_local(|| {
        let mut decoder = libdeflater::Decompressor::new();
        decoder.gzip_decompress(&bytes, &mut out).expect("it was just compressed")
    });
}

/// The reader: threads that inflate blocks; 0 for plain gzip.
#[divan::bench(args = [0, 1, 2])]
fn reader(bencher: Bencher<'_, '_>, threads: usize) {
    let text = text();
    let bytes = if threads == 0 { gzip(&text) } else { bgzip(&text) };
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let path = folder.path().join("R1.fastq.gz");
    wgs_formats::output::write(&path, bytes).expect("the temporary folder can be written");
    bencher.counter(BytesCount::new(text.len())).bench_local(|| {
        let options = ReadOptions { threads, ..ReadOptions::default() };
        let mut reader = ReadReader::open_with(&path, options).expect("it was just written");
        while reader.read().expect("it was just written").is_some() {}
        reader.count()
    });
}
