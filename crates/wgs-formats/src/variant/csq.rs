//! The consequence field that Ensembl VEP defined: `CSQ` in INFO.
//!
//! The header tells the fields (`… Format: Allele|Consequence|…`); a record has one entry for each
//! allele and feature, entries joined by commas and values by `|`.
//!
//! ```
//! use wgs_core::Pos1;
//! use wgs_formats::variant::{Header, Record, csq::Format};
//!
//! let format = Format::new(["Allele", "Consequence", "SYMBOL", "HGVSp"]);
//! let mut header = Header::default();
//! header.add_info(format.definition("Consequences by wgs-annotate."));
//!
//! let mut record = Record::new("chr17", Pos1::new(57_078)?, "G", ["A"]);
//! record.info.set("CSQ", "A|stop_gained&splice_region_variant|BRCA1|p.Arg1772%3D");
//! let format = Format::of_header(&header).expect("the header has CSQ");
//! let entries = format.entries(&record);
//! assert_eq!(entries[0].get("SYMBOL"), Some("BRCA1"));
//! assert_eq!(entries[0].text("HGVSp").as_deref(), Some("p.Arg1772="));
//! assert!(entries[0].terms().any(|term| term == "stop_gained"));
//! # Ok::<(), wgs_core::PositionError>(())
//! ```

use std::borrow::Cow;

use super::{Definition, Header, Number, Record, ValueType, decode};

/// The key in INFO.
pub const KEY: &str = "CSQ";

/// Names of the fields, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    fields: Vec<String>,
}

impl Format {
    /// A format of these fields.
    pub fn new<S: Into<String>>(fields: impl IntoIterator<Item = S>) -> Self {
        Self { fields: fields.into_iter().map(Into::into).collect() }
    }

    /// What the definition of `CSQ` says; `None` without one, or if it names no fields.
    pub fn of_header(header: &Header) -> Option<Self> {
        let description = &header.info(KEY)?.description;
        let (_, fields) = description.split_once("Format:")?;
        let fields = fields.trim().trim_end_matches('"');
        (!fields.is_empty()).then(|| Self::new(fields.split('|').map(str::trim)))
    }

    /// The definition of `CSQ` for a header. `about` is a sentence that ends with a period.
    pub fn definition(&self, about: &str) -> Definition {
        let description = format!("{about} Format: {}", self.fields.join("|"));
        Definition::new(KEY, Number::Unknown, ValueType::String, description)
    }

    /// The fields in order.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// The entries of a record, in order.
    pub fn entries<'a>(&'a self, record: &'a Record) -> Vec<Entry<'a>> {
        let text = record.info.get(KEY).unwrap_or_default();
        let entries = text.split(',').filter(|entry| !entry.is_empty());
        entries.map(|entry| Entry { format: self, values: entry.split('|').collect() }).collect()
    }
}

/// What one allele does to one feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    format: &'a Format,
    values: Vec<&'a str>,
}

impl<'a> Entry<'a> {
    /// Value of a field as written; `None` if it is empty or the format lacks the field.
    pub fn get(&self, field: &str) -> Option<&'a str> {
        let column = self.format.fields.iter().position(|f| f == field)?;
        self.values.get(column).copied().filter(|value| !value.is_empty())
    }

    /// Whether the format has a field, with a value here or not.
    pub fn has(&self, field: &str) -> bool {
        self.format.fields.iter().any(|f| f == field)
    }

    /// The fields that have a value, with their names, in order.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let fields = self.format.fields.iter().map(String::as_str);
        fields.zip(self.values.iter().copied()).filter(|(_, value)| !value.is_empty())
    }

    /// Value of a field, percent-decoded.
    pub fn text(&self, field: &str) -> Option<Cow<'a, str>> {
        self.get(field).map(decode)
    }

    /// The parts of a field that are joined by `&`.
    pub fn parts(&self, field: &str) -> impl Iterator<Item = &'a str> {
        self.get(field).unwrap_or_default().split('&').filter(|part| !part.is_empty())
    }

    /// The Sequence Ontology terms, most severe first.
    pub fn terms(&self) -> impl Iterator<Item = &'a str> {
        self.parts("Consequence")
    }
}

/// A value as VEP writes it into an entry: `,` and `|` become `&`, white space `_`, and `;` and
/// `=` are percent-encoded.
pub fn escape(value: &str) -> Cow<'_, str> {
    let plain = |byte: u8| {
        let special = matches!(byte, b',' | b'|' | b';' | b'=' | b' ' | b'\t'..=b'\r');
        byte.is_ascii() && !special
    };
    if value.bytes().all(plain) {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len() + 4);
    let mut after_space = false;
    for c in value.chars() {
        match c {
            ',' | '|' => text.push('&'),
            ';' => text.push_str("%3B"),
            '=' => text.push_str("%3D"),
            _ if c.is_whitespace() && after_space => {}
            _ if c.is_whitespace() => text.push('_'),
            _ => text.push(c),
        }
        after_space = c.is_whitespace();
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use wgs_core::Pos1;

    use super::*;

    #[test]
    fn a_header_of_vep_is_read() {
        let mut header = Header::default();
        let line = "##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Consequence annotations \
            from Ensembl VEP. Format: Allele|Consequence|IMPACT\">";
        header.meta_line(line).unwrap();
        let format = Format::of_header(&header).unwrap();
        assert_eq!(format.fields(), ["Allele", "Consequence", "IMPACT"]);
        assert_eq!(Format::of_header(&Header::default()), None);
    }

    #[test]
    fn short_entries_and_absent_fields_are_none() {
        let format = Format::new(["Allele", "Consequence", "SYMBOL"]);
        let mut record = Record::new("a", Pos1::from_pos0(0), "A", ["C"]);
        assert!(format.entries(&record).is_empty());
        record.info.set(KEY, "C|x&y,-||Z");
        let entries = format.entries(&record);
        assert_eq!(entries[0].get("SYMBOL"), None);
        assert_eq!(entries[0].terms().collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(entries[1].terms().count(), 0);
        assert_eq!((entries[1].get("SYMBOL"), entries[1].get("Gene")), (Some("Z"), None));
    }

    #[test]
    fn escaping_is_veps() {
        assert_eq!(escape("a, b|c;d=e"), "a&_b&c%3Bd%3De");
        assert_eq!(escape("p.Leu2="), "p.Leu2%3D");
    }
}
