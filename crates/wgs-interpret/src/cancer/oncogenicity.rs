//! Points of oncogenicity: ClinGen/CGC/VICC 2022 (Horak et al., doi:10.1016/j.gim.2022.01.001).
//!
//! Criteria that need laboratory work (OS2, SBS2) are left to a person. Where the standard leaves a
//! limit open, the constants below say what is taken.

use wgs_formats::{
    findings::{
        Criterion, Direction, Evidence, Oncogenicity, OncogenicityClass, OpenCriterion, Strength,
    },
    variant::annotated::{AlleleView, ScoreKind},
};

use super::{
    genes::CancerGene,
    grantham,
    hotspot::Hotspot,
    known::{CriticalParts, OncogenicChanges},
    matching::GeneEffects,
    protein::ProteinChange,
};

/// Samples at a residue from which on OS3 holds rather than OM3.
const HOTSPOT_SAMPLES: u32 = 50;
/// Samples with the same change from which on OS3 or OM3 holds rather than OP3.
const HOTSPOT_CHANGES: u32 = 10;
/// Frequency up to which an allele counts as extremely rare.
const EXTREMELY_RARE: f64 = 1e-5;
/// Frequency above which SBVS1 holds.
const VERY_COMMON: f64 = 0.05;
/// Frequency above which SBS1 holds.
const COMMON: f64 = 0.01;
/// Scores from which on, and up to which, a predictor speaks for and against an effect: REVEL by
/// Pejaver et al. 2022 (doi:10.1016/j.ajhg.2022.10.013), AlphaMissense by Bergquist et al. 2025
/// (doi:10.1016/j.gim.2025.101402), SpliceAI by Walker et al. 2023 (doi:10.1016/j.ajhg.2023.06.002).
const PREDICTORS: [(ScoreKind, f64, f64); 3] = [
    (ScoreKind::Revel, 0.644, 0.290),
    (ScoreKind::AlphaMissense, 0.792, 0.169),
    (ScoreKind::SpliceAi, 0.2, 0.1),
];

/// What an allele is judged by.
#[derive(Clone, Debug)]
pub struct OncogenicityInput<'a> {
    /// The allele.
    pub view: &'a AlleleView,
    /// What it does to the gene.
    pub effects: &'a GeneEffects<'a>,
    /// What is known of the gene; `None` without a list of cancer genes.
    pub gene: Option<&'a CancerGene>,
    /// Whether there is a list of cancer genes.
    pub genes_known: bool,
    /// The hotspot that the change lies in.
    pub hotspot: Option<&'a Hotspot>,
    /// Whether there is a list of hotspots.
    pub hotspots_known: bool,
    /// Changes that are known to be oncogenic.
    pub known: Option<&'a OncogenicChanges>,
    /// Critical parts of proteins.
    pub parts: Option<&'a CriticalParts>,
    /// Sources of frequencies that were read for this file.
    pub frequency_sources: &'a [String],
    /// Whether the tumour is one of which the gene is the sole cause.
    pub is_sole_cause: bool,
}

#[derive(Default)]
struct Judged {
    met: Vec<Criterion>,
    open: Vec<OpenCriterion>,
}

impl Judged {
    fn meet(&mut self, id: &str, strength: Strength, text: &str, evidence: Vec<Evidence>) {
        let benign = id.starts_with("SB");
        let points = strength.points() * if benign { -1 } else { 1 };
        let direction = if benign { Direction::Benign } else { Direction::Pathogenic };
        let (id, text) = (id.to_owned(), text.to_owned());
        self.met.push(Criterion { id, direction, strength, points, text, evidence });
    }

    fn leave(&mut self, id: &str, reason: &str) {
        self.open.push(OpenCriterion { id: id.to_owned(), reason: reason.to_owned() });
    }

    fn has(&self, id: &str) -> bool {
        self.met.iter().any(|criterion| criterion.id == id)
    }
}

/// Judges an allele by the criteria that data can decide.
pub fn oncogenicity(input: &OncogenicityInput<'_>) -> Oncogenicity {
    let mut judged = Judged::default();
    null_variant(input, &mut judged);
    let change = input.effects.protein_change();
    if let Some(change) = &change {
        known_change(input, change, &mut judged);
    } else if input.known.is_none() {
        judged.leave("OS1", "no list of oncogenic changes");
    }
    hotspot(input, change.as_ref(), &mut judged);
    critical_part(input, change.as_ref(), &mut judged);
    if let Some(change) = &change {
        other_change(input, change, &mut judged);
    }
    length(input, &mut judged);
    computed(input, &mut judged);
    if input.is_sole_cause {
        judged.meet(
            "OP2",
            Strength::Supporting,
            "the tumour has one cause, changes of this gene",
            vec![],
        );
    }
    frequency(input, &mut judged);
    judged.leave("OS2", "needs functional studies");
    judged.leave("SBS2", "needs functional studies");
    let points = judged.met.iter().map(|criterion| criterion.points).sum();
    Oncogenicity {
        points,
        class: OncogenicityClass::of(points),
        criteria: judged.met,
        open: judged.open,
    }
}

