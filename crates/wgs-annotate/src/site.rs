//! A record opened up: its INFO by key, and the entries of its `CSQ` by allele.

use wgs_formats::variant::{Header, Record, csq};

use crate::{csq::vep_alleles, pick::Picker};

/// Places of the columns of `CSQ` that say which allele an entry is of.
#[derive(Clone, Debug)]
pub(crate) struct CsqColumns {
    fields: Vec<String>,
    number: Option<usize>,
    allele: Option<usize>,
}

impl CsqColumns {
    /// As the header names them; none without `CSQ`.
    pub(crate) fn of_header(header: &Header) -> Self {
        let format = csq::Format::of_header(header);
        Self::new(format.as_ref().map_or(&[], csq::Format::fields))
    }

    pub(crate) fn new<S: AsRef<str>>(fields: &[S]) -> Self {
        let fields: Vec<String> = fields.iter().map(|f| f.as_ref().to_owned()).collect();
        let place = |name: &str| fields.iter().position(|field| field == name);
        Self { number: place("ALLELE_NUM"), allele: place("Allele"), fields }
    }

    /// Names of all columns in order.
    pub(crate) fn fields(&self) -> &[String] {
        &self.fields
    }

    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field == name)
    }
}

/// A record opened up.
pub(crate) struct Site<'r> {
    pub(crate) record: &'r Record,
    infos: Vec<(&'r str, Option<&'r str>)>,
    entries: Vec<Vec<&'r str>>,
    /// Entries of each alternate allele.
    of_alleles: Vec<Vec<usize>>,
    picker: &'r Picker,
}

impl<'r> Site<'r> {
    pub(crate) fn new(record: &'r Record, columns: &CsqColumns, picker: &'r Picker) -> Self {
        let infos: Vec<_> = record.info.iter().collect();
        let mut site = Self {
            record,
            infos,
            entries: Vec::new(),
            of_alleles: vec![Vec::new(); record.alternates.len()],
            picker,
        };
        let text = site.info(csq::KEY).flatten().unwrap_or_default();
        let entries = text.split(',').filter(|entry| !entry.is_empty() && *entry != ".");
        site.entries = entries.map(|entry| entry.split('|').collect()).collect();
        let written = match columns.number {
            Some(_) => Vec::new(),
            None => vep_alleles(&record.reference, &record.alternates),
        };
        for (index, entry) in site.entries.iter().enumerate() {
            if let Some(of_allele) =
                allele_of(entry, columns, &written).and_then(|a| site.of_alleles.get_mut(a))
            {
                of_allele.push(index);
            }
        }
        site
    }

    /// A field of INFO: `None` where it is absent, `Some(None)` for a flag.
    pub(crate) fn info(&self, key: &str) -> Option<Option<&'r str>> {
        self.infos.iter().find(|(k, _)| *k == key).map(|(_, value)| *value)
    }

    /// Keys of INFO in order.
    pub(crate) fn info_keys(&self) -> impl Iterator<Item = &'r str> {
        self.infos.iter().map(|(key, _)| *key)
    }

    /// Numbers of the entries of an alternate allele, from 0.
    pub(crate) fn entries_of(&self, allele: usize) -> &[usize] {
        self.of_alleles.get(allele).map_or(&[], Vec::as_slice)
    }

    /// The entry that stands for an alternate allele.
    pub(crate) fn picked(&self, allele: usize) -> Option<usize> {
        self.picker.pick(self.entries_of(allele), &self.entries)
    }

    /// The entries, each by its columns.
    pub(crate) fn entries(&self) -> &[Vec<&'r str>] {
        &self.entries
    }

    /// A column of an entry, if there is something in it.
    pub(crate) fn column(&self, entry: usize, column: usize) -> Option<&'r str> {
        self.entries.get(entry)?.get(column).copied().filter(|value| !value.is_empty())
    }
}

fn allele_of(entry: &[&str], columns: &CsqColumns, written: &[String]) -> Option<usize> {
    if let Some(number) = columns.number {
        return entry.get(number)?.parse::<usize>().ok()?.checked_sub(1);
    }
    let allele = *entry.get(columns.allele?)?;
    written.iter().position(|w| w == allele)
}

#[cfg(test)]
mod tests {
    use wgs_core::Pos1;

    use super::*;
    use crate::pick::PickOrder;

    #[test]
    fn entries_find_their_alleles_by_number_or_by_bases() {
        let mut record = Record::new("a", Pos1::from_pos0(0), "AC", ["A", "ACT"]);
        for (columns, csq) in [
            (&["Allele", "ALLELE_NUM"][..], "x|2,y|1,z|2,z|0,z|7,|"),
            (&["Allele", "Feature"], "CT|2,-|1,CT|,G|"),
        ] {
            record.info.set("CSQ", csq);
            let columns = CsqColumns::new(columns);
            let picker = Picker::new(PickOrder::default(), &columns, []);
            let site = Site::new(&record, &columns, &picker);
            assert_eq!((site.entries_of(0), site.entries_of(1)), (&[1][..], &[0, 2][..]), "{csq}");
            assert_eq!((site.picked(1), site.picked(2)), (Some(0), None));
        }
    }
}
