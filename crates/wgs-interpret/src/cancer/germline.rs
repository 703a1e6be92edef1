//! Inherited findings that matter beside a tumour, and secondary findings.

use std::{collections::BTreeSet, path::Path};

use wgs_formats::{
    Result,
    findings::{CancerAssessment, Classification, Count, Evidence, Finding, Origin, Rule},
    variant::{
        Record,
        annotated::{AlleleView, Significance, Spelling, trimmed},
    },
};

use super::{
    Alteration, GeneEffects, Knowledge, SecondaryVariant,
    alleles::Annotated,
    judge::{EvidenceQuestion, evidence},
    matching::{best_match, held},
    somatic::{coordinates, genes},
};
use crate::{Family, classes::set_classes, finding::finding_of, scope::Purpose};

/// Stars of review from which on a clinical source alone makes a variant pathogenic.
pub const MIN_STARS: u8 = 2;

/// Judges an allele of a gene by ACMG/AMP's points; `None` where it cannot.
pub type Classify<'a> = dyn Fn(&AlleleView, &GeneEffects<'_>) -> Option<Classification> + 'a;

/// Of whom inherited findings are sought, and by what.
pub struct InheritedQuestion<'a> {
    /// The person's sample.
    pub person: &'a str,
    /// The people of the case.
    pub family: &'a Family,
    /// The patient's tumour.
    pub tumor_type: Option<&'a str>,
    /// The tables.
    pub knowledge: &'a Knowledge,
    /// The points of ACMG/AMP.
    pub classify: &'a Classify<'a>,
}

/// Inherited findings with what each would be reported for, before consent and scope are asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inherited {
    /// The findings, in the order of the file.
    pub findings: Vec<(Finding, Purpose)>,
    /// What was looked at; no count tells of findings.
    pub counts: Vec<Count>,
}

/// The pathogenic and likely pathogenic variants that a person carries. `path` is annotated and holds
/// germline calls. A variant is taken for one if a clinical source says so with [`MIN_STARS`] stars,
/// or its points do and no source with a star calls it benign.
///
/// # Errors
///
/// If the file cannot be read, tells no consequences, or lacks the person.
pub fn inherited(path: &Path, question: &InheritedQuestion<'_>) -> Result<Inherited> {
    let file = Annotated::open(path)?;
    let column = file.columns(&[question.person])?[0];
    let samples = file.layout.samples().to_vec();
    let mut views: Vec<AlleleView> = Vec::new();
    let (records, failed) = file.alleles(
        |_, _| true,
        |view| {
            if view.calls[column].zygosity.carries()
                && hit(&view).iter().any(|e| pathogenic(&view, e, question).is_some())
            {
                views.push(view);
            }
        },
    )?;
    let all: Vec<(&AlleleView, GeneEffects<'_>, Rule)> = views
        .iter()
        .flat_map(|view| hit(view).into_iter().map(move |effects| (view, effects)))
        .filter_map(|(view, effects)| {
            let rule = pathogenic(view, &effects, question)?;
            Some((view, effects, rule))
        })
        .collect();
    let variants: Vec<SecondaryVariant<'_>> = all
        .iter()
        .map(|(view, effects, _)| SecondaryVariant {
            effects: effects.clone(),
            call: &view.calls[column],
        })
        .collect();
    let list = question.knowledge.secondary.as_ref();
    let selected = list.map(|list| list.select(&variants)).unwrap_or_default();
    let findings = all.iter().enumerate().map(|(place, (view, effects, rule))| {
        let listed = selected.iter().find(|(at, _)| *at == place).map(|(_, rule)| rule.clone());
        let purpose = purpose(effects.gene, listed.is_some(), question.knowledge);
        let rules = std::iter::once(rule.clone()).chain(listed).collect();
        (finding(view, effects, rules, &all, question, &samples), purpose)
    });
    let count = |name: &str, count| Count { name: name.to_owned(), count };
    Ok(Inherited {
        findings: findings.collect(),
        counts: vec![
            count("germline records", records),
            count("germline records that did not pass their filters", failed),
        ],
    })
}

/// Which of these alleles a person carries, in records that pass their filters.
///
/// # Errors
///
/// As [`inherited`].
pub(super) fn carried_of(
    path: &Path,
    person: &str,
    alleles: &BTreeSet<Spelling>,
) -> Result<BTreeSet<Spelling>> {
    let file = Annotated::open(path)?;
    let column = file.columns(&[person])?[0];
    let spelled = |record: &Record, alternate: &str| {
        trimmed(&record.contig, record.position.get(), &record.reference, alternate)
    };
    let mut carried = BTreeSet::new();
    file.alleles(
        |_, record| {
            let mut alternates = record.alternates.iter();
            alternates.any(|alternate| alleles.contains(&spelled(record, alternate)))
        },
        |view| {
            let allele = view.trimmed();
            if alleles.contains(&allele) && view.calls[column].zygosity.carries() {
                carried.insert(allele);
            }
        },
    )?;
    Ok(carried)
}

/// The genes on which an allele's effect is gravest: what a source says of it is said of them, and
/// not of a gene that has it in an intron besides.
fn hit(view: &AlleleView) -> Vec<GeneEffects<'_>> {
    let genes = genes(view);
    let gravest = genes.first().and_then(|(_, effects)| effects.main.impact);
    let is_gravest = |effects: &GeneEffects<'_>| effects.main.impact == gravest;
    genes.into_iter().map(|(_, effects)| effects).filter(is_gravest).collect()
}

