//! Reading pairs of FASTQ files.

use std::path::Path;

use divan::{Bencher, counter::BytesCount};
use wgs_benches::{bases, pairs};
use wgs_formats::fastq::PairReader;
use wgs_testkit::{Pair, write_maybe_gzip};

fn main() {
    divan::main();
}

#[divan::bench]
fn plain(bencher: Bencher<'_, '_>) {
    read(bencher, "fastq");
}

#[divan::bench]
fn gzip(bencher: Bencher<'_, '_>) {
    read(bencher, "fastq.gz");
}

fn read(bencher: Bencher<'_, '_>, extension: &str) {
    let pairs = pairs();
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let paths = [0, 1].map(|read| folder.path().join(format!("R{}.{extension}", read + 1)));
    for (read, path) in paths.iter().enumerate() {
        write(path, &pairs, read).expect("the temporary folder can be written");
    }
    bencher.counter(BytesCount::new(bases(&pairs))).bench_local(|| {
        let mut reader = PairReader::open(&paths[0], &paths[1]).expect("it was just written");
        while reader.read().expect("it was just written").is_some() {}
        reader.count()
    });
}

fn write(path: &Path, pairs: &[Pair], read: usize) -> wgs_formats::Result<()> {
    let mut text = Vec::new();
    for pair in pairs {
        pair.append_fastq(read, &mut text);
    }
    write_maybe_gzip(path, &text)
}
