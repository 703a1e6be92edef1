//! Columns of frequencies: ratios of whole numbers, which are fewer bits than their digits.
//!
//! A column may be the ratio of two others (`AF` of `AC` and `AN`), and then has nothing of its own;
//! or its numerators and denominators are found, small ones first: a frequency of some digits tells
//! the counts that it was made of, and denominators are much the same from row to row. Each value is
//! compared to the letter when it is written; those that are not such a ratio stand apart.

use super::{
    bytes::{Bytes, Planes, push_number},
    column::{Column, Values},
    decimal::Decimal,
};

/// One in so many values may stand apart.
const MOST_APART: usize = 4;
/// Most numerators that are tried for a value.
const MOST_TRIES: u64 = 64;

/// Values that stand apart from the rule of their column.
#[derive(Clone, Debug)]
struct Apart {
    rows: Vec<u32>,
    column: Box<Column>,
}

impl Apart {
    fn write(out: &mut Vec<u8>, rows: &[usize], values: &Values) {
        push_number(out, rows.len() as u64);
        let mut before = 0;
        for &row in rows {
            push_number(out, (row - before) as u64);
            before = row;
        }
        out.extend(values.encode());
    }

    fn read(bytes: &mut Bytes<'_>, rows: usize) -> Option<Self> {
        let count = bytes.length().filter(|count| *count <= rows)?;
        let mut last = 0_u32;
        let mut apart = Vec::with_capacity(count);
        for _ in 0..count {
            last = last.checked_add(u32::try_from(bytes.number()?).ok()?)?;
            apart.push(last);
        }
        let column = Box::new(Column::decode(bytes.0, count)?);
        Some(Self { rows: apart, column })
    }

    /// As [`Column::append`], if the row stands apart.
    fn append(&self, row: usize, out: &mut String) -> Option<Option<bool>> {
        let place = self.rows.binary_search(&u32::try_from(row).ok()?);
        Some(match place {
            Ok(place) => Some(self.column.append(place, &[], out)?),
            Err(_) => None,
        })
    }
}

/// Ratios of two columns of integers.
#[derive(Clone, Debug)]
pub(super) struct OfColumns {
    numerator: usize,
    denominator: usize,
    form: u8,
    apart: Apart,
}

impl OfColumns {
    /// The bytes of a column, if it is the ratio of two others, whose numbers are given.
    pub(super) fn encode(
        values: &Values,
        integers: &[Option<Vec<Option<i64>>>],
    ) -> Option<Vec<u8>> {
        let form = form(values)?;
        let numbers = |column: usize| integers[column].as_ref();
        let columns = (0..integers.len()).filter(|&column| numbers(column).is_some());
        for numerator in columns.clone() {
            for denominator in columns.clone().filter(|&column| column != numerator) {
                let pairs = numbers(numerator)?.iter().zip(numbers(denominator)?);
                if let Some((rows, apart)) = but_for(values, form, pairs) {
                    let mut out = Vec::new();
                    push_number(&mut out, numerator as u64);
                    push_number(&mut out, denominator as u64);
                    out.push(form);
                    Apart::write(&mut out, &rows, &apart);
                    return Some(out);
                }
            }
        }
        None
    }

    pub(super) fn decode(bytes: &mut Bytes<'_>, rows: usize) -> Option<Self> {
        let (numerator, denominator) = (bytes.length()?, bytes.length()?);
        Some(Self { numerator, denominator, form: bytes.byte()?, apart: Apart::read(bytes, rows)? })
    }

    pub(super) fn append(&self, row: usize, columns: &[Column], out: &mut String) -> Option<()> {
        if self.apart.append(row, out)?.is_some() {
            return Some(());
        }
        let number = |column: usize| columns.get(column)?.integer(row);
        let numbers = (number(self.numerator)?, number(self.denominator)?);
        ratio(numbers.0, numbers.1, self.form)?.append(out);
        Some(())
    }
}

/// The values that are not the ratio of a pair, if they are few.
fn but_for<'a>(
    values: &Values,
    form: u8,
    pairs: impl Iterator<Item = (&'a Option<i64>, &'a Option<i64>)>,
) -> Option<(Vec<usize>, Values)> {
    let (mut rows, mut apart) = (Vec::new(), Values::default());
    for (row, (value, (numerator, denominator))) in values.iter().zip(pairs).enumerate() {
        let expected = numerator.zip(*denominator).and_then(|(n, d)| ratio(n, d, form));
        if value.is_empty() || expected.is_none() || Decimal::parse(value) != expected {
            rows.push(row);
            apart.push(value);
            if rows.len() > 16 + row / MOST_APART {
                return None;
            }
        }
    }
    Some((rows, apart))
}

