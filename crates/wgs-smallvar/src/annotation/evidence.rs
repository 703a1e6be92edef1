//! What one fragment says about a site, and how far it can be trusted.

use wgs_formats::alignment::CigarKind;

use crate::{read::Read, stretch::Stretch};

/// Mismatching bases of lower quality (Phred) are the sequencer's, and say nothing of the alignment.
const MIN_MISMATCH_QUALITY: u8 = 15;

/// One fragment at a site.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence<'a> {
    /// The fragment ([`Read::fragment`]).
    pub fragment: u64,
    /// Its likelihoods on the haplotypes of the window.
    pub row: &'a [f64],
    /// The allele that it clearly prefers, of those in the record.
    pub allele: Option<usize>,
    /// Mapping quality, Phred-scaled.
    pub mapq: u8,
    /// Whether its read is of the reverse strand.
    pub reverse: bool,
    /// Quality of its base at the site.
    pub base_quality: Option<u8>,
    /// Bases between the site and the nearer end of the read.
    pub end_distance: Option<u32>,
    /// Whether its read is soft-clipped at either end.
    pub clipped: bool,
    /// Mismatches of good quality and gaps of its read, those at the site left out.
    pub mismatches: u32,
}

impl<'a> Evidence<'a> {
    /// What a read with these likelihoods says about a site, which is its anchor and its number of
    /// reference bases; `offset` is the read's base there, if it has one.
    pub fn of(
        (read, row): (&Read, &'a [f64]),
        allele: Option<usize>,
        offset: Option<usize>,
        site: (u32, u32),
        reference: &Stretch,
    ) -> Self {
        Self {
            fragment: read.fragment(),
            row,
            allele,
            mapq: read.mapq(),
            reverse: read.is_reverse(),
            base_quality: offset.map(|o| read.quals()[o]),
            end_distance: offset.map(|o| read.distance_to_end(o)),
            clipped: read.leading_clip() > 0 || read.trailing_clip() > 0,
            mismatches: mismatches(read, site, reference),
        }
    }
}

/// Mismatches and gaps of a read outside of `len` bases from `anchor` on, and one base beyond.
fn mismatches(read: &Read, (anchor, len): (u32, u32), reference: &Stretch) -> u32 {
    let elsewhere = |start: u32, end: u32| end < anchor || start > anchor + len;
    let mut count = 0;
    for (op, position, offset) in read.steps() {
        match op.kind {
            CigarKind::Insertion => count += u32::from(elsewhere(position, position)),
            CigarKind::Deletion => count += u32::from(elsewhere(position, position + op.len)),
            kind if kind.is_aligned() => {
                let from = position.max(reference.interval().start());
                if from >= position + op.len {
                    continue;
                }
                let expected = reference.slice(from, position + op.len);
                let offset = offset + (from - position) as usize;
                let seen = &read.bases()[offset..offset + expected.len()];
                if seen == expected {
                    continue;
                }
                for (i, (a, b)) in seen.iter().zip(expected).enumerate() {
                    let at = from + i as u32;
                    count += u32::from(
                        a != b
                            && *b != b'N'
                            && read.quals()[offset + i] >= MIN_MISMATCH_QUALITY
                            && elsewhere(at, at),
                    );
                }
            }
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::tests::read;

    fn evidence(cigar: &str, bases: &str) -> Evidence<'static> {
        let reference = Stretch::new(0, b"GATTACAGGCTTAACG".to_vec());
        let read = read("r", 2, cigar, bases);
        Evidence::of((&read, &[]), Some(1), read.offset_at(6), (6, 1), &reference)
    }

    #[test]
    fn mismatches_elsewhere_count_and_those_at_the_site_do_not() {
        assert_eq!(evidence("10M", "TTACAGGCTT").mismatches, 0);
        assert_eq!(evidence("10M", "TTACCGGCTT").mismatches, 0);
        assert_eq!(evidence("10M", "CTACCGGCTA").mismatches, 2);
        assert_eq!(evidence("2M1I8M", "TTGACAGGCTT").mismatches, 1);
        assert_eq!(evidence("2M1D7M", "TTCAGGCTT").mismatches, 1);
        assert!(evidence("2S8M", "GGTTACAGGC").clipped && !evidence("10M", "TTACAGGCTT").clipped);
    }

    #[test]
    fn reads_that_reach_out_of_the_reference_are_compared_as_far_as_it_goes() {
        let reference = Stretch::new(4, b"ACAG".to_vec());
        let read = read("r", 2, "10M", "GGCCAGCCCC");
        assert_eq!(Evidence::of((&read, &[]), None, None, (6, 1), &reference).mismatches, 1);
    }

    #[test]
    fn parts_of_a_split_read_that_lie_far_before_the_reference_are_not_compared() {
        let reference = Stretch::new(5_010, b"GATTACAGGC".to_vec());
        let read = read("r", 10, "4M5000N6M", "ACGTATAGGC");
        assert_eq!(Evidence::of((&read, &[]), None, None, (5_019, 1), &reference).mismatches, 1);
    }
}
