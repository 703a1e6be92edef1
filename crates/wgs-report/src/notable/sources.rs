//! Where a VCF holds clinical significances, allele frequencies and identifiers.
//!
//! A source's fields are called `SOURCE_FIELD` in INFO. A significance is a field `CLNSIG` (or
//! `CLINSIGN`); the same source may tell its review status (`CLNREVSTAT`), its conditions (`CLNDN`
//! or `PHENOTYPELIST`) and the id of its entry (`ID`). A frequency is a field `AF` of any other
//! source, or `AF_grpmax` or `AF_popmax`: the frequency where it is highest. A bare `CLNSIG`, as
//! other tools write it, is taken for ClinVar's. Frequencies of gnomAD and identifiers of dbSNP that
//! VEP put into `CSQ` count too.

use wgs_formats::variant::{Header, Info, Number, csq::Entry, decode};

use crate::{
    format::rounded,
    model::{ClinicalSignificance, PopulationFrequency},
};

/// Ends of keys that hold a significance.
const SIGNIFICANCE: [&str; 2] = ["CLNSIG", "CLINSIGN"];
/// Ends of keys that hold conditions.
const CONDITIONS: [&str; 2] = ["CLNDN", "PHENOTYPELIST"];
/// Ends of keys that hold frequencies, and what they are of.
const FREQUENCY: [(&str, &str); 3] =
    [("_AF", ""), ("_AF_GRPMAX", " popmax"), ("_AF_POPMAX", " popmax")];
/// Fields of `CSQ` that hold gnomAD's frequencies.
const CSQ_FREQUENCIES: [&str; 3] = ["gnomAD_AF", "gnomADe_AF", "gnomADg_AF"];

/// A field of INFO.
#[derive(Clone, Debug, PartialEq)]
struct Field {
    key: String,
    /// Whether there is one value for each alternative allele.
    by_allele: bool,
}

/// A source of significances.
#[derive(Clone, Debug, PartialEq)]
struct Clinical {
    name: String,
    /// What its keys begin with.
    prefix: String,
    significance: Field,
    review: Option<Field>,
    conditions: Option<Field>,
    id: Option<Field>,
}

/// The fields of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sources {
    clinical: Vec<Clinical>,
    /// With the name of the source.
    frequencies: Vec<(String, Field)>,
    ids: Vec<Field>,
    csq_frequencies: Vec<&'static str>,
}

impl Sources {
    pub(super) fn of(header: &Header, csq_fields: &[String]) -> Self {
        let clinical: Vec<Clinical> =
            header.infos().filter_map(|definition| Clinical::of(header, &definition.id)).collect();
        let of_clinical = |key: &str| {
            let mut prefixes = clinical.iter().map(|c| c.prefix.as_str());
            prefixes.any(|prefix| !prefix.is_empty() && key.starts_with(prefix))
        };
        let others = || header.infos().map(|d| d.id.as_str()).filter(|key| !of_clinical(key));
        let frequencies = others().filter_map(|key| {
            let (end, what) = FREQUENCY.into_iter().find(|(end, _)| ends_with(key, end))?;
            let source = &key[..key.len() - end.len()];
            (!source.is_empty()).then(|| Some((format!("{source}{what}"), field(header, key)?)))?
        });
        let ids = others().filter(|key| key.len() > 3 && ends_with(key, "_ID"));
        let in_csq = |name: &&str| csq_fields.iter().any(|field| field == name);
        Self {
            frequencies: frequencies.collect(),
            ids: ids.filter_map(|key| field(header, key)).collect(),
            csq_frequencies: CSQ_FREQUENCIES.into_iter().filter(in_csq).collect(),
            clinical,
        }
    }

    pub(super) fn clinical_names(&self) -> Vec<String> {
        self.clinical.iter().map(|clinical| clinical.name.clone()).collect()
    }

    pub(super) fn frequency_names(&self) -> Vec<String> {
        let own = self.frequencies.iter().map(|(name, _)| name.clone());
        own.chain(self.csq_frequencies.iter().map(|name| csq_source(name))).collect()
    }

