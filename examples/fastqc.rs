//! wgs-fastqc: counts the reads of a lane while they stream by, as a program does that has its
//! own use for them.
//!
//! ```sh
//! fastqc-example L001_R1.fastq.gz L001_R2.fastq.gz
//! ```
#![expect(clippy::print_stdout, reason = "it is a program")]

use wgs_examples::{Error, arguments};
use wgs_fastqc::{QualityEncoding, ReadGroupAccumulator};
use wgs_formats::fastq::PairReader;

fn main() -> Result<(), Error> {
    let [r1, r2] = arguments("fastqc-example R1.fastq.gz R2.fastq.gz")?;
    let mut reader = PairReader::open(r1, r2)?;
    let mut accumulator = ReadGroupAccumulator::new(QualityEncoding::Phred33);
    while let Some(pair) = reader.read()? {
        let [first, last] = [pair.first, pair.last].map(|read| (read.bases, read.quals));
        accumulator.add_pair(pair.name, first, last);
    }
    let qc = accumulator.finish("lane", None);
    println!("read\treads\tbases\tN\tGC\tQ30");
    for (number, mate) in std::iter::once(&qc.r1).chain(&qc.r2).enumerate() {
        let (reads, bases, n) = (mate.reads, mate.bases, mate.n_bases);
        let q30 = mate.q30_bases as f64 / bases.max(1) as f64;
        println!("R{}\t{reads}\t{bases}\t{n}\t{:.3}\t{q30:.3}", number + 1, mate.gc_rate);
    }
    Ok(())
}
