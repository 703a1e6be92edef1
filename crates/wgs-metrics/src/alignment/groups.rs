//! Read groups and libraries of a header, with the counts of each group.

use std::collections::HashMap;

use wgs_formats::{
    alignment::{Header, Record},
    qc::alignment::GroupQc,
};

use super::Counts;

#[derive(Clone, Debug, PartialEq)]
struct Group {
    id: String,
    library: Option<String>,
    sample: Option<String>,
    /// Place among the libraries.
    library_index: usize,
}

/// Place of a read group; the last is of reads without one.
pub(super) type GroupIndex = usize;

/// The read groups of a header, and one for reads without.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Groups {
    groups: Vec<Group>,
    counts: Vec<Counts>,
    by_id: HashMap<Vec<u8>, GroupIndex>,
    libraries: Vec<String>,
}

impl Groups {
    pub(super) fn new(header: &Header) -> Self {
        let mut libraries: Vec<String> = Vec::new();
        let mut index_of = |library: Option<&str>| {
            let name = library.unwrap_or_default();
            libraries.iter().position(|l| l == name).unwrap_or_else(|| {
                libraries.push(name.to_owned());
                libraries.len() - 1
            })
        };
        let declared = header.read_groups().iter().map(|group| Group {
            id: group.id.clone(),
            library: group.library.clone(),
            sample: group.sample.clone(),
            library_index: index_of(group.library.as_deref()),
        });
        let mut groups: Vec<Group> = declared.collect();
        let library_index = index_of(None);
        groups.push(Group { id: String::new(), library: None, sample: None, library_index });
        let by_id =
            groups.iter().enumerate().map(|(i, g)| (g.id.clone().into_bytes(), i)).collect();
        Self { counts: vec![Counts::default(); groups.len()], groups, by_id, libraries }
    }

    /// The group of a record.
    pub(super) fn of(&self, record: &Record) -> GroupIndex {
        let none = self.groups.len() - 1;
        record.read_group().and_then(|id| self.by_id.get(id).copied()).unwrap_or(none)
    }

    pub(super) fn counts_mut(&mut self, group: GroupIndex) -> &mut Counts {
        &mut self.counts[group]
    }

    /// Names of the libraries; that of reads without one is empty.
    pub(super) fn libraries(&self) -> &[String] {
        &self.libraries
    }

    /// Place of a group's library in [`Groups::libraries`].
    pub(super) fn library_of(&self, group: GroupIndex) -> usize {
        self.groups[group].library_index
    }

    pub(super) fn merge(&mut self, other: &Self) {
        assert_eq!(self.groups, other.groups, "accumulators of one header");
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| a.merge(b));
    }

    pub(super) fn total(&self) -> Counts {
        sum(&self.counts)
    }

    /// The samples of the header, joined by commas.
    pub(super) fn sample(&self) -> Option<String> {
        let mut samples: Vec<&str> = Vec::new();
        for sample in self.groups.iter().filter_map(|g| g.sample.as_deref()) {
            if !samples.contains(&sample) {
                samples.push(sample);
            }
        }
        (!samples.is_empty()).then(|| samples.join(","))
    }

    /// Declared groups, and the last one if it has reads.
    pub(super) fn by_read_group(&self) -> Vec<GroupQc> {
        let shown =
            |(group, counts): &(&Group, &Counts)| !group.id.is_empty() || !counts.is_empty();
        let all = self.groups.iter().zip(&self.counts).filter(shown);
        let qc = all.map(|(group, counts)| GroupQc {
            id: group.id.clone(),
            library: group.library.clone(),
            sample: group.sample.clone(),
            summary: counts.finish(),
        });
        qc.collect()
    }

    /// Declared libraries, and that of reads without one if there are any.
    pub(super) fn by_library(&self) -> Vec<GroupQc> {
        let members = |index: usize| {
            self.groups.iter().zip(&self.counts).filter(move |(g, _)| g.library_index == index)
        };
        let qc = self.libraries.iter().enumerate().filter_map(|(index, name)| {
            let counts = sum(members(index).map(|(_, counts)| counts));
            let shown = !name.is_empty() || !counts.is_empty();
            shown.then(|| GroupQc {
                id: name.clone(),
                library: Some(name.clone()).filter(|name| !name.is_empty()),
                sample: members(index).find_map(|(group, _)| group.sample.clone()),
                summary: counts.finish(),
            })
        });
        qc.collect()
    }
}

fn sum<'a>(counts: impl IntoIterator<Item = &'a Counts>) -> Counts {
    counts.into_iter().fold(Counts::default(), |mut sum, counts| {
        sum.merge(counts);
        sum
    })
}
