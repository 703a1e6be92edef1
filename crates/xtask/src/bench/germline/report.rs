//! The figures, as JSON and as Markdown tables.

use std::fmt::Write;

use serde::Serialize;

use super::{
    accuracy::{Accuracy, Counts},
    peers::Peer,
    tools::Tools,
    validity::Validity,
};
use crate::bench::{
    machine::Machine,
    process::Used,
    simulation::Recipe,
    table,
    wgs_pipe::{Limits, Run},
};

/// Everything that was measured.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) limits: Limits,
    pub(super) simulation: Recipe,
    pub(super) tools: Tools,
    /// The program, with its version.
    pub(super) program: String,
    pub(super) bundle: Used,
    pub(super) runs: Vec<Run>,
    pub(super) peers: Vec<Peer>,
    pub(super) accuracy: Vec<Accuracy>,
    pub(super) validity: Validity,
    pub(super) left_out: Vec<String>,
}

impl Report {
    /// The tables for people.
    pub(super) fn markdown(&self) -> String {
        let mut text = format!("# Germline case: {} and its peers\n\n", self.program);
        text += &self.circumstances();
        text += &self.time_and_memory();
        text += &accuracy(&self.accuracy);
        text += "\n## Validity of the CRAM\n\n";
        text + &table::points(self.validity.lines()) + &table::points(self.left_out.clone())
    }

    fn circumstances(&self) -> String {
        let Recipe { coverage, contigs, seed } = &self.simulation;
        let Limits { threads, memory } = &self.limits;
        let contigs = contigs.join(", ");
        let tools = self.tools.line();
        format!(
            "- Machine: {}\n\
             - Input: {coverage}x simulated of {contigs} (seed {seed})\n\
             - Limits: {threads} threads, {memory} memory for wgs-pipe; {threads} threads for \
             peers that have them\n\
             - Peers: {tools}\n",
            self.machine.line()
        )
    }

    fn time_and_memory(&self) -> String {
        let runs = self.runs.len();
        let ours = Run::median(&self.runs);
        let mut text = format!(
            "\n## Time and memory\n\nMedians of {runs} (freebayes: 1). Peak memory of a pipeline is the \
             sum over its processes.\n\n"
        );
        text += &table::used_head("ours");
        text += &table::used("wgs-pipe bundle build", self.bundle, None);
        text += &table::used("**wgs-pipe run**", ours.whole, None);
        for task in &ours.tasks {
            text += &table::used(&format!("· {}", task.task), task.used, None);
        }
        for peer in &self.peers {
            let name = format!("{}, against `{}`", peer.name, peer.against);
            let (used, ours) = (Used::median(&peer.runs), ours.stage(peer.against));
            text += &table::used(&name, used, Some(ours));
        }
        text
    }
}

fn accuracy(all: &[Accuracy]) -> String {
    let mut text =
        "\n## Accuracy\n\nAlleles inside the confident regions that pass the caller's own \
         filters, on the CRAM of wgs-pipe.\n\n\
         | caller | type | TP | FP | FN | precision | recall | F1 |\n\
         |---|---|--:|--:|--:|--:|--:|--:|\n"
            .to_owned();
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
        let text = accuracy(&[one("us"), one("them")]);
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
        assert_eq!(rows[0], "| us | SNV | 3 | 1 | 0 | 0.7500 | 1.0000 | 0.8571 |");
        assert!(rows[1].starts_with("| them | SNV |") && rows[2].starts_with("| us | indel |"));
    }
}
