//! `wgs-pipe status` of a submitted run.

use std::path::Path;

use wgs_engine::{
    case_status,
    cluster::{CaseLine, CaseWord, Controller, RunFiles, RunStatus},
};
use wgs_task::CaseLayout;

use crate::{
    cli::StatusArgs,
    commands::{Outcome, say, status::table},
};

/// Whether somebody submitted a run into a folder.
pub(in crate::commands) fn is_submitted(out: &Path) -> bool {
    RunFiles::of(out).request().exists()
}

/// Shows how a submitted run stands.
pub(in crate::commands) fn status(args: &StatusArgs) -> Outcome {
    let status = RunStatus::read(&args.out)?;
    let mut text = if args.json { String::new() } else { head(&status, &args.out) };
    for line in &status.cases {
        if args.case.as_ref().is_some_and(|case| *case != line.case) {
            continue;
        }
        if args.json {
            text.push_str(&serde_json::to_string(line).unwrap_or_else(|e| e.to_string()));
            text.push('\n');
        } else {
            text.push_str(&describe(line));
        }
        if args.case.is_some() && !args.json {
            let tasks = case_status(&CaseLayout::new(&args.out, &line.case))?;
            text.push_str(&tasks.as_ref().map(table).unwrap_or_default());
        }
    }
    say(&text)
}

fn head(status: &RunStatus, out: &Path) -> String {
    let counts: Vec<String> =
        status.counts().iter().map(|(word, n)| format!("{n} {}", name(*word))).collect();
    let cases = status.cases.len();
    let mut text = format!("# {cases} cases: {}\n", counts.join(", "));
    let go_on = format!("`wgs-pipe controller {}` goes on", out.display());
    let controller = match &status.controller {
        Controller::Alive { owner } => format!("controlled by {owner}"),
        Controller::Elsewhere { owner } => {
            format!("controlled by {owner}, if that is still alive; where it is not, {go_on}")
        }
        Controller::Ended => "over".to_owned(),
        Controller::Gone { owner } => format!("not controlled any more ({owner}); {go_on}"),
        Controller::None => format!("not controlled yet; {go_on}"),
    };
    let missed = status.cases.iter().filter(|line| line.missed_gate.is_some()).count();
    if missed > 0 {
        text.push_str(&format!("# {missed} of the cases that are done missed a quality gate\n"));
    }
    text.push_str(&format!(
        "# submission {} of {}: {controller}\n",
        status.submission, status.created
    ));
    if let Some(trouble) = &status.trouble {
        text.push_str(&format!("# {trouble}\n"));
    }
    if status.source_changed {
        text.push_str(
            "# the file that named the cases has changed since; the run goes on as submitted\n",
        );
    }
    text
}

fn describe(line: &CaseLine) -> String {
    let CaseLine { case, state, done, units, orders, machines, because, failure, missed_gate } =
        line;
    let mut text = format!("{case}\t{}\t{done}/{units}", name(*state));
    if *orders as usize > *units {
        text.push_str(&format!("\t{orders} jobs so far"));
    }
    if !machines.is_empty() {
        text.push_str(&format!("\ton {}", machines.join(", ")));
    }
    let failure = failure.as_ref().or(missed_gate.as_ref()).map(|failure| failure.message.as_str());
    if let Some(why) = failure.or(because.as_deref()) {
        text.push_str(&format!("\t{why}"));
    }
    text.push('\n');
    text
}

fn name(word: CaseWord) -> &'static str {
    match word {
        CaseWord::Pending => "pending",
        CaseWord::Queued => "queued",
        CaseWord::Running => "running",
        CaseWord::Done => "done",
        CaseWord::Failed => "failed",
        CaseWord::Cancelled => "cancelled",
    }
}
