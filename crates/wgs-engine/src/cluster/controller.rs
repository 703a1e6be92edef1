//! Takes a run from its request to its end: hands units to an executor, learns what became of them,
//! and writes down every step before the next.

use std::{
    collections::{BTreeSet, VecDeque},
    path::PathBuf,
    time::Duration,
};

use wgs_core::{CaseId, ErrorKind};
use wgs_formats::{FileError, Result};

use super::{
    CancelRequest, Caps, Estimates, Executor, Lease, Most, Refusal, Request, RequestOptions,
    RunFiles, World,
    ends::Awaited,
    entry::{Entry, Phase},
    journal::Journal,
    ordering::{Briefs, Cohorts},
    state::State,
    told::Told,
};
use crate::{Observer, Stop, Time, events::FailureEntry};

/// Longest time between two tries to reach an executor that does not answer.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(300);
/// Lines of a journal from which on it is worth to say the same in fewer.
const MANY_LINES: u64 = 500_000;
/// Time between two looks whether the wish to end a run is there.
const BETWEEN_WISHES: Duration = Duration::from_secs(1);

/// How a run is controlled.
#[derive(Clone, Debug)]
pub struct ControlOptions {
    /// The run folder.
    pub out: PathBuf,
    /// What the controller does.
    pub mode: Mode,
    /// The program, with its version; for records.
    pub program: String,
    /// Ends the controller early.
    pub stop: Stop,
}

/// What a controller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// All there is to do; a request to stop cancels what runs.
    Foreground,
    /// All there is to do; after a request to stop jobs go on by themselves.
    Detached,
    /// Nothing but to end what somebody wished to end.
    CancelOnly,
}

/// Who and what a controller works with.
pub struct Crew<'a> {
    /// Runs the jobs.
    pub executor: &'a mut dyn Executor,
    /// Tells what units need.
    pub estimates: &'a dyn Estimates,
    /// Time and disks.
    pub world: &'a dyn World,
    /// Hears what happens.
    pub observer: &'a mut dyn Observer,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlReport {
    /// Number of cases of which everything is done.
    pub done: usize,
    /// Number of cases of which something failed.
    pub failed: usize,
    /// Number of cases of which something was cancelled.
    pub cancelled: usize,
    /// Number of cases that are not over, because the controller was asked to leave them.
    pub left: usize,
    /// Whether the run was asked to stop.
    pub interrupted: bool,
    /// What failed, in the order of the cases.
    pub failures: Vec<(CaseId, FailureEntry)>,
    /// The quality gates that cases missed of which everything is done, in their order.
    pub missed_gates: Vec<(CaseId, FailureEntry)>,
    /// Cases of earlier submissions that are not asked for any more; their folders are as they were.
    pub removed: Vec<CaseId>,
}

impl ControlReport {
    /// The class of the run's failure, if it did not succeed: that it was interrupted, or else that
    /// of the first failure, or else that a quality gate was missed.
    pub fn error_kind(&self) -> Option<ErrorKind> {
        if self.interrupted || self.cancelled > 0 && self.failures.is_empty() {
            return Some(ErrorKind::Interrupted);
        }
        let Some((_, failure)) = self.failures.first().or(self.missed_gates.first()) else {
            return (self.failed > 0 || self.left > 0).then_some(ErrorKind::TaskFailed);
        };
        Some(ErrorKind::from_exit_code(failure.exit_code).unwrap_or(ErrorKind::TaskFailed))
    }
}

/// Controls a run until nothing is left to do.
///
/// `lease` keeps others from it; simulations do without.
///
/// # Errors
///
/// A run folder that cannot be read or written, or that another controller took over. What happens
/// to cases is in the report.
pub fn control<'a>(
    options: &'a ControlOptions,
    lease: Option<&'a Lease>,
    crew: Crew<'a>,
) -> Result<ControlReport> {
    let mut controller = Controller::open(options, lease, crew)?;
    controller.take_up();
    controller.run()
}

