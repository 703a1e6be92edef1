//! A sequence with a part of it replaced, without a copy.

/// A sequence with a part of it replaced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edited<'a> {
    before: &'a [u8],
    new: &'a [u8],
    after: &'a [u8],
}

impl<'a> Edited<'a> {
    /// Replaces `length` bases from `start` on, as far as there are some.
    pub(crate) fn new(whole: &'a [u8], start: usize, length: usize, new: &'a [u8]) -> Self {
        let start = start.min(whole.len());
        let end = start.saturating_add(length).min(whole.len());
        Self { before: &whole[..start], new, after: &whole[end..] }
    }

    pub(crate) fn len(&self) -> usize {
        self.before.len() + self.new.len() + self.after.len()
    }

    fn get(&self, at: usize) -> Option<u8> {
        if at < self.before.len() {
            return Some(self.before[at]);
        }
        let at = at - self.before.len();
        self.new.get(at).or_else(|| self.after.get(at - self.new.len())).copied()
    }

    /// Bases from a place on, as far as there are some.
    pub(crate) fn slice(&self, start: usize, length: usize) -> Vec<u8> {
        (start..start.saturating_add(length)).map_while(|at| self.get(at)).collect()
    }

    pub(crate) fn codon_at(&self, start: usize) -> Option<[u8; 3]> {
        Some([self.get(start)?, self.get(start + 1)?, self.get(start + 2)?])
    }

    /// Whether the bases from a place on are these.
    pub(crate) fn has_at(&self, start: usize, bases: &[u8]) -> bool {
        bases.iter().enumerate().all(|(i, base)| self.get(start + i) == Some(*base))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_a_copy_would() {
        for (start, length, new, expected) in [
            (2, 3, &b"xy"[..], "abxyfgh"),
            (0, 0, b"xy", "xyabcdefgh"),
            (8, 0, b"x", "abcdefghx"),
            (6, 9, b"", "abcdef"),
            (20, 1, b"x", "abcdefghx"),
        ] {
            let edited = Edited::new(b"abcdefgh", start, length, new);
            assert_eq!(edited.slice(0, 99), expected.as_bytes());
            assert_eq!(edited.len(), expected.len());
            assert!(edited.has_at(1, &expected.as_bytes()[1..]));
            assert!(!edited.has_at(1, expected.as_bytes()));
            let last = expected.len() - 3;
            assert_eq!(edited.codon_at(last).unwrap(), expected.as_bytes()[last..]);
            assert_eq!(edited.codon_at(last + 1), None);
        }
    }
}
