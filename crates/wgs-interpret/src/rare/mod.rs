//! Rare disease: alleles that agree with a model of inheritance, tiered and judged.

mod case;
mod compound;
mod models;
mod parentage;
mod people;
mod select;
mod tier;

#[cfg(test)]
mod tests;

use std::{cmp::Reverse, collections::BTreeMap, path::Path};

use wgs_formats::{
    Result,
    findings::{Count, Finding, Origin, Partner, PartnerPhase, Scope},
    variant::annotated::{Effect, Impact},
};

pub use case::{RareCase, rare_findings};

use self::{
    compound::Both,
    models::{Fit, Model},
    people::{Chromosome, People, Seen},
    select::{Candidate, Selection},
    tier::Relevance,
};
use crate::{
    Family, Knowledge, Options,
    acmg::{self, Asked, NewAllele},
    finding::{allele_name, finding_of},
};

/// What a file of inherited variants comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inherited {
    /// The findings, the weightiest first. Those that satisfy no model, in genes that the question of
    /// the case does not name, are [`Scope::Secondary`].
    pub findings: Vec<Finding>,
    /// What was looked at.
    pub counts: Vec<Count>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// Interprets annotated germline variants of a family; `panels` are those that are asked for.
///
/// # Errors
///
/// If the file cannot be read, is not annotated, or has nobody who is affected.
pub fn interpret(
    path: &Path,
    family: &Family,
    panels: &[String],
    knowledge: &Knowledge,
    options: &Options,
) -> Result<Inherited> {
    let options = &Options { panels: panels.to_vec(), ..options.clone() };
    let selection = select::read(path, family, knowledge, options)?;
    let people = People::new(family, &selection.samples, selection.build);
    let phenotypes = family.phenotypes();
    let question = Question { family, knowledge, options, phenotypes: &phenotypes };
    let (findings, genes_left_out) = question.judge(&selection, &people);
    let mut warnings = warnings(&selection, &question);
    if genes_left_out > 0 {
        warnings.push(format!(
            "{genes_left_out} genes have more than {MOST_PAIRED} rare alleles each: compound \
             heterozygotes were not looked for in them. Are these the calls of one person?"
        ));
    }
    Ok(Inherited { counts: counts(&selection, findings.len()), warnings, findings })
}

struct Question<'a> {
    family: &'a Family,
    knowledge: &'a Knowledge,
    options: &'a Options,
    phenotypes: &'a [String],
}

/// Rare alleles of a gene that are paired with each other at most. People have a few; far more are of
/// samples that are mixed, or of files that are no calls of a person.
const MOST_PAIRED: usize = 200;

/// The other alleles of candidates, by their places among the candidates.
#[derive(Default)]
struct Partners {
    of: BTreeMap<usize, Vec<(usize, compound::Pair)>>,
    /// Genes with more alleles than [`MOST_PAIRED`], in which no pairs were looked for.
    genes_left_out: usize,
}

