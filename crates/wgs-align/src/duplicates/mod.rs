//! Duplicates: templates that a molecule gave more than once.
//!
//! Templates are duplicates of each other if they are of one library and the 5' ends of their
//! reads, clipped bases included, lie in the same places on the same strands; which read is the
//! first does not matter. The one with the largest sum of base qualities (of bases with at least
//! 15) is kept. A template with one mapped read is a duplicate where a pair has an end in the same
//! place, or a better such template. Of equal ones that is kept whose name tells the lowest tile,
//! then x, then y; then the one whose leftmost record comes first in the sorted file. These are the
//! rules of Picard's MarkDuplicates, but that always all records of a template are marked:
//! secondary, supplementary and unmapped ones as well, as Picard does with files in the order of
//! names.
//!
//! While reads are aligned, each template leaves 40 bytes; sorted, they give one bit a template.

mod ends;
mod library;
mod location;
mod optical;

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use serde::{Deserialize, Serialize};
use wgs_formats::Result;

use ends::PairTail;
pub(crate) use ends::{End, MAX_LIBRARIES, Origin};
pub use library::LibraryDuplicates;
pub(crate) use location::Location;
use optical::DuplicateSet;

use crate::sort::{Chunk, Sorter};

/// Bits of the filter of places: 16 MiB.
const FILTER_BITS: u64 = 1 << 27;
/// Marks that are handed to the sorter together, in bytes.
const MARKS_BYTES: usize = 1 << 20;

/// Distance of clusters on the flow cell, in pixels, up to which duplicates are optical: for
/// flow cells whose clusters lie anywhere. For patterned ones (HiSeq 3000 and later, NovaSeq), 2500
/// is usual.
pub const OPTICAL_DISTANCE: u32 = 100;

/// Which duplicates get the tag `DT`, which tells their kind: `SQ` for optical ones, `LB` for those
/// that the library has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DuplicateTags {
    /// None.
    #[default]
    None,
    /// Optical ones.
    Optical,
    /// All.
    All,
}

/// How duplicates are looked at.
///
/// ```
/// use wgs_align::{DuplicateOptions, DuplicateTags};
/// let options = DuplicateOptions { optical_distance: 2500, ..Default::default() };
/// assert_eq!(options.tags, DuplicateTags::None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DuplicateOptions {
    /// Distance of clusters in pixels, in either direction, up to which duplicates are optical.
    pub optical_distance: u32,
    /// Which duplicates are tagged.
    pub tags: DuplicateTags,
}

impl Default for DuplicateOptions {
    fn default() -> Self {
        Self { optical_distance: OPTICAL_DISTANCE, tags: DuplicateTags::None }
    }
}

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
    pairs: Chunk<5>,
    fragments: Chunk<4>,
}

