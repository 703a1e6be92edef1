//! Fields of INFO, by allele or not.

use crate::variant::{Definition, Info, Number, ValueType, decode};

/// A field of INFO.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) key: String,
    /// Whether there is one value for each alternate allele.
    by_allele: bool,
    is_flag: bool,
}

impl Field {
    pub(super) fn of(definition: &Definition) -> Self {
        Self {
            key: definition.id.clone(),
            by_allele: definition.number == Number::Alternates,
            is_flag: definition.value_type == ValueType::Flag,
        }
    }

    /// The value for the `index`th alternate allele; of a field that does not tell alleles apart,
    /// its whole text.
    pub(super) fn value(&self, info: &Info, index: usize) -> Option<String> {
        let text = info.get(&self.key)?;
        let text = if self.by_allele { text.split(',').nth(index)? } else { text };
        (!text.is_empty() && text != ".").then(|| decode(text).into_owned())
    }

    /// As [`Field::value`]; empty for a flag that is set.
    pub(super) fn value_or_flag(&self, info: &Info, index: usize) -> Option<String> {
        match self.is_flag {
            true => info.has(&self.key).then(String::new),
            false => self.value(info, index),
        }
    }
}

/// The highest of the numbers in a text of several.
pub(super) fn highest(text: &str) -> Option<f64> {
    let numbers = text.split(['&', ',', '|']).filter_map(|part| part.parse::<f64>().ok());
    numbers.filter(|number| number.is_finite()).reduce(f64::max)
}

/// Whether a key ends so, in capitals or not.
pub(super) fn ends_with(key: &str, end: &str) -> bool {
    let at = key.len().checked_sub(end.len());
    at.and_then(|at| key.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// Terms joined by `/`, `|`, `&`, `;` or `,`. A modifier begins with an underscore
/// (`Pathogenic,_low_penetrance`) and stays with its term.
pub(super) fn parts(text: &str) -> Vec<String> {
    split(text, &['/', '|', ',', '&', ';'])
}

pub(super) fn split(text: &str, separators: &[char]) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in text.split(separators) {
        match parts.last_mut() {
            Some(last) if part.starts_with('_') => {
                last.push(',');
                last.push_str(part);
            }
            _ if part.is_empty() || part == "." => {}
            _ => parts.push(part.to_owned()),
        }
    }
    parts
}