/// What a pathogenic variant of a gene would be reported for; `listed` says whether the list of
/// secondary findings has it reported.
pub fn purpose(gene: &str, listed: bool, knowledge: &Knowledge) -> Purpose {
    let entries = knowledge.secondary.as_ref().map_or(&[][..], |list| list.of_gene(gene));
    let role = knowledge.cancer_genes.as_ref().and_then(|genes| genes.get(gene));
    let predisposes = role.is_some_and(|role| role.predisposition);
    match (listed, entries.is_empty()) {
        (true, _) if predisposes || entries.iter().any(|entry| entry.is_cancer) => Purpose::Cancer,
        (true, _) => Purpose::Actionable,
        // A gene of the list whose rule does not hold, such as one variant of a recessive gene.
        (false, false) => Purpose::Other,
        (false, true) if predisposes => Purpose::Cancer,
        (false, true) => Purpose::Other,
    }
}

fn pathogenic(
    view: &AlleleView,
    effects: &GeneEffects<'_>,
    question: &InheritedQuestion<'_>,
) -> Option<Rule> {
    let rule = |id: &str, text: &str, evidence| Rule {
        id: id.to_owned(),
        text: text.to_owned(),
        evidence,
    };
    let trusted = |s: &&Significance| s.is_pathogenic() && s.stars() >= Some(MIN_STARS);
    let grave = effects.main.impact.is_some() && effects.gene_is_affected();
    if let Some(said) = view.significances.iter().find(trusted).filter(|_| grave) {
        let evidence = vec![
            Evidence::new(&said.source, said.terms.join("/")),
            Evidence::new("stars", said.stars().unwrap_or(0).to_string()),
        ];
        return Some(rule(
            "pathogenic-by-source",
            "a clinical source calls it pathogenic",
            evidence,
        ));
    }
    let benign = |s: &Significance| s.is_benign() && s.stars() >= Some(1);
    let class = (question.classify)(view, effects)?;
    (class >= Classification::LikelyPathogenic && !view.significances.iter().any(benign)).then(
        || {
            let evidence = vec![Evidence::new("ACMG/AMP", class.name())];
            rule("pathogenic-by-points", "its points call it pathogenic", evidence)
        },
    )
}

impl GeneEffects<'_> {
    /// Whether the allele lies in the gene rather than beside it.
    fn gene_is_affected(&self) -> bool {
        let beside = |term: &String| {
            matches!(term.as_str(), "upstream_gene_variant" | "downstream_gene_variant")
        };
        !self.main.terms.iter().all(beside)
    }
}

fn finding(
    view: &AlleleView,
    effects: &GeneEffects<'_>,
    rules: Vec<Rule>,
    all: &[(&AlleleView, GeneEffects<'_>, Rule)],
    question: &InheritedQuestion<'_>,
    samples: &[String],
) -> Finding {
    let knowledge = question.knowledge;
    let has = |gene: &str, alterations: &[Alteration]| {
        let of_gene = all.iter().filter(|(_, effects, _)| effects.gene == gene);
        let found = of_gene.filter_map(|(_, effects, _)| best_match(alterations, effects));
        held(found.map(|found| found.counts(true)).max(), alterations)
    };
    let (items, undecided) = evidence(&EvidenceQuestion {
        base: &knowledge.evidence,
        types: &knowledge.tumor_types,
        tumor_type: question.tumor_type,
        origin: Origin::Germline,
        allele: coordinates(view),
        effects,
        drives: true,
        has: &has,
    });
    let role = knowledge.cancer_genes.as_ref().and_then(|genes| genes.get(effects.gene));
    let mut finding =
        finding_of(view, Some(effects.main), Origin::Germline, question.family, samples);
    finding.rules = rules;
    finding.classification = (question.classify)(view, effects);
    finding.cancer = Some(CancerAssessment {
        roles: role.map(|role| role.roles()).unwrap_or_default(),
        level: None,
        oncogenicity: None,
        evidence: items,
        undecided_evidence: undecided,
    });
    set_classes(&mut finding, true, &knowledge.classes());
    finding
}
