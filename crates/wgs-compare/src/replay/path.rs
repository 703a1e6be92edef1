//! One choice of variants, as far as it has been made.

use std::cmp::Reverse;

use super::{Reference, haplotype::Haplotype};
use crate::variant::{Side, Variant, Way};

/// A variant that a path has taken in, after those of `parent`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) parent: Option<usize>,
    pub(super) event: usize,
    /// Whether it is the first since a sync point.
    pub(super) begins: bool,
}

/// A choice of variants and what it has led to.
#[derive(Clone, Debug)]
pub(super) struct Path {
    haplotypes: [Haplotype; 2],
    /// Variants taken in, of both sets.
    included: u32,
    /// Variants taken in since the last sync point, of each set.
    since_sync: [u32; 2],
    /// Where that was.
    last_sync: u32,
    /// The variant taken in last.
    pub(super) node: Option<usize>,
}

impl Path {
    /// The path that has taken in nothing, before a base.
    pub(super) fn at(position: u32) -> Self {
        Self {
            haplotypes: [Haplotype::at(position), Haplotype::at(position)],
            included: 0,
            since_sync: [0; 2],
            last_sync: position,
            node: None,
        }
    }

    /// Goes on behind a place that was given up.
    pub(super) fn restart(&mut self, position: u32) {
        self.haplotypes = [Haplotype::at(position), Haplotype::at(position)];
        self.since_sync = [0; 2];
        self.last_sync = position;
    }

    /// Plays the reference up to a base; false if the haplotypes disagree.
    pub(super) fn play_reference(&mut self, to: u32, reference: &Reference<'_>) -> bool {
        self.haplotypes.iter_mut().all(|haplotype| haplotype.play_reference(to, reference))
    }

    /// Whether this is a sync point.
    pub(super) fn is_level(&self, position: u32) -> bool {
        self.haplotypes.iter().all(|haplotype| haplotype.is_level(position))
    }

    /// Whether variants of one set only were taken in since the last sync point.
    pub(super) fn is_one_sided(&self) -> bool {
        (self.since_sync[0] == 0) != (self.since_sync[1] == 0)
    }

    /// Whether nothing was taken in since the last sync point.
    pub(super) fn is_new_segment(&self) -> bool {
        self.since_sync == [0; 2]
    }

    /// Begins a new segment.
    pub(super) fn sync(&mut self, position: u32) {
        self.since_sync = [0; 2];
        self.last_sync = position;
    }

    pub(super) fn haplotypes_are_equal(&self) -> bool {
        self.haplotypes[0] == self.haplotypes[1]
    }

    /// Makes mirror images equal.
    pub(super) fn order_haplotypes(&mut self) {
        self.haplotypes.sort_unstable();
    }

    /// What decides about the future: paths with the same state can go on in the same ways.
    pub(super) fn state(&self) -> &[Haplotype; 2] {
        &self.haplotypes
    }

    /// The greater, the better: variants taken in; then as many of each set as of the other since
    /// the last sync point; then a late sync point.
    pub(super) fn merit(&self) -> (u32, Reverse<u32>, u32) {
        let [truth, calls] = self.since_sync;
        (self.included, Reverse(truth.abs_diff(calls)), self.last_sync)
    }

    /// The path that takes in a variant, unless that overlaps one taken in before or makes the
    /// haplotypes disagree.
    pub(super) fn with(
        &self,
        side: Side,
        variant: &Variant,
        way: Way,
        reference: &Reference<'_>,
    ) -> Option<Self> {
        let alleles = [variant.allele(way, 0), variant.allele(way, 1)];
        let fits = |(haplotype, allele): (&Haplotype, &Option<_>)| {
            allele.is_none_or(|allele| haplotype.takes(side, allele))
        };
        if !self.haplotypes.iter().zip(&alleles).all(fits) {
            return None;
        }
        let mut path = self.clone();
        for (haplotype, allele) in path.haplotypes.iter_mut().zip(alleles) {
            if allele.is_some_and(|allele| !haplotype.play(side, allele, reference)) {
                return None;
            }
        }
        path.included += 1;
        path.since_sync[side.index()] += 1;
        Some(path)
    }
}
