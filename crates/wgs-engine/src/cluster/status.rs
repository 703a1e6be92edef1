//! How a run stands, read from its files alone: on any machine, whether somebody controls it or not.

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;
use wgs_core::CaseId;
use wgs_formats::{Result, digest};

use super::{
    Request, RunFiles,
    entry::{Decision, Entry, Phase},
    journal::read_journal,
    lease,
    state::State,
};
use crate::{Time, events::FailureEntry};

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunStatus {
    /// Number of the submission.
    pub submission: u64,
    /// When it was made.
    pub created: Time,
    /// Who controls the run, or did last.
    pub controller: Controller,
    /// What keeps jobs from being handed on, if something does.
    pub trouble: Option<String>,
    /// Whether the file that named the cases has changed since they were submitted.
    pub source_changed: bool,
    /// Whether a submission was not taken up yet.
    pub is_new: bool,
    /// The cases, in the order of the submission.
    pub cases: Vec<CaseLine>,
}

/// Who controls a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "controller", rename_all = "snake_case")]
pub enum Controller {
    /// Nobody ever did.
    None,
    /// Its controller lives.
    Alive {
        /// Which process, where, since when.
        owner: String,
    },
    /// It is on another machine, so that only its heartbeat could tell.
    Elsewhere {
        /// Which process, where, since when.
        owner: String,
    },
    /// Its controller ended, with nothing left to do.
    Ended,
    /// Its controller ended or died, and something is left to do.
    Gone {
        /// Which process, where, since when.
        owner: String,
    },
}

/// How a case stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseLine {
    /// The case.
    pub case: CaseId,
    /// In a word.
    pub state: CaseWord,
    /// Its units that are done.
    pub done: usize,
    /// All of its units.
    pub units: usize,
    /// How often units of it were ordered.
    pub orders: u32,
    /// Machines on which units of it run.
    pub machines: Vec<String>,
    /// Why it stands so, where that is not plain.
    pub because: Option<String>,
    /// What failed.
    pub failure: Option<FailureEntry>,
    /// The quality gate that it missed, though all of it is done.
    pub missed_gate: Option<FailureEntry>,
}

/// How a case stands, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseWord {
    /// Nothing of it was handed on.
    Pending,
    /// It waits at the executor.
    Queued,
    /// Something of it runs.
    Running,
    /// All of it is done.
    Done,
    /// Something of it failed.
    Failed,
    /// Something of it was cancelled.
    Cancelled,
}

impl RunStatus {
    /// Reads how the run in a folder stands.
    ///
    /// # Errors
    ///
    /// No submission in the folder; files that cannot be read.
    pub fn read(out: &Path) -> Result<Self> {
        let files = RunFiles::of(out);
        let request = Request::read(&files)?;
        // Asked before the journal is read: who ends in between has written its end.
        let owner = lease::owner(&files)?;
        let mut reader = Reader {
            state: State::of(&request),
            notes: BTreeMap::new(),
            trouble: None,
            taken: false,
        };
        read_journal(&files.journal(), |line| reader.hear(&line.entry))?;
        let cases: Vec<_> =
            (0u32..).take(reader.state.requested).map(|case| reader.line(case)).collect();
        let open = |line: &CaseLine| {
            matches!(line.state, CaseWord::Pending | CaseWord::Queued | CaseWord::Running)
        };
        let is_open = cases.iter().any(open);
        let controller = match owner {
            None => Controller::None,
            Some(owner) => {
                let (alive, owner) = (owner.is_alive(), owner.describe());
                match alive {
                    Some(true) => Controller::Alive { owner },
                    None => Controller::Elsewhere { owner },
                    // It was who submitted.
                    Some(false) if !reader.taken => Controller::None,
                    Some(false) if is_open => Controller::Gone { owner },
                    Some(false) => Controller::Ended,
                }
            }
        };
        let source = request.options.source.as_ref();
        let changed = |source: &super::SourceFile| {
            let now = std::fs::read(&source.path).map(|bytes| digest::sha256_bytes(&bytes));
            now.is_ok_and(|now| now != source.sha256)
        };
        Ok(Self {
            submission: request.submission,
            created: request.created,
            controller,
            trouble: reader.trouble.filter(|_| is_open),
            source_changed: source.is_some_and(changed),
            is_new: reader.state.submission < request.submission,
            cases,
        })
    }

