//! The calls of one sample in parts that are made apart, on several machines perhaps, and put
//! together to the files that [`call`](crate::call) makes of the whole, byte for byte.
//!
//! [`call_part`] calls one of so many parts, [`gather`] puts them together:
//!
//! - The unit is the shard that threads take as well: a pure function of genome, index of the reads
//!   and options. A part holds some of them, unphased; phase, borders of blocks, and compression
//!   are left to [`gather`], which does with the shards of all parts what [`call`](crate::call) does
//!   with those of its threads.
//! - Who calls what is decided by the costs that the index of the reads tells, when a part is called
//!   and not before, since no index is there when the tasks of a case are planned. Each part comes
//!   to the same division without hearing of the others, and its file says which shards it holds.
//! - What must be known of the whole sample (sex, mean depth) is taken from the index and a few
//!   stretches of the reads, by each part anew: that takes seconds.

mod division;
mod file;
mod together;

use std::path::Path;

use serde::{Deserialize, Serialize};
use wgs_core::Sex;
use wgs_formats::{Result, digest::sha256_bytes, genome::Genome, qc::calibration::contigs_md5};

pub use self::together::{GatherRequest, gather};
use self::{
    division::{divided, shards_of},
    file::{Head, PartWriter},
};
use super::{Inputs, Request, SampleFile, in_order, sex, shards};
use crate::options::Options;

/// Most parts of a sample.
pub const MAX_PARTS: u32 = 1_000;

/// One of several parts of a sample's calls.
///
/// ```
/// use wgs_smallvar::parts::Part;
/// let all: Vec<String> = Part::all(3)?.map(|part| part.to_string()).collect();
/// assert_eq!(all, ["1 of 3", "2 of 3", "3 of 3"]);
/// assert!(Part::all(0).is_err() && Part::new(4, 3).is_err());
/// # Ok::<(), wgs_smallvar::parts::PartError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Numbers", into = "Numbers")]
pub struct Part {
    number: u32,
    of: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbers {
    number: u32,
    of: u32,
}

/// Why there is no such part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// So many parts are not possible.
    #[error("{0} shards: there can be 1 to {MAX_PARTS}")]
    Count(u32),
    /// The part is not among them.
    #[error("shard {number} of {of}: they are counted from 1")]
    Number {
        /// The number of the part.
        number: u32,
        /// Of how many.
        of: u32,
    },
}

impl Part {
    /// Part `number` (from 1) of `of` (1 to [`MAX_PARTS`]).
    ///
    /// # Errors
    ///
    /// If there are no parts, too many of them, or not as many.
    pub fn new(number: u32, of: u32) -> std::result::Result<Self, PartError> {
        match (number, of) {
            (_, of) if !(1..=MAX_PARTS).contains(&of) => Err(PartError::Count(of)),
            (number, of) if !(1..=of).contains(&number) => Err(PartError::Number { number, of }),
            _ => Ok(Self { number, of }),
        }
    }

    /// All of so many parts.
    ///
    /// # Errors
    ///
    /// If there are no parts, or more than [`MAX_PARTS`].
    pub fn all(of: u32) -> std::result::Result<impl Iterator<Item = Self>, PartError> {
        Self::new(1, of).map(|_| (1..=of).map(move |number| Self { number, of }))
    }

    /// Its number, from 1.
    pub fn number(self) -> u32 {
        self.number
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.number, self.of)
    }
}

impl TryFrom<Numbers> for Part {
    type Error = PartError;

    fn try_from(Numbers { number, of }: Numbers) -> std::result::Result<Self, PartError> {
        Self::new(number, of)
    }
}

impl From<Part> for Numbers {
    fn from(Part { number, of }: Part) -> Self {
        Self { number, of }
    }
}

/// Which part of a sample to call, and how.
#[derive(Clone, Copy)]
pub struct PartRequest<'a> {
    /// The sample.
    pub sample: &'a SampleFile,
    /// The genome that the reads are aligned to.
    pub genome: &'a Genome,
    /// The part.
    pub part: Part,
    /// The file to make, for [`gather`].
    pub output: &'a Path,
    /// Settings.
    pub options: &'a Options,
    /// Threads; 0 is 1. Without influence on the output.
    pub threads: usize,
    /// Hears how many bases of the reference are done, and of how many.
    pub progress: Option<&'a dyn Fn(u64, u64)>,
}

