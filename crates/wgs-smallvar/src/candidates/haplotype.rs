//! The sequences that a window's alleles may form.

use super::Window;
use crate::{allele::Allele, read::Read, stretch::Stretch};

/// Reference bases of a haplotype beyond what alignments hold to, so that they may begin and end
/// with a gap's length to spare.
const SPARE_BASES: u32 = 16;

/// One sequence that a genome may have in a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Haplotype {
    /// Bit `i` is set where the window's allele `i` is on it.
    pub alleles: u64,
    /// Its bases, from the start to the end of the window's [`frame`].
    pub bases: Vec<u8>,
}

impl Haplotype {
    /// Whether it carries the window's allele `index`.
    pub fn has(&self, index: usize) -> bool {
        self.alleles >> index & 1 == 1
    }
}

/// The part of the reference that the haplotypes of a window stand for: enough for reads whose
/// clipped ends reach over the window's longest insertion and deletion.
pub fn frame(window: &Window, reference: &Stretch) -> std::ops::Range<u32> {
    let whole = reference.interval();
    let longest_deletion = window.alleles.iter().map(|a| a.deleted).max().unwrap_or(0);
    let spare = SPARE_BASES + longest_deletion + longest_insertion(window);
    let start = window.held.start.saturating_sub(spare).max(whole.start());
    start..(window.held.end + spare).min(whole.end())
}

/// Bases of the longest insertion of a window.
pub fn longest_insertion(window: &Window) -> u32 {
    window.alleles.iter().map(|a| a.inserted.len() as u32).max().unwrap_or(0)
}

/// All combinations of alleles that do not conflict, the reference first; where these are too many,
/// the combinations that most reads agree with. Those that were assembled are always among them. Of combinations that spell the same bases, the one
/// of fewer alleles.
pub fn build(
    window: &Window,
    reads: &[&[Read]],
    reference: &Stretch,
    most: usize,
) -> Vec<Haplotype> {
    let mut combinations = combinations(window, reads, reference, most.max(1));
    combinations.extend(&window.assembled);
    combinations.sort_by_key(|set| (set.count_ones(), *set));
    combinations.dedup();
    let mut haplotypes: Vec<Haplotype> = Vec::new();
    for alleles in combinations {
        let bases = spell(window, alleles, reference);
        if !haplotypes.iter().any(|h| h.bases == bases) {
            haplotypes.push(Haplotype { alleles, bases });
        }
    }
    haplotypes
}

/// Sets of alleles as bits, by number of alleles and then by the bits.
fn combinations(window: &Window, reads: &[&[Read]], reference: &Stretch, most: usize) -> Vec<u64> {
    let mut shown: Option<Vec<Shown>> = None;
    let mut sets = vec![0u64];
    let mut considered = 0;
    let mut order: Vec<usize> = (0..window.alleles.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(window.fragments[i]), i));
    for index in order {
        let allele = &window.alleles[index];
        let fits = |set: &u64| {
            let carried = (0..window.alleles.len()).filter(|i| set >> i & 1 == 1);
            carried.map(|i| &window.alleles[i]).all(|other| !allele.conflicts(other))
        };
        let with: Vec<u64> = sets.iter().filter(|s| fits(s)).map(|s| s | 1 << index).collect();
        sets.extend(with);
        considered |= 1 << index;
        if sets.len() > most {
            let shown = shown.get_or_insert_with(|| all_shown(window, reads, reference));
            sets.sort_by_key(|&set| {
                let agreeing =
                    shown.iter().filter(|s| (s.has ^ set) & s.covers & considered == 0).count();
                (set.count_ones() > 1, std::cmp::Reverse(agreeing), set.count_ones(), set)
            });
            sets.truncate(most);
        }
    }
    sets.sort_by_key(|set| (set.count_ones(), *set));
    sets
}

/// The alleles that an alignment shows, and those that it could show.
struct Shown {
    has: u64,
    covers: u64,
}

fn all_shown(window: &Window, reads: &[&[Read]], reference: &Stretch) -> Vec<Shown> {
    let near = |r: &&Read| r.start() < window.span.end && r.end() > window.span.start;
    let reads = reads.iter().flat_map(|reads| reads.iter()).filter(near);
    reads.map(|read| shown(window, read, reference)).collect()
}

fn shown(window: &Window, read: &Read, reference: &Stretch) -> Shown {
    let (mut has, mut covers) = (0, 0);
    let indels = super::observed::indels_of(read, reference);
    for (i, allele) in window.alleles.iter().enumerate() {
        let span = allele.ambiguous_span(reference);
        if read.start() >= span.start || read.end() <= span.end {
            continue;
        }
        covers |= 1 << i;
        let present = if allele.is_snv() {
            read.offset_at(allele.start).is_some_and(|o| read.bases()[o] == allele.inserted[0])
        } else {
            indels.contains(allele)
        };
        has |= u64::from(present) << i;
    }
    Shown { has, covers }
}

