//! VCFs that cannot be annotated, or only in part: each with its message.

use std::time::{Duration, Instant};

use wgs_annotate::{OutputOptions, OutputSummary};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, output};

use crate::world::{HEAD, World};

const COLUMNS: &str = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\tS2\n";

/// Annotates a text to a VCF.
fn annotated(world: &World, text: &str) -> Result<(OutputSummary, String)> {
    output::write(&world.at("calls.vcf"), text)?;
    let summary = world.run("x.vcf.gz", &[], &OutputOptions::default())?;
    Ok((summary, world.text("x.vcf.gz")))
}

fn with_rows(rows: &[&str]) -> String {
    let rows: String = rows.iter().map(|row| row.replace(' ', "\t") + "\n").collect();
    format!("{HEAD}{COLUMNS}{rows}")
}

/// The error of a text, which leaves no output.
fn refused(world: &World, text: &str) -> FileError {
    let error = annotated(world, text).unwrap_err();
    let made = std::fs::read_dir(world.folder.path()).unwrap();
    let made = made.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(made.filter(|name| name.contains("x.vcf")).count() == 0, "{error}");
    error
}

const CALL: &str = "chr1 44 . A T . . . GT 0/1 ./.";

#[test]
fn contigs_that_are_not_declared_are_those_of_the_genome() {
    let world = World::new();
    let text = with_rows(&[CALL]).replace("##contig=<ID=chr1>\n", "");
    let (summary, made) = annotated(&world, &text).unwrap();
    assert_eq!(summary.annotated.records, 1);
    assert!(made.contains("##contig=<ID=chr1,length=51"), "{made}");
    assert!(made.contains("|stop_gained|"), "{made}");
}

#[test]
fn contigs_by_other_names_are_named() {
    let world = World::new();
    let text = with_rows(&[CALL]).replace("chr1", "1");
    let error = refused(&world, &text);
    assert_eq!(error.kind(), ErrorKind::ReferenceMismatch);
    assert!(error.to_string().contains("(1:44): the genome has no such contig"), "{error}");
    let hint = error.hint_text().unwrap();
    assert!(hint.contains("has chr1 for it") && hint.contains("--rename-chrs"), "{hint}");
    let error = refused(&world, &text.replace("ID=1>", "ID=7>").replace("\n1\t", "\n7\t"));
    assert!(error.hint_text().unwrap().contains("take the genome"), "{error}");
}

#[test]
fn reference_alleles_of_another_genome() {
    let world = World::new();
    let error = refused(&world, &with_rows(&[CALL, "chr1 45 . CC T . . . GT . ."]));
    assert_eq!(error.kind(), ErrorKind::ReferenceMismatch);
    assert!(error.to_string().contains("(chr1:45): REF is CC, the genome has AA"), "{error}");
    assert!(error.hint_text().is_some());
}

#[test]
fn unsorted_records_and_the_way_out() {
    let world = World::new();
    let text = with_rows(&[CALL, "chr1 5 . A C . . . GT . ."]);
    let error = refused(&world, &text);
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("chr1:5: not sorted"), "{error}");
    assert!(error.hint_text().is_some_and(|hint| hint.contains("sort")), "{:?}", error.hint_text());
    let summary = world.run("x.jsonl", &[], &OutputOptions::default()).unwrap();
    assert_eq!(summary.annotated.records, 2);
}

#[test]
fn lines_of_windows_are_read_as_others() {
    let world = World::new();
    let text = with_rows(&[CALL]);
    let (_, unix) = annotated(&world, &text).unwrap();
    let (_, windows) = annotated(&world, &text.replace('\n', "\r\n")).unwrap();
    assert_eq!(unix, windows);
}

#[test]
fn fields_that_are_not_declared_stay_as_they_are() {
    let world = World::new();
    let (_, made) =
        annotated(&world, &with_rows(&["chr1 44 . A T . . XX=1;DP=2 GT:YY 0/1:3 ./."])).unwrap();
    assert!(made.contains("\tXX=1;DP=2;CSQ=") && made.contains("GT:YY\t0/1:3"), "{made}");
    let filter = Some("XX = 1".into());
    let options = OutputOptions { filter, ..OutputOptions::default() };
    let error = world.run("y.vcf", &[], &options).unwrap_err();
    assert!(error.to_string().contains("no field is named XX"), "{error}");
}

#[test]
fn alleles_that_are_not_bases_are_counted() {
    let world = World::new();
    let rows = ["chr1 44 . A <DEL>,*,T,A[chr1:50[ . . . GT . .", "chr1 45 . A <INS> . . . GT . ."];
    let (summary, made) = annotated(&world, &with_rows(&rows)).unwrap();
    assert_eq!((summary.annotated.alleles, summary.annotated.other_alleles), (1, 4));
    let csq = made.split("CSQ=").nth(1).unwrap().split('\t').next().unwrap();
    assert_eq!(csq.split(',').filter(|entry| entry.split('|').nth(18) == Some("3")).count(), 2);
    assert!(made.contains("<INS>\t.\t.\t.\t"), "{made}");
}

#[test]
fn ten_thousand_alleles_at_one_site() {
    let world = World::new();
    let bases = |number: usize| {
        let base = |place: u32| char::from(b"ACGT"[number / 4_usize.pow(place) % 4]);
        format!("A{}", (0..7).map(base).collect::<String>())
    };
    let alleles: Vec<String> = (0..10_000).map(bases).collect();
    let row = format!("chr1 44 . A {} . . . GT 0/1 9999/10000", alleles.join(","));
    output::write(&world.at("calls.vcf"), with_rows(&[&row])).unwrap();
    let begin = Instant::now();
    let options = OutputOptions {
        filter: Some("sample(\"S2\").copies = 1 and IMPACT = HIGH".into()),
        ..OutputOptions::default()
    };
    let summary = world.run("x.jsonl", &[], &options).unwrap();
    assert_eq!((summary.kept, summary.rows), (1, 20_000));
    let rows = world.json("x.jsonl");
    assert_eq!(rows[19_999]["ALT"], alleles[9_999].as_str());
    assert_eq!(rows[19_999]["ALLELE_NUM"], 10_000);
    assert!(begin.elapsed() < Duration::from_secs(60));
}
