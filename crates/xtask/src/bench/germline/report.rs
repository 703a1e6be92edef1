//! The figures, as JSON and as Markdown tables.

use std::fmt::Write;

use serde::Serialize;

use super::{
    accuracy::{Accuracy, Counts},
    bench::Bench,
    case::Case,
    real::Real,
    shallow::Shallow,
    shards::Shards,
    threads::Threads,
    tools::Tools,
    trio::Trio,
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
    pub(super) case: Option<Case>,
    pub(super) threads: Option<Threads>,
    pub(super) shards: Option<Shards>,
    pub(super) shallow: Option<Shallow>,
    pub(super) trio: Option<Trio>,
    pub(super) real: Option<Real>,
}

impl Report {
    /// The circumstances, and no figures yet.
    pub(super) fn new(machine: Machine, bench: &Bench<'_>) -> Self {
        Self {
            machine,
            limits: bench.wgs_pipe.limits.clone(),
            simulation: bench.recipe(bench.options.setup.coverage),
            left_out: bench.tools.left_out(),
            tools: bench.tools.clone(),
            targets: Vec::new(),
            case: None,
            threads: None,
            shards: None,
            shallow: None,
            trio: None,
            real: None,
        }
    }

    /// The same with the targets of all that was measured.
    pub(super) fn judged(mut self) -> Self {
        let of = |targets: Option<Vec<Target>>| targets.unwrap_or_default();
        self.targets = [
            of(self.case.as_ref().map(Case::targets)),
            of(self.threads.as_ref().map(Threads::targets)),
            of(self.shards.as_ref().map(Shards::targets)),
            of(self.shallow.as_ref().map(Shallow::targets)),
            of(self.trio.as_ref().map(Trio::targets)),
            of(self.real.as_ref().map(Real::targets)),
        ]
        .concat();
        self
    }

    /// The tables for people.
    pub(super) fn markdown(&self) -> String {
        let mut text = "# Germline case, small variants, and peers\n\n".to_owned();
        text += &table::points(self.circumstances());
        text += "\n## Targets\n\n| what | measured | target | |\n|---|--:|--:|---|\n";
        text.extend(self.targets.iter().map(Target::row));
        let sections = [
            self.case.as_ref().map(Case::markdown),
            self.threads.as_ref().map(Threads::markdown),
            self.shards.as_ref().map(Shards::markdown),
            self.shallow.as_ref().map(Shallow::markdown),
            self.trio.as_ref().map(Trio::markdown),
            self.real.as_ref().map(Real::markdown),
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
            format!(
                "Limits: {threads} threads for all that have them, {memory} memory for wgs-pipe"
            ),
            format!("Peers: {}", self.tools.line()),
        ];
        points.extend(self.case.iter().map(|case| format!("Program: {}", case.program)));
        points.extend(self.left_out.iter().cloned());
        points
    }
}

/// Targets of F1 of SNVs and of indels.
pub(super) fn f1_targets(of: &str, ours: &Accuracy, least: [f64; 2]) -> Vec<Target> {
    let [snv, indel] = least;
    vec![
        Target::at_least(format!("{of}: F1 of SNVs"), ours.snvs.f1(), snv, " F1"),
        Target::at_least(format!("{of}: F1 of indels"), ours.indels.f1(), indel, " F1"),
    ]
}

/// Callers beside each other, by type.
pub(super) fn accuracy(place: &str, all: &[Accuracy]) -> String {
    let mut text = format!(
        "\n| {place}: caller | type | TP | FP | FN | precision | recall | F1 |\n\
         |---|---|--:|--:|--:|--:|--:|--:|\n"
    );
    for (kind, counts) in
        [("SNV", (|a| a.snvs) as fn(&Accuracy) -> Counts), ("indel", |a| a.indels)]
    {
        for one in all {
            let c = counts(one);
            let Counts { true_positives, false_positives, false_negatives } = c;
            let (precision, recall, f1) = (c.precision(), c.recall(), c.f1());
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "| {} | {kind} | {true_positives} | {false_positives} | {false_negatives} | \
                 {precision:.4} | {recall:.4} | {f1:.4} |",
                one.caller
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_stand_beside_each_other_by_type() {
        let counts = Counts { true_positives: 3, false_positives: 1, false_negatives: 0 };
        let one = |caller: &str| Accuracy {
            caller: caller.into(),
            snvs: counts,
            indels: Counts::default(),
        };
        let text = accuracy("here", &[one("us"), one("them")]);
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
        assert_eq!(rows[0], "| us | SNV | 3 | 1 | 0 | 0.7500 | 1.0000 | 0.8571 |");
        assert!(rows[1].starts_with("| them | SNV |") && rows[2].starts_with("| us | indel |"));
    }
}