impl Question<'_> {
    /// The findings, the weightiest first, and the number of genes in which no pairs were looked for.
    fn judge(&self, selection: &Selection, people: &People<'_>) -> (Vec<Finding>, usize) {
        let candidates = &selection.candidates;
        let seen: Vec<Vec<Seen<'_>>> =
            candidates.iter().map(|c| people.look(&c.view, self.options)).collect();
        let chromosomes: Vec<Chromosome> =
            candidates.iter().map(|c| people.chromosome(&c.view)).collect();
        let partners = self.partners(candidates, &seen, &chromosomes);
        let mut found = Vec::new();
        for (place, candidate) in candidates.iter().enumerate() {
            let mut fits: Vec<Fit> = models::fits(&seen[place], chromosomes[place], self.options)
                .into_iter()
                .filter(|fit| self.is_rare(candidate, fit.model))
                .collect();
            let own = partners.of.get(&place).map_or(&[][..], Vec::as_slice);
            fits.extend(compound_fit(own));
            let clinical = candidate.view.significances.iter().any(|s| s.is_pathogenic());
            if fits.is_empty() && !clinical {
                continue;
            }
            let parts = Parts { candidate, chromosome: chromosomes[place], fits: &fits };
            let mut finding = self.finding(&parts, selection);
            finding.partners =
                own.iter().map(|(other, p)| partner(&candidates[*other], p)).collect();
            found.push((finding, candidate.contig));
        }
        found.sort_by(|(a, a_contig), (b, b_contig)| {
            let key = |f: &Finding, contig: usize| {
                (f.tier, Reverse(f.classification), Reverse(f.points), contig, f.allele.clone())
            };
            key(a, *a_contig).cmp(&key(b, *b_contig)).then_with(|| a.gene.cmp(&b.gene))
        });
        (found.into_iter().map(|(finding, _)| finding).collect(), partners.genes_left_out)
    }

    fn is_rare(&self, candidate: &Candidate, model: Model) -> bool {
        let limit = model.max_frequency(&self.options.max_frequency);
        candidate.frequency.is_none_or(|frequency| frequency <= limit)
    }

    fn partners(
        &self,
        candidates: &[Candidate],
        seen: &[Vec<Seen<'_>>],
        chromosomes: &[Chromosome],
    ) -> Partners {
        let mut genes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, candidate) in candidates.iter().enumerate() {
            let of_pairs = matches!(chromosomes[place], Chromosome::Autosome | Chromosome::X);
            let counts = candidate.view.filters.is_pass();
            if let Some(gene) = candidate.gene.as_deref()
                && of_pairs
                && counts
                && self.is_rare(candidate, Model::CompoundHeterozygous)
            {
                genes.entry(gene).or_default().push(place);
            }
        }
        let mut partners = Partners::default();
        for places in genes.values() {
            if places.len() > MOST_PAIRED {
                partners.genes_left_out += 1;
                continue;
            }
            for (at, &one) in places.iter().enumerate() {
                for &other in &places[at + 1..] {
                    let both = Both {
                        views: [&candidates[one].view, &candidates[other].view],
                        seen: [&seen[one], &seen[other]],
                        chromosome: chromosomes[one],
                    };
                    if let Some(pair) = both.judge() {
                        partners.of.entry(one).or_default().push((other, pair.clone()));
                        partners.of.entry(other).or_default().push((one, pair));
                    }
                }
            }
        }
        partners
    }

    fn finding(&self, parts: &Parts<'_>, selection: &Selection) -> Finding {
        let candidate = parts.candidate;
        let effect = candidate.effect.as_ref();
        let relevance =
            Relevance::of(candidate, self.knowledge, &self.options.panels, self.phenotypes);
        let (tier, rules) =
            tier::judge(candidate, parts.fits, parts.chromosome, &relevance, self.options);
        let mut finding =
            finding_of(&candidate.view, effect, Origin::Germline, self.family, &selection.samples);
        finding.gene = finding.gene.or_else(|| candidate.gene.clone());
        finding.models = parts.fits.iter().map(Fit::shown).collect();
        finding.notes = notes(candidate, &finding);
        finding.tier = Some(tier);
        finding.rules = rules;
        let asked_for = !self.options.panels.is_empty() || !self.phenotypes.is_empty();
        if parts.fits.is_empty() && asked_for && !relevance.is_any() {
            finding.scope = Scope::Secondary;
        }
        if let Some((effect, represents)) = judged_effect(candidate) {
            let judgement = acmg::judge(&Asked {
                view: &candidate.view,
                effect,
                represents,
                knowledge: self.knowledge,
                options: self.options,
                has_frequencies: selection.has_frequencies,
                new: self.new_allele(parts, selection, &relevance),
            });
            finding.criteria = judgement.criteria;
            finding.open_criteria = judgement.open;
            finding.points = Some(judgement.points);
            finding.classification = Some(judgement.classification);
        }
        finding
    }

    fn new_allele(
        &self,
        parts: &Parts<'_>,
        selection: &Selection,
        relevance: &Relevance,
    ) -> Option<NewAllele> {
        let fit = parts.fits.iter().find(|fit| fit.model == Model::DeNovo)?;
        let column = |sample: &str| selection.samples.iter().position(|name| name == sample);
        let carries = |sample: &str| {
            column(sample).is_some_and(|at| parts.candidate.view.calls[at].zygosity.carries())
        };
        let child = self.family.affected().find(|member| carries(&member.sample))?;
        let parentage = selection.parentage.confirmed(&child.sample).map(|tally| {
            format!("{} of {} places contradict a parent", tally.contradicted, tally.places)
        });
        Some(NewAllele {
            child: child.sample.clone(),
            parentage,
            is_relevant: relevance.is_of_question(),
            doubts: fit.doubts.clone(),
        })
    }
}

