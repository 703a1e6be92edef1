//! Changes that are known to drive tumours, and parts of proteins that must not change.

use std::{collections::BTreeMap, path::Path};

use wgs_formats::Result;

use super::{protein::ProteinChange, table::Table};

/// Changes of proteins that were classified as oncogenic by the standard of ClinGen/CGC/VICC.
#[derive(Clone, Debug, Default)]
pub struct OncogenicChanges(BTreeMap<String, Vec<ProteinChange>>);

impl OncogenicChanges {
    /// Reads a table of `gene` and `change` (`V600E`, `p.Val600Glu`).
    pub fn read(path: &Path) -> Result<Self> {
        let (gene, change) = (["gene", "hugo_symbol"], ["change", "protein_change", "hgvsp"]);
        let table = Table::read(path, &[&gene, &change])?;
        let mut genes = BTreeMap::<String, Vec<ProteinChange>>::new();
        for row in table.rows(path) {
            let text = row.text(&change)?;
            let wrong = || row.wrong("change", format!("{text:?} is no change of a protein"));
            let parsed = ProteinChange::parse(text).ok_or_else(wrong)?;
            genes.entry(row.text(&gene)?.to_owned()).or_default().push(parsed);
        }
        Ok(Self(genes))
    }

    /// Whether this very change of a gene's protein is among them.
    pub fn has(&self, gene: &str, change: &ProteinChange) -> bool {
        self.0.get(gene).is_some_and(|known| known.contains(change))
    }

    /// The new amino acids of other oncogenic substitutions of the residue that a substitution is of.
    pub fn others_at(&self, gene: &str, change: &ProteinChange) -> Vec<u8> {
        let ProteinChange::Substitution(residue, new) = change else { return Vec::new() };
        let known = self.0.get(gene).into_iter().flatten();
        known
            .filter_map(|other| match other {
                ProteinChange::Substitution(at, to) if at == residue && to != new => Some(*to),
                _ => None,
            })
            .collect()
    }
}

/// Parts of proteins that are critical and well established, such as an active site.
#[derive(Clone, Debug, Default)]
pub struct CriticalParts(BTreeMap<String, Vec<(u32, u32, String)>>);

impl CriticalParts {
    /// Reads a table of `gene`, `first` and `last` (residues from 1), and `name`.
    pub fn read(path: &Path) -> Result<Self> {
        let table = Table::read(path, &[&["gene"], &["first"], &["last"]])?;
        let mut genes = BTreeMap::<String, Vec<(u32, u32, String)>>::new();
        for row in table.rows(path) {
            let number = |column| -> Result<u32> {
                row.number(&[column])?.ok_or_else(|| row.wrong(column, "is empty"))
            };
            let (first, last) = (number("first")?, number("last")?);
            if first == 0 || last < first {
                return Err(row.wrong("last", format!("{first} to {last} are no residues")));
            }
            let name = row.get(&["name"]).unwrap_or("critical part").to_owned();
            genes.entry(row.text(&["gene"])?.to_owned()).or_default().push((first, last, name));
        }
        Ok(Self(genes))
    }

    /// Name of a part that a residue lies in.
    pub fn at(&self, gene: &str, residue: u32) -> Option<&str> {
        let mut parts = self.0.get(gene)?.iter();
        parts
            .find(|(first, last, _)| (*first..=*last).contains(&residue))
            .map(|part| part.2.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::table::file, *};

    #[test]
    fn changes_and_others_of_their_residue() {
        let known = file("gene\tchange\nBRAF\tV600E\nBRAF\tp.Val600Lys\nKIT\tD816V\n");
        let known = OncogenicChanges::read(&known.1).unwrap();
        let of = |name: &str| ProteinChange::parse(name).unwrap();
        assert!(known.has("BRAF", &of("V600E")) && !known.has("KIT", &of("V600E")));
        assert_eq!(known.others_at("BRAF", &of("V600E")), b"K");
        assert_eq!(known.others_at("BRAF", &of("V600M")), b"EK");
        assert!(known.others_at("BRAF", &of("V600fs")).is_empty());
        let wrong = OncogenicChanges::read(&file("gene\tchange\nBRAF\tfusion\n").1).unwrap_err();
        assert!(wrong.to_string().contains("line 2, column change"));
    }

    #[test]
    fn parts_are_of_residues() {
        let parts =
            CriticalParts::read(&file("gene\tfirst\tlast\tname\nKIT\t810\t839\tloop\n").1).unwrap();
        assert_eq!((parts.at("KIT", 839), parts.at("KIT", 840)), (Some("loop"), None));
        let wrong = CriticalParts::read(&file("gene\tfirst\tlast\nKIT\t9\t8\n").1).unwrap_err();
        assert!(wrong.to_string().contains("9 to 8"));
    }
}
