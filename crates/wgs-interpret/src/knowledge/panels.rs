//! Panels of genes, as PanelApp publishes them or as a site writes them.

use wgs_formats::table::genes::{GeneName, GeneTable};

/// How sure a panel is that a gene belongs to it, by PanelApp's traffic light.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Not enough evidence.
    Red,
    /// Moderate evidence.
    Amber,
    /// Diagnostic grade.
    Green,
}

impl Confidence {
    /// PanelApp's `GEL_Status` (0 to 4), or the colour's name.
    fn of(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "3" | "4" | "green" | "high" => Some(Self::Green),
            "2" | "amber" | "moderate" => Some(Self::Amber),
            "0" | "1" | "red" | "low" => Some(Self::Red),
            _ => None,
        }
    }

    /// The colour's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

/// By which inheritance a gene causes the panel's disease.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inheritance {
    /// One altered copy of an autosome's gene.
    pub monoallelic: bool,
    /// Two.
    pub biallelic: bool,
    /// The only copy of X in males, both of females.
    pub x_recessive: bool,
    /// One copy of X in females as well.
    pub x_dominant: bool,
    /// chrM.
    pub mitochondrial: bool,
}

impl Inheritance {
    /// What a text of PanelApp (`BIALLELIC, autosomal or pseudoautosomal`) or an abbreviation (`AD`,
    /// `AR`, `XL`) says; nothing where it is unknown.
    pub fn of(text: &str) -> Self {
        let text = text.to_ascii_uppercase();
        let has = |word: &str| text.contains(word);
        let words: Vec<&str> = text.split([',', ';', '/', '&', ' ']).map(str::trim).collect();
        let abbreviated = |word: &str| words.contains(&word);
        let is_x = has("X-LINKED") || abbreviated("XL") || abbreviated("XLR") || abbreviated("XLD");
        let both = has("BOTH");
        Self {
            monoallelic: !is_x && (both || has("MONOALLELIC") || abbreviated("AD")),
            biallelic: !is_x && (both || has("BIALLELIC") || abbreviated("AR")),
            x_recessive: is_x && !abbreviated("XLD"),
            x_dominant: is_x && (has("MONOALLELIC") || abbreviated("XLD") || abbreviated("XL")),
            mitochondrial: has("MITOCHONDRIAL") || abbreviated("MT"),
        }
    }

    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// A gene in a panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelEntry {
    /// The panel.
    pub panel: String,
    /// Its release, where the table tells.
    pub version: Option<String>,
    /// How sure it is.
    pub confidence: Confidence,
    /// As the table writes it.
    pub inheritance_text: Option<String>,
    /// What that says.
    pub inheritance: Inheritance,
}

#[derive(Clone, Debug)]
struct Table {
    name: String,
    table: GeneTable,
    panel: Option<usize>,
    confidence: Option<usize>,
    inheritance: Option<usize>,
    version: Option<usize>,
}

/// Panels of genes.
#[derive(Clone, Debug, Default)]
pub struct Panels {
    tables: Vec<Table>,
}

impl Panels {
    /// Takes up a table: of one panel, or of several that a column `Level4` or `panel` names.
    pub(super) fn add(&mut self, name: &str, table: GeneTable) {
        let column = |names: &[&str]| names.iter().find_map(|name| table.column(name));
        self.tables.push(Table {
            name: name.to_owned(),
            panel: column(&["Level4", "panel", "panel_name"]),
            confidence: column(&["GEL_Status", "confidence", "confidence_level", "status"]),
            inheritance: column(&[
                "Model_Of_Inheritance",
                "mode_of_inheritance",
                "moi",
                "inheritance",
            ]),
            version: column(&["version", "panel_version"]),
            table,
        });
    }

