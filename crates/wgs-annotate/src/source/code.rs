//! Alleles in a byte, most of them: the reference bases are the genome's, so that their number is
//! enough, and few alleles are neither substitutions nor short.

use wgs_formats::variant::Allele;

use super::bytes::push_number;

/// The code of alleles that are spelled out.
pub(super) const SPELLED: u8 = 56;
/// First code of deletions; that of one base.
const DELETION: u8 = 4;
/// Most bases of a reference part whose deletion has a code.
const LONGEST_DELETION: usize = 33;
/// First code of insertions of one base.
const INSERTION: u8 = 36;
/// First code of insertions of two bases.
const INSERTION_OF_TWO: u8 = 40;

/// The code of a normalised allele whose reference part is the genome's; of one that has none the
/// spelling is appended, and it has [`SPELLED`]. Two alleles at one place are the same if and only
/// if code and spelling are.
pub(super) fn encode(allele: &Allele, spelling: &mut Vec<u8>) -> u8 {
    let Allele { reference, alternate, .. } = allele;
    if let Some(code) = short(reference, alternate) {
        return code;
    }
    push_number(spelling, reference.len() as u64);
    push_number(spelling, alternate.len() as u64);
    spelling.extend(alternate);
    SPELLED
}

fn short(reference: &[u8], alternate: &[u8]) -> Option<u8> {
    let (anchor, replaced) = reference.split_first()?;
    match (replaced.len(), alternate) {
        (0, [base]) => two_bits(*base),
        (removed @ 1.., [base]) if base == anchor && reference.len() <= LONGEST_DELETION => {
            Some(DELETION + (removed - 1) as u8)
        }
        (0, [base, one]) if base == anchor => Some(INSERTION + two_bits(*one)?),
        (0, [base, one, two]) if base == anchor => {
            Some(INSERTION_OF_TWO + 4 * two_bits(*one)? + two_bits(*two)?)
        }
        _ => None,
    }
}

fn two_bits(base: u8) -> Option<u8> {
    b"ACGT".iter().position(|&b| b == base).map(|place| place as u8)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn different_alleles_have_different_codes() {
        let genome = b"GATTACAGATTACAGATTACAGATTACAGATTACAGATTACA";
        let mut alternates = vec![Vec::new()];
        let mut all = Vec::new();
        for _ in 0..3 {
            alternates = alternates
                .iter()
                .flat_map(|a: &Vec<u8>| b"ACGTN".iter().map(move |&b| [&a[..], &[b]].concat()))
                .collect();
            all.extend(alternates.clone());
        }
        let mut seen: HashMap<(u8, Vec<u8>), (usize, Vec<u8>)> = HashMap::new();
        let mut spelled = 0;
        for length in 1..=genome.len() {
            for alternate in all.iter().filter(|alternate| **alternate != genome[..length]) {
                let (reference, alternate) = (genome[..length].to_vec(), alternate.clone());
                let mut spelling = Vec::new();
                let allele = Allele { start: 0, reference, alternate: alternate.clone() };
                let code = encode(&allele, &mut spelling);
                assert_eq!(code == SPELLED, !spelling.is_empty());
                spelled += usize::from(code == SPELLED);
                let before = seen.insert((code, spelling), (length, alternate));
                assert_eq!(before, None);
            }
        }
        assert!(seen.len() - spelled == 3 + 32 + 4 + 16, "{}", seen.len() - spelled);
    }
}
