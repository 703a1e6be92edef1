//! The list of genes in which secondary findings are reported, such as the ACMG's.

use std::{collections::BTreeMap, path::Path};

use wgs_formats::{
    Result,
    findings::{Evidence, Rule},
    variant::annotated::{Call, Zygosity},
};

use super::{
    matching::GeneEffects,
    protein::ProteinChange,
    table::{Row, Table},
};

/// Which variants of a gene are reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportRule {
    /// Every pathogenic and likely pathogenic one.
    All,
    /// Two of them, or one on both chromosomes.
    Biallelic,
    /// Those that cut the product short.
    Truncating,
    /// Homozygous ones; of these changes of the protein only, if there are any.
    Homozygous(Vec<ProteinChange>),
    /// These changes of the protein only.
    Changes(Vec<ProteinChange>),
}

/// A gene of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondaryGene {
    /// The disease.
    pub disease: String,
    /// Whether it is a cancer.
    pub is_cancer: bool,
    /// What is reported.
    pub report: ReportRule,
}

/// Genes in which secondary findings are reported; a gene may stand there for several diseases.
#[derive(Clone, Debug, Default)]
pub struct SecondaryList(BTreeMap<String, Vec<SecondaryGene>>);

impl SecondaryList {
    /// Reads a table of
    ///
    /// | column | |
    /// |---|---|
    /// | `gene` | symbol |
    /// | `disease` (`phenotype`, `disease_name`) | its name |
    /// | `inheritance` | `AR`: two variants are reported, where `report` says nothing |
    /// | `category` | begins with `cancer` where the disease is one; without it, it is none |
    /// | `report` (`variants_to_report`) | `all`, `biallelic`, `truncating`, `homozygous`; or as the ACMG writes it: `All P and LP`, `P and LP (2 variants)`, `HFE p.C282Y homozygotes only`, `… truncating variants only` |
    ///
    /// # Errors
    ///
    /// If `report` says what is none of this.
    pub fn read(path: &Path) -> Result<Self> {
        let table = Table::read(
            path,
            &[&["gene", "gene_symbol"], &["disease", "phenotype", "disease_name"]],
        )?;
        let mut genes = BTreeMap::<String, Vec<SecondaryGene>>::new();
        for row in table.rows(path) {
            let disease = row.text(&["disease", "phenotype", "disease_name"])?.to_owned();
            let category = row.get(&["category"]).map(str::to_lowercase);
            let is_cancer = category.is_some_and(|category| category.starts_with("cancer"));
            let gene = row.text(&["gene", "gene_symbol"])?.to_owned();
            let report = report(&row)?;
            genes.entry(gene).or_default().push(SecondaryGene { disease, is_cancer, report });
        }
        Ok(Self(genes))
    }

    /// What is reported of a gene.
    pub fn of_gene(&self, gene: &str) -> &[SecondaryGene] {
        self.0.get(gene).map_or(&[], Vec::as_slice)
    }

    /// Which of a person's pathogenic variants are secondary findings, with the rule: places in
    /// `variants`, in order.
    pub fn select(&self, variants: &[SecondaryVariant<'_>]) -> Vec<(usize, Rule)> {
        let mut selected = Vec::new();
        for (place, variant) in variants.iter().enumerate() {
            let genes = self.of_gene(variant.effects.gene).iter();
            if let Some(rule) = genes.filter_map(|gene| reported(gene, variant, variants)).next() {
                selected.push((place, rule));
            }
        }
        selected
    }
}

/// A pathogenic or likely pathogenic variant of a person.
#[derive(Clone, Debug)]
pub struct SecondaryVariant<'a> {
    /// What it does to the gene.
    pub effects: GeneEffects<'a>,
    /// The person's call.
    pub call: &'a Call,
}

fn report(row: &Row<'_>) -> Result<ReportRule> {
    let recessive =
        row.get(&["inheritance"]).is_some_and(|text| text.to_uppercase().contains("AR"));
    let Some(text) = row.get(&["report", "variants_to_report"]) else {
        return Ok(if recessive { ReportRule::Biallelic } else { ReportRule::All });
    };
    let lower = text.to_lowercase();
    let changes: Vec<ProteinChange> = text
        .split_whitespace()
        .filter(|word| word.starts_with("p."))
        .filter_map(|word| ProteinChange::parse(word.trim_end_matches([',', ';'])))
        .collect();
    Ok(match () {
        () if lower.contains("homozygo") => ReportRule::Homozygous(changes),
        () if lower.contains("biallelic")
            || lower.contains("2 variants")
            || lower.contains("two variants") =>
        {
            ReportRule::Biallelic
        }
        () if lower.contains("truncating") => ReportRule::Truncating,
        () if !changes.is_empty() => ReportRule::Changes(changes),
        () if matches!(lower.as_str(), "all" | "all p and lp" | "p and lp" | "p/lp" | "yes") => {
            ReportRule::All
        }
        () => {
            let reason = format!(
                "{text:?} is none of all, biallelic, truncating, homozygous, or changes such as p.C282Y"
            );
            return Err(row.wrong("report", reason));
        }
    })
}

