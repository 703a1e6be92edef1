//! `wgs-pipe status`

use wgs_engine::{
    CaseStatus,
    status::{RunState, TaskState},
};

use super::{Outcome, cluster, say};
use crate::cli::StatusArgs;

pub(super) fn status(args: &StatusArgs) -> Outcome {
    if cluster::is_submitted(&args.out) {
        return cluster::status(args);
    }
    let mut cases = wgs_engine::statuses(&args.out)?;
    cases.retain(|case| args.case.as_ref().is_none_or(|named| *named == case.case));
    let lines: String =
        cases.iter().map(|case| if args.json { json(case) } else { table(case) }).collect();
    say(&lines)
}

fn json(case: &CaseStatus) -> String {
    serde_json::to_string(case).map_or_else(|e| e.to_string(), |line| line + "\n")
}

pub(super) fn table(case: &CaseStatus) -> String {
    let run = match case.run {
        RunState::Running => "running".to_owned(),
        RunState::Died => "died; run again to resume".to_owned(),
        RunState::Ended(state) => format!("{state:?}").to_lowercase(),
    };
    let mut text = format!("{}\t{run}\tsince {}\n", case.case, case.started);
    for (task, state) in &case.tasks {
        text.push_str(&format!("{}\t{task}\t{}\n", case.case, describe(state)));
    }
    text
}

fn describe(state: &TaskState) -> String {
    match state {
        TaskState::Pending => "pending".into(),
        TaskState::Running { done: Some(done), total: Some(total), .. } if *total > 0 => {
            format!("running, {}%", done * 100 / total)
        }
        TaskState::Running { since, .. } => format!("running since {since}"),
        TaskState::Done { reused: true } => "done before".into(),
        TaskState::Done { reused: false } => "done".into(),
        TaskState::Failed { failure } => format!("failed: {}", failure.message),
    }
}
