//! Tables, filters, and what is chosen of entries and fields.

use wgs_annotate::{OutputOptions, Pick, Rows};
use wgs_core::ErrorKind;
use wgs_formats::variant::Reader;

use crate::world::{ROWS, World};

fn fields(names: &str) -> Option<Vec<String>> {
    Some(names.split(' ').map(str::to_owned).collect())
}

#[test]
fn json_has_typed_values_of_each_allele_and_transcript() {
    let world = World::new();
    world.clinvar("clinvar", &["1 44 . A G . . CLNSIG=Pathogenic,_low"]);
    world.calls(&ROWS);
    let summary = world.run("x.jsonl.gz", &["clinvar"], &OutputOptions::default()).unwrap();
    let rows = world.json("x.jsonl.gz");
    assert_eq!((summary.kept, summary.rows, rows.len()), (4, 8, 8));
    let first = &rows[0];
    let at = |row: usize, key: &str| rows[row][key].clone();
    assert_eq!(first["POS"], 5);
    assert_eq!(first["QUAL"], 30.5);
    assert_eq!(first["ID"], serde_json::json!(["rs1", "rs2"]));
    assert_eq!(first["F"], serde_json::json!([0.5, null, 0.001]));
    assert_eq!(first["DB"], true);
    assert_eq!(first["S1.AD"], serde_json::json!([3, 4]));
    assert_eq!((at(0, "S2.AD"), at(0, "S2.GT")), (serde_json::Value::Null, "./.".into()));
    assert_eq!((at(0, "Feature"), at(1, "Feature")), ("T".into(), "U".into()));
    assert_eq!((at(4, "ALT"), at(4, "AC"), at(4, "ALT_INDEX")), ("G".into(), 2.into(), 2.into()));
    assert_eq!(at(4, "S1.AD"), serde_json::json!([0, 6]));
    assert_eq!(at(4, "CLINVAR_CLNSIG"), "Pathogenic,_low");
    assert_eq!((at(2, "CLINVAR_CLNSIG"), at(2, "F")), (().into(), serde_json::json!([null])));
    assert_eq!(at(2, "Consequence"), serde_json::json!(["stop_gained"]));
    assert_eq!(at(2, "FILTER"), serde_json::json!(["q10", "s5"]));
    assert_eq!((at(6, "ALT"), at(6, "Consequence")), ("<DEL>".into(), ().into()));
    assert_eq!(
        (at(7, "ALT"), at(7, "ALT_INDEX"), at(7, "DB")),
        (().into(), ().into(), false.into())
    );
}

#[test]
fn tables_and_json_hold_the_same() {
    let world = World::new();
    world.calls(&ROWS);
    world.run("x.tsv", &[], &OutputOptions::default()).unwrap();
    world.run("x.jsonl", &[], &OutputOptions::default()).unwrap();
    let (tsv, rows) = (world.text("x.tsv"), world.json("x.jsonl"));
    let names: Vec<&str> = tsv.lines().next().unwrap().split('\t').collect();
    assert_eq!(tsv.lines().count(), rows.len() + 1);
    for (line, row) in tsv.lines().skip(1).zip(&rows) {
        assert_eq!(line.split('\t').count(), names.len());
        assert_eq!(row.as_object().unwrap().len(), names.len());
        for (name, value) in names.iter().zip(line.split('\t')) {
            let same = match &row[*name] {
                serde_json::Value::Null => value.is_empty(),
                serde_json::Value::Bool(flag) => *flag == (value == "1"),
                serde_json::Value::String(text) => wgs_formats::variant::decode(value) == *text,
                serde_json::Value::Number(number) => value.parse().ok() == number.as_f64(),
                serde_json::Value::Array(values) => {
                    value.split([',', ';', '&']).count() == values.len()
                }
                serde_json::Value::Object(_) => false,
            };
            assert!(same, "{name}: {value:?} {:?}", row[*name]);
        }
    }
}

#[test]
fn parquet_is_written_whole_and_alike_for_any_threads() {
    let world = World::new();
    world.calls(&ROWS);
    let options = OutputOptions::default();
    let bytes = |name: &str| {
        world.run(name, &[], &options).unwrap();
        std::fs::read(world.at(name)).unwrap()
    };
    let one = bytes("x.parquet");
    assert!(one == bytes("y.parquet"));
    assert_eq!((&one[..4], &one[one.len() - 4..]), (&b"PAR1"[..], &b"PAR1"[..]));
}

#[test]
fn filters_keep_records_and_say_how_many() {
    let world = World::new();
    world.calls(&ROWS);
    let run = |filter: &str| {
        let filter = Some(filter.to_owned());
        let options = OutputOptions { filter, ..OutputOptions::default() };
        let summary = world.run("x.vcf.gz", &[], &options)?;
        let positions = Reader::open(world.at("x.vcf.gz"))?;
        let positions: Vec<u32> = positions.map(|r| r.unwrap().position.get()).collect();
        Ok::<_, wgs_formats::FileError>((positions, summary.kept, summary.unknown))
    };
    assert_eq!(run("IMPACT = HIGH").unwrap(), (vec![44], 1, 2));
    assert_eq!(run("DP > 5").unwrap(), (vec![5], 1, 2));
    assert_eq!(run("all_samples(sample.copies >= 1)").unwrap(), (vec![44], 1, 2));
    assert_eq!(run("DP < 0").unwrap(), (vec![], 0, 2));
    let error = run("DQ < 0").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(error.to_string(), "the filter: character 1: no field is named DQ");
    assert_eq!(error.hint_text(), Some("the nearest is DP"));
}

