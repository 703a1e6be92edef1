//! Builds the index of a FASTA: `cargo run -p wgs-align --example build_index GENOME.fa PREFIX`.

use std::{error::Error, path::Path};

use wgs_formats::genome::Genome;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [genome, prefix] = &arguments[..] else {
        return Err("expected a genome (plain FASTA with .fai) and the index's prefix".into());
    };
    let genome = Genome::open(genome)?;
    wgs_align::index::build(&genome, Path::new(prefix))?;
    wgs_align::index::validate(Path::new(prefix), genome.contigs())?;
    Ok(())
}
