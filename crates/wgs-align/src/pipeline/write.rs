//! The sorted records, marked, as a file.

use std::thread;

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    alignment::{Flags, Format, Header, Record, Writer},
};

use super::{Request, observe::Shower, work::template_of};
use crate::{
    duplicates::Bits,
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
    duplicates: &Bits,
) -> Result<u64> {
    thread::scope(|scope| {
        let start = |observer| Shower::new(observer, request.threads.max(1), scope);
        let mut shower = request.record_observer.map(start);
        let written = write_all(request, header, records, duplicates, &mut shower);
        if let Some(shower) = shower {
            shower.finish();
        }
        written
    })
}

fn write_all(
    request: &Request<'_>,
    header: &Header,
    records: &Merge<2>,
    duplicates: &Bits,
    shower: &mut Option<Shower<'_>>,
) -> Result<u64> {
    let format = format_of(request)?;
    let mut writer =
        Writer::create(request.output, format, header, Some(request.genome), request.threads)?;
    let damaged = |e: &dyn std::fmt::Display| {
        FileError::new(request.output, ErrorKind::TaskFailed, format!("temporary file: {e}"))
    };
    let marked = |(key, bytes): ([u64; 2], &[u8])| {
        let mut record = Record::from_bytes(bytes.to_vec()).map_err(|e| damaged(&e))?;
        if duplicates.get(template_of(key)) {
            record.set_flags(record.flags().with(Flags::DUPLICATE, true));
        }
        Ok(record)
    };
    let mut count = 0;
    let make = |_, chunk: Chunk<2>| chunk.items().map(marked).collect::<Result<Vec<Record>>>();
    records.for_each(make, |records| {
        for record in records {
            writer.write(&record)?;
            count += 1;
            if let Some(shower) = shower {
                shower.push(record);
            }
        }
        Ok(())
    })?;
    writer.finish()?;
    Ok(count)
}
