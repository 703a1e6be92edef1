//! How a run stands: what the entries of its journal make of it.

use std::{collections::BTreeMap, sync::Arc};

use wgs_core::CaseId;

use super::{
    Grain, JobRef, Needs, Request,
    entry::{Decision, Entry, Ordered, Phase, UnitState, Why},
    shape::Shape,
};
use crate::events::FailureEntry;

/// Digits of a plan's digest by which plans are told apart here.
const PLAN_DIGITS: usize = 16;

/// How a run stands. Only [`State::apply`] changes it, so that a journal leads there again.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) submission: u64,
    /// What jobs of that submission do.
    pub(super) grain: Option<Grain>,
    /// Bytes that must be free before more jobs are handed on.
    pub(super) held: Option<u64>,
    pub(super) shapes: Vec<Arc<Shape>>,
    pub(super) cases: Vec<CaseState>,
    /// What is to be done comes first; after it, cases of which an earlier submission spoke.
    pub(super) requested: usize,
    index: BTreeMap<CaseId, u32>,
    pub(super) flights: BTreeMap<u64, Flight>,
    next_flight: u64,
    by_job: BTreeMap<JobRef, u64>,
    by_unit: BTreeMap<(u32, u16), u64>,
    pub(super) batches: BTreeMap<Arc<str>, BatchState>,
    pub(super) failures: BTreeMap<(u32, u16), FailureEntry>,
    /// The quality gates that cases missed.
    pub(super) missed: BTreeMap<u32, FailureEntry>,
    /// Cases that changed since this was emptied last.
    pub(super) touched: Vec<u32>,
}

/// How a case stands.
#[derive(Debug)]
pub(super) struct CaseState {
    pub(super) id: CaseId,
    /// The first digits of the digest of the plan by which it was ordered last.
    pub(super) plan: u64,
    /// Those of the plan by which it is to be done.
    pub(super) wanted: u64,
    /// Place of its shape; beyond all where it is not asked for.
    pub(super) shape: u32,
    pub(super) units: Box<[UnitState]>,
    /// Jobs that work by a plan that is not the case's any more.
    pub(super) stale: u16,
}

/// A job that is not over.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) case: u32,
    pub(super) unit: u16,
    pub(super) slot: u32,
    pub(super) attempt: u32,
    pub(super) token: Arc<str>,
    /// Nothing as long as it is not known whether its batch was taken.
    pub(super) job: Option<JobRef>,
    pub(super) task: Option<wgs_task::TaskId>,
    /// What its job waits for.
    pub(super) after: Vec<JobRef>,
    pub(super) started: bool,
    /// It is over, and its ending is waited for.
    pub(super) over: bool,
    /// It is to end.
    pub(super) cancel: bool,
    /// Its end decides nothing.
    pub(super) stale: bool,
    /// It was ordered for an earlier submission.
    pub(super) is_former: bool,
    /// Bytes of its events that were read.
    pub(super) events: u64,
}

/// A batch of which not all jobs are over.
#[derive(Clone, Debug)]
pub(super) struct BatchState {
    pub(super) label: String,
    pub(super) unit: u16,
    pub(super) needs: Needs,
    pub(super) flights: BTreeMap<u32, u64>,
    pub(super) reason: Option<String>,
    /// Whether a job of it did not end as done.
    pub(super) spoiled: bool,
}

/// The first digits of a digest, as a number; 0 for what is none.
pub(super) fn plan_digits(sha256: &str) -> u64 {
    u64::from_str_radix(sha256.get(..PLAN_DIGITS).unwrap_or(sha256), 16).unwrap_or_default()
}

/// As text again.
pub(super) fn plan_text(digits: u64) -> Box<str> {
    format!("{digits:016x}").into()
}

impl State {
    /// The cases of a request, of which nothing is known yet.
    pub(super) fn of(request: &Request) -> Self {
        let mut state = Self {
            shapes: request.shapes.iter().cloned().map(Arc::new).collect(),
            requested: request.cases.len(),
            ..Self::default()
        };
        for entry in &request.cases {
            let shape = u32::try_from(entry.shape).unwrap_or(u32::MAX);
            let units = request.shapes.get(entry.shape).map_or(0, |shape| shape.units.len());
            let plan = plan_digits(&entry.plan);
            state.push(entry.case.clone(), plan, shape, units);
        }
        state
    }

