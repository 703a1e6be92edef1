//! What SLURM does not take.

use wgs_engine::{
    cluster::{Cause, Executor, Refusal},
    slurm::{SlurmOptions, check},
};

use crate::lab::{Lab, alone, member};

pub(crate) fn what_cannot_be_is_refused(lab: &Lab) {
    let never = |options: SlurmOptions, change: fn(&mut wgs_engine::cluster::Needs)| {
        let mut batch = lab.batch("true", alone());
        change(&mut batch.needs);
        match lab.slurm(&options).submit(&batch) {
            Err(Refusal::Never { message, hint }) => {
                assert!(hint.is_some(), "{message}");
                message
            }
            other => panic!("{other:?}"),
        }
    };
    let with = |change: fn(&mut SlurmOptions)| {
        let mut options = lab.options();
        change(&mut options);
        options
    };
    let said = never(with(|o| o.account = Some("other".into())), |_| {});
    assert!(said.contains("Invalid account"), "{said}");
    let said = never(with(|o| o.partition = Some("no where".into())), |_| {});
    assert!(said.contains("no where"), "{said}");
    let said = never(with(|o| o.qos = Some("none".into())), |_| {});
    assert!(said.contains("Invalid qos"), "{said}");
    let said = never(with(|o| o.constraint = Some("gpu".into())), |_| {});
    assert!(said.contains("Invalid feature"), "{said}");
    let said = never(lab.options(), |needs| needs.memory_bytes = 1 << 50);
    assert!(said.contains("1073741824 MiB"), "{said}");
    let said = never(lab.options(), |needs| needs.threads = 64);
    assert!(said.contains("64 threads"), "{said}");
}

pub(crate) fn there_are_too_many_jobs(lab: &Lab) {
    let few = SlurmOptions { qos: Some("few".into()), ..lab.with(&["--begin=now+1hour"]) };
    let mut site = lab.slurm(&few);
    assert_eq!(site.slurm.max_batch(), 3);
    let first = site.taken(&lab.batch("true", vec![member(0, &[]), member(1, &[])]));
    let other = lab.batch("true", vec![member(0, &[]), member(1, &[&first[0]])]);
    match site.submit(&other) {
        Err(Refusal::Full(words)) => assert!(words.contains("QOSMaxSubmitJobPerUserLimit")),
        other => panic!("{other:?}"),
    }
    // As long as it is not sure that the half that there was room for is taken back, the batch is
    // not refused.
    let helpless =
        lab.commands_with("scancel", "echo 'Unable to contact slurm controller' >&2; exit 1");
    let mut helpless = lab.slurm(&SlurmOptions { commands: Some(helpless), ..few.clone() });
    match helpless.slurm.submit(&other) {
        Err(Refusal::Down(words)) => assert!(words.contains("Unable to contact"), "{words}"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(site.submit(&other), Err(Refusal::Full(_))));
    // The half that there was room for was taken back: the room is there once more, and a second
    // try takes all.
    let third = site.taken(&lab.batch("true", alone()));
    site.slurm.cancel(&[first.clone(), third.clone()].concat()).unwrap();
    let causes = site.causes(&[first, third].concat());
    assert!(causes.iter().all(|cause| *cause == Cause::Cancelled), "{causes:?}");
    let jobs = site.taken(&lab.batch("true", vec![member(2, &[])]));
    let again = site.taken(&other_again(&other));
    site.slurm.cancel(&[jobs, again].concat()).unwrap();

    let narrow = SlurmOptions { max_in_queue: Some(1), ..lab.options() };
    let mut site = lab.slurm(&narrow);
    let jobs = lab.slurm(&lab.with(&["--begin=now+1hour"])).taken(&lab.batch("true", alone()));
    let refused = site.submit(&lab.batch("true", alone()));
    assert!(matches!(refused, Err(Refusal::Full(_))), "{refused:?}");
    site.slurm.cancel(&jobs).unwrap();
}

/// The same batch, whose members wait for nothing that is gone.
fn other_again(batch: &wgs_engine::cluster::Batch) -> wgs_engine::cluster::Batch {
    let mut batch = batch.clone();
    batch.members = vec![member(0, &[]), member(1, &[])];
    batch
}

pub(crate) fn checks_tell(lab: &Lab) {
    let results: Vec<_> = check(&lab.options());
    for check in &results {
        assert!(check.result.is_ok(), "{check:?}");
    }
    let whats: Vec<_> = results.iter().map(|check| check.what).collect();
    assert_eq!(whats, ["slurm", "accounting", "clock", "submission"]);
    let stranger = SlurmOptions { account: Some("other".into()), ..lab.options() };
    let failed = check(&stranger).pop().unwrap().result.unwrap_err();
    assert!(failed.message.contains("Invalid account"), "{failed:?}");
}
