//! Verdicts and their reasons.

use crate::load::Fate;

/// What a variant counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Matched: a true variant that was found, or a call that is right.
    TruePositive,
    /// A call without a true variant.
    FalsePositive,
    /// A true variant without a call.
    FalseNegative,
    /// Counts as nothing.
    Ignored,
}

impl Verdict {
    /// `TP`, `FP`, `FN`, or `N` for what does not count.
    pub fn code(self) -> &'static str {
        match self {
            Self::TruePositive => "TP",
            Self::FalsePositive => "FP",
            Self::FalseNegative => "FN",
            Self::Ignored => "N",
        }
    }
}

/// Why a variant counts as what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Both sets say the same.
    Match,
    /// The other set has an allele of it, with another genotype.
    GenotypeDiffers,
    /// The other set has another allele at the place.
    OtherAllele,
    /// The other set has nothing there that fits.
    AlleleAbsent,
    /// It was called, but the call failed a filter.
    CallFiltered,
    /// There are too many ways to combine the variants around; it was compared by itself.
    TooComplex,
    /// Not in the confident regions.
    Outside,
    /// Failed a filter.
    Filtered,
    /// Symbolic allele, breakend or `*` only.
    Symbolic,
    /// Longer than is compared.
    TooLong,
    /// More than two alleles in the genotype.
    Ploidy,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::Match,
        Self::GenotypeDiffers,
        Self::OtherAllele,
        Self::AlleleAbsent,
        Self::CallFiltered,
        Self::TooComplex,
        Self::Outside,
        Self::Filtered,
        Self::Symbolic,
        Self::TooLong,
        Self::Ploidy,
    ];

    /// In plain words, joined by underscores as VCF wants.
    pub fn text(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::GenotypeDiffers => "genotype_differs",
            Self::OtherAllele => "other_allele",
            Self::AlleleAbsent => "allele_absent",
            Self::CallFiltered => "call_filtered",
            Self::TooComplex => "too_complex",
            Self::Outside => "outside",
            Self::Filtered => "filtered",
            Self::Symbolic => "symbolic",
            Self::TooLong => "too_long",
            Self::Ploidy => "ploidy",
        }
    }

    pub(crate) fn of(fate: Fate) -> Self {
        match fate {
            Fate::Compared => Self::AlleleAbsent,
            Fate::Filtered => Self::Filtered,
            Fate::Symbolic => Self::Symbolic,
            Fate::TooLong => Self::TooLong,
            Fate::Ploidy => Self::Ploidy,
        }
    }
}

/// The verdict on one record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    pub(crate) reason: Reason,
    /// True variants that a matched call counts for.
    pub(crate) weight: f32,
}

impl Judgement {
    pub(crate) fn ignored(reason: Reason) -> Self {
        Self { verdict: Verdict::Ignored, reason, weight: 0.0 }
    }
}
