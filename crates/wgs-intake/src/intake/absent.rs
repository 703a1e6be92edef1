//! Files that should be there, and files that were.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use wgs_formats::Result;

use super::{Intake, told::file_report};
use crate::{
    item::{Item, Owner, Slot, State},
    journal::Moved,
    list::{self, Listed, parse::Digest},
    name::kind,
    owner::{self, Naming},
    problem::Code,
    quarantine,
    report::{FileReport, FileState, Report},
    scan::Scan,
};

impl Intake {
    /// Files that lists name and that are not there, and those that were moved away and have not
    /// come again.
    pub(super) fn absent(
        &mut self,
        listed: &Listed,
        arriving: &BTreeMap<String, String>,
        items: &[Item],
        naming: Naming,
    ) -> Result<Vec<(FileReport, Owner)>> {
        let good = |item: &&Item| {
            matches!(item.state, State::Accepted | State::Duplicate(_)) && item.content.is_some()
        };
        let good: Vec<&Item> = items.iter().filter(good).collect();
        let mut owners: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for item in &good {
            let owner = item.slot().map(|slot| slot.owner).unwrap_or_default();
            for digest in item.content.iter().flat_map(|c| [c.md5.as_str(), c.sha256.as_str()]) {
                owners.entry(digest).or_default().insert(owner.clone());
            }
        }
        // The same content elsewhere is the file, unless it is of somebody else.
        let is_elsewhere = |digest: &Digest, item: &Item| {
            let of_nobody = item.owner.samples().is_empty();
            let owner = item.slot().map(|slot| slot.owner);
            owners.get(digest.digits()).is_some_and(|owners| {
                of_nobody || owner.is_some_and(|owner| owners.contains(&owner))
            })
        };
        let mut absent = Vec::new();
        let prefix = format!("{}/", self.options.delivery.to_string_lossy());
        let moved: Vec<(String, Moved)> =
            self.journal.moved().iter().map(|(key, moved)| (key.clone(), moved.clone())).collect();
        let mut away = BTreeSet::new();
        for (key, moved) in moved {
            let Some(file) = key.strip_prefix(&prefix).map(str::to_owned) else { continue };
            if items.iter().any(|item| item.file == file && !item.is_accepted()) {
                continue;
            }
            let item = absent_item(&file, naming);
            let slot = item
                .slot()
                .map(|slot| Slot { flow_cell: slot.flow_cell.or(moved.flow_cell.clone()), ..slot });
            let has_come = |good: &&&Item| {
                good.file == file
                    || moved.expected.iter().any(|digest| good.has(digest))
                    || slot.is_some() && moved.flow_cell.is_some() && good.slot() == slot
            };
            if good.iter().any(|item| has_come(&item)) {
                self.journal.put_returned(&key)?;
                continue;
            }
            away.insert(file);
            absent.push((
                FileReport {
                    problem: Some(moved.problem),
                    moved_to: Some(moved.to),
                    ..file_report(&item, FileState::Quarantined)
                },
                item.owner,
            ));
        }
        for missing in &missing(listed, items) {
            let item = absent_item(&missing.file, naming);
            let list::Missing { claim, .. } = missing;
            if is_elsewhere(&claim.digest, &item) || away.contains(&missing.file) {
                continue;
            }
            let mut behind = arriving.range(missing.file.clone()..);
            let is_coming = behind.next().is_some_and(|(file, _)| file.starts_with(&missing.file));
            let what = if is_coming { "is on its way" } else { "is not there" };
            let reason = format!("{what}; {} names it in line {}", claim.list, claim.line);
            absent.push((
                FileReport { reason: Some(reason), ..file_report(&item, FileState::Waiting) },
                item.owner,
            ));
        }
        absent.sort_by(|(a, _), (b, _)| a.file.cmp(&b.file));
        absent.dedup_by(|(a, _), (b, _)| a.file == b.file);
        Ok(absent)
    }

    /// Moves files that are at fault themselves, where that is wanted; says where to.
    pub(super) fn move_away(
        &mut self,
        items: &mut [Item],
        found: &Scan,
        report: &mut Report,
    ) -> Result<BTreeMap<String, PathBuf>> {
        let mut moved = BTreeMap::new();
        let Some(folder) = self.options.move_quarantined.clone() else { return Ok(moved) };
        for item in items {
            let State::Quarantined(problem) = &item.state else { continue };
            let is_there =
                found.files.contains_key(&item.file) || found.refused.contains_key(&item.file);
            if !problem.code.is_of_file() || !is_there {
                continue;
            }
            let from = self.options.delivery.join(&item.file);
            if from.symlink_metadata().is_err() {
                continue;
            }
            let key = from.to_string_lossy().into_owned();
            let to = quarantine::destination(&folder, &item.file);
            let record = Moved {
                to: to.clone(),
                problem: problem.clone(),
                expected: item.expected().cloned().collect(),
                flow_cell: item.flow_cell().map(str::to_owned),
            };
            self.journal.put_moved(&key, record)?;
            quarantine::move_file(&from, &to)?;
            report.files_moved += 1;
            moved.insert(item.file.clone(), to);
        }
        Ok(moved)
    }
}

/// Lines whose file is not there: none was found, or one of its name that is another.
fn missing(listed: &Listed, items: &[Item]) -> Vec<list::Missing> {
    let wrong = items.iter().filter(|item| item.content.is_some()).flat_map(|item| {
        let guessed = item.claims.iter().filter(|claim| !item.has(&claim.digest));
        guessed.filter_map(|claim| {
            Some(list::Missing { file: claim.guess.clone()?, claim: claim.clone() })
        })
    });
    listed.missing.iter().cloned().chain(wrong).collect()
}

/// Refuses files whose content a list has under a name of another sample.
pub(super) fn check_exchange(items: &mut [Item], listed: &Listed, naming: Naming) {
    let mut elsewhere: BTreeMap<(&str, &str), Vec<&list::Missing>> = BTreeMap::new();
    let guesses: Vec<list::Missing> = items
        .iter()
        .flat_map(|item| &item.claims)
        .filter_map(|claim| {
            Some(list::Missing { file: claim.guess.clone()?, claim: claim.clone() })
        })
        .collect();
    for missing in listed.missing.iter().chain(&guesses) {
        let digest = &missing.claim.digest;
        elsewhere.entry((digest.algorithm(), digest.digits())).or_default().push(missing);
    }
    for item in items.iter_mut().filter(|item| item.is_accepted()) {
        let (Some(content), Some(of_item)) = (&item.content, item.slot()) else { continue };
        let keys = [("MD5", content.md5.as_str()), ("SHA-256", content.sha256.as_str())];
        let mut same = keys.iter().filter_map(|key| elsewhere.get(key)).flatten();
        let other = same.find_map(|missing| {
            let line = absent_item(&missing.file, naming);
            let is_known = matches!(line.owner, Owner::Sample(_)) || missing.claim.guess.is_some();
            (is_known && line.slot()?.owner != of_item.owner).then_some(missing)
        });
        if let Some(list::Missing { file, claim }) = other {
            let (list, line) = (&claim.list, claim.line);
            let reason = format!("{list} (line {line}) has its digest for {file}");
            item.quarantine(Code::Sample, reason);
        }
    }
}

fn absent_item(file: &str, naming: Naming) -> Item {
    let mut item = Item {
        file: file.to_owned(),
        kind: kind(file.rsplit('/').next().unwrap_or_default()),
        claims: Vec::new(),
        content: None,
        state: State::Accepted,
        owner: Owner::Nobody,
    };
    item.owner = owner::owner(&item, naming);
    item
}
