//! How alignment files are written.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::genome::Genome;

/// Version of the CRAM that is written.
///
/// ```
/// use wgs_formats::alignment::CramVersion;
/// assert_eq!("3.1".parse(), Ok(CramVersion::V3_1));
/// assert_eq!(CramVersion::default().to_string(), "3.0");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum CramVersion {
    /// CRAM 3.0, which every reader of the last ten years takes.
    #[default]
    V3_0,
    /// CRAM 3.1: smaller by its codecs for names and qualities; readers older than 2022 refuse it.
    V3_1,
}

/// How much time the encoder of CRAM spends for size (htslib's profiles).
///
/// ```
/// use wgs_formats::alignment::CramProfile;
/// assert_eq!("small".parse(), Ok(CramProfile::Small));
/// assert_eq!(CramProfile::default().to_string(), "normal");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum CramProfile {
    /// Slices of 10,000 records.
    #[default]
    Normal,
    /// Slices of 25,000 records, bzip2 as well, and in 3.1 the model of qualities.
    Small,
    /// Slices of 100,000 records, and in 3.1 arithmetic coding as well: slow to write and to read,
    /// and a region cannot be had without a whole slice.
    Archive,
}

/// A name that is none of the known ones.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is none of {expected}")]
pub struct UnknownName {
    found: String,
    expected: String,
}

macro_rules! names {
    ($type:ident { $($value:ident $name:literal)* }) => {
        impl $type {
            /// All of them, the default first.
            pub const ALL: &[Self] = &[$(Self::$value),*];

            /// The name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$value => $name),* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, UnknownName> {
                Self::ALL.iter().find(|known| known.name() == text).copied().ok_or_else(|| {
                    UnknownName { found: text.to_owned(), expected: [$($name),*].join(", ") }
                })
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.name().to_owned()
            }
        }

        impl TryFrom<String> for $type {
            type Error = UnknownName;

            fn try_from(text: String) -> Result<Self, UnknownName> {
                text.parse()
            }
        }
    };
}

names!(CramVersion { V3_0 "3.0" V3_1 "3.1" });
names!(CramProfile { Normal "normal" Small "small" Archive "archive" });

/// What a [`Writer`](super::Writer) is told besides the header; the default is for one thread, and
/// without a genome.
///
/// ```
/// use wgs_formats::alignment::{CramVersion, WriterOptions};
/// let options = WriterOptions { cram_version: CramVersion::V3_1, threads: 4, ..Default::default() };
/// assert!(options.genome.is_none());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct WriterOptions<'a> {
    /// The genome, without which no CRAM can be written; SAM and BAM do not need it.
    pub genome: Option<&'a Genome>,
    /// Threads that encode, 16 of them at most; 0 is 1. The bytes do not depend on them.
    pub threads: usize,
    /// Version of CRAM.
    pub cram_version: CramVersion,
    /// Size or speed of CRAM.
    pub cram_profile: CramProfile,
    /// `UR` of every contig: where the sequence of the genome can be had, a URL or a path. Without,
    /// those that the header has stay, and in CRAM other contigs get the name of the genome's file:
    /// without its folder, which is the business of one machine.
    pub reference_uri: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_and_others_are_refused() {
        for version in CramVersion::ALL {
            assert_eq!(version.name().parse(), Ok(*version));
        }
        for profile in CramProfile::ALL {
            assert_eq!(profile.name().parse(), Ok(*profile));
        }
        let error = "4.0".parse::<CramVersion>().unwrap_err();
        assert_eq!(error.to_string(), "\"4.0\" is none of 3.0, 3.1");
        assert!("Small".parse::<CramProfile>().is_err());
    }
}