    /// Number of cases by how they stand.
    pub fn counts(&self) -> BTreeMap<CaseWord, usize> {
        let mut counts = BTreeMap::new();
        for line in &self.cases {
            *counts.entry(line.state).or_default() += 1;
        }
        counts
    }
}

/// What a journal says beyond how units stand.
struct Reader {
    state: State,
    /// Machine of a unit that runs, or why it is to be ordered again.
    notes: BTreeMap<(u32, u16), String>,
    trouble: Option<String>,
    /// Whether a controller took up the run.
    taken: bool,
}

impl Reader {
    fn hear(&mut self, entry: &Entry) {
        match entry {
            Entry::Started { token, slot, placement } => {
                let flight = self.state.flight_at(token, *slot);
                if let Some(flight) = flight.filter(|flight| !flight.stale) {
                    let machine = placement.machine.clone().unwrap_or_default();
                    self.notes.insert((flight.case, flight.unit), machine);
                }
            }
            Entry::Ended { token, slot, decision, because, .. } => {
                if let Some(flight) = self.state.flight_at(token, *slot) {
                    let unit = (flight.case, flight.unit);
                    self.notes.remove(&unit);
                    if !flight.stale && *decision != Decision::Done {
                        self.notes.insert(unit, because.clone());
                    }
                }
            }
            Entry::Took { .. } => self.taken = true,
            Entry::Down { words } => self.trouble = Some(format!("no answer: {words}")),
            Entry::Refused { words, never: false, .. } => {
                self.trouble = Some(format!("no more jobs are taken: {words}"));
            }
            Entry::Held { needed_bytes, .. } => {
                let needed = crate::disk::bytes(*needed_bytes);
                self.trouble = Some(format!("waits for {needed} of disk space"));
            }
            Entry::Up | Entry::Freed | Entry::Taken { .. } => self.trouble = None,
            _ => {}
        }
        self.state.apply(entry);
        self.state.touched.clear();
    }

    fn line(&self, case: u32) -> CaseLine {
        let state = self.state.case(case);
        let flights = (0u16..)
            .take(state.units.len())
            .filter_map(|unit| self.state.flight_of_unit(case, unit).map(|flight| (unit, flight)));
        let flights: Vec<_> = flights.collect();
        let is_running = flights.iter().any(|(_, flight)| flight.started);
        let word = match self.state.phase(case) {
            Phase::Ordered if is_running => CaseWord::Running,
            Phase::Ordered => CaseWord::Queued,
            Phase::Pending => CaseWord::Pending,
            Phase::Done => CaseWord::Done,
            Phase::Failed => CaseWord::Failed,
            Phase::Cancelled => CaseWord::Cancelled,
        };
        let started = flights.iter().filter(|(_, flight)| flight.started);
        let mut machines: Vec<String> =
            started.filter_map(|(unit, _)| self.notes.get(&(case, *unit)).cloned()).collect();
        machines.sort();
        machines.dedup();
        let of_batch = |(_, flight): &(u16, &super::state::Flight)| {
            self.state.batches.get(&flight.token)?.reason.clone()
        };
        let because = match word {
            CaseWord::Queued => flights.iter().find_map(of_batch),
            CaseWord::Pending => {
                self.notes.range((case, 0)..=(case, u16::MAX)).next().map(|(_, note)| note.clone())
            }
            _ => None,
        };
        let mut failures = self.state.failures.range((case, 0)..=(case, u16::MAX));
        CaseLine {
            case: state.id.clone(),
            state: word,
            done: state.units.iter().filter(|unit| unit.phase == Phase::Done).count(),
            units: state.units.len(),
            orders: state.units.iter().map(|unit| unit.orders).sum(),
            machines,
            because,
            failure: failures.next().map(|(_, failure)| failure.clone()),
            missed_gate: self.state.missed.get(&case).cloned().filter(|_| word == CaseWord::Done),
        }
    }
}
