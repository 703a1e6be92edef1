//! Precision and recall as the least score goes down.

use serde::Serialize;

use crate::{
    Counts,
    class::Class,
    counts::harmonic,
    types::{TypeCounts, belongs},
};

/// Types that have a curve.
const CURVES: [&str; 3] = ["SNV", "INDEL", "ALL"];
/// Points of a curve at most.
const MAX_POINTS: usize = 1000;

/// A call that counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scored {
    /// Not a number where the call has none.
    pub(crate) score: f32,
    /// True variants that it counts for; `None` if it is wrong.
    pub(crate) weight: Option<f32>,
    pub(crate) class: Class,
}

/// The curve of one type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// `SNV`, `INDEL` or `ALL`.
    #[serde(rename = "type")]
    pub name: String,
    /// From the surest calls to all; at most 1,000.
    pub points: Vec<CurvePoint>,
}

/// What would be counted if only calls of a score or higher were taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The score; `None` for calls without one, which come last.
    pub score: Option<f32>,
    /// True variants found, which calls of that type count for.
    pub tp: f64,
    /// Calls that are right.
    pub tp_call: u64,
    /// Calls that are not.
    pub fp: u64,
    /// True variants missed.
    pub fn_: f64,
    /// Share of the calls that are right.
    pub precision: f64,
    /// Share of the true variants that were found.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
}

/// The curves of all calls.
pub(crate) fn curves(mut calls: Vec<Scored>, types: &[TypeCounts]) -> Vec<Curve> {
    // Calls without a score are the least sure.
    let key = |call: &Scored| if call.score.is_nan() { f32::NEG_INFINITY } else { call.score };
    calls.sort_by(|a, b| key(b).total_cmp(&key(a)));
    CURVES
        .iter()
        .map(|name| {
            let of = |call: &&Scored| belongs(call.class, name);
            let counts = types.iter().find(|row| row.name == *name).map(|row| row.counts);
            let points = points(calls.iter().filter(of), &counts.unwrap_or_default());
            Curve { name: (*name).to_owned(), points }
        })
        .collect()
}

/// A point behind the calls of each score. Calls and true variants of one type may be written as
/// another by the other set; so that all calls together find what was found, their weights are
/// scaled.
fn points<'a>(calls: impl Iterator<Item = &'a Scored> + Clone, all: &Counts) -> Vec<CurvePoint> {
    let weight: f64 = calls.clone().filter_map(|call| call.weight).map(f64::from).sum();
    let scale = if weight > 0.0 { all.tp as f64 / weight } else { 0.0 };
    let truths = (all.tp + all.fn_) as f64;
    let mut points: Vec<CurvePoint> = Vec::new();
    let (mut found, mut right, mut wrong) = (0.0, 0, 0);
    for call in calls {
        match call.weight {
            Some(weight) => {
                found += f64::from(weight) * scale;
                right += 1;
            }
            None => wrong += 1,
        }
        let tp = f64::min(found, truths);
        let precision = right as f64 / (right + wrong) as f64;
        let recall = if truths > 0.0 { tp / truths } else { 0.0 };
        let score = (!call.score.is_nan()).then_some(call.score);
        let f1 = harmonic(precision, recall);
        let point = CurvePoint {
            score,
            tp,
            tp_call: right,
            fp: wrong,
            fn_: truths - tp,
            precision,
            recall,
            f1,
        };
        match points.last_mut() {
            Some(last) if last.score == score => *last = point,
            _ => points.push(point),
        }
    }
    thinned(points)
}

/// Some of the points, evenly by their number, the first and the last among them.
fn thinned(points: Vec<CurvePoint>) -> Vec<CurvePoint> {
    if points.len() <= MAX_POINTS {
        return points;
    }
    let last = points.len() - 1;
    (0..MAX_POINTS).map(|i| points[i * last / (MAX_POINTS - 1)]).collect()
}
