//! Other programs at the work of one of our stages, on the same input with the same threads.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde::Serialize;

use crate::{
    Error,
    bench::{
        process::{Pipeline, Used, command},
        reference::Reference,
        setup::Room,
        simulation::{SAMPLE, Simulation},
    },
};

/// How a peer fared.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Peer {
    /// The programs.
    pub(super) name: &'static str,
    /// Our stage that does the same work.
    pub(super) against: &'static str,
    pub(super) runs: Vec<Used>,
}

/// Where peers work.
pub(super) struct Workplace<'a> {
    pub(super) reference: &'a Reference,
    pub(super) threads: usize,
    pub(super) folder: PathBuf,
    pub(super) room: &'a Room,
}

impl Workplace<'_> {
    /// FASTQ to a sorted CRAM with duplicates marked, and its index.
    pub(super) fn align(&self, simulation: &Simulation) -> Result<Used, Error> {
        let fasta = self.reference.fasta();
        let threads = self.threads.to_string();
        let read_group = format!("@RG\\tID:1\\tSM:{SAMPLE}\\tLB:lib1\\tPL:ILLUMINA");
        let mut mem = command("bwa", ["mem", "-t", &threads, "-R", &read_group]);
        mem.arg(&fasta).args(simulation.reads());
        let fixmate = command("samtools", ["fixmate", "-m", "-u", "-", "-"]);
        let mut sort = command("samtools", ["sort", "-u", "-@", &threads, "-T"]);
        sort.arg(self.folder.join("sort")).arg("-");
        let mut markdup = command("samtools", ["markdup", "-@", &threads, "-O", "cram"]);
        markdup.arg("--write-index").arg("--reference").arg(&fasta);
        markdup.arg("-").arg(self.folder.join("bwa.cram"));
        self.run("bwa", vec![mem, fixmate, sort, markdup])
    }

    /// `bcftools mpileup | call` with their defaults.
    pub(super) fn bcftools(&self, cram: &Path, calls: &Path) -> Result<Used, Error> {
        let threads = self.threads.to_string();
        let mut mpileup = command("bcftools", ["mpileup", "--threads", &threads, "-Ou", "-f"]);
        mpileup.arg(self.reference.fasta()).arg(cram);
        let mut call = command("bcftools", ["call", "--threads", &threads, "-mv", "-Oz", "-o"]);
        call.arg(calls);
        self.run("bcftools", vec![mpileup, call])
    }

    /// freebayes with its defaults; it has one thread.
    pub(super) fn freebayes(&self, cram: &Path, calls: &Path) -> Result<Used, Error> {
        let mut freebayes = command("freebayes", ["-f"]);
        freebayes.arg(self.reference.fasta()).arg("-v").arg(calls).arg(cram);
        self.run("freebayes", vec![freebayes])
    }

    fn run(&self, name: &str, commands: Vec<Command>) -> Result<Used, Error> {
        let commands = commands.into_iter().map(|command| self.reference.confine(command));
        Pipeline::new(self.room.log(name), commands).run()
    }
}
