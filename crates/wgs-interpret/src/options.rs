//! What a site may choose.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use wgs_formats::{
    findings::Setting,
    variant::annotated::{AlleleView, Frequency, ScoreKind},
};

/// Choices of the interpretation; `[options.interpret]` of a pipeline definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Panels of genes that the findings are to be relevant to, where the case names none.
    pub panels: Vec<String>,
    /// Further tables of genes; a relative path begins where `wgs-pipe` starts.
    pub tables: Vec<PathBuf>,
    /// ClinVar's VCF, annotated with the genes of the case, for PS1 and PM5.
    pub protein_changes: Option<PathBuf>,
    /// Highest frequencies at which a model of inheritance is thought of.
    pub max_frequency: MaxFrequency,
    /// Sources of frequencies that count; all where none is named.
    pub frequency_sources: Vec<String>,
    /// Populations that count beside the whole of a source and the one where an allele is most
    /// frequent (`grpmax`, `popmax`).
    pub populations: Vec<String>,
    /// Depth of a parent below which a missing allele is not taken for sure.
    pub min_parent_depth: u32,
    /// GQ of a child below which a new allele is in doubt.
    pub min_genotype_quality_phred: f64,
    /// Share of a child's reads below which a new heterozygous allele is in doubt.
    pub min_de_novo_fraction: f64,
    /// Share of the reads from which an allele of chrM counts as all copies.
    pub homoplasmic_from: f64,
    /// Frequency from which BA1 is met.
    pub ba1_from: f64,
    /// Frequency from which BS1 is met.
    pub bs1_from: f64,
    /// Frequency up to which PM2 is met.
    pub pm2_to: f64,
    /// The predictor of missense changes for PP3 and BP4; another of them is asked where it is silent.
    pub missense_predictor: Predictor,
}

/// Highest frequencies, each in any population that counts, at which a model of inheritance is
/// thought of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MaxFrequency {
    /// A new allele.
    pub de_novo: f64,
    /// One allele from an affected parent.
    pub dominant: f64,
    /// Two copies of one allele.
    pub recessive: f64,
    /// Each of two alleles.
    pub compound: f64,
    /// On X and Y.
    pub sex_linked: f64,
    /// On chrM.
    pub mitochondrial: f64,
}

/// A predictor of missense changes with calibrated thresholds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Predictor {
    /// REVEL, by Pejaver et al. 2022.
    #[default]
    Revel,
    /// AlphaMissense, by Bergquist et al. 2025.
    AlphaMissense,
    /// CADD, by Pejaver et al. 2022.
    Cadd,
}

impl Predictor {
    pub(crate) const ALL: [Self; 3] = [Self::Revel, Self::AlphaMissense, Self::Cadd];

    pub(crate) fn score(self) -> ScoreKind {
        match self {
            Self::Revel => ScoreKind::Revel,
            Self::AlphaMissense => ScoreKind::AlphaMissense,
            Self::Cadd => ScoreKind::CaddPhred,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            panels: Vec::new(),
            tables: Vec::new(),
            protein_changes: None,
            max_frequency: MaxFrequency::default(),
            frequency_sources: Vec::new(),
            populations: Vec::new(),
            min_parent_depth: 10,
            min_genotype_quality_phred: 20.0,
            min_de_novo_fraction: 0.2,
            homoplasmic_from: 0.95,
            ba1_from: 0.05,
            bs1_from: 0.01,
            pm2_to: 1e-4,
            missense_predictor: Predictor::default(),
        }
    }
}

impl Default for MaxFrequency {
    fn default() -> Self {
        Self {
            de_novo: 1e-4,
            dominant: 1e-4,
            recessive: 0.01,
            compound: 0.01,
            sex_linked: 1e-3,
            mitochondrial: 2e-3,
        }
    }
}

impl MaxFrequency {
    /// The highest of them: a more frequent allele satisfies no model.
    pub(crate) fn highest(&self) -> f64 {
        let others = [self.dominant, self.recessive, self.compound, self.sex_linked];
        others.into_iter().chain([self.mitochondrial]).fold(self.de_novo, f64::max)
    }
}

impl Options {
    /// The highest frequency of an allele that counts.
    pub(crate) fn frequency<'a>(&self, view: &'a AlleleView) -> Option<&'a Frequency> {
        self.frequency_where(view, |_| true)
    }

    /// The highest of those that count and are such.
    pub(crate) fn frequency_where<'a>(
        &self,
        view: &'a AlleleView,
        is: impl Fn(&Frequency) -> bool,
    ) -> Option<&'a Frequency> {
        let counts = view.frequencies.iter().filter(|frequency| self.counts(frequency));
        let counts = counts.filter(|frequency| is(frequency));
        counts.max_by(|a, b| a.value.total_cmp(&b.value))
    }

    /// A frequency that counts and cannot be read.
    pub(crate) fn unread<'a>(&self, view: &'a AlleleView) -> Option<&'a str> {
        let mut unread = view.unread_frequencies.iter();
        let found =
            unread.find(|(source, population)| self.counts_of(source, population.as_deref()));
        found.map(|(source, _)| source.as_str())
    }

    fn counts(&self, frequency: &Frequency) -> bool {
        self.counts_of(&frequency.source, frequency.population.as_deref())
    }

    /// Whether frequencies of a source in a population, or in all of it, count.
    pub(crate) fn counts_of(&self, source: &str, population: Option<&str>) -> bool {
        let sources = &self.frequency_sources;
        let of_source =
            sources.is_empty() || sources.iter().any(|s| s.eq_ignore_ascii_case(source));
        let named = |population: &str| {
            self.populations.iter().any(|name| name.eq_ignore_ascii_case(population))
        };
        of_source && population.is_none_or(|name| Frequency::is_most_frequent(name) || named(name))
    }

    /// As rows for people.
    pub(crate) fn settings(&self) -> Vec<Setting> {
        let setting = |name: &str, value: String| Setting { name: name.to_owned(), value };
        let frequency = &self.max_frequency;
        let or_all = |names: &[String]| match names {
            [] => "all".to_owned(),
            names => names.join(", "),
        };
        vec![
            setting("max_frequency.de_novo", frequency.de_novo.to_string()),
            setting("max_frequency.dominant", frequency.dominant.to_string()),
            setting("max_frequency.recessive", frequency.recessive.to_string()),
            setting("max_frequency.compound", frequency.compound.to_string()),
            setting("max_frequency.sex_linked", frequency.sex_linked.to_string()),
            setting("max_frequency.mitochondrial", frequency.mitochondrial.to_string()),
            setting("frequency_sources", or_all(&self.frequency_sources)),
            setting("ba1_from", self.ba1_from.to_string()),
            setting("bs1_from", self.bs1_from.to_string()),
            setting("pm2_to", self.pm2_to.to_string()),
            setting("missense_predictor", self.missense_predictor.score().name().to_owned()),
        ]
    }
}