    /// Whether a record may hold a significance: cheap, and true too often.
    pub(super) fn may_be_clinical(&self, info: &Info) -> bool {
        self.clinical.iter().any(|clinical| info.has(&clinical.significance.key))
    }

    /// What clinical sources say of the `index`th alternative (from 0).
    pub(super) fn significances(&self, info: &Info, index: usize) -> Vec<ClinicalSignificance> {
        self.clinical.iter().filter_map(|clinical| clinical.says(info, index)).collect()
    }

    /// Frequencies of the `index`th alternative (from 0).
    pub(super) fn frequencies(
        &self,
        info: &Info,
        index: usize,
        entries: &[&Entry<'_>],
    ) -> Vec<PopulationFrequency> {
        let own = self.frequencies.iter().filter_map(|(source, field)| {
            frequency(source.clone(), field.value(info, index)?.parse().ok()?)
        });
        let in_csq = self.csq_frequencies.iter().filter_map(|name| {
            let values = entries.iter().filter_map(|entry| entry.parts(name).next());
            frequency(csq_source(name), values.filter_map(|v| v.parse().ok()).next()?)
        });
        own.chain(in_csq).collect()
    }

    /// Identifiers of the `index`th alternative (from 0) in sources that are not clinical.
    pub(super) fn ids(&self, info: &Info, index: usize, entries: &[&Entry<'_>]) -> Vec<String> {
        let own = self.ids.iter().filter_map(|id| id.value(info, index));
        let mut ids: Vec<String> = own.flat_map(|value| parts(&value)).collect();
        let known = entries.iter().flat_map(|entry| entry.parts("Existing_variation"));
        ids.extend(known.filter(|id| id.starts_with("rs")).map(str::to_owned));
        ids
    }
}

impl Clinical {
    /// The source whose significance a key holds.
    fn of(header: &Header, key: &str) -> Option<Self> {
        let end = SIGNIFICANCE.into_iter().find(|end| ends_with(key, end))?;
        let prefix = &key[..key.len() - end.len()];
        if !prefix.is_empty() && !prefix.ends_with('_') {
            return None;
        }
        let of = |end: &str| field(header, &format!("{prefix}{end}"));
        let name = prefix.trim_end_matches('_');
        Some(Self {
            name: if name.is_empty() { "ClinVar".to_owned() } else { name.to_owned() },
            prefix: prefix.to_owned(),
            significance: field(header, key)?,
            review: of("CLNREVSTAT"),
            conditions: CONDITIONS.into_iter().find_map(of),
            id: (!prefix.is_empty()).then(|| of("ID")).flatten(),
        })
    }

    fn says(&self, info: &Info, index: usize) -> Option<ClinicalSignificance> {
        let significance = parts(&self.significance.value(info, index)?);
        let value = |field: &Option<Field>| field.as_ref()?.value(info, index);
        (!significance.is_empty()).then(|| ClinicalSignificance {
            source: self.name.clone(),
            significance,
            id: value(&self.id),
            review: value(&self.review).map(|review| parts(&review).join(", ")),
            conditions: value(&self.conditions).map(|c| conditions(&c)).unwrap_or_default(),
        })
    }
}

impl Field {
    /// The value for an alternative allele; of a field that does not tell alleles apart, its whole
    /// text.
    fn value(&self, info: &Info, index: usize) -> Option<String> {
        let text = info.get(&self.key)?;
        let text = if self.by_allele { text.split(',').nth(index)? } else { text };
        (!text.is_empty() && text != ".").then(|| decode(text).into_owned())
    }
}

fn ends_with(key: &str, end: &str) -> bool {
    let at = key.len().checked_sub(end.len());
    at.and_then(|at| key.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

fn field(header: &Header, key: &str) -> Option<Field> {
    let by_allele = header.info(key)?.number == Number::Alternates;
    Some(Field { key: key.to_owned(), by_allele })
}

fn csq_source(field: &str) -> String {
    field.trim_end_matches("_AF").to_owned()
}

fn frequency(source: String, value: f64) -> Option<PopulationFrequency> {
    let allele_frequency = rounded(value, 9);
    (0.0..=1.0).contains(&value).then_some(PopulationFrequency { source, allele_frequency })
}

/// Terms joined by `/`, `|`, `&`, `;` or `,`. A modifier begins with an underscore
/// (`Pathogenic,_low_penetrance`) and stays with its term.
fn parts(text: &str) -> Vec<String> {
    split(text, &['/', '|', ',', '&', ';'])
}

/// Names of conditions, which may hold a slash.
fn conditions(text: &str) -> Vec<String> {
    split(text, &['|', ',', '&', ';'])
}

fn split(text: &str, separators: &[char]) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in text.split(separators) {
        match parts.last_mut() {
            Some(last) if part.starts_with('_') => {
                last.push(',');
                last.push_str(part);
            }
            _ if part.is_empty() || part == "." => {}
            _ => parts.push(part.to_owned()),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use wgs_formats::variant::{Definition, ValueType};

    use super::*;

    fn sources(infos: &[(&str, Number)]) -> Sources {
        let mut header = Header::default();
        for (id, number) in infos {
            header.add_info(Definition::new(*id, number.clone(), ValueType::String, ""));
        }
        Sources::of(&header, &[])
    }

    #[test]
    fn sources_are_found_by_their_fields() {
        let sources = sources(&[
            ("AF", Number::Alternates),
            ("CLINVAR_CLNSIG", Number::Unknown),
            ("CLINVAR_CLNSIGCONF", Number::Unknown),
            ("CLINVAR_AF", Number::Unknown),
            ("GNOMAD_EXOMES_AF", Number::Alternates),
            ("GNOMAD_EXOMES_AF_POPMAX", Number::Alternates),
            ("GNOMAD_EXOMES_AF_nfe", Number::Alternates),
            ("CLNSIG", Number::Unknown),
            ("DP", Number::Count(1)),
            ("_AF", Number::Alternates),
        ]);
        assert_eq!(sources.clinical_names(), ["CLINVAR", "ClinVar"]);
        assert_eq!(sources.frequency_names(), ["GNOMAD_EXOMES", "GNOMAD_EXOMES popmax"]);
    }

    #[test]
    fn values_are_those_of_the_allele() {
        let sources = sources(&[
            ("C_CLNSIG", Number::Alternates),
            ("C_CLNREVSTAT", Number::Alternates),
            ("C_CLNDN", Number::Alternates),
            ("C_ID", Number::Alternates),
            ("G_AF", Number::Alternates),
            ("D_ID", Number::Alternates),
        ]);
        let info = Info::from(
            "C_CLNSIG=.,Pathogenic/Likely_pathogenic&_low_penetrance;C_ID=.,55;\
             C_CLNREVSTAT=.,criteria_provided&_single_submitter;C_CLNDN=.,Lynch/X|Other;\
             G_AF=0.5,1e-05;D_ID=rs1,rs2&rs3",
        );
        assert_eq!(sources.significances(&info, 0), []);
        let second = &sources.significances(&info, 1)[0];
        assert_eq!(second.significance, ["Pathogenic", "Likely_pathogenic,_low_penetrance"]);
        assert_eq!(second.id.as_deref(), Some("55"));
        assert_eq!(second.review.as_deref(), Some("criteria_provided,_single_submitter"));
        assert_eq!(second.conditions, ["Lynch/X", "Other"]);
        assert_eq!(sources.frequencies(&info, 1, &[])[0].allele_frequency, 1e-5);
        assert_eq!(sources.frequencies(&info, 2, &[]), []);
        assert_eq!(sources.ids(&info, 1, &[]), ["rs2", "rs3"]);
    }

    #[test]
    fn what_is_no_frequency_is_left_out() {
        let sources = sources(&[("g_AF", Number::Alternates)]);
        for text in ["g_AF=2", "g_AF=-0.1", "g_AF=NaN", "g_AF=x", "g_AF=", "g_AF=.", "g_AF"] {
            assert_eq!(sources.frequencies(&Info::from(text), 0, &[]), [], "{text}");
        }
    }
}
