//! From events of tasks to states of samples in stages.

use std::collections::BTreeMap;

use wgs_core::{CaseId, SampleId};
use wgs_engine::{CaseState, Event, Happening, run_record::NotRunReason};
use wgs_task::TaskId;

use super::{State, WHOLE_CASE};
use crate::Names;

/// A state that is another than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) sample: Option<SampleId>,
    pub(super) stage: String,
    pub(super) state: State,
    pub(super) attempt: u32,
}

/// Sample and stage within a case.
type Key = (Option<SampleId>, String);

/// What is known of the cases that are being worked on.
#[derive(Debug)]
pub(super) struct States {
    names: Names,
    cases: BTreeMap<CaseId, BTreeMap<Key, Item>>,
}

#[derive(Debug, Default)]
struct Item {
    /// The tasks; no state where nothing is known of one yet.
    tasks: BTreeMap<TaskId, Task>,
    told: Option<(State, u32)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Task {
    state: Option<State>,
    attempt: u32,
}

impl States {
    pub(super) fn new(names: Names) -> Self {
        Self { names, cases: BTreeMap::new() }
    }

    /// What changes by an event. What is known of a case is forgotten at its end.
    pub(super) fn changes(&mut self, event: &Event) -> Vec<Change> {
        match &event.what {
            Happening::RunStarted { tasks, .. } => {
                for task in tasks {
                    self.item(&event.case, task).1.tasks.entry(task.clone()).or_default();
                }
                vec![whole_case(State::Running)]
            }
            Happening::RunFinished { state, .. } => {
                let mut changes = self.give_up(&event.case, *state);
                changes.push(whole_case(match state {
                    CaseState::Succeeded => State::Done,
                    CaseState::Failed => State::Failed,
                    CaseState::Interrupted => State::NotRun,
                }));
                changes
            }
            Happening::TaskProgress { .. }
            | Happening::TaskNotRun { reason: NotRunReason::Elsewhere, .. } => Vec::new(),
            Happening::TaskQueued { task, .. } => self.task(event, task, State::Queued),
            Happening::TaskStarted { task } => self.task(event, task, State::Running),
            Happening::TaskFinished { task, .. } | Happening::TaskReused { task } => {
                self.task(event, task, State::Done)
            }
            Happening::TaskFailed { task, .. } => self.task(event, task, State::Failed),
            Happening::TaskNotRun { task, .. } => self.task(event, task, State::NotRun),
        }
    }

    fn task(&mut self, event: &Event, task: &TaskId, state: State) -> Vec<Change> {
        let (key, item) = self.item(&event.case, task);
        item.set(task, state);
        item.tell().map(|(state, attempt)| change(key, state, attempt)).into_iter().collect()
    }

    /// Says of everything that has no final state that it was not run, or, where it ran when its
    /// case failed, that it failed: its process was killed with what would have told.
    fn give_up(&mut self, case: &CaseId, end: CaseState) -> Vec<Change> {
        let items = self.cases.remove(case).unwrap_or_default();
        let open =
            items.into_iter().filter(|(_, item)| !item.told.is_some_and(|(s, _)| s.is_final()));
        let last = |(key, item): (Key, Item)| {
            let was_killed = end == CaseState::Failed && item.any(State::Running);
            let state = if was_killed { State::Failed } else { State::NotRun };
            change(key, state, item.attempt().max(1))
        };
        open.map(last).collect()
    }

    fn item(&mut self, case: &CaseId, task: &TaskId) -> (Key, &mut Item) {
        let place = self.names.place(case, task);
        let key = (place.sample.cloned(), place.stage.to_owned());
        let items = self.cases.entry(case.clone()).or_default();
        let item = items.entry(key.clone()).or_default();
        (key, item)
    }
}

fn change((sample, stage): Key, state: State, attempt: u32) -> Change {
    Change { sample, stage, state, attempt }
}

fn whole_case(state: State) -> Change {
    Change { sample: None, stage: WHOLE_CASE.to_owned(), state, attempt: 1 }
}

impl Item {
    /// A task that is begun again is another attempt, after its end or where its process was killed
    /// with what would have told of it.
    fn set(&mut self, task: &TaskId, state: State) {
        let known = self.tasks.entry(task.clone()).or_default();
        let again = match known.state {
            None => true,
            Some(State::Queued) => false,
            Some(State::Running) => matches!(state, State::Queued | State::Running),
            Some(State::Done | State::Failed | State::NotRun) => !state.is_final(),
        };
        known.attempt += u32::from(again);
        known.state = Some(state);
    }

    /// That of the task which was begun most often.
    fn attempt(&self) -> u32 {
        self.tasks.values().map(|task| task.attempt).max().unwrap_or(0)
    }

    /// State and attempt, if they are others than told last.
    fn tell(&mut self) -> Option<(State, u32)> {
        let now = (self.state()?, self.attempt());
        (self.told.replace(now) != Some(now)).then_some(now)
    }

    fn any(&self, state: State) -> bool {
        self.tasks.values().any(|task| task.state == Some(state))
    }

    fn state(&self) -> Option<State> {
        let all_final = self.tasks.values().all(|task| task.state.is_some_and(State::is_final));
        if self.any(State::Failed) {
            Some(State::Failed)
        } else if all_final {
            Some(if self.any(State::NotRun) { State::NotRun } else { State::Done })
        } else if self.any(State::Running) || self.any(State::Done) {
            Some(State::Running)
        } else {
            self.any(State::Queued).then_some(State::Queued)
        }
    }
}

#[cfg(test)]
mod tests {
    use wgs_engine::events::FailureEntry;

