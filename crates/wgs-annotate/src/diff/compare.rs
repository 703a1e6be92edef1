//! What changed for one allele.

use std::collections::BTreeSet;

use super::note::{Entry, Noted};

/// How much a change matters; the first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Pathogenic or likely so by ClinVar, and was not before.
    NewPathogenic,
    /// Was pathogenic or likely so, and is no longer.
    NoLongerPathogenic,
    /// Another significance.
    Significance,
    /// Another most severe consequence.
    Consequence,
    /// Anything else of the annotation.
    Other,
    /// The allele is in one file only.
    OneFile,
}

impl Class {
    pub(super) const ALL: [Self; 6] = [
        Self::NewPathogenic,
        Self::NoLongerPathogenic,
        Self::Significance,
        Self::Consequence,
        Self::Other,
        Self::OneFile,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NewPathogenic => "new_pathogenic",
            Self::NoLongerPathogenic => "no_longer_pathogenic",
            Self::Significance => "significance",
            Self::Consequence => "consequence",
            Self::Other => "other",
            Self::OneFile => "one_file",
        }
    }
}

/// One thing that changed; empty for what is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) what: String,
    /// The transcript, where it is of one.
    pub(super) feature: String,
    pub(super) from: String,
    pub(super) to: String,
}

/// What changed for an allele.
#[derive(Clone, Debug)]
pub(super) struct Changes<'n> {
    pub(super) allele: &'n Noted,
    pub(super) class: Class,
    pub(super) changes: Vec<Change>,
    pub(super) in_old: bool,
    pub(super) in_new: bool,
}

/// Compares what two annotations say of one allele; one of them may not have it.
pub(super) fn compare<'n>(old: Option<&'n Noted>, new: Option<&'n Noted>) -> Changes<'n> {
    let nothing = || static_nothing();
    let allele = new.or(old).unwrap_or_else(nothing);
    let (in_old, in_new) = (old.is_some(), new.is_some());
    let (old, new) = (old.unwrap_or_else(nothing), new.unwrap_or_else(nothing));
    let mut changes = Vec::new();
    let mut add = |what: &str, feature: &str, from: &str, to: &str| {
        if from != to {
            let [feature, from, to] = [feature, from, to].map(str::to_owned);
            changes.push(Change { what: what.into(), feature, from, to });
        }
    };
    if in_old != in_new {
        let there = |is_there: bool| if is_there { "present" } else { "" };
        add("allele", "", there(in_old), there(in_new));
    }
    let significance = |noted: &'n Noted| noted.significance.as_deref().unwrap_or_default();
    add("significance", "", significance(old), significance(new));
    let worst = |noted: &Noted| noted.worst().map_or("", crate::Term::name);
    add("most_severe_consequence", "", worst(old), worst(new));
    if in_old && in_new {
        let none = Entry::default();
        let mut features: Vec<&String> = old.entries.keys().chain(new.entries.keys()).collect();
        features.sort();
        features.dedup();
        for feature in features {
            let [from, to] = [old, new].map(|noted| noted.entries.get(feature).unwrap_or(&none));
            add("consequence", feature, &from.consequence, &to.consequence);
            add("HGVSc", feature, &from.hgvs_c, &to.hgvs_c);
            add("HGVSp", feature, &from.hgvs_p, &to.hgvs_p);
            let columns: BTreeSet<&String> = from.of_gene.keys().chain(to.of_gene.keys()).collect();
            for column in columns {
                let [from, to] =
                    [from, to].map(|entry| entry.of_gene.get(column).map_or("", String::as_str));
                add(&format!("CSQ/{column}"), feature, from, to);
            }
        }
        let mut keys: Vec<&String> = old.fields.keys().chain(new.fields.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            let [from, to] = [old, new].map(|n| n.fields.get(key).map_or("", String::as_str));
            add(&format!("INFO/{key}"), "", from, to);
        }
    }
    let class = class(old, new, in_old && in_new, &changes);
    Changes { allele, class, changes, in_old, in_new }
}

fn class(old: &Noted, new: &Noted, in_both: bool, changes: &[Change]) -> Class {
    let pathogenic = |noted: &Noted| noted.significance.as_deref().is_some_and(is_pathogenic);
    let changed = |what: &str| changes.iter().any(|change| change.what == what);
    match (pathogenic(old), pathogenic(new)) {
        (false, true) => Class::NewPathogenic,
        (true, false) => Class::NoLongerPathogenic,
        _ if !in_both => Class::OneFile,
        _ if changed("significance") => Class::Significance,
        _ if changed("most_severe_consequence") => Class::Consequence,
        _ => Class::Other,
    }
}

/// Whether ClinVar's words say that an allele is pathogenic or likely so: alone, or with others
/// that do not contradict it, as in `Pathogenic/Likely_pathogenic|risk_factor`.
fn is_pathogenic(significance: &str) -> bool {
    significance.to_ascii_lowercase().split(['/', '|', '&', ',', ';']).any(|word| {
        matches!(
            word.trim_matches(['_', ' ']),
            "pathogenic" | "likely_pathogenic" | "likely pathogenic"
        )
    })
}

fn static_nothing() -> &'static Noted {
    static NOTHING: std::sync::OnceLock<Noted> = std::sync::OnceLock::new();
    NOTHING.get_or_init(Noted::default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(significance: Option<&str>, consequence: &str) -> Noted {
        let entry = Entry { consequence: consequence.into(), ..Entry::default() };
        Noted {
            significance: significance.map(str::to_owned),
            entries: [("T".to_owned(), entry)].into(),
            ..Noted::default()
        }
    }

    #[test]
    fn what_matters_most_names_the_class() {
        let vus = noted(Some("Uncertain_significance"), "missense_variant");
        let likely = noted(Some("Likely_pathogenic"), "missense_variant");
        let both = noted(Some("Pathogenic/Likely_pathogenic|other"), "stop_gained");
        let none = noted(None, "intron_variant");
        let conflict =
            noted(Some("Conflicting_classifications_of_pathogenicity"), "missense_variant");
        for (old, new, class) in [
            (Some(&vus), Some(&likely), Class::NewPathogenic),
            (Some(&none), Some(&both), Class::NewPathogenic),
            (None, Some(&likely), Class::NewPathogenic),
            (Some(&likely), Some(&conflict), Class::NoLongerPathogenic),
            (Some(&likely), None, Class::NoLongerPathogenic),
            (Some(&likely), Some(&both), Class::Significance),
            (Some(&vus), Some(&conflict), Class::Significance),
            (Some(&none), Some(&noted(None, "missense_variant")), Class::Consequence),
            (Some(&none), None, Class::OneFile),
            (None, Some(&vus), Class::OneFile),
        ] {
            assert_eq!(compare(old, new).class, class, "{old:?} {new:?}");
        }
        assert!(compare(Some(&vus), Some(&vus)).changes.is_empty());
    }
}
