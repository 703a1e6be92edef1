//! SAM, BAM and CRAM to each other.

use wgs_core::{ErrorKind, Region};
use wgs_formats::{
    alignment::{Format, Header, IndexedReader, Reader, Record},
    genome::Genome,
};

use super::{Outcome, limits, sign, writer};
use crate::{cli::ConvertArgs, failure::Failure};

pub(super) fn convert(args: &ConvertArgs, to: Format, genome: Option<&Genome>) -> Outcome {
    match &args.region {
        None => whole(args, to, genome),
        Some(region) => part(args, region, to, genome),
    }
}

fn whole(args: &ConvertArgs, to: Format, genome: Option<&Genome>) -> Outcome {
    let threads = limits(&args.limits).threads;
    let mut reader = Reader::open_threaded(&args.inputs[0], genome, threads)?;
    let mut writer = writer(args, to, &signed(args, reader.header())?, genome)?;
    let mut record = Record::default();
    while reader.read(&mut record)? {
        writer.write(&record)?;
    }
    Ok(writer.finish()?)
}

fn part(args: &ConvertArgs, region: &str, to: Format, genome: Option<&Genome>) -> Outcome {
    let mut reader = IndexedReader::open(&args.inputs[0], genome)?;
    let region = Region::parse(region, reader.header().contigs())
        .map_err(|e| Failure::new(ErrorKind::Usage, e.to_string()))?;
    let mut writer = writer(args, to, &signed(args, reader.header())?, genome)?;
    let mut record = Record::default();
    let mut query = reader.query(region)?;
    while query.read(&mut record)? {
        writer.write(&record)?;
    }
    Ok(writer.finish()?)
}

fn signed(args: &ConvertArgs, header: &Header) -> Result<Header, Failure> {
    let mut header = header.clone();
    sign(&mut header, &args.inputs[0])?;
    Ok(header)
}
