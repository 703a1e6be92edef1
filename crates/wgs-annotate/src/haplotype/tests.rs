use wgs_core::Pos1;
use wgs_formats::variant::Filters;

use super::*;
use crate::effects::tests::{World, world};

/// `POS REF ALT(s) GT[:PS]` of one sample, on the first contig: coding 16-30 and 61-75 (1-based),
/// `ATG GCT TGC GAT GAA` and `TTC GGT CAT ATC TAA`.
struct Line(u32, &'static str, &'static str, &'static str);

fn record(line: &Line) -> Record {
    let position = Pos1::new(line.0).unwrap();
    let mut record = Record::new("1", position, line.1, line.2.split(','));
    record.set_samples(["GT", "PS"], [line.3.split(':')]);
    record
}

/// `Variants Consequence HGVSp` on the coding transcript, at each record.
fn found(lines: &[Line]) -> Vec<String> {
    let world = world();
    shown(&world, &lines.iter().map(record).collect::<Vec<_>>())
}

fn shown(world: &World, records: &[Record]) -> Vec<String> {
    let values = of_records(&world.effects, records, &["S".into()]);
    let shown = |record: usize| {
        let entries = values.get(&record).map_or("", String::as_str).split(',');
        let values = entries.map(|entry| entry.split('|').collect::<Vec<_>>());
        let of_a = values.filter(|values| values.get(6) == Some(&"A.3"));
        let shown = of_a.map(|values| {
            assert_eq!((values.len(), values[1]), (FIELDS.len(), "S"));
            let protein = values[8].rsplit(':').next().unwrap_or_default();
            format!("{} {} {protein}", values[0].replace("1:", ""), values[2])
        });
        shown.collect::<Vec<_>>().join("; ")
    };
    (0..records.len()).map(shown).collect()
}

/// Two variants of codon 3 (TGC): alone p.Cys3Ser and p.Cys3Ter, together p.Cys3Arg.
const PAIR: [(u32, &str, &str); 2] = [(22, "T", "A"), (24, "C", "A")];

fn pair(first: &'static str, second: &'static str) -> Vec<String> {
    let [a, b] = PAIR;
    found(&[Line(a.0, a.1, a.2, first), Line(b.0, b.1, b.2, second)])
}

#[test]
fn two_in_a_codon_count_together_where_they_are_on_one_haplotype() {
    let together = "22:T:A&24:C:A missense_variant p.Cys3Arg";
    for (first, second) in [
        ("0|1:7", "0|1:7"),
        ("1/1", "0/1"),
        ("0|1:7", "1/1"),
        ("1/1", "1"),
        ("1", "1"),
        ("0|1", "0|1"),
    ] {
        assert_eq!(pair(first, second), [together, together], "{first} {second}");
    }
    for (first, second) in [
        ("0|1:7", "1|0:7"),
        ("0|1:7", "0|1:8"),
        ("0/1", "0/1"),
        ("0|1:7", "0/1"),
        ("1/1", "0/0"),
        ("1/1", "./."),
        ("./1", "0|1:7"),
    ] {
        assert_eq!(pair(first, second), ["", ""], "{first} {second}");
    }
}

#[test]
fn what_failed_a_filter_takes_no_part() {
    let world = world();
    let mut records: Vec<Record> =
        PAIR.iter().map(|&(at, from, to)| record(&Line(at, from, to, "1/1"))).collect();
    records[1].filters = Filters::Failed(vec!["LowQual".into()]);
    assert_eq!(shown(&world, &records), ["", ""]);
}

#[test]
fn a_shifted_frame_that_is_restored() {
    // ATG GCT TGC GAT GAA: without C20 and with A behind 25.
    let found = found(&[Line(19, "GC", "G", "0|1:7"), Line(25, "G", "GA", "0|1:7")]);
    let together = "19:GC:G&25:G:GA missense_variant p.Ala2_Asp4delinsValAlaAsn";
    assert_eq!(found, [together, together]);
}

#[test]
fn a_shifted_frame_that_is_not_restored_stands_alone() {
    let found = found(&[Line(19, "GC", "G", "0|1:7"), Line(26, "A", "C", "0|1:7")]);
    assert_eq!(found, ["", ""]);
}

#[test]
fn edits_in_two_exons_are_told_from_the_coding_sequence() {
    // GAA is the first exon's last codon; TTC and GGT are the next one's first.
    let found = found(&[Line(28, "GA", "G", "1|0:7"), Line(63, "C", "CA", "1|0:7")]);
    assert_eq!(found[0], found[1]);
    assert!(
        found[0].starts_with("28:GA:G&63:C:CA missense_variant p.Glu5_Phe6delinsAspSer"),
        "{found:?}"
    );
}

#[test]
fn alleles_of_one_place_are_not_on_one_haplotype() {
    assert_eq!(found(&[Line(22, "T", "A,G", "1|2:7")]), [""]);
    let [a, b] = PAIR;
    let found = found(&[Line(a.0, a.1, "A,G", "1|2:7"), Line(b.0, b.1, b.2, "0|1:7")]);
    assert_eq!(found[0], "22:T:G&24:C:A missense_variant p.Cys3Gly");
}
