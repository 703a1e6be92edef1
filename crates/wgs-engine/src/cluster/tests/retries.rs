//! What is tried again, and what is not.

use super::*;

#[test]
fn what_failed_once_is_tried_again_and_what_cannot_be_helped_is_not() {
    for (kind, times, state, tries) in [
        (ErrorKind::TaskFailed, 1, 1, 2),
        (ErrorKind::TaskFailed, 2, 0, 2),
        (ErrorKind::InvalidInput, 1, 0, 1),
        (ErrorKind::QualityGate, 1, 0, 1),
    ] {
        let fixture = Fixture::new(Grain::Case);
        fixture.submit(&["A", "B"]);
        let simulation = fixture.simulation(at_first("A", "-case", times, failing(kind)));
        let report = fixture.control(&simulation).unwrap();
        assert_eq!(counts(&report), (1 + state, 1 - state, 0, 0), "{kind}");
        assert_eq!(simulation.ran(), tries + 1);
        assert_eq!(report.error_kind(), (state == 0).then_some(kind));
        if state == 0 {
            assert_eq!(report.failures[0].1.message, "it broke");
        }
    }
}

#[test]
fn memory_and_time_grow_up_to_the_caps() {
    for (cause, memory, time) in [
        (Cause::OutOfMemory, vec![4, 6, 8], vec![1000, 1000, 1000]),
        (Cause::TimeLimit, vec![4, 4, 4], vec![1000, 2000, 4000]),
    ] {
        for (times, done) in [(2, 1), (3, 0)] {
            let fixture = Fixture::new(Grain::Case);
            fixture.submit(&["A"]);
            let script = at_first("A", "-case", times, killed(cause.clone()));
            let report = fixture.control(&fixture.simulation(script)).unwrap();
            assert_eq!(report.done, done, "{cause:?} {times}");
            let needs: Vec<Needs> = fixture.ordered().into_iter().map(|batch| batch.1).collect();
            assert_eq!(needs.iter().map(|n| n.memory_bytes >> 30).collect::<Vec<_>>(), memory);
            assert_eq!(needs.iter().map(|n| n.wall.as_secs()).collect::<Vec<_>>(), time);
            if done == 0 {
                let message = &report.failures[0].1.message;
                assert!(message.contains("no job may have more"), "{message}");
            }
        }
    }
}

#[test]
fn machines_may_fail_and_others_may_come_first() {
    for (cause, bound) in [
        (Cause::MachineLost, 5),
        (Cause::Vanished, 5),
        (Cause::Cancelled, 5),
        (Cause::Completed, 5),
        (Cause::Failed(137), 5),
        (Cause::Preempted, 100),
    ] {
        for (times, done) in [(bound, 1), (bound + 1, 0)] {
            let fixture = Fixture::new(Grain::Case);
            fixture.submit(&["A"]);
            let script = at_first("A", "-case", times, killed(cause.clone()));
            let report = fixture.control(&fixture.simulation(script)).unwrap();
            assert_eq!(report.done, done, "{cause:?} {times}");
        }
    }
}

#[test]
fn a_case_that_another_process_works_on_is_waited_for() {
    let fixture = Fixture::new(Grain::Case);
    fixture.submit(&["A", "B"]);
    let occupied = Course {
        time: Duration::from_secs(1),
        cause: Cause::Failed(i32::from(ErrorKind::Permission.exit_code())),
        result: Some(UnitResult::Occupied { by: "another run works on this case".into() }),
        missed_gate: None,
    };
    let report = fixture.control(&fixture.simulation(at_first("A", "-case", 8, occupied))).unwrap();
    assert_eq!(counts(&report), (2, 0, 0, 0));
    let again = fixture.decisions().into_iter().filter(|d| *d == Decision::Again(Why::Occupied));
    assert_eq!(again.count(), 8);
    let least = Duration::from_secs(30 + 60 + 120 + 240 + 480 + 900 + 900 + 900);
    let waited = fixture.world.now();
    assert!(waited > least && waited < least * 2, "{waited:?}");
    assert!(fixture.world.pauses() < 400, "{} pauses", fixture.world.pauses());
}

