//! The stage `annotate`: a case's small variants with consequences and what the sources say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wgs_formats::genome::Genome;
use wgs_task::{
    Input, Monitor, NoOptions, Output, PlanContext, Resources, Stage, StageError, TaskId, TaskSpec,
    bundle::{Part, genome_in},
    layout::index_beside,
};

use crate::{AnnotateOptions, Annotator, Origin, Provenance};

/// A case's small variants with consequences and what the bundle's sources say of them.
#[derive(Clone, Copy, Debug)]
pub struct AnnotateStage;

/// Everything but files that decides the outputs.
#[derive(Serialize, Deserialize)]
struct Params {
    sources: Vec<String>,
    /// What the genes and sources were made of.
    origins: Vec<Origin>,
}

impl Stage for AnnotateStage {
    fn name(&self) -> &'static str {
        "annotate"
    }

    fn plan(&self, context: &PlanContext<'_>) -> Result<Vec<TaskSpec>, StageError> {
        context.options::<NoOptions>(self.name())?;
        let bundle = context.bundle;
        let sources = bundle.manifest().sources.clone();
        // Not the bundle's digest: a new index of the aligner changes nothing here.
        let origins = Provenance::of_bundle(bundle).origins;
        let mut inputs = vec![
            Input::file("variants", context.layout.small_variants()),
            bundle.input(Part::Genome),
            bundle.input(Part::Genes),
        ];
        if !sources.is_empty() {
            inputs.push(bundle.input(Part::Sources));
        }
        let output = context.layout.annotated_small_variants();
        let params = serde_json::to_value(Params { sources, origins });
        Ok(vec![TaskSpec {
            id: TaskId::of_case(self.name()),
            stage: self.name().into(),
            params: params.map_err(|e| StageError::spec(e.to_string()))?,
            tools: BTreeMap::from([("wgs-annotate".into(), crate::VERSION.into())]),
            inputs,
            outputs: vec![
                Output::new("index", index_beside(&output)),
                Output::new("annotated", output),
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
        let folder = match params.sources.as_slice() {
            [] => None,
            _ => Some(spec.input(Part::Sources.folder())?),
        };
        let sources = params.sources.iter().filter_map(|name| Some(folder?.join(name)));
        let annotator = Annotator::open(spec.input(Part::Genes.folder())?, &genome, sources)?;
        let annotator = annotator.with_provenance(Provenance {
            origins: params.origins.clone(),
            ..Provenance::default()
        });
        let options = AnnotateOptions {
            threads: spec.resources.threads,
            progress: Some(&|records| monitor.progress(records, None)),
        };
        annotator.annotate_vcf(spec.input("variants")?, spec.output("annotated")?, &options)?;
        Ok(())
    }
}
