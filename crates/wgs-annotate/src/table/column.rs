//! Columns of a table: which, under which names, and what stands in them.

use std::{borrow::Cow, collections::HashMap};

use crate::field::{At, Catalog, Field, Kind, NoField, Place, Shape, nearest};

/// Columns that tell which allele a row is of: always the first.
const IDENTITY: [Place; 4] = [Place::Chrom, Place::Pos, Place::Ref, Place::Alt];

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) field: Field,
    sample: Option<usize>,
}

/// Type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Integer,
    Float,
    Text,
    Flag,
}

/// What stands in a column in one row: the text as the VCF has it.
pub(crate) enum Cell<'t> {
    Missing,
    One(&'t str),
    Many(Vec<Option<&'t str>>),
}

impl Column {
    pub(crate) fn value_type(&self) -> Type {
        match self.field.kind {
            Kind::Integer => Type::Integer,
            Kind::Float => Type::Float,
            Kind::Flag => Type::Flag,
            Kind::Text | Kind::Impact | Kind::Terms | Kind::Genotype => Type::Text,
        }
    }

    /// Whether there may be several values in a row.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.field.shape, Shape::Many(_) | Shape::Alleles)
    }

    /// The text of the whole field in a row.
    pub(crate) fn text<'r>(&self, at: At<'_, 'r>) -> Option<Cow<'r, str>> {
        self.field.text(At { sample: self.sample, ..at })
    }

    /// What stands in a row, of the text of the field. Of values for each allele those of the
    /// reference and of the row's allele; of values for each alternate allele that of the row's.
    pub(crate) fn cell<'t>(&self, text: Option<&'t str>, allele: usize) -> Cell<'t> {
        let Some(text) = text else { return Cell::Missing };
        match self.field.shape {
            Shape::One => Cell::One(text),
            Shape::Alternates => match self.field.value_at(text, allele) {
                Some(value) => Cell::One(value),
                None => Cell::Missing,
            },
            Shape::Many(_) => Cell::Many(self.field.values(text, allele)),
            Shape::Alleles => {
                let of = |allele| self.field.value_at(text, allele);
                Cell::Many(vec![of(0), of(allele + 1)])
            }
        }
    }
}

/// The columns of a table, in order. No two names are equal, in capital letters or small ones.
#[derive(Clone, Debug)]
pub(crate) struct Columns(Vec<Column>);

impl Columns {
    /// All that the file has: what every line has, `CSQ`, INFO, samples.
    pub(crate) fn all(catalog: &Catalog) -> Self {
        let (of_site, of_samples): (Vec<&Field>, Vec<&Field>) = catalog
            .fields()
            .iter()
            .filter(|field| field.place != Place::Copies)
            .partition(|field| !field.is_of_sample());
        let identity = IDENTITY
            .iter()
            .filter_map(|place| of_site.iter().copied().find(|field| field.place == *place));
        let others = of_site.iter().copied().filter(|field| !IDENTITY.contains(&field.place));
        let mut all: Vec<(String, &Field, Option<usize>)> =
            identity.chain(others).map(|field| (field.name.clone(), field, None)).collect();
        for (sample, name) in catalog.samples().iter().enumerate() {
            for field in &of_samples {
                all.push((format!("{name}.{}", field.name), field, Some(sample)));
            }
        }
        let mut times: HashMap<String, usize> = HashMap::new();
        for (name, ..) in &all {
            *times.entry(name.to_lowercase()).or_default() += 1;
        }
        let column = |(name, field, sample): (String, &Field, Option<usize>)| {
            let name = match (times.get(&name.to_lowercase()), sample) {
                (Some(1), _) => name,
                (_, None) => field.qualified(),
                (_, Some(_)) => format!("FORMAT/{name}"),
            };
            Column { name, field: field.clone(), sample }
        };
        Self(all.into_iter().map(column).collect())
    }

    /// Those of a list, by the names that they have among all, or with `INFO/` or `CSQ/`;
    /// `sample.KEY` is that key of every sample. The columns that tell the allele come first.
    pub(crate) fn of_names(names: &[String], catalog: &Catalog) -> Result<Self, NoField> {
        let all = Self::all(catalog).0;
        let mut chosen: Vec<Column> = all.iter().take(IDENTITY.len()).cloned().collect();
        for name in names {
            let key = name.strip_prefix("sample.").or_else(|| name.strip_prefix("FORMAT/"));
            let is_it = |column: &&Column| match key {
                Some(key) if column.sample.is_some() => {
                    column.field.name == key || column.name == *name
                }
                _ => column.name == *name || column.field.qualified() == *name,
            };
            let mut found = all.iter().filter(is_it).peekable();
            if found.peek().is_none() {
                return Err(no_column(name, &all, catalog));
            }
            for column in found {
                if !chosen.contains(column) {
                    chosen.push(column.clone());
                }
            }
        }
        Ok(Self(chosen))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Column> {
        self.0.iter()
    }
}

fn no_column(name: &str, all: &[Column], catalog: &Catalog) -> NoField {
    // Says which of several fields of one name may be meant.
    if let Err(error) = catalog.find(name)
        && error.reason.contains(" may be ")
    {
        return error;
    }
    let near = nearest(name, all.iter().map(|column| column.name.as_str()));
    NoField {
        reason: format!("no field is named {name}"),
        hint: near.map(|near| format!("the nearest is {near}")),
    }
}

#[cfg(test)]
mod tests {
    use wgs_formats::variant::{Definition, Header, Number, ValueType, csq};

    use super::*;
    use crate::site::CsqColumns;

    fn catalog() -> Catalog {
        let mut header = Header::default();
        for id in ["AC", "symbol", "S1.GT"] {
            header.add_info(Definition::new(id, Number::Alternates, ValueType::Integer, "x"));
        }
        header.add_info(csq::Format::new(["Allele", "SYMBOL", "Gene"]).definition("x."));
        for id in ["GT", "AD"] {
            header.add_format(Definition::new(id, Number::Alleles, ValueType::Integer, "x"));
        }
        header.set_samples(["S1", "S2"]);
        Catalog::new(&header, &CsqColumns::of_header(&header))
    }

    fn names(columns: &Columns) -> Vec<&str> {
        columns.iter().map(|column| column.name.as_str()).collect()
    }

    #[test]
    fn names_are_told_apart_in_any_case_of_letters() {
        let expected = "CHROM POS REF ALT ID ALT_INDEX QUAL FILTER Allele CSQ/SYMBOL Gene AC \
            INFO/symbol INFO/S1.GT FORMAT/S1.GT S1.AD S2.GT S2.AD";
        assert_eq!(names(&Columns::all(&catalog())).join(" "), expected);
    }

    #[test]
    fn a_list_keeps_its_order_behind_the_allele() {
        let list = ["sample.AD", "CSQ/SYMBOL", "AC", "POS", "AC", "S2.GT"].map(str::to_owned);
        let columns = Columns::of_names(&list, &catalog()).unwrap();
        let expected = "CHROM POS REF ALT S1.AD S2.AD CSQ/SYMBOL AC S2.GT";
        assert_eq!(names(&columns).join(" "), expected);
        for (name, part) in [("Gen", "the nearest is Gene"), ("S3.GT", "S2.GT"), ("zzz", "")] {
            let error = Columns::of_names(&[name.to_owned()], &catalog()).unwrap_err();
            assert!(error.hint.unwrap_or_default().contains(part));
        }
    }
}
