//! Where no variant is called: how sure the reads are of that.
//!
//! - [`pileup`]: what the bases at each place say against any substitution
//! - [`context`]: which part of the reference a read must reach over to speak of an insertion or
//!   deletion at a place
//! - [`indel`]: what the reads that do say against any insertion or deletion
//!
//! [`confidence`] puts them together. The idea of a likelihood of "any other allele" is that of the
//! GATK's reference model (Poplin et al. 2017, doi:10.1101/201178); likelihoods, contexts and slip
//! rates are this crate's own, the same that judge variants.

pub mod context;
pub mod indel;
pub mod pileup;

use wgs_core::Interval0;

use crate::{likelihood::gaps::IndelErrors, read::Read, stretch::Stretch};

/// Largest confidence that is told, Phred-scaled, as for genotypes of variants.
pub const MAX_QUALITY: u32 = 99;

/// What the reads say at a base of the reference: that it is as the reference has it, against any
/// other allele that begins there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BaseConfidence {
    /// Fragments with a base of good quality here.
    pub depth: u32,
    /// Phred-scaled likelihood of one copy of another allele beside one of the reference, less that
    /// of two of the reference: below 0 where another allele is likelier.
    pub one: f32,
    /// The same of other alleles only (two copies, or the one of a haploid sample).
    pub all: f32,
}

impl BaseConfidence {
    /// Phred-scaled likelihoods, the best 0, of the genotypes of a ploidy: reference, one other (if
    /// diploid), others only; none without copies.
    pub fn phred_likelihoods(&self, ploidy: usize) -> Vec<u32> {
        let values: &[f32] = match ploidy {
            0 => &[],
            1 => &[0.0, self.all],
            _ => &[0.0, self.one, self.all],
        };
        let best = values.iter().copied().fold(0.0, f32::min);
        values.iter().map(|v| (v - best).round() as u32).collect()
    }

    /// Phred-scaled confidence in the reference: how far the next genotype lies behind it, at most
    /// [`MAX_QUALITY`], and 0 where another is likelier.
    pub fn quality(&self, ploidy: usize) -> u32 {
        let next = match ploidy {
            0 => 0.0,
            1 => self.all,
            _ => self.one.min(self.all),
        };
        (next.max(0.0) as u32).min(MAX_QUALITY)
    }
}

/// The confidence at each base of an interval, from a sample's reads in the order of their start.
/// `reference` should reach beyond the interval by a few hundred bases. A fragment speaks once for
/// each base, though both its reads show it.
pub fn confidence(
    reads: &[Read],
    reference: &Stretch,
    interval: Interval0,
    min_base_quality: u8,
    errors: &IndelErrors,
) -> Vec<BaseConfidence> {
    let bases = pileup::against_substitutions(reads, reference, interval, min_base_quality);
    let gaps = indel::against_indels(reads, reference, interval, errors);
    bases
        .into_iter()
        .zip(gaps)
        .map(
            |(base, gap)| {
                if gap.one < base.one { BaseConfidence { depth: base.depth, ..gap } } else { base }
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::tests::read;

    fn at(reads: &[Read], text: &str, place: usize) -> BaseConfidence {
        let interval = Interval0::new(0, text.len() as u32).unwrap();
        let errors = IndelErrors::default();
        confidence(reads, &Stretch::new(0, text.into()), interval, 10, &errors)[place]
    }

    const TEXT: &str = "GATCCGTAGCTTACGGCATTCAGGAAAAAAAACTTGCATCCGATTGCAGGCTAAC";

    fn deep(n: usize) -> Vec<Read> {
        (0..n).map(|i| read(&format!("r{i}"), 0, "55M", TEXT)).collect()
    }

    #[test]
    fn three_phred_for_each_fragment_that_covers_the_context() {
        let plain = at(&deep(10), TEXT, 12);
        assert_eq!(plain.depth, 10);
        assert!((29.5..30.5).contains(&plain.one), "{plain:?}");
        assert_eq!(plain.phred_likelihoods(2)[0], 0);
        assert_eq!(plain.quality(2), plain.one as u32);
        assert!(plain.quality(1) == MAX_QUALITY);
        let mates: Vec<Read> = [0, 1].map(|_| read("a", 0, "55M", TEXT)).into();
        assert_eq!(at(&mates, TEXT, 12).depth, 1);
        assert!((at(&mates, TEXT, 12).one - 3.0).abs() < 0.1);
    }

    #[test]
    fn reads_that_end_in_a_repeat_do_not_speak_of_its_length() {
        let short: Vec<Read> =
            (0..10).map(|i| read(&format!("r{i}"), 0, "28M", &TEXT[..28])).collect();
        assert!(at(&short, TEXT, 12).quality(2) > 28);
        assert_eq!(at(&short, TEXT, 25).quality(2), 0);
        assert_eq!(at(&short, TEXT, 25).depth, 10);
        assert!(at(&deep(10), TEXT, 25).quality(2) > 28);
    }

    #[test]
    fn other_bases_and_gaps_lower_it() {
        let mut reads = deep(8);
        let mut other = TEXT.to_owned();
        other.replace_range(12..13, "T");
        reads.push(read("x", 0, "55M", &other));
        assert!(at(&reads, TEXT, 12).quality(2) < 5);
        let with_gap = [&TEXT[..24], &TEXT[25..]].concat();
        let mut reads = deep(8);
        reads.push(read("x", 0, "24M1D30M", &with_gap));
        assert!(at(&reads, TEXT, 23).quality(2) < 5, "at the anchor");
        assert!(at(&reads, TEXT, 12).quality(2) >= 24);
    }

    #[test]
    fn beside_a_gap_that_all_have_any_other_gap_is_unlikely() {
        let with_gap = [&TEXT[..24], &TEXT[25..]].concat();
        let mut reads: Vec<Read> =
            (0..20).map(|i| read(&format!("r{i}"), 0, "24M1D30M", &with_gap)).collect();
        for place in [21, 25, 31] {
            assert!(at(&reads, TEXT, place).quality(2) > 55, "{place}");
        }
        assert!(at(&reads, TEXT, 23).phred_likelihoods(2)[0] > 20, "at the deletion");
        let inserted = [&TEXT[..22], "T", &TEXT[22..]].concat();
        reads.push(read("x", 0, "22M1I33M", &inserted));
        let beside = at(&reads, TEXT, 21);
        assert!(beside.phred_likelihoods(2)[0] == 0 && beside.one > 10.0, "{beside:?}");
        assert!(at(&reads, TEXT, 23).phred_likelihoods(2)[0] > 20, "at the deletion");
        assert!(at(&reads, TEXT, 12).quality(2) > 28, "away from it");
    }

    #[test]
    fn without_reads_or_copies_there_is_none() {
        assert_eq!(at(&[], TEXT, 5), BaseConfidence::default());
        let one = at(&deep(10), TEXT, 12);
        assert_eq!((one.quality(0), one.phred_likelihoods(0)), (0, vec![]));
        let doubtful = BaseConfidence { depth: 3, one: -7.4, all: 20.2 };
        assert_eq!((doubtful.quality(2), doubtful.phred_likelihoods(2)), (0, vec![7, 0, 28]));
    }
}
