//! Fits the filter model of germline calls to calls with a known truth.

mod fit;
mod labels;
mod quality;
mod terms;

use std::path::PathBuf;

use clap::Args;
use wgs_formats::output;
use wgs_smallvar::filter::model::{FORMAT, Model, Odds, Term};

use self::labels::Labelled;
use crate::Error;

/// Of so many stretches of [`STRETCH_BASES`] one is held out, to see how the fit holds elsewhere.
const HELD_OUT: u32 = 4;
/// Bases of the stretches that are fitted to, or held out, as a whole.
const STRETCH_BASES: u32 = 250_000;
/// Calls that are as likely true as not pass: this makes the fewest errors.
const MIN_PROBABILITY: f64 = 0.5;

/// Arguments of `cargo xtask train-filters`.
#[derive(Args, Debug)]
pub(crate) struct TrainArgs {
    /// A table (TSV): calls of `wgs-pipe call`, true variants, and the regions where they are
    /// complete; one set of calls a line.
    #[arg(long, value_name = "TSV")]
    data: PathBuf,
    /// The genome of a bundle (`BUNDLE/genome/genome.fa`).
    #[arg(long, value_name = "FASTA")]
    genome: PathBuf,
    /// Name and version of the model.
    #[arg(long, default_value = "germline-1")]
    name: String,
    /// The model file to write.
    #[arg(long, value_name = "JSON")]
    out: PathBuf,
}

/// Fits the model, writes it, and tells how well it is calibrated where it was not fitted.
pub(crate) fn run(args: &TrainArgs) -> Result<String, Error> {
    let calls = labels::read(&args.data, &args.genome)?;
    let mut report = format!("{} labelled calls\n", calls.len());
    let mut fitted = |is_snv: bool| {
        let of_kind: Vec<&Labelled> =
            calls.iter().filter(|call| call.features.is_snv == is_snv).collect();
        let (held_out, rest): (Vec<&Labelled>, Vec<&Labelled>) = of_kind
            .iter()
            .partition(|call| (call.position / STRETCH_BASES).is_multiple_of(HELD_OUT));
        let part = odds(&rest);
        let kind = if is_snv { "substitutions" } else { "insertions and deletions" };
        report += &format!("\n{kind}: {} fitted, {} held out\n", rest.len(), held_out.len());
        report += &quality::report(&part, &held_out);
        odds(&of_kind)
    };
    let (snv, indel) = (fitted(true), fitted(false));
    let model = Model { format: FORMAT, name: args.name.clone(), snv, indel };
    Model::parse(&serde_json::to_string(&model)?)?;
    output::write_json(&args.out, &model)?;
    Ok(report + &format!("\n{}: written", args.out.display()))
}

/// Log odds fitted to labelled calls.
fn odds(calls: &[&Labelled]) -> Odds {
    let terms = terms::all();
    let knots = terms.iter().flat_map(|term| (0..term.losses.len()).map(move |knot| (term, knot)));
    let column = |(term, knot): (&Term, usize)| fit::Column {
        entries: calls
            .iter()
            .enumerate()
            .filter_map(|(row, call)| Some((row, share(term, knot, call)?)))
            .collect(),
        prior: term.losses[knot],
    };
    let columns: Vec<fit::Column> = knots.map(column).collect();
    let labels: Vec<bool> = calls.iter().map(|call| call.is_true).collect();
    let (intercept, losses) = fit::fit(&columns, &labels);
    let mut losses = losses.into_iter().map(|loss| (loss * 1e4).round() / 1e4);
    let terms = terms.into_iter().map(|term| {
        let losses = losses.by_ref().take(term.losses.len()).collect();
        Term { losses, ..term }
    });
    Odds {
        intercept: (intercept * 1e4).round() / 1e4,
        min_probability: MIN_PROBABILITY,
        terms: terms.collect(),
    }
}

fn share(term: &Term, knot: usize, call: &Labelled) -> Option<f64> {
    let share = term.share(knot, call.features.get(term.feature)?);
    (share > 0.0).then_some(share)
}
