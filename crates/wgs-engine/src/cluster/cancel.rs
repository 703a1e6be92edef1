//! The wish to end a run, or cases of it, as a file that its controller finds.

use serde::{Deserialize, Serialize};
use wgs_core::{CaseId, ErrorKind};
use wgs_formats::{Result, output};

use super::RunFiles;
use crate::state;

/// Who wants what to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelRequest {
    /// These cases; without a list, all.
    pub cases: Option<Vec<CaseId>>,
    /// Who asks.
    pub by: String,
}

impl CancelRequest {
    /// Leaves the wish in a run folder; one that was not seen yet is widened.
    ///
    /// # Errors
    ///
    /// A folder that cannot be written.
    pub fn write(&self, files: &RunFiles) -> Result<()> {
        let mut wish = self.clone();
        if let Some(before) = Self::read(files)? {
            wish.cases = match (before.cases, wish.cases) {
                (Some(mut before), Some(now)) => {
                    before.extend(now);
                    Some(before)
                }
                _ => None,
            };
        }
        output::write_json(&files.cancel(), &wish)
    }

    /// Reads a wish, if there is one.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn read(files: &RunFiles) -> Result<Option<Self>> {
        match output::read_json(&files.cancel()) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    pub(super) fn remove(files: &RunFiles) -> Result<()> {
        state::remove_file(&files.cancel())
    }
}
