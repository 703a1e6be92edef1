//! How jobs end.

use std::time::Duration;

use wgs_engine::{
    cluster::{Cause, Executor, JobState},
    slurm::SlurmOptions,
};

use crate::lab::{Lab, alone, lines, member, until_lines};

/// Nodes 1 and 2 are for everybody; the others are for single scenarios.
const SHARED: &str = "--exclude=node[3-4]";
/// Ends as the program does that is told to stop.
pub(crate) const IN_GOOD_ORDER: &str = "trap 'exit 130' TERM\necho >>ready\nsleep 600 &\nwait";

pub(crate) fn jobs_wait_for_each_other(lab: &Lab) {
    let mut site = lab.slurm(&lab.with(&[SHARED]));
    let script = "[ $1 != 1 ] || exit 7\nsleep 1\necho $1 >>ran";
    let first = lab.batch(script, (0..4).map(|slot| member(slot, &[])).collect());
    let first_jobs = site.taken(&first);
    let names: Vec<_> = first_jobs.iter().map(|job| job.0.rsplit('_').next().unwrap()).collect();
    assert_eq!(names, ["0", "1", "2", "3"]);
    // Each for its own predecessor, but for the last, which waits for two of them.
    let mut members: Vec<_> =
        (0..3).map(|slot| member(slot, &[&first_jobs[slot as usize]])).collect();
    members.push(member(3, &[&first_jobs[0], &first_jobs[2]]));
    let second = lab.batch("sleep 1; echo $1 >>ran", members);
    let second_jobs = site.taken(&second);
    assert_ne!(second_jobs[0].0.split('_').next(), second_jobs[3].0.split('_').next());
    let third = lab.batch("echo $1 >>ran", vec![member(0, &[&second_jobs[1]])]);
    let third_jobs = site.taken(&third);

    let ends = site.ends(&first_jobs);
    let causes: Vec<_> = ends.iter().map(|(cause, _)| cause.clone()).collect();
    assert_eq!(causes, [Cause::Completed, Cause::Failed(7), Cause::Completed, Cause::Completed]);
    for (_, report) in &ends {
        let placement = &report.placement;
        assert!(placement.machine.as_deref().unwrap().starts_with("node"));
        let (submitted, started) = (placement.submitted.unwrap(), placement.started.unwrap());
        assert!(started >= submitted && placement.ended.unwrap() >= started);
    }
    assert_eq!(
        site.causes(&second_jobs),
        [Cause::Completed, Cause::UpstreamFailed, Cause::Completed, Cause::Completed]
    );
    assert_eq!(site.causes(&third_jobs), [Cause::UpstreamFailed]);
    assert_eq!(lines(&first, "ran"), ["0", "2", "3"]);
    assert_eq!(lines(&second, "ran"), ["0", "2", "3"]);
    assert!(lines(&third, "ran").is_empty());
    assert!(first.logs.join("1.log").is_file());
}

pub(crate) fn memory_is_used_up(lab: &Lab) {
    let mut site = lab.slurm(&lab.with(&[SHARED]));
    let batch = lab.batch("(head -c 200000000 /dev/zero; sleep 3) | tail -c 300000000", alone());
    let jobs = site.taken(&batch);
    let (cause, report) = site.ends(&jobs).remove(0);
    assert_eq!(cause, Cause::OutOfMemory, "{report:?}");
}

pub(crate) fn time_is_over(lab: &Lab) {
    let mut site = lab.slurm(&lab.with(&[SHARED]));
    let mut batch = lab.batch("sleep 300", alone());
    batch.needs.wall = Duration::from_secs(5);
    let jobs = site.taken(&batch);
    assert_eq!(site.causes(&jobs), [Cause::TimeLimit]);
}

pub(crate) fn who_is_warned_of_the_end_of_its_time_lacked_time(lab: &Lab) {
    let mut site = lab.slurm(&lab.with(&[SHARED]));
    let batches = [(); 2].map(|()| lab.batch(IN_GOOD_ORDER, alone()));
    let [warned, stopped] = [0, 1].map(|n| site.taken(&batches[n]));
    let both = [warned.clone(), stopped.clone()].concat();
    site.until(&both, |states| states.iter().all(|state| *state == JobState::Running));
    lab.shorten(&warned[0]);
    until_lines(&batches[1], "ready", 1);
    lab.ask("scancel", &["--signal=TERM", "--batch", &stopped[0].0]);
    assert_eq!(site.causes(&stopped), [Cause::Failed(130)], "long before the end of its time");
    assert_eq!(site.causes(&warned), [Cause::TimeLimit]);
}

pub(crate) fn jobs_are_cancelled(lab: &Lab) {
    let mut site = lab.slurm(&lab.with(&[SHARED]));
    let script = "trap 'echo $1 >>told; exit 1' TERM\necho >>ready\nsleep 60 &\nwait";
    let running = lab.batch(script, vec![member(0, &[]), member(5, &[])]);
    let running_jobs = site.taken(&running);
    let later = SlurmOptions { vanished_seconds: 2, ..lab.with(&["--begin=now+1hour"]) };
    let mut later = lab.slurm(&later);
    let waiting_jobs = later.taken(&lab.batch("true", alone()));
    site.until(&running_jobs, |states| states.iter().all(|s| *s == JobState::Running));
    assert!(matches!(site.states(&waiting_jobs)[&waiting_jobs[0]].state, JobState::Waiting(_)));
    until_lines(&running, "ready", 2);
    let jobs = [running_jobs, waiting_jobs].concat();
    site.slurm.cancel(&jobs).unwrap();
    assert_eq!(site.causes(&jobs), [Cause::Cancelled, Cause::Cancelled, Cause::Cancelled]);
    // Of an array of which some jobs stay.
    let some_jobs = later.taken(&lab.batch("true", (0..4).map(|n| member(n, &[])).collect()));
    later.slurm.cancel(&some_jobs[1..3]).unwrap();
    assert_eq!(later.causes(&some_jobs[1..3]), [Cause::Cancelled, Cause::Cancelled]);
    assert!(matches!(later.states(&some_jobs)[&some_jobs[0]].state, JobState::Waiting(_)));
    later.slurm.cancel(&some_jobs).unwrap();
    assert_eq!(lines(&running, "told"), ["0", "5"]);
    // What is over, or never was, is left alone.
    site.slurm.cancel(&jobs).unwrap();
    site.slurm.cancel(&[wgs_engine::cluster::JobRef("999999_0".into())]).unwrap();
}

pub(crate) fn others_come_first(lab: &Lab) {
    let whole = ["--nodelist=node3", "--exclusive"];
    let spare = SlurmOptions { partition: Some("spare".into()), ..lab.with(&whole) };
    let mut site = lab.slurm(&SlurmOptions { requeue: false, ..spare });
    let jobs = site.taken(&lab.batch("sleep 120", alone()));
    site.until(&jobs, |states| states[0] == JobState::Running);
    let mut urgent =
        lab.slurm(&SlurmOptions { partition: Some("urgent".into()), ..lab.with(&whole) });
    let urgent_jobs = urgent.taken(&lab.batch("true", alone()));
    assert_eq!(urgent.causes(&urgent_jobs), [Cause::Completed]);
    assert_eq!(site.causes(&jobs), [Cause::Preempted]);
}
