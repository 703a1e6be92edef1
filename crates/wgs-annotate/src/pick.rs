//! One entry of many: which transcript stands for an allele, by the criteria of VEP's `--pick`
//! (ensembl-vep 115, `OutputFactory.pm`).

use std::{collections::HashMap, fmt, str::FromStr};

use crate::{Term, Transcript, site::CsqColumns};

/// What makes one entry better than another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// MANE Select.
    ManeSelect,
    /// MANE Plus Clinical.
    ManePlusClinical,
    /// Canonical for its gene.
    Canonical,
    /// APPRIS; gene models do not tell it here, so that it decides nothing.
    Appris,
    /// Transcript support level; gene models do not tell it here, so that it decides nothing.
    Tsl,
    /// Coding for a protein.
    Biotype,
    /// In CCDS; gene models do not tell it here, so that it decides nothing.
    Ccds,
    /// The most severe consequence.
    Rank,
    /// The longest coding sequence; of a transcript without, the longest transcript.
    Length,
    /// Of Ensembl.
    Ensembl,
    /// Of RefSeq.
    Refseq,
}

/// The criteria with the names that VEP gives them, in its order.
const NAMES: [(&str, Criterion); 11] = [
    ("mane_select", Criterion::ManeSelect),
    ("mane_plus_clinical", Criterion::ManePlusClinical),
    ("canonical", Criterion::Canonical),
    ("appris", Criterion::Appris),
    ("tsl", Criterion::Tsl),
    ("biotype", Criterion::Biotype),
    ("ccds", Criterion::Ccds),
    ("rank", Criterion::Rank),
    ("length", Criterion::Length),
    ("ensembl", Criterion::Ensembl),
    ("refseq", Criterion::Refseq),
];

impl Criterion {
    /// Whether gene models tell it; if not, all transcripts are equal by it.
    pub fn is_told(self) -> bool {
        !matches!(self, Self::Appris | Self::Tsl | Self::Ccds)
    }
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAMES.iter().find(|(_, c)| c == self).map_or("", |(name, _)| name))
    }
}

/// The criteria in the order in which they decide: each leaves the best, until one is left. Where
/// several are left at the end, that of the smallest id stands, the first in VEP's order.
///
/// ```
/// use wgs_annotate::{Criterion, PickOrder};
/// assert_eq!(PickOrder::default().criteria()[0], Criterion::ManeSelect);
/// let order: PickOrder = "rank,canonical".parse()?;
/// assert_eq!(order.criteria(), [Criterion::Rank, Criterion::Canonical]);
/// assert!("rank,mane".parse::<PickOrder>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickOrder(Vec<Criterion>);

impl PickOrder {
    /// The criteria in order.
    pub fn criteria(&self) -> &[Criterion] {
        &self.0
    }
}

impl Default for PickOrder {
    /// VEP's default order.
    fn default() -> Self {
        Self(NAMES.map(|(_, criterion)| criterion).to_vec())
    }
}

impl FromStr for PickOrder {
    type Err = String;

    /// Reads names joined by commas; the error says what is wrong with them.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut order = Vec::new();
        for name in text.split(',').map(str::trim) {
            let found = NAMES.iter().find(|(known, _)| *known == name);
            let Some((_, criterion)) = found else {
                let names = NAMES.map(|(name, _)| name).join(", ");
                return Err(format!("{name:?} is none of {names}"));
            };
            if order.contains(criterion) {
                return Err(format!("{name} stands twice"));
            }
            order.push(*criterion);
        }
        Ok(Self(order))
    }
}

/// Which entries of an allele are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pick {
    /// All.
    #[default]
    All,
    /// One for each allele.
    Allele,
    /// One for each allele and gene; entries without a transcript stay.
    AlleleGene,
    /// All, with `PICK=1` in the one for each allele.
    Flag,
}

