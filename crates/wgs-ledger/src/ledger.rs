//! Sums over tasks: by case, by stage, by run, and of everything.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use wgs_engine::{CaseState, Time};
use wgs_formats::FileError;
use wgs_task::case::CaseKind;

use crate::{
    CaseCost, CaseEntry, CloudCost, Money, Pricing, Problem, SiteCost, Span, State, TaskRow,
    pricing,
};

/// Everything that was read: rows of tasks, and their sums.
#[derive(Debug)]
pub struct Ledger {
    pub(crate) pricing: Option<Pricing>,
    pub(crate) tasks: Vec<TaskRow>,
    pub(crate) cases: Vec<GroupRow>,
    pub(crate) stages: BTreeMap<String, GroupRow>,
    pub(crate) runs: Vec<GroupRow>,
    pub(crate) total: GroupRow,
    problems: Vec<Problem>,
}

/// Sums over some tasks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sums {
    /// Number of tasks.
    pub tasks: usize,
    /// Of which ran or were reused.
    pub done: usize,
    /// Of which failed.
    pub failed: usize,
    /// How long their processes ran.
    pub wall: Span,
    /// The same, times the threads that each had.
    pub allotted: Span,
    /// Processor time.
    pub core: Span,
    /// Largest resident memory of one process, in bytes.
    pub rss_bytes: u64,
    /// Most memory that one might use, in bytes.
    pub asked_bytes: u64,
    /// Bytes read, by those that told.
    pub read_bytes: u64,
    /// Bytes written, by those that told.
    pub written_bytes: u64,
    /// Bytes of inputs.
    pub input_bytes: u64,
    /// Bytes of outputs.
    pub output_bytes: u64,
    /// How long jobs waited for machines.
    pub queue: Span,
    /// Attempts.
    pub attempts: u32,
    /// Processor time of attempts that came to nothing.
    pub wasted: Span,
    /// What processors and memory cost on one's own machines.
    pub cost: Money,
}

/// Several tasks together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupRow {
    /// The output folder; empty for what is of several.
    pub run: String,
    /// The case or stage; empty for a run.
    pub name: String,
    /// The kind of the case.
    pub kind: &'static str,
    /// How the case stands; or of a group of cases, nothing.
    pub state: &'static str,
    /// Number of cases.
    pub cases: usize,
    /// Of which succeeded.
    pub succeeded: usize,
    /// When the first task started.
    pub started: Option<Time>,
    /// When the last one was done.
    pub finished: Option<Time>,
    /// The machines that tasks ran on.
    pub machines: BTreeSet<String>,
    /// The sums.
    pub sums: Sums,
    /// What all of it costs; for stages only the processors and memory, in [`Sums::cost`].
    pub cost: CaseCost,
}

impl Ledger {
    /// An empty ledger; costs are told where there are prices.
    pub fn new(pricing: Option<Pricing>) -> Self {
        Self {
            pricing,
            tasks: Vec::new(),
            cases: Vec::new(),
            stages: BTreeMap::new(),
            runs: Vec::new(),
            total: GroupRow::default(),
            problems: Vec::new(),
        }
    }

    /// Takes what [`read_cases`](crate::read_cases) hands on.
    pub fn add(&mut self, case: Result<CaseEntry, Problem>) {
        match case {
            Ok(case) => self.add_case(case),
            Err(problem) => self.problems.push(problem),
        }
    }

    /// The tasks, by run, case and place in the plan.
    pub fn tasks(&self) -> &[TaskRow] {
        &self.tasks
    }

    /// The cases, by run and name.
    pub fn cases(&self) -> &[GroupRow] {
        &self.cases
    }

    /// The sums of everything.
    pub fn total(&self) -> &GroupRow {
        &self.total
    }

    /// What could not be read.
    pub fn problems(&self) -> impl Iterator<Item = (&PathBuf, &FileError)> {
        self.problems.iter().map(|problem| (&problem.folder, &problem.error))
    }

