//! Fields of an annotated VCF by name: what filters ask for, and what tables have as columns.

use std::borrow::Cow;

use wgs_formats::variant::{Definition, Filters, Genotype, Header, Number, ValueType, csq};

use crate::site::{CsqColumns, Site};

/// Where a field stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Chrom,
    Pos,
    Id,
    Ref,
    /// The alternate allele at hand.
    Alt,
    /// Its number, from 1.
    Allele,
    Qual,
    Filter,
    Info(String),
    /// A column of `CSQ`.
    Csq(usize),
    Format(String),
    /// Copies of the alternate allele in the sample's genotype.
    Copies,
}

/// What its values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Float,
    Text,
    /// Present or not.
    Flag,
    /// Of VEP's four classes.
    Impact,
    /// Terms of consequences.
    Terms,
    Genotype,
}

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    One,
    /// Separated by this.
    Many(char),
    /// One for each alternate allele.
    Alternates,
    /// One for each allele.
    Alleles,
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// As it is written without saying where it stands.
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) kind: Kind,
    pub(crate) shape: Shape,
}

/// Where in a record a field is asked for.
#[derive(Clone, Copy)]
pub(crate) struct At<'s, 'r> {
    pub(crate) site: &'s Site<'r>,
    /// The alternate allele, from 0.
    pub(crate) allele: usize,
    /// The entry of `CSQ`.
    pub(crate) entry: Option<usize>,
    pub(crate) sample: Option<usize>,
}

impl Field {
    fn new(name: &str, place: Place, kind: Kind, shape: Shape) -> Self {
        Self { name: name.into(), place, kind, shape }
    }

    fn of_definition(definition: &Definition, place: Place) -> Self {
        let kind = match definition.value_type {
            ValueType::Integer => Kind::Integer,
            ValueType::Float => Kind::Float,
            ValueType::Flag => Kind::Flag,
            ValueType::Character | ValueType::String => Kind::Text,
        };
        let shape = match definition.number {
            Number::Count(0 | 1) => Shape::One,
            Number::Alternates => Shape::Alternates,
            Number::Alleles => Shape::Alleles,
            _ => Shape::Many(','),
        };
        let is_genotype = matches!(&place, Place::Format(key) if key == "GT");
        let kind = if is_genotype { Kind::Genotype } else { kind };
        let shape = if kind == Kind::Flag { Shape::One } else { shape };
        Self { name: definition.id.clone(), place, kind, shape }
    }

    fn of_csq(name: &str, column: usize) -> Self {
        let (kind, shape) = match name {
            "Consequence" => (Kind::Terms, Shape::Many('&')),
            "IMPACT" => (Kind::Impact, Shape::One),
            "ALLELE_NUM" | "DISTANCE" | "STRAND" | "HGVS_OFFSET" | "PICK" => {
                (Kind::Integer, Shape::One)
            }
            "Existing_variation" | "FLAGS" | "CLIN_SIG" | "PUBMED" => {
                (Kind::Text, Shape::Many('&'))
            }
            _ => (Kind::Text, Shape::One),
        };
        Self::new(name, Place::Csq(column), kind, shape)
    }

    /// With what it stands in before its name.
    pub(crate) fn qualified(&self) -> String {
        match &self.place {
            Place::Info(_) => format!("INFO/{}", self.name),
            Place::Csq(_) => format!("CSQ/{}", self.name),
            Place::Format(_) | Place::Copies => format!("FORMAT/{}", self.name),
            _ => self.name.clone(),
        }
    }

    /// Whether it is of a sample.
    pub(crate) fn is_of_sample(&self) -> bool {
        matches!(self.place, Place::Format(_) | Place::Copies)
    }

