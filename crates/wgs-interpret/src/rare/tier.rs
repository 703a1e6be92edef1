//! How relevant a finding is to the question of the case, in the manner of the tiers of the 100,000
//! Genomes Project (doi:10.1056/NEJMoa2035790).

use wgs_formats::{
    findings::{Evidence, Rule, Tier},
    variant::annotated::Impact,
};

use super::{
    models::{Fit, Model},
    people::Chromosome,
    select::Candidate,
};
use crate::{
    Knowledge, Options,
    knowledge::{Confidence, Inheritance, PanelEntry, gene_of},
};

/// What makes a gene one of the question.
pub(crate) struct Relevance {
    entries: Vec<PanelEntry>,
    terms: Vec<(String, Option<String>)>,
    /// Whether phenotypes stand for a panel, since none is asked for.
    by_phenotype: bool,
}

impl Relevance {
    pub(crate) fn of(
        candidate: &Candidate,
        knowledge: &Knowledge,
        panels: &[String],
        phenotypes: &[String],
    ) -> Self {
        let gene = candidate.effect.as_ref().map(gene_of).unwrap_or_default();
        Self {
            entries: knowledge.panels.entries(&gene, panels),
            terms: knowledge.phenotypes.shared(&gene, phenotypes),
            by_phenotype: panels.is_empty(),
        }
    }

    /// Whether the gene has to do with the question at all.
    pub(crate) fn is_any(&self) -> bool {
        !self.entries.is_empty() || !self.terms.is_empty()
    }

    /// Whether the gene is of the panels at diagnostic grade; without panels, of the phenotypes.
    pub(crate) fn is_of_question(&self) -> bool {
        self.green().next().is_some() || (self.by_phenotype && !self.terms.is_empty())
    }

    fn green(&self) -> impl Iterator<Item = &PanelEntry> {
        self.entries.iter().filter(|entry| entry.confidence == Confidence::Green)
    }

    /// Whether a model agrees with how a panel says that the gene causes disease.
    fn permits(&self, fit: &Fit, chromosome: Chromosome) -> bool {
        self.green().next().is_none()
            || self.green().any(|entry| permits(&entry.inheritance, fit.model, chromosome))
    }
}

fn permits(inheritance: &Inheritance, model: Model, chromosome: Chromosome) -> bool {
    let on_x = inheritance.x_recessive || inheritance.x_dominant;
    inheritance.is_unknown()
        || match model {
            Model::Dominant => inheritance.monoallelic,
            Model::RecessiveHomozygous | Model::CompoundHeterozygous => {
                inheritance.biallelic || (chromosome == Chromosome::X && on_x)
            }
            Model::XRecessive => on_x,
            Model::XDominant => inheritance.x_dominant,
            Model::YLinked => true,
            Model::Mitochondrial => inheritance.mitochondrial,
            Model::DeNovo => match chromosome {
                Chromosome::X => on_x,
                Chromosome::Mitochondrion => inheritance.mitochondrial,
                _ => inheritance.monoallelic,
            },
        }
}

