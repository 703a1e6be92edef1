//! Findings in the tumour.

use std::path::Path;

use wgs_formats::{
    FileError, Result,
    findings::{
        CancerAssessment, Count, Finding, Oncogenicity, OncogenicityClass, Origin, Rule, Tier,
    },
    variant::annotated::{AlleleView, Call, Zygosity},
};
use wgs_task::case::Role;

use super::{
    Alteration, GeneEffects, Knowledge,
    alleles::{Annotated, carries},
    evidence::Coordinates,
    judge::{EvidenceQuestion, evidence},
    matching::{best_match, held},
    oncogenicity::{OncogenicityInput, highest_frequency, oncogenicity},
    tier::{driver_rules, propose},
};
use crate::{
    Family,
    classes::{ClassKnowledge, set_classes},
    finding::finding_of,
};

/// Share of a normal sample's reads from which on an allele is inherited, where the sample has no
/// genotype: less may be of the tumour's cells among the normal ones.
const INHERITED_FRACTION: f64 = 0.2;

/// Findings, and what was counted on the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Findings, the weightiest first.
    pub findings: Vec<Finding>,
    /// What was counted.
    pub counts: Vec<Count>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// The findings among a tumour's variants, tiered. `path` is annotated and holds somatic calls;
/// records that did not pass their filters, and alleles that a normal sample of the case carries, are
/// left out.
///
/// # Errors
///
/// If the file cannot be read, tells no consequences, lacks a tumour of the case, or tells of an
/// allele neither the tumour's genotype nor its reads.
pub fn somatic(
    path: &Path,
    family: &Family,
    tumor_type: Option<&str>,
    knowledge: &Knowledge,
) -> Result<Found> {
    let file = Annotated::open(path)?;
    let of_role = |role: Role| {
        let members = family.members.iter().filter(move |member| member.role == Some(role));
        members.map(|member| member.sample.as_str()).collect::<Vec<_>>()
    };
    let tumors = file.columns(&of_role(Role::Tumor))?;
    let present = |sample: &&str| file.layout.samples().iter().any(|name| name == sample);
    let normals: Vec<&str> = of_role(Role::Normal).into_iter().filter(present).collect();
    let normals = file.columns(&normals)?;
    let samples = file.layout.samples().to_vec();
    let frequency_sources = file.layout.frequency_sources();

    let (mut views, mut inherited, mut alleles) = (Vec::new(), 0, 0);
    let (mut silent, mut unreadable) = (0, None);
    let carried =
        |view: &AlleleView, columns: &[usize]| columns.iter().any(|&c| carries(&view.calls[c]));
    let (records, failed) = file.alleles(
        |_, _| true,
        |view| {
            let is_silent = |told: fn(&Call) -> bool| {
                !tumors.is_empty() && !tumors.iter().any(|&column| told(&view.calls[column]))
            };
            if is_silent(tells_something) {
                if is_silent(|call| call.genotype != ".") {
                    unreadable.get_or_insert_with(|| view.name());
                }
                silent += 1;
            }
            if !tumors.is_empty() && !carried(&view, &tumors) {
                return;
            }
            if normals.iter().any(|&column| is_inherited(&view.calls[column])) {
                inherited += 1;
                return;
            }
            alleles += 1;
            if is_spoken_of(&view, knowledge) {
                views.push(view);
            }
        },
    )?;
    if let Some(allele) = unreadable {
        let reason = format!("tells neither genotype nor reads of {allele} in the tumour");
        return Err(FileError::invalid(path, reason).hint(
            "give its calls with GT, AD or AF (FORMAT); Strelka2's own columns are not read",
        ));
    }
    let judge = Judge {
        knowledge,
        tumor_type,
        family,
        samples: &samples,
        frequency_sources: &frequency_sources,
    };
    let mut findings = judge.all(&views);
    let mut warnings = warnings(tumor_type, knowledge, normals.is_empty(), &frequency_sources);
    if silent > 0 {
        warnings.push(format!(
            "{silent} somatic alleles have neither genotype nor reads in the tumour, and are left out"
        ));
    }
    findings.sort_by_key(weight);
    let count = |name: &str, count| Count { name: name.to_owned(), count };
    Ok(Found {
        findings,
        counts: vec![
            count("somatic records", records),
            count("somatic records that did not pass their filters", failed),
            count("somatic alleles that a normal sample carries", inherited),
            count("somatic alleles", alleles),
        ],
        warnings,
    })
}

