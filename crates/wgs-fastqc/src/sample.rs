//! A sample of whole templates within bounded memory, for what is too dear to look at in all.
//!
//! Templates are drawn by a hash of their name and bases: those whose top `depth` bits are 0, with
//! `depth` the smallest that leaves no more than a fixed number. So the sample depends neither on
//! the order of the reads nor on how they were dealt out, covers the whole run, and two copies of a
//! sequence are drawn independently of each other, by their names.

use crate::{code, hash};

/// Most templates in the sample: about 4 MB for 2x150 bases.
const LIMIT: usize = 1 << 15;

/// Bases that are kept of a read.
pub(crate) const MAX_BASES: usize = 512;

/// What a template is drawn by. The low bits are for other draws.
pub(crate) fn draw(name: &[u8], fingerprint: u64) -> u64 {
    hash::absorb(fingerprint, name)
}

/// A template of the sample.
#[derive(Clone, Copy, Debug)]
struct Template {
    draw: u64,
    /// Bases of the first and of the last read.
    lengths: [u16; 2],
}

impl Template {
    /// Bytes of both reads.
    fn packed_len(&self) -> usize {
        self.lengths.iter().map(|&length| usize::from(length).div_ceil(3)).sum()
    }
}

/// The sample.
#[derive(Clone, Debug)]
pub(crate) struct ReadSample {
    templates: Vec<Template>,
    /// Reads of the templates, packed, one behind the other.
    packed: Vec<u8>,
    depth: u32,
    limit: usize,
}

impl ReadSample {
    pub(crate) fn new() -> Self {
        Self::with_limit(LIMIT)
    }

    fn with_limit(limit: usize) -> Self {
        Self { templates: Vec::new(), packed: Vec::new(), depth: 0, limit }
    }

    /// Offers the bases of a template; a single read has no last.
    pub(crate) fn add(&mut self, draw: u64, first: &[u8], last: &[u8]) {
        if draw.leading_zeros() >= self.depth {
            let [first, last] = [first, last].map(|bases| &bases[..bases.len().min(MAX_BASES)]);
            pack(first, &mut self.packed);
            pack(last, &mut self.packed);
            let lengths = [first.len() as u16, last.len() as u16];
            self.push(Template { draw, lengths });
        }
    }

    /// Takes a template whose reads are packed already.
    fn push(&mut self, template: Template) {
        self.templates.push(template);
        while self.templates.len() > self.limit {
            self.deepen(self.depth + 1);
        }
    }

    fn deepen(&mut self, depth: u32) {
        self.depth = depth;
        let (mut from, mut to) = (0, 0);
        self.templates.retain(|template| {
            let place = from..from + template.packed_len();
            from = place.end;
            let kept = template.draw.leading_zeros() >= depth;
            if kept {
                self.packed.copy_within(place.clone(), to);
                to += place.len();
            }
            kept
        });
        self.packed.truncate(to);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.deepen(self.depth.max(other.depth));
        for (template, packed) in other.each() {
            if template.draw.leading_zeros() >= self.depth {
                self.packed.extend_from_slice(packed);
                self.push(*template);
            }
        }
    }

    /// The templates with their packed reads.
    fn each(&self) -> impl Iterator<Item = (&Template, &[u8])> {
        self.templates.iter().scan(self.packed.as_slice(), |rest, template| {
            let (packed, after) = rest.split_at(template.packed_len());
            *rest = after;
            Some((template, packed))
        })
    }

    /// Number of templates.
    pub(crate) fn len(&self) -> u64 {
        self.templates.len() as u64
    }

    /// Bases of the longest first and of the longest last read.
    pub(crate) fn longest(&self) -> [usize; 2] {
        let of = |mate: usize| self.templates.iter().map(move |template| template.lengths[mate]);
        [0, 1].map(|mate| usize::from(of(mate).max().unwrap_or(0)))
    }

