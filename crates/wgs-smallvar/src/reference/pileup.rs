//! What the aligned bases at each place say against any substitution there.

use std::collections::HashMap;

use wgs_core::Interval0;

use super::BaseConfidence;
use crate::{
    read::{Read, Segment},
    stretch::Stretch,
};

/// Largest belief in a base, Phred-scaled.
const MAX_BASE_QUALITY: u8 = 45;

/// What a base of a quality adds to the two figures of a place.
#[derive(Clone, Copy, Debug, Default)]
struct Say {
    one: f32,
    all: f32,
}

/// The words of bases that are as the reference, and of those that are not, by quality.
struct Says {
    same: Vec<Say>,
    other: Vec<Say>,
}

impl Says {
    fn new() -> Self {
        let phred = |ratio: f64| (-10.0 * ratio.log10()) as f32;
        let errors = (0..=MAX_BASE_QUALITY).map(|q| 10f64.powf(-f64::from(q.max(1)) / 10.0));
        let of = |own: fn(f64) -> f64, others: fn(f64) -> f64| {
            let say = |e: f64| Say {
                one: phred(0.5 * (own(e) + others(e)) / own(e)),
                all: phred(others(e) / own(e)),
            };
            errors.clone().map(say).collect()
        };
        // A base that differs is taken for the other allele's, whichever of the three it is.
        Self { same: of(|e| 1.0 - e, |e| e / 3.0), other: of(|e| e / 3.0, |e| 1.0 - e) }
    }
}

/// Confidence in the reference's bases against substitutions. Bases below `min_base_quality` and
/// places where the reference is not known have no say.
pub fn against_substitutions(
    reads: &[Read],
    reference: &Stretch,
    interval: Interval0,
    min_base_quality: u8,
) -> Vec<BaseConfidence> {
    let says = Says::new();
    let mut places = vec![BaseConfidence::default(); interval.len() as usize];
    let mut shown_to: HashMap<u64, u32> = HashMap::with_capacity(reads.len());
    for read in reads {
        let shown = shown_to.entry(read.fragment()).or_insert(0);
        let from = (*shown).max(interval.start());
        *shown = (*shown).max(read.end());
        for segment in read.segments() {
            add(&mut places, read, segment, from, reference, interval, &says, min_base_quality);
        }
    }
    places
}

/// Lets an aligned part of a read speak, from a place on.
#[expect(clippy::too_many_arguments, reason = "the inner loop of one function")]
fn add(
    places: &mut [BaseConfidence],
    read: &Read,
    segment: Segment,
    from: u32,
    reference: &Stretch,
    interval: Interval0,
    says: &Says,
    min_base_quality: u8,
) {
    let start = segment.reference.max(from);
    let end = (segment.reference + segment.len as u32).min(interval.end());
    if start >= end {
        return;
    }
    let expected = reference.slice(start, end);
    let offset = segment.offset + (start - segment.reference) as usize;
    let bases = &read.bases()[offset..offset + expected.len()];
    let quals = &read.quals()[offset..offset + expected.len()];
    let places = &mut places[(start - interval.start()) as usize..];
    let most = read.mapq().min(MAX_BASE_QUALITY);
    for (((place, &expected), &base), &quality) in
        places.iter_mut().zip(expected).zip(bases).zip(quals)
    {
        if quality < min_base_quality || expected == b'N' {
            continue;
        }
        let quality = usize::from(quality.min(most));
        let say = match base {
            _ if base == expected => says.same[quality],
            b'A' | b'C' | b'G' | b'T' => says.other[quality],
            _ => continue,
        };
        place.depth += 1;
        place.one += say.one;
        place.all += say.all;
    }
}
