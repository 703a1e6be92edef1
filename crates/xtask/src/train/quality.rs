//! How well probabilities hold: whether of the calls that are said to be true in nine of ten cases
//! nine of ten are.

use wgs_smallvar::filter::model::{FORMAT, Model, Odds};

use super::labels::Labelled;

/// Upper ends of the bins of the reliability table.
const BINS: [f64; 7] = [0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0];

/// A table of calls by their probability, with Brier's score and the area under the ROC curve.
pub(super) fn report(odds: &Odds, calls: &[&Labelled]) -> String {
    let model =
        Model { format: FORMAT, name: String::new(), snv: odds.clone(), indel: odds.clone() };
    let mut judged: Vec<(f64, bool)> =
        calls.iter().map(|call| (model.judge(&call.features).probability, call.is_true)).collect();
    judged.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut text = "probability\tcalls\texpected_true\ttrue\n".to_owned();
    let mut from = 0.0;
    for to in BINS {
        let bin = judged.iter().filter(|(p, _)| *p <= to && (*p > from || from == 0.0));
        let (n, expected, is_true) = bin
            .fold((0, 0.0, 0), |(n, sum, t), (p, label)| (n + 1, sum + p, t + usize::from(*label)));
        text += &format!("{from}-{to}\t{n}\t{expected:.1}\t{is_true}\n");
        from = to;
    }
    let error = |&(p, label): &(f64, bool)| (p - f64::from(u8::from(label))).powi(2);
    let brier = judged.iter().map(error).sum::<f64>() / (judged.len() as f64).max(1.0);
    let wrong = |pass: bool| {
        judged.iter().filter(|(p, label)| (*p >= 0.5) == pass && *label != pass).count()
    };
    text + &format!(
        "Brier {brier:.6}, ROC AUC {:.4}, false that pass {}, true that fail {}\n",
        area(&judged),
        wrong(true),
        wrong(false)
    )
}

/// Probability that a true call is above a false one; ties count half. `judged` ascends.
fn area(judged: &[(f64, bool)]) -> f64 {
    let (mut below, mut sum) = (0.0, 0.0);
    for group in judged.chunk_by(|a, b| a.0 == b.0) {
        let is_true = group.iter().filter(|(_, label)| *label).count() as f64;
        let is_false = group.len() as f64 - is_true;
        sum += is_true * (below + is_false / 2.0);
        below += is_false;
    }
    let all_true = judged.iter().filter(|(_, label)| *label).count() as f64;
    sum / (all_true * below).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_by_hand() {
        assert_eq!(area(&[(0.1, false), (0.9, true)]), 1.0);
        assert_eq!(area(&[(0.1, true), (0.9, false)]), 0.0);
        assert_eq!(area(&[(0.5, true), (0.5, false)]), 0.5);
        assert_eq!(area(&[(0.1, false), (0.2, true), (0.3, false), (0.4, true)]), 0.75);
    }
}
