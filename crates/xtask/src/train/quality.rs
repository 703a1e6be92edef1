//! How well probabilities hold: whether of the calls that are said to be true in nine of ten cases
//! nine of ten are.

use wgs_smallvar::filter::model::{Judgement, Model};

use super::labels::Labelled;

/// Lower ends of the bins of VQ. The second is where calls begin to pass.
const BINS: [f64; 8] = [0.0, 3.0103, 6.0, 10.0, 15.0, 20.0, 30.0, 40.0];

/// A call that was judged.
type Judged = (Judgement, bool);

/// What models make of calls: a line for each, and a table of the calls by the VQ of the last.
pub(super) fn report(kind: &str, models: &[&Model], calls: &[&Labelled]) -> String {
    let is_false = calls.iter().filter(|call| !call.is_true).count();
    let mut text = format!(
        "\n{kind}: {} calls, {is_false} of them false\n\n| model | area under the ROC curve | Brier's \
         score | log loss |\n|---|--:|--:|--:|\n",
        calls.len()
    );
    let mut judged = Vec::new();
    for model in models {
        judged = judge(model, calls);
        text += &scores(&label(model), &judged);
    }
    text += "\n| VQ | calls | false | expected false | precision | expected precision |\n\
             |---|--:|--:|--:|--:|--:|\n";
    text + &(0..BINS.len()).map(|bin| row(bin, &judged)).collect::<String>()
}

/// Name and digest of a model.
pub(super) fn label(model: &Model) -> String {
    format!("{} {}", model.name, &model.sha256()[..8])
}

/// The calls in the order of their probability.
fn judge(model: &Model, calls: &[&Labelled]) -> Vec<Judged> {
    let mut judged: Vec<Judged> =
        calls.iter().map(|call| (model.judge(&call.features), call.is_true)).collect();
    judged.sort_by(|a, b| a.0.probability.total_cmp(&b.0.probability));
    judged
}

fn scores(model: &str, judged: &[Judged]) -> String {
    let n = (judged.len() as f64).max(1.0);
    let of_label = |(judgement, is_true): &Judged| match is_true {
        true => judgement.probability,
        false => 1.0 - judgement.probability,
    };
    let brier = judged.iter().map(|call| (1.0 - of_label(call)).powi(2)).sum::<f64>() / n;
    let loss =
        judged.iter().map(|call| -of_label(call).max(f64::MIN_POSITIVE).ln()).sum::<f64>() / n;
    let area = area(judged).map_or("-".to_owned(), |area| format!("{area:.4}"));
    format!("| {model} | {area} | {brier:.6} | {loss:.6} |\n")
}

fn row(bin: usize, judged: &[Judged]) -> String {
    let (from, to) = (BINS[bin], BINS.get(bin + 1).copied().unwrap_or(f64::INFINITY));
    let calls = judged.iter().filter(|(judgement, _)| (from..to).contains(&judgement.phred()));
    let (n, is_false, expected) =
        calls.fold((0u32, 0u32, 0.0), |(n, is_false, expected), (judgement, is_true)| {
            (n + 1, is_false + u32::from(!is_true), expected + 1.0 - judgement.probability)
        });
    let of_all = |wrong: f64| match n {
        0 => "-".to_owned(),
        _ => format!("{:.4}", 1.0 - wrong / f64::from(n)),
    };
    let range = if to.is_finite() { format!("{from:.0}-{to:.0}") } else { format!("{from:.0}-") };
    format!(
        "| {range} | {n} | {is_false} | {expected:.1} | {} | {} |\n",
        of_all(f64::from(is_false)),
        of_all(expected)
    )
}

/// Probability that a true call is above a false one; ties count half. `None` if there are no two to
/// compare. `judged` ascends.
fn area(judged: &[Judged]) -> Option<f64> {
    let (mut below, mut sum) = (0.0, 0.0);
    for group in judged.chunk_by(|a, b| a.0.probability == b.0.probability) {
        let is_true = group.iter().filter(|(_, is_true)| *is_true).count() as f64;
        let is_false = group.len() as f64 - is_true;
        sum += is_true * (below + is_false / 2.0);
        below += is_false;
    }
    let all_true = judged.iter().filter(|(_, is_true)| *is_true).count() as f64;
    (all_true * below > 0.0).then(|| sum / (all_true * below))
}

#[cfg(test)]
mod tests {
    use wgs_smallvar::filter::{
        features::{Feature, Features},
        model::{FORMAT, Odds, Term},
    };

    use super::*;

    fn judged(calls: &[(f64, bool)]) -> Vec<Judged> {
        let judgement = |probability| Judgement { probability, reasons: Vec::new() };
        calls.iter().map(|&(p, is_true)| (judgement(p), is_true)).collect()
    }

    #[test]
    fn the_area_by_hand() {
        let area = |calls: &[(f64, bool)]| area(&judged(calls));
        assert_eq!(area(&[(0.1, false), (0.9, true)]), Some(1.0));
        assert_eq!(area(&[(0.1, true), (0.9, false)]), Some(0.0));
        assert_eq!(area(&[(0.5, true), (0.5, false)]), Some(0.5));
        assert_eq!(area(&[(0.1, false), (0.2, true), (0.3, false), (0.4, true)]), Some(0.75));
        assert_eq!(area(&[(0.1, true), (0.2, true)]), None);
    }

    #[test]
    fn bins_hold_calls_and_what_is_expected_of_them() {
        let judged = judged(&[(0.4, false), (0.95, true), (0.95, true), (0.96, false)]);
        assert_eq!(row(0, &judged), "| 0-3 | 1 | 1 | 0.6 | 0.0000 | 0.4000 |\n");
        assert_eq!(row(3, &judged), "| 10-15 | 3 | 1 | 0.1 | 0.6667 | 0.9533 |\n");
        assert_eq!(row(7, &judged), "| 40- | 0 | 0 | 0.0 | - | - |\n");
    }

    #[test]
    fn a_report_counts_each_call_once() {
        let term = Term { feature: Feature::Quality, knots: vec![50.0, 10.0], losses: vec![9.0] };
        let odds = Odds { intercept: 6.0, min_probability: 0.5, terms: vec![term] };
        let model = Model { format: FORMAT, name: "t".into(), snv: odds.clone(), indel: odds };
        let call = |quality, is_true| Labelled {
            features: Features { is_snv: true, quality: Some(quality), ..Features::default() },
            is_true,
        };
        let calls = [call(99.0, true), call(5.0, false), call(30.0, true)];
        let text = report("SNV", &[&model], &calls.iter().collect::<Vec<_>>());
        assert!(text.starts_with("\nSNV: 3 calls, 1 of them false\n"), "{text}");
        assert!(text.contains(&format!("| t {} | 1.0000 |", &model.sha256()[..8])), "{text}");
        let in_bins: u32 = text
            .lines()
            .skip_while(|line| !line.starts_with("| VQ"))
            .filter_map(|line| line.split('|').nth(2)?.trim().parse::<u32>().ok())
            .sum();
        assert_eq!(in_bins, 3, "{text}");
    }
}
