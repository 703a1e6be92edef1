//! What an annotated VCF says of one alternate allele: its effects on transcripts, frequencies,
//! clinical significances, scores, and the samples' calls.
//!
//! [`Layout`] knows from the header where things are; [`Layout::record`] looks at a record, and
//! [`RecordView::allele`] gives all that it says of one alternate allele. Read are the consequence
//! field `CSQ` ([`csq`]) and the fields `SOURCE_FIELD` that `wgs-pipe annotate` adds; what VEP
//! itself and its plugins write is understood as well.
//!
//! ```
//! use wgs_formats::variant::{
//!     Definition, Header, Number, Record, ValueType,
//!     annotated::{Impact, Layout, Zygosity},
//!     csq,
//! };
//!
//! let mut header = Header::default();
//! let csq = csq::Format::new(["Allele", "Consequence", "IMPACT", "SYMBOL"]);
//! header.add_info(csq.definition("Consequences."));
//! header.add_info(Definition::new("GNOMAD_AF", Number::Alternates, ValueType::Float, ""));
//! header.set_samples(["child"]);
//! let layout = Layout::of(&header);
//!
//! let line = "chr17\t78\t.\tG\tA,T\t50\tPASS\tCSQ=A|stop_gained|HIGH|BRCA1;GNOMAD_AF=1e-5,.\tGT:DP\t0/1:30";
//! let record = Record::parse(line, 1)?;
//! let view = layout.record(&record).allele(0);
//! assert_eq!(view.impact(), Some(Impact::High));
//! assert_eq!(view.frequencies[0].value, 1e-5);
//! assert_eq!(view.calls[0].zygosity, Zygosity::Heterozygous);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod call;
mod clinical;
mod effect;
mod entries;
mod field;
mod frequency;
mod score;
mod spelling;

use wgs_core::Pos1;

use super::{AlleleKind, Definition, Filters, Header, Record, csq};

pub use call::{Call, DeNovo, Phase, Zygosity};
pub use clinical::Significance;
pub use effect::{Effect, Impact};
pub use frequency::Frequency;
pub use score::{Score, ScoreKind};
pub use spelling::{Spelling, trimmed};

use clinical::ClinicalFields;
use field::{Field, ends_with, parts};
use frequency::FrequencyFields;
use score::ScoreFields;

/// Of what a field of a source of intervals is, in its description: `KEY of … in SOURCE: …`. Such a
/// field tells of other variants that lie there, and not of the allele.
pub const OF_INTERVALS: &str = "intervals that the allele overlaps";

/// Whether a field is of a source of intervals.
fn is_of_intervals(definition: &Definition) -> bool {
    let (id, description) = (&definition.id, &definition.description);
    let key = description.split_once(&format!(" of {OF_INTERVALS} in ")).map(|(key, _)| key);
    key.is_some_and(|key| id.strip_suffix(key).is_some_and(|source| source.ends_with('_')))
}

/// The fields of INFO that tell of the allele itself.
fn of_alleles(header: &Header) -> Header {
    let mut own = Header::default();
    for definition in header.infos().filter(|definition| !is_of_intervals(definition)) {
        own.add_info(definition.clone());
    }
    own
}

/// Where an annotated file holds what.
#[derive(Clone, Debug)]
pub struct Layout {
    csq: Option<csq::Format>,
    clinical: Vec<ClinicalFields>,
    frequencies: FrequencyFields,
    scores: ScoreFields,
    ids: Vec<Field>,
    fields: Vec<Field>,
    samples: Vec<String>,
}

impl Layout {
    /// The layout that a header tells.
    pub fn of(header: &Header) -> Self {
        let csq = csq::Format::of_header(header);
        let columns = csq.as_ref().map_or(&[][..], csq::Format::fields);
        let own = of_alleles(header);
        let clinical = ClinicalFields::all(&own);
        let is_clinical = |key: &str| clinical.iter().any(|fields| fields.owns(key));
        let others: Vec<&str> =
            own.infos().map(|d| d.id.as_str()).filter(|key| !is_clinical(key)).collect();
        let ids = others.iter().filter(|key| key.len() > 3 && ends_with(key, "_ID"));
        let fields = header.infos().filter(|d| d.id != csq::KEY).map(Field::of);
        Self {
            frequencies: FrequencyFields::of(&own, &others, columns),
            scores: ScoreFields::of(&own, columns),
            ids: ids.filter_map(|key| own.info(key).map(Field::of)).collect(),
            fields: fields.collect(),
            samples: header.samples().to_vec(),
            clinical,
            csq,
        }
    }

    /// The fields of `CSQ`, if the file has it.
    pub fn csq(&self) -> Option<&csq::Format> {
        self.csq.as_ref()
    }

    /// The samples, in the order of the columns.
    pub fn samples(&self) -> &[String] {
        &self.samples
    }

