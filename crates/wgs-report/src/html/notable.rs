//! The notable variants.

use askama::{Template, filters::HtmlSafe};

use crate::{
    format::{NO_BREAK, NOTHING, count, fixed, frequency, percent, trimmed},
    model::{
        ClinicalSignificance, Effect, Impact, Inheritance, Notable, NotableVariant, Reason,
        SampleCall, Zygosity,
    },
};

/// Bases of an allele that are shown.
const ALLELE_SHOWN: usize = 16;
/// Conditions of a clinical entry that are shown.
const CONDITIONS_SHOWN: usize = 2;

/// The section with its table.
#[derive(Template)]
#[template(path = "notable.html")]
pub(super) struct NotableView {
    /// How many were chosen and are shown.
    summary: String,
    /// Rules in words, with the number of alleles.
    rules: Vec<(String, String)>,
    notes: Vec<String>,
    samples: Vec<String>,
    rows: Vec<Row>,
}

impl HtmlSafe for NotableView {}

struct Row {
    number: usize,
    reason: &'static str,
    /// Class of the reason.
    class: &'static str,
    locus: String,
    alleles: String,
    /// Both alleles whole, where they are shortened.
    whole: String,
    ids: String,
    filter: String,
    passes: bool,
    gene: String,
    other_genes: String,
    impact: &'static str,
    consequences: String,
    effect: Option<Hgvs>,
    representative: Option<Hgvs>,
    transcripts: u32,
    clinical: Vec<Clinical>,
    /// Value and source.
    frequencies: Vec<(String, String)>,
    /// The highest, for sorting.
    frequency_key: String,
    calls: Vec<Call>,
}

struct Clinical {
    significance: String,
    source: String,
    review: String,
    conditions: String,
}

struct Hgvs {
    coding: String,
    protein: String,
    transcript: String,
    tag: &'static str,
    place: String,
    consequences: String,
}

struct Call {
    genotype: String,
    zygosity: String,
    /// Class: `carrier` or `other`.
    class: &'static str,
    figures: String,
}

pub(super) fn view(notable: &Notable) -> NotableView {
    let first = notable.variants.first();
    NotableView {
        summary: summary(notable),
        rules: notable.rules.iter().map(|r| (r.text.clone(), count(r.chosen))).collect(),
        notes: notes(notable),
        samples: first
            .map_or_else(Vec::new, |v| v.samples.iter().map(|c| c.sample.clone()).collect()),
        rows: notable.variants.iter().zip(1..).map(|(v, number)| row(number, v)).collect(),
    }
}

fn summary(notable: &Notable) -> String {
    let (shown, chosen) = (notable.variants.len() as u64, notable.chosen);
    let of = match notable.carriers.len() {
        0 => "in the file".to_owned(),
        1..=6 => format!("carried by {}", notable.carriers.join(", ")),
        n => format!("carried by {n} samples"),
    };
    let all = count(notable.carried_alleles);
    if shown < chosen {
        format!(
            "{} alleles were chosen out of {all} {of}; the first {} are shown. All are in the \
             annotated variants.",
            count(chosen),
            count(shown)
        )
    } else {
        format!("{} alleles were chosen out of {all} {of}; all are shown.", count(chosen))
    }
}

fn notes(notable: &Notable) -> Vec<String> {
    let mut notes = Vec::new();
    match notable.filtered {
        0 => {}
        1 => notes.push(
            "One more allele that a rule would choose is left out, because its record failed a \
             filter."
                .to_owned(),
        ),
        n => notes.push(format!(
            "{} more alleles that a rule would choose are left out, because their records failed a \
             filter.",
            count(n)
        )),
    }
    notes.push(match &notable.frequency_sources[..] {
        [] => "The variants carry no population frequencies, so that none is known to be common: \
               the list is longer than it would be with them."
            .to_owned(),
        sources => format!("Population frequencies are those of {}.", sources.join(", ")),
    });
    notes.push(match &notable.clinical_sources[..] {
        [] => "The variants carry no clinical significance: known pathogenic variants cannot be \
               told from others."
            .to_owned(),
        sources => format!("Clinical significance is that of {}.", sources.join(", ")),
    });
    notes
}

