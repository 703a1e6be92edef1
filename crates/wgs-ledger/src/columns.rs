//! What tables, CSV and JSON have in their columns.

use wgs_engine::{Time, disk};

use crate::{By, GroupRow, Money, Span, TaskRow};

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Nothing,
    Text(String),
    Count(u64),
    Bytes(u64),
    Seconds(Span),
    Share(f64),
    Money(Money),
}

/// A column: its name in CSV and JSON, its heading for people, who may do without it, and its cells.
pub(crate) struct Column<R: 'static> {
    pub(crate) name: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) cell: fn(&R) -> Cell,
}

const fn column<R>(name: &'static str, heading: &'static str, cell: fn(&R) -> Cell) -> Column<R> {
    Column { name, heading, cell }
}

/// Columns of tasks; one without a heading is not in tables for people.
pub(crate) const TASKS: &[Column<TaskRow>] = &[
    column("run", "", |r| Cell::text(&r.run)),
    column("case", "case", |r| Cell::text(&r.case)),
    column("task", "task", |r| Cell::text(&r.task)),
    column("stage", "", |r| Cell::text(&r.stage)),
    column("state", "state", |r| Cell::text(r.state.name())),
    column("machine", "machine", |r| Cell::optional(r.machine.clone(), Cell::Text)),
    column("started", "", |r| Cell::time(r.started)),
    column("finished", "", |r| Cell::time(r.finished)),
    column("queue_s", "queued", |r| Cell::optional(r.queue, Cell::Seconds)),
    column("wall_s", "wall", |r| Cell::Seconds(r.wall)),
    column("core_s", "core time", |r| Cell::Seconds(r.core)),
    column("threads", "threads", |r| Cell::Count(r.threads as u64)),
    column("efficiency", "efficiency", |r| Cell::optional(r.efficiency(), Cell::Share)),
    column("max_rss_bytes", "memory", |r| Cell::Bytes(r.rss_bytes)),
    column("asked_memory_bytes", "of", |r| Cell::Bytes(r.asked_bytes)),
    column("read_bytes", "read", |r| Cell::optional(r.read_bytes, Cell::Bytes)),
    column("written_bytes", "written", |r| Cell::optional(r.written_bytes, Cell::Bytes)),
    column("input_bytes", "", |r| Cell::Bytes(r.input_bytes)),
    column("output_bytes", "outputs", |r| Cell::Bytes(r.output_bytes)),
    column("attempts", "attempts", |r| Cell::Count(r.attempts.into())),
    column("wasted_core_s", "wasted", |r| Cell::Seconds(r.wasted)),
    column("site_cost", "cost", |r| Cell::optional(r.cost, Cell::Money)),
    column("tools", "", |r| Cell::text(&r.tools)),
];

const RUN: Column<GroupRow> = column("run", "run", |r| Cell::text(&r.run));
const CASE: &[Column<GroupRow>] = &[
    column("run", "", |r| Cell::text(&r.run)),
    column("case", "case", |r| Cell::text(&r.name)),
    column("kind", "kind", |r| Cell::text(r.kind)),
    column("state", "state", |r| Cell::text(r.state)),
    column("machines", "", |r| {
        Cell::Text(r.machines.iter().cloned().collect::<Vec<_>>().join(";"))
    }),
];
const STAGE: &[Column<GroupRow>] = &[
    column("stage", "stage", |r| Cell::text(&r.name)),
    column("cases", "cases", |r| Cell::Count(r.cases as u64)),
];
const CASES: &[Column<GroupRow>] = &[
    column("cases", "cases", |r| Cell::Count(r.cases as u64)),
    column("succeeded", "succeeded", |r| Cell::Count(r.succeeded as u64)),
    column("cases_per_hour", "cases/h", |r| Cell::optional(r.cases_per_hour(), Cell::Share)),
];
const TIMES: &[Column<GroupRow>] = &[
    column("started", "", |r| Cell::time(r.started)),
    column("finished", "", |r| Cell::time(r.finished)),
    column("elapsed_s", "elapsed", |r| Cell::optional(r.elapsed(), Cell::Seconds)),
];
const SUMS: &[Column<GroupRow>] = &[
    column("tasks", "tasks", |r| Cell::Count(r.sums.tasks as u64)),
    column("done", "", |r| Cell::Count(r.sums.done as u64)),
    column("failed", "failed", |r| Cell::Count(r.sums.failed as u64)),
    column("queue_s", "queued", |r| Cell::Seconds(r.sums.queue)),
    column("wall_s", "wall", |r| Cell::Seconds(r.sums.wall)),
    column("core_s", "core time", |r| Cell::Seconds(r.sums.core)),
    column("allotted_core_s", "", |r| Cell::Seconds(r.sums.allotted)),
    column("efficiency", "efficiency", |r| Cell::optional(r.sums.efficiency(), Cell::Share)),
    column("max_rss_bytes", "memory", |r| Cell::Bytes(r.sums.rss_bytes)),
    column("asked_memory_bytes", "of", |r| Cell::Bytes(r.sums.asked_bytes)),
    column("read_bytes", "read", |r| Cell::Bytes(r.sums.read_bytes)),
    column("written_bytes", "written", |r| Cell::Bytes(r.sums.written_bytes)),
    column("input_bytes", "", |r| Cell::Bytes(r.sums.input_bytes)),
    column("output_bytes", "outputs", |r| Cell::Bytes(r.sums.output_bytes)),
    column("attempts", "attempts", |r| Cell::Count(r.sums.attempts.into())),
    column("wasted_core_s", "wasted", |r| Cell::Seconds(r.sums.wasted)),
];
const STAGE_COST: &[Column<GroupRow>] =
    &[column("site_cost", "cost", |r| Cell::Money(r.sums.cost))];
