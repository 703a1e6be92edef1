//! Forms of records: genotypes, alleles, filters, regions, levels.

use wgs_compare::{Counts, Level, Request};

use crate::fixture::{Fixture, HEAD, all, triple};

const BASES: &str = "GATTCGGATTACGGTTAGCTCATGCCATAGGCTTAACGATTCGGATTACGGTTAGCT";

fn counts_with(truth: &str, calls: &str, change: impl FnOnce(&mut Request, &Fixture)) -> Counts {
    let fixture = Fixture::new(BASES);
    let mut request =
        fixture.request(&format!("{HEAD}{}", columns(truth)), &format!("{HEAD}{}", columns(calls)));
    change(&mut request, &fixture);
    all(&request)
}

fn counts(truth: &str, calls: &str) -> (u64, u64, u64) {
    triple(counts_with(truth, calls, |_, _| {}))
}

/// Records from `POS REF ALT FILTER GT`, separated by `;`.
fn columns(text: &str) -> String {
    let records = text.split(';').map(str::trim).filter(|record| !record.is_empty());
    let line = |record: &str| {
        let c: Vec<&str> = record.split(' ').collect();
        format!("c\t{}\t.\t{}\t{}\t.\t{}\t.\tGT\t{}\n", c[0], c[1], c[2], c[3], c[4])
    };
    records.map(line).collect()
}

#[test]
fn genotypes_match_whatever_their_phase_and_missing_alleles_are_the_reference() {
    for (truth, calls, expected) in [
        ("5 C T PASS 0/1", "5 C T . 1|0", (1, 0, 0)),
        ("5 C T PASS 1/1", "5 C T PASS 1", (1, 0, 0)),
        ("5 C T PASS 0/1", "5 C T PASS ./1", (1, 0, 0)),
        ("5 C T PASS 0/1", "5 C T PASS 1/1", (0, 1, 1)),
        ("5 C T PASS 0/1", "5 C T PASS 0/0", (0, 0, 1)),
        ("5 C T PASS 0/1", "5 C T PASS ./.", (0, 0, 1)),
        ("5 C . PASS 0/0; 6 G A PASS 0/1", "6 G A PASS 0/1", (1, 0, 0)),
        ("5 C T PASS 0/1", "5 c t PASS 0/1", (1, 0, 0)),
        ("5 C T PASS 0/1", "5 C T PASS 0/1/1", (0, 0, 1)),
    ] {
        assert_eq!(counts(truth, calls), expected, "{truth} | {calls}");
    }
}

#[test]
fn an_allele_that_is_ref_itself_is_the_references() {
    for (truth, calls, expected) in [
        ("5 C T PASS 0/1", "5 C C PASS 0/1", (0, 0, 1)),
        ("5 C C PASS 1/1", "5 C T PASS 0/1", (0, 1, 0)),
        ("5 CG cg PASS 1/1; 9 T A PASS 0/1", "9 T A PASS 0/1", (1, 0, 0)),
        ("5 C T PASS 0/1", "5 C C,T PASS 1/2", (1, 0, 0)),
        ("5 C T PASS 1/1", "5 C C,T PASS 1/2", (0, 1, 1)),
    ] {
        assert_eq!(counts(truth, calls), expected, "{truth} | {calls}");
    }
    let fixture = Fixture::new(BASES);
    let calls = format!("{HEAD}{}", columns("5 C C PASS 0/1; 5 C C,T PASS 0/2"));
    let summary = wgs_compare::compare(&fixture.request(HEAD, &calls)).unwrap();
    assert_eq!((summary.calls.same_as_reference, summary.calls.reference), (2, 1));
}

#[test]
fn several_alleles_may_stand_in_one_record_or_in_several() {
    let split = "5 C A PASS 0/1; 5 C T PASS 0/1";
    let counted = counts_with("5 C A,T PASS 1/2", split, |_, _| {});
    assert_eq!((counted.tp, counted.tp_call, counted.fp, counted.fn_), (1, 2, 0, 0));
    assert_eq!(counts("5 C A,T PASS 1/2", "5 C T,A,G PASS 2/1"), (1, 0, 0));
    assert_eq!(counts("5 C A,T PASS 1/2", "5 C A PASS 0/1"), (0, 1, 1));
}

