//! The stage `reads`: a sample's lanes to one CRAM, with FASTQ quality control on the way.
//!
//! It joins two crates that know nothing of each other: `wgs-align`, and `wgs-fastqc` as its
//! observer.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Mutex,
};

use serde::{Deserialize, Serialize};
use wgs_align::{EngineChoice, Lane, ReadBatch, ReadObserver, Request};
use wgs_core::{ErrorKind, SampleId};
use wgs_fastqc::{QualityEncoding, ReadGroupAccumulator};
use wgs_formats::{
    FileError, Result,
    alignment::ReadGroup as Header,
    digest,
    genome::Genome,
    qc::{self, FastqQc},
};
use wgs_task::{
    Input, Limits, Monitor, NoOptions, Output, PlanContext, Resources, Stage, StageError, TaskId,
    TaskSpec,
    bundle::{Part, genome_in, index_prefix_in},
    case::{Expected, ReadGroup, Reads, Sample},
    layout::{index_beside, md5_beside, table_beside},
};

/// The platform of read groups that name none: the aligner is one for short reads.
const DEFAULT_PLATFORM: &str = "ILLUMINA";

/// A sample's lanes to one CRAM with index and checksum, and FASTQ metrics.
#[derive(Clone, Copy, Debug)]
pub struct ReadsStage;

/// Everything but files that decides the outputs.
#[derive(Debug, Serialize, Deserialize)]
struct Params {
    sample: SampleId,
    lanes: Vec<LaneParams>,
}

#[derive(Debug, Serialize, Deserialize)]
struct LaneParams {
    header: HeaderParams,
    source: Source,
}

/// What of a lane's files is in the task's inputs, and which digests they must have.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Source {
    Pairs { r1: Expected, r2: Expected },
    Alignment { expected: Expected, keep_read_groups: bool },
}

#[derive(Debug, Serialize, Deserialize)]
struct HeaderParams {
    id: String,
    library: String,
    platform: String,
    unit: String,
    center: Option<String>,
    date: Option<String>,
}

