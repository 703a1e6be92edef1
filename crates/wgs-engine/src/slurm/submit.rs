//! Batches as job arrays.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, absolute},
    time::{Duration, SystemTime},
};

use wgs_formats::output;

use super::{
    Slurm, accounting,
    job::{JobKey, write_slots},
    poll, queue,
};
use crate::cluster::{Batch, Cause, Executor, JobRef, JobState, Member, Needs, Refusal};

/// The script of every job.
const SCRIPT: &str = include_str!("job.sh");
/// For a batch file younger than this, the controller still knows every job that was made of it.
const YOUNG: Duration = Duration::from_secs(30);

/// What members wait for, where one word of SLURM says it for all of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum After {
    /// The job of the same slot in each of these arrays; in none, if there is none.
    SameSlot(Vec<u32>),
    /// All of these jobs.
    Jobs(Vec<JobKey>),
}

impl After {
    fn of(member: &Member) -> Result<Self, Refusal> {
        let key = |job: &JobRef| {
            JobKey::of(job).ok_or_else(|| Refusal::Never {
                message: format!("{job} is no job of SLURM"),
                hint: None,
            })
        };
        let mut keys = member.after.iter().map(key).collect::<Result<Vec<_>, _>>()?;
        keys.sort_unstable();
        keys.dedup();
        Ok(if keys.iter().all(|key| key.slot == member.slot) {
            Self::SameSlot(keys.iter().map(|key| key.array).collect())
        } else {
            Self::Jobs(keys)
        })
    }

    fn option(&self) -> Option<String> {
        let join = |words: Vec<String>| words.join(":");
        match self {
            Self::SameSlot(arrays) if arrays.is_empty() => None,
            Self::SameSlot(arrays) => {
                let arrays = arrays.iter().map(u32::to_string).collect();
                Some(format!("--dependency=aftercorr:{}", join(arrays)))
            }
            Self::Jobs(keys) => {
                let jobs = keys.iter().map(|key| key.to_ref().0).collect();
                Some(format!("--dependency=afterok:{}", join(jobs)))
            }
        }
    }
}

/// One call of `sbatch`.
#[derive(Debug, PartialEq, Eq)]
struct Array {
    after: After,
    /// Sorted.
    slots: Vec<u32>,
}

/// The array in which each slot of a batch is.
type Found = BTreeMap<u32, u32>;

/// Hands on a batch, or what of it SLURM does not have.
pub(super) fn submit(slurm: &Slurm, batch: &Batch) -> Result<Vec<JobRef>, Refusal> {
    let rows = queue::jobs(&slurm.commands)?;
    let mut found = find(slurm, batch, &rows)?;
    match send_rest(slurm, batch, &rows, &mut found) {
        Ok(()) => Ok(refs(batch, &found)),
        // Nothing can be taken back: the same batch, handed on again, will find what got through.
        Err(down @ Refusal::Down(_)) => Err(down),
        Err(refusal) => withdraw(slurm, &found).and(Err(refusal)),
    }
}

fn send_rest(
    slurm: &Slurm,
    batch: &Batch,
    rows: &[queue::Row],
    found: &mut Found,
) -> Result<(), Refusal> {
    let missing = batch.members.iter().filter(|member| !found.contains_key(&member.slot));
    let missing: Vec<&Member> = missing.collect();
    if missing.is_empty() {
        return Ok(());
    }
    let arrays = arrays(&missing)?;
    check_room(slurm, rows, missing.len())?;
    check_shape(slurm, &batch.needs)?;
    let script = batch.logs.join("job.sh");
    output::create_folder(&batch.logs)
        .and_then(|()| output::write(&script, SCRIPT))
        .map_err(|e| Refusal::Down(e.to_string()))?;
    for array in &arrays {
        let arguments = arguments(slurm, batch, array, &script)?;
        let number = number(&slurm.commands.ask("sbatch", &arguments)?)?;
        found.extend(array.slots.iter().map(|&slot| (slot, number)));
    }
    Ok(())
}

fn check_room(slurm: &Slurm, rows: &[queue::Row], missing: usize) -> Result<(), Refusal> {
    let queued: usize = rows.iter().map(queue::Row::unended).sum();
    match slurm.options.max_in_queue {
        Some(most) if queued > 0 && queued + missing > most => {
            Err(Refusal::Full(format!("{queued} jobs are in the queue, of at most {most}")))
        }
        _ => Ok(()),
    }
}

/// Refuses what no machine can ever give: many sites take such jobs, and let them wait for ever.
fn check_shape(slurm: &Slurm, needs: &Needs) -> Result<(), Refusal> {
    let (threads, mib, _) = shape(slurm, needs);
    if slurm.site.has_machine(threads, mib) {
        return Ok(());
    }
    Err(Refusal::Never {
        message: format!("no machine of the partition has {threads} threads and {mib} MiB"),
        hint: Some("give another partition, or fewer threads or less memory".into()),
    })
}

/// Threads, MiB and minutes.
fn shape(slurm: &Slurm, needs: &Needs) -> (usize, u64, u64) {
    let mib = needs.memory_bytes.div_ceil(1 << 20).max(1);
    (needs.threads.max(1), mib, minutes(slurm, needs))
}

