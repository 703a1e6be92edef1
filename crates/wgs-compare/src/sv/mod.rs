//! Structural variants against a truth: one-to-one matches by type, position, size and sequence.
//!
//! Deletions, insertions, duplications, inversions and breakends seldom agree to the base between
//! two programs, so that records are not compared as haplotypes but by likeness, as Truvari does
//! (English, Menon, Gibbs, Metcalf and Sedlazeck, Genome Biology 2022,
//! doi:10.1186/s13059-022-02840-6). What a pair must agree in, with defaults of [`SvOptions`]:
//!
//! - type: the same, or spellings of one adjacency (see below);
//! - position: both breakpoints within 500 bp; within 100 bp where both are breakends;
//! - size: the smaller at least 0.7 of the larger, where both are known;
//! - sequence: of alleles that both files spell out, at most 0.3 edits per base (Levenshtein) of
//!   the longer one; changed bases are compared directly and within the reference around them, so
//!   that one insertion written at two places of a repeat is one. Truvari divides by the *sum* of
//!   both lengths, by which unrelated sequences are similar at 0.74 already.
//!
//! Breakends come as junctions: two records that name each other, or mirror each other within 25
//! bp, are one event, and two junctions that together turn a stretch round are one inversion. A
//! junction on one contig also matches `<DEL>`, `<DUP>` or `<INV>` if it spells the same adjacency
//! (an inversion by either of its junctions).
//!
//! Matching is one to one: as many pairs as can be, those of the best score first. Records beside
//! what is counted (outside the confident regions, a bit too small) count for nothing, but may
//! take up a counterpart that would be counted as an error otherwise.

mod annotate;
mod assign;
mod breakend;
mod candidates;
mod compare;
mod edits;
mod event;
mod junctions;
mod likeness;
mod matching;
mod options;
mod read;
mod record;
mod summary;

pub use compare::{SvRequest, compare, compare_into};
pub use event::SvKind;
pub use options::SvOptions;
pub use summary::{GenotypeCounts, SizeBin, SvSummary};
