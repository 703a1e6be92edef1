//! The lanes of a sample: from the case file to the task's specification, and from there to the
//! aligner.

use serde::{Deserialize, Serialize};
use wgs_align::Lane;
use wgs_core::SampleId;
use wgs_formats::{alignment::ReadGroup as Header, digest::Expected};
use wgs_task::{
    Input, StageError, TaskSpec,
    case::{ReadGroup, Reads, Sample},
};

/// The platform of read groups that name none: the aligner is one for short reads.
const DEFAULT_PLATFORM: &str = "ILLUMINA";

/// What of a lane is no file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LaneParams {
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

/// The files of a sample's lane, as inputs of the task.
pub(super) fn inputs(reads: &Reads, lane: usize) -> Vec<Input> {
    match reads {
        Reads::Pairs { r1, r2, .. } => {
            vec![Input::file(format!("r1.{lane}"), r1), Input::file(format!("r2.{lane}"), r2)]
        }
        Reads::Alignment { path, .. } => vec![Input::file(format!("alignment.{lane}"), path)],
    }
}

impl LaneParams {
    /// Those of a sample's lane.
    pub(super) fn of(sample: &Sample, group: &ReadGroup) -> Self {
        let text = |value: Option<&str>, default: &str| value.unwrap_or(default).to_owned();
        let id = text(group.id.as_ref().map(AsRef::as_ref), sample.id.as_str());
        Self {
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

    /// The lane, with its files among the task's inputs.
    pub(super) fn open(
        &self,
        spec: &TaskSpec,
        sample: &SampleId,
        lane: usize,
    ) -> Result<Lane, StageError> {
        let file = |name: &str| spec.input(&format!("{name}.{lane}")).map(ToOwned::to_owned);
        let (input, expected) = match &self.source {
            Source::Pairs { r1, r2 } => (
                wgs_align::Input::Fastq { r1: file("r1")?, r2: Some(file("r2")?) },
                [r1.clone(), r2.clone()],
            ),
            Source::Alignment { expected, keep_read_groups } => (
                wgs_align::Input::Alignment {
                    path: file("alignment")?,
                    keep_read_groups: *keep_read_groups,
                },
                [expected.clone(), Expected::default()],
            ),
        };
        let header = &self.header;
        let read_group = Header {
            sample: Some(sample.to_string()),
            library: Some(header.library.clone()),
            platform: Some(header.platform.clone()),
            unit: Some(header.unit.clone()),
            center: header.center.clone(),
            date: header.date.clone(),
            ..Header::new(&header.id)
        };
        Ok(Lane { input, expected, read_group })
    }
}
