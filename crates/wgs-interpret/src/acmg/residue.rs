//! PS1 and PM5: other known changes of the same residue.

use wgs_formats::{
    findings::{Evidence, Strength},
    variant::annotated::ScoreKind,
};

use super::{Asked, Said, pathogenic};
use crate::knowledge::{KnownChange, residues::MissenseChange};

/// SpliceAI from which the known change may act by another way (Walker et al. 2023).
const SPLICE_FROM: f64 = 0.2;

/// PS1 for the same amino acid by another change of bases: strong if that is pathogenic, moderate if
/// likely pathogenic. Else PM5 for another amino acid: moderate, or supporting. The allele itself is no
/// evidence for itself.
pub(super) fn judge(asked: &Asked<'_>) -> Said {
    let Some(change) = MissenseChange::of(asked.effect) else { return Said::default() };
    let Some(residues) = &asked.knowledge.residues else {
        return Said::open("PS1/PM5", "no file of known protein changes was given");
    };
    if asked.view.score(ScoreKind::SpliceAi).is_some_and(|score| score >= SPLICE_FROM) {
        return Said::open("PS1/PM5", "the change may act by splicing");
    }
    let known = residues.others(&change, &asked.view.trimmed());
    let (same, other): (Vec<&KnownChange>, Vec<&KnownChange>) =
        known.into_iter().partition(|known| known.amino_acid == change.after);
    if let Some(best) = best(&same) {
        let strength = if best.is_pathogenic { Strength::Strong } else { Strength::Moderate };
        let text = "Another change of bases with the same change of the protein is known.";
        return Said::met(pathogenic("PS1", strength, text, vec![of(&change, best)]));
    }
    let Some(best) = best(&other) else { return Said::default() };
    let strength = if best.is_pathogenic { Strength::Moderate } else { Strength::Supporting };
    let text = "Another change of the same residue is known.";
    Said::met(pathogenic("PM5", strength, text, vec![of(&change, best)]))
}

/// Pathogenic before likely pathogenic, then the better reviewed.
fn best<'a>(known: &[&'a KnownChange]) -> Option<&'a KnownChange> {
    known.iter().copied().max_by_key(|known| {
        (known.is_pathogenic, known.stars, std::cmp::Reverse(known.allele.as_str()))
    })
}

fn of(change: &MissenseChange, known: &KnownChange) -> Evidence {
    let class = if known.is_pathogenic { "pathogenic" } else { "likely pathogenic" };
    let id = known.id.as_deref().map(|id| format!(", entry {id}")).unwrap_or_default();
    let name = format!("{}{}{}", change.before, change.residue, known.amino_acid);
    Evidence::new(name, format!("{class}, {} stars, {}{id}", known.stars, known.allele))
}
