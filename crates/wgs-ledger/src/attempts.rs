//! How often tasks were begun, what came to nothing, and how long jobs waited: from what engines and
//! controllers wrote while it happened.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use wgs_engine::{Event, Happening, Time};
use wgs_formats::Result;
use wgs_task::TaskId;

use crate::{Span, journal};

/// What lines of progress hold.
const PROGRESS: &[u8] = b"\"task_progress\"";

/// What is known of the attempts at the tasks of a run.
#[derive(Clone, Debug, Default)]
pub struct Attempts {
    units: BTreeMap<String, BTreeMap<Option<String>, Tries>>,
}

/// The attempts at one task, or at a case as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tries {
    /// How many began.
    pub(crate) begun: u32,
    /// How many of them came to nothing.
    pub(crate) lost: u32,
    /// Processor time of those.
    pub(crate) wasted: Span,
    /// How long those ran whose processor time nobody told.
    pub(crate) unmeasured: Span,
    /// How long all of them waited for a machine.
    pub(crate) queue: Option<Span>,
    /// Where the last one ran.
    pub(crate) machine: Option<String>,
    /// Whether the last one succeeded, by a journal.
    pub(crate) done: bool,
}

impl Attempts {
    /// What the controller of a run wrote down; nothing where there was none.
    ///
    /// # Errors
    ///
    /// A journal that cannot be read.
    pub fn read(out: &Path) -> Result<Self> {
        let mut attempts = Self::default();
        journal::read(out, |case, task, tries| attempts.add(case, task, tries))?;
        Ok(attempts)
    }

    /// Attempts by the events of one case, for runs without a controller. Of an attempt that failed
    /// only its duration is known. A file that cannot be read tells nothing.
    pub(crate) fn of_events(path: &Path) -> Self {
        let mut attempts = Self::default();
        let Ok(file) = File::open(path) else { return attempts };
        let mut begun: BTreeMap<TaskId, Time> = BTreeMap::new();
        for line in BufReader::with_capacity(1 << 16, file).split(b'\n').map_while(Result::ok) {
            // Most lines are of progress; they are not worth being parsed.
            if line.windows(PROGRESS.len()).any(|part| part == PROGRESS) {
                continue;
            }
            let Ok(event) = serde_json::from_slice::<Event>(&line) else { continue };
            attempts.take(event, &mut begun);
        }
        attempts
    }

    fn take(&mut self, event: Event, begun: &mut BTreeMap<TaskId, Time>) {
        let case = event.case.to_string();
        match event.what {
            Happening::TaskStarted { task } => {
                let tries = self.of(case, Some(task.as_str()));
                if tries.begun > tries.lost && !begun.contains_key(&task) {
                    // What is begun after a success has nothing to do with it.
                    *tries = Tries::default();
                }
                tries.begun += 1;
                if begun.insert(task, event.time).is_some() {
                    tries.lost += 1;
                }
            }
            Happening::TaskFinished { task, .. } => drop(begun.remove(&task)),
            Happening::TaskFailed { task, .. } | Happening::TaskNotRun { task, .. } => {
                let Some(start) = begun.remove(&task) else { return };
                let tries = self.of(case, Some(task.as_str()));
                tries.lost += 1;
                tries.unmeasured += Span::from_secs(event.time.seconds_since(start));
            }
            _ => {}
        }
    }

    fn add(&mut self, case: &str, task: Option<&str>, tries: Tries) {
        self.of(case.to_owned(), task).add(tries);
    }

    fn of(&mut self, case: String, task: Option<&str>) -> &mut Tries {
        self.units.entry(case).or_default().entry(task.map(str::to_owned)).or_default()
    }

    /// Whether anything is known of a case.
    pub(crate) fn knows(&self, case: &str) -> bool {
        self.units.contains_key(case)
    }

    pub(crate) fn of_task(&self, case: &str, task: &TaskId) -> Tries {
        self.find(case, &Some(task.to_string()))
    }

