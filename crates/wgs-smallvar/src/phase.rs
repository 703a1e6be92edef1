//! Which alleles of heterozygous loci lie on one chromosome, by the fragments that show several of
//! the loci.
//!
//! The loci of a sample are taken in order. Each joins the set of earlier loci with which its
//! fragments agree best, if the evidence is clear, and two sets become one where a locus holds them
//! together. A fragment's word counts by how sure it is of both sides, so that no single fragment
//! decides (two are the least), and loci about which fragments contradict each other stay alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    genotype::Copies,
    site::{SampleCall, Site},
};

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

/// A locus, as far as phase goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Locus {
    /// Its place, 0-based.
    pub position: u32,
    /// What each sample's fragments say; `None` where the sample has no phase here.
    pub votes: Vec<Option<Vec<Vote>>>,
}

impl Locus {
    /// A site's: samples with a sure heterozygous genotype take part, where no filter fails.
    pub fn of(site: &Site) -> Self {
        let votes = |sample: &SampleCall| takes_part(site, sample).then(|| sample.votes.clone());
        Self { position: site.position, votes: site.samples.iter().map(votes).collect() }
    }
}

/// Finds the phase along one contig, whose loci come in order. What it holds are the loci about
/// which those to come may say something: it follows from the loci alone, not from how many of them
/// come at a time.
#[derive(Clone, Debug, Default)]
pub struct Linker {
    chains: Vec<Chains>,
    /// The phases of loci that are held, as far as they are known.
    held: VecDeque<Vec<Option<Phase>>>,
    /// Number of loci that have left.
    left: usize,
}

/// The sets of one sample.
#[derive(Clone, Debug, Default)]
struct Chains {
    open: Vec<Set>,
    closed: Vec<Set>,
    names: BTreeSet<u32>,
}

impl Linker {
    /// Takes the next locus.
    pub fn push(&mut self, locus: &Locus) {
        if self.chains.len() < locus.votes.len() {
            self.chains.resize(locus.votes.len(), Chains::default());
        }
        let index = self.left + self.held.len();
        self.held.push_back(vec![None; locus.votes.len()]);
        for (chains, votes) in self.chains.iter_mut().zip(&locus.votes) {
            chains.close_before(locus.position);
            if let Some(votes) = votes {
                join(&mut chains.open, index, locus.position, votes);
            }
        }
    }

    /// The phases of each sample at the next loci, as far as no locus to come can change them.
    pub fn settled(&mut self) -> Vec<Vec<Option<Phase>>> {
        let mut end = self.left + self.held.len();
        for (sample, chains) in self.chains.iter_mut().enumerate() {
            let open = chains.open.iter().map(Set::first).min();
            end = open.map_or(end, |first| end.min(first));
            for (index, phase) in chains.named(open) {
                self.held[index - self.left][sample] = Some(phase);
            }
        }
        let settled: Vec<_> = self.held.drain(..end - self.left).collect();
        self.left = end;
        settled
    }

    /// The same of all loci that are left: the contig ends.
    pub fn finish(mut self) -> Vec<Vec<Option<Phase>>> {
        for chains in &mut self.chains {
            chains.closed.append(&mut chains.open);
        }
        self.settled()
    }
}

impl Chains {
    /// Closes the sets that no locus from a place on can join.
    fn close_before(&mut self, position: u32) {
        let near = |set: &mut Set| position - set.last > REACH_BASES;
        self.closed.extend(self.open.extract_if(.., near));
    }

    /// The phases of the loci of the closed sets that begin before those that are open.
    fn named(&mut self, open: Option<usize>) -> Vec<(usize, Phase)> {
        let is_done = |set: &mut Set| open.is_none_or(|open| set.first() < open);
        let mut done: Vec<Set> = self.closed.extract_if(.., is_done).collect();
        done.retain(|set| set.members.len() > 1);
        done.sort_by_key(Set::first);
        let mut phases = Vec::new();
        for set in done {
            let mut places = set.members.iter().map(|member| member.position);
            let Some(name) = places.find(|place| self.names.insert(*place)) else { continue };
            let phase = |swapped| Phase { set: name, swapped };
            phases.extend(set.members.iter().map(|m| (m.index, phase(m.swapped))));
        }
        phases
    }
}

/// Notes the phase of the samples at these sites, which are of one contig and in order.
pub fn link(sites: &mut [Site]) {
    let mut linker = Linker::default();
    sites.iter().for_each(|site| linker.push(&Locus::of(site)));
    for (site, phases) in sites.iter_mut().zip(linker.finish()) {
        for (sample, phase) in site.samples.iter_mut().zip(phases) {
            sample.phase = phase;
        }
    }
}

fn takes_part(site: &Site, sample: &SampleCall) -> bool {
    site.filters.is_empty()
        && sample.genotype.is_some_and(|g| {
            g.quality >= MIN_GENOTYPE_QUALITY && matches!(g.copies, Copies::Two(a, b) if a != b)
        })
}

/// A locus of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Member {
    /// Its number among the contig's loci.
    index: usize,
    position: u32,
    /// Whether its higher allele is on the first chromosome.
    swapped: bool,
}

/// Loci whose arrangement is known.
#[derive(Clone, Debug, Default)]
struct Set {
    /// Place of the last locus.
    last: u32,
    /// The loci, ascending; there is one at least.
    members: Vec<Member>,
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
    fn first(&self) -> usize {
        self.members.first().map_or(0, |member| member.index)
    }

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
        let turned = |m: Member| Member { swapped: m.swapped != flip, ..m };
        self.members.extend(other.members.into_iter().map(turned));
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
    let member = Member { index, position, swapped: false };
    let mut joined = Set { last: position, members: vec![member], ..Set::default() };
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
    if joined.members.first().is_some_and(|m| m.swapped) {
        joined.members.iter_mut().for_each(|m| m.swapped = !m.swapped);
        joined.odds.values_mut().for_each(|odds| *odds = -*odds);
    }
    open.push(joined);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{genotype::GenotypeCall, site::Bias};

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

    proptest! {
        #[test]
        fn phases_do_not_depend_on_how_many_loci_come_at_a_time(
            loci in prop::collection::vec((0u32..900, prop::collection::vec(1i64..9, 0..5)), 1..40),
            signs in any::<u64>(),
            cuts in prop::collection::vec(0usize..40, 0..6),
        ) {
            let mut position = 0;
            let mut sites: Vec<Site> = loci
                .iter()
                .enumerate()
                .map(|(i, (step, fragments))| {
                    position += step;
                    let sign = |f: &i64| if (signs >> ((i as i64 * 7 + f) % 64)) & 1 == 1 { *f } else { -f };
                    site(position, &fragments.iter().map(sign).collect::<Vec<_>>())
                })
                .collect();
            let mut linker = Linker::default();
            let mut in_parts = Vec::new();
            for (i, site) in sites.iter().enumerate() {
                linker.push(&Locus::of(site));
                if cuts.contains(&i) {
                    in_parts.extend(linker.settled());
                }
            }
            in_parts.extend(linker.finish());
            link(&mut sites);
            let at_once: Vec<_> = sites.iter().map(|site| vec![site.samples[0].phase]).collect();
            prop_assert_eq!(in_parts, at_once);
        }
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
