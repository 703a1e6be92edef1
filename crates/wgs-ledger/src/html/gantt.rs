//! When which task ran on which machine.

use std::collections::BTreeMap;

use wgs_engine::Time;
use wgs_formats::svg::{Svg, fitted, text_width};

use crate::{Span, TaskRow, columns::duration};

const WIDTH: f64 = 1150.0;
const LEFT: f64 = 130.0;
const RIGHT: f64 = 1138.0;
/// Most tasks that are drawn: the longest.
pub(super) const MOST: usize = 1500;
/// Most rows of tasks.
const MOST_LANES: usize = 120;
/// Number of colours.
const COLOURS: usize = 8;

/// A task in the picture, in seconds from the first start.
struct Stretch<'a> {
    start: f64,
    end: f64,
    row: &'a TaskRow,
}

/// Draws the tasks, and says how many of them are left out.
pub(super) fn draw(tasks: &[TaskRow]) -> (String, usize) {
    let title = "Tasks by machine and time";
    let mut svg = Svg::default();
    let Some(first) = tasks.iter().filter_map(|task| task.started).min() else {
        svg.text("none", (WIDTH / 2.0, 40.0), "no data");
        return (svg.finish("gantt", (WIDTH, 70.0), title, "No data."), 0);
    };
    let stretches = longest(tasks, first);
    let ran = tasks.iter().filter(|task| task.started.is_some()).count();
    let (machines, drawn) = lanes(&stretches);
    let span = stretches.iter().map(|s| s.end).fold(1e-3, f64::max);
    let colours = colours(&stretches);
    let mut y = legend(&mut svg, &colours);
    let top = y;
    let x = |seconds: f64| LEFT + seconds / span * (RIGHT - LEFT);
    let height = lane_height(drawn);
    let mut bands = Vec::new();
    for (machine, lanes) in &machines {
        let band = height * lanes.len() as f64;
        bands.push((*machine, y, band));
        y += band + 6.0;
    }
    axis(&mut svg, span, (top, y), &x);
    for ((machine, from, band), lanes) in bands.iter().zip(machines.values()) {
        svg.text("label end", (LEFT - 8.0, from + band / 2.0 + 4.0), &fitted(machine, LEFT - 10.0));
        for (i, lane) in lanes.iter().enumerate() {
            for stretch in lane {
                let colour = colours.iter().position(|stage| *stage == stretch.row.stage);
                let class = format!("g{} task", colour.unwrap_or(0) % COLOURS + 1);
                let at = (x(stretch.start), from + height * i as f64);
                let width = (x(stretch.end) - at.0).max(0.6);
                svg.rect(&class, at, (width, height - 1.0), &describe(stretch));
            }
        }
        svg.line("grid", (LEFT, from + band + 2.0), (RIGHT, from + band + 2.0));
    }
    let told = format!(
        "{drawn_tasks} tasks on {} machines within {}. The same figures are in the table of tasks \
         (--by task).",
        machines.len(),
        duration(Span::from_secs(span)),
        drawn_tasks = machines.values().flatten().map(Vec::len).sum::<usize>(),
    );
    let left_out = ran - machines.values().flatten().map(Vec::len).sum::<usize>();
    (svg.finish("gantt", (WIDTH, y + 30.0), title, &told), left_out)
}

/// The longest tasks, by their start.
fn longest(tasks: &[TaskRow], first: Time) -> Vec<Stretch<'_>> {
    let mut stretches: Vec<_> = tasks
        .iter()
        .filter_map(|row| {
            let start = row.started?.seconds_since(first);
            Some(Stretch { start, end: start + row.wall.secs(), row })
        })
        .collect();
    stretches.sort_by_key(|stretch| std::cmp::Reverse(stretch.row.wall));
    stretches.truncate(MOST);
    stretches.sort_by(|a, b| a.start.total_cmp(&b.start).then(b.end.total_cmp(&a.end)));
    stretches
}

type Lanes<'a, 'b> = BTreeMap<&'a str, Vec<Vec<&'b Stretch<'a>>>>;

/// Puts each task of a machine below those that run at the same time, and tells how many rows that
/// gives; tasks for which there is no row any more are left out.
fn lanes<'a, 'b>(stretches: &'b [Stretch<'a>]) -> (Lanes<'a, 'b>, usize) {
    let mut machines: Lanes<'a, 'b> = BTreeMap::new();
    let mut count = 0;
    for stretch in stretches {
        let machine = stretch.row.machine.as_deref().unwrap_or("(not told)");
        let lanes = machines.entry(machine).or_default();
        let free = lanes
            .iter_mut()
            .find(|lane| lane.last().is_none_or(|last: &&Stretch<'_>| last.end <= stretch.start));
        match free {
            Some(lane) => lane.push(stretch),
            None if count < MOST_LANES => {
                lanes.push(vec![stretch]);
                count += 1;
            }
            None => {}
        }
    }
    (machines, count)
}

fn lane_height(lanes: usize) -> f64 {
    (600.0 / lanes.max(1) as f64).clamp(5.0, 18.0)
}

/// The stages, those with the most time first.
fn colours<'a>(stretches: &[Stretch<'a>]) -> Vec<&'a str> {
    let mut walls: BTreeMap<&str, Span> = BTreeMap::new();
    for stretch in stretches {
        *walls.entry(&stretch.row.stage).or_default() += stretch.row.wall;
    }
    let mut stages: Vec<_> = walls.into_iter().collect();
    stages.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    stages.into_iter().map(|(stage, _)| stage).collect()
}

