//! `wgs-pipe compare`

use wgs_compare::{
    Level, Options, Request, Sets, Summary, TypeCounts, compare_into,
    sv::{self, SvOptions, SvRequest},
};

use super::{Outcome, limits, say};
use crate::cli::{CompareArgs, MatchLevel};

pub(super) fn compare(args: &CompareArgs) -> Outcome {
    if args.sv {
        return structural(args);
    }
    let level = match args.level {
        MatchLevel::Genotype => Level::Genotype,
        MatchLevel::Allele => Level::Allele,
        MatchLevel::Position => Level::Position,
    };
    let request = Request {
        sets: sets(args),
        strata: args.stratify.clone(),
        options: Options {
            level,
            all_records: args.all_records,
            strict_overlap: args.strict_overlap,
            max_allele_bp: args.max_allele,
            score: args.score.clone(),
        },
        threads: limits(&args.limits).threads,
    };
    let summary = compare_into(&request, &args.out)?;
    say(&table(&summary))
}

fn sets(args: &CompareArgs) -> Sets {
    Sets {
        truth: args.truth.clone(),
        calls: args.calls.clone(),
        reference: args.reference.clone(),
        confident: args.confident.clone(),
        truth_sample: args.truth_sample.clone(),
        calls_sample: args.calls_sample.clone(),
    }
}

fn structural(args: &CompareArgs) -> Outcome {
    let limits = &args.sv_limits;
    let request = SvRequest {
        sets: sets(args),
        options: SvOptions {
            window_bp: limits.sv_window,
            breakend_window_bp: limits.breakend_window,
            min_size_ratio: limits.min_size_ratio,
            min_sequence_similarity: limits.min_similarity,
            min_size_bp: limits.min_size,
            max_size_bp: limits.max_size,
            duplications_as_insertions: limits.dup_as_ins,
            breakends_as_symbolic: !limits.breakends_apart,
            failed_filters_too: args.all_records,
            ..SvOptions::default()
        },
    };
    let summary = sv::compare_into(&request, &args.out)?;
    say(&counts(&summary.types))
}

/// The main counts, for people.
fn table(summary: &Summary) -> String {
    let mut text = counts(&summary.types[..summary.types.len().min(3)]);
    for place in &summary.too_complex {
        let (contig, first) = (&place.contig, u64::from(place.start) + 1);
        text +=
            &format!("too complex, compared by exact alleles: {contig}:{first}-{}\n", place.end);
    }
    text
}

fn counts(types: &[TypeCounts]) -> String {
    let rate = |rate: Option<f64>| rate.map_or_else(|| "-".to_owned(), |r| format!("{r:.4}"));
    let mut text = format!(
        "{:<8}{:>9}{:>9}{:>9}{:>11}{:>9}{:>9}\n",
        "type", "tp", "fp", "fn", "precision", "recall", "f1"
    );
    for row in types {
        let c = &row.counts;
        let rates = [c.precision(), c.recall(), c.f1()].map(rate);
        let [precision, recall, f1] = rates;
        let counts = format!("{:>9}{:>9}{:>9}", c.tp, c.fp, c.fn_);
        text += &format!("{:<8}{counts}{precision:>11}{recall:>9}{f1:>9}\n", row.name);
    }
    text
}
