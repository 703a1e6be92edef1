//! How a haplotype differs from the reference, as alleles.
//!
//! The sequences are aligned from end to end with affine gaps (Gotoh 1982,
//! doi:10.1016/0022-2836(82)90398-9) and the scores of `bwa mem`, so that alleles of haplotypes and
//! of alignments are the same.

use crate::{allele::Allele, stretch::Stretch};

const MATCH: i32 = 1;
const MISMATCH: i32 = -4;
const OPEN: i32 = -6;
const EXTEND: i32 = -1;
/// Below any score.
const NEVER: i32 = i32::MIN / 2;
/// Longest parts that are aligned, in bases; longer ones are replaced as a whole.
const MAX_ALIGNED_BASES: usize = 1_000;

/// The alleles of a haplotype that stands for the reference bases from `start` on, in order and
/// left-aligned where that leaves the haplotype as it is.
pub(super) fn alleles(haplotype: &[u8], start: u32, end: u32, reference: &Stretch) -> Vec<Allele> {
    let expected = reference.slice(start, end);
    let prefix = expected.iter().zip(haplotype).take_while(|(a, b)| a == b).count();
    let (rest_expected, rest) = (&expected[prefix..], &haplotype[prefix..]);
    let pairs = rest_expected.iter().rev().zip(rest.iter().rev());
    let suffix = pairs.take_while(|(a, b)| a == b).count();
    let core = &rest_expected[..rest_expected.len() - suffix];
    let own = &rest[..rest.len() - suffix];
    let first = start + prefix as u32;
    let raw = joined(changes(core, own, first));
    let mut left: Vec<Allele> = raw.iter().map(|a| a.clone().left_aligned(reference)).collect();
    left.sort();
    if spelled(&left, start, end, reference).as_deref() == Some(haplotype) { left } else { raw }
}

/// The bases of a haplotype with these alleles, which are in order; `None` if two overlap.
pub(super) fn spelled(
    alleles: &[Allele],
    start: u32,
    end: u32,
    reference: &Stretch,
) -> Option<Vec<u8>> {
    let mut bases = Vec::with_capacity((end - start) as usize + 64);
    let mut at = start;
    for allele in alleles {
        if allele.start < at {
            return None;
        }
        bases.extend_from_slice(reference.slice(at, allele.start));
        bases.extend_from_slice(&allele.inserted);
        at = allele.end();
    }
    bases.extend_from_slice(reference.slice(at, end));
    Some(bases)
}

/// An insertion and a deletion at one place are one replacement.
fn joined(alleles: Vec<Allele>) -> Vec<Allele> {
    let mut result: Vec<Allele> = Vec::new();
    for allele in alleles {
        match result.last_mut() {
            Some(last) if last.end() == allele.start && !last.is_snv() && !allele.is_snv() => {
                last.deleted += allele.deleted;
                last.inserted.extend(allele.inserted);
            }
            _ => result.push(allele),
        }
    }
    result
}

/// The changes of an optimal alignment, at reference offsets that begin with `first`.
fn changes(reference: &[u8], haplotype: &[u8], first: u32) -> Vec<Allele> {
    let (rows, columns) = (reference.len(), haplotype.len());
    if rows == 0 && columns == 0 {
        return Vec::new();
    }
    if rows == 0 || columns == 0 || rows.max(columns) > MAX_ALIGNED_BASES {
        return vec![Allele { start: first, deleted: rows as u32, inserted: haplotype.to_vec() }];
    }
    let table = Table::fill(reference, haplotype);
    let mut alleles: Vec<Allele> = Vec::new();
    let (mut i, mut j, mut state) = (rows, columns, State::Match);
    while i > 0 || j > 0 {
        let here = table.at(i, j);
        match state {
            State::Match => match here.best {
                State::Match => {
                    (i, j) = (i - 1, j - 1);
                    if reference[i] != haplotype[j] {
                        alleles.push(Allele::snv(first + i as u32, haplotype[j]));
                    }
                }
                gap => state = gap,
            },
            State::Insert => {
                state = if here.insert_opens { State::Match } else { State::Insert };
                j -= 1;
                match alleles.last_mut() {
                    Some(last) if !here_opened(last, first + i as u32) => {
                        last.inserted.insert(0, haplotype[j]);
                    }
                    _ => alleles.push(Allele::insertion(first + i as u32, vec![haplotype[j]])),
                }
            }
            State::Delete => {
                state = if here.delete_opens { State::Match } else { State::Delete };
                i -= 1;
                match alleles.last_mut() {
                    Some(last)
                        if last.inserted.is_empty() && last.start == first + i as u32 + 1 =>
                    {
                        last.start -= 1;
                        last.deleted += 1;
                    }
                    _ => alleles.push(Allele::deletion(first + i as u32, 1)),
                }
            }
        }
    }
    alleles.reverse();
    alleles
}