#[test]
fn jobs_that_were_lost_are_ended_lest_they_come_back() {
    for (cause, ended) in [
        (Cause::Vanished, 1),
        (Cause::MachineLost, 1),
        (Cause::Preempted, 0),
        (Cause::Failed(9), 0),
    ] {
        let fixture = Fixture::new(Grain::Case);
        fixture.submit(&["A"]);
        let simulation = fixture.simulation(at_first("A", "-case", 1, killed(cause.clone())));
        assert_eq!(fixture.control(&simulation).unwrap().done, 1);
        assert_eq!(simulation.cancelled(), vec![JobRef("0".into()); ended], "{cause:?}");
    }
}

#[test]
fn a_failure_upstream_is_made_good_and_the_chain_goes_on() {
    let fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B"]);
    let script = at_first("A", "reads", 1, killed(Cause::MachineLost));
    let report = fixture.control(&fixture.simulation(script)).unwrap();
    assert_eq!(counts(&report), (2, 0, 0, 0));
    let again = |why| Decision::Again(why);
    let decisions: BTreeMap<String, usize> =
        fixture.decisions().into_iter().fold(BTreeMap::new(), |mut counts, decision| {
            *counts.entry(format!("{decision:?}")).or_default() += 1;
            counts
        });
    assert_eq!(decisions[&format!("{:?}", again(Why::Lost))], 1);
    assert_eq!(decisions[&format!("{:?}", again(Why::Upstream))], 3);
    assert_eq!(decisions["Done"], 10);
}

#[test]
fn what_waits_for_a_failure_does_not_run() {
    let fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B"]);
    let script = at_first("A", "call", 9, failing(ErrorKind::Truncated));
    let simulation = fixture.simulation(script);
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (1, 1, 0, 0));
    assert_eq!(report.error_kind(), Some(ErrorKind::Truncated));
    assert_eq!(simulation.ran(), 5 + 3);
    assert_eq!(simulation.alive(), 0);
}

#[test]
fn outdated_tasks_and_all_after_them_run_again() {
    let fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A"]);
    let tasks = vec![TaskId::of_case("reads")];
    let outdated = Course {
        missed_gate: None,
        time: Duration::from_secs(1),
        cause: Cause::Failed(10),
        result: Some(UnitResult::Outdated { tasks }),
    };
    let report =
        fixture.control(&fixture.simulation(at_first("A", "report", 1, outdated.clone()))).unwrap();
    assert_eq!(counts(&report), (1, 0, 0, 0));
    let labels: Vec<String> = fixture.ordered().into_iter().map(|batch| batch.0).collect();
    let again = ["reads", "call", "report", "close"];
    assert_eq!(labels[5..], again, "{labels:?}");

    let endless = Fixture::new(Grain::Task);
    endless.submit(&["A"]);
    let report =
        endless.control(&endless.simulation(at_first("A", "report", 99, outdated))).unwrap();
    assert_eq!(counts(&report), (0, 1, 0, 0));
}

#[test]
fn nothing_is_tried_with_more_than_the_executor_has() {
    let most = Most { memory_bytes: Some(5 << 30), wall: Some(Duration::from_secs(1500)) };
    for (cause, needs) in [(Cause::OutOfMemory, (5, 1000)), (Cause::TimeLimit, (4, 1500))] {
        let fixture = Fixture::new(Grain::Case);
        fixture.submit(&["A"]);
        let simulation = fixture.simulation(at_first("A", "-case", 9, killed(cause)));
        simulation.set_most(most);
        assert_eq!(counts(&fixture.control(&simulation).unwrap()), (0, 1, 0, 0));
        let tried = fixture.ordered().into_iter().map(|batch| batch.1);
        let tried: Vec<_> = tried.map(|n| (n.memory_bytes >> 30, n.wall.as_secs())).collect();
        assert_eq!(tried, [(4, 1000), needs]);
    }
}
