//! Findings of a tumour: by hand-made files, and of HCC1395 where the shared data lie beside the
//! checkout.

use std::{io::Read, path::Path};

use wgs_formats::{
    findings::{Findings, OncogenicityClass},
    output, qc,
    variant::{Reader, annotated::Layout},
};
use wgs_testkit::shared_data;

use crate::{real::contig_of, room::wgs_pipe};

const CASE: &str = r#"
schema = "wgs-pipe/case/1"
id = "C1"
kind = "tumor-normal"
tumor_type = "breast cancer"
CONSENT
[[samples]]
id = "T"
role = "tumor"
[[samples.read_groups]]
id = "T.1"
r1 = "gone_1.fq"
r2 = "gone_2.fq"
[[samples]]
id = "N"
role = "normal"
[[samples.read_groups]]
id = "N.1"
r1 = "gone_3.fq"
r2 = "gone_4.fq"
"#;

const TABLES: &str = r#"
cancer_genes = { path = "genes.tsv" }
secondary = { path = "sf.tsv" }
[[evidence]]
name = "own"
path = "evidence.tsv"
version = "1"
"#;

fn write(folder: &Path, name: &str, content: &str) {
    output::write(&folder.join(name), content).unwrap();
}

fn tables(folder: &Path) {
    write(folder, "tables.toml", TABLES);
    write(folder, "genes.tsv", "gene\trole\nBRCA1\tTSG;predisposition\n");
    write(
        folder,
        "sf.tsv",
        "gene\tdisease\tinheritance\tcategory\treport\nBRCA1\tBreast cancer\tAD\tcancer\tall\n",
    );
    let head = "gene\tvariant\tdisease\ttherapies\tevidence_type\tevidence_level\tsignificance\n";
    let row = "BRCA1\tLoss-of-function\tBreast cancer\tOlaparib\tpredictive\tA\tsensitivity\n";
    write(folder, "evidence.tsv", &format!("{head}{row}"));
}

fn run(folder: &Path, args: &[&str]) -> String {
    let output = wgs_pipe().current_dir(folder).args(args).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    errors
}

fn all_bytes(folder: &Path) -> String {
    let mut text = String::new();
    for name in ["C1.findings.json", "C1.findings.tsv", "C1.findings.vcf.gz"] {
        let file = wgs_formats::genome::open_maybe_gzip(&folder.join("out").join(name));
        file.unwrap().read_to_string(&mut text).unwrap();
    }
    text
}

const VCF: &str = "##fileformat=VCFv4.3\n##contig=<ID=chr17,length=100000>\n\
    ##INFO=<ID=CSQ,Number=.,Type=String,Description=\"x. Format: Allele|Consequence|IMPACT|SYMBOL|Feature|EXON|HGVSc|HGVSp|MANE_SELECT\">\n\
    ##INFO=<ID=CLINVAR_CLNSIG,Number=A,Type=String,Description=\"x\">\n\
    ##INFO=<ID=CLINVAR_CLNREVSTAT,Number=A,Type=String,Description=\"x\">\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"x\">\n\
    #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tN\n\
    chr17\t57079\trs80357123\tG\tA\t9\tPASS\tCSQ=A|stop_gained|HIGH|BRCA1|T|20/23|T:c.5251C>T|P:p.Arg1751Ter|NM;\
    CLINVAR_CLNSIG=Pathogenic;CLINVAR_CLNREVSTAT=reviewed_by_expert_panel\tGT\t0/1\n";

