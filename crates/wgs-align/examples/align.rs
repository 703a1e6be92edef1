//! Aligns one lane, of paired FASTQ or of an alignment file:
//! `cargo run -p wgs-align --example align GENOME.fa INDEX OUT.cram THREADS MIB READS...`.

#![expect(clippy::print_stdout, reason = "the figures are for a person")]

use std::{error::Error, path::Path};

use wgs_align::{BwaMem3, Input, Lane, Request, align_sample};
use wgs_formats::{alignment::ReadGroup, genome::Genome};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [genome, index, output, threads, mib, reads @ ..] = &arguments[..] else {
        return Err("expected genome, index prefix, output, threads, MiB of memory, reads".into());
    };
    let input = match reads {
        [path] => Input::Alignment { path: path.into(), keep_read_groups: true },
        [r1, r2] => Input::Fastq { r1: r1.into(), r2: Some(r2.into()) },
        _ => return Err("expected two FASTQ files or one alignment file".into()),
    };
    let threads = threads.parse()?;
    let genome = Genome::open(genome)?;
    let aligner = BwaMem3::load(Path::new(index), &genome, threads)?;
    let read_group = ReadGroup {
        sample: Some("sample".into()),
        library: Some("library".into()),
        platform: Some("ILLUMINA".into()),
        unit: Some("unit".into()),
        ..ReadGroup::new("lane")
    };
    let summary = align_sample(&Request {
        lanes: &[Lane { input, read_group }],
        output: Path::new(output),
        genome: &genome,
        aligner: &aligner,
        threads,
        memory_bytes: mib.parse::<u64>()? << 20,
        temporary: None,
        observer: None,
    })?;
    println!("{summary:#?}");
    Ok(())
}
