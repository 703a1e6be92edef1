//! Tables and files made by hand, through to findings.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use wgs_formats::{
    findings::{Classification, EvidenceLevel, Finding, Findings, ResultClass},
    output, qc,
    variant::{
        Reader, Record,
        annotated::{AlleleView, Layout},
    },
};
use wgs_task::case::{Clinical, Consent, ReturnScope, Role};

use super::{
    CancerCase, GeneEffects, Knowledge, KnowledgeFile, KnowledgeFiles, OncogenicityInput,
    cancer_findings, inherited, oncogenicity, with_secondary,
};
use crate::{
    Family, Member,
    flags::write_vcf,
    scope::{Purpose, withhold},
};

const HEADER: &str = "##fileformat=VCFv4.3\n##contig=<ID=chr7>\n##contig=<ID=chr13>\n##contig=<ID=chr17>\n\
    ##FILTER=<ID=low,Description=\"x\">\n\
    ##INFO=<ID=CSQ,Number=.,Type=String,Description=\"x. Format: Allele|Consequence|IMPACT|SYMBOL|Feature|EXON|HGVSc|HGVSp|MANE_SELECT|NMD\">\n\
    ##INFO=<ID=CLINVAR_CLNSIG,Number=A,Type=String,Description=\"x\">\n\
    ##INFO=<ID=CLINVAR_CLNREVSTAT,Number=A,Type=String,Description=\"x\">\n\
    ##INFO=<ID=CLINVAR_ID,Number=A,Type=String,Description=\"x\">\n\
    ##INFO=<ID=GNOMAD_AF,Number=A,Type=Float,Description=\"x\">\n\
    ##INFO=<ID=R_REVEL,Number=A,Type=Float,Description=\"x\">\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"x\">\n\
    #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tN\tT\n";

const BRAF: &str = "chr7\t100\t.\tA\tT\t50\tPASS\tCSQ=T|missense_variant|MODERATE|BRAF|T1|15/18|T1:c.1799T>A|P1:p.Val600Glu|NM_1|";
const TP53: &str = "chr17\t200\t.\tG\tA\t50\tPASS\tCSQ=A|stop_gained|HIGH|TP53|T2|6/11|T2:c.637C>T|P2:p.Arg213Ter|NM_2|";
const BRCA2: &str = "chr13\t3000777\trsBRCA\tC\tT\t50\tPASS\tCSQ=T|stop_gained|HIGH|BRCA2|T3|11/27|T3:c.1C>T|P3:p.Gln9Ter|NM_3|;\
    CLINVAR_CLNSIG=Pathogenic;CLINVAR_CLNREVSTAT=reviewed_by_expert_panel;CLINVAR_ID=998877";
const LDLR: &str = "chr17\t4000888\trsLDLR\tC\tT\t50\tPASS\tCSQ=T|stop_gained|HIGH|LDLR|T4|4/18|T4:c.1C>T|P4:p.Gln8Ter|NM_4|;\
    CLINVAR_CLNSIG=Pathogenic;CLINVAR_CLNREVSTAT=criteria_provided&_multiple_submitters&_no_conflicts;CLINVAR_ID=776655";
const PAH: &str = "chr17\t5000999\trsPAH\tC\tT\t50\tPASS\tCSQ=T|stop_gained|HIGH|PAH|T5|4/13|T5:c.1C>T|P5:p.Gln7Ter|NM_5|;\
    CLINVAR_CLNSIG=Pathogenic;CLINVAR_CLNREVSTAT=reviewed_by_expert_panel;CLINVAR_ID=554433";
/// What must not be seen of the three above where they are withheld.
const SECRETS: [&str; 12] = [
    "BRCA2", "3000777", "rsBRCA", "998877", "LDLR", "4000888", "rsLDLR", "776655", "PAH",
    "5000999", "rsPAH", "554433",
];

struct Site {
    folder: TempDir,
}