    /// The names of all panels, each once.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for table in &self.tables {
            names.push(table.name.clone());
            let rows = table.panel.into_iter().flat_map(|column| {
                (0..table.table.rows()).map(move |row| table.table.cell(row, column))
            });
            for name in rows.filter(|name| !name.is_empty()) {
                if !names.iter().any(|there| there == name) {
                    names.push(name.to_owned());
                }
            }
        }
        names
    }

    /// Whether there is a panel, by its name or its table's, in capitals or not.
    pub fn has(&self, panel: &str) -> bool {
        self.names().iter().any(|name| name.eq_ignore_ascii_case(panel))
    }

    /// The entries of a gene in the panels that are asked for, the surest first.
    pub fn entries(&self, gene: &GeneName<'_>, asked: &[String]) -> Vec<PanelEntry> {
        let is_asked = |name: &str| asked.iter().any(|panel| panel.eq_ignore_ascii_case(name));
        let mut entries: Vec<PanelEntry> = Vec::new();
        for table in &self.tables {
            for row in table.table.rows_of(gene) {
                let entry = table.entry(row);
                let wanted = is_asked(&table.name) || is_asked(&entry.panel);
                if wanted && !entries.contains(&entry) {
                    entries.push(entry);
                }
            }
        }
        entries.sort_by(|a, b| b.confidence.cmp(&a.confidence).then(a.panel.cmp(&b.panel)));
        entries
    }
}

impl Table {
    fn entry(&self, row: usize) -> PanelEntry {
        let cell = |column: Option<usize>| {
            let cell = column.map(|column| self.table.cell(row, column));
            cell.filter(|cell| !cell.is_empty())
        };
        let inheritance = cell(self.inheritance);
        let confidence = match self.confidence {
            None => Confidence::Green,
            // A gene of which the panel does not say how sure it is, is no green one.
            Some(_) => cell(self.confidence).and_then(Confidence::of).unwrap_or(Confidence::Red),
        };
        PanelEntry {
            panel: cell(self.panel).unwrap_or(&self.name).to_owned(),
            version: cell(self.version).map(str::to_owned),
            confidence,
            inheritance: inheritance.map(Inheritance::of).unwrap_or_default(),
            inheritance_text: inheritance.map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::table, *};

    fn symbol(symbol: &str) -> GeneName<'_> {
        GeneName { symbol, ..GeneName::default() }
    }

    #[test]
    fn a_table_of_panelapp_is_read() {
        let text = "Entity Name|Entity type|Gene Symbol|Level4|Model_Of_Inheritance|GEL_Status|version\n\
            SCN1A|gene|SCN1A|Epilepsy|MONOALLELIC, autosomal or pseudoautosomal, NOT imprinted|3|4.1\n\
            X1|gene|X1|Epilepsy|Unknown|1|4.1\nX1|gene|X1|Ataxia||2|1\n";
        let mut panels = Panels::default();
        panels.add("panelapp", table(text));
        assert_eq!(panels.names(), ["panelapp", "Epilepsy", "Ataxia"]);
        let of = |gene, asked: &str| panels.entries(&symbol(gene), &[asked.to_owned()]);
        let scn1a = &of("SCN1A", "epilepsy")[0];
        assert_eq!((scn1a.confidence, scn1a.version.as_deref()), (Confidence::Green, Some("4.1")));
        assert!(scn1a.inheritance.monoallelic && !scn1a.inheritance.biallelic);
        assert_eq!(of("X1", "epilepsy")[0].confidence, Confidence::Red);
        assert!(of("X1", "epilepsy")[0].inheritance.is_unknown());
        assert_eq!(of("X1", "panelapp").len(), 2);
        assert!(of("SCN1A", "Ataxia").is_empty() && of("SCN1A", "").is_empty());
    }

    #[test]
    fn inheritance_is_read_from_words() {
        let of = Inheritance::of;
        assert!(of("BIALLELIC, autosomal or pseudoautosomal").biallelic);
        let both =
            of("BOTH monoallelic and biallelic (but BIALLELIC mutations cause more), autosomal");
        assert!(both.monoallelic && both.biallelic);
        let x = of("X-LINKED: hemizygous mutation in males, biallelic mutations in females");
        assert!(x.x_recessive && !x.x_dominant && !x.biallelic);
        let x = of(
            "X-LINKED: hemizygous mutation in males, monoallelic mutations in females may cause disease",
        );
        assert!(x.x_recessive && x.x_dominant && !x.monoallelic);
        assert!(of("AD/AR").monoallelic && of("AD/AR").biallelic && !of("AR").monoallelic);
        assert!(of("MITOCHONDRIAL").mitochondrial && of("Unknown").is_unknown());
    }
}
