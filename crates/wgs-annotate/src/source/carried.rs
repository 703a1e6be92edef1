//! Fields of a store while it is made: of what type they are, and what becomes of values that meet.

use wgs_formats::variant::ValueType;

use super::file::StoredField;

/// What is kept where one allele stands several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// The first value.
    First,
    /// The greatest number.
    Greatest,
    /// All texts, each once.
    Texts,
}

/// A field that a store carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Carried {
    pub(super) key: String,
    pub(super) value_type: ValueType,
    pub(super) description: String,
    pub(super) join: Join,
}

impl Carried {
    pub(super) fn stored(&self) -> StoredField {
        StoredField::new(&self.key, self.value_type, &self.description)
    }
}

/// The tab-separated values of what stands twice.
pub(super) fn joined(fields: &[Carried], first: &str, second: &str) -> String {
    let pairs = fields.iter().zip(first.split('\t')).zip(second.split('\t'));
    let values = pairs.map(|((field, first), second)| {
        let mut value = first.to_owned();
        join(field.join, &mut value, second);
        value
    });
    values.collect::<Vec<_>>().join("\t")
}

/// Adds a value to another; empty ones are absent.
pub(super) fn join(how: Join, value: &mut String, other: &str) {
    if value.is_empty() || other.is_empty() {
        value.push_str(other);
        return;
    }
    match how {
        Join::First => {}
        Join::Greatest => {
            if is_greater(other, value) {
                other.clone_into(value);
            }
        }
        Join::Texts => {
            for part in other.split('&') {
                if value.split('&').all(|there| there != part) {
                    value.push('&');
                    value.push_str(part);
                }
            }
        }
    }
}

fn is_greater(one: &str, other: &str) -> bool {
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one > other,
        (one, other) => one.is_ok() && other.is_err(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_meet_are_joined_by_their_kind() {
        let field = |join| Carried {
            key: "k".into(),
            value_type: ValueType::String,
            description: String::new(),
            join,
        };
        let fields = [Join::First, Join::Greatest, Join::Texts, Join::Texts].map(field);
        assert_eq!(joined(&fields, "1\t-2\ta&b\t", "2\t-1\tb&c\tx"), "1\t-1\ta&b&c\tx");
        assert_eq!(joined(&fields, "\t3\ta\tx", "2\t1e1\ta\t"), "2\t1e1\ta\tx");
    }
}
