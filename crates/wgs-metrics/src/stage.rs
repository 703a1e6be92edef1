//! The stages of measuring: `metrics`, `variant-metrics` and `gates`.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};
use wgs_core::SampleId;
use wgs_formats::{
    bed,
    genome::Genome,
    qc::{self, AlignmentQc, CoverageQc, Document, FastqQc, GateQc, VariantQc},
};
use wgs_task::{
    Input, Monitor, Output, PlanContext, Resources, Stage, StageError, TaskId, TaskSpec,
    bundle::{Part, genome_in},
    layout::table_beside,
};

use crate::{
    CoverageOptions, MetricsOptions, alignment_metrics,
    gate::{Measurements, Source, Thresholds, evaluate},
    variant_metrics,
};

/// Memory of a task of this crate: the depths and histograms of one contig, and threads' batches.
const MEMORY_BYTES: u64 = 512 << 20;

/// The outputs of a document: JSON, and the table beside it.
fn outputs(name: &str, json: PathBuf) -> [Output; 2] {
    [Output::new(format!("{name}_table"), table_beside(&json)), Output::new(name, json)]
}

fn write(spec: &TaskSpec, name: &str, document: &impl Document) -> Result<(), StageError> {
    let table = spec.output(&format!("{name}_table"))?;
    Ok(qc::write(document, spec.output(name)?, Some(table))?)
}

fn task(
    stage: &dyn Stage,
    id: TaskId,
    context: &PlanContext<'_>,
    params: &impl Serialize,
) -> Result<TaskSpec, StageError> {
    Ok(TaskSpec {
        id,
        stage: stage.name().into(),
        params: serde_json::to_value(params).map_err(|e| StageError::spec(e.to_string()))?,
        tools: BTreeMap::from([("wgs-metrics".into(), crate::VERSION.into())]),
        inputs: Vec::new(),
        outputs: Vec::new(),
        resources: Resources {
            threads: 1,
            memory_bytes: MEMORY_BYTES.min(context.limits.memory_bytes),
        },
    })
}

/// Alignment, insert size and coverage metrics of each sample's reads.
///
/// Its options are those of [`CoverageOptions`], with `targets` the path of a BED.
#[derive(Clone, Copy, Debug)]
pub struct MetricsStage;

/// Options of [`MetricsStage`]; without the path of the targets, its parameters.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CoverageParams {
    min_mapping_quality_phred: u8,
    min_base_quality_phred: u8,
    count_duplicates: bool,
    max_histogram_depth: u32,
    track_windows: u32,
    gc_bias: bool,
    #[serde(skip_serializing)]
    targets: Option<PathBuf>,
}

impl Default for CoverageParams {
    fn default() -> Self {
        let options = CoverageOptions::default();
        Self {
            min_mapping_quality_phred: options.min_mapping_quality_phred,
            min_base_quality_phred: options.min_base_quality_phred,
            count_duplicates: options.count_duplicates,
            max_histogram_depth: options.max_histogram_depth,
            track_windows: options.track_windows,
            gc_bias: options.gc_bias,
            targets: None,
        }
    }
}

impl CoverageParams {
    fn options(&self, targets: Option<bed::Regions>) -> CoverageOptions {
        CoverageOptions {
            min_mapping_quality_phred: self.min_mapping_quality_phred,
            min_base_quality_phred: self.min_base_quality_phred,
            count_duplicates: self.count_duplicates,
            max_histogram_depth: self.max_histogram_depth,
            track_windows: self.track_windows,
            gc_bias: self.gc_bias,
            targets,
        }
    }
}

impl Stage for MetricsStage {
    fn name(&self) -> &'static str {
        "metrics"
    }

    fn plan(&self, context: &PlanContext<'_>) -> Result<Vec<TaskSpec>, StageError> {
        let params: CoverageParams = context.options()?;
        let of_sample = |sample: &SampleId| {
            let mut spec = task(self, TaskId::of_sample(self.name(), sample), context, &params)?;
            spec.resources.threads = context.limits.threads.min(2);
            spec.inputs = vec![
                Input::file("alignment", context.layout.cram(sample)),
                context.bundle.input(Part::Genome),
            ];
            spec.inputs.extend(params.targets.iter().map(|bed| Input::file("targets", bed)));
            spec.outputs.extend(outputs("alignment_qc", context.layout.alignment_qc(sample)));
            spec.outputs.extend(outputs("coverage_qc", context.layout.coverage_qc(sample)));
            Ok(spec)
        };
        context.case.samples.iter().map(|sample| of_sample(&sample.id)).collect()
    }

    fn run(&self, spec: &TaskSpec, monitor: &dyn Monitor) -> Result<(), StageError> {
        let params: CoverageParams = spec.params()?;
        let genome = Genome::open(genome_in(spec.input(Part::Genome.folder())?))?;
        let targets = spec.inputs.iter().find(|input| input.name == "targets");
        let targets = targets.map(|input| bed::read(&input.path, genome.contigs())).transpose()?;
        let options = MetricsOptions {
            coverage: Some(params.options(targets)),
            threads: spec.resources.threads,
            progress: Some(&|records| monitor.progress(records, None)),
        };
        let metrics = alignment_metrics(spec.input("alignment")?, &genome, &options)?;
        write(spec, "alignment_qc", &metrics.alignment)?;
        metrics.coverage.map_or(Ok(()), |coverage| write(spec, "coverage_qc", &coverage))
    }
}