fn shape_arguments((threads, mib, minutes): (usize, u64, u64)) -> [String; 5] {
    [
        "--nodes=1".into(),
        "--ntasks=1".into(),
        format!("--cpus-per-task={threads}"),
        format!("--mem={mib}M"),
        format!("--time={minutes}"),
    ]
}

/// A batch is taken whole or not at all. As long as it is not sure that no job of its part is left,
/// it is not known whether it was taken: handed on again, it is found and taken back again.
fn withdraw(slurm: &Slurm, found: &Found) -> Result<(), Refusal> {
    if found.is_empty() {
        return Ok(());
    }
    let keys: Vec<_> = found.iter().map(|(&slot, &array)| JobKey { array, slot }).collect();
    poll::cancel(&slurm.commands, &keys)?;
    let rows = queue::jobs(&slurm.commands)?;
    let alive = rows.iter().filter(|row| row.unended() > 0).flat_map(queue::Row::keys);
    match alive.filter(|key| keys.contains(key)).count() {
        0 => Ok(()),
        left => Err(Refusal::Down(format!(
            "of a batch that SLURM took in part only, {left} jobs have not ended yet"
        ))),
    }
}

/// Groups members by what they wait for.
fn arrays(members: &[&Member]) -> Result<Vec<Array>, Refusal> {
    let mut groups: BTreeMap<After, Vec<u32>> = BTreeMap::new();
    for member in members {
        groups.entry(After::of(member)?).or_default().push(member.slot);
    }
    let array = |(after, mut slots): (After, Vec<u32>)| {
        slots.sort_unstable();
        Array { after, slots }
    };
    Ok(groups.into_iter().map(array).collect())
}

/// Of all jobs of all runs, those of a batch alone have it.
fn name(batch: &Batch) -> String {
    format!("{}.{}", batch.label, batch.token)
}

/// The jobs of a batch that SLURM has. One that was cancelled does not count: that is what becomes of
/// a batch of which only a part was taken. Of two of one slot, the first counts; [`poll`](poll::poll)
/// ends the other.
fn find(slurm: &Slurm, batch: &Batch, rows: &[queue::Row]) -> Result<Found, Refusal> {
    let name = name(batch);
    let is_live =
        |row: &&queue::Row| row.name == name && row.state != JobState::Ended(Cause::Cancelled);
    let mut keys: Vec<_> = rows.iter().filter(is_live).flat_map(queue::Row::keys).collect();
    if keys.len() < batch.members.len() && slurm.site.has_accounting && !is_young(&batch.file) {
        match accounting::jobs_named(&slurm.commands, &name) {
            Err(down @ Refusal::Down(_)) => return Err(down),
            // Not everybody may ask everywhere.
            Err(_) => {}
            Ok(remembered) => keys.extend(remembered),
        }
    }
    Ok(first_of_each(keys))
}

fn first_of_each(keys: Vec<JobKey>) -> Found {
    let mut found = Found::new();
    for JobKey { array, slot } in keys {
        let first = found.entry(slot).or_insert(array);
        *first = array.min(*first);
    }
    found
}

/// Whether a file was written just now, by whatever clock; if in doubt, it was not.
fn is_young(path: &Path) -> bool {
    let written = std::fs::metadata(path).and_then(|found| found.modified());
    written.is_ok_and(|time| SystemTime::now().duration_since(time).is_ok_and(|age| age < YOUNG))
}

fn refs(batch: &Batch, found: &Found) -> Vec<JobRef> {
    let key =
        |member: &Member| Some(JobKey { array: *found.get(&member.slot)?, slot: member.slot });
    batch.members.iter().filter_map(key).map(JobKey::to_ref).collect()
}

/// The number of a new job, in the last line; with several clusters, its cluster comes behind it.
/// Other words leave open what became of the job, so it is to be looked for.
fn number(said: &str) -> Result<u32, Refusal> {
    let line = said.trim().lines().last().unwrap_or_default();
    let word = line.split(';').next().unwrap_or_default();
    word.parse().map_err(|_| Refusal::Down(format!("sbatch said {said:?} in place of a number")))
}

fn arguments(
    slurm: &Slurm,
    batch: &Batch,
    array: &Array,
    script: &Path,
) -> Result<Vec<OsString>, Refusal> {
    let mut arguments: Vec<OsString> = slurm.options.arguments().iter().map(Into::into).collect();
    let shape = shape(slurm, &batch.needs);
    arguments.extend(shape_arguments(shape).map(OsString::from));
    arguments.extend(
        [
            "--parsable".into(),
            format!("--job-name={}", name(batch)),
            format!("--comment={}", batch.token),
            format!("--array={}", write_slots(&array.slots)),
            if slurm.options.requeue { "--requeue" } else { "--no-requeue" }.into(),
            "--open-mode=append".into(),
            "--kill-on-invalid-dep=yes".into(),
        ]
        .map(OsString::from),
    );
    // SLURM counts by the minute, so that in a short time the warning would be the first thing.
    let warning = slurm.options.warning_seconds.min(shape.2 * 6);
    if warning >= 60 {
        arguments.push(format!("--signal=B:TERM@{warning}").into());
    }
    arguments.extend(array.after.option().map(OsString::from));
    arguments.push(log_option(&batch.logs)?);
    let program = &slurm.program;
    arguments.push(absolute_path(script)?);
    arguments.push(absolute_path(&program.path)?);
    arguments.extend(program.arguments.iter().cloned());
    arguments.push("work".into());
    arguments.push(absolute_path(&batch.file)?);
    Ok(arguments)
}