impl Site {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        output::write(&path, text).unwrap();
        path
    }

    fn table(&self, name: &str, text: &str) -> KnowledgeFile {
        KnowledgeFile::new(self.file(name, text))
    }

    fn vcf(&self, name: &str, records: &[(&str, &str)]) -> PathBuf {
        let line = |(record, calls): &(&str, &str)| format!("{record}\tGT\t{calls}\n");
        self.file(name, &(HEADER.to_owned() + &records.iter().map(line).collect::<String>()))
    }

    /// A few facts everybody knows: vemurafenib for melanoma with BRAF V600E (Chapman et al. 2011,
    /// doi:10.1056/NEJMoa1103782), olaparib and inherited BRCA2.
    fn knowledge(&self) -> Knowledge {
        let evidence = "gene\tvariant\tdisease\tdoid\ttherapies\tevidence_type\tevidence_level\tsignificance\tvariant_origin\n\
            BRAF\tV600E\tMelanoma\tDOID:1909\tVemurafenib\tpredictive\tA\tsensitivity\tsomatic\n\
            BRAF\tAmplification\tMelanoma\tDOID:1909\tX\tpredictive\tD\tresistance\tsomatic\n\
            BRCA2\tLoss-of-function\tOvarian cancer\t\tOlaparib\tpredictive\tA\tsensitivity\tgermline\n";
        Knowledge::open(&KnowledgeFiles {
            evidence: vec![self.table("evidence.tsv", evidence)],
            cancer_genes: Some(self.table("genes.tsv", "gene\trole\nBRAF\toncogene\nTP53\tTSG\nBRCA2\tTSG;predisposition\n")),
            hotspots: Some(self.table("spots.tsv", "gene\tresidue\tsamples\tvariants\nBRAF\t600\t897\tE:833|K:46\n")),
            secondary: Some(self.table("sf.tsv", "gene\tdisease\tinheritance\tcategory\treport\n\
                BRCA2\tBreast cancer\tAD\tcancer\tall\nLDLR\tHypercholesterolemia\tAD\tcardiovascular\tall\n")),
            panel: Some(self.table("panel.tsv", "gene\nBRAF\nBRCA2\n")),
            ..KnowledgeFiles::default()
        })
        .unwrap()
    }
}

fn family(members: &[(&str, Role)]) -> Family {
    let member = |(sample, role): &(&str, Role)| Member {
        sample: (*sample).to_owned(),
        role: Some(*role),
        sex: Default::default(),
        affected: Some(true),
        father: None,
        mother: None,
        phenotypes: vec![],
    };
    Family { case: "C1".into(), members: members.iter().map(member).collect() }
}

fn clinical(consent: Consent, return_scope: ReturnScope) -> Clinical {
    Clinical {
        tumor_type: Some("DOID:1909".parse().unwrap()),
        consent,
        return_scope,
        ..Clinical::default()
    }
}

fn findings(site: &Site, clinical: &Clinical) -> (Findings, PathBuf, PathBuf) {
    let somatic = site.vcf("somatic.vcf", &[(BRAF, "0/0\t0/1"), (TP53, "0/0\t1/1")]);
    let germline =
        site.vcf("germline.vcf", &[(BRCA2, "0/1\t0/1"), (LDLR, "0/1\t0/1"), (PAH, "0/1\t0/1")]);
    let found = cancer_findings(&CancerCase {
        family: &family(&[("T", Role::Tumor), ("N", Role::Normal)]),
        clinical,
        somatic: Some(&somatic),
        germline: Some(&germline),
        knowledge: &site.knowledge(),
        classify: &|_, _| None,
    });
    (found.unwrap(), somatic, germline)
}

fn of<'a>(findings: &'a [Finding], gene: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.gene.as_deref() == Some(gene)).unwrap()
}