    pub(crate) fn of_case(&self, case: &str) -> Tries {
        self.find(case, &None)
    }

    fn find(&self, case: &str, task: &Option<String>) -> Tries {
        self.units.get(case).and_then(|units| units.get(task)).cloned().unwrap_or_default()
    }
}

impl Tries {
    /// Adds what became of a further job. One after a success has nothing to do with it, and, if it
    /// never began, tells nothing.
    fn add(&mut self, more: Self) {
        if self.done {
            if more.begun == 0 && !more.done {
                return;
            }
            *self = Self::default();
        }
        self.done = more.done;
        self.begun += more.begun;
        self.lost += more.lost;
        self.wasted += more.wasted;
        self.unmeasured += more.unmeasured;
        if let Some(queue) = more.queue {
            *self.queue.get_or_insert_default() += queue;
        }
        self.machine = more.machine.or(self.machine.take());
    }

    /// Processor time that came to nothing; where nobody told it, what the threads might have used.
    pub(crate) fn wasted_at_most(&self, threads: usize) -> Span {
        let mut wasted = self.wasted;
        wasted += self.unmeasured.times(threads);
        wasted
    }
}

#[cfg(test)]
mod tests {
    use wgs_formats::output;

    use super::*;

    fn of(events: &[(&str, &str)]) -> Tries {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let line = |(i, (event, rest)): (usize, &(&str, &str))| {
            let time = format!("2026-11-20T09:30:{i:02}.000Z");
            format!(r#"{{"time":"{time}","case":"C1","event":"{event}","task":"a"{rest}}}"#) + "\n"
        };
        let text: String = events.iter().enumerate().map(line).collect();
        output::write(&path, text + "{\"torn").unwrap();
        Attempts::of_events(&path).of_task("C1", &TaskId::of_case("a"))
    }

    const BEGUN: (&str, &str) = ("task_started", "");
    const DONE: (&str, &str) = ("task_finished", r#","wall_s":1.0,"core_s":1.0,"max_rss_bytes":1"#);
    const FAILED: (&str, &str) =
        ("task_failed", r#","kind":"x","exit_code":10,"message":"","hint":null,"log":"l""#);
    const FURTHER: (&str, &str) = ("task_progress", r#","done":1,"total":2"#);

    #[test]
    fn failed_attempts_count_until_one_succeeds() {
        let tries = of(&[BEGUN, FURTHER, FAILED, BEGUN, DONE]);
        assert_eq!((tries.begun, tries.lost), (2, 1));
        assert_eq!(tries.wasted_at_most(3), Span::from_secs(6.0));
        let again = of(&[BEGUN, FAILED, BEGUN, DONE, BEGUN, DONE]);
        assert_eq!((again.begun, again.lost), (1, 0));
    }

    #[test]
    fn jobs_of_a_later_submission_are_not_added_to_a_success() {
        let mut tries = Tries::default();
        let job = |done: bool, begun: u32| Tries {
            begun,
            lost: begun - u32::from(done),
            queue: Some(Span::from_secs(5.0)),
            done,
            ..Tries::default()
        };
        tries.add(job(false, 1));
        tries.add(job(true, 1));
        assert_eq!((tries.begun, tries.lost, tries.queue), (2, 1, Some(Span::from_secs(10.0))));
        tries.add(job(false, 0));
        assert_eq!((tries.begun, tries.lost), (2, 1), "one that never began");
        tries.add(job(true, 1));
        assert_eq!((tries.begun, tries.lost, tries.queue), (1, 0, Some(Span::from_secs(5.0))));
    }

    #[test]
    fn an_attempt_whose_engine_died_is_lost() {
        let tries = of(&[BEGUN, BEGUN, DONE]);
        assert_eq!((tries.begun, tries.lost), (2, 1));
        assert_eq!(of(&[]), Tries::default());
    }
}
