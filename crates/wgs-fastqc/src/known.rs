//! Sequences that sequencing kits add to templates, as their makers publish them.

/// What reads run into after a short template.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adapter {
    pub(crate) name: &'static str,
    /// Name of the second reads' adapter where it begins differently.
    pub(crate) r2_name: &'static str,
    /// As the first reads show it.
    pub(crate) r1: &'static [u8],
    /// As the second reads show it.
    pub(crate) r2: &'static [u8],
}

pub(crate) const ADAPTERS: [Adapter; 3] = [
    Adapter {
        name: "Illumina TruSeq",
        r2_name: "Illumina TruSeq",
        r1: b"AGATCGGAAGAGCACACGTCTGAACTCCAGTCA",
        r2: b"AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGT",
    },
    Adapter {
        name: "Nextera transposase",
        r2_name: "Nextera transposase",
        r1: b"CTGTCTCTTATACACATCTCCGAGCCCACGAGAC",
        r2: b"CTGTCTCTTATACACATCTGACGCTGCCGACGA",
    },
    Adapter {
        name: "MGI forward",
        r2_name: "MGI reverse",
        r1: b"AAGTCGGAGGCCAAGCGGTCTTAGGAAGACAA",
        r2: b"AAGTCGGATCGTAGCCATGTCGTTCTGTGAGCCAAGGAGTTG",
    },
];

/// Primers that are found whole where adapters were ligated to themselves.
const PRIMERS: [(&str, &[u8]); 3] = [
    ("Illumina P5 primer", b"AATGATACGGCGACCACCGAGATCTACACTCTTTCCCTACACGACGCTCTTCCGATCT"),
    ("Illumina P7 primer", b"CAAGCAGAAGACGGCATACGAGAT"),
    ("PhiX174 control", b"GAGTTTTATCGCTTCCATGACGCAGAAGTTAACACTTTCGGATATTTCTGATGAGTCGAA"),
];

/// Bases that a sequence must share with one of ours to be of that source.
const SHARED: usize = 16;

/// Where a sequence that is seen too often may come from, with the bases that speak for it.
pub(crate) fn possible_source(sequence: &[u8]) -> Option<String> {
    if let Some(letter) = b"ACGTN".iter().find(|&&letter| {
        let same = sequence.iter().filter(|&&base| base == letter).count();
        10 * same >= 9 * sequence.len()
    }) {
        return Some(match letter {
            b'N' => "no base calls".to_owned(),
            letter => format!("poly-{}", char::from(*letter)),
        });
    }
    let adapters = ADAPTERS.iter().flat_map(|a| [(a.name, a.r1), (a.r2_name, a.r2)]);
    adapters
        .chain(PRIMERS)
        .map(|(name, known)| {
            let turned = reverse_complement(known);
            let shared = longest_shared(sequence, known).max(longest_shared(sequence, &turned));
            (shared, name)
        })
        .filter(|(shared, _)| *shared >= SHARED)
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(shared, name)| format!("{name} ({shared} of {} bases)", sequence.len()))
}

/// Length of the longest run of bases that both have.
fn longest_shared(a: &[u8], b: &[u8]) -> usize {
    let run = |a: &[u8], b: &[u8]| {
        let mut longest = 0;
        a.iter().zip(b).fold(0, |run, (a, b)| {
            let run = if a == b { run + 1 } else { 0 };
            longest = longest.max(run);
            run
        });
        longest
    };
    let after = |from: usize| run(&a[from..], b);
    let before = |from: usize| run(a, &b[from..]);
    (0..a.len()).map(after).chain((0..b.len()).map(before)).max().unwrap_or(0)
}

/// The other strand; what is no base becomes N.
pub(crate) fn reverse_complement(bases: &[u8]) -> Vec<u8> {
    bases.iter().rev().map(|&base| b"TGCANNNN"[crate::code(base)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_of_sequences() {
        let of = |sequence: &[u8]| possible_source(sequence);
        let dimer = b"AGATCGGAAGAGCACACGTCTGAACTCCAGTCACACGTACGTATCTCGTA";
        assert_eq!(of(dimer).as_deref(), Some("Illumina TruSeq (33 of 50 bases)"));
        let turned = reverse_complement(b"ACGTGTCTCTTATACACATCTGACGCTGCCGACGATT");
        assert_eq!(of(&turned).as_deref(), Some("Nextera transposase (32 of 37 bases)"));
        assert_eq!(of(b"GGGGGGGGGGGGGGGGGGGGGGGGGGGTGG").as_deref(), Some("poly-G"));
        assert_eq!(of(&[b'N'; 50]).as_deref(), Some("no base calls"));
        assert_eq!(of(b"ACGGTCATTGCACCTAGGATTCAGCATTACGGACGGTCATTGCACCTAGG"), None);
    }
}
