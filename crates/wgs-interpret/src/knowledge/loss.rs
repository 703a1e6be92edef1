//! Whether a gene's loss of function causes disease.

use wgs_formats::{
    findings::Evidence,
    table::{
        genes::{GeneName, GeneTable},
        plain_name,
    },
};

/// Columns with ClinGen's dosage score, by plain names.
const DOSAGE: [&str; 3] = ["haploinsufficiency_score", "haploinsufficiency", "hi_score"];
/// Columns with gnomAD's upper bound of observed over expected loss of function.
const LOEUF: [&str; 3] = ["lof_oe_ci_upper", "oe_lof_upper", "loeuf"];
/// Columns with gnomAD's pLI.
const PLI: [&str; 3] = ["lof_pli", "pli", "pli_score"];
/// The upper bound below which gnomAD v4 calls a gene constrained.
const CONSTRAINED_BELOW: f64 = 0.6;
/// The pLI from which a gene is taken for intolerant.
const INTOLERANT_FROM: f64 = 0.9;

/// Whether a gene's loss of function causes disease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mechanism {
    /// ClinGen: dosage sensitivity is unlikely.
    Unlikely,
    /// A table speaks of the gene, and not for it.
    NotShown,
    /// Nothing is known of the gene.
    Unknown,
    /// Constraint, or emerging evidence.
    Likely,
    /// ClinGen: sufficient evidence, or a recessive phenotype.
    Established,
}

/// Tables of dosage sensitivity and constraint.
#[derive(Clone, Debug, Default)]
pub struct LossOfFunction {
    tables: Vec<GeneTable>,
}

impl LossOfFunction {
    /// Whether a table tells of this.
    pub(super) fn fits(table: &GeneTable) -> bool {
        let names = DOSAGE.into_iter().chain(LOEUF).chain(PLI);
        let plain: Vec<String> = table.columns().iter().map(|c| plain_name(c)).collect();
        names.into_iter().any(|name| plain.iter().any(|column| column == name))
    }

    pub(super) fn add(&mut self, table: GeneTable) {
        self.tables.push(table);
    }

    /// What is known of a gene, and by what. ClinGen's score goes before constraint.
    pub fn mechanism(&self, gene: &GeneName<'_>) -> (Mechanism, Vec<Evidence>) {
        let mut evidence = Vec::new();
        let dosage = self.first(gene, &DOSAGE).and_then(|text| {
            evidence.push(Evidence::new("ClinGen haploinsufficiency", text));
            of_dosage(text)
        });
        let loeuf = self.first(gene, &LOEUF).and_then(|text| {
            evidence.push(Evidence::new("LOEUF", text));
            text.parse::<f64>().ok()
        });
        let pli = self.first(gene, &PLI).and_then(|text| {
            evidence.push(Evidence::new("pLI", text));
            text.parse::<f64>().ok()
        });
        let constraint = match (loeuf, pli) {
            (None, None) => None,
            (loeuf, pli) => Some(
                loeuf.is_some_and(|value| value < CONSTRAINED_BELOW)
                    || pli.is_some_and(|value| value >= INTOLERANT_FROM),
            ),
        };
        let mechanism = match (dosage, constraint) {
            (
                Some(found @ (Mechanism::Established | Mechanism::Unlikely | Mechanism::Likely)),
                _,
            ) => found,
            (_, Some(true)) => Mechanism::Likely,
            (Some(Mechanism::NotShown), _) | (None, Some(false)) => Mechanism::NotShown,
            _ => Mechanism::Unknown,
        };
        (mechanism, evidence)
    }

    fn first(&self, gene: &GeneName<'_>, names: &[&str]) -> Option<&str> {
        self.tables.iter().find_map(|table| {
            let column = table
                .columns()
                .iter()
                .position(|column| names.contains(&plain_name(column).as_str()))?;
            table.values(gene, column).first().copied()
        })
    }
}

/// ClinGen's score in numbers or words.
fn of_dosage(text: &str) -> Option<Mechanism> {
    let text = text.to_ascii_lowercase();
    Some(match text.as_str() {
        "3" | "30" => Mechanism::Established,
        "2" => Mechanism::Likely,
        "0" | "1" => Mechanism::NotShown,
        "40" => Mechanism::Unlikely,
        _ if text.contains("sufficient evidence") || text.contains("autosomal recessive") => {
            Mechanism::Established
        }
        _ if text.contains("emerging evidence") => Mechanism::Likely,
        _ if text.contains("unlikely") => Mechanism::Unlikely,
        _ if text.contains("little evidence") || text.contains("no evidence") => {
            Mechanism::NotShown
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::testing::table, *};

    #[test]
    fn dosage_goes_before_constraint() {
        let mut loss = LossOfFunction::default();
        loss.add(table(
            "gene|mane_select|lof.oe_ci.upper|lof.pLI\nA|true|0.9|0.0\nB|true|0.3|1\nC|true|0.3|1\nF|false|0.1|1\nF|true|1.2|0\n",
        ));
        loss.add(table(
            "Gene Symbol|Haploinsufficiency Score\nA|3\nC|40\nD|0\nE|Not yet evaluated\n",
        ));
        let of = |symbol| loss.mechanism(&GeneName { symbol, ..GeneName::default() }).0;
        assert_eq!(of("A"), Mechanism::Established);
        assert_eq!(of("B"), Mechanism::Likely);
        assert_eq!(of("C"), Mechanism::Unlikely);
        assert_eq!((of("D"), of("F")), (Mechanism::NotShown, Mechanism::NotShown));
        assert_eq!((of("E"), of("G")), (Mechanism::Unknown, Mechanism::Unknown));
        assert_eq!(
            of_dosage("Gene Associated with Autosomal Recessive Phenotype"),
            Some(Mechanism::Established)
        );
    }
}