#[test]
fn a_tumour_with_evidence_and_one_without() {
    let site = Site::new();
    let (found, ..) = findings(&site, &clinical(Consent::None, ReturnScope::Full));
    let tiers: Vec<_> = found
        .somatic
        .iter()
        .map(|f| (f.gene.as_deref().unwrap(), f.tier.unwrap().name()))
        .collect();
    assert_eq!(tiers, [("BRAF", "I"), ("TP53", "III")]);
    let braf = of(&found.somatic, "BRAF");
    let cancer = braf.cancer.as_ref().unwrap();
    assert_eq!((cancer.level, cancer.undecided_evidence), (Some(EvidenceLevel::A), 1));
    let points = cancer.oncogenicity.as_ref().unwrap();
    let met: Vec<_> = points.criteria.iter().map(|c| c.id.as_str()).collect();
    assert_eq!((met, points.points), (vec!["OS3", "OP4"], 5));
    assert_eq!(braf.classes, [ResultClass::DrugSelection, ResultClass::DiagnosticallyUseful]);
    let tp53 = of(&found.somatic, "TP53").cancer.as_ref().unwrap().oncogenicity.as_ref().unwrap();
    assert_eq!((tp53.points, tp53.class.name()), (9, "likely oncogenic"));
    let rules: Vec<_> = of(&found.somatic, "TP53").rules.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(rules, ["null-in-suppressor"]);
}

#[test]
fn consent_and_scope_open_step_by_step() {
    let genes = |consent, return_scope| {
        let site = Site::new();
        let (found, ..) = findings(&site, &clinical(consent, return_scope));
        let genes: Vec<String> = found.germline.iter().filter_map(|f| f.gene.clone()).collect();
        (genes.join(" "), found.withheld.iter().map(|w| w.count).sum::<u64>())
    };
    assert_eq!(genes(Consent::None, ReturnScope::Full), (String::new(), 3));
    assert_eq!(genes(Consent::Full, ReturnScope::Cancer), ("BRCA2".into(), 2));
    assert_eq!(genes(Consent::Actionable, ReturnScope::Full), ("BRCA2 LDLR".into(), 1));
    assert_eq!(genes(Consent::Full, ReturnScope::Full), ("BRCA2 LDLR PAH".into(), 0));
}

#[test]
fn inherited_findings_have_their_own_evidence_and_classes() {
    let site = Site::new();
    let (found, ..) = findings(&site, &clinical(Consent::Full, ReturnScope::Full));
    let brca2 = of(&found.germline, "BRCA2");
    assert!(brca2.cancer.as_ref().unwrap().evidence[0].counts());
    let classes = [
        ResultClass::DrugSelection,
        ResultClass::HereditaryDisease,
        ResultClass::DiagnosticallyUseful,
    ];
    assert_eq!(brca2.classes, classes);
    let ldlr = of(&found.germline, "LDLR");
    assert!(ldlr.classes.contains(&ResultClass::LikelyNonCancerDisease));
    assert!(ldlr.classes.contains(&ResultClass::NotDetectableByPanels));
    assert!(found.somatic.iter().all(|f| f.origin != brca2.origin));
}

/// Every output as bytes.
fn bytes(site: &Site, found: &Findings, files: &[&Path]) -> String {
    let at = |name: &str| site.folder.path().join(name);
    qc::write(found, &at("out.json"), Some(&at("out.tsv"))).unwrap();
    write_vcf(found, files, &at("out.vcf")).unwrap();
    ["out.json", "out.tsv", "out.vcf"]
        .map(|name| std::fs::read_to_string(at(name)).unwrap())
        .concat()
}

#[test]
fn nothing_of_a_withheld_finding_is_in_any_output() {
    let site = Site::new();
    let (found, somatic, germline) = findings(&site, &Clinical::default());
    let text = bytes(&site, &found, &[&somatic, &germline]);
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(
        text.contains("BRAF")
            && text.contains("DRUG_SELECTION")
                == found.somatic[0].classes.contains(&ResultClass::DrugSelection)
    );
    assert_eq!(found.withheld[0].count, 3);
    // The same test sees them where they are returned.
    let site = Site::new();
    let (found, somatic, germline) = findings(&site, &clinical(Consent::Full, ReturnScope::Full));
    let text = bytes(&site, &found, &[&somatic, &germline]);
    for secret in SECRETS {
        assert!(text.contains(secret), "{secret}");
    }
}

