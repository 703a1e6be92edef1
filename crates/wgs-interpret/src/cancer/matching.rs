//! Whether an allele is an alteration, and how exactly.

use wgs_formats::{
    findings::MatchLevel,
    variant::annotated::{Effect, Impact},
};

use super::{
    alteration::{Alteration, ExonChange},
    protein::ProteinChange,
};

/// What an allele does to one gene: its effects on the gene's transcripts.
#[derive(Clone, Debug)]
pub struct GeneEffects<'a> {
    /// The gene's symbol.
    pub gene: &'a str,
    /// The effect on the transcript that stands for the gene.
    pub main: &'a Effect,
    /// The other effects.
    pub others: Vec<&'a Effect>,
}

impl<'a> GeneEffects<'a> {
    /// Of all effects on a gene: MANE Select stands for it, or MANE Plus Clinical, or the canonical
    /// transcript, or the one with the gravest effect. `None` without effects.
    pub fn of(gene: &'a str, mut effects: Vec<&'a Effect>) -> Option<Self> {
        let weight = |effect: &Effect| (effect.standing(), effect.impact);
        let best = effects.iter().map(|effect| weight(effect)).max()?;
        let at = effects.iter().position(|effect| weight(effect) == best)?;
        let main = effects.remove(at);
        Some(Self { gene, main, others: effects })
    }

    /// The change of the protein of the transcript that stands for the gene.
    pub fn protein_change(&self) -> Option<ProteinChange> {
        protein_change(self.main)
    }

    /// Whether that transcript's effect has one of these terms.
    pub fn has_any(&self, terms: &[&str]) -> bool {
        terms.iter().any(|term| self.main.has(term))
    }

    /// Whether its product is cut short or shifted.
    pub fn truncates(&self) -> bool {
        self.has_any(&TRUNCATING)
    }

    /// Whether it loses its function, as far as a term can tell.
    pub fn is_null(&self) -> bool {
        self.truncates() || self.has_any(&NULL)
    }

    /// Whether protein or splicing change.
    pub fn alters_product(&self) -> bool {
        self.main.impact >= Some(Impact::Moderate)
    }
}

const TRUNCATING: [&str; 2] = ["stop_gained", "frameshift_variant"];
const NULL: [&str; 4] =
    ["splice_acceptor_variant", "splice_donor_variant", "start_lost", "transcript_ablation"];

/// How an allele fits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// How exactly.
    pub level: MatchLevel,
    /// The transcript by whose numbers, if it is not the one that stands for the gene.
    pub other_transcript: Option<String>,
}

impl Match {
    /// Whether evidence on what was matched holds for the allele: not by the numbers of another
    /// transcript, and where it is on any change that drives tumours, of one that does.
    pub(crate) fn counts(&self, drives: bool) -> bool {
        self.other_transcript.is_none() && (drives || !self.needs_driver())
    }

    /// Whether it is on whatever change of a gene or exon drives tumours.
    pub(crate) fn needs_driver(&self) -> bool {
        matches!(self.level, MatchLevel::Exon | MatchLevel::Gene)
    }
}

/// Whether a case has one of these alterations; `found` is whether the best of its matches counts. It
/// is not known by matches that do not count, and of alterations that small variants cannot decide.
pub(crate) fn held(found: Option<bool>, alterations: &[Alteration]) -> Option<bool> {
    match found {
        Some(true) => Some(true),
        Some(false) => None,
        None => alterations.iter().all(Alteration::is_decidable).then_some(false),
    }
}

/// The most exact way in which an allele is one of these alterations. Numbers of residues and names
/// are looked for on every transcript, the others only on the one that stands for the gene.
pub fn best_match(alterations: &[Alteration], effects: &GeneEffects<'_>) -> Option<Match> {
    let found = alterations.iter().filter_map(|alteration| {
        let level = level(alteration)?;
        if fits(alteration, effects.main) {
            return Some(Match { level, other_transcript: None });
        }
        let by_number = level <= MatchLevel::Residue;
        let other = effects.others.iter().find(|other| by_number && fits(alteration, other))?;
        Some(Match { level, other_transcript: Some(other.feature.clone().unwrap_or_default()) })
    });
    found.min_by_key(|found| (found.other_transcript.is_some(), found.level))
}

