//! The probability that a call is true, by what its fragments look like.
//!
//! A logistic model, additive and monotone: each feature takes away from the log odds of a call
//! without any fault, the more the worse it is, and never adds. So a value that was rare in the data
//! that the model was fitted to cannot make a call look better, and the feature that takes away most
//! is the reason of a call that fails. `cargo xtask train-filters` fits it.

use serde::{Deserialize, Serialize};

use super::{
    Filter,
    features::{Feature, Features},
};

/// Version of the form of model files.
pub const FORMAT: u32 = 1;
/// Greatest confidence that is told, Phred-scaled.
const MAX_PHRED: f64 = 60.0;
/// Share of the largest loss from which on another one is a reason as well.
const SHARED_BLAME: f64 = 0.5;

/// Models of substitutions, and of insertions and deletions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// [`FORMAT`].
    pub format: u32,
    /// Its name and version.
    pub name: String,
    /// Of substitutions.
    pub snv: Odds,
    /// Of everything else.
    pub indel: Odds,
}

/// Log odds of a call by its features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Odds {
    /// Log odds (natural) of a call without fault.
    pub intercept: f64,
    /// Calls of lower probability fail.
    pub min_probability: f64,
    /// What takes away from the log odds.
    pub terms: Vec<Term>,
}

/// What a feature takes away: nothing at the first knot, the weight of each further knot in full
/// beyond it, and in between in proportion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The feature.
    pub feature: Feature,
    /// Values from good to bad, ascending or descending.
    pub knots: Vec<f64>,
    /// Log odds lost between each knot and the next: one less than there are knots, none below 0.
    pub losses: Vec<f64>,
}

/// What a model says of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Probability that the call is true.
    pub probability: f64,
    /// Why it fails; empty if it does not.
    pub reasons: Vec<Filter>,
}

impl Judgement {
    /// Phred-scaled probability that the call is wrong, at most 60.
    pub fn phred(&self) -> f64 {
        (-10.0 * (1.0 - self.probability).log10()).clamp(0.0, MAX_PHRED)
    }
}

impl Default for Model {
    /// The model that comes with this crate.
    fn default() -> Self {
        Self::parse(include_str!("germline.json")).expect("a test reads it")
    }
}

impl Model {
    /// Reads the text of a model file (JSON).
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let model: Self = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if model.format != FORMAT {
            return Err(format!("is of format {}; expected {FORMAT}", model.format));
        }
        for term in model.snv.terms.iter().chain(&model.indel.terms) {
            term.check()?;
        }
        Ok(model)
    }

    /// Judges a call.
    ///
    /// ```
    /// use wgs_smallvar::filter::{Filter, features::Features, model::Model};
    ///
    /// let model = Model::default();
    /// let good = Features { is_snv: true, quality: Some(500.0), ..Features::default() };
    /// assert!(model.judge(&good).probability > 0.99);
    /// let doubtful = Features { is_snv: true, quality: Some(3.0), ..Features::default() };
    /// assert!(model.judge(&doubtful).probability < model.judge(&good).probability);
    /// ```
    pub fn judge(&self, features: &Features) -> Judgement {
        let odds = if features.is_snv { &self.snv } else { &self.indel };
        let losses: Vec<(Filter, f64)> = odds.losses(features);
        let total: f64 = losses.iter().map(|(_, loss)| loss).sum();
        let probability = 1.0 / (1.0 + (total - odds.intercept).exp());
        let reasons = if probability < odds.min_probability { reasons(losses) } else { vec![] };
        Judgement { probability, reasons }
    }
}

impl Odds {
    fn losses(&self, features: &Features) -> Vec<(Filter, f64)> {
        let loss = |term: &Term| features.get(term.feature).map_or(0.0, |value| term.loss(value));
        self.terms.iter().map(|term| (reason(term.feature), loss(term))).collect()
    }
}

impl Term {
    /// Log odds lost at a value.
    pub fn loss(&self, value: f64) -> f64 {
        let shares = (0..self.losses.len()).map(|i| self.share(i, value));
        shares.zip(&self.losses).map(|(share, loss)| share * loss).sum()
    }

    /// How far between a knot and the next a value lies, from 0 to 1.
    pub fn share(&self, knot: usize, value: f64) -> f64 {
        let (from, to) = (self.knots[knot], self.knots[knot + 1]);
        ((value - from) / (to - from)).clamp(0.0, 1.0)
    }

    fn check(&self) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("term {:?}: {what}", self.feature));
        if self.knots.len() < 2 || self.losses.len() + 1 != self.knots.len() {
            return wrong("expected one loss less than knots, and two knots at least");
        }
        let ascending = self.knots.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending && !self.knots.windows(2).all(|pair| pair[0] > pair[1]) {
            return wrong("the knots neither ascend nor descend");
        }
        match self.losses.iter().all(|loss| *loss >= 0.0 && loss.is_finite()) {
            true => Ok(()),
            false => wrong("a loss is below 0"),
        }
    }
}