#[test]
fn what_the_normal_carries_or_a_filter_fails_is_not_somatic() {
    let site = Site::new();
    let failed = TP53.replace("\tPASS\t", "\tlow\t");
    let path = site.vcf("s.vcf", &[(BRAF, "0/1\t0/1"), (&failed, "0/0\t0/1"), (BRCA2, "0/0\t0/0")]);
    let found = super::somatic(
        &path,
        &family(&[("T", Role::Tumor), ("N", Role::Normal)]),
        None,
        &site.knowledge(),
    )
    .unwrap();
    assert!(found.findings.is_empty());
    let counts: Vec<u64> = found.counts.iter().map(|c| c.count).collect();
    assert_eq!(counts, [3, 1, 1, 0]);
    assert!(found.warnings.iter().any(|w| w.contains("tumor_type")));
}

#[test]
fn reads_of_the_normal_tell_where_it_has_no_genotype() {
    let site = Site::new();
    let number = |calls: &str| {
        let record = format!("{BRAF}\tGT:AF\t{calls}\n");
        let path = site.file("s.vcf", &(HEADER.to_owned() + &record));
        let family = family(&[("T", Role::Tumor), ("N", Role::Normal)]);
        super::somatic(&path, &family, None, &site.knowledge()).unwrap().findings.len()
    };
    assert_eq!(number("./.:0.45\t0/1:0.5"), 0);
    assert_eq!(number("./.:0.02\t0/1:0.5"), 1);
    assert_eq!(number("./.:.\t./.:0.1"), 1);
    assert_eq!(number("0/0:0\t./.:0"), 0);
}

#[test]
fn a_tumour_column_that_tells_nothing_is_no_absence() {
    let site = Site::new();
    let run = |format: &str, calls: &str| {
        let record = format!("{BRAF}\t{format}\t{calls}\n");
        let path = site.file("s.vcf", &(HEADER.to_owned() + &record));
        let family = family(&[("T", Role::Tumor), ("N", Role::Normal)]);
        super::somatic(&path, &family, None, &site.knowledge())
    };
    let error = run("DP:AU:TU", "9:9,9:0,0\t9:4,4:5,5").unwrap_err().to_string();
    assert!(error.contains("neither genotype nor reads of chr7-100-A-T"), "{error}");
    let silent = run("GT:AD", "0/0:9,0\t./.:.").unwrap();
    assert!(silent.findings.is_empty() && silent.warnings.iter().any(|w| w.starts_with("1 ")));
    assert_eq!(run("GT:AD", "0/0:9,0\t./.:4,5").unwrap().findings.len(), 1);
}

#[test]
fn inherited_alleles_are_not_among_the_somatic_ones() {
    let site = Site::new();
    // Called without the normal sample, and padded.
    let padded = BRCA2.replace("\tC\tT\t", "\tCA\tTA\t");
    let somatic = site.vcf("s.vcf", &[(BRAF, "./.\t0/1"), (&padded, "./.\t0/1")]);
    let germline = site.vcf("g.vcf", &[(BRCA2, "0/1\t0/1")]);
    let found = cancer_findings(&CancerCase {
        family: &family(&[("T", Role::Tumor), ("N", Role::Normal)]),
        clinical: &Clinical::default(),
        somatic: Some(&somatic),
        germline: Some(&germline),
        knowledge: &site.knowledge(),
        classify: &|_, _| None,
    })
    .unwrap();
    let genes: Vec<_> = found.somatic.iter().filter_map(|f| f.gene.as_deref()).collect();
    assert_eq!(genes, ["BRAF"]);
    assert_eq!(found.counts.last().unwrap().count, 1);
    let text = bytes(&site, &found, &[&somatic, &germline]);
    assert!(!text.contains("3000777") && !text.contains("BRCA2"));
}