    fn push(&mut self, id: CaseId, plan: u64, shape: u32, units: usize) -> u32 {
        let index = u32::try_from(self.cases.len()).unwrap_or(u32::MAX);
        self.index.insert(id.clone(), index);
        let units = vec![UnitState::default(); units].into();
        self.cases.push(CaseState { id, plan, wanted: plan, shape, units, stale: 0 });
        index
    }

    pub(super) fn case(&self, index: u32) -> &CaseState {
        &self.cases[index as usize]
    }

    pub(super) fn find(&self, id: &CaseId) -> Option<u32> {
        self.index.get(id).copied()
    }

    pub(super) fn shape(&self, case: u32) -> Option<&Arc<Shape>> {
        self.shapes.get(self.case(case).shape as usize)
    }

    /// Whether a case is among what is to be done.
    pub(super) fn is_requested(&self, case: u32) -> bool {
        (case as usize) < self.requested
    }

    pub(super) fn flight_of_job(&self, job: &JobRef) -> Option<&Flight> {
        self.flights.get(self.by_job.get(job)?)
    }

    pub(super) fn flight_of_unit(&self, case: u32, unit: u16) -> Option<&Flight> {
        self.flights.get(self.by_unit.get(&(case, unit))?)
    }

    pub(super) fn flight_at(&self, token: &str, slot: u32) -> Option<&Flight> {
        self.flights.get(self.batches.get(token)?.flights.get(&slot)?)
    }

    pub(super) fn flight_at_mut(&mut self, token: &str, slot: u32) -> Option<&mut Flight> {
        self.flights.get_mut(self.batches.get(token)?.flights.get(&slot)?)
    }

    /// Whether a unit may be handed on: it is to be done, and all that it waits for is done or,
    /// with `chains`, has a job.
    pub(super) fn is_ready(&self, case: u32, unit: u16, chains: bool) -> bool {
        let state = self.case(case);
        let Some(shape) = self.shape(case) else { return false };
        let Some(of_shape) = shape.units.get(usize::from(unit)) else { return false };
        let phase = |unit: u16| state.units.get(usize::from(unit)).map(|unit| unit.phase);
        let allows = |&upstream: &u16| match phase(upstream) {
            Some(Phase::Done) => true,
            Some(Phase::Ordered) => {
                chains
                    && self
                        .flight_of_unit(case, upstream)
                        .is_some_and(|flight| flight.job.is_some() && !flight.over)
            }
            _ => false,
        };
        state.stale == 0
            && phase(unit) == Some(Phase::Pending)
            && of_shape.upstream.iter().all(allows)
    }

    /// How a case stands as a whole.
    pub(super) fn phase(&self, case: u32) -> Phase {
        let has = |phase| self.case(case).units.iter().any(|unit| unit.phase == phase);
        match () {
            () if has(Phase::Ordered) => Phase::Ordered,
            () if has(Phase::Failed) => Phase::Failed,
            () if has(Phase::Cancelled) => Phase::Cancelled,
            () if has(Phase::Pending) => Phase::Pending,
            () => Phase::Done,
        }
    }

