//! Likelihoods at one substituted base, from the bases that the alignments put there.

use super::Matrix;
use crate::{
    candidates::{Haplotype, Window},
    sample::SampleReads,
};

/// Largest quality of a base that both reads of a pair show, Phred-scaled.
const MAX_PAIR_QUALITY: u8 = 45;

/// One fragment's word on a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Vote {
    fragment: u64,
    read: usize,
    base: u8,
    quality: u8,
    mapq: u8,
}

/// The likelihoods of a window of substitutions at one base: with error probability e, a base is
/// seen as itself with 1 - e and as each other with e / 3. Bases below `min_base_quality`, and
/// pairs whose reads contradict each other with about equal quality, have no say.
pub fn matrix(
    sample: SampleReads<'_>,
    window: &Window,
    haplotypes: &[Haplotype],
    reference_base: u8,
    min_base_quality: u8,
) -> Matrix {
    let bases: Vec<u8> = haplotypes
        .iter()
        .map(|h| {
            let carried = window.alleles.iter().enumerate().find(|(i, _)| h.has(*i));
            carried.map_or(reference_base, |(_, allele)| allele.inserted[0])
        })
        .collect();
    let mut matrix = Matrix::new(haplotypes.len());
    let mut likelihoods = vec![0.0; haplotypes.len()];
    for vote in votes(sample, window.span.start, min_base_quality) {
        let error = 10f64.powf(-f64::from(vote.quality.min(vote.mapq)) / 10.0);
        let (same, other) = ((1.0 - error).ln(), (error / 3.0).ln());
        for (likelihood, &base) in likelihoods.iter_mut().zip(&bases) {
            *likelihood = if base == vote.base { same } else { other };
        }
        matrix.push(vote.read, vote.mapq, &likelihoods);
    }
    matrix
}

/// What each fragment shows at a base, in the order of the reads that show it best.
fn votes(sample: SampleReads<'_>, position: u32, min_base_quality: u8) -> Vec<Vote> {
    let mut votes: Vec<Vote> = sample
        .near(position..position + 1)
        .filter_map(|(index, read)| {
            let offset = read.offset_at(position)?;
            Some(Vote {
                fragment: read.fragment(),
                read: index,
                base: read.bases()[offset],
                quality: read.quals()[offset],
                mapq: read.mapq(),
            })
        })
        .filter(|v| v.quality >= min_base_quality && matches!(v.base, b'A' | b'C' | b'G' | b'T'))
        .collect();
    votes.sort_by_key(|v| (v.fragment, v.read));
    let mut merged: Vec<Vote> =
        votes.chunk_by(|a, b| a.fragment == b.fragment).map(merge).collect();
    merged.retain(|v| v.quality >= min_base_quality);
    merged.sort_by_key(|v| v.read);
    merged
}

/// The word of a fragment whose reads (two, if they are of a pair) show these: qualities add up
/// where they agree, and are set off against each other where they do not.
fn merge(votes: &[Vote]) -> Vote {
    let better = |a: Vote, b: Vote| if b.quality > a.quality { b } else { a };
    votes[1..].iter().fold(votes[0], |a, &b| {
        let best = better(a, b);
        let quality = if a.base == b.base {
            a.quality.saturating_add(b.quality).min(MAX_PAIR_QUALITY.max(best.quality))
        } else {
            best.quality - a.quality.min(b.quality)
        };
        Vote { quality, mapq: a.mapq.max(b.mapq), ..best }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        allele::Allele,
        candidates::Method,
        read::{Read, tests::read},
    };

    fn rows(reads: &[Read]) -> Vec<(usize, Vec<f64>)> {
        let window = Window {
            method: Method::Pileup,
            span: 2..3,
            held: 0..4,
            alleles: vec![Allele::snv(2, b'T')],
            fragments: vec![2],
            assembled: Vec::new(),
            told_from: 0,
        };
        let haplotypes = [0, 1].map(|alleles| Haplotype { alleles, bases: Vec::new() });
        let matrix = matrix(SampleReads::new(reads), &window, &haplotypes, b'C', 10);
        matrix.rows().map(|(read, row)| (read, row.to_vec())).collect()
    }

    #[test]
    fn a_base_of_quality_30() {
        let rows = rows(&[read("a", 0, "4M", "AATA"), read("b", 0, "4M", "AACA")]);
        let expected = (0.001f64 / 3.0).ln() - 0.999f64.ln();
        assert!((rows[0].1[0] - expected).abs() < 1e-9 && rows[0].1[1] == 0.0);
        assert!((rows[1].1[1] - expected).abs() < 1e-9 && rows[1].1[0] == 0.0);
    }

    #[test]
    fn mates_count_once() {
        let agreeing = rows(&[read("a", 0, "4M", "AATA"), read("a", 1, "3M", "ATA")]);
        assert_eq!(agreeing.len(), 1);
        let single = rows(&[read("a", 0, "4M", "AATA")]);
        assert!(agreeing[0].1[0] < single[0].1[0], "two that agree say more than one");
        assert_eq!(rows(&[read("a", 0, "4M", "AATA"), read("a", 1, "3M", "ACA")]), []);
    }

    #[test]
    fn gaps_clips_and_unknown_bases_say_nothing() {
        let reads = [
            read("a", 0, "2M1D2M", "AAAC"),
            read("b", 0, "2M2S", "AATT"),
            read("c", 0, "4M", "AANA"),
        ];
        assert_eq!(rows(&reads), []);
    }
}