#[test]
fn values_of_another_type_end_the_run() {
    let world = World::new();
    world.calls(&["chr1 5 . A C . . DP=many GT 0/1 ./."]);
    for (out, filter) in [("x.jsonl", None), ("x.parquet", None), ("x.vcf", Some("DP < 5"))] {
        let filter = filter.map(str::to_owned);
        let options = OutputOptions { filter, ..OutputOptions::default() };
        let error = world.run(out, &[], &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(
            error.to_string().contains("record chr1:5: INFO/DP has the value \"many\""),
            "{error}"
        );
        assert!(!world.at(out).exists());
    }
}

#[test]
fn undeclared_keys_are_told() {
    let world = World::new();
    world.calls(&["chr1 5 . A C . . X=1;DP=3 GT 0/1 ./.", "chr1 6 . C A . . X=1 GT 0/1 ./."]);
    let summary = world.run("x.tsv", &[], &OutputOptions::default()).unwrap();
    assert_eq!(summary.undeclared, [("INFO/X".to_owned(), 2)].into());
    let fields = fields("DP");
    let options = OutputOptions { fields, ..OutputOptions::default() };
    assert!(world.run("x.tsv", &[], &options).unwrap().undeclared.is_empty());
}

#[test]
fn fields_are_chosen_and_ordered() {
    let world = World::new();
    world.clinvar("clinvar", &["1 44 . A T . . CLNSIG=Benign"]);
    world.calls(&ROWS);
    let chosen = |names: &str| OutputOptions { fields: fields(names), ..OutputOptions::default() };
    world.run("x.tsv", &["clinvar"], &chosen("SYMBOL Consequence DP sample.GT")).unwrap();
    let text = world.text("x.tsv");
    let mut lines = text.lines();
    let head = "CHROM\tPOS\tREF\tALT\tSYMBOL\tConsequence\tDP\tS1.GT\tS2.GT";
    assert_eq!(lines.next(), Some(head));
    let first = "chr1\t5\tA\tC\tSG\tupstream_gene_variant\t7\t0/1\t./.";
    assert_eq!(lines.next(), Some(first));

    world.run("x.vcf", &["clinvar"], &chosen("SYMBOL Consequence")).unwrap();
    let text = world.text("x.vcf");
    assert!(text.contains("Format: SYMBOL|Consequence\""), "{text}");
    assert!(!text.contains("ID=CLINVAR_CLNSIG") && !text.contains(";CLINVAR_CLNSIG="), "{text}");
    assert!(text.contains("AC=1,2;F=nan;CSQ=SG|stop_gained,SH|stop_gained,SG|"), "{text}");

    world.run("x.vcf", &["clinvar"], &chosen("CLINVAR_CLNSIG")).unwrap();
    let text = world.text("x.vcf");
    assert!(!text.contains("CSQ=") && !text.contains("ID=CSQ"), "{text}");
    assert!(text.contains("AC=1,2;F=nan;CLINVAR_CLNSIG=Benign,.\t"), "{text}");
    let error = world.run("x.vcf", &["clinvar"], &chosen("Symbol")).unwrap_err();
    assert_eq!(
        (error.kind(), error.hint_text()),
        (ErrorKind::Usage, Some("the nearest is SYMBOL"))
    );
}

#[test]
fn one_entry_stands_for_an_allele() {
    let world = World::new();
    world.calls(&ROWS[1..2]);
    let run = |pick: Pick, order: &str, rows: Rows, out: &str| {
        let pick_order = order.parse().unwrap();
        let options = OutputOptions { pick, pick_order, rows, ..OutputOptions::default() };
        world.run(out, &[], &options).unwrap();
        world.text(out)
    };
    let csq = |text: &str| {
        let line = text.lines().last().unwrap().to_owned();
        let csq = line.split("CSQ=").nth(1).unwrap().split('\t').next().unwrap().to_owned();
        csq.split(',').map(|e| e.split('|').nth(6).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(csq(&run(Pick::Allele, "canonical", Rows::Transcripts, "x.vcf")), ["T", "T"]);
    let by_gene = run(Pick::AlleleGene, "canonical", Rows::Transcripts, "x.vcf");
    assert_eq!(csq(&by_gene), ["T", "U", "T", "U"]);
    let flagged = run(Pick::Flag, "canonical", Rows::Transcripts, "x.vcf");
    assert!(flagged.contains("|HGVSg|NMD|PICK\""), "{flagged}");
    let flags: Vec<bool> = flagged
        .split("CSQ=")
        .nth(1)
        .unwrap()
        .split('\t')
        .next()
        .unwrap()
        .split(',')
        .map(|entry| entry.ends_with("|1"))
        .collect();
    assert_eq!(flags, [true, false, true, false]);
    let rows = run(Pick::Flag, "canonical", Rows::Transcripts, "x.tsv");
    assert!(rows.lines().next().unwrap().contains("\tNMD\tPICK\t"));
    let rows = run(Pick::All, "canonical", Rows::Alleles, "x.tsv");
    assert_eq!(rows.lines().count(), 3);
}

#[test]
fn names_that_tell_no_form_are_refused() {
    let world = World::new();
    world.calls(&ROWS);
    for name in ["x.txt", "x", "x.parquet.gz"] {
        let error = world.run(name, &[], &OutputOptions::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
    }
}
