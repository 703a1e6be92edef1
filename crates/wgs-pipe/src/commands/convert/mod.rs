//! `wgs-pipe convert`: reads between FASTQ, SAM, BAM and CRAM; variants between VCF and BCF.
//!
//! Names tell formats. What a format cannot hold, or would change, is an error rather than lost.

mod alignment;
mod from_fastq;
mod to_fastq;
mod variant;

use std::path::{Path, PathBuf};

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError,
    alignment::{Format, Header, Program, Writer, WriterOptions},
    genome::Genome,
};
use wgs_task::Bundle;

use super::{Outcome, limits, prepare_output};
use crate::{cli::ConvertArgs, failure::Failure};

/// What the name of a file says of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Fastq,
    Alignment(Format),
    Variants,
}

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| name.ends_with(suffix));
        if ends(&[".fastq", ".fq", ".fastq.gz", ".fq.gz"]) {
            Some(Self::Fastq)
        } else if ends(&[".vcf", ".vcf.gz", ".vcf.bgz", ".bcf"]) {
            Some(Self::Variants)
        } else {
            Format::of_name(path).map(Self::Alignment)
        }
    }

    /// The kind of all of some files.
    fn of_all(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut kinds = paths.iter().map(|path| {
            Self::of(path).ok_or_else(|| {
                let reason = format!("{}: its name tells no format", path.display());
                Failure::new(ErrorKind::Usage, reason).hint(
                    "expected .fastq(.gz), .fq(.gz), .sam, .bam, .cram, .vcf, .vcf.gz or .bcf",
                )
            })
        });
        let first = kinds.next().unwrap_or_else(|| Err(usage("expected a file")))?;
        for kind in kinds {
            if kind? != first {
                return Err(usage("files of different formats cannot be one input or one output"));
            }
        }
        Ok(first)
    }
}

fn usage(reason: &str) -> Failure {
    Failure::new(ErrorKind::Usage, reason)
}

pub(super) fn convert(args: &ConvertArgs) -> Outcome {
    let (from, to) = (input_kind(args)?, Kind::of_all(&args.out)?);
    let inputs: Vec<&Path> = args.inputs.iter().map(AsRef::as_ref).collect();
    for (number, out) in args.out.iter().enumerate() {
        prepare_output(out, &inputs)?;
        if args.out[..number].contains(out) {
            return Err(usage("an output is named twice"));
        }
    }
    if from != Kind::Fastq && args.inputs.len() > 1 {
        return Err(usage("expected one input, or R1 and R2 in FASTQ"));
    }
    if to != Kind::Fastq && args.out.len() > 1 {
        return Err(usage("expected one output, or up to three in FASTQ: R1, R2 and single reads"));
    }
    if args.region.is_some() && (from == Kind::Fastq || to == Kind::Fastq) {
        return Err(usage("--region is for alignments and variants: FASTQ has no places"));
    }
    let genome = || args.bundle.as_ref().map(|root| Bundle::open(root)?.genome()).transpose();
    match (from, to) {
        (Kind::Variants, Kind::Variants) => variant::convert(args),
        (Kind::Alignment(_), Kind::Alignment(to)) => {
            alignment::convert(args, to, genome()?.as_ref())
        }
        (Kind::Alignment(_), Kind::Fastq) => to_fastq::convert(args, genome()?.as_ref()),
        (Kind::Fastq, Kind::Alignment(to)) => from_fastq::convert(args, to, genome()?.as_ref()),
        (Kind::Fastq, Kind::Fastq) => from_fastq::copy(args),
        _ => Err(usage("reads cannot become variants, nor variants reads")),
    }
}

/// An input whose name tells nothing is taken for an alignment, whose content does.
fn input_kind(args: &ConvertArgs) -> Result<Kind, Failure> {
    match args.inputs.as_slice() {
        [one] => Ok(Kind::of(one).unwrap_or(Kind::Alignment(Format::Sam))),
        all => Kind::of_all(all),
    }
}

/// Opens the alignment that is made.
fn writer(
    args: &ConvertArgs,
    to: Format,
    header: &Header,
    genome: Option<&Genome>,
) -> wgs_formats::Result<Writer> {
    let options = WriterOptions {
        genome,
        threads: limits(&args.limits).threads,
        cram_version: args.cram_version,
        cram_profile: args.cram_profile,
        ..WriterOptions::default()
    };
    Writer::with_options(&args.out[0], to, header, &options)
}

/// Says in a header that this program was at work.
fn sign(header: &mut Header, path: &Path) -> wgs_formats::Result<()> {
    let program = Program {
        name: Some("wgs-pipe convert".into()),
        version: Some(env!("CARGO_PKG_VERSION").into()),
        ..Program::new("wgs-pipe")
    };
    let signed = header.append_program(program);
    signed.map(|_| ()).map_err(|e| FileError::invalid(path, e.to_string()))
}
