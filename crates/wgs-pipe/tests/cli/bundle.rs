//! Sources that come to a bundle later.

use std::fs;

use wgs_formats::variant::Reader;

use crate::room::Room;

/// Values of a field in the truth, annotated with the bundle.
fn annotated(room: &Room, field: &str) -> Vec<Option<String>> {
    let out = "annotated.vcf.gz";
    room.ok(["annotate", "data/truth.vcf", "--bundle", "bundle", "--out", out]);
    let records = Reader::open(room.path(out)).unwrap().map(Result::unwrap);
    records.map(|record| record.info.get(field).map(str::to_owned)).collect()
}

/// A panel with the first variant of the truth.
fn panel(room: &Room, name: &str, frequency: &str) {
    let truth = Reader::open(room.path("data/truth.vcf")).unwrap();
    let first = truth.map(Result::unwrap).next().unwrap();
    let (contig, position) = (first.contig.trim_start_matches("chr"), first.position);
    let (reference, alternate) = (&first.reference, &first.alternates[0]);
    let text = format!(
        "##fileformat=VCFv4.3\n##INFO=<ID=AF,Number=A,Type=Float,Description=\"share\">\n\
         #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n\
         {contig}\t{position}\tx1\t{reference}\t{alternate}\t.\t.\tAF={frequency}\n"
    );
    room.put(name, text);
}

#[test]
fn a_source_is_added_and_replaced_and_a_failure_changes_nothing() {
    let room = Room::new();
    let clinvar = fs::read(room.path("bundle/sources/clinvar/alleles.store")).unwrap();
    panel(&room, "old.vcf", "0.25");
    panel(&room, "new.vcf", "0.125");
    let add = |file: &str, release: &str| {
        let args = ["bundle", "add", "bundle", "panel", "--from", file, "--release", release];
        room.ok(args)
    };
    assert!(add("old.vcf", "1").contains("source panel: 1 alleles"));
    let values = annotated(&room, "PANEL_AF");
    assert_eq!(values[0].as_deref(), Some("0.25"));
    assert!(values.len() > 1 && values[1..].iter().all(Option::is_none));
    add("new.vcf", "2");
    assert_eq!(annotated(&room, "PANEL_AF")[0].as_deref(), Some("0.125"));
    let manifest = room.text("bundle/bundle.toml");
    assert!(manifest.contains("version = \"2\"") && !manifest.contains("version = \"1\""));

    room.put("other.vcf", "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nzz\t1\t.\tA\tC\t.\t.\t.\n");
    let refused = |name: &str, more: &[&str], code: i32, parts: &[&str]| {
        let error = room.fails(code, ["bundle", "add", "bundle", name].iter().chain(more));
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    };
    refused("panel", &["--from", "other.vcf"], 8, &["other.vcf", "no record fits the genome"]);
    let text = room.text("new.vcf").replace("#CHROM", "##contig=<ID=1,length=249250621>\n#CHROM");
    room.put("hg19.vcf", text);
    let lengths = ["contig 1 has 249250621 bases", "in the genome 95000"];
    refused("panel", &["--from", "hg19.vcf"], 8, &lengths);
    refused("genome", &["--from", "new.vcf"], 2, &["\"genome\"", "another name"]);
    let fields = ["--from", "new.vcf", "--fields", "AF,XX"];
    refused("panel", &fields, 3, &["new.vcf", "no INFO field XX"]);
    room.ok(["bundle", "verify", "bundle"]);
    assert_eq!(room.text("bundle/bundle.toml"), manifest);
    assert_eq!(annotated(&room, "PANEL_AF")[0].as_deref(), Some("0.125"));
    assert_eq!(fs::read(room.path("bundle/sources/clinvar/alleles.store")).unwrap(), clinvar);
    let sources = fs::read_dir(room.path("bundle/sources")).unwrap();
    assert_eq!(sources.count(), 2, "nothing half-made is left");
}

#[test]
fn two_sources_do_not_write_over_each_other() {
    let room = Room::new();
    room.ok(["bundle", "add", "bundle", "ClinVar", "--from", "data/clinvar.vcf.gz"]);
    let args = ["annotate", "data/truth.vcf", "--bundle", "bundle", "--out", "x.vcf.gz"];
    let error = room.fails(3, args);
    assert!(
        error.contains("the source clinvar and the source ClinVar both have the field CLINVAR_"),
        "{error}"
    );
}

#[test]
fn an_alternate_that_is_the_references_has_no_consequence() {
    let room = Room::new();
    let truth = room.text("data/truth.vcf");
    let line = truth.lines().find(|line| line.contains("\tT\tG\t")).unwrap();
    let odd = line.replace("\tT\tG\t", "\tT\tT,G\t");
    room.put("odd.vcf", truth.replace(line, &odd));
    room.ok(["annotate", "odd.vcf", "--bundle", "bundle", "--out", "odd.vcf.gz"]);
}

#[test]
fn a_damaged_store_is_never_taken_for_nothing_found() {
    let room = Room::new();
    let path = room.path("bundle/sources/clinvar/alleles.store");
    let whole = fs::read(&path).unwrap();
    let annotate = ["annotate", "data/truth.vcf", "--bundle", "bundle", "--out", "x.vcf.gz"];
    room.put("bundle/sources/clinvar/alleles.store", &whole[..whole.len() / 2]);
    let error = room.fails(6, annotate);
    assert!(error.contains("alleles.store") && error.contains("build the bundle again"), "{error}");
    let mut flipped = whole.clone();
    flipped[whole.len() / 8] ^= 1;
    room.put("bundle/sources/clinvar/alleles.store", &flipped);
    let error = room.fails(6, annotate);
    assert!(error.contains("alleles.store") && error.contains("is damaged"), "{error}");
    assert!(!room.path("x.vcf.gz").exists());
}
