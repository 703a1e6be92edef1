//! wgs-compare: how right the calls of one sample are.
//!
//! ```sh
//! compare-example TRUTH.vcf CALLS.vcf.gz GENOME.fa
//! ```
#![expect(clippy::print_stdout, reason = "it is a program")]

use wgs_compare::{Request, Sets, compare};
use wgs_examples::{Error, arguments};

fn main() -> Result<(), Error> {
    let [truth, calls, genome] = arguments("compare-example TRUTH.vcf CALLS.vcf GENOME.fa")?;
    let summary = compare(&Request::new(Sets::new(truth, calls, genome)))?;
    println!("type\tfound\twrong\tmissed");
    for name in ["SNV", "INDEL", "ALL"] {
        if let Some(of) = summary.of(name) {
            println!("{name}\t{}\t{}\t{}", of.counts.tp, of.counts.fp, of.counts.fn_);
        }
    }
    Ok(())
}
