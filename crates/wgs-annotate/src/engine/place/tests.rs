use wgs_core::ContigIndex;

use super::*;
use crate::Strand;

/// Exons 100-200 and 300-400 (0-based, half-open); the intron between is `[200, 300)`.
fn locus(strand: Strand) -> Locus {
    Locus::bare(strand, &[(100, 200), (300, 400)])
}

/// A change of `[start, end)`: a substitution, a deletion, or an insertion.
fn change(start: i64, end: i64) -> Change {
    let reference = vec![b'A'; (end - start) as usize];
    let alternate: &[u8] = if end - start > 1 { b"" } else { b"C" };
    Change::new(ContigIndex(0), start as u32, &reference, alternate)
}

/// The terms of a change of `[start, end)`, both counted from the intron's first base in the
/// direction of the strand: -1 is the exon's last base.
fn terms(strand: Strand, start: i64, end: i64) -> String {
    let (start, end) = match strand {
        Strand::Forward => (200 + start, 200 + end),
        Strand::Reverse => (300 - end, 300 - start),
    };
    let place = Place::of(&locus(strand), &change(start, end)).expect("it overlaps");
    let mut terms = place.splicing;
    terms.add_if(place.intronic, Term::INTRON);
    let names = terms.iter().map(|term| term.name().trim_end_matches("_variant"));
    names.collect::<Vec<_>>().join(" ")
}

/// `name`: base by base, from the exon's fourth last base to the intron's middle, what VEP 116
/// gives a substitution there.
#[test]
fn every_base_of_the_donor_side() {
    for strand in [Strand::Forward, Strand::Reverse] {
        for (base, expected) in [
            (-4, ""),
            (-3, "splice_region"),
            (-1, "splice_region"),
            (0, "splice_donor"),
            (1, "splice_donor"),
            (2, "splice_donor_region intron"),
            (3, "splice_donor_region intron"),
            (4, "splice_donor_5th_base intron"),
            (5, "splice_donor_region intron"),
            (6, "splice_region intron"),
            (7, "splice_region intron"),
            (8, "intron"),
            (50, "intron"),
        ] {
            assert_eq!(terms(strand, base, base + 1), expected, "{strand:?} {base}");
        }
    }
}

#[test]
fn every_base_of_the_acceptor_side() {
    for strand in [Strand::Forward, Strand::Reverse] {
        for (base, expected) in [
            (82, "intron"),
            (83, "splice_polypyrimidine_tract intron"),
            (91, "splice_polypyrimidine_tract intron"),
            (92, "splice_region splice_polypyrimidine_tract intron"),
            (97, "splice_region splice_polypyrimidine_tract intron"),
            (98, "splice_acceptor"),
            (99, "splice_acceptor"),
            (100, "splice_region"),
            (102, "splice_region"),
            (103, ""),
        ] {
            assert_eq!(terms(strand, base, base + 1), expected, "{strand:?} {base}");
        }
    }
}

/// The same places as in TP53 and BRCA2, whose insertions VEP 116 annotates so.
#[test]
fn insertions_by_their_neighbours() {
    for strand in [Strand::Forward, Strand::Reverse] {
        for (before, expected) in [
            (-3, ""),
            (0, "splice_region"),
            (1, "splice_donor"),
            (2, "splice_region intron"),
            (3, "splice_donor_region intron"),
            (8, "intron"),
            (82, "intron"),
            (83, "splice_polypyrimidine_tract intron"),
            (98, "splice_region splice_polypyrimidine_tract intron"),
            (99, "splice_acceptor"),
            (100, "splice_region"),
            (101, "splice_region"),
            (103, ""),
        ] {
            assert_eq!(terms(strand, before, before), expected, "{strand:?} {before}");
        }
    }
}

#[test]
fn deletions_over_several_places() {
    for strand in [Strand::Forward, Strand::Reverse] {
        assert_eq!(terms(strand, -2, 3), "splice_donor splice_donor_region intron");
        assert_eq!(terms(strand, 1, 5), "splice_donor splice_donor_5th_base intron");
        assert_eq!(terms(strand, 96, 101), "splice_acceptor intron");
        assert_eq!(terms(strand, 90, 98), "splice_region splice_polypyrimidine_tract intron");
        let all = "splice_acceptor splice_donor splice_donor_5th_base intron";
        assert_eq!(terms(strand, -10, 110), all);
    }
}

#[test]
fn gaps_of_13_bases_are_no_introns() {
    for (gap, is_intron) in [(13, false), (14, true)] {
        let close = Locus::bare(Strand::Forward, &[(100, 200), (200 + gap, 400)]);
        let place = Place::of(&close, &change(205, 206)).unwrap();
        assert_eq!((place.intronic, place.gap), (is_intron, !is_intron));
        assert_eq!(place.splicing.is_empty(), !is_intron);
        assert_eq!(place.exon, !is_intron, "exons reach over gaps");
    }
}

#[test]
fn far_introns_do_not_count_and_all_near_ones_do() {
    let exons: Vec<(i64, i64)> = (0..50).map(|i| (i * 100, i * 100 + 60)).collect();
    let many = Locus::bare(Strand::Forward, &exons);
    for i in 0..49 {
        let start = i * 100 + 60;
        let of = |start| Place::of(&many, &change(start, start + 1)).unwrap();
        assert_eq!(of(start).splicing, Terms::from(Term::SPLICE_DONOR));
        assert_eq!(of(start + 39).splicing, Terms::from(Term::SPLICE_ACCEPTOR));
        let inside = of(start - 30);
        assert!(inside.exon && inside.splicing.is_empty() && !inside.intronic);
        let number = i as u32 + 1;
        let numbers = Numbers { first: number, last: number, total: 50 };
        assert_eq!((inside.exon_numbers, inside.intron_numbers), (Some(numbers), None));
        let numbers = Numbers { total: 49, ..numbers };
        assert_eq!(
            (of(start + 20).exon_numbers, of(start + 20).intron_numbers),
            (None, Some(numbers))
        );
    }
    let several = Place::of(&many, &change(250, 470)).unwrap();
    assert_eq!(several.exon_numbers, Some(Numbers { first: 3, last: 5, total: 50 }));
    assert_eq!(several.intron_numbers, Some(Numbers { first: 3, last: 5, total: 49 }));
}

#[test]
fn exons_are_numbered_in_the_direction_of_the_transcript() {
    let place = Place::of(&locus(Strand::Reverse), &change(150, 151)).unwrap();
    assert_eq!(place.exon_numbers, Some(Numbers { first: 2, last: 2, total: 2 }));
    assert!(!place.complete && place.within_exon);
    assert_eq!(Place::of(&locus(Strand::Reverse), &change(400, 401)), None);
    assert!(Place::of(&locus(Strand::Reverse), &change(90, 410)).unwrap().complete);
}

#[test]
fn bases_that_stay_the_same_are_no_part_of_a_change() {
    let parts = |reference: &[u8], alternate: &[u8]| {
        let parts = footprints(&Change::new(ContigIndex(0), 10, reference, alternate));
        parts.into_iter().map(|part| (part.start, part.end)).collect::<Vec<_>>()
    };
    assert_eq!(parts(b"ACGTA", b"TCGAG"), [(10, 11), (13, 15)]);
    assert_eq!(parts(b"", b"TT"), [(10, 10)]);
    assert_eq!(parts(b"ACG", b""), [(10, 13)]);
    assert_eq!(parts(b"ACG", b"TC"), [(10, 11), (12, 13)]);
    assert_eq!(parts(b"AC", b"TCG"), [(10, 11), (12, 13)]);
}