    /// Names of the sources of clinical significance.
    pub fn clinical_sources(&self) -> Vec<String> {
        self.clinical.iter().map(|fields| fields.name().to_owned()).collect()
    }

    /// Names of the sources of frequencies, each once.
    pub fn frequency_sources(&self) -> Vec<String> {
        self.frequencies.sources()
    }

    /// Sources of frequencies with the populations that each tells of; `None` is all of a source.
    pub fn populations(&self) -> Vec<(String, Option<String>)> {
        self.frequencies.populations()
    }

    /// The kinds of score that the file may hold.
    pub fn score_kinds(&self) -> Vec<ScoreKind> {
        self.scores.kinds()
    }

    /// Whether a record may hold a clinical significance: cheap, and true too often.
    pub fn may_be_clinical(&self, record: &Record) -> bool {
        self.clinical.iter().any(|fields| fields.may_speak(&record.info))
    }

    /// Looks at a record.
    pub fn record<'a>(&'a self, record: &'a Record) -> RecordView<'a> {
        RecordView {
            entries: self.csq.as_ref().map(|csq| csq.entries(record)).unwrap_or_default(),
            names: entries::vep_names(record),
            layout: self,
            record,
        }
    }
}

/// A record, looked at by its file's layout.
#[derive(Debug)]
pub struct RecordView<'a> {
    layout: &'a Layout,
    record: &'a Record,
    entries: Vec<csq::Entry<'a>>,
    names: Vec<String>,
}

impl<'a> RecordView<'a> {
    /// The record.
    pub fn record(&self) -> &'a Record {
        self.record
    }

    /// What the record says of its `index`th alternate allele (from 0).
    ///
    /// # Panics
    ///
    /// If it has no so many.
    pub fn allele(&self, index: usize) -> AlleleView {
        let (layout, record) = (self.layout, self.record);
        let entries: Vec<&csq::Entry<'_>> = self
            .entries
            .iter()
            .filter(|entry| entries::is_of(entry, record, &self.names, index))
            .collect();
        let info = &record.info;
        AlleleView {
            contig: record.contig.clone(),
            position: record.position,
            reference: record.reference.clone(),
            alternate: record.alternates[index].clone(),
            number: index as u32 + 1,
            ids: self.ids(index, &entries),
            quality_phred: record.quality,
            filters: record.filters.clone(),
            effects: entries.iter().map(|entry| Effect::of(entry)).collect(),
            frequencies: layout.frequencies.of_allele(
                info,
                index,
                record.alternates.len(),
                &entries,
            ),
            unread_frequencies: layout.frequencies.unread(info, index, record.alternates.len()),
            significances: layout
                .clinical
                .iter()
                .filter_map(|fields| fields.says(info, index))
                .collect(),
            scores: layout.scores.of_allele(info, index, &entries),
            fields: layout
                .fields
                .iter()
                .filter_map(|field| Some((field.key.clone(), field.value_or_flag(info, index)?)))
                .collect(),
            calls: (0..layout.samples.len())
                .map(|column| Call::of(record, column, index as u32 + 1))
                .collect(),
        }
    }

    fn ids(&self, index: usize, entries: &[&csq::Entry<'_>]) -> Vec<String> {
        // At several alternates the column does not tell whose each identifier is.
        let is_own = self.record.alternates.len() == 1;
        let own = self.record.id.iter().filter(|_| is_own);
        let own = own.flat_map(|id| id.split(';')).map(str::to_owned);
        let fields = self.layout.ids.iter();
        let sources = fields.filter_map(|id| id.value(&self.record.info, index));
        let sources = sources.flat_map(|value| parts(&value));
        let known = entries.iter().flat_map(|entry| entry.parts("Existing_variation"));
        let known = known.filter(|id| id.starts_with("rs")).map(str::to_owned);
        let mut ids: Vec<String> = Vec::new();
        for id in own.chain(sources).chain(known) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }
}

/// What a record says of one alternate allele.
#[derive(Clone, Debug, PartialEq)]
pub struct AlleleView {
    /// The contig, as the file names it.
    pub contig: String,
    /// First base of the reference allele.
    pub position: Pos1,
    /// The reference allele, as the record has it.
    pub reference: String,
    /// The alternate allele, as the record has it.
    pub alternate: String,
    /// Its number in genotypes, from 1.
    pub number: u32,
    /// Identifiers: the record's if this is its only alternate, those of sources that are not clinical, dbSNP's in `CSQ`.
    pub ids: Vec<String>,
    /// QUAL.
    pub quality_phred: Option<f32>,
    /// FILTER.
    pub filters: Filters,
    /// Effects on transcripts and other features, in the order of `CSQ`.
    pub effects: Vec<Effect>,
    /// Frequencies in populations.
    pub frequencies: Vec<Frequency>,
    /// Sources and populations whose frequency of the allele is there, and is no frequency.
    pub unread_frequencies: Vec<(String, Option<String>)>,
    /// What clinical sources say.
    pub significances: Vec<Significance>,
    /// Scores of predictors.
    pub scores: Vec<Score>,
    /// All fields of INFO but `CSQ` that have a value for this allele, by key; flags are empty.
    pub fields: Vec<(String, String)>,
    /// The samples' calls, in the order of the columns.
    pub calls: Vec<Call>,
}

