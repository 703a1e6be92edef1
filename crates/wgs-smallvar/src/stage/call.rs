//! The stage `call`: the gVCF of each sample.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};
use wgs_core::Sex;
use wgs_formats::{genome::Genome, output};
use wgs_task::{
    Input, Limits, Monitor, Output, PlanContext, Resources, SUMMARY, Stage, StageError, TaskId,
    TaskSpec,
    bundle::{self, genome_in},
    case::Sample,
    layout::index_beside,
};

use super::{BASE_BYTES, CallOptions};
use crate::{
    Options, Request, SampleFile, call,
    parts::{GatherRequest, Part, PartRequest, call_part, gather},
};

/// Name of the output that holds a part, and of the inputs that do.
const PART: &str = "part";
/// Memory that each thread takes.
const THREAD_BYTES: u64 = 512 << 20;

/// Threads that compression of parts that are put together keeps busy.
const GATHER_THREADS: usize = 8;

/// The small variants of each sample, and how sure it is that there are none elsewhere.
///
/// Its options are those of [`Options`], and `shards`: a number above 1 divides the work on a sample
/// among so many tasks `call.SAMPLE.shard-K`, whose parts `call.SAMPLE` puts together to the same
/// bytes ([`crate::parts`]).
#[derive(Clone, Copy, Debug)]
pub struct CallStage;

/// Everything but files that decides the outputs.
#[derive(Serialize, Deserialize)]
struct Params {
    sex: Sex,
    options: Options,
    #[serde(default, skip_serializing_if = "Work::is_whole")]
    work: Work,
}

/// What a task does of a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Work {
    /// All.
    #[default]
    Whole,
    /// It calls a part.
    Part(Part),
    /// It puts the parts together.
    Gather,
}

impl Work {
    fn is_whole(&self) -> bool {
        *self == Self::Whole
    }
}

impl Stage for CallStage {
    fn name(&self) -> &'static str {
        "call"
    }

    fn plan(&self, context: &PlanContext<'_>) -> Result<Vec<TaskSpec>, StageError> {
        let CallOptions { shards, caller } = context.options(self.name())?;
        let mut tasks = Vec::new();
        for (index, sample) in context.case.samples.iter().enumerate() {
            let of_sample = SampleTasks { context, sample, options: &caller };
            if shards > 1 {
                let parts = Part::all(shards).map_err(|e| StageError::spec(e.to_string()))?;
                for part in parts {
                    tasks.push(of_sample.part(part)?);
                }
                tasks.push(of_sample.gather(shards)?);
            } else {
                tasks.push(of_sample.whole(index)?);
            }
        }
        Ok(tasks)
    }

    fn run(&self, spec: &TaskSpec, monitor: &dyn Monitor) -> Result<(), StageError> {
        let Params { sex, options, work } = spec.params()?;
        let genome = Genome::open(genome_in(spec.input(bundle::Part::Genome.folder())?))?;
        let progress: &dyn Fn(u64, u64) = &|done, total| monitor.progress(done, Some(total));
        let threads = spec.resources.threads;
        let sample = || -> Result<SampleFile, StageError> {
            let path = spec.input("alignment")?.to_owned();
            Ok(SampleFile { path, sex, calibration: Some(spec.input("calibration")?.to_owned()) })
        };
        let summary = match work {
            Work::Part(part) => {
                return Ok(call_part(&PartRequest {
                    sample: &sample()?,
                    genome: &genome,
                    part,
                    output: spec.output(PART)?,
                    options: &options,
                    threads,
                    progress: Some(progress),
                })?);
            }
            Work::Gather => {
                let parts: Vec<_> = spec.numbered_inputs(PART).map(ToOwned::to_owned).collect();
                gather(&GatherRequest {
                    parts: &parts,
                    genome: &genome,
                    gvcf: spec.output("gvcf")?,
                    options: &options,
                    threads,
                    progress: Some(progress),
                })?
            }
            Work::Whole => call(&Request {
                samples: &[sample()?],
                genome: &genome,
                output: None,
                gvcf: Some(spec.output("gvcf")?),
                regions: None,
                options: &options,
                threads,
                progress: Some(progress),
            })?,
        };
        Ok(output::write_json(spec.output(SUMMARY)?, &summary)?)
    }
}

/// The tasks of one sample.
struct SampleTasks<'a> {
    context: &'a PlanContext<'a>,
    sample: &'a Sample,
    options: &'a Options,
}

impl SampleTasks<'_> {
    /// One task for all.
    fn whole(&self, index: usize) -> Result<TaskSpec, StageError> {
        let PlanContext { case, limits, .. } = *self.context;
        let resources = share(limits, case.samples.len(), index);
        self.task(Work::Whole, self.id(), self.reads(), self.calls(), resources)
    }

    /// A part. It may have a machine of its own, and takes all of it.
    fn part(&self, part: Part) -> Result<TaskSpec, StageError> {
        let id = self.id().shard(part.number());
        let outputs = vec![Output::temporary(PART, self.part_path(part.number()))];
        let resources = share(self.context.limits, 1, 0);
        self.task(Work::Part(part), id, self.reads(), outputs, resources)
    }

    /// Puts so many parts together.
    fn gather(&self, parts: u32) -> Result<TaskSpec, StageError> {
        let limits = self.context.limits;
        let part = |number| Input::file(format!("{PART}.{number}"), self.part_path(number));
        let inputs = std::iter::once(self.genome()).chain((1..=parts).map(part)).collect();
        let resources = Resources {
            threads: limits.threads.min(GATHER_THREADS),
            memory_bytes: BASE_BYTES.min(limits.memory_bytes),
        };
        self.task(Work::Gather, self.id(), inputs, self.calls(), resources)
    }

    fn task(
        &self,
        work: Work,
        id: TaskId,
        inputs: Vec<Input>,
        outputs: Vec<Output>,
        resources: Resources,
    ) -> Result<TaskSpec, StageError> {
        let sex = self.context.case.sex_of(self.sample);
        let params = Params { sex, options: self.options.clone(), work };
        Ok(TaskSpec {
            id,
            stage: CallStage.name().into(),
            params: serde_json::to_value(params).map_err(|e| StageError::spec(e.to_string()))?,
            tools: BTreeMap::from([("wgs-smallvar".into(), crate::VERSION.into())]),
            inputs,
            outputs,
            resources,
        })
    }

    fn id(&self) -> TaskId {
        TaskId::of_sample(CallStage.name(), &self.sample.id)
    }

    fn genome(&self) -> Input {
        self.context.bundle.input(bundle::Part::Genome)
    }

    fn reads(&self) -> Vec<Input> {
        let (layout, sample) = (self.context.layout, &self.sample.id);
        let cram = layout.cram(sample);
        vec![
            self.genome(),
            Input::file("alignment_index", index_beside(&cram)),
            Input::file("alignment", cram),
            Input::file("calibration", layout.calibration(sample)),
        ]
    }

    fn calls(&self) -> Vec<Output> {
        let (layout, sample) = (self.context.layout, &self.sample.id);
        let gvcf = layout.gvcf(sample);
        vec![
            Output::new("index", index_beside(&gvcf)),
            Output::new("gvcf", gvcf),
            Output::new(SUMMARY, layout.calls_summary(sample)),
        ]
    }

    fn part_path(&self, number: u32) -> PathBuf {
        self.context.layout.calls_part(&self.sample.id, number)
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
