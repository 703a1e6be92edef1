//! Duplicates: templates that a molecule gave more than once.
//!
//! Templates are duplicates of each other if they are of one library and the 5' ends of their
//! reads, clipped bases included, lie in the same places on the same strands; which read is the
//! first does not matter. The one with the largest sum of base qualities (of bases with at least
//! 15) is kept, of equal ones that which came first. A template with one mapped read is a
//! duplicate where a pair has an end in the same place, or a better such template. These are the
//! rules of Picard's MarkDuplicates; unlike it, no read name is looked at, and always all records
//! of a template are marked: secondary, supplementary and unmapped ones as well.
//!
//! While reads are aligned, each template leaves 24 bytes; sorted, they give one bit a template.

mod ends;
mod library;

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use wgs_formats::Result;

pub(crate) use ends::{End, MAX_LIBRARIES};
pub use library::LibraryDuplicates;

use crate::sort::{Chunk, Sorter};

/// Bits of the filter of places: 16 MiB.
const FILTER_BITS: u64 = 1 << 27;
/// Marks that are handed to the sorter together, in bytes.
const MARKS_BYTES: usize = 1 << 20;

/// One bit for each of many things, which any thread may set.
#[derive(Debug)]
pub(crate) struct Bits(Vec<AtomicU64>);