fn reported(
    gene: &SecondaryGene,
    variant: &SecondaryVariant<'_>,
    all: &[SecondaryVariant<'_>],
) -> Option<Rule> {
    let is_one_of = |changes: &[ProteinChange]| {
        variant.effects.protein_change().is_some_and(|change| changes.contains(&change))
    };
    let on_all = matches!(variant.call.zygosity, Zygosity::Homozygous | Zygosity::Hemizygous);
    let mut evidence = vec![Evidence::new("disease", &gene.disease)];
    let holds = match &gene.report {
        ReportRule::All => true,
        ReportRule::Truncating => variant.effects.truncates(),
        ReportRule::Changes(changes) => is_one_of(changes),
        ReportRule::Homozygous(changes) => {
            variant.call.zygosity == Zygosity::Homozygous
                && (changes.is_empty() || is_one_of(changes))
        }
        ReportRule::Biallelic if on_all => true,
        ReportRule::Biallelic => {
            let phase = all
                .iter()
                .filter(|other| other.effects.gene == variant.effects.gene)
                .filter(|other| !std::ptr::eq(*other, variant))
                .filter_map(|other| trans(variant.call, other.call))
                .max();
            if let Some(known) = phase {
                evidence.push(Evidence::new("phase", if known { "trans" } else { "not known" }));
            }
            phase.is_some()
        }
    };
    let text = "pathogenic or likely pathogenic in a gene of the list of secondary findings";
    (holds && variant.call.zygosity.carries()).then(|| Rule {
        id: "secondary-list".to_owned(),
        text: text.to_owned(),
        evidence,
    })
}

/// Whether two variants lie on different chromosomes: known, not known, or (`None`) on the same one.
fn trans(one: &Call, other: &Call) -> Option<bool> {
    match (one.phase, other.phase) {
        (Some(a), Some(b)) if a.set == b.set => (a.haplotype != b.haplotype).then_some(true),
        _ => Some(false),
    }
}

#[cfg(test)]
mod tests {
    use wgs_formats::variant::annotated::{Effect, Phase};

    use super::{
        super::{matching::tests::effect, table::file},
        *,
    };

    const LIST: &str = "Gene\tDisease\tInheritance\tCategory\tVariants to report\n\
        BRCA1\tBreast cancer\tAD\tcancer\tAll P and LP\nATP7B\tWilson disease\tAR\tmetabolic\t\n\
        HFE\tHemochromatosis\tAR\tmetabolic\tHFE p.C282Y homozygotes only\n\
        TTN\tDilated cardiomyopathy\tAD\tcardiovascular\tP and LP (truncating variants only)\n";

    fn call(zygosity: Zygosity, phase: Option<(u32, usize)>) -> Call {
        Call {
            genotype: "0/1".into(),
            zygosity,
            copies: 1,
            ploidy: 2,
            phase: phase.map(|(set, haplotype)| Phase { set: Some(set), haplotype }),
            depth: None,
            reference_depth: None,
            allele_depth: None,
            allele_fraction: None,
            genotype_quality_phred: None,
            de_novo: None,
            de_novo_quality_phred: None,
        }
    }

    fn selected(variants: &[(&str, &Effect, &Call)]) -> Vec<usize> {
        let list = SecondaryList::read(&file(LIST).1).unwrap();
        let variants: Vec<SecondaryVariant<'_>> = variants
            .iter()
            .map(|(gene, main, call)| SecondaryVariant {
                effects: GeneEffects { gene, main, others: vec![] },
                call,
            })
            .collect();
        list.select(&variants).into_iter().map(|(place, _)| place).collect()
    }

    #[test]
    fn each_gene_has_its_own_rule() {
        let (het, hom) = (call(Zygosity::Heterozygous, None), call(Zygosity::Homozygous, None));
        let missense = effect("missense_variant", "", "p.Cys282Tyr", "");
        let other = effect("missense_variant", "", "p.His63Asp", "");
        let stop = effect("stop_gained", "", "p.Arg9Ter", "");
        let one = |gene: &str, effect: &Effect, call: &Call| {
            !selected(&[(gene, effect, call)]).is_empty()
        };
        assert!(one("BRCA1", &missense, &het) && !one("TP53", &stop, &het));
        assert!(
            one("HFE", &missense, &hom)
                && !one("HFE", &missense, &het)
                && !one("HFE", &other, &hom)
        );
        assert!(one("TTN", &stop, &het) && !one("TTN", &missense, &het));
        assert!(one("ATP7B", &missense, &hom) && !one("ATP7B", &missense, &het));
        assert!(!one("BRCA1", &stop, &call(Zygosity::Absent, None)));
    }

    #[test]
    fn two_variants_of_a_recessive_gene() {
        let (a, b) = (
            effect("stop_gained", "", "p.Arg9Ter", ""),
            effect("stop_gained", "", "p.Arg90Ter", ""),
        );
        let het = |phase| call(Zygosity::Heterozygous, phase);
        let both = |one: Call, other: Call| selected(&[("ATP7B", &a, &one), ("ATP7B", &b, &other)]);
        assert_eq!(both(het(None), het(None)), [0, 1]);
        assert_eq!(both(het(Some((1, 0))), het(Some((1, 1)))), [0, 1]);
        assert!(both(het(Some((1, 0))), het(Some((1, 0)))).is_empty());
        assert_eq!(both(het(Some((1, 0))), het(Some((2, 0)))), [0, 1]);
    }

    #[test]
    fn categories_and_words() {
        let list = SecondaryList::read(&file(LIST).1).unwrap();
        assert!(list.of_gene("BRCA1")[0].is_cancer && !list.of_gene("TTN")[0].is_cancer);
        let wrong =
            SecondaryList::read(&file("gene\tdisease\treport\nKIT\tx\tsome\n").1).unwrap_err();
        assert!(wrong.to_string().contains("line 2, column report"), "{wrong}");
    }
}
