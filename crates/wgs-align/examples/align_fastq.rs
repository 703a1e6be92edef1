//! Aligns one lane of paired FASTQ:
//! `cargo run -p wgs-align --example align_fastq GENOME.fa INDEX R1 R2 OUT.cram [THREADS [MIB]]`.

#![expect(clippy::print_stdout, reason = "the figures are for a person")]

use std::{error::Error, path::Path};

use wgs_align::{Aligner, BwaMem3, Input, Lane, Request, align_sample};
use wgs_formats::{alignment::ReadGroup, genome::Genome};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [genome, index, r1, r2, output, rest @ ..] = &arguments[..] else {
        return Err("expected genome, index prefix, two FASTQ files and the output".into());
    };
    let number = |at: usize, default: u64| rest.get(at).map_or(Ok(default), |text| text.parse());
    let (threads, mib) = (number(0, 1)? as usize, number(1, 4096)?);
    let genome = Genome::open(genome)?;
    let aligner = BwaMem3::load(Path::new(index), &genome, threads)?;
    let read_group = ReadGroup {
        sample: Some("sample".into()),
        library: Some("library".into()),
        platform: Some("ILLUMINA".into()),
        unit: Some("unit".into()),
        ..ReadGroup::new("lane")
    };
    let lane = Lane { input: Input::Fastq { r1: r1.into(), r2: Some(r2.into()) }, read_group };
    let summary = align_sample(&Request {
        lanes: &[lane],
        output: Path::new(output),
        genome: &genome,
        aligner: &aligner as &dyn Aligner,
        threads,
        memory_bytes: mib << 20,
        temporary: None,
        observer: None,
    })?;
    println!("{summary:#?}");
    Ok(())
}
