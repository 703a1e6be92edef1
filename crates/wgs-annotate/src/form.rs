//! Which bases of an allele of a VCF are compared with the reference.

use wgs_core::Interval0;

/// The place and the alternate bases that consequences are told of: without what the allele shares
/// with the reference at its start, then at its end.
///
/// An allele of the reference's length is taken as it is written, as VEP takes it: its codons are
/// those that the record names. Not so where it is one of several: their record's reference allele
/// is written for the longest of them, and says nothing about the others (`among_others`). They are
/// taken as in records of their own: what is shared at the end is left out first.
pub(crate) fn as_compared<'a>(
    place: Interval0,
    reference: &[u8],
    alternate: &'a [u8],
    among_others: bool,
) -> (Interval0, &'a [u8]) {
    if !among_others && reference.len() == alternate.len() {
        return (place, alternate);
    }
    let same = |(r, a): &(&u8, &u8)| r.eq_ignore_ascii_case(a);
    let at_start = |reference: &[u8], alternate: &[u8]| {
        reference.iter().zip(alternate).take_while(same).count()
    };
    let at_end = |reference: &[u8], alternate: &[u8]| {
        reference.iter().rev().zip(alternate.iter().rev()).take_while(same).count()
    };
    let (left, right) = if among_others {
        // The first base is the anchor of a record of its own.
        let right = match (reference, alternate) {
            ([_, reference @ ..], [_, alternate @ ..]) => at_end(reference, alternate),
            _ => 0,
        };
        let (r, a) = (reference.len() - right, alternate.len() - right);
        (at_start(&reference[..r], &alternate[..a]), right)
    } else {
        let left = at_start(reference, alternate);
        (left, at_end(&reference[left..], &alternate[left..]))
    };
    let (start, end) = (place.start() + left as u32, place.end() - right as u32);
    let place = Interval0::new(start, end).expect("no more is left out than there is");
    (place, &alternate[left..alternate.len() - right])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_left_out_but_of_a_lone_substitution() {
        for (reference, alternate, alone, several) in [
            ("CAG", "C", "11-13 ", "11-13 "),
            ("C", "CAG", "11-11 AG", "11-11 AG"),
            ("CAG", "CTG", "10-13 CTG", "11-12 T"),
            ("CAG", "CTTG", "11-12 TT", "11-12 TT"),
            ("caaa", "CAA", "13-14 ", "11-12 "),
            ("CAG", "TG", "10-12 T", "10-12 T"),
        ] {
            for (among_others, expected) in [(false, alone), (true, several)] {
                let place = Interval0::new(10, 10 + reference.len() as u32).unwrap();
                let (reference, alternate) = (reference.as_bytes(), alternate.as_bytes());
                let (place, bases) = as_compared(place, reference, alternate, among_others);
                let bases = String::from_utf8_lossy(bases);
                assert_eq!(format!("{}-{} {bases}", place.start(), place.end()), expected);
            }
        }
    }
}
