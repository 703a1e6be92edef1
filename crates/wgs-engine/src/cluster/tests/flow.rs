//! Cases on their way through, and who hears of it.

use super::*;

#[test]
fn cases_go_through_as_whole_jobs_in_batches() {
    let fixture = Fixture::new(Grain::Case);
    let names: Vec<String> = (0..25).map(|n| format!("C{n}")).collect();
    fixture.submit(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let simulation = fixture.simulation(Box::new(good));
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (25, 0, 0, 0));
    assert_eq!(report.error_kind(), None);
    assert_eq!(simulation.ran(), 25);
    let sizes: Vec<usize> = fixture.ordered().iter().map(|batch| batch.2).collect();
    assert_eq!(sizes, [10, 10, 5]);
    let left = std::fs::read_dir(fixture.files().folder().join("batches")).unwrap().count();
    assert_eq!(left, 0, "nothing is left of batches that went well");
}

#[test]
fn chains_of_tasks_wait_at_the_executor() {
    let fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B", "C"]);
    let simulation = fixture.simulation(Box::new(good));
    simulation.set_door(Box::new(|batch| {
        let waits: Vec<usize> = batch.members.iter().map(|member| member.after.len()).collect();
        let expected = match batch.label.as_str() {
            "reads" | "qc" => 0,
            "call" => 1,
            "report" => 2,
            _ => 4,
        };
        assert_eq!(waits, [expected; 3], "{}", batch.label);
        assert_eq!(batch.members.iter().map(|m| m.slot).collect::<Vec<_>>(), [0, 1, 2]);
        Ok(())
    }));
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (3, 0, 0, 0));
    let labels: Vec<String> = fixture.ordered().into_iter().map(|batch| batch.0).collect();
    assert_eq!(labels, ["reads", "qc", "call", "report", "close"]);
    assert!(fixture.world.now() < Duration::from_secs(900), "{:?}", fixture.world.now());
}

#[test]
fn a_missed_quality_gate_is_told_until_the_case_is_done_again() {
    for grain in [Grain::Case, Grain::Task] {
        let fixture = Fixture::new(grain);
        fixture.submit(&["A", "B"]);
        let gate = FailureEntry::from(&crate::Failure::new(ErrorKind::QualityGate, "too few"));
        let missed = gate.clone();
        let report = fixture.control(&fixture.simulation(Box::new(move |order, needs| {
            let is_end = order.case.as_str() == "B" && !matches!(order.unit, Unit::Task(_));
            Course { missed_gate: is_end.then(|| missed.clone()), ..good(order, needs) }
        })));
        let report = report.unwrap();
        assert_eq!(counts(&report), (2, 0, 0, 0));
        assert_eq!(report.error_kind(), Some(ErrorKind::QualityGate));
        assert_eq!(report.missed_gates, [("B".parse::<CaseId>().unwrap(), gate.clone())]);
        let told = || {
            let lines = RunStatus::read(fixture.out()).unwrap().cases;
            lines.into_iter().map(|line| line.missed_gate).collect::<Vec<_>>()
        };
        assert_eq!(told(), [None, Some(gate)]);
        fixture.submit(&["A", "B"]);
        let report = fixture.control(&fixture.simulation(Box::new(good))).unwrap();
        assert_eq!((report.error_kind(), told()), (None, vec![None, None]));
    }
}

/// However often jobs are tried again, whatever kills them, and though some go on after others failed.
#[test]
fn observers_hear_once_that_a_case_begins_and_once_that_it_is_over() {
    for grain in [Grain::Task, Grain::Case] {
        let fixture = Fixture::new(grain);
        fixture.submit(&["A", "B", "C", "D"]);
        let mut ends = Ends::default();
        let simulation = fixture.simulation(troubled());
        let report = fixture.control_observed(&simulation, &mut ends).unwrap();
        ends.0.sort_by(|a, b| a.0.cmp(&b.0));
        let of = |case: &str, what| (case.parse::<CaseId>().unwrap(), what);
        let mut expected = Vec::new();
        for case in ["A", "B", "C", "D"] {
            let failed = report.failures.iter().any(|(of, _)| of.as_str() == case);
            let end = if failed { crate::CaseState::Failed } else { crate::CaseState::Succeeded };
            expected.extend([of(case, Ok(tasks().len())), of(case, Err(end))]);
        }
        assert_eq!(ends.0, expected, "{grain:?}");
    }
}

#[test]
fn a_status_is_read_from_the_files_alone() {
    let mut fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B", "C", "D"]);
    let before = RunStatus::read(fixture.out()).unwrap();
    assert_eq!((&before.controller, before.is_new), (&Controller::None, true));
    assert_eq!(before.counts(), BTreeMap::from([(CaseWord::Pending, 4)]));
    let stop = fixture.stop.clone();
    let world = fixture.world.clone();
    let simulation = fixture.simulation(Box::new(move |order, needs| {
        if world.now() > Duration::from_secs(50) {
            stop.request();
        }
        if order.case.as_str() == "A" && order.unit.name() == "qc" {
            return failing(ErrorKind::TaskFailed);
        }
        good(order, needs)
    }));
    let _ = fixture.control(&simulation).unwrap();
    fixture.stop = Stop::default();
    fixture.control(&simulation).unwrap();
    let after = RunStatus::read(fixture.out()).unwrap();
    assert_eq!(after.counts(), BTreeMap::from([(CaseWord::Done, 3), (CaseWord::Failed, 1)]));
    let line = &after.cases[0];
    assert_eq!((line.state, line.done, line.units), (CaseWord::Failed, 2, 5));
    assert_eq!(line.failure.as_ref().unwrap().message, "it broke");
    assert_eq!(after.trouble, None);
}
