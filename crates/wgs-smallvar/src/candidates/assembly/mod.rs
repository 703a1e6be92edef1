//! Haplotypes from the reads of an active region, by local assembly.
//!
//! Reads are cut to k-mers, of the smallest k with which the region's reference holds none twice and
//! the graph has no cycle; steps that few reads take and ways that lead nowhere are taken away
//! (micro-assembly as in Scalpel, Narzisi et al. 2014, doi:10.1038/nmeth.3069, and the callers after
//! it). The ways that most reads take are compared with the reference. Where no k serves, in long
//! repeats or where reads are few, the alleles that alignments show are all there is.

mod differences;
mod graph;
mod paths;

use std::ops::Range;

use crate::{
    allele::Allele, options::AssemblyOptions, read::Read, sample::SampleReads, stretch::Stretch,
};
use graph::Graph;

/// Reference bases on either side of an active region that are assembled with it.
const FLANK_BASES: u32 = 120;
/// The k that are tried.
const KS: [usize; 5] = [17, 25, 35, 47, 61];
/// Bases of lower quality (Phred) break a read.
const MIN_BASE_QUALITY: u8 = 10;
/// Most reads of a sample; of more, every second, third and so on.
const MAX_READS: usize = 1_500;
/// Reads that must take a step, and the share of the depth that they must be.
const MIN_WEIGHT: u32 = 2;
const MIN_WEIGHT_SHARE: f64 = 0.06;

/// A haplotype that reads spell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembled {
    /// Its differences from the reference, in order, of which one at least is no substitution.
    pub alleles: Vec<Allele>,
    /// Reads that take its rarest step.
    pub support: u32,
}

/// The haplotypes of a region other than the reference, the best supported first: each sample is
/// assembled by itself.
pub fn haplotypes(
    samples: &[&[Read]],
    region: &Range<u32>,
    reference: &Stretch,
    options: &AssemblyOptions,
) -> Vec<Assembled> {
    let whole = reference.interval();
    let start = region.start.saturating_sub(FLANK_BASES).max(whole.start());
    let end = (region.end + FLANK_BASES).min(whole.end());
    let mut found: Vec<Assembled> = Vec::new();
    for reads in samples {
        let reads: Vec<&Read> = SampleReads::new(reads).near(start..end).map(|r| r.1).collect();
        let step = reads.len().div_ceil(MAX_READS).max(1);
        let reads: Vec<&Read> = reads.into_iter().step_by(step).collect();
        let of_k = |k| with_k(&reads, start..end, reference, k, options);
        found.extend(KS.into_iter().find_map(of_k).unwrap_or_default());
    }
    found.sort_by(|a, b| b.support.cmp(&a.support).then_with(|| a.alleles.cmp(&b.alleles)));
    let mut distinct: Vec<Assembled> = Vec::new();
    for one in found {
        if !distinct.iter().any(|other| other.alleles == one.alleles) {
            distinct.push(one);
        }
    }
    distinct.truncate(options.max_haplotypes as usize);
    distinct
}

fn with_k(
    reads: &[&Read],
    span: Range<u32>,
    reference: &Stretch,
    k: usize,
    options: &AssemblyOptions,
) -> Option<Vec<Assembled>> {
    let expected = reference.slice(span.start, span.end);
    let mut graph = Graph::new(expected, k)?;
    let mut bases = 0;
    for read in reads {
        graph.add_read(read.bases(), read.quals(), MIN_BASE_QUALITY);
        bases += read.end().min(span.end).saturating_sub(read.start().max(span.start));
    }
    let depth = f64::from(bases) / span.len() as f64;
    graph.prune(MIN_WEIGHT.max((MIN_WEIGHT_SHARE * depth).ceil() as u32));
    let order = graph.in_order()?;
    let paths = paths::best(&graph, &order, options.max_haplotypes as usize + 1);
    let assembled = paths.into_iter().filter_map(|path| {
        let support = path.support?;
        let haplotype = [&expected[..k], &path.bases].concat();
        let alleles = differences::alleles(&haplotype, span.start, span.end, reference);
        let known =
            alleles.iter().all(|a| a.start > 0 && reference.is_known(a.start - 1, a.end() + 1));
        let short = |a: &Allele| a.deleted.max(a.inserted.len() as u32) <= options.max_indel_bases;
        (known && alleles.iter().all(short) && alleles.iter().any(|a| !a.is_snv()))
            .then_some(Assembled { alleles, support })
    });
    Some(assembled.take(options.max_haplotypes as usize).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::tests::read;

    fn random(seed: u64, len: usize) -> String {
        let mut state = seed;
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                char::from(b"ACGT"[(state >> 60) as usize & 3])
            })
            .collect()
    }

    /// Reads of a haplotype, aligned at the place where they would lie without a gap.
    fn tiled(haplotype: &str, len: usize) -> Vec<Read> {
        let starts = (0..=haplotype.len() - len).step_by(9);
        starts
            .map(|s| read(&format!("r{s}"), s as u32, &format!("{len}M"), &haplotype[s..s + len]))
            .collect()
    }

    fn assembled(reference: &str, haplotypes: &[&str], region: Range<u32>) -> Vec<Vec<Allele>> {
        let stretch = Stretch::new(0, reference.into());
        let mut reads: Vec<Read> = haplotypes.iter().flat_map(|h| tiled(h, 100)).collect();
        reads.sort_by_key(Read::start);
        let options = AssemblyOptions::default();
        let found = super::haplotypes(&[&reads], &region, &stretch, &options);
        found.into_iter().map(|a| a.alleles).collect()
    }

    #[test]
    fn long_insertions_and_deletions_that_no_alignment_shows() {
        let reference = random(5, 700);
        let inserted = random(9, 90);
        let insertion = format!("{}{inserted}{}", &reference[..300], &reference[300..]);
        let found = assembled(&reference, &[&reference, &insertion], 299..301);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].len(), found[0][0].inserted.len()), (1, 90));
        let deletion = format!("{}{}", &reference[..300], &reference[420..]);
        let found = assembled(&reference, &[&reference, &deletion], 299..421);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].len(), found[0][0].deleted), (1, 120));
    }

    #[test]
    fn two_haplotypes_and_what_lies_on_them() {
        let reference = random(5, 700);
        let base = |at: usize| if &reference[at..=at] == "A" { "C" } else { "A" };
        let first = format!(
            "{}{}{}{}",
            &reference[..300],
            &reference[306..320],
            base(320),
            &reference[321..]
        );
        let second = format!("{}GATTACAGG{}", &reference[..310], &reference[310..]);
        let found = assembled(&reference, &[&first, &second], 300..320);
        assert_eq!(found.len(), 2, "{found:?}");
        let kinds =
            |alleles: &[Allele]| alleles.iter().map(Allele::length_change).collect::<Vec<_>>();
        let mut all: Vec<Vec<i64>> = found.iter().map(|a| kinds(a)).collect();
        all.sort();
        assert_eq!(all, [vec![-6, 0], vec![9]]);
    }

    #[test]
    fn repeats_longer_than_any_k_have_no_assembly() {
        let reference = format!("{}{}{}", random(5, 250), "A".repeat(80), random(6, 250));
        let longer = format!("{}{}{}", random(5, 250), "A".repeat(90), random(6, 250));
        assert_eq!(assembled(&reference, &[&longer], 240..340), Vec::<Vec<Allele>>::new());
    }
}