    /// Shows each template's codes (0 to 3; 4 is N) of both reads, in no particular order.
    pub(crate) fn for_each(&self, mut look: impl FnMut(&[u8], &[u8])) {
        let (mut first, mut last) = (Vec::new(), Vec::new());
        for (template, packed) in self.each() {
            let [length, last_length] = template.lengths.map(usize::from);
            let (a, b) = packed.split_at(length.div_ceil(3));
            unpack(a, length, &mut first);
            unpack(b, last_length, &mut last);
            look(&first, &last);
        }
    }
}

/// Three codes to a byte.
fn pack(bases: &[u8], packed: &mut Vec<u8>) {
    let (threes, rest) = bases.as_chunks::<3>();
    packed.extend(threes.iter().map(|three| {
        let [a, b, c] = three.map(|base| code(base) as u8);
        a + 5 * b + 25 * c
    }));
    if !rest.is_empty() {
        packed.push(rest.iter().rev().fold(0, |byte, &base| byte * 5 + code(base) as u8));
    }
}

/// The codes in each byte.
static UNPACKED: [[u8; 3]; 256] = unpacked();

const fn unpacked() -> [[u8; 3]; 256] {
    let mut all = [[0; 3]; 256];
    let mut byte = 0;
    while byte < 256 {
        all[byte] = [(byte % 5) as u8, (byte / 5 % 5) as u8, (byte / 25) as u8];
        byte += 1;
    }
    all
}

fn unpack(packed: &[u8], length: usize, codes: &mut Vec<u8>) {
    codes.resize(3 * packed.len(), 0);
    for (three, &byte) in codes.as_chunks_mut::<3>().0.iter_mut().zip(packed) {
        *three = UNPACKED[usize::from(byte)];
    }
    codes.truncate(length);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn content(sample: &ReadSample) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut all = Vec::new();
        sample.for_each(|first, last| all.push((first.to_vec(), last.to_vec())));
        all.sort();
        all
    }

    #[test]
    fn reads_come_back_as_codes() {
        let mut sample = ReadSample::new();
        sample.add(5, b"ACGTNACG", b"");
        sample.add(6, &[b'T'; 600], b"gx");
        let expected = [(vec![0, 1, 2, 3, 4, 0, 1, 2], vec![]), (vec![3; MAX_BASES], vec![2, 4])];
        assert_eq!(content(&sample), expected);
    }

    #[test]
    fn copies_of_a_sequence_are_drawn_by_their_names() {
        let mut sample = ReadSample::with_limit(1000);
        for number in 0..20_000 {
            let bases: &[u8] = if number % 10 == 0 { b"ACGT" } else { b"GGGG" };
            sample.add(draw(format!("a:{number}").as_bytes(), 7), bases, b"");
        }
        let kept = content(&sample);
        let copies = kept.iter().filter(|(first, _)| first[0] == 0).count() as f64;
        assert!((400..=1000).contains(&kept.len()), "{}", kept.len());
        let rate = copies / kept.len() as f64;
        assert!((rate - 0.1).abs() < 0.04, "{rate}");
    }

    #[test]
    fn templates_that_are_all_the_same_end() {
        let mut sample = ReadSample::with_limit(3);
        (0..9).for_each(|_| sample.add(1, b"A", b"C"));
        assert!(sample.len() <= 3);
    }

    proptest! {
        #[test]
        fn order_and_split_do_not_matter(
            numbers in proptest::collection::vec(0..500u64, 0..200),
            cut in 0..200usize,
        ) {
            let of = |numbers: &[u64]| {
                let mut sample = ReadSample::with_limit(20);
                for number in numbers {
                    let text = number.to_string();
                    sample.add(draw(text.as_bytes(), 1), b"ACGT", &b"CCCCCCCC"[..text.len()]);
                }
                sample
            };
            let whole = of(&numbers);
            let (left, right) = numbers.split_at(cut.min(numbers.len()));
            let mut merged = of(right);
            merged.merge(&of(left));
            prop_assert_eq!(merged.depth, whole.depth);
            prop_assert_eq!(content(&merged), content(&whole));
        }
    }
}