/// No option.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoOptions {}

/// Counts over a case's small variants.
#[derive(Clone, Copy, Debug)]
pub struct VariantMetricsStage;

impl Stage for VariantMetricsStage {
    fn name(&self) -> &'static str {
        "variant-metrics"
    }

    fn plan(&self, context: &PlanContext<'_>) -> Result<Vec<TaskSpec>, StageError> {
        context.options::<NoOptions>()?;
        let mut spec = task(self, TaskId::of_case(self.name()), context, &())?;
        spec.inputs = vec![Input::file("variants", context.layout.small_variants())];
        spec.outputs.extend(outputs("variant_qc", context.layout.variant_qc()));
        Ok(vec![spec])
    }

    fn run(&self, spec: &TaskSpec, _monitor: &dyn Monitor) -> Result<(), StageError> {
        write(spec, "variant_qc", &variant_metrics(spec.input("variants")?)?)
    }
}

/// Compares a case's metrics with the thresholds of the pipeline definition. A missed one is told
/// in the output; it does not fail the task.
#[derive(Clone, Copy, Debug)]
pub struct GatesStage;

/// Options and parameters of [`GatesStage`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GateOptions {
    thresholds: Thresholds,
}

#[derive(Debug, Serialize, Deserialize)]
struct GateParams {
    thresholds: Thresholds,
    samples: Vec<SampleId>,
}

impl Stage for GatesStage {
    fn name(&self) -> &'static str {
        "gates"
    }

    fn plan(&self, context: &PlanContext<'_>) -> Result<Vec<TaskSpec>, StageError> {
        let GateOptions { thresholds } = context.options()?;
        let samples: Vec<_> = context.case.samples.iter().map(|sample| sample.id.clone()).collect();
        let layout = context.layout;
        let params = GateParams { thresholds, samples };
        let mut spec = task(self, TaskId::of_case(self.name()), context, &params)?;
        for (index, sample) in params.samples.iter().enumerate() {
            let files = [
                (Source::Fastq, "fastq", layout.fastq_qc(sample)),
                (Source::Alignment, "alignment", layout.alignment_qc(sample)),
                (Source::Coverage, "coverage", layout.coverage_qc(sample)),
            ];
            let needed = files.into_iter().filter(|(source, ..)| thresholds.needs(*source));
            let inputs = needed.map(|(_, name, path)| Input::file(format!("{name}.{index}"), path));
            spec.inputs.extend(inputs);
        }
        if thresholds.needs(Source::Variants) {
            spec.inputs.push(Input::file("variants", layout.variant_qc()));
        }
        spec.outputs.extend(outputs("gates", layout.gates()));
        Ok(vec![spec])
    }

    fn run(&self, spec: &TaskSpec, _monitor: &dyn Monitor) -> Result<(), StageError> {
        let params: GateParams = spec.params()?;
        let calls: Option<VariantQc> = document(spec, "variants")?;
        let mut checks = Vec::new();
        for (index, sample) in params.samples.iter().enumerate() {
            let fastq: Option<FastqQc> = document(spec, &format!("fastq.{index}"))?;
            let alignment: Option<AlignmentQc> = document(spec, &format!("alignment.{index}"))?;
            let coverage: Option<CoverageQc> = document(spec, &format!("coverage.{index}"))?;
            let mut measurements = Measurements {
                fastq: fastq.as_ref(),
                alignment: alignment.as_ref(),
                coverage: coverage.as_ref(),
                variants: None,
            };
            if let Some(calls) = &calls {
                measurements = measurements.with_calls_of(sample.as_str(), calls);
            }
            checks.extend(evaluate(&params.thresholds, &measurements, Some(sample.as_str())));
        }
        write(spec, "gates", &GateQc::new(None, checks))
    }
}

/// A document, if the task has it among its inputs.
fn document<T: Document>(spec: &TaskSpec, name: &str) -> Result<Option<T>, StageError> {
    let input = spec.inputs.iter().find(|input| input.name == name);
    Ok(input.map(|input| qc::read(&input.path)).transpose()?)
}
