//! The files of a delivery, and what each of them says.

use std::{collections::BTreeMap, fs, sync::atomic::AtomicBool};

use wgs_formats::{FileError, Result};

use super::Intake;
use crate::{
    Monitor,
    check::{Job, Outcome, check_all},
    content::{Content, Form, Look},
    item::{Item, Owner, State, by_content, by_name, form, is_reads},
    list::{self, Listed},
    name::{Kind, kind, meant},
    report::Report,
    scan::Scan,
};

/// A list that is larger is none.
const LARGEST_LIST: u64 = 256 << 20;

impl Intake {
    pub(super) fn lists(
        &self,
        found: &Scan,
        arriving: &BTreeMap<String, String>,
    ) -> Result<Listed> {
        let mut lists = BTreeMap::new();
        for (file, stat) in &found.files {
            let name = name_of(file);
            if kind(name) != Kind::List || arriving.contains_key(file) || stat.size > LARGEST_LIST {
                continue;
            }
            let path = self.options.delivery.join(file);
            match fs::read(&path) {
                Ok(bytes) => drop(lists.insert(file.clone(), list::parse::parse(name, &bytes))),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(FileError::io(&path, e)),
            }
        }
        let files = found.files.keys().map(|file| (file.as_str(), file.as_str()));
        let links = found.links.iter().map(|(link, to)| (link.as_str(), to.as_str()));
        let refused = found.refused.keys().map(|file| (file.as_str(), file.as_str()));
        Ok(list::resolve(&lists, &files.chain(links).chain(refused).collect()))
    }

    /// All files of reads, all that are listed, and all that are refused.
    pub(super) fn items(
        &self,
        found: &Scan,
        arriving: &BTreeMap<String, String>,
        listed: &Listed,
    ) -> Vec<Item> {
        let mut items = Vec::new();
        let kind_of = |file: &str| kind(name_of(file));
        for file in found.files.keys() {
            let claims = listed.claims.get(file).cloned().unwrap_or_default();
            let kind = kind_of(file);
            let left_alone = is_reads(&kind) && self.options.leaves(&meant(name_of(file)));
            let problem = listed.problems.get(file);
            let is_wanted = is_reads(&kind) && !left_alone || !claims.is_empty();
            if let Kind::Temporary { of } = &kind {
                if !self.options.leaves(&meant(of)) {
                    items.extend(on_its_way(file, of, found));
                }
                continue;
            }
            let is_unread_list = kind == Kind::List && arriving.contains_key(file);
            if !is_wanted && problem.is_none() && !is_unread_list {
                continue;
            }
            let is_no_list = listed.needless.contains(file);
            let kind = if left_alone || is_no_list { Kind::Other } else { kind };
            let (content, owner) = (None, Owner::Nobody);
            let mut item =
                Item { file: file.clone(), kind, claims, content, state: State::Accepted, owner };
            if let Some(reason) = arriving.get(file) {
                item.state = State::Waiting(reason.clone());
            } else if let Some(problem) = problem {
                item.state = State::Quarantined(problem.clone());
            } else if let Some(state) = by_name(&item, self.options.without_checksums) {
                item.state = state;
            }
            items.push(item);
        }
        items.extend(found.refused.iter().map(|(file, problem)| Item {
            file: file.clone(),
            kind: kind_of(file),
            claims: listed.claims.get(file).cloned().unwrap_or_default(),
            content: None,
            state: State::Quarantined(problem.clone()),
            owner: Owner::Nobody,
        }));
        items.sort_by(|a, b| a.file.cmp(&b.file));
        items
    }

    /// Reads what is not known yet, and judges every file by its content.
    pub(super) fn check(
        &mut self,
        found: &Scan,
        items: &mut [Item],
        report: &mut Report,
        (stop, monitor): (&AtomicBool, &dyn Monitor),
    ) -> Result<()> {
        let root = self.options.delivery.clone();
        let key = |file: &str| root.join(file).to_string_lossy().into_owned();
        let mut jobs = Vec::new();
        for item in items.iter_mut().filter(|item| item.is_accepted()) {
            let Some(stat) = found.files.get(&item.file) else { continue };
            let form = form(&item.kind);
            let deep = form != Form::Other && (self.options.deep || item.claims.is_empty());
            match self.journal.checked(&key(&item.file), stat) {
                Some(known) if is_enough(known, form, deep) => item.content = Some(known.clone()),
                _ => jobs.push(Job {
                    file: item.file.clone(),
                    path: root.join(&item.file),
                    stat: *stat,
                    look: Look { form, deep, stop, monitor },
                }),
            }
        }
        report.files_read = jobs.len();
        report.bytes_read = jobs.iter().map(|job| job.stat.size).sum();
        if !jobs.is_empty() {
            monitor.begins(report.files_read, report.bytes_read);
        }
        let mut outcomes = check_all(jobs, self.options.threads, &mut self.journal, key)?;
        for item in items.iter_mut().filter(|item| item.is_accepted()) {
            match outcomes.remove(&item.file) {
                Some(Outcome::Read(content)) => item.content = Some(*content),
                Some(Outcome::Changed) => {
                    item.state = State::Waiting("has changed while it was read".into());
                }
                Some(Outcome::Unreadable(reason)) => {
                    item.state = State::Waiting(format!(
                        "cannot be read, and is looked at again by the next scan: {reason}"
                    ));
                }
                None => {}
            }
            if let Some(content) = item.content.take() {
                item.state = by_content(item, &content, self.options.without_end_block);
                item.content = Some(content);
            }
        }
        Ok(())
    }
}

/// Whether what is remembered of a file answers what is asked now.
fn is_enough(known: &Content, form: Form, deep: bool) -> bool {
    let has_form = match form {
        Form::Fastq => known.first.is_some() || known.fault.is_some(),
        Form::Alignment => known.header.is_some() || known.fault.is_some(),
        Form::Other => true,
    };
    has_form && (known.deep || !deep)
}

fn name_of(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or_default()
}

/// Reads, or a list, that are not there yet but under a temporary name: samples wait for them.
fn on_its_way(file: &str, of: &str, found: &Scan) -> Option<Item> {
    let whole = match file.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{of}"),
        None => of.to_owned(),
    };
    let kind = kind(of);
    // One that is there under its own name as well waits by itself.
    let is_awaited = is_reads(&kind) || kind == Kind::List;
    (is_awaited && !found.files.contains_key(&whole)).then(|| Item {
        file: file.to_owned(),
        kind,
        claims: Vec::new(),
        content: None,
        state: State::Waiting("is being copied".into()),
        owner: Owner::Nobody,
    })
}
