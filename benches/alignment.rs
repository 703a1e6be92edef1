//! Records: checking, decoding, and reading and writing BAM.

use divan::{Bencher, counter::BytesCount};
use wgs_benches::{bytes, header, records};
use wgs_formats::alignment::{Format, Reader, Record, Writer};

fn main() {
    divan::main();
}

#[divan::bench]
fn check(bencher: Bencher<'_, '_>) {
    let records = records();
    bencher.counter(BytesCount::new(bytes(&records))).with_inputs(|| records.clone()).bench_values(
        |records| {
            let checked = records.into_iter().map(|r| Record::from_bytes(r.into_bytes()));
            checked.filter(Result::is_ok).count()
        },
    );
}

#[divan::bench]
fn unpack_bases(bencher: Bencher<'_, '_>) {
    let records = records();
    let mut bases = Vec::new();
    bencher.counter(BytesCount::new(bytes(&records))).bench_local(|| {
        records.iter().fold(0, |sum, record| {
            bases.clear();
            record.bases_into(&mut bases);
            sum + bases.len()
        })
    });
}

#[divan::bench]
fn find_read_group(bencher: Bencher<'_, '_>) {
    let records = records();
    bencher
        .counter(BytesCount::new(bytes(&records)))
        .bench_local(|| records.iter().filter(|r| r.read_group() == Some(b"lane1")).count());
}

#[divan::bench(args = [1, 2])]
fn write_bam(bencher: Bencher<'_, '_>, threads: usize) {
    let (records, header) = (records(), header());
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let path = folder.path().join("reads.bam");
    bencher
        .counter(BytesCount::new(bytes(&records)))
        .bench_local(|| write(&path, &records, &header, threads));
}

#[divan::bench(args = [1, 2])]
fn read_bam(bencher: Bencher<'_, '_>, threads: usize) {
    let (records, header) = (records(), header());
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let path = folder.path().join("reads.bam");
    write(&path, &records, &header, 1);
    bencher.counter(BytesCount::new(bytes(&records))).bench_local(|| {
        let mut reader = Reader::open_threaded(&path, None, threads).expect("it was just written");
        let mut record = Record::default();
        let mut count = 0;
        while reader.read(&mut record).expect("it was just written") {
            count += 1;
        }
        count
    });
}

fn write(
    path: &std::path::Path,
    records: &[Record],
    header: &wgs_formats::alignment::Header,
    threads: usize,
) {
    let mut writer = Writer::create(path, Format::Bam, header, None, threads)
        .expect("the temporary folder can be written");
    for record in records {
        writer.write(record).expect("the temporary folder can be written");
    }
    writer.finish().expect("the temporary folder can be written");
}
