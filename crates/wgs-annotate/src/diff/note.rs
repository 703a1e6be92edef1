//! What an annotated record says of each of its alleles.

use std::collections::BTreeMap;

use wgs_formats::variant::{AlleleKind, Header, Number, csq, decode};

use crate::{
    Term,
    site::{CsqColumns, Site},
};

/// What is said of an allele in one transcript.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(super) consequence: String,
    pub(super) hgvs_c: String,
    pub(super) hgvs_p: String,
    /// What tables of genes say, by the column.
    pub(super) of_gene: BTreeMap<String, String>,
}

/// An allele with what is said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Noted {
    pub(super) contig: String,
    /// From 1, as are all positions here.
    pub(super) position: u32,
    pub(super) reference: String,
    pub(super) alternate: String,
    pub(super) symbols: Vec<String>,
    /// By the transcript's id without version.
    pub(super) entries: BTreeMap<String, Entry>,
    /// By the key in INFO.
    pub(super) fields: BTreeMap<String, String>,
    /// ClinVar's words for its significance.
    pub(super) significance: Option<String>,
}

impl Noted {
    pub(super) fn place(&self) -> String {
        format!("record {}:{}", self.contig, self.position)
    }

    pub(super) fn is_bases(&self) -> bool {
        AlleleKind::of(&self.alternate) == AlleleKind::Bases
    }

    /// Whether both, of one position, replace the same bases by the same, as far as is seen without
    /// the genome.
    pub(super) fn is_allele_of(&self, other: &Self) -> bool {
        let bases = |noted: &Self| {
            let upper = |text: &str| text.to_ascii_uppercase().into_bytes();
            let (mut one, mut two) = (upper(&noted.reference), upper(&noted.alternate));
            while one.len() > 1 && two.len() > 1 && one.last() == two.last() {
                one.pop();
                two.pop();
            }
            (one, two)
        };
        match self.is_bases() && other.is_bases() {
            true => bases(self) == bases(other),
            false => self.alternate == other.alternate && self.reference == other.reference,
        }
    }

    /// The most severe term of all transcripts.
    pub(super) fn worst(&self) -> Option<Term> {
        let terms = self.entries.values().flat_map(|entry| entry.consequence.split('&'));
        terms.filter_map(Term::parse).min()
    }
}

/// Reads what records say.
pub(crate) struct Notes {
    columns: CsqColumns,
    places: [Option<usize>; 5],
    /// Keys in INFO, and whether they have a value for each alternate allele.
    keys: Vec<(String, bool)>,
    /// Columns of `CSQ` that tables of genes add, with their places.
    gene_columns: Vec<(String, usize)>,
    /// The key in INFO and the column of `CSQ` that hold ClinVar's significance.
    clinical: (Option<String>, Option<usize>),
}

impl Notes {
    /// For files with this header; `keys` of INFO and columns of `CSQ` that tables of genes add are
    /// of the annotation.
    pub(crate) fn new<S: AsRef<str>>(header: &Header, keys: &[S], gene_columns: &[S]) -> Self {
        let columns = CsqColumns::of_header(header);
        let place = |name: &str| columns.place(name);
        let places = [
            place("Feature"),
            place("Consequence"),
            place("HGVSc"),
            place("HGVSp"),
            place("SYMBOL"),
        ];
        let keys = keys.iter().map(AsRef::as_ref).filter(|key| *key != csq::KEY);
        let keys: Vec<(String, bool)> = keys
            .filter_map(|key| header.info(key))
            .map(|definition| (definition.id.clone(), definition.number == Number::Alternates))
            .collect();
        let is_clinical = |name: &str| {
            let name = name.to_ascii_uppercase();
            name.ends_with("CLNSIG") || name.ends_with("CLIN_SIG")
        };
        let key = keys.iter().find(|(key, _)| is_clinical(key)).map(|(key, _)| key.clone());
        let column = columns.fields().iter().position(|name| is_clinical(name));
        let gene_columns = gene_columns.iter().map(AsRef::as_ref);
        let gene_columns =
            gene_columns.filter_map(|name: &str| Some((name.to_owned(), place(name)?))).collect();
        Self { places, keys, gene_columns, clinical: (key, column), columns }
    }

    pub(crate) fn columns(&self) -> &CsqColumns {
        &self.columns
    }

    /// The keys of INFO that are read.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(key, _)| key.as_str())
    }

    /// What a record says of each alternate allele.
    pub(crate) fn of(&self, site: &Site<'_>) -> Vec<Noted> {
        let alleles = 0..site.record.alternates.len();
        alleles.map(|allele| self.of_allele(site, allele)).collect()
    }

    fn of_allele(&self, site: &Site<'_>, allele: usize) -> Noted {
        let record = site.record;
        let mut noted = Noted {
            contig: record.contig.clone(),
            position: record.position.get(),
            reference: record.reference.clone(),
            alternate: record.alternates[allele].clone(),
            ..Noted::default()
        };
        for (key, by_allele) in &self.keys {
            let value = site.info(key).map(|value| value.unwrap_or("1"));
            let value = match by_allele {
                true => value.and_then(|text| text.split(',').nth(allele)),
                false => value,
            };
            if let Some(value) = value.filter(|value| !matches!(*value, "" | ".")) {
                noted.fields.insert(key.clone(), value.to_owned());
            }
        }
        let [feature, consequence, hgvs_c, hgvs_p, symbol] = self.places;
        for &entry in site.entries_of(allele) {
            let text = |column: Option<usize>| {
                column.and_then(|column| site.column(entry, column)).unwrap_or_default().to_owned()
            };
            let (consequence, hgvs_c, hgvs_p) = (text(consequence), text(hgvs_c), text(hgvs_p));
            let id = text(feature);
            let id = id.split_once('.').map_or(id.as_str(), |(id, _version)| id).to_owned();
            let of_gene = self.gene_columns.iter();
            let of_gene = of_gene.map(|(name, place)| (name.clone(), text(Some(*place)))).collect();
            noted.entries.insert(id, Entry { consequence, hgvs_c, hgvs_p, of_gene });
            let symbol = text(symbol);
            if !symbol.is_empty() && !noted.symbols.contains(&symbol) {
                noted.symbols.push(symbol);
            }
        }
        noted.significance = self.significance(site, allele, &noted);
        noted
    }

    fn significance(&self, site: &Site<'_>, allele: usize, noted: &Noted) -> Option<String> {
        let (key, column) = &self.clinical;
        let of_key = key.as_ref().and_then(|key| noted.fields.get(key).map(String::as_str));
        let mut of_entries =
            site.entries_of(allele).iter().filter_map(|entry| site.column(*entry, (*column)?));
        of_key.or_else(|| of_entries.next()).map(|text| decode(text).into_owned())
    }
}