/// Picks entries by their columns.
pub(crate) struct Picker {
    order: PickOrder,
    columns: Columns,
    /// By the name in `Feature`: length and whether the length is that of the coding sequence.
    lengths: HashMap<String, u32>,
}

/// Places of the columns that decide.
struct Columns {
    mane_select: Option<usize>,
    mane_plus_clinical: Option<usize>,
    canonical: Option<usize>,
    biotype: Option<usize>,
    consequence: Option<usize>,
    feature: Option<usize>,
    gene: Option<usize>,
    feature_type: Option<usize>,
}

impl Picker {
    pub(crate) fn new<'t>(
        order: PickOrder,
        columns: &CsqColumns,
        transcripts: impl IntoIterator<Item = &'t Transcript>,
    ) -> Self {
        let place = |name: &str| columns.place(name);
        let columns = Columns {
            mane_select: place("MANE_SELECT"),
            mane_plus_clinical: place("MANE_PLUS_CLINICAL"),
            canonical: place("CANONICAL"),
            biotype: place("BIOTYPE"),
            consequence: place("Consequence"),
            feature: place("Feature"),
            gene: place("Gene"),
            feature_type: place("Feature_type"),
        };
        let lengths = transcripts.into_iter().map(|t| (t.feature.clone(), length(t)));
        Self { order, columns, lengths: lengths.collect() }
    }

    /// The best of these entries of one allele.
    pub(crate) fn pick(&self, those: &[usize], entries: &[Vec<&str>]) -> Option<usize> {
        let mut left = those.to_vec();
        for criterion in self.order.criteria().iter().filter(|c| c.is_told()) {
            if left.len() < 2 {
                break;
            }
            let score = |entry: &usize| self.score(*criterion, &entries[*entry]);
            let best = left.iter().map(score).min()?;
            left.retain(|entry| score(entry) == best);
        }
        let feature = |entry: &usize| value(&entries[*entry], self.columns.feature);
        left.into_iter().min_by_key(|entry| (feature(entry).is_none(), feature(entry)))
    }

    /// The best of these entries for each gene, and those without a transcript, in their order.
    pub(crate) fn pick_by_gene(&self, those: &[usize], entries: &[Vec<&str>]) -> Vec<usize> {
        let value = |entry: usize, column: Option<usize>| value(&entries[entry], column);
        let of_transcript =
            |entry: &usize| value(*entry, self.columns.feature_type) == Some("Transcript");
        let mut genes: Vec<(Option<&str>, Vec<usize>)> = Vec::new();
        for &entry in those.iter().filter(|entry| of_transcript(entry)) {
            let gene = value(entry, self.columns.gene);
            match genes.iter_mut().find(|(known, _)| *known == gene) {
                Some((_, those)) => those.push(entry),
                None => genes.push((gene, vec![entry])),
            }
        }
        let picked = genes.iter().filter_map(|(_, those)| self.pick(those, entries));
        let mut all: Vec<usize> = picked.collect();
        all.extend(those.iter().filter(|entry| !of_transcript(entry)));
        all.sort_unstable();
        all
    }

    /// The lower, the better.
    fn score(&self, criterion: Criterion, entry: &[&str]) -> i64 {
        let columns = &self.columns;
        let lacks = |column: Option<usize>| i64::from(value(entry, column).is_none());
        let feature = || value(entry, columns.feature).unwrap_or_default();
        match criterion {
            Criterion::ManeSelect => lacks(columns.mane_select),
            Criterion::ManePlusClinical => lacks(columns.mane_plus_clinical),
            Criterion::Canonical => lacks(columns.canonical),
            Criterion::Biotype => {
                i64::from(value(entry, columns.biotype) != Some("protein_coding"))
            }
            Criterion::Rank => {
                let terms = value(entry, columns.consequence).unwrap_or_default();
                let ranks = terms.split('&').filter_map(Term::parse).map(Term::rank);
                ranks.min().map_or(1000, i64::from)
            }
            Criterion::Length => -self.lengths.get(feature()).copied().map_or(0, i64::from),
            Criterion::Ensembl => i64::from(!feature().starts_with("ENS")),
            Criterion::Refseq => i64::from(!is_refseq(feature())),
            Criterion::Appris | Criterion::Tsl | Criterion::Ccds => 0,
        }
    }
}

