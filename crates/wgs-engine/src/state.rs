//! Where the engine keeps its own files of a case: below [`CaseLayout::state`].
//!
//! ```text
//! lock                who works on the case
//! tasks/TASK.json     what made the outputs of a task, written once they are verified
//! specs/TASK.json     what the task's process reads
//! logs/TASK.log       what it said
//! scratch/TASK/       its temporary files
//! ```

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use wgs_formats::{FileError, Result, output};
use wgs_task::{CaseLayout, TaskId};

/// Paths of the engine's own files of a case.
#[derive(Clone, Debug)]
pub(crate) struct StateFolder(PathBuf);

impl StateFolder {
    pub(crate) fn of(layout: &CaseLayout) -> Self {
        Self(layout.state())
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// The lock of the one process that works on a part of the case.
    pub(crate) fn part_lock(&self, part: &str) -> PathBuf {
        self.0.join(format!("units/{part}.lock"))
    }

    pub(crate) fn record(&self, task: &TaskId) -> PathBuf {
        self.0.join(format!("tasks/{task}.json"))
    }

    pub(crate) fn spec(&self, task: &TaskId) -> PathBuf {
        self.0.join(format!("specs/{task}.json"))
    }

    pub(crate) fn log(&self, task: &TaskId) -> PathBuf {
        self.0.join(format!("logs/{task}.log"))
    }

    pub(crate) fn scratch(&self, task: &TaskId) -> PathBuf {
        self.0.join(format!("scratch/{task}"))
    }

    /// Makes the folders.
    pub(crate) fn create(&self) -> Result<()> {
        ["tasks", "specs", "logs", "scratch", "units"]
            .iter()
            .try_for_each(|name| output::create_folder(&self.0.join(name)))
    }

    /// Removes what a killed engine was writing here about one task.
    pub(crate) fn remove_partials_of(&self, task: &TaskId) -> Result<()> {
        output::remove_partials(&self.record(task))?;
        output::remove_partials(&self.spec(task))
    }

    /// Removes what a killed engine was writing here.
    pub(crate) fn remove_partials(&self) -> Result<()> {
        for folder in ["tasks", "specs"].map(|name| self.0.join(name)) {
            for entry in fs::read_dir(&folder).map_err(|e| FileError::io(&folder, e))? {
                let entry = entry.map_err(|e| FileError::io(&folder, e))?;
                if entry.file_name().as_encoded_bytes().starts_with(b".") {
                    remove_file(&entry.path())?;
                }
            }
        }
        Ok(())
    }
}

/// Removes a file; that it is not there is no error.
pub(crate) fn remove_file(path: &Path) -> Result<()> {
    absent_is_fine(path, fs::remove_file(path))
}

/// Removes a folder with all that is in it; that it is not there is no error.
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    absent_is_fine(path, fs::remove_dir_all(path))
}

fn absent_is_fine(path: &Path, removed: io::Result<()>) -> Result<()> {
    match removed {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(FileError::io(path, e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::CaseId;

    use super::*;

    #[test]
    fn only_partial_files_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let case: CaseId = "C1".parse().unwrap();
        let state = StateFolder::of(&CaseLayout::new(folder.path(), &case));
        state.create().unwrap();
        let record = state.record(&TaskId::of_case("call"));
        output::write(&record, "{}").unwrap();
        output::write(&output::partial_path(&record), "{").unwrap();
        state.remove_partials().unwrap();
        assert_eq!(fs::read_dir(record.parent().unwrap()).unwrap().count(), 1);
        assert!(record.exists());
    }
}