fn value(name: &str, value: impl std::fmt::Display) -> Evidence {
    Evidence::new(name, value.to_string())
}

/// OVS1; of a product that escapes decay only as strong, since its part may do without the end.
fn null_variant(input: &OncogenicityInput<'_>, judged: &mut Judged) {
    let effects = input.effects;
    if !effects.is_null() {
        return;
    }
    if !input.genes_known {
        return judged.leave("OVS1", "no list of cancer genes");
    }
    if input.gene.is_none_or(|gene| !gene.suppressor) {
        return;
    }
    let evidence = vec![
        value("consequence", effects.main.terms.join("&")),
        value("role", "suppressor"),
        value(
            "escapes decay",
            match effects.main.nmd_escaping {
                Some(true) => "yes",
                Some(false) => "no",
                None => "not known",
            },
        ),
    ];
    let escapes = effects.truncates() && effects.main.nmd_escaping == Some(true);
    let strength = if escapes { Strength::Strong } else { Strength::VeryStrong };
    judged.meet("OVS1", strength, "null variant in a tumour suppressor", evidence);
}

/// OS1: the same change of the protein is known to be oncogenic.
fn known_change(input: &OncogenicityInput<'_>, change: &ProteinChange, judged: &mut Judged) {
    let Some(known) = input.known else {
        return judged.leave("OS1", "no list of oncogenic changes");
    };
    if matches!(change, ProteinChange::Substitution(..)) && known.has(input.effects.gene, change) {
        let name = input.effects.main.hgvs_p.clone().unwrap_or_default();
        let text = "the same change of the protein is known to be oncogenic";
        judged.meet("OS1", Strength::Strong, text, vec![value("change", name)]);
    }
}

/// OS3, OM3 or OP3, by the samples at the residue and with the same change; not beside OS1.
fn hotspot(input: &OncogenicityInput<'_>, change: Option<&ProteinChange>, judged: &mut Judged) {
    if !input.hotspots_known {
        return judged.leave("OS3", "no list of hotspots");
    }
    let (Some(spot), Some(change)) = (input.hotspot, change) else { return };
    if judged.has("OS1") {
        return;
    }
    let same = spot.samples_with(change);
    let evidence =
        vec![value("samples at the residue", spot.samples), value("samples with the change", same)];
    let (id, strength, text) = match (spot.samples >= HOTSPOT_SAMPLES, same >= HOTSPOT_CHANGES) {
        (true, true) => ("OS3", Strength::Strong, "frequent change at a frequent hotspot"),
        (false, true) => ("OM3", Strength::Moderate, "frequent change at a hotspot"),
        (_, false) => ("OP3", Strength::Supporting, "rare change at a hotspot"),
    };
    judged.meet(id, strength, text, evidence);
}

/// OM1, not beside OS1 or OS3. Where OM3 would hold as well, OM1 takes its place.
fn critical_part(
    input: &OncogenicityInput<'_>,
    change: Option<&ProteinChange>,
    judged: &mut Judged,
) {
    let Some(parts) = input.parts else {
        return judged.leave("OM1", "no table of critical parts of proteins");
    };
    let Some(ProteinChange::Substitution(residue, _)) = change else { return };
    if judged.has("OS1") || judged.has("OS3") {
        return;
    }
    if let Some(part) = parts.at(input.effects.gene, residue.position) {
        judged.met.retain(|criterion| criterion.id != "OM3");
        let evidence = vec![value("part", part), value("residue", residue.position)];
        judged.meet("OM1", Strength::Moderate, "in a critical part of the protein", evidence);
    }
}

/// OM4: another change of the residue is oncogenic, and this one is no milder by Grantham's distance.
/// Not beside OS1, OS3 or OM1; it takes the place of OM3.
fn other_change(input: &OncogenicityInput<'_>, change: &ProteinChange, judged: &mut Judged) {
    let (Some(known), ProteinChange::Substitution(residue, new)) = (input.known, change) else {
        return;
    };
    if ["OS1", "OS3", "OM1"].iter().any(|id| judged.has(id)) {
        return;
    }
    let distance = |to| grantham::distance(residue.amino_acid, to);
    let others = known.others_at(input.effects.gene, change);
    let milder = others
        .iter()
        .filter(|other| distance(**other).is_some() && distance(**other) <= distance(*new));
    if let Some(other) = milder.min() {
        judged.met.retain(|criterion| criterion.id != "OM3");
        let name =
            format!("{}{}{}", char::from(residue.amino_acid), residue.position, char::from(*other));
        let text = "another change of the residue is known to be oncogenic";
        judged.meet("OM4", Strength::Moderate, text, vec![value("oncogenic change", name)]);
    }
}

