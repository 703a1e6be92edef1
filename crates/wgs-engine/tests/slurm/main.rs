//! The executor on a real SLURM, which `scripts/slurm-lab` brings up for each test.

#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

mod accounting;
mod ends;
mod faults;
mod lab;
mod refusals;
mod run;
#[path = "../engine/support.rs"]
#[expect(dead_code, reason = "most of it is for tests of engines on this machine")]
mod support;

use std::thread;

use lab::Lab;

type Scenario = fn(&Lab);

/// Runs scenarios at the same time, since most of their time is waiting; the names of those that
/// failed.
fn all<'a>(lab: &Lab, scenarios: &[(&'a str, Scenario)]) -> Vec<&'a str> {
    thread::scope(|scope| {
        let started: Vec<_> = scenarios
            .iter()
            .map(|&(name, scenario)| (name, scope.spawn(move || scenario(lab))))
            .collect();
        started.into_iter().filter_map(|(name, run)| run.join().err().map(|_| name)).collect()
    })
}

#[test]
fn jobs_end_as_slurm_says() {
    let of_lab = ["--nodes", "4", "--cpus-per-node", "6", "--node-timeout", "6"];
    let lab = Lab::start(&[&of_lab[..], &["--max-array-size", "50"]].concat());
    let failed = thread::scope(|scope| {
        // SLURM looks at time limits twice a minute.
        let long: &[(&str, Scenario)] = &[
            ("time_is_over", ends::time_is_over),
            ("who_is_warned", ends::who_is_warned_of_the_end_of_its_time_lacked_time),
            ("a_case_gets_more_time", run::a_case_whose_time_does_not_suffice_gets_more),
        ];
        let long = scope.spawn(|| all(&lab, long));
        let mut failed = all(
            &lab,
            &[
                ("a_machine_is_lost", faults::a_machine_is_lost),
                ("jobs_wait_for_each_other", ends::jobs_wait_for_each_other),
                ("memory_is_used_up", ends::memory_is_used_up),
                ("jobs_are_cancelled", ends::jobs_are_cancelled),
                ("others_come_first", ends::others_come_first),
                ("what_cannot_be_is_refused", refusals::what_cannot_be_is_refused),
                ("there_are_too_many_jobs", refusals::there_are_too_many_jobs),
                ("a_batch_is_taken_once", accounting::a_batch_is_taken_once),
                ("made_twice", accounting::a_batch_that_was_made_twice_is_made_once),
                ("checks_tell", refusals::checks_tell),
            ],
        );
        failed.extend(all(&lab, &[("the_controller_is_away", faults::the_controller_is_away)]));
        failed.extend(long.join().unwrap());
        failed
    });
    assert!(failed.is_empty(), "failed: {failed:?}; {}", lab.describe());
}

#[test]
fn a_site_without_accounting() {
    let options = ["--nodes", "2", "--no-accounting", "--no-cgroups", "--min-job-age", "2"];
    let lab = Lab::start(&options);
    accounting::ends_are_known_without_it(&lab);
}
