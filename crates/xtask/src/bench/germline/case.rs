//! The case from FASTQ to report, and what its outputs are worth beside those of peers.

use std::{
    iter,
    path::{Path, PathBuf},
};

use serde::Serialize;
use wgs_engine::RunRecord;

use super::{
    accuracy::{Accuracy, Calls, Counts, Judge, Truth},
    bench::{Bench, truth_of},
    mapped,
    peers::{Peer, Workplace},
    report,
    validity::{self, Validity},
};
use crate::{
    Error,
    bench::{
        process::Used,
        say, table,
        target::Target,
        wgs_pipe::{self, Run},
    },
};

/// QUAL at which callers that set no filters are judged as well: what their manuals advise.
const USUAL_MIN_QUAL: f64 = 20.0;
/// Our errors over those of the better peer, at most.
const OVER_PEERS: f64 = 0.5;
/// F1 of SNVs and of indels where reads map well, at least.
const MIN_F1: [f64; 2] = [0.995, 0.985];
/// CPU seconds of calling a megabase of the genome, at most.
const MAX_CORE_S_PER_MB: f64 = 2.0;
/// CPU of freebayes over ours, at least.
const OVER_FREEBAYES: f64 = 3.0;

const FREEBAYES: &str = "freebayes";
/// The confident regions where reads can be told apart.
const MAPPED: &str = "where reads can be told apart";

/// What was measured of the case.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Case {
    /// The program, with its version.
    pub(super) program: String,
    bundle: Used,
    runs: Vec<Run>,
    peers: Vec<Peer>,
    /// Bases of the contigs that have reads.
    bases: u64,
    threads: usize,
    everywhere: Vec<Accuracy>,
    /// Where reads can be told apart; nothing without mosdepth.
    mapped: Vec<Accuracy>,
    plain: Vec<Accuracy>,
    validity: Validity,
    #[serde(skip)]
    pub(super) cram: PathBuf,
}

/// What a caller made of our CRAM.
struct CallSet {
    caller: &'static str,
    path: PathBuf,
    /// The caller marks in FILTER what it does not stand by.
    has_filters: bool,
}

/// Runs the case, then peers on its CRAM, and judges all.
pub(super) fn measure(bench: &Bench<'_>) -> Result<Case, Error> {
    let args = &bench.options.setup;
    let simulation = bench.setup.simulation("simulation", &bench.recipe(args.coverage))?;
    let mut runs = Vec::new();
    let mut layout = None;
    for number in 1..=args.repeat {
        say(&format!("wgs-pipe run ({number} of {})", args.repeat));
        let out = bench.setup.room.folder("run");
        let (run, made) = bench.wgs_pipe.run(&simulation, &bench.bundle, &out)?;
        runs.push(run);
        layout = Some(made);
    }
    let layout = layout.ok_or("no run")?;
    let cram = wgs_pipe::cram(&layout)?;
    let (peers, mut calls) = peers(bench, &cram)?;
    let ours = CallSet { caller: "wgs-pipe", path: layout.small_variants(), has_filters: true };
    calls.insert(0, ours);
    say("judging the calls and the CRAM");
    let judge = bench.judge(bench.reference.fasta());
    let truth = truth_of(&simulation);
    Ok(Case {
        program: RunRecord::read(&layout)?.program,
        bundle: bench.bundle_used,
        runs,
        peers,
        bases: bench.reference.bases(&bench.options.contigs)?,
        threads: args.threads,
        everywhere: all_ways(&judge, &calls, &truth)?,
        mapped: match bench.tools.mosdepth {
            Some(_) => all_ways(&judge, &calls, &mapped::truth(bench, &cram, &truth)?)?,
            None => Vec::new(),
        },
        plain: all_ways(&judge, &calls, &bench.plain(&truth)?)?,
        validity: validity::check(&cram, &bench.reference, &bench.tools, &bench.setup.room)?,
        cram,
    })
}

/// Judges all calls of each caller, and those with the usual QUAL of a caller without filters.
fn all_ways(judge: &Judge, calls: &[CallSet], truth: &Truth) -> Result<Vec<Accuracy>, Error> {
    let ways = calls.iter().flat_map(|set| {
        let usual = (!set.has_filters).then_some(Some(USUAL_MIN_QUAL));
        let way = move |min_quality| Calls { caller: set.caller, path: &set.path, min_quality };
        iter::once(None).chain(usual).map(way)
    });
    ways.map(|calls| judge.judge(calls, truth)).collect()
}

