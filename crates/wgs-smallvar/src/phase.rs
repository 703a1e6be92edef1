//! Which alleles of heterozygous loci lie on one chromosome, by the fragments that show several of
//! the loci.
//!
//! The loci of a sample are taken in order. Each joins the set of earlier loci with which its
//! fragments agree best, if the evidence is clear, and two sets become one where a locus holds them
//! together. A fragment's word counts by how sure it is of both sides, so that no single fragment
//! decides (two are the least), and loci about which fragments contradict each other stay alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::{genotype::Copies, site::Site};

/// Least evidence for one arrangement against the other, as a natural logarithm: 1000 to 1.
const MIN_LN_ODDS: f64 = 6.9;
/// Least number of fragments that tell, which all but a few must tell the same.
const MIN_FRAGMENTS: u32 = 2;
/// Largest share of the telling fragments that may say the opposite.
const MAX_CONTRADICTING: f64 = 0.2;
/// Least product of both sides' certainty for a fragment to be among those that tell.
const TELLING: f64 = 0.8;
/// What a fragment says of one chromosome against the other at most, as a natural logarithm.
const MAX_LN_ODDS: f64 = 6.0;
/// Distance from its last locus at which a set is closed; fragments are shorter.
const REACH_BASES: u32 = 2_000;
/// Least genotype quality of a locus that takes part.
const MIN_GENOTYPE_QUALITY: f64 = 20.0;

/// What a fragment says of a heterozygous locus.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vote {
    /// The fragment ([`crate::read::Read::fragment`]).
    pub fragment: u64,
    /// Natural logarithm of the likelihood of the genotype's lower allele against the higher.
    pub ln_odds: f64,
}

/// Where a heterozygous genotype stands among others that are on the same two chromosomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// 0-based place of the first record of the set, by which `PS` names it.
    pub set: u32,
    /// Whether the first chromosome carries the higher of the two alleles.
    pub swapped: bool,
}

/// Notes the phase of the samples at these sites, which are of one contig and in order.
pub fn link(sites: &mut [Site]) {
    let samples = sites.first().map_or(0, |site| site.samples.len());
    for sample in 0..samples {
        link_sample(sites, sample);
    }
}

fn link_sample(sites: &mut [Site], sample: usize) {
    let mut open: Vec<Set> = Vec::new();
    let mut closed: Vec<Set> = Vec::new();
    for (index, site) in sites.iter().enumerate() {
        if !takes_part(site, sample) {
            continue;
        }
        let (near, far): (Vec<Set>, Vec<Set>) =
            open.into_iter().partition(|set| site.position - set.last <= REACH_BASES);
        open = near;
        closed.extend(far);
        join(&mut open, index, site.position, &site.samples[sample].votes);
    }
    closed.extend(open);
    closed.retain(|set| set.members.len() > 1);
    closed.sort_by_key(|set| set.members.first().map(|m| m.0));
    let mut names = BTreeSet::new();
    for set in &closed {
        let places = set.members.iter().map(|&(index, _)| sites[index].position);
        let Some(name) = places.clone().find(|place| names.insert(*place)) else { continue };
        for &(index, swapped) in &set.members {
            sites[index].samples[sample].phase = Some(Phase { set: name, swapped });
        }
    }
}

fn takes_part(site: &Site, sample: usize) -> bool {
    let genotype = site.samples[sample].genotype;
    site.filters.is_empty()
        && genotype.is_some_and(|g| {
            g.quality >= MIN_GENOTYPE_QUALITY && matches!(g.copies, Copies::Two(a, b) if a != b)
        })
}

/// Loci whose arrangement is known.
#[derive(Clone, Debug, Default)]
struct Set {
    /// Place of the last locus.
    last: u32,
    /// Index of each locus, and whether its higher allele is on the first chromosome.
    members: Vec<(usize, bool)>,
    /// What each fragment says of the first chromosome against the second.
    odds: BTreeMap<u64, f64>,
}

/// What the fragments that two loci share say: above 0 for the arrangement as it stands.
#[derive(Clone, Copy, Debug, Default)]
struct Support {
    ln_odds: f64,
    telling: u32,
    contradicting: u32,
}

impl Support {
    fn of(pairs: impl Iterator<Item = (f64, f64)>) -> Self {
        let (mut ln_odds, mut same, mut opposite) = (0.0, 0, 0);
        for (a, b) in pairs {
            let product = (a / 2.0).tanh() * (b / 2.0).tanh();
            ln_odds += ((1.0 + product) / (1.0 - product)).ln();
            same += u32::from(product > TELLING);
            opposite += u32::from(product < -TELLING);
        }
        let contradicting = if ln_odds > 0.0 { opposite } else { same };
        Self { ln_odds, telling: same + opposite, contradicting }
    }

    fn is_clear(&self) -> bool {
        self.ln_odds.abs() >= MIN_LN_ODDS
            && self.telling >= MIN_FRAGMENTS
            && f64::from(self.contradicting) <= MAX_CONTRADICTING * f64::from(self.telling)
    }
}

