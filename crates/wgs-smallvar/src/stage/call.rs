//! The stage `call`: the gVCF of each sample.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wgs_core::Sex;
use wgs_formats::{genome::Genome, output};
use wgs_task::{
    Input, Limits, Monitor, Output, PlanContext, Resources, SUMMARY, Stage, StageError, TaskId,
    TaskSpec,
    bundle::{Part, genome_in},
    layout::index_beside,
};

use super::BASE_BYTES;
use crate::{Options, Request, SampleFile, call};

/// Memory that each thread takes.
const THREAD_BYTES: u64 = 512 << 20;

/// The small variants of each sample, and how sure it is that there are none elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct CallStage;

/// Everything but files that decides the outputs.
#[derive(Serialize, Deserialize)]
struct Params {
    sex: Sex,
    options: Options,
}

impl Stage for CallStage {
    fn name(&self) -> &'static str {
        "call"
    }

    fn plan(&self, context: &PlanContext<'_>) -> Result<Vec<TaskSpec>, StageError> {
        let options: Options = context.options(self.name())?;
        let (case, layout) = (context.case, context.layout);
        let plan = |(index, sample): (usize, &wgs_task::case::Sample)| {
            let cram = layout.cram(&sample.id);
            let output = layout.gvcf(&sample.id);
            let params = Params { sex: case.sex_of(sample), options: options.clone() };
            Ok(TaskSpec {
                id: TaskId::of_sample(self.name(), &sample.id),
                stage: self.name().into(),
                params: serde_json::to_value(params)
                    .map_err(|e| StageError::spec(e.to_string()))?,
                tools: BTreeMap::from([("wgs-smallvar".into(), crate::VERSION.into())]),
                inputs: vec![
                    context.bundle.input(Part::Genome),
                    Input::file("alignment_index", index_beside(&cram)),
                    Input::file("alignment", cram),
                    Input::file("calibration", layout.calibration(&sample.id)),
                ],
                outputs: vec![
                    Output::new("index", index_beside(&output)),
                    Output::new("gvcf", output),
                    Output::new(SUMMARY, layout.calls_summary(&sample.id)),
                ],
                resources: share(context.limits, case.samples.len(), index),
            })
        };
        case.samples.iter().enumerate().map(plan).collect()
    }

    fn run(&self, spec: &TaskSpec, monitor: &dyn Monitor) -> Result<(), StageError> {
        let Params { sex, options } = spec.params()?;
        let genome = Genome::open(genome_in(spec.input(Part::Genome.folder())?))?;
        let path = spec.input("alignment")?.to_owned();
        let calibration = Some(spec.input("calibration")?.to_owned());
        let summary = call(&Request {
            samples: &[SampleFile { path, sex, calibration }],
            genome: &genome,
            output: None,
            gvcf: Some(spec.output("gvcf")?),
            regions: None,
            options: &options,
            threads: spec.resources.threads,
            progress: Some(&|done, total| monitor.progress(done, Some(total))),
        })?;
        Ok(output::write_json(spec.output(SUMMARY)?, &summary)?)
    }
}

/// What one of several samples may use: they are called beside each other, and share the threads.
fn share(limits: Limits, samples: usize, index: usize) -> Resources {
    let more = usize::from(index < limits.threads % samples);
    let threads = (limits.threads / samples + more).max(1);
    let needed = BASE_BYTES + THREAD_BYTES * threads as u64;
    Resources { threads, memory_bytes: needed.min(limits.memory_bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_share_the_threads() {
        let threads = |threads, samples| -> Vec<usize> {
            let limits = Limits { threads, memory_bytes: 64 << 30 };
            (0..samples).map(|index| share(limits, samples, index).threads).collect()
        };
        assert_eq!(threads(8, 1), [8]);
        assert_eq!(threads(8, 3), [3, 3, 2]);
        assert_eq!(threads(2, 3), [1, 1, 1]);
    }

    #[test]
    fn memory_is_bounded_by_threads_and_limits() {
        let memory =
            |threads, memory_bytes| share(Limits { threads, memory_bytes }, 1, 0).memory_bytes;
        assert_eq!(memory(4, 64 << 30), (1 << 29) * 5);
        assert_eq!(memory(4, 1 << 30), 1 << 30);
    }
}