fn level(alteration: &Alteration) -> Option<MatchLevel> {
    Some(match alteration {
        Alteration::Coding(_) => MatchLevel::Coding,
        Alteration::Protein(_) => MatchLevel::Protein,
        Alteration::Residue(_) => MatchLevel::Residue,
        Alteration::Exon(..) => MatchLevel::Exon,
        Alteration::Truncating | Alteration::Frameshift | Alteration::LossOfFunction => {
            MatchLevel::Class
        }
        Alteration::Any => MatchLevel::Gene,
        Alteration::NotSmall | Alteration::Unknown => return None,
    })
}

fn fits(alteration: &Alteration, effect: &Effect) -> bool {
    let any = |terms: &[&str]| terms.iter().any(|term| effect.has(term));
    match alteration {
        Alteration::Coding(name) => {
            let own = effect.hgvs_c.as_deref().and_then(|c| c.rsplit(':').next());
            own == Some(name)
        }
        Alteration::Protein(change) => protein_change(effect).as_ref() == Some(change),
        Alteration::Residue(residue) => {
            let is_at = |change: ProteinChange| match change {
                ProteinChange::Substitution(at, _) => at == *residue,
                _ => false,
            };
            protein_change(effect).is_some_and(is_at)
        }
        Alteration::Exon(number, change) => fits_exon(*number, *change, effect),
        Alteration::Truncating => any(&TRUNCATING),
        Alteration::Frameshift => any(&["frameshift_variant"]),
        Alteration::LossOfFunction => any(&TRUNCATING) || any(&NULL),
        Alteration::Any => effect.impact >= Some(Impact::Moderate),
        Alteration::NotSmall | Alteration::Unknown => false,
    }
}

fn fits_exon(number: u32, change: ExonChange, effect: &Effect) -> bool {
    let within = |numbers: Option<&str>, wanted: u32| numbers.is_some_and(|n| is_within(n, wanted));
    let inside = within(effect.exon.as_deref(), number);
    match change {
        ExonChange::Any => inside && effect.impact >= Some(Impact::Moderate),
        ExonChange::Deletion => {
            inside && protein_change(effect).is_some_and(|change| change.loses_residues())
        }
        ExonChange::Insertion => {
            inside && protein_change(effect).is_some_and(|change| change.gains_residues())
        }
        ExonChange::Skipping => {
            let intron = effect.intron.as_deref();
            let before = number.checked_sub(1).is_some_and(|before| within(intron, before));
            (before && effect.has("splice_acceptor_variant"))
                || (within(intron, number) && effect.has("splice_donor_variant"))
        }
    }
}

/// Whether a number is among those of `5/10` or `5-6/10`.
fn is_within(numbers: &str, wanted: u32) -> bool {
    let range = numbers.split('/').next().unwrap_or_default();
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let (first, last) = (first.parse::<u32>(), last.parse::<u32>());
    matches!((first, last), (Ok(first), Ok(last)) if (first..=last).contains(&wanted))
}

