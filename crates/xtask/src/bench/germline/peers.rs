//! Other callers of small variants, on the same CRAM.

use std::{path::Path, process::Command};

use serde::Serialize;

use crate::{
    Error,
    bench::{
        process::{Pipeline, Used, command},
        reference::Reference,
        setup::Room,
    },
};

/// How a peer fared.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Peer {
    /// The programs.
    pub(super) name: &'static str,
    pub(super) used: Used,
}

/// Where peers work.
pub(super) struct Workplace<'a> {
    pub(super) reference: &'a Reference,
    pub(super) threads: usize,
    pub(super) room: &'a Room,
}

impl Workplace<'_> {
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
