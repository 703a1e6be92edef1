//! Findings as a VCF: one record for each, with flags for what a panel takes it up for.

use std::path::Path;

use wgs_core::Pos1;
use wgs_formats::{
    FileError, Result,
    findings::{Finding, Findings, Origin, ResultClass, Scope},
    variant::{Definition, Filters, Header, Number, Reader, Record, ValueType, Writer},
};

/// The flags of the classes.
const CLASSES: [(ResultClass, &str, &str); 6] = [
    (ResultClass::DrugSelection, "DRUG_SELECTION", "A drug may be chosen by it"),
    (ResultClass::CancerDiagnosis, "CANCER_DIAGNOSIS", "It tells the type of the cancer"),
    (
        ResultClass::HereditaryDisease,
        "HEREDITARY_DISEASE",
        "It predisposes to a hereditary disease",
    ),
    (ResultClass::NotDetectableByPanels, "NOT_BY_PANELS", "Tests of gene panels do not find it"),
    (
        ResultClass::DiagnosticallyUseful,
        "USEFUL",
        "It is useful for therapy, diagnosis or heredity",
    ),
    (
        ResultClass::LikelyNonCancerDisease,
        "NON_CANCER_DISEASE",
        "It likely causes a disease that is no cancer",
    ),
];

/// Writes the findings, sorted, with the contigs of the files that they are from. Nothing is taken
/// from those files but their contigs: what is not among the findings cannot get here.
///
/// # Errors
///
/// If one of the files cannot be read, or a finding lies on a contig that none of them declares.
pub fn write_vcf(findings: &Findings, files: &[&Path], path: &Path) -> Result<()> {
    let mut header = Header::default();
    let mut contigs: Vec<String> = Vec::new();
    for file in files {
        for contig in Reader::open(file)?.header().contigs() {
            if !contigs.contains(&contig.name) {
                contigs.push(contig.name.clone());
            }
        }
    }
    for contig in &contigs {
        header.add_line("contig", &format!("<ID={contig}>"));
    }
    for definition in definitions() {
        header.add_info(definition);
    }
    for finding in findings.all() {
        finding.filters.iter().filter(|f| !is_no_filter(f)).for_each(|filter| {
            header.add_filter(filter, "Failed in the file that the finding is from");
        });
    }
    let place = |finding: &Finding| {
        let at = contigs.iter().position(|contig| *contig == finding.allele.contig);
        at.ok_or_else(|| {
            let contig = &finding.allele.contig;
            FileError::invalid(path, format!("no file declares the contig {contig} of a finding"))
        })
    };
    let mut sorted = findings
        .all()
        .map(|finding| {
            Ok(((place(finding)?, finding.allele.clone(), finding.gene.clone()), finding))
        })
        .collect::<Result<Vec<_>>>()?;
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let mut writer = Writer::create(path, &header, 1)?;
    for (_, finding) in sorted {
        writer.write(&record(path, finding)?)?;
    }
    writer.finish()
}

fn definitions() -> Vec<Definition> {
    let text =
        |id: &str, about: &str| Definition::new(id, Number::Count(1), ValueType::String, about);
    let mut all = vec![
        text("ORIGIN", "germline or somatic"),
        text("GENE", "The gene"),
        text("TIER", "The tier: 1 to 3 of rare diseases, I to IV of cancer"),
        text("LEVEL", "Level of the evidence, A to D"),
        text("ONCOGENICITY", "Class of oncogenicity by ClinGen/CGC/VICC"),
        text("CLASSIFICATION", "Class of pathogenicity by ACMG/AMP"),
    ];
    let flag =
        |id: &str, about: &str| Definition::new(id, Number::Count(0), ValueType::Flag, about);
    all.push(flag("SECONDARY", "A secondary finding"));
    all.extend(CLASSES.iter().map(|(_, id, about)| flag(id, about)));
    all
}

fn is_no_filter(filter: &str) -> bool {
    matches!(filter, "." | "PASS")
}

fn record(path: &Path, finding: &Finding) -> Result<Record> {
    let allele = &finding.allele;
    let position = Pos1::new(allele.position)
        .map_err(|e| FileError::invalid(path, format!("{allele}: {e}")))?;
    let mut record = Record::new(
        allele.contig.as_str(),
        position,
        allele.reference.as_str(),
        [allele.alternate.as_str()],
    );
    record.id = (!finding.ids.is_empty()).then(|| finding.ids.join(";"));
    if let Some(quality) = finding.quality_phred {
        record.set_quality(quality);
    }
    record.filters = match finding.filters.as_slice() {
        [] => Filters::Missing,
        [one] if one == "." => Filters::Missing,
        [one] if one == "PASS" => Filters::Pass,
        failed => Filters::Failed(failed.to_vec()),
    };
    let germline = finding.origin == Origin::Germline;
    let cancer = finding.cancer.as_ref();
    let oncogenicity = cancer.and_then(|c| c.oncogenicity.as_ref()).map(|o| o.class.name());
    let values = [
        ("ORIGIN", Some(if germline { "germline" } else { "somatic" }.to_owned())),
        ("GENE", finding.gene.clone()),
        ("TIER", finding.tier.map(|tier| tier.name().to_owned())),
        ("LEVEL", cancer.and_then(|c| c.level).map(|level| format!("{level:?}"))),
        ("ONCOGENICITY", oncogenicity.map(|class| class.replace(' ', "_"))),
        ("CLASSIFICATION", finding.classification.map(|class| class.name().replace(' ', "_"))),
    ];
    for (key, value) in values {
        if let Some(value) = value {
            record.info.set(key, wgs_formats::variant::encode(&value));
        }
    }
    if finding.scope == Scope::Secondary {
        record.info.set_flag("SECONDARY");
    }
    for (class, flag, _) in CLASSES {
        if finding.classes.contains(&class) {
            record.info.set_flag(flag);
        }
    }
    Ok(record)
}