#[test]
fn a_family_with_a_rare_disease() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let columns = "CSQ=A|stop_gained|HIGH|BRCA1|T|20/23|T:c.5251C>T|P:p.Arg1751Ter|NM\tGT:DP\t";
    let vcf = VCF.replace("FORMAT\tN\n", "FORMAT\tmum\tkid\tdad\n");
    let (head, _) = vcf.split_once("chr17\t57079").unwrap();
    let line = format!("chr17\t57079\t.\tG\tA\t9\tPASS\t{columns}0/0:30\t0/1:30\t0/0:30\n");
    write(folder, "family.vcf", &format!("{head}{line}"));
    write(folder, "F1.ped", "F1 kid dad mum 1 2\nF1 dad 0 0 1 1\nF1 mum 0 0 2 1\n");
    write(folder, "panel.tsv", "Gene Symbol\tLevel4\tGEL_Status\nBRCA1\tBreast\t3\n");
    let args = |panel: &'static str| {
        let files = ["--pedigree", "F1.ped", "--germline", "family.vcf", "--out", "out"];
        let tables = ["--gene-table", "panel.tsv", "--panel", panel];
        [&["interpret"][..], &files, &tables].concat()
    };
    run(folder, &args("breast"));
    let findings: Findings = qc::read(&folder.join("out/F1.findings.json")).unwrap();
    let finding = &findings.germline[0];
    assert_eq!(finding.tier, Some(wgs_formats::findings::Tier::One));
    assert_eq!(finding.models[0].model, "de-novo");
    let output = wgs_pipe().current_dir(folder).args(args("other")).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{errors}");
    assert!(errors.contains("no table is the panel \"other\"") && errors.contains("Breast"));
}

#[test]
fn inherited_findings_are_returned_by_consent_only() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    tables(folder);
    write(folder, "germline.vcf", VCF);
    let args = [
        "interpret",
        "--case",
        "case.toml",
        "--germline",
        "germline.vcf",
        "--tables",
        "tables.toml",
        "--out",
        "out",
    ];
    let with = |consent: &str| {
        write(folder, "case.toml", &CASE.replace("CONSENT", consent));
        let errors = run(folder, &args);
        let findings: Findings = qc::read(&folder.join("out/C1.findings.json")).unwrap();
        (findings, all_bytes(folder) + &errors)
    };
    let (withheld, text) = with("");
    assert_eq!((withheld.germline.len(), withheld.withheld[0].count), (0, 1));
    for secret in ["BRCA1", "57079", "rs80357123", "Arg1751", "stop_gained"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let (told, text) = with("consent = \"cancer\"");
    assert_eq!((told.germline.len(), told.withheld.len()), (1, 0));
    assert!(text.contains("rs80357123") && text.contains("HEREDITARY_DISEASE"));
}

#[test]
fn secondary_findings_of_a_rare_disease_need_consent() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    tables(folder);
    write(folder, "germline.vcf", VCF);
    let args = [
        "interpret",
        "--case",
        "case.toml",
        "--germline",
        "germline.vcf",
        "--tables",
        "tables.toml",
        "--out",
        "out",
    ];
    let with = |consent: &str| {
        let case = "schema = \"wgs-pipe/case/1\"\nid = \"C1\"\nkind = \"germline\"\nCONSENT\n\
            [[samples]]\nid = \"N\"\nrole = \"proband\"\n\
            [[samples.read_groups]]\nid = \"N.1\"\nr1 = \"gone_1.fq\"\nr2 = \"gone_2.fq\"\n";
        write(folder, "case.toml", &case.replace("CONSENT", consent));
        let errors = run(folder, &args);
        let findings: Findings = qc::read(&folder.join("out/C1.findings.json")).unwrap();
        (findings, all_bytes(folder) + &errors)
    };
    let (withheld, text) = with("");
    assert_eq!((withheld.germline.len(), withheld.withheld[0].count), (0, 1));
    for secret in ["BRCA1", "57079", "rs80357123", "Arg1751", "stop_gained"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let (told, text) = with("consent = \"cancer\"");
    assert_eq!((told.germline.len(), told.withheld.len()), (1, 0));
    assert!(text.contains("rs80357123") && text.contains("SECONDARY"));
}

