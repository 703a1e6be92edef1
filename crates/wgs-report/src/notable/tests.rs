use std::path::Path;

use crate::{
    Options,
    fixture::write_vcf,
    model::{Notable, Reason, Zygosity},
};

use super::select;

fn selected(samples: &[&str], lines: &[&str], options: &Options) -> Notable {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.vcf");
    let lines: Vec<String> = lines.iter().map(|line| line.replace(' ', "\t")).collect();
    write_vcf(&path, samples, &lines);
    select(Path::new(&path), None, options).unwrap()
}

/// Position and reason of each variant.
fn chosen(lines: &[&str]) -> Vec<(u32, Reason)> {
    let notable = selected(&["S"], lines, &Options::default());
    notable.variants.iter().map(|v| (v.position, v.reason)).collect()
}

#[test]
fn each_rule_chooses_its_own() {
    let found = chosen(&[
        "chr13 10 . A C . PASS CSQ=C|missense_variant|MODERATE|G GT 0/1",
        "chr13 20 . A C . PASS CSQ=C|missense_variant|MODERATE|G;GNOMAD_AF=0.01 GT 0/1",
        "chr13 30 . A C . PASS CSQ=C|stop_gained|HIGH|G;GNOMAD_AF=0.5 GT 0/1",
        "chr13 40 . A C . PASS CSQ=C|stop_gained|HIGH|G GT 0/1",
        "chr13 50 . A C . PASS CSQ=C|intron_variant|MODIFIER|G GT 0/1",
        "chr13 60 . A C . LowQual CLINVAR_CLNSIG=Likely_pathogenic;GNOMAD_AF=0.9 GT 0/1",
        "chr13 70 . A C . . CLINVAR_CLNSIG=Pathogenic GT 0/1",
        "chr13 80 . A C . PASS CLINVAR_CLNSIG=Benign GT 0/1",
        "chr13 90 . A C . LowQual CSQ=C|stop_gained|HIGH|G GT 0/1",
    ]);
    assert_eq!(
        found,
        [
            (70, Reason::ClinicallyPathogenic),
            (60, Reason::ClinicallyPathogenic),
            (40, Reason::HighImpact),
            (10, Reason::ModerateImpact),
            (30, Reason::HighImpactCommon),
        ]
    );
}

#[test]
fn only_alleles_that_someone_carries_are_looked_at() {
    let notable = selected(
        &["S"],
        &[
            "chr13 10 . A C,G . PASS CSQ=C|stop_gained|HIGH|G,G|missense_variant|MODERATE|G GT 0/2",
            "chr13 20 . A C . PASS CSQ=C|stop_gained|HIGH|G GT 0/0",
            "chr13 30 . A C . PASS CSQ=C|stop_gained|HIGH|G GT ./.",
            "chr13 40 . A <DEL> . PASS CSQ=deletion|transcript_ablation|HIGH|G GT 0/1",
            "chr13 50 . A . . PASS . GT 0/0",
        ],
        &Options::default(),
    );
    assert_eq!((notable.carried_alleles, notable.chosen), (1, 1));
    assert_eq!(notable.variants[0].alternate, "G");
    assert_eq!(notable.variants[0].reason, Reason::ModerateImpact);
    assert_eq!(notable.variants[0].samples[0].zygosity, Zygosity::Heterozygous);
}

#[test]
fn values_belong_to_their_allele() {
    let notable = selected(
        &["S"],
        &["chr13 10 rs1;rs2 AC A,ACT . PASS \
           CLINVAR_CLNSIG=.,Pathogenic;CLINVAR_ID=.,7;GNOMAD_AF=0.2,.;\
           CSQ=-|frameshift_variant|HIGH|G1,CT|frameshift_variant|HIGH|G2 GT 1/2"],
        &Options::default(),
    );
    let [first, second] = &notable.variants[..] else { panic!("two alleles") };
    assert_eq!((first.reason, &*first.alternate), (Reason::ClinicallyPathogenic, "ACT"));
    assert_eq!(first.effect.as_ref().unwrap().gene.as_deref(), Some("G2"));
    assert_eq!(first.clinical[0].id.as_deref(), Some("7"));
    assert_eq!(first.ids, ["rs1", "rs2"]);
    assert_eq!(
        (second.reason, second.frequencies[0].allele_frequency),
        (Reason::HighImpactCommon, 0.2)
    );
    assert_eq!(second.clinical, []);
}

#[test]
fn rarer_and_homozygous_come_first() {
    let missense = "CSQ=C|missense_variant|MODERATE|G";
    let found = chosen(&[
        &format!("chr20 1 . A C . PASS {missense};GNOMAD_AF=0.005 GT 1/1"),
        &format!("chr20 2 . A C . PASS {missense};GNOMAD_AF=0.001 GT 0/1"),
        &format!("chr20 3 . A C . PASS {missense} GT 0/1"),
        &format!("chr20 4 . A C . PASS {missense} GT 1/1"),
        &format!("chr13 5 . A C . PASS {missense} GT 1"),
    ]);
    let positions: Vec<_> = found.iter().map(|(position, _)| *position).collect();
    assert_eq!(positions, [4, 5, 3, 2, 1]);
}

#[test]
fn known_benign_alleles_come_last_in_their_rule() {
    let missense = "CSQ=C|missense_variant|MODERATE|G";
    let found = chosen(&[
        &format!("chr13 1 . A C . PASS {missense};CLINVAR_CLNSIG=Benign/Likely_benign GT 1/1"),
        &format!("chr13 2 . A C . PASS {missense};CLINVAR_CLNSIG=Uncertain_significance GT 0/1"),
        &format!("chr13 3 . A C . PASS {missense};GNOMAD_AF=0.005 GT 0/1"),
    ]);
    let positions: Vec<_> = found.iter().map(|(position, _)| *position).collect();
    assert_eq!(positions, [2, 3, 1]);
}

#[test]
fn the_list_is_cut_at_its_end_and_counts_all() {
    let lines: Vec<String> = (1..=3000)
        .map(|i| {
            let (impact, term) = if i % 1000 == 0 {
                ("HIGH", "stop_gained")
            } else {
                ("MODERATE", "missense_variant")
            };
            format!("chr13 {i} . A C . PASS CSQ=C|{term}|{impact}|G GT 0/1")
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let options = Options { max_notable: 5, ..Options::default() };
    let notable = selected(&["S"], &lines, &options);
    let positions: Vec<_> = notable.variants.iter().map(|v| v.position).collect();
    assert_eq!(positions, [1000, 2000, 3000, 1, 2]);
    assert_eq!(notable.chosen, 3000);
    let counts: Vec<_> = notable.rules.iter().map(|rule| rule.chosen).collect();
    assert_eq!(counts, [0, 3, 2997, 0]);
}

#[test]
fn a_file_without_samples_or_annotation_is_read() {
    let options = Options::default();
    let sites = ["chr13 10 . A C . PASS CSQ=C|stop_gained|HIGH|G"];
    let notable = selected(&[], &sites, &options);
    assert_eq!((notable.carried_alleles, notable.variants.len()), (1, 1));
    let plain = selected(&["S"], &["chr13 10 . A C . PASS . GT 0/1"], &options);
    assert_eq!((plain.carried_alleles, plain.chosen), (1, 0));
}