fn protein_change(effect: &Effect) -> Option<ProteinChange> {
    ProteinChange::parse(effect.hgvs_p.as_deref()?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An effect on a MANE transcript.
    pub(crate) fn effect(terms: &str, hgvs_c: &str, hgvs_p: &str, exon: &str) -> Effect {
        let terms: Vec<String> = terms.split('&').map(str::to_owned).collect();
        let high =
            |term: &String| TRUNCATING.contains(&term.as_str()) || NULL.contains(&term.as_str());
        let moderate = |term: &String| term.starts_with("inframe") || term == "missense_variant";
        let impact = match () {
            () if terms.iter().any(high) => Impact::High,
            () if terms.iter().any(moderate) => Impact::Moderate,
            () => Impact::Low,
        };
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Effect {
            terms,
            impact: Some(impact),
            feature: Some("T1".into()),
            mane_select: true,
            hgvs_c: text(hgvs_c),
            hgvs_p: text(hgvs_p),
            exon: text(exon),
            nmd_escaping: Some(false),
            ..Effect::default()
        }
    }

    fn matched(name: &str, main: &Effect, others: Vec<&Effect>) -> Option<(MatchLevel, bool)> {
        let effects = GeneEffects { gene: "G", main, others };
        best_match(&Alteration::parse(name), &effects)
            .map(|found| (found.level, found.other_transcript.is_some()))
    }

    #[test]
    fn levels_of_a_missense_change() {
        let v600e = effect("missense_variant", "T1:c.1799T>A", "P1:p.Val600Glu", "15/18");
        let of = |name: &str| matched(name, &v600e, vec![]).map(|found| found.0);
        assert_eq!(of("V600E"), Some(MatchLevel::Protein));
        assert_eq!(of("V600E/K"), Some(MatchLevel::Protein));
        assert_eq!(of("V600E (c.1799T>A)"), Some(MatchLevel::Coding));
        assert_eq!(of("V600"), Some(MatchLevel::Residue));
        assert_eq!(of("Exon 15 Mutation"), Some(MatchLevel::Exon));
        assert_eq!(of("Mutation"), Some(MatchLevel::Gene));
        for name in [
            "V600K",
            "V601",
            "L600E",
            "Exon 14 Mutation",
            "Truncating",
            "Exon 15 Deletion",
            "Amplification",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
    }

    #[test]
    fn indels_and_splice_sites() {
        let deletion = effect("inframe_deletion", "", "p.Glu746_Ala750del", "19/28");
        assert_eq!(matched("Exon 19 Deletion", &deletion, vec![]), Some((MatchLevel::Exon, false)));
        assert_eq!(matched("Exon 20 Deletion", &deletion, vec![]), None);
        assert_eq!(matched("Exon 19 Insertion", &deletion, vec![]), None);
        let frameshift = effect("frameshift_variant", "", "p.Trp288CysfsTer12", "19/28");
        assert_eq!(matched("Exon 19 Deletion", &frameshift, vec![]), None);
        assert_eq!(
            matched("Loss-of-function", &frameshift, vec![]),
            Some((MatchLevel::Class, false))
        );
        let mut donor = effect("splice_donor_variant", "T1:c.3028+1G>T", "", "");
        donor.intron = Some("14/20".into());
        let skips = |name: &str| matched(name, &donor, vec![]).is_some();
        assert!(skips("Exon 14 Skipping Mutation") && !skips("Exon 15 Skipping Mutation"));
        assert!(skips("LOF") && !skips("Truncating Mutation"));
    }

    #[test]
    fn numbers_of_other_transcripts_are_told_as_such() {
        let main = effect("stop_gained", "T1:c.5251C>T", "p.Arg1751Ter", "20/23");
        let other = Effect {
            feature: Some("T2".into()),
            mane_select: false,
            ..effect("stop_gained", "T2:c.5314C>T", "p.Arg1772Ter", "21/24")
        };
        assert_eq!(matched("R1772*", &main, vec![&other]), Some((MatchLevel::Protein, true)));
        assert_eq!(matched("R1751*", &main, vec![&other]), Some((MatchLevel::Protein, false)));
        assert_eq!(matched("Exon 21 Mutation", &main, vec![&other]), None);
    }

    #[test]
    fn mane_stands_for_the_gene() {
        let mane = effect("missense_variant", "", "", "");
        let grave = Effect {
            mane_select: false,
            feature: Some("T2".into()),
            ..effect("stop_gained", "", "", "")
        };
        let effects = GeneEffects::of("G", vec![&grave, &mane]).unwrap();
        assert_eq!((effects.main.feature.as_deref(), effects.others.len()), (Some("T1"), 1));
        assert!(GeneEffects::of("G", vec![]).is_none());
    }
}
