//! The sites of a window of chrM.

use wgs_core::Interval0;

use super::{
    MitoOptions, filters,
    fractions::{Mixture, Shares},
    origin,
};
use crate::{
    allele::Allele,
    annotation,
    block::Judged,
    genotype::{Copies, GenotypeCall, Locus},
    site::{self, Evidence, SampleCall, Site},
};

/// Largest genotype quality.
const MAX_GENOTYPE_QUALITY: f64 = 99.0;

/// Makes sites of the windows that a block judges.
#[derive(Debug)]
pub struct Judge<'a> {
    options: &'a MitoOptions,
    /// Length of the contig, a circle.
    length: u32,
    interval: Interval0,
    /// The sites so far, in the order of windows, with their places on the contig.
    pub sites: Vec<Site>,
    /// Sites that no record can hold, because they span the origin.
    pub spanning_origin: u64,
}

/// What one sample has of an allele.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    fraction: f64,
    lod: f64,
}

impl<'a> Judge<'a> {
    /// For sites whose anchors lie in `interval` of a contig of `length` bases, in the offsets of the
    /// block's frame ([`origin`]).
    pub fn new(options: &'a MitoOptions, length: u32, interval: Interval0) -> Self {
        Self { options, length, interval, sites: Vec::new(), spanning_origin: 0 }
    }

    /// Takes the next window.
    pub fn window(&mut self, judged: &Judged<'_>) {
        let mixtures: Vec<(Mixture, Shares)> = judged
            .context
            .matrices
            .iter()
            .map(|matrix| {
                let mixture = Mixture::new(matrix);
                let shares = mixture.shares();
                (mixture, shares)
            })
            .collect();
        let (interval, window) = (self.interval, judged.context.window);
        let told = |l: &&Locus| interval.contains(l.anchor) && window.tells(l.alleles[0]);
        for locus in judged.loci.iter().filter(told) {
            self.locus(judged, locus, &mixtures);
        }
    }

    fn locus(&mut self, judged: &Judged<'_>, locus: &Locus, mixtures: &[(Mixture, Shares)]) {
        let carried: Vec<usize> =
            judged.context.haplotypes.iter().map(|h| locus.allele_on(h)).collect();
        // Of each sample, what it has of each variant allele.
        let found: Vec<Vec<Found>> = mixtures
            .iter()
            .map(|(mixture, shares)| {
                let of = |allele| self.found(mixture, shares, &carried, allele);
                (1..locus.allele_count()).map(of).collect()
            })
            .collect();
        let is_there = |f: &Found| {
            f.fraction >= self.options.min_fraction && f.lod >= self.options.min_written_lod
        };
        let kept: Vec<usize> = std::iter::once(0)
            .chain((1..locus.allele_count()).filter(|a| found.iter().any(|s| is_there(&s[a - 1]))))
            .collect();
        if kept.len() < 2 {
            return;
        }
        let alleles: Vec<&Allele> = kept[1..]
            .iter()
            .map(|k| &judged.context.window.alleles[locus.alleles[k - 1]])
            .collect();
        let (reference, alternates) =
            site::spelled(locus.anchor, &alleles, judged.context.reference);
        let evidence =
            site::evidence(judged.context, locus, (&carried, &kept), reference.len() as u32);
        let mut spelling: Vec<Vec<u8>> = std::iter::once(reference).chain(alternates).collect();
        let place =
            origin::folded(locus.anchor, &mut spelling, self.length, judged.context.reference);
        let Some(position) = place else {
            self.spanning_origin += 1;
            return;
        };
        let lod = found.iter().flatten().map(|f| f.lod).fold(0.0, f64::max);
        let samples = found.iter().zip(&evidence).map(|(found, evidence)| {
            let found: Vec<Found> = kept[1..].iter().map(|k| found[k - 1]).collect();
            self.sample(&found, evidence)
        });
        let samples: Vec<SampleCall> = samples.collect();
        let carriers = samples.iter().zip(&evidence).filter(|(s, _)| s.has_variant());
        let of_carriers: Vec<Evidence<'_>> =
            carriers.flat_map(|(_, e)| e.iter().copied()).collect();
        let mut site = Site {
            position,
            reference: spelling.remove(0),
            alternates: spelling,
            quality: 10.0 * lod,
            bias: site::bias(judged.context, locus, &evidence.concat(), &samples, (&alleles, None)),
            samples,
            filters: Vec::new(),
        };
        site.filters = filters::failed(&of_carriers, lod, site.is_snv(), &self.options.filters);
        self.sites.push(site);
    }

