//! `wgs-pipe qc` beside fastp, and beside our own reading of FASTQ that only counts.

use serde::Serialize;

use super::{bench::Bench, peers};
use crate::{
    Error,
    bench::{
        process::{Used, command},
        say, table,
        target::Target,
    },
};

/// fastp's CPU over ours, at least.
const OVER_FASTP: f64 = 4.0;
/// Our CPU over that of reading alone, at most.
const OVER_READING: f64 = 1.5;

/// What each run took.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Qc {
    threads: usize,
    ours: Vec<Used>,
    reading: Vec<Used>,
    /// As it comes.
    fastp: Vec<Used>,
    /// With over-represented sequences, which we count always.
    fastp_all_modules: Vec<Used>,
}

/// Runs everything once in each repetition.
pub(super) fn measure(bench: &Bench<'_>) -> Result<Qc, Error> {
    let mut measured = Qc { threads: bench.options.setup.threads, ..Qc::default() };
    for _ in bench.repetitions() {
        say("wgs-pipe qc, reading alone, fastp");
        measured.ours.push(ours(bench)?);
        measured.reading.push(reading(bench)?);
        if bench.tools.fastp.is_some() {
            let folder = bench.fresh("fastp")?;
            measured.fastp.push(peers::fastp(bench, &folder, &[])?);
            measured.fastp_all_modules.push(peers::fastp(bench, &folder, &["-p"])?);
        }
    }
    Ok(measured)
}

fn ours(bench: &Bench<'_>) -> Result<Used, Error> {
    let mut qc = command(&bench.setup.binary, ["qc"]);
    qc.args(bench.simulation.reads()).arg("--out").arg(bench.fresh("qc")?);
    qc.args(["--threads", &bench.options.setup.threads.to_string()]);
    bench.run("qc", [qc])
}

fn reading(bench: &Bench<'_>) -> Result<Used, Error> {
    let reading = command(bench.setup.beside("bare-fastq"), bench.simulation.reads());
    bench.run("bare-fastq", [reading])
}

impl Qc {
    /// CPU against fastp and against reading alone.
    pub(super) fn targets(&self) -> Vec<Target> {
        let cpu = |runs: &[Used]| Used::median(runs).core_s;
        let ours = cpu(&self.ours);
        let fastp =
            [("", &self.fastp), (" with over-represented sequences", &self.fastp_all_modules)];
        let fastp = fastp.into_iter().filter(|(_, runs)| !runs.is_empty()).map(|(how, runs)| {
            let what = format!("`fastp`{how}: CPU over `wgs-pipe qc`");
            Target::at_least(what, cpu(runs) / ours, OVER_FASTP, "x")
        });
        let what = "`wgs-pipe qc`: CPU over our own reading of FASTQ alone";
        let reading = Target::at_most(what, ours / cpu(&self.reading), OVER_READING, "x");
        fastp.chain([reading]).collect()
    }

    /// The table for people.
    pub(super) fn markdown(&self) -> String {
        let (runs, ours) = (self.ours.len(), Used::median(&self.ours));
        let mut text = format!(
            "\n## FASTQ quality control\n\n{} threads; medians of {runs} interleaved runs. `fastp` \
             writes its reports and no reads; by default it leaves out over-represented sequences, \
             which `wgs-pipe qc` has. Reading alone decompresses, checks and counts.\n\n",
            self.threads
        );
        text += &table::used_head("ours");
        for (name, runs) in [
            ("**`wgs-pipe qc`**", &self.ours),
            ("reading alone", &self.reading),
            ("`fastp`", &self.fastp),
            ("`fastp -p`", &self.fastp_all_modules),
        ] {
            if !runs.is_empty() {
                text += &table::used(name, Used::median(runs), Some(ours));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(core_s: f64) -> Vec<Used> {
        vec![Used { core_s, ..Used::default() }]
    }

    #[test]
    fn both_ways_of_fastp_are_judged_where_it_is_installed() {
        let alone = Qc { ours: runs(3.0), reading: runs(2.5), ..Qc::default() };
        assert_eq!(alone.targets().len(), 1);
        assert!(alone.targets()[0].met);
        let beside = Qc { fastp: runs(11.0), fastp_all_modules: runs(12.0), ..alone };
        let met: Vec<bool> = beside.targets().iter().map(|target| target.met).collect();
        assert_eq!(met, [false, true, true]);
        assert!(beside.markdown().contains("| `fastp -p` | 0.0 | 12.0 | 0 | 4.00x |"));
    }
}
