//! Every stage that a pipeline definition can name.

mod reads;

use wgs_task::Stage;

pub use reads::{ReadsOptions, ReadsStage, RecordQc, SampleReads, TrimParams, align_reads};

/// All stages, in the order of a germline case.
static STAGES: [&dyn Stage; 8] = [
    &ReadsStage,
    &wgs_smallvar::CallStage,
    &wgs_smallvar::JointStage,
    &wgs_annotate::AnnotateStage,
    &wgs_interpret::InterpretStage,
    &wgs_metrics::VariantMetricsStage,
    &wgs_metrics::GatesStage,
    &wgs_report::ReportStage,
];

/// The stage of a name.
///
/// ```
/// assert!(wgs_pipe::stages::find("reads").is_some());
/// assert!(wgs_pipe::stages::find("tea").is_none());
/// ```
pub fn find(name: &str) -> Option<&'static dyn Stage> {
    STAGES.into_iter().find(|stage| stage.name() == name)
}

/// The names of all stages.
pub fn names() -> Vec<&'static str> {
    STAGES.into_iter().map(Stage::name).collect()
}
