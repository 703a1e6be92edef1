//! The probability that a call is true, by what its fragments look like.
//!
//! A logistic model, additive and monotone: each feature takes away from the log odds of a call
//! without any fault, the more the worse it is, and never adds. So a value that was rare in the data
//! that the model was fitted to cannot make a call look better, and the feature that takes away most
//! is the reason of a call that fails. `cargo xtask train-filters` fits it.

use std::path::Path;

use serde::{Deserialize, Serialize};
use wgs_formats::{digest, output};

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

/// Models of substitutions, and of insertions and deletions. What is read is checked
/// ([`Model::check`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Model {
    /// [`FORMAT`].
    pub format: u32,
    /// Its name and version: letters, digits, `.`, `_` and `-`.
    pub name: String,
    /// Of substitutions.
    pub snv: Odds,
    /// Of everything else.
    pub indel: Odds,
}

/// A [`Model`] as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    format: u32,
    name: String,
    snv: Odds,
    indel: Odds,
}

impl TryFrom<Unchecked> for Model {
    type Error = String;

    fn try_from(read: Unchecked) -> Result<Self, String> {
        let Unchecked { format, name, snv, indel } = read;
        let model = Self { format, name, snv, indel };
        model.check().map(|()| model)
    }
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
        serde_json::from_str(include_str!("germline.json")).expect("a test reads it")
    }
}

impl Model {
    /// Reads a model file, as `cargo xtask train-filters` writes it.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is no model.
    ///
    /// ```
    /// use wgs_core::ErrorKind;
    /// use wgs_smallvar::filter::model::Model;
    ///
    /// let error = Model::open("no-such-model.json".as_ref()).expect_err("it is not there");
    /// assert_eq!(error.kind(), ErrorKind::NotFound);
    /// ```
    pub fn open(path: &Path) -> wgs_formats::Result<Self> {
        output::read_json(path).map_err(|error| {
            error.hint("expected a filter model, as `cargo xtask train-filters` writes it")
        })
    }

    /// Checks that it is a model.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words: another format, a name that is none, or numbers that cannot be
    /// those of a model.
    pub fn check(&self) -> Result<(), String> {
        if self.format != FORMAT {
            return Err(format!("is of format {}; expected {FORMAT}", self.format));
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if self.name.is_empty() || !self.name.chars().all(is_plain) {
            return Err(format!("name {:?}: expected letters, digits, '.', '_', '-'", self.name));
        }
        self.snv.check().map_err(|reason| format!("snv: {reason}"))?;
        self.indel.check().map_err(|reason| format!("indel: {reason}"))
    }

    /// SHA-256 of the file that `cargo xtask train-filters` writes of it, in hexadecimal.
    pub fn sha256(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("numbers and text can be written");
        digest::sha256_bytes(format!("{text}\n").as_bytes())
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
    fn check(&self) -> Result<(), String> {
        if !self.intercept.is_finite() {
            return Err("the intercept is no number".into());
        }
        if !(0.0..=1.0).contains(&self.min_probability) {
            return Err(format!("min_probability {} is not from 0 to 1", self.min_probability));
        }
        self.terms.iter().try_for_each(Term::check)
    }

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
        if !self.knots.iter().all(|knot| knot.is_finite()) {
            return wrong("a knot is no number");
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
    use wgs_core::ErrorKind;

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
        assert_eq!(model().check(), Ok(()));
        for (change, reason) in [
            ((|m| m.format = 9) as fn(&mut Model), "format 9"),
            (|m| m.name = "a model".into(), "name"),
            (|m| m.snv.min_probability = 1.5, "snv: min_probability 1.5"),
            (|m| m.indel.intercept = f64::NAN, "indel: the intercept"),
            (|m| m.snv.terms[0].losses[0] = -1.0, "below 0"),
            (|m| m.snv.terms[0].knots[1] = 50.0, "neither ascend"),
            (|m| m.snv.terms[0].knots[1] = f64::INFINITY, "a knot is no number"),
            (|m| m.indel.terms[1].knots.truncate(1), "two knots"),
        ] {
            let mut model = model();
            change(&mut model);
            let error = model.check().unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_file_is_read_as_it_is_written_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.json");
        output::write_json(&path, &model()).unwrap();
        assert_eq!(Model::open(&path).unwrap(), model());
        assert_eq!(model().sha256(), digest::sha256_file(&path).unwrap());
        let text = std::fs::read_to_string(&path).unwrap();
        for (content, reason) in [
            (text[..text.len() / 2].to_owned(), "EOF"),
            (String::new(), "EOF"),
            ("{\"run\": 1}".to_owned(), "unknown field"),
            ("##fileformat=VCFv4.3\n".to_owned(), "expected value"),
            (text.replace("\"format\": 1", "\"format\": 7"), "is of format 7; expected 1"),
            (text.replace("\"name\": \"test\"", "\"name\": \"\""), "expected letters"),
            (text.replacen("3.0", "-3.0", 1), "below 0"),
        ] {
            output::write(&path, content).unwrap();
            let error = Model::open(&path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
            assert!(error.to_string().contains("model.json"), "{error}");
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    #[test]
    fn the_model_of_this_crate_is_written_as_train_filters_writes() {
        let text = include_str!("germline.json");
        assert_eq!(Model::default().sha256(), digest::sha256_bytes(text.as_bytes()));
    }

    #[test]
    fn no_feature_of_the_model_of_this_crate_makes_a_call_better_as_it_gets_worse() {
        let model = Model::default();
        assert_eq!(model.check(), Ok(()));
        assert!(model.snv.terms.len() > 10 && model.indel.terms.len() > 10);
        assert!(model.snv.intercept > 0.0 && model.indel.intercept > 0.0);
    }
}