fn peers(bench: &Bench<'_>, cram: &Path) -> Result<(Vec<Peer>, Vec<CallSet>), Error> {
    let folder = bench.fresh("peers")?;
    let place = Workplace {
        reference: &bench.reference,
        threads: bench.options.setup.threads,
        room: &bench.setup.room,
    };
    say("bcftools mpileup + call");
    let bcftools = folder.join("bcftools.vcf.gz");
    let used = place.bcftools(cram, &bcftools)?;
    let mut peers = vec![Peer { name: "bcftools mpileup + call", used }];
    let mut calls = vec![CallSet { caller: "bcftools", path: bcftools, has_filters: false }];
    if bench.tools.freebayes.is_some() {
        say("freebayes");
        let freebayes = folder.join("freebayes.vcf");
        let used = place.freebayes(cram, &freebayes)?;
        peers.push(Peer { name: FREEBAYES, used });
        calls.push(CallSet { caller: FREEBAYES, path: freebayes, has_filters: false });
    }
    Ok((peers, calls))
}

impl Case {
    /// Errors beside those of peers, F1, and what calling takes.
    pub(super) fn targets(&self) -> Vec<Target> {
        let call = self.calling();
        let per_mb = call.core_s / (self.bases as f64 / 1e6);
        let gib = call.max_rss_bytes as f64 / f64::from(1 << 30);
        let memory = 2.0 + 0.5 * self.threads as f64;
        let mut targets = vec![
            over_best_peer("SNV", "all contigs", &self.everywhere, |a| a.snvs),
            over_best_peer("indel", "all contigs", &self.everywhere, |a| a.indels),
        ];
        if !self.mapped.is_empty() {
            targets.push(over_best_peer("SNV", MAPPED, &self.mapped, |a| a.snvs));
            targets.push(over_best_peer("indel", MAPPED, &self.mapped, |a| a.indels));
        }
        targets.extend(
            self.plain
                .first()
                .into_iter()
                .flat_map(|ours| report::f1_targets("plain contigs", ours, MIN_F1)),
        );
        targets.push(Target::at_most("calling", per_mb, MAX_CORE_S_PER_MB, " CPU-s/Mb"));
        if let Some(peer) = self.peers.iter().find(|peer| peer.name == FREEBAYES) {
            let ratio = peer.used.core_s / call.core_s;
            targets.push(Target::at_least(
                "CPU of freebayes over ours",
                ratio,
                OVER_FREEBAYES,
                "x",
            ));
        }
        targets.push(Target::at_most("memory of calling in GiB", gib, memory, "x"));
        targets
    }

    /// What the calling of small variants takes, from CRAM to the case's VCF.
    fn calling(&self) -> Used {
        let run = Run::median(&self.runs);
        run.stage("call").then(run.stage("joint"))
    }

    /// The tables for people.
    pub(super) fn markdown(&self) -> String {
        let mut text = self.time_and_memory();
        text += "\n## Accuracy on our CRAM, by genotype, inside the confident regions\n\n";
        text += &report::accuracy("all contigs", &self.everywhere);
        text += &report::accuracy(MAPPED, &self.mapped);
        text += &report::accuracy("plain contigs", &self.plain);
        text += "\n## Validity of the CRAM\n\n";
        text + &table::points(self.validity.lines())
    }

    fn time_and_memory(&self) -> String {
        let ours = Run::median(&self.runs);
        let mut text = format!(
            "\n## Time and memory\n\nMedians of {} for wgs-pipe, one run of peers. Peak memory of a \
             pipeline is the sum over its processes.\n\n",
            self.runs.len()
        );
        text += &table::used_head("ours");
        text += &table::used("wgs-pipe bundle build", self.bundle, None);
        text += &table::used("**wgs-pipe run**", ours.whole, None);
        for task in &ours.tasks {
            text += &table::used(&format!("· {}", task.task), task.used, None);
        }
        for peer in &self.peers {
            text += &table::used(peer.name, peer.used, Some(self.calling()));
        }
        text
    }
}

/// Our errors over those of the peer, at its better QUAL, that has fewest.
fn over_best_peer(
    kind: &str,
    place: &str,
    all: &[Accuracy],
    of: fn(&Accuracy) -> Counts,
) -> Target {
    let ours = all.first().map_or(f64::NAN, |ours| of(ours).errors() as f64);
    let best = all.iter().skip(1).map(|peer| of(peer).errors()).min();
    let ratio = ours / best.map_or(f64::NAN, |best| best as f64);
    let what = format!("{kind} errors (FP + FN), {place}, over the better peer");
    Target::at_most(what, ratio, OVER_PEERS, "x")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_held_against_the_best_peer() {
        let with = |errors| {
            let counts = Counts { true_positives: 9, false_positives: errors, false_negatives: 1 };
            Accuracy { caller: "x".into(), snvs: counts, indels: Counts::default() }
        };
        assert!(over_best_peer("SNV", "here", &[with(4), with(19), with(9)], |a| a.snvs).met);
        assert!(!over_best_peer("SNV", "here", &[with(4), with(19), with(8)], |a| a.snvs).met);
        assert!(
            !over_best_peer("SNV", "here", &[with(0)], |a| a.snvs).met,
            "without a peer there is no proof"
        );
    }
}
