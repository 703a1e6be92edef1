//! What is told of files.

use std::{collections::BTreeMap, path::PathBuf};

use super::absent::Absent;
use crate::{
    item::{Item, State},
    problem::Problem,
    report::{FileReport, FileState},
};

pub(super) fn file_report(item: &Item, state: FileState) -> FileReport {
    FileReport {
        file: item.file.clone(),
        state,
        sample: item.owner.name().map(str::to_owned),
        reason: None,
        problem: None,
        moved_to: None,
    }
}

pub(super) fn file_reports(
    items: &[Item],
    absent: Vec<Absent>,
    moved: &BTreeMap<String, PathBuf>,
) -> Vec<FileReport> {
    let of_item = |item: &Item| {
        let with = |state, reason: Option<&String>, problem: Option<&Problem>| FileReport {
            reason: reason.cloned(),
            problem: problem.cloned(),
            moved_to: moved.get(&item.file).cloned(),
            ..file_report(item, state)
        };
        match &item.state {
            State::Accepted => with(FileState::Accepted, None, None),
            State::Waiting(reason) => with(FileState::Waiting, Some(reason), None),
            State::Quarantined(problem) => with(FileState::Quarantined, None, Some(problem)),
            State::Duplicate(of) => with(FileState::Duplicate, Some(of), None),
            State::Superseded(by) => with(FileState::Superseded, Some(by), None),
        }
    };
    let mut files: Vec<FileReport> =
        absent.into_iter().map(|absent| absent.report).chain(items.iter().map(of_item)).collect();
    files.sort_by(|a, b| a.file.cmp(&b.file));
    files.dedup_by(|a, b| a.file == b.file && a.state == b.state);
    files
}