pub(super) struct Controller<'a> {
    pub(super) out: PathBuf,
    pub(super) files: RunFiles,
    pub(super) options: RequestOptions,
    /// When the present submission was made.
    pub(super) submitted: Time,
    pub(super) mode: Mode,
    pub(super) program: &'a str,
    pub(super) stop: &'a Stop,
    pub(super) lease: Option<&'a Lease>,
    pub(super) crew: Crew<'a>,
    pub(super) state: State,
    pub(super) journal: Journal,
    pub(super) cohorts: Cohorts,
    pub(super) briefs: Briefs,
    /// Units that may be ready, by cohort, level in their shape, and number.
    pub(super) due: BTreeSet<(u32, u16, u16)>,
    /// Jobs that are over and whose ending is not seen yet.
    pub(super) awaited: VecDeque<Awaited>,
    pub(super) told: Told,
    pub(super) tokens: u64,
    pub(super) nonce: String,
    /// Members of the next batch at most, after the executor was full.
    pub(super) batch_limit: usize,
    pub(super) full_until: Duration,
    pub(super) hold: Option<Hold>,
    pub(super) removed: Vec<CaseId>,
    down: Option<Down>,
    interrupted: bool,
    next_cancel: Duration,
    next_wish: Duration,
    pause: Duration,
}

/// The executor does not answer.
struct Down {
    words: String,
    wait: Duration,
    next: Duration,
}

/// Nothing is handed on for want of disk space.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    pub(super) since: Duration,
    pub(super) next: Duration,
    pub(super) wait: Duration,
    pub(super) needed: u64,
}

impl<'a> Controller<'a> {
    fn open(options: &'a ControlOptions, lease: Option<&'a Lease>, crew: Crew<'a>) -> Result<Self> {
        let files = RunFiles::of(&options.out);
        let request = Request::read(&files)?;
        let mut state = State::of(&request);
        let journal = Journal::open(&files.journal(), |line| {
            state.apply(&line.entry);
            state.touched.clear();
        })?;
        let max_batch = crew.executor.max_batch().max(1);
        let cohorts = Cohorts::of(&state, max_batch, request.options.caps.jobs);
        let pause = crew.executor.pace().least;
        let mut controller = Self {
            out: options.out.clone(),
            files,
            options: request.options.clone(),
            submitted: request.created,
            mode: options.mode,
            program: &options.program,
            stop: &options.stop,
            lease,
            crew,
            state,
            journal,
            cohorts,
            briefs: Briefs::default(),
            due: BTreeSet::new(),
            awaited: VecDeque::new(),
            told: Told::default(),
            tokens: 0,
            nonce: lease.map_or_else(super::process::nonce, Lease::nonce),
            batch_limit: max_batch,
            full_until: Duration::ZERO,
            hold: None,
            removed: Vec::new(),
            down: None,
            interrupted: false,
            next_cancel: Duration::ZERO,
            next_wish: Duration::ZERO,
            pause,
        };
        if let Some(needed) = controller.state.held {
            controller.start_hold(needed);
        }
        controller.begin(&request)?;
        Ok(controller)
    }

    fn run(&mut self) -> Result<ControlReport> {
        loop {
            self.guard()?;
            if self.heed_stop()? {
                return Ok(self.report());
            }
            self.heed_wish()?;
            self.cancel_jobs()?;
            let mut changed = self.poll()?;
            changed |= self.make_sure()?;
            changed |= self.see_endings()?;
            changed |= self.release()?;
            changed |= self.order()?;
            self.tell_progress();
            self.flush()?;
            if self.is_over() {
                return self.finish();
            }
            self.compact()?;
            self.wait(changed);
        }
    }

