//! Sources of intervals from BED, bedGraph, wiggle, and tables.

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    table::{Row, Table, plain_name},
};

use super::{
    carried::Carried,
    intervals::{Intervals, Span},
    kind::{Form, cells, is_heading},
    options::{SourceOptions, SourceSummary},
    roles::{Role, Roles},
    table::Picked,
    values::{self, Typing},
    wiggle,
};

/// Key of the value of bedGraph and wiggle.
const VALUE: &str = "VALUE";
/// Key that says of intervals without anything else that there is one.
const IN: &str = "IN";

/// A store of the intervals of a file.
pub(super) fn intervals(
    name: &str,
    path: &Path,
    genome: &Genome,
    folder: &Path,
    (form, roles): (Form, &Roles),
    options: &SourceOptions,
) -> Result<SourceSummary> {
    let intervals = Intervals::new(path, genome, folder, options.memory_bytes);
    match form {
        Form::Wiggle => of_wiggle(name, path, folder, intervals, options),
        Form::Bed => of_bed(name, path, folder, intervals, roles, options),
        Form::Table | Form::Vcf => of_table(name, path, folder, intervals, roles, options),
    }
}

fn of_wiggle(
    name: &str,
    path: &Path,
    folder: &Path,
    mut intervals: Intervals<'_>,
    options: &SourceOptions,
) -> Result<SourceSummary> {
    check_asked(path, options, &[VALUE])?;
    let mut table = Table::without_heading(path)?;
    let mut row = Row::default();
    let mut steps = wiggle::Steps::default();
    let mut typing = Typing::default();
    while table.read(&mut row)? {
        let line = table.line_number();
        let text = row.get(0);
        if is_heading(text) {
            continue;
        }
        let wrong = |reason: &str| FileError::invalid(path, reason).at(format!("line {line}"));
        if let Some((contig, start, end, value)) = steps.take(text).map_err(wrong)? {
            let value = values::value(value);
            typing.see(&value);
            intervals.push(line, &Span { contig, start, end, values: &value })?;
        }
    }
    intervals.finish(name, folder, &[typing.field(VALUE, "value".into())])
}

fn check_asked(path: &Path, options: &SourceOptions, known: &[&str]) -> Result<()> {
    let asked = options.fields.iter().flatten();
    match asked.into_iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let reason = format!("has no field {name}; it has {}", known.join(", "));
            Err(FileError::new(path, ErrorKind::Configuration, reason))
        }
    }
}

/// The fields of a BED by the cells of its first line: places of columns with their keys.
fn bed_fields(
    path: &Path,
    row: &[&str],
    used: &[usize],
    options: &SourceOptions,
) -> Result<Vec<(usize, String)>> {
    let names = ["NAME", "SCORE", "STRAND"];
    let key = |place: usize| match place.checked_sub(3).and_then(|place| names.get(place)) {
        Some(name) if used == [0, 1, 2] => (*name).to_owned(),
        _ => format!("COLUMN{}", place + 1),
    };
    let free: Vec<usize> = (0..row.len()).filter(|place| !used.contains(place)).collect();
    let is_number = |cell: &str| cell.parse::<f64>().is_ok();
    if used == [0, 1, 2] && row.len() == 4 && is_number(row[3]) {
        check_asked(path, options, &[VALUE])?;
        return Ok(vec![(3, VALUE.to_owned())]);
    }
    let Some(asked) = &options.fields else {
        return Ok(free.first().map(|&place| (place, key(place))).into_iter().collect());
    };
    let keys: Vec<String> = free.iter().map(|&place| key(place)).collect();
    check_asked(path, options, &keys.iter().map(String::as_str).collect::<Vec<_>>())?;
    let place = |name: &String| keys.iter().position(|key| key == name).map(|at| free[at]);
    Ok(asked.iter().filter_map(|name| Some((place(name)?, name.clone()))).collect())
}