fn row(number: usize, v: &NotableVariant) -> Row {
    let effect = v.effect.clone().unwrap_or_default();
    let (reference, alternate) = (shortened(&v.reference), shortened(&v.alternate));
    let alleles = format!("{reference} > {alternate}");
    let whole = format!("{} > {}", v.reference, v.alternate);
    let (reason, class) = reason(v.reason);
    let highest = v.frequencies.iter().map(|f| f.allele_frequency).fold(0.0, f64::max);
    Row {
        number,
        reason,
        class,
        locus: format!("{}:{}", v.contig, count(v.position.into())),
        whole: if whole == alleles { String::new() } else { whole },
        alleles,
        ids: v.ids.join(" "),
        filter: v.filters.join(", "),
        passes: v.passes(),
        gene: effect.gene.clone().unwrap_or_else(|| NOTHING.to_owned()),
        other_genes: v.other_genes.join(", "),
        impact: impact(effect.impact),
        consequences: words(&effect.consequences),
        effect: v.effect.as_ref().map(hgvs),
        representative: v.representative_effect.as_ref().map(hgvs),
        transcripts: v.transcripts,
        clinical: clinical(v),
        frequencies: v
            .frequencies
            .iter()
            .map(|f| (frequency(f.allele_frequency), f.source.clone()))
            .collect(),
        frequency_key: trimmed(highest, 9),
        calls: v.samples.iter().map(call).collect(),
    }
}

fn reason(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::ClinicallyPathogenic => ("pathogenic", "fail"),
        Reason::HighImpact => ("high impact", "warn"),
        Reason::ModerateImpact => ("moderate impact", "plain"),
        Reason::HighImpactCommon => ("high impact, common", "plain"),
    }
}

fn impact(impact: Option<Impact>) -> &'static str {
    match impact {
        Some(Impact::High) => "HIGH",
        Some(Impact::Moderate) => "MODERATE",
        Some(Impact::Low) => "LOW",
        Some(Impact::Modifier) => "MODIFIER",
        None => NOTHING,
    }
}

fn clinical(v: &NotableVariant) -> Vec<Clinical> {
    let of = |c: &ClinicalSignificance| {
        let mut conditions = c.conditions.clone();
        let more = conditions.len().saturating_sub(CONDITIONS_SHOWN);
        conditions.truncate(CONDITIONS_SHOWN);
        let mut conditions = words(&conditions);
        if more > 0 {
            conditions.push_str(&format!(" and {more} more"));
        }
        Clinical {
            significance: words(&c.significance),
            source: [Some(&c.source), c.id.as_ref()]
                .into_iter()
                .flatten()
                .cloned()
                .collect::<Vec<_>>()
                .join(" "),
            review: c.review.as_deref().unwrap_or_default().replace(",_", ", ").replace('_', " "),
            conditions,
        }
    };
    v.clinical.iter().map(of).collect()
}

/// Terms as words: `stop_gained` is "stop gained".
fn words(terms: &[String]) -> String {
    terms.join(", ").replace(",_", ", ").replace('_', " ")
}

fn hgvs(effect: &Effect) -> Hgvs {
    let transcript = effect.transcript.clone().unwrap_or_default();
    let without = |text: &Option<String>| {
        let text = text.clone().unwrap_or_default();
        text.split_once(':').map_or(text.clone(), |(_, change)| change.to_owned())
    };
    let place = match (&effect.exon, &effect.intron) {
        (Some(exon), _) => format!("exon {exon}"),
        (None, Some(intron)) => format!("intron {intron}"),
        _ => String::new(),
    };
    Hgvs {
        coding: without(&effect.hgvs_c),
        protein: without(&effect.hgvs_p),
        transcript,
        tag: tag(effect),
        place,
        consequences: words(&effect.consequences),
    }
}

fn tag(effect: &Effect) -> &'static str {
    if effect.mane_select {
        "MANE Select"
    } else if effect.mane_plus_clinical {
        "MANE Plus Clinical"
    } else if effect.canonical {
        "canonical"
    } else {
        ""
    }
}

fn call(call: &SampleCall) -> Call {
    let mut figures = Vec::new();
    figures.extend(call.depth.map(|depth| format!("DP{NO_BREAK}{depth}")));
    figures.extend(
        call.allele_fraction.map(|fraction| format!("AF{NO_BREAK}{}", percent(fraction, 0))),
    );
    figures.extend(
        call.genotype_quality_phred.map(|quality| format!("GQ{NO_BREAK}{}", fixed(quality, 0))),
    );
    let (zygosity, carrier) = match call.zygosity {
        Zygosity::Homozygous => ("hom", true),
        Zygosity::Hemizygous => ("hemi", true),
        Zygosity::Heterozygous => ("het", true),
        Zygosity::Partial => ("partial", true),
        Zygosity::Absent => ("absent", false),
        Zygosity::Missing => ("no call", false),
    };
    let new = match call.inheritance {
        Some(Inheritance::New) => ", new",
        Some(Inheritance::Unclear) => ", perhaps new",
        Some(Inheritance::Inherited) | None => "",
    };
    Call {
        genotype: call.genotype.clone(),
        zygosity: format!("{zygosity}{new}"),
        class: if carrier { "carrier" } else { "other" },
        figures: figures.join(", "),
    }
}

fn shortened(allele: &str) -> String {
    let bases = allele.chars().count();
    if bases <= ALLELE_SHOWN {
        return allele.to_owned();
    }
    let head: String = allele.chars().take(ALLELE_SHOWN - 6).collect();
    format!("{head}… ({bases} bp)")
}