/// The tier, and the rules that lead to it.
pub(crate) fn judge(
    candidate: &Candidate,
    fits: &[Fit],
    chromosome: Chromosome,
    relevance: &Relevance,
    options: &Options,
) -> (Tier, Vec<Rule>) {
    let impact = candidate.effect.as_ref().and_then(|effect| effect.impact);
    let clinical = candidate.view.significances.iter().any(|s| s.is_pathogenic());
    let permitted: Vec<&Fit> = fits.iter().filter(|f| relevance.permits(f, chromosome)).collect();
    let new = permitted.iter().any(|fit| fit.model == Model::DeNovo);
    let tier = match (relevance.is_of_question(), permitted.is_empty(), fits.is_empty()) {
        (_, _, true) => Tier::Untiered,
        (true, false, _) if impact == Some(Impact::High) || clinical => Tier::One,
        (true, false, _) if new && impact == Some(Impact::Moderate) => Tier::One,
        (true, false, _) if impact == Some(Impact::Moderate) => Tier::Two,
        (_, _, false) if clinical || impact >= Some(Impact::Moderate) => Tier::Three,
        _ => Tier::Untiered,
    };
    let mut rules = relevance_rules(relevance);
    rules.extend(effect_rules(candidate, impact));
    if clinical {
        let sources = candidate.view.significances.iter().filter(|s| s.is_pathogenic());
        let evidence = sources.map(|s| Evidence::new(s.source.clone(), s.terms.join("/")));
        let text = "A clinical source calls it pathogenic or likely pathogenic.";
        rules.push(rule("clinically-pathogenic", text, evidence.collect()));
    }
    rules.extend(model_rules(candidate, fits, options));
    if !fits.is_empty() && permitted.is_empty() {
        let texts = relevance.green().map(|entry| {
            Evidence::new(entry.panel.clone(), entry.inheritance_text.clone().unwrap_or_default())
        });
        let text = "No model agrees with the inheritance that the panel gives for the gene.";
        rules.push(rule("inheritance-differs", text, texts.collect()));
    }
    (tier, rules)
}

fn relevance_rules(relevance: &Relevance) -> Vec<Rule> {
    let mut rules = Vec::new();
    for entry in &relevance.entries {
        let version = entry.version.as_deref().map(|v| format!(" {v}")).unwrap_or_default();
        let mut evidence =
            vec![Evidence::new(format!("{}{version}", entry.panel), entry.confidence.name())];
        evidence.extend(
            entry.inheritance_text.iter().map(|text| Evidence::new("inheritance", text.clone())),
        );
        let (id, text) = match entry.confidence {
            Confidence::Green => {
                ("panel-gene", "The gene is of diagnostic grade in a panel of the case.")
            }
            _ => ("panel-gene-low", "The gene is in a panel of the case, below diagnostic grade."),
        };
        rules.push(rule(id, text, evidence));
    }
    if !relevance.terms.is_empty() {
        let terms = relevance.terms.iter();
        let evidence =
            terms.map(|(id, name)| Evidence::new(id.clone(), name.clone().unwrap_or_default()));
        let text = "The gene has phenotypes of the case.";
        rules.push(rule("phenotype-gene", text, evidence.collect()));
    }
    rules
}

fn effect_rules(candidate: &Candidate, impact: Option<Impact>) -> Option<Rule> {
    let (id, text) = match impact? {
        Impact::High => ("high-impact", "The effect is of high impact."),
        Impact::Moderate => ("moderate-impact", "The effect is of moderate impact."),
        Impact::Low => {
            ("low-impact", "The effect is of low impact, near a splice site or in a panel's gene.")
        }
        Impact::Modifier => return None,
    };
    let terms = candidate.effect.as_ref().map(|effect| effect.terms.join("&"));
    Some(rule(id, text, vec![Evidence::new("consequence", terms.unwrap_or_default())]))
}

fn model_rules(candidate: &Candidate, fits: &[Fit], options: &Options) -> Vec<Rule> {
    let frequency = match candidate.frequency {
        Some(value) => value.to_string(),
        None => "not known".to_owned(),
    };
    let rules = fits.iter().map(|fit| {
        let limit = fit.model.max_frequency(&options.max_frequency);
        let mut evidence = vec![
            Evidence::new("frequency", frequency.clone()),
            Evidence::new("limit", limit.to_string()),
        ];
        evidence.extend(fit.doubts.iter().map(|doubt| Evidence::new("doubt", doubt.clone())));
        let text = "The genotypes satisfy the model, and the allele is rare enough for it.";
        rule(&format!("model-{}", fit.model.id()), text, evidence)
    });
    rules.collect()
}

fn rule(id: &str, text: &str, evidence: Vec<Evidence>) -> Rule {
    Rule { id: id.to_owned(), text: text.to_owned(), evidence }
}