impl Set {
    fn support(&self, votes: &[Vote]) -> Support {
        let shared = votes.iter().filter_map(|v| Some((*self.odds.get(&v.fragment)?, v.ln_odds)));
        Support::of(shared.map(|(a, b)| (bounded(a), bounded(b))))
    }

    fn add(&mut self, fragment: u64, ln_odds: f64) {
        let sum = self.odds.entry(fragment).or_insert(0.0);
        *sum = bounded(*sum + ln_odds);
    }

    /// Takes another set in, whose chromosomes stand the other way round if `flip`.
    fn absorb(&mut self, other: Self, flip: bool) {
        self.last = self.last.max(other.last);
        self.members.extend(other.members.into_iter().map(|(i, swapped)| (i, swapped != flip)));
        self.members.sort_unstable();
        for (fragment, odds) in other.odds {
            self.add(fragment, if flip { -odds } else { odds });
        }
    }
}

fn bounded(ln_odds: f64) -> f64 {
    ln_odds.clamp(-MAX_LN_ODDS, MAX_LN_ODDS)
}

/// Adds a locus to the sets that its fragments clearly support, which become one, or opens another.
fn join(open: &mut Vec<Set>, index: usize, position: u32, votes: &[Vote]) {
    let mut joined = Set { last: position, members: vec![(index, false)], ..Set::default() };
    votes.iter().for_each(|v| joined.add(v.fragment, v.ln_odds));
    for set in std::mem::take(open) {
        let support = set.support(votes);
        if support.is_clear() {
            joined.absorb(set, support.ln_odds < 0.0);
        } else {
            open.push(set);
        }
    }
    // The first locus of a set stands as its genotype is written.
    if joined.members.first().is_some_and(|m| m.1) {
        joined.members.iter_mut().for_each(|m| m.1 = !m.1);
        joined.odds.values_mut().for_each(|odds| *odds = -*odds);
    }
    open.push(joined);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        genotype::GenotypeCall,
        site::{Bias, SampleCall},
    };

    /// A heterozygous site that these fragments show: those above 0 its lower allele, those below
    /// its higher.
    fn site(position: u32, fragments: &[i64]) -> Site {
        let vote =
            |&f: &i64| Vote { fragment: f.unsigned_abs(), ln_odds: if f > 0 { 8.0 } else { -8.0 } };
        let sample = SampleCall {
            ploidy: 2,
            genotype: Some(GenotypeCall { copies: Copies::Two(0, 1), quality: 99.0 }),
            allele_depths: vec![15, 15],
            depth: 30,
            phred_likelihoods: vec![400, 0, 400],
            votes: fragments.iter().map(vote).collect(),
            ..SampleCall::default()
        };
        Site {
            position,
            reference: b"A".to_vec(),
            alternates: vec![b"C".to_vec()],
            quality: 370.0,
            samples: vec![sample],
            bias: Bias::default(),
            filters: Vec::new(),
        }
    }

    fn phases(mut sites: Vec<Site>) -> Vec<Option<(u32, bool)>> {
        link(&mut sites);
        sites.iter().map(|s| s.samples[0].phase.map(|p| (p.set, p.swapped))).collect()
    }

    #[test]
    fn cis_trans_and_alone() {
        let sites = vec![
            site(100, &[1, 2, -3, -4]),
            site(200, &[1, 2, -3]),
            site(300, &[-1, -2, 3, 4, 9]),
            site(400, &[9, 10]),
            site(5_000, &[1, 2, -3]),
        ];
        let set = |swapped| Some((100, swapped));
        assert_eq!(phases(sites), [set(false), set(false), set(true), None, None]);
    }

    #[test]
    fn one_fragment_or_a_contradiction_is_not_enough() {
        assert_eq!(phases(vec![site(1, &[1]), site(2, &[1])]), [None, None]);
        let contradicting = vec![site(1, &[1, 2, 3, 4, 5, 6]), site(2, &[1, 2, 3, 4, -5, -6])];
        assert_eq!(phases(contradicting), [None, None]);
    }

    #[test]
    fn a_locus_between_joins_two_sets() {
        let sites = vec![
            site(10, &[1, 2, -3]),
            site(20, &[-1, -2, 5]),
            site(30, &[7, 8]),
            site(40, &[7, 8]),
            site(50, &[5, -2, -1, -7, -8]),
        ];
        let swapped: Vec<_> = phases(sites).into_iter().map(|p| p.map(|p| p.1)).collect();
        let expected = [false, true, false, false, true].map(Some);
        assert_eq!(swapped, expected);
    }

    #[test]
    fn doubtful_and_filtered_sites_stay_apart() {
        let mut sites = vec![site(10, &[1, 2, 3]), site(20, &[1, 2, 3]), site(30, &[1, 2, 3])];
        sites[1].filters.push(crate::filter::Filter::LowDepth);
        assert_eq!(phases(sites.clone()), [Some((10, false)), None, Some((10, false))]);
        sites[0].samples[0].genotype =
            Some(GenotypeCall { copies: Copies::Two(0, 1), quality: 12.0 });
        assert_eq!(phases(sites), [None, None, None]);
    }
}
