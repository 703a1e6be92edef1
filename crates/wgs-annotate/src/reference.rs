//! Whether the reference allele of a record is the genome's.

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::genome::Genome;

/// Whether these bases (of either case) stand in the genome. Where the genome has a code for
/// several bases, each of them fits, and so does `N`: VCF wants one base there.
pub(crate) fn is_reference(
    genome: &Genome,
    contig: ContigIndex,
    place: Interval0,
    bases: &[u8],
) -> bool {
    fits_bases(&genome.fetch(contig, place), bases)
}

/// As [`is_reference`], of the genome's bases.
pub(crate) fn fits_bases(theirs: &[u8], bases: &[u8]) -> bool {
    theirs.len() == bases.len()
        && theirs.iter().zip(bases).all(|(g, b)| fits(*g, b.to_ascii_uppercase()))
}

fn fits(genome: u8, base: u8) -> bool {
    let meaning: &[u8] = match genome {
        b'R' => b"AG",
        b'Y' => b"CT",
        b'S' => b"CG",
        b'W' => b"AT",
        b'K' => b"GT",
        b'M' => b"AC",
        b'B' => b"CGT",
        b'D' => b"AGT",
        b'H' => b"ACT",
        b'V' => b"ACG",
        _ => return genome == base,
    };
    genome == base || base == b'N' || meaning.contains(&base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_fit_their_bases() {
        assert!(fits(b'A', b'A') && !fits(b'A', b'N') && fits(b'N', b'N') && !fits(b'N', b'A'));
        assert!(fits(b'M', b'A') && fits(b'M', b'N') && fits(b'M', b'M') && !fits(b'M', b'G'));
    }
}
