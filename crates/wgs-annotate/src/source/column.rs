//! Columns of values. Values are texts, as the source had them, and come back to the letter; a
//! column is written in the shortest way that all its values allow.

use std::collections::BTreeMap;

use super::{
    bytes::{Bytes, Planes, push_number},
    decimal::Decimal,
    ratio::{Fractions, OfColumns},
};
use crate::text::push_integer;

const ABSENT: u8 = 0;
const INTEGERS: u8 = 1;
const DECIMALS: u8 = 2;
const DICTIONARY: u8 = 3;
const TEXTS: u8 = 4;

const RATIOS: u8 = 5;
const FRACTIONS: u8 = 6;

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

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        let start = |row: usize| row.checked_sub(1).map_or(0, |before| self.ends[before]);
        (0..self.ends.len()).map(move |row| &self.text[start(row)..self.ends[row]])
    }

    /// The column as bytes, by itself.
    pub(super) fn encode(&self) -> Vec<u8> {
        if self.text.is_empty() {
            return vec![ABSENT];
        }
        let shortest = self.integers().or_else(|| self.decimals()).or_else(|| self.dictionary());
        shortest.unwrap_or_else(|| self.texts())
    }

    /// The column as bytes in each way that may be the shortest once it is compressed; `integers`
    /// are the numbers of the columns that it stands among, of those that are plain integers.
    pub(super) fn encodings(&self, integers: &[Option<Vec<Option<i64>>>]) -> Vec<Vec<u8>> {
        let tagged = |tag: u8, bytes: Vec<u8>| [vec![tag], bytes].concat();
        let plain = self.encode();
        if plain[0] != DECIMALS {
            return vec![plain];
        }
        if let Some(ratios) = OfColumns::encode(self, integers) {
            return vec![tagged(RATIOS, ratios)];
        }
        let fractions = Fractions::encode(self).map(|bytes| tagged(FRACTIONS, bytes));
        fractions.into_iter().chain([plain]).collect()
    }

    /// The numbers of a column of integers without a prefix.
    pub(super) fn plain_integers(&self) -> Option<Vec<Option<i64>>> {
        let (prefix, numbers) = self.numbers()?;
        prefix.is_empty().then_some(numbers)
    }

    /// Numbers, and the prefix that all of them have.
    fn numbers(&self) -> Option<(&str, Vec<Option<i64>>)> {
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
        Some((prefix, numbers))
    }

    /// Integers behind one prefix, such as `rs`.
    fn integers(&self) -> Option<Vec<u8>> {
        let (prefix, numbers) = self.numbers()?;
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
    Ratios(OfColumns),
    Fractions(Fractions),
}

impl Column {
    /// Reads what [`Values::encode`] or [`Values::encodings`] wrote for so many rows; `None` if it is damaged.
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
            RATIOS => Self::Ratios(OfColumns::decode(&mut bytes, rows)?),
            FRACTIONS => Self::Fractions(Fractions::decode(&mut bytes, rows)?),
            _ => return None,
        })
    }

    /// The number of a row, of a column of plain integers.
    pub(super) fn integer(&self, row: usize) -> Option<i64> {
        match self {
            Self::Integers { prefix, least, numbers } if prefix.is_empty() => {
                least.checked_add_unsigned(numbers.get(row).checked_sub(1)?)
            }
            _ => None,
        }
    }

    /// Appends the value of a row; says whether there is one. `columns` are those that it stands
    /// among. `None` if the column is damaged.
    pub(super) fn append(&self, row: usize, columns: &[Self], out: &mut String) -> Option<bool> {
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
            Self::Ratios(ratios) => ratios.append(row, columns, out)?,
            Self::Fractions(fractions) => fractions.append(row, out)?,
        }
        Some(out.len() > before)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn round_trip(values: &[String]) -> u8 {
        let mut column = Values::default();
        values.iter().for_each(|value| column.push(value));
        for bytes in column.encodings(&[]) {
            read_back(&bytes, values, &[]);
        }
        column.encode()[0]
    }

    fn read_back(bytes: &[u8], values: &[String], columns: &[Column]) {
        let read = Column::decode(bytes, values.len()).unwrap();
        for (row, value) in values.iter().enumerate() {
            let mut text = "before".to_owned();
            assert_eq!(read.append(row, columns, &mut text), Some(!value.is_empty()));
            assert_eq!(text, format!("before{value}"));
        }
    }

    #[test]
    fn frequencies_come_back_to_the_letter_from_counts_or_as_fractions() {
        let scientific = |ratio: f64| {
            let text = format!("{ratio:.5e}");
            let (mantissa, exponent) = text.split_once('e').unwrap();
            let exponent: i32 = exponent.parse().unwrap();
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", exponent.abs())
        };
        let called = |row: u64| 152_312 - 2 * (row * row % 97);
        let count = |row: u64| [0, 1, 1, 2, 17, 5_000, 150_000][(row % 7) as usize];
        let mut columns: [Vec<String>; 3] = Default::default();
        for row in 0..500 {
            let odd = ["", "0.5", "1.5e-1", "."];
            let frequency = match row % 50 {
                n @ 0..4 => odd[n as usize].to_owned(),
                _ => scientific(count(row) as f64 / called(row) as f64),
            };
            let count = if row % 99 == 7 { String::new() } else { count(row).to_string() };
            let row = [count, called(row).to_string(), frequency];
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
        columns[2].iter_mut().filter(|value| *value == ".").for_each(String::clear);
        let values = columns.each_ref().map(|column| {
            let mut values = Values::default();
            column.iter().for_each(|value| values.push(value));
            values
        });
        let integers = values.each_ref().map(Values::plain_integers);
        let counts = [0, 1].map(|c| Column::decode(&values[c].encode(), 500).unwrap());
        let ratios = values[2].encodings(&integers);
        assert_eq!(ratios.iter().map(|bytes| bytes[0]).collect::<Vec<_>>(), [RATIOS]);
        read_back(&ratios[0], &columns[2], &counts);
        let alone = values[2].encodings(&[]);
        assert_eq!(alone.iter().map(|bytes| bytes[0]).collect::<Vec<_>>(), [FRACTIONS, DECIMALS]);
        alone.iter().for_each(|bytes| read_back(bytes, &columns[2], &[]));
        for bytes in ratios.iter().chain(&alone) {
            for cut in 0..bytes.len() {
                if let Some(column) = Column::decode(&bytes[..cut], 500) {
                    (0..500).for_each(|row| {
                        column.append(row, &counts, &mut String::new());
                    });
                }
            }
        }
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
        assert_eq!(Column::decode(&bytes, 4).unwrap().append(3, &[], &mut String::new()), None);
    }

    proptest! {
        #[test]
        fn any_values_come_back(values in proptest::collection::vec("[-0-9.e]{0,7}|rs[0-9]{1,9}|[A-C]?", 0..40)) {
            round_trip(&values);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60), rows in 0_usize..20) {
            if let Some(column) = Column::decode(&bytes, rows) {
                (0..rows).for_each(|row| { column.append(row, &[], &mut String::new()); });
            }
        }
    }
}
