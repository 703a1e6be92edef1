//! `cargo xtask bench-peers`: the figures that we claim, and those of other programs at the same
//! work, measured by one command on simulated reads.
//!
//! Each job has a folder; beside them is what they share.

mod annotate;
mod duplicates;
pub(crate) mod engine;
pub(crate) mod folder;
mod germline;
mod machine;
pub(crate) mod process;
mod reads;
mod reference;
pub(crate) mod setup;
pub(crate) mod simulation;
mod table;
mod target;
mod tools;
mod wgs_pipe;

use std::io::{self, Write};

use clap::Subcommand;

use crate::Error;

/// What is measured.
#[derive(Subcommand)]
pub(crate) enum Job {
    /// A germline case from FASTQ to report, its calls and those of bcftools and freebayes, low depth,
    /// a trio, real reads
    Germline(germline::Options),
    /// Consequences and HGVS names of variants over every transcript, entry by entry beside those of
    /// Ensembl VEP
    Annotate(annotate::Options),
    /// How fast a genome's variants are annotated with consequences and four stores; beside it
    /// fastVEP, Ensembl VEP and echtvar
    AnnotateSpeed(annotate::speed::Options),
    /// What the run engine costs and withstands: overhead of tasks, cases on a real SLURM, a chaos drill
    Engine(engine::Options),
    /// Duplicates of any reads, flag by flag beside those of Picard's MarkDuplicates
    Duplicates(duplicates::Options),
    /// The way from FASTQ to CRAM with quality control; beside it minibwa, bwa, samtools, fastp
    /// and mosdepth
    Reads(reads::Options),
}

/// Measures, and says where the figures are.
pub(crate) fn run(job: &Job) -> Result<String, Error> {
    match job {
        Job::Germline(options) => germline::run(options),
        Job::Annotate(options) => annotate::run(options),
        Job::AnnotateSpeed(options) => annotate::speed::run(options),
        Job::Engine(options) => engine::run(options),
        Job::Duplicates(options) => duplicates::run(options),
        Job::Reads(options) => reads::run(options),
    }
}

/// Says on standard error what is being done.
pub(crate) fn say(what: &str) {
    // Nobody is left to tell if the terminal is gone.
    let _ = writeln!(io::stderr(), "xtask: {what}");
}
