//! `cargo xtask train-filters`: fits the filter model of germline calls to calls with a known truth,
//! and judges it on people that it was not fitted to.
//!
//! - [`rig`]: simulates, aligns and calls, and keeps what it made
//! - [`sets`]: reads with known variants, to fit to or to judge on
//! - [`labels`]: calls, and which of them are true
//! - [`terms`], [`fit`]: the model, and how it is fitted
//! - [`quality`], [`passing`]: how well probabilities hold, and how right what passes is

mod fit;
mod labels;
mod passing;
mod quality;
mod rig;
mod sets;
mod terms;

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::Args;
use wgs_formats::output;
use wgs_smallvar::filter::model::{FORMAT, Model, Odds, Term};

use self::{
    labels::Labelled,
    passing::Way,
    rig::Rig,
    sets::{Role, Set},
};
use crate::{
    Error,
    bench::{say, setup::InputArgs},
};

/// Calls that are as likely true as not pass: this makes the fewest errors.
const MIN_PROBABILITY: f64 = 0.5;

/// Arguments of `cargo xtask train-filters`.
#[derive(Args, Debug)]
#[command(after_help = "\
Each seed is a person: their reads are simulated at each depth, aligned and called by wgs-pipe, and the
calls compared with the planted variants by wgs-compare. The model is fitted to the calls of --train and
judged on those of --validate, of which it knows nothing. Printed for each depth, beside what the model
that wgs-pipe comes with makes of the same calls: the area under the ROC curve, Brier's score and log
loss; VQ beside the precision that was observed; errors and F1 of what passes, and of every call.

Needs: art_illumina (Debian package art-nextgen-simulation-tools), samtools, bcftools, tabix. A person of the
reference data at 30x takes about 2 core-minutes to simulate, 3 to align and 1/2 to call. What was made
lies in --work and is kept: a second run with the same program only fits again.

Examples:
  cargo xtask train-filters --out crates/wgs-smallvar/src/filter/germline.json
  cargo xtask train-filters --train 1 --validate 2 --contigs chr20,chr22 --out try.json
  cargo xtask train-filters --train --validate --table hg002.tsv --out site.json")]
pub(crate) struct TrainArgs {
    #[command(flatten)]
    inputs: InputArgs,
    /// Seeds of the people that the model is fitted to
    #[arg(long, value_name = "SEEDS", value_delimiter = ',', num_args = 0.., default_values_t = [1, 2, 3, 4])]
    train: Vec<u64>,
    /// Seeds of the people that it is judged on
    #[arg(long, value_name = "SEEDS", value_delimiter = ',', num_args = 0.., default_values_t = [5, 6])]
    validate: Vec<u64>,
    /// Mean depths at which each of them is sequenced
    #[arg(long, value_name = "DEPTHS", value_delimiter = ',', default_values_t = [30.0, 15.0])]
    coverage: Vec<f64>,
    /// Contigs that get reads, or `all`
    #[arg(long, value_delimiter = ',', default_values = ["all"])]
    contigs: Vec<String>,
    /// More people, with reads that are there already (TSV): `train` or `validate`, mean depth, CRAM or
    /// BAM on the genome of the bundle, true variants (VCF), regions where they are complete (BED)
    #[arg(long, value_name = "TSV")]
    table: Option<PathBuf>,
    /// wgs-pipe that aligns and calls [default: built in release]
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// Reference bundle [default: made of the reference data]
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// Keeps alignments that another build of wgs-pipe has made; right where only calling has changed
    #[arg(long)]
    keep_alignments: bool,
    /// Threads of wgs-pipe
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Memory of wgs-pipe
    #[arg(long, default_value = "4G")]
    memory: String,
    /// Where reads, alignments and calls are kept [default: train-filters in Cargo's target folder]
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,
    /// Name and version of the model
    #[arg(long, default_value = "germline-2")]
    name: String,
    /// The model file to write
    #[arg(long, value_name = "JSON")]
    out: PathBuf,
}

/// A set with its calls.
struct Called {
    set: Set,
    path: PathBuf,
    calls: Vec<Labelled>,
}

/// Fits the model, writes it, and tells how good it is where it was not fitted.
pub(crate) fn run(args: &TrainArgs) -> Result<String, Error> {
    let rig = Rig::new(args)?;
    let mut called = Vec::new();
    for set in sets::all(args, &rig)? {
        let path = rig.call(&set)?;
        let calls = labels::of_calls(&set, &path, &rig.genome())?;
        let is_false = calls.iter().filter(|call| !call.is_true).count();
        say(&format!("{}: {} calls, {is_false} of them false", set.name, calls.len()));
        called.push(Called { set, path, calls });
    }
    let model = fitted(&called, &args.name)?;
    output::write_json(&args.out, &model)?;
    let report = report(&called, &model, &rig)?;
    output::write(&rig.report(), &report)?;
    io::stdout().write_all(report.as_bytes())?;
    Ok(format!("{}: written; the report is {}", args.out.display(), rig.report().display()))
}

/// The model of the sets that are fitted to.
fn fitted(called: &[Called], name: &str) -> Result<Model, Error> {
    let fit = |is_snv: bool| {
        let sets = called.iter().filter(|called| called.set.role == Role::Train);
        let calls = sets.flat_map(|called| &called.calls);
        let of_kind: Vec<&Labelled> = calls.filter(|call| call.features.is_snv == is_snv).collect();
        say(&format!("fitting to {} calls", of_kind.len()));
        odds(&of_kind)
    };
    let model = Model { format: FORMAT, name: name.to_owned(), snv: fit(true), indel: fit(false) };
    model.check()?;
    Ok(model)
}

/// What a person wants to know before they trust a model, as Markdown.
fn report(called: &[Called], model: &Model, rig: &Rig) -> Result<String, Error> {
    let mut text = format!("# {}\n", model.name);
    for (role, title) in [(Role::Train, "Fitted to"), (Role::Validate, "Judged on")] {
        let sets: Vec<&Called> = called.iter().filter(|c| c.set.role == role).collect();
        let names: Vec<&str> = sets.iter().map(|called| called.set.name.as_str()).collect();
        let calls: usize = sets.iter().map(|called| called.calls.len()).sum();
        text += &format!("\n{title}: {} ({calls} calls)\n", names.join(", "));
    }
    let mut judged: Vec<&Called> =
        called.iter().filter(|called| called.set.role == Role::Validate).collect();
    judged.sort_by(|a, b| b.set.depth.total_cmp(&a.set.depth));
    for of_depth in judged.chunk_by(|a, b| a.set.depth == b.set.depth) {
        text += &format!("\n## At {}x\n", of_depth[0].set.depth);
        for (is_snv, kind) in [(true, "SNV"), (false, "indel")] {
            let calls = of_depth.iter().flat_map(|called| &called.calls);
            let calls: Vec<&Labelled> =
                calls.filter(|call| call.features.is_snv == is_snv).collect();
            text += &quality::report(kind, &[&Model::default(), model], &calls);
        }
        let sets: Vec<_> = of_depth.iter().map(|c| (&c.set, c.path.as_path())).collect();
        let ways = [Way::Unfiltered, Way::By(Model::default()), Way::By(model.clone())];
        text += &passing::report(&ways, &sets, &rig.genome())?;
    }
    Ok(text)
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
