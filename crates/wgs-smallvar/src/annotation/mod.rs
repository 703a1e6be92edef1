//! What the fragments at a site look like, beside which allele they show: the figures by which
//! variants are told from errors.
//!
//! - [`evidence`]: what one fragment says
//! - [`repeat`]: the tandem repeat that a site lies in

pub mod evidence;
pub mod repeat;

use crate::{intake::Ambiguous, sample::SampleReads, statistics};
use evidence::Evidence;
pub use repeat::Repeat;

/// Beyond this distance, in bases, another candidate is none of a site's business.
pub const MAX_CANDIDATE_DISTANCE: u32 = 200;

/// The look of a site's fragments, over all samples. Where it differs between fragments of the
/// reference and of variant alleles, something else than a variant may have made them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bias {
    /// Root mean square of the mapping qualities, Phred-scaled.
    pub mapping_quality: f64,
    /// Phred-scaled p of Fisher's test for the strands.
    pub fisher_strand: f64,
    /// Symmetric odds ratio of the strands, natural logarithm.
    pub strand_odds_ratio: f64,
    /// z of the rank sum test of base qualities.
    pub base_quality_z: Option<f64>,
    /// z of the rank sum test of mapping qualities.
    pub mapping_quality_z: Option<f64>,
    /// z of the rank sum test of distances to the end of the read.
    pub read_position_z: Option<f64>,
    /// Share of the reads over the site, of whatever mapping quality, whose mapping quality is 0.
    pub unmappable_share: f64,
    /// Share of them whose mapping quality is too low for calling.
    pub ambiguous_share: f64,
    /// Share of the fragments whose read is soft-clipped.
    pub clipped_share: f64,
    /// Mean of mismatches and gaps elsewhere in the reads that show the variant.
    pub variant_mismatches: Option<f64>,
    /// The same of reads that show the reference.
    pub reference_mismatches: Option<f64>,
    /// Bases to the nearest other candidate, if one is within [`MAX_CANDIDATE_DISTANCE`].
    pub candidate_distance: Option<u32>,
    /// The tandem repeat of the reference that the site touches.
    pub repeat: Option<Repeat>,
    /// Reads over the site of the deepest sample with the variant, divided by that sample's mean
    /// depth; where that is known.
    pub depth_ratio: Option<f64>,
    /// Phred-scaled probability that the call is wrong, by the filter model; `None` before it is
    /// judged.
    pub model_phred: Option<f64>,
    /// Of each variant allele against the reference's, where there are several.
    pub alleles: Vec<AlleleBias>,
}

/// The look of the fragments of one variant allele.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlleleBias {
    /// Root mean square of the mapping qualities, Phred-scaled; 0 without a fragment.
    pub mapping_quality: f64,
    /// Phred-scaled p of Fisher's test for the strands.
    pub fisher_strand: f64,
    /// Symmetric odds ratio of the strands, natural logarithm.
    pub strand_odds_ratio: f64,
}

/// What surrounds the sites of a block.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// Reads of each sample that map too ambiguously to take part.
    pub ambiguous: &'a [&'a [Ambiguous]],
    /// Mean depth of each sample, where it is known.
    pub mean_depths: &'a [Option<f64>],
    /// Anchors of the candidates of the block and its margins, ascending.
    pub candidates: &'a [u32],
}

/// The look of fragments, by allele (0 is the reference's); what depends on the place alone is not
/// filled in.
pub(crate) fn of_fragments(fragments: &[Evidence<'_>], alleles: usize) -> Bias {
    let table = strands(fragments, |allele| Some(allele > 0));
    let z = |value: fn(&Evidence<'_>) -> Option<f64>| {
        let of = |variant: bool| {
            let group = fragments.iter().filter(|f| f.allele.is_some_and(|a| (a > 0) == variant));
            group.filter_map(value).collect::<Vec<f64>>()
        };
        statistics::rank_sum_z(&of(false), &of(true))
    };
    let mismatches = |variant: bool| {
        let group = fragments.iter().filter(|f| f.allele.is_some_and(|a| (a > 0) == variant));
        mean(group.map(|f| f64::from(f.mismatches)))
    };
    let of_alleles = (1..alleles).map(|allele| {
        let table = strands(fragments, |a| (a == 0 || a == allele).then_some(a > 0));
        AlleleBias {
            mapping_quality: rms_mapq(fragments.iter().filter(|f| f.allele == Some(allele))),
            fisher_strand: statistics::fisher_strand_phred(table),
            strand_odds_ratio: statistics::strand_odds_ratio(table),
        }
    });
    Bias {
        mapping_quality: rms_mapq(fragments.iter()),
        fisher_strand: statistics::fisher_strand_phred(table),
        strand_odds_ratio: statistics::strand_odds_ratio(table),
        base_quality_z: z(|f| f.base_quality.map(f64::from)),
        mapping_quality_z: z(|f| Some(f64::from(f.mapq))),
        read_position_z: z(|f| f.end_distance.map(f64::from)),
        clipped_share: mean(fragments.iter().map(|f| f64::from(u8::from(f.clipped))))
            .unwrap_or(0.0),
        variant_mismatches: mismatches(true),
        reference_mismatches: mismatches(false),
        alleles: if alleles > 2 { of_alleles.collect() } else { Vec::new() },
        ..Bias::default()
    }
}

/// Fragments by allele and strand: `[reference forward, reference reverse, variant forward, variant
/// reverse]`; `is_variant` tells of an allele whether it is one, if it counts at all.
pub(crate) fn strands<'a>(
    fragments: impl IntoIterator<Item = &'a Evidence<'a>>,
    is_variant: impl Fn(usize) -> Option<bool>,
) -> [u32; 4] {
    let mut table = [0; 4];
    for fragment in fragments {
        if let Some(variant) = fragment.allele.and_then(&is_variant) {
            table[2 * usize::from(variant) + usize::from(fragment.reverse)] += 1;
        }
    }
    table
}

