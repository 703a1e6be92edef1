//! How jobs stand, from few questions: the queue for all of them, then accounting, or what takes its
//! place, for those that the queue does not tell enough of.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use super::{
    Slurm,
    accounting::{self, Memory},
    command::Commands,
    completions,
    job::{JobKey, write_jobs},
    queue::{self, Row},
    refusals,
    state::hopeless,
};
use crate::cluster::{Cause, JobRef, JobReport, JobState, Placement, Refusal};

/// Words that name jobs in one call of `scancel`, at most.
const WORDS: usize = 200;

type Known = BTreeMap<JobKey, (JobState, Placement)>;

pub(super) fn poll(slurm: &mut Slurm, jobs: &[JobRef]) -> Result<Vec<JobReport>, Refusal> {
    let wanted: BTreeSet<_> = jobs.iter().filter_map(JobKey::of).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let rows = queue::jobs(&slurm.commands)?;
    let mut known = queued(&rows, &wanted);
    end_doubles(&slurm.commands, &rows, &wanted);
    let memory = remember(slurm, &wanted, &known);
    let answered = memory.is_some();
    add(&mut known, &wanted, &rows, memory.unwrap_or_default());
    end_hopeless(&slurm.commands, &mut known);
    let arrays = rows.iter().map(|row| row.array).collect();
    give_up(slurm, &wanted, &mut known, if answered { Some(&arrays) } else { None });
    let report =
        |(key, (state, placement)): (JobKey, _)| JobReport { job: key.to_ref(), state, placement };
    Ok(known.into_iter().map(report).collect())
}

fn queued(rows: &[Row], wanted: &BTreeSet<JobKey>) -> Known {
    let mut known = Known::new();
    for row in rows {
        for key in row.keys().filter(|key| wanted.contains(key)) {
            known.insert(key, (row.state.clone(), row.placement.clone()));
        }
    }
    known
}

/// Ends the jobs that were made a second time: a batch whose first try got through so late that it
/// was not seen. Where it does not succeed, the next poll tries again.
fn end_doubles(commands: &Commands, rows: &[Row], wanted: &BTreeSet<JobKey>) {
    let doubles = doubles(rows, wanted);
    if !doubles.is_empty() {
        let _ = cancel(commands, &doubles);
    }
}

/// Jobs that have the batch and the slot of one that is asked for, and are another.
fn doubles(rows: &[Row], wanted: &BTreeSet<JobKey>) -> Vec<JobKey> {
    let asked = rows.iter().flat_map(named).filter(|(_, key)| wanted.contains(key));
    let asked: BTreeSet<_> = asked.map(|(name, key)| (name, key.slot)).collect();
    let alive = rows.iter().filter(|row| row.unended() > 0).flat_map(named);
    let others = alive.filter(|(_, key)| !wanted.contains(key));
    others.filter(|(name, key)| asked.contains(&(*name, key.slot))).map(|(_, key)| key).collect()
}

fn named(row: &Row) -> impl Iterator<Item = (&str, JobKey)> {
    row.keys().map(|key| (row.name.as_str(), key))
}

/// Asks for the jobs that the queue has forgotten, and for more about those that ended badly;
/// nothing where nobody answers.
fn remember(slurm: &Slurm, wanted: &BTreeSet<JobKey>, known: &Known) -> Option<Memory> {
    let asked = wanted.iter().filter(|key| is_doubtful(known.get(*key)));
    let arrays: BTreeSet<_> = asked.map(|key| key.array).collect();
    if arrays.is_empty() {
        return Some(Memory::default());
    }
    if slurm.site.has_accounting {
        let arrays: Vec<_> = arrays.into_iter().collect();
        return accounting::jobs(&slurm.commands, &arrays).ok();
    }
    let jobs = completions::jobs(slurm.site.completions.as_deref()?)?;
    Some(Memory { jobs, rest: BTreeMap::new() })
}

/// Adds what is remembered to what the queue told, and what was told of whole arrays to both.
fn add(known: &mut Known, wanted: &BTreeSet<JobKey>, rows: &[Row], memory: Memory) {
    // Accounting may lag behind, and keeps what a lost controller left unfinished for ever.
    let is_over = |state: &JobState| matches!(state, JobState::Ended(_));
    for (key, (state, placement)) in memory.jobs {
        if wanted.contains(&key) && is_doubtful(known.get(&key)) && is_over(&state) {
            let told = known.remove(&key);
            known.insert(key, merge(told, state, placement));
        }
    }
    let whole = rows.iter().filter(|row| row.slots.is_empty());
    let mut rest: BTreeMap<_, _> =
        whole.map(|row| (row.array, (row.state.clone(), row.placement.clone()))).collect();
    for (array, told) in memory.rest {
        rest.entry(array).or_insert(told);
    }
    for &key in wanted {
        if let Some(told) = rest.get(&key.array).filter(|(state, _)| is_over(state)) {
            known.entry(key).or_insert_with(|| told.clone());
        }
    }
}

/// Whether the queue told nothing of a job, or of a bad end that accounting may know better.
fn is_doubtful(told: Option<&(JobState, Placement)>) -> bool {
    match told {
        None => true,
        Some((JobState::Ended(cause), _)) => *cause != Cause::Completed,
        Some(_) => false,
    }
}

/// The queue knows reasons and times best; accounting knows memory.
fn merge(
    told: Option<(JobState, Placement)>,
    state: JobState,
    placement: Placement,
) -> (JobState, Placement) {
    let Some((first, first_placement)) = told else { return (state, placement) };
    let by_memory = state == JobState::Ended(Cause::OutOfMemory);
    let state = if by_memory { state } else { first };
    let max_rss_bytes = placement.max_rss_bytes;
    (state, Placement { max_rss_bytes, ..first_placement })
}

