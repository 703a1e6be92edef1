//! Verdicts on the variants of a superlocus.

mod places;
#[cfg(test)]
mod tests;

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::{
    genome::Genome,
    variant::{Allele, normalize},
};

use crate::{
    Level, Options, Reason, Verdict,
    load::{Called, Fate, Site, variants},
    replay::{Limits, Outcome, Reference, search},
    superlocus::{GAP_BP, Superlocus},
    variant::Side,
    verdict::Judgement,
};

/// What verdicts are found with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judge<'a> {
    pub(crate) genome: &'a Genome,
    pub(crate) contig: ContigIndex,
    /// The contig's sites of truth and calls.
    pub(crate) sites: [&'a [Site]; 2],
    pub(crate) options: &'a Options,
    pub(crate) limits: Limits,
}

/// Sites of one set within a superlocus, and what has been found out about each.
struct Group<'a> {
    sites: Vec<&'a Site>,
    outcomes: Vec<Outcome>,
    reasons: Vec<Reason>,
}

impl<'a> Group<'a> {
    fn new(sites: Vec<&'a Site>) -> Self {
        let outcomes = vec![Outcome::Unmatched; sites.len()];
        let reasons = vec![Reason::AlleleAbsent; sites.len()];
        Self { sites, outcomes, reasons }
    }

    /// The places of what has no match.
    fn unmatched(&self) -> Vec<usize> {
        let unmatched = |&place: &usize| self.outcomes[place] == Outcome::Unmatched;
        (0..self.sites.len()).filter(unmatched).collect()
    }

    /// The places of what has been matched by nothing, not even in part.
    fn open(&self) -> Vec<usize> {
        let open = |&index: &usize| {
            self.outcomes[index] == Outcome::Unmatched
                && self.reasons[index] == Reason::AlleleAbsent
        };
        (0..self.sites.len()).filter(open).collect()
    }

    /// Matches a site by itself.
    fn match_here(&mut self, place: usize, weight: f32) {
        self.outcomes[place] = Outcome::Matched { weight };
        self.reasons[place] = Reason::TooComplex;
    }

    /// What was given up and has found no match by itself has none.
    fn miss_given_up(&mut self) {
        for (outcome, reason) in self.outcomes.iter_mut().zip(&mut self.reasons) {
            if *outcome == Outcome::TooComplex {
                *outcome = Outcome::Unmatched;
                *reason = Reason::TooComplex;
            }
        }
    }

    fn sites_at(&self, places: &[usize]) -> Vec<&'a Site> {
        places.iter().map(|&place| self.sites[place]).collect()
    }
}

