//! What is to be told of a case, and of which tumour it is.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the clinic says of a case beside its samples.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clinical {
    /// Panels of genes that the question of the case names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub panels: Vec<String>,
    /// The patient's tumour, where there is one and its type is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tumor_type: Option<TumorType>,
    /// What the person has agreed to be told of inherited variants.
    #[serde(default)]
    pub consent: Consent,
    /// What the study or hospital returns of inherited variants.
    #[serde(default)]
    pub return_scope: ReturnScope,
}

impl Clinical {
    /// What may be told of inherited variants that have nothing to do with the question asked: the
    /// narrower of consent and scope.
    ///
    /// ```
    /// use wgs_task::case::{Clinical, Consent, ReturnScope};
    ///
    /// let wide = Clinical { return_scope: ReturnScope::Full, ..Clinical::default() };
    /// assert_eq!(wide.allowed(), Consent::None);
    /// let both = Clinical { consent: Consent::Actionable, ..wide };
    /// assert_eq!(both.allowed(), Consent::Actionable);
    /// ```
    pub fn allowed(&self) -> Consent {
        self.consent.min(match self.return_scope {
            ReturnScope::Cancer => Consent::Cancer,
            ReturnScope::Actionable => Consent::Actionable,
            ReturnScope::Full => Consent::Full,
        })
    }
}

/// What a person has agreed to be told of inherited variants, the narrowest first; each contains the
/// ones before it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Consent {
    /// Nothing but what the case is about. What holds where a case says nothing.
    #[default]
    None,
    /// Inherited variants that make for cancer.
    Cancer,
    /// Those in genes of the list of secondary findings.
    Actionable,
    /// Whatever is found.
    Full,
}

/// What a study or hospital returns of inherited variants, the narrowest first.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum ReturnScope {
    /// Inherited variants that make for cancer. What holds where a case says nothing.
    #[default]
    Cancer,
    /// Those in genes of the list of secondary findings, too.
    Actionable,
    /// Whatever is found.
    Full,
}

/// The type of a tumour: a term of the Disease Ontology (`DOID:3910`), a code of OncoTree
/// (`OncoTree:LUAD`), or a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TumorType(String);

impl TumorType {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TumorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TumorType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_code = |code: &str, fits: fn(u8) -> bool| !code.is_empty() && code.bytes().all(fits);
        let fits = match text.split_once(':') {
            Some(("DOID", number)) => is_code(number, |b| b.is_ascii_digit()),
            Some(("OncoTree", code)) => {
                is_code(code, |b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
            }
            Some(_) => false,
            None => {
                !text.is_empty()
                    && text.trim() == text
                    && text.len() <= 200
                    && !text.chars().any(char::is_control)
            }
        };
        if fits {
            return Ok(Self(text.to_owned()));
        }
        Err(format!("{text:?} is no tumor type: expected DOID:3910, OncoTree:LUAD, or a name"))
    }
}

impl TryFrom<String> for TumorType {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<TumorType> for String {
    fn from(tumor_type: TumorType) -> Self {
        tumor_type.0
    }
}

/// The words of an enumeration in case files and samplesheets.
macro_rules! words {
    ($type:ty, $($word:literal => $variant:ident),+) => {
        impl FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text.to_ascii_lowercase().as_str() {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(format!("{text:?} is none of {}", [$($word),+].join(", "))),
                }
            }
        }

        impl $type {
            /// The word for it in case files.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

words!(Consent, "none" => None, "cancer" => Cancer, "actionable" => Actionable, "full" => Full);
words!(ReturnScope, "cancer" => Cancer, "actionable" => Actionable, "full" => Full);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrower_of_consent_and_scope_holds() {
        let allowed = |consent, return_scope| {
            Clinical { consent, return_scope, ..Clinical::default() }.allowed()
        };
        assert_eq!(Clinical::default().allowed(), Consent::None);
        assert_eq!(allowed(Consent::None, ReturnScope::Full), Consent::None);
        assert_eq!(allowed(Consent::Full, ReturnScope::Cancer), Consent::Cancer);
        assert_eq!(allowed(Consent::Full, ReturnScope::Full), Consent::Full);
        assert_eq!(allowed(Consent::Cancer, ReturnScope::Actionable), Consent::Cancer);
    }

    #[test]
    fn words_and_values_are_each_others() {
        for consent in [Consent::None, Consent::Cancer, Consent::Actionable, Consent::Full] {
            assert_eq!(consent.word().parse(), Ok(consent));
        }
        for scope in [ReturnScope::Cancer, ReturnScope::Actionable, ReturnScope::Full] {
            assert_eq!(scope.word().parse(), Ok(scope));
        }
        assert!("everything".parse::<Consent>().unwrap_err().contains("none, cancer"));
    }

    #[test]
    fn tumor_types() {
        for good in ["DOID:3910", "OncoTree:LUAD", "lung adenocarcinoma", "肺腺癌"] {
            assert_eq!(good.parse::<TumorType>().unwrap().as_str(), good);
        }
        for bad in ["", " lung", "DOID:", "DOID:x", "OncoTree:luad", "ICD:C34", "a\tb"] {
            assert!(bad.parse::<TumorType>().is_err(), "{bad:?}");
        }
    }
}
