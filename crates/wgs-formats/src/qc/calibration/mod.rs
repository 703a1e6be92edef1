//! What a sample's reads tell of the errors of its sequencing, for whoever weighs their bases.
//!
//! Learnt in the pass that measures the reads, from a sample of the genome: positions at which the
//! reads look like those of a variant have no part, so that no list of known sites is needed.
//! [`Recalibration`] gives the quality of a base by it.
//!
//! Base qualities by reported quality, cycle and context of two bases are those of GATK's base
//! quality score recalibration (DePristo et al. 2011, doi:10.1038/ng.806); here they are additions on
//! the scale of log-odds, fitted together. Rates of insertions and deletions by unit and length of
//! tandem repeats, as the sample shows them, are an idea of DRAGEN's STR table (DRAGstr).

mod recalibration;
mod valid;

use std::path::Path;

use serde::{Deserialize, Serialize};
use wgs_core::{ContigList, ErrorKind};

use super::{Document, Table, table::decimal};
use crate::{FileError, Result, digest};

pub use recalibration::{CONTEXTS, Recalibration, code, context, context_name, mate, odds_of};

/// Cycles that are told apart; later ones share the last.
pub const MAX_CYCLES: usize = 512;
/// Reported qualities that are told apart; higher ones share the last.
pub const MAX_REPORTED_PHRED: u8 = 63;
/// Longest unit of tandem repeats, in bases.
pub const MAX_UNIT_BP: u32 = 6;

/// Errors of a sample's sequencing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// `wgs-pipe/calibration/1`.
    pub schema: String,
    /// The sample; several are joined by commas; absent without read groups.
    pub sample: Option<String>,
    /// [`contigs_md5`] of the genome that the reads were compared with.
    pub contigs_md5: String,
    /// What was looked at.
    pub sampled: Sampled,
    /// Substituted bases.
    pub base_quality: BaseQuality,
    /// Inserted and deleted bases.
    pub indels: Indels,
}

/// What of the genome was looked at: blocks at fixed places, fewer of them the more data there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampled {
    /// One of so many blocks.
    pub one_of: u32,
    /// Positions with enough reads.
    pub positions: u64,
    /// Those of them that were left out because they look like variants.
    pub variant_positions: u64,
}

/// Qualities of bases. That of a base is the sum of the terms that apply to it: Phred-scaled odds
/// of being right, `10 log10((1 - p) / p)` for an error probability p.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseQuality {
    /// By reported quality, ascending; one that is missing counts as it is reported.
    pub reported: Vec<ReportedQuality>,
    /// Additions by read group; none for those that are missing.
    pub read_groups: Vec<Adjustment>,
    /// Additions by cycle of first (or unpaired) reads, in the order of sequencing: `1`, `2`, ….
    pub r1_cycles: Vec<Adjustment>,
    /// The same of last reads.
    pub r2_cycles: Vec<Adjustment>,
    /// Additions by the base before and the base itself as they were sequenced, such as `AC`; `-` is
    /// none before.
    pub contexts: Vec<Adjustment>,
}

/// Bases of one reported quality.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportedQuality {
    /// What the sequencer says.
    pub reported_phred: u8,
    /// Bases that were compared.
    pub bases: u64,
    /// Those of them that differ from the reference.
    pub mismatches: u64,
    /// Odds of being right, Phred-scaled.
    pub odds_phred: f64,
}

/// An addition to the odds of some bases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// Which bases.
    pub of: String,
    /// Bases that were compared.
    pub bases: u64,
    /// Those of them that differ from the reference.
    pub mismatches: u64,
    /// What is added, Phred-scaled: below 0 where errors are more frequent than elsewhere.
    pub adjustment_phred: f64,
}

/// Rates of insertions and deletions by the sequencer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indels {
    /// Bases outside of the tracts below.
    pub elsewhere: IndelCounts,
    /// Tandem repeats, by unit and copies.
    pub tracts: Vec<TractIndels>,
    /// How long the gaps are, by unit; of unit 0 those elsewhere, counted in bases.
    pub lengths: Vec<GapLengths>,
}

/// Chances to gain or lose bases, and how often that happened; expectations, where it is not sure
/// that the sample is as the reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndelCounts {
    /// Bases, or passages of a read through a tract.
    pub chances: f64,
    /// With bases gained.
    pub insertions: f64,
    /// With bases lost.
    pub deletions: f64,
}

/// Tandem repeats of one class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TractIndels {
    /// Length of the unit.
    pub unit_bp: u32,
    /// Whole copies of it in the reference.
    pub copies: u32,
    /// Tracts with reads.
    pub tracts: u64,
    /// Reads that pass through one, with whole units more or less.
    pub counts: IndelCounts,
}

/// Lengths of gaps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GapLengths {
    /// Length of the unit; 0 outside of tracts.
    pub unit_bp: u32,
    /// Gaps.
    pub gaps: u64,
    /// Units (or bases) of all of them.
    pub units: u64,
}

/// Reads a calibration and checks that every figure can be one.
///
/// # Errors
///
/// If the file is no calibration, of another schema, or says what cannot be.
pub fn read(path: &Path) -> Result<Calibration> {
    let calibration: Calibration = super::read(path)?;
    match valid::reason_against(&calibration) {
        None => Ok(calibration),
        Some(reason) => Err(FileError::invalid(path, reason).hint(AGAIN)),
    }
}

const AGAIN: &str =
    "make it again: `wgs-pipe metrics` writes one beside the figures of a CRAM or BAM";

impl Calibration {
    /// Refuses the file at `path`, whose content this is, for reads of another genome.
    pub fn check_genome(&self, path: &Path, contigs: &ContigList) -> Result<()> {
        if self.contigs_md5 == contigs_md5(contigs) {
            return Ok(());
        }
        let reason = "is a calibration by another genome than that of the bundle";
        Err(FileError::new(path, ErrorKind::ReferenceMismatch, reason).hint(AGAIN))
    }
}

