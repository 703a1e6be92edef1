//! The header of the output.

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    alignment::{Header, Program, ReadGroup, SortOrder},
};

use crate::aligner::Engine;

/// Name and id of the program in `@PG`.
const PROGRAM: &str = "wgs-pipe";

/// A header that follows from the genome, the read groups and the versions alone: no command line,
/// no path, no number of threads.
pub(super) fn header(
    aligner: Engine<'_>,
    read_groups: &[ReadGroup],
    output: &Path,
) -> Result<Header> {
    let invalid = |e: &dyn std::fmt::Display| {
        FileError::new(output, ErrorKind::Configuration, format!("read groups: {e}"))
    };
    let mut header = Header::new(aligner.contigs().clone());
    header.set_sort_order(SortOrder::Coordinate);
    for group in read_groups {
        header.add_read_group(group.clone()).map_err(|e| invalid(&e))?;
    }
    let program = |name: &str, version: &str, description: &str| Program {
        name: Some(name.into()),
        version: Some(version.into()),
        description: Some(description.into()),
        ..Program::new(name)
    };
    let engine = Program {
        command_line: Some(aligner.command_line()),
        ..program(aligner.name(), aligner.version(), "alignment")
    };
    let own =
        program(PROGRAM, env!("CARGO_PKG_VERSION"), "duplicates marked, sorted by coordinate");
    header.append_program(engine).map_err(|e| invalid(&e))?;
    header.append_program(own).map_err(|e| invalid(&e))?;
    Ok(header)
}
