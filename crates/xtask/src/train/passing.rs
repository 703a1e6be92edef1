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

#[cfg(test)]
mod tests {
    use wgs_formats::output;
    use wgs_smallvar::filter::model::{FORMAT, Odds};

    use super::*;

    /// A model that trusts nothing but what is of good QUAL.
    fn model() -> Model {
        let term = serde_json::from_value(serde_json::json!({
            "feature": "quality", "knots": [50.0, 40.0], "losses": [9.0],
        }));
        let odds =
            Odds { intercept: 4.0, min_probability: 0.5, terms: vec![term.expect("it is a term")] };
        Model { format: FORMAT, name: "t".into(), snv: odds.clone(), indel: odds }
    }

    fn rejudged(way: &Way) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["from.vcf", "to.vcf"].map(|name| folder.path().join(name));
        let text = "##fileformat=VCFv4.3\n##FILTER=<ID=LowQual,Description=\"x\">\n\
            ##FILTER=<ID=MitoMapQ,Description=\"x\">\n\
            ##contig=<ID=chr1,length=99>\n##contig=<ID=chrM,length=99>\n\
            ##INFO=<ID=MQ,Number=1,Type=Float,Description=\"x\">\n\
            ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"x\">\n\
            #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n\
            chr1\t5\t.\tA\tC\t90\tLowQual\tMQ=60\tGT\t0/1\n\
            chr1\t6\t.\tA\tC\t30\tPASS\tMQ=60\tGT\t0/1\n\
            chrM\t6\t.\tA\tC\t30\tMitoMapQ\tMQ=60\tGT\t0/1\n";
        output::write(&from, text).unwrap();
        rejudge(&from, way, &to).unwrap();
        let written = std::fs::read_to_string(&to).unwrap();
        let records = written.lines().filter(|line| !line.starts_with('#'));
        records.filter_map(|line| line.split('\t').nth(6).map(str::to_owned)).collect()
    }

    #[test]
    fn calls_are_judged_again_but_for_chr_m() {
        assert_eq!(rejudged(&Way::By(model())), ["PASS", "LowQual", "MitoMapQ"]);
        assert_eq!(rejudged(&Way::Unfiltered), ["PASS", "PASS", "MitoMapQ"]);
    }

    #[test]
    fn a_row_tells_counts_and_rates() {
        let counts = Counts { tp: 3, tp_call: 3, fp: 1, fn_: 1, ..Counts::default() };
        let expected = "| SNV | x | 3 | 1 | 1 | 0.75000 | 0.75000 | 0.75000 |\n";
        assert_eq!(row("SNV", "x", &counts), expected);
    }
}