#[test]
fn symbols_are_no_bases() {
    assert_eq!(counts("5 C T PASS 0/1", "5 C T,<NON_REF> PASS 0/1"), (1, 0, 0));
    assert_eq!(counts("5 C T PASS 0/1", "5 C T,* PASS 1/2"), (1, 0, 0));
    assert_eq!(counts("5 C <DEL> PASS 0/1", "5 C * PASS 0/1"), (0, 0, 0));
    assert_eq!(counts("5 C T PASS 0/1", "5 C <NON_REF> PASS 0/0"), (0, 0, 1));
}

#[test]
fn variants_within_another_ones_reference_bases_match_unless_that_is_strict() {
    // A deletion on one haplotype, a substitution within it on the other.
    let both = "5 CGGA C PASS 0/1; 7 G T PASS 0/1";
    assert_eq!(counts(both, both), (2, 0, 0));
    let strict = counts_with(both, both, |request, _| request.options.strict_overlap = true);
    assert_eq!(triple(strict), (1, 1, 1));
    // The same, but on the haplotype that has lost the base.
    assert_eq!(counts(both, "5 CGGA C PASS 1/1; 7 G T PASS 0/1"), (1, 1, 1));
}

#[test]
fn filtered_records_take_part_on_request() {
    let (truth, calls) = ("5 C T PASS 0/1", "5 C T LowQual 0/1");
    let without = counts_with(truth, calls, |_, _| {});
    assert_eq!((triple(without), without.fn_filtered), ((0, 0, 1), 1));
    let with = counts_with(truth, calls, |request, _| request.options.all_records = true);
    assert_eq!(triple(with), (1, 0, 0));
}

#[test]
fn levels_ask_for_less_and_less() {
    let level = |truth: &str, calls: &str, level: Level| {
        triple(counts_with(truth, calls, |request, _| request.options.level = level))
    };
    let (het, hom, other) = ("5 C T PASS 0/1", "5 C T PASS 1/1", "5 C A PASS 1/1");
    assert_eq!(level(het, hom, Level::Genotype), (0, 1, 1));
    assert_eq!(level(het, hom, Level::Allele), (1, 0, 0));
    assert_eq!(level(het, other, Level::Allele), (0, 1, 1));
    assert_eq!(level(het, other, Level::Position), (1, 0, 0));
    assert_eq!(level(het, "9 T A PASS 1/1", Level::Position), (0, 1, 1));
    assert_eq!(level(het, "5 C T PASS 0/0", Level::Allele), (0, 0, 1));
}

#[test]
fn what_matches_at_a_level_matches_at_those_that_ask_for_less() {
    for (truth, calls, matched) in [
        ("5 C T PASS 1/1", "5 C T PASS 0/1; 5 C T PASS 0/1", (1, 2)),
        ("5 C A,T PASS 1/2", "5 C A PASS 0/1; 5 C T PASS 0/1", (1, 2)),
        ("5 C CA PASS 0/1; 5 C CT PASS 0/1", "5 C CA,CT PASS 1/2", (2, 1)),
        ("5 CGGA C PASS 0/1; 7 GAT G PASS 0/1", "5 CGGAT CT,CGG PASS 1/2", (2, 1)),
        ("5 CG TA PASS 1/1", "5 C T PASS 1/1; 6 G A PASS 1/1", (1, 2)),
    ] {
        for level in [Level::Genotype, Level::Allele, Level::Position] {
            let counts = counts_with(truth, calls, |request, _| request.options.level = level);
            assert_eq!((counts.tp, counts.tp_call), matched, "{level:?} {truth} | {calls}");
            assert_eq!((counts.fp, counts.fn_), (0, 0), "{level:?} {truth} | {calls}");
        }
    }
}

#[test]
fn a_set_has_all_alleles_of_itself() {
    let all = "5 C A PASS 0/1; 5 C T PASS 0/1; 5 C G PASS 0/1; 5 CG C PASS 0/1";
    let counts = counts_with(all, all, |request, _| request.options.level = Level::Allele);
    assert_eq!((triple(counts), counts.tp_call), ((4, 0, 0), 4));
    // What only one of them has is still an error of its own.
    let counts = counts_with(all, &all.replace("C G", "C CG"), |request, _| {
        request.options.level = Level::Allele;
    });
    assert_eq!(triple(counts), (3, 1, 1));
}

