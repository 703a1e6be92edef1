//! A locus of all samples: genotyped, and told as a call would.

use wgs_formats::genome::Genome;

use super::{evidence::Evidence, pooled, row::Row, sites::Unified};
use crate::{
    allele::Allele,
    annotation::{Bias, Repeat},
    genotype::{self, Copies, GenotypeCall, LocusLikelihoods, SampleLikelihoods, prior},
    options::Options,
    phase::Phase,
    site::{self, SampleCall, Site},
    stretch::Stretch,
};

/// Reference bases after a locus that are looked at for repeats.
const AFTER_BASES: u32 = 700;
/// The same before it.
const BEFORE_BASES: u32 = 100;

/// A site with what its genotypes were concluded from.
#[derive(Clone, Debug)]
pub struct Genotyped {
    /// The site, without filters.
    pub site: Site,
    /// Each sample's likelihoods over the site's alleles.
    pub likelihoods: Vec<SampleLikelihoods>,
    /// How often each of its variant alleles is expected.
    pub thetas: Vec<f64>,
    /// Whether a tandem repeat is longer or shorter.
    pub in_repeat: bool,
}

/// The reference around a locus.
pub fn around(genome: &Genome, contig: wgs_core::ContigIndex, anchor: u32) -> Stretch {
    let length = genome.contigs().get(contig).map_or(0, |c| c.length);
    let start = anchor.saturating_sub(BEFORE_BASES);
    let end = anchor.saturating_add(AFTER_BASES).min(length).max(start);
    let interval = wgs_core::Interval0::new(start, end).expect("the end is not before the start");
    Stretch::of(genome, contig, interval)
}

/// Genotypes a locus; `None` where no sample has a variant, or QUAL is below what is written.
pub fn genotyped(
    locus: &Unified,
    evidence: &[Evidence<'_>],
    reference: &Stretch,
    options: &Options,
) -> Option<Genotyped> {
    let alleles: Vec<&Allele> = locus.alleles.iter().collect();
    let theta = prior::theta(&alleles, reference, &options.priors);
    let merged: Vec<SampleLikelihoods> = evidence.iter().map(|e| e.merged.clone()).collect();
    let judged = genotype::judge(&merged, &vec![theta; alleles.len()]);
    if !judged.has_variant() || judged.call.quality < options.min_written_quality {
        return None;
    }
    let genotype::Judgement { mut kept, likelihoods: mut over_kept, mut call } = judged;
    let kept_alleles: Vec<&Allele> = kept[1..].iter().map(|&k| alleles[k - 1]).collect();
    let in_repeat = kept_alleles.iter().any(|allele| allele.is_in_repeat(reference));
    let (bases, mut alternates) = site::spelled(locus.anchor, &kept_alleles, reference);
    let mut thetas = vec![theta; kept_alleles.len()];
    let absence = alleles.len() + 1;
    let with_absence = evidence.iter().any(|e| e.tells_absence);
    let of_locus = |e: &Evidence<'_>| LocusLikelihoods {
        merged: e.merged.clone(),
        spanned: with_absence.then(|| e.apart.clone()),
    };
    let of_locus: Vec<LocusLikelihoods> = evidence.iter().map(of_locus).collect();
    if let Some(apart) = site::spanned(&of_locus, &kept, absence, &mut call) {
        over_kept = apart;
        kept.push(absence);
        alternates.push(site::SPANNED.to_vec());
        thetas.push(0.5);
    }
    let samples = evidence.iter().zip(&over_kept).zip(&call.genotypes);
    let samples: Vec<SampleCall> = samples
        .map(|((e, likelihoods), genotype)| {
            sample(e, likelihoods, *genotype, &kept, absence, locus)
        })
        .collect();
    let places: Vec<Vec<Option<(usize, u32)>>> =
        evidence.iter().map(|e| places(e, &kept_alleles)).collect();
    let told: Vec<pooled::Told<'_>> = evidence
        .iter()
        .zip(&places)
        .filter_map(|(e, alleles)| {
            let depths = &e.allele_depths;
            let variant = depths[1..].iter().sum();
            let record = e.own?.record.as_deref()?;
            Some(pooled::Told { record, fragments: [depths[0], variant], alleles })
        })
        .collect();
    let start = kept_alleles.iter().map(|a| a.start).min().unwrap_or(locus.anchor);
    let repeat = Repeat::touching(start.saturating_sub(1), start + 2, reference);
    let site = Site {
        position: locus.anchor,
        reference: bases,
        alternates,
        quality: call.quality,
        bias: Bias { repeat, ..pooled::bias(&told) },
        samples,
        filters: Vec::new(),
    };
    let has_variant = site.samples.iter().any(SampleCall::has_variant);
    has_variant.then_some(Genotyped { site, likelihoods: over_kept, thetas, in_repeat })
}

/// Where a sample's own record has these alleles, with the fragments that show them.
fn places(evidence: &Evidence<'_>, alleles: &[&Allele]) -> Vec<Option<(usize, u32)>> {
    let place = |allele: &&Allele| {
        let row = evidence.own?;
        let index = row.index_of(&super::row::Told::Variant((*allele).clone()))?;
        Some((index - 1, row.allele_depths.get(index).copied().unwrap_or(0)))
    };
    alleles.iter().map(place).collect()
}

fn sample(
    evidence: &Evidence<'_>,
    likelihoods: &SampleLikelihoods,
    genotype: Option<GenotypeCall>,
    kept: &[usize],
    absence: usize,
    locus: &Unified,
) -> SampleCall {
    let mut depths: Vec<u32> = kept.iter().map(|&k| evidence.allele_depths[k]).collect();
    if !kept.contains(&absence) {
        depths[0] += evidence.allele_depths[absence];
    }
    let genotype = genotype.filter(|_| evidence.depth > 0);
    let phred = |l: &f64| (-10.0 / std::f64::consts::LN_10 * l).round() as u32;
    let strands = evidence.own.and_then(|row| pooled::strands(row.record.as_deref()?));
    SampleCall {
        ploidy: likelihoods.ploidy,
        genotype,
        depth: evidence.depth,
        phred_likelihoods: likelihoods.genotypes.iter().map(phred).collect(),
        strands: strands.unwrap_or_else(|| reference_strands(depths[0])),
        phase: genotype.and_then(|g| phase(evidence.own?, g.copies, kept, locus)),
        allele_depths: depths,
        ..SampleCall::default()
    }
}

/// Strands that nobody told: the halves of the fragments of a block.
fn reference_strands(depth: u32) -> [u32; 4] {
    [depth - depth / 2, depth / 2, 0, 0]
}

/// The phase of a row, if the genotype is still the row's.
fn phase(row: &Row, copies: Copies, kept: &[usize], locus: &Unified) -> Option<Phase> {
    let record = row.record.as_deref()?;
    let set = record.sample_value(0, "PS")?.parse::<u32>().ok()?.checked_sub(1)?;
    let is_phased = record.genotype(0)?.phased;
    let [first, second] = row.genotype[..] else { return None };
    let Copies::Two(a, b) = copies else { return None };
    let of_site = |index: usize| -> Option<usize> {
        let within = match index {
            0 => 0,
            index => match &row.told[index - 1] {
                super::row::Told::Variant(allele) => {
                    locus.alleles.iter().position(|x| x == allele)? + 1
                }
                super::row::Told::Spanning => locus.alleles.len() + 1,
                _ => return None,
            },
        };
        kept.iter().position(|&k| k == within)
    };
    let (first, second) = (of_site(first)?, of_site(second)?);
    (is_phased && a != b && Copies::two(first, second) == copies)
        .then_some(Phase { set, swapped: first == b })
}