fn value<'r>(entry: &[&'r str], column: Option<usize>) -> Option<&'r str> {
    entry.get(column?).copied().filter(|value| !value.is_empty())
}

/// Bases of the coding sequence, with those that are missing before its first codon; else of the
/// transcript.
fn length(transcript: &Transcript) -> u32 {
    match transcript.is_coding() {
        true => transcript.coding_length() + u32::from((3 - transcript.phase) % 3),
        false => transcript.length(),
    }
}

/// Whether an accession is of RefSeq: two letters and an underscore before digits.
fn is_refseq(feature: &str) -> bool {
    let kind = feature.split_once('_').map(|(kind, _)| kind);
    matches!(kind, Some("NM" | "NR" | "XM" | "XR" | "NP"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [&str; 8] = [
        "Consequence",
        "Gene",
        "Feature_type",
        "Feature",
        "BIOTYPE",
        "CANONICAL",
        "MANE_SELECT",
        "MANE_PLUS_CLINICAL",
    ];

    fn picked(order: &str, entries: &[&str]) -> usize {
        let picker = Picker::new(order.parse().unwrap(), &CsqColumns::new(&COLUMNS), []);
        let entries: Vec<Vec<&str>> = entries.iter().map(|e| e.split('|').collect()).collect();
        let all: Vec<usize> = (0..entries.len()).collect();
        picker.pick(&all, &entries).unwrap()
    }

    #[test]
    fn the_first_criterion_that_tells_them_apart_decides() {
        let entries = [
            "intron_variant|g|Transcript|ENST1|lncRNA|YES||",
            "missense_variant|g|Transcript|ENST2|protein_coding|||",
            "missense_variant&stop_gained|h|Transcript|NM_1|protein_coding|||",
            "synonymous_variant|h|Transcript|ENST3|protein_coding||NM_1.2|",
            "upstream_gene_variant|h|Transcript|ENST4|protein_coding|||NM_2",
        ];
        for (order, best) in [
            ("mane_select,rank", 3),
            ("mane_plus_clinical", 4),
            ("canonical,mane_select", 0),
            ("appris,tsl,ccds,biotype", 1),
            ("rank", 2),
            ("refseq", 2),
            ("biotype,ensembl,canonical", 1),
            ("ensembl", 0),
            ("appris", 0),
        ] {
            assert_eq!(picked(order, &entries), best, "{order}");
        }
        let order = PickOrder::default();
        let names: Vec<String> = order.criteria().iter().map(ToString::to_string).collect();
        assert_eq!(picked(&names.join(","), &entries), 3);
    }

    #[test]
    fn each_gene_has_one_and_what_is_no_transcript_stays() {
        let picker = Picker::new(PickOrder::default(), &CsqColumns::new(&COLUMNS), []);
        let entries = [
            "intron_variant|g|Transcript|A|x|||",
            "stop_gained|h|Transcript|B|x|||",
            "stop_gained|g|Transcript|C|x|||",
            "intergenic_variant|||||||",
        ];
        let entries: Vec<Vec<&str>> = entries.iter().map(|e| e.split('|').collect()).collect();
        assert_eq!(picker.pick_by_gene(&[0, 1, 2, 3], &entries), [1, 2, 3]);
        assert_eq!(picker.pick(&[], &entries), None);
    }

    #[test]
    fn unknown_and_repeated_names_are_refused() {
        for text in ["", "rank,", "mane", "rank,rank", "Rank"] {
            assert!(text.parse::<PickOrder>().is_err(), "{text:?}");
        }
    }
}
