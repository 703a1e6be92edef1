//! Machines and controllers that fail.

use wgs_engine::{
    cluster::{Cause, Executor, JobState, Refusal},
    slurm::SlurmOptions,
};

use crate::lab::{Lab, alone, lines};

pub(crate) fn a_machine_is_lost(lab: &Lab) {
    let script = "echo start >>ran; [ \"$(wc -l <ran)\" -gt 1 ] || sleep 300";
    let again = lab.batch(script, alone());
    let once = lab.batch("sleep 300", alone());
    let mut site = lab.slurm(&lab.with(&["--nodelist=node4"]));
    let again_jobs = site.taken(&again);
    let mut gives_up =
        lab.slurm(&SlurmOptions { requeue: false, ..lab.with(&["--nodelist=node4"]) });
    let once_jobs = gives_up.taken(&once);
    let both = [again_jobs.clone(), once_jobs.clone()].concat();
    site.until(&both, |states| states.iter().all(|state| *state == JobState::Running));
    lab.command("kill-node", &["4"]);
    assert_eq!(gives_up.causes(&once_jobs), [Cause::MachineLost]);
    site.until(&again_jobs, |states| matches!(states[0], JobState::Waiting(_)));
    lab.command("start-node", &["4"]);
    assert_eq!(site.causes(&again_jobs), [Cause::Completed]);
    assert_eq!(lines(&again, "ran"), ["start", "start"]);
}

pub(crate) fn the_controller_is_away(lab: &Lab) {
    let mut site = lab.slurm(&lab.options());
    let jobs = site.taken(&lab.batch("sleep 15", alone()));
    site.until(&jobs, |states| states[0] == JobState::Running);
    lab.command("stop-controller", &[]);
    let meanwhile = lab.batch("echo >>ran", alone());
    let refused = site.slurm.submit(&meanwhile);
    assert!(matches!(refused, Err(Refusal::Down(_))), "{refused:?}");
    let mut hasty = lab.options();
    hasty.timeout_seconds = 1;
    let refused = wgs_engine::slurm::Slurm::connect(hasty, wgs_engine::Program::new("/bin/true"));
    assert!(matches!(refused, Err(Refusal::Down(_))), "{refused:?}");
    lab.command("start-controller", &[]);
    let meanwhile_jobs = site.taken(&meanwhile);
    assert_eq!(site.causes(&[jobs, meanwhile_jobs].concat()), [Cause::Completed, Cause::Completed]);
    assert_eq!(lines(&meanwhile, "ran").len(), 1);
}
