//! Which units go to the executor, and how they are put together.

use std::{collections::BTreeSet, fs, rc::Rc, time::Duration};

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, digest, output};
use wgs_task::CaseLayout;

use super::{
    Batch, CaseFiles, JobRef, Member, Mode, Needs, Order, Refusal, Unit,
    controller::Controller,
    entry::{Entry, Ordered, Why},
    estimates::{enlarged, largest, limits},
    shape,
    state::{State, plan_digits, plan_text},
};
use crate::{CasePlan, Failure, events::FailureEntry};

/// Cases of one shape in groups, within which each has a slot for all its units.
#[derive(Debug, Default)]
pub(super) struct Cohorts {
    groups: Vec<Vec<u32>>,
    /// Cohort and slot of each case.
    places: Vec<(u32, u32)>,
    /// Of each shape, by unit.
    levels: Vec<Vec<u16>>,
}

impl Cohorts {
    /// Groups the cases that are asked for. All units of a group fit among the jobs that may be at
    /// the executor at one time, so that whole chains can wait there.
    pub(super) fn of(state: &State, max_batch: usize, max_jobs: usize) -> Self {
        let levels = state.shapes.iter().map(|shape| shape.levels()).collect();
        let mut cohorts = Self { groups: Vec::new(), places: Vec::new(), levels };
        let mut open: Vec<Option<u32>> = vec![None; state.shapes.len()];
        for case in (0u32..).take(state.requested) {
            let shape = state.case(case).shape as usize;
            let units = state.shapes.get(shape).map_or(1, |shape| shape.units.len().max(1));
            let size = (max_jobs / units).clamp(1, max_batch.max(1));
            let group = open.get_mut(shape).and_then(Option::as_mut).copied();
            let group = group.filter(|&g| cohorts.groups[g as usize].len() < size);
            let group = group.unwrap_or_else(|| {
                cohorts.groups.push(Vec::new());
                u32::try_from(cohorts.groups.len() - 1).unwrap_or(u32::MAX)
            });
            if let Some(open) = open.get_mut(shape) {
                *open = Some(group);
            }
            let members = &mut cohorts.groups[group as usize];
            cohorts.places.push((group, u32::try_from(members.len()).unwrap_or(u32::MAX)));
            members.push(case);
        }
        cohorts
    }

    /// Marks what became ready in the cases that changed.
    pub(super) fn touch(
        &self,
        state: &mut State,
        due: &mut BTreeSet<(u32, u16, u16)>,
        chains: bool,
    ) {
        let mut touched = std::mem::take(&mut state.touched);
        touched.dedup();
        for &case in &touched {
            self.mark(state, case, due, chains);
        }
        touched.clear();
        state.touched = touched;
    }

    pub(super) fn touch_all(
        &self,
        state: &mut State,
        due: &mut BTreeSet<(u32, u16, u16)>,
        chains: bool,
    ) {
        for case in (0u32..).take(state.requested) {
            self.mark(state, case, due, chains);
        }
    }

    fn mark(&self, state: &State, case: u32, due: &mut BTreeSet<(u32, u16, u16)>, chains: bool) {
        let Some(&(cohort, _)) = self.places.get(case as usize) else { return };
        let Some(levels) = self.levels.get(state.case(case).shape as usize) else { return };
        for (unit, &level) in (0u16..).zip(levels) {
            if state.is_ready(case, unit, chains) {
                due.insert((cohort, level, unit));
            }
        }
    }

    fn slot(&self, case: u32) -> u32 {
        self.places.get(case as usize).map_or(0, |place| place.1)
    }
}

/// What orders say of the cases of one cohort; plans themselves are not kept.
#[derive(Debug, Default)]
pub(super) struct Briefs {
    cohort: u32,
    cases: std::collections::BTreeMap<u32, Rc<Vec<(Unit, Needs)>>>,
}

