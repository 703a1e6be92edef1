//! Bases, codons, amino acids.

/// How codons are read (NCBI translation tables 1 and 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GeneticCode {
    Standard,
    Mitochondrial,
}

/// Amino acids of the codons in the order T, C, A, G of each base.
const STANDARD: &[u8; 64] = b"FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG";
const MITOCHONDRIAL: &[u8; 64] =
    b"FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSS**VVVVAAAADDEEGGGG";

/// Place of a base in the tables; of any other letter none.
const fn place(base: u8) -> Option<usize> {
    match base {
        b'T' => Some(0),
        b'C' => Some(1),
        b'A' => Some(2),
        b'G' => Some(3),
        _ => None,
    }
}

/// [`place`] of every letter, 4 for none.
const PLACES: [u8; 256] = {
    let mut places = [4; 256];
    let mut letter = 0;
    while letter < 256 {
        if let Some(place) = place(letter as u8) {
            places[letter] = place as u8;
        }
        letter += 1;
    }
    places
};

impl GeneticCode {
    pub(crate) fn of_contig(name: &str) -> Self {
        match crate::contigs::is_mitochondrion(name) {
            true => Self::Mitochondrial,
            false => Self::Standard,
        }
    }

    /// The amino acid of a codon, `*` for a stop. With letters for several bases, what all of them
    /// mean; `B` for aspartate or asparagine, `Z` for glutamate or glutamine, else `X`.
    pub(crate) fn amino_acid(self, codon: [u8; 3]) -> u8 {
        let table = match self {
            Self::Standard => STANDARD,
            Self::Mitochondrial => MITOCHONDRIAL,
        };
        let [a, b, c] = codon.map(|base| PLACES[usize::from(base)]);
        match usize::from(a) << 4 | usize::from(b) << 2 | usize::from(c) {
            place @ 0..64 if (a | b | c) < 4 => table[place],
            _ => ambiguous(table, codon),
        }
    }

    /// Whether a protein may begin with this codon, which is then read as methionine.
    pub(crate) fn is_start(self, codon: &[u8]) -> bool {
        match self {
            Self::Standard => [b"ATG", b"CTG", b"TTG"].iter().any(|start| codon == *start),
            Self::Mitochondrial => {
                [b"ATG", b"ATA", b"ATT", b"ATC", b"GTG"].iter().any(|start| codon == *start)
            }
        }
    }

    /// The amino acids of whole codons.
    pub(crate) fn translate(self, coding: &[u8]) -> Vec<u8> {
        let codons = coding.as_chunks::<3>().0;
        codons.iter().map(|codon| self.amino_acid(*codon)).collect()
    }
}

fn ambiguous(table: &[u8; 64], codon: [u8; 3]) -> u8 {
    let [a, b, c] = codon.map(bases_of);
    let mut found: Vec<u8> = Vec::new();
    for a in a {
        for b in b {
            for c in c {
                let places = [*a, *b, *c].map(|base| place(base).unwrap_or_default());
                let amino_acid = table[16 * places[0] + 4 * places[1] + places[2]];
                if !found.contains(&amino_acid) {
                    found.push(amino_acid);
                }
            }
        }
    }
    found.sort_unstable();
    match found.as_slice() {
        [one] => *one,
        b"DN" => b'B',
        b"EQ" => b'Z',
        _ => b'X',
    }
}

/// The bases that a letter of the IUPAC code stands for.
fn bases_of(letter: u8) -> &'static [u8] {
    match letter {
        b'A' => b"A",
        b'C' => b"C",
        b'G' => b"G",
        b'T' | b'U' => b"T",
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
        _ => b"ACGT",
    }
}

/// The base of the other strand.
pub(crate) const fn complement(base: u8) -> u8 {
    match base {
        b'A' => b'T',
        b'C' => b'G',
        b'G' => b'C',
        b'T' | b'U' => b'A',
        b'R' => b'Y',
        b'Y' => b'R',
        b'K' => b'M',
        b'M' => b'K',
        b'B' => b'V',
        b'V' => b'B',
        b'D' => b'H',
        b'H' => b'D',
        other => other,
    }
}

/// Bases as the other strand reads them.
pub(crate) fn reverse_complement(bases: &[u8]) -> Vec<u8> {
    bases.iter().rev().map(|base| complement(*base)).collect()
}

/// The three letters of an amino acid, as HGVS writes them. `Ter` stands for a stop, and, as VEP
/// writes them, for an amino acid that is not known.
pub(crate) fn three_letters(amino_acid: u8) -> &'static str {
    match amino_acid {
        b'A' => "Ala",
        b'B' => "Asx",
        b'C' => "Cys",
        b'D' => "Asp",
        b'E' => "Glu",
        b'F' => "Phe",
        b'G' => "Gly",
        b'H' => "His",
        b'I' => "Ile",
        b'K' => "Lys",
        b'L' => "Leu",
        b'M' => "Met",
        b'N' => "Asn",
        b'P' => "Pro",
        b'Q' => "Gln",
        b'R' => "Arg",
        b'S' => "Ser",
        b'T' => "Thr",
        b'U' => "Sec",
        b'V' => "Val",
        b'W' => "Trp",
        b'Y' => "Tyr",
        b'Z' => "Glx",
        _ => "Ter",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_differ_where_they_should() {
        let (standard, mitochondrial) = (GeneticCode::Standard, GeneticCode::Mitochondrial);
        for (codon, here, there) in
            [(b"TGA", b'*', b'W'), (b"AGA", b'R', b'*'), (b"ATA", b'I', b'M'), (b"ATG", b'M', b'M')]
        {
            assert_eq!(
                (standard.amino_acid(*codon), mitochondrial.amino_acid(*codon)),
                (here, there)
            );
        }
        assert_eq!(standard.translate(b"ATGGCTTAAC"), b"MA*");
    }

    #[test]
    fn letters_for_several_bases_mean_what_all_of_them_do() {
        let code = GeneticCode::Standard;
        for (codon, expected) in [(b"GCN", b'A'), (b"RAY", b'B'), (b"SAR", b'Z'), (b"NAG", b'X')] {
            assert_eq!(code.amino_acid(*codon), expected);
        }
    }

    #[test]
    fn the_other_strand() {
        assert_eq!(reverse_complement(b"AACGTRN"), b"NYACGTT");
    }
}
