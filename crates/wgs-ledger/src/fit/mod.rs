//! The table of needs, from what tasks took.

mod regression;
mod text;

use std::{collections::BTreeMap, path::Path};

use regression::{Row, quantile};
use wgs_engine::{
    needs::{Linear, NeedsTable, Sizes, StageNeeds},
    run_record::{Made, TaskEntry},
};

use crate::CaseEntry;

/// Share of the measured tasks that need no more than the table says.
const QUANTILE: f64 = 0.9;
/// Which of the shares that threads do not speed up is taken, from the least.
const LEAST_SERIAL: f64 = 0.05;
/// Most tasks of a stage that are looked at; of more, every second, third, … is taken.
const MOST_TASKS: usize = 20_000;

/// Gathers what tasks took.
#[derive(Debug)]
pub struct Fit {
    base: NeedsTable,
    sizes: Sizes,
    stages: BTreeMap<String, Vec<Sample>>,
}

/// What one task took.
#[derive(Clone, Debug)]
struct Sample {
    input_bytes: f64,
    reference_bytes: f64,
    threads: f64,
    wall_s: f64,
    core_s: f64,
    rss_bytes: f64,
    /// Bytes that were written and are in no output; none where it is not known what was written.
    scratch_bytes: Option<f64>,
    outputs: Vec<(String, f64)>,
}

impl Fit {
    /// `base` says what is not measured: what bytes of other formats count, what is added for
    /// safety, and what is taken for stages that no run has.
    pub fn new(base: NeedsTable) -> Self {
        Self { base, sizes: Sizes::default(), stages: BTreeMap::new() }
    }

    /// Takes the tasks of a case. A part of a reference bundle that is gone counts nothing.
    pub fn add(&mut self, case: &CaseEntry) {
        for entry in &case.record.tasks {
            let Some(made) = entry.status.made() else { continue };
            let sample = self.sample(entry, made);
            let stage = self.stages.entry(entry.stage.clone()).or_default();
            stage.push(sample);
        }
    }

    fn sample(&self, entry: &TaskEntry, made: &Made) -> Sample {
        let needs = self.base.of(&entry.stage);
        let file = |path: &Path, bytes: u64| bytes as f64 * needs.equivalent(path);
        let folder = |path: &Path| self.sizes.folder(path).unwrap_or(0) as f64;
        let outputs = made.outputs.iter().map(|o| (plain(&o.name), o.bytes as f64));
        let written = made.usage.io.map(|io| io.written_bytes);
        let threads = made.usage.asked.map_or(entry.threads, |asked| asked.threads);
        Sample {
            input_bytes: made.inputs.iter().map(|input| file(&input.path, input.bytes)).sum(),
            reference_bytes: made
                .inputs
                .iter()
                .filter(|input| input.bytes == 0)
                .map(|input| folder(&input.path))
                .sum(),
            threads: threads.max(1) as f64,
            wall_s: made.usage.wall_s,
            core_s: made.core_s,
            rss_bytes: made.usage.max_rss_bytes as f64,
            scratch_bytes: written.map(|w| w.saturating_sub(made.output_bytes) as f64),
            outputs: outputs.collect(),
        }
    }
}

/// The table that fits what was gathered: stages that were measured anew, the others as they were.
/// In TOML, with the number of tasks behind each stage.
pub fn fit_needs(fit: &Fit) -> String {
    let mut table = fit.base.clone();
    for (stage, samples) in &fit.stages {
        let step = samples.len().div_ceil(MOST_TASKS);
        let samples: Vec<_> = samples.iter().step_by(step.max(1)).collect();
        let needs = stage_needs(&samples, fit.base.of(stage));
        table.stages.insert(stage.clone(), needs);
    }
    text::write(&table)
}

