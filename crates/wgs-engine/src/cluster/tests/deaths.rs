//! Controllers that die, and their journals.

use super::*;

#[test]
fn a_controller_that_dies_after_any_line_changes_nothing_in_the_end() {
    for grain in [Grain::Task, Grain::Case] {
        let run = |deaths: Option<usize>| {
            let fixture = Fixture::new(grain);
            fixture.submit(&["A", "B", "C", "D"]);
            let simulation = fixture.simulation(troubled());
            LINES_TO_DEATH.set(deaths);
            let mut report = fixture.control(&simulation);
            if deaths.is_some() && LINES_TO_DEATH.get().is_none() {
                report.unwrap_err();
                report = fixture.control(&simulation);
            }
            LINES_TO_DEATH.set(None);
            let report = report.unwrap();
            assert_eq!(simulation.alive(), 0);
            (report, simulation.ran(), fixture.entries().len())
        };
        let (undisturbed, ran, lines) = run(None);
        assert!(undisturbed.done >= 3, "{undisturbed:?}");
        for line in 0..lines {
            let (report, again, _) = run(Some(line));
            assert_eq!(report, undisturbed, "died after line {line}");
            assert!(again <= ran + 1, "died after line {line}: {again} jobs in place of {ran}");
        }
    }
}

#[test]
fn fewer_lines_say_the_same() {
    let mut fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B", "C", "D"]);
    let stop = fixture.stop.clone();
    let (mut troubled, mut orders) = (troubled(), 0);
    let simulation = fixture.simulation(Box::new(move |order, needs| {
        orders += 1;
        if orders == 22 {
            stop.request();
        }
        troubled(order, needs)
    }));
    fixture.control(&simulation).unwrap();
    let request = Request::read(&fixture.files()).unwrap();
    let mut state = state::State::of(&request);
    for entry in fixture.entries() {
        state.apply(&entry);
    }
    assert!(!state.flights.is_empty());
    let mut shorter = state::State::of(&request);
    state.entries().for_each(|entry| shorter.apply(&entry));
    for (one, other) in state.cases.iter().zip(&shorter.cases) {
        assert_eq!((&one.id, one.plan, &one.units), (&other.id, other.plan, &other.units));
    }
    let jobs = |state: &state::State| -> BTreeSet<_> {
        state.flights.values().map(|f| (f.case, f.unit, f.attempt, f.job.clone())).collect()
    };
    assert_eq!(jobs(&state), jobs(&shorter));
    assert_eq!(state.failures, shorter.failures);

    let mut journal = journal::Journal::open(&fixture.files().journal(), |_| {}).unwrap();
    journal.replace(state.entries()).unwrap();
    fixture.stop = Stop::default();
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (3, 1, 0, 0));
    assert_eq!(shorter.phase(0), Phase::Ordered);
}
