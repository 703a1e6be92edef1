//! What holds up samples: files that wait, are quarantined or lack.
//!
//! Of some of them nothing tells whose they are: a list that cannot be read, a file in a form whose
//! name tells nobody, a link to a folder that is not looked into. Such a file holds up every sample
//! that has files at or below its folder, or that its list names.

use std::collections::{BTreeMap, BTreeSet};

use wgs_core::SampleId;

use super::absent::Absent;
use crate::{
    item::{Item, State},
    name::Kind,
};

/// Where a file of nobody is: its folder, and the list that it is, or that names it.
type Place<'a> = (&'a str, Option<&'a str>);

/// Why samples are not complete, by the files that are waited for or quarantined.
pub(super) fn reasons(items: &[Item], absent: &[Absent]) -> BTreeMap<SampleId, Vec<String>> {
    let mut open: BTreeMap<SampleId, Vec<String>> = BTreeMap::new();
    let mut places: BTreeMap<Place, Vec<String>> = BTreeMap::new();
    for item in items {
        let reason = match &item.state {
            State::Waiting(reason) => format!("{} {reason}", item.file),
            State::Quarantined(_) => format!("{} is quarantined", item.file),
            State::Accepted | State::Duplicate(_) | State::Superseded(_) => continue,
        };
        if item.may_be_of_any() {
            let list = (item.kind == Kind::List).then_some(item.file.as_str());
            places.entry((item.folder(), list)).or_default().push(reason);
        } else {
            add(&mut open, item, &reason);
        }
    }
    for absent in absent {
        let Absent { report, item, list, .. } = absent;
        let reason = match &report.reason {
            Some(reason) => format!("{} {reason}", report.file),
            None => format!("{} is quarantined", report.file),
        };
        if absent.may_be_of_any() {
            let list = list.as_deref();
            let folder = list.map_or(item.folder(), |list| folder_of(list));
            places.entry((folder, list)).or_default().push(reason);
        } else {
            add(&mut open, item, &reason);
        }
    }
    for (place, reasons) in &places {
        let more = match reasons.len() {
            1 => String::new(),
            n => format!(" ({} more such files)", n - 1),
        };
        let near = items.iter().filter(|item| is_near(item, *place));
        for sample in near.flat_map(|item| item.owner.samples()).collect::<BTreeSet<_>>() {
            let reason = format!("{}; it may be of this sample{more}", reasons[0]);
            open.entry(sample.clone()).or_default().push(reason);
        }
    }
    open
}

fn add(open: &mut BTreeMap<SampleId, Vec<String>>, item: &Item, reason: &str) {
    for sample in item.owner.samples() {
        open.entry(sample.clone()).or_default().push(reason.to_owned());
    }
}

/// Whether a file lies at or below the folder, or is named by the list.
fn is_near(item: &Item, (folder, list): Place) -> bool {
    let below = item.file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    folder.is_empty()
        || below
        || list.is_some_and(|list| item.claims.iter().any(|claim| claim.list == list))
}

fn folder_of(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}
