//! PVS1: loss of function, by the decision tree of Abou Tayoun et al. 2018
//! (doi:10.1002/humu.23626), as far as the annotation tells what it asks.

use wgs_formats::{
    findings::{Evidence, Strength},
    variant::annotated::Effect,
};

use super::{Asked, Said, pathogenic};
use crate::knowledge::{Mechanism, gene_of};

/// Share of the protein whose loss makes the criterion strong where decay is escaped.
const MUCH_OF_PROTEIN: f64 = 0.1;

const TERMS: [&str; 5] = [
    "stop_gained",
    "frameshift_variant",
    "splice_donor_variant",
    "splice_acceptor_variant",
    "start_lost",
];

pub(super) fn judge(asked: &Asked<'_>) -> Said {
    let effect = asked.effect;
    if !TERMS.iter().any(|term| effect.has(term)) {
        return Said::default();
    }
    if effect.biotype.as_deref().is_some_and(|biotype| biotype != "protein_coding") {
        return Said::default();
    }
    if asked.represents == Some(false) {
        let reason =
            "the loss of function is only in a transcript that does not represent the gene";
        return Said::open("PVS1", reason);
    }
    let (by_change, text) = strength(effect);
    let (mechanism, mut evidence) = asked.knowledge.loss.mechanism(&gene_of(effect));
    let (most, about) = match mechanism {
        Mechanism::Established => {
            (Strength::VeryStrong, "the gene's loss of function causes disease")
        }
        Mechanism::Likely => (
            Strength::Strong,
            "the gene hardly bears loss of function; that it causes disease is not established",
        ),
        Mechanism::Unknown => (
            Strength::Moderate,
            "no table tells whether the gene's loss of function causes disease: moderate at most",
        ),
        Mechanism::NotShown | Mechanism::Unlikely => {
            let found: Vec<String> =
                evidence.iter().map(|e| format!("{} {}", e.name, e.value)).collect();
            let reason = format!(
                "loss of function is not shown to cause disease by this gene ({})",
                found.join(", ")
            );
            return Said::open("PVS1", reason);
        }
    };
    let strength = match mechanism {
        Mechanism::Likely => one_lower(by_change).min(most),
        _ => by_change.min(most),
    };
    evidence.insert(0, Evidence::new("consequence", effect.terms.join("&")));
    evidence.extend(effect.exon.iter().map(|exon| Evidence::new("exon", exon.clone())));
    evidence.extend(effect.intron.iter().map(|intron| Evidence::new("intron", intron.clone())));
    if let Some(escapes) = effect.nmd_escaping {
        let text = if escapes { "escaped" } else { "expected" };
        evidence.push(Evidence::new("nonsense-mediated decay", text));
    }
    let unsure = match asked.represents {
        None => " No transcript is said to represent the gene.",
        Some(_) => "",
    };
    let text = format!("{text}; {about}.{unsure}");
    Said::met(pathogenic("PVS1", strength, text, evidence))
}

/// By the change alone, with a gene whose loss causes disease.
fn strength(effect: &Effect) -> (Strength, &'static str) {
    let splice = effect.has("splice_donor_variant") || effect.has("splice_acceptor_variant");
    let truncating = effect.has("stop_gained") || effect.has("frameshift_variant");
    if effect.has("start_lost") && !truncating {
        return (Strength::Supporting, "Loss of the start codon, other starts not examined");
    }
    if splice && !truncating {
        return (
            Strength::Strong,
            "A canonical splice site; whether the frame is kept without the exon is not computed, so it is not very strong",
        );
    }
    if escapes_decay(effect) == Some(false) {
        return (Strength::VeryStrong, "Decay of the shortened transcript is expected");
    }
    match lost_share(effect) {
        Some(share) if share > MUCH_OF_PROTEIN => {
            (Strength::Strong, "Escapes decay; more than a tenth of the protein is lost")
        }
        Some(_) => (Strength::Moderate, "Escapes decay; less than a tenth of the protein is lost"),
        None => (
            Strength::Moderate,
            "Escapes decay, or may do; which share of the protein is lost is not told",
        ),
    }
}

/// As the file tells; without that, an exon before the last but one is taken for decaying.
fn escapes_decay(effect: &Effect) -> Option<bool> {
    if effect.nmd_escaping.is_some() {
        return effect.nmd_escaping;
    }
    let (exon, total) = effect.exon.as_deref()?.split_once('/')?;
    let last = exon.rsplit('-').next()?;
    let (last, total): (u32, u32) = (last.parse().ok()?, total.parse().ok()?);
    (last + 1 < total).then_some(false)
}

/// The share of the protein behind the change, where the annotation has the protein's length
/// (`Protein_position` as `7/120`).
fn lost_share(effect: &Effect) -> Option<f64> {
    let (_, total) = effect.protein_position.as_deref()?.split_once('/')?;
    let total: f64 = total.parse().ok()?;
    let (first, _) = effect.residues()?;
    (total > 0.0).then(|| ((total - f64::from(first) + 1.0) / total).clamp(0.0, 1.0))
}

fn one_lower(strength: Strength) -> Strength {
    match strength {
        Strength::StandAlone | Strength::VeryStrong => Strength::Strong,
        Strength::Strong => Strength::Moderate,
        Strength::Moderate | Strength::Supporting => Strength::Supporting,
    }
}
