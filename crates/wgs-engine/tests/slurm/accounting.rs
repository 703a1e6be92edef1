//! What is known of jobs that the controller has forgotten.

use std::{thread, time::Duration};

use wgs_engine::{
    cluster::{Cause, Executor, JobRef, JobReport, JobState},
    slurm::SlurmOptions,
};

use crate::{
    ends::IN_GOOD_ORDER,
    lab::{Lab, age, alone, lines, member},
};

pub(crate) fn a_batch_is_taken_once(lab: &Lab) {
    let mut site = lab.slurm(&lab.options());
    let first = site.taken(&lab.batch("true", alone()));
    let batch =
        lab.batch("echo $1 >>ran", vec![member(3, &[]), member(1, &[]), member(0, &[&first[0]])]);
    let jobs = site.taken(&batch);
    assert_eq!(lab.slurm(&lab.options()).taken(&batch), jobs);
    assert_eq!(site.causes(&jobs), [Cause::Completed, Cause::Completed, Cause::Completed]);
    age(&batch.file);
    assert_eq!(lab.slurm(&lab.options()).taken(&batch), jobs);
    assert_eq!(lines(&batch, "ran"), ["0", "1", "3"]);
}

pub(crate) fn a_batch_that_was_made_twice_is_made_once(lab: &Lab) {
    let mut site = lab.slurm(&lab.with(&["--begin=now+1hour"]));
    let batch = lab.batch("true", vec![member(0, &[]), member(1, &[])]);
    let jobs = site.taken(&batch);
    let name = format!("--job-name=test.{}", batch.token);
    // As a first try would be that gets through late.
    let late =
        ["--parsable", "--array=0-1", "--begin=now+1hour", "--mem=10M", &name, "--wrap=true"];
    let late = lab.ask("sbatch", &late);
    let late: Vec<_> = (0..2).map(|slot| JobRef(format!("{}_{slot}", late.trim()))).collect();
    assert_eq!(lab.slurm(&lab.options()).taken(&batch), jobs, "the first counts");
    site.states(&jobs);
    assert_eq!(site.causes(&late), [Cause::Cancelled, Cause::Cancelled]);
    let waits = |report: &JobReport| matches!(report.state, JobState::Waiting(_));
    assert!(site.states(&jobs).values().all(waits));
    // Only what somebody ended is made again.
    site.slurm.cancel(&jobs[1..]).unwrap();
    site.until(&jobs[1..], |states| states[0] == JobState::Ended(Cause::Cancelled));
    let again = site.taken(&batch);
    assert_eq!(again[0], jobs[0]);
    assert_ne!(again[1], jobs[1]);
    site.slurm.cancel(&again).unwrap();
}

pub(crate) fn ends_are_known_without_it(lab: &Lab) {
    let options = SlurmOptions { vanished_seconds: 1, ..lab.options() };
    let mut site = lab.slurm(&options);
    let batch = lab.batch("exit $1", (0..3).map(|slot| member(slot, &[])).collect());
    let jobs = site.taken(&batch);
    let warned = site.taken(&lab.batch(IN_GOOD_ORDER, alone()));
    site.until(&warned, |states| states[0] == JobState::Running);
    lab.shorten(&warned[0]);
    let members = (0..3).map(|slot| member(slot, &[&jobs[slot as usize]])).collect();
    let later = site.taken(&lab.batch("true", members));
    // No state tells of memory here.
    let hungry = lab.batch(
        "(head -c 200000000 /dev/zero | tr '\\0' 'x'; sleep 20) | tail -c 300000000",
        alone(),
    );
    let hungry = site.taken(&hungry);
    let causes = site.causes(&[jobs.clone(), later.clone(), hungry].concat());
    let expected = [
        Cause::Completed,
        Cause::Failed(1),
        Cause::Failed(2),
        Cause::Completed,
        Cause::UpstreamFailed,
        Cause::UpstreamFailed,
        Cause::Failed(137),
    ];
    assert_eq!(causes, expected);
    // By now the controller has forgotten some of them, and soon all.
    while !lab.ask("squeue", &["--noheader", "--states=all"]).is_empty() {
        thread::sleep(Duration::from_millis(500));
    }
    let all = [jobs.clone(), later].concat();
    assert_eq!(site.causes(&all), expected[..6]);
    assert_eq!(site.causes(&warned), [Cause::TimeLimit]);
    // Who waits for what was forgotten waits for nothing.
    let after = site.taken(&lab.batch("true", vec![member(1, &[&jobs[0]])]));
    assert_eq!(site.causes(&after), [Cause::Completed]);
    assert!(site.states(&all).values().all(|report| report.state != JobState::Running));
    let unknown = [JobRef("999999_0".into())];
    assert_eq!(site.causes(&unknown), [Cause::Vanished]);
    assert_eq!(site.slurm.name(), "slurm");
}
