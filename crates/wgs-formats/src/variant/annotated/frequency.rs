//! Frequencies of alleles in populations.
//!
//! A frequency is a field `SOURCE_AF`, or `SOURCE_AF_POPULATION` (of which `grpmax` and `popmax` are
//! the population where it is highest). Beside it the source may tell how many alleles were seen
//! (`AC`), among how many (`AN`), and the homozygous (`nhomalt`, `Hom`) and hemizygous (`nhemi`,
//! `Hemi`) people. Frequencies of gnomAD that VEP put into `CSQ` count too.

use super::field::Field;
use crate::variant::{Header, Info, csq::Entry};

/// Fields of `CSQ` that hold gnomAD's frequencies.
const CSQ_FREQUENCIES: [&str; 3] = ["gnomAD_AF", "gnomADe_AF", "gnomADg_AF"];

/// The frequency of an allele in a population.
#[derive(Clone, Debug, PartialEq)]
pub struct Frequency {
    /// The source.
    pub source: String,
    /// The population as the source names it (`grpmax`, `eas`); `None` for all of the source.
    pub population: Option<String>,
    /// Share of the alleles, 0 to 1.
    pub value: f64,
    /// Number of alleles seen; told of whole sources only.
    pub count: Option<u64>,
    /// Number of alleles looked at; told of whole sources only.
    pub total: Option<u64>,
    /// Number of homozygous people; told of whole sources only.
    pub homozygotes: Option<u64>,
    /// Number of hemizygous people; told of whole sources only.
    pub hemizygotes: Option<u64>,
}

impl Frequency {
    /// Whether it is of the population of the source where the allele is most frequent.
    pub fn is_of_most_frequent(&self) -> bool {
        self.population.as_deref().is_some_and(Self::is_most_frequent)
    }

    /// Whether a name is that of the population where an allele is most frequent.
    pub fn is_most_frequent(population: &str) -> bool {
        ["grpmax", "popmax"].iter().any(|name| population.eq_ignore_ascii_case(name))
    }