#[test]
fn the_other_parts_of_a_profile_must_count_too() {
    let counted = |tp53: &str| {
        let site = Site::new();
        let table = "molecular_profile\tevidence_type\tevidence_level\tevidence_direction\tsignificance\n\
            BRAF V600E AND TP53 Mutation\tpredictive\tB\tsupports\tsensitivity\n";
        let mut knowledge = site.knowledge();
        knowledge.evidence = Default::default();
        knowledge.evidence.add("own", &site.file("and.tsv", table)).unwrap();
        let path = site.vcf("s.vcf", &[(BRAF, "0/0\t0/1"), (tp53, "0/0\t0/1")]);
        let family = family(&[("T", Role::Tumor), ("N", Role::Normal)]);
        let found = super::somatic(&path, &family, None, &knowledge).unwrap().findings;
        let evidence = of(&found, "BRAF").cancer.as_ref().unwrap().evidence.clone();
        evidence.iter().map(|item| item.counts()).collect::<Vec<_>>()
    };
    assert_eq!(counted(TP53), [true]);
    let passenger = TP53.replace("stop_gained|HIGH", "missense_variant|MODERATE");
    assert_eq!(counted(&passenger.replace("p.Arg213Ter", "p.Arg213Lys")), [false]);
    assert!(counted(LDLR).is_empty());
}

#[test]
fn an_allele_in_a_listed_gene_is_withheld_in_every_gene() {
    let site = Site::new();
    let (family, knowledge) = (family(&[("N", Role::Proband)]), site.knowledge());
    let run = |consent, record: &str, gene: &str, purpose| {
        let path = site.vcf("g.vcf", &[(record, "0/1\t0/0")]);
        let question = super::InheritedQuestion {
            person: "N",
            family: &family,
            tumor_type: None,
            knowledge: &knowledge,
            classify: &|_, _| None,
        };
        let found = inherited(&path, &question).unwrap();
        let mut finding = found.findings[0].0.clone();
        finding.gene = Some(gene.into());
        let all = with_secondary(vec![(finding, purpose)], found, &knowledge);
        let clinical = Clinical { consent, return_scope: ReturnScope::Full, ..Clinical::default() };
        withhold(all, &clinical).0.len()
    };
    // As if the model of inheritance had been fitted in a gene that lies over the listed one.
    assert_eq!(run(Consent::None, BRCA2, "OVER", Purpose::Question), 0);
    assert_eq!(run(Consent::None, PAH, "PAH", Purpose::Question), 1);
    // A predisposition that is not on the list.
    let role = "gene\trole\nPAH\tpredisposition\n";
    let genes = Some(site.table("roles.tsv", role));
    let unlisted =
        Knowledge::open(&KnowledgeFiles { cancer_genes: genes, ..KnowledgeFiles::default() });
    let knowledge = unlisted.unwrap();
    let path = site.vcf("g.vcf", &[(PAH, "0/1\t0/0")]);
    let question = super::InheritedQuestion {
        person: "N",
        family: &family,
        tumor_type: None,
        knowledge: &knowledge,
        classify: &|_, _| None,
    };
    let found = inherited(&path, &question).unwrap();
    let all = vec![(found.findings[0].0.clone(), Purpose::Other)];
    assert_eq!(with_secondary(all, found, &knowledge)[0].1, Purpose::Cancer);
}

