//! How right the calls that pass are.

use std::path::Path;

use wgs_compare::{Counts, Request, Sets, compare};
use wgs_formats::variant::{Filters, Reader, Record, Writer};
use wgs_smallvar::{
    FilterOptions,
    filter::{self, features::Features, model::Model},
};

use super::{labels::is_mito, quality, sets::Set};
use crate::Error;

/// What decides which calls pass.
pub(super) enum Way {
    /// All do.
    Unfiltered,
    /// A model, beside the thresholds of the caller.
    By(Model),
}

/// A table of errors and F1 by type and way, over all sets together.
pub(super) fn report(ways: &[Way], sets: &[(&Set, &Path)], genome: &Path) -> Result<String, Error> {
    let all = ways.iter().map(|way| counts(way, sets, genome)).collect::<Result<Vec<_>, _>>()?;
    let mut text = "\n| type | what passes | TP | FP | FN | precision | recall | F1 |\n\
                    |---|---|--:|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for (index, kind) in ["SNV", "indel"].into_iter().enumerate() {
        for (way, counts) in ways.iter().zip(&all) {
            text += &row(kind, &way.name(), &counts[index]);
        }
    }
    Ok(text)
}

impl Way {
    fn name(&self) -> String {
        match self {
            Self::Unfiltered => "every call".into(),
            Self::By(model) => quality::label(model),
        }
    }
}

fn row(kind: &str, way: &str, counts: &Counts) -> String {
    let rate = |rate: Option<f64>| rate.map_or("-".to_owned(), |rate| format!("{rate:.5}"));
    format!(
        "| {kind} | {way} | {} | {} | {} | {} | {} | {} |\n",
        counts.tp,
        counts.fp,
        counts.fn_,
        rate(counts.precision()),
        rate(counts.recall()),
        rate(counts.f1())
    )
}

/// Counts of substitutions, and of insertions and deletions.
fn counts(way: &Way, sets: &[(&Set, &Path)], genome: &Path) -> Result<[Counts; 2], Error> {
    let mut sums = [Counts::default(); 2];
    for (set, called) in sets {
        let folder = tempfile::tempdir()?;
        let judged = folder.path().join("judged.vcf.gz");
        rejudge(called, way, &judged)?;
        let mut sets = Sets::new(&set.truth, &judged, genome);
        sets.confident = Some(set.confident.clone());
        let summary = compare(&Request::new(sets))?;
        for (sum, name) in sums.iter_mut().zip(["SNV", "INDEL"]) {
            let row = summary.of(name).ok_or_else(|| format!("no counts of {name}"))?;
            add(sum, &row.counts);
        }
    }
    Ok(sums)
}

fn add(sum: &mut Counts, counts: &Counts) {
    sum.tp += counts.tp;
    sum.tp_call += counts.tp_call;
    sum.fp += counts.fp;
    sum.fn_ += counts.fn_;
}

/// Writes calls with filters of this way; chrM is judged by other rules, and keeps what it has.
fn rejudge(called: &Path, way: &Way, to: &Path) -> Result<(), Error> {
    let options = match way {
        Way::Unfiltered => None,
        Way::By(model) => Some(FilterOptions { model: model.clone(), ..FilterOptions::default() }),
    };
    let reader = Reader::open(called)?;
    let mut writer = Writer::create(to, reader.header(), 1)?;
    for record in reader {
        let mut record = record?;
        if !is_mito(&record.contig) {
            record.filters = filters(&record, options.as_ref());
        }
        writer.write(&record)?;
    }
    Ok(writer.finish()?)
}

fn filters(record: &Record, options: Option<&FilterOptions>) -> Filters {
    let mut filters = Filters::Pass;
    if let Some(options) = options {
        let verdict = filter::judge(&Features::of_record(record), options);
        verdict.filters.iter().for_each(|filter| filters.fail(filter.name()));
    }
    filters
}
