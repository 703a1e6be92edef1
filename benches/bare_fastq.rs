//! Reads two FASTQ files as every stage does, and only counts: what any use of them takes at least.
//!
//! ```sh
//! bare-fastq R1.fastq.gz R2.fastq.gz
//! ```
#![expect(clippy::print_stdout, reason = "it is a program")]

use wgs_formats::fastq::PairReader;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [r1, r2] = &arguments[..] else { return Err("usage: bare-fastq R1 R2".into()) };
    let mut reader = PairReader::open(r1, r2)?;
    let (mut pairs, mut bases) = (0_u64, 0);
    while let Some(pair) = reader.read()? {
        pairs += 1;
        bases += pair.first.bases.len() + pair.last.bases.len();
    }
    println!("{pairs} pairs, {bases} bases");
    Ok(())
}
