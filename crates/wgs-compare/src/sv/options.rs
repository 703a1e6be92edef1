//! When two structural variants are one.

use serde::Serialize;

/// Limits of matching and counting. The defaults are those of `truvari bench`, but that there is
/// no largest size and that only passing records count.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SvOptions {
    /// Farthest that the starts, and the ends, of two variants may lie apart, in bp.
    pub window_bp: u32,
    /// The same for both ends of two junctions that are written as breakends, in bp.
    pub breakend_window_bp: u32,
    /// Least ratio of the smaller size to the larger.
    pub min_size_ratio: f64,
    /// Least similarity of the bases that both alleles spell out: 1 less the edits per base of the
    /// longer one. 0 compares no sequences.
    pub min_sequence_similarity: f64,
    /// Longest alleles whose sequences are compared, in bp; longer ones go by position and size.
    pub max_sequence_bp: u32,
    /// Variants below this size, in bp, are not counted.
    pub min_size_bp: u32,
    /// Variants from this size on, in bp, may match a counted one of the other file.
    pub min_partner_size_bp: u32,
    /// Variants above this size, in bp, are not counted.
    pub max_size_bp: Option<u32>,
    /// Take an insertion and a duplication for one where the inserted bases are a copy of the
    /// duplicated stretch.
    pub duplications_as_insertions: bool,
    /// Take breakends and `<DEL>`, `<DUP>` or `<INV>` of one adjacency for one.
    pub breakends_as_symbolic: bool,
    /// Take records that fail a filter too.
    pub failed_filters_too: bool,
}

impl Default for SvOptions {
    fn default() -> Self {
        Self {
            window_bp: 500,
            breakend_window_bp: 100,
            min_size_ratio: 0.7,
            min_sequence_similarity: 0.7,
            max_sequence_bp: 50_000,
            min_size_bp: 50,
            min_partner_size_bp: 30,
            max_size_bp: None,
            duplications_as_insertions: false,
            breakends_as_symbolic: true,
            failed_filters_too: false,
        }
    }
}
