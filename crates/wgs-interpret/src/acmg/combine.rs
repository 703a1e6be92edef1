//! Points and what they come to.

use wgs_formats::findings::{Classification, Criterion, Strength};

/// The sum of the points and the class: pathogenic from 10 on, likely pathogenic from 6, likely
/// benign below 0, benign from -7 down; BA1 decides alone.
pub(crate) fn classify(criteria: &[Criterion]) -> (i32, Classification) {
    let points = criteria.iter().map(|criterion| criterion.points).sum();
    let alone = criteria.iter().any(|criterion| criterion.strength == Strength::StandAlone);
    let class = match points {
        _ if alone => Classification::Benign,
        10.. => Classification::Pathogenic,
        6..=9 => Classification::LikelyPathogenic,
        0..=5 => Classification::UncertainSignificance,
        -6..=-1 => Classification::LikelyBenign,
        _ => Classification::Benign,
    };
    (points, class)
}