/// Whether the last allele is another than an insertion at this place.
fn here_opened(last: &Allele, place: u32) -> bool {
    last.deleted > 0 || last.start != place
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Match,
    Insert,
    Delete,
}

/// How the best alignment of two prefixes ends, and whether gaps that end there begin there.
#[derive(Clone, Copy, Debug)]
struct Cell {
    best: State,
    insert_opens: bool,
    delete_opens: bool,
}

struct Table {
    columns: usize,
    cells: Vec<Cell>,
}

impl Table {
    fn at(&self, i: usize, j: usize) -> Cell {
        self.cells[i * (self.columns + 1) + j]
    }

    fn fill(reference: &[u8], haplotype: &[u8]) -> Self {
        let columns = haplotype.len();
        let start = Cell { best: State::Match, insert_opens: true, delete_opens: true };
        let mut cells = vec![start; (reference.len() + 1) * (columns + 1)];
        let mut best: Vec<i32> = vec![NEVER; columns + 1];
        let mut delete: Vec<i32> = vec![NEVER; columns + 1];
        for i in 0..=reference.len() {
            let (mut diagonal, mut insert) = (NEVER, NEVER);
            for j in 0..=columns {
                let above = best[j];
                let opened = above.saturating_add(OPEN + EXTEND);
                let delete_opens = opened >= delete[j] + EXTEND;
                delete[j] = if i == 0 { NEVER } else { opened.max(delete[j] + EXTEND) };
                let left = if j > 0 { best[j - 1] } else { NEVER };
                let opened = left.saturating_add(OPEN + EXTEND);
                let insert_opens = opened >= insert + EXTEND;
                insert = if j == 0 { NEVER } else { opened.max(insert + EXTEND) };
                let matched = match (i, j) {
                    (0, 0) => 0,
                    (0, _) | (_, 0) => NEVER,
                    _ if reference[i - 1] == haplotype[j - 1] => diagonal + MATCH,
                    _ => diagonal + MISMATCH,
                };
                let score = matched.max(insert).max(delete[j]);
                let state = if matched == score {
                    State::Match
                } else if delete[j] == score {
                    State::Delete
                } else {
                    State::Insert
                };
                cells[i * (columns + 1) + j] = Cell { best: state, insert_opens, delete_opens };
                diagonal = above;
                best[j] = score;
            }
        }
        Self { columns, cells }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REFERENCE: &str = "GATTACAGGCTTAACGTCAGGATCTTGCAAAAAATCGGCATGCACGTGATCC";

    fn found(haplotype: &str) -> Vec<Allele> {
        let reference = Stretch::new(100, REFERENCE.into());
        alleles(haplotype.as_bytes(), 100, 100 + REFERENCE.len() as u32, &reference)
    }

    #[test]
    fn single_changes() {
        assert_eq!(found(REFERENCE), []);
        assert_eq!(found(&REFERENCE.replace("GGCTT", "GGATT")), [Allele::snv(109, b'A')]);
        assert_eq!(found(&REFERENCE.replace("AAAAAA", "AAAA")), [Allele::deletion(128, 2)]);
        let longer = REFERENCE.replace("AAAAAA", "AAAAAAA");
        assert_eq!(found(&longer), [Allele::insertion(128, b"A".to_vec())]);
    }

    #[test]
    fn several_changes_and_a_replacement() {
        let text = REFERENCE.replace("GGCTT", "GGATT").replace("CATGCACG", "CACG");
        let found_here = found(&text);
        assert_eq!(found_here.len(), 2);
        assert_eq!(found_here[0], Allele::snv(109, b'A'));
        assert_eq!(found_here[1].deleted, 4);
        let replaced = REFERENCE.replace("ACGTCAGGATCTT", "TTTTTTTTTTTTTTTTTTTTTTTTT");
        let found_here = found(&replaced);
        assert!(found_here.len() < 6, "{found_here:?}");
    }

    proptest! {
        #[test]
        fn alleles_spell_the_haplotype(
            reference in "[ACGT]{1,40}",
            haplotype in "[ACGT]{1,40}",
        ) {
            let reference = format!("GATTACA{reference}CCATGAT");
            let haplotype = format!("GATTACA{haplotype}CCATGAT");
            let stretch = Stretch::new(0, reference.clone().into_bytes());
            let end = reference.len() as u32;
            let alleles = alleles(haplotype.as_bytes(), 0, end, &stretch);
            let spelled = spelled(&alleles, 0, end, &stretch).unwrap();
            prop_assert_eq!(String::from_utf8(spelled).unwrap(), haplotype);
            prop_assert!(alleles.windows(2).all(|p| p[0].end() <= p[1].start));
        }
    }
}
