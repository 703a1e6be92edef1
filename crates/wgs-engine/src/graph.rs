//! Which task of a case waits for which: the files say it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, Metadata},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};
use wgs_task::{Case, CaseLayout, Limits, TaskId, TaskSpec};

/// A case with the tasks that its stages planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CasePlan {
    /// The case.
    pub case: Case,
    /// Where its outputs go.
    pub layout: CaseLayout,
    /// SHA-256 of the reference bundle's manifest.
    pub bundle_digest: String,
    /// Its tasks; among those that could start, the first in this order does.
    pub tasks: Vec<TaskSpec>,
}

/// The tasks of one case, each waiting for those whose outputs it reads.
///
/// Tasks are named by their place in [`CasePlan::tasks`].
#[derive(Clone, Debug)]
pub struct Graph {
    upstream: Vec<BTreeSet<usize>>,
    downstream: Vec<BTreeSet<usize>>,
    order: Vec<usize>,
}

impl Graph {
    /// Finds who waits for whom.
    ///
    /// # Errors
    ///
    /// An input that neither exists nor is promised is [`ErrorKind::NotFound`]. Two tasks with one
    /// id or one output, tasks that wait for each other in a circle, and an output that would
    /// overwrite an input from outside are [`ErrorKind::Configuration`].
    pub fn of_case(plan: &CasePlan) -> Result<Self> {
        let all: Vec<_> = (0..plan.tasks.len()).collect();
        Self::of_tasks(plan, &all)
    }

    /// As [`Graph::of_case`], for a run of one task: what only the others read need not exist.
    pub(crate) fn of_part(plan: &CasePlan, task: usize) -> Result<Self> {
        Self::of_tasks(plan, &[task])
    }

    fn of_tasks(plan: &CasePlan, running: &[usize]) -> Result<Self> {
        check_ids(plan)?;
        let producers = producers(plan)?;
        let upstream: Vec<BTreeSet<usize>> = plan
            .tasks
            .iter()
            .map(|task| task.inputs.iter().filter_map(|i| producers.get(i.path.as_path()).copied()))
            .map(Iterator::collect)
            .collect();
        check_outside_inputs(plan, running, &producers)?;
        let mut downstream = vec![BTreeSet::new(); plan.tasks.len()];
        for (task, needs) in upstream.iter().enumerate() {
            for &need in needs {
                downstream[need].insert(task);
            }
        }
        let order = order(plan, &upstream, &downstream)?;
        Ok(Self { upstream, downstream, order })
    }

    /// The tasks that a task waits for.
    pub fn upstream(&self, task: usize) -> &BTreeSet<usize> {
        &self.upstream[task]
    }

    /// The tasks that wait for a task.
    pub fn downstream(&self, task: usize) -> &BTreeSet<usize> {
        &self.downstream[task]
    }

    /// All tasks, each after those it waits for.
    pub fn order(&self) -> &[usize] {
        &self.order
    }
}

/// Checks what must hold between cases: no two share a folder or an output.
pub(crate) fn check_cases(plans: &[CasePlan]) -> Result<()> {
    let mut folders = BTreeSet::new();
    let mut outputs = BTreeMap::new();
    for plan in plans {
        let case = &plan.case.id;
        if !folders.insert(plan.layout.folder()) {
            return Err(wrong(plan.layout.folder(), format!("two cases have the id {case}")));
        }
        for output in plan.tasks.iter().flat_map(|task| &task.outputs) {
            let other = outputs.insert(&output.path, case);
            if let Some(other) = other.filter(|other| *other != case) {
                let reason = format!("the cases {other} and {case} both promise it");
                return Err(wrong(&output.path, reason));
            }
        }
    }
    Ok(())
}

/// Checks that every task fits into what all may use together.
pub(crate) fn check_limits(plan: &CasePlan, limits: Limits) -> Result<()> {
    for task in &plan.tasks {
        let needs = task.resources;
        let what = format!("task {} of case {}", task.id, plan.case.id);
        if needs.memory_bytes > limits.memory_bytes {
            let (needed, allowed) = (needs.memory_bytes, limits.memory_bytes);
            let reason = format!("{what} needs {needed} bytes of memory; {allowed} are allowed");
            let error = FileError::new(plan.layout.folder(), ErrorKind::OutOfMemory, reason);
            return Err(error.hint("allow more memory, or run on a larger machine"));
        }
        if needs.threads > limits.threads {
            let (needed, allowed) = (needs.threads, limits.threads);
            let reason = format!("{what} needs {needed} threads; {allowed} are allowed");
            return Err(wrong(plan.layout.folder(), reason));
        }
    }
    Ok(())
}

