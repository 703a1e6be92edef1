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
    list::{self, Claim, Listed, parse::Digest},
    name::{Kind, kind},
    owner::{self, Naming},
    problem::{Code, Problem},
    quarantine,
    report::{FileReport, FileState, Report},
    scan::{Scan, Stat},
};

/// A file that should be there, or was.
pub(super) struct Absent {
    pub(super) report: FileReport,
    pub(super) item: Item,
    /// The list that names it.
    pub(super) list: Option<String>,
    /// Whether that list may end within its name.
    is_cut: bool,
}

impl Absent {
    /// Whether any sample may lack it that has files near its list, or near where it was.
    pub(super) fn may_be_of_any(&self) -> bool {
        let is_nobodys = self.item.owner.samples().is_empty();
        let is_cut = is_nobodys && self.is_cut && self.item.kind == Kind::Other;
        is_cut || self.item.may_be_of_any() && !self.is_list_of_another()
    }

    /// Whether it is the list of one file, which is of somebody who is not in the manifest.
    fn is_list_of_another(&self) -> bool {
        let is_named = match self.item.meant() {
            Kind::Fastq(name) => !name.prefix.is_empty(),
            Kind::Alignment { .. } => true,
            _ => false,
        };
        self.list.is_some() && self.item.kind == Kind::List && is_named && !self.is_cut
    }
}