    /// Source and population in one name: `GNOMAD`, `GNOMAD grpmax`.
    pub fn name(&self) -> String {
        match &self.population {
            Some(population) => format!("{} {population}", self.source),
            None => self.source.clone(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Fields {
    source: String,
    population: Option<String>,
    frequency: Field,
    count: Option<Field>,
    total: Option<Field>,
    homozygotes: Option<Field>,
    hemizygotes: Option<Field>,
}

/// Where a file holds frequencies.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FrequencyFields {
    fields: Vec<Fields>,
    in_csq: Vec<&'static str>,
}

/// What a field says of an allele.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Untold,
    Told(f64),
    /// Something that is no frequency, or not of one allele.
    Unread,
}

impl FrequencyFields {
    /// Among these keys of INFO and columns of `CSQ`.
    pub(super) fn of(header: &Header, keys: &[&str], columns: &[String]) -> Self {
        let fields = keys.iter().filter_map(|key| Fields::of(header, key)).collect();
        let has = |name: &&str| columns.iter().any(|column| column == name);
        Self { fields, in_csq: CSQ_FREQUENCIES.into_iter().filter(has).collect() }
    }

    pub(super) fn sources(&self) -> Vec<String> {
        let own = self.fields.iter().map(|fields| fields.source.clone());
        let mut sources: Vec<String> = Vec::new();
        for source in own.chain(self.in_csq.iter().map(|name| csq_source(name))) {
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        sources
    }

    pub(super) fn populations(&self) -> Vec<(String, Option<String>)> {
        let own = self.fields.iter().map(Fields::names);
        own.chain(self.in_csq.iter().map(|name| (csq_source(name), None))).collect()
    }

    /// Those that tell something of an allele that is no frequency.
    pub(super) fn unread(
        &self,
        info: &Info,
        index: usize,
        alternates: usize,
    ) -> Vec<(String, Option<String>)> {
        let is_unread = |fields: &&Fields| fields.value(info, index, alternates) == Value::Unread;
        self.fields.iter().filter(is_unread).map(Fields::names).collect()
    }

    /// The frequencies of the `index`th of so many alternates.
    pub(super) fn of_allele(
        &self,
        info: &Info,
        index: usize,
        alternates: usize,
        entries: &[&Entry<'_>],
    ) -> Vec<Frequency> {
        let own = self.fields.iter().filter_map(|fields| fields.says(info, index, alternates));
        let in_csq = self.in_csq.iter().filter_map(|name| {
            let values = entries.iter().filter_map(|entry| entry.parts(name).next());
            let value = values.filter_map(|v| v.parse().ok()).next()?;
            Some(Frequency { source: csq_source(name), ..plain(value)? })
        });
        own.chain(in_csq).collect()
    }
}

impl Fields {
    fn of(header: &Header, key: &str) -> Option<Self> {
        let upper = key.to_ascii_uppercase();
        let (at, population) = match (upper.strip_suffix("_AF"), upper.find("_AF_")) {
            (Some(source), _) => (source.len(), None),
            (None, Some(at)) => (at, Some(key[at + "_AF_".len()..].to_owned())),
            (None, None) => return None,
        };
        let source = &key[..at];
        if source.is_empty() || population.as_ref().is_some_and(String::is_empty) {
            return None;
        }
        let of = |names: &[&str]| {
            let own = |name: &&str| header.info(&format!("{source}_{name}"));
            names.iter().find_map(own).filter(|_| population.is_none()).map(Field::of)
        };
        Some(Self {
            source: source.to_owned(),
            frequency: header.info(key).map(Field::of)?,
            count: of(&["AC"]),
            total: of(&["AN"]),
            homozygotes: of(&["nhomalt", "Hom"]),
            hemizygotes: of(&["nhemi", "Hemi"]),
            population,
        })
    }

    fn names(&self) -> (String, Option<String>) {
        (self.source.clone(), self.population.clone())
    }

    /// A field that does not say that it has a value for each alternate may have one all the same.
    fn value(&self, info: &Info, index: usize, alternates: usize) -> Value {
        let Some(text) = self.frequency.value(info, index) else { return Value::Untold };
        let values: Vec<&str> = text.split(',').collect();
        let own = match values.len() {
            1 => values[0],
            number if number == alternates => values[index],
            _ => return Value::Unread,
        };
        match own {
            "" | "." => Value::Untold,
            // Values of several entries on the allele.
            own => own
                .split('&')
                .filter(|part| *part != ".")
                .map(|part| part.parse().ok().and_then(plain).map(|f| f.value))
                .collect::<Option<Vec<f64>>>()
                .and_then(|values| values.into_iter().reduce(f64::max))
                .map_or(Value::Unread, Value::Told),
        }
    }

    fn says(&self, info: &Info, index: usize, alternates: usize) -> Option<Frequency> {
        let Value::Told(value) = self.value(info, index, alternates) else { return None };
        let number = |field: &Option<Field>| field.as_ref()?.value(info, index)?.parse().ok();
        Some(Frequency {
            source: self.source.clone(),
            population: self.population.clone(),
            count: number(&self.count),
            total: number(&self.total),
            homozygotes: number(&self.homozygotes),
            hemizygotes: number(&self.hemizygotes),
            ..plain(value)?
        })
    }
}

/// A frequency of nothing but its value, rounded to nine decimals: files hold it as float.
fn plain(value: f64) -> Option<Frequency> {
    (0.0..=1.0).contains(&value).then(|| Frequency {
        source: String::new(),
        population: None,
        value: (value * 1e9).round() / 1e9,
        count: None,
        total: None,
        homozygotes: None,
        hemizygotes: None,
    })
}

fn csq_source(field: &str) -> String {
    field.trim_end_matches("_AF").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variant::{Definition, Number, ValueType};

    fn fields(keys: &[&str]) -> FrequencyFields {
        let mut header = Header::default();
        for id in keys {
            header.add_info(Definition::new(*id, Number::Alternates, ValueType::String, ""));
        }
        FrequencyFields::of(&header, keys, &["gnomADe_AF".to_owned()])
    }

    #[test]
    fn sources_and_populations_are_told_by_keys() {
        let fields =
            fields(&["AF", "_AF", "G_AF", "G_AF_grpmax", "T_x_AF", "DAF", "G_AF_", "G_AFX"]);
        assert_eq!(fields.sources(), ["G", "T_x", "gnomADe"]);
        let found = fields.of_allele(&"G_AF=0.1;G_AF_grpmax=0.3;T_x_AF=0".into(), 0, 1, &[]);
        let names: Vec<String> = found.iter().map(Frequency::name).collect();
        assert_eq!(names, ["G", "G grpmax", "T_x"]);
        assert!(found[1].is_of_most_frequent() && !found[0].is_of_most_frequent());
    }

    #[test]
    fn counts_stand_beside_the_whole() {
        let fields = fields(&["G_AF", "G_AF_eas", "G_AC", "G_AN", "G_nhomalt", "G_Hemi"]);
        let info = "G_AF=.,0.5;G_AF_eas=.,0.7;G_AC=1,5;G_AN=10,10;G_nhomalt=0,2;G_Hemi=.,1";
        let found = fields.of_allele(&info.into(), 1, 2, &[]);
        assert_eq!((found[0].count, found[0].total), (Some(5), Some(10)));
        assert_eq!((found[0].homozygotes, found[0].hemizygotes), (Some(2), Some(1)));
        assert_eq!((found[1].value, found[1].count), (0.7, None));
        assert!(fields.of_allele(&info.into(), 0, 2, &[]).is_empty());
    }

    #[test]
    fn what_is_no_frequency_is_left_out() {
        let fields = fields(&["g_AF"]);
        for text in ["g_AF=2", "g_AF=-0.1", "g_AF=NaN", "g_AF=x", "g_AF=", "g_AF=.", "g_AF"] {
            assert!(fields.of_allele(&text.into(), 0, 1, &[]).is_empty(), "{text}");
            let is_absent = ["g_AF=", "g_AF=.", "g_AF"].contains(&text);
            assert_eq!(fields.unread(&text.into(), 0, 1).is_empty(), is_absent, "{text}");
        }
    }

    #[test]
    fn a_field_that_does_not_say_so_may_have_a_value_for_each_alternate() {
        let mut header = Header::default();
        header.add_info(Definition::new("g_AF", Number::Unknown, ValueType::Float, ""));
        let fields = FrequencyFields::of(&header, &["g_AF"], &[]);
        let of = |text: &str, index, alternates| {
            let found = fields.of_allele(&text.into(), index, alternates, &[]);
            let is_read = fields.unread(&text.into(), index, alternates).is_empty();
            (found.first().map(|f| f.value), is_read)
        };
        assert_eq!(of("g_AF=0.1,0.2", 1, 2), (Some(0.2), true));
        assert_eq!(of("g_AF=.,0.2", 0, 2), (None, true));
        assert_eq!(of("g_AF=0.1,0.2", 0, 3), (None, false));
        assert_eq!(of("g_AF=0.1&0.2", 0, 1), (Some(0.2), true));
    }
}
