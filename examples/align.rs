//! wgs-align: from a genome and two FASTQ files to a marked, sorted CRAM with its index.
//!
//! ```sh
//! align-example GENOME.fa.gz L001_R1.fastq.gz L001_R2.fastq.gz FOLDER
//! ```
//!
//! The genome and the aligner's index are made in the folder when it has none yet.
#![expect(clippy::print_stdout, reason = "it is a program")]

use std::path::Path;

use wgs_align::{BwaMem3, Input, Lane, Request, align_sample, index};
use wgs_examples::{Error, arguments};
use wgs_formats::{alignment::ReadGroup, genome, genome::Genome, output};

fn main() -> Result<(), Error> {
    let [source, r1, r2, folder] = arguments("align-example GENOME.fa R1 R2 FOLDER")?;
    let folder = Path::new(&folder);
    output::create_folder(folder)?;
    let (fasta, prefix) = (folder.join("genome.fa"), folder.join("genome"));
    if !index::files(&prefix).iter().all(|file| file.exists()) {
        genome::import(Path::new(&source), &fasta)?;
        index::build(&Genome::open(&fasta)?, &prefix)?;
    }
    let genome = Genome::open(&fasta)?;
    let aligner = BwaMem3::load(&prefix, &genome, 1)?;
    let read_group = ReadGroup {
        sample: Some("sample".into()),
        library: Some("library".into()),
        platform: Some("ILLUMINA".into()),
        ..ReadGroup::new("lane")
    };
    let lane = Lane {
        input: Input::Fastq { r1: r1.into(), r2: Some(r2.into()) },
        expected: Default::default(),
        read_group,
    };
    let output = folder.join("reads.cram");
    let summary = align_sample(&Request {
        lanes: &[lane],
        output: &output,
        genome: &genome,
        aligner: (&aligner).into(),
        threads: 2,
        memory_bytes: 4 << 30,
        temporary: None,
        trimmer: None,
        options: Default::default(),
        read_observer: None,
        observer_bytes: 0,
        record_observer: None,
    })?;
    for group in &summary.read_groups {
        println!("{} of {} reads are mapped", group.mapped_reads, group.reads);
    }
    for library in &summary.libraries {
        println!("{:.1}% are duplicates", 100.0 * library.duplicate_rate());
    }
    println!("{}", output.display());
    Ok(())
}
