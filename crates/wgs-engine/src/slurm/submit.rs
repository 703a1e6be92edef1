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
use crate::cluster::{Batch, Cause, JobRef, JobState, Member, Needs, Refusal};

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
    /// Tells it from all others, of all runs.
    name: String,
    after: After,
    /// Sorted.
    slots: Vec<u32>,
}

/// Hands on a batch, or finds it handed on.
pub(super) fn submit(slurm: &Slurm, batch: &Batch) -> Result<Vec<JobRef>, Refusal> {
    let arrays = arrays(batch)?;
    let rows = queue::jobs(&slurm.commands)?;
    let mut known = known(slurm, batch, &arrays, &rows)?;
    let missing: usize =
        arrays.iter().filter(|a| !known.contains_key(&a.name)).map(|a| a.slots.len()).sum();
    let queued: usize = rows.iter().map(queue::Row::unended).sum();
    if let Some(most) = slurm.options.max_in_queue
        && missing > 0
        && queued > 0
        && queued + missing > most
    {
        return Err(Refusal::Full(format!("{queued} jobs are in the queue, of at most {most}")));
    }
    let script = batch.logs.join("job.sh");
    if missing > 0 {
        check_shape(slurm, &batch.needs)?;
        output::write(&script, SCRIPT).map_err(|e| Refusal::Down(e.to_string()))?;
    }
    for array in &arrays {
        if known.contains_key(&array.name) {
            continue;
        }
        let sent = arguments(slurm, batch, array, &script)
            .and_then(|arguments| slurm.commands.ask("sbatch", &arguments))
            .and_then(|said| number(&said));
        match sent {
            Ok(number) => known.insert(array.name.clone(), number),
            Err(refusal) => {
                withdraw(slurm, &arrays, &known, &refusal);
                return Err(refusal);
            }
        };
    }
    Ok(refs(batch, &arrays, &known))
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

/// A batch is taken whole or not at all. Where nobody answers, nothing can be taken back: the same
/// batch, handed on again, will find what got through.
fn withdraw(slurm: &Slurm, arrays: &[Array], known: &BTreeMap<String, u32>, refusal: &Refusal) {
    if matches!(refusal, Refusal::Down(_)) {
        return;
    }
    let taken = arrays.iter().filter_map(|array| Some((known.get(&array.name)?, array)));
    let keys: Vec<_> = taken
        .flat_map(|(&number, array)| array.slots.iter().map(move |&slot| (number, slot)))
        .map(|(array, slot)| JobKey { array, slot })
        .collect();
    // If this fails too, the next try finds them.
    let _ = poll::cancel(&slurm.commands, &keys);
}

/// Groups the members by what they wait for; the order depends on nothing but the batch.
fn arrays(batch: &Batch) -> Result<Vec<Array>, Refusal> {
    let mut groups: BTreeMap<After, Vec<u32>> = BTreeMap::new();
    for member in &batch.members {
        groups.entry(After::of(member)?).or_default().push(member.slot);
    }
    let array = |(number, (after, mut slots)): (usize, (After, Vec<u32>))| {
        slots.sort_unstable();
        let name = format!("{}.{}.{number}", batch.label, batch.token);
        Array { name, after, slots }
    };
    Ok(groups.into_iter().enumerate().map(array).collect())
}

/// Those of the arrays that SLURM has. One whose jobs were all cancelled does not count: that is
/// what becomes of a batch of which only a part was taken.
fn known(
    slurm: &Slurm,
    batch: &Batch,
    arrays: &[Array],
    rows: &[queue::Row],
) -> Result<BTreeMap<String, u32>, Refusal> {
    let names: Vec<_> = arrays.iter().map(|array| array.name.clone()).collect();
    let live = rows.iter().filter(|row| row.state != JobState::Ended(Cause::Cancelled));
    let mut known: BTreeMap<_, _> = live
        .filter(|row| names.contains(&row.name))
        .map(|row| (row.name.clone(), row.array))
        .collect();
    if known.len() < names.len() && slurm.site.has_accounting && !is_young(&batch.file) {
        match accounting::arrays_named(&slurm.commands, &names) {
            Err(down @ Refusal::Down(_)) => return Err(down),
            // Not everybody may ask everywhere.
            Err(_) => {}
            Ok(arrays) => known.extend(arrays),
        }
    }
    Ok(known)
}

/// Whether a file was written just now, by whatever clock; if in doubt, it was not.
fn is_young(path: &Path) -> bool {
    let written = std::fs::metadata(path).and_then(|found| found.modified());
    written.is_ok_and(|time| SystemTime::now().duration_since(time).is_ok_and(|age| age < YOUNG))
}

fn refs(batch: &Batch, arrays: &[Array], known: &BTreeMap<String, u32>) -> Vec<JobRef> {
    let slots: BTreeMap<u32, u32> = arrays
        .iter()
        .filter_map(|array| Some((array, *known.get(&array.name)?)))
        .flat_map(|(array, number)| array.slots.iter().map(move |&slot| (slot, number)))
        .collect();
    let key =
        |member: &Member| Some(JobKey { array: *slots.get(&member.slot)?, slot: member.slot });
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
            format!("--job-name={}", array.name),
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
    let wanted = needs.wall.as_secs().div_ceil(60).max(1);
    [slurm.options.max_time_minutes, slurm.site.max_time_minutes]
        .into_iter()
        .flatten()
        .fold(wanted, u64::min)
        .max(1)
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
                scratch_bytes: 0,
            },
            members: members.iter().map(member).collect(),
        }
    }

    fn split(members: &[(u32, &[&str])]) -> Vec<(String, Option<String>)> {
        let arrays = arrays(&batch(members)).unwrap();
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
        assert!(arrays(&batch(&[(0, &["local-5"])])).is_err());
    }

    #[test]
    fn references_come_in_the_order_of_the_members() {
        let batch = batch(&[(2, &["7_0"]), (0, &[]), (1, &[])]);
        let arrays = arrays(&batch).unwrap();
        let names = ["call.tok.0", "call.tok.1"].map(String::from);
        let known = names.into_iter().zip([20, 30]).collect();
        let refs: Vec<_> = refs(&batch, &arrays, &known).into_iter().map(|r| r.0).collect();
        assert_eq!(refs, ["30_2", "20_0", "20_1"]);
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
