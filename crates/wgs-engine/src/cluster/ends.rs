//! What became of jobs, from what their executor says and what they left behind.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::Path,
    time::Duration,
};

use wgs_core::ErrorKind;
use wgs_formats::Result;
use wgs_task::{CaseLayout, TaskId};

use super::{
    CaseFiles, Cause, Ending, Grain, JobReport, JobState, Placement, Unit, UnitResult,
    controller::{Controller, Hold},
    decide::{Circumstances, decide, what_happened},
    entry::{Decision, Entry, Used, Why},
    state::Flight,
};
use crate::{Event, Failure, Happening, events::FailureEntry};

/// Longest time for which no jobs are handed on because a disk is full.
pub(super) const LONGEST_HOLD: Duration = Duration::from_secs(24 * 3600);
const FIRST_HOLD: Duration = Duration::from_secs(10);
const LONGEST_LOOK: Duration = Duration::from_secs(300);
/// Time from the end of a job that found its case occupied until its unit may be ordered again: at
/// first, and at most.
const FIRST_REST: Duration = Duration::from_secs(30);
const LONGEST_REST: Duration = Duration::from_secs(1800);
/// By so many seconds clocks of machines may differ.
const CLOCKS_APART_S: f64 = 600.0;
/// Room that is wanted at least.
const LEAST_ROOM: u64 = 64 << 20;

/// A job that is over, whose ending may still show itself: machines that share a disk see changes
/// of others with a delay.
#[derive(Debug)]
pub(super) struct Awaited {
    token: String,
    slot: u32,
    cause: Cause,
    placement: Placement,
    until: Duration,
    /// Its end is known; until then it rests, so that it is not ordered again at once.
    rests: bool,
}