impl Stage for ReadsStage {
    fn name(&self) -> &'static str {
        "reads"
    }

    fn plan(&self, context: &PlanContext<'_>) -> Result<Vec<TaskSpec>, StageError> {
        context.options::<NoOptions>(self.name())?;
        context.case.samples.iter().map(|sample| plan_sample(self, context, sample)).collect()
    }

    fn run(&self, spec: &TaskSpec, monitor: &dyn Monitor) -> Result<(), StageError> {
        let params: Params = spec.params()?;
        let lanes = params
            .lanes
            .iter()
            .enumerate()
            .map(|(index, lane)| open_lane(spec, &params.sample, index, lane))
            .collect::<Result<Vec<_>, _>>()?;
        let genome = Genome::open(genome_in(spec.input(Part::Genome.folder())?))?;
        let reads = SampleReads {
            sample: &params.sample,
            lanes: &lanes,
            genome: &genome,
            aligner: &EngineChoice::default(),
            index_prefix: &index_prefix_in(spec.input(Part::Index.folder())?),
            alignment: spec.output("alignment")?,
            fastq_qc: Some(spec.output("fastq_qc")?),
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
) -> Result<TaskSpec, StageError> {
    let mut inputs = vec![context.bundle.input(Part::Genome), context.bundle.input(Part::Index)];
    for (index, group) in sample.read_groups.iter().enumerate() {
        inputs.extend(file_names(&group.reads, index));
    }
    let lanes = sample.read_groups.iter().map(|group| lane_params(sample, group)).collect();
    let params = Params { sample: sample.id.clone(), lanes };
    let (cram, fastq_qc) = (context.layout.cram(&sample.id), context.layout.fastq_qc(&sample.id));
    Ok(TaskSpec {
        id: TaskId::of_sample(stage.name(), &sample.id),
        stage: stage.name().into(),
        params: serde_json::to_value(&params).map_err(|e| StageError::spec(e.to_string()))?,
        tools: BTreeMap::from([
            ("wgs-align".into(), wgs_align::VERSION.into()),
            ("wgs-fastqc".into(), wgs_fastqc::VERSION.into()),
            ("aligner".into(), EngineChoice::default().identity()?),
        ]),
        inputs,
        outputs: vec![
            Output::new("index", index_beside(&cram)),
            Output::new("md5", md5_beside(&cram)),
            Output::new("alignment", cram),
            Output::new("fastq_qc_table", table_beside(&fastq_qc)),
            Output::new("fastq_qc", fastq_qc),
        ],
        resources: Resources {
            threads: context.limits.threads,
            memory_bytes: context.limits.memory_bytes,
        },
    })
}

fn file_names(reads: &Reads, index: usize) -> Vec<Input> {
    match reads {
        Reads::Pairs { r1, r2, .. } => {
            vec![Input::file(format!("r1.{index}"), r1), Input::file(format!("r2.{index}"), r2)]
        }
        Reads::Alignment { path, .. } => vec![Input::file(format!("alignment.{index}"), path)],
    }
}

fn lane_params(sample: &Sample, group: &ReadGroup) -> LaneParams {
    let text = |value: Option<&str>, default: &str| value.unwrap_or(default).to_owned();
    let id = text(group.id.as_ref().map(AsRef::as_ref), sample.id.as_str());
    LaneParams {
        source: match &group.reads {
            Reads::Pairs { r1_expected, r2_expected, .. } => {
                Source::Pairs { r1: r1_expected.clone(), r2: r2_expected.clone() }
            }
            Reads::Alignment { expected, .. } => Source::Alignment {
                expected: expected.clone(),
                keep_read_groups: group.id.is_none(),
            },
        },
        header: HeaderParams {
            library: text(group.library.as_ref().map(AsRef::as_ref), sample.id.as_str()),
            platform: text(group.platform.as_deref(), DEFAULT_PLATFORM),
            unit: text(group.unit.as_deref(), &id),
            center: group.center.clone(),
            date: group.date.clone(),
            id,
        },
    }
}

fn open_lane(
    spec: &TaskSpec,
    sample: &SampleId,
    index: usize,
    params: &LaneParams,
) -> Result<Lane, StageError> {
    let file = |name: &str, expected: &Expected| -> Result<PathBuf, StageError> {
        let path = spec.input(&format!("{name}.{index}"))?;
        check_digests(path, expected)?;
        Ok(path.to_owned())
    };
    let input = match &params.source {
        Source::Pairs { r1, r2 } => {
            wgs_align::Input::Fastq { r1: file("r1", r1)?, r2: Some(file("r2", r2)?) }
        }
        Source::Alignment { expected, keep_read_groups } => wgs_align::Input::Alignment {
            path: file("alignment", expected)?,
            keep_read_groups: *keep_read_groups,
        },
    };
    let header = &params.header;
    let read_group = Header {
        sample: Some(sample.to_string()),
        library: Some(header.library.clone()),
        platform: Some(header.platform.clone()),
        unit: Some(header.unit.clone()),
        center: header.center.clone(),
        date: header.date.clone(),
        ..Header::new(&header.id)
    };
    Ok(Lane { input, read_group })
}

fn check_digests(path: &Path, expected: &Expected) -> Result<()> {
    let check = |name: &str, expected: &Option<String>, found: fn(&Path) -> Result<String>| {
        let Some(expected) = expected else { return Ok(()) };
        let found = found(path)?;
        if found.eq_ignore_ascii_case(expected) {
            return Ok(());
        }
        let reason = format!("{name} is {found}; the case file expects {expected}");
        Err(FileError::invalid(path, reason)
            .hint("the file was damaged or exchanged; deliver it again"))
    };
    check("MD5", &expected.md5, digest::md5_file)?;
    check("SHA-256", &expected.sha256, digest::sha256_file)
}

/// What [`align_reads`] makes of what.
#[derive(Clone, Copy, Debug)]
pub struct SampleReads<'a> {
    /// The sample, for the metrics.
    pub sample: &'a SampleId,
    /// Its lanes.
    pub lanes: &'a [Lane],
    /// The genome.
    pub genome: &'a Genome,
    /// The engine that aligns.
    pub aligner: &'a EngineChoice,
    /// Prefix of the bundle's aligner index of that genome.
    pub index_prefix: &'a Path,
    /// The file to make, with index and checksum beside it; its suffix decides the format.
    pub alignment: &'a Path,
    /// FASTQ metrics to make (JSON, with a table beside it).
    pub fastq_qc: Option<&'a Path>,
}

