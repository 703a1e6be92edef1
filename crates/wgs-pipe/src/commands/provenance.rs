//! `wgs-pipe provenance` and `wgs-pipe sbom`, and the description of each case at its end.

use std::path::{Path, PathBuf};

use wgs_core::{CaseId, ErrorKind};
use wgs_engine::{CaseState, RunRecord};
use wgs_formats::FileError;
use wgs_provenance::{FileState, sbom};
use wgs_task::CaseLayout;

use super::{Outcome, say};
use crate::{cli::ProvenanceArgs, failure::Failure};

const SOURCES: sbom::Sources<'_> = sbom::Sources {
    lock: include_str!("../../../../Cargo.lock"),
    packages: include_str!("../../sbom/packages.tsv"),
    natives: include_str!("../../sbom/natives.tsv"),
};

/// Describes the run of a case that has just ended in `state`.
pub(super) fn describe(layout: &CaseLayout, state: CaseState, definition: &str) -> Outcome {
    let record = RunRecord::read(layout)?;
    if record.state != state {
        let reason = "tells of another run; this one is not described";
        return Err(FileError::invalid(layout.run_record(), reason).into());
    }
    wgs_provenance::write_crate(&record, layout, Some(definition))?;
    Ok(())
}

pub(super) fn provenance(args: &ProvenanceArgs) -> Outcome {
    let layout = layout(&args.case)?;
    if args.verify {
        return verify(&layout);
    }
    let read = |path: &PathBuf| std::fs::read_to_string(path).map_err(|e| FileError::io(path, e));
    let definition = args.pipeline.as_ref().map(read).transpose()?;
    if let Some(text) = &definition {
        wgs_provenance::check_definition(&layout, text)?;
    }
    let record = RunRecord::read(&layout)?;
    let path = wgs_provenance::write_crate(&record, &layout, definition.as_deref())?;
    say(&format!("{}\n", path.display()))
}

/// The layout of a folder that is named after its case.
fn layout(folder: &Path) -> Result<CaseLayout, Failure> {
    let folder = folder.canonicalize().map_err(|e| FileError::io(folder, e))?;
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let case: CaseId = name.parse().map_err(|e| {
        Failure::new(ErrorKind::Usage, format!("{}: {e}", folder.display()))
            .hint("name the folder of a case: OUT/CASE")
    })?;
    Ok(CaseLayout::new(folder.parent().unwrap_or(Path::new("/")), &case))
}

/// A table of all files; fails for the first that is not what it was.
fn verify(layout: &CaseLayout) -> Outcome {
    let checked = wgs_provenance::verify(layout)?;
    let mut text = "file\tbytes\tstate\n".to_owned();
    for file in &checked {
        let state = match file.state {
            FileState::Same => "same",
            FileState::Changed => "CHANGED",
            FileState::Missing => "MISSING",
        };
        text += &format!("{}\t{}\t{state}\n", file.path.display(), file.bytes);
    }
    say(&text)?;
    let count = |state| checked.iter().filter(|file| file.state == state).count();
    let (changed, missing) = (count(FileState::Changed), count(FileState::Missing));
    let kind = match (changed, missing) {
        (0, 0) => return Ok(()),
        (0, _) => ErrorKind::NotFound,
        _ => ErrorKind::InvalidInput,
    };
    let folder = layout.folder().display();
    let reason =
        format!("{folder}: of {} files {changed} changed, {missing} missing", checked.len());
    Err(Failure::new(kind, reason)
        .hint("`wgs-pipe run` makes again what is not as its record says"))
}

pub(super) fn sbom() -> Outcome {
    say(&wgs_provenance::sbom::cyclonedx("wgs-pipe", SOURCES)?)
}
