//! What a run would do, and why; nothing is changed.

use std::collections::BTreeMap;

use rayon::prelude::*;
use wgs_core::{CaseId, ErrorKind};
use wgs_formats::{FileError, Result};
use wgs_task::{Limits, TaskId, TaskSpec};

use crate::{
    CasePlan, Graph, Stop, Verdict,
    cache::{self, Found},
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
        cases.par_iter().zip(&graphs).map(|(case, graph)| forecast(case, graph, stop)).collect()
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

fn forecast(plan: &CasePlan, graph: &Graph, stop: &Stop) -> Result<Forecast> {
    let state = StateFolder::of(&plan.layout);
    let digests = Digests::default();
    let mut verdicts = BTreeMap::new();
    for level in levels(graph, plan.tasks.len()) {
        let found: Vec<_> = level
            .par_iter()
            .map(|&task| {
                let spec = &plan.tasks[task];
                let runs = |t: &&usize| verdicts.get(*t) != Some(&Verdict::UpToDate);
                let verdict = match graph.upstream(task).iter().find(runs) {
                    None => verdict(spec, &state, &digests, stop)?,
                    Some(&upstream) => Verdict::WillRun(cache::check_without_inputs(
                        spec,
                        &state,
                        &plan.tasks[upstream].id,
                    )),
                };
                Ok((task, verdict))
            })
            .collect::<Result<_>>()?;
        verdicts.extend(found);
    }
    let ids = plan.tasks.iter().map(|task| task.id.clone());
    Ok(Forecast { case: plan.case.id.clone(), tasks: ids.zip(verdicts.into_values()).collect() })
}

fn verdict(
    spec: &TaskSpec,
    state: &StateFolder,
    digests: &Digests,
    stop: &Stop,
) -> Result<Verdict> {
    Ok(match cache::check(spec, state, digests, stop)? {
        Found::UpToDate(_) => Verdict::UpToDate,
        Found::Outdated(order) => Verdict::WillRun(order.reason),
    })
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
