//! Runs that are to end.

use super::*;

#[test]
fn what_rests_can_be_cancelled() {
    let fixture = Fixture::new(Grain::Case);
    fixture.submit(&["A"]);
    let (files, mut orders) = (fixture.files(), 0);
    let simulation = fixture.simulation(Box::new(move |_, _| {
        orders += 1;
        if orders == 4 {
            CancelRequest { cases: None, by: "me".into() }.write(&files).unwrap();
        }
        let result = Some(UnitResult::Occupied { by: "another".into() });
        Course { time: Duration::ZERO, cause: Cause::Failed(4), result, missed_gate: None }
    }));
    let report = fixture.control(&simulation).unwrap();
    assert_eq!((counts(&report), simulation.ran()), ((0, 0, 1, 0), 4));
}

#[test]
fn cancelled_cases_end_and_the_others_go_on() {
    let fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B"]);
    let (files, case) = (fixture.files(), "A".parse::<CaseId>().unwrap());
    let mut orders = 0;
    let simulation = fixture.simulation(Box::new(move |order, needs| {
        orders += 1;
        if orders == 10 {
            let wish = CancelRequest { cases: Some(vec![case.clone()]), by: "me".into() };
            wish.write(&files).unwrap();
        }
        good(order, needs)
    }));
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (1, 0, 1, 0));
    assert_eq!(simulation.alive(), 0);
    assert!(!CancelRequest::is_any(&fixture.files()));
    assert_eq!(report.error_kind(), Some(ErrorKind::Interrupted));

    let again = fixture.submit(&["A", "B"]);
    assert_eq!(again.submission, 2);
    let report = fixture.control(&fixture.simulation(Box::new(good))).unwrap();
    assert_eq!(counts(&report), (2, 0, 0, 0));
}

#[test]
fn a_signal_ends_a_run_in_the_foreground_and_leaves_one_behind_alone() {
    for mode in [Mode::Foreground, Mode::Detached] {
        let mut fixture = Fixture::new(Grain::Case);
        fixture.mode = mode;
        fixture.submit(&["A", "B"]);
        let stop = fixture.stop.clone();
        let simulation = fixture.simulation(Box::new(move |order, needs| {
            stop.request();
            good(order, needs)
        }));
        let report = fixture.control(&simulation).unwrap();
        assert_eq!(report.error_kind(), Some(ErrorKind::Interrupted));
        if mode == Mode::Foreground {
            assert_eq!((counts(&report), simulation.alive()), ((0, 0, 2, 0), 0));
            continue;
        }
        assert_eq!((counts(&report), simulation.alive()), ((0, 0, 0, 2), 2));
        fixture.stop = Stop::default();
        let report = fixture.control(&simulation).unwrap();
        assert_eq!(counts(&report), (2, 0, 0, 0));
        assert_eq!(simulation.ran(), 2, "the jobs of before were found");
    }
}

#[test]
fn without_a_controller_a_wish_is_still_carried_out() {
    let mut fixture = Fixture::new(Grain::Case);
    fixture.submit(&["A", "B"]);
    let stop = fixture.stop.clone();
    let simulation = fixture.simulation(Box::new(move |order, needs| {
        stop.request();
        good(order, needs)
    }));
    fixture.control(&simulation).unwrap();
    fixture.stop = Stop::default();
    fixture.mode = Mode::CancelOnly;
    CancelRequest { cases: None, by: "me".into() }.write(&fixture.files()).unwrap();
    let report = fixture.control(&simulation).unwrap();
    assert_eq!((counts(&report), simulation.alive()), ((0, 0, 2, 0), 0));
}

#[test]
fn a_case_that_is_cancelled_before_it_begins_is_over() {
    let fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A"]);
    CancelRequest { cases: None, by: "somebody".into() }.write(&fixture.files()).unwrap();
    let mut ends = Ends::default();
    fixture.control_observed(&fixture.simulation(Box::new(good)), &mut ends).unwrap();
    assert_eq!(ends.0, [("A".parse().unwrap(), Err(crate::CaseState::Interrupted))]);
}

#[test]
fn what_is_cancelled_while_the_disk_is_full_is_over_at_once() {
    let fixture = Fixture::new(Grain::Case);
    fixture.submit(&["A", "B"]);
    fixture.world.set_free_bytes(1000);
    let files = fixture.files();
    let simulation = fixture.simulation(Box::new(move |_, _| {
        CancelRequest { cases: None, by: "me".into() }.write(&files).unwrap();
        failing(ErrorKind::OutOfSpace)
    }));
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (0, 0, 2, 0));
    assert!(fixture.world.now() < Duration::from_secs(600), "{:?}", fixture.world.now());
}

#[test]
fn cases_that_were_done_before_are_not_told_to_end_again() {
    let fixture = Fixture::new(Grain::Case);
    fixture.submit(&["A"]);
    fixture.control(&fixture.simulation(Box::new(good))).unwrap();
    CancelRequest { cases: None, by: "me".into() }.write(&fixture.files()).unwrap();
    let mut ends = Ends::default();
    fixture.control_observed(&fixture.simulation(Box::new(good)), &mut ends).unwrap();
    assert_eq!(ends.0, []);
}
