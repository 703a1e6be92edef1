//! PM4: a protein of another length.

use wgs_formats::findings::{Evidence, Strength};

use super::{Asked, Said, pathogenic};

/// Moderate; supporting where one amino acid comes or goes.
pub(super) fn judge(asked: &Asked<'_>) -> Said {
    let effect = asked.effect;
    let in_frame = effect.has("inframe_insertion") || effect.has("inframe_deletion");
    if !in_frame && !effect.has("stop_lost") {
        return Said::default();
    }
    let (before, after) =
        effect.amino_acids.as_deref().and_then(|text| text.split_once('/')).unwrap_or_default();
    let length = |text: &str| text.chars().filter(char::is_ascii_alphabetic).count();
    let strength = match (in_frame, length(before).abs_diff(length(after))) {
        (true, 1) => Strength::Supporting,
        _ => Strength::Moderate,
    };
    let evidence = vec![
        Evidence::new("consequence", effect.terms.join("&")),
        Evidence::new("amino acids", effect.amino_acids.clone().unwrap_or_default()),
    ];
    let text =
        "Changes the length of the protein. Whether it lies in a repeat is left to a person (BP3).";
    Said::met(pathogenic("PM4", strength, text, evidence))
}
