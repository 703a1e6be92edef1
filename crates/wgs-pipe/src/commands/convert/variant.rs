//! VCF and BCF to each other.

use std::path::Path;

use wgs_core::{Contig, ContigList, ErrorKind, Interval0, Region};
use wgs_formats::variant::{Header, IndexedReader, Reader, Record, Writer, bcf};

use super::{Outcome, limits, usage};
use crate::{cli::ConvertArgs, failure::Failure};

pub(super) fn convert(args: &ConvertArgs) -> Outcome {
    let (input, region) = (&args.inputs[0], args.region.as_deref());
    if is_bcf(input) {
        let mut reader = bcf::Reader::open(input)?;
        if region.is_some() {
            return Err(usage("--region cannot be used with BCF")
                .hint("convert all of it to .vcf.gz first"));
        }
        let header = reader.header().clone();
        return write(args, &header, std::iter::from_fn(move || reader.read().transpose()));
    }
    match region {
        None => {
            let reader = Reader::open(input)?;
            let header = reader.header().clone();
            write(args, &header, reader)
        }
        Some(region) => {
            let mut reader = IndexedReader::open(input)?;
            let header = reader.header().clone();
            let (contig, interval) = place(region, &header)?;
            write(args, &header, reader.query(&contig, interval)?)
        }
    }
}

fn is_bcf(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("bcf"))
}

/// A region of the contigs that a header declares.
fn place(text: &str, header: &Header) -> Result<(String, Interval0), Failure> {
    let contigs = header.contigs().map(|contig| {
        // A contig whose length the header leaves out may be as long as a contig can be.
        Contig::new(contig.name.as_str(), contig.length.unwrap_or(i32::MAX as u32))
    });
    let wrong = |reason: String| Failure::new(ErrorKind::Usage, reason);
    let contigs = ContigList::new(contigs.collect()).map_err(|e| wrong(e.to_string()))?;
    let region = Region::parse(text, &contigs).map_err(|e| wrong(e.to_string()))?;
    let name = contigs.get(region.contig).map_or_else(String::new, |contig| contig.name.clone());
    Ok((name, region.interval))
}

/// Writes records in the format that the output's name tells.
fn write(
    args: &ConvertArgs,
    header: &Header,
    mut records: impl Iterator<Item = wgs_formats::Result<Record>>,
) -> Outcome {
    let (out, threads) = (&args.out[0], limits(&args.limits).threads);
    if is_bcf(out) {
        let mut writer = bcf::Writer::create(out, header, threads)?;
        records.try_for_each(|record| writer.write(&record?))?;
        return Ok(writer.finish()?);
    }
    let mut writer = Writer::create(out, header, threads)?;
    records.try_for_each(|record| writer.write(&record?))?;
    Ok(writer.finish()?)
}
