//! Trimming, as a pipeline definition asks for it.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use wgs_align::{Kept, ReadBatch, ReadTrimmer};
use wgs_core::ErrorKind;
use wgs_fastqc::{QualityEncoding, QualityTrim, TrimCounts, TrimOptions, Trimmed, Trimmer};
use wgs_formats::qc::fastq::TrimQc;
use wgs_task::StageError;

/// Bases of an adapter at least.
const LEAST_ADAPTER_BP: usize = 12;

/// What is cut off reads before they are aligned (`[options.reads.trim]`); by default nothing. The
/// CRAM keeps what is cut off.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrimParams {
    /// Whether adapters are cut off, found by the overlap of mates and by the sequences of common
    /// kits.
    pub adapters: bool,
    /// Further adapters of first (or single) reads, as the reads show them.
    pub r1_adapters: Vec<String>,
    /// Further adapters of last reads.
    pub r2_adapters: Vec<String>,
    /// Least mean quality (Phred) of the last four bases: ends with less are cut off.
    pub min_quality: Option<u8>,
    /// Shortest end of G that is cut off.
    pub poly_g_bp: Option<usize>,
    /// Pairs with a shorter read after trimming are not aligned.
    pub min_length_bp: usize,
}

impl TrimParams {
    /// Adapters must be sequences that a read can show.
    pub(super) fn check(&self) -> Result<(), StageError> {
        let is_wrong = |adapter: &&String| {
            adapter.len() < LEAST_ADAPTER_BP || !adapter.bytes().all(|b| b"ACGT".contains(&b))
        };
        match self.r1_adapters.iter().chain(&self.r2_adapters).find(is_wrong) {
            None => Ok(()),
            Some(adapter) => Err(StageError::new(
                ErrorKind::Configuration,
                format!(
                    "options.reads.trim: {adapter:?} is no adapter: expected {LEAST_ADAPTER_BP} or \
                     more of A, C, G and T"
                ),
            )),
        }
    }

    fn options(&self) -> TrimOptions {
        let bytes = |adapters: &[String]| adapters.iter().map(|a| a.clone().into_bytes()).collect();
        TrimOptions {
            adapters: self.adapters,
            r1_adapters: bytes(&self.r1_adapters),
            r2_adapters: bytes(&self.r2_adapters),
            quality: self
                .min_quality
                .map(|min_mean_phred| QualityTrim { min_mean_phred, ..QualityTrim::default() }),
            poly_g_bp: self.poly_g_bp,
            min_length_bp: self.min_length_bp,
        }
    }

    /// What trims and counts; none if nothing is to be trimmed.
    pub(super) fn trimming(&self) -> Option<Trimming> {
        let trimmer = Trimmer::new(&self.options(), QualityEncoding::Phred33);
        (*self != Self::default()).then_some(Trimming { trimmer, counts: Mutex::default() })
    }
}

/// Trims batches, and counts what it cut off by read group.
pub(super) struct Trimming {
    trimmer: Trimmer,
    counts: Mutex<Vec<TrimCounts>>,
}

impl Trimming {
    /// What was cut off the reads of a read group.
    pub(super) fn of_group(&self, group: usize) -> TrimQc {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(group).cloned().unwrap_or_default().finish()
    }
}

impl ReadTrimmer for Trimming {
    fn trim(&self, batch: &ReadBatch) -> Vec<Option<Kept>> {
        let mut counts: Vec<TrimCounts> = Vec::new();
        let trimmed = batch.templates().map(|template| {
            let first = (template.first.bases, template.first.quals);
            let last = template.last.map(|last| (last.bases, last.quals));
            let trimmed = self.trimmer.trim(first, last);
            if counts.len() <= template.read_group {
                counts.resize_with(template.read_group + 1, TrimCounts::default);
            }
            counts[template.read_group].add(&trimmed);
            kept(trimmed)
        });
        let trimmed = trimmed.collect();
        let mut all = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let groups = all.len().max(counts.len());
        all.resize_with(groups, TrimCounts::default);
        all.iter_mut().zip(&counts).for_each(|(sum, own)| sum.merge(own));
        trimmed
    }
}

fn kept(trimmed: Trimmed) -> Option<Kept> {
    let last = trimmed.last.map_or(0..0, |last| last.kept);
    (!trimmed.filtered).then_some(Kept { first: trimmed.first.kept, last })
}

#[cfg(test)]
mod tests {
    use wgs_align::Read;

    use super::*;

    #[test]
    fn nothing_is_trimmed_unless_asked_for() {
        assert!(TrimParams::default().trimming().is_none());
    }

    #[test]
    fn adapters_are_checked() {
        for (adapter, good) in [("AGATCGGAAGAGC", true), ("agatcggaagagc", false), ("AGATC", false)]
        {
            let params = TrimParams { r1_adapters: vec![adapter.into()], ..Default::default() };
            assert_eq!(params.check().is_ok(), good, "{adapter}");
        }
    }

    #[test]
    fn what_is_cut_off_is_counted_by_read_group() {
        let params = TrimParams { min_quality: Some(20), min_length_bp: 3, ..Default::default() };
        let trimming = params.trimming().unwrap();
        let mut batch = ReadBatch::new(0, 0, 0);
        for (group, quals) in [(1, b"IIIIII######"), (0, b"IIIIIIIIIIII"), (1, b"############")] {
            batch.push(group, b"r", Read { bases: b"ACGTACGTACGT", quals }, None).unwrap();
        }
        let kept = trimming.trim(&batch);
        assert!(kept[0].as_ref().is_some_and(|kept| (6..=8).contains(&kept.first.len())));
        assert_eq!(kept[1].as_ref().map(|kept| kept.first.clone()), Some(0..12));
        assert_eq!(kept[2], None);
        let (good, bad) = (trimming.of_group(0), trimming.of_group(1));
        assert_eq!((good.templates, good.r1.low_quality_reads), (1, 0));
        assert_eq!((bad.templates, bad.filtered_templates, bad.r1.low_quality_reads), (2, 1, 2));
    }
}