    fn add_case(&mut self, mut entry: CaseEntry) {
        if let Some(pricing) = &self.pricing {
            let tasks = entry.tasks.iter_mut();
            tasks.for_each(|task| task.cost = pricing::task_cost(task, pricing));
        }
        let mut case = GroupRow::of_case(&entry);
        if let Some(pricing) = &self.pricing {
            case.cost = pricing::case_cost(&entry.tasks, pricing);
        }
        for task in &entry.tasks {
            let stage = self.stages.entry(task.stage.clone()).or_default();
            stage.name.clone_from(&task.stage);
            stage.add_task(task);
        }
        let mut stages: Vec<&String> = entry.tasks.iter().map(|task| &task.stage).collect();
        stages.sort();
        stages.dedup();
        for stage in stages {
            if let Some(row) = self.stages.get_mut(stage) {
                row.cases += 1;
            }
        }
        if self.runs.last().is_none_or(|run| run.run != case.run) {
            self.runs.push(GroupRow { run: case.run.clone(), ..GroupRow::default() });
        }
        if let Some(run) = self.runs.last_mut() {
            run.add(&case);
        }
        self.total.add(&case);
        self.tasks.append(&mut entry.tasks);
        self.cases.push(case);
    }
}

impl GroupRow {
    /// Time from the first start to the last end.
    pub fn elapsed(&self) -> Option<Span> {
        Some(Span::from_secs(self.finished?.seconds_since(self.started?)))
    }

    /// Cases that succeeded in an hour, from the first start to the last end.
    pub fn cases_per_hour(&self) -> Option<f64> {
        let hours = self.elapsed()?.secs() / 3600.0;
        (hours > 0.0 && self.succeeded > 0).then(|| self.succeeded as f64 / hours)
    }

    fn of_case(entry: &CaseEntry) -> Self {
        let record = &entry.record;
        let state = match record.state {
            CaseState::Succeeded => "succeeded",
            CaseState::Failed => "failed",
            CaseState::Interrupted => "interrupted",
        };
        let mut row = Self {
            run: entry.run.clone(),
            name: record.case.id.to_string(),
            kind: kind(record.case.kind),
            state,
            cases: 1,
            succeeded: usize::from(record.state == CaseState::Succeeded),
            ..Self::default()
        };
        entry.tasks.iter().for_each(|task| row.add_task(task));
        row.sums.queue += entry.queue.unwrap_or_default();
        row.sums.attempts += entry.lost.0;
        row.sums.wasted += entry.lost.1;
        row
    }

    fn add_task(&mut self, task: &TaskRow) {
        self.span(task.started, task.finished);
        self.machines.extend(task.machine.clone());
        let sums = &mut self.sums;
        sums.tasks += 1;
        sums.done += usize::from(matches!(task.state, State::Ran | State::Reused));
        sums.failed += usize::from(task.state == State::Failed);
        sums.wall += task.wall;
        sums.allotted += task.allotted();
        sums.core += task.core;
        sums.rss_bytes = sums.rss_bytes.max(task.rss_bytes);
        sums.asked_bytes = sums.asked_bytes.max(task.asked_bytes);
        sums.read_bytes += task.read_bytes.unwrap_or(0);
        sums.written_bytes += task.written_bytes.unwrap_or(0);
        sums.input_bytes += task.input_bytes;
        sums.output_bytes += task.output_bytes;
        sums.queue += task.queue.unwrap_or_default();
        sums.attempts += task.attempts;
        sums.wasted += task.wasted;
        sums.cost += task.cost.unwrap_or_default();
    }

    fn add(&mut self, case: &Self) {
        self.cases += case.cases;
        self.succeeded += case.succeeded;
        self.span(case.started, case.finished);
        self.machines.extend(case.machines.iter().cloned());
        self.sums.add(&case.sums);
        self.cost.add(&case.cost);
    }

    fn span(&mut self, started: Option<Time>, finished: Option<Time>) {
        self.started = self.started.into_iter().chain(started).min();
        self.finished = self.finished.into_iter().chain(finished).max();
    }
}

impl Sums {
    /// Processor time over the time that tasks had their threads for.
    pub fn efficiency(&self) -> Option<f64> {
        (self.allotted.0 > 0).then(|| self.core.secs() / self.allotted.secs())
    }

    fn add(&mut self, more: &Self) {
        self.tasks += more.tasks;
        self.done += more.done;
        self.failed += more.failed;
        self.wall += more.wall;
        self.allotted += more.allotted;
        self.core += more.core;
        self.rss_bytes = self.rss_bytes.max(more.rss_bytes);
        self.asked_bytes = self.asked_bytes.max(more.asked_bytes);
        self.read_bytes += more.read_bytes;
        self.written_bytes += more.written_bytes;
        self.input_bytes += more.input_bytes;
        self.output_bytes += more.output_bytes;
        self.queue += more.queue;
        self.attempts += more.attempts;
        self.wasted += more.wasted;
        self.cost += more.cost;
    }
}