fn stage_needs(samples: &[&Sample], base: &StageNeeds) -> StageNeeds {
    let mut outputs: BTreeMap<String, Vec<Row<3>>> = BTreeMap::new();
    for sample in samples {
        for (name, bytes) in &sample.outputs {
            outputs.entry(name.clone()).or_default().push((by_bytes(sample), *bytes));
        }
    }
    let scratch: Vec<_> =
        samples.iter().filter_map(|s| Some((by_bytes(s), s.scratch_bytes?))).collect();
    let core: Vec<_> = samples.iter().map(|s| (by_bytes(s), s.core_s)).collect();
    let memory: Vec<_> = samples.iter().map(|s| (by_all(s), s.rss_bytes)).collect();
    let [fixed, per_thread, per_input_byte, per_reference_byte] =
        regression::fit(&memory, QUANTILE);
    let measured = outputs.iter().map(|(name, rows)| (name.clone(), linear(rows)));
    StageNeeds {
        tasks: samples.len(),
        serial: serial(samples).unwrap_or(base.serial),
        core_s: linear(&core),
        memory_bytes: Linear { fixed, per_input_byte, per_reference_byte, per_thread },
        scratch_bytes: if scratch.is_empty() { base.scratch_bytes } else { linear(&scratch) },
        outputs: base.outputs.clone().into_iter().chain(measured).collect(),
        equivalents: base.equivalents.clone(),
    }
}

fn by_bytes(sample: &Sample) -> [f64; 3] {
    [1.0, sample.input_bytes, sample.reference_bytes]
}

fn by_all(sample: &Sample) -> [f64; 4] {
    [1.0, sample.threads, sample.input_bytes, sample.reference_bytes]
}

fn linear(rows: &[Row<3>]) -> Linear {
    let [fixed, per_input_byte, per_reference_byte] = regression::fit(rows, QUANTILE);
    Linear { fixed, per_input_byte, per_reference_byte, per_thread: 0.0 }
}

/// The least, or nearly so, of what the tasks with several threads say of the share that threads do
/// not speed up: whatever else a machine does makes it seem larger, and nothing makes it seem smaller.
/// Tasks of less than half a second say little of it.
fn serial(samples: &[&Sample]) -> Option<f64> {
    let of = samples.iter().filter(|s| s.threads > 1.0 && s.core_s > 0.5).map(|s| {
        let (each, all) = (1.0 / s.threads, s.wall_s / s.core_s);
        ((all - each) / (1.0 - each)).clamp(0.0, 1.0)
    });
    quantile(of.collect(), LEAST_SERIAL)
}

/// The name of an output without the number of numbered ones.
fn plain(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((plain, n)) if n.bytes().all(|b| b.is_ascii_digit()) => plain.to_owned(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{read_cases, testing};

    const BASE: &str = r#"
        schema = "wgs-pipe/needs/1"
        [default]
        core_s.fixed = 1.0
        [stages.other]
        core_s.fixed = 2.0
    "#;

    #[test]
    fn a_fitted_table_is_a_table_and_covers_what_was_measured() {
        let folder = tempfile::tempdir().unwrap();
        for (case, wall, core) in [("A", 10.0, 15.0), ("B", 20.0, 30.0), ("C", 10.0, 16.0)] {
            testing::write(folder.path(), &testing::record(case, &[("t.S", "s", wall, core)]));
        }
        let mut fit = Fit::new(NeedsTable::parse("base".as_ref(), BASE).unwrap());
        read_cases(&[folder.path().to_owned()], |case| fit.add(&case.unwrap())).unwrap();
        let table = NeedsTable::parse("fitted".as_ref(), &fit_needs(&fit)).unwrap();
        let stage = table.of("s");
        assert_eq!(stage.tasks, 3);
        assert!(stage.core_s.fixed >= 30.0 && stage.core_s.fixed < 31.0, "{stage:?}");
        assert_eq!(stage.outputs["out"].fixed, 500.0);
        assert_eq!(stage.scratch_bytes.fixed, 200.0);
        assert!((stage.serial - 0.25).abs() < 0.01, "{}", stage.serial);
        assert_eq!(table.of("other").core_s.fixed, 2.0);
        assert_eq!(table.safety, fit.base.safety);
    }
}