impl Bits {
    fn new(bits: u64) -> Self {
        Self((0..bits.div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }

    fn set(&self, bit: u64) {
        self.0[(bit / 64) as usize].fetch_or(1 << (bit % 64), Relaxed);
    }

    /// Whether a bit is set.
    ///
    /// # Panics
    ///
    /// If there is no such bit.
    pub(crate) fn get(&self, bit: u64) -> bool {
        self.0[(bit / 64) as usize].load(Relaxed) >> (bit % 64) & 1 == 1
    }
}

/// Keys of some templates.
#[derive(Default)]
pub(crate) struct Templates {
    pairs: Chunk<3>,
    fragments: Chunk<2>,
}

impl Templates {
    /// Notes a template by the ends of its reads.
    pub(crate) fn push(&mut self, library: usize, template: u64, ends: [Option<End>; 2]) {
        debug_assert!(library < MAX_LIBRARIES && template >> ends::TEMPLATE_BITS == 0);
        match ends {
            [Some(first), Some(second)] => {
                self.pairs.push(ends::pair_key(library, template, first, second), &[]);
            }
            [Some(end), None] | [None, Some(end)] => {
                self.fragments.push(ends::fragment_key(library, template, end), &[]);
            }
            [None, None] => {}
        }
    }

    /// Forgets all, keeping the memory.
    pub(crate) fn clear(&mut self) {
        self.pairs.clear();
        self.fragments.clear();
    }
}

/// Gathers templates and finds the duplicates among them.
pub(crate) struct Finder {
    pairs: Sorter<3>,
    fragments: Sorter<2>,
    /// Where fragments lie, by hash: only there a pair's ends matter to them.
    filter: Bits,
}

impl Finder {
    /// A finder whose temporary files lie in `folder`. Takes 16 MiB besides the memory given.
    pub(crate) fn new(folder: &Path, memory_bytes: usize, threads: usize) -> Self {
        Self {
            pairs: Sorter::new(folder, memory_bytes / 4 * 3, threads),
            fragments: Sorter::new(folder, memory_bytes / 4, threads),
            filter: Bits::new(FILTER_BITS),
        }
    }

    /// Takes templates of any thread, in any order.
    ///
    /// # Errors
    ///
    /// If a temporary file cannot be written.
    pub(crate) fn append(&self, templates: &Templates) -> Result<()> {
        for key in templates.fragments.keys() {
            self.filter.set(filter_bit(key[0], ends::library_of(key[1])));
        }
        self.fragments.append(&templates.fragments)?;
        self.pairs.append(&templates.pairs)
    }

    /// One bit for each of `templates` templates: whether it is a duplicate; and the figures of
    /// each library.
    ///
    /// # Errors
    ///
    /// If a temporary file cannot be read or written.
    pub(crate) fn finish(
        self,
        templates: u64,
        libraries: &[String],
    ) -> Result<(Bits, Vec<LibraryDuplicates>)> {
        let mut found = Found {
            duplicates: Bits::new(templates),
            libraries: libraries
                .iter()
                .map(|name| LibraryDuplicates { library: name.clone(), ..Default::default() })
                .collect(),
        };
        found.among_pairs(self.pairs, &self.fragments, &self.filter)?;
        found.among_fragments(self.fragments)?;
        Ok((found.duplicates, found.libraries))
    }
}

fn filter_bit(place: u64, library: usize) -> u64 {
    let hash = (place ^ (library as u64) << 54).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash >> (64 - FILTER_BITS.ilog2())
}

struct Found {
    duplicates: Bits,
    libraries: Vec<LibraryDuplicates>,
}

impl Found {
    fn among_pairs(
        &mut self,
        pairs: Sorter<3>,
        fragments: &Sorter<2>,
        filter: &Bits,
    ) -> Result<()> {
        let (mut group, mut marks) = (None, Chunk::default());
        let mut pair = |[low, high, tail]: [u64; 3]| {
            let library = ends::library_of(tail);
            let counts = &mut self.libraries[library];
            counts.pairs += 1;
            if group == Some((low, high, library)) {
                self.duplicates.set(ends::template_of(tail));
                counts.pair_duplicates += 1;
                return Ok(());
            }
            group = Some((low, high, library));
            for place in [low, high] {
                if filter.get(filter_bit(place, library)) {
                    marks.push(ends::mark_key(place, library), &[]);
                }
            }
            if marks.used() >= MARKS_BYTES {
                fragments.append(&marks)?;
                marks.clear();
            }
            Ok(())
        };
        let take = |chunk: Chunk<3>| chunk.keys().try_for_each(|key| pair(*key));
        pairs.finish()?.for_each(|_, chunk| Ok(chunk), take)?;
        fragments.append(&marks)
    }

    fn among_fragments(&mut self, fragments: Sorter<2>) -> Result<()> {
        let mut group = None;
        let mut fragment = |[place, tail]: [u64; 2]| {
            let library = ends::library_of(tail);
            let first = group != Some((place, library));
            group = Some((place, library));
            if !ends::is_fragment(tail) {
                return;
            }
            let counts = &mut self.libraries[library];
            counts.fragments += 1;
            if !first {
                self.duplicates.set(ends::template_of(tail));
                counts.fragment_duplicates += 1;
            }
        };
        let take = |chunk: Chunk<2>| {
            chunk.keys().for_each(|key| fragment(*key));
            Ok(())
        };
        fragments.finish()?.for_each(|_, chunk| Ok(chunk), take)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use wgs_core::ContigIndex;
    use wgs_formats::alignment::{CigarOp, Flags, RecordBuilder};

    use super::*;

    fn end(start: u32, reverse: bool, quality: u8) -> Option<End> {
        let record = RecordBuilder::new(b"r")
            .flags(Flags(if reverse { 16 } else { 0 }))
            .position(ContigIndex(0), start)
            .cigar(CigarOp::parse(b"2M").unwrap())
            .bases(b"AC")
            .quals(&[quality; 2])
            .build()
            .unwrap();
        End::of(&record)
    }

    type Template = (usize, [Option<End>; 2]);

    fn found(templates: &[Template], memory: usize) -> (Vec<usize>, Vec<LibraryDuplicates>) {
        let folder = tempfile::tempdir().unwrap();
        let finder = Finder::new(folder.path(), memory, 1);
        for (number, (library, ends)) in templates.iter().enumerate().rev() {
            let mut part = Templates::default();
            part.push(*library, number as u64, *ends);
            finder.append(&part).unwrap();
        }
        let names = ["a".to_owned(), "b".to_owned()];
        let (bits, libraries) = finder.finish(templates.len() as u64, &names).unwrap();
        let marked = (0..templates.len()).filter(|&i| bits.get(i as u64)).collect();
        (marked, libraries)
    }

    fn marked(templates: &[Template]) -> Vec<usize> {
        found(templates, 1 << 20).0
    }

    #[test]
    fn the_best_pair_stays_whatever_its_read_order() {
        let templates = [
            (0, [end(10, false, 20), end(50, true, 20)]),
            (0, [end(50, true, 30), end(10, false, 20)]),
            (0, [end(10, false, 30), end(50, true, 20)]),
            (0, [end(10, false, 40), end(51, true, 40)]),
            (0, [end(10, true, 40), end(50, false, 40)]),
        ];
        assert_eq!(marked(&templates), [0, 2]);
    }

    #[test]
    fn libraries_are_strangers() {
        let pair = [end(10, false, 20), end(50, true, 20)];
        assert_eq!(marked(&[(0, pair), (1, pair)]), [0usize; 0]);
        assert_eq!(marked(&[(1, pair), (0, pair), (1, pair)]), [2]);
        let fragment = [end(10, false, 40), None];
        assert_eq!(marked(&[(0, pair), (1, fragment)]), [0usize; 0]);
    }

    #[test]
    fn fragments_yield_to_pairs_and_to_better_ones() {
        let templates = [
            (0, [end(10, false, 20), end(50, true, 20)]),
            (0, [end(10, false, 40), None]),
            (0, [None, end(50, true, 40)]),
            (0, [end(50, false, 40), None]),
            (0, [end(70, false, 20), None]),
            (0, [None, end(70, false, 40)]),
            (0, [None, None]),
        ];
        let (marked, libraries) = found(&templates, 1 << 20);
        assert_eq!(marked, [1, 2, 4]);
        let expected = LibraryDuplicates {
            library: "a".into(),
            pairs: 1,
            fragments: 5,
            pair_duplicates: 0,
            fragment_duplicates: 3,
        };
        assert_eq!(libraries[0], expected);
    }

    #[test]
    fn a_duplicate_pair_still_covers_its_ends() {
        let pair = |quality| (0, [end(10, false, quality), end(50, true, quality)]);
        assert_eq!(marked(&[pair(20), pair(30), (0, [end(50, true, 40), None])]), [0, 2]);
    }

    /// The rules in the plainest form, all in memory.
    fn naive(templates: &[Template]) -> Vec<usize> {
        let mut marked = Vec::new();
        let mut groups: HashMap<_, Vec<(u64, usize)>> = HashMap::new();
        let mut covered = std::collections::HashSet::new();
        for (i, (library, ends)) in templates.iter().enumerate() {
            if let [Some(a), Some(b)] = ends {
                let key = ends::pair_key(*library, i as u64, *a, *b);
                groups.entry((*library, key[0], Some(key[1]))).or_default().push((key[2], i));
                covered.extend([(*library, key[0]), (*library, key[1])]);
            }
        }
        for (i, (library, ends)) in templates.iter().enumerate() {
            if let [Some(end), None] | [None, Some(end)] = ends {
                let key = ends::fragment_key(*library, i as u64, *end);
                if covered.contains(&(*library, key[0])) {
                    marked.push(i);
                } else {
                    groups.entry((*library, key[0], None)).or_default().push((key[1], i));
                }
            }
        }
        for group in groups.values_mut() {
            group.sort_unstable();
            marked.extend(group[1..].iter().map(|&(_, i)| i));
        }
        marked.sort_unstable();
        marked
    }

    #[test]
    fn random_templates_agree_with_the_plain_rules_in_little_memory() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let draw = |random: &mut ChaCha8Rng| {
            random.random_bool(0.7).then(|| {
                let (start, quality) = (random.random_range(0..30), random.random_range(15..18));
                end(start, random.random_bool(0.5), quality).unwrap()
            })
        };
        let templates: Vec<Template> = (0..4000)
            .map(|_| (random.random_range(0..2), [draw(&mut random), draw(&mut random)]))
            .collect();
        let expected = naive(&templates);
        assert!(expected.len() > 500);
        for memory in [1 << 20, 20_000] {
            assert_eq!(found(&templates, memory).0, expected);
        }
    }
}
