//! What is measured while records pass.

use std::path::Path;

use wgs_align::RecordObserver;
use wgs_core::{ErrorKind, SampleId};
use wgs_formats::{
    FileError, Result,
    alignment::{Reader, Record},
    bed,
    genome::Genome,
    qc,
};
use wgs_metrics::{CoverageOptions, CoverageParams, RecordMetrics};
use wgs_task::{CaseLayout, Input, Output, StageError, TaskSpec, layout::table_beside};

/// The outputs that [`RecordQc`] makes.
pub(super) fn outputs(layout: &CaseLayout, sample: &SampleId) -> [Output; 6] {
    let (alignment, coverage) = (layout.alignment_qc(sample), layout.coverage_qc(sample));
    let calibration = layout.calibration(sample);
    [
        Output::new("alignment_qc_table", table_beside(&alignment)),
        Output::new("alignment_qc", alignment),
        Output::new("coverage_qc_table", table_beside(&coverage)),
        Output::new("coverage_qc", coverage),
        Output::new("calibration_table", table_beside(&calibration)),
        Output::new("calibration", calibration),
    ]
}

/// The input that [`RecordQc`] needs, if any.
pub(super) fn input(params: &CoverageParams) -> Option<Input> {
    params.targets.as_ref().map(|bed| Input::file("targets", bed))
}

/// Metrics of records to make.
#[derive(Clone, Debug)]
pub struct RecordQc<'a> {
    /// Alignment metrics (JSON, with a table beside it).
    pub alignment: &'a Path,
    /// Coverage (JSON, with a table beside it).
    pub coverage: &'a Path,
    /// Errors of the sequencer (JSON, with a table beside it).
    pub calibration: &'a Path,
    /// What counts as coverage.
    pub options: CoverageOptions,
}

impl<'a> RecordQc<'a> {
    /// What a task is to make.
    pub(super) fn of(
        spec: &'a TaskSpec,
        params: &CoverageParams,
        genome: &Genome,
    ) -> Result<Self, StageError> {
        let targets = spec.inputs.iter().find(|input| input.name == "targets");
        let targets = targets.map(|input| bed::read(&input.path, genome.contigs())).transpose()?;
        Ok(Self {
            alignment: spec.output("alignment_qc")?,
            coverage: spec.output("coverage_qc")?,
            calibration: spec.output("calibration")?,
            options: params.options(targets),
        })
    }
}

/// Feeds records into accumulators.
pub(super) struct RecordQcObserver<'a>(RecordMetrics<'a>);

impl RecordObserver for RecordQcObserver<'_> {
    fn observe(&self, records: &[Record]) {
        self.0.add(records);
    }

    fn observe_in_order(&self, records: &[Record]) {
        self.0.add_in_order(records);
    }
}

impl<'a> RecordQcObserver<'a> {
    /// One that has seen nothing.
    pub(super) fn new(qc: &RecordQc<'_>, genome: &'a Genome) -> Self {
        Self(RecordMetrics::new(genome, qc.options.clone()))
    }

    /// Writes what was seen of the records that `file` now holds.
    pub(super) fn finish(self, qc: &RecordQc<'_>, file: &Path, genome: &Genome) -> Result<()> {
        let reader = Reader::open(file, Some(genome))?;
        let metrics = self.0.finish(reader.header());
        let metrics =
            metrics.map_err(|e| FileError::new(file, ErrorKind::TaskFailed, e.to_string()))?;
        qc::write(&metrics.alignment, qc.alignment, Some(&table_beside(qc.alignment)))?;
        if let Some(coverage) = metrics.coverage {
            qc::write(&coverage, qc.coverage, Some(&table_beside(qc.coverage)))?;
        }
        metrics.calibration.map_or(Ok(()), |calibration| {
            qc::write(&calibration, qc.calibration, Some(&table_beside(qc.calibration)))
        })
    }
}
