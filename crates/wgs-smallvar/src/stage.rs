//! The stage `call`: the small variants of a case's samples, together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wgs_core::Sex;
use wgs_formats::{genome::Genome, output};
use wgs_task::{
    Input, Monitor, Output, PlanContext, Resources, SUMMARY, Stage, StageError, TaskId, TaskSpec,
    bundle::{Part, genome_in},
    layout::index_beside,
};

use crate::{Options, Request, SampleFile, call};

/// The small variants of a case's samples, together.
#[derive(Clone, Copy, Debug)]
pub struct CallStage;

/// Everything but files that decides the outputs.
#[derive(Serialize, Deserialize)]
struct Params {
    /// Of the samples, in the order of their alignments.
    sexes: Vec<Sex>,
    options: Options,
}

impl Stage for CallStage {
    fn name(&self) -> &'static str {
        "call"
    }

    fn plan(&self, context: &PlanContext<'_>) -> Result<Vec<TaskSpec>, StageError> {
        let options: Options = context.options(self.name())?;
        let samples = &context.case.samples;
        let mut inputs = vec![context.bundle.input(Part::Genome)];
        for (index, sample) in samples.iter().enumerate() {
            let cram = context.layout.cram(&sample.id);
            inputs.push(Input::file(format!("alignment_index.{index}"), index_beside(&cram)));
            inputs.push(Input::file(format!("alignment.{index}"), cram));
        }
        let params = Params { sexes: samples.iter().map(|sample| sample.sex).collect(), options };
        let output = context.layout.small_variants();
        Ok(vec![TaskSpec {
            id: TaskId::of_case(self.name()),
            stage: self.name().into(),
            params: serde_json::to_value(params).map_err(|e| StageError::spec(e.to_string()))?,
            tools: BTreeMap::from([("wgs-smallvar".into(), crate::VERSION.into())]),
            inputs,
            outputs: vec![
                Output::new("index", index_beside(&output)),
                Output::new("variants", output),
                Output::new(SUMMARY, context.layout.calls_summary()),
            ],
            resources: Resources {
                threads: context.limits.threads,
                memory_bytes: context.limits.memory_bytes,
            },
        }])
    }

    fn run(&self, spec: &TaskSpec, monitor: &dyn Monitor) -> Result<(), StageError> {
        let params: Params = spec.params()?;
        let genome = Genome::open(genome_in(spec.input(Part::Genome.folder())?))?;
        let paths = spec.numbered_inputs("alignment");
        let samples: Vec<SampleFile> = paths
            .zip(&params.sexes)
            .map(|(path, &sex)| SampleFile { path: path.to_owned(), sex })
            .collect();
        let summary = call(&Request {
            samples: &samples,
            genome: &genome,
            output: Some(spec.output("variants")?),
            gvcf: None,
            regions: None,
            options: &params.options,
            threads: spec.resources.threads,
            progress: Some(&|done, total| monitor.progress(done, Some(total))),
        })?;
        Ok(output::write_json(spec.output(SUMMARY)?, &summary)?)
    }
}