fn ratio(numerator: i64, denominator: i64, form: u8) -> Option<Decimal> {
    Decimal::of_ratio(u64::try_from(numerator).ok()?, u64::try_from(denominator).ok()?, form)
}

/// The form that most values have.
fn form(values: &Values) -> Option<u8> {
    let mut counts = [0_u32; 256];
    for value in values.iter().filter_map(Decimal::parse) {
        counts[usize::from(value.form)] += 1;
    }
    let (form, count) = (0..=u8::MAX).zip(counts).max_by_key(|(_, count)| *count)?;
    (count > 0).then_some(form)
}

/// Ratios whose numerators and denominators are the column's own.
#[derive(Clone, Debug)]
pub(super) struct Fractions {
    form: u8,
    most: u64,
    /// Numerators and one; 0 where there is no value, or one that stands apart.
    numerators: Planes,
    /// What the denominators lack of the largest.
    lacks: Planes,
    apart: Apart,
}

impl Fractions {
    /// The bytes of a column, if most of its values are ratios of small numbers.
    pub(super) fn encode(values: &Values) -> Option<Vec<u8>> {
        let form = form(values)?;
        let parsed: Vec<Option<Decimal>> = values.iter().map(Decimal::parse).collect();
        let of_form = |value: &Option<Decimal>| value.filter(|v| v.form == form);
        let above_none = parsed.iter().filter_map(of_form).filter(|v| v.digits > 0);
        let least = above_none.map(Decimal::value).min_by(f64::total_cmp)?;
        let most = (1.0 / least).round();
        if !(1.0..1e9).contains(&most) {
            return None;
        }
        let (mut numerators, mut lacks) = (Vec::new(), Vec::new());
        let (mut rows, mut apart) = (Vec::new(), Values::default());
        for (row, (text, value)) in values.iter().zip(&parsed).enumerate() {
            let fraction = of_form(value).and_then(|value| fraction(value, most));
            if fraction.is_none() && !text.is_empty() {
                rows.push(row);
                apart.push(text);
            }
            numerators.push(fraction.map_or(0, |(numerator, _)| numerator + 1));
            lacks.push(fraction.map_or(0, |(_, lack)| lack));
        }
        if rows.len() > values.iter().len() / 2 {
            return None;
        }
        let mut out = vec![form];
        push_number(&mut out, most as u64);
        Planes::push(&mut out, &numerators);
        Planes::push(&mut out, &lacks);
        Apart::write(&mut out, &rows, &apart);
        Some(out)
    }

    pub(super) fn decode(bytes: &mut Bytes<'_>, rows: usize) -> Option<Self> {
        Some(Self {
            form: bytes.byte()?,
            most: bytes.number()?,
            numerators: Planes::read(bytes, rows)?,
            lacks: Planes::read(bytes, rows)?,
            apart: Apart::read(bytes, rows)?,
        })
    }

    pub(super) fn append(&self, row: usize, out: &mut String) -> Option<()> {
        let Some(numerator) = self.numerators.get(row).checked_sub(1) else {
            return self.apart.append(row, out).map(drop);
        };
        let denominator = self.most.checked_sub(self.lacks.get(row))?;
        Decimal::of_ratio(numerator, denominator, self.form)?.append(out);
        Some(())
    }
}

/// Numerator, and what the denominator lacks of the largest: the one with the least lack of those
/// that are tried.
fn fraction(value: Decimal, most: f64) -> Option<(u64, u64)> {
    if value.digits == 0 {
        return value.is_ratio(0, most as u64).then_some((0, 0));
    }
    let frequency = value.value();
    let largest = (frequency * most).round() as u64;
    let smallest = (largest / 2).max(largest.saturating_sub(MOST_TRIES)).max(1);
    (smallest..=largest).rev().find_map(|numerator| {
        let denominator = (numerator as f64 / frequency).round();
        let lack = most - denominator;
        let fits = lack >= 0.0 && value.is_ratio(numerator, denominator as u64);
        fits.then_some((numerator, lack as u64))
    })
}