    /// Writes an entry down, and makes of the run what it says.
    pub(super) fn note(&mut self, entry: &Entry) -> Result<()> {
        self.journal.add(entry)?;
        self.state.apply(entry);
        if let Entry::Cancel { .. } = entry {
            // What is cancelled is not due any more, though it may not be ordered at present.
            self.due.clear();
            self.take_up();
        }
        let touched = self.state.touched.clone();
        self.cohorts.touch(&mut self.state, &mut self.due, self.crew.executor.takes_chains());
        self.tell_ends(&touched);
        Ok(())
    }

    /// Brings what was noted to the disk. A full disk is waited for: nothing happens that is not
    /// written down.
    pub(super) fn flush(&mut self) -> Result<()> {
        let start = self.crew.world.now();
        let mut wait = Duration::from_secs(1);
        loop {
            if self.journal.is_pending() {
                self.guard()?;
            }
            match self.journal.flush() {
                Err(e) if e.kind() == ErrorKind::OutOfSpace => {
                    let waited = self.crew.world.now().saturating_sub(start);
                    if self.stop.is_requested() || waited > super::ends::LONGEST_HOLD {
                        return Err(e.hint("make room, and start the controller again"));
                    }
                    self.crew.world.pause(wait, &mut || self.stop.is_requested());
                    wait = (wait * 2).min(LONGEST_BACK_OFF);
                }
                flushed => return flushed,
            }
        }
    }

    /// What jobs with so many threads may grow to: what is allowed, and what their executor has.
    pub(super) fn caps(&self, threads: usize) -> Caps {
        let Most { memory_bytes, wall } = self.crew.executor.most(threads);
        let caps = self.options.caps;
        Caps {
            memory_bytes: memory_bytes.map_or(caps.memory_bytes, |m| m.min(caps.memory_bytes)),
            wall_s: wall.map_or(caps.wall_s, |wall| wall.as_secs().min(caps.wall_s)),
            ..caps
        }
    }

    /// Nothing may be done to a run that another controller has taken.
    pub(super) fn guard(&self) -> Result<()> {
        self.lease.map_or(Ok(()), Lease::check)
    }

    /// Once asked to stop: whether to leave at once.
    fn heed_stop(&mut self) -> Result<bool> {
        if self.interrupted || !self.stop.is_requested() {
            return Ok(false);
        }
        self.interrupted = true;
        match self.mode {
            Mode::Foreground => {
                self.note(&Entry::Cancel { cases: None, by: "a signal to the controller".into() })?;
                Ok(false)
            }
            Mode::Detached | Mode::CancelOnly => {
                self.note(&Entry::Left { because: "a signal to the controller".into() })?;
                self.flush()?;
                Ok(true)
            }
        }
    }

    fn heed_wish(&mut self) -> Result<()> {
        let now = self.crew.world.now();
        if now < self.next_wish {
            return Ok(());
        }
        self.next_wish = now + BETWEEN_WISHES;
        for (path, wish) in CancelRequest::read_all(&self.files)? {
            self.note(&Entry::Cancel { cases: wish.cases, by: wish.by })?;
            self.flush()?;
            self.next_cancel = now;
            crate::state::remove_file(&path)?;
        }
        Ok(())
    }

    /// Asks for the end of what is to end, again and again until it has ended.
    fn cancel_jobs(&mut self) -> Result<()> {
        let now = self.crew.world.now();
        if now < self.next_cancel || self.is_down() {
            return Ok(());
        }
        let of = |flight: &super::state::Flight| flight.job.clone().filter(|_| flight.cancel);
        let jobs: Vec<_> = self.state.flights.values().filter_map(of).collect();
        if jobs.is_empty() {
            return Ok(());
        }
        self.guard()?;
        self.next_cancel = now + self.crew.executor.pace().most.min(Duration::from_secs(10));
        let cancelled = self.crew.executor.cancel(&jobs);
        self.answered(cancelled).map(drop)
    }

    pub(super) fn is_down(&self) -> bool {
        self.down.as_ref().is_some_and(|down| self.crew.world.now() < down.next)
    }