fn of_bed(
    name: &str,
    path: &Path,
    folder: &Path,
    mut intervals: Intervals<'_>,
    roles: &Roles,
    options: &SourceOptions,
) -> Result<SourceSummary> {
    let one_based = roles.is_named(Role::Start);
    let start = roles.number(Role::Start0).or_else(|| roles.number(Role::Start)).unwrap_or(1);
    let contig = roles.number(Role::Contig).unwrap_or(0);
    let end = roles.number(Role::End).unwrap_or(2);
    let used = [contig, start, end];
    let mut table = Table::without_heading(path)?;
    let mut row = Row::default();
    let mut fields: Option<Vec<(usize, String, Typing)>> = None;
    while table.read(&mut row)? {
        // A line without tabs comes as one cell.
        let row: Vec<&str> = match row.len() {
            1 => cells(row.get(0)).collect(),
            _ => row.cells().collect(),
        };
        if is_heading(row[0]) {
            continue;
        }
        let line = table.line_number();
        if fields.is_none() {
            let typed = |(place, key)| (place, key, Typing::default());
            let known = bed_fields(path, &row, &used, options)?;
            fields = Some(known.into_iter().map(typed).collect());
        }
        let fields = fields.as_mut().expect("set above");
        let last = fields.iter().map(|(place, ..)| *place).chain(used).max().unwrap_or(2);
        if row.len() <= last {
            let reason = format!("has {} columns, and none numbered {}", row.len(), last + 1);
            return Err(FileError::invalid(path, reason).at(format!("line {line}")));
        }
        let number = |place: usize| {
            row[place].parse::<u32>().map_err(|_| table.wrong(place, row[place], "a number"))
        };
        let (start, end) = (number(start)?, number(end)?);
        let start = if one_based { from_one(&table, used[1], start)? } else { start };
        let value = |(place, _, typing): &mut (usize, String, Typing)| {
            let value = values::value(row[*place]).into_owned();
            typing.see(&value);
            value
        };
        let mut values = fields.iter_mut().map(value).collect::<Vec<_>>().join("\t");
        if fields.is_empty() {
            values.push('1');
        }
        intervals.push(line, &Span { contig: row[contig], start, end, values: &values })?;
    }
    let fields = fields.unwrap_or_default();
    let field = |(place, key, typing): &(usize, String, Typing)| {
        typing.field(key, format!("column {}", place + 1))
    };
    let mut carried: Vec<Carried> = fields.iter().map(field).collect();
    if carried.is_empty() {
        carried.push(overlap());
    }
    intervals.finish(name, folder, &carried)
}

/// The field of intervals that say nothing but that they are there.
fn overlap() -> Carried {
    let mut typing = Typing::default();
    typing.see("1");
    typing.field(IN, "1 in an interval".into())
}

fn from_one(table: &Table, column: usize, start: u32) -> Result<u32> {
    start.checked_sub(1).ok_or_else(|| table.wrong(column, "0", "a position from 1 on"))
}

/// Columns that tell an interval; a position is one base.
struct Columns {
    contig: usize,
    start: usize,
    end: usize,
    from_zero: bool,
}

impl Columns {
    fn of(roles: &Roles, names: &[String], is_bed: bool) -> Self {
        let find = |role| roles.find(role, names);
        let contig = find(Role::Contig).expect("the heading was accepted for having it");
        let (start0, start, end) = (find(Role::Start0), find(Role::Start), find(Role::End));
        // A user's word goes before the names that UCSC uses.
        let start0 = start0.filter(|_| !roles.is_named(Role::Start));
        match (start0.or(start), end) {
            (Some(start), Some(end)) => {
                let from_zero = start0.is_some() || (is_bed && !roles.is_named(Role::Start));
                Self { contig, start, end, from_zero }
            }
            _ => {
                let at = find(Role::Position).expect("the heading was accepted for having it");
                Self { contig, start: at, end: at, from_zero: false }
            }
        }
    }
}

fn of_table(
    name: &str,
    path: &Path,
    folder: &Path,
    mut intervals: Intervals<'_>,
    roles: &Roles,
    options: &SourceOptions,
) -> Result<SourceSummary> {
    let table = Table::open(path, |names| roles.has_intervals(names))?;
    let mut table = table.ok_or_else(|| {
        FileError::invalid(path, "no line names columns of contig, start and end, or position")
            .hint("say which they are: --columns contig=NAME,start=NAME,end=NAME (start0: 0-based)")
    })?;
    let names = table.columns().to_vec();
    // `#chrom start end` is BED with names.
    let is_bed = table.has_marked_heading() && roles.begins_as_bed(&names);
    let columns = Columns::of(roles, &names, is_bed);
    let Columns { contig, start, end, from_zero } = columns;
    let is_bin = |place: usize| plain_name(&names[place]) == "bin";
    let is_free = |place: &usize| ![contig, start, end].contains(place) && !is_bin(*place);
    let free: Vec<usize> = (0..names.len()).filter(is_free).collect();
    let mut picked = Picked::new(&table, &free, options.fields.as_deref())?;
    let mut row = Row::default();
    while table.read(&mut row)? {
        let number = |place: usize| {
            let cell = row.get(place);
            cell.parse::<u32>().map_err(|_| table.wrong(place, cell, "a number"))
        };
        if values::is_missing(row.get(contig)) || values::is_missing(row.get(start)) {
            intervals.summary.records += 1;
            intervals.summary.unplaced += 1;
            continue;
        }
        let (first, last) = (number(start)?, number(end)?);
        let first = if from_zero { first } else { from_one(&table, start, first)? };
        let mut values = picked.values(&row);
        if free.is_empty() {
            values.push('1');
        }
        let span = Span { contig: row.get(contig), start: first, end: last, values: &values };
        intervals.push(table.line_number(), &span)?;
    }
    let mut carried = picked.fields(&table);
    if free.is_empty() {
        carried = vec![overlap()];
    }
    intervals.finish(name, folder, &carried)
}
