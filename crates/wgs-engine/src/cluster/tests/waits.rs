//! What is waited for.

use super::*;

#[test]
fn a_batch_that_is_handed_on_again_waits_for_what_it_waited_for_before() {
    let mut fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B"]);
    let simulation = fixture.simulation(Box::new(good));
    let seen: Rc<RefCell<Vec<Vec<Member>>>> = Rc::default();
    let (note, stop) = (Rc::clone(&seen), fixture.stop.clone());
    simulation.set_door(Box::new(move |batch| {
        if batch.label != "call" {
            return Ok(());
        }
        note.borrow_mut().push(batch.members.clone());
        if !stop.is_requested() {
            stop.request();
            return Err(Refusal::Down("no answer".into()));
        }
        Ok(())
    }));
    fixture.control(&simulation).unwrap();
    // What it waits for is long over when the next controller comes.
    fixture.world.pause(Duration::from_secs(1000), &mut || false);
    fixture.stop = Stop::default();
    assert_eq!(counts(&fixture.control(&simulation).unwrap()), (2, 0, 0, 0));
    let seen = seen.borrow();
    assert_eq!((seen.len(), seen[0][0].after.len()), (2, 1));
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn a_full_disk_is_waited_for() {
    let fixture = Fixture::new(Grain::Case);
    let names: Vec<String> = (0..30).map(|n| format!("C{n}")).collect();
    fixture.submit(&names.iter().map(String::as_str).collect::<Vec<_>>());
    fixture.world.set_free_bytes(1000);
    let world = fixture.world.clone();
    let mut first = true;
    let simulation = fixture.simulation(Box::new(move |order, needs| {
        if std::mem::take(&mut first) {
            return failing(ErrorKind::OutOfSpace);
        }
        if world.now() > Duration::from_secs(3000) {
            world.set_free_bytes(1 << 40);
        }
        good(order, needs)
    }));
    // What was handed on before the disk was full runs to its end, and nothing else until a day
    // has passed, or there is room.
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (30, 0, 0, 0));
    let entries = fixture.entries();
    let held = entries.iter().position(|entry| matches!(entry, Entry::Held { .. })).unwrap();
    let freed = entries.iter().position(|entry| matches!(entry, Entry::Freed)).unwrap();
    let ordered = |entry: &Entry| matches!(entry, Entry::Ordering { .. });
    assert!(!entries[held..freed].iter().any(ordered));
    assert!(entries[freed..].iter().any(ordered));
}

#[test]
fn an_executor_that_is_full_or_down_is_waited_for() {
    let fixture = Fixture::new(Grain::Case);
    let names: Vec<String> = (0..20).map(|n| format!("C{n}")).collect();
    fixture.submit(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let simulation = fixture.simulation(Box::new(good));
    let (world, alive) = (fixture.world.clone(), simulation.clone());
    simulation.set_door(Box::new(move |batch| {
        let _ = &alive;
        if world.now() < Duration::from_secs(500) {
            return Err(Refusal::Down("slow".into()));
        }
        if batch.members.len() > 3 {
            return Err(Refusal::Full("3 at a time".into()));
        }
        Ok(())
    }));
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (20, 0, 0, 0));
    let entries = fixture.entries();
    let down = entries.iter().filter(|entry| matches!(entry, Entry::Down { .. })).count();
    let up = entries.iter().filter(|entry| matches!(entry, Entry::Up)).count();
    assert_eq!((down, up), (1, 1), "told once, not at each try");
}

#[test]
fn what_is_never_taken_fails_in_the_executors_words() {
    let fixture = Fixture::new(Grain::Task);
    fixture.submit(&["A", "B"]);
    let simulation = fixture.simulation(Box::new(good));
    simulation.set_door(Box::new(|batch| match batch.label.as_str() {
        "call" => Err(Refusal::Never {
            message: "account expired".into(),
            hint: Some("ask the site".into()),
        }),
        _ => Ok(()),
    }));
    let report = fixture.control(&simulation).unwrap();
    assert_eq!(counts(&report), (0, 2, 0, 0));
    let (_, failure) = &report.failures[0];
    assert_eq!(
        (failure.message.as_str(), failure.hint.as_deref()),
        ("account expired", Some("ask the site"))
    );
    assert_eq!(simulation.ran(), 4, "what does not wait for it ran");
}
