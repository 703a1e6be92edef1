//! One set of haplotypes, written in different ways.

use proptest::prelude::*;
use wgs_testkit::Random;

use crate::fixture::{Fixture, Variant, triple};

/// Writes variants in other ways: indels moved to the right, bases shared with the reference added,
/// blocks of substitutions taken apart. Stays clear of the variant that follows.
fn rewritten(fixture: &Fixture, variants: &[Variant], random: &mut Random) -> Vec<Variant> {
    let mut out = Vec::new();
    for (index, variant) in variants.iter().enumerate() {
        let next = variants.get(index + 1).map_or(fixture.bases.len(), |v| v.start);
        let (reference, alternate) = (&variant.reference, &variant.alternates[0]);
        if reference.len() == alternate.len() && random.chance(0.5) {
            let pairs = reference.chars().zip(alternate.chars()).enumerate();
            out.extend(pairs.filter(|(_, (r, a))| r != a).map(|(i, (r, a))| {
                Variant::new(variant.start + i, &r.to_string(), &a.to_string(), &variant.genotype)
            }));
            continue;
        }
        let mut moved = variant.clone();
        while moved.reference.len() != moved.alternates[0].len()
            && moved.end() + 1 < next
            && random.chance(0.9)
            && let Some(further) = one_to_the_right(fixture, &moved)
        {
            moved = further;
        }
        let padding = random.below(4) as usize;
        let padding = padding.min(next.saturating_sub(moved.end()));
        let tail = fixture.part(moved.end()..moved.end() + padding);
        moved.alternates[0].push_str(tail);
        moved.reference.push_str(tail);
        out.push(moved);
    }
    out
}

/// The same insertion or deletion, anchored one base later, if it can be.
fn one_to_the_right(fixture: &Fixture, variant: &Variant) -> Option<Variant> {
    let (reference, alternate) = (&variant.reference, &variant.alternates[0]);
    let next = fixture.bases.as_bytes()[variant.end()] as char;
    let longer = if reference.len() > alternate.len() { reference } else { alternate };
    if longer.as_bytes()[1] as char != next || reference.len().min(alternate.len()) > 1 {
        return None;
    }
    let moved = format!("{}{next}", &longer[1..]);
    let anchor = &moved[..1];
    let start = variant.start + 1;
    Some(if reference.len() > alternate.len() {
        Variant::new(start, &moved, anchor, &variant.genotype)
    } else {
        Variant::new(start, anchor, &moved, &variant.genotype)
    })
}

/// Leaves out, flips, adds: a set with errors.
fn with_errors(fixture: &Fixture, variants: &[Variant], random: &mut Random) -> Vec<Variant> {
    let mut out = fixture.variants(random, 150..400);
    for variant in variants {
        let mut variant = variant.clone();
        match random.below(6) {
            0 => continue,
            1 => variant.genotype = random.pick(&["0/1", "1/1", "./1"]).to_string(),
            _ => {}
        }
        if !out.iter().any(|o| o.start <= variant.end() && variant.start <= o.end()) {
            out.push(variant);
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn a_set_equals_itself_however_it_is_written(seed in 0u64..1_000_000, gap in 2u32..40) {
        let fixture = Fixture::random(seed, 1500);
        let mut random = Random::new(seed, "variants");
        let truth = fixture.variants(&mut random, 2..gap + 2);
        let calls = rewritten(&fixture, &truth, &mut random);
        let counts = fixture.counts(&truth, &calls);
        prop_assert_eq!(triple(counts), (truth.len() as u64, 0, 0));
        prop_assert_eq!(counts.tp_call, calls.len() as u64);
    }

    #[test]
    fn exchanging_the_sets_exchanges_wrong_and_missed(seed in 0u64..1_000_000) {
        let fixture = Fixture::random(seed, 1500);
        let mut random = Random::new(seed, "variants");
        let truth = fixture.variants(&mut random, 2..40);
        let calls = with_errors(&fixture, &truth, &mut random);
        let calls = if random.chance(0.5) { rewritten(&fixture, &sorted(calls), &mut random) } else { calls };
        let (there, back) = (fixture.counts(&truth, &calls), fixture.counts(&calls, &truth));
        prop_assert_eq!((there.fp, there.fn_), (back.fn_, back.fp));
        prop_assert_eq!((there.tp, there.tp_call), (back.tp_call, back.tp));
        prop_assert_eq!(there.tp + there.fn_, truth.len() as u64);
        prop_assert_eq!(there.tp_call + there.fp, calls.len() as u64);
    }
}

fn sorted(mut variants: Vec<Variant>) -> Vec<Variant> {
    variants.sort();
    variants
}

#[test]
fn a_block_counts_as_the_true_variants_that_it_holds() {
    let fixture = Fixture::new("GATTCGGATTACGGTTAGCT");
    let truth = [Variant::new(4, "C", "T", "1/1"), Variant::new(5, "G", "A", "1/1")];
    let calls = [Variant::new(4, "CG", "TA", "1/1")];
    let counts = fixture.counts(&truth, &calls);
    assert_eq!((counts.tp, counts.tp_call, counts.fp, counts.fn_), (2, 1, 0, 0));
    // In phase with each other, they are no block when they lie on different haplotypes.
    let apart = [Variant::new(4, "C", "T", "0/1"), Variant::new(5, "G", "A", "0/1")];
    let block = [Variant::new(4, "CG", "TA", "0/1")];
    assert_eq!(triple(fixture.counts(&apart, &block)), (2, 0, 0), "the phase is free");
}
