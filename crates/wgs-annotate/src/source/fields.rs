//! Which fields of a source are carried, and how their values are written.

use std::borrow::Cow;

use wgs_formats::variant::{Definition, Filters, Header, Number, Record, ValueType};

/// Key of the record's identifiers, which is a column and not in INFO.
pub(super) const ID: &str = "ID";
/// Key of the record's filters, which is a column and not in INFO.
pub(super) const FILTER: &str = "FILTER";

/// Fields that are carried from a file which has the first of them, where it has them.
const CLINVAR: [&str; 9] = [
    "CLNSIG",
    "CLNSIGCONF",
    "CLNREVSTAT",
    "CLNDN",
    "CLNDISDB",
    "ALLELEID",
    "ONC",
    "ONCREVSTAT",
    "SCI",
];

/// What gnomAD's files have of frequencies, by release.
const GNOMAD: [&str; 35] = [
    "AF",
    "AC",
    "AN",
    "nhomalt",
    "nhemi",
    "Hom",
    "Hemi",
    "AF_popmax",
    "POPMAX",
    "popmax",
    "AF_POPMAX",
    "AF_grpmax",
    "grpmax",
    "faf95",
    "faf95_popmax",
    "fafmax_faf95_max",
    "AF_afr",
    "AF_amr",
    "AF_asj",
    "AF_eas",
    "AF_fin",
    "AF_nfe",
    "AF_sas",
    "AF_mid",
    "AF_ami",
    "AF_XX",
    "AF_XY",
    "AF_AFR",
    "AF_AMR",
    "AF_ASJ",
    "AF_EAS",
    "AF_FIN",
    "AF_NFE",
    "AF_OTH",
    "AF_SAS",
];

/// Fields by which a file is known as one of gnomAD.
const OF_GNOMAD: [&str; 6] = ["nhomalt", "AF_popmax", "AF_POPMAX", "AF_grpmax", "AF_nfe", "AF_NFE"];

/// A field to carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) key: String,
    pub(super) number: Number,
    pub(super) value_type: ValueType,
    pub(super) description: String,
}

impl Field {
    fn of_column(key: &str, description: &str) -> Self {
        Self {
            key: key.into(),
            number: Number::Count(1),
            value_type: ValueType::String,
            description: description.into(),
        }
    }

    fn of_info(definition: &Definition) -> Self {
        Self {
            key: definition.id.clone(),
            number: definition.number.clone(),
            value_type: definition.value_type,
            description: definition.description.clone(),
        }
    }

    /// The type of the carried value: numbers only where an allele has one.
    pub(super) fn carried_type(&self) -> ValueType {
        let one = matches!(self.number, Number::Count(1) | Number::Alternates | Number::Alleles);
        match self.value_type {
            ValueType::Flag => ValueType::Integer,
            ValueType::Integer | ValueType::Float if one => self.value_type,
            _ => ValueType::String,
        }
    }

    /// The value of an alternate allele (from 0) as it is carried: commas are encoded, a flag is `1`.
    pub(super) fn value<'r>(&self, record: &'r Record, allele: usize) -> Option<Cow<'r, str>> {
        let value = match self.key.as_str() {
            ID => record.id.as_deref().map(|id| Cow::Owned(id.replace([';', ','], "&"))),
            FILTER => match &record.filters {
                Filters::Missing => None,
                Filters::Pass => Some(Cow::Borrowed("PASS")),
                Filters::Failed(filters) => Some(Cow::Owned(filters.join("&").replace(',', "%2C"))),
            },
            key if self.value_type == ValueType::Flag => {
                record.info.has(key).then_some(Cow::Borrowed("1"))
            }
            key => self.info_value(record.info.get(key)?, allele),
        };
        value.filter(|value| !matches!(value.as_ref(), "" | "."))
    }

    fn info_value<'r>(&self, text: &'r str, allele: usize) -> Option<Cow<'r, str>> {
        match self.number {
            Number::Alternates => text.split(',').nth(allele).map(Cow::Borrowed),
            Number::Alleles => text.split(',').nth(allele + 1).map(Cow::Borrowed),
            _ if text.contains(',') => Some(Cow::Owned(text.replace(',', "%2C"))),
            _ => Some(Cow::Borrowed(text)),
        }
    }
}

