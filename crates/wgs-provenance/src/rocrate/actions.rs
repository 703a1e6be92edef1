//! What a run did: an action for each task that ran, for each step, for the workflow and for the
//! engine.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wgs_core::ErrorKind;
use wgs_engine::{CaseState, TaskStatus, Usage, events::FailureEntry, run_record::Made};

use super::{
    HOME, PROGRAM,
    graph::{Graph, reference, references},
    id, moment,
    plan::{Plan, Task, WORKFLOW, step_id},
};

const RUN: &str = "#run";
const COMPLETED: &str = "http://schema.org/CompletedActionStatus";
const FAILED: &str = "http://schema.org/FailedActionStatus";

/// Adds the actions; whether any task ran, in this run or the one that made its outputs.
pub(super) fn add(plan: &Plan<'_>, graph: &mut Graph) -> bool {
    let mut controls = BTreeSet::new();
    for stage in plan.stages() {
        let tasks: Vec<_> =
            plan.tasks.iter().filter(|t| t.entry.stage == stage && has_run(t)).collect();
        if tasks.is_empty() {
            continue;
        }
        let actions: Vec<String> = tasks.iter().map(|task| task_action(task, graph)).collect();
        let failed = tasks.iter().any(|t| matches!(t.entry.status, TaskStatus::Failed { .. }));
        let control = id::local(&["control", stage]);
        graph.add(
            &control,
            json!({ "@type": "ControlAction", "name": format!("orchestration of {stage}"),
                "instrument": reference(&step_id(stage)), "object": references(&actions),
                "actionStatus": if failed { FAILED } else { COMPLETED } }),
        );
        controls.insert(control);
    }
    graph.add(RUN, run_action(plan));
    if !controls.is_empty() {
        graph.add("#orchestration", orchestration(plan, &controls));
    }
    !controls.is_empty()
}

fn has_run(task: &Task<'_>) -> bool {
    !matches!(task.entry.status, TaskStatus::NotRun { .. })
}

/// How a run of a case ended, as the end of a sentence.
pub(super) fn end_of(state: CaseState) -> &'static str {
    match state {
        CaseState::Succeeded => "made every output that it promised",
        CaseState::Failed => "FAILED, and not every output is there",
        CaseState::Interrupted => "was INTERRUPTED, and not every output is there",
    }
}

fn task_action(task: &Task<'_>, graph: &mut Graph) -> String {
    let name = task.entry.task.as_str();
    let id = id::local(&["task", name]);
    graph.link(WORKFLOW, "hasPart", &task.tool);
    let objects = task.inputs.iter().chain(&task.values);
    let mut action = json!({
        "@type": "CreateAction", "name": format!("task {name}"),
        "instrument": reference(&task.tool), "agent": reference(PROGRAM),
        "object": references(objects),
    });
    let description = match &task.entry.status {
        TaskStatus::Failed { failure } => {
            action["actionStatus"] = json!(FAILED);
            action["error"] = json!(error(failure));
            "A task of the run, which failed."
        }
        status => {
            action["actionStatus"] = json!(COMPLETED);
            action["result"] = references(&task.outputs);
            if let Some(made) = status.made() {
                times(&mut action, &made.usage);
                action["identifier"] = json!(made.key);
                action["resourceUsage"] = resources(name, made, graph);
            }
            match status {
                TaskStatus::Reused { .. } => "A task of an earlier run, whose outputs were reused.",
                _ => "A task of the run.",
            }
        }
    };
    action["description"] = json!(description);
    graph.add(&id, action);
    id
}

fn times(action: &mut Value, usage: &Usage) {
    action["startTime"] = json!(moment(usage.started));
    action["endTime"] = json!(moment(usage.finished));
}

/// The class of a failure. Its message may quote data, and stays in `run.json`.
fn error(failure: &FailureEntry) -> String {
    format!("{} (exit code {}); run.json has the message", failure.kind, failure.exit_code)
}

/// Adds what a task used, in units of QUDT.
fn resources(task: &str, made: &Made, graph: &mut Graph) -> Value {
    let usage = &made.usage;
    let read = usage.io.map(|io| ("bytes-read", json!(io.read_bytes), "BYTE"));
    let written = usage.io.map(|io| ("bytes-written", json!(io.written_bytes), "BYTE"));
    let queued = usage.queue_s.map(|seconds| ("queue-time", json!(seconds), "SEC"));
    let measured = [
        ("wall-time", json!(usage.wall_s), "SEC"),
        ("user-time", json!(usage.user_s), "SEC"),
        ("system-time", json!(usage.system_s), "SEC"),
        ("largest-resident-memory", json!(usage.max_rss_bytes), "BYTE"),
        ("input-size", json!(made.input_bytes), "BYTE"),
        ("output-size", json!(made.output_bytes), "BYTE"),
    ];
    let ids: Vec<String> = measured
        .into_iter()
        .chain([read, written, queued].into_iter().flatten())
        .map(|(name, value, unit)| {
            let id = id::local(&["usage", task, name]);
            graph.add(
                &id,
                json!({ "@type": "PropertyValue", "name": name, "value": value,
                    "propertyID": format!("{HOME}/blob/main/docs/provenance.md#{name}"),
                    "unitCode": format!("https://qudt.org/vocab/unit/{unit}") }),
            );
            id
        })
        .collect();
    references(&ids)
}

/// The status of the run as a whole, and what is wrong with it.
fn status(action: &mut Value, plan: &Plan<'_>) {
    let record = plan.record;
    let what = match record.state {
        CaseState::Succeeded => {
            action["actionStatus"] = json!(COMPLETED);
            return;
        }
        CaseState::Interrupted => {
            format!("interrupted (exit code {})", ErrorKind::Interrupted.exit_code())
        }
        CaseState::Failed => {
            let of_task = plan.tasks.iter().find_map(|task| match &task.entry.status {
                TaskStatus::Failed { failure } => Some(failure),
                _ => None,
            });
            record.failure.as_ref().or(of_task).map_or_else(|| "failed".to_owned(), error)
        }
    };
    action["actionStatus"] = json!(FAILED);
    action["error"] = json!(what);
}

fn run_action(plan: &Plan<'_>) -> Value {
    let record = plan.record;
    let values: BTreeSet<&String> = plan.tasks.iter().flat_map(|task| &task.values).collect();
    let mut action = json!({
        "@type": "CreateAction", "name": format!("run of case {}", record.case.id),
        "description": format!("The last run of the pipeline; it {}.", end_of(record.state)),
        "instrument": reference(WORKFLOW), "agent": reference(PROGRAM),
        "startTime": moment(record.started), "endTime": moment(record.finished),
        "object": references(plan.given.iter().chain(values)), "result": references(&plan.made),
        "identifier": format!("reference bundle sha256:{}", record.bundle_digest),
    });
    if action["result"] == json!([]) {
        action["result"] = reference("run.json");
    }
    status(&mut action, plan);
    action
}

fn orchestration(plan: &Plan<'_>, controls: &BTreeSet<String>) -> Value {
    let record = plan.record;
    let mut action = json!({
        "@type": "OrganizeAction", "name": format!("run of {}", record.program),
        "instrument": reference(PROGRAM), "agent": reference(PROGRAM),
        "object": references(controls), "result": reference(RUN),
        "startTime": moment(record.started), "endTime": moment(record.finished),
    });
    status(&mut action, plan);
    action
}
