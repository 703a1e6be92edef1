//! The stage `joint`: the genotypes of a case's samples by their gVCFs, together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wgs_core::{ErrorKind, Pedigree};
use wgs_formats::{genome::Genome, output};
use wgs_task::{
    Input, Monitor, Output, PlanContext, Resources, SUMMARY, Stage, StageError, TaskId, TaskSpec,
    bundle::{Part, genome_in},
    case::CaseKind,
    layout::{index_beside, table_beside},
};

use super::{BASE_BYTES, CallOptions};
use crate::joint::{JointOptions, JointRequest, family::FamilyOptions, joint};

/// Threads that compression keeps busy beside the genotyping.
const THREADS: usize = 2;

/// The genotypes of a case's samples by their gVCFs, together; of a family by its pedigree.
///
/// Its options are those of [`FamilyOptions`]. Priors, filters and the least QUAL are those of the
/// stage `call`.
#[derive(Clone, Copy, Debug)]
pub struct JointStage;

/// Everything but files that decides the outputs.
#[derive(Serialize, Deserialize)]
struct Params {
    pedigree: Option<Pedigree>,
    options: JointOptions,
}

impl Stage for JointStage {
    fn name(&self) -> &'static str {
        "joint"
    }

    fn plan(&self, context: &PlanContext<'_>) -> Result<Vec<TaskSpec>, StageError> {
        let family: FamilyOptions = context.options(self.name())?;
        let CallOptions { caller: call, .. } = context.options("call")?;
        let (case, layout) = (context.case, context.layout);
        let pedigree = case.pedigree().map_err(|e| {
            StageError::new(ErrorKind::Configuration, format!("case {}: {}", case.id, e.reason))
        })?;
        let params = Params { pedigree, options: JointOptions { call, family } };
        let gvcfs = case.samples.iter().enumerate();
        let gvcfs =
            gvcfs.map(|(i, sample)| Input::file(format!("gvcf.{i}"), layout.gvcf(&sample.id)));
        let output = layout.small_variants();
        let mut outputs = vec![
            Output::new("index", index_beside(&output)),
            Output::new("variants", output),
            Output::new(SUMMARY, layout.joint_summary()),
        ];
        if case.kind == CaseKind::Family {
            let family = layout.family_qc();
            outputs.push(Output::new("family_qc_table", table_beside(&family)));
            outputs.push(Output::new("family_qc", family));
        }
        Ok(vec![TaskSpec {
            id: TaskId::of_case(self.name()),
            stage: self.name().into(),
            params: serde_json::to_value(params).map_err(|e| StageError::spec(e.to_string()))?,
            tools: BTreeMap::from([("wgs-smallvar".into(), crate::VERSION.into())]),
            inputs: std::iter::once(context.bundle.input(Part::Genome)).chain(gvcfs).collect(),
            outputs,
            resources: Resources {
                threads: context.limits.threads.min(THREADS),
                memory_bytes: BASE_BYTES.min(context.limits.memory_bytes),
            },
        }])
    }

    fn run(&self, spec: &TaskSpec, monitor: &dyn Monitor) -> Result<(), StageError> {
        let Params { pedigree, options } = spec.params()?;
        let genome = Genome::open(genome_in(spec.input(Part::Genome.folder())?))?;
        let inputs: Vec<_> = spec.numbered_inputs("gvcf").map(ToOwned::to_owned).collect();
        let summary = joint(&JointRequest {
            inputs: &inputs,
            genome: &genome,
            pedigree: pedigree.as_ref(),
            output: spec.output("variants")?,
            family_summary: spec.output("family_qc").ok(),
            options: &options,
            threads: spec.resources.threads,
            progress: Some(&|done, total| monitor.progress(done, Some(total))),
        })?;
        Ok(output::write_json(spec.output(SUMMARY)?, &summary)?)
    }
}
