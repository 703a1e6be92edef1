//! wgs-formats: reads a SAM, BAM or CRAM file and counts its reads by contig and strand.
//!
//! ```sh
//! formats-example FILE.cram GENOME.fa    # with GENOME.fa.fai beside it
//! ```
#![expect(clippy::print_stdout, reason = "it is a program")]

use wgs_examples::{Error, arguments};
use wgs_formats::{
    alignment::{Reader, Record},
    genome::Genome,
};

fn main() -> Result<(), Error> {
    let [alignment, genome] = arguments("formats-example ALIGNMENT GENOME.fa")?;
    let genome = Genome::open(genome)?;
    let mut reader = Reader::open(alignment, Some(&genome))?;
    let header = reader.header().clone();
    for group in header.read_groups() {
        let sample = group.sample.as_deref().unwrap_or("?");
        println!("# read group {} of sample {sample}", group.id);
    }
    let mut counts = vec![[0u64; 2]; header.contigs().len()];
    let mut unmapped = 0u64;
    let mut record = Record::default();
    while reader.read(&mut record)? {
        match record.ref_index() {
            Some(contig) if !record.flags().is_unmapped() => {
                counts[contig.0][usize::from(record.flags().is_reverse())] += 1;
            }
            _ => unmapped += 1,
        }
    }
    println!("contig\tforward\treverse");
    for (contig, [forward, reverse]) in header.contigs().iter().zip(counts) {
        println!("{}\t{forward}\t{reverse}", contig.name);
    }
    println!("# {unmapped} unmapped");
    Ok(())
}
