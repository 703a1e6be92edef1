//! Cases of complete samples, and their files.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use wgs_core::{ReadGroupId, SampleId, Sex};
use wgs_formats::{FileError, Result, output};
use wgs_task::case::{
    Case, CaseKind, Clinical, Expected, ReadGroup, Reads, Role, Sample, file, manifest::Delivery,
};

use crate::{
    content::Content,
    item::{Item, Owner, Slot},
    list::parse::Digest,
    report::{CaseReport, CaseState},
};

/// The germline case of one sample, of which nothing but its reads is known.
pub(crate) fn single(sample: &SampleId) -> Option<Case> {
    Some(Case {
        // Both kinds of ids have the same alphabet.
        id: sample.as_str().parse().ok()?,
        kind: CaseKind::Germline,
        samples: vec![Sample {
            id: sample.clone(),
            role: Role::Proband,
            sex: Sex::Unknown,
            affected: None,
            phenotypes: Vec::new(),
            read_groups: Vec::new(),
        }],
        clinical: Clinical::default(),
    })
}

/// The read groups of a sample, of its accepted files and the rows of the manifest; sorted by their
/// place.
pub(crate) fn read_groups(
    root: &Path,
    sample: &SampleId,
    items: &[&Item],
    rows: &[(usize, &Delivery)],
) -> Vec<ReadGroup> {
    let mut by_slot: Vec<(Slot, &Item)> =
        items.iter().filter_map(|item| Some((item.slot()?, *item))).collect();
    by_slot.sort_by(|(a, _), (b, _)| a.cmp(b));
    let find = |slot: &Slot| by_slot.iter().find(|(other, _)| other == slot).map(|(_, item)| *item);
    let names: BTreeSet<&str> = rows.iter().map(|(_, row)| row.delivered_as.as_str()).collect();
    let has_names = names.len() > 1;
    let mut groups = Vec::new();
    for (slot, item) in &by_slot {
        let Owner::Sample(owned) = &item.owner else { continue };
        let row = rows.iter().find(|(index, _)| owned.row == Some(*index)).map(|(_, row)| *row);
        let group = match slot.mate {
            0 => alignment(root, sample, slot, item),
            1 => find(&slot.of_mate())
                .and_then(|mate| pairs(root, sample, slot, item, mate, row, has_names)),
            _ => None,
        };
        groups.extend(group.map(|group| with_row(group, row)));
    }
    groups
}

/// What the manifest says of a read group holds before what its files say.
fn with_row(group: ReadGroup, row: Option<&Delivery>) -> ReadGroup {
    let Some(row) = row else { return group };
    if matches!(group.reads, Reads::Alignment { .. }) && group.id.is_none() {
        return group;
    }
    ReadGroup {
        library: row.library.clone(),
        lane: row.lane.clone().or(group.lane),
        platform: row.platform.clone().or(group.platform),
        unit: row.unit.clone().or(group.unit),
        center: row.center.clone(),
        date: row.date.clone(),
        ..group
    }
}

fn pairs(
    root: &Path,
    sample: &SampleId,
    slot: &Slot,
    first: &Item,
    last: &Item,
    row: Option<&Delivery>,
    has_names: bool,
) -> Option<ReadGroup> {
    let title = &first.content.as_ref()?.first.as_ref()?.title;
    let lane = first.fastq()?.lane;
    let library = row.and_then(|row| row.library.as_ref()).map(|library| library.as_str());
    let library = library.or(Some(slot.delivered_as.as_str()).filter(|_| has_names));
    let parts = [
        Some(sample.as_str().to_owned()),
        library.map(str::to_owned),
        slot.flow_cell.clone(),
        slot.lane.map(|lane| lane.to_string()),
        Some(slot.stem.clone()).filter(|barcode| !barcode.is_empty()),
        (slot.chunk > 1).then(|| format!("{:03}", slot.chunk)),
    ];
    let unit =
        slot.flow_cell.as_ref().zip(lane).map(|(flow_cell, lane)| format!("{flow_cell}.{lane}"));
    Some(ReadGroup {
        id: Some(id(parts)?),
        library: None,
        lane: lane.map(|lane| lane.to_string()),
        platform: title.platform.clone(),
        unit,
        center: None,
        date: None,
        reads: Reads::Pairs {
            r1: root.join(&first.file),
            r2: root.join(&last.file),
            r1_expected: expected(first, first.content.as_ref()?),
            r2_expected: expected(last, last.content.as_ref()?),
        },
    })
}

