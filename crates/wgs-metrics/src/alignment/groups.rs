//! What is counted by read group, and put together by library.

use std::collections::HashMap;

use wgs_formats::{
    alignment::{Header, ReadGroup, Record},
    qc::alignment::{GroupQc, InsertSizeQc, LibraryDuplicatesQc},
};

use super::{
    duplicates::Duplicates, insert_size::InsertSizes, quality::QualityHistogram, summary::Counts,
};

/// The figures of a read group.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) counts: Counts,
    pub(super) qualities: QualityHistogram,
    pub(super) inserts: InsertSizes,
    pub(super) duplicates: Duplicates,
}

impl Figures {
    fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        self.qualities.merge(&other.qualities);
        self.inserts.merge(&other.inserts);
        self.duplicates.merge(&other.duplicates);
    }

    fn group_qc(&self, id: &str, library: Option<String>, sample: Option<String>) -> GroupQc {
        GroupQc { id: id.to_owned(), library, sample, summary: self.counts.finish(&self.qualities) }
    }
}

/// Read groups by id; that of reads without is empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    by_id: HashMap<Vec<u8>, usize>,
    groups: Vec<(Vec<u8>, Figures)>,
    /// That of the record before.
    last: usize,
}

impl Groups {
    /// The figures of a record's group.
    pub(super) fn of(&mut self, record: &Record) -> &mut Figures {
        self.get(record.read_group().unwrap_or_default())
    }

    fn get(&mut self, id: &[u8]) -> &mut Figures {
        if self.groups.get(self.last).is_none_or(|(last, _)| last != id) {
            self.last = self.by_id.get(id).copied().unwrap_or(self.groups.len());
            if self.last == self.groups.len() {
                self.groups.push((id.to_vec(), Figures::default()));
                self.by_id.insert(id.to_vec(), self.last);
            }
        }
        &mut self.groups[self.last].1
    }

    pub(super) fn merge(&mut self, other: &Self) {
        other.groups.iter().for_each(|(id, figures)| self.get(id).merge(figures));
    }

    /// The figures under the names that a header gives them.
    pub(super) fn named(&self, header: &Header) -> NamedGroups {
        let mut groups: Vec<_> = header
            .read_groups()
            .iter()
            .cloned()
            .chain([ReadGroup::new("")])
            .map(|group| (group, Figures::default()))
            .collect();
        let stray = groups.len() - 1;
        for (id, figures) in &self.groups {
            let place = groups.iter().position(|(group, _)| group.id.as_bytes() == id);
            groups[place.unwrap_or(stray)].1.merge(figures);
        }
        NamedGroups(groups)
    }
}

/// The read groups of a header, and last one without id, for reads of no declared group.
pub(super) struct NamedGroups(Vec<(ReadGroup, Figures)>);

impl NamedGroups {
    pub(super) fn total(&self) -> Figures {
        sum(self.0.iter().map(|(_, figures)| figures))
    }

    /// Declared groups, and the last one if it has reads.
    pub(super) fn by_read_group(&self) -> Vec<GroupQc> {
        let shown = self.0.iter().filter(|(g, f)| !g.id.is_empty() || !f.counts.is_empty());
        let qc = |(g, figures): &(ReadGroup, Figures)| {
            figures.group_qc(&g.id, g.library.clone(), g.sample.clone())
        };
        shown.map(qc).collect()
    }

    /// Declared libraries, and that of reads without one if there are any.
    pub(super) fn libraries(&self) -> Vec<Library> {
        let mut names: Vec<&str> = Vec::new();
        for (group, _) in &self.0 {
            let name = group.library.as_deref().unwrap_or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let members = |name: &str| {
            let is_member = move |g: &ReadGroup| g.library.as_deref().unwrap_or_default() == name;
            self.0.iter().filter(move |(group, _)| is_member(group)).collect::<Vec<_>>()
        };
        let library = |name: &str| Library {
            name: name.to_owned(),
            sample: members(name).into_iter().find_map(|(group, _)| group.sample.clone()),
            figures: sum(members(name).into_iter().map(|(_, figures)| figures)),
        };
        let all = names.into_iter().map(library);
        all.filter(|l| !l.name.is_empty() || !l.figures.counts.is_empty()).collect()
    }
}

/// A library with the figures of its read groups together.
pub(super) struct Library {
    name: String,
    sample: Option<String>,
    figures: Figures,
}

impl Library {
    pub(super) fn group_qc(&self) -> GroupQc {
        let library = Some(self.name.clone()).filter(|name| !name.is_empty());
        self.figures.group_qc(&self.name, library, self.sample.clone())
    }

    pub(super) fn insert_sizes(&self) -> Vec<InsertSizeQc> {
        self.figures.inserts.finish(&self.name)
    }

    pub(super) fn duplicates(&self) -> LibraryDuplicatesQc {
        self.figures.duplicates.finish(&self.name)
    }
}

fn sum<'a>(figures: impl Iterator<Item = &'a Figures>) -> Figures {
    figures.fold(Figures::default(), |mut sum, figures| {
        sum.merge(figures);
        sum
    })
}
