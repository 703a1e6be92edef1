//! Curated evidence: tables of CIViC, and a table of one's own.

use std::{collections::BTreeMap, path::Path};

use wgs_formats::{
    Result,
    findings::{EvidenceKind, EvidenceLevel},
    variant::annotated::{Spelling, trimmed},
};

use super::{
    alteration::Alteration,
    profile::Profile,
    table::{Row, Table},
};

/// Of which variants an item of evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceOrigin {
    /// Of variants of tumours.
    Somatic,
    /// Of inherited ones.
    Germline,
    /// Of both, or it is not told.
    Any,
}

/// An allele by coordinates, as [`trimmed`] spells it.
pub type Coordinates = Spelling;

/// An item of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceItem {
    /// Where it is from.
    pub source: String,
    /// Its id there.
    pub id: String,
    /// What it is about, in the source's words.
    pub name: String,
    /// The same, understood.
    pub profile: Profile,
    /// The allele, where the item tells coordinates.
    pub coordinates: Option<Coordinates>,
    /// Of what it is evidence.
    pub kind: EvidenceKind,
    /// Its level.
    pub level: EvidenceLevel,
    /// Whether it supports what `significance` says.
    pub supports: bool,
    /// What it says.
    pub significance: String,
    /// Therapies.
    pub therapies: Vec<String>,
    /// How they belong together.
    pub interaction: Option<String>,
    /// The disease.
    pub disease: Option<String>,
    /// Its term (`DOID:3910`).
    pub disease_id: Option<String>,
    /// Of which variants.
    pub origin: EvidenceOrigin,
    /// Where it is published.
    pub citation: Option<String>,
    /// Trust in it, 1 to 5.
    pub rating: Option<u8>,
}

/// Evidence by gene.
#[derive(Clone, Debug, Default)]
pub struct EvidenceBase {
    items: Vec<EvidenceItem>,
    by_gene: BTreeMap<String, Vec<usize>>,
    by_allele: BTreeMap<Coordinates, Vec<usize>>,
}

impl EvidenceBase {
    /// Adds the items of a table. `source` names it in findings.
    ///
    /// Understood are CIViC's `ClinicalEvidenceSummaries`, as it is now (column `molecular_profile`)
    /// and as it was until 2022 (`gene`, `variant`, `drugs`, `clinical_significance`), and a table of
    /// one's own with the columns
    ///
    /// | column | |
    /// |---|---|
    /// | `gene`, `variant` | symbol, and what of it: `V600E`, `V600`, `c.340+1G>A`, `Exon 19 deletion`, `Truncating`, `Loss-of-function`, `Mutation` |
    /// | `contig`, `position`, `reference`, `alternate` | the allele instead, or besides; the bundle's genome |
    /// | `evidence_type` | `predictive`, `prognostic`, `diagnostic`, `predisposing`, `oncogenic`, `functional` |
    /// | `evidence_level` | A to E |
    /// | `evidence_direction` | `supports` (also of tables without the column), `does not support` |
    /// | `significance` | `sensitivity`, `resistance`, `poor outcome`, `positive`, … |
    /// | `therapies`, `disease`, `doid`, `variant_origin`, `citation`, `rating`, `evidence_id` | optional |
    ///
    /// Items that are flagged, or whose status is not `accepted` or `submitted`, are left out.
    ///
    /// # Errors
    ///
    /// If columns are missing, or a type or level is none of these words.
    pub fn add(&mut self, source: &str, path: &Path) -> Result<()> {
        let about: &[&str] = &["molecular_profile", "gene", "contig"];
        let table = Table::read(path, &[about, &["evidence_type"], &["evidence_level"]])?;
        for (row, number) in table.rows(path).zip(1..) {
            if let Some(item) = item(source, &row, number)? {
                self.push(item);
            }
        }
        Ok(())
    }

    fn push(&mut self, item: EvidenceItem) {
        let mut genes: Vec<&str> =
            item.profile.wanted().into_iter().map(|(gene, _)| gene).collect();
        genes.sort_unstable();
        genes.dedup();
        for gene in genes {
            self.by_gene.entry(gene.to_owned()).or_default().push(self.items.len());
        }
        if let Some(allele) = &item.coordinates {
            self.by_allele.entry(allele.clone()).or_default().push(self.items.len());
        }
        self.items.push(item);
    }

    /// The items on a gene, in the order of the tables.
    pub fn of_gene(&self, gene: &str) -> impl Iterator<Item = &EvidenceItem> {
        self.by_gene.get(gene).into_iter().flatten().map(|&index| &self.items[index])
    }

