//! Columns of values. Values are texts, as the source had them, and come back to the letter; a
//! column is written in the shortest way that all its values allow.

use std::collections::BTreeMap;

use super::bytes::{Bytes, Planes, push_number};

const ABSENT: u8 = 0;
const INTEGERS: u8 = 1;
const DECIMALS: u8 = 2;
const DICTIONARY: u8 = 3;
const TEXTS: u8 = 4;

/// Bits of a decimal's form beside the number of digits after the point.
const DIGITS: u8 = 0x1f;
const NEGATIVE: u8 = 0x20;
const EXPONENT: u8 = 0x40;
/// The exponent has a sign and two digits at least, as C writes it.
const PADDED: u8 = 0x80;

/// Values of one field, row by row; an empty one is absent.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    text: String,
    ends: Vec<usize>,
}

impl Values {
    pub(super) fn push(&mut self, value: &str) {
        self.text += value;
        self.ends.push(self.text.len());
    }

    /// Bytes of all values.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        let start = |row: usize| row.checked_sub(1).map_or(0, |before| self.ends[before]);
        (0..self.ends.len()).map(move |row| &self.text[start(row)..self.ends[row]])
    }

    /// The column as bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        if self.text.is_empty() {
            return vec![ABSENT];
        }
        let shortest = self.integers().or_else(|| self.decimals()).or_else(|| self.dictionary());
        shortest.unwrap_or_else(|| self.texts())
    }

    /// Integers behind one prefix, such as `rs`.
    fn integers(&self) -> Option<Vec<u8>> {
        let first = self.iter().find(|value| !value.is_empty())?;
        let prefix = first.trim_end_matches(|c: char| c.is_ascii_digit());
        let prefix = if prefix == "-" { "" } else { prefix };
        let parse = |value: &str| {
            let digits = value.strip_prefix(prefix)?;
            let number: i64 = digits.parse().ok()?;
            let is_plain = number.to_string() == digits && (prefix.is_empty() || number >= 0);
            is_plain.then_some(number)
        };
        let mut numbers = Vec::with_capacity(self.ends.len());
        for value in self.iter() {
            numbers.push(if value.is_empty() { None } else { Some(parse(value)?) });
        }
        let least = numbers.iter().flatten().copied().min()?;
        let most = numbers.iter().flatten().copied().max()?;
        most.checked_sub(least)?;
        let above = |number: Option<i64>| number.map_or(0, |number| (number - least) as u64 + 1);
        let mut out = vec![INTEGERS];
        push_text(&mut out, prefix);
        out.extend(least.to_le_bytes());
        Planes::push(&mut out, &numbers.into_iter().map(above).collect::<Vec<_>>());
        Some(out)
    }

    /// Decimal fractions, with or without an exponent.
    fn decimals(&self) -> Option<Vec<u8>> {
        let mut parts: [Vec<u64>; 3] = Default::default();
        for value in self.iter() {
            let numbers = match value {
                "" => [0; 3],
                value => {
                    let Decimal { digits, form, exponent } = Decimal::parse(value)?;
                    [digits + 1, u64::from(form), u64::from(exponent as u8)]
                }
            };
            parts.iter_mut().zip(numbers).for_each(|(part, number)| part.push(number));
        }
        let mut out = vec![DECIMALS];
        parts.iter().for_each(|part| Planes::push(&mut out, part));
        Some(out)
    }

    /// Numbers of texts, where few texts differ.
    fn dictionary(&self) -> Option<Vec<u8>> {
        let mut places = BTreeMap::new();
        let mut texts = Vec::new();
        let mut rows = Vec::with_capacity(self.ends.len());
        for value in self.iter() {
            rows.push(match value {
                "" => 0,
                value => *places.entry(value).or_insert_with(|| {
                    texts.push(value);
                    texts.len() as u64
                }),
            });
            if texts.len() > self.ends.len().div_ceil(2) {
                return None;
            }
        }
        let mut out = vec![DICTIONARY];
        push_number(&mut out, texts.len() as u64);
        texts.iter().for_each(|text| push_text(&mut out, text));
        Planes::push(&mut out, &rows);
        Some(out)
    }

    fn texts(&self) -> Vec<u8> {
        let mut out = vec![TEXTS];
        self.iter().for_each(|value| push_number(&mut out, value.len() as u64));
        out.extend(self.text.as_bytes());
        out
    }
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    push_number(out, text.len() as u64);
    out.extend(text.as_bytes());
}