    /// The text of the whole field, of all alleles; `None` where it is missing. A flag that is
    /// there is `1`.
    pub(crate) fn text<'r>(&self, at: At<'_, 'r>) -> Option<Cow<'r, str>> {
        let record = at.site.record;
        let text: Cow<'r, str> = match &self.place {
            Place::Chrom => Cow::Borrowed(&record.contig),
            Place::Pos => record.position.to_string().into(),
            Place::Id => Cow::Borrowed(record.id.as_deref()?),
            Place::Ref => Cow::Borrowed(&record.reference),
            Place::Alt => Cow::Borrowed(record.alternates.get(at.allele)?),
            Place::Allele => {
                record.alternates.get(at.allele)?;
                (at.allele + 1).to_string().into()
            }
            Place::Qual => record.quality?.to_string().into(),
            Place::Filter => match &record.filters {
                Filters::Missing => return None,
                Filters::Pass => "PASS".into(),
                Filters::Failed(filters) => filters.join(";").into(),
            },
            Place::Info(key) => match (at.site.info(key)?, self.kind) {
                (_, Kind::Flag) => "1".into(),
                (value, _) => Cow::Borrowed(value?),
            },
            Place::Csq(column) => Cow::Borrowed(at.site.column(at.entry?, *column)?),
            Place::Format(key) => Cow::Borrowed(record.sample_value(at.sample?, key)?),
            Place::Copies => {
                let genotype = record.genotype(at.sample?)?;
                let number = u32::try_from(at.allele).ok()? + 1;
                let copies = genotype.alleles.iter().filter(|a| **a == Some(number)).count();
                (!genotype.is_missing()).then(|| copies.to_string())?.into()
            }
        };
        (!matches!(text.as_ref(), "" | ".")).then_some(text)
    }

    /// The values that the allele at hand has in the text of the field; `None` for a missing one.
    pub(crate) fn values<'t>(&self, text: &'t str, allele: usize) -> Vec<Option<&'t str>> {
        match self.shape {
            Shape::One => vec![present(text)],
            Shape::Many(separator) => text.split(separator).map(present).collect(),
            Shape::Alternates => vec![text.split(',').nth(allele).and_then(present)],
            Shape::Alleles => vec![text.split(',').nth(allele + 1).and_then(present)],
        }
    }

    /// The value at a place in the text of the field, from 0.
    pub(crate) fn value_at<'t>(&self, text: &'t str, index: usize) -> Option<&'t str> {
        let separator = match self.shape {
            Shape::One => return (index == 0).then(|| present(text)).flatten(),
            Shape::Many(separator) => separator,
            Shape::Alternates | Shape::Alleles => ',',
        };
        text.split(separator).nth(index).and_then(present)
    }

    /// The error of a value that is none of the field's type.
    pub(crate) fn not_a_number(&self, value: &str) -> String {
        let (name, kind) = (self.qualified(), self.kind);
        let value: String = value.chars().take(40).collect();
        format!("{name} has the value {value:?}, where the header declares {kind:?}")
    }

    /// Reads a whole number.
    pub(crate) fn integer(&self, value: &str) -> Result<i64, String> {
        value.parse().map_err(|_| self.not_a_number(value))
    }

    /// Reads a number; `None` for one that is not a number (`nan`).
    pub(crate) fn number(&self, value: &str) -> Result<Option<f64>, String> {
        let number: f64 = value.parse().map_err(|_| self.not_a_number(value))?;
        Ok((!number.is_nan()).then_some(number))
    }
}

fn present(value: &str) -> Option<&str> {
    (!matches!(value, "" | ".")).then_some(value)
}

/// A genotype without phase, alleles in order, `.` last; `None` if no allele is known.
pub(crate) fn plain_genotype(text: &str) -> Option<String> {
    let genotype = Genotype::parse(text)?;
    let mut alleles = genotype.alleles.clone();
    alleles.sort_by_key(|allele| allele.unwrap_or(u32::MAX));
    (!genotype.is_missing()).then(|| Genotype { alleles, phased: false }.to_string())
}

/// All fields of a file.
#[derive(Clone, Debug)]
pub(crate) struct Catalog {
    fields: Vec<Field>,
    samples: Vec<String>,
}

/// Why a name is no field.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoField {
    pub(crate) reason: String,
    pub(crate) hint: Option<String>,
}

impl Catalog {
    /// The fields that a header declares: of every line, of INFO, of `CSQ` and of samples.
    pub(crate) fn new(header: &Header, columns: &CsqColumns) -> Self {
        let mut fields = vec![
            Field::new("CHROM", Place::Chrom, Kind::Text, Shape::One),
            Field::new("POS", Place::Pos, Kind::Integer, Shape::One),
            Field::new("ID", Place::Id, Kind::Text, Shape::Many(';')),
            Field::new("REF", Place::Ref, Kind::Text, Shape::One),
            Field::new("ALT", Place::Alt, Kind::Text, Shape::One),
            Field::new("ALT_INDEX", Place::Allele, Kind::Integer, Shape::One),
            Field::new("QUAL", Place::Qual, Kind::Float, Shape::One),
            Field::new("FILTER", Place::Filter, Kind::Text, Shape::Many(';')),
        ];
        let names = columns.fields().iter().enumerate();
        fields.extend(names.map(|(column, name)| Field::of_csq(name, column)));
        let infos = header.infos().filter(|definition| definition.id != csq::KEY);
        fields.extend(infos.map(|d| Field::of_definition(d, Place::Info(d.id.clone()))));
        let formats = header.formats();
        fields.extend(formats.map(|d| Field::of_definition(d, Place::Format(d.id.clone()))));
        fields.push(Field::new("copies", Place::Copies, Kind::Integer, Shape::One));
        Self { fields, samples: header.samples().to_vec() }
    }

