//! The figures, as JSON and as Markdown tables.

use serde::Serialize;

use super::{
    bench::Bench, chain::Chain, depth::Growth, memory::Memory, qc::Qc, size::Size,
    threads::Threads, tools::Tools,
};
use crate::bench::{machine::Machine, simulation::Recipe, table, target::Target, wgs_pipe::Limits};

/// Everything that was measured.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) limits: Limits,
    pub(super) simulation: Recipe,
    pub(super) tools: Tools,
    pub(super) left_out: Vec<String>,
    /// Of all that was measured.
    pub(super) targets: Vec<Target>,
    pub(super) chain: Option<Chain>,
    pub(super) qc: Option<Qc>,
    pub(super) size: Option<Size>,
    pub(super) memory: Option<Memory>,
    pub(super) threads: Option<Threads>,
    pub(super) depth: Option<Growth>,
}

impl Report {
    /// The circumstances, and no figures yet.
    pub(super) fn new(machine: Machine, bench: &Bench<'_>) -> Self {
        Self {
            machine,
            limits: bench.limits(),
            simulation: bench.recipe.clone(),
            left_out: bench.tools.left_out(),
            tools: bench.tools.clone(),
            targets: Vec::new(),
            chain: None,
            qc: None,
            size: None,
            memory: None,
            threads: None,
            depth: None,
        }
    }

    /// The same with the targets of all that was measured.
    pub(super) fn judged(mut self) -> Self {
        let of = |targets: Option<Vec<Target>>| targets.unwrap_or_default();
        self.targets = [
            of(self.chain.as_ref().map(Chain::targets)),
            of(self.qc.as_ref().map(Qc::targets)),
            of(self.size.as_ref().map(Size::targets)),
            of(self.memory.as_ref().map(Memory::targets)),
            of(self.threads.as_ref().map(Threads::targets)),
            of(self.depth.as_ref().map(Growth::targets)),
        ]
        .concat();
        self
    }

    /// The tables for people.
    pub(super) fn markdown(&self) -> String {
        let mut text = "# The read path and its peers\n\n".to_owned();
        text += &table::points(self.circumstances());
        text += "\n## Targets\n\n| what | measured | target | |\n|---|--:|--:|---|\n";
        text.extend(self.targets.iter().map(Target::row));
        let sections = [
            self.chain.as_ref().map(Chain::markdown),
            self.qc.as_ref().map(Qc::markdown),
            self.size.as_ref().map(Size::markdown),
            self.memory.as_ref().map(Memory::markdown),
            self.threads.as_ref().map(Threads::markdown),
            self.depth.as_ref().map(Growth::markdown),
        ];
        text.extend(sections.into_iter().flatten());
        text
    }

    fn circumstances(&self) -> Vec<String> {
        let Recipe { coverage, contigs, seed, .. } = &self.simulation;
        let Limits { threads, memory } = &self.limits;
        let mut points = vec![
            format!("Machine: {}", self.machine.line()),
            format!("Input: {coverage}x simulated of {} (seed {seed})", contigs.join(", ")),
            format!("Limits: {threads} threads for all, {memory} memory for wgs-pipe"),
            format!("Peers: {}", self.tools.line()),
        ];
        points.extend(self.left_out.iter().cloned());
        points
    }
}
