//! Whether a case is surely done, told without reading its files.

use std::{collections::BTreeMap, fs, io, os::unix::fs::MetadataExt, path::Path};

use crate::{CasePlan, CaseState, RunRecord, state::StateFolder};

/// Whether the case's record says that all is done by the same plan, and every file that it names
/// has the size that it had and was not touched since: what the tasks made, after the record was
/// written; what comes from elsewhere, after the task began to read it. A wrong `false` costs a job
/// that finds all up to date.
pub(super) fn is_surely_done(plan: &CasePlan) -> bool {
    let Ok(record) = RunRecord::read(&plan.layout) else { return false };
    let Ok(written) = modified(&plan.layout.run_record()) else { return false };
    if record.state != CaseState::Succeeded || record.tasks.len() != plan.tasks.len() {
        return false;
    }
    if record.bundle_digest != plan.bundle_digest {
        return false;
    }
    let state = StateFolder::of(&plan.layout);
    let outputs = plan.tasks.iter().flat_map(|task| &task.outputs);
    let is_temporary: BTreeMap<&Path, bool> =
        outputs.map(|output| (output.path.as_path(), output.temporary)).collect();
    record.tasks.iter().zip(&plan.tasks).all(|(entry, spec)| {
        let Some(made) = entry.status.made() else { return false };
        let Ok(begun) = modified(&state.spec(&spec.id)) else { return false };
        let inputs = spec.inputs.iter().map(|input| &input.path);
        entry.task == spec.id
            && entry.params == spec.params
            && entry.tools == spec.tools
            && made.inputs.iter().map(|file| &file.path).eq(inputs)
            && made.inputs.iter().chain(&made.outputs).all(|file| {
                let output = is_temporary.get(file.path.as_path());
                let since = if output.is_some() { written } else { begun };
                is_untouched(&file.path, file.bytes, since).unwrap_or_else(|e| {
                    e.kind() == io::ErrorKind::NotFound && output == Some(&true)
                })
            })
    })
}

fn modified(path: &Path) -> io::Result<(i64, i64)> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.mtime(), metadata.mtime_nsec()))
}

/// Both times are set by the machine that holds the file.
fn is_untouched(path: &Path, bytes: u64, since: (i64, i64)) -> io::Result<bool> {
    let metadata = fs::metadata(path)?;
    let is_older = (metadata.ctime(), metadata.ctime_nsec()) <= since;
    // Folders stand for files whose digest the plan holds.
    Ok(metadata.is_dir() || is_older && metadata.len() == bytes)
}
