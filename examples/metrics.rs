//! wgs-metrics: mapping, insert size and coverage of an alignment file.
//!
//! ```sh
//! metrics-example FILE.cram GENOME.fa    # with GENOME.fa.fai beside it
//! ```
#![expect(clippy::print_stdout, reason = "it is a program")]

use std::path::Path;

use wgs_examples::{Error, arguments};
use wgs_formats::genome::Genome;
use wgs_metrics::{CoverageOptions, MetricsOptions, alignment_metrics};

fn main() -> Result<(), Error> {
    let [alignment, genome] = arguments("metrics-example ALIGNMENT GENOME.fa")?;
    let genome = Genome::open(genome)?;
    let coverage = Some(CoverageOptions::default());
    let options = MetricsOptions { coverage, threads: 2, progress: None };
    let metrics = alignment_metrics(Path::new(&alignment), &genome, &options)?;
    let total = &metrics.alignment.total;
    println!("reads\t{}", total.reads);
    println!("mapped\t{:.4}", total.mapped_rate);
    println!("duplicates\t{:.4}", total.duplicate_rate);
    for sizes in &metrics.alignment.insert_sizes {
        println!("insert size ({})\t{} bp", sizes.orientation.as_str(), sizes.median_bp);
    }
    if let Some(coverage) = &metrics.coverage {
        println!("mean depth\t{:.2}", coverage.genome.mean_depth);
        for breadth in &coverage.genome.breadth {
            println!("at {}x or more\t{:.4}", breadth.min_depth, breadth.rate);
        }
    }
    Ok(())
}