#[test]
fn bases_are_inserted_behind_the_base_that_a_record_begins_with() {
    let in_repeat = |calls: &str| {
        let fixture = Fixture::new("GATTCGGATCAGTTTTTTTTTTTTGATTCTTTCACGA");
        let truth = columns("15 T A PASS 1/1; 15 T TTTT PASS 0/1");
        let calls = columns(calls);
        triple(all(&fixture.request(&format!("{HEAD}{truth}"), &format!("{HEAD}{calls}"))))
    };
    assert_eq!(in_repeat("15 T A PASS 1/1; 17 T TTTT PASS 0/1"), (2, 0, 0));
    assert_eq!(in_repeat("15 T A PASS 1/1; 14 T TTTT PASS 0/1"), (1, 1, 1));
}

#[test]
fn neighbours_do_not_touch_the_same_bases() {
    let position = |truth: &str, calls: &str| {
        let counts = |request: &mut Request, _: &Fixture| request.options.level = Level::Position;
        triple(counts_with(truth, calls, counts))
    };
    let substitution = "5 C T PASS 0/1";
    assert_eq!(position(substitution, "6 G A PASS 0/1"), (0, 1, 1));
    assert_eq!(position("5 CGGA C PASS 0/1", "9 T A PASS 0/1"), (0, 1, 1));
    assert_eq!(position("5 CGGA C PASS 0/1", "8 A T PASS 0/1"), (1, 0, 0));
    // An insertion lies between two bases, and touches both.
    for (calls, expected) in [("4 T TA", (1, 0, 0)), ("5 C CA", (1, 0, 0)), ("6 G GA", (0, 1, 1))] {
        assert_eq!(position(substitution, &format!("{calls} PASS 0/1")), expected, "{calls}");
    }
    let apart = counts_with(substitution, "6 G A PASS 0/1", |_, _| {});
    assert_eq!((apart.fp, apart.fp_allele), (1, 0));
    assert_eq!(counts_with(substitution, "5 C A PASS 0/1", |_, _| {}).fp_allele, 1);
}

#[test]
fn the_case_of_bases_decides_about_nothing() {
    // The region holds the base before the deletion only.
    for deletion in ["5 CGGA C PASS 0/1", "5 cgga C PASS 0/1", "5 CGGA c PASS 0/1"] {
        let counted = counts_with(deletion, "20 T A PASS 0/1", |request, fixture| {
            request.sets.confident = Some(fixture.write("confident.bed", "c\t4\t5\n"));
        });
        assert_eq!(triple(counted), (0, 0, 0), "{deletion}");
    }
}

#[test]
fn alleles_without_samples_are_compared() {
    let fixture = Fixture::new(BASES);
    let sites = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n\
        c\t5\t.\tC\tT,A\t.\tPASS\t.\n";
    let truth = format!("{HEAD}{}", columns("5 C A PASS 0/1"));
    let mut request = fixture.request(&truth, sites);
    request.options.level = Level::Allele;
    assert_eq!(triple(all(&request)), (1, 0, 0));
}

#[test]
fn only_what_touches_the_confident_regions_counts_in_whatever_order_they_stand() {
    let truth = "5 C T PASS 0/1; 10 T A PASS 0/1; 30 G A PASS 0/1";
    let calls = "5 C T PASS 0/1; 12 C A PASS 0/1; 31 G C PASS 0/1";
    for bed in ["c\t4\t20\n", "c\t10\t20\nc\t4\t12\nc\t6\t8\n"] {
        let counted = counts_with(truth, calls, |request, fixture| {
            request.sets.confident = Some(fixture.write("confident.bed", bed));
        });
        assert_eq!(triple(counted), (1, 1, 1), "{bed}");
    }
}

#[test]
fn a_match_counts_where_the_true_variant_lies() {
    // The deletion of one A of the run at 23 to 24; the call is written outside of the region.
    let fixture = Fixture::new("GATTCGGATTACGGTTAGCTCTTTTTTTTTTG");
    let truth = format!("{HEAD}{}", columns("29 TT T PASS 0/1"));
    let calls = format!("{HEAD}{}", columns("21 CT C PASS 0/1"));
    for (bed, expected) in [("c\t28\t31\n", (1, 1)), ("c\t20\t24\n", (0, 0))] {
        let mut request = fixture.request(&truth, &calls);
        request.sets.confident = Some(fixture.write("confident.bed", bed));
        let counts = all(&request);
        assert_eq!((counts.tp, counts.tp_call), expected, "{bed}");
        assert_eq!((counts.fp, counts.fn_), (0, 0), "{bed}");
    }
}
