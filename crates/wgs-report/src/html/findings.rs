//! The findings: germline and somatic ones in tables of their own.

use askama::{Template, filters::HtmlSafe};
use wgs_formats::findings::{
    CancerAssessment, Carrier, CuratedEvidence, DiseaseRelation, Evidence, Finding, Findings,
    Origin, PartnerPhase, ResultClass, Scope,
};

use super::parts::Table;
use crate::format::{count, fixed, frequency, percent};

/// Bases of an allele that are shown.
const ALLELE_SHOWN: usize = 16;
/// Items of curated evidence that are shown.
const EVIDENCE_SHOWN: usize = 8;

/// The section with its tables.
#[derive(Template)]
#[template(path = "findings.html")]
pub(super) struct FindingsView {
    notes: Vec<String>,
    lists: Vec<List>,
    settings: Table,
    counts: Table,
    sources: Option<Table>,
}

impl HtmlSafe for FindingsView {}

struct List {
    heading: &'static str,
    summary: String,
    rows: Vec<Row>,
}

struct Row {
    number: usize,
    tier: String,
    class: String,
    points: String,
    flags: Vec<String>,
    locus: String,
    alleles: String,
    whole: String,
    ids: String,
    filter: String,
    passes: bool,
    gene: String,
    consequences: String,
    names: Vec<String>,
    transcript: String,
    models: Vec<String>,
    partners: Vec<String>,
    notes: Vec<String>,
    criteria: Vec<Line>,
    rules: Vec<Line>,
    open: Vec<Line>,
    known: Vec<String>,
    people: Vec<String>,
}

/// A criterion or rule with its evidence.
struct Line {
    head: String,
    text: String,
    evidence: String,
}

pub(super) fn view(findings: &Findings) -> FindingsView {
    let mut notes = findings.warnings.clone();
    notes.extend(findings.withheld.iter().map(|withheld| {
        let of = origin(withheld.origin).to_lowercase();
        format!("{} {of} not named here: {}.", count(withheld.count), withheld.reason)
    }));
    let mut lists = vec![list(Origin::Germline, &findings.germline)];
    let has_tumor = findings.settings.iter().any(|setting| setting.name == "tumor_type");
    if !findings.somatic.is_empty() || has_tumor {
        lists.push(list(Origin::Somatic, &findings.somatic));
    }
    let mut settings = Table::new("What was asked", &["Setting", "Value"]);
    for setting in &findings.settings {
        settings.push(vec![setting.name.as_str().into(), setting.value.as_str().into()]);
    }
    let mut counts = Table::new("What was looked at", &["Counted", "#Number"]);
    for line in &findings.counts {
        counts.push(vec![line.name.as_str().into(), count(line.count).into()]);
    }
    FindingsView { notes, lists, settings, counts, sources: sources(findings) }
}

fn sources(findings: &Findings) -> Option<Table> {
    let mut table =
        Table::new("What findings rest on", &["Source", "Release", "Terms", "`SHA-256"]);
    for source in &findings.sources {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let cells = [text(&source.version), text(&source.licence), text(&source.sha256)];
        let cells = cells.into_iter().map(Into::into);
        table.push([source.name.as_str().into()].into_iter().chain(cells).collect());
    }
    (!findings.sources.is_empty()).then_some(table)
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Germline => "Germline findings",
        Origin::Somatic => "Somatic findings",
    }
}

fn list(of: Origin, findings: &[Finding]) -> List {
    let summary = match findings.len() {
        0 => "None.".to_owned(),
        1 => "1 finding.".to_owned(),
        n => format!("{} findings.", count(n as u64)),
    };
    let rows = findings.iter().zip(1..).map(|(finding, number)| row(number, finding));
    List { heading: origin(of), summary, rows: rows.collect() }
}