fn read_text(bytes: &mut Bytes<'_>) -> Option<String> {
    let length = bytes.length()?;
    String::from_utf8(bytes.take(length)?.to_vec()).ok()
}

/// A column that values are read from by row.
#[derive(Clone, Debug)]
pub(super) enum Column {
    Absent,
    Integers { prefix: String, least: i64, numbers: Planes },
    Decimals([Planes; 3]),
    Dictionary { texts: Vec<String>, rows: Planes },
    Texts { text: String, ends: Vec<usize> },
}

impl Column {
    /// Reads what [`Values::encode`] wrote for so many rows; `None` if it is damaged.
    pub(super) fn decode(bytes: &[u8], rows: usize) -> Option<Self> {
        let mut bytes = Bytes(bytes);
        Some(match bytes.byte()? {
            ABSENT => Self::Absent,
            INTEGERS => Self::Integers {
                prefix: read_text(&mut bytes)?,
                least: i64::from_le_bytes(bytes.take(8)?.try_into().ok()?),
                numbers: Planes::read(&mut bytes, rows)?,
            },
            DECIMALS => Self::Decimals([
                Planes::read(&mut bytes, rows)?,
                Planes::read(&mut bytes, rows)?,
                Planes::read(&mut bytes, rows)?,
            ]),
            DICTIONARY => {
                let count = bytes.length()?;
                let texts = (0..count).map(|_| read_text(&mut bytes)).collect::<Option<_>>()?;
                Self::Dictionary { texts, rows: Planes::read(&mut bytes, rows)? }
            }
            TEXTS => {
                let mut end = 0_usize;
                let mut ends = Vec::with_capacity(rows);
                for _ in 0..rows {
                    end = end.checked_add(bytes.length()?)?;
                    ends.push(end);
                }
                let text = String::from_utf8(bytes.take(end)?.to_vec()).ok()?;
                let whole = ends.iter().all(|&end| text.is_char_boundary(end));
                whole.then_some(Self::Texts { text, ends })?
            }
            _ => return None,
        })
    }

    /// Appends the value of a row; says whether there is one. `None` if the column is damaged.
    pub(super) fn append(&self, row: usize, out: &mut String) -> Option<bool> {
        let before = out.len();
        match self {
            Self::Absent => {}
            Self::Integers { prefix, least, numbers } => {
                if let Some(above) = numbers.get(row).checked_sub(1) {
                    let number = least.checked_add_unsigned(above)?;
                    out.push_str(prefix);
                    push_integer(out, number);
                }
            }
            Self::Decimals([digits, form, exponent]) => {
                if let Some(digits) = digits.get(row).checked_sub(1) {
                    let (form, exponent) = (form.get(row) as u8, exponent.get(row) as u8 as i8);
                    Decimal { digits, form, exponent }.append(out);
                }
            }
            Self::Dictionary { texts, rows } => {
                if let Some(place) = rows.get(row).checked_sub(1) {
                    out.push_str(texts.get(usize::try_from(place).ok()?)?);
                }
            }
            Self::Texts { text, ends } => {
                let start = row.checked_sub(1).map_or(0, |before| ends[before]);
                out.push_str(&text[start..ends[row]]);
            }
        }
        Some(out.len() > before)
    }
}

fn push_integer(out: &mut String, number: i64) {
    use std::fmt::Write;
    // Writing to a String does not fail.
    let _ = write!(out, "{number}");
}

/// A decimal number as it was written: all its digits, and where point and exponent stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Decimal {
    digits: u64,
    form: u8,
    exponent: i8,
}