    use super::*;
    use crate::ids::tests::case;

    fn event(what: Happening) -> Event {
        let time = "2026-11-20T09:30:00.125Z".parse().unwrap();
        Event { time, case: "C1".parse().unwrap(), what }
    }

    fn started(tasks: &[&str]) -> Happening {
        let tasks = tasks.iter().map(|task| TaskId::of_case(task)).collect();
        Happening::RunStarted { program: "p 1".into(), pid: 1, tasks }
    }

    fn happening(task: &str, state: State) -> Happening {
        let task = TaskId::of_case(task);
        match state {
            State::Queued => Happening::TaskQueued { task, reason: String::new() },
            State::Running => Happening::TaskStarted { task },
            State::Done => Happening::TaskReused { task },
            State::NotRun => {
                let reason = wgs_engine::run_record::NotRunReason::Interrupted;
                Happening::TaskNotRun { task, reason }
            }
            State::Failed => {
                let failure = FailureEntry {
                    kind: String::new(),
                    exit_code: 10,
                    message: String::new(),
                    hint: None,
                };
                Happening::TaskFailed { task, failure, log: "log".into() }
            }
        }
    }

    fn play(tasks: &[&str], steps: &[(&str, State)]) -> Vec<(String, State, u32)> {
        let mut states = States::new(Names::of(&[case("C1", &["S1"])]));
        states.changes(&event(started(tasks)));
        let told = steps.iter().flat_map(|(task, s)| states.changes(&event(happening(task, *s))));
        told.map(|c| {
            let sample = c.sample.map_or_else(|| "-".to_owned(), |s| s.to_string());
            (format!("{} {sample}", c.stage), c.state, c.attempt)
        })
        .collect()
    }

    #[test]
    fn a_stage_of_one_task_follows_it() {
        use State::{Done, Queued, Running};
        let told =
            play(&["reads.S1"], &[("reads.S1", Queued), ("reads.S1", Running), ("reads.S1", Done)]);
        let of = |state| ("reads S1".to_owned(), state, 1);
        assert_eq!(told, [of(Queued), of(Running), of(Done)]);
    }

    #[test]
    fn a_stage_of_several_tasks_is_done_with_the_last() {
        use State::{Done, Queued, Running};
        let (a, b) = ("call.S1.1", "call.S1.2");
        let told = play(
            &[a, b],
            &[(a, Queued), (b, Queued), (a, Running), (a, Done), (b, Running), (b, Done)],
        );
        let states: Vec<_> = told.iter().map(|(_, state, _)| *state).collect();
        assert_eq!(states, [Queued, Running, Done]);
    }

    #[test]
    fn another_try_is_another_attempt() {
        use State::{Done, Failed, Queued, Running};
        let t = "joint";
        let steps = [(t, Queued), (t, Running), (t, Failed), (t, Queued), (t, Running), (t, Done)];
        let told = play(&[t], &steps);
        let of = |state, attempt| ("joint -".to_owned(), state, attempt);
        assert_eq!(
            told,
            [
                of(Queued, 1),
                of(Running, 1),
                of(Failed, 1),
                of(Queued, 2),
                of(Running, 2),
                of(Done, 2)
            ]
        );
    }

    /// As the task of a job that ran out of memory, whose engine could not tell of it.
    #[test]
    fn a_task_that_was_killed_is_begun_again() {
        use State::{Done, Queued, Running};
        let (a, b) = ("call.S1.1", "call.S1.2");
        let steps = [(a, Queued), (b, Queued), (a, Running), (b, Running), (b, Done)];
        let again = [(a, Queued), (a, Running), (a, Done)];
        let told = play(&[a, b], &[&steps[..], &again].concat());
        let told: Vec<_> = told.into_iter().map(|(_, state, attempt)| (state, attempt)).collect();
        assert_eq!(told, [(Queued, 1), (Running, 1), (Running, 2), (Done, 2)]);
        let told = play(&[a], &[(a, Running), (a, Running)]);
        assert_eq!(told.iter().map(|(_, _, attempt)| *attempt).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn what_runs_when_its_case_fails_has_failed() {
        let mut states = States::new(Names::of(&[case("C1", &["S1"])]));
        states.changes(&event(started(&["joint", "report"])));
        states.changes(&event(happening("joint", State::Running)));
        let end = Happening::RunFinished { state: CaseState::Failed, failure: None };
        let last: Vec<_> =
            states.changes(&event(end)).into_iter().map(|c| (c.stage, c.state)).collect();
        let of = |stage: &str, state| (stage.to_owned(), state);
        assert_eq!(
            last,
            [
                of("joint", State::Failed),
                of("report", State::NotRun),
                of(WHOLE_CASE, State::Failed)
            ]
        );
    }

    #[test]
    fn what_is_open_at_the_end_was_not_run() {
        let mut states = States::new(Names::of(&[case("C1", &["S1"])]));
        let first = states.changes(&event(started(&["reads.S1", "joint"])));
        assert_eq!(first, [whole_case(State::Running)]);
        states.changes(&event(happening("reads.S1", State::Failed)));
        let failure = None;
        let end = Happening::RunFinished { state: CaseState::Failed, failure };
        let last = states.changes(&event(end));
        let not_run =
            Change { sample: None, stage: "joint".into(), state: State::NotRun, attempt: 1 };
        assert_eq!(last, [not_run, whole_case(State::Failed)]);
        assert!(states.cases.is_empty());
    }
}
