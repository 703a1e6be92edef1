//! The sorted records, marked, as a file.

use std::thread;

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    alignment::{Aux, Flags, Format, Header, Record, Writer, WriterOptions},
};

use super::{Request, observe::InOrder, work::template_of};
use crate::{
    duplicates::Duplicates,
    sort::{Chunk, Merge},
};

/// The format that a name says.
pub(super) fn format_of(request: &Request<'_>) -> Result<Format> {
    Format::of_name(request.output).ok_or_else(|| {
        FileError::new(request.output, ErrorKind::Usage, "is not named .cram, .bam or .sam")
    })
}

/// Writes the records in order, with their duplicate flags, and shows them to the observer; returns
/// how many.
pub(super) fn write(
    request: &Request<'_>,
    header: &Header,
    records: &Merge<2>,
    duplicates: &Duplicates,
) -> Result<u64> {
    thread::scope(|scope| {
        let in_order = request.record_observer.map(|observer| InOrder::start(observer, scope));
        let written = write_all(request, header, records, duplicates, in_order.as_ref());
        if let Some(in_order) = in_order {
            in_order.finish();
        }
        written
    })
}

fn write_all(
    request: &Request<'_>,
    header: &Header,
    records: &Merge<2>,
    duplicates: &Duplicates,
    in_order: Option<&InOrder<'_>>,
) -> Result<u64> {
    let options = WriterOptions {
        genome: Some(request.genome),
        threads: request.threads,
        cram_version: request.options.cram_version,
        cram_profile: request.options.cram_profile,
        ..WriterOptions::default()
    };
    let mut writer = Writer::with_options(request.output, format_of(request)?, header, &options)?;
    let damaged = |e: &dyn std::fmt::Display| {
        FileError::new(request.output, ErrorKind::TaskFailed, format!("temporary file: {e}"))
    };
    let marked = |(key, bytes): ([u64; 2], &[u8])| {
        let mut record = Record::from_bytes(bytes.to_vec()).map_err(|e| damaged(&e))?;
        let template = template_of(key);
        if duplicates.templates.get(template) {
            record.set_flags(record.flags().with(Flags::DUPLICATE, true));
            if let Some(tag) = duplicates.tag_of(template, request.options.duplicates.tags) {
                record.set_aux(*b"DT", Aux::Text(tag)).map_err(|e| damaged(&e))?;
            }
        }
        Ok(record)
    };
    let make = |_, chunk: Chunk<2>| {
        let records = chunk.items().map(marked).collect::<Result<Vec<Record>>>()?;
        if let Some(observer) = request.record_observer {
            observer.observe(&records);
        }
        Ok(records)
    };
    let mut count = 0;
    records.for_each(make, |records| {
        count += records.len() as u64;
        records.iter().try_for_each(|record| writer.write(record))?;
        if let Some(in_order) = in_order {
            in_order.show(records);
        }
        Ok(())
    })?;
    writer.finish()?;
    Ok(count)
}