#[test]
fn secondary_findings_beside_a_rare_disease() {
    let run = |consent, asked: &str| {
        let site = Site::new();
        let records = [(BRCA2, "0/1\t0/0"), (LDLR, "0/1\t0/0"), (PAH, "0/1\t0/0")];
        let germline = site.vcf("g.vcf", &records);
        let (family, knowledge) = (family(&[("N", Role::Proband)]), site.knowledge());
        let question = super::InheritedQuestion {
            person: "N",
            family: &family,
            tumor_type: None,
            knowledge: &knowledge,
            classify: &|_, _| None,
        };
        let found = inherited(&germline, &question).unwrap();
        // As if the analysis of the rare disease had come upon two of them.
        let primary = |gene: &str| {
            let mut all = found.findings.iter().map(|(finding, _)| finding.clone());
            let mut finding = all.find(|f| f.gene.as_deref() == Some(gene)).unwrap();
            if gene == asked {
                finding.rules[0].id = "panel-gene".into();
            }
            (finding, Purpose::Question)
        };
        let primary = vec![primary("PAH"), primary("BRCA2")];
        let clinical = Clinical { consent, return_scope: ReturnScope::Full, ..Clinical::default() };
        let (returned, withheld) = withhold(with_secondary(primary, found, &knowledge), &clinical);
        let genes: Vec<String> = returned.into_iter().filter_map(|f| f.gene).collect();
        (genes.join(" "), withheld.map_or(0, |w| w.count))
    };
    assert_eq!(run(Consent::None, "PAH"), ("PAH".into(), 2));
    assert_eq!(run(Consent::None, "BRCA2"), ("PAH BRCA2".into(), 1));
    assert_eq!(run(Consent::Cancer, "PAH"), ("PAH BRCA2".into(), 1));
    assert_eq!(run(Consent::Full, "PAH"), ("PAH BRCA2 LDLR".into(), 0));
}

#[test]
fn points_call_variants_pathogenic_that_no_source_knows() {
    let site = Site::new();
    let (known, family) = (site.knowledge(), family(&[("N", Role::Normal)]));
    let unknown = BRCA2.split(";CLINVAR").next().unwrap().to_owned();
    let benign =
        format!("{unknown};CLINVAR_CLNSIG=Benign;CLINVAR_CLNREVSTAT=reviewed_by_expert_panel");
    let weak = format!(
        "{unknown};CLINVAR_CLNSIG=Pathogenic;CLINVAR_CLNREVSTAT=no_assertion_criteria_provided"
    );
    let number = |record: &str, class: Option<Classification>| {
        let path = site.vcf("g.vcf", &[(record, "0/1\t0/0")]);
        let classify = move |_: &AlleleView, _: &GeneEffects<'_>| class;
        let question = super::InheritedQuestion {
            person: "N",
            family: &family,
            tumor_type: None,
            knowledge: &known,
            classify: &classify,
        };
        inherited(&path, &question).unwrap().findings.len()
    };
    assert_eq!(number(&unknown, None), 0);
    assert_eq!(number(&weak, None), 0);
    assert_eq!(number(&unknown, Some(Classification::LikelyPathogenic)), 1);
    assert_eq!(number(&unknown, Some(Classification::UncertainSignificance)), 0);
    assert_eq!(number(&benign, Some(Classification::Pathogenic)), 0);
}

#[test]
fn what_a_source_says_is_of_the_gene_that_is_hit() {
    let site = Site::new();
    let beside = "CSQ=T|intron_variant|MODIFIER|LDLR|T9||T9:c.1+50C>T||NM_9|,";
    let record = BRCA2.replace("CSQ=", beside);
    let path = site.vcf("g.vcf", &[(&record, "0/1\t0/0")]);
    let (knowledge, family) = (site.knowledge(), family(&[("N", Role::Normal)]));
    let question = super::InheritedQuestion {
        person: "N",
        family: &family,
        tumor_type: None,
        knowledge: &knowledge,
        classify: &|_, _| None,
    };
    let found = inherited(&path, &question).unwrap().findings;
    let genes: Vec<_> = found.iter().map(|(f, _)| f.gene.as_deref()).collect();
    assert_eq!(genes, [Some("BRCA2")]);
}