    /// What an executor answered, unless it did not.
    pub(super) fn answered<T>(&mut self, answer: Result<T, Refusal>) -> Result<Option<T>> {
        match answer {
            Ok(answer) => {
                if self.down.take().is_some() {
                    self.note(&Entry::Up)?;
                }
                Ok(Some(answer))
            }
            Err(refusal) => {
                let now = self.crew.world.now();
                let words = refusal.to_string();
                let before = self.down.take();
                let first = self.crew.executor.pace().least.max(Duration::from_secs(1));
                let wait = before.as_ref().map_or(first, |b| (b.wait * 2).min(LONGEST_BACK_OFF));
                if before.is_none_or(|before| before.words != words) {
                    self.note(&Entry::Down { words: words.clone() })?;
                }
                self.down = Some(Down { words, wait, next: now + wait });
                Ok(None)
            }
        }
    }

    fn is_over(&self) -> bool {
        let nothing_runs = match self.mode {
            Mode::CancelOnly => !self.state.flights.values().any(|flight| flight.cancel),
            Mode::Foreground | Mode::Detached => {
                self.state.flights.is_empty() && self.due.is_empty()
            }
        };
        nothing_runs && !self.awaits_soon()
    }

    fn finish(&mut self) -> Result<ControlReport> {
        let report = self.report();
        let ControlReport { done, failed, cancelled, left, .. } = report;
        if self.mode != Mode::CancelOnly && left > 0 {
            let reason = "cases are left that nothing is done about, which is a defect";
            return Err(FileError::new(self.files.journal(), ErrorKind::TaskFailed, reason));
        }
        if left == 0 {
            self.note(&Entry::Over { done, failed, cancelled })?;
        }
        self.flush()?;
        Ok(report)
    }

    fn report(&self) -> ControlReport {
        let mut report = ControlReport {
            done: 0,
            failed: 0,
            cancelled: 0,
            left: 0,
            interrupted: self.interrupted,
            failures: Vec::new(),
            missed_gates: Vec::new(),
            removed: self.removed.clone(),
        };
        for case in (0u32..).take(self.state.requested) {
            *match self.state.phase(case) {
                Phase::Done => &mut report.done,
                Phase::Failed => &mut report.failed,
                Phase::Cancelled => &mut report.cancelled,
                Phase::Pending | Phase::Ordered => &mut report.left,
            } += 1;
        }
        let failures = self.state.failures.iter();
        let requested = failures.filter(|((case, _), _)| self.state.is_requested(*case));
        let named = requested.map(|((case, _), f)| (self.state.case(*case).id.clone(), f.clone()));
        report.failures = named.collect();
        let is_done =
            |case: u32| self.state.is_requested(case) && self.state.phase(case) == Phase::Done;
        let missed = self.state.missed.iter().filter(|(case, _)| is_done(**case));
        let named = missed.map(|(case, gate)| (self.state.case(*case).id.clone(), gate.clone()));
        report.missed_gates = named.collect();
        report
    }

    fn compact(&mut self) -> Result<()> {
        if self.journal.lines() < MANY_LINES || !self.state.is_plain() {
            return Ok(());
        }
        let least = self.state.cases.len() + 2 * self.state.batches.len();
        if self.journal.lines() > 4 * least as u64 {
            self.guard()?;
            self.journal.replace(self.state.entries())?;
        }
        Ok(())
    }

    fn wait(&mut self, changed: bool) {
        let pace = self.crew.executor.pace();
        self.pause = if changed { pace.least } else { (self.pause * 3 / 2).min(pace.most) };
        let mut pause = self.pause;
        if self.awaits_soon() {
            pause = pause.min(Duration::from_millis(500));
        }
        let (stop, files) = (self.stop, &self.files);
        let interrupted = self.interrupted;
        let mut asked = 0u32;
        self.crew.world.pause(pause, &mut || {
            asked += 1;
            stop.is_requested() && !interrupted
                || asked.is_multiple_of(10) && CancelRequest::is_any(files)
        });
    }
}
