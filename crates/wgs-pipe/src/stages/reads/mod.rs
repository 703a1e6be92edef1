//! The stage `reads`: a sample's lanes to one CRAM, measured on the way.
//!
//! It joins crates that know nothing of each other: `wgs-align`, and what watches it:
//! `wgs-fastqc` the reads, `wgs-metrics` the records.

mod lanes;
mod observers;
mod options;
mod records;
mod trim;
mod work;

use std::{collections::BTreeMap, path::absolute};

use serde::{Deserialize, Serialize};
use wgs_align::{EngineChoice, ExternalCommand, Lane};
use wgs_core::SampleId;
use wgs_formats::{FileError, genome::Genome};
use wgs_task::{
    Input, Limits, Monitor, Output, PlanContext, Resources, SUMMARY, Stage, StageError, TaskId,
    TaskSpec,
    bundle::{Part, genome_in, index_prefix_in},
    case::Sample,
    layout::{index_beside, md5_beside, table_beside},
};

use self::lanes::LaneParams;
pub use self::{
    options::ReadsOptions,
    records::RecordQc,
    trim::TrimParams,
    work::{SampleReads, align_reads},
};

/// A sample's lanes to one CRAM with index and checksum, and metrics of reads and records.
#[derive(Clone, Copy, Debug)]
pub struct ReadsStage;

/// Everything but files that decides the outputs.
#[derive(Debug, Serialize, Deserialize)]
struct Params {
    sample: SampleId,
    lanes: Vec<LaneParams>,
    options: ReadsOptions,
}

impl Stage for ReadsStage {
    fn name(&self) -> &'static str {
        "reads"
    }

    fn plan(&self, context: &PlanContext<'_>) -> Result<Vec<TaskSpec>, StageError> {
        let mut options: ReadsOptions = context.options(self.name())?;
        options.trim.check()?;
        if let EngineChoice::External(ExternalCommand { index: Some(index), .. }) =
            &mut options.aligner
        {
            *index = absolute(&*index).map_err(|e| FileError::io(&*index, e))?;
        }
        let samples = context.case.samples.iter();
        samples.map(|sample| plan_sample(self, context, sample, &options)).collect()
    }

    fn run(&self, spec: &TaskSpec, monitor: &dyn Monitor) -> Result<(), StageError> {
        let Params { sample, lanes, options } = spec.params()?;
        let lanes: Vec<Lane> = lanes
            .iter()
            .enumerate()
            .map(|(index, lane)| lane.open(spec, &sample, index))
            .collect::<Result<_, _>>()?;
        let genome = Genome::open(genome_in(spec.input(Part::Genome.folder())?))?;
        let record_qc = RecordQc::of(spec, &options.coverage, &genome)?;
        let reads = SampleReads {
            sample: &sample,
            lanes: &lanes,
            genome: &genome,
            index_prefix: &index_prefix_in(spec.input(Part::Index.folder())?),
            options: &options,
            alignment: spec.output("alignment")?,
            summary: Some(spec.output(SUMMARY)?),
            fastq_qc: Some(spec.output("fastq_qc")?),
            record_qc: Some(&record_qc),
        };
        let limits =
            Limits { threads: spec.resources.threads, memory_bytes: spec.resources.memory_bytes };
        Ok(align_reads(&reads, limits, monitor)?)
    }
}

fn plan_sample(
    stage: &ReadsStage,
    context: &PlanContext<'_>,
    sample: &Sample,
    options: &ReadsOptions,
) -> Result<TaskSpec, StageError> {
    let mut inputs = vec![context.bundle.input(Part::Genome), context.bundle.input(Part::Index)];
    for (index, group) in sample.read_groups.iter().enumerate() {
        inputs.extend(lanes::inputs(&group.reads, index));
    }
    inputs.extend(records::input(&options.coverage));
    let index = options.aligner.index_files()?.into_iter().enumerate();
    inputs.extend(index.map(|(number, file)| Input::file(format!("aligner_index.{number}"), file)));
    let lanes = sample.read_groups.iter().map(|group| LaneParams::of(sample, group)).collect();
    let params = Params { sample: sample.id.clone(), lanes, options: options.clone() };
    let (cram, fastq_qc) = (context.layout.cram(&sample.id), context.layout.fastq_qc(&sample.id));
    let mut outputs = vec![
        Output::new("index", index_beside(&cram)),
        Output::new("md5", md5_beside(&cram)),
        Output::new("alignment", cram),
        Output::new(SUMMARY, context.layout.reads_summary(&sample.id)),
        Output::new("fastq_qc_table", table_beside(&fastq_qc)),
        Output::new("fastq_qc", fastq_qc),
    ];
    outputs.extend(records::outputs(context.layout, &sample.id));
    Ok(TaskSpec {
        id: TaskId::of_sample(stage.name(), &sample.id),
        stage: stage.name().into(),
        params: serde_json::to_value(&params).map_err(|e| StageError::spec(e.to_string()))?,
        tools: BTreeMap::from([
            ("wgs-align".into(), wgs_align::VERSION.into()),
            ("wgs-fastqc".into(), wgs_fastqc::VERSION.into()),
            ("wgs-metrics".into(), wgs_metrics::VERSION.into()),
            ("aligner".into(), options.aligner.identity()?),
        ]),
        inputs,
        outputs,
        resources: Resources {
            threads: context.limits.threads,
            memory_bytes: context.limits.memory_bytes,
        },
    })
}