fn wrong(path: &Path, reason: String) -> FileError {
    FileError::new(path, ErrorKind::Configuration, reason)
}

fn check_ids(plan: &CasePlan) -> Result<()> {
    let mut seen = BTreeSet::new();
    for TaskSpec { id, inputs, outputs, .. } in &plan.tasks {
        if !is_file_name(id) {
            return Err(wrong(plan.layout.folder(), format!("task id {id:?} is no file name")));
        }
        if !seen.insert(id) {
            return Err(wrong(plan.layout.folder(), format!("two tasks have the id {id}")));
        }
        for names in [
            inputs.iter().map(|i| &i.name).collect::<Vec<_>>(),
            outputs.iter().map(|o| &o.name).collect(),
        ] {
            let mut seen = BTreeSet::new();
            if let Some(name) = names.into_iter().find(|name| !seen.insert(*name)) {
                let reason = format!("task {id} has two files of the name {name:?}");
                return Err(wrong(plan.layout.folder(), reason));
            }
        }
    }
    Ok(())
}

fn is_file_name(id: &TaskId) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let text = id.as_str();
    (1..=200).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with(['.', '-'])
}

fn producers(plan: &CasePlan) -> Result<BTreeMap<&Path, usize>> {
    let mut producers = BTreeMap::new();
    for (index, task) in plan.tasks.iter().enumerate() {
        for output in &task.outputs {
            if let Some(other) = producers.insert(output.path.as_path(), index) {
                let (other, task) = (&plan.tasks[other].id, &task.id);
                let reason = format!("the tasks {other} and {task} both promise it");
                return Err(wrong(&output.path, reason));
            }
        }
    }
    Ok(producers)
}