#[test]
fn brca1_of_hcc1395_through_annotation() {
    let Some(mini38) = shared_data("mini38") else { return };
    let Some(expected) = shared_data("hcc1395-brca1/expected.tsv") else { return };
    let mut text = String::new();
    std::fs::File::open(expected).unwrap().read_to_string(&mut text).unwrap();
    let columns: Vec<&str> = text.lines().next().unwrap().split('\t').collect();
    let row: Vec<&str> =
        text.lines().find(|line| line.contains("BRCA1")).unwrap().split('\t').collect();
    let value = |name: &str| row[columns.iter().position(|column| *column == name).unwrap()];

    // The piece of chr17 begins at 43,000,000.
    let pieces = std::fs::read_to_string(mini38.join("pieces.tsv")).unwrap();
    let piece: Vec<&str> =
        pieces.lines().find(|l| l.starts_with("chr17\t")).unwrap().split('\t').collect();
    let number = |text: &str| text.parse::<u32>().unwrap();
    let position = number(value("POS")) - number(piece[4]) + number(piece[1]);

    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    tables(folder);
    write(folder, "chr17.fa", &contig_of(&mini38.join("genome.fa.gz"), "chr17"));
    write(folder, "genes.gff3", &chr17(&mini38.join("genes.gff3.gz")));
    write(folder, "clinvar.vcf", &chr17(&mini38.join("clinvar.vcf.gz")));
    let build = ["bundle", "build", "--genome", "chr17.fa", "--genes", "genes.gff3"];
    let source = ["--source", "clinvar=clinvar.vcf", "--out", "bundle"];
    run(folder, &[build.as_slice(), &source].concat());
    let record = format!(
        "chr17\t{position}\t.\t{}\t{}\t.\tPASS\t.\tGT:AD\t1/1:0,37\t0/0:30,0",
        value("REF"),
        value("ALT")
    );
    let header = "##fileformat=VCFv4.3\n##contig=<ID=chr17>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"x\">\n\
        ##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"x\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tT\tN\n";
    write(folder, "calls.vcf", &format!("{header}{record}\n"));
    run(folder, &["annotate", "calls.vcf", "--bundle", "bundle", "--out", "annotated.vcf.gz"]);

    let mut reader = Reader::open(folder.join("annotated.vcf.gz")).unwrap();
    let layout = Layout::of(reader.header());
    let record = reader.next().unwrap().unwrap();
    let view = layout.record(&record).allele(0);
    let transcript = value("Feature");
    let effect = view.effects.iter().find(|e| e.feature.as_deref() == Some(transcript)).unwrap();
    let after = |name: &str| name.rsplit(':').next().unwrap().to_owned();
    assert_eq!(effect.terms, [value("Consequence")]);
    assert_eq!(after(effect.hgvs_c.as_ref().unwrap()), after(value("HGVSc")));
    assert_eq!(after(effect.hgvs_p.as_ref().unwrap()), after(value("HGVSp")));
    assert!(view.significances.iter().any(|s| s.pathogenicity() == Some(0)));

    write(folder, "case.toml", &CASE.replace("CONSENT", ""));
    run(
        folder,
        &[
            "interpret",
            "--case",
            "case.toml",
            "--somatic",
            "annotated.vcf.gz",
            "--tables",
            "tables.toml",
            "--out",
            "out",
        ],
    );
    let findings: Findings = qc::read(&folder.join("out/C1.findings.json")).unwrap();
    let finding = &findings.somatic[0];
    assert_eq!((finding.gene.as_deref(), finding.tier.unwrap().name()), (Some("BRCA1"), "I"));
    assert_eq!(finding.clinical[0].significance, ["Pathogenic"]);
    let oncogenicity = finding.cancer.as_ref().unwrap().oncogenicity.as_ref().unwrap();
    assert_eq!(oncogenicity.class, OncogenicityClass::LikelyOncogenic);
    assert_eq!(findings.sources[0].version.as_deref(), Some("1"));
}

/// The lines of a compressed file that are of chr17, or of no contig.
fn chr17(path: &Path) -> String {
    let mut text = String::new();
    wgs_formats::genome::open_maybe_gzip(path).unwrap().read_to_string(&mut text).unwrap();
    let is_wanted = |line: &&str| {
        let of_contig = line.starts_with("##contig") || line.starts_with("##sequence-region");
        let of_another = of_contig && !line.contains("chr17");
        !of_another && (line.starts_with('#') || line.starts_with("chr17\t"))
    };
    text.lines().filter(is_wanted).map(|line| format!("{line}\n")).collect()
}
