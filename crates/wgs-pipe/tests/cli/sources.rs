//! Sources of every kind in a bundle: added, listed, removed, refused.

use std::fs;

use wgs_formats::variant::{Reader, csq::Format};
use wgs_task::Bundle;

use crate::room::Room;

const ANNOTATE: [&str; 6] =
    ["annotate", "data/truth.vcf", "--bundle", "bundle", "--out", "annotated.vcf.gz"];

/// `bundle add`, but for the file.
fn add(name: &str) -> [&str; 5] {
    ["bundle", "add", "bundle", name, "--from"]
}

#[test]
fn intervals_and_genes_stand_beside_variants() {
    let room = Room::new();
    room.put("regions.bed", "1\t1000\t2000\tfirst\n1\t15000\t17200\tgene one\n");
    room.put("panel.csv", "Gene Symbol,Status\r\nDEMO1,green\r\nGONE,red\r\n");
    let regions = room.ok([&add("regions")[..], &["regions.bed"]].concat());
    assert!(regions.contains("source regions: 2 intervals; left out: 0 records"), "{regions}");
    let panel = room.ok([&add("panel")[..], &["panel.csv", "--release", "7"]].concat());
    assert!(panel.contains("source panel: 2 rows of genes"), "{panel}");
    assert!(panel.contains("no transcript has 1 of its genes") && panel.contains(": GONE"));
    room.ok(ANNOTATE);
    let reader = Reader::open(room.path("annotated.vcf.gz")).unwrap();
    let format = Format::of_header(reader.header()).unwrap();
    let (mut inside, mut listed) = (0, 0);
    for record in reader.map(Result::unwrap) {
        let position = record.position.get();
        let is_first = record.contig == "chr1" && (1001..=2000).contains(&position);
        inside += u32::from(is_first);
        let name = record.info.get("REGIONS_NAME").unwrap_or_default();
        assert_eq!(name.contains("first"), is_first, "{position} {name}");
        for entry in format.entries(&record) {
            let status = entry.get("PANEL_Status");
            assert_eq!(status, (entry.get("SYMBOL") == Some("DEMO1")).then_some("green"));
            listed += u32::from(status.is_some());
        }
    }
    assert!(inside > 0 && listed > 0);

    let list = room.ok(["bundle", "list", "bundle"]);
    let row = list.lines().find(|line| line.starts_with("panel")).unwrap();
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(cells[..5], ["panel", "genes", "7", "2", "panel.csv"]);
    let json: serde_json::Value =
        serde_json::from_str(&room.ok(["bundle", "list", "bundle", "--json"])).unwrap();
    let names: Vec<_> = json["sources"].as_array().unwrap().iter().map(|s| &s["name"]).collect();
    assert_eq!(names, ["clinvar", "regions", "panel"]);
    assert_eq!(json["sources"][1]["kind"], "intervals");
    room.ok(["bundle", "remove", "bundle", "regions"]);
    assert!(!room.path("bundle/sources/regions").exists());
    assert!(room.fails(4, ["bundle", "remove", "bundle", "regions"]).contains("clinvar, panel"));
    room.ok(["bundle", "verify", "bundle"]);
}

#[test]
fn terms_that_restrict_are_accepted_by_somebody() {
    let room = Room::new();
    room.put("scores.bed", "chr1\t1000\t2000\t0.5\n");
    let refused = room.fails(3, [&add("CADD")[..], &["scores.bed"]].concat());
    assert!(refused.contains("the source CADD has terms") && refused.contains("--accept-licence"));
    let own = [&add("own")[..], &["scores.bed", "--restricted", "--licence", "ours"]].concat();
    assert!(room.fails(3, &own).contains("restrict its use: ours"));
    assert_eq!(fs::read_dir(room.path("bundle/sources")).unwrap().count(), 1);
    room.ok(own.iter().chain(&["--accept-licence", "Institute X"]));
    let list = room.ok(["bundle", "list", "bundle"]);
    assert!(list.contains("ours (restricted, accepted by Institute X)"), "{list}");
    let output = room.command(ANNOTATE).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("note: source own: ours (restricted"), "{told}");
}

#[test]
fn a_bundle_that_is_read_is_not_changed() {
    let room = Room::new();
    room.put("x.bed", "chr1\t1000\t2000\n");
    let manifest = room.text("bundle/bundle.toml");
    let bundle = Bundle::open(room.path("bundle")).unwrap();
    let args = [&add("x")[..], &["x.bed"]].concat();
    assert!(room.fails(5, &args).contains("is in use"));
    assert!(room.fails(5, ["bundle", "remove", "bundle", "clinvar"]).contains("is in use"));
    assert_eq!(room.text("bundle/bundle.toml"), manifest);
    drop(bundle);
    let changing = Bundle::open_to_replace(room.path("bundle"), "x").unwrap();
    assert!(room.fails(5, ANNOTATE).contains("is being changed"));
    drop(changing);
    room.ok(&args);
}

#[test]
fn a_change_that_did_not_end_is_refused_and_mended() {
    let room = Room::new();
    let manifest = room.text("bundle/bundle.toml");
    room.put("bundle/bundle.toml", format!("changing = \"clinvar\"\n{manifest}"));
    for args in [&ANNOTATE[..], &["bundle", "verify", "bundle"], &["bundle", "list", "bundle"]] {
        let error = room.fails(3, args);
        assert!(error.contains("the source clinvar was being changed"), "{error}");
    }
    // Left by a process whose number came again, or that is gone.
    let left = "bundle/sources/.clinvar.partial-4294967295";
    fs::create_dir(room.path(left)).unwrap();
    room.put(&format!("{left}/intervals.store"), "old");
    room.ok([&add("clinvar")[..], &["data/clinvar.vcf.gz"]].concat());
    assert_eq!(room.text("bundle/bundle.toml"), manifest);
    room.ok(ANNOTATE);
    assert_eq!(fs::read_dir(room.path("bundle/sources")).unwrap().count(), 1);
}

#[test]
fn files_that_are_no_source_say_why() {
    let room = Room::new();
    let head = "#CHROM\tPOS\tREF\tALT\tAF\n";
    let rows = ["chr1\t1196\tT\tG\t0.5\n", "chr1\t1197\tT\n"];
    room.put("short.tsv", format!("{head}{}", rows.concat()));
    room.put("prose.txt", "this is, as far as one can see, prose\nand more\n");
    room.put("empty.tsv", "");
    room.put("far.bed", "chr1\t94000\t95001\n");
    room.put("wide.tsv", format!("{head}{}", rows[0]));
    for (file, more, code, says) in [
        ("short.tsv", &[][..], 6, "short.tsv: line 3: has 3 columns, the heading names 5"),
        ("prose.txt", &[], 6, "is neither VCF, BED"),
        ("empty.tsv", &[], 6, "is empty"),
        ("far.bed", &[], 8, "chr1:94000-95001 lies outside of the contig, which has 95000"),
        ("wide.tsv", &["--fields", "XX"], 3, "has no column XX; it has CHROM, POS, REF, ALT, AF"),
        ("wide.tsv", &["--columns", "where=1"], 3, "nothing that a column tells"),
        ("wide.tsv", &["--kind", "genes"], 6, "no line names a column of gene symbols"),
    ] {
        let error = room.fails(code, [&add("x")[..], &[file], more].concat());
        assert!(error.contains(says), "{error}");
        assert!(!room.path("bundle/sources/x").exists());
    }
}