const COSTS: &[Column<GroupRow>] = &[
    column("site_cost", "site", |r| {
        Cell::optional(r.cost.site.map(|site| site.compute), Cell::Money)
    }),
    column("site_storage_cost", "+storage", |r| {
        Cell::optional(r.cost.site.map(|site| site.storage), Cell::Money)
    }),
    column("cloud_instance", "cloud", |r| {
        let instance = r.cost.cloud.as_ref().and_then(|cloud| cloud.instance.clone());
        Cell::optional(instance, Cell::Text)
    }),
    column("cloud_s", "", |r| Cell::cloud(r, |cloud| Cell::Seconds(cloud.time))),
    column("cloud_on_demand_cost", "on demand", |r| {
        Cell::cloud(r, |cloud| Cell::Money(cloud.on_demand))
    }),
    column("cloud_spot_cost", "spot", |r| {
        Cell::cloud(r, |cloud| Cell::optional(cloud.spot, Cell::Money))
    }),
    column("cloud_storage_cost", "+storage", |r| {
        Cell::cloud(r, |cloud| Cell::Money(cloud.storage))
    }),
    column("cloud_egress_cost", "+egress", |r| Cell::cloud(r, |cloud| Cell::Money(cloud.egress))),
];

/// Columns of groups; costs where there are prices.
pub(crate) fn groups(by: By, priced: bool) -> Vec<&'static Column<GroupRow>> {
    let parts: &[&'static [Column<GroupRow>]] = match by {
        By::Task => &[],
        By::Case => &[CASE, TIMES, SUMS],
        By::Stage => &[STAGE, SUMS],
        By::Run => &[std::slice::from_ref(&RUN), CASES, TIMES, SUMS],
    };
    let costs = match by {
        _ if !priced => &[],
        By::Stage => STAGE_COST,
        _ => COSTS,
    };
    parts.iter().copied().flatten().chain(costs).collect()
}

/// Columns of tasks; costs where there are prices.
pub(crate) fn tasks(priced: bool) -> Vec<&'static Column<TaskRow>> {
    TASKS.iter().filter(|column| priced || column.name != "site_cost").collect()
}

impl Cell {
    fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    fn time(time: Option<Time>) -> Self {
        Self::optional(time, |time| Self::Text(time.to_string()))
    }

    fn optional<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Nothing, cell)
    }

    /// A figure of the cloud; nothing where no machine fits.
    fn cloud(row: &GroupRow, cell: impl FnOnce(&crate::CloudCost) -> Self) -> Self {
        let fitting = row.cost.cloud.as_ref().filter(|cloud| cloud.instance.is_some());
        Self::optional(fitting, cell)
    }

    /// For programs: whole, in seconds and bytes.
    pub(crate) fn exact(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => text.clone(),
            Self::Count(n) | Self::Bytes(n) => n.to_string(),
            Self::Seconds(span) => span.to_string(),
            Self::Share(share) => format!("{share:.4}"),
            Self::Money(money) => money.to_string(),
        }
    }

    /// For people: short.
    pub(crate) fn short(&self) -> String {
        match self {
            Self::Nothing => "-".to_owned(),
            Self::Text(text) => printable(text),
            Self::Count(n) => n.to_string(),
            Self::Bytes(n) => disk::bytes(*n),
            Self::Seconds(span) => duration(*span),
            Self::Share(share) => format!("{share:.2}"),
            Self::Money(money) => money.rounded(),
        }
    }

    pub(crate) fn is_number(&self) -> bool {
        !matches!(self, Self::Text(_) | Self::Nothing)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        match self {
            Self::Nothing => serde_json::Value::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Count(n) | Self::Bytes(n) => (*n).into(),
            Self::Seconds(span) => span.secs().into(),
            Self::Share(share) => (*share).into(),
            // In text, since a number of JSON may lose its last digits.
            Self::Money(money) => money.to_string().into(),
        }
    }
}

/// `1.25 s`, `3 min 20 s`, `5 h 07 min`, `3 d 04 h`.
pub(crate) fn duration(span: Span) -> String {
    let seconds = span.secs();
    let whole = seconds.round() as u64;
    match whole {
        _ if seconds < 9.995 => format!("{seconds:.2} s"),
        _ if seconds < 59.95 => format!("{seconds:.1} s"),
        0..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        3600..86_400 => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
        _ => format!("{} d {:02} h", whole / 86_400, whole % 86_400 / 3600),
    }
}

/// Text whose control characters do nothing to a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units() {
        let texts = [0.0, 9.99, 10.0, 59.96, 3599.4, 3600.0, 90_000.0]
            .map(|s| duration(Span::from_secs(s)));
        let expected =
            ["0.00 s", "9.99 s", "10.0 s", "1 min 00 s", "59 min 59 s", "1 h 00 min", "1 d 01 h"];
        assert_eq!(texts, expected);
    }

    #[test]
    fn names_are_unique_and_control_characters_gone() {
        for by in [By::Case, By::Stage, By::Run] {
            let mut names: Vec<_> = groups(by, true).iter().map(|column| column.name).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{by:?}");
        }
        assert_eq!(Cell::text("a\u{1b}[2J").short(), "a\u{fffd}[2J");
    }
}