impl Intake {
    /// Files that lists name and that are not there, and those that were moved away and have not
    /// come again.
    pub(super) fn absent(
        &mut self,
        (found, listed): (&Scan, &Listed),
        arriving: &BTreeMap<String, String>,
        items: &[Item],
        naming: Naming,
    ) -> Result<Vec<Absent>> {
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
            if quarantine::is_taken_out(&moved.to, &file) {
                self.journal.put_returned(&key)?;
                continue;
            }
            let item = absent_item(&file, Some(&moved.problem), naming);
            if self.options.leaves(&item.meant()) {
                continue;
            }
            let slot = item
                .slot()
                .map(|slot| Slot { flow_cell: slot.flow_cell.or(moved.flow_cell.clone()), ..slot });
            let has_come = |good: &&&Item| {
                good.file == file
                    // A folder in the place of a link to one.
                    || good.file.strip_prefix(&file).is_some_and(|rest| rest.starts_with('/'))
                    || good.is_of_owner_of(&item)
                        && moved.expected.iter().any(|digest| good.has(digest))
                    || good.is_form_of(&item)
                    || moved.was_alone && good.is_mate_of(&item)
                    // Its name was wrong, and told nobody.
                    || moved.problem.code == Code::Name
                        && item.owner.samples().is_empty()
                        && good.slot().is_some()
                        && moved.expected.iter().any(|digest| good.has(digest))
                    || slot.is_some() && moved.flow_cell.is_some() && good.slot() == slot
            };
            // What is no reads is not looked into.
            let is_there = matches!(item.kind, Kind::Other | Kind::List)
                && found.files.contains_key(&file)
                && !arriving.contains_key(&file);
            if is_there || good.iter().any(|item| has_come(&item)) {
                self.journal.put_returned(&key)?;
                continue;
            }
            away.insert(file);
            absent.push(Absent {
                report: FileReport {
                    problem: Some(moved.problem),
                    moved_to: Some(moved.to),
                    ..file_report(&item, FileState::Quarantined)
                },
                item,
                list: None,
                is_cut: false,
            });
        }
        for missing in &missing(listed, items) {
            let item = absent_item(&missing.file, None, naming);
            let list::Missing { claim, .. } = missing;
            if self.options.leaves(&item.meant()) {
                continue;
            }
            if is_elsewhere(&claim.digest, &item) || away.contains(&missing.file) {
                continue;
            }
            let mut behind = arriving.range(missing.file.clone()..);
            let is_coming = behind.next().is_some_and(|(file, _)| file.starts_with(&missing.file));
            let what = if is_coming { "is on its way" } else { "is not there" };
            let reason = format!("{what}; {} names it in line {}", claim.list, claim.line);
            let report =
                FileReport { reason: Some(reason), ..file_report(&item, FileState::Waiting) };
            absent.push(Absent {
                report,
                item,
                list: Some(claim.list.clone()),
                is_cut: claim.is_cut,
            });
        }
        absent.sort_by(|a, b| a.report.file.cmp(&b.report.file));
        absent.dedup_by(|a, b| {
            a.report.file == b.report.file && a.list == b.list && a.is_cut == b.is_cut
        });
        Ok(absent)
    }

    /// Moves files that are at fault themselves, where that is wanted; says where to.
    pub(super) fn move_away(
        &mut self,
        items: &[Item],
        found: &Scan,
        report: &mut Report,
    ) -> Result<BTreeMap<String, PathBuf>> {
        let mut moved = BTreeMap::new();
        let Some(folder) = self.options.move_quarantined.clone() else { return Ok(moved) };
        for item in items.iter() {
            let State::Quarantined(problem) = &item.state else { continue };
            let judged = found.files.get(&item.file).or_else(|| found.others.get(&item.file));
            let from = self.options.delivery.join(&item.file);
            // What has the name by now is left for the next scan to judge.
            let now = from.symlink_metadata().ok().map(|metadata| Stat::of(&metadata));
            if !problem.code.is_of_file() || judged.is_none() || now.as_ref() != judged {
                continue;
            }
            let key = from.to_string_lossy().into_owned();
            let to = quarantine::destination(&folder, &item.file);
            let record = Moved {
                to: to.clone(),
                problem: problem.clone(),
                expected: item.expected().cloned().collect(),
                flow_cell: item.flow_cell().map(str::to_owned),
                was_alone: !items.iter().any(|other| other.is_mate_of(item)),
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
    let mut elsewhere: BTreeMap<(&str, String), Vec<Told>> = BTreeMap::new();
    let mut tell = |claim: &Claim, line: &Item, is_known: bool| {
        if let Some(slot) = line.slot().filter(|_| is_known) {
            let told = Told { file: line.file.clone(), claim: claim.clone(), owner: slot.owner };
            let key = (claim.digest.algorithm(), claim.digest.digits().to_owned());
            elsewhere.entry(key).or_default().push(told);
        }
    };
    let is_of_sample = |line: &Item| matches!(line.owner, Owner::Sample(_));
    for list::Missing { file, claim } in &listed.missing {
        let line = absent_item(file, None, naming);
        tell(claim, &line, is_of_sample(&line));
    }
    for item in items.iter() {
        for claim in &item.claims {
            match &claim.guess {
                Some(file) => tell(claim, &absent_item(file, None, naming), true),
                // What is accepted is what its lines say.
                None => tell(claim, item, !item.is_accepted() && is_of_sample(item)),
            }
        }
    }
    for item in items.iter_mut().filter(|item| item.is_accepted()) {
        let (Some(content), Some(of_item)) = (&item.content, item.slot()) else { continue };
        let keys = [("MD5", content.md5.clone()), ("SHA-256", content.sha256.clone())];
        let mut same = keys.iter().filter_map(|key| elsewhere.get(key)).flatten();
        if let Some(Told { file, claim, .. }) = same.find(|told| told.owner != of_item.owner) {
            let (list, line) = (&claim.list, claim.line);
            let reason = format!("{list} (line {line}) has its digest for {file}");
            item.quarantine(Code::Sample, reason);
        }
    }
}

/// A file of a known owner, of which a list has a digest.
struct Told {
    file: String,
    claim: Claim,
    owner: String,
}

/// A file that is not there, or that was moved away for a reason.
fn absent_item(file: &str, problem: Option<&Problem>, naming: Naming) -> Item {
    let mut item = Item {
        file: file.to_owned(),
        kind: kind(file.rsplit('/').next().unwrap_or_default()),
        claims: Vec::new(),
        content: None,
        state: match problem {
            Some(problem) => State::Quarantined(problem.clone()),
            None => State::Waiting("is not there".into()),
        },
        owner: Owner::Nobody,
    };
    item.owner = owner::owner(&item, naming);
    item
}

#[cfg(test)]
mod tests {
    use std::fs;

    use wgs_formats::output;

    use super::*;
    use crate::{Options, scan::scan};

    #[test]
    fn a_file_that_has_come_since_is_not_moved() {
        let room = tempfile::tempdir().unwrap();
        let at = |name: &str| room.path().join(name);
        output::create_folder(&at("inbox")).unwrap();
        output::write(&at("inbox/a_1.fq"), "damaged").unwrap();
        let options = Options {
            move_quarantined: Some(at("quarantine")),
            ..Options::new(at("inbox"), at("cases"))
        };
        let mut intake = Intake::open(options).unwrap();
        let found = scan(&at("inbox"), &[], None).unwrap();
        let problem = Problem::new(Code::Damaged, "x");
        let items = [absent_item("a_1.fq", Some(&problem), Naming::Nobody)];
        let mut report = Report::default();
        output::write(&at("inbox/a_1.fq"), "redone!").unwrap();
        let moved = intake.move_away(&items, &found, &mut report).unwrap();
        assert!(moved.is_empty() && intake.journal.moved().is_empty());
        assert_eq!(fs::read(at("inbox/a_1.fq")).unwrap(), b"redone!");
        let found = scan(&at("inbox"), &[], None).unwrap();
        assert_eq!(intake.move_away(&items, &found, &mut report).unwrap().len(), 1);
    }
}
