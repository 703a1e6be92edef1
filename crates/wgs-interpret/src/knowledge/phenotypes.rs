//! Phenotypes of genes, as the Human Phenotype Ontology publishes them.

use wgs_formats::table::genes::{GeneName, GeneTable};

/// Terms of the Human Phenotype Ontology by gene (`genes_to_phenotype.txt`, or
/// `phenotype_to_genes.txt`, which has the more general terms as well).
#[derive(Clone, Debug, Default)]
pub struct Phenotypes {
    tables: Vec<GeneTable>,
}

impl Phenotypes {
    pub(super) fn add(&mut self, table: GeneTable) {
        self.tables.push(table);
    }

    /// Whether there is no table.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// Which of these terms a gene has, with their names where the table tells.
    pub fn shared(&self, gene: &GeneName<'_>, terms: &[String]) -> Vec<(String, Option<String>)> {
        let mut shared: Vec<(String, Option<String>)> = Vec::new();
        for table in self.tables.iter().filter(|_| !terms.is_empty()) {
            let Some(id) = table.column("hpo_id") else { continue };
            let name = table.column("hpo_name");
            for row in table.rows_of(gene) {
                let term = table.cell(row, id);
                if terms.iter().any(|asked| asked == term) && !shared.iter().any(|s| s.0 == term) {
                    let name = name.map(|column| table.cell(row, column).to_owned());
                    shared.push((term.to_owned(), name.filter(|name| !name.is_empty())));
                }
            }
        }
        shared.sort();
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::table, *};

    #[test]
    fn shared_terms_stand_once() {
        let mut phenotypes = Phenotypes::default();
        phenotypes.add(table(
            "ncbi_gene_id|gene_symbol|hpo_id|hpo_name|frequency|disease_id\n\
             1|A|HP:2|Two|-|OMIM:1\n1|A|HP:2|Two|-|OMIM:2\n1|A|HP:1|One|-|OMIM:1\n2|B|HP:9|Nine|-|x\n",
        ));
        let gene = GeneName { symbol: "A", ..GeneName::default() };
        let terms = ["HP:9", "HP:2", "HP:1"].map(str::to_owned);
        let shared: Vec<_> = phenotypes.shared(&gene, &terms).into_iter().map(|s| s.0).collect();
        assert_eq!(shared, ["HP:1", "HP:2"]);
        assert!(phenotypes.shared(&gene, &[]).is_empty());
    }
}
