//! SAM, BAM or CRAM to FASTQ.

use std::path::Path;

use wgs_align::{
    Mate,
    origin::{FastqReads, Originals},
};
use wgs_formats::{
    FileError,
    alignment::UnalignOptions,
    fastq::{Read, Writer},
    genome::Genome,
};

use super::{Outcome, limits};
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
        ..UnalignOptions::default()
    };
    let mut reader = Originals::open(input, genome, options)?;
    let writers = args.out.iter().map(|out| Writer::create(out, threads));
    let mut files = Files(writers.collect::<wgs_formats::Result<Vec<_>>>()?);
    while let Some(template) = reader.read()? {
        let FastqReads { first, last } = template.fastq();
        match (last, template.orphan) {
            (Some(last), _) => files.pair(input, first, last)?,
            (None, None) => files.single(input, first)?,
            (None, Some(mate)) => files.orphan(input, first, mate)?,
        }
    }
    Ok(files.0.into_iter().try_for_each(Writer::finish)?)
}

/// R1, R2 and single reads; R1 and R2; or single reads.
struct Files(Vec<Writer>);

impl Files {
    fn pair(&mut self, input: &Path, first: Read<'_>, last: Read<'_>) -> wgs_formats::Result<()> {
        let [r1, r2, ..] = self.0.as_mut_slice() else {
            let hint = "name R1 and R2 as outputs: --out R1.fastq.gz R2.fastq.gz";
            return Err(lost(input, first, "is of a pair", hint));
        };
        write(input, r1, first)?;
        write(input, r2, last)
    }

    fn single(&mut self, input: &Path, read: Read<'_>) -> wgs_formats::Result<()> {
        match self.0.as_mut_slice() {
            [file] | [_, _, file] => write(input, file, read),
            _ => {
                let hint = "name a third output for such reads: --out R1 R2 SINGLE";
                Err(lost(input, read, "is of no pair", hint))
            }
        }
    }

    /// Its name tells which read of a pair it is, unless it does so already.
    fn orphan(&mut self, input: &Path, read: Read<'_>, mate: Mate) -> wgs_formats::Result<()> {
        let [_, _, file] = self.0.as_mut_slice() else {
            let hint = "name a third output for such reads: --out R1 R2 SINGLE";
            return Err(lost(input, read, "has no mate in the file", hint));
        };
        let suffix: &[u8] = match mate {
            _ if !read.suffix.is_empty() => read.suffix,
            Mate::Last => b"/2",
            Mate::First => b"/1",
        };
        write(input, file, Read { suffix, ..read })
    }
}

fn lost(input: &Path, read: Read<'_>, what: &str, hint: &str) -> FileError {
    let name = String::from_utf8_lossy(read.name);
    let reason = format!("the read {name} {what}, and no output is for it");
    FileError::invalid(input, reason).hint(hint)
}

fn write(input: &Path, file: &mut Writer, read: Read<'_>) -> wgs_formats::Result<()> {
    if read.quals.is_empty() {
        let name = String::from_utf8_lossy(read.name);
        let reason = format!("the read {name} has no qualities, which FASTQ must have");
        return Err(FileError::invalid(input, reason));
    }
    file.write(read.name, read.suffix, read.bases, read.quals)
}