#[test]
fn files_that_are_not_of_the_case_are_refused() {
    let site = Site::new();
    let path = site.vcf("s.vcf", &[(BRAF, "0/0\t0/1")]);
    let other = super::somatic(&path, &family(&[("X", Role::Tumor)]), None, &site.knowledge());
    assert!(other.unwrap_err().to_string().contains("has no sample X; there are N, T"));
    let bare = site
        .file("bare.vcf", "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n");
    let bare = super::somatic(&bare, &family(&[]), None, &site.knowledge());
    assert!(bare.unwrap_err().to_string().contains("no consequences"));
}

/// Ids of the criteria that a record meets, and the sum.
fn judged(record: &str, sources: &[String]) -> (String, i32) {
    let site = Site::new();
    let knowledge = Knowledge {
        oncogenic: Some(
            super::OncogenicChanges::read(
                &site.file("o.tsv", "gene\tchange\nBRAF\tV600E\nKIT\tD816V\n"),
            )
            .unwrap(),
        ),
        ..site.knowledge()
    };
    let reader = Reader::open(site.file("h.vcf", HEADER)).unwrap();
    let layout = Layout::of(reader.header());
    let record = Record::parse(record, 0).unwrap();
    let view = layout.record(&record).allele(0);
    let (gene, effects) = super::somatic::genes(&view).remove(0);
    let change = effects.protein_change();
    let hotspots = knowledge.hotspots.as_ref().unwrap();
    let points = oncogenicity(&OncogenicityInput {
        view: &view,
        effects: &effects,
        gene: knowledge.cancer_genes.as_ref().unwrap().get(gene),
        genes_known: true,
        hotspot: change.as_ref().and_then(|change| hotspots.of(gene, change)),
        hotspots_known: true,
        known: knowledge.oncogenic.as_ref(),
        parts: None,
        frequency_sources: sources,
        is_sole_cause: false,
    });
    let ids: Vec<_> = points.criteria.iter().map(|c| c.id.clone()).collect();
    (ids.join(" "), points.points)
}

#[test]
fn criteria_of_oncogenicity() {
    let gnomad = ["GNOMAD".to_owned()];
    let of = |record: &str| judged(record, &gnomad);
    // The same change is known: no hotspot beside it.
    assert_eq!(of(BRAF), ("OS1 OP4".into(), 5));
    let another = |to: &str| BRAF.replace("Val600Glu", to);
    assert_eq!(of(&another("Val600Lys")), ("OS3 OP4".into(), 5));
    assert_eq!(of(&another("Val600Asp")), ("OP3 OM4 OP4".into(), 4));
    // Valine to alanine is milder than to glutamate.
    assert_eq!(of(&another("Val600Ala")), ("OP3 OP4".into(), 2));
    assert_eq!(of(TP53), ("OVS1 OP4".into(), 9));
    assert_eq!(of(&TP53.replace("NM_2|", "NM_2|NMD_escaping_variant")), ("OVS1 OP4".into(), 5));
    assert_eq!(
        of(&TP53.replace("stop_gained|HIGH", "inframe_deletion|MODERATE")),
        ("OM2 OP4".into(), 3)
    );
    let frequent = |f: &str| of(&format!("{};GNOMAD_AF={f}", TP53.replace("|TP53|", "|XYZ|")));
    assert_eq!(frequent("0.06"), ("SBVS1".into(), -8));
    assert_eq!(frequent("0.02"), ("SBS1".into(), -4));
    assert_eq!(frequent("0.001"), (String::new(), 0));
    let scored =
        |score: &str| of(&format!("{};R_REVEL={score};GNOMAD_AF=0.001", another("Val9Lys")));
    assert_eq!(scored("0.9"), ("OP1".into(), 1));
    assert_eq!(scored("0.1"), ("SBP1".into(), -1));
    assert_eq!(scored("0.5"), (String::new(), 0));
    // Nothing is rare where no frequencies were read.
    assert_eq!(judged(TP53, &[]), ("OVS1".into(), 8));
}
