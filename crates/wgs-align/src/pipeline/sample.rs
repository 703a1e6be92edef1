//! What the threads share while a sample is aligned.

use std::path::Path;

use wgs_formats::alignment::ReadGroup;

use super::{ReadGroupSummary, ReadObserver, insert::Inserts};
use crate::{aligner::Aligner, duplicates::Finder, reads::Template, sort::Sorter};

/// A sample on its way.
pub(super) struct Sample<'a> {
    pub(super) output: &'a Path,
    pub(super) aligner: &'a dyn Aligner,
    pub(super) observer: Option<&'a dyn ReadObserver>,
    pub(super) read_groups: Vec<ReadGroup>,
    /// The library of each read group.
    pub(super) library_of: Vec<usize>,
    pub(super) inserts: Inserts,
    pub(super) sorter: Sorter<2>,
    pub(super) finder: Finder,
}

/// Counts of a read group.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    pairs: u64,
    reads: u64,
    bases: u64,
    pub(super) mapped_reads: u64,
}

impl Counts {
    /// Counts a template.
    pub(super) fn add(&mut self, template: &Template<'_>) {
        let pair = u64::from(template.last.is_some());
        self.pairs += pair;
        self.reads += 1 + pair;
        self.bases += template.first.bases.len() as u64;
        self.bases += template.last.map_or(0, |last| last.bases.len() as u64);
    }

    /// Adds the counts of another thread.
    pub(super) fn merge(&mut self, other: &Self) {
        self.pairs += other.pairs;
        self.reads += other.reads;
        self.bases += other.bases;
        self.mapped_reads += other.mapped_reads;
    }

    /// The figures of a read group.
    pub(super) fn summary(&self, read_group: &ReadGroup) -> ReadGroupSummary {
        ReadGroupSummary {
            id: read_group.id.clone(),
            library: read_group.library.clone().unwrap_or_default(),
            pairs: self.pairs,
            reads: self.reads,
            bases: self.bases,
            mapped_reads: self.mapped_reads,
        }
    }
}
