//! One change of the calls changes the counts by one.

use wgs_testkit::Random;

use crate::fixture::{Fixture, Variant, triple};

/// Sixty variants or so, far enough from each other not to be written as one another.
fn example(seed: u64) -> (Fixture, Vec<Variant>, Random) {
    let fixture = Fixture::random(seed, 4000);
    let mut random = Random::new(seed, "variants");
    let variants = fixture.variants(&mut random, 30..90);
    assert!(variants.len() > 40);
    (fixture, variants, random)
}

#[test]
fn a_flipped_genotype_is_one_wrong_and_one_missed() {
    let (fixture, truth, _) = example(1);
    let n = truth.len() as u64;
    assert_eq!(triple(fixture.counts(&truth, &truth)), (n, 0, 0));
    for index in 0..truth.len() {
        let mut calls = truth.clone();
        let homozygous = calls[index].genotype == "1/1";
        calls[index].genotype = if homozygous { "0/1" } else { "1/1" }.to_owned();
        let counts = fixture.counts(&truth, &calls);
        assert_eq!(triple(counts), (n - 1, 1, 1), "{:?}", truth[index]);
        assert_eq!(counts.fp_genotype, 1);
    }
}

#[test]
fn a_dropped_record_is_one_missed() {
    let (fixture, truth, _) = example(2);
    for index in 0..truth.len() {
        let mut calls = truth.clone();
        calls.remove(index);
        let counts = fixture.counts(&truth, &calls);
        assert_eq!(triple(counts), (calls.len() as u64, 0, 1), "{:?}", truth[index]);
    }
}

#[test]
fn an_extra_record_is_one_wrong() {
    let (fixture, truth, mut random) = example(3);
    for pair in truth.windows(2) {
        let at = (pair[0].end() + pair[1].start) / 2;
        let reference = fixture.part(at..at + 1);
        let alternate = (random.other_base(reference.as_bytes()[0]) as char).to_string();
        let mut calls = truth.clone();
        calls.push(Variant::new(at, reference, &alternate, "0/1"));
        assert_eq!(triple(fixture.counts(&truth, &calls)), (truth.len() as u64, 1, 0), "{at}");
    }
    // A second time the same record is wrong as well.
    for variant in &truth {
        let mut calls = truth.clone();
        calls.push(variant.clone());
        assert_eq!(triple(fixture.counts(&truth, &calls)), (truth.len() as u64, 1, 0));
    }
}

#[test]
fn another_base_is_one_wrong_and_one_missed() {
    let (fixture, truth, mut random) = example(4);
    for (index, variant) in truth.iter().enumerate() {
        if variant.reference.len() + variant.alternates[0].len() > 2 {
            continue;
        }
        let mut calls = truth.clone();
        let taken = [variant.reference.as_bytes()[0], variant.alternates[0].as_bytes()[0]];
        let base = loop {
            let base = random.base(0.5);
            if !taken.contains(&base) {
                break base;
            }
        };
        calls[index].alternates = vec![(base as char).to_string()];
        let counts = fixture.counts(&truth, &calls);
        assert_eq!(triple(counts), (truth.len() as u64 - 1, 1, 1));
        assert_eq!((counts.fp_allele, counts.fp_genotype), (1, 0));
    }
}

#[test]
fn an_indel_at_a_wrong_place_is_one_wrong_and_one_missed_elsewhere_in_its_repeat_none() {
    // Five CA from 20 on, between bases that belong to no repeat.
    let bases = format!("{}{}{}", "GATTCGGATTACGGTTAGCT", "CACACACACA", "GGTTCATGCCATAGGCTTAACG");
    let fixture = Fixture::new(&bases);
    let deletion = |start: usize| {
        Variant::new(start, fixture.part(start..start + 3), fixture.part(start..start + 1), "0/1")
    };
    let truth = [deletion(19)];
    for start in 10..40 {
        let counts = fixture.counts(&truth, &[deletion(start)]);
        // The base before a repeat and each base in it but the last two begin the same deletion.
        let same = (19..=27).contains(&start);
        assert_eq!(triple(counts), if same { (1, 0, 0) } else { (0, 1, 1) }, "{start}");
    }
}
