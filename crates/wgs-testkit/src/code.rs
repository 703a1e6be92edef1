//! The standard genetic code and the other strand.

/// Amino acids of the codons in the order TTT, TTC, TTA, TTG, TCT, … GGG (NCBI table 1).
const AMINO_ACIDS: &[u8; 64] = b"FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG";

/// The order of the bases in [`AMINO_ACIDS`].
const ORDER: &[u8; 4] = b"TCAG";

/// The reverse complement of upper-case bases; what is not A, C, G or T becomes N.
///
/// ```
/// assert_eq!(wgs_testkit::reverse_complement(b"AACGN"), b"NCGTT");
/// ```
pub fn reverse_complement(bases: &[u8]) -> Vec<u8> {
    bases.iter().rev().map(|b| complement(*b)).collect()
}

pub(crate) fn complement(base: u8) -> u8 {
    match base {
        b'A' => b'T',
        b'C' => b'G',
        b'G' => b'C',
        b'T' => b'A',
        _ => b'N',
    }
}

/// The amino acid of a codon: `*` for a stop, `X` where a base is none of A, C, G, T.
pub(crate) fn amino_acid(codon: &[u8]) -> u8 {
    let place = |b: &u8| ORDER.iter().position(|o| o == b);
    let index = codon.iter().try_fold(0, |index, b| Some(index * 4 + place(b)?));
    index.map_or(b'X', |i| AMINO_ACIDS[i])
}

/// The protein of a coding sequence, stops as `*`; an incomplete last codon is left out.
///
/// ```
/// assert_eq!(wgs_testkit::translate(b"ATGGCTTAAG"), "MA*");
/// ```
pub fn translate(coding: &[u8]) -> String {
    coding.chunks_exact(3).map(|codon| char::from(amino_acid(codon))).collect()
}
