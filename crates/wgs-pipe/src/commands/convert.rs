//! `wgs-pipe convert`

use wgs_core::{ErrorKind, Region};
use wgs_formats::{
    FileError,
    alignment::{Format, Header, IndexedReader, Program, Reader, Record, Writer},
    genome::Genome,
};
use wgs_task::Bundle;

use super::{Outcome, limits, prepare_output};
use crate::{cli::ConvertArgs, failure::Failure};

pub(super) fn convert(args: &ConvertArgs) -> Outcome {
    let format = Format::of_name(&args.out).ok_or_else(|| {
        let reason = format!("{}: expected a name in .sam, .bam or .cram", args.out.display());
        Failure::new(ErrorKind::Usage, reason)
    })?;
    let genome = args.bundle.as_ref().map(|root| Bundle::open(root)?.genome()).transpose()?;
    prepare_output(&args.out, &[&args.input])?;
    match &args.region {
        None => whole(args, format, genome.as_ref()),
        Some(region) => part(args, region, format, genome.as_ref()),
    }
}

fn whole(args: &ConvertArgs, format: Format, genome: Option<&Genome>) -> Outcome {
    let threads = limits(&args.limits).threads;
    let mut reader = Reader::open_threaded(&args.input, genome, threads)?;
    let mut writer = writer(args, format, reader.header(), genome)?;
    let mut record = Record::default();
    while reader.read(&mut record)? {
        writer.write(&record)?;
    }
    Ok(writer.finish()?)
}

fn part(args: &ConvertArgs, region: &str, format: Format, genome: Option<&Genome>) -> Outcome {
    let mut reader = IndexedReader::open(&args.input, genome)?;
    let region = Region::parse(region, reader.header().contigs())
        .map_err(|e| Failure::new(ErrorKind::Usage, e.to_string()))?;
    let mut writer = writer(args, format, reader.header(), genome)?;
    let mut record = Record::default();
    let mut query = reader.query(region)?;
    while query.read(&mut record)? {
        writer.write(&record)?;
    }
    Ok(writer.finish()?)
}

fn writer(
    args: &ConvertArgs,
    format: Format,
    header: &Header,
    genome: Option<&Genome>,
) -> Result<Writer, Failure> {
    let mut header = header.clone();
    let program = Program {
        name: Some("wgs-pipe convert".into()),
        version: Some(env!("CARGO_PKG_VERSION").into()),
        ..Program::new("wgs-pipe")
    };
    header.append_program(program).map_err(|e| FileError::invalid(&args.input, e.to_string()))?;
    Ok(Writer::create(&args.out, format, &header, genome, limits(&args.limits).threads)?)
}