fn id<const N: usize>(parts: [Option<String>; N]) -> Option<ReadGroupId> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    parts.join(".").chars().map(plain).collect::<String>().parse().ok()
}

fn alignment(root: &Path, sample: &SampleId, slot: &Slot, item: &Item) -> Option<ReadGroup> {
    let content = item.content.as_ref()?;
    let header = content.header.as_ref()?;
    let keeps_its_own = header.samples == [sample.as_str()];
    let parts = [Some(sample.as_str().to_owned()), Some(slot.stem.clone())];
    Some(ReadGroup {
        id: if keeps_its_own { None } else { Some(id(parts)?) },
        library: None,
        lane: None,
        platform: None,
        unit: None,
        center: None,
        date: None,
        reads: Reads::Alignment { path: root.join(&item.file), expected: expected(item, content) },
    })
}

/// What `reads` is to check: SHA-256, and MD5 where that is what the provider has told.
fn expected(item: &Item, content: &Content) -> Expected {
    let by_md5 = item.expected().any(|digest| matches!(digest, Digest::Md5(_)));
    Expected { md5: by_md5.then(|| content.md5.clone()), sha256: Some(content.sha256.clone()) }
}

/// Writes the file of a case that is complete, unless one is there.
pub(crate) fn put(folder: &Path, case: &Case, replace: bool) -> Result<CaseReport> {
    let path = path(folder, case);
    let report = |state, reasons| CaseReport {
        case: case.id.to_string(),
        state,
        path: path.clone(),
        reasons,
    };
    let text = format!("# by `wgs-pipe intake`\n{}", file::text(&path, case)?);
    let is_there = path.symlink_metadata().is_ok();
    if is_there {
        match file::read_without_reads(&path) {
            Ok(known) if known == *case => return Ok(report(CaseState::Unchanged, Vec::new())),
            Ok(known) if !replace => {
                return Ok(report(CaseState::Conflict, vec![difference(&known, case)]));
            }
            Err(e) if !replace => {
                let reason = format!("the file that is there cannot be read: {e}");
                return Ok(report(CaseState::Conflict, vec![reason]));
            }
            _ => {}
        }
    }
    if let Err(e) = file::check(&path, &text) {
        return Ok(report(CaseState::Conflict, vec![e.to_string()]));
    }
    output::remove_dead_partials(&path)?;
    output::write(&path, text)?;
    let state = if is_there { CaseState::Replaced } else { CaseState::Written };
    Ok(report(state, Vec::new()))
}

/// Where the file of a case is.
pub(crate) fn path(folder: &Path, case: &Case) -> PathBuf {
    folder.join(format!("{}.toml", case.id))
}

/// What a case file that is there says otherwise.
fn difference(known: &Case, case: &Case) -> String {
    let files = |case: &Case| -> BTreeSet<PathBuf> {
        let groups = case.samples.iter().flat_map(|sample| &sample.read_groups);
        groups.flat_map(|group| group.reads.files()).map(|(path, _)| path.clone()).collect()
    };
    let (old, new) = (files(known), files(case));
    let (more, fewer) = (new.difference(&old).count(), old.difference(&new).count());
    let what = match (more, fewer) {
        (0, 0) => "the file that is there says something else of the same reads".to_owned(),
        (more, 0) => format!("{more} files have come that the file that is there does not name"),
        (0, fewer) => format!("the file that is there names {fewer} files that are not taken"),
        (more, fewer) => format!(
            "the file that is there names {fewer} other files, and not {more} that have come"
        ),
    };
    format!("{what}; --replace writes it anew")
}

/// Makes the folder of the case files.
pub(crate) fn prepare(folder: &Path) -> Result<()> {
    match fs::metadata(folder) {
        Ok(metadata) if !metadata.is_dir() => {
            Err(FileError::io(folder, io::ErrorKind::NotADirectory.into()))
        }
        _ => output::create_folder(folder),
    }
}
