//! A scan from the folder to the case files.
//!
//! - `delivered`: the files, their lists, and what each of them says
//! - `absent`: files that should be there, or were
//! - `open`: what holds up samples
//! - `complete`: samples and cases
//! - `told`: the report of files

mod absent;
mod complete;
mod delivered;
mod open;
mod told;

use std::{
    path::{Path, PathBuf, absolute},
    sync::atomic::AtomicBool,
};

use wgs_formats::{FileError, Result, output};
use wgs_task::case::manifest;

use crate::{
    Monitor, Options, Samples, arrival, cases, folder,
    item::{Owner, State},
    journal::Journal,
    lock::Lock,
    owner::{self, Index, Naming},
    quarantine,
    report::Report,
    scan, sets,
};

/// An intake that holds its state folder.
#[derive(Debug)]
pub struct Intake {
    options: Options,
    journal: Journal,
    lock: Lock,
}

impl Intake {
    /// Takes the state folder, which is made if it is not there, and reads what is remembered in it.
    ///
    /// # Errors
    ///
    /// If another intake has it ([`Permission`](wgs_core::ErrorKind::Permission)), or it cannot be written.
    pub fn open(options: Options) -> Result<Self> {
        let from_here = |path: &Path| absolute(path).map_err(|e| FileError::io(path, e));
        let options = Options {
            delivery: from_here(&options.delivery)?,
            cases: from_here(&options.cases)?,
            state: from_here(&options.state)?,
            move_quarantined: options.move_quarantined.as_deref().map(from_here).transpose()?,
            ..options
        };
        if let Samples::Manifest(path) = &options.samples {
            manifest::read(path)?;
        }
        if !options.delivery.is_dir() {
            // Says why not.
            scan::scan(&options.delivery, &[], None)?;
        }
        cases::prepare(&options.cases)?;
        output::create_folder(&options.state)?;
        let lock = Lock::take(&options.state)?;
        for name in ["journal.jsonl", "quarantine.tsv", "quarantine.json"] {
            output::remove_partials(&options.state.join(name))?;
        }
        let journal = Journal::open(&options.state.join("journal.jsonl"))?;
        Ok(Self { options, journal, lock })
    }

    /// Whether another intake has taken the state folder over: every further scan fails.
    pub fn is_ousted(&self) -> bool {
        self.lock.is_lost()
    }

    /// Looks at everything in the delivery's folder, and writes the cases that are complete.
    ///
    /// # Errors
    ///
    /// If the folder cannot be listed, the manifest is wrong, or a file of the intake's own cannot
    /// be written; [`Interrupted`](wgs_core::ErrorKind::Interrupted) once `stop` is true. What is wrong with
    /// delivered files is in the report.
    pub fn scan(&mut self, stop: &AtomicBool, monitor: &dyn Monitor) -> Result<Report> {
        self.lock.check(&self.options.state)?;
        let manifest = match &self.options.samples {
            Samples::Manifest(path) => Some(manifest::read(path)?),
            _ => None,
        };
        let index = manifest.as_ref().map(Index::new);
        let mut report = Report::default();
        let (settle, marker) = (self.options.settle, self.options.done_marker.as_deref());
        let found = scan::scan(&self.options.delivery, &self.own_folders(), marker)?;
        let root = self.options.delivery.clone();
        let key = |file: &str| root.join(file).to_string_lossy().into_owned();
        let arriving = arrival::arriving(&found, settle, marker, &mut self.journal, key)?;
        let listed = self.lists(&found, &arriving)?;
        let mut items = self.items(&found, &arriving, &listed);
        self.check(&found, &mut items, &mut report, (stop, monitor))?;
        let known = owner::known(&items);
        let naming = match (&index, &self.options.samples) {
            (Some(index), _) => Naming::Manifest(index),
            (None, Samples::Single) => Naming::Single(&known),
            (None, _) => Naming::Nobody,
        };
        for item in &mut items {
            item.owner = owner::owner(item, naming);
            match &item.owner {
                Owner::Unclear(_, problem) if item.is_accepted() => {
                    item.state = State::Quarantined(problem.clone());
                }
                _ if item.is_accepted() => owner::check_header(item, naming),
                _ => {}
            }
        }
        if matches!(naming, Naming::Single(_)) {
            owner::check_names(&mut items);
            folder::check_folders(&mut items);
        }
        absent::check_exchange(&mut items, &listed, naming);
        sets::compare(&mut items);
        self.lock.check(&self.options.state)?;
        let absent = self.absent((&found, &listed), &arriving, &items, naming)?;
        let moved = self.move_away(&items, &found, &mut report)?;
        let open = open::reasons(&items, &absent);
        self.cases(&items, &open, manifest.as_ref(), &mut report)?;
        report.files = told::file_reports(&items, absent, &moved);
        quarantine::record(&self.options.state, &report.files)?;
        Ok(report)
    }

    /// Folders of the intake that may lie within the delivery's.
    fn own_folders(&self) -> Vec<PathBuf> {
        let Options { cases, state, move_quarantined, .. } = &self.options;
        let own = [Some(cases), Some(state), move_quarantined.as_ref()];
        own.into_iter().flatten().filter_map(|path| path.canonicalize().ok()).collect()
    }
}
