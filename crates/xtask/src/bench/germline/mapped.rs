//! The part of the confident regions where reads can be told apart: elsewhere every fragment fits
//! two places of the reference alike, and no caller can know which of them a variant is of.

use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
};

use wgs_formats::{FileError, genome::open_maybe_gzip, output};

use super::{accuracy::Truth, bench::Bench};
use crate::{
    Error,
    bench::process::{Pipeline, command},
};

/// Gaps of the depth that count as mapped: homozygous deletions leave them.
const MAX_GAP: u64 = 100;
/// Share of the mean depth that reads of a mapping quality above 0 must reach.
const MIN_SHARE: f64 = 0.25;

/// Intervals of each contig, 0-based and half open, ascending.
type Intervals = BTreeMap<String, Vec<(u64, u64)>>;

/// The truth inside the confident regions where reads of a mapping quality above 0 reach a quarter
/// of the mean depth, by mosdepth.
pub(super) fn truth(bench: &Bench<'_>, cram: &Path, truth: &Truth) -> Result<Truth, Error> {
    let folder = bench.fresh("mapped")?;
    let least = (bench.options.setup.coverage * MIN_SHARE).round().max(1.0);
    let prefix = folder.join("depth");
    let mut mosdepth = command("mosdepth", ["-n", "-Q", "1", "-q", &format!("{least}:"), "-f"]);
    mosdepth.arg(bench.reference.fasta()).arg(&prefix).arg(cram);
    let log = bench.setup.room.log("mosdepth");
    Pipeline::new(log, [bench.reference.confine(mosdepth)]).run()?;
    let deep = merged(intervals(&prefix.with_extension("quantized.bed.gz"))?);
    let confident = folder.join("confident.bed");
    output::write(&confident, text(&intersection(&deep, &intervals(&truth.confident)?)))?;
    Ok(Truth { variants: truth.variants.clone(), confident })
}

fn intervals(path: &Path) -> Result<Intervals, Error> {
    let mut bed = String::new();
    open_maybe_gzip(path)?.read_to_string(&mut bed).map_err(|e| FileError::io(path, e))?;
    let mut found = Intervals::new();
    for line in bed.lines() {
        let mut fields = line.split('\t');
        let (Some(contig), Some(start), Some(end)) = (fields.next(), fields.next(), fields.next())
        else {
            return Err(format!("{}: {line:?} is no BED", PathBuf::from(path).display()).into());
        };
        found.entry(contig.into()).or_default().push((start.parse()?, end.parse()?));
    }
    Ok(found)
}

/// The intervals with small gaps between them closed.
fn merged(mut all: Intervals) -> Intervals {
    for intervals in all.values_mut() {
        intervals.dedup_by(|next, last| {
            let near = next.0 <= last.1 + MAX_GAP;
            if near {
                last.1 = last.1.max(next.1);
            }
            near
        });
    }
    all
}

fn intersection(a: &Intervals, b: &Intervals) -> Intervals {
    let of = |contig: &String, intervals: &Vec<(u64, u64)>| {
        let others = b.get(contig).map_or(&[][..], |others| others);
        let both = intervals
            .iter()
            .flat_map(|one| others.iter().map(|other| (one.0.max(other.0), one.1.min(other.1))));
        both.filter(|(start, end)| start < end).collect::<Vec<_>>()
    };
    a.iter().map(|(contig, intervals)| (contig.clone(), of(contig, intervals))).collect()
}

fn text(all: &Intervals) -> String {
    let lines = all.iter().flat_map(|(contig, intervals)| {
        intervals.iter().map(move |(start, end)| format!("{contig}\t{start}\t{end}\n"))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deep_and_confident_stays() {
        let room = tempfile::tempdir().unwrap();
        let bed = |name: &str, content: &str| {
            let path = room.path().join(name);
            output::write(&path, content).unwrap();
            intervals(&path)
        };
        let deep = bed("a", "c\t0\t500\tx\nc\t600\t900\tx\nc\t1001\t1100\td\nd\t5\t9\n").unwrap();
        let confident = bed("b", "c\t400\t1050\ne\t0\t5\n").unwrap();
        let both = intersection(&merged(deep), &confident);
        assert_eq!(text(&both), "c\t400\t900\nc\t1001\t1050\n");
        assert!(bed("c", "no bed\n").is_err());
    }
}