impl Controller<'_> {
    /// Asks how the jobs stand.
    pub(super) fn poll(&mut self) -> Result<bool> {
        if self.is_down() {
            return Ok(false);
        }
        let of = |flight: &Flight| flight.job.clone().filter(|_| !flight.over);
        let jobs: Vec<_> = self.state.flights.values().filter_map(of).collect();
        if jobs.is_empty() {
            return Ok(false);
        }
        let polled = self.crew.executor.poll(&jobs);
        let reports = self.answered(polled)?.unwrap_or_default();
        self.hear_reasons(&reports)?;
        let mut changed = false;
        for report in reports {
            changed |= self.heard(report)?;
        }
        Ok(changed)
    }

    /// Of the reasons for which jobs of a batch wait, one is remembered, as long as it holds for any.
    fn hear_reasons(&mut self, reports: &[JobReport]) -> Result<()> {
        let mut reasons: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for report in reports {
            if let JobState::Waiting(Some(reason)) = &report.state
                && let Some(flight) = self.state.flight_of_job(&report.job)
            {
                reasons.entry(flight.token.to_string()).or_default().insert(reason);
            }
        }
        for (token, reasons) in reasons {
            let Some(batch) = self.state.batches.get(token.as_str()) else { continue };
            let holds = batch.reason.as_deref().is_some_and(|reason| reasons.contains(reason));
            if let Some(&reason) = reasons.first().filter(|_| !holds) {
                self.note(&Entry::Waiting { token, reason: reason.to_owned() })?;
            }
        }
        Ok(())
    }

    fn heard(&mut self, report: JobReport) -> Result<bool> {
        let Some(flight) = self.state.flight_of_job(&report.job) else { return Ok(false) };
        let (token, slot) = (flight.token.to_string(), flight.slot);
        match report.state {
            JobState::Running if !flight.started => {
                let (case, is_stale) = (flight.case, flight.stale);
                self.note(&Entry::Started { token, slot, placement: report.placement })?;
                if !is_stale {
                    self.tell_start(case);
                }
                Ok(true)
            }
            JobState::Ended(cause) if !flight.over => {
                let until = self.crew.world.now() + self.patience(&cause);
                let placement = report.placement;
                let awaited = Awaited { token, slot, cause, placement, until, rests: false };
                if let Some(flight) = self.state.flight_at_mut(&awaited.token, slot) {
                    flight.over = true;
                }
                self.awaited.push_back(awaited);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn patience(&self, cause: &Cause) -> Duration {
        match cause {
            Cause::UpstreamFailed => Duration::ZERO,
            _ => self.options.retries.patience(),
        }
    }

    /// Concludes the jobs that are over, as far as their endings are seen.
    pub(super) fn see_endings(&mut self) -> Result<bool> {
        let (mut changed, mut lost) = (false, Vec::new());
        for _ in 0..self.awaited.len() {
            let Some(mut awaited) = self.awaited.pop_front() else { break };
            let Some(flight) = self.state.flight_at(&awaited.token, awaited.slot) else { continue };
            let ending = self.ending(flight);
            let (now, goes_on) = (self.crew.world.now(), !flight.cancel && !flight.stale);
            if !awaited.rests && goes_on && ending.as_ref().is_some_and(is_occupied) {
                awaited.rests = true;
                awaited.until = now + self.rest(flight);
            }
            if now < awaited.until && (ending.is_none() || awaited.rests && goes_on) {
                self.awaited.push_back(awaited);
                continue;
            }
            let flight = flight.clone();
            if matches!(awaited.cause, Cause::Vanished | Cause::MachineLost) {
                lost.extend(flight.job.clone());
            }
            self.conclude(awaited, &flight, ending.as_ref())?;
            changed = true;
        }
        if !lost.is_empty() {
            // Should they be there again, they would work beside their successors. What cannot be
            // ended now keeps those waiting: see `UnitResult::Occupied`.
            let _ = self.crew.executor.cancel(&lost);
        }
        Ok(changed)
    }

    /// Whether something may show itself at any moment.
    pub(super) fn awaits_soon(&self) -> bool {
        self.awaited.iter().any(|awaited| !awaited.rests)
    }

    /// How long a unit rests whose case another process works on.
    fn rest(&self, flight: &Flight) -> Duration {
        let unit = self.state.case(flight.case).units.get(usize::from(flight.unit));
        let before = unit.map_or(0, |unit| unit.count(Why::Occupied));
        FIRST_REST.saturating_mul(1 << before.min(16)).min(LONGEST_REST)
    }

    /// The ending of a unit's present try. One that cannot be read counts as none: it was being
    /// written when the disk was full, or is not seen whole yet.
    fn ending(&self, flight: &Flight) -> Option<Ending> {
        let (layout, unit) = self.place(flight);
        let path = CaseFiles::of(&layout).ending(&unit);
        let is_it = |ending: &Ending| {
            ending.token == *flight.token
                && ending.attempt == flight.attempt
                && ending.unit == unit
                && ending.case == self.state.case(flight.case).id
        };
        let found = Ending::read(&path).ok().flatten().filter(is_it);
        if found.is_none() {
            // Makes a client of a shared disk ask its server what is in the folder by now.
            drop(path.parent().map(fs::read_dir));
        }
        found
    }

    fn place(&self, flight: &Flight) -> (CaseLayout, Unit) {
        let layout = CaseLayout::new(&self.out, &self.state.case(flight.case).id);
        let is_case = self.state.batches.get(&flight.token).is_some_and(|b| b.label == "case");
        let unit = match &flight.task {
            Some(task) => Unit::Task(task.clone()),
            None if is_case => Unit::Case,
            None => Unit::Close,
        };
        (layout, unit)
    }

    fn conclude(
        &mut self,
        awaited: Awaited,
        flight: &Flight,
        ending: Option<&Ending>,
    ) -> Result<()> {
        let Awaited { token, slot, cause, placement, .. } = awaited;
        let (case, unit) = (flight.case, flight.unit);
        self.tell_events(&token, slot);
        if !flight.stale && (ending.is_some() || placement.started.is_some()) {
            self.tell_start(case);
        }
        let Some(batch) = self.state.batches.get(token.as_str()) else { return Ok(()) };
        let (needs, caps) = (batch.needs, self.caps(batch.needs.threads));
        let is_last = batch.flights.len() == 1;
        let was_spoiled = batch.spoiled;
        let circumstances = Circumstances {
            cancelled: flight.cancel,
            is_former: self.is_former(flight, ending),
            most_memory: needs.memory_bytes >= caps.memory_bytes,
            most_time: needs.wall.as_secs() >= caps.wall_s,
        };
        let result = ending.map(|ending| &ending.result);
        let state = self.state.case(case).units.get(usize::from(unit)).copied();
        let what = what_happened(&cause, result);
        let retries = &self.options.retries;
        let (decision, because) = decide(what, &state.unwrap_or_default(), retries, circumstances);
        let own = match result {
            Some(UnitResult::Failed { failure, .. }) => Some(failure.clone()),
            Some(UnitResult::Occupied { by }) => {
                let failure = Failure::new(ErrorKind::Permission, by);
                Some(FailureEntry::from(&failure))
            }
            _ => None,
        };
        let failure = match decision {
            Decision::Fail => own.or_else(|| Some(killed(&cause, &because, &placement))),
            _ => own,
        };
        let outdated = match result {
            Some(UnitResult::Outdated { tasks }) => self.numbers(case, tasks),
            _ => Vec::new(),
        };
        self.note(&Entry::Ended {
            token: token.clone(),
            slot,
            cause,
            decision,
            because,
            failure,
            outdated,
            missed_gate: ending.and_then(|ending| ending.missed_gate.clone()),
            used: ending.map(Used::of),
            placement,
        })?;
        self.full_until = Duration::ZERO;
        if decision == Decision::Again(Why::Space) && self.hold.is_none() {
            self.hold(needs.output_bytes + needs.passing_bytes + needs.scratch_bytes)?;
        }
        if is_last && !was_spoiled && decision == Decision::Done {
            // What is left of it only takes room.
            let _ = crate::state::remove_file(&self.files.batch(&token));
            let _ = crate::state::remove_folder(&self.files.batch_logs(&token));
        }
        Ok(())
    }

    /// Whether a job may have looked at inputs before the present submission. A task's own job is
    /// looked at by the one that closes the case.
    fn is_former(&self, flight: &Flight, ending: Option<&Ending>) -> bool {
        let began_before =
            |ending: &Ending| ending.started.seconds_since(self.submitted) < CLOCKS_APART_S;
        flight.is_former && flight.task.is_none() && ending.is_some_and(began_before)
    }

    fn numbers(&self, case: u32, tasks: &[TaskId]) -> Vec<u16> {
        if self.options.grain == Grain::Case {
            return Vec::new();
        }
        let Ok(plan) = self.plan(case) else { return Vec::new() };
        let numbered = (0u16..).zip(&plan.tasks);
        numbered.filter(|(_, task)| tasks.contains(&task.id)).map(|(number, _)| number).collect()
    }

    pub(super) fn hold(&mut self, needed: u64) -> Result<()> {
        let needed = needed.max(LEAST_ROOM);
        let free_bytes = self.crew.world.free_bytes(&self.out);
        self.start_hold(needed);
        self.note(&Entry::Held { free_bytes, needed_bytes: needed })
    }

    pub(super) fn start_hold(&mut self, needed: u64) {
        let since = self.crew.world.now();
        self.hold = Some(Hold { since, next: since + FIRST_HOLD, wait: FIRST_HOLD, needed });
    }

    /// Goes on handing out jobs once there is room again.
    pub(super) fn release(&mut self) -> Result<bool> {
        let now = self.crew.world.now();
        let Some(hold) = self.hold.filter(|hold| now >= hold.next) else { return Ok(false) };
        let free = self.crew.world.free_bytes(&self.out);
        let waited = now.saturating_sub(hold.since);
        if free.is_some_and(|free| free < hold.needed) && waited < LONGEST_HOLD {
            let wait = (hold.wait * 2).min(LONGEST_LOOK);
            self.hold = Some(Hold { next: now + wait, wait, ..hold });
            return Ok(false);
        }
        self.hold = None;
        self.note(&Entry::Freed)?;
        Ok(true)
    }

    /// Passes on what running units wrote into their files of events.
    pub(super) fn tell_progress(&mut self) {
        let of = |flight: &Flight| (flight.token.to_string(), flight.slot);
        let running = self.state.flights.values().filter(|flight| flight.started && !flight.over);
        let running: Vec<_> = running.map(of).collect();
        for (token, slot) in running {
            self.tell_events(&token, slot);
        }
    }

    fn tell_events(&mut self, token: &str, slot: u32) {
        let Some(flight) = self.state.flight_at(token, slot) else { return };
        let (case, is_stale) = (flight.case, flight.stale);
        let (layout, unit) = self.place(flight);
        let path = CaseFiles::of(&layout).events_of(&layout, &unit);
        let Some((text, read)) = new_lines(&path, flight.events) else { return };
        if let Some(flight) = self.state.flight_at_mut(token, slot) {
            flight.events += read;
        }
        // A closing repeats what the events of tasks said.
        if is_stale || unit == Unit::Close {
            return;
        }
        self.tell_start(case);
        for line in text.split(|&b| b == b'\n') {
            let Ok(event) = serde_json::from_slice::<Event>(line) else { continue };
            // An engine begins and ends with each job, but its case does not.
            let is_of_run =
                matches!(event.what, Happening::RunStarted { .. } | Happening::RunFinished { .. });
            if !is_of_run {
                self.crew.observer.event(&event);
            }
        }
    }
}

fn is_occupied(ending: &Ending) -> bool {
    matches!(ending.result, UnitResult::Occupied { .. })
}

/// Whole lines of a file from a place on, and their length.
fn new_lines(path: &Path, from: u64) -> Option<(Vec<u8>, u64)> {
    let mut file = File::open(path).ok()?;
    if file.metadata().ok()?.len() <= from {
        return None;
    }
    file.seek(SeekFrom::Start(from)).ok()?;
    let mut text = Vec::new();
    file.read_to_end(&mut text).ok()?;
    let whole = text.iter().rposition(|&b| b == b'\n')? + 1;
    text.truncate(whole);
    Some((text, whole as u64))
}

/// The failure of a job that could not tell of it.
fn killed(cause: &Cause, because: &str, placement: &Placement) -> FailureEntry {
    let kind = match cause {
        Cause::OutOfMemory => ErrorKind::OutOfMemory,
        Cause::Failed(code) => u8::try_from(*code)
            .ok()
            .and_then(ErrorKind::from_exit_code)
            .filter(|kind| matches!(kind, ErrorKind::OutOfMemory | ErrorKind::OutOfSpace))
            .unwrap_or(ErrorKind::TaskFailed),
        _ => ErrorKind::TaskFailed,
    };
    let ended = match cause {
        Cause::Completed => "its job ended without leaving its ending".to_owned(),
        Cause::Failed(code) => format!("its job ended with exit code {code}"),
        Cause::OutOfMemory => "its job used more memory than it had".into(),
        Cause::TimeLimit => "its job's time was over".into(),
        Cause::MachineLost => "its machine failed".into(),
        Cause::Preempted => "its job had to make room".into(),
        Cause::Cancelled => "somebody ended its job".into(),
        Cause::UpstreamFailed => "a job that it waited for failed".into(),
        Cause::Vanished => "its job vanished".into(),
    };
    let machine = placement.machine.as_ref().map_or_else(String::new, |m| format!(" on {m}"));
    FailureEntry {
        kind: kind.to_string(),
        exit_code: kind.exit_code(),
        message: format!("{ended}{machine}: {because}"),
        hint: match cause {
            Cause::OutOfMemory => {
                Some("allow jobs more memory, by --max-memory and where they go".into())
            }
            Cause::TimeLimit => {
                Some("allow jobs more time, by --max-time and where they go".into())
            }
            _ => None,
        },
    }
}
