//! What an intake tells.

use std::path::PathBuf;

use serde::Serialize;
use wgs_core::ErrorKind;

use crate::problem::Problem;

/// How far everything in a delivery's folder is after a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files of reads, and others where there is something to tell; by path.
    pub files: Vec<FileReport>,
    /// Samples: those of the manifest, then others by the provider's name.
    pub samples: Vec<SampleReport>,
    /// Cases in the manifest's order, or by id.
    pub cases: Vec<CaseReport>,
    /// How many files were read in this scan.
    pub files_read: usize,
    /// Their bytes.
    pub bytes_read: u64,
    /// Files that were moved to the folder of the quarantine in this scan.
    pub files_moved: usize,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Its path in the delivery.
    pub file: String,
    /// What has become of it.
    pub state: FileState,
    /// The sample, or the provider's name of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
    /// Why it waits, or which file is taken in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// Where it was moved to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<PathBuf>,
}

/// What has become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileState {
    /// It is good.
    Accepted,
    /// It is not there, not whole yet, or not in a list yet.
    Waiting,
    /// Something is wrong with it.
    Quarantined,
    /// It is the same as another, which is taken.
    Duplicate,
    /// Something is wrong with it, and another, which is good, is taken.
    Superseded,
}

/// A sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SampleReport {
    /// Its id, or the provider's name of it.
    pub sample: String,
    /// How far it is.
    pub state: SampleState,
    /// Read groups that are complete.
    pub read_groups: usize,
    /// What it waits for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// How far a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SampleState {
    /// All its reads are there and good.
    Complete,
    /// Something lacks or is quarantined.
    Waiting,
    /// Nobody says whose it is.
    Unassigned,
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseReport {
    /// Its id.
    pub case: String,
    /// How far it is.
    pub state: CaseState,
    /// Its file, which need not be there yet.
    pub path: PathBuf,
    /// What it waits for, or what stands against it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// How far a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseState {
    /// Its file was written.
    Written,
    /// Its file was another, and was written anew on request.
    Replaced,
    /// Its file is there and says the same.
    Unchanged,
    /// A sample is not complete.
    Waiting,
    /// Its file is there and says something else, or the case cannot be.
    Conflict,
}

impl Report {
    /// The class of the worst there is, for the exit code: something quarantined
    /// ([`InvalidInput`](ErrorKind::InvalidInput)), a case file in conflict or, where all reads are to
    /// be of cases, some that are of none ([`Configuration`](ErrorKind::Configuration)), something
    /// waited for ([`NotFound`](ErrorKind::NotFound)); none if all that was delivered is taken.
    pub fn error_kind(&self, wants_cases: bool) -> Option<ErrorKind> {
        let file = |state| self.files.iter().any(|f| f.state == state);
        let sample = |state| self.samples.iter().any(|s| s.state == state);
        let case = |state| self.cases.iter().any(|c| c.state == state);
        if file(FileState::Quarantined) {
            Some(ErrorKind::InvalidInput)
        } else if case(CaseState::Conflict) || wants_cases && sample(SampleState::Unassigned) {
            Some(ErrorKind::Configuration)
        } else if file(FileState::Waiting)
            || sample(SampleState::Waiting)
            || case(CaseState::Waiting)
            || !file(FileState::Accepted)
        {
            Some(ErrorKind::NotFound)
        } else {
            None
        }
    }

    /// Whether the scan has changed nothing and read no file.
    pub fn is_unchanged(&self) -> bool {
        let changed =
            |case: &CaseReport| matches!(case.state, CaseState::Written | CaseState::Replaced);
        self.files_read == 0 && self.files_moved == 0 && !self.cases.iter().any(changed)
    }
}
