//! Aligns the clipped end of a read to what follows its last aligned base.

use wgs_formats::alignment::{CigarKind, CigarOp};

const MATCH: i32 = 1;
const MISMATCH: i32 = -4;
const GAP_OPEN: i32 = -6;
const GAP_EXTEND: i32 = -1;
/// For an alignment that reaches the end of the read.
const END_BONUS: i32 = 5;
/// Reference bases beyond the length of the clip, for deletions.
pub const SPARE_BASES: usize = 24;
/// Longer ends stay clipped.
const MAX_CLIP_BASES: usize = 1_000;

const NONE: i32 = i32::MIN / 2;

/// Scores of the alignments of the first `i` bases with the first `j` of the reference, by their
/// last column: a pair of bases, an inserted one, a deleted one.
#[derive(Clone, Copy)]
struct Cell([i32; 3]);

impl Cell {
    const EMPTY: Self = Self([NONE; 3]);

    fn best(self) -> i32 {
        self.0[0].max(self.0[1]).max(self.0[2])
    }
}

/// The operations of the best alignment (affine gaps, Gotoh 1982) that begins with the first base of
/// both; what fits nothing stays clipped at the end. All of `bases` is in the operations.
pub fn extend(bases: &[u8], reference: &[u8]) -> Vec<CigarOp> {
    let reference = &reference[..reference.len().min(bases.len() + SPARE_BASES)];
    if bases.is_empty() {
        return Vec::new();
    }
    if bases.len() > MAX_CLIP_BASES {
        return vec![CigarOp::new(CigarKind::SoftClip, bases.len() as u32)];
    }
    let width = reference.len() + 1;
    let cells = fill(bases, reference);
    let mut best = (0, 0, 0);
    for i in 1..=bases.len() {
        let bonus = if i == bases.len() { END_BONUS } else { 0 };
        for j in 1..width {
            let score = cells[i * width + j].0[0] + bonus;
            if score > best.0 {
                best = (score, i, j);
            }
        }
    }
    trace(&cells, width, best.1, best.2, bases.len())
}

fn fill(bases: &[u8], reference: &[u8]) -> Vec<Cell> {
    let width = reference.len() + 1;
    let mut cells = vec![Cell::EMPTY; (bases.len() + 1) * width];
    cells[0].0[0] = 0;
    for i in 0..=bases.len() {
        for j in 0..width {
            let at = i * width + j;
            if i > 0 && j > 0 {
                let same = bases[i - 1] == reference[j - 1] && bases[i - 1] != b'N';
                let step = if same { MATCH } else { MISMATCH };
                cells[at].0[0] = cells[at - width - 1].best() + step;
            }
            if i > 0 {
                let [matched, inserted, _] = cells[at - width].0;
                cells[at].0[1] = (matched + GAP_OPEN).max(inserted) + GAP_EXTEND;
            }
            if j > 0 {
                let [matched, _, deleted] = cells[at - 1].0;
                cells[at].0[2] = (matched + GAP_OPEN).max(deleted) + GAP_EXTEND;
            }
        }
    }
    cells
}

fn trace(cells: &[Cell], width: usize, mut i: usize, mut j: usize, len: usize) -> Vec<CigarOp> {
    let mut reversed: Vec<CigarOp> = Vec::new();
    let mut push = |kind, len: usize| match reversed.last_mut() {
        Some(last) if last.kind == kind => last.len += len as u32,
        _ if len > 0 => reversed.push(CigarOp::new(kind, len as u32)),
        _ => {}
    };
    push(CigarKind::SoftClip, len - i);
    let mut state = 0;
    while i > 0 || j > 0 {
        let at = i * width + j;
        let score = cells[at].0[state];
        match state {
            0 => {
                push(CigarKind::Match, 1);
                (i, j) = (i - 1, j - 1);
                let before = cells[i * width + j];
                state = (0..3).find(|&s| before.0[s] == before.best()).unwrap_or(0);
            }
            1 => {
                push(CigarKind::Insertion, 1);
                i -= 1;
                state = usize::from(cells[at - width].0[0] + GAP_OPEN + GAP_EXTEND != score);
            }
            _ => {
                push(CigarKind::Deletion, 1);
                j -= 1;
                let opened = cells[at - 1].0[0] + GAP_OPEN + GAP_EXTEND == score;
                state = if opened { 0 } else { 2 };
            }
        }
    }
    reversed.reverse();
    reversed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bases: &str, reference: &str) -> String {
        extend(bases.as_bytes(), reference.as_bytes()).iter().map(ToString::to_string).collect()
    }

    const REFERENCE: &str =
        "GATCACAGGTCTATCACCCTATTAACCACTCACGGGAGCTCTCCATGCATTTGGTATTTTCGTCTGGGGG";

    #[test]
    fn ends_are_aligned_with_substitutions_and_gaps() {
        assert_eq!(told("GATCACAGGTCTATCACC", REFERENCE), "18M");
        assert_eq!(told("GATCAGAGGTCTATCACC", REFERENCE), "18M");
        assert_eq!(told("GATCACAGGTCTATCACCTTATTAACCACTCAC", REFERENCE), "33M");
        let deletion = [&REFERENCE[..20], &REFERENCE[24..50]].concat();
        assert_eq!(told(&deletion, REFERENCE), "20M4D26M");
        let insertion = [&REFERENCE[..20], "GGA", &REFERENCE[20..45]].concat();
        assert_eq!(told(&insertion, REFERENCE), "20M3I25M");
    }

    #[test]
    fn what_fits_nothing_stays_clipped() {
        assert_eq!(told("GATCACAGGTCTATCACCCTATTAAGGTTGGCCGGTTGG", REFERENCE), "25M14S");
        assert_eq!(told("TTTTTGGGTTTTGGG", REFERENCE), "15S");
        assert_eq!(told("", REFERENCE), "");
        assert_eq!(told("GATC", ""), "4S");
    }
}
