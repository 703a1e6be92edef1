//! What a header says about a field of INFO or FORMAT.

use std::fmt;

/// How many values a field has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// This many; 0 for a flag.
    Count(u32),
    /// One for each alternate allele (`A`).
    Alternates,
    /// One for each allele, the reference's first (`R`).
    Alleles,
    /// One for each possible genotype (`G`).
    Genotypes,
    /// Any number (`.`).
    Unknown,
    /// A code of later versions (`P`, `LA`, `LR`, `LG`, `M`), as written.
    Other(String),
}

impl Number {
    /// Reads the text after `Number=`.
    pub fn parse(text: &str) -> Self {
        match text {
            "A" => Self::Alternates,
            "R" => Self::Alleles,
            "G" => Self::Genotypes,
            "." => Self::Unknown,
            _ => text.parse().map_or_else(|_| Self::Other(text.to_owned()), Self::Count),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(n) => n.fmt(f),
            Self::Alternates => f.write_str("A"),
            Self::Alleles => f.write_str("R"),
            Self::Genotypes => f.write_str("G"),
            Self::Unknown => f.write_str("."),
            Self::Other(code) => f.write_str(code),
        }
    }
}

/// Type of a field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// 32-bit signed integers.
    Integer,
    /// 32-bit IEEE-754 numbers.
    Float,
    /// Present or not; INFO only.
    Flag,
    /// One character each.
    Character,
    /// Text.
    String,
}

impl ValueType {
    /// Reads the text after `Type=`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "Integer" => Self::Integer,
            "Float" => Self::Float,
            "Flag" => Self::Flag,
            "Character" => Self::Character,
            "String" => Self::String,
            _ => return None,
        })
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Definition of an INFO or FORMAT field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The field's key.
    pub id: String,
    /// How many values.
    pub number: Number,
    /// Of which type.
    pub value_type: ValueType,
    /// What it says, unescaped.
    pub description: String,
}

impl Definition {
    /// A definition; `description` may hold quotes and backslashes.
    pub fn new(
        id: impl Into<String>,
        number: Number,
        value_type: ValueType,
        description: impl Into<String>,
    ) -> Self {
        Self { id: id.into(), number, value_type, description: description.into() }
    }

    pub(super) fn line(&self, kind: &str) -> String {
        let Self { id, number, value_type, description } = self;
        let description = quoted(description);
        format!("##{kind}=<ID={id},Number={number},Type={value_type},Description={description}>")
    }
}

/// A header value in quotes, with `"` and `\` escaped.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Splits the value of a header line, `<ID=x,Description="a, b">`, into its keys and unescaped
/// values; `None` if it has not that form.
///
/// ```
/// use wgs_formats::variant::structured;
/// let fields = structured(r#"<ID=x,File="a, \"b\"">"#).expect("well-formed");
/// assert_eq!(fields, [("ID", "x".to_owned()), ("File", "a, \"b\"".to_owned())]);
/// ```
pub fn structured(value: &str) -> Option<Vec<(&str, String)>> {
    let mut rest = value.strip_prefix('<')?.strip_suffix('>')?;
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = after.find(',').unwrap_or(after.len());
                (after[..end].to_owned(), &after[end..])
            }
        };
        fields.push((key, value));
        rest = match after.strip_prefix(',') {
            Some(next) => next,
            None if after.is_empty() => after,
            None => return None,
        };
    }
    Some(fields)
}

/// The text up to the closing quote, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(chars.next()?.1),
            _ => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_commas_and_backslashes_come_back() {
        let text = r#"a "b", c\d = e>"#;
        let line = Definition::new("X", Number::Alternates, ValueType::Float, text).line("INFO");
        let fields = structured(line.strip_prefix("##INFO=").unwrap()).unwrap();
        assert_eq!(fields[0], ("ID", "X".to_owned()));
        assert_eq!(fields[1], ("Number", "A".to_owned()));
        assert_eq!(fields[3], ("Description", text.to_owned()));
    }

    #[test]
    fn what_is_not_structured_is_refused() {
        for text in ["ID=x", "<ID>", "<ID=x", r#"<ID="x>"#, r#"<ID="x"y>"#] {
            assert!(structured(text).is_none(), "{text}");
        }
    }
}
