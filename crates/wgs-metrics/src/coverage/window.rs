//! Depths of the positions that reads may still cover.

use std::collections::VecDeque;

use super::{
    contig::{ContigScan, GcWindows},
    options::BLOCK_BP,
};

/// Positions that are handed on at once: a whole number of blocks.
const CHUNK: usize = 64 * BLOCK_BP as usize;

/// The depths of a contig from a position on, as changes of depth from base to base.
#[derive(Debug)]
pub(super) struct DepthWindow {
    /// First position that is not final, 0-based: a multiple of [`BLOCK_BP`].
    start: u32,
    /// Depth of the position before `start`.
    depth: u32,
    /// Change of depth at `start + i`; no change after the last.
    changes: VecDeque<i32>,
    length: u32,
    depths: Vec<u32>,
}

impl DepthWindow {
    /// A window at the start of a contig of a length in bases.
    pub(super) fn new(length: u32) -> Self {
        Self { start: 0, depth: 0, changes: VecDeque::new(), length, depths: Vec::new() }
    }

    /// Counts a run of bases `(start, end)`, 0-based and half-open, that is not empty, lies within
    /// the contig and begins at or after the position last advanced to.
    pub(super) fn add(&mut self, (start, end): (u32, u32)) {
        let (from, to) = ((start - self.start) as usize, (end - self.start) as usize);
        if self.changes.len() <= to {
            self.changes.resize(to + 1, 0);
        }
        self.changes[from] += 1;
        self.changes[to] -= 1;
    }

    /// Hands on what lies before a position, as far as it fills chunks.
    pub(super) fn advance(&mut self, to: u32, scan: &mut ContigScan<'_>, gc: &mut GcWindows) {
        while to.min(self.length) - self.start >= CHUNK as u32 {
            self.hand_on(CHUNK, scan, gc);
        }
    }

    /// Hands on the rest of the contig.
    pub(super) fn finish(mut self, scan: &mut ContigScan<'_>, gc: &mut GcWindows) {
        while self.start < self.length {
            self.hand_on(CHUNK.min((self.length - self.start) as usize), scan, gc);
        }
    }

    fn hand_on(&mut self, positions: usize, scan: &mut ContigScan<'_>, gc: &mut GcWindows) {
        self.depths.clear();
        let known = positions.min(self.changes.len());
        for change in self.changes.drain(..known) {
            self.depth = self.depth.wrapping_add_signed(change);
            self.depths.push(self.depth);
        }
        self.depths.resize(positions, self.depth);
        scan.take(self.start, &self.depths, gc);
        self.start += positions as u32;
    }
}
