//! The reads task beside the bare engine, and beside whole chains of other programs.

use serde::Serialize;

use super::{
    bench::{Bench, Engine},
    peers::{self, Mapper},
};
use crate::{
    Error,
    bench::{process::Used, say, table, target::Target},
};

/// CPU of the task over that of the bare engine, at most.
const OVER_ENGINE: f64 = 1.35;
/// How much less a chain with that mapper should be beaten by.
const OVER_CHAIN: &[(&str, f64)] = &[("minibwa map", 1.8), ("bwa mem", 5.0)];

/// What the same reads took.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Chain {
    /// wgs-pipe, with its version.
    pub(super) program: String,
    /// Reads that all of them read.
    pub(super) reads: u64,
    /// The last repetition's figures of the engine.
    pub(super) engine: Engine,
    whole: Vec<Used>,
    task: Vec<Used>,
    bare_engine: Vec<Used>,
    peers: Vec<Peer>,
}

/// A chain of programs.
#[derive(Clone, Debug, Serialize)]
struct Peer {
    mapper: &'static str,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, Serialize)]
struct Step {
    step: &'static str,
    runs: Vec<Used>,
}

/// Runs everything once in each repetition.
pub(super) fn measure(bench: &Bench<'_>) -> Result<Chain, Error> {
    let mappers = if bench.tools.has_chain() { Mapper::all(bench) } else { Vec::new() };
    let (mut whole, mut task, mut engines) = (Vec::new(), Vec::new(), Vec::new());
    let mut peers: Vec<Peer> =
        mappers.iter().map(|mapper| Peer { mapper: mapper.name, steps: Vec::new() }).collect();
    let mut last = None;
    for _ in bench.repetitions() {
        let ours = bench.ours(&bench.simulation, bench.limits())?;
        whole.push(ours.whole);
        task.push(ours.task);
        engines.push(bench.engine()?);
        for (peer, mapper) in peers.iter_mut().zip(&mappers) {
            say(&format!("the chain with {}", mapper.name));
            peer.add(peers::chain(bench, mapper)?);
        }
        last = Some(ours);
    }
    let bare_engine = engines.iter().map(Engine::used).collect();
    let (ours, engine) = last.zip(engines.pop()).ok_or("there is nothing to repeat")?;
    if ours.reads != engine.reads {
        let (ours, engine) = (ours.reads, engine.reads);
        return Err(format!("wgs-pipe read {ours} reads, the bare engine {engine}").into());
    }
    let (program, reads) = (ours.program, ours.reads);
    Ok(Chain { program, reads, engine, whole, task, bare_engine, peers })
}

impl Engine {
    fn used(&self) -> Used {
        Used { wall_s: self.wall_s, core_s: self.core_s, max_rss_bytes: self.index_bytes }
    }
}

impl Peer {
    fn add(&mut self, steps: Vec<(&'static str, Used)>) {
        if self.steps.is_empty() {
            let empty = |(step, _): &(&'static str, Used)| Step { step, runs: Vec::new() };
            self.steps = steps.iter().map(empty).collect();
        }
        for (step, (_, used)) in self.steps.iter_mut().zip(steps) {
            step.runs.push(used);
        }
    }

    /// The median over the repetitions of all steps together.
    fn median(&self) -> Used {
        let repetitions = self.steps.first().map_or(0, |step| step.runs.len());
        let whole = |number: usize| {
            let steps = self.steps.iter().map(|step| step.runs[number]);
            steps.fold(Used::default(), Used::then)
        };
        Used::median(&(0..repetitions).map(whole).collect::<Vec<_>>())
    }
}

impl Chain {
    /// CPU against the engine; CPU and wall against each chain.
    pub(super) fn targets(&self) -> Vec<Target> {
        let (ours, engine) = (Used::median(&self.task), Used::median(&self.bare_engine));
        let over = ours.core_s / engine.core_s;
        let what = "reads task: CPU over the bare engine";
        let mut targets = vec![Target::at_most(what, over, OVER_ENGINE, "x")];
        for (mapper, limit) in OVER_CHAIN {
            let Some(peer) = self.peers.iter().find(|peer| peer.mapper == *mapper) else {
                continue;
            };
            let theirs = peer.median();
            for (figure, ratio) in
                [("CPU", theirs.core_s / ours.core_s), ("wall", theirs.wall_s / ours.wall_s)]
            {
                let what = format!("chain with `{mapper}`: {figure} over the reads task");
                targets.push(Target::at_least(what, ratio, *limit, "x"));
            }
        }
        targets
    }

    /// The table for people.
    pub(super) fn markdown(&self) -> String {
        let (runs, reads) = (self.task.len(), self.reads as f64 / 1e6);
        let ours = Used::median(&self.task);
        let mut text = format!(
            "\n## FASTQ to marked, sorted CRAM, with quality control and metrics\n\n\
             {reads:.2} million reads; medians of {runs} interleaved runs. The engine is {}: its \
             figures are those of aligning alone, from memory, records discarded, and its memory \
             is that of its index. A chain's steps run one after the other, its peak is that of \
             the largest.\n\n",
            self.engine.engine
        );
        text += &table::used_head("the task");
        text += &table::used("**`reads` task**", ours, None);
        text += &table::used("`wgs-pipe run` around it", Used::median(&self.whole), Some(ours));
        text += &table::used("bare engine", Used::median(&self.bare_engine), Some(ours));
        for peer in &self.peers {
            let name = format!("chain with `{}`", peer.mapper);
            text += &table::used(&name, peer.median(), Some(ours));
            for Step { step, runs } in &peer.steps {
                text += &table::used(&format!("· {step}"), Used::median(runs), None);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(core_s: f64) -> Used {
        Used { wall_s: core_s / 2.0, core_s, max_rss_bytes: 1 }
    }

    fn measured() -> Chain {
        let mut peer = Peer { mapper: "minibwa map", steps: Vec::new() };
        for times in [1.0, 5.0, 2.0] {
            peer.add(vec![("fastp", used(times)), ("map", used(3.0 * times))]);
        }
        Chain {
            program: "wgs-pipe 1".into(),
            reads: 1_000_000,
            engine: Engine {
                engine: "engine 1".into(),
                index_bytes: 1,
                reads: 1_000_000,
                wall_s: 1.5,
                core_s: 3.0,
            },
            whole: vec![used(5.0)],
            task: vec![used(4.0)],
            bare_engine: vec![used(3.0)],
            peers: vec![peer],
        }
    }

    #[test]
    fn a_chain_takes_what_its_steps_take_together() {
        let chain = measured();
        assert_eq!(chain.peers[0].median().core_s, 8.0);
        assert_eq!(Used::median(&chain.peers[0].steps[1].runs).core_s, 6.0);
    }

    #[test]
    fn targets_compare_with_those_that_took_part() {
        let met: Vec<bool> = measured().targets().iter().map(|target| target.met).collect();
        assert_eq!(met, [true, true, true]);
        let rows: Vec<String> = measured().targets().iter().map(Target::row).collect();
        assert!(rows[0].contains("| 1.333x | ≤ 1.35x | passed |"), "{}", rows[0]);
        assert!(rows[1].contains("minibwa map") && rows[1].contains("| 2.000x | ≥ 1.8x |"));
    }

    #[test]
    fn the_table_shows_every_step() {
        let text = measured().markdown();
        assert!(text.contains("| bare engine | 1.5 | 3.0 | 0 | 0.75x |"), "{text}");
        assert!(text.contains("| · map | 3.0 | 6.0 | 0 |  |"), "{text}");
    }
}