/// Aligns, marks, sorts and writes a sample's reads, and measures them as they pass.
pub fn align_reads(reads: &SampleReads<'_>, limits: Limits, monitor: &dyn Monitor) -> Result<()> {
    let aligner = reads.aligner.open(reads.index_prefix, reads.genome, limits.threads)?;
    let observer = Observer { monitor, idle: Mutex::default(), reads: Mutex::default() };
    let mut request = Request {
        lanes: reads.lanes,
        output: reads.alignment,
        genome: reads.genome,
        aligner: aligner.engine(),
        threads: limits.threads.max(1),
        memory_bytes: limits.memory_bytes,
        temporary: None,
        trimmer: None,
        keep_order: false,
        read_observer: Some(&observer),
        record_observer: None,
    };
    // Each thread takes memory, and none changes a byte: rather fewer than refuse.
    while request.threads > 1 && request.needed_bytes() > limits.memory_bytes {
        request.threads -= 1;
    }
    let summary = wgs_align::align_sample(&request)?;
    let Some(path) = reads.fastq_qc else { return Ok(()) };
    let all = observer.finish(path)?;
    let groups = summary.read_groups.iter().enumerate().map(|(index, group)| {
        let library = Some(group.library.as_str()).filter(|library| !library.is_empty());
        let seen = all.get(index).cloned().unwrap_or_else(empty);
        seen.finish(&group.id, library)
    });
    let document = FastqQc::new(Some(reads.sample.to_string()), groups.collect());
    qc::write(&document, path, Some(&table_beside(path)))
}

fn empty() -> ReadGroupAccumulator {
    ReadGroupAccumulator::new(QualityEncoding::Phred33)
}

/// One accumulator per read group, by its index.
type Groups = Vec<ReadGroupAccumulator>;

/// Feeds batches into accumulators; a thread takes an idle set, or a new one, for each batch.
struct Observer<'a> {
    monitor: &'a dyn Monitor,
    idle: Mutex<Vec<Groups>>,
    reads: Mutex<u64>,
}

impl ReadObserver for Observer<'_> {
    fn observe(&self, batch: &ReadBatch) {
        let mut groups = self.idle.lock().map_or(None, |mut idle| idle.pop()).unwrap_or_default();
        for template in batch.templates() {
            if groups.len() <= template.read_group {
                groups.resize_with(template.read_group + 1, empty);
            }
            let group = &mut groups[template.read_group];
            let first = (template.first.bases, template.first.quals);
            match template.last {
                Some(last) => group.add_pair(first, (last.bases, last.quals)),
                None => group.add_single(first),
            }
        }
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(groups);
        }
        if let Ok(mut reads) = self.reads.lock() {
            *reads += batch.reads();
            self.monitor.progress(*reads, None);
        }
    }
}

impl Observer<'_> {
    fn finish(self, path: &Path) -> Result<Groups> {
        let poisoned = "a thread that measured reads has died";
        let sets = self
            .idle
            .into_inner()
            .map_err(|_| FileError::new(path, ErrorKind::TaskFailed, poisoned))?;
        let mut all = Groups::new();
        for set in sets {
            all.resize_with(all.len().max(set.len()), empty);
            all.iter_mut().zip(&set).for_each(|(sum, one)| sum.merge(one));
        }
        Ok(all)
    }
}
