//! Where the files of a run over many machines are.

use std::path::{Path, PathBuf};

use wgs_task::CaseLayout;

use super::Unit;

/// Files of a run as a whole, below its output folder.
///
/// ```
/// use std::path::Path;
/// use wgs_engine::cluster::RunFiles;
///
/// let files = RunFiles::of(Path::new("out"));
/// assert_eq!(files.journal(), Path::new("out/.wgs-pipe/journal.jsonl"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFiles(PathBuf);

impl RunFiles {
    /// The files of the run in an output folder.
    pub fn of(out: &Path) -> Self {
        Self(out.join(".wgs-pipe"))
    }

    /// The folder of all of them.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// What was asked for: options, and which cases.
    pub fn request(&self) -> PathBuf {
        self.0.join("request.json")
    }

    /// The definition of the pipeline that the cases follow.
    pub fn pipeline(&self) -> PathBuf {
        self.0.join("pipeline.toml")
    }

    /// Who else is to hear of what happens.
    pub fn observers(&self) -> PathBuf {
        self.0.join("observers.json")
    }

    /// What the controller did and learned, one JSON object a line.
    pub fn journal(&self) -> PathBuf {
        self.0.join("journal.jsonl")
    }

    /// A folder of numbered files; the one with the highest number says who controls the run.
    pub fn leases(&self) -> PathBuf {
        self.0.join("lease")
    }

    /// What a detached controller says.
    pub fn controller_log(&self) -> PathBuf {
        self.0.join("controller.log")
    }

    /// Requests to end the run, a file each.
    pub fn wishes(&self) -> PathBuf {
        self.0.join("wishes")
    }

    /// The orders of a batch.
    pub fn batch(&self, token: &str) -> PathBuf {
        self.0.join(format!("batches/{token}.jsonl"))
    }

    /// What the processes of a batch say, apart from the logs of tasks.
    pub fn batch_logs(&self, token: &str) -> PathBuf {
        self.0.join(format!("batches/{token}.logs"))
    }
}

/// Files about the units of a case, in the state folder of the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFiles(PathBuf);

impl CaseFiles {
    /// The files of a case.
    pub fn of(layout: &CaseLayout) -> Self {
        Self(layout.state())
    }

    /// The plan by which units work.
    pub fn plan(&self) -> PathBuf {
        self.0.join("plan.json")
    }

    /// How a unit ended last.
    pub fn ending(&self, unit: &Unit) -> PathBuf {
        self.0.join(format!("units/{}.json", unit.name()))
    }

    /// Events of a unit that does not do the whole case; those of the case as a whole are in
    /// [`CaseLayout::events`], where its closing adds these.
    pub fn events(&self, unit: &Unit) -> PathBuf {
        self.0.join(format!("units/{}.events.jsonl", unit.name()))
    }

    /// Where the events of a unit are, whatever unit it is.
    pub(super) fn events_of(&self, layout: &CaseLayout, unit: &Unit) -> PathBuf {
        match unit {
            Unit::Case | Unit::Close => layout.events(),
            Unit::Task(_) => self.events(unit),
        }
    }
}
