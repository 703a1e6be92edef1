//! Our CRAM beside what samtools makes of the same records.

use std::{fs, path::Path};

use serde::Serialize;
use wgs_formats::FileError;

use super::bench::Bench;
use crate::{
    Error,
    bench::{process::command, say, target::Target},
};

/// Our bytes over those of samtools, at most.
const OVER_SAMTOOLS: f64 = 1.0;

/// Bytes of files of the same records.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Size {
    ours: u64,
    /// Written by samtools from our CRAM.
    samtools: u64,
    /// Written by samtools from a BAM that it made of our CRAM.
    samtools_from_bam: u64,
    /// That BAM.
    bam: u64,
}

/// Has samtools write the records of our CRAM.
pub(super) fn measure(bench: &Bench<'_>) -> Result<Size, Error> {
    let ours = bench.ours(&bench.simulation, bench.limits())?.cram;
    say("the same records by samtools");
    let folder = bench.fresh("size")?;
    let (cram, bam) = (folder.join("direct.cram"), folder.join("records.bam"));
    let from_bam = folder.join("from-bam.cram");
    view(bench, "cram,version=3.0", &ours, &cram)?;
    view(bench, "bam", &ours, &bam)?;
    view(bench, "cram,version=3.0", &bam, &from_bam)?;
    Ok(Size {
        ours: bytes(&ours)?,
        samtools: bytes(&cram)?,
        samtools_from_bam: bytes(&from_bam)?,
        bam: bytes(&bam)?,
    })
}

fn view(bench: &Bench<'_>, format: &str, from: &Path, to: &Path) -> Result<(), Error> {
    let threads = bench.options.setup.threads.to_string();
    let mut view = command("samtools", ["view", "--no-PG", "-@", &threads, "-O", format]);
    view.arg("--reference").arg(bench.reference.fasta()).arg("-o").arg(to).arg(from);
    bench.run("view", [view]).map(drop)
}

fn bytes(path: &Path) -> Result<u64, Error> {
    Ok(fs::metadata(path).map_err(|e| FileError::io(path, e))?.len())
}

impl Size {
    /// Our bytes against each way of samtools.
    pub(super) fn targets(&self) -> Vec<Target> {
        let over = |how, theirs| {
            let what = format!("CRAM: size over `samtools view -O cram,version=3.0` {how}");
            Target::at_most(what, self.ours as f64 / theirs as f64, OVER_SAMTOOLS, "x")
        };
        vec![over("of it", self.samtools), over("of its BAM", self.samtools_from_bam)]
    }

    /// The table for people.
    pub(super) fn markdown(&self) -> String {
        let mut text = "\n## Size\n\nThe same records. By way of BAM, samtools has no trace of \
             how the CRAM held them.\n\n| file | bytes | to ours |\n|---|--:|--:|\n"
            .to_owned();
        for (name, bytes) in [
            ("**our CRAM**", self.ours),
            ("`samtools view -O cram,version=3.0`", self.samtools),
            ("`samtools view -O cram,version=3.0` of the BAM", self.samtools_from_bam),
            ("BAM", self.bam),
        ] {
            text += &format!("| {name} | {bytes} | {:.3}x |\n", bytes as f64 / self.ours as f64);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_size_is_enough_and_a_byte_more_is_not() {
        let size = Size { ours: 1000, samtools: 1000, samtools_from_bam: 999, bam: 1500 };
        let met: Vec<bool> = size.targets().iter().map(|target| target.met).collect();
        assert_eq!(met, [true, false]);
        assert!(size.markdown().contains("| BAM | 1500 | 1.500x |"));
    }
}