/// Ends the jobs that would wait for ever.
fn end_hopeless(commands: &Commands, known: &mut Known) {
    let causes: Vec<_> =
        known.iter().filter_map(|(&key, (state, _))| Some((key, hopeless(state)?))).collect();
    let keys: Vec<_> = causes.iter().map(|&(key, _)| key).collect();
    if keys.is_empty() || cancel(commands, &keys).is_err() {
        return;
    }
    for (key, cause) in causes {
        if let Some((state, _)) = known.get_mut(&key) {
            *state = JobState::Ended(cause);
        }
    }
}

/// Reports the jobs as over of which nothing was heard for long. A job that is taken out of an array
/// before it ran leaves no trace: where all that ran is remembered, and the rest of its array is
/// still there, that is what happened.
fn give_up(
    slurm: &mut Slurm,
    wanted: &BTreeSet<JobKey>,
    known: &mut Known,
    arrays: Option<&BTreeSet<u32>>,
) {
    let patience = Duration::from_secs(slurm.options.vanished_seconds);
    slurm.silent.retain(|key, _| wanted.contains(key) && !known.contains_key(key));
    for &key in wanted {
        if known.contains_key(&key) {
            continue;
        }
        let since = *slurm.silent.entry(key).or_insert_with(Instant::now);
        if since.elapsed() >= patience {
            let taken_out = arrays.is_some_and(|arrays| arrays.contains(&key.array));
            let cause = if taken_out { Cause::Cancelled } else { Cause::Vanished };
            known.insert(key, (JobState::Ended(cause), Placement::default()));
        }
    }
}

/// Asks for the end of jobs; those that are over, or not known, are left alone.
pub(super) fn cancel(commands: &Commands, keys: &[JobKey]) -> Result<(), Refusal> {
    for words in write_jobs(keys).chunks(WORDS) {
        let mut arguments = vec!["--quiet".to_owned()];
        arguments.extend_from_slice(words);
        let said = commands.run("scancel", &arguments)?;
        if let down @ Refusal::Down(_) = refusals::classify("scancel", &said.errors)
            && !said.good
        {
            return Err(down);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(cause: Cause) -> (JobState, Placement) {
        (JobState::Ended(cause), Placement::default())
    }

    #[test]
    fn accounting_is_asked_for_what_is_missing_or_ended_badly() {
        assert!(is_doubtful(None));
        assert!(is_doubtful(Some(&ended(Cause::Failed(137)))));
        assert!(!is_doubtful(Some(&ended(Cause::Completed))));
        assert!(!is_doubtful(Some(&(JobState::Running, Placement::default()))));
    }

    #[test]
    fn what_is_told_of_a_whole_array_is_of_those_of_which_nothing_else_is() {
        let row = |slots: &[u32], state: JobState| Row {
            array: 7,
            slots: slots.to_vec(),
            name: String::new(),
            state,
            placement: Placement::default(),
        };
        let rows = [
            row(&[], JobState::Ended(Cause::Cancelled)),
            row(&[2], JobState::Ended(Cause::Completed)),
        ];
        let wanted = [0, 1, 2].map(|slot| JobKey { array: 7, slot }).into_iter().collect();
        let mut known = queued(&rows, &wanted);
        let jobs = BTreeMap::from([(JobKey { array: 7, slot: 0 }, ended(Cause::Failed(1)))]);
        add(&mut known, &wanted, &rows, Memory { jobs, rest: BTreeMap::new() });
        let causes: Vec<_> = known.into_values().collect();
        assert_eq!(
            causes,
            [ended(Cause::Failed(1)), ended(Cause::Cancelled), ended(Cause::Completed)]
        );
    }

    #[test]
    fn a_job_that_was_made_twice_is_known_by_its_batch_and_slot() {
        let row = |array, slots: &[u32], name: &str, state| Row {
            array,
            slots: slots.to_vec(),
            name: name.into(),
            state,
            placement: Placement::default(),
        };
        let waits = || JobState::Waiting(None);
        let rows = [
            row(7, &[0, 1], "call.a", waits()),
            row(8, &[0, 1], "call.b", waits()),
            row(9, &[0], "call.a", JobState::Running),
            row(10, &[1], "call.a", JobState::Ended(Cause::Cancelled)),
            row(11, &[5], "call.a", waits()),
        ];
        let wanted = [(7, 0), (7, 1)].map(|(array, slot)| JobKey { array, slot });
        let found = doubles(&rows, &wanted.into_iter().collect());
        assert_eq!(found, [JobKey { array: 9, slot: 0 }]);
    }

    #[test]
    fn accounting_adds_memory_to_what_the_queue_told() {
        let memory = Placement { max_rss_bytes: Some(7), ..Placement::default() };
        let merged = merge(
            Some(ended(Cause::UpstreamFailed)),
            JobState::Ended(Cause::Cancelled),
            memory.clone(),
        );
        assert_eq!(merged, (JobState::Ended(Cause::UpstreamFailed), memory.clone()));
        let out = JobState::Ended(Cause::OutOfMemory);
        let merged = merge(Some(ended(Cause::Failed(137))), out.clone(), memory.clone());
        assert_eq!(merged, (out.clone(), memory.clone()));
        assert_eq!(merge(None, out.clone(), memory.clone()), (out, memory));
    }
}
