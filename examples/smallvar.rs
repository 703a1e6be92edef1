//! wgs-smallvar: calls the germline small variants of one sample.
//!
//! ```sh
//! smallvar-example FILE.cram GENOME.fa OUT.vcf.gz    # with FILE.cram.crai and GENOME.fa.fai
//! ```
#![expect(clippy::print_stdout, reason = "it is a program")]

use std::{collections::BTreeMap, path::Path};

use wgs_core::Sex;
use wgs_examples::{Error, arguments};
use wgs_formats::{genome::Genome, variant::Reader};
use wgs_smallvar::{Options, Request, SampleFile, call};

fn main() -> Result<(), Error> {
    let [reads, genome, output] = arguments("smallvar-example ALIGNMENT GENOME.fa OUT.vcf.gz")?;
    let genome = Genome::open(genome)?;
    let output = Path::new(&output);
    let summary = call(&Request {
        samples: &[SampleFile::new(reads, Sex::Unknown)],
        genome: &genome,
        output: Some(output),
        gvcf: None,
        regions: None,
        options: &Options::default(),
        threads: 2,
        progress: None,
    })?;
    println!("# {} records", summary.records);
    let mut by_filter: BTreeMap<&str, u64> = BTreeMap::new();
    for record in Reader::open(output)? {
        let filter = if record?.filters.is_pass() { "PASS" } else { "filtered" };
        *by_filter.entry(filter).or_default() += 1;
    }
    for (filter, count) in by_filter {
        println!("{filter}\t{count}");
    }
    Ok(())
}
