//! One line of a SAM header, and the read groups and programs that lines describe.

use std::fmt;

use super::HeaderError;

/// A line of a header, with every field it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// `@XX` with `TAG:value` fields, tabs between them.
    Fields(String, Vec<(String, String)>),
    /// `@CO`.
    Comment(String),
}

impl Line {
    pub(super) fn parse(text: &str) -> Result<Self, HeaderError> {
        let wrong = || HeaderError::Syntax(text.to_owned());
        if let Some(comment) = text.strip_prefix("@CO") {
            let comment = comment.strip_prefix('\t').or(comment.is_empty().then_some(""));
            return Ok(Self::Comment(comment.ok_or_else(wrong)?.to_owned()));
        }
        let (kind, fields) = text.split_once('\t').ok_or_else(wrong)?;
        let letters = kind.strip_prefix('@').ok_or_else(wrong)?;
        if letters.len() != 2 || !letters.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(wrong());
        }
        let mut parsed: Vec<(String, String)> = Vec::new();
        for text in fields.split('\t') {
            match parse_field(text).filter(|(tag, _)| get(&parsed, tag).is_none()) {
                Some(field) => parsed.push(field),
                None => continue_value(letters, &mut parsed, text).ok_or_else(wrong)?,
            }
        }
        Ok(Self::Fields(letters.to_owned(), parsed))
    }

    /// The fields of a line of this kind.
    pub(super) fn fields(&self, kind: &str) -> Option<&[(String, String)]> {
        match self {
            Self::Fields(own, fields) if own == kind => Some(fields),
            _ => None,
        }
    }

    /// The value of a field of a line of this kind.
    pub(super) fn get(&self, kind: &str, tag: &str) -> Option<&str> {
        get(self.fields(kind)?, tag)
    }
}

/// The value of a tag.
pub(super) fn get<'a>(fields: &'a [(String, String)], tag: &str) -> Option<&'a str> {
    fields.iter().find(|(own, _)| own == tag).map(|(_, value)| value.as_str())
}

/// Sets a tag: replaces its value, else appends it.
pub(super) fn set(fields: &mut Vec<(String, String)>, tag: &str, value: &str) {
    match fields.iter_mut().find(|(own, _)| own == tag) {
        Some((_, old)) => value.clone_into(old),
        None => fields.push((tag.to_owned(), value.to_owned())),
    }
}

/// Takes a text for more of the value before it: command lines of programs that were given a tab
/// stand with it in headers that aligners write.
fn continue_value(kind: &str, fields: &mut [(String, String)], text: &str) -> Option<()> {
    let (_, value) = fields.last_mut().filter(|(tag, _)| kind == "PG" && tag == "CL")?;
    value.push(' ');
    value.push_str(text);
    Some(())
}

fn parse_field(text: &str) -> Option<(String, String)> {
    let (tag, value) = text.split_once(':')?;
    is_tag(tag).then(|| (tag.to_owned(), value.to_owned()))
}

fn is_tag(tag: &str) -> bool {
    matches!(*tag.as_bytes(), [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphanumeric())
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comment(text) => write!(f, "@CO\t{text}"),
            Self::Fields(kind, fields) => {
                write!(f, "@{kind}")?;
                fields.iter().try_for_each(|(tag, value)| write!(f, "\t{tag}:{value}"))
            }
        }
    }
}

/// A text that may stand as a value in a header.
pub(super) fn is_value(text: &str) -> bool {
    !text.contains(['\t', '\n', '\r', '\0'])
}

macro_rules! line {
    ($(#[$doc:meta])* $name:ident $kind:literal { $($tag:literal $field:ident $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            /// Its id (`ID`), unique in the header.
            pub id: String,
            $(#[doc = $text] pub $field: Option<String>,)*
            /// Further fields, tag and value.
            pub other: Vec<(String, String)>,
        }

        impl $name {
            /// One of which nothing but the id is known.
            pub fn new(id: impl Into<String>) -> Self {
                Self { id: id.into(), ..Self::default() }
            }

            pub(super) fn from_line(line: &Line) -> Option<Result<Self, HeaderError>> {
                let mut new = Self::default();
                for (tag, value) in line.fields($kind)? {
                    match tag.as_str() {
                        "ID" => new.id.clone_from(value),
                        $($tag => new.$field = Some(value.clone()),)*
                        _ => new.other.push((tag.clone(), value.clone())),
                    }
                }
                let missing = new.id.is_empty();
                Some(if missing { Err(HeaderError::Syntax(line.to_string())) } else { Ok(new) })
            }

            pub(super) fn to_line(&self) -> Result<Line, HeaderError> {
                let mut fields = vec![("ID".to_owned(), self.id.clone())];
                $(fields.extend(self.$field.iter().map(|v| ($tag.to_owned(), v.clone())));)*
                fields.extend(self.other.iter().cloned());
                let line = Line::Fields($kind.to_owned(), fields);
                let sound = line.fields($kind).is_some_and(|fields| {
                    fields.iter().all(|(tag, value)| is_tag(tag) && is_value(value))
                });
                if sound && !self.id.is_empty() {
                    Ok(line)
                } else {
                    Err(HeaderError::Syntax(line.to_string()))
                }
            }
        }
    };
}

line! {
    /// A read group: the reads of one library on one lane (`@RG`).
    ///
    /// ```
    /// use wgs_formats::alignment::ReadGroup;
    /// let group = ReadGroup { sample: Some("NA12878".into()), ..ReadGroup::new("lane1") };
    /// assert_eq!(group.id, "lane1");
    /// ```
    ReadGroup "RG" {
        "SM" sample "Sample (`SM`).";
        "LB" library "Library (`LB`).";
        "PL" platform "Platform (`PL`), such as `ILLUMINA`.";
        "PU" unit "Platform unit (`PU`): flow cell, lane, barcode.";
        "CN" center "Sequencing centre (`CN`).";
        "DT" date "Date of the run (`DT`), ISO 8601.";
        "DS" description "Description (`DS`).";
    }
}

line! {
    /// A program that made the file what it is (`@PG`).
    Program "PG" {
        "PN" name "Name (`PN`).";
        "VN" version "Version (`VN`).";
        "CL" command_line "Command line (`CL`).";
        "PP" previous "Id of the program before it (`PP`).";
        "DS" description "Description (`DS`).";
    }
}