impl Templates {
    /// Notes a template by the ends of its first and last read.
    pub(crate) fn push(&mut self, origin: &Origin, ends: [Option<End>; 2]) {
        debug_assert!(origin.library < MAX_LIBRARIES);
        debug_assert!(origin.template >> ends::TEMPLATE_BITS == 0);
        match ends {
            [Some(first), Some(last)] => {
                self.pairs.push(ends::pair_key(origin, first, last), &[]);
            }
            [Some(end), None] | [None, Some(end)] => {
                self.fragments.push(ends::fragment_key(origin, end), &[]);
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
    pairs: Sorter<5>,
    fragments: Sorter<4>,
    /// Where fragments lie, by hash: only there a pair's ends matter to them.
    filter: Bits,
    optical_distance: u32,
}

/// What was found.
pub(crate) struct Duplicates {
    /// One bit for each template: whether it is a duplicate.
    pub(crate) templates: Bits,
    /// One bit for each template, where asked for: whether it is an optical duplicate.
    pub(crate) optical: Option<Bits>,
    /// The figures of each library.
    pub(crate) libraries: Vec<LibraryDuplicates>,
}

impl Duplicates {
    /// What `DT` says of a template, if it gets it.
    pub(crate) fn tag_of(&self, template: u64, tags: DuplicateTags) -> Option<&'static [u8]> {
        let is_optical = |template| self.optical.as_ref().is_some_and(|bits| bits.get(template));
        match tags {
            _ if !self.templates.get(template) => None,
            DuplicateTags::None => None,
            DuplicateTags::Optical | DuplicateTags::All if is_optical(template) => Some(b"SQ"),
            DuplicateTags::Optical => None,
            DuplicateTags::All => Some(b"LB"),
        }
    }
}

impl Finder {
    /// A finder whose temporary files lie in `folder`, for clusters up to a distance in pixels.
    /// Takes 16 MiB besides the memory given.
    pub(crate) fn new(
        folder: &Path,
        memory_bytes: usize,
        threads: usize,
        optical_distance: u32,
    ) -> Self {
        Self {
            pairs: Sorter::new(folder, memory_bytes / 4 * 3, threads),
            fragments: Sorter::new(folder, memory_bytes / 4, threads),
            filter: Bits::new(FILTER_BITS),
            optical_distance,
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

    /// The duplicates among so many templates; which of them are optical is noted on demand, and
    /// always counted.
    ///
    /// # Errors
    ///
    /// If a temporary file cannot be read or written.
    pub(crate) fn finish(
        self,
        templates: u64,
        libraries: &[String],
        note_optical: bool,
    ) -> Result<Duplicates> {
        let library =
            |name: &String| LibraryDuplicates { library: name.clone(), ..Default::default() };
        let mut found = Duplicates {
            templates: Bits::new(templates),
            optical: note_optical.then(|| Bits::new(templates)),
            libraries: libraries.iter().map(library).collect(),
        };
        found.among_pairs(self.pairs, self.optical_distance, &self.fragments, &self.filter)?;
        found.among_fragments(self.fragments)?;
        Ok(found)
    }
}

fn filter_bit(place: u64, library: usize) -> u64 {
    let hash = (place ^ (library as u64) << 54).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash >> (64 - FILTER_BITS.ilog2())
}

impl Duplicates {
    fn among_pairs(
        &mut self,
        pairs: Sorter<5>,
        distance: u32,
        fragments: &Sorter<4>,
        filter: &Bits,
    ) -> Result<()> {
        let mut marks = Chunk::default();
        let (mut group, mut set) = (None, DuplicateSet::default());
        let mut pair = |[low, high, a, b, c]: [u64; 5]| {
            let (library, tail) = (ends::library_of(a), PairTail::of([a, b, c]));
            self.libraries[library].pairs += 1;
            if group == Some((low, high, library)) {
                self.templates.set(tail.template);
                self.libraries[library].pair_duplicates += 1;
                set.add(tail);
                return Ok(());
            }
            if let Some((_, _, library)) = group.replace((low, high, library)) {
                let optical = set.optical(distance, self.optical.as_ref());
                self.libraries[library].optical_pair_duplicates += optical;
            }
            set.begin(tail);
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
        let take = |chunk: Chunk<5>| chunk.keys().try_for_each(|key| pair(*key));
        pairs.finish()?.for_each(|_, chunk| Ok(chunk), take)?;
        if let Some((_, _, library)) = group {
            let optical = set.optical(distance, self.optical.as_ref());
            self.libraries[library].optical_pair_duplicates += optical;
        }
        fragments.append(&marks)
    }

    fn among_fragments(&mut self, fragments: Sorter<4>) -> Result<()> {
        let mut group = None;
        let mut fragment = |[place, a, b, c]: [u64; 4]| {
            let library = ends::library_of(a);
            let first = group != Some((place, library));
            group = Some((place, library));
            if !ends::is_fragment(a) {
                return;
            }
            let counts = &mut self.libraries[library];
            counts.fragments += 1;
            if !first {
                self.templates.set(PairTail::of([a, b, c]).template);
                counts.fragment_duplicates += 1;
            }
        };
        let take = |chunk: Chunk<4>| {
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

    fn origin(library: usize, template: usize) -> Origin {
        Origin { library, read_group: 0, template: template as u64, location: Location::UNKNOWN }
    }

    fn found(templates: &[Template], memory: usize) -> (Vec<usize>, Vec<LibraryDuplicates>) {
        let folder = tempfile::tempdir().unwrap();
        let finder = Finder::new(folder.path(), memory, 1, OPTICAL_DISTANCE);
        for (number, (library, ends)) in templates.iter().enumerate().rev() {
            let mut part = Templates::default();
            part.push(&origin(*library, number), *ends);
            finder.append(&part).unwrap();
        }
        let names = ["a".to_owned(), "b".to_owned()];
        let found = finder.finish(templates.len() as u64, &names, false).unwrap();
        let marked = (0..templates.len()).filter(|&i| found.templates.get(i as u64)).collect();
        (marked, found.libraries)
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
    fn optical_duplicates_are_counted_and_noted() {
        let folder = tempfile::tempdir().unwrap();
        let finder = Finder::new(folder.path(), 1 << 20, 1, OPTICAL_DISTANCE);
        let mut templates = Templates::default();
        let mut number = 0..;
        for name in ["a:1:1:0:0", "a:1:1:101:0", "a:1:1:100:100", "x"] {
            let location = Location::of_name(name.as_bytes());
            for (library, at) in [(0, 10), (1, 10), (0, 20)] {
                let origin = Origin { location, ..origin(library, number.next().unwrap()) };
                templates.push(&origin, [end(at, false, 20), end(50, true, 20)]);
            }
        }
        finder.append(&templates).unwrap();
        let names = ["a".to_owned(), "b".to_owned()];
        let found = finder.finish(12, &names, true).unwrap();
        let optical: Vec<u64> = found.libraries.iter().map(|l| l.optical_pair_duplicates).collect();
        assert_eq!(optical, [4, 2]);
        let bits = found.optical.as_ref().unwrap();
        let noted: Vec<u64> = (0..12).filter(|&i| bits.get(i)).collect();
        assert_eq!(noted, [3, 4, 5, 6, 7, 8], "the lowest x stays, as the best has no place");
        let tag = |template, tags| found.tag_of(template, tags);
        assert_eq!(tag(3, DuplicateTags::Optical), Some(&b"SQ"[..]));
        assert_eq!(tag(3, DuplicateTags::None), None);
        assert_eq!(tag(0, DuplicateTags::Optical), None);
        assert_eq!(tag(0, DuplicateTags::All), Some(&b"LB"[..]));
        assert_eq!(tag(9, DuplicateTags::All), None, "the best is no duplicate");
        assert_eq!(found.libraries[0].estimated_size(), Some(2));
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
            fragment_duplicates: 3,
            ..LibraryDuplicates::default()
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
        let mut groups: HashMap<_, Vec<(Vec<u64>, usize)>> = HashMap::new();
        let mut covered = std::collections::HashSet::new();
        for (i, (library, ends)) in templates.iter().enumerate() {
            if let [Some(a), Some(b)] = ends {
                let key = ends::pair_key(&origin(*library, i), *a, *b);
                let group = groups.entry((*library, key[0], Some(key[1]))).or_default();
                group.push((key[2..].to_vec(), i));
                covered.extend([(*library, key[0]), (*library, key[1])]);
            }
        }
        for (i, (library, ends)) in templates.iter().enumerate() {
            if let [Some(end), None] | [None, Some(end)] = ends {
                let key = ends::fragment_key(&origin(*library, i), *end);
                if covered.contains(&(*library, key[0])) {
                    marked.push(i);
                } else {
                    groups
                        .entry((*library, key[0], None))
                        .or_default()
                        .push((key[1..].to_vec(), i));
                }
            }
        }
        for group in groups.values_mut() {
            group.sort_unstable();
            marked.extend(group[1..].iter().map(|(_, i)| *i));
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
