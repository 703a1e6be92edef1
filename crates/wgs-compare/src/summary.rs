//! The result of a comparison.

use serde::Serialize;

use crate::{Curve, Intake, Options, TypeCounts};

/// Name and version of the form of `summary.json`.
pub const SCHEMA: &str = "wgs-compare.small/1";

/// The result of a comparison of small variants.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of this crate.
    pub version: String,
    /// How the sets were compared.
    pub options: Options,
    /// What was compared.
    pub inputs: Vec<InputFile>,
    /// What became of the records of the truth set.
    pub truth: Intake,
    /// What became of the records of the calls.
    pub calls: Intake,
    /// The counts by type; `SNV`, `INDEL` and `ALL` come first.
    pub types: Vec<TypeCounts>,
    /// The counts by named region.
    pub strata: Vec<Stratum>,
    /// Places with too many ways to combine their variants; there, variants match only if they are
    /// the same when written in one way.
    pub too_complex: Vec<Place>,
    /// Precision and recall by score.
    #[serde(skip)]
    pub curves: Vec<Curve>,
}

impl Summary {
    /// The counts of a type, such as `SNV`.
    pub fn of(&self, name: &str) -> Option<&TypeCounts> {
        self.types.iter().find(|row| row.name == name)
    }
}

/// A file that took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputFile {
    /// `truth`, `calls`, `reference`, `confident`, or the name of a stratum.
    pub role: String,
    /// The file's name, without folder.
    pub name: String,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

/// The counts within a named region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stratum {
    /// Its name.
    pub name: String,
    /// The counts by type.
    pub types: Vec<TypeCounts>,
}

/// A part of a contig.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The contig's name.
    pub contig: String,
    /// First base, 0-based.
    pub start: u32,
    /// The base after the last.
    pub end: u32,
}