impl AlleleView {
    /// Whether the allele is bases (and not `*`, symbolic or a breakend).
    pub fn is_bases(&self) -> bool {
        AlleleKind::of(&self.alternate) == AlleleKind::Bases
    }

    /// The most severe impact.
    pub fn impact(&self) -> Option<Impact> {
        self.effects.iter().filter_map(|effect| effect.impact).max()
    }

    /// The value of a field of INFO for this allele; a flag's is empty.
    pub fn field(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// The highest score of a kind.
    pub fn score(&self, kind: ScoreKind) -> Option<f64> {
        let scores = self.scores.iter().filter(|score| score.kind == kind);
        scores.map(|score| score.value).reduce(f64::max)
    }

    /// `contig-position-reference-alternate`, position from 1.
    pub fn name(&self) -> String {
        format!("{}-{}-{}-{}", self.contig, self.position, self.reference, self.alternate)
    }

    /// The allele in the spelling by which files are compared.
    pub fn trimmed(&self) -> Spelling {
        trimmed(&self.contig, self.position.get(), &self.reference, &self.alternate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_there_is_not_said_of_the_allele() {
        let mut header = Header::default();
        for (key, what) in [("AF", "AF"), ("CLNSIG", "CLNSIG"), ("ID", "ID"), ("REVEL", "REVEL")] {
            let line = format!(
                "##INFO=<ID=SV_{key},Number=A,Type=String,Description=\"{what} of {OF_INTERVALS} in SV: x\">"
            );
            header.meta_line(&line).unwrap();
        }
        let line = r#"##INFO=<ID=G_AF,Number=A,Type=Float,Description="AF of alleles in G: x">"#;
        header.meta_line(line).unwrap();
        let layout = Layout::of(&header);
        let line =
            "a\t5\trs7\tA\tC\t9\tPASS\tSV_AF=0.3;SV_CLNSIG=Benign;SV_ID=s1;SV_REVEL=1;G_AF=0.1";
        let record = Record::parse(line, 0).unwrap();
        let view = layout.record(&record).allele(0);
        let frequencies: Vec<f64> = view.frequencies.iter().map(|f| f.value).collect();
        assert_eq!((frequencies, view.ids.as_slice()), (vec![0.1], &["rs7".to_owned()][..]));
        assert!(view.significances.is_empty() && view.scores.is_empty());
        assert_eq!(view.field("SV_AF"), Some("0.3"));
    }

    #[test]
    fn every_allele_has_its_own() {
        let mut header = Header::default();
        for line in [
            r#"##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|Consequence|IMPACT|SYMBOL|ALLELE_NUM|LOFTEE">"#,
            r#"##INFO=<ID=C_CLNSIG,Number=A,Type=String,Description="">"#,
            r#"##INFO=<ID=C_ID,Number=A,Type=String,Description="">"#,
            r#"##INFO=<ID=D_ID,Number=A,Type=String,Description="">"#,
            r#"##INFO=<ID=G_AF,Number=A,Type=Float,Description="">"#,
            r#"##INFO=<ID=DB,Number=0,Type=Flag,Description="">"#,
        ] {
            header.meta_line(line).unwrap();
        }
        header.set_samples(["S"]);
        let layout = Layout::of(&header);
        let line = "a\t5\tx\tAC\tA,*,ACT\t9\tPASS\tDB;C_CLNSIG=.,.,Benign;C_ID=.,.,7;D_ID=rs1,.,rs2;\
            G_AF=0.5,.,0.25;CSQ=-|frameshift_variant|HIGH|G1|1|,CT|x|LOW|G2|3|HC\tGT\t1/3";
        let record = Record::parse(line, 1).unwrap();
        let view = layout.record(&record);
        let (first, star, third) = (view.allele(0), view.allele(1), view.allele(2));
        assert_eq!(first.effects[0].symbol.as_deref(), Some("G1"));
        assert_eq!((first.ids.as_slice(), first.significances.len()), (&["rs1".into()][..], 0));
        assert!(!star.is_bases() && star.effects.is_empty() && star.frequencies.is_empty());
        assert_eq!(third.significances[0].id.as_deref(), Some("7"));
        assert_eq!(third.effects[0].extra, [("LOFTEE".to_owned(), "HC".to_owned())]);
        assert_eq!(
            (third.field("G_AF"), third.field("DB"), third.field("X")),
            (Some("0.25"), Some(""), None)
        );
        assert_eq!(third.calls[0].zygosity, Zygosity::Heterozygous);
        assert_eq!(third.name(), "a-5-AC-ACT");
    }
}
