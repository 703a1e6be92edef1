//! Where two annotations of the same variants agree.

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;

use super::entries::{self, Subject, Values};
use crate::Error;

/// The fields that are compared.
pub(super) const FIELDS: [&str; 16] = [
    "Consequence",
    "HGVSc",
    "HGVSp",
    "Allele",
    "IMPACT",
    "EXON",
    "INTRON",
    "cDNA_position",
    "CDS_position",
    "Protein_position",
    "Amino_acids",
    "Codons",
    "DISTANCE",
    "STRAND",
    "FLAGS",
    "HGVS_OFFSET",
];

/// How often a field is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Tally {
    /// Entries in which one of both has a value.
    pub(super) compared: u64,
    /// Those in which both have the same.
    pub(super) equal: u64,
}

impl Tally {
    /// The share that is equal; 1 of nothing.
    pub(super) fn share(self) -> f64 {
        if self.compared == 0 { 1.0 } else { self.equal as f64 / self.compared as f64 }
    }
}

/// The same variants annotated twice.
pub(super) struct Agreement {
    /// Variants that either annotated.
    pub(super) variants: u64,
    /// By [`FIELDS`].
    pub(super) tallies: [Tally; FIELDS.len()],
    differences: Vec<(Subject, usize, String, String)>,
}

impl Agreement {
    /// Compares two annotated VCFs entry by entry.
    pub(super) fn of(ours: &Path, theirs: &Path) -> Result<Self, Error> {
        Ok(Self::between(&entries::read(ours, &FIELDS)?, &entries::read(theirs, &FIELDS)?))
    }

    fn between(ours: &BTreeMap<Subject, Values>, theirs: &BTreeMap<Subject, Values>) -> Self {
        let mut agreement =
            Self { variants: 0, tallies: Default::default(), differences: Vec::new() };
        let mut subjects: Vec<&Subject> = ours.keys().chain(theirs.keys()).collect();
        subjects.sort_unstable();
        subjects.dedup();
        for (index, subject) in subjects.iter().enumerate() {
            let is_new = index == 0 || subjects[index - 1].id != subject.id;
            agreement.variants += u64::from(is_new);
            agreement.compare(subject, ours.get(subject), theirs.get(subject));
        }
        agreement
    }

    /// Compares what both say of a subject; nothing at all is no value for each field.
    fn compare(&mut self, subject: &Subject, ours: Option<&Values>, theirs: Option<&Values>) {
        for (field, tally) in self.tallies.iter_mut().enumerate() {
            let value = |values: Option<&Values>| values.map_or("", |v| &v[field]).to_owned();
            let (ours, theirs) = (value(ours), value(theirs));
            if ours.is_empty() && theirs.is_empty() {
                continue;
            }
            tally.compared += 1;
            if terms(&ours) == terms(&theirs) {
                tally.equal += 1;
            } else {
                self.differences.push((subject.clone(), field, ours, theirs));
            }
        }
    }

    /// Every difference, as a table.
    pub(super) fn differences(&self) -> String {
        let mut table = "field\tid\tvariant\tfeature\tours\tvep\n".to_owned();
        for (field, name) in FIELDS.iter().enumerate() {
            let of_field = self.differences.iter().filter(|(_, f, ..)| *f == field);
            for (subject, _, ours, theirs) in of_field {
                let Subject { id, variant, feature } = subject;
                table += &format!("{name}\t{id}\t{variant}\t{feature}\t{ours}\t{theirs}\n");
            }
        }
        table
    }
}

/// The parts of a value, whose order says nothing; of an HGVS name what follows the accession, which
/// VEP cannot know of a protein that the gene models do not name.
fn terms(value: &str) -> Vec<&str> {
    let (_, value) = value.rsplit_once(':').unwrap_or(("", value));
    let mut terms: Vec<&str> = value.split('&').collect();
    terms.sort_unstable();
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_sets_and_a_missing_entry_is_a_difference() {
        let subject =
            |id, feature: &str| Subject { id, variant: "c:1:A>T".into(), feature: feature.into() };
        let values = |consequence: &str, name: &str| {
            let mut values = vec![String::new(); FIELDS.len()];
            (values[0], values[1]) = (consequence.into(), name.into());
            values
        };
        let ours = BTreeMap::from([
            (subject(1, "T1"), values("a&b", "T1:c.1A>T")),
            (subject(1, "T2"), values("a", "T2:c.1A>T")),
            (subject(3, "T1"), values("a", "P1:p.Lys2Arg")),
        ]);
        let theirs = BTreeMap::from([
            (subject(1, "T1"), values("b&a", "T1:c.2A>T")),
            (subject(2, "T1"), values("a", "")),
            (subject(3, "T1"), values("a", ".1:p.Lys2Arg")),
        ]);
        let agreement = Agreement::between(&ours, &theirs);
        assert_eq!(agreement.variants, 3);
        assert_eq!(agreement.tallies[0], Tally { compared: 4, equal: 2 });
        assert_eq!(agreement.tallies[1], Tally { compared: 3, equal: 1 });
        assert_eq!(agreement.tallies[2].share(), 1.0);
        let table = agreement.differences();
        assert_eq!(table.lines().count(), 1 + 4);
        assert!(table.contains("HGVSc\t1\tc:1:A>T\tT1\tT1:c.1A>T\tT1:c.2A>T\n"), "{table}");
    }
}