    /// The fields in order.
    pub(crate) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Names of the samples in order.
    pub(crate) fn samples(&self) -> &[String] {
        &self.samples
    }

    /// The place of a sample.
    pub(crate) fn sample(&self, name: &str) -> Result<usize, NoField> {
        self.samples.iter().position(|sample| sample == name).ok_or_else(|| NoField {
            reason: format!("no sample is named {name:?}"),
            hint: Some(match self.samples.as_slice() {
                [] => "the file has no samples".into(),
                samples => format!("its samples are {}", shown(samples)),
            }),
        })
    }

    /// The field of a record, allele or entry, by its name or with `INFO/` or `CSQ/` before it.
    pub(crate) fn find(&self, name: &str) -> Result<&Field, NoField> {
        let of_site = || self.fields.iter().filter(|field| !field.is_of_sample());
        let found: Vec<&Field> =
            of_site().filter(|f| f.name == name || f.qualified() == name).collect();
        match found.as_slice() {
            [field] => return Ok(field),
            [] => {}
            [one, other, ..] => {
                let (one, other) = (one.qualified(), other.qualified());
                return Err(NoField {
                    reason: format!("{name} may be {one} or {other}"),
                    hint: Some("write which of them".into()),
                });
            }
        }
        let bare = name.strip_prefix("FORMAT/").unwrap_or(name);
        if self.fields.iter().any(|field| field.is_of_sample() && field.name == bare) {
            return Err(NoField {
                reason: format!("{bare} is a field of samples"),
                hint: Some(format!(
                    "write sample(\"NAME\").{bare}, or sample.{bare} within any_sample(…) or \
                     all_samples(…)"
                )),
            });
        }
        Err(unknown(name, of_site()))
    }

    /// The field of a sample.
    pub(crate) fn find_of_sample(&self, name: &str) -> Result<&Field, NoField> {
        let of_sample = || self.fields.iter().filter(|field| field.is_of_sample());
        // A file may declare a key of the name that copies of the allele have here: its own wins.
        of_sample().find(|field| field.name == name).ok_or_else(|| unknown(name, of_sample()))
    }
}

fn unknown<'f>(name: &str, fields: impl Iterator<Item = &'f Field>) -> NoField {
    let names = fields.map(|field| field.name.as_str());
    let hint = nearest(name, names).map(|near| format!("the nearest is {near}"));
    NoField { reason: format!("no field is named {name}"), hint }
}

fn shown(names: &[String]) -> String {
    match names.get(..8) {
        Some(first) if names.len() > 8 => format!("{} …", first.join(", ")),
        _ => names.join(", "),
    }
}

/// The name with the fewest letters to change, in any case of letters, if that is not most of them.
pub(crate) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let wanted = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let (distance, near) = names
        .map(|candidate| (edits(&wanted, &candidate.to_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance)?;
    (distance * 2 <= wanted.chars().count().max(2)).then_some(near)
}

/// Letters to insert, delete or replace (Levenshtein 1966).
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["IMPACT", "SYMBOL", "gnomad_AF"];
        let nearest = |name: &str| nearest(name, names.into_iter());
        assert_eq!(nearest("IMPCT"), Some("IMPACT"));
        assert_eq!(nearest("impact"), Some("IMPACT"));
        assert_eq!(nearest("INFO/gnomadAF"), Some("gnomad_AF"));
        assert_eq!(nearest("xyz"), None);
    }

    #[test]
    fn genotypes_are_compared_without_phase() {
        assert_eq!(plain_genotype("1|0").as_deref(), Some("0/1"));
        assert_eq!(plain_genotype("./1").as_deref(), Some("1/."));
        assert_eq!(plain_genotype("./."), None);
        assert_eq!(plain_genotype("x"), None);
    }
}