fn spell(window: &Window, alleles: u64, reference: &Stretch) -> Vec<u8> {
    let frame = frame(window, reference);
    let mut bases = Vec::with_capacity(frame.len() + 64);
    let mut position = frame.start;
    let carried = window.alleles.iter().enumerate().filter(|(i, _)| alleles >> i & 1 == 1);
    let mut carried: Vec<&Allele> = carried.map(|(_, allele)| allele).collect();
    carried.sort_by_key(|a| (a.start, a.deleted));
    for allele in carried {
        bases.extend_from_slice(reference.slice(position, allele.start));
        bases.extend_from_slice(&allele.inserted);
        position = allele.end();
    }
    bases.extend_from_slice(reference.slice(position, frame.end));
    bases
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::{Candidate, window};

    fn reference() -> Stretch {
        let bases: Vec<u8> =
            (0..400u32).map(|i| b"ACGT"[(i * i / 3 + i / 7) as usize % 4]).collect();
        Stretch::new(0, bases)
    }

    fn window_of(alleles: Vec<Allele>) -> Window {
        let candidates =
            alleles.into_iter().map(|allele| Candidate { allele, fragments: 2 }).collect();
        window::group(candidates, &[], &reference(), 12).remove(0)
    }

    fn other(position: u32) -> u8 {
        if reference().base(position) == b'A' { b'C' } else { b'A' }
    }

    #[test]
    fn alleles_combine_unless_they_conflict() {
        let window = window_of(vec![
            Allele::snv(198, other(198)),
            Allele::deletion(200, 3),
            Allele::snv(201, other(201)),
        ]);
        let haplotypes = build(&window, &[], &reference(), 32);
        let sets: Vec<u64> = haplotypes.iter().map(|h| h.alleles).collect();
        assert_eq!(sets, [0b000, 0b001, 0b010, 0b100, 0b011, 0b101]);
        let frame = frame(&window, &reference());
        assert_eq!(haplotypes[0].bases, reference().slice(frame.start, frame.end));
        assert_eq!(haplotypes[2].bases.len(), haplotypes[0].bases.len() - 3);
    }

    #[test]
    fn the_same_bases_are_one_haplotype_of_fewest_alleles() {
        let reference = Stretch::new(0, b"GGGGGGGGGGACTTTTTTTTTTT".to_vec());
        // Deleting A and changing C to A leaves what deleting C leaves.
        let alleles = vec![Allele::deletion(10, 1), Allele::snv(11, b'A'), Allele::deletion(11, 1)];
        let candidates =
            alleles.into_iter().map(|allele| Candidate { allele, fragments: 2 }).collect();
        let window = window::group(candidates, &[], &reference, 12).remove(0);
        let sets: Vec<u64> =
            build(&window, &[], &reference, 32).iter().map(|h| h.alleles).collect();
        assert!(sets.contains(&0b100) && !sets.contains(&0b011), "{sets:?}");
    }

    #[test]
    fn of_too_many_combinations_those_that_reads_show_stay() {
        let mut alleles: Vec<Allele> =
            (0..6).map(|i| Allele::snv(190 + i, other(190 + i))).collect();
        alleles.push(Allele::deletion(199, 2));
        let window = window_of(alleles.clone());
        let mut bases = reference().slice(150, 250).to_vec();
        for allele in &alleles[..6] {
            bases[(allele.start - 150) as usize] = allele.inserted[0];
        }
        let text = String::from_utf8(bases).unwrap();
        let reads = ["a", "b", "c"].map(|n| crate::read::tests::read(n, 150, "100M", &text));
        let haplotypes = build(&window, &[&reads], &reference(), 32);
        assert!(haplotypes.len() <= 32);
        assert!(
            haplotypes.iter().any(|h| h.alleles == 0b11_1111),
            "all that the reads show together"
        );
        for i in 0..7 {
            assert!(haplotypes.iter().any(|h| h.alleles == 1 << i), "each allele alone");
        }
    }

    #[test]
    fn more_haplotypes_hold_rarer_ones() {
        // Two alleles that all molecules have, six of a fifth of them, and three of a twentieth.
        let places: Vec<u32> = (0..11).map(|i| 205 + 4 * i).collect();
        let has = |read: u32, allele: u32| match allele {
            0 | 1 => true,
            2..8 => (read * 7 + allele * allele * 13 + read / (allele + 3)).is_multiple_of(5),
            _ => read % 20 == allele,
        };
        let reads: Vec<Read> = (0..400)
            .map(|n| {
                let mut bases = reference().slice(150, 300).to_vec();
                for (_, &place) in (0..).zip(&places).filter(|(i, _)| has(n, *i)) {
                    bases[(place - 150) as usize] = other(place);
                }
                let read = crate::read::tests::read;
                read(&format!("r{n}"), 150, "150M", std::str::from_utf8(&bases).unwrap())
            })
            .collect();
        let window = Window {
            method: window::Method::Realign,
            span: 205..246,
            held: 185..266,
            alleles: places.iter().map(|&place| Allele::snv(place, other(place))).collect(),
            fragments: vec![400, 400, 80, 80, 80, 80, 80, 80, 20, 20, 20],
            assembled: Vec::new(),
            told_from: 0,
        };
        let rare = |most| {
            let haplotypes = build(&window, &[&reads], &reference(), most);
            (8..11).filter(|i| haplotypes.iter().any(|h| h.alleles == 0b11 | 1 << i)).count()
        };
        assert!(rare(16) < 3);
        assert_eq!(rare(128), 3);
    }
}
