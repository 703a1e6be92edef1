//! What can be wrong with a delivered file, and what is to be done about it.

use serde::{Deserialize, Serialize};

/// Class of a problem, as `quarantine.tsv` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// Its digest is not the one that a list has.
    Digest,
    /// Lists contradict each other, or have lines that cannot be read.
    List,
    /// Its content is not what its format says.
    Damaged,
    /// It ends before its end.
    Truncated,
    /// Its name, or that of a folder above it, cannot become a part of a case.
    Name,
    /// A link that leads outside the delivery, or nowhere.
    Link,
    /// A form of reads that is not taken.
    Unsupported,
    /// R1 and R2 do not belong together.
    Mates,
    /// Flow cell or lane of its reads are not those of its name.
    Lane,
    /// Other files, which must differ, have the same content.
    SameContent,
    /// Another file claims to be the same reads, with other content.
    TwoVersions,
    /// It is not clear of which sample it is.
    Sample,
}

impl Code {
    /// The name that serialization gives it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::List => "list",
            Self::Damaged => "damaged",
            Self::Truncated => "truncated",
            Self::Name => "name",
            Self::Link => "link",
            Self::Unsupported => "unsupported",
            Self::Mates => "mates",
            Self::Lane => "lane",
            Self::SameContent => "same-content",
            Self::TwoVersions => "two-versions",
            Self::Sample => "sample",
        }
    }

    /// Whether the file itself is at fault, whatever lies beside it: only such files are moved.
    pub(crate) fn is_of_file(self) -> bool {
        matches!(
            self,
            Self::Digest
                | Self::Damaged
                | Self::Truncated
                | Self::Name
                | Self::Link
                | Self::Unsupported
        )
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Digest | Self::Damaged | Self::Truncated => {
                "have it delivered again; the new file may take its place or lie in another folder"
            }
            Self::List => "have the list corrected, or remove the one that is out of date",
            Self::Name => "have it delivered under a name of A-Z a-z 0-9 . _ - or rename it",
            Self::Link => "have the file itself delivered in place of the link",
            Self::Unsupported => "have it delivered as pairs of FASTQ (plain, gzip), BAM or CRAM",
            Self::Mates => "ask the provider which files belong together",
            Self::Lane => "ask the provider which flow cell and lane the file is of",
            Self::SameContent => "ask the provider which of the names is right, remove the other",
            Self::TwoVersions => "ask the provider which of the files holds, remove the other",
            Self::Sample => "make the manifest (`--samples`) say of which one sample it is",
        }
    }
}

/// Why a file is quarantined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Its class.
    pub code: Code,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub advice: String,
}

impl Problem {
    pub(crate) fn new(code: Code, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), advice: code.advice().to_owned() }
    }

    pub(crate) fn advice(mut self, advice: &str) -> Self {
        advice.clone_into(&mut self.advice);
        self
    }
}