    /// Makes of the run what an entry says.
    pub(super) fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::Round { submission, grain, restart, retry, .. } => {
                self.submission = *submission;
                self.grain = Some(*grain);
                self.flights.values_mut().for_each(|flight| flight.is_former = true);
                restart.iter().for_each(|case| self.reset(case, |_| true));
                let ended = |phase| matches!(phase, Phase::Failed | Phase::Cancelled);
                retry.iter().for_each(|case| self.reset(case, ended));
            }
            Entry::Ordering { token, label, unit, needs, members } => {
                let token: Arc<str> = token.as_str().into();
                let batch = BatchState {
                    label: label.clone(),
                    unit: *unit,
                    needs: *needs,
                    flights: BTreeMap::new(),
                    reason: None,
                    spoiled: false,
                };
                self.batches.insert(Arc::clone(&token), batch);
                members.iter().for_each(|member| self.ordering(&token, *unit, member));
            }
            Entry::Taken { token, jobs } => {
                let Some(batch) = self.batches.get(token.as_str()) else { return };
                for (job, id) in jobs.iter().zip(batch.flights.values()) {
                    if let Some(flight) = self.flights.get_mut(id) {
                        flight.job = Some(job.clone());
                        self.by_job.insert(job.clone(), *id);
                        self.touched.push(flight.case);
                    }
                }
            }
            Entry::Refused { token, words, hint, never } => {
                let failure = never.then(|| refused(words, hint.as_deref()));
                self.refused(token, failure.as_ref());
            }
            Entry::Waiting { token, reason } => {
                if let Some(batch) = self.batches.get_mut(token.as_str()) {
                    batch.reason = Some(reason.clone());
                }
            }
            Entry::Started { token, slot, .. } => {
                if let Some(flight) = self.flight_at_mut(token, *slot) {
                    flight.started = true;
                }
            }
            Entry::Ended { token, slot, decision, failure, outdated, missed_gate, .. } => {
                let flight = self.flight_at(token, *slot).filter(|flight| !flight.stale);
                if let Some(case) = flight.map(|flight| flight.case) {
                    self.set_missed(case, missed_gate.as_ref());
                }
                self.ended(token, *slot, *decision, failure.as_ref(), outdated);
            }
            Entry::Unorderable { case, unit, failure } => {
                if let Some(case) = self.find(case) {
                    self.set_phase(case, *unit, Phase::Failed);
                    self.failures.insert((case, *unit), failure.clone());
                }
            }
            Entry::Cancel { cases, .. } => self.cancel(cases.as_deref()),
            Entry::Case { case, plan, units, failures, missed_gate } => {
                let index = self.find_or_push(case);
                self.cases[index as usize].plan = plan_digits(plan);
                self.cases[index as usize].units = units.clone().into();
                let failures = failures.iter().cloned();
                self.failures.extend(failures.map(|(unit, failure)| ((index, unit), failure)));
                self.set_missed(index, missed_gate.as_ref());
                self.touched.push(index);
            }
            Entry::Held { needed_bytes, .. } => self.held = Some(*needed_bytes),
            Entry::Freed => self.held = None,
            Entry::Took { .. }
            | Entry::Down { .. }
            | Entry::Up
            | Entry::Left { .. }
            | Entry::Over { .. } => {}
        }
    }

    fn set_missed(&mut self, case: u32, missed: Option<&FailureEntry>) {
        match missed {
            Some(missed) => drop(self.missed.insert(case, missed.clone())),
            None => drop(self.missed.remove(&case)),
        }
    }

    fn find_or_push(&mut self, case: &CaseId) -> u32 {
        let known = self.find(case);
        known.unwrap_or_else(|| self.push(case.clone(), 0, u32::MAX, 0))
    }

    fn unit_mut(&mut self, case: u32, unit: u16) -> &mut UnitState {
        let (case, unit) = (case as usize, usize::from(unit));
        let units = &mut self.cases[case].units;
        if units.len() <= unit {
            // A case of an earlier submission, whose shape is not known any more.
            let mut longer = std::mem::take(units).into_vec();
            longer.resize(unit + 1, UnitState::default());
            *units = longer.into();
        }
        &mut self.cases[case].units[unit]
    }

    fn set_phase(&mut self, case: u32, unit: u16, phase: Phase) {
        self.unit_mut(case, unit).phase = phase;
        self.touched.push(case);
    }

    fn reset(&mut self, id: &CaseId, which: impl Fn(Phase) -> bool) {
        let Some(case) = self.find(id) else { return };
        let everything = which(Phase::Done);
        for (number, unit) in (0u16..).zip(&mut self.cases[case as usize].units) {
            if which(unit.phase) {
                let orders = unit.orders;
                *unit = UnitState { orders, ..UnitState::default() };
                self.failures.remove(&(case, number));
            }
        }
        if !everything {
            let flights = self.flights.values_mut();
            let going_on = flights.filter(|flight| flight.case == case && !flight.stale);
            going_on.for_each(|flight| flight.cancel = false);
        } else {
            self.missed.remove(&case);
            let units = self.shape(case).map(|shape| shape.units.len());
            let state = &mut self.cases[case as usize];
            state.plan = state.wanted;
            if let Some(units) = units {
                // An earlier plan may have had more units, which nobody will order any more.
                let mut own = std::mem::take(&mut state.units).into_vec();
                own.resize(units, UnitState::default());
                state.units = own.into();
            }
            let stale = self.flights.values_mut().filter(|f| f.case == case && !f.stale);
            for flight in stale {
                (flight.stale, flight.cancel) = (true, true);
                self.cases[case as usize].stale += 1;
                self.by_unit.remove(&(case, flight.unit));
            }
        }
        self.touched.push(case);
    }

    fn ordering(&mut self, token: &Arc<str>, unit: u16, member: &Ordered) {
        let case = self.find_or_push(&member.case);
        let state = self.unit_mut(case, unit);
        state.phase = Phase::Ordered;
        state.orders = state.orders.max(member.attempt + 1);
        self.cases[case as usize].plan = plan_digits(&member.plan);
        let id = self.next_flight;
        self.next_flight += 1;
        let flight = Flight {
            case,
            unit,
            slot: member.slot,
            attempt: member.attempt,
            token: Arc::clone(token),
            job: None,
            task: member.task.clone(),
            after: member.after.clone(),
            started: false,
            over: false,
            cancel: false,
            stale: false,
            is_former: false,
            events: member.events,
        };
        self.flights.insert(id, flight);
        self.by_unit.insert((case, unit), id);
        if let Some(batch) = self.batches.get_mut(token) {
            batch.flights.insert(member.slot, id);
        }
        self.touched.push(case);
    }

    fn refused(&mut self, token: &str, failure: Option<&FailureEntry>) {
        let slots: Vec<u32> = match self.batches.get(token) {
            Some(batch) => batch.flights.keys().copied().collect(),
            None => return,
        };
        for slot in slots {
            let Some(flight) = self.remove_flight(token, slot) else { continue };
            if flight.stale {
                continue;
            }
            let phase = match failure {
                Some(_) => Phase::Failed,
                None if flight.cancel => Phase::Cancelled,
                None => Phase::Pending,
            };
            self.set_phase(flight.case, flight.unit, phase);
            // No job of that try exists.
            self.unit_mut(flight.case, flight.unit).orders = flight.attempt;
            if let Some(failure) = failure {
                self.failures.insert((flight.case, flight.unit), failure.clone());
            }
        }
    }

    fn ended(
        &mut self,
        token: &str,
        slot: u32,
        decision: Decision,
        failure: Option<&FailureEntry>,
        outdated: &[u16],
    ) {
        if decision != Decision::Done
            && let Some(batch) = self.batches.get_mut(token)
        {
            batch.spoiled = true;
        }
        let Some(flight) = self.remove_flight(token, slot) else { return };
        if flight.stale {
            return;
        }
        let (case, unit) = (flight.case, flight.unit);
        let phase = match decision {
            Decision::Done => Phase::Done,
            Decision::Again(_) => Phase::Pending,
            Decision::Fail => Phase::Failed,
            Decision::Cancelled => Phase::Cancelled,
        };
        self.set_phase(case, unit, phase);
        match decision {
            Decision::Again(why) => {
                self.unit_mut(case, unit).add(why);
                if why == Why::Outdated {
                    self.order_again(case, outdated);
                }
            }
            Decision::Fail => {
                let unknown = || refused("it failed", None);
                let failure = failure.cloned().unwrap_or_else(unknown);
                self.failures.insert((case, unit), failure);
            }
            Decision::Done | Decision::Cancelled => {}
        }
    }

    /// Units whose outputs are not what they were, and all that was made of those.
    fn order_again(&mut self, case: u32, outdated: &[u16]) {
        let Some(shape) = self.shape(case).cloned() else { return };
        for unit in outdated.iter().flat_map(|&unit| shape.downstream(unit)) {
            if self.unit_mut(case, unit).phase == Phase::Done {
                self.set_phase(case, unit, Phase::Pending);
            }
        }
    }

    fn remove_flight(&mut self, token: &str, slot: u32) -> Option<Flight> {
        let batch = self.batches.get_mut(token)?;
        let id = batch.flights.remove(&slot)?;
        if batch.flights.is_empty() {
            self.batches.remove(token);
        }
        let flight = self.flights.remove(&id)?;
        if let Some(job) = &flight.job {
            self.by_job.remove(job);
        }
        if self.by_unit.get(&(flight.case, flight.unit)) == Some(&id) {
            self.by_unit.remove(&(flight.case, flight.unit));
        }
        if flight.stale {
            self.cases[flight.case as usize].stale -= 1;
        }
        self.touched.push(flight.case);
        Some(flight)
    }

    fn cancel(&mut self, cases: Option<&[CaseId]>) {
        let named: Vec<u32> = match cases {
            Some(cases) => cases.iter().filter_map(|case| self.find(case)).collect(),
            None => (0u32..).take(self.cases.len()).collect(),
        };
        let named = std::collections::BTreeSet::from_iter(named);
        for &case in &named {
            let units = self.cases[case as usize].units.iter_mut();
            let pending: Vec<_> = units.filter(|unit| unit.phase == Phase::Pending).collect();
            if !pending.is_empty() {
                self.touched.push(case);
            }
            pending.into_iter().for_each(|unit| unit.phase = Phase::Cancelled);
        }
        let flights = self.flights.values_mut();
        flights.filter(|flight| named.contains(&flight.case)).for_each(|f| f.cancel = true);
    }

    /// Entries that lead to this state from that of a request.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        let round = Entry::Round {
            submission: self.submission,
            grain: self.grain.unwrap_or_default(),
            cases: self.requested,
            restart: Vec::new(),
            retry: Vec::new(),
            removed: Vec::new(),
        };
        let cases = self
            .cases
            .iter()
            .enumerate()
            .filter(|(_, case)| case.units.iter().any(|unit| *unit != UnitState::default()));
        let cases = cases.map(|(index, case)| {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let failures = self.failures.range((index, 0)..=(index, u16::MAX));
            Entry::Case {
                case: case.id.clone(),
                plan: plan_text(case.plan),
                units: case.units.to_vec(),
                failures: failures.map(|((_, unit), f)| (*unit, f.clone())).collect(),
                missed_gate: self.missed.get(&index).cloned(),
            }
        });
        std::iter::once(round).chain(cases).chain(
            self.batches.iter().flat_map(|(token, batch)| self.entries_of_batch(token, batch)),
        )
    }

    fn entries_of_batch(&self, token: &Arc<str>, batch: &BatchState) -> Vec<Entry> {
        let flights: Vec<&Flight> =
            batch.flights.values().filter_map(|id| self.flights.get(id)).collect();
        let member = |flight: &&Flight| Ordered {
            slot: flight.slot,
            case: self.case(flight.case).id.clone(),
            task: flight.task.clone(),
            attempt: flight.attempt,
            plan: plan_text(self.case(flight.case).plan),
            events: flight.events,
            after: flight.after.clone(),
        };
        let mut entries = vec![Entry::Ordering {
            token: token.to_string(),
            label: batch.label.clone(),
            unit: batch.unit,
            needs: batch.needs,
            members: flights.iter().map(member).collect(),
        }];
        let jobs: Option<Vec<JobRef>> = flights.iter().map(|flight| flight.job.clone()).collect();
        entries.extend(jobs.map(|jobs| Entry::Taken { token: token.to_string(), jobs }));
        entries
    }

    /// Whether fewer lines can say what the journal says: no job is to end, whose lines say more.
    pub(super) fn is_plain(&self) -> bool {
        self.flights.values().all(|flight| !(flight.cancel || flight.stale || flight.is_former))
    }
}

fn refused(words: &str, hint: Option<&str>) -> FailureEntry {
    let kind = wgs_core::ErrorKind::TaskFailed;
    FailureEntry {
        kind: kind.to_string(),
        exit_code: kind.exit_code(),
        message: words.to_owned(),
        hint: hint.map(str::to_owned),
    }
}