/// MD5 of a genome's contigs in its order: a line of name, length and MD5 (empty if not known) for
/// each, separated by tabs.
pub fn contigs_md5(contigs: &ContigList) -> String {
    let line = |contig: &wgs_core::Contig| {
        let md5 = contig.md5.as_deref().unwrap_or_default();
        format!("{}\t{}\t{md5}\n", contig.name, contig.length)
    };
    digest::md5_bytes(contigs.iter().map(line).collect::<String>().as_bytes())
}

impl Document for Calibration {
    const SCHEMA: &'static str = "wgs-pipe/calibration/1";

    fn schema(&self) -> &str {
        &self.schema
    }

    /// One row for each term of the quality of a base, and for each class of tandem repeats.
    fn table(&self) -> Table {
        let mut table = Table::new(&["what", "of", "observed", "errors", "phred"]);
        let mut push = |what: &str, of: String, observed: String, errors: String, phred: f64| {
            table.push(vec![what.to_owned(), of, observed, errors, decimal(phred)]);
        };
        let quality = &self.base_quality;
        for q in &quality.reported {
            let (bases, wrong) = (q.bases.to_string(), q.mismatches.to_string());
            push("reported_quality", q.reported_phred.to_string(), bases, wrong, q.odds_phred);
        }
        for (what, adjustments) in [
            ("read_group", &quality.read_groups),
            ("r1_cycle", &quality.r1_cycles),
            ("r2_cycle", &quality.r2_cycles),
            ("context", &quality.contexts),
        ] {
            for a in adjustments {
                let (bases, wrong) = (a.bases.to_string(), a.mismatches.to_string());
                push(what, a.of.clone(), bases, wrong, a.adjustment_phred);
            }
        }
        let mut push_indels = |of: &str, counts: &IndelCounts| {
            for (what, count) in [("insertion", counts.insertions), ("deletion", counts.deletions)]
            {
                let phred = -10.0 * (count.max(0.5) / counts.chances.max(1.0)).log10();
                push(what, of.to_owned(), decimal(counts.chances), decimal(count), phred);
            }
        };
        push_indels("elsewhere", &self.indels.elsewhere);
        for tract in &self.indels.tracts {
            push_indels(&format!("{}x{}", tract.copies, tract.unit_bp), &tract.counts);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::Contig;

    use super::*;
    use crate::{output, qc};

    pub(super) fn adjustment(of: &str, adjustment_phred: f64) -> Adjustment {
        Adjustment { of: of.into(), bases: 1000, mismatches: 10, adjustment_phred }
    }

    pub(super) fn calibration() -> Calibration {
        let reported = |reported_phred, odds_phred| ReportedQuality {
            reported_phred,
            bases: 1000,
            mismatches: 10,
            odds_phred,
        };
        Calibration {
            schema: Calibration::SCHEMA.into(),
            sample: Some("S1".into()),
            contigs_md5: "0".repeat(32),
            sampled: Sampled { one_of: 1, positions: 100, variant_positions: 3 },
            base_quality: BaseQuality {
                reported: vec![reported(20, 17.0), reported(30, 31.0)],
                read_groups: vec![adjustment("a", 0.0), adjustment("b", -4.0)],
                r1_cycles: ["1", "2", "3"].map(|c| adjustment(c, -1.0)).to_vec(),
                r2_cycles: vec![adjustment("1", 2.0)],
                contexts: vec![adjustment("-A", 0.0), adjustment("AC", -3.0)],
            },
            indels: Indels {
                elsewhere: IndelCounts { chances: 1e6, insertions: 10.0, deletions: 20.0 },
                tracts: vec![TractIndels {
                    unit_bp: 1,
                    copies: 8,
                    tracts: 10,
                    counts: IndelCounts { chances: 300.0, insertions: 1.0, deletions: 2.5 },
                }],
                lengths: vec![GapLengths { unit_bp: 1, gaps: 3, units: 4 }],
            },
        }
    }

    fn written(text: &str) -> Result<Calibration> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("S1.calibration.json");
        output::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn it_comes_back_as_written_with_a_table_beside() {
        let folder = tempfile::tempdir().unwrap();
        let (json, tsv) = (folder.path().join("c.json"), folder.path().join("c.tsv"));
        qc::write(&calibration(), &json, Some(&tsv)).unwrap();
        assert_eq!(read(&json).unwrap(), calibration());
        assert_eq!(calibration().table().rows().len(), 2 + 2 + 4 + 2 + 4);
    }

    #[test]
    fn what_is_cut_or_foreign_is_refused() {
        let text = serde_json::to_string(&calibration()).unwrap();
        assert!(written(&text).is_ok());
        for end in [0, 1, text.len() / 2, text.len() - 1] {
            assert!(written(&text[..end]).is_err(), "{end}");
        }
        let newer = text.replace("calibration/1", "calibration/2");
        assert!(written(&newer).unwrap_err().to_string().contains("calibration/2"));
        assert!(written(&text.replace("\"odds_phred\"", "\"odds\"")).is_err());
        assert!(written("[]").is_err());
    }

    #[test]
    fn another_genome_is_refused() {
        let of = |name| ContigList::new(vec![Contig::new(name, 10)]).unwrap();
        let calibration = Calibration { contigs_md5: contigs_md5(&of("chr1")), ..calibration() };
        assert!(calibration.check_genome(Path::new("x"), &of("chr1")).is_ok());
        let error = calibration.check_genome(Path::new("x"), &of("1")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReferenceMismatch);
    }
}