/// Whether a call says whether its sample has the allele.
fn tells_something(call: &Call) -> bool {
    call.zygosity != Zygosity::Missing
        || call.allele_fraction.is_some()
        || call.allele_depth.is_some()
}

/// Whether a normal sample has an allele: by its genotype, or by its reads where it has none.
fn is_inherited(normal: &Call) -> bool {
    normal.zygosity.carries()
        || (normal.zygosity == Zygosity::Missing
            && normal.allele_fraction >= Some(INHERITED_FRACTION))
}

fn warnings(
    tumor_type: Option<&str>,
    knowledge: &Knowledge,
    without_normal: bool,
    frequency_sources: &[String],
) -> Vec<String> {
    let all = [
        (knowledge.evidence.is_empty(), "no curated evidence was given: no tier is I or II"),
        (tumor_type.is_none(), "the case has no tumor_type: evidence counts as of another tumour"),
        (without_normal, "no normal sample: inherited variants may be among those of the tumour"),
        (frequency_sources.is_empty(), "no source of population frequencies was annotated"),
        (
            knowledge.cancer_genes.is_none(),
            "no list of cancer genes was given: roles are not known",
        ),
    ];
    all.into_iter().filter(|(is, _)| *is).map(|(_, text)| text.to_owned()).collect()
}

/// The effects on each gene, the gene of the gravest first.
pub(super) fn genes(view: &AlleleView) -> Vec<(&str, GeneEffects<'_>)> {
    let mut names: Vec<&str> = Vec::new();
    for name in view.effects.iter().filter_map(|effect| effect.gene_name()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let of = |name| {
        let effects = view.effects.iter().filter(|effect| effect.gene_name() == Some(name));
        Some((name, GeneEffects::of(name, effects.collect())?))
    };
    let mut genes: Vec<_> = names.into_iter().filter_map(of).collect();
    genes.sort_by_key(|(_, effects)| std::cmp::Reverse(effects.main.impact));
    genes
}

pub(super) fn coordinates(view: &AlleleView) -> Coordinates {
    view.trimmed()
}

/// Whether some table may say something of an allele.
fn is_spoken_of(view: &AlleleView, knowledge: &Knowledge) -> bool {
    knowledge.evidence.of_allele(&coordinates(view)).next().is_some()
        || genes(view).iter().any(|(gene, effects)| {
            let listed =
                knowledge.cancer_genes.as_ref().is_some_and(|genes| genes.get(gene).is_some());
            let hotspot = knowledge.hotspots.as_ref().zip(effects.protein_change());
            let hot = hotspot.is_some_and(|(spots, change)| spots.of(gene, &change).is_some());
            let mut items = knowledge.evidence.of_gene(gene);
            (listed && effects.alters_product())
                || hot
                || items.any(|item| {
                    let mut wanted = item.profile.wanted().into_iter();
                    wanted.any(|(of, alterations)| {
                        of == *gene && best_match(alterations, effects).is_some()
                    })
                })
        })
}

struct Judge<'a> {
    knowledge: &'a Knowledge,
    tumor_type: Option<&'a str>,
    family: &'a Family,
    samples: &'a [String],
    frequency_sources: &'a [String],
}

/// An allele of a gene, with what speaks for its driving tumours.
struct Judged<'a> {
    view: &'a AlleleView,
    effects: GeneEffects<'a>,
    points: Oncogenicity,
    drivers: Vec<Rule>,
}

impl Judged<'_> {
    fn drives(&self) -> bool {
        !self.drivers.is_empty() || self.points.class >= OncogenicityClass::LikelyOncogenic
    }
}