fn row(number: usize, finding: &Finding) -> Row {
    let allele = &finding.allele;
    let effect = finding.effect.clone().unwrap_or_default();
    let class = finding.classification.map(|class| format!("{}, proposed", class.name()));
    let mut flags: Vec<String> = finding.classes.iter().map(|class| words(*class)).collect();
    if finding.scope == Scope::Secondary {
        flags.push("secondary finding".to_owned());
    }
    let place = effect.exon.map(|exon| format!(", exon {exon}"));
    let place = place.or(effect.intron.map(|intron| format!(", intron {intron}")));
    let mane = if effect.mane_select { " MANE Select" } else { "" };
    let transcript = effect.transcript.map(|id| format!("{id}{mane}{}", place.unwrap_or_default()));
    Row {
        number,
        tier: finding.tier.map(|tier| format!("tier {}", tier.name())).unwrap_or_default(),
        class: class.unwrap_or_default(),
        points: finding.points.map(|points| format!("{points} points")).unwrap_or_default(),
        flags,
        locus: format!("{}:{}", allele.contig, allele.position),
        alleles: format!("{}>{}", shortened(&allele.reference), shortened(&allele.alternate)),
        whole: format!("{}>{}", allele.reference, allele.alternate),
        ids: finding.ids.join(", "),
        filter: finding.filters.join(", "),
        passes: finding.filters.iter().all(|filter| matches!(filter.as_str(), "PASS" | ".")),
        gene: finding.gene.clone().unwrap_or_default(),
        consequences: effect.consequences.join(", "),
        names: [effect.hgvs_p, effect.hgvs_c].into_iter().flatten().collect(),
        transcript: transcript.unwrap_or_default(),
        models: finding.models.iter().map(|model| model.model.clone()).collect(),
        partners: finding.partners.iter().map(partner).collect(),
        notes: finding.notes.clone(),
        criteria: criteria(finding),
        rules: finding.rules.iter().map(|r| line(&r.id, &r.text, &r.evidence)).collect(),
        open: finding.open_criteria.iter().map(|open| line(&open.id, &open.reason, &[])).collect(),
        known: known(finding),
        people: finding.carriers.iter().map(person).collect(),
    }
}

fn partner(partner: &wgs_formats::findings::Partner) -> String {
    let phase = match partner.phase {
        PartnerPhase::Trans => "on the other chromosome",
        PartnerPhase::Unknown => "phase not known",
    };
    format!("with {}, {phase}: {}", partner.allele, partner.evidence)
}

fn words(class: ResultClass) -> String {
    let text = match class {
        ResultClass::DrugSelection => "drug selection",
        ResultClass::CancerDiagnosis => "diagnosis of the cancer type",
        ResultClass::HereditaryDisease => "hereditary disease",
        ResultClass::NotDetectableByPanels => "not detectable by panel tests",
        ResultClass::DiagnosticallyUseful => "diagnostically useful",
        ResultClass::LikelyNonCancerDisease => "likely non-cancer disease",
    };
    text.to_owned()
}

fn criteria(finding: &Finding) -> Vec<Line> {
    let lines = finding.criteria.iter().map(|criterion| {
        let head =
            format!("{} {} ({:+})", criterion.id, criterion.strength.name(), criterion.points);
        line(&head, &criterion.text, &criterion.evidence)
    });
    lines.chain(finding.cancer.iter().flat_map(cancer)).collect()
}

fn cancer(cancer: &CancerAssessment) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(oncogenicity) = &cancer.oncogenicity {
        let criteria: Vec<String> =
            oncogenicity.criteria.iter().map(|c| format!("{} ({:+})", c.id, c.points)).collect();
        let text = format!("{} points: {}", oncogenicity.points, criteria.join(", "));
        lines.push(line("oncogenicity", &text, &[]));
    }
    for item in cancer.evidence.iter().take(EVIDENCE_SHOWN) {
        let head = format!("{} {}", item.source, item.id);
        let therapies = item.therapies.join(" + ");
        let disease = item.disease.clone().unwrap_or_default();
        let level = format!("level {:?}", item.level);
        let parts = [&level, &item.profile, &item.significance, &therapies, &disease];
        let parts: Vec<&str> =
            parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        let against = if item.supports { "" } else { "speaks against: " };
        lines.push(line(&head, &format!("{against}{}", parts.join(", ")), &standing(item)));
    }
    let hidden = cancer.evidence.len().saturating_sub(EVIDENCE_SHOWN);
    if hidden > 0 {
        lines.push(line("", &format!("and {hidden} more items in report.json"), &[]));
    }
    lines
}

/// What of it holds for this tumour and allele.
fn standing(item: &CuratedEvidence) -> Vec<Evidence> {
    let why = item.not_counted.as_ref().map(|why| Evidence::new("does not count", why));
    let relation = match item.relation {
        DiseaseRelation::Same => None,
        DiseaseRelation::Broader => Some("a wider disease, of which the tumour is a kind"),
        DiseaseRelation::Narrower => Some("a kind of the tumour's disease"),
        DiseaseRelation::SameTissue => Some("another disease of the tissue"),
        DiseaseRelation::Other => Some("another disease"),
        DiseaseRelation::Unknown => Some("not known how the disease relates to the tumour"),
    };
    let relation = relation.map(|text| Evidence::new("disease", text));
    let transcript = item.other_transcript.as_ref();
    let transcript = transcript.map(|name| Evidence::new("by the numbers of", name));
    why.into_iter().chain(relation).chain(transcript).collect()
}

