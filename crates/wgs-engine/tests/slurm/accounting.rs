//! What is known of jobs that the controller has forgotten.

use std::{thread, time::Duration};

use wgs_engine::{
    cluster::{Cause, Executor, JobRef, JobState},
    slurm::SlurmOptions,
};

use crate::lab::{Lab, age, alone, lines, member};

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

pub(crate) fn ends_are_known_without_it(lab: &Lab) {
    let options = SlurmOptions { vanished_seconds: 1, ..lab.options() };
    let mut site = lab.slurm(&options);
    let batch = lab.batch("exit $1", (0..3).map(|slot| member(slot, &[])).collect());
    let jobs = site.taken(&batch);
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
    let all = [jobs, later].concat();
    assert_eq!(site.causes(&all), expected[..6]);
    assert!(site.states(&all).values().all(|report| report.state != JobState::Running));
    let unknown = [JobRef("999999_0".into())];
    assert_eq!(site.causes(&unknown), [Cause::Vanished]);
    assert_eq!(site.slurm.name(), "slurm");
}