impl Surroundings<'_> {
    /// Fills in what depends on the place of a site. `carriers` tells which samples have the
    /// variant.
    pub(crate) fn describe(
        &self,
        bias: &mut Bias,
        anchor: u32,
        reads: &[SampleReads<'_>],
        carriers: &[bool],
    ) {
        let (mut all, mut ambiguous, mut unmappable) = (0u32, 0u32, 0u32);
        let mut ratio: Option<f64> = None;
        for (index, reads) in reads.iter().enumerate() {
            let used = reads.near(anchor..anchor + 1).filter(|(_, r)| r.covers(anchor));
            let left_out = self.ambiguous.get(index).copied().unwrap_or_default();
            let left_out = left_out.iter().filter(|r| r.start <= anchor && anchor < r.end);
            let (low, zero) = left_out
                .fold((0, 0), |(low, zero), read| (low + 1, zero + u32::from(read.mapq == 0)));
            let here = used.count() as u32 + low;
            all += here;
            ambiguous += low;
            unmappable += zero;
            let mean = self.mean_depths.get(index).copied().flatten();
            if let Some(mean) = mean.filter(|_| carriers.get(index) == Some(&true)) {
                let own = f64::from(here) / mean;
                ratio = Some(ratio.map_or(own, |r| r.max(own)));
            }
        }
        let share = |n: u32| f64::from(n) / f64::from(all.max(1));
        bias.ambiguous_share = share(ambiguous);
        bias.unmappable_share = share(unmappable);
        bias.depth_ratio = ratio;
        bias.candidate_distance = self.distance(anchor);
    }

    fn distance(&self, anchor: u32) -> Option<u32> {
        let at = self.candidates.partition_point(|&c| c < anchor);
        let next = self.candidates[at..].iter().find(|&&c| c > anchor).map(|c| c - anchor);
        let last = at.checked_sub(1).map(|i| anchor - self.candidates[i]);
        let nearest = next.into_iter().chain(last).min();
        nearest.filter(|&distance| distance <= MAX_CANDIDATE_DISTANCE)
    }
}

fn rms_mapq<'a>(fragments: impl Iterator<Item = &'a Evidence<'a>>) -> f64 {
    mean(fragments.map(|f| f64::from(f.mapq).powi(2))).unwrap_or(0.0).sqrt()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0u32), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / f64::from(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::tests::read;

    fn fragment(allele: usize, reverse: bool, mapq: u8, mismatches: u32) -> Evidence<'static> {
        Evidence { allele: Some(allele), reverse, mapq, mismatches, ..Evidence::default() }
    }

    #[test]
    fn alleles_apart_and_together() {
        let mut fragments = Vec::new();
        for i in 0..20 {
            fragments.push(fragment(0, i % 2 == 0, 60, 0));
            fragments.push(fragment(1, i % 2 == 0, 60, 1));
            fragments.push(fragment(2, false, 30, 5));
        }
        let bias = of_fragments(&fragments, 3);
        assert_eq!((bias.reference_mismatches, bias.variant_mismatches), (Some(0.0), Some(3.0)));
        assert!(bias.alleles[0].fisher_strand < 1e-6 && bias.alleles[1].fisher_strand > 30.0);
        assert_eq!(bias.alleles[1].mapping_quality, 30.0);
        assert!(of_fragments(&fragments, 2).alleles.is_empty());
        assert_eq!(
            of_fragments(&[], 3).alleles[0],
            AlleleBias { strand_odds_ratio: 2f64.ln(), ..AlleleBias::default() }
        );
    }

    #[test]
    fn the_place_of_a_site() {
        let reads = [read("a", 10, "10M", "ACGTACGTAC"), read("b", 14, "4M", "ACGT")];
        let low = |start, mapq| Ambiguous { start, end: start + 10, mapq };
        let ambiguous = [low(5, 0), low(12, 7), low(16, 0)];
        let surroundings = Surroundings {
            ambiguous: &[&ambiguous],
            mean_depths: &[Some(2.0)],
            candidates: &[3, 15, 15, 22, 400],
        };
        let mut bias = Bias::default();
        surroundings.describe(&mut bias, 15, &[SampleReads::new(&reads)], &[true]);
        assert_eq!((bias.ambiguous_share, bias.unmappable_share), (1.0 / 3.0, 0.0));
        assert_eq!((bias.candidate_distance, bias.depth_ratio), (Some(7), Some(1.5)));
        surroundings.describe(&mut bias, 100, &[SampleReads::new(&reads)], &[false]);
        assert_eq!((bias.candidate_distance, bias.depth_ratio), (Some(78), None));
        assert_eq!((bias.ambiguous_share, bias.unmappable_share), (0.0, 0.0));
    }
}