/// The reasons whose losses are largest, the losses of a reason taken together.
fn reasons(losses: Vec<(Filter, f64)>) -> Vec<Filter> {
    let mut sums: Vec<(Filter, f64)> = Vec::new();
    for (filter, loss) in losses {
        match sums.iter_mut().find(|(f, _)| *f == filter) {
            Some((_, sum)) => *sum += loss,
            None => sums.push((filter, loss)),
        }
    }
    let largest = sums.iter().map(|(_, sum)| *sum).fold(0.0, f64::max);
    let is_blamed = |sum: f64| sum > 0.0 && sum >= SHARED_BLAME * largest;
    let blamed = sums.into_iter().filter(|(_, sum)| is_blamed(*sum));
    let mut reasons: Vec<Filter> = blamed.map(|(filter, _)| filter).collect();
    if reasons.is_empty() {
        reasons.push(Filter::LowQual);
    }
    reasons.sort_unstable();
    reasons
}

/// What a feature is called in FILTER.
fn reason(feature: Feature) -> Filter {
    match feature {
        Feature::Quality => Filter::LowQual,
        Feature::QualityByDepth => Filter::LowQualByDepth,
        Feature::Depth => Filter::LowDepth,
        Feature::MappingQuality
        | Feature::MappingQualityZ
        | Feature::AmbiguousShare
        | Feature::UnmappableShare => Filter::LowMapQ,
        Feature::FisherStrand | Feature::StrandOddsRatio => Filter::StrandBias,
        Feature::BaseQualityZ => Filter::BaseQuality,
        Feature::ReadPositionZ => Filter::ReadPosition,
        Feature::Imbalance => Filter::AlleleBalance,
        Feature::ExcessMismatches | Feature::ClippedShare => Filter::PoorAlignment,
        Feature::CandidateDistance => Filter::Clustered,
        Feature::Homopolymer | Feature::TandemRepeat => Filter::Repeat,
        Feature::DepthRatio => Filter::ExcessDepth,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Model {
        let term = |feature, knots: &[f64], losses: &[f64]| Term {
            feature,
            knots: knots.to_vec(),
            losses: losses.to_vec(),
        };
        let snv = Odds {
            intercept: 4.0,
            min_probability: 0.5,
            terms: vec![
                term(Feature::Quality, &[40.0, 20.0, 10.0], &[1.0, 3.0]),
                term(Feature::FisherStrand, &[10.0, 60.0], &[5.0]),
                term(Feature::StrandOddsRatio, &[3.0, 5.0], &[1.0]),
            ],
        };
        Model { format: FORMAT, name: "test".into(), indel: snv.clone(), snv }
    }

    fn judged(quality: f64, fisher: f64, odds: f64) -> Judgement {
        model().judge(&Features {
            quality: Some(quality),
            fisher_strand: Some(fisher),
            strand_odds_ratio: Some(odds),
            ..Features::default()
        })
    }

    #[test]
    fn losses_add_up_and_the_largest_is_the_reason() {
        let logit = |p: f64| (p / (1.0 - p)).ln();
        assert!((logit(judged(90.0, 0.0, 0.0).probability) - 4.0).abs() < 1e-9);
        assert!((logit(judged(30.0, 35.0, 0.0).probability) - 1.0).abs() < 1e-9);
        assert_eq!(judged(30.0, 35.0, 0.0).reasons, []);
        assert_eq!(judged(5.0, 20.0, 0.0).reasons, [Filter::LowQual]);
        assert_eq!(judged(15.0, 50.0, 5.0).reasons, [Filter::LowQual, Filter::StrandBias]);
        assert_eq!(judged(90.0, 70.0, 3.0).reasons, [Filter::StrandBias]);
    }

    #[test]
    fn confidence_is_phred_scaled() {
        assert!((Judgement { probability: 0.99, reasons: vec![] }.phred() - 20.0).abs() < 1e-9);
        assert_eq!(Judgement { probability: 1.0, reasons: vec![] }.phred(), 60.0);
    }

    #[test]
    fn bad_models_are_refused() {
        let text = |change: fn(&mut Model)| {
            let mut model = model();
            change(&mut model);
            serde_json::to_string(&model).unwrap()
        };
        assert_eq!(Model::parse(&text(|_| ())), Ok(model()));
        for (change, reason) in [
            ((|m| m.format = 9) as fn(&mut Model), "format 9"),
            (|m| m.snv.terms[0].losses[0] = -1.0, "below 0"),
            (|m| m.snv.terms[0].knots[1] = 50.0, "neither ascend"),
            (|m| m.indel.terms[1].knots.truncate(1), "two knots"),
        ] {
            let error = Model::parse(&text(change)).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn no_feature_of_the_model_of_this_crate_makes_a_call_better_as_it_gets_worse() {
        let model = Model::default();
        assert!(model.snv.terms.len() > 10 && model.indel.terms.len() > 10);
        assert!(model.snv.intercept > 0.0 && model.indel.intercept > 0.0);
    }
}
