//! Residues that tumours change again and again.

use std::{collections::BTreeMap, path::Path};

use wgs_formats::Result;

use super::{protein::ProteinChange, table::Table};

/// A hotspot: a residue or a range of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hotspot {
    /// First residue, from 1.
    pub first: u32,
    /// Last residue.
    pub last: u32,
    /// Samples with a change here.
    pub samples: u32,
    /// Samples by change, as the table names it (`E`, `E746_A750del`).
    pub changes: BTreeMap<String, u32>,
}

impl Hotspot {
    /// Samples with the same change.
    pub fn samples_with(&self, change: &ProteinChange) -> u32 {
        if let ProteinChange::Substitution(residue, new) = change {
            let (new, old) = (char::from(*new), char::from(residue.amino_acid));
            let whole = format!("{old}{}{new}", residue.position);
            let of = |name: &str| self.changes.get(name).copied();
            return of(&new.to_string()).or_else(|| of(&whole)).unwrap_or(0);
        }
        let same = self
            .changes
            .iter()
            .filter(|(name, _)| ProteinChange::parse(name).as_ref() == Some(change));
        same.map(|(_, samples)| samples).sum()
    }

    /// Whether it is of one residue.
    pub fn is_single(&self) -> bool {
        self.first == self.last
    }
}

/// Hotspots by gene.
#[derive(Clone, Debug, Default)]
pub struct Hotspots(BTreeMap<String, Vec<Hotspot>>);

impl Hotspots {
    /// Reads a table of `gene` (`hugo_symbol`), `residue` (`amino_acid_position`: `600`, `V600`,
    /// `746-750`), `samples` (`mutation_count`) and `variants` (`variant_amino_acid`): changes with
    /// their numbers, as `E:833|K:46`. The names in parentheses are those of cancerhotspots.org.
    /// Rows of one place add up; the number of samples is the largest that one of them tells. Rows of
    /// splice sites are left out.
    pub fn read(path: &Path) -> Result<Self> {
        const GENE: [&str; 2] = ["gene", "hugo_symbol"];
        const RESIDUE: [&str; 3] = ["residue", "amino_acid_position", "position"];
        const SAMPLES: [&str; 4] = ["samples", "mutation_count", "count", "tumor_count"];
        const VARIANTS: [&str; 4] = ["variants", "variant_amino_acid", "variant", "change"];
        let table = Table::read(path, &[&GENE, &RESIDUE, &SAMPLES])?;
        let mut genes = BTreeMap::<String, Vec<Hotspot>>::new();
        for row in table.rows(path) {
            let place = row.text(&RESIDUE)?;
            if place.to_ascii_lowercase().contains("splice") || place.starts_with('X') {
                continue;
            }
            let wrong =
                || row.wrong("residue", format!("{place:?} is no residue or range (600, 746-750)"));
            let (first, last) = residues(place).ok_or_else(wrong)?;
            let samples: u32 =
                row.number(&SAMPLES)?.ok_or_else(|| row.wrong("samples", "is empty"))?;
            let spots = genes.entry(row.text(&GENE)?.to_owned()).or_default();
            let at = spots.iter().position(|s| (s.first, s.last) == (first, last));
            let at = at.unwrap_or_else(|| {
                spots.push(Hotspot { first, last, samples: 0, changes: BTreeMap::new() });
                spots.len() - 1
            });
            spots[at].samples = spots[at].samples.max(samples);
            for change in row.list(&VARIANTS, &['|', ';', ',']) {
                let (name, number) = change.rsplit_once(':').unwrap_or((&change, ""));
                let number = match number {
                    "" => samples,
                    text => text
                        .parse()
                        .map_err(|_| row.wrong("variants", format!("{text:?} is no number")))?,
                };
                *spots[at].changes.entry(name.to_ascii_uppercase()).or_default() += number;
            }
        }
        Ok(Self(genes))
    }

    /// The narrowest hotspot that a change of a gene's protein lies in. Substitutions are of single
    /// residues; deletions, insertions and the like are of ranges, unless a single residue names
    /// them.
    pub fn of(&self, gene: &str, change: &ProteinChange) -> Option<&Hotspot> {
        let (first, last) = change.positions();
        let is_substitution = matches!(change, ProteinChange::Substitution(..));
        let is_indel = change.loses_residues()
            || change.gains_residues()
            || matches!(change, ProteinChange::Replacement(_, _, new) if !new.contains('*'));
        let spots = self.0.get(gene)?.iter();
        let fits = |spot: &&Hotspot| {
            if is_substitution {
                spot.is_single() && spot.first == first
            } else if is_indel {
                spot.first <= first
                    && last <= spot.last
                    && (!spot.is_single() || spot.samples_with(change) > 0)
            } else {
                false
            }
        };
        spots.filter(fits).min_by_key(|spot| (spot.last - spot.first, spot.first))
    }
}

/// `600`, `V600`, `746-750`, `E746_A750`.
fn residues(text: &str) -> Option<(u32, u32)> {
    let number = |text: &str| -> Option<u32> {
        text.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '*').parse().ok()
    };
    let (first, last) = text.split_once(['-', '_']).unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    (0 < first && first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::{super::table::file, *};

    const TEXT: &str = "Hugo_Symbol\tAmino_Acid_Position\tMutation_Count\tVariant_Amino_Acid\n\
        BRAF\t600\t897\tE:833\nBRAF\t600\t897\tK:46\nEGFR\t745-759\t300\tE746_A750del:200|L747_P753delinsS:40\n\
        EGFR\tX1010_splice\t3\t\nKIT\tW557\t9\tR:7\n";

    fn spot(gene: &str, change: &str) -> Option<(u32, u32)> {
        let spots = Hotspots::read(&file(TEXT).1).unwrap();
        let change = ProteinChange::parse(change).unwrap();
        spots.of(gene, &change).map(|spot| (spot.samples, spot.samples_with(&change)))
    }

    #[test]
    fn samples_at_the_residue_and_with_the_change() {
        assert_eq!(spot("BRAF", "p.Val600Glu"), Some((897, 833)));
        assert_eq!(spot("BRAF", "V600R"), Some((897, 0)));
        assert_eq!(spot("KIT", "W557R"), Some((9, 7)));
        assert_eq!(spot("EGFR", "p.Glu746_Ala750del"), Some((300, 200)));
        assert_eq!(spot("EGFR", "L747_A750del"), Some((300, 0)));
    }

    #[test]
    fn other_places_and_other_kinds_of_change_are_in_none() {
        for (gene, change) in [
            ("BRAF", "V601E"),
            ("KIT", "V600E"),
            ("EGFR", "E746K"),
            ("BRAF", "V600fs"),
            ("BRAF", "V600*"),
            ("BRAF", "V600del"),
            ("EGFR", "S744_E746del"),
        ] {
            assert_eq!(spot(gene, change), None, "{gene} {change}");
        }
    }

    #[test]
    fn wrong_places_are_told() {
        let text = "gene\tresidue\tsamples\nKIT\tend\t4\n";
        let error = Hotspots::read(&file(text).1).unwrap_err().to_string();
        assert!(error.contains("line 2, column residue"), "{error}");
    }
}
