//! One submission after another.

use super::*;

#[test]
fn a_submission_with_fewer_units_than_the_one_before_ends() {
    let mut fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A"]);
    let simulation =
        fixture.simulation(at_first("A", "report", 1, failing(ErrorKind::InvalidInput)));
    assert_eq!(counts(&fixture.control(&simulation).unwrap()), (0, 1, 0, 0));
    fixture.grain = Grain::Case;
    fixture.submit(&["A"]);
    assert_eq!(counts(&fixture.control(&simulation).unwrap()), (1, 0, 0, 0));
}

#[test]
fn a_new_submission_does_what_changed() {
    let fixture = Fixture::new(Grain::Case);
    fixture.submit(&["A", "B", "C", "D"]);
    let script = at_first("C", "-case", 9, failing(ErrorKind::InvalidInput));
    assert_eq!(counts(&fixture.control(&fixture.simulation(script)).unwrap()), (3, 1, 0, 0));
    done_by_record(&fixture, "A");
    done_by_record(&fixture, "B");

    let mut changed = fixture.plan("B");
    changed.tasks[0].params = serde_json::json!({"x": 1});
    let plans = [fixture.plan("A"), changed, fixture.plan("C"), fixture.plan("E")];
    fixture.submit_plans(&plans).unwrap();
    let simulation = fixture.simulation(Box::new(good));
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (4, 0, 0, 0));
    assert_eq!(report.removed, ["D".parse().unwrap()]);
    assert_eq!(simulation.ran(), 3, "B changed, C failed, E is new; A is as it was");

    output::write(&plans[0].tasks[0].outputs[0].path, "changed").unwrap();
    fixture.submit_plans(&plans).unwrap();
    let simulation = fixture.simulation(Box::new(good));
    fixture.control(&simulation).unwrap();
    assert_eq!(simulation.ran(), 4, "A was touched; of the others there is no record");
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(7, |metadata| metadata.len())
}

/// Leaves what a case that was really done would.
fn done_by_record(fixture: &Fixture, case: &str) {
    use crate::{FileEntry, RunRecord, TaskStatus, Usage, run_record::*};
    let plan = fixture.plan(case);
    let time = Time::now();
    let usage: Usage = serde_json::from_value(serde_json::json!({
        "started": time, "finished": time, "wall_s": 1.0, "user_s": 1.0, "system_s": 0.0,
        "max_rss_bytes": 1,
    }))
    .unwrap();
    let mut entries = Vec::new();
    for spec in &plan.tasks {
        output::create_folder(plan.layout.folder()).unwrap();
        let mut outputs = Vec::new();
        for output in &spec.outputs {
            output::write(&output.path, "content").unwrap();
            let (name, path, sha256) = (output.name.clone(), output.path.clone(), String::new());
            outputs.push(FileEntry { name, path, sha256, bytes: 7 });
        }
        let made: Made = serde_json::from_value(serde_json::json!({
            "program": "p", "key": "k", "core_s": 1.0, "input_bytes": 0, "output_bytes": 7,
            "inputs": spec.inputs.iter().map(|input| serde_json::json!({
                "name": input.name, "path": input.path, "sha256": "", "bytes": size(&input.path),
            })).collect::<Vec<_>>(),
            "outputs": outputs,
            "started": usage.started, "finished": usage.finished, "wall_s": 1.0, "user_s": 1.0,
            "system_s": 0.0, "max_rss_bytes": 1,
        }))
        .unwrap();
        let state = crate::state::StateFolder::of(&plan.layout);
        output::create_folder(state.spec(&spec.id).parent().unwrap()).unwrap();
        output::write_json(&state.spec(&spec.id), spec).unwrap();
        entries.push(TaskEntry::new(spec, TaskStatus::Reused { made }));
    }
    std::thread::sleep(Duration::from_millis(20));
    let record = RunRecord {
        schema: SCHEMA.into(),
        program: "p".into(),
        state: crate::CaseState::Succeeded,
        failure: None,
        started: time,
        finished: time,
        wall_s: 1.0,
        totals: Totals::of(&entries),
        case: plan.case.clone(),
        bundle_digest: plan.bundle_digest.clone(),
        tasks: entries,
    };
    output::write_json(&plan.layout.run_record(), &record).unwrap();
}

#[test]
fn a_job_that_began_before_a_submission_is_looked_at_again_after_its_end() {
    for grain in [Grain::Case, Grain::Task] {
        let mut fixture = Fixture::new(grain);
        fixture.submit(&["A"]);
        let stop = fixture.stop.clone();
        let simulation = fixture.simulation(Box::new(move |order, needs| {
            if order.unit.name() == "-case" || order.unit.name() == "-close" {
                stop.request();
            }
            good(order, needs)
        }));
        assert_eq!(counts(&fixture.control(&simulation).unwrap()), (0, 0, 0, 1));
        fixture.stop = Stop::default();
        fixture.submit(&["A"]);
        assert_eq!(counts(&fixture.control(&simulation).unwrap()), (1, 0, 0, 0));
        let last: Vec<_> = fixture.decisions().into_iter().rev().take(2).collect();
        assert_eq!(last, [Decision::Done, Decision::Again(Why::Resubmitted)], "{grain:?}");
        let units = if grain == Grain::Case { 1 } else { 5 };
        assert_eq!(simulation.ran(), units + 1);
    }
}

#[test]
fn nothing_is_written_when_one_case_is_wrong() {
    let fixture = Fixture::new(Grain::Case);
    let mut wrong = fixture.plan("B");
    wrong.tasks[0].inputs[0].path = fixture.out().join("missing");
    fixture.submit_plans(&[fixture.plan("A"), wrong]).unwrap_err();
    fixture.submit_plans(&[fixture.plan("A"), fixture.plan("A")]).unwrap_err();
    assert_eq!(std::fs::read_dir(fixture.out()).unwrap().count(), 0);
}

#[test]
fn a_plan_that_was_changed_behind_our_back_is_not_run() {
    let fixture = Fixture::new(Grain::Case);
    fixture.submit(&["A", "B"]);
    let path = CaseFiles::of(&fixture.plan("A").layout).plan();
    output::write(&path, "{}").unwrap();
    let report = fixture.control(&fixture.simulation(Box::new(good))).unwrap();
    assert_eq!(counts(&report), (1, 1, 0, 0));
    assert_eq!(report.error_kind(), Some(ErrorKind::Configuration));
}