/// The fields to carry: those asked for, or what the kind of file suggests. ClinVar: significance,
/// review, conditions. gnomAD: counts, frequencies, filters. dbSNP: identifiers. Any other file:
/// identifiers and all of INFO.
///
/// The error names the fields that were asked for and are not in the file.
pub(super) fn choose(
    name: &str,
    header: &Header,
    asked: Option<&[String]>,
) -> Result<Vec<Field>, Vec<String>> {
    let id = || Field::of_column(ID, "Identifiers");
    let filter = || Field::of_column(FILTER, "Filters: PASS or those that failed");
    let of_keys = |keys: &[&str]| {
        let definitions = keys.iter().filter_map(|key| header.info(key));
        definitions.map(Field::of_info).collect::<Vec<_>>()
    };
    if let Some(asked) = asked {
        let known =
            |key: &&String| [ID, FILTER].contains(&key.as_str()) || header.info(key).is_some();
        let missing: Vec<String> = asked.iter().filter(|key| !known(key)).cloned().collect();
        let field = |key: &String| match key.as_str() {
            ID => Some(id()),
            FILTER => Some(filter()),
            key => header.info(key).map(Field::of_info),
        };
        let fields = asked.iter().filter_map(field).collect();
        return if missing.is_empty() { Ok(fields) } else { Err(missing) };
    }
    let has = |key: &&str| header.info(key).is_some();
    // A panel of frequencies whose records were annotated from dbSNP or ClinVar is neither.
    let counts = has(&"AF") || has(&"AC");
    let is_dbsnp = name.eq_ignore_ascii_case("dbsnp")
        || (!counts && has(&"dbSNPBuildID"))
        || header.others("source").any(|source| source.eq_ignore_ascii_case("dbsnp"));
    if is_dbsnp {
        return Ok(vec![id()]);
    }
    if !counts && has(&CLINVAR[0]) {
        return Ok([vec![id()], of_keys(&CLINVAR)].concat());
    }
    if OF_GNOMAD.iter().any(has) {
        return Ok([vec![filter()], of_keys(&GNOMAD)].concat());
    }
    let per_genotype = |d: &&Definition| matches!(d.number, Number::Genotypes | Number::Other(_));
    let infos = header.infos().filter(|d| !per_genotype(d)).map(Field::of_info);
    Ok(std::iter::once(id()).chain(infos).collect())
}

/// What is carried of the intervals of structural variants, where a file has it.
const OF_INTERVALS: [&str; 14] = [
    "SVTYPE",
    "SVLEN",
    "CLNSIG",
    "AC",
    "AN",
    "AF",
    "N_HOMALT",
    "AF_popmax",
    "POPMAX_AF",
    "GRPMAX_AF",
    "AF_grpmax",
    "AF_XX",
    "AF_XY",
    "EAS_AF",
];

/// The fields to carry of records that are taken as intervals: those asked for, or identifiers,
/// filters, type, length and frequencies.
///
/// The error names the fields that were asked for and are not in the file.
pub(super) fn choose_of_intervals(
    header: &Header,
    asked: Option<&[String]>,
) -> Result<Vec<Field>, Vec<String>> {
    let known = OF_INTERVALS.iter().filter(|key| header.info(key).is_some());
    let keys = [ID, FILTER].into_iter().chain(known.copied()).map(str::to_owned);
    let keys: Vec<String> = keys.collect();
    choose("", header, Some(asked.unwrap_or(&keys)))
}

#[cfg(test)]
mod tests {
    use wgs_core::Pos1;

    use super::*;

    fn header(infos: &[(&str, Number, ValueType)]) -> Header {
        let mut header = Header::default();
        for (key, number, value_type) in infos {
            header.add_info(Definition::new(*key, number.clone(), *value_type, "d"));
        }
        header
    }

    fn keys(name: &str, header: &Header) -> Vec<String> {
        choose(name, header, None).unwrap().into_iter().map(|f| f.key).collect()
    }

    #[test]
    fn the_kind_of_file_decides() {
        let string = |key| (key, Number::Unknown, ValueType::String);
        let clinvar = header(&[string("ALLELEID"), string("CLNSIG"), string("GENEINFO")]);
        assert_eq!(keys("x", &clinvar), ["ID", "CLNSIG", "ALLELEID"]);
        let gnomad = header(&[string("AF"), string("nhomalt"), string("vep")]);
        assert_eq!(keys("x", &gnomad), ["FILTER", "AF", "nhomalt"]);
        assert_eq!(keys("dbsnp", &header(&[string("RS"), string("CLNSIG")])), ["ID"]);
        let other = header(&[string("A"), ("PL", Number::Genotypes, ValueType::Integer)]);
        assert_eq!(keys("x", &other), ["ID", "A"]);
    }

    #[test]
    fn asked_fields_must_be_there() {
        let header = header(&[("A", Number::Alternates, ValueType::Float)]);
        let asked = |keys: &[&str]| {
            let keys: Vec<String> = keys.iter().map(|k| (*k).to_owned()).collect();
            choose("x", &header, Some(&keys))
        };
        assert_eq!(asked(&["A", "FILTER"]).unwrap().len(), 2);
        assert_eq!(asked(&["A", "B"]), Err(vec!["B".to_owned()]));
    }

    #[test]
    fn values_of_one_allele() {
        let mut record = Record::new("a", Pos1::from_pos0(0), "A", ["C", "G"]);
        record.info = "AF=0.1,.;AD=9,8,7;S=x,_y;F".into();
        record.id = Some("rs1;rs2".into());
        let value = |key: &str, number: Number, value_type, allele| {
            let definition = Definition::new(key, number, value_type, "");
            Field::of_info(&definition).value(&record, allele).map(Cow::into_owned)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(value("AF", Number::Alternates, ValueType::Float, 0), some("0.1"));
        assert_eq!(value("AF", Number::Alternates, ValueType::Float, 1), None);
        assert_eq!(value("AD", Number::Alleles, ValueType::Integer, 1), some("7"));
        assert_eq!(value("S", Number::Unknown, ValueType::String, 1), some("x%2C_y"));
        assert_eq!(value("F", Number::Count(0), ValueType::Flag, 0), some("1"));
        assert_eq!(value("ID", Number::Count(1), ValueType::String, 0), some("rs1&rs2"));
        assert_eq!(value("FILTER", Number::Count(1), ValueType::String, 0), None);
        assert_eq!(value("X", Number::Count(1), ValueType::String, 0), None);
    }
}
