//! Whether the outputs of the reads task depend on its threads.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bench::Bench;
use crate::{
    Error,
    bench::{target::Target, wgs_pipe::Limits},
};

/// Threads that are compared.
const THREADS: [usize; 3] = [1, 2, 4];

/// SHA-256 of each output, by the number of threads.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Threads(BTreeMap<String, BTreeMap<usize, String>>);

/// Runs the task with each number of threads.
pub(super) fn measure(bench: &Bench<'_>) -> Result<Threads, Error> {
    let mut outputs: BTreeMap<String, BTreeMap<usize, String>> = BTreeMap::new();
    for threads in THREADS {
        let limits = Limits { threads, ..bench.limits() };
        for (output, digest) in bench.ours(&bench.simulation, limits)?.digests {
            outputs.entry(output).or_default().insert(threads, digest);
        }
    }
    Ok(Threads(outputs))
}

/// Whether an output is there for every number of threads, and the same.
fn is_identical(digests: &BTreeMap<usize, String>) -> bool {
    let mut values = digests.values();
    let first = values.next();
    digests.len() == THREADS.len() && values.all(|digest| Some(digest) == first)
}

impl Threads {
    /// No output may differ; that there are none at all is no proof.
    pub(super) fn targets(&self) -> Vec<Target> {
        let differing = self.0.values().filter(|digests| !is_identical(digests)).count();
        let differing = if self.0.is_empty() { f64::NAN } else { differing as f64 };
        let count = self.0.len();
        let what = format!("reads task: of {count} outputs, those that differ at 1, 2, 4 threads");
        vec![Target::at_most(what, differing, 0.0, "")]
    }

    /// The table for people.
    pub(super) fn markdown(&self) -> String {
        let mut text =
            "\n## Outputs at 1, 2 and 4 threads\n\n| output | SHA-256 |\n|---|---|\n".to_owned();
        for (output, digests) in &self.0 {
            let digest = digests.values().next().map_or("", |digest| digest);
            let digest = if is_identical(digests) { digest } else { "**differs**" };
            text += &format!("| {output} | {digest} |\n");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(digests: &[(&str, [&str; 3])]) -> Threads {
        let of = |values: [&str; 3]| THREADS.into_iter().zip(values.map(String::from)).collect();
        Threads(digests.iter().map(|(name, values)| ((*name).to_owned(), of(*values))).collect())
    }

    #[test]
    fn an_output_that_differs_or_lacks_is_found() {
        let same = outputs(&[("alignment", ["a", "a", "a"])]);
        assert!(same.targets()[0].met && same.markdown().contains("| alignment | a |"));
        let other = outputs(&[("alignment", ["a", "a", "b"]), ("index", ["c", "c", "c"])]);
        assert!(
            !other.targets()[0].met && other.markdown().contains("| alignment | **differs** |")
        );
        let mut lacking = same;
        lacking.0.get_mut("alignment").unwrap().remove(&4);
        assert!(!lacking.targets()[0].met);
        assert!(!outputs(&[]).targets()[0].met);
    }
}
