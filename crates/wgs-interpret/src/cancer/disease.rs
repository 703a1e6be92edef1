//! How the disease of an evidence item relates to the tumour of a case.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::Path,
};

use wgs_formats::{Result, findings::DiseaseRelation};

use super::table::Table;

/// A small ontology of tumours: what is a kind of what. Without one, names and codes are the same or
/// they are not.
#[derive(Clone, Debug, Default)]
pub struct TumorTypes {
    parents: BTreeMap<String, BTreeSet<String>>,
    same: BTreeMap<String, BTreeSet<String>>,
    tissues: BTreeSet<String>,
}

impl TumorTypes {
    /// Reads a table of `child`, `parent` and, if wanted, `relation`: `is_a` (what holds without it),
    /// `same` for two names of one thing, `tissue` if the parent stands for a tissue, so that its
    /// children are related. Terms are `DOID:…`, `OncoTree:…` or names, in any case.
    ///
    /// # Errors
    ///
    /// If a column is missing, a relation is another word, or a term is an ancestor of itself.
    pub fn read(path: &Path) -> Result<Self> {
        let table = Table::read(path, &[&["child"], &["parent"]])?;
        let mut types = Self::default();
        for row in table.rows(path) {
            let (child, parent) = (key(row.text(&["child"])?), key(row.text(&["parent"])?));
            match row.get(&["relation"]).unwrap_or("is_a") {
                "same" => {
                    types.same.entry(child.clone()).or_default().insert(parent.clone());
                    types.same.entry(parent).or_default().insert(child);
                }
                relation @ ("is_a" | "tissue") => {
                    if types.ancestors(&BTreeSet::from([parent.clone()])).contains(&child) {
                        return Err(
                            row.wrong("parent", format!("{child} would be its own ancestor"))
                        );
                    }
                    if relation == "tissue" {
                        types.tissues.insert(parent.clone());
                    }
                    types.parents.entry(child).or_default().insert(parent);
                }
                other => {
                    let reason = format!("{other:?} is none of is_a, same, tissue");
                    return Err(row.wrong("relation", reason));
                }
            }
        }
        Ok(types)
    }

    /// How the disease of an evidence item, by all its names, relates to the tumour of a case.
    pub fn relation(&self, tumor: Option<&str>, disease: &[&str]) -> DiseaseRelation {
        let keys: BTreeSet<String> = disease.iter().map(|name| key(name)).collect();
        let (Some(tumor), false) = (tumor, keys.is_empty()) else {
            return DiseaseRelation::Unknown;
        };
        let tumor = self.synonyms(&BTreeSet::from([key(tumor)]));
        let keys = self.synonyms(&keys);
        if !tumor.is_disjoint(&keys) {
            return DiseaseRelation::Same;
        }
        let (of_tumor, of_disease) = (self.ancestors(&tumor), self.ancestors(&keys));
        if !of_tumor.is_disjoint(&keys) {
            return DiseaseRelation::Broader;
        }
        if !of_disease.is_disjoint(&tumor) {
            return DiseaseRelation::Narrower;
        }
        let mut shared = of_tumor.intersection(&of_disease);
        match shared.any(|term| self.tissues.contains(term)) {
            true => DiseaseRelation::SameTissue,
            false => DiseaseRelation::Other,
        }
    }

    fn synonyms(&self, terms: &BTreeSet<String>) -> BTreeSet<String> {
        closure(terms, &self.same)
    }

    /// All that these terms, or synonyms of them, are kinds of; the terms themselves are left out.
    fn ancestors(&self, terms: &BTreeSet<String>) -> BTreeSet<String> {
        let own = self.synonyms(terms);
        let mut found = BTreeSet::new();
        let mut queue: VecDeque<String> = own.iter().cloned().collect();
        while let Some(term) = queue.pop_front() {
            for parent in self.parents.get(&term).into_iter().flatten() {
                for name in self.synonyms(&BTreeSet::from([parent.clone()])) {
                    if found.insert(name.clone()) {
                        queue.push_back(name);
                    }
                }
            }
        }
        found
    }
}

fn closure(
    terms: &BTreeSet<String>,
    edges: &BTreeMap<String, BTreeSet<String>>,
) -> BTreeSet<String> {
    let mut found = terms.clone();
    let mut queue: VecDeque<String> = terms.iter().cloned().collect();
    while let Some(term) = queue.pop_front() {
        for next in edges.get(&term).into_iter().flatten() {
            if found.insert(next.clone()) {
                queue.push_back(next.clone());
            }
        }
    }
    found
}

/// A term as it is compared: in small letters, with single spaces for hyphens and spaces.
fn key(term: &str) -> String {
    let lower = term.to_lowercase().replace('-', " ");
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{super::table::file, *};

    const LUNG: &str = "child\tparent\trelation\n\
        OncoTree:LUAD\tDOID:3910\tsame\nlung adenocarcinoma\tDOID:3910\tsame\n\
        DOID:3910\tDOID:3908\t\nDOID:3907\tDOID:3908\tis_a\nDOID:3908\tlung cancer\ttissue\n\
        small cell lung carcinoma\tlung cancer\ttissue\nlung cancer\tcancer\t\nmelanoma\tcancer\t\n";

    fn types() -> TumorTypes {
        TumorTypes::read(&file(LUNG).1).unwrap()
    }

    #[test]
    fn relations() {
        let types = types();
        let of = |disease: &[&str]| types.relation(Some("OncoTree:LUAD"), disease);
        assert_eq!(of(&["Lung Adenocarcinoma"]), DiseaseRelation::Same);
        assert_eq!(of(&["Lung Non-small Cell Carcinoma", "DOID:3908"]), DiseaseRelation::Broader);
        assert_eq!(of(&["Cancer"]), DiseaseRelation::Broader);
        assert_eq!(of(&["DOID:3907"]), DiseaseRelation::SameTissue);
        assert_eq!(of(&["Small-cell lung carcinoma"]), DiseaseRelation::SameTissue);
        assert_eq!(of(&["Melanoma"]), DiseaseRelation::Other);
        assert_eq!(of(&[]), DiseaseRelation::Unknown);
        assert_eq!(types.relation(Some("lung cancer"), &["DOID:3910"]), DiseaseRelation::Narrower);
        assert_eq!(types.relation(None, &["DOID:3910"]), DiseaseRelation::Unknown);
    }

    #[test]
    fn without_a_table_names_are_the_same_or_not() {
        let types = TumorTypes::default();
        assert_eq!(
            types.relation(Some("skin melanoma"), &["Skin Melanoma"]),
            DiseaseRelation::Same
        );
        assert_eq!(types.relation(Some("melanoma"), &["Skin Melanoma"]), DiseaseRelation::Other);
    }

    #[test]
    fn wrong_tables_are_told() {
        let message = |rows: &str| {
            let text = format!("child\tparent\trelation\n{rows}");
            TumorTypes::read(&file(&text).1).unwrap_err().to_string()
        };
        assert!(message("a\tb\t\nb\tc\t\nc\ta\t\n").contains("line 4, column parent: c would be"));
        assert!(message("a\tb\tpart_of\n").contains("none of is_a"));
    }
}
