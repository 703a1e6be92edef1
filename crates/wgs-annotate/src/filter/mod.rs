//! Filter expressions: which records are kept, by any field of the annotated file.
//!
//! ```text
//! expression = and { "or" and }            also ||
//! and        = not { "and" not }           also &&
//! not        = { "not" } condition         also !
//! condition  = "(" expression ")"
//!            | value OPERATOR value        = == != < <= > >= ~ !~ has
//!            | value [ "not" ] "in" "(" value { "," value } ")"
//!            | value "not" "has" value
//!            | FLAG
//!            | "exists" "(" field ")" | "missing" "(" field ")"
//!            | "any_sample" "(" expression ")" | "all_samples" "(" expression ")"
//!            | "any_entry" "(" expression ")" | "all_entries" "(" expression ")"
//!            | "picked" "(" expression ")"
//! value      = product { ( "+" | "-" ) product }
//! product    = unit { ( "*" | "/" ) unit }
//! unit       = NUMBER | TEXT | WORD | field
//!            | "number" "(" field ")" | "default" "(" field "," value ")"
//! field      = [ "INFO/" | "CSQ/" ] KEY [ "[" INDEX "]" ]
//!            | "sample" "(" TEXT ")" "." KEY [ "[" INDEX "]" ]
//!            | "sample." KEY [ "[" INDEX "]" ]
//! ```
//!
//! The expression is asked of each alternate allele with each of its entries in `CSQ`; a record is
//! kept whole if the answer is yes for one of them, so that conditions on columns of `CSQ` that are
//! joined by `and` speak of one transcript. What is missing makes a condition neither true nor false:
//! a record is kept only if the answer is yes whatever a missing value might be, and `not` changes
//! nothing about that. `Verdict::Unknown` says that a record was left out for this reason.

mod check;
mod lex;
mod syntax;
mod test;
#[cfg(test)]
mod tests;

use wgs_core::ErrorKind;
use wgs_formats::{FileError, variant::Header};

use self::test::{Test, Truth, any};
use crate::{
    field::{At, Catalog},
    site::{CsqColumns, Site},
};

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("character {at}: {reason}")]
pub struct FilterError {
    /// Number of the character, from 1.
    pub at: usize,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl FilterError {
    fn new(at: usize, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into(), hint: None }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl From<FilterError> for FileError {
    fn from(error: FilterError) -> Self {
        let file = Self::new("the filter", ErrorKind::Usage, error.reason);
        let file = file.at(format!("character {}", error.at));
        if let Some(hint) = error.hint { file.hint(hint) } else { file }
    }
}

/// What a filter says of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Kept,
    Dropped,
    /// Left out because of a missing value.
    Unknown,
}

/// An expression that fits the fields of a file. The [module](self) tells the grammar.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    test: Test,
    by_entry: bool,
}

impl Filter {
    /// Reads an expression for a file with this header.
    pub(crate) fn new(
        expression: &str,
        header: &Header,
        columns: &CsqColumns,
    ) -> Result<Self, FilterError> {
        let test = check::check(&syntax::parse(expression)?, &Catalog::new(header, columns))?;
        Ok(Self { by_entry: test.needs_entry(), test })
    }

    /// Judges a record; the error says which value is none of the type that the header declares.
    pub(crate) fn judge(&self, site: &Site<'_>) -> Result<Verdict, String> {
        // A record without alternate alleles is asked once.
        let alleles = 0..site.record.alternates.len().max(1);
        let answers = alleles.map(|allele| {
            let ask = |entry| self.test.ask(At { site, allele, entry, sample: None });
            match site.entries_of(allele) {
                entries if self.by_entry && !entries.is_empty() => {
                    any(entries.iter().map(|entry| ask(Some(*entry))))
                }
                _ => ask(None),
            }
        });
        Ok(match any(answers)? {
            Truth::True => Verdict::Kept,
            Truth::False => Verdict::Dropped,
            Truth::Unknown => Verdict::Unknown,
        })
    }
}
