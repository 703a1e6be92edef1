//! What a run would do, and why; nothing is changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rayon::prelude::*;
use wgs_core::{CaseId, ErrorKind};
use wgs_formats::{FileError, Result};
use wgs_task::{Limits, TaskId, TaskSpec};

use crate::{
    CasePlan, FileEntry, Graph, Reason, Stop, Verdict,
    cache::{self, Check, Found, Provided},
    files::Digests,
    graph,
    state::StateFolder,
};

/// What a run would do with a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// The case.
    pub case: CaseId,
    /// Its tasks in the order of [`CasePlan::tasks`].
    pub tasks: Vec<(TaskId, Verdict)>,
}

impl Forecast {
    /// Whether nothing would run.
    pub fn is_up_to_date(&self) -> bool {
        self.tasks.iter().all(|(_, verdict)| *verdict == Verdict::UpToDate)
    }
}

/// Tells for each task of each case whether it would run, and why. Reads every input and output
/// whose digest decides, on as many threads as `limits` allow.
///
/// # Errors
///
/// What [`Graph::of_case`] says; a task that is beyond the limits; a file that cannot be read.
pub fn plan(cases: &[CasePlan], limits: Limits, stop: &Stop) -> Result<Vec<Forecast>> {
    graph::check_cases(cases)?;
    let graphs = cases
        .iter()
        .map(|case| graph::check_limits(case, limits).and_then(|()| Graph::of_case(case)))
        .collect::<Result<Vec<_>>>()?;
    let pool = pool(limits.threads)?;
    pool.install(|| {
        cases
            .par_iter()
            .zip(&graphs)
            .map(|(case, graph)| forecast(case, graph, false, stop))
            .collect()
    })
}

/// Threads that read files for their digests.
pub(crate) fn pool(threads: usize) -> Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .thread_name(|n| format!("digest-{n}"))
        .build()
        .map_err(|e| FileError::new(".", ErrorKind::OutOfMemory, format!("no threads: {e}")))
}

/// What a run would do with one case. With `trust_stamps`, files that were not touched since a record
/// was written are taken for what it says, unread.
pub(crate) fn forecast(
    plan: &CasePlan,
    graph: &Graph,
    trust_stamps: bool,
    stop: &Stop,
) -> Result<Forecast> {
    let state = StateFolder::of(&plan.layout);
    let digests = Digests::default();
    if trust_stamps {
        let records = plan.tasks.iter().filter_map(|task| cache::former(task, &state));
        records.for_each(|record| record.trust_stamps(&digests));
    }
    let mut verdicts = BTreeMap::new();
    let mut made = BTreeMap::new();
    for level in levels(graph, plan.tasks.len()) {
        let found: Vec<_> = level
            .par_iter()
            .map(|&task| {
                let spec = &plan.tasks[task];
                let runs = |t: &&usize| verdicts.get(*t) != Some(&Verdict::UpToDate);
                let upstream = graph.upstream(task);
                let found = match upstream.iter().find(runs) {
                    None => {
                        let provided = provided(upstream, &made);
                        let with = Check {
                            state: &state,
                            digests: &digests,
                            provided: &provided,
                            all_outputs: false,
                            stop,
                        };
                        Forecasted::of(cache::check(spec, &with)?)
                    }
                    Some(&first) => Forecasted::Waits(first),
                };
                Ok((task, found))
            })
            .collect::<Result<_>>()?;
        for (task, found) in found {
            let waits = |first: usize| {
                let id = &plan.tasks[first].id;
                Verdict::WillRun(cache::check_without_inputs(&plan.tasks[task], &state, id))
            };
            let verdict = match found {
                Forecasted::UpToDate(outputs) => {
                    made.insert(task, outputs);
                    Verdict::UpToDate
                }
                Forecasted::Runs(reason) => Verdict::WillRun(reason),
                Forecasted::Waits(first) => waits(first),
                Forecasted::NeedsAgain(producers) => {
                    for &producer in &producers {
                        let again = again(&plan.tasks[producer]);
                        verdicts.insert(producer, Verdict::WillRun(again));
                    }
                    waits(producers.first().copied().unwrap_or(task))
                }
            };
            verdicts.insert(task, verdict);
        }
    }
    let ids = plan.tasks.iter().map(|task| task.id.clone());
    Ok(Forecast { case: plan.case.id.clone(), tasks: ids.zip(verdicts.into_values()).collect() })
}

/// What is foreseen of a task.
enum Forecasted {
    UpToDate(Vec<FileEntry>),
    Runs(Reason),
    /// It waits for this task, which will run.
    Waits(usize),
    /// It runs, and so do these tasks, whose temporary outputs it needs.
    NeedsAgain(BTreeSet<usize>),
}

impl Forecasted {
    fn of(found: Found) -> Self {
        match found {
            Found::UpToDate(record) => Self::UpToDate(record.outputs),
            Found::Outdated(order) => Self::Runs(order.reason),
            Found::Damaged(producers) => Self::NeedsAgain(producers),
        }
    }
}

fn provided(upstream: &BTreeSet<usize>, made: &BTreeMap<usize, Vec<FileEntry>>) -> Arc<Provided> {
    let mut provided = Provided::default();
    for task in upstream {
        if let Some(outputs) = made.get(task) {
            provided.add(*task, outputs);
        }
    }
    Arc::new(provided)
}

/// Why a task runs whose temporary outputs were consumed.
fn again(spec: &TaskSpec) -> Reason {
    let missing = spec.outputs.iter().find(|output| !output.path.exists());
    Reason::OutputMissing(missing.map_or_else(String::new, |output| output.name.clone()))
}

/// Tasks in groups, each of which waits only for those before.
fn levels(graph: &Graph, tasks: usize) -> Vec<Vec<usize>> {
    let mut level_of = vec![0; tasks];
    let mut levels: Vec<Vec<usize>> = Vec::new();
    for &task in graph.order() {
        let level = graph.upstream(task).iter().map(|&t| level_of[t] + 1).max().unwrap_or(0);
        level_of[task] = level;
        if levels.len() == level {
            levels.push(Vec::new());
        }
        levels[level].push(task);
    }
    levels
}