impl Decimal {
    /// Reads a number; `None` if it could not be written back to the letter.
    fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-');
        let sign = if unsigned.is_some() { NEGATIVE } else { 0 };
        let (number, exponent) = match unsigned.unwrap_or(text).split_once('e') {
            Some((number, exponent)) => (number, Some(exponent)),
            None => (unsigned.unwrap_or(text), None),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.len() + fraction.len() > 18 {
            return None;
        }
        let digits = format!("{whole}{fraction}").parse().ok()?;
        let decimal = |marks: u8, exponent: i8| {
            let decimal = Self { digits, form: fraction.len() as u8 | sign | marks, exponent };
            let mut written = String::with_capacity(text.len());
            decimal.append(&mut written);
            (written == text).then_some(decimal)
        };
        match exponent {
            None => decimal(0, 0),
            Some(exponent) => {
                let exponent = exponent.parse().ok()?;
                decimal(EXPONENT | PADDED, exponent).or_else(|| decimal(EXPONENT, exponent))
            }
        }
    }

    fn append(self, out: &mut String) {
        use std::fmt::Write;
        let Self { digits, form, exponent } = self;
        let after_point = usize::from(form & DIGITS);
        if form & NEGATIVE != 0 {
            out.push('-');
        }
        let start = out.len();
        // Writing to a String does not fail.
        let _ = write!(out, "{digits:0width$}", width = after_point + 1);
        if after_point > 0 {
            let point = out.len() - after_point;
            out.insert(point.max(start), '.');
        }
        if form & EXPONENT != 0 {
            let _ = match form & PADDED {
                0 => write!(out, "e{exponent}"),
                _ if exponent < 0 => write!(out, "e-{:02}", exponent.unsigned_abs()),
                _ => write!(out, "e+{exponent:02}"),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn round_trip(values: &[String]) -> u8 {
        let mut column = Values::default();
        values.iter().for_each(|value| column.push(value));
        let bytes = column.encode();
        let read = Column::decode(&bytes, values.len()).unwrap();
        for (row, value) in values.iter().enumerate() {
            let mut text = "before".to_owned();
            assert_eq!(read.append(row, &mut text), Some(!value.is_empty()));
            assert_eq!(text, format!("before{value}"));
        }
        bytes[0]
    }

    fn of(values: &[&str]) -> u8 {
        round_trip(&values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn each_kind_of_values_has_its_encoding() {
        assert_eq!(of(&["", ""]), ABSENT);
        assert_eq!(of(&["5", "", "-7", "0"]), INTEGERS);
        assert_eq!(of(&["rs12", "rs7", ""]), INTEGERS);
        assert_eq!(of(&["0.5", "", "3.28407e-05", "1", "-0.250", "1e-5", "2.0e+10"]), DECIMALS);
        assert_eq!(of(&["PASS", "AC0", "PASS", "PASS", ""]), DICTIONARY);
        assert_eq!(of(&["a", "b", "c", "d", "é"]), TEXTS);
    }

    #[test]
    fn what_a_number_would_change_stays_text() {
        for odd in
            ["007", "+5", "1.", ".5", "1E-5", "1e5.5", "nan", "-0", "00.5", "1e+5", "1e-1000"]
        {
            round_trip(&[odd.to_owned(), "1".to_owned(), "0.5".to_owned(), odd.to_owned()]);
        }
        round_trip(&[i64::MIN.to_string(), i64::MAX.to_string()]);
        round_trip(&["rs1".into(), "rs-1".into(), "rs01".into(), "rs99999999999999999999".into()]);
    }

    #[test]
    fn damaged_columns_are_told() {
        let mut column = Values::default();
        ["a", "b", "a", "a"].iter().for_each(|value| column.push(value));
        let mut bytes = column.encode();
        assert!(Column::decode(&bytes[..bytes.len() - 1], 4).is_none());
        *bytes.last_mut().unwrap() = 9;
        assert_eq!(Column::decode(&bytes, 4).unwrap().append(3, &mut String::new()), None);
    }

    proptest! {
        #[test]
        fn any_values_come_back(values in proptest::collection::vec("[-0-9.e]{0,7}|rs[0-9]{1,9}|[A-C]?", 0..40)) {
            round_trip(&values);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60), rows in 0_usize..20) {
            if let Some(column) = Column::decode(&bytes, rows) {
                (0..rows).for_each(|row| { column.append(row, &mut String::new()); });
            }
        }
    }
}