fn minutes(slurm: &Slurm, needs: &Needs) -> u64 {
    let wanted = needs.wall.as_secs().div_ceil(60);
    let most = slurm.most(needs.threads).wall.map(|wall| wall.as_secs() / 60);
    wanted.min(most.unwrap_or(u64::MAX)).max(1)
}

/// Where a job's words go: `LOGS/SLOT.log`, with nothing in the folder's name taken for a pattern.
fn log_option(logs: &Path) -> Result<OsString, Refusal> {
    let path = absolute_path(logs)?;
    let unfit = || Refusal::Never {
        message: format!("{} cannot be named to SLURM", logs.display()),
        hint: Some("choose an output folder without backslashes and unreadable letters".into()),
    };
    let text = path.to_str().filter(|text| !text.contains('\\')).ok_or_else(unfit)?;
    Ok(format!("--output={}/%a.log", text.replace('%', "%%")).into())
}

fn absolute_path(path: &Path) -> Result<OsString, Refusal> {
    let path = absolute(path).map_err(|e| Refusal::Down(format!("{}: {e}", path.display())))?;
    Ok(path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(members: &[(u32, &[&str])]) -> Batch {
        let member = |&(slot, after): &(u32, &[&str])| Member {
            slot,
            after: after.iter().map(|&job| JobRef(job.into())).collect(),
        };
        Batch {
            token: "tok".into(),
            label: "call".into(),
            file: "batch".into(),
            logs: "logs".into(),
            needs: Needs {
                threads: 2,
                memory_bytes: 1 << 30,
                wall: Duration::from_secs(61),
                output_bytes: 0,
                passing_bytes: 0,
                scratch_bytes: 0,
            },
            members: members.iter().map(member).collect(),
        }
    }

    fn split(members: &[(u32, &[&str])]) -> Vec<(String, Option<String>)> {
        let batch = batch(members);
        let arrays = arrays(&batch.members.iter().collect::<Vec<_>>()).unwrap();
        arrays.iter().map(|a| (write_slots(&a.slots), a.after.option())).collect()
    }

    #[test]
    fn members_that_wait_alike_are_one_array() {
        assert_eq!(split(&[(3, &[]), (0, &[]), (1, &[])]), [("0-1,3".into(), None)]);
        assert_eq!(
            split(&[(0, &["7_0", "9_0"]), (2, &["9_2", "7_2"])]),
            [("0,2".into(), Some("--dependency=aftercorr:7:9".into()))]
        );
        assert_eq!(
            split(&[(0, &["7_3", "8_1"]), (1, &["8_1", "7_3"])]),
            [("0-1".into(), Some("--dependency=afterok:7_3:8_1".into()))]
        );
    }

    #[test]
    fn members_that_wait_for_different_things_are_several() {
        let expected = [
            ("5".into(), None),
            ("0".into(), Some("--dependency=aftercorr:7".into())),
            ("1".into(), Some("--dependency=aftercorr:7:8".into())),
            ("2".into(), Some("--dependency=afterok:7_0".into())),
        ];
        assert_eq!(
            split(&[(2, &["7_0"]), (0, &["7_0"]), (1, &["8_1", "7_1"]), (5, &[])]),
            expected
        );
        let elsewhere = batch(&[(0, &["local-5"])]);
        assert!(arrays(&elsewhere.members.iter().collect::<Vec<_>>()).is_err());
    }

    #[test]
    fn references_come_in_the_order_of_the_members_and_the_first_of_two_counts() {
        let batch = batch(&[(2, &["7_0"]), (0, &[]), (1, &[])]);
        let keys = [(30, 2), (20, 0), (31, 1), (21, 0), (20, 1), (29, 7)];
        let keys = keys.map(|(array, slot)| JobKey { array, slot });
        let refs: Vec<_> =
            refs(&batch, &first_of_each(keys.to_vec())).into_iter().map(|r| r.0).collect();
        assert_eq!(refs, ["30_2", "20_0", "20_1"]);
        assert_eq!(name(&batch), "call.tok");
    }

    #[test]
    fn no_folder_is_a_pattern() {
        let option = log_option(Path::new("/a %b/$(id)")).unwrap();
        assert_eq!(option, "--output=/a %%b/$(id)/%a.log");
        assert!(log_option(Path::new("/a\\b")).is_err());
    }

    #[test]
    fn the_number_of_a_job_is_read() {
        assert_eq!(number("12\n"), Ok(12));
        assert_eq!(number("12;lab\n"), Ok(12));
        assert_eq!(number("Welcome!\n12\n"), Ok(12));
        assert!(matches!(number("Submitted"), Err(Refusal::Down(_))));
    }
}
