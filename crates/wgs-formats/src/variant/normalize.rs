//! One way to write an allele: trimmed and left-aligned (Tan, Abecasis and Kang, Bioinformatics
//! 2015, doi:10.1093/bioinformatics/btv112).

use wgs_core::{ContigIndex, Interval0};

use crate::genome::Genome;

/// Bases that are read at once while an allele moves to the left.
const STRIDE: u32 = 64;

/// An allele on a contig: the reference bases from `start` on are replaced. Upper case; both parts
/// have at least one base.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Allele {
    /// First base of the reference part, 0-based.
    pub start: u32,
    /// The bases of the reference.
    pub reference: Vec<u8>,
    /// The bases instead.
    pub alternate: Vec<u8>,
}

/// Trims what both parts share and moves an insertion or deletion as far to the left as it goes,
/// so that two spellings of one variant become equal. One base before it is kept where a part
/// would be empty (at the contig's first base, one after it), as VCF wants.
///
/// The reference part is taken as it is: compare it with the genome before. Parts that are equal
/// come back as they are.
///
/// ```
/// use wgs_core::ContigIndex;
/// use wgs_formats::{genome::{self, Genome}, variant::normalize};
///
/// let folder = tempfile::tempdir()?;
/// let (fasta, plain) = (folder.path().join("in.fa"), folder.path().join("genome.fa"));
/// wgs_formats::output::write(&fasta, ">a\nGGCACACATT\n")?;
/// genome::import(&fasta, &plain)?;
/// let allele = normalize(&Genome::open(&plain)?, ContigIndex(0), 6, b"CAT", b"T");
/// assert_eq!((allele.start, &allele.reference[..], &allele.alternate[..]), (1, &b"GCA"[..], &b"G"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
///
/// If the contig is not one of the genome's.
pub fn normalize(
    genome: &Genome,
    contig: ContigIndex,
    start: u32,
    reference: &[u8],
    alternate: &[u8],
) -> Allele {
    let mut allele = Allele { start, reference: Vec::new(), alternate: Vec::new() };
    normalize_into(genome, contig, start, reference, alternate, &mut allele);
    allele
}

/// As [`normalize`], in place of what an allele was before.
///
/// # Panics
///
/// If the contig is not one of the genome's.
pub fn normalize_into(
    genome: &Genome,
    contig: ContigIndex,
    start: u32,
    reference: &[u8],
    alternate: &[u8],
    allele: &mut Allele,
) {
    allele.start = start;
    for (bases, given) in [(&mut allele.reference, reference), (&mut allele.alternate, alternate)] {
        bases.clear();
        bases.extend_from_slice(given);
        bases.make_ascii_uppercase();
    }
    if allele.reference != allele.alternate {
        left_align(genome, contig, allele);
        trim_left(allele);
    }
}

fn left_align(genome: &Genome, contig: ContigIndex, allele: &mut Allele) {
    let (mut before, mut before_start) = (Vec::new(), allele.start);
    loop {
        while !allele.reference.is_empty() && allele.reference.last() == allele.alternate.last() {
            allele.reference.pop();
            allele.alternate.pop();
        }
        if !allele.reference.is_empty() && !allele.alternate.is_empty() {
            return;
        }
        if allele.start == 0 {
            return anchor_after(genome, contig, allele);
        }
        if allele.start == before_start {
            before_start = allele.start.saturating_sub(STRIDE);
            let stride =
                Interval0::new(before_start, allele.start).expect("start after its stride");
            before = genome.fetch(contig, stride);
        }
        allele.start -= 1;
        let base = before[(allele.start - before_start) as usize];
        allele.reference.insert(0, base);
        allele.alternate.insert(0, base);
    }
}

/// Adds the base after an allele at the contig's first base, one part of which is empty.
fn anchor_after(genome: &Genome, contig: ContigIndex, allele: &mut Allele) {
    let end = allele.reference.len() as u32;
    let next = Interval0::new(end, end + 1).expect("one base");
    let base = genome.fetch(contig, next);
    allele.reference.extend(&base);
    allele.alternate.extend(&base);
}

fn trim_left(allele: &mut Allele) {
    let most = allele.reference.len().min(allele.alternate.len()).saturating_sub(1);
    let pairs = allele.reference.iter().zip(&allele.alternate).take(most);
    let shared = pairs.take_while(|(a, b)| a == b).count();
    allele.reference.drain(..shared);
    allele.alternate.drain(..shared);
    allele.start += shared as u32;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{genome, output};

    fn genome(bases: &str) -> (tempfile::TempDir, Genome) {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (folder.path().join("in.fa"), folder.path().join("genome.fa"));
        output::write(&source, format!(">a\n{bases}\n")).unwrap();
        genome::import(&source, &target).unwrap();
        let genome = Genome::open(&target).unwrap();
        (folder, genome)
    }

    fn normal(bases: &str, start: u32, reference: &str, alternate: &str) -> (u32, String, String) {
        let (_folder, genome) = genome(bases);
        let contig = ContigIndex(0);
        let allele = normalize(&genome, contig, start, reference.as_bytes(), alternate.as_bytes());
        let text = |bases: Vec<u8>| String::from_utf8(bases).unwrap();
        (allele.start, text(allele.reference), text(allele.alternate))
    }

    #[test]
    fn substitutions_are_trimmed_on_both_sides() {
        assert_eq!(normal("ACGTACGT", 1, "CGT", "CTT"), (2, "G".into(), "T".into()));
        assert_eq!(normal("ACGTACGT", 1, "cgt", "ctg"), (2, "GT".into(), "TG".into()));
    }

    #[test]
    fn insertions_and_deletions_move_left() {
        assert_eq!(normal("GCAAAAT", 5, "A", "AA"), (1, "C".into(), "CA".into()));
        assert_eq!(normal("GCAAAAT", 4, "AAT", "AT"), (1, "CA".into(), "C".into()));
        let run = format!("G{}T", "A".repeat(300));
        assert_eq!(normal(&run, 300, "AT", "T"), (0, "GA".into(), "G".into()));
    }

    #[test]
    fn the_first_base_is_anchored_after() {
        assert_eq!(normal("AAAT", 1, "AA", "A"), (0, "AA".into(), "A".into()));
        assert_eq!(normal("ACGT", 0, "AC", "C"), (0, "AC".into(), "C".into()));
        assert_eq!(normal("AAAT", 2, "A", "AA"), (0, "A".into(), "AA".into()));
    }

    #[test]
    fn equal_parts_stay() {
        assert_eq!(normal("ACGT", 1, "CG", "CG"), (1, "CG".into(), "CG".into()));
    }

    /// The sequence after a change, whatever way the change is written.
    fn applied(bases: &str, start: usize, reference: &str, alternate: &str) -> String {
        format!("{}{alternate}{}", &bases[..start], &bases[start + reference.len()..])
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(60))]
        #[test]
        fn the_changed_sequence_stays_the_same(
            bases in "[AC]{6,20}", start in 0usize..6, length in 1usize..5, alternate in "[AC]{1,4}",
        ) {
            let end = (start + length).min(bases.len());
            let reference = &bases[start..end];
            proptest::prop_assume!(reference != alternate);
            let (to, r, a) = normal(&bases, start as u32, reference, &alternate);
            proptest::prop_assert!(!r.is_empty() && !a.is_empty());
            let before = applied(&bases, start, reference, &alternate);
            proptest::prop_assert_eq!(before, applied(&bases, to as usize, &r, &a));
            proptest::prop_assert_eq!(normal(&bases, to, &r, &a), (to, r, a));
        }
    }
}
