//! `cargo xtask bench-peers duplicates`: which records we mark as duplicates, and which Picard's
//! MarkDuplicates marks in the same file.

mod compare;
mod metrics;

use std::{
    ffi::OsStr,
    io::{self, Write},
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::Args;
use wgs_align::{BwaMem3, DuplicateOptions, Input, Lane, OPTICAL_DISTANCE, Request, align_sample};
use wgs_formats::{alignment::ReadGroup, output};
use wgs_task::{
    Bundle,
    bundle::{Part, index_prefix_in},
};

use self::compare::{Comparison, compare};
use super::{
    germline::{Picard, picard},
    process::{Pipeline, command},
};
use crate::Error;

/// What to align and compare.
#[derive(Args)]
pub(crate) struct Options {
    /// Bundle of the genome
    #[arg(long, value_name = "DIR")]
    bundle: PathBuf,
    /// Read groups: the library, and the reads that are aligned: FASTQ, or an alignment file
    #[arg(value_name = "LIBRARY=R1[,R2]", required = true)]
    lanes: Vec<Reads>,
    /// Pixels up to which duplicates are optical
    #[arg(long, default_value_t = OPTICAL_DISTANCE)]
    optical_distance: u32,
    /// Threads of wgs-pipe
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Where both files go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// The reads of a read group.
#[derive(Clone, Debug)]
struct Reads {
    library: String,
    files: Vec<PathBuf>,
}

impl FromStr for Reads {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (library, files) = text.split_once('=').ok_or("expected LIBRARY=FILE[,FILE]")?;
        Ok(Self { library: library.into(), files: files.split(',').map(PathBuf::from).collect() })
    }
}

impl Reads {
    fn lane(&self, number: usize) -> Result<Lane, Error> {
        let is_alignment = |path: &Path| {
            let suffix = path.extension().and_then(OsStr::to_str);
            suffix.is_some_and(|suffix| ["bam", "cram", "sam"].contains(&suffix))
        };
        let input = match self.files.as_slice() {
            [path] if is_alignment(path) => {
                Input::Alignment { path: path.clone(), keep_read_groups: false }
            }
            [r1] => Input::Fastq { r1: r1.clone(), r2: None },
            [r1, r2] => Input::Fastq { r1: r1.clone(), r2: Some(r2.clone()) },
            _ => return Err("a read group has one or two files".into()),
        };
        let read_group = ReadGroup {
            sample: Some("sample".into()),
            library: Some(self.library.clone()),
            platform: Some("ILLUMINA".into()),
            ..ReadGroup::new(format!("lane{number}"))
        };
        Ok(Lane { input, read_group, expected: Default::default() })
    }
}

/// Aligns, lets Picard mark what came out anew, and tells every kind of difference.
pub(super) fn run(options: &Options) -> Result<String, Error> {
    let picard = picard()?.ok_or("Picard is not installed")?;
    output::create_folder(&options.out)?;
    let (ours, theirs) = (options.out.join("ours.bam"), options.out.join("picard.bam"));
    let bundle = Bundle::open(&options.bundle)?;
    let genome = bundle.genome()?;
    let index = index_prefix_in(&bundle.folder(Part::Index));
    let aligner = BwaMem3::load(&index, &genome, options.threads)?;
    let lanes = options.lanes.iter().enumerate().map(|(number, reads)| reads.lane(number));
    let lanes: Vec<Lane> = lanes.collect::<Result<_, _>>()?;
    let mut request = Request {
        lanes: &lanes,
        output: &ours,
        genome: &genome,
        aligner: (&aligner).into(),
        threads: options.threads,
        memory_bytes: 0,
        temporary: None,
        trimmer: None,
        options: wgs_align::Options {
            duplicates: DuplicateOptions {
                optical_distance: options.optical_distance,
                ..DuplicateOptions::default()
            },
            ..wgs_align::Options::default()
        },
        read_observer: None,
        observer_bytes: 0,
        record_observer: None,
    };
    request.memory_bytes = request.needed_bytes();
    let summary = align_sample(&request)?;
    let figures = options.out.join("picard.txt");
    mark_again(&picard, &ours, &theirs, &figures, options)?;
    let comparison = compare(&ours, &theirs)?;
    let differing =
        metrics::differences(&summary.libraries, &figures, has_short_pixels(&picard.version))?;
    let text = format!("{comparison}{}", differing.table);
    io::stdout().write_all(text.as_bytes())?;
    verdict(&comparison, &differing)
}

/// Whether a version of Picard keeps x and y in 16 bits, so that clusters far from each other may
/// look near, and near ones far.
fn has_short_pixels(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
    let first_two = numbers.next().flatten().zip(numbers.next().flatten());
    first_two.is_some_and(|version| version < (3, 5))
}

fn verdict(comparison: &Comparison, metrics: &metrics::Differences) -> Result<String, Error> {
    match comparison.unexplained() + metrics.count {
        0 => Ok("the same duplicates as Picard's".into()),
        count => Err(format!("{count} differences from Picard that nothing explains").into()),
    }
}

fn mark_again(
    picard: &Picard,
    ours: &Path,
    theirs: &Path,
    figures: &Path,
    options: &Options,
) -> Result<(), Error> {
    let mut run = command(picard.program, ["-Xmx3g", "MarkDuplicates", "--QUIET", "true"]);
    run.arg("--INPUT").arg(ours).arg("--OUTPUT").arg(theirs).arg("--METRICS_FILE").arg(figures);
    let distance = options.optical_distance.to_string();
    run.args(["--OPTICAL_DUPLICATE_PIXEL_DISTANCE", &distance]);
    Pipeline::new(options.out.join("picard.log"), [run]).run()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_before_3_5_keep_pixels_in_16_bits() {
        assert!(has_short_pixels("2.27.5") && has_short_pixels("3.4.0"));
        assert!(!has_short_pixels("3.5.0") && !has_short_pixels("4.0") && !has_short_pixels("?"));
    }

    #[test]
    fn reads_are_given_with_their_library() {
        let reads: Reads = "lib=a_R1.fq.gz,a_R2.fq.gz".parse().unwrap();
        assert!(matches!(reads.lane(0).unwrap().input, Input::Fastq { r2: Some(_), .. }));
        let bam: Reads = "lib=a.bam".parse().unwrap();
        assert!(matches!(bam.lane(0).unwrap().input, Input::Alignment { .. }));
        assert!("a.bam".parse::<Reads>().is_err());
        assert!("l=a,b,c".parse::<Reads>().unwrap().lane(0).is_err());
    }
}