    fn found(&self, mixture: &Mixture, shares: &Shares, carried: &[usize], allele: usize) -> Found {
        let marked: Vec<bool> = carried.iter().map(|&a| a == allele).collect();
        let fraction: f64 =
            shares.fractions.iter().zip(&marked).filter(|(_, m)| **m).map(|(f, _)| f).sum();
        if mixture.is_empty() || fraction < self.options.min_fraction {
            let fraction = if mixture.is_empty() { 0.0 } else { fraction };
            return Found { fraction, lod: 0.0 };
        }
        Found { fraction, lod: mixture.lod(shares, &marked, self.options.background_fraction) }
    }

    fn sample(&self, found: &[Found], evidence: &[Evidence<'_>]) -> SampleCall {
        let mut allele_depths = vec![0; found.len() + 1];
        for allele in evidence.iter().filter_map(|e| e.allele) {
            allele_depths[allele] += 1;
        }
        let copies = self.copies(found);
        let lod = match copies.variant_count() {
            0 => MAX_GENOTYPE_QUALITY,
            _ => found.iter().map(|f| f.lod).fold(0.0, f64::max),
        };
        let quality = (10.0 * lod).min(MAX_GENOTYPE_QUALITY);
        SampleCall {
            ploidy: copies.alleles().count(),
            genotype: (!evidence.is_empty()).then_some(GenotypeCall { copies, quality }),
            allele_depths,
            depth: evidence.len() as u32,
            phred_likelihoods: Vec::new(),
            strands: annotation::strands(evidence, |allele| Some(allele > 0)),
            votes: Vec::new(),
            phase: None,
            fractions: Some(found.iter().map(|f| f.fraction).collect()),
        }
    }

    /// One copy of the only allele, or two of the most frequent ones: the reference is there from the
    /// share on that homoplasmy leaves, variant alleles from the least share to be told.
    fn copies(&self, found: &[Found]) -> Copies {
        let rest = 1.0 - found.iter().map(|f| f.fraction).sum::<f64>();
        let mut there: Vec<(f64, usize)> = found
            .iter()
            .enumerate()
            .filter(|(_, f)| {
                f.fraction >= self.options.min_fraction && f.lod >= self.options.min_written_lod
            })
            .map(|(i, f)| (f.fraction, i + 1))
            .collect();
        if there.is_empty() {
            return Copies::One(0);
        }
        if rest > 1.0 - self.options.homoplasmic_fraction {
            there.push((rest, 0));
        }
        there.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        match there[..] {
            [(_, only)] => Copies::One(only),
            [(_, first), (_, second), ..] => Copies::two(first, second),
            [] => Copies::One(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn genotypes_tell_what_is_there() {
        let options = MitoOptions::default();
        let judge = Judge::new(&options, 100, Interval0::new(0, 100).unwrap());
        let copies = |fractions: &[f64]| {
            let found = fractions.iter().map(|&fraction| Found { fraction, lod: 20.0 });
            judge.copies(&found.collect::<Vec<_>>())
        };
        assert_eq!(copies(&[0.99]), Copies::One(1));
        assert_eq!(copies(&[0.93]), Copies::Two(0, 1));
        assert_eq!(copies(&[0.03]), Copies::Two(0, 1));
        assert_eq!(copies(&[0.96, 0.03]), Copies::Two(1, 2));
        assert_eq!(copies(&[0.5, 0.3]), Copies::Two(1, 2));
        assert_eq!(copies(&[0.2, 0.3]), Copies::Two(0, 2));
        assert_eq!(copies(&[0.01]), Copies::One(0));
    }
}