    /// The items that name this allele by coordinates.
    pub fn of_allele(&self, allele: &Coordinates) -> impl Iterator<Item = &EvidenceItem> {
        self.by_allele.get(allele).into_iter().flatten().map(|&index| &self.items[index])
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

fn item(source: &str, row: &Row<'_>, number: u64) -> Result<Option<EvidenceItem>> {
    let status = row.get(&["evidence_status"]).unwrap_or("accepted").to_ascii_lowercase();
    let flagged = row.get(&["is_flagged"]).is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
    if flagged || !matches!(status.as_str(), "accepted" | "submitted") {
        return Ok(None);
    }
    let coordinates = coordinates(row)?;
    let (name, profile) = profile(row, coordinates.as_ref())?;
    Ok(Some(EvidenceItem {
        source: source.to_owned(),
        id: row.get(&["evidence_id"]).map_or_else(|| number.to_string(), str::to_owned),
        name,
        profile,
        coordinates: coordinates.map(|(contig, position, reference, alternate)| {
            trimmed(&contig, position, &reference, &alternate)
        }),
        kind: kind(row)?,
        level: level(row)?,
        supports: supports(row)?,
        significance: row
            .get(&["significance", "clinical_significance"])
            .unwrap_or_default()
            .to_owned(),
        therapies: row.list(&["therapies", "drugs"], &[',', ';']),
        interaction: row
            .get(&["therapy_interaction_type", "drug_interaction_type"])
            .map(str::to_owned),
        disease: row.get(&["disease"]).map(str::to_owned),
        disease_id: row.get(&["doid"]).map(|id| match id.split_once(':') {
            None => format!("DOID:{id}"),
            Some(_) => id.to_owned(),
        }),
        origin: origin(row.get(&["variant_origin", "origin"])),
        citation: citation(row),
        rating: row.number(&["rating"])?,
    }))
}

/// As the table spells the allele.
fn coordinates(row: &Row<'_>) -> Result<Option<Spelling>> {
    if row.get(&["contig"]).is_none() {
        return Ok(None);
    }
    let position = row.number(&["position"])?.ok_or_else(|| row.wrong("position", "is empty"))?;
    let text = |column| row.text(&[column]).map(str::to_owned);
    Ok(Some((text("contig")?, position, text("reference")?, text("alternate")?)))
}

fn profile(row: &Row<'_>, coordinates: Option<&Spelling>) -> Result<(String, Profile)> {
    if let Some(name) = row.get(&["molecular_profile"]) {
        return Ok((name.to_owned(), Profile::parse(name)));
    }
    match (row.get(&["gene"]), row.get(&["variant"]), coordinates) {
        (Some(gene), Some(variant), _) => {
            Ok((format!("{gene} {variant}"), Profile::of(gene, variant)))
        }
        (_, _, Some((contig, position, reference, alternate))) => {
            Ok((format!("{contig}-{position}-{reference}-{alternate}"), Profile::Unknown))
        }
        _ => Err(row.wrong("variant", "neither a gene and a variant nor an allele is told")),
    }
}

fn kind(row: &Row<'_>) -> Result<EvidenceKind> {
    let word = row.text(&["evidence_type"])?;
    Ok(match word.to_ascii_lowercase().as_str() {
        "predictive" => EvidenceKind::Predictive,
        "prognostic" => EvidenceKind::Prognostic,
        "diagnostic" => EvidenceKind::Diagnostic,
        "predisposing" => EvidenceKind::Predisposing,
        "oncogenic" => EvidenceKind::Oncogenic,
        "functional" => EvidenceKind::Functional,
        _ => {
            return Err(row.wrong(
                "evidence_type",
                format!(
                    "{word:?} is none of predictive, prognostic, diagnostic, predisposing, \
                     oncogenic, functional"
                ),
            ));
        }
    })
}

fn level(row: &Row<'_>) -> Result<EvidenceLevel> {
    let word = row.text(&["evidence_level"])?;
    Ok(match word.split([' ', '-', ':']).next().unwrap_or_default() {
        "A" => EvidenceLevel::A,
        "B" => EvidenceLevel::B,
        "C" => EvidenceLevel::C,
        "D" => EvidenceLevel::D,
        "E" => EvidenceLevel::E,
        _ => return Err(row.wrong("evidence_level", format!("{word:?} is none of A to E"))),
    })
}

/// Nothing is taken for support but what says so, and tables without the column.
fn supports(row: &Row<'_>) -> Result<bool> {
    let Some(word) = row.get(&["evidence_direction"]) else {
        return Ok(!row.has("evidence_direction"));
    };
    match word.to_ascii_lowercase().replace('_', " ").as_str() {
        "supports" => Ok(true),
        "does not support" => Ok(false),
        _ => {
            let reason = format!("{word:?} is none of supports, does not support");
            Err(row.wrong("evidence_direction", reason))
        }
    }
}

fn origin(text: Option<&str>) -> EvidenceOrigin {
    let text = text.unwrap_or_default().to_ascii_lowercase().replace('_', " ");
    match text.as_str() {
        "somatic" | "somatic mutation" => EvidenceOrigin::Somatic,
        _ if text.contains("germline") => EvidenceOrigin::Germline,
        _ => EvidenceOrigin::Any,
    }
}

fn citation(row: &Row<'_>) -> Option<String> {
    let id = row.get(&["citation_id", "pubmed_id"]);
    match (row.get(&["source_type"]), id, row.get(&["citation"])) {
        (Some(kind), Some(id), _) => Some(format!("{kind} {id}")),
        (None, Some(id), None) => Some(id.to_owned()),
        (.., text) => text.map(str::to_owned),
    }
}

impl EvidenceItem {
    /// Whether none of what it is about can be decided by small variants of a gene.
    pub fn is_undecidable_for(&self, gene: &str) -> bool {
        let mut of_gene = self.profile.wanted().into_iter().filter(|(g, _)| *g == gene);
        of_gene.all(|(_, alterations)| !alterations.iter().any(Alteration::is_decidable))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::table::file, *};

    const NOW: &str = "molecular_profile\tmolecular_profile_id\tdisease\tdoid\tphenotypes\ttherapies\t\
        therapy_interaction_type\tevidence_type\tevidence_direction\tevidence_level\tsignificance\t\
        evidence_statement\tcitation_id\tsource_type\tasco_abstract_id\tcitation\tnct_ids\trating\t\
        evidence_status\tevidence_id\tvariant_origin\tlast_review_date\tevidence_civic_url\t\
        molecular_profile_civic_url\tis_flagged\n\
        BRAF V600E\t12\tMelanoma\t1909\t\tVemurafenib,Cobimetinib\tCombination\tPredictive\tSupports\t\
        A\tSensitivity/Response\tx\t1\tPubMed\t\tA et al.\t\t5\taccepted\t7\tSomatic\t\t\t\tfalse\n\
        BRAF V600E\t12\tMelanoma\t1909\t\t\t\tPrognostic\tSupports\tB\tPoor Outcome\tx\t1\tPubMed\t\t\t\t\t\
        rejected\t8\tSomatic\t\t\t\tfalse\n\
        BRAF Amplification\t12\tMelanoma\t1909\t\tX\t\tPredictive\tDoes Not Support\tC\tResistance\tx\t1\t\
        PubMed\t\t\t\t\taccepted\t9\tRare Germline\t\t\t\tfalse\n";

    fn base(text: &str) -> Result<EvidenceBase> {
        let mut base = EvidenceBase::default();
        base.add("civic", &file(text).1).map(|()| base)
    }

    #[test]
    fn tables_of_civic_as_they_are_now() {
        let base = base(NOW).unwrap();
        assert_eq!(base.len(), 2);
        let items: Vec<_> = base.of_gene("BRAF").collect();
        assert_eq!((items[0].id.as_str(), items[0].level), ("7", EvidenceLevel::A));
        assert_eq!(items[0].therapies, ["Vemurafenib", "Cobimetinib"]);
        assert_eq!(items[0].disease_id.as_deref(), Some("DOID:1909"));
        assert_eq!(items[0].citation.as_deref(), Some("PubMed 1"));
        assert!(items[0].supports && !items[1].supports);
        assert_eq!(items[1].origin, EvidenceOrigin::Germline);
        assert!(items[1].is_undecidable_for("BRAF") && !items[0].is_undecidable_for("BRAF"));
    }

    #[test]
    fn tables_as_they_were_and_ones_own() {
        let old = "gene\tvariant\tdisease\tdrugs\tevidence_type\tevidence_level\tevidence_direction\t\
            clinical_significance\nEGFR\tExon 19 Deletion\tLung\tErlotinib\tPredictive\tA\tSupports\tSensitivity\n";
        let old = base(old).unwrap();
        assert_eq!(old.of_gene("EGFR").next().unwrap().significance, "Sensitivity");
        let own = "contig\tposition\treference\talternate\tevidence_type\tevidence_level\tsignificance\n\
            chr5\t295112\tCG\tCA\tdiagnostic\tB - trials\tpositive\n";
        let own = base(own).unwrap();
        let allele = trimmed("chr5", 295_113, "G", "A");
        let item = own.of_allele(&allele).next().unwrap();
        assert_eq!((item.id.as_str(), item.level, item.supports), ("1", EvidenceLevel::B, true));
    }

    #[test]
    fn words_that_are_none_are_told() {
        let message = |kind: &str, level: &str, direction: &str| {
            let head = "gene\tvariant\tevidence_type\tevidence_level\tevidence_direction\n";
            base(&format!("{head}KIT\tD816V\t{kind}\t{level}\t{direction}\n"))
                .unwrap_err()
                .to_string()
        };
        assert!(message("curative", "A", "supports").contains("line 2, column evidence_type"));
        assert!(message("predictive", "F", "supports").contains("none of A to E"));
        assert!(message("predictive", "A", "maybe").contains("column evidence_direction"));
        let missing = base("gene\tevidence_level\nKIT\tA\n").unwrap_err().to_string();
        assert!(missing.contains("evidence_type"));
        let about = base("gene\tvariant\tevidence_type\tevidence_level\nKIT\t\tpredictive\tA\n")
            .unwrap_err();
        assert!(about.to_string().contains("column variant"));
    }
}
