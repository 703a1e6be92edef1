//! What the header of a file says of the genome: `M5` and `UR` of the contigs.

use std::path::Path;

use wgs_core::{Contig, ContigList, ErrorKind};

use super::{Format, Header, WriterOptions};
use crate::{FileError, Result, digest, genome::Genome};

/// The header as it is written: in CRAM with the `M5` of every contig, which it must have, and with
/// `UR`.
pub(super) fn completed(
    path: &Path,
    format: Format,
    header: &Header,
    options: &WriterOptions<'_>,
) -> Result<Header> {
    let mut header = header.clone();
    let mut set = Ok(());
    if format == Format::Cram && !header.contigs().is_empty() {
        let genome = options.genome.ok_or_else(|| {
            let reason = "CRAM is written with its reference genome";
            FileError::new(path, ErrorKind::Usage, reason)
        })?;
        header = with_digests(path, &header, genome)?;
        let name = genome.path().file_name().and_then(|name| name.to_str());
        set = name.map_or(Ok(()), |name| header.set_reference_uri(name, false));
    }
    if let Some(uri) = options.reference_uri {
        set = header.set_reference_uri(uri, true);
    }
    set.map_err(|e| FileError::new(path, ErrorKind::Usage, format!("UR of the genome: {e}")))?;
    Ok(header)
}

fn with_digests(path: &Path, header: &Header, genome: &Genome) -> Result<Header> {
    genome.contigs().check_data(header.contigs()).map_err(|e| {
        let reason = format!("its header is not of the genome {}: {e}", genome.path().display());
        FileError::new(path, ErrorKind::ReferenceMismatch, reason)
    })?;
    let contigs = header.contigs().iter().map(|contig| Contig {
        md5: Some(contig.md5.clone().unwrap_or_else(|| md5_of(contig, genome))),
        ..contig.clone()
    });
    let contigs =
        ContigList::new(contigs.collect()).map_err(|e| FileError::invalid(path, e.to_string()))?;
    Ok(header.with_contigs(&contigs))
}

fn md5_of(contig: &Contig, genome: &Genome) -> String {
    let Some(index) = genome.contigs().index_of(&contig.name) else { return String::new() };
    let known = genome.contigs().get(index).and_then(|own| own.md5.clone());
    known.unwrap_or_else(|| digest::md5_bytes(&genome.sequence(index)))
}
