//! Cells of tables as values of INFO.

use std::borrow::Cow;

use wgs_formats::variant::ValueType;

use super::carried::{Carried, Join};

/// Most characters of a number.
const LONGEST_NUMBER: usize = 30;

/// Whether a cell says that there is no value.
pub(super) fn is_missing(cell: &str) -> bool {
    let words = ["", ".", "-", "na", "n/a", "nan", "null", "none"];
    words.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// A cell as a value: parts that `;` separates are joined by `&`, each once; what would end a value
/// is encoded, and white space is `_`. Empty if there is no value.
pub(super) fn value(cell: &str) -> Cow<'_, str> {
    if is_missing(cell) {
        return Cow::Borrowed("");
    }
    let special = |c: char| matches!(c, ';' | ',' | '=' | '%') || c.is_whitespace();
    if !cell.contains(special) {
        return Cow::Borrowed(cell);
    }
    let mut parts: Vec<String> = Vec::new();
    for part in cell.split(';').map(str::trim).filter(|part| !is_missing(part)) {
        let part = part.split_whitespace().collect::<Vec<_>>().join("_");
        let part = part.replace('%', "%25").replace(',', "%2C").replace('=', "%3D");
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    Cow::Owned(parts.join("&"))
}

/// A column's name as a key of INFO: letters, digits, `_` and `.`.
pub(super) fn key(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_');
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("_").trim_matches('_').to_owned()
}

/// Learns of what type the values of a column are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Typing {
    has_values: bool,
    has_fractions: bool,
    has_texts: bool,
}

impl Typing {
    pub(super) fn see(&mut self, value: &str) {
        if value.is_empty() || self.has_texts {
            return;
        }
        self.has_values = true;
        if value.len() > LONGEST_NUMBER {
            self.has_texts = true;
        } else if value.parse::<i32>().is_err() {
            let is_number = value.parse::<f64>().is_ok_and(f64::is_finite)
                && !value.starts_with('+')
                && value.bytes().any(|b| b.is_ascii_digit());
            self.has_fractions |= is_number;
            self.has_texts |= !is_number;
        }
    }

    pub(super) fn value_type(self) -> ValueType {
        match self {
            Self { has_texts: true, .. } | Self { has_values: false, .. } => ValueType::String,
            Self { has_fractions: true, .. } => ValueType::Float,
            _ => ValueType::Integer,
        }
    }

    /// The field of a column.
    pub(super) fn field(self, key: &str, description: String) -> Carried {
        let value_type = self.value_type();
        let join = if value_type == ValueType::String { Join::Texts } else { Join::Greatest };
        Carried { key: key.to_owned(), value_type, description, join }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_become_values() {
        for (cell, expected) in [
            ("0.5", "0.5"),
            ("NA", ""),
            ("a;b; a;.", "a&b"),
            ("x, y=50%", "x%2C_y%3D50%25"),
            (";.;", ""),
            ("-", ""),
            ("-1", "-1"),
        ] {
            assert_eq!(value(cell), expected);
        }
        assert_eq!(
            (key("GENE ID (HGNC)"), key("lof.oe_ci.upper")),
            ("GENE_ID_HGNC".into(), "lof.oe_ci.upper".into())
        );
    }

    #[test]
    fn types_are_those_of_all_values() {
        let of = |values: &[&str]| {
            let mut typing = Typing::default();
            values.iter().for_each(|value| typing.see(value));
            typing.value_type()
        };
        assert_eq!(of(&["1", "", "-2"]), ValueType::Integer);
        assert_eq!(of(&["1", "2e-5"]), ValueType::Float);
        assert_eq!(of(&["4000000000"]), ValueType::Float);
        for texts in [&["1", "x"][..], &[""], &["inf"], &["0.1&0.2"]] {
            assert_eq!(of(texts), ValueType::String, "{texts:?}");
        }
    }
}
