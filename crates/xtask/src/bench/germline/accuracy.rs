//! Calls against the planted variants, by `wgs-pipe compare`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;
use wgs_formats::{FileError, output};

use crate::{
    Error,
    bench::{
        folder,
        process::{Pipeline, command},
    },
};

/// Variants found, called in excess, and missed, by genotype.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) true_positives: u64,
    pub(super) false_positives: u64,
    pub(super) false_negatives: u64,
}

/// How right a caller's calls are.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Accuracy {
    pub(super) caller: String,
    pub(super) snvs: Counts,
    pub(super) indels: Counts,
}

impl Counts {
    /// Share of the calls that are true; 0 without calls.
    pub(super) fn precision(self) -> f64 {
        share(self.true_positives, self.false_positives)
    }

    /// Share of the planted variants that are called; 0 without any.
    pub(super) fn recall(self) -> f64 {
        share(self.true_positives, self.false_negatives)
    }

    /// Harmonic mean of precision and recall.
    pub(super) fn f1(self) -> f64 {
        share(2 * self.true_positives, self.errors())
    }

    /// What is called in excess or missed.
    pub(super) fn errors(self) -> u64 {
        self.false_positives + self.false_negatives
    }
}

fn share(part: u64, rest: u64) -> f64 {
    if part == 0 { 0.0 } else { part as f64 / (part + rest) as f64 }
}

/// What is true, and where that is known.
#[derive(Clone, Debug)]
pub(super) struct Truth {
    pub(super) variants: PathBuf,
    pub(super) confident: PathBuf,
}

impl Truth {
    /// The same on these contigs alone; the regions are written to a folder.
    pub(super) fn on(&self, contigs: &[&str], folder: &Path) -> Result<Self, Error> {
        let text =
            fs::read_to_string(&self.confident).map_err(|e| FileError::io(&self.confident, e))?;
        let is_on = |line: &&str| line.split('\t').next().is_some_and(|c| contigs.contains(&c));
        let kept: String = text.lines().filter(is_on).flat_map(|line| [line, "\n"]).collect();
        if kept.is_empty() {
            return Err(
                format!("{} has none of {}", self.confident.display(), contigs.join(", ")).into()
            );
        }
        output::create_folder(folder)?;
        let confident = folder.join(format!("{}.bed", contigs.join("-")));
        output::write(&confident, kept)?;
        Ok(Self { variants: self.variants.clone(), confident })
    }
}

/// Calls to be judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calls<'a> {
    pub(super) caller: &'a str,
    pub(super) path: &'a Path,
    /// Least QUAL of the calls that count, beside the caller's own filters.
    pub(super) min_quality: Option<f64>,
}

/// Compares calls with a truth.
pub(super) struct Judge {
    /// wgs-pipe.
    pub(super) binary: PathBuf,
    pub(super) genome: PathBuf,
    /// Emptied for each comparison.
    pub(super) folder: PathBuf,
    pub(super) log: PathBuf,
}

impl Judge {
    /// Judges the calls that pass.
    pub(super) fn judge(&self, calls: Calls<'_>, truth: &Truth) -> Result<Accuracy, Error> {
        folder::fresh(&self.folder)?;
        let sure = self.of_quality(calls)?;
        let out = self.folder.join("compared");
        let mut compare = command(&self.binary, ["compare", "--truth"]);
        compare.arg(&truth.variants).arg("--calls").arg(&sure).arg("--out").arg(&out);
        compare.arg("--reference").arg(&self.genome).arg("--confident").arg(&truth.confident);
        Pipeline::new(self.log.clone(), [compare]).run()?;
        let summary = out.join("summary.tsv");
        let text = fs::read_to_string(&summary).map_err(|e| FileError::io(&summary, e))?;
        let caller = calls.caller;
        Ok(Accuracy {
            caller: calls.min_quality.map_or(caller.into(), |q| format!("{caller}, QUAL ≥ {q}")),
            snvs: counts(&text, "SNV")?,
            indels: counts(&text, "INDEL")?,
        })
    }

    fn of_quality(&self, calls: Calls<'_>) -> Result<PathBuf, Error> {
        let Some(quality) = calls.min_quality else { return Ok(calls.path.to_owned()) };
        let sure = self.folder.join("sure.vcf.gz");
        let mut view =
            command("bcftools", ["view", "-i", &format!("QUAL>={quality}"), "-Oz", "-o"]);
        view.arg(&sure).arg(calls.path);
        Pipeline::new(self.log.clone(), [view]).run()?;
        Ok(sure)
    }
}

/// The counts of a type in the table of a comparison.
fn counts(summary: &str, kind: &str) -> Result<Counts, Error> {
    let mut lines = summary.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = lines.next().unwrap_or_default();
    let row = lines.find(|row| row.first() == Some(&kind));
    let row = row.ok_or_else(|| format!("the comparison has no line {kind}"))?;
    let of = |name: &str| {
        let column = head.iter().position(|column| *column == name);
        let value = column.and_then(|column| row.get(column)).and_then(|v| v.parse().ok());
        value.ok_or_else(|| format!("the comparison has no count {name} of {kind}"))
    };
    Ok(Counts { true_positives: of("tp")?, false_positives: of("fp")?, false_negatives: of("fn")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        let counts = Counts { true_positives: 6, false_positives: 2, false_negatives: 4 };
        assert_eq!((counts.precision(), counts.recall(), counts.errors()), (0.75, 0.6, 6));
        assert!((counts.f1() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(Counts::default().f1(), 0.0);
    }

    #[test]
    fn counts_are_read_by_name() {
        let summary = "type\ttp\tfp\tfn\tprecision\nALL\t5\t1\t2\t0.83\nSNV\t4\t0\t1\t1\n";
        let expected = Counts { true_positives: 4, false_positives: 0, false_negatives: 1 };
        assert_eq!(counts(summary, "SNV").unwrap(), expected);
        assert!(counts(summary, "INDEL").unwrap_err().to_string().contains("no line INDEL"));
        assert!(counts("type\ttp\nSNV\t4\n", "SNV").is_err());
    }

    #[test]
    fn a_truth_on_some_contigs() {
        let room = tempfile::tempdir().unwrap();
        let confident = room.path().join("all.bed");
        output::write(&confident, "c1\t0\t5\nc10\t1\t7\nc2\t3\t4\n").unwrap();
        let truth = Truth { variants: "t.vcf".into(), confident };
        let some = truth.on(&["c1", "c2"], room.path()).unwrap();
        assert_eq!(fs::read_to_string(some.confident).unwrap(), "c1\t0\t5\nc2\t3\t4\n");
        assert!(truth.on(&["c3"], room.path()).is_err());
    }
}
