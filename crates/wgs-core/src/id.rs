//! Names that people give to cases, samples, libraries and read groups.
//!
//! They become file names, `@RG` fields and VCF columns, so their alphabet is small.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Longest id, in bytes: leaves room for every suffix within a 255-byte file name.
const MAX_LEN: usize = 128;

/// Why a text is not an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} id {text:?} {reason}")]
pub struct IdError {
    kind: &'static str,
    text: String,
    reason: &'static str,
}

fn check(kind: &'static str, text: &str) -> Result<(), IdError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let reason = if text.is_empty() {
        "is empty"
    } else if text.len() > MAX_LEN {
        "is longer than 128 characters"
    } else if !text.bytes().all(allowed) {
        "may hold only the characters A-Z a-z 0-9 . _ -"
    } else if text.starts_with(['-', '.']) {
        "may not begin with a dash or a dot"
    } else {
        return Ok(());
    };
    Err(IdError { kind, text: text.to_owned(), reason })
}

macro_rules! id {
    ($name:ident, $kind:literal, $doc:literal) => {
        #[doc = $doc]
        ///
        /// One to 128 characters of `[A-Za-z0-9._-]`, the first neither a dash nor a dot.
        ///
        /// ```
        #[doc = concat!("use wgs_core::", stringify!($name), ";")]
        #[doc = concat!("assert!(\"NA12878\".parse::<", stringify!($name), ">().is_ok());")]
        #[doc = concat!("assert!(\"../x\".parse::<", stringify!($name), ">().is_err());")]
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                check($kind, text).map(|()| Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                check($kind, &text).map(|()| Self(text))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(CaseId, "case", "The unit of work: one patient or family.");
id!(SampleId, "sample", "One sequenced specimen: the `SM` of a read group, a column of a VCF.");
id!(LibraryId, "library", "One sequencing library: the `LB` of a read group.");
id!(ReadGroupId, "read group", "The `ID` of a read group: one library on one lane.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_are_not_file_names_are_refused() {
        for text in ["", "../x", "-rf", ".hidden", "a/b", "a b", "é", "a\n", &"x".repeat(129)] {
            assert!(text.parse::<SampleId>().is_err(), "{text:?} must be refused");
        }
    }

    #[test]
    fn refusal_names_kind_and_text() {
        let error = "../x".parse::<CaseId>().unwrap_err().to_string();
        assert_eq!(error, r#"case id "../x" may hold only the characters A-Z a-z 0-9 . _ -"#);
    }
}
