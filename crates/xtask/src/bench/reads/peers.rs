//! The programs that people chain to come from FASTQ to CRAM and metrics.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use super::bench::Bench;
use crate::{
    Error,
    bench::{
        process::{Used, command},
        simulation::SAMPLE,
    },
};

/// An aligner that speaks SAM.
#[derive(Clone, Debug)]
pub(super) struct Mapper {
    /// What people call it.
    pub(super) name: &'static str,
    program: OsString,
    command: &'static str,
}

impl Mapper {
    /// Those that are there.
    pub(super) fn all(bench: &Bench<'_>) -> Vec<Self> {
        let tools = &bench.tools;
        let minibwa = tools.minibwa.iter().map(|minibwa| Self {
            name: "minibwa map",
            program: minibwa.program.clone().into(),
            command: "map",
        });
        let bwa = tools.bwa.iter().map(|_| Self {
            name: "bwa mem",
            program: "bwa".into(),
            command: "mem",
        });
        minibwa.chain(bwa).collect()
    }
}

/// Runs the whole chain with a mapper; says what each of its steps took.
pub(super) fn chain(
    bench: &Bench<'_>,
    mapper: &Mapper,
) -> Result<Vec<(&'static str, Used)>, Error> {
    let folder = bench.fresh("peers")?;
    let cram = folder.join("peer.cram");
    Ok(vec![
        ("fastp", fastp(bench, &folder, &[])?),
        ("map, fixmate, sort, markdup, view", bench.run("map", map(bench, mapper, &cram))?),
        ("samtools stats", bench.run("stats", [stats(bench, &cram)])?),
        ("mosdepth -n", bench.run("mosdepth", [mosdepth(bench, &cram)])?),
    ])
}

/// Quality control by fastp: its reports, and no reads.
pub(super) fn fastp(bench: &Bench<'_>, folder: &Path, modules: &[&str]) -> Result<Used, Error> {
    let [r1, r2] = bench.simulation.reads();
    let mut fastp = command("fastp", ["-w", &threads(bench)]);
    fastp.arg("-i").arg(r1).arg("-I").arg(r2).args(modules);
    fastp.arg("-j").arg(folder.join("fastp.json")).arg("-h").arg(folder.join("fastp.html"));
    bench.run("fastp", [fastp])
}

/// FASTQ to a sorted CRAM with duplicates marked, and its index.
fn map(bench: &Bench<'_>, mapper: &Mapper, cram: &Path) -> [Command; 5] {
    let (fasta, threads) = (bench.reference.fasta(), threads(bench));
    let read_group = format!("@RG\\tID:1\\tSM:{SAMPLE}\\tLB:lib1\\tPL:ILLUMINA");
    let mut map =
        command(&mapper.program, [mapper.command, "-Y", "-t", &threads, "-R", &read_group]);
    map.arg(&fasta).args(bench.simulation.reads());
    let fixmate = command("samtools", ["fixmate", "-m", "-u", "-", "-"]);
    let mut sort = command("samtools", ["sort", "-u", "-@", &threads, "-T"]);
    sort.arg(beside(cram, "sort")).arg("-");
    let mut markdup = command("samtools", ["markdup", "-u", "-@", &threads, "-T"]);
    markdup.arg(beside(cram, "markdup")).args(["-", "-"]);
    let mut view = command("samtools", ["view", "-O", "cram", "--write-index", "-@", &threads]);
    view.arg("--reference").arg(&fasta).arg("-o").arg(cram).arg("-");
    [map, fixmate, sort, markdup, view]
}

/// With the reference, for GC and mismatches by cycle as we count them.
fn stats(bench: &Bench<'_>, cram: &Path) -> Command {
    let mut stats = command("samtools", ["stats", "-@", &threads(bench), "--ref-seq"]);
    stats.arg(bench.reference.fasta()).arg("--reference").arg(bench.reference.fasta()).arg(cram);
    stats
}

fn mosdepth(bench: &Bench<'_>, cram: &Path) -> Command {
    let mut mosdepth = command("mosdepth", ["-n", "-t", &threads(bench), "-f"]);
    mosdepth.arg(bench.reference.fasta()).arg(beside(cram, "mosdepth")).arg(cram);
    mosdepth
}

fn beside(cram: &Path, name: &str) -> PathBuf {
    cram.with_file_name(name)
}

fn threads(bench: &Bench<'_>) -> String {
    bench.options.setup.threads.to_string()
}
