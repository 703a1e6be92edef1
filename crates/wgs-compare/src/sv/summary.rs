//! How many variants were found, missed and called in excess.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    event::{Event, SvKind},
    matching::{Matching, Standing, Verdict},
    options::SvOptions,
    read::EventFile,
};
use crate::{Counts, TypeCounts, VERSION};

/// Name and version of the form of `summary.json`.
const SCHEMA: &str = "wgs-compare.sv/1";

/// Lower limits of the size bins, in bp; the last has no upper limit.
const SIZE_BINS_BP: [u32; 8] = [0, 50, 100, 300, 1_000, 5_000, 10_000, 100_000];

/// Counts of one type within a range of sizes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SizeBin {
    /// Smallest size, in bp.
    pub from_bp: u32,
    /// Size that is too large for it, in bp; none for the last.
    pub below_bp: Option<u32>,
    /// The counts; variants of unknown size are in none.
    #[serde(flatten)]
    pub counts: Counts,
}

/// Genotypes of the true positives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GenotypeCounts {
    /// Pairs of the same zygosity.
    pub same: u64,
    /// Pairs of another.
    pub different: u64,
    /// Pairs where a file does not tell.
    pub unknown: u64,
}

/// Result of a comparison of structural variants.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SvSummary {
    /// `wgs-compare.sv/1`.
    pub schema: String,
    /// Version of this crate.
    pub version: String,
    /// How the files were compared.
    pub options: SvOptions,
    /// `ALL` variants, and each type that either file has. True positives are counted by the type
    /// of the truth (`tp`) and by that of the call (`tp_call`).
    pub types: Vec<TypeCounts>,
    /// All variants by size.
    pub sizes: Vec<SizeBin>,
    /// Genotypes of the true positives.
    pub genotypes: GenotypeCounts,
    /// True positives that both files write as other types (`DEL as BND`: truth, then call).
    pub other_spellings: BTreeMap<String, u64>,
    /// False negatives by reason.
    pub missed: BTreeMap<String, u64>,
    /// False positives by reason.
    pub excess: BTreeMap<String, u64>,
    /// Alleles and variants of the truth that are not counted, by reason.
    pub truth_left_out: BTreeMap<String, u64>,
    /// Those of the calls.
    pub calls_left_out: BTreeMap<String, u64>,
}

/// A table of counts: which row or rows a variant belongs to.
struct Tally<'a> {
    truth: &'a EventFile,
    calls: &'a EventFile,
    matching: &'a Matching,
}

impl Tally<'_> {
    /// Counts what `belongs` picks: of the truth by its type and size, of the calls by theirs.
    fn count(&self, belongs: impl Fn(&Event) -> bool) -> Counts {
        let mut counts = Counts::default();
        let truth = self.truth.events.iter().zip(&self.matching.truth);
        for (_, verdict) in truth.filter(|(event, _)| belongs(event)) {
            counts.fn_ += u64::from(verdict.is_error());
            counts.tp += u64::from(verdict.standing == Standing::Counted && verdict.is_match());
        }
        let calls = self.calls.events.iter().zip(&self.matching.calls);
        for (_, verdict) in calls.filter(|(event, _)| belongs(event)) {
            counts.fp += u64::from(verdict.is_error());
            counts.tp_call += u64::from(verdict.partner_counts);
        }
        counts
    }

    fn sizes(&self) -> Vec<SizeBin> {
        let uppers = SIZE_BINS_BP.iter().skip(1).map(|&upper| Some(upper)).chain([None]);
        let bins = SIZE_BINS_BP.iter().zip(uppers).map(|(&from_bp, below_bp)| {
            let inside = |size| size >= from_bp && below_bp.is_none_or(|below| size < below);
            let counts = self.count(|event| event.size_bp.is_some_and(inside));
            SizeBin { from_bp, below_bp, counts }
        });
        bins.filter(|bin| bin.counts != Counts::default()).collect()
    }

    fn genotypes(&self) -> GenotypeCounts {
        let mut counts = GenotypeCounts::default();
        for verdict in self.matching.truth.iter().filter(|v| v.standing == Standing::Counted) {
            let Ok(partner) = &verdict.partner else { continue };
            match partner.likeness.same_genotype {
                Some(true) => counts.same += 1,
                Some(false) => counts.different += 1,
                None => counts.unknown += 1,
            }
        }
        counts
    }

    fn other_spellings(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for (event, verdict) in self.truth.events.iter().zip(&self.matching.truth) {
            let Ok(partner) = &verdict.partner else { continue };
            if verdict.standing == Standing::Counted && !partner.likeness.same_kind {
                let other = self.calls.events[partner.index].kind.name();
                *counts.entry(format!("{} as {other}", event.kind.name())).or_default() += 1;
            }
        }
        counts
    }
}

impl SvSummary {
    pub(crate) fn new(
        truth: &EventFile,
        calls: &EventFile,
        matching: &Matching,
        options: &SvOptions,
    ) -> Self {
        let tally = Tally { truth, calls, matching };
        let row = |name: &str, counts| TypeCounts { name: name.to_owned(), counts };
        let kinds = SvKind::ALL.map(|kind| row(kind.name(), tally.count(|e| e.kind == kind)));
        let all = [row("ALL", tally.count(|_| true))];
        let kinds = kinds.into_iter().filter(|row| row.counts != Counts::default());
        Self {
            schema: SCHEMA.to_owned(),
            version: VERSION.to_owned(),
            options: options.clone(),
            types: all.into_iter().chain(kinds).collect(),
            sizes: tally.sizes(),
            genotypes: tally.genotypes(),
            other_spellings: tally.other_spellings(),
            missed: reasons(&matching.truth),
            excess: reasons(&matching.calls),
            truth_left_out: left_out(truth, &matching.truth),
            calls_left_out: left_out(calls, &matching.calls),
        }
    }

    /// The counts of a type, or of `ALL`.
    pub fn of(&self, name: &str) -> Option<&TypeCounts> {
        self.types.iter().find(|row| row.name == name)
    }
}

fn reasons(verdicts: &[Verdict]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for verdict in verdicts.iter().filter(|verdict| verdict.is_error()) {
        if let Err(missed) = verdict.partner {
            *counts.entry(missed.name().to_owned()).or_default() += 1;
        }
    }
    counts
}

fn left_out(file: &EventFile, verdicts: &[Verdict]) -> BTreeMap<String, u64> {
    let beside = verdicts.iter().filter(|v| v.standing != Standing::Counted && !v.is_match());
    let names = beside.map(|v| v.standing.name()).chain(file.absent.values().map(|a| a.name()));
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name.to_owned()).or_default() += 1;
    }
    counts
}
