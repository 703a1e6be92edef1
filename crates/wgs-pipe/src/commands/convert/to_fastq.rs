//! SAM, BAM or CRAM to FASTQ.

use std::path::Path;

use wgs_formats::{
    FileError,
    alignment::{Aux, UnalignOptions, UnalignedRead, UnalignedReads, Unaligner},
    fastq::Writer,
    genome::Genome,
};

use super::{Outcome, limits, suffix};
use crate::cli::ConvertArgs;

/// Bytes for reads that wait for their mates. Fixed, as the order of the reads depends on it.
const WAITING_BYTES: usize = 256 << 20;

pub(super) fn convert(args: &ConvertArgs, genome: Option<&Genome>) -> Outcome {
    let threads = limits(&args.limits).threads;
    let input = &args.inputs[0];
    let folder = args.out[0].parent().filter(|folder| !folder.as_os_str().is_empty());
    let options = UnalignOptions {
        memory_bytes: WAITING_BYTES,
        scratch: folder.unwrap_or(Path::new(".")).to_owned(),
        threads,
        tags: vec![suffix::TAG],
        ..UnalignOptions::default()
    };
    let mut reader = Unaligner::open(input, genome, options)?;
    let writers = args.out.iter().map(|out| Writer::create(out, threads));
    let mut files = Files(writers.collect::<wgs_formats::Result<Vec<_>>>()?);
    while let Some(template) = reader.read()? {
        match template.reads {
            UnalignedReads::Pair(first, last) => {
                files.pair(input, first, last)?;
            }
            UnalignedReads::Single(read) => files.single(input, read, b"")?,
            UnalignedReads::OrphanFirst(read) => files.single(input, read, b"/1")?,
            UnalignedReads::OrphanLast(read) => files.single(input, read, b"/2")?,
        }
    }
    Ok(files.0.into_iter().try_for_each(Writer::finish)?)
}

/// R1, R2 and single reads; R1 and R2; or single reads.
struct Files(Vec<Writer>);

impl Files {
    fn pair(
        &mut self,
        input: &Path,
        first: UnalignedRead<'_>,
        last: UnalignedRead<'_>,
    ) -> wgs_formats::Result<()> {
        let [r1, r2, ..] = self.0.as_mut_slice() else {
            let hint = "name R1 and R2 as outputs: --out R1.fastq.gz R2.fastq.gz";
            return Err(lost(input, first, "is of a pair", hint));
        };
        write(input, r1, first, b"")?;
        write(input, r2, last, b"")
    }

    /// `mate` is what tells which read of a pair it is that lacks the other.
    fn single(
        &mut self,
        input: &Path,
        read: UnalignedRead<'_>,
        mate: &[u8],
    ) -> wgs_formats::Result<()> {
        match self.0.as_mut_slice() {
            [file] | [_, _, file] if mate.is_empty() => write(input, file, read, mate),
            [_, _, file] => write(input, file, read, mate),
            _ => {
                let hint = "name a third output for such reads: --out R1 R2 SINGLE";
                Err(lost(input, read, "has no mate in the file", hint))
            }
        }
    }
}

fn lost(input: &Path, read: UnalignedRead<'_>, what: &str, hint: &str) -> FileError {
    let name = String::from_utf8_lossy(read.name);
    let reason = format!("the read {name} {what}, and no output is for it");
    FileError::invalid(input, reason).hint(hint)
}

fn write(
    input: &Path,
    file: &mut Writer,
    read: UnalignedRead<'_>,
    mate: &[u8],
) -> wgs_formats::Result<()> {
    if read.quals.is_empty() {
        let name = String::from_utf8_lossy(read.name);
        let reason = format!("the read {name} has no qualities, which FASTQ must have");
        return Err(FileError::invalid(input, reason));
    }
    let suffix = match read.aux(suffix::TAG) {
        Some(Aux::Text(text)) => suffix::unescape(text),
        _ => mate.to_vec(),
    };
    file.write(read.name, &suffix, read.bases, read.quals)
}