impl Judge<'_> {
    fn all(&self, views: &[AlleleView]) -> Vec<Finding> {
        let judged: Vec<Judged<'_>> = views
            .iter()
            .flat_map(|view| genes(view).into_iter().map(move |(_, effects)| (view, effects)))
            .map(|(view, effects)| self.drives(view, effects))
            .collect();
        let has = |gene: &str, alterations: &[Alteration]| {
            let of_gene = judged.iter().filter(|one| one.effects.gene == gene);
            let found = of_gene.filter_map(|one| {
                best_match(alterations, &one.effects).map(|found| found.counts(one.drives()))
            });
            held(found.max(), alterations)
        };
        judged.iter().filter_map(|one| self.one(one, &has)).collect()
    }

    /// Whether an allele of a gene drives tumours, and by what.
    fn drives<'a>(&self, view: &'a AlleleView, effects: GeneEffects<'a>) -> Judged<'a> {
        let knowledge = self.knowledge;
        let role = knowledge.cancer_genes.as_ref().and_then(|genes| genes.get(effects.gene));
        let change = effects.protein_change();
        let hotspots = knowledge.hotspots.as_ref().zip(change.as_ref());
        let hotspot = hotspots.and_then(|(spots, change)| spots.of(effects.gene, change));
        let is_sole_cause = role.is_some_and(|role| {
            role.sole_cause_of.iter().any(|disease| {
                knowledge.tumor_types.relation(self.tumor_type, &[disease]).includes_tumor()
            })
        });
        let points = oncogenicity(&OncogenicityInput {
            view,
            effects: &effects,
            gene: role,
            genes_known: knowledge.cancer_genes.is_some(),
            hotspot,
            hotspots_known: knowledge.hotspots.is_some(),
            known: knowledge.oncogenic.as_ref(),
            parts: knowledge.critical.as_ref(),
            frequency_sources: self.frequency_sources,
            is_sole_cause,
        });
        let drivers = driver_rules(&effects, role, hotspot);
        Judged { view, effects, points, drivers }
    }

    fn one(
        &self,
        judged: &Judged<'_>,
        has: &dyn Fn(&str, &[Alteration]) -> Option<bool>,
    ) -> Option<Finding> {
        let knowledge = self.knowledge;
        let Judged { view, effects, points, drivers } = judged;
        let role = knowledge.cancer_genes.as_ref().and_then(|genes| genes.get(effects.gene));
        let (items, undecided) = evidence(&EvidenceQuestion {
            base: &knowledge.evidence,
            types: &knowledge.tumor_types,
            tumor_type: self.tumor_type,
            origin: Origin::Somatic,
            allele: coordinates(view),
            effects,
            drives: judged.drives(),
            has,
        });
        let frequency = highest_frequency(view);
        let proposal =
            propose(&items, points, role, effects.alters_product(), drivers, frequency.as_ref())?;
        let mut finding =
            finding_of(view, Some(effects.main), Origin::Somatic, self.family, self.samples);
        finding.tier = Some(proposal.tier);
        finding.rules = proposal.rules;
        finding.cancer = Some(CancerAssessment {
            roles: role.map(|role| role.roles()).unwrap_or_default(),
            level: proposal.level,
            oncogenicity: Some(points.clone()),
            evidence: items,
            undecided_evidence: undecided,
        });
        set_classes(&mut finding, false, &knowledge.classes());
        Some(finding)
    }
}

impl Knowledge {
    /// What of it classes need.
    pub(super) fn classes(&self) -> ClassKnowledge<'_> {
        ClassKnowledge {
            cancer_genes: self.cancer_genes.as_ref(),
            secondary: self.secondary.as_ref(),
            panel: self.panel.as_ref(),
        }
    }
}

/// By tier, then by points, then by place.
fn weight(finding: &Finding) -> (Option<Tier>, i32, wgs_formats::findings::AlleleName) {
    let oncogenicity = finding.cancer.as_ref().and_then(|cancer| cancer.oncogenicity.as_ref());
    (finding.tier, -oncogenicity.map_or(0, |o| o.points), finding.allele.clone())
}