impl CaseCost {
    fn add(&mut self, more: &Self) {
        if let Some(more) = &more.site {
            let SiteCost { compute, storage } = self.site.get_or_insert_default();
            *compute += more.compute;
            *storage += more.storage;
        }
        if let Some(more) = &more.cloud {
            match &mut self.cloud {
                None => self.cloud = Some(more.clone()),
                Some(cloud) => cloud.add(more),
            }
        }
    }
}

impl CloudCost {
    fn add(&mut self, more: &Self) {
        self.instance = match (self.instance.take(), &more.instance) {
            (Some(one), Some(other)) if one == *other => Some(one),
            (Some(_), Some(_)) => Some("several".to_owned()),
            // A sum in which a case is missing is none.
            _ => None,
        };
        self.time += more.time;
        self.on_demand += more.on_demand;
        self.spot = self.spot.zip(more.spot).map(|(one, other)| [one, other].into_iter().sum());
        self.storage += more.storage;
        self.egress += more.egress;
    }
}

fn kind(kind: CaseKind) -> &'static str {
    match kind {
        CaseKind::Germline => "germline",
        CaseKind::Family => "family",
        CaseKind::TumorNormal => "tumor-normal",
        CaseKind::TumorOnly => "tumor-only",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{read_cases, testing};

    pub(crate) fn ledger(cases: &[Vec<(f64, f64)>]) -> Ledger {
        let folder = tempfile::tempdir().unwrap();
        for (index, tasks) in cases.iter().enumerate() {
            let named: Vec<_> =
                (0..tasks.len()).map(|i| (format!("t{i}"), format!("s{}", i % 2))).collect();
            let tasks: Vec<_> = named
                .iter()
                .zip(tasks)
                .map(|((task, stage), (wall, core))| (&**task, &**stage, *wall, *core))
                .collect();
            testing::write(folder.path(), &testing::record(&format!("C{index:03}"), &tasks));
        }
        let pricing = Pricing::parse("p".as_ref(), Pricing::example()).unwrap();
        let mut ledger = Ledger::new(Some(pricing));
        read_cases(&[folder.path().to_owned()], |case| ledger.add(case)).unwrap();
        ledger
    }

    #[test]
    fn cases_per_hour_are_of_the_time_from_start_to_end() {
        let ledger = ledger(&[vec![(1800.0, 1.0)], vec![(1200.0, 1.0), (600.0, 1.0)]]);
        let total = ledger.total();
        assert_eq!((total.cases, total.succeeded), (2, 2));
        assert_eq!(total.elapsed(), Some(Span::from_secs(1800.0)));
        assert_eq!(total.cases_per_hour(), Some(4.0));
        assert_eq!(ledger.stages["s0"].cases, 2);
        assert_eq!(ledger.stages["s1"].cases, 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn totals_are_the_sums_of_their_rows(
            cases in prop::collection::vec(
                prop::collection::vec((0.0..5000.0_f64, 0.0..9000.0_f64), 1..5), 1..6)
        ) {
            let ledger = ledger(&cases);
            let sums = |rows: &mut dyn Iterator<Item = &Sums>| {
                rows.fold(Sums::default(), |mut sum, row| { sum.add(row); sum })
            };
            let total = &ledger.total.sums;
            prop_assert_eq!(&sums(&mut ledger.cases.iter().map(|row| &row.sums)), total);
            prop_assert_eq!(&sums(&mut ledger.stages.values().map(|row| &row.sums)), total);
            prop_assert_eq!(&sums(&mut ledger.runs.iter().map(|row| &row.sums)), total);
            let cost: Money = ledger.tasks.iter().filter_map(|task| task.cost).sum();
            prop_assert_eq!(cost, total.cost);
            prop_assert_eq!(cost, ledger.total.cost.site.unwrap().compute);
            let core: u64 = ledger.tasks.iter().map(|task| task.core.0).sum();
            prop_assert_eq!(core, total.core.0);
        }
    }
}