impl Controller<'_> {
    /// Hands on what is ready, as far as there is room.
    pub(super) fn order(&mut self) -> Result<bool> {
        let mut changed = false;
        while self.may_order()
            && let Some(&place) = self.due.first()
        {
            let room = self.options.caps.jobs.max(1).saturating_sub(self.state.flights.len());
            if room == 0 {
                break;
            }
            let Some((batch, entry, orders)) = self.next_batch(place, room)? else {
                self.due.remove(&place);
                continue;
            };
            self.guard()?;
            let written = Order::write_all(&orders, &batch.file)
                .and_then(|()| output::create_folder(&batch.logs));
            match written {
                Err(e) if e.kind() == ErrorKind::OutOfSpace => {
                    self.drop_batch(&batch)?;
                    self.hold(0)?;
                    break;
                }
                written => written?,
            }
            self.note(&entry)?;
            self.flush()?;
            changed |= self.hand_on(&batch)?;
        }
        Ok(changed)
    }

    fn may_order(&self) -> bool {
        self.mode != Mode::CancelOnly
            && self.hold.is_none()
            && !self.is_down()
            && self.crew.world.now() >= self.full_until
    }

    /// Hands a batch on that was noted; whether it is known what became of it.
    pub(super) fn hand_on(&mut self, batch: &Batch) -> Result<bool> {
        let token = batch.token.clone();
        self.guard()?;
        match self.crew.executor.submit(batch) {
            Err(Refusal::Full(words)) => {
                self.batch_limit = (batch.members.len() / 2).max(1);
                let pace = self.crew.executor.pace();
                let wait = if self.batch_limit > 1 { pace.least } else { pace.most };
                let others = self.state.flights.len() > batch.members.len();
                self.full_until = match self.crew.executor.takes_chains() {
                    // Room comes only when one of these ends.
                    false if others => Duration::MAX,
                    _ => self.crew.world.now() + wait,
                };
                self.refused(batch, &Entry::Refused { token, words, hint: None, never: false })
            }
            Err(Refusal::Never { message: words, hint }) => {
                self.refused(batch, &Entry::Refused { token, words, hint, never: true })
            }
            answer => match self.answered(answer)? {
                Some(jobs) if jobs.len() == batch.members.len() => {
                    self.batch_limit = (self.batch_limit * 2).min(self.crew.executor.max_batch());
                    self.note(&Entry::Taken { token, jobs })?;
                    Ok(true)
                }
                Some(jobs) => {
                    let (named, asked) = (jobs.len(), batch.members.len());
                    let reason = format!("the executor names {named} jobs for {asked} units");
                    Err(FileError::new(&batch.file, ErrorKind::TaskFailed, reason))
                }
                None => Ok(false),
            },
        }
    }

    /// First it is written down, then the files go: whoever comes next would hand them on again.
    fn refused(&mut self, batch: &Batch, entry: &Entry) -> Result<bool> {
        self.note(entry)?;
        self.flush()?;
        self.drop_batch(batch).map(|()| true)
    }

    fn drop_batch(&self, batch: &Batch) -> Result<()> {
        crate::state::remove_file(&batch.file)?;
        crate::state::remove_folder(&batch.logs)
    }

    /// The next batch of the units of a cohort; nothing where none is ready.
    fn next_batch(
        &mut self,
        (cohort, _, unit): (u32, u16, u16),
        room: usize,
    ) -> Result<Option<(Batch, Entry, Vec<Order>)>> {
        let chains = self.crew.executor.takes_chains();
        let most = room.min(self.batch_limit).min(self.crew.executor.max_batch()).max(1);
        let members: Vec<u32> = match self.cohorts.groups.get(cohort as usize) {
            Some(group) => group.clone(),
            None => return Ok(None),
        };
        let mut chosen: Vec<(u32, Unit)> = Vec::new();
        let mut needs: Option<((u8, u8), Needs)> = None;
        for case in members {
            if chosen.len() == most || !self.state.is_ready(case, unit, chains) {
                continue;
            }
            let state = &self.state.case(case).units[usize::from(unit)];
            let steps = (state.count(Why::Memory), state.count(Why::Time));
            if needs.is_some_and(|(others, _)| others != steps) {
                continue;
            }
            let (what, own) = match self.brief(cohort, case, unit) {
                Ok(brief) => brief,
                Err(error) => {
                    let failure = FailureEntry::from(&Failure::from(&error));
                    let case = self.state.case(case).id.clone();
                    self.note(&Entry::Unorderable { case, unit, failure })?;
                    continue;
                }
            };
            let own = enlarged(own, steps.0, steps.1, self.caps(own.threads));
            needs = Some((steps, needs.map_or(own, |(_, others)| largest(others, own))));
            chosen.push((case, what));
        }
        let Some((_, needs)) = needs else { return Ok(None) };
        self.tokens += 1;
        let token = format!("{}-{}", self.nonce, self.tokens);
        Ok(Some(self.batch(token, unit, needs, &chosen)))
    }

    fn batch(
        &self,
        token: String,
        unit: u16,
        needs: Needs,
        chosen: &[(u32, Unit)],
    ) -> (Batch, Entry, Vec<Order>) {
        let label = chosen.first().and_then(|(case, _)| self.state.shape(*case));
        let label = label.map_or_else(String::new, |s| s.units[usize::from(unit)].label.clone());
        let (mut members, mut ordered, mut orders) = (Vec::new(), Vec::new(), Vec::new());
        for (case, what) in chosen {
            let (slot, state) = (self.cohorts.slot(*case), self.state.case(*case));
            let layout = CaseLayout::new(&self.out, &state.id);
            let files = CaseFiles::of(&layout);
            let attempt = state.units[usize::from(unit)].orders;
            let after = self.upstream_jobs(*case, unit);
            members.push(Member { slot, after: after.clone() });
            let events = fs::metadata(files.events_of(&layout, what)).map_or(0, |m| m.len());
            ordered.push(Ordered {
                slot,
                case: state.id.clone(),
                task: if let Unit::Task(task) = what { Some(task.clone()) } else { None },
                attempt,
                plan: plan_text(state.wanted),
                events,
                after,
            });
            orders.push(Order {
                slot,
                case: state.id.clone(),
                plan: files.plan(),
                plan_digest: plan_text(state.wanted),
                unit: what.clone(),
                attempt,
                token: token.clone(),
                verify: self.options.verify,
                limits: limits(needs),
                ending: files.ending(what),
                scratch: self.options.scratch.clone(),
            });
        }
        let (file, logs) = (self.files.batch(&token), self.files.batch_logs(&token));
        let entry = Entry::Ordering {
            token: token.clone(),
            label: label.clone(),
            unit,
            needs,
            members: ordered,
        };
        (Batch { token, label, file, logs, needs, members }, entry, orders)
    }

    fn upstream_jobs(&self, case: u32, unit: u16) -> Vec<JobRef> {
        let Some(shape) = self.state.shape(case) else { return Vec::new() };
        let Some(unit) = shape.units.get(usize::from(unit)) else { return Vec::new() };
        let job = |&u: &u16| self.state.flight_of_unit(case, u)?.job.clone();
        unit.upstream.iter().filter_map(job).collect()
    }

    fn brief(&mut self, cohort: u32, case: u32, unit: u16) -> Result<(Unit, Needs)> {
        if self.briefs.cohort != cohort {
            self.briefs = Briefs { cohort, ..Briefs::default() };
        }
        let brief = match self.briefs.cases.get(&case) {
            Some(brief) => Rc::clone(brief),
            None => {
                let plan = self.plan(case)?;
                let count = self.state.shape(case).map_or(0, |shape| shape.units.len());
                let units = (0u16..).take(count).map(|number| {
                    let unit = shape::unit(&plan, self.options.grain, number);
                    let needs = self.crew.estimates.needs(&plan, &unit, self.options.job);
                    (unit, needs)
                });
                let brief = Rc::new(units.collect::<Vec<_>>());
                self.briefs.cases.insert(case, Rc::clone(&brief));
                brief
            }
        };
        brief.get(usize::from(unit)).cloned().ok_or_else(|| {
            let reason = format!("unit {unit} is not in the plan");
            FileError::new(&self.out, ErrorKind::Configuration, reason)
        })
    }

    /// Reads the plan of a case; it must be the one that was submitted.
    pub(super) fn plan(&self, case: u32) -> Result<CasePlan> {
        let state = self.state.case(case);
        let path = CaseFiles::of(&CaseLayout::new(&self.out, &state.id)).plan();
        let bytes = fs::read(&path).map_err(|e| FileError::io(&path, e))?;
        if plan_digits(&digest::sha256_bytes(&bytes)) != state.wanted {
            let reason = "is not the plan that was submitted";
            return Err(FileError::new(&path, ErrorKind::Configuration, reason)
                .hint("submit again, which writes it anew"));
        }
        serde_json::from_slice(&bytes).map_err(|e| FileError::invalid(&path, e.to_string()))
    }
}