impl<'a> Judge<'a> {
    /// The judgement of each site, in the order of the ranges: of truth, and of calls.
    pub(crate) fn judge(&self, locus: &Superlocus) -> [Vec<Judgement>; 2] {
        let of = |side: Side, fate: Fate| -> Vec<&'a Site> {
            let range = locus.sites[side.index()].clone();
            self.sites[side.index()][range].iter().filter(|site| site.fate == fate).collect()
        };
        let mut groups = Side::BOTH.map(|side| Group::new(of(side, Fate::Compared)));
        self.compare(&mut groups, locus);
        let filtered = of(Side::Calls, Fate::Filtered);
        self.explain_by_filter(&mut groups[0], filtered, locus);
        Side::BOTH.map(|side| {
            let mut compared = judgements(&groups[side.index()], side).into_iter();
            let sites = &self.sites[side.index()][locus.sites[side.index()].clone()];
            let judgement = |site: &Site| match site.fate {
                Fate::Compared => compared.next().expect("one for each compared site"),
                fate => Judgement::ignored(Reason::of(fate)),
            };
            sites.iter().map(judgement).collect()
        })
    }

    fn compare(&self, groups: &mut [Group<'_>; 2], locus: &Superlocus) {
        if groups.iter().any(|group| group.sites.is_empty()) {
            return;
        }
        let alleles = self.options.level != Level::Genotype;
        let found = self.search([&groups[0].sites, &groups[1].sites], alleles, locus);
        for (group, outcomes) in groups.iter_mut().zip(found) {
            group.outcomes = outcomes;
        }
        self.match_exactly(groups);
        if alleles {
            Side::BOTH.into_iter().for_each(|side| self.match_again(groups, side, locus));
        } else {
            self.match_alleles(groups, locus);
        }
        places::explain(groups);
        if self.options.level == Level::Position {
            places::match_all(groups);
        }
    }

    fn search(&self, sites: [&[&Site]; 2], alleles: bool, locus: &Superlocus) -> [Vec<Outcome>; 2] {
        let strict = self.options.strict_overlap;
        let sets = sites.map(|sites| variants(sites, strict, alleles));
        if let ([truth], [call]) = (sets[0].as_slice(), sets[1].as_slice())
            && truth.alleles == call.alleles
            && truth.ways == call.ways
        {
            let weight = if truth.inside { 1.0 } else { 0.0 };
            return [1.0, weight].map(|weight| vec![Outcome::Matched { weight }]);
        }
        let window = Interval0::new(locus.start, locus.end.saturating_add(GAP_BP))
            .expect("the end was made greater");
        let bases = self.genome.fetch(self.contig, window);
        let reference = Reference { start: locus.start, bases: &bases };
        let [truth, calls] = &sets;
        search([truth, calls], &reference, !alleles, self.limits)
    }

    /// Where the search gave up, variants match that are the same when written in one way; those
    /// behind it that are left without a match are tried as well.
    fn match_exactly(&self, groups: &mut [Group<'_>; 2]) {
        let given_up = |group: &Group<'_>| group.outcomes.contains(&Outcome::TooComplex);
        if !groups.iter().any(given_up) {
            return;
        }
        let free = |group: &Group<'_>| -> Vec<_> {
            let unmatched = |&(_, outcome): &(usize, &Outcome)| {
                matches!(outcome, Outcome::TooComplex | Outcome::Unmatched)
            };
            let places = group.outcomes.iter().enumerate().filter(unmatched);
            places.map(|(place, _)| (self.normal(group.sites[place]), place)).collect()
        };
        let [truth, mut calls] = groups.each_ref().map(free);
        let mut matched = Vec::new();
        for (normal, place) in truth {
            if let Some(found) = calls.iter().position(|(call, _)| *call == normal) {
                matched.push((place, calls.remove(found).1));
            }
        }
        for (truth, call) in matched {
            let weight = if groups[0].sites[truth].inside { 1.0 } else { 0.0 };
            groups[0].match_here(truth, 1.0);
            groups[1].match_here(call, weight);
        }
        groups.iter_mut().for_each(Group::miss_given_up);
    }

    /// The alleles of a site in their one way to be written, with the copies of each where
    /// genotypes are compared.
    fn normal(&self, site: &Site) -> Vec<(Allele, usize)> {
        let copies = |number: u8| match site.called {
            Called::Diploid(genotype) if self.options.level == Level::Genotype => {
                genotype.iter().filter(|&&allele| allele == Some(number)).count()
            }
            _ => 1,
        };
        let reference = site.reference().as_bytes();
        let allele = |bases: &str| {
            normalize(self.genome, self.contig, site.start, reference, bases.as_bytes())
        };
        let alleles = site.alternates().map(|(number, bases)| (allele(bases), copies(number)));
        let mut alleles: Vec<_> = alleles.collect();
        alleles.sort();
        alleles
    }

    /// Where alleles are compared, what one set has left may be further alleles at places where the
    /// other set's have matched: on the one haplotype there is room for one. It is compared with all
    /// of the other set until nothing more matches.
    fn match_again(&self, groups: &mut [Group<'_>; 2], side: Side, locus: &Superlocus) {
        loop {
            let open = groups[side.index()].unmatched();
            let mut sites = groups.each_ref().map(|group| group.sites.clone());
            sites[side.index()] = groups[side.index()].sites_at(&open);
            if sites.iter().any(Vec::is_empty) {
                return;
            }
            let found = self.search([&sites[0], &sites[1]], true, locus);
            let outcomes = open.iter().zip(&found[side.index()]);
            let matched =
                outcomes.filter(|(_, outcome)| matches!(outcome, Outcome::Matched { .. }));
            let mut more = false;
            for (&place, &outcome) in matched {
                groups[side.index()].outcomes[place] = outcome;
                more = true;
            }
            if !more {
                return;
            }
        }
    }

    /// Of what has no match, finds what has one allele in common.
    fn match_alleles(&self, groups: &mut [Group<'_>; 2], locus: &Superlocus) {
        let open = groups.each_ref().map(Group::open);
        if open.iter().any(Vec::is_empty) {
            return;
        }
        let [truth, calls] = [0, 1].map(|side: usize| groups[side].sites_at(&open[side]));
        let found = self.search([&truth, &calls], true, locus);
        for (group, (places, outcomes)) in groups.iter_mut().zip(open.iter().zip(found)) {
            for (&place, outcome) in places.iter().zip(outcomes) {
                if matches!(outcome, Outcome::Matched { .. }) {
                    group.reasons[place] = Reason::GenotypeDiffers;
                }
            }
        }
    }

    /// Finds true variants that were called, but filtered.
    fn explain_by_filter(&self, truth: &mut Group<'_>, filtered: Vec<&Site>, locus: &Superlocus) {
        let open = truth.open();
        let here =
            |site: &Site| open.iter().any(|&p| truth.sites[p].start.abs_diff(site.start) <= GAP_BP);
        let filtered: Vec<&Site> = filtered
            .into_iter()
            .filter(|site| here(site) && site.alternates().next().is_some())
            .filter(|site| site.reference_bp <= self.options.max_allele_bp)
            .collect();
        if filtered.is_empty() || open.is_empty() {
            return;
        }
        let [outcomes, _] = self.search([&truth.sites_at(&open), &filtered], true, locus);
        for (&place, outcome) in open.iter().zip(outcomes) {
            if matches!(outcome, Outcome::Matched { .. }) {
                truth.reasons[place] = Reason::CallFiltered;
            }
        }
    }
}

fn judgements(group: &Group<'_>, side: Side) -> Vec<Judgement> {
    let each = group.sites.iter().zip(&group.outcomes).zip(&group.reasons);
    each.map(|((site, outcome), &reason)| judgement(site, *outcome, reason, side)).collect()
}

/// True variants count in the confident regions. A call that matches counts where what it matches
/// lies in them, any other where it lies in them itself.
fn judgement(site: &Site, outcome: Outcome, reason: Reason, side: Side) -> Judgement {
    let matched = match outcome {
        Outcome::Matched { weight } => Some(weight),
        Outcome::Unmatched | Outcome::TooComplex => None,
    };
    let counts = match (side, matched) {
        (Side::Calls, Some(weight)) => weight > 0.0,
        _ => site.inside,
    };
    let verdict = match (side, matched) {
        _ if !counts => return Judgement::ignored(Reason::Outside),
        (_, Some(_)) => Verdict::TruePositive,
        (Side::Truth, None) => Verdict::FalseNegative,
        (Side::Calls, None) => Verdict::FalsePositive,
    };
    let reason = match (matched, reason) {
        (Some(_), Reason::AlleleAbsent) => Reason::Match,
        (_, reason) => reason,
    };
    Judgement { verdict, reason, weight: matched.unwrap_or_default() }
}