/// OM2, not beside OVS1.
fn length(input: &OncogenicityInput<'_>, judged: &mut Judged) {
    let Some(gene) = input.gene else { return };
    let inframe = ["inframe_insertion", "inframe_deletion"];
    let holds = (input.effects.has_any(&inframe) && (gene.oncogene || gene.suppressor))
        || (input.effects.main.has("stop_lost") && gene.suppressor);
    if holds && !judged.has("OVS1") {
        let evidence = vec![
            value("consequence", input.effects.main.terms.join("&")),
            value("role", gene.roles().join(", ")),
        ];
        judged.meet("OM2", Strength::Moderate, "the length of the protein changes", evidence);
    }
}

/// OP1 and SBP1 where all predictors agree, SBP2 of synonymous changes.
fn computed(input: &OncogenicityInput<'_>, judged: &mut Judged) {
    let scores: Vec<_> = PREDICTORS
        .into_iter()
        .filter_map(|(kind, harmful, harmless)| {
            Some((kind, input.view.score(kind)?, harmful, harmless))
        })
        .collect();
    let evidence: Vec<_> =
        scores.iter().map(|(kind, score, ..)| value(kind.name(), score)).collect();
    let splice = scores.iter().find(|(kind, ..)| *kind == ScoreKind::SpliceAi);
    if input.effects.main.has("synonymous_variant") {
        return match splice {
            Some((_, score, _, harmless)) if score <= harmless => judged.leave(
                "SBP2",
                "splicing is predicted not to change; whether the base is conserved is not known",
            ),
            Some(_) => {}
            None => judged.leave("SBP2", "no prediction of splicing"),
        };
    }
    if !input.effects.main.has("missense_variant") {
        return;
    }
    let protein: Vec<_> = scores.iter().filter(|(kind, ..)| *kind != ScoreKind::SpliceAi).collect();
    if protein.is_empty() && splice.is_none_or(|(_, score, harmful, _)| score < harmful) {
        return judged.leave("OP1", "no prediction of the effect on the protein");
    }
    // What harms splicing needs no harm to the protein.
    let splicing_harmed = splice.is_some_and(|(_, score, harmful, _)| score >= harmful);
    let harmful =
        !protein.is_empty() && protein.iter().all(|(_, score, harmful, _)| score >= harmful);
    let harmless = protein.iter().all(|(_, score, _, harmless)| score <= harmless);
    if harmful || (splicing_harmed && !harmless) || (splicing_harmed && protein.is_empty()) {
        judged.meet("OP1", Strength::Supporting, "all predictions speak for an effect", evidence);
    } else if harmless
        && !protein.is_empty()
        && splice.is_none_or(|(_, score, _, low)| score <= low)
    {
        judged.meet(
            "SBP1",
            Strength::Supporting,
            "all predictions speak against an effect",
            evidence,
        );
    }
}

/// OP4, SBS1, SBVS1, by the population where the allele is most frequent.
fn frequency(input: &OncogenicityInput<'_>, judged: &mut Judged) {
    if input.frequency_sources.is_empty() {
        for id in ["OP4", "SBVS1", "SBS1"] {
            judged.leave(id, "no source of frequencies");
        }
        return;
    }
    let highest = highest_frequency(input.view);
    let evidence = match &highest {
        Some((name, frequency)) => vec![value(name, frequency)],
        None => vec![value("not in", input.frequency_sources.join(", "))],
    };
    match highest.map_or(0.0, |(_, frequency)| frequency) {
        f if f > VERY_COMMON => {
            judged.meet(
                "SBVS1",
                Strength::VeryStrong,
                "more frequent than 5% in a population",
                evidence,
            );
        }
        f if f > COMMON => {
            judged.meet(
                "SBS1",
                Strength::Strong,
                "more frequent than 1% in a population",
                evidence,
            );
        }
        f if f <= EXTREMELY_RARE => {
            judged.meet(
                "OP4",
                Strength::Supporting,
                "absent from populations, or extremely rare",
                evidence,
            );
        }
        _ => {}
    }
}

/// The population where an allele is most frequent.
pub(crate) fn highest_frequency(view: &AlleleView) -> Option<(String, f64)> {
    let named = view.frequencies.iter().map(|f| (f.name(), f.value));
    named.reduce(|best, next| if next.1 > best.1 { next } else { best })
}
