//! Differences to an older annotation.

use wgs_annotate::OutputOptions;
use wgs_formats::output;

use crate::world::{ROWS, World};

#[test]
fn a_newer_annotation_says_what_is_new() {
    let world = World::new();
    let row =
        |position: u32, significance: &str| format!("1 {position} . A T . . CLNSIG={significance}");
    let [a, b] = [row(44, "Uncertain_significance"), row(46, "Pathogenic")];
    world.clinvar("old", &[&a, &b]);
    let [a, b] = [row(44, "Likely_pathogenic"), row(46, "Benign")];
    world.clinvar("new", &[&a, &b]);
    world.calls(&[
        "chr1 22 . A AA . . . GT 0/1 ./.",
        "chr1 44 . A T . . . GT 0/1 ./.",
        "chr1 46 . A T . . . GT 0/1 ./.",
        "chr1 47 . T C . . . GT 0/1 ./.",
    ]);
    let options = OutputOptions::default();
    world.run("old.vcf.gz", &["old"], &options).unwrap();
    // Another spelling of the insertion, one call less and one more.
    world.calls(&[
        "chr1 20 . C CA . . . GT 0/1 ./.",
        "chr1 44 . A T,C . . . GT 0/1 ./.",
        "chr1 46 . A T . . . GT 0/1 ./.",
    ]);
    let options = OutputOptions {
        diff_from: Some(world.at("old.vcf.gz")),
        filter: Some("POS = 46".into()),
        ..OutputOptions::default()
    };
    let summary = world.run("x.vcf.gz", &["new"], &options).unwrap();
    let diff = summary.diff.unwrap();
    assert_eq!(summary.kept, 1);
    let counts = diff.alleles;
    assert_eq!((counts.both, counts.only_old, counts.only_new), (3, 1, 1));
    assert_eq!(diff.old.bundle.as_deref(), Some("b1"));
    assert_eq!((diff.old.sources.len(), &diff.old.sources), (1, &diff.new.sources));
    let finding = &diff.new_pathogenic[0];
    assert_eq!((finding.position, finding.from.as_deref()), (44, Some("Uncertain_significance")));
    assert_eq!(diff.no_longer_pathogenic[0].to.as_deref(), Some("Benign"));
    let rows = world.text("x.diff.tsv");
    let rows: Vec<&str> = rows.lines().collect();
    let first = "new_pathogenic\tchr1\t44\tA\tT\tSG&SH\tsignificance\t\t\
        Uncertain_significance\tLikely_pathogenic";
    assert_eq!(rows[1], first);
    assert!(rows[3].starts_with("no_longer_pathogenic\tchr1\t46\t"), "{rows:?}");
    assert!(
        rows.iter()
            .any(|row| row.contains("one_file\tchr1\t47\tT\tC") && row.ends_with("\tpresent\t"))
    );
    let document = world.text("x.diff.json");
    assert!(document.contains("\"schema\": \"wgs-pipe/annotation-diff/1\""), "{document}");
}

#[test]
fn nothing_of_a_former_annotation_stays() {
    let world = World::new();
    world.clinvar("old", &["1 44 . A T . . CLNSIG=Pathogenic"]);
    world.calls(&["chr1 44 . A T . . DP=3 GT 0/1 ./."]);
    world.run("old.vcf", &["old"], &OutputOptions::default()).unwrap();
    assert!(world.text("old.vcf").contains(";CLINVAR_CLNSIG=Pathogenic;"));
    std::fs::rename(world.at("old.vcf"), world.at("calls.vcf")).unwrap();
    let diff_from = Some(world.at("calls.vcf"));
    let options = OutputOptions { diff_from, ..OutputOptions::default() };
    let diff = world.run("x.vcf", &[], &options).unwrap().diff.unwrap();
    assert!(!world.text("x.vcf").contains("CLNSIG"), "{}", world.text("x.vcf"));
    assert_eq!(diff.fields_gone, ["CLINVAR_ID", "CLINVAR_CLNSIG"]);
    assert_eq!(diff.no_longer_pathogenic.len(), 1);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let world = World::new();
    world.calls(&ROWS[..1]);
    let refused = |old: &str| {
        output::write(&world.at("old.vcf"), old).unwrap();
        let diff_from = Some(world.at("old.vcf"));
        let options = OutputOptions { diff_from, ..OutputOptions::default() };
        let error = world.run("x.vcf.gz", &[], &options).unwrap_err();
        assert!(!world.at("x.vcf.gz").exists() && !world.at("x.diff.tsv").exists());
        error.to_string()
    };
    let csq = "##fileformat=VCFv4.2\n\
        ##INFO=<ID=CSQ,Number=.,Type=String,Description=\"x. Format: Allele|Consequence\">\n";
    let columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1";
    let not_annotated = format!("##fileformat=VCFv4.2\n{columns}\tS2\n");
    assert!(refused(&not_annotated).contains("is not annotated"));
    let other = refused(&format!("{csq}{columns}\tS3\n"));
    assert!(other.contains("its samples are S1, S3, those of the input S1, S2"), "{other}");
    let unsorted = format!(
        "{csq}{columns}\tS2\nchr1\t5\t.\tA\tC\t.\t.\t.\tGT\t.\t.\nchr1\t4\t.\tT\tC\t.\t.\t.\tGT\t.\t.\n"
    );
    assert!(refused(&unsorted).contains("record chr1:4: not sorted"));
}