/// The names of the stages with their colours; where the picture goes on.
fn legend(svg: &mut Svg, stages: &[&str]) -> f64 {
    let (mut x, mut y) = (LEFT, 4.0);
    for (i, stage) in stages.iter().enumerate() {
        let width = 36.0 + text_width(stage);
        if x + width > RIGHT && x > LEFT {
            (x, y) = (LEFT, y + 18.0);
        }
        svg.rect(&format!("g{} task", i % COLOURS + 1), (x, y), (18.0, 10.0), stage);
        svg.text("tick", (x + 23.0, y + 9.5), stage);
        x += width;
    }
    y + 24.0
}

fn axis(svg: &mut Svg, span: f64, (top, bottom): (f64, f64), x: &dyn Fn(f64) -> f64) {
    let step = step(span / 8.0);
    for i in 0..=(span / step).floor() as u32 {
        let at = f64::from(i) * step;
        svg.line("grid", (x(at), top), (x(at), bottom));
        svg.text("tick mid", (x(at), bottom + 14.0), &tick(at));
    }
    svg.line("axis", (LEFT, bottom), (RIGHT, bottom));
    svg.text("label mid", ((LEFT + RIGHT) / 2.0, bottom + 29.0), "time since the first start");
}

/// The next larger of the steps that people count time in.
fn step(seconds: f64) -> f64 {
    const STEPS: [f64; 24] = [
        0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0,
        600.0, 1200.0, 1800.0, 3600.0, 7200.0, 14_400.0, 21_600.0, 43_200.0, 86_400.0,
    ];
    let days = (seconds / 86_400.0).ceil().max(1.0) * 86_400.0;
    STEPS.into_iter().find(|step| *step >= seconds).unwrap_or(days)
}

/// A multiple of a step, without units that are 0.
fn tick(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        _ if seconds == 0.0 => "0".to_owned(),
        0..60 => format!("{} s", (seconds * 100.0).round() / 100.0),
        60..3600 if whole.is_multiple_of(60) => format!("{} min", whole / 60),
        60..3600 => format!("{}:{:02} min", whole / 60, whole % 60),
        3600..86_400 if whole.is_multiple_of(3600) => format!("{} h", whole / 3600),
        3600..86_400 => format!("{}:{:02} h", whole / 3600, whole % 3600 / 60),
        _ if whole.is_multiple_of(86_400) => format!("{} d", whole / 86_400),
        _ => format!("{} d {} h", whole / 86_400, whole % 86_400 / 3600),
    }
}

fn describe(stretch: &Stretch<'_>) -> String {
    let row = stretch.row;
    let efficiency = row.efficiency().map_or(String::new(), |e| format!(", efficiency {e:.2}"));
    format!(
        "{} {}: {} on {} threads{efficiency}",
        row.case,
        row.task,
        duration(row.wall),
        row.threads
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attempts, testing};

    #[test]
    fn tasks_at_the_same_time_are_below_each_other() {
        let record = testing::record("C1", &[("a", "s", 10.0, 1.0), ("b", "s", 5.0, 1.0)]);
        let row = |entry| TaskRow::of("out", &record, entry, &Attempts::default());
        let mut rows: Vec<_> = record.tasks.iter().map(row).collect();
        let first = rows[0].started.unwrap();
        assert_eq!(lanes(&longest(&rows, first)).1, 1);
        rows[1].started = rows[0].started;
        assert_eq!(lanes(&longest(&rows, first)).1, 2);
        let (text, left_out) = draw(&rows);
        assert_eq!((text.matches("class=\"g1 task\"").count(), left_out), (3, 0));
        assert!(text.contains("C1 a: 10.0 s on 2 threads, efficiency 0.05"), "{text}");
        assert!(draw(&[]).0.contains("no data"));
    }

    #[test]
    fn ticks_are_in_round_units() {
        assert_eq!(
            [0.03, 7.0, 100.0, 4000.0, 200_000.0].map(step),
            [0.05, 10.0, 120.0, 7200.0, 259_200.0]
        );
        let texts = [0.0, 0.05, 90.0, 120.0, 5400.0, 7200.0, 129_600.0].map(tick);
        assert_eq!(texts, ["0", "0.05 s", "1:30 min", "2 min", "1:30 h", "2 h", "1 d 12 h"]);
    }
}
