//! The figures that people look at first, one row per sample.

use crate::{
    format::{NOTHING, count, fixed, percent, short},
    model::{CoverageReport, Report, SampleReport, SampleVariants},
};

use super::{
    parts::Table,
    sample::{self, times},
};

const COLUMNS: [&str; 12] = [
    "Sample",
    "#Reads",
    "#Q30",
    "#Mapped",
    "#Duplicates",
    "#Insert size (median)",
    "#Mean depth",
    "#≥ 20x",
    "#SNVs",
    "#Indels",
    "#Ti/Tv",
    "#Het/hom",
];

pub(super) fn table(report: &Report) -> Option<Table> {
    let mut table =
        Table::new("Key figures (depth of the autosomes, where there are any)", &COLUMNS);
    let of_variants = report.variants.as_ref().and_then(|v| v.summary.as_ref());
    let of_variants = of_variants.map_or(&[][..], |summary| &summary.samples);
    let mut names: Vec<Option<&str>> = report.samples.iter().map(|s| s.sample.as_deref()).collect();
    for variants in of_variants {
        if !names.contains(&Some(&variants.sample)) {
            names.push(Some(&variants.sample));
        }
    }
    for name in names {
        let sample = report.samples.iter().find(|s| s.sample.as_deref() == name);
        let variants = of_variants.iter().find(|v| Some(v.sample.as_str()) == name);
        let mut cells = vec![name.unwrap_or(sample::UNNAMED).to_owned()];
        cells.extend(of_reads(sample));
        cells.extend(of_coverage(sample.and_then(|s| s.coverage.as_ref())));
        cells.extend(of_calls(variants));
        table.push(cells.into_iter().map(Into::into).collect());
    }
    (!table.rows.is_empty()).then_some(table)
}

fn of_reads(sample: Option<&SampleReport>) -> [String; 5] {
    let reads = sample.and_then(|s| s.reads.as_ref());
    let alignment = sample.and_then(|s| s.alignment.as_ref());
    let insert = alignment.and_then(|a| a.insert_sizes.iter().max_by_key(|i| i.pairs));
    let number = reads.map(|r| r.reads).or(alignment.map(|a| a.reads));
    let q30 = reads.map(|r| r.q30_rate).or(alignment.map(|a| a.q30_rate));
    [
        or_nothing(number, short),
        or_nothing(q30, |rate| percent(rate, 1)),
        or_nothing(alignment, |a| percent(a.mapped_rate, 2)),
        or_nothing(alignment, |a| percent(a.duplicate_rate, 2)),
        or_nothing(insert, |i| format!("{} bp", fixed(i.median_bp, 0))),
    ]
}

fn of_coverage(coverage: Option<&CoverageReport>) -> [String; 2] {
    let main = coverage.map(CoverageReport::main);
    [
        or_nothing(main, |territory| times(territory.mean_depth)),
        or_nothing(main.and_then(|territory| territory.breadth_at(20)), |rate| percent(rate, 2)),
    ]
}

fn of_calls(variants: Option<&SampleVariants>) -> [String; 4] {
    let indels =
        |v: &SampleVariants| v.alleles.insertions + v.alleles.deletions + v.alleles.complex;
    [
        or_nothing(variants, |v| count(v.alleles.snvs)),
        or_nothing(variants, |v| count(indels(v))),
        or_nothing(variants.and_then(|v| v.alleles.ti_tv_ratio), |r| fixed(r, 2)),
        or_nothing(variants.and_then(|v| v.het_hom_ratio), |r| fixed(r, 2)),
    ]
}

fn or_nothing<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map_or_else(|| NOTHING.to_owned(), text)
}
