//! What the threads share while a sample is aligned.

use std::{path::Path, sync::OnceLock};

use wgs_formats::alignment::ReadGroup;

use super::{ReadGroupSummary, ReadObserver, ReadTrimmer, insert::Inserts};
use crate::{
    Mate, ReadsDigest,
    aligner::Engine,
    duplicates::Finder,
    origin::{Suffixes, with_reads},
    reads::{Read, Template},
    sort::Sorter,
};

/// A sample on its way.
pub(super) struct Sample<'a> {
    pub(super) output: &'a Path,
    pub(super) aligner: Engine<'a>,
    pub(super) observer: Option<&'a dyn ReadObserver>,
    pub(super) trimmer: Option<&'a dyn ReadTrimmer>,
    pub(super) keep_order: bool,
    pub(super) read_groups: Vec<ReadGroup>,
    /// The library of each read group.
    pub(super) library_of: Vec<usize>,
    /// What follows the names of each read group; known before any of its batches is.
    pub(super) suffixes: Vec<OnceLock<Suffixes>>,
    pub(super) inserts: Inserts,
    pub(super) sorter: Sorter<2>,
    pub(super) finder: Finder,
}

impl Sample<'_> {
    /// What follows the names of a read group's first and last reads, by the first template.
    pub(super) fn suffixes_of(&self, template: &Template<'_>) -> &Suffixes {
        self.suffixes[template.read_group].get_or_init(|| Suffixes::of(template))
    }

    /// The read groups with what was counted of their reads.
    pub(super) fn described(&self, counts: &[Counts]) -> Vec<ReadGroup> {
        let none = Suffixes::default();
        let groups = self.read_groups.iter().zip(counts).zip(&self.suffixes);
        groups
            .map(|((group, counts), suffixes)| {
                with_reads(group.clone(), &counts.digest, suffixes.get().unwrap_or(&none))
            })
            .collect()
    }
}

/// Counts of a read group.
#[derive(Clone, Default)]
pub(super) struct Counts {
    pairs: u64,
    bases: u64,
    pub(super) mapped_reads: u64,
    pub(super) digest: ReadsDigest,
}

impl Counts {
    /// Counts a template as it was read.
    pub(super) fn add(&mut self, template: &Template<'_>) {
        let [first_suffix, last_suffix] = template.suffixes;
        let first = if template.last.is_some() { Mate::First } else { Mate::Single };
        self.add_read(first, template.name, first_suffix, template.first);
        if let Some(last) = template.last {
            self.pairs += 1;
            self.add_read(Mate::Last, template.name, last_suffix, last);
        }
    }

    fn add_read(&mut self, mate: Mate, name: &[u8], suffix: &[u8], read: Read<'_>) {
        self.bases += read.bases.len() as u64;
        self.digest.add(mate, name, suffix, read.bases, read.quals);
    }

    /// Adds the counts of another thread.
    pub(super) fn merge(&mut self, other: &Self) {
        self.pairs += other.pairs;
        self.bases += other.bases;
        self.mapped_reads += other.mapped_reads;
        self.digest.merge(&other.digest);
    }

    /// The figures of a read group.
    pub(super) fn summary(&self, read_group: &ReadGroup) -> ReadGroupSummary {
        ReadGroupSummary {
            id: read_group.id.clone(),
            library: read_group.library.clone().unwrap_or_default(),
            pairs: self.pairs,
            reads: self.digest.reads(),
            bases: self.bases,
            mapped_reads: self.mapped_reads,
            digest: self.digest.to_string(),
        }
    }
}
