//! What is known of genes in cancer: their role, and whether panel tests look at them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use wgs_formats::Result;

use super::table::Table;

/// The part that a gene plays in tumours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CancerGene {
    /// Drives tumours when activated.
    pub oncogene: bool,
    /// Drives tumours when lost.
    pub suppressor: bool,
    /// Inherited variants make for cancer.
    pub predisposition: bool,
    /// Types of tumours of which changes of this gene are the one cause.
    pub sole_cause_of: Vec<String>,
}

impl CancerGene {
    /// The roles in words, in a fixed order.
    pub fn roles(&self) -> Vec<String> {
        let roles = [
            (self.oncogene, "oncogene"),
            (self.suppressor, "suppressor"),
            (self.predisposition, "predisposition"),
        ];
        roles.into_iter().filter(|(is, _)| *is).map(|(_, name)| name.to_owned()).collect()
    }
}

/// Genes of tumours.
#[derive(Clone, Debug, Default)]
pub struct CancerGenes(BTreeMap<String, CancerGene>);

impl CancerGenes {
    /// Reads a table of `gene` (or `Hugo_Symbol`, `Gene Symbol`) and `role` (or `Role in Cancer`), a
    /// list of `oncogene`, `suppressor` (`TSG`) and `predisposition`; `sole_cause_of` names types of
    /// tumours. Other words in roles, such as `fusion`, say nothing of small variants. Rows of one
    /// gene add up.
    pub fn read(path: &Path) -> Result<Self> {
        let (gene, role) = (["gene", "hugo_symbol", "gene_symbol"], ["role", "role_in_cancer"]);
        let table = Table::read(path, &[&gene, &role])?;
        let mut genes = BTreeMap::<String, CancerGene>::new();
        for row in table.rows(path) {
            let known = genes.entry(row.text(&gene)?.to_owned()).or_default();
            for word in row.list(&role, &[',', ';', '|', '/']) {
                match word.to_ascii_lowercase().as_str() {
                    "oncogene" => known.oncogene = true,
                    "suppressor" | "tsg" | "tumor suppressor" | "tumour suppressor" => {
                        known.suppressor = true;
                    }
                    "predisposition" | "germline" => known.predisposition = true,
                    _ => {}
                }
            }
            known.sole_cause_of.extend(row.list(&["sole_cause_of"], &[';']));
        }
        Ok(Self(genes))
    }

    /// What is known of a gene.
    pub fn get(&self, gene: &str) -> Option<&CancerGene> {
        self.0.get(gene)
    }
}

/// Genes of tests by panel.
#[derive(Clone, Debug, Default)]
pub struct PanelGenes(BTreeSet<String>);

impl PanelGenes {
    /// Reads a table with a column `gene`.
    pub fn read(path: &Path) -> Result<Self> {
        let table = Table::read(path, &[&["gene", "hugo_symbol"]])?;
        let genes = table.rows(path).map(|row| Ok(row.text(&["gene", "hugo_symbol"])?.to_owned()));
        genes.collect::<Result<_>>().map(Self)
    }

    /// Whether a panel has the gene.
    pub fn has(&self, gene: &str) -> bool {
        self.0.contains(gene)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::table::file, *};

    #[test]
    fn roles_of_rows_add_up() {
        let text = "Gene Symbol\tRole in Cancer\tsole_cause_of\nKIT\toncogene, fusion\t\n\
            RB1\tTSG\tretinoblastoma\nRB1\tgermline\t\nNOTCH1\toncogene;TSG\t\n";
        let genes = CancerGenes::read(&file(text).1).unwrap();
        assert_eq!(genes.get("KIT").unwrap().roles(), ["oncogene"]);
        let rb1 = genes.get("RB1").unwrap();
        assert_eq!(
            (rb1.roles().join(","), rb1.sole_cause_of.len()),
            ("suppressor,predisposition".into(), 1)
        );
        assert_eq!(genes.get("NOTCH1").unwrap().roles(), ["oncogene", "suppressor"]);
        assert_eq!(genes.get("XYZ"), None);
        let wrong = CancerGenes::read(&file("gene\tclass\nKIT\tx\n").1).unwrap_err();
        assert!(wrong.to_string().contains("role or role_in_cancer"));
    }
}