/// Inputs that no task makes must exist, and must not be what an output is about to replace under
/// another spelling of its path.
fn check_outside_inputs(
    plan: &CasePlan,
    running: &[usize],
    producers: &BTreeMap<&Path, usize>,
) -> Result<()> {
    let replaced: BTreeMap<_, &Path> = producers
        .keys()
        .filter_map(|path| Some((identity(&fs::metadata(path).ok()?), *path)))
        .collect();
    for task in running.iter().map(|&task| &plan.tasks[task]) {
        for input in &task.inputs {
            if producers.contains_key(input.path.as_path()) {
                continue;
            }
            let metadata = fs::metadata(&input.path).map_err(|e| {
                let (id, case) = (&task.id, &plan.case.id);
                let hint = format!("task {id} of case {case} reads it, and no task makes it");
                FileError::io(&input.path, e).hint(hint)
            })?;
            if let Some(output) = replaced.get(&identity(&metadata)) {
                let reason = format!("would be overwritten as output {}", output.display());
                return Err(wrong(&input.path, reason).hint("choose another output folder"));
            }
        }
    }
    Ok(())
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn order(
    plan: &CasePlan,
    upstream: &[BTreeSet<usize>],
    downstream: &[BTreeSet<usize>],
) -> Result<Vec<usize>> {
    let mut missing: Vec<usize> = upstream.iter().map(BTreeSet::len).collect();
    let mut ready: BTreeSet<usize> = (0..missing.len()).filter(|&t| missing[t] == 0).collect();
    let mut order = Vec::with_capacity(missing.len());
    while let Some(task) = ready.pop_first() {
        order.push(task);
        for &next in &downstream[task] {
            missing[next] -= 1;
            if missing[next] == 0 {
                ready.insert(next);
            }
        }
    }
    match (0..missing.len()).find(|&task| missing[task] > 0) {
        None => Ok(order),
        Some(task) => Err(circle(plan, upstream, &missing, task)),
    }
}

/// Walks from a task that never becomes ready to one it waits for, until one comes again.
fn circle(
    plan: &CasePlan,
    upstream: &[BTreeSet<usize>],
    missing: &[usize],
    start: usize,
) -> FileError {
    let mut path = vec![start];
    loop {
        let last = path[path.len() - 1];
        let next = *upstream[last]
            .iter()
            .find(|&&need| missing[need] > 0)
            .expect("a task that waits forever waits for one that does, too");
        if let Some(from) = path.iter().position(|&task| task == next) {
            path.push(next);
            let names: Vec<_> = path[from..].iter().map(|&t| plan.tasks[t].id.as_str()).collect();
            let reason = format!("tasks wait for each other: {}", names.join(" → "));
            return wrong(plan.layout.folder(), reason);
        }
        path.push(next);
    }
}

/// The folders that tasks of a case write into.
pub(crate) fn output_folders(plan: &CasePlan) -> BTreeSet<PathBuf> {
    let outputs = plan.tasks.iter().flat_map(|task| &task.outputs);
    outputs.filter_map(|output| Some(output.path.parent()?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use wgs_formats::output;

    use super::*;
    use crate::testing::{case_plan, task};

    fn reason(plan: &CasePlan) -> (ErrorKind, String) {
        let error = Graph::of_case(plan).unwrap_err();
        (error.kind(), error.to_string())
    }

    #[test]
    fn edges_follow_files_and_order_follows_edges() {
        let folder = tempfile::tempdir().unwrap();
        let plan = case_plan(
            folder.path(),
            "C1",
            vec![
                task("report", &["variants", "qc"], &["html"]),
                task("call", &["cram"], &["variants"]),
                task("qc", &["cram"], &["qc"]),
                task("reads", &["/dev/null"], &["cram", "crai"]),
            ],
        );
        let graph = Graph::of_case(&plan).unwrap();
        assert_eq!(graph.order(), [3, 1, 2, 0]);
        assert_eq!(graph.upstream(0), &BTreeSet::from([1, 2]));
        assert_eq!(graph.downstream(3), &BTreeSet::from([1, 2]));
    }

    #[test]
    fn one_path_is_promised_once() {
        let folder = tempfile::tempdir().unwrap();
        let tasks = vec![task("a", &[], &["x"]), task("b", &[], &["x"])];
        let (kind, text) = reason(&case_plan(folder.path(), "C1", tasks));
        assert_eq!(kind, ErrorKind::Configuration);
        assert!(text.ends_with("C1/x: the tasks a and b both promise it"), "{text}");
    }

    #[test]
    fn circles_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let tasks = vec![
            task("waits", &["x"], &["w"]),
            task("a", &["z"], &["x"]),
            task("b", &["x"], &["y"]),
            task("c", &["y"], &["z"]),
        ];
        let (kind, text) = reason(&case_plan(folder.path(), "C1", tasks));
        assert_eq!(kind, ErrorKind::Configuration);
        assert!(text.ends_with("tasks wait for each other: a → c → b → a"), "{text}");
        let own = vec![task("a", &["x"], &["x"])];
        let (_, text) = reason(&case_plan(folder.path(), "C1", own));
        assert!(text.ends_with("a → a"), "{text}");
    }

    #[test]
    fn an_input_from_nowhere_is_not_found() {
        let folder = tempfile::tempdir().unwrap();
        let plan = case_plan(folder.path(), "C1", vec![task("a", &["x"], &["y"])]);
        let error = Graph::of_case(&plan).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.hint_text(), Some("task a of case C1 reads it, and no task makes it"));
    }

    #[test]
    fn an_input_from_outside_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let plan = case_plan(folder.path(), "C1", vec![task("a", &["../other/../C1/x"], &["x"])]);
        for name in ["C1", "other"] {
            output::create_folder(&folder.path().join(name)).unwrap();
        }
        output::write(&folder.path().join("C1/x"), "reads").unwrap();
        let (kind, text) = reason(&plan);
        assert_eq!(kind, ErrorKind::Configuration);
        assert!(text.contains("would be overwritten"), "{text}");
    }

    #[test]
    fn ids_are_file_names_and_unique() {
        let folder = tempfile::tempdir().unwrap();
        for tasks in
            [vec![task("../a", &[], &["x"])], vec![task("a", &[], &["x"]), task("a", &[], &["y"])]]
        {
            let (kind, _) = reason(&case_plan(folder.path(), "C1", tasks));
            assert_eq!(kind, ErrorKind::Configuration);
        }
    }

    #[test]
    fn cases_share_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let plan = |case| case_plan(folder.path(), case, vec![task("a", &[], &["/out/x"])]);
        assert!(check_cases(&[plan("C1")]).is_ok());
        assert!(check_cases(&[plan("C1"), plan("C1")]).is_err());
        assert!(check_cases(&[plan("C1"), plan("C2")]).is_err());
    }

    #[test]
    fn tasks_beyond_the_limits_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let plan = case_plan(folder.path(), "C1", vec![task("a", &[], &["x"])]);
        let check = |threads, memory_bytes| {
            check_limits(&plan, Limits { threads, memory_bytes }).map_err(|e| e.kind())
        };
        assert_eq!(check(1, 1), Ok(()));
        assert_eq!(check(0, 1), Err(ErrorKind::Configuration));
        assert_eq!(check(1, 0), Err(ErrorKind::OutOfMemory));
    }
}
