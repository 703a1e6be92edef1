//! What samtools and Picard find wrong with our CRAM.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Serialize;
use wgs_formats::FileError;

use super::tools::{Picard, Tools};
use crate::{
    Error,
    bench::{
        process::{Pipeline, command},
        reference::Reference,
        setup::Room,
    },
};

/// Judgements of a CRAM.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Validity {
    /// `samtools quickcheck` has nothing to say.
    pub(super) quickcheck: bool,
    /// What Picard's `ValidateSamFile` counts, if it is installed.
    pub(super) picard: Option<Findings>,
}

/// Records by kind of finding, such as `MATE_NOT_FOUND`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Findings {
    pub(super) errors: BTreeMap<String, u64>,
    pub(super) warnings: BTreeMap<String, u64>,
}

/// Has a CRAM checked.
pub(super) fn check(
    cram: &Path,
    reference: &Reference,
    tools: &Tools,
    room: &Room,
) -> Result<Validity, Error> {
    let mut quickcheck = command("samtools", ["quickcheck", "-v"]);
    quickcheck.arg(cram);
    let quickcheck = Pipeline::new(room.log("quickcheck"), [quickcheck]);
    let picard = |picard: &Picard| {
        let summary = room.folder("picard.txt");
        validate(picard, cram, reference, &summary, &room.log("picard"))
    };
    Ok(Validity {
        quickcheck: quickcheck.exit_code()? == Some(0),
        picard: tools.picard.as_ref().map(picard).transpose()?,
    })
}

fn validate(
    picard: &Picard,
    cram: &Path,
    reference: &Reference,
    summary: &Path,
    log: &Path,
) -> Result<Findings, Error> {
    let _ = fs::remove_file(summary);
    let mut validate = command(picard.program, ["ValidateSamFile", "-M", "SUMMARY", "-I"]);
    validate.arg(cram).arg("-R").arg(reference.fasta()).arg("-O").arg(summary);
    let code = Pipeline::new(log.to_owned(), [validate]).exit_code()?;
    // 1 to 3 tell of findings, which the summary lists.
    if !matches!(code, Some(0..=3)) {
        return Err(format!("{} failed, see {}", picard.program, log.display()).into());
    }
    Ok(findings(&fs::read_to_string(summary).map_err(|e| FileError::io(summary, e))?))
}

/// Reads lines such as `ERROR:MATE_NOT_FOUND<tab>12`.
fn findings(summary: &str) -> Findings {
    let mut found = Findings::default();
    let counts = summary.lines().filter_map(|line| line.split_once('\t'));
    for (kind, count) in counts.filter_map(|(kind, n)| Some((kind, n.trim().parse().ok()?))) {
        if let Some(kind) = kind.strip_prefix("ERROR:") {
            found.errors.insert(kind.into(), count);
        } else if let Some(kind) = kind.strip_prefix("WARNING:") {
            found.warnings.insert(kind.into(), count);
        }
    }
    found
}

impl Validity {
    /// Lines for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let quickcheck = if self.quickcheck { "passes" } else { "**fails**" };
        let mut lines = vec![format!("`samtools quickcheck`: {quickcheck}")];
        if let Some(Findings { errors, warnings }) = &self.picard {
            let (errors, warnings) = (told(errors), told(warnings));
            lines.push(format!("Picard `ValidateSamFile`: errors {errors}; warnings {warnings}"));
        }
        lines
    }
}

fn told(kinds: &BTreeMap<String, u64>) -> String {
    let sum: u64 = kinds.values().sum();
    if sum == 0 {
        return "0".into();
    }
    let each: Vec<String> = kinds.iter().map(|(kind, n)| format!("{kind} {n}")).collect();
    format!("{sum} ({})", each.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picards_summary_is_counted() {
        let summary = "\n\n## HISTOGRAM\tjava.lang.String\nError Type\tCount\n\
            ERROR:MATE_NOT_FOUND\t12\nERROR:INVALID_CIGAR\t1\nWARNING:MISSING_TAG_NM\t3617100\n";
        let picard = findings(summary);
        assert_eq!(picard.errors.values().sum::<u64>(), 13);
        let lines = Validity { quickcheck: true, picard: Some(picard) }.lines();
        assert_eq!(lines[0], "`samtools quickcheck`: passes");
        assert_eq!(
            lines[1],
            "Picard `ValidateSamFile`: errors 13 (INVALID_CIGAR 1, MATE_NOT_FOUND 12); \
             warnings 3617100 (MISSING_TAG_NM 3617100)"
        );
        assert_eq!(findings("No errors found\n"), Findings::default());
    }
}
