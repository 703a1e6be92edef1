//! What the header of a set must have, whatever kind of variants is compared.

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, genome::Genome, variant::Header};

use crate::variant::Side;

/// The error of a set that is not of the genome.
pub(crate) fn mismatch(path: &Path, reason: String) -> FileError {
    FileError::new(path, ErrorKind::ReferenceMismatch, reason)
        .hint("compare with the genome that the variants were called on")
}

/// Contigs that header and genome both know must be of one length.
pub(crate) fn check_contigs(path: &Path, header: &Header, genome: &Genome) -> Result<()> {
    let contigs = genome.contigs();
    for theirs in header.contigs() {
        let ours = contigs.index_of(&theirs.name).and_then(|index| contigs.get(index));
        let lengths = ours.map(|ours| ours.length).zip(theirs.length);
        if let Some((ours, length)) = lengths.filter(|(ours, length)| ours != length) {
            let name = &theirs.name;
            let reason = format!("contig {name} has {length} bases, the reference's {ours}");
            return Err(mismatch(path, reason));
        }
    }
    Ok(())
}

/// The column of the sample that is named, or of the only one; `None` where there is no sample.
pub(crate) fn column(
    path: &Path,
    header: &Header,
    side: Side,
    named: Option<&str>,
) -> Result<Option<usize>> {
    let samples = header.samples();
    let usage = |reason: String| FileError::new(path, ErrorKind::Usage, reason);
    match (named, samples) {
        (Some(name), _) => header
            .sample_index(name)
            .map(Some)
            .ok_or_else(|| usage(format!("has no sample {name:?}; it has {}", samples.join(", ")))),
        (None, []) => Ok(None),
        (None, [_]) => Ok(Some(0)),
        (None, _) => {
            let option = match side {
                Side::Truth => "--truth-sample",
                Side::Calls => "--calls-sample",
            };
            Err(usage(format!("has {} samples", samples.len()))
                .hint(format!("name one of them with {option}: {}", samples.join(", "))))
        }
    }
}
