//! Deletions and tandem duplications that one read shows by a clipped end: the bases next to the
//! clip are found again a little further on, or back, in the reference.

use crate::{allele::Allele, read::Read, stretch::Stretch};

/// Bases of the clipped end, next to the aligned part, that must be found.
const SEED_BASES: usize = 20;
/// Bases by which a read must be longer than a duplication.
const DUPLICATION_FLANKS: usize = 30;
/// Least mean quality of the clipped bases, Phred-scaled.
const MIN_QUALITY: u32 = 18;

/// The alleles, left-aligned, of a read's clipped ends: at most `max_bases` long, where the bases are
/// found in one place only.
///
/// A duplication is told from its absence only by reads that reach over all of it: longer ones would
/// be homozygous whatever they are, so they are left out.
pub(super) fn alleles(read: &Read, reference: &Stretch, max_bases: u32) -> Vec<Allele> {
    let (bases, quals) = (read.bases(), read.quals());
    let longest_duplication = bases.len().saturating_sub(DUPLICATION_FLANKS);
    let mut alleles = Vec::new();
    let leading = read.leading_clip() as usize;
    if leading >= SEED_BASES && is_good(&quals[..leading]) {
        let seed = &bases[leading - SEED_BASES..leading];
        let found = place(seed, read.start(), reference, max_bases);
        alleles.extend(
            found.and_then(|x| junction(x + SEED_BASES as u32, read.start(), reference, max_bases)),
        );
    }
    let trailing = read.trailing_clip() as usize;
    let aligned = bases.len() - trailing;
    if trailing >= SEED_BASES && is_good(&quals[aligned..]) {
        let seed = &bases[aligned..aligned + SEED_BASES];
        let found = place(seed, read.end(), reference, max_bases);
        alleles.extend(found.and_then(|x| junction(read.end(), x, reference, max_bases)));
    }
    alleles.retain(|a| a.inserted.len() <= longest_duplication);
    alleles
}

/// Whether bases have a mean quality that makes them worth a look.
pub(super) fn is_good(quals: &[u8]) -> bool {
    let sum: u32 = quals.iter().map(|&q| u32::from(q)).sum();
    sum >= MIN_QUALITY * quals.len() as u32
}

/// Where the seed lies in the reference, if in one place within reach of an offset.
fn place(seed: &[u8], offset: u32, reference: &Stretch, max_bases: u32) -> Option<u32> {
    let reach = max_bases + SEED_BASES as u32;
    let start = offset.saturating_sub(reach).max(reference.interval().start());
    let around = reference.slice(start, offset + reach);
    let mut found = around.windows(seed.len()).enumerate().filter(|(_, w)| *w == seed);
    let first = found.next()?.0 as u32;
    found.next().is_none().then_some(start + first)
}

/// The allele of a haplotype that goes on at `to` after the base before `from`.
fn junction(from: u32, to: u32, reference: &Stretch, max_bases: u32) -> Option<Allele> {
    let (first, last) = (from.min(to), from.max(to));
    let allele = if from < to {
        Allele::deletion(from, to - from)
    } else {
        Allele::insertion(from, reference.slice(to, from).to_vec())
    };
    let fits = first > 0 && first < last && last - first <= max_bases;
    (fits && reference.is_known(first - 1, last + 1)).then(|| allele.left_aligned(reference))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::tests::read;

    const REFERENCE: &str = "GATTACAGGCTTAACGTCAGGATCTTGCAATCGGCATGCAGGTCCATAGTGATCCTTAGCGATTGCCAGTCATTGACCGGTA\
                             CTAGGTCAACTGGTTACGCTAGATCGATCGGATTACCAGG";

    fn found(start: u32, cigar: &str, bases: &str) -> Vec<Allele> {
        alleles(&read("r", start, cigar, bases), &Stretch::new(0, REFERENCE.into()), 60)
    }

    #[test]
    fn both_ends_of_a_deletion() {
        let haplotype = [&REFERENCE[..40], &REFERENCE[70..]].concat();
        let deletion = Allele::deletion(40, 30).left_aligned(&Stretch::new(0, REFERENCE.into()));
        let left = found(10, "30M22S", &haplotype[10..62]);
        assert_eq!(left, std::slice::from_ref(&deletion));
        assert_eq!(found(70, "22S30M", &haplotype[18..70]), [deletion]);
    }

    #[test]
    fn both_ends_of_a_duplication() {
        let haplotype = [&REFERENCE[..60], &REFERENCE[40..]].concat();
        let inserted = REFERENCE.as_bytes()[40..60].to_vec();
        let insertion =
            Allele::insertion(40, inserted).left_aligned(&Stretch::new(0, REFERENCE.into()));
        let left = found(30, "30M22S", &haplotype[30..82]);
        assert_eq!(left, std::slice::from_ref(&insertion));
        assert_eq!(found(40, "20S30M", &haplotype[40..90]), [insertion]);
        assert_eq!(found(40, "20S20M", &haplotype[40..80]), [], "a read that is too short");
    }

    #[test]
    fn what_is_not_found_or_too_far_is_nothing() {
        let alien = format!("{}{}", &REFERENCE[10..40], "GTGTGTACACACTTGGCCAATT");
        assert_eq!(found(10, "30M22S", &alien), []);
        let far = format!("{}{}", &REFERENCE[5..35], &REFERENCE[98..120]);
        assert_eq!(found(5, "30M22S", &far), []);
        assert_eq!(found(10, "30M22S", &REFERENCE[10..62]), [], "in place");
    }
}