fn line(head: &str, text: &str, evidence: &[Evidence]) -> Line {
    let shown = evidence.iter().map(|item| match item.value.is_empty() {
        true => item.name.clone(),
        false => format!("{}: {}", item.name, item.value),
    });
    Line {
        head: head.to_owned(),
        text: text.to_owned(),
        evidence: shown.collect::<Vec<_>>().join("; "),
    }
}

fn known(finding: &Finding) -> Vec<String> {
    let clinical = finding.clinical.iter().map(|entry| {
        let review = entry.review.as_deref().map(|r| format!(", {r}")).unwrap_or_default();
        format!("{}: {}{review}", entry.source, entry.significance.join("/"))
    });
    let frequencies = finding.frequencies.iter();
    let frequencies =
        frequencies.map(|f| format!("{}: {}", f.source, frequency(f.allele_frequency)));
    clinical.chain(frequencies).collect()
}

fn person(carrier: &Carrier) -> String {
    let ill = match carrier.affected {
        Some(true) => ", affected",
        Some(false) => ", unaffected",
        None => "",
    };
    let role = carrier.role.as_deref().map(|role| format!(" ({role}{ill})"));
    let role = role.unwrap_or_else(|| ill.to_owned());
    let mut text = format!("{}{role}: {} {}", carrier.sample, carrier.zygosity, carrier.genotype);
    if let Some(depth) = carrier.depth {
        text.push_str(&format!(", depth {depth}"));
    }
    if let Some(share) = carrier.allele_fraction {
        text.push_str(&format!(", {}", percent(share, 1)));
    }
    if let Some(quality) = carrier.genotype_quality_phred {
        text.push_str(&format!(", GQ {}", fixed(quality, 0)));
    }
    text
}

fn shortened(allele: &str) -> String {
    match allele.char_indices().nth(ALLELE_SHOWN) {
        Some((at, _)) => format!("{}…", &allele[..at]),
        None => allele.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use wgs_formats::findings::{AlleleName, Rule, Tier, Withheld};

    use super::*;
    use crate::{Inputs, build};

    fn finding(origin: Origin, gene: &str) -> Finding {
        let allele = AlleleName {
            contig: "chr1".into(),
            position: 5,
            reference: "A".into(),
            alternate: "C".repeat(30),
        };
        let text = serde_json::json!({
            "origin": origin, "gene": gene, "gene_id": null, "allele": allele, "ids": [],
            "quality_phred": null, "filters": ["PASS"], "effect": null, "frequencies": [],
            "clinical": [], "carriers": [], "models": [], "partners": [], "tier": null,
            "rules": [], "criteria": [], "open_criteria": [], "points": null,
            "classification": null, "classes": [], "scope": "primary", "notes": [],
        });
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn evidence_that_does_not_count_says_so() {
        let item: CuratedEvidence = serde_json::from_value(serde_json::json!({
            "source": "civic", "id": "7", "profile": "G V1E", "matched": "protein",
            "other_transcript": "T2", "kind": "predictive", "level": "A", "supports": true,
            "significance": "Sensitivity", "therapies": [], "interaction": null, "disease": null,
            "disease_id": null, "relation": "other", "citation": null, "rating": null,
            "not_counted": "is by the numbers of another transcript",
        }))
        .unwrap();
        let shown = line("", "", &standing(&item)).evidence;
        assert_eq!(
            shown,
            "does not count: is by the numbers of another transcript; disease: another disease; \
             by the numbers of: T2"
        );
    }

    #[test]
    fn germline_and_somatic_findings_stand_apart_and_escaped() {
        let mut findings = Findings::new("C1");
        let mut germline = finding(Origin::Germline, "<b>GENE1</b>");
        germline.tier = Some(Tier::One);
        germline.rules.push(Rule {
            id: "de-novo".into(),
            text: "<i>rule</i>".into(),
            evidence: vec![Evidence::new("REVEL", "<u>")],
        });
        findings.germline.push(germline);
        findings.somatic.push(finding(Origin::Somatic, "GENE2"));
        findings.withheld.push(Withheld {
            origin: Origin::Germline,
            reason: "consent is none".into(),
            count: 3,
        });
        let inputs = Inputs { findings: Some(findings), ..Inputs::default() };
        let report = build(&inputs).unwrap();
        let html = report.to_html();
        assert!(!html.contains("<b>GENE1") && !html.contains("<i>rule") && !html.contains("<u>"));
        assert!(html.contains("tier 1") && html.contains("3 germline findings not named here"));
        let places = ["<h3>Germline findings", "GENE1", "<h3>Somatic findings", "GENE2"]
            .map(|text| html.find(text).unwrap());
        assert!(places.is_sorted(), "{places:?}");
        assert!(report.to_json().contains("wgs-pipe/findings/1"));
    }
}
