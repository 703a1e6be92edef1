//! What is to be compared, and how.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::Serialize;

/// Two call sets of one genome, and where they are compared.
#[derive(Clone, Debug)]
pub struct Sets {
    /// The truth set (VCF; plain, gzip or bgzip, in any order).
    pub truth: PathBuf,
    /// The calls (the same).
    pub calls: PathBuf,
    /// The genome that both are of (FASTA; plain, gzip or bgzip).
    pub reference: PathBuf,
    /// Regions in which the truth set is complete (BED); without, everywhere. A structural variant
    /// that does not lie in one as a whole counts for nothing.
    pub confident: Option<PathBuf>,
    /// Sample of the truth set; need not be named where there is one only.
    pub truth_sample: Option<String>,
    /// Sample of the calls; the same.
    pub calls_sample: Option<String>,
}

impl Sets {
    /// Sets of one sample each, to be compared everywhere.
    pub fn new(
        truth: impl Into<PathBuf>,
        calls: impl Into<PathBuf>,
        reference: impl Into<PathBuf>,
    ) -> Self {
        Self {
            truth: truth.into(),
            calls: calls.into(),
            reference: reference.into(),
            confident: None,
            truth_sample: None,
            calls_sample: None,
        }
    }

    /// Every file that is read, with what it is.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = (&'static str, &PathBuf)> {
        let sets = [("truth", &self.truth), ("calls", &self.calls), ("reference", &self.reference)];
        sets.into_iter().chain(self.confident.iter().map(|path| ("confident", path)))
    }
}

/// A comparison of small variants; see [`compare`](crate::compare).
#[derive(Clone, Debug)]
pub struct Request {
    /// What is compared.
    pub sets: Sets,
    /// Named regions (BED) that are counted apart.
    pub strata: Vec<(String, PathBuf)>,
    /// How to compare.
    pub options: Options,
    /// Threads; the result does not depend on them.
    pub threads: usize,
}

impl Request {
    /// A comparison of whole genotypes with one thread.
    pub fn new(sets: Sets) -> Self {
        Self { sets, strata: Vec::new(), options: Options::default(), threads: 1 }
    }

    /// Every file that is read, with what it is.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = (String, &PathBuf)> {
        let sets = self.sets.inputs().map(|(role, path)| (role.to_owned(), path));
        sets.chain(self.strata.iter().map(|(name, path)| (format!("stratum {name}"), path)))
    }
}

/// How small variants are compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Options {
    /// What must agree.
    pub level: Level,
    /// Whether calls and true variants that failed a filter take part.
    pub all_records: bool,
    /// Whether variants of one set may touch the same reference bases on a haplotype only if none
    /// of them says that these bases are the reference's. Otherwise what alleles share with the
    /// reference is trimmed off, and reference alleles say nothing.
    pub strict_overlap: bool,
    /// Variants with an allele of more bases are not compared.
    pub max_allele_bp: u32,
    /// What orders the calls from sure to unsure.
    pub score: Score,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            level: Level::default(),
            all_records: false,
            strict_overlap: false,
            max_allele_bp: 1000,
            score: Score::default(),
        }
    }
}

/// What must agree for a match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Both haplotypes: alleles and how many copies there are of each.
    #[default]
    Genotype,
    /// One allele: for somatic variants, and for sets without genotypes.
    Allele,
    /// The place: any variant that touches the same bases.
    Position,
}

/// What orders calls: the higher, the surer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Score {
    /// The column QUAL.
    #[default]
    Quality,
    /// A value of the sample, such as GQ.
    Format(String),
    /// A value of INFO.
    Info(String),
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quality => f.write_str("QUAL"),
            Self::Format(key) => write!(f, "FORMAT.{key}"),
            Self::Info(key) => write!(f, "INFO.{key}"),
        }
    }
}

impl FromStr for Score {
    type Err = String;

    /// Reads `QUAL`, `GQ`, `FORMAT.KEY` or `INFO.KEY`.
    fn from_str(text: &str) -> Result<Self, String> {
        let key = |prefix: &str| text.strip_prefix(prefix).filter(|key| !key.is_empty());
        match text {
            "QUAL" => Ok(Self::Quality),
            "GQ" => Ok(Self::Format("GQ".to_owned())),
            _ => key("INFO.")
                .map(|key| Self::Info(key.to_owned()))
                .or_else(|| key("FORMAT.").map(|key| Self::Format(key.to_owned())))
                .ok_or_else(|| "expected QUAL, GQ, INFO.KEY or FORMAT.KEY".to_owned()),
        }
    }
}

impl Serialize for Score {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_read_as_they_are_written() {
        for text in ["QUAL", "FORMAT.GQ", "INFO.QD"] {
            assert_eq!(text.parse::<Score>().map(|score| score.to_string()).as_deref(), Ok(text));
        }
        assert_eq!("GQ".parse(), Ok(Score::Format("GQ".into())));
        for text in ["", "INFO.", "qual", "QD"] {
            assert!(text.parse::<Score>().is_err(), "{text}");
        }
    }
}
