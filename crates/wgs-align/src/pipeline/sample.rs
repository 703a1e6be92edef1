//! What the threads share while a sample is aligned.

use std::{path::Path, sync::OnceLock};

use wgs_formats::{alignment::ReadGroup, fastq::Read as FastqRead};

use super::{ReadGroupSummary, ReadObserver, ReadTrimmer, insert::Inserts};
use crate::{
    ReadsDigest,
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
        let last = template.last.map(|last| fastq(template, 1, last));
        self.pairs += u64::from(last.is_some());
        self.bases += template.first.bases.len() as u64;
        self.bases += last.map_or(0, |last| last.bases.len() as u64);
        self.digest.add(fastq(template, 0, template.first), last);
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

/// A read of a template as FASTQ has it.
fn fastq<'a>(template: &Template<'a>, mate: usize, read: Read<'a>) -> FastqRead<'a> {
    let Read { bases, quals } = read;
    FastqRead { name: template.name, suffix: template.suffixes[mate], bases, quals }
}
