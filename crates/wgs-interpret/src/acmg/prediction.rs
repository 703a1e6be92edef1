//! PP3, BP4 and BP7: what predictors say.

use wgs_formats::{
    findings::{Criterion, Evidence, Strength},
    variant::annotated::{Effect, ScoreKind},
};

use super::{Asked, Said, benign, open, pathogenic};
use crate::options::Predictor;

/// SpliceAI from which splicing is taken for changed, and up to which for unchanged (Walker et al.
/// 2023, doi:10.1016/j.ajhg.2023.06.002).
const SPLICE_CHANGED_FROM: f64 = 0.2;
const SPLICE_UNCHANGED_TO: f64 = 0.1;
/// Bases of an intron beyond which BP7 may be met, behind a donor and before an acceptor (the same).
const DEEP_BEHIND_DONOR: u32 = 7;
const DEEP_BEFORE_ACCEPTOR: u32 = 21;

/// Predictors of missense changes speak for those, SpliceAI for all; PP3 is met once, by the stronger.
/// BP4 needs both to be silent or benign.
pub(super) fn judge(asked: &Asked<'_>) -> Said {
    let splice = asked.view.score(ScoreKind::SpliceAi);
    let missense = asked.effect.has("missense_variant");
    let of_protein = if missense { protein(asked) } else { None };
    let splice_changed = splice.filter(|score| *score >= SPLICE_CHANGED_FROM);
    let mut said = Said::default();
    if missense && of_protein.is_none() {
        said.open.push(open("PP3/BP4", "no calibrated predictor has the missense change"));
    }
    if let Some((score, Some(Verdict::Pathogenic(strength)))) = &of_protein {
        let text = format!("{} predicts damage to the protein.", score.name);
        said.criteria.push(pathogenic("PP3", *strength, text, evidence(score, splice)));
    } else if let Some(score) = splice_changed {
        let text = "SpliceAI predicts a change of splicing.";
        let evidence = vec![Evidence::new("SpliceAI", score.to_string())];
        said.criteria.push(pathogenic("PP3", Strength::Supporting, text, evidence));
    } else if let Some((score, Some(Verdict::Benign(strength)))) = &of_protein {
        if splice.is_none_or(|score| score <= SPLICE_UNCHANGED_TO) {
            let text = format!("{} predicts no damage to the protein.", score.name);
            said.criteria.push(benign("BP4", *strength, text, evidence(score, splice)));
        }
    } else if !missense {
        said = silent(asked, splice);
    }
    said
}

enum Verdict {
    Pathogenic(Strength),
    Benign(Strength),
}

struct Score {
    name: &'static str,
    value: f64,
}

fn evidence(score: &Score, splice: Option<f64>) -> Vec<Evidence> {
    let splice = splice.map(|score| Evidence::new("SpliceAI", score.to_string()));
    [Evidence::new(score.name, score.value.to_string())].into_iter().chain(splice).collect()
}

/// The first predictor that has a score: the chosen one, then the others.
fn protein(asked: &Asked<'_>) -> Option<(Score, Option<Verdict>)> {
    let chosen = asked.options.missense_predictor;
    let others = Predictor::ALL.into_iter().filter(|predictor| *predictor != chosen);
    [chosen].into_iter().chain(others).find_map(|predictor| {
        let kind = predictor.score();
        let value = asked.view.score(kind)?;
        Some((Score { name: kind.name(), value }, verdict(predictor, value)))
    })
}

/// Pejaver et al. 2022 (doi:10.1016/j.ajhg.2022.10.013), table 2; AlphaMissense by Bergquist et al.
/// 2025 (doi:10.1016/j.gim.2025.101402).
fn verdict(predictor: Predictor, value: f64) -> Option<Verdict> {
    use Strength::{Moderate, Strong, Supporting, VeryStrong};
    type Steps = [(f64, Strength)];
    let (from, to): (&Steps, &Steps) = match predictor {
        Predictor::Revel => (
            &[(0.932, Strong), (0.773, Moderate), (0.644, Supporting)],
            &[(0.003, VeryStrong), (0.016, Strong), (0.183, Moderate), (0.290, Supporting)],
        ),
        Predictor::AlphaMissense => (
            &[(0.990, Strong), (0.906, Moderate), (0.792, Supporting)],
            &[(0.099, Moderate), (0.169, Supporting)],
        ),
        Predictor::Cadd => (
            &[(28.1, Moderate), (25.3, Supporting)],
            &[(0.15, Strong), (17.3, Moderate), (22.7, Supporting)],
        ),
    };
    let pathogenic = from.iter().find(|(limit, _)| value >= *limit);
    let benign = || to.iter().find(|(limit, _)| value <= *limit);
    match pathogenic {
        Some((_, strength)) => Some(Verdict::Pathogenic(*strength)),
        None => benign().map(|(_, strength)| Verdict::Benign(*strength)),
    }
}

/// BP4 and BP7 of what changes no amino acid: synonymous, or deep in an intron.
fn silent(asked: &Asked<'_>, splice: Option<f64>) -> Said {
    let synonymous = asked.effect.has("synonymous_variant");
    let deep = is_deep(asked.effect);
    if !synonymous && !deep {
        return Said::default();
    }
    match splice {
        Some(score) if score <= SPLICE_UNCHANGED_TO => {
            let evidence = vec![Evidence::new("SpliceAI", score.to_string())];
            let text = "SpliceAI predicts no change of splicing.";
            let bp4 = benign("BP4", Strength::Supporting, text, evidence.clone());
            let text = match synonymous {
                true => "Synonymous, without predicted change of splicing.",
                false => "Deep in an intron, without predicted change of splicing.",
            };
            let bp7: Criterion = benign("BP7", Strength::Supporting, text, evidence);
            Said { criteria: vec![bp4, bp7], open: Vec::new() }
        }
        Some(_) => Said::default(),
        None => Said::open("BP4/BP7", "no score of splicing"),
    }
}

/// By the offset of the coding name (`c.100+8A>G`, `c.101-22del`), the nearer end of a range.
fn is_deep(effect: &Effect) -> bool {
    if !effect.has("intron_variant") {
        return false;
    }
    let Some((_, name)) = effect.hgvs_c.as_deref().and_then(|name| name.split_once(":c.")) else {
        return false;
    };
    let mut offsets = Vec::new();
    let bytes = name.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        let behind = at.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_digit());
        if !behind || !matches!(byte, b'+' | b'-') {
            continue;
        }
        let digits: String = name[at + 1..].chars().take_while(char::is_ascii_digit).collect();
        if let Ok(offset) = digits.parse::<u32>() {
            offsets.push((byte, offset));
        }
    }
    !offsets.is_empty()
        && offsets.iter().all(|(sign, offset)| match sign {
            b'+' => *offset >= DEEP_BEHIND_DONOR,
            _ => *offset >= DEEP_BEFORE_ACCEPTOR,
        })
}