/// Calls one part of a sample, for the gVCF that [`gather`] makes of all.
///
/// A part to which nothing falls, as there are fewer shards than parts, is a file as well.
///
/// # Errors
///
/// As [`call`](crate::call).
///
/// ```no_run
/// use wgs_core::Sex;
/// use wgs_formats::genome::Genome;
/// use wgs_smallvar::{Options, SampleFile, parts::{GatherRequest, Part, PartRequest, call_part, gather}};
///
/// let (genome, options) = (Genome::open("genome.fa")?, Options::default());
/// let sample = SampleFile::new("NA12878.cram", Sex::Female);
/// let mut paths = Vec::new();
/// // Each on a machine of its own, for example.
/// for part in Part::all(8)? {
///     let output = format!("NA12878.calls-{}.jsonl.gz", part.number());
///     call_part(&PartRequest {
///         sample: &sample,
///         genome: &genome,
///         part,
///         output: output.as_ref(),
///         options: &options,
///         threads: 4,
///         progress: None,
///     })?;
///     paths.push(output.into());
/// }
/// let summary = gather(&GatherRequest {
///     parts: &paths,
///     genome: &genome,
///     gvcf: "NA12878.g.vcf.gz".as_ref(),
///     options: &options,
///     threads: 4,
///     progress: None,
/// })?;
/// assert_eq!(summary.samples[0].sample, "NA12878");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn call_part(request: &PartRequest<'_>) -> Result<()> {
    let PartRequest { genome, options, output, threads, progress, .. } = *request;
    let whole = Request {
        samples: std::slice::from_ref(request.sample),
        genome,
        output: None,
        // No gVCF is written; the path is for errors, and that there is one asks for its entries.
        gvcf: Some(output),
        regions: None,
        options,
        threads,
        progress,
    };
    let inputs = Inputs::check(&whole)?;
    let sexes = sex::of(&whole, &inputs);
    let shards = shards::of(&whole, &inputs);
    let costs: Vec<f64> = shards.iter().map(|shard| shard.cost).collect();
    let own = shards_of(&divided(&costs, request.part.of), request.part);
    let mut file = PartWriter::create(
        output,
        &Head {
            schema: file::SCHEMA.to_owned(),
            version: crate::VERSION.to_owned(),
            genome_md5: contigs_md5(genome.contigs()),
            options_sha256: digest_of(options),
            sample: inputs.names[0].clone(),
            sex: sexes[0],
            part: request.part,
            costs_sha256: sha256_bytes(
                &costs.iter().flat_map(|c| c.to_le_bytes()).collect::<Vec<_>>(),
            ),
            shards_of_all: shards.len(),
            shards: own.clone(),
        },
    )?;
    let own: Vec<_> = own.into_iter().map(|index| shards[index].clone()).collect();
    if !own.is_empty() {
        let sexes: Vec<Sex> = sexes.iter().map(|sex| sex.used).collect();
        in_order(&whole, &inputs, &sexes, &own, |shard, calls| file.write(shard.contig, calls))?;
    }
    file.finish()
}

/// What tells settings from others.
fn digest_of(options: &Options) -> String {
    let text = serde_json::to_vec(options).expect("numbers and lists can be written as JSON");
    sha256_bytes(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_from_one_up_to_a_thousand() {
        assert_eq!(Part::all(1_000).map(Iterator::count), Ok(1_000));
        assert_eq!(Part::all(0).map(Iterator::count), Err(PartError::Count(0)));
        assert_eq!(Part::all(1_001).map(Iterator::count), Err(PartError::Count(1_001)));
        assert_eq!(Part::new(0, 4), Err(PartError::Number { number: 0, of: 4 }));
        let parsed = |text| serde_json::from_str::<Part>(text).map_err(|e| e.to_string());
        assert_eq!(parsed(r#"{"number":2,"of":4}"#), Ok(Part { number: 2, of: 4 }));
        assert!(parsed(r#"{"number":5,"of":4}"#).unwrap_err().contains("counted from 1"));
    }
}
