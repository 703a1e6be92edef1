//! How a run shows itself: bars on a terminal, one JSON line per event otherwise.

use std::{
    collections::BTreeMap,
    io::{IsTerminal, Write, stderr, stdout},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use wgs_engine::{CaseReport, Event, Happening, NoObserver, Observer};
use wgs_task::{CaseLayout, TaskId};

/// Bars where standard error is a terminal, JSON lines on standard output otherwise.
pub(crate) fn observer() -> Box<dyn Observer> {
    if stderr().is_terminal() { Box::new(Bars::default()) } else { Box::new(Lines) }
}

/// Bars where standard error is a terminal, nothing otherwise.
pub(crate) fn quiet_observer() -> Box<dyn Observer> {
    if stderr().is_terminal() { Box::new(Bars::default()) } else { Box::new(NoObserver) }
}

/// Tells on standard error how a case ended; where there is no terminal, only what failed.
#[expect(clippy::print_stderr, reason = "the end of the bars above it")]
pub(crate) fn summary(layout: &CaseLayout, case: &CaseReport) {
    if stderr().is_terminal() {
        let CaseReport { ran, reused, failed, not_run, .. } = case;
        let counts = format!("{ran} ran, {reused} reused, {failed} failed, {not_run} not run");
        eprintln!("{}: {:?}: {counts}; {}", case.case, case.state, layout.folder().display());
    }
    for failure in &case.failures {
        let task = failure.task.as_ref().map_or_else(String::new, |task| format!(" {task}"));
        let log = failure.log.as_ref().map_or_else(String::new, |l| format!(" ({})", l.display()));
        eprintln!("failed: {}{task}: {}{log}", case.case, failure.failure.message);
    }
}

/// Says on standard error what is wrong though the work goes on.
#[expect(clippy::print_stderr, reason = "where a command says what is wrong")]
pub(crate) fn warn(problem: &str) {
    eprintln!("warning: {problem}");
}

struct Lines;

impl Observer for Lines {
    fn event(&mut self, event: &Event) {
        if let Ok(line) = serde_json::to_string(event) {
            // A reader that has gone away does not end the run.
            let _ = writeln!(stdout(), "{line}");
        }
    }
}

#[derive(Default)]
struct Bars {
    all: MultiProgress,
    running: BTreeMap<(String, TaskId), ProgressBar>,
}

impl Bars {
    fn bar(&mut self, case: &str, task: &TaskId) -> &ProgressBar {
        let key = (case.to_owned(), task.clone());
        self.running.entry(key).or_insert_with(|| {
            let bar = self.all.add(ProgressBar::no_length());
            bar.set_style(style("{spinner} {prefix} {elapsed} {msg}"));
            bar.set_prefix(format!("{case} {task}"));
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        })
    }

    fn end(&mut self, case: &str, task: &TaskId, line: &str) {
        if let Some(bar) = self.running.remove(&(case.to_owned(), task.clone())) {
            bar.finish_and_clear();
        }
        // Without a terminal to draw on there is nobody to tell.
        let _ = self.all.println(format!("{case} {task}: {line}"));
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates in this file are valid")
}

impl Observer for Bars {
    fn event(&mut self, event: &Event) {
        let case = event.case.as_str();
        match &event.what {
            Happening::TaskStarted { task } => drop(self.bar(case, task).clone()),
            Happening::TaskProgress { task, done, total } => {
                let bar = self.bar(case, task);
                if let Some(total) = total {
                    bar.set_style(style("{spinner} {prefix} {elapsed} {wide_bar} {percent}%"));
                    bar.set_length(*total);
                }
                bar.set_position(*done);
            }
            Happening::TaskFinished { task, wall_s, core_s, max_rss_bytes } => {
                let mib = max_rss_bytes >> 20;
                let line = format!("done in {wall_s:.1} s, {core_s:.1} core-seconds, {mib} MiB");
                self.end(case, task, &line);
            }
            Happening::TaskReused { task } => self.end(case, task, "up to date"),
            Happening::TaskFailed { task, failure, .. } => {
                self.end(case, task, &format!("FAILED: {}", failure.message));
            }
            Happening::TaskNotRun { .. }
            | Happening::TaskQueued { .. }
            | Happening::RunStarted { .. }
            | Happening::RunFinished { .. } => {}
        }
    }
}
