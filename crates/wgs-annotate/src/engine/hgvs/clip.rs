//! A replacement of bases as the simplest event that it is.

use super::{super::code::reverse_complement, Event};

/// An event and the bases that it is about: first and last, counted as they were given; of an
/// insertion the first is one more than the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clipped {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) event: Event,
}

/// What a replacement of bases by others is; `first` is the position of the first. What both begin
/// with is left out, then what both end with.
pub(crate) fn clip(reference: &[u8], alternate: &[u8], first: i64) -> Clipped {
    let last = first + reference.len() as i64 - 1;
    if alternate.len() == 2 * reference.len()
        && alternate.starts_with(reference)
        && alternate.ends_with(reference)
    {
        return Clipped { first, last, event: Event::Duplication };
    }
    let is_inversion = reference.len() == alternate.len()
        && reference.len() > 1
        && reverse_complement(reference) == alternate;
    let left = reference.iter().zip(alternate).take_while(|(r, a)| r == a).count();
    let (same, r) = reference.split_at(left);
    let a = &alternate[left..];
    let right = r.iter().rev().zip(a.iter().rev()).take_while(|(r, a)| r == a).count();
    let (r, a) = (&r[..r.len() - right], &a[..a.len() - right]);
    let (first, last) = (first + left as i64, last - right as i64);
    let clipped = |event| Clipped { first, last, event };
    match (r, a) {
        ([from], [to]) => clipped(Event::Substitution(*from, *to)),
        ([], new) if same.ends_with(new) => {
            let first = first - new.len() as i64;
            Clipped { first, last, event: Event::Duplication }
        }
        ([], new) => clipped(Event::Insertion(new.to_vec())),
        (_, []) => clipped(Event::Deletion),
        _ if is_inversion => clipped(Event::Inversion),
        (_, new) => clipped(Event::Replacement(new.to_vec())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_replacement_is_the_simplest_event() {
        for (reference, alternate, expected) in [
            ("A", "C", "10-10 A>C"),
            ("CAT", "CGT", "11-11 A>G"),
            ("CAT", "CT", "11-11 del"),
            ("CAT", "", "10-12 del"),
            ("CAT", "CAGT", "12-11 insG"),
            ("CAT", "CAAT", "11-11 dup"),
            ("CA", "CACA", "10-11 dup"),
            ("A", "AAA", "11-10 insAA"),
            ("CAT", "GGA", "10-12 delinsGGA"),
            ("AAG", "CTT", "10-12 inv"),
            ("AAGT", "ACTT", "11-12 inv"),
            ("TCA", "TGA", "11-11 C>G"),
        ] {
            let found = clip(reference.as_bytes(), alternate.as_bytes(), 10);
            let text = format!("{}-{} {}", found.first, found.last, found.event);
            assert_eq!(text, expected, "{reference}>{alternate}");
        }
    }
}
