use wgs_core::ContigIndex;

use super::*;
use crate::Difference;

/// Exons 100-200 and 300-400 (0-based, half-open); the intron between is `[200, 300)`.
fn transcript(strand: Strand) -> Transcript {
    let mut exons: Vec<Interval0> =
        [(100, 200), (300, 400)].map(|(s, e)| Interval0::new(s, e).unwrap()).to_vec();
    if strand == Strand::Reverse {
        exons.reverse();
    }
    Transcript {
        accession: "T".into(),
        feature: "T".into(),
        gene: "G".into(),
        symbol: String::new(),
        hgnc: None,
        biotype: "lncRNA".into(),
        contig: ContigIndex(0),
        strand,
        exons,
        coding: Vec::new(),
        phase: 0,
        protein: None,
        canonical: true,
        mane: None,
        counterpart: None,
        coding_start_missing: false,
        coding_end_missing: false,
        selenocysteines: Vec::new(),
        difference: Difference::None,
    }
}

/// The terms of a change of `[start, end)`, both counted from the intron's first base in the
/// direction of the strand: -1 is the exon's last base.
fn terms(strand: Strand, start: i64, end: i64) -> String {
    let (start, end) = match strand {
        Strand::Forward => (200 + start, 200 + end),
        Strand::Reverse => (300 - end, 300 - start),
    };
    let found = positional(&transcript(strand), &[Footprint { start, end }]);
    let mut terms: Vec<Term> = found.canonical.into_iter().chain(found.around).collect();
    terms.extend(found.intron.then_some(Term::INTRON));
    terms.sort_unstable();
    terms.iter().map(|t| t.name().trim_end_matches("_variant")).collect::<Vec<_>>().join(" ")
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
        let mut short = transcript(Strand::Forward);
        short.exons[1] = Interval0::new(200 + gap, 400).unwrap();
        let found = positional(&short, &[Footprint { start: 205, end: 206 }]);
        assert_eq!(found.intron, is_intron);
        assert_eq!(found.around.is_empty(), !is_intron);
    }
}

#[test]
fn far_introns_do_not_count_and_all_near_ones_do() {
    let mut many = transcript(Strand::Forward);
    many.exons = (0..50).map(|i| Interval0::new(i * 100, i * 100 + 60).unwrap()).collect();
    for i in 0..49 {
        let start = i64::from(i) * 100 + 60;
        let found = positional(&many, &[Footprint { start, end: start + 1 }]);
        assert_eq!(found.canonical, [Term::SPLICE_DONOR]);
        let found = positional(&many, &[Footprint { start: start + 39, end: start + 40 }]);
        assert_eq!(found.canonical, [Term::SPLICE_ACCEPTOR]);
        let found = positional(&many, &[Footprint { start: start - 30, end: start - 29 }]);
        assert!(found.exon && found.canonical.is_empty() && !found.intron);
    }
}

#[test]
fn bases_that_stay_the_same_are_no_part_of_a_change() {
    let parts = footprints(10, b"ACGTA", b"TCGAG");
    let expected = [(10, 11), (13, 15)].map(|(start, end)| Footprint { start, end });
    assert_eq!(parts, expected);
    assert_eq!(footprints(10, b"", b"TT"), [Footprint { start: 10, end: 10 }]);
    assert_eq!(footprints(10, b"ACG", b"TC"), [Footprint { start: 10, end: 13 }]);
}
