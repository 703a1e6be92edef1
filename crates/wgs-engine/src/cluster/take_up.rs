//! How a controller finds into a run: what its request asks for, what its journal says was done.

use std::{collections::BTreeSet, fs};

use wgs_formats::{FileError, Result, output};

use super::{
    Batch, Member, Request,
    controller::Controller,
    entry::{Entry, Phase, UnitState},
    evidence,
    state::plan_digits,
};
use crate::state;

impl Controller<'_> {
    /// Compares a request with what was done for an earlier one.
    pub(super) fn begin(&mut self, request: &Request) -> Result<()> {
        self.tidy()?;
        let owner = self.lease.map_or_else(|| "nobody in particular".into(), |l| l.owner());
        self.note(&Entry::Took { owner, program: self.program.to_owned() })?;
        if self.state.submission < request.submission {
            let removed = &self.state.cases[self.state.requested..];
            self.removed = removed.iter().map(|case| case.id.clone()).collect();
            let round = self.round(request);
            self.note(&round)?;
        }
        self.flush()
    }

    /// Removes what killed controllers were writing.
    fn tidy(&self) -> Result<()> {
        let batches = self.files.folder().join("batches");
        output::create_folder(&batches)?;
        for folder in [self.files.folder(), &batches] {
            let entries = fs::read_dir(folder).map_err(|e| FileError::io(folder, e))?;
            let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
            let is_left = |name: &String| name.starts_with('.') && name.contains(".partial-");
            for name in names.filter(is_left) {
                state::remove_file(&folder.join(name))?;
            }
        }
        Ok(())
    }

    fn round(&mut self, request: &Request) -> Entry {
        let (mut restart, mut retry) = (Vec::new(), Vec::new());
        for (index, entry) in (0u32..).zip(&request.cases) {
            let case = self.state.case(index);
            if case.units.iter().all(|unit| *unit == UnitState::default()) {
                continue;
            }
            let is_same = self.state.grain == Some(request.options.grain)
                && case.plan == plan_digits(&entry.plan)
                && self.state.shape(index).is_some_and(|s| s.units.len() == case.units.len());
            let phase = self.state.phase(index);
            let stays = is_same && !request.options.verify;
            match phase {
                Phase::Done if stays && self.is_surely_done(index) => {}
                Phase::Failed | Phase::Cancelled | Phase::Ordered if stays => {
                    retry.push(case.id.clone());
                }
                Phase::Pending if stays => {}
                _ => restart.push(case.id.clone()),
            }
        }
        Entry::Round {
            submission: request.submission,
            grain: request.options.grain,
            cases: request.cases.len(),
            restart,
            retry,
            removed: self.removed.clone(),
        }
    }

    fn is_surely_done(&self, case: u32) -> bool {
        self.plan(case).is_ok_and(|plan| evidence::is_surely_done(&plan))
    }

    /// Marks what can be handed on.
    pub(super) fn take_up(&mut self) {
        self.cohorts.touch_all(&mut self.state, &mut self.due, self.crew.executor.takes_chains());
    }

    /// Batches of which it is not known whether they were taken, because the executor did not
    /// answer or an earlier controller died, are handed on again. Where they were, it knows them.
    pub(super) fn make_sure(&mut self) -> Result<bool> {
        let unsure =
            |flight: &super::state::Flight| flight.job.is_none().then(|| flight.token.to_string());
        let unsure: BTreeSet<String> = self.state.flights.values().filter_map(unsure).collect();
        let mut changed = false;
        for token in unsure {
            if self.is_down() {
                break;
            }
            if let Some(batch) = self.batch_again(&token) {
                changed |= self.hand_on(&batch)?;
            }
        }
        Ok(changed)
    }

    fn batch_again(&self, token: &str) -> Option<Batch> {
        let batch = self.state.batches.get(token)?;
        let flights = batch.flights.values().filter_map(|id| self.state.flights.get(id));
        let members =
            flights.map(|flight| Member { slot: flight.slot, after: flight.after.clone() });
        Some(Batch {
            token: token.to_owned(),
            label: batch.label.clone(),
            file: self.files.batch(token),
            logs: self.files.batch_logs(token),
            needs: batch.needs,
            members: members.collect(),
        })
    }
}
