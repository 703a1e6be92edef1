//! What the model may take away from the odds of a call, and how much it takes before it has seen
//! any data: where simulated reads have no such fault, this is what stays.

use wgs_smallvar::filter::{
    features::Feature::{
        self, AmbiguousShare, BaseQualityZ, CandidateDistance, ClippedShare, Depth, DepthRatio,
        ExcessMismatches, FisherStrand, Homopolymer, Imbalance, MappingQuality, MappingQualityZ,
        Quality, QualityByDepth, ReadPositionZ, StrandOddsRatio, TandemRepeat, UnmappableShare,
    },
    model::Term,
};

/// Features, their knots from good to bad, and the expected loss from each knot to the next.
const TERMS: [(Feature, &[f64], f64); 18] = [
    (Quality, &[90.0, 50.0, 35.0, 25.0, 18.0, 13.0, 8.0, 3.0], 0.4),
    (QualityByDepth, &[10.0, 5.0, 2.5, 1.2, 0.6, 0.3], 0.5),
    (Depth, &[10.0, 7.0, 5.0, 3.0, 1.0], 0.3),
    (MappingQuality, &[58.0, 50.0, 40.0, 30.0, 20.0], 0.4),
    (MappingQualityZ, &[-2.5, -6.0, -10.0], 0.6),
    (AmbiguousShare, &[0.05, 0.3, 0.6, 0.9], 0.4),
    (UnmappableShare, &[0.05, 0.3, 0.6, 0.9], 0.3),
    (FisherStrand, &[10.0, 25.0, 45.0, 70.0, 120.0], 1.2),
    (StrandOddsRatio, &[2.5, 3.5, 5.0, 8.0], 0.5),
    (BaseQualityZ, &[-2.5, -4.0, -6.0, -9.0], 1.0),
    (ReadPositionZ, &[-2.5, -4.0, -6.0, -9.0], 1.0),
    (Imbalance, &[8.0, 15.0, 25.0, 40.0, 60.0], 1.0),
    (ExcessMismatches, &[1.5, 3.0, 5.0, 8.0], 0.8),
    (ClippedShare, &[0.2, 0.5, 0.8, 1.0], 0.4),
    (CandidateDistance, &[40.0, 15.0, 5.0, 1.0], 0.1),
    (Homopolymer, &[6.0, 9.0, 12.0, 16.0, 22.0], 0.3),
    (TandemRepeat, &[12.0, 20.0, 30.0, 45.0], 0.3),
    (DepthRatio, &[1.4, 1.8, 2.5, 4.0], 0.8),
];

/// The terms with what is expected of them.
pub(super) fn all() -> Vec<Term> {
    let term = |&(feature, knots, expected): &(Feature, &[f64], f64)| Term {
        feature,
        knots: knots.to_vec(),
        losses: vec![expected; knots.len() - 1],
    };
    TERMS.iter().map(term).collect()
}