/// An allele with the models that it satisfies.
struct Parts<'a> {
    candidate: &'a Candidate,
    chromosome: Chromosome,
    fits: &'a [Fit],
}

/// The model of compound heterozygotes; its doubts are those of the best of the pairs.
fn compound_fit(pairs: &[(usize, compound::Pair)]) -> Option<Fit> {
    let best = pairs
        .iter()
        .min_by_key(|(_, pair)| (pair.phase == PartnerPhase::Unknown, pair.doubts.len()))?;
    let mut doubts = best.1.doubts.clone();
    if best.1.phase == PartnerPhase::Unknown {
        doubts.insert(0, format!("the phase is not known: {}", best.1.evidence));
    }
    Some(Fit { model: Model::CompoundHeterozygous, doubts })
}

fn partner(candidate: &Candidate, pair: &compound::Pair) -> Partner {
    let (phase, evidence) = (pair.phase, pair.evidence.clone());
    Partner { allele: allele_name(&candidate.view), phase, evidence }
}

/// The effect that criteria are judged on, and whether its transcript represents the gene (`None`
/// where none is said to): the one on the transcript that does, unless that leaves the product as it
/// is; the gravest else.
fn judged_effect(candidate: &Candidate) -> Option<(&Effect, Option<bool>)> {
    let gravest = candidate.effect.as_ref()?;
    if gravest.standing().contains(&true) {
        return Some((gravest, Some(true)));
    }
    Some(match &candidate.representative {
        Some(effect) if effect.impact >= Some(Impact::Moderate) => (effect, Some(true)),
        other => (gravest, other.as_ref().map(|_| false)),
    })
}

fn notes(candidate: &Candidate, finding: &Finding) -> Vec<String> {
    let mut notes = Vec::new();
    if !candidate.view.filters.is_pass() {
        notes.push(format!("The call failed the filters {}.", finding.filters.join(", ")));
    }
    if let Some(effect) = &candidate.representative {
        notes.push(format!(
            "In {}, which represents the gene, the effect is {}{}.",
            effect.feature.as_deref().unwrap_or("the transcript"),
            effect.terms.join("&"),
            if effect.impact >= Some(Impact::Moderate) {
                ": criteria are judged on it"
            } else {
                ""
            }
        ));
    }
    for model in &finding.models {
        for doubt in &model.doubts {
            let note = format!("{}: {doubt}.", model.model);
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}

fn counts(selection: &Selection, findings: usize) -> Vec<Count> {
    let count = |name: &str, count: u64| Count { name: name.to_owned(), count };
    let counts = &selection.counts;
    vec![
        count("records", counts.records),
        count("alleles that an affected person carries", counts.carried),
        count("alleles with an effect, in records that failed a filter", counts.filtered),
        count("alleles with an effect, too frequent for every model", counts.common),
        count("alleles in genes that were judged", selection.candidates.len() as u64),
        count("germline findings", findings as u64),
    ]
}

fn warnings(selection: &Selection, question: &Question<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    if !selection.has_frequencies {
        warnings.push(
            "The variants have no population frequencies that count: frequent alleles are not told from rare \
             ones."
                .to_owned(),
        );
    }
    if question.options.panels.is_empty() && question.phenotypes.is_empty() {
        warnings.push(
            "The case names neither panels nor phenotypes: no gene is more relevant than another, \
             and no finding is of tier 1 or 2."
                .to_owned(),
        );
    } else if question.options.panels.is_empty() && question.knowledge.phenotypes.is_empty() {
        warnings
            .push("The case has phenotypes, and no table tells which genes have them.".to_owned());
    }
    for member in &question.family.members {
        if !selection.samples.contains(&member.sample) {
            warnings.push(format!("{} has no column in the variants.", member.sample));
        }
    }
    warnings
}
