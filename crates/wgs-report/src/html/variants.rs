//! Statistics of the variants.

use crate::{
    format::{NOTHING, count, fixed},
    model::{AlleleCounts, LengthCount, SampleVariants, VariantSummary},
    plot::{Axis, BarChart, Chart, Series, Shape, Unit},
};

use super::parts::{Block, Cell, Figure, Table};

/// Longest insertion and deletion that has a column of its own.
const LONGEST: i32 = 30;

pub(super) fn block(summary: &VariantSummary) -> Block {
    let figures = vec![
        Figure::of_bars(&kinds(&summary.alleles)),
        Figure::of_bars(&substitutions(&summary.alleles)),
        Figure::of(&indel_lengths(&summary.alleles)),
        Figure::of_bars(&zygosity(&summary.samples)),
    ];
    let mut tables = vec![alleles(summary)];
    if !summary.samples.is_empty() {
        tables.push(genotypes(&summary.samples));
    }
    if !summary.filters.is_empty() {
        tables.push(filters(summary));
    }
    let note = format!(
        "Counted are the {} of {} records that pass all filters; alleles are counted one by one.",
        count(summary.passing_records),
        count(summary.records)
    );
    Block { heading: String::new(), figures, tables, notes: vec![note] }
}

fn indels(alleles: &AlleleCounts) -> u64 {
    alleles.insertions + alleles.deletions + alleles.complex
}

fn alleles(summary: &VariantSummary) -> Table {
    let columns = [
        "Sample",
        "#SNVs",
        "#Insertions",
        "#Deletions",
        "#Complex",
        "#MNVs",
        "#Transitions",
        "#Transversions",
        "#Ti/Tv",
    ];
    let mut table = Table::new("Alternative alleles", &columns);
    table.push(allele_row("all samples", &summary.alleles));
    for sample in &summary.samples {
        table.push(allele_row(&sample.sample, &sample.alleles));
    }
    table
}

fn allele_row(name: &str, a: &AlleleCounts) -> Vec<Cell> {
    let counts =
        [a.snvs, a.insertions, a.deletions, a.complex, a.mnvs, a.transitions, a.transversions];
    let mut row: Vec<Cell> = vec![name.into()];
    row.extend(counts.map(|n| count(n).into()));
    row.push(ratio(a.ti_tv_ratio).into());
    row
}

fn genotypes(samples: &[SampleVariants]) -> Table {
    let columns = [
        "Sample",
        "#Records with a variant",
        "#Heterozygous",
        "#Homozygous",
        "#Hemizygous",
        "#Het/hom",
        "#Genotype missing",
    ];
    let mut table = Table::new("Genotypes", &columns);
    for s in samples {
        table.push(vec![
            s.sample.clone().into(),
            count(s.variant_records).into(),
            count(s.het_records).into(),
            count(s.hom_alt_records).into(),
            count(s.hemizygous_records).into(),
            ratio(s.het_hom_ratio).into(),
            count(s.missing_records).into(),
        ]);
    }
    table
}

fn filters(summary: &VariantSummary) -> Table {
    let mut table = Table::new("Records that failed a filter", &["Filter", "#Records"]);
    for filter in &summary.filters {
        table.push(vec![filter.name.clone().into(), count(filter.count).into()]);
    }
    table
}

fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| NOTHING.to_owned(), |ratio| fixed(ratio, 2))
}

fn kinds(a: &AlleleCounts) -> BarChart {
    let bars = [
        ("SNV", a.snvs, 1),
        ("insertion", a.insertions, 3),
        ("deletion", a.deletions, 2),
        ("complex", a.complex, 4),
        ("MNV", a.mnvs, 4),
    ];
    let bars = bars.map(|(name, n, colour)| (name.to_owned(), n as f64, colour)).to_vec();
    BarChart {
        id: "variants-kinds".to_owned(),
        title: "Variants by kind".to_owned(),
        description: format!("{} SNVs and {} indels.", count(a.snvs), count(indels(a))),
        details: told(&bars),
        y: Axis::new("alleles", Unit::Count),
        bars,
    }
}

fn substitutions(a: &AlleleCounts) -> BarChart {
    let colour = |name: &str| if matches!(name, "C>T" | "T>C") { 1 } else { 2 };
    let bars = a.substitutions.iter().map(|s| (s.name.clone(), s.count as f64, colour(&s.name)));
    let bars: Vec<_> = bars.collect();
    BarChart {
        id: "variants-substitutions".to_owned(),
        title: "Base substitutions".to_owned(),
        description: format!(
            "SNVs by change, both strands together; transitions are C>T and T>C. Ti/Tv is {} \
             (whole genomes: about 2.0 to 2.1; coding regions: about 3).",
            ratio(a.ti_tv_ratio)
        ),
        details: told(&bars),
        y: Axis::new("SNVs", Unit::Count),
        bars,
    }
}

fn indel_lengths(a: &AlleleCounts) -> Chart {
    let inside = |l: &&LengthCount| (-LONGEST..=LONGEST).contains(&l.length_bp);
    let columns = |wanted: fn(i32) -> bool| {
        let own = a.indel_lengths.iter().filter(inside).filter(|l| wanted(l.length_bp));
        let columns = own.map(|l| (f64::from(l.length_bp) - 0.5, l.count as f64)).collect();
        Shape::Columns { width: 1.0, columns }
    };
    let longer = a.indel_lengths.iter().filter(|l| !inside(l)).map(|l| l.count).sum();
    let end = f64::from(LONGEST) + 0.5;
    Chart {
        id: "variants-indels".to_owned(),
        title: "Indel lengths".to_owned(),
        description: format!(
            "Insertions and deletions by length. {} are longer than {LONGEST} bp.",
            count(longer)
        ),
        x: Axis::new("length (bp), deletions negative", Unit::Number).at_least(-end, end),
        y: Axis::new("alleles", Unit::Count),
        series: vec![
            Series { name: "deletions".to_owned(), colour: 2, shape: columns(|l| l < 0) },
            Series { name: "insertions".to_owned(), colour: 3, shape: columns(|l| l >= 0) },
        ],
        marks: Vec::new(),
        wide: false,
    }
}

fn zygosity(samples: &[SampleVariants]) -> BarChart {
    let several = samples.len() > 1;
    let of = |s: &SampleVariants, kind: &str, n: u64, colour| {
        let name = if several { format!("{} {kind}", s.sample) } else { kind.to_owned() };
        (name, n as f64, colour)
    };
    let bars = samples.iter().flat_map(|s| {
        [
            of(s, "het", s.het_records, 1),
            of(s, "hom", s.hom_alt_records, 2),
            of(s, "hemi", s.hemizygous_records, 4),
        ]
    });
    let bars: Vec<_> = bars.collect();
    BarChart {
        id: "variants-zygosity".to_owned(),
        title: "Zygosity".to_owned(),
        description: "Records by the genotype of a sample: heterozygous, homozygous for an \
                      alternative allele, or of one copy."
            .to_owned(),
        details: told(&bars),
        y: Axis::new("records", Unit::Count),
        bars,
    }
}

/// Heights of bars in words.
fn told(bars: &[(String, f64, usize)]) -> String {
    let told = bars.iter().map(|(name, height, _)| format!("{name}: {}", fixed(*height, 0)));
    told.collect::<Vec<_>>().join(", ") + "."
}
