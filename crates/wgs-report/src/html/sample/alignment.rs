//! Aligned reads of a sample.

use crate::{
    format::{count, fixed, percent},
    model::{AlignmentReport, InsertSizes},
    plot::{Chart, Series, Shape, Unit},
};

use super::{
    super::parts::{Block, Figure, Table},
    chart, line,
    reads::by_cycle,
};

/// `with_quality`: whether base quality by cycle is to be drawn from the alignment.
pub(super) fn block(id: &str, alignment: &AlignmentReport, with_quality: bool) -> Block {
    let mut figures: Vec<_> =
        insert_sizes(id, &alignment.insert_sizes).iter().map(Figure::of).collect();
    if alignment.mapping_quality_phred.total() > 0 {
        figures.push(Figure::of(&mapping_quality(id, alignment)));
    }
    if with_quality && !alignment.r1_quality.mean_phred.is_empty() {
        figures.push(Figure::of(&quality(id, alignment)));
    }
    if !alignment.r1_mismatch_rate.is_empty() {
        figures.push(Figure::of(&mismatches(id, alignment)));
    }
    if !alignment.gc_starts.is_empty() {
        figures.push(Figure::of(&gc_starts(id, alignment)));
    }
    let mut tables = vec![facts(alignment)];
    if !alignment.insert_sizes.is_empty() {
        tables.push(sizes(&alignment.insert_sizes));
    }
    if alignment.read_groups.len() > 1 {
        tables.push(read_groups(alignment));
    }
    Block { heading: "Alignment".to_owned(), figures, tables, notes: Vec::new() }
}

fn facts(alignment: &AlignmentReport) -> Table {
    let a = alignment;
    let of_reads = |n| format!("{} ({})", count(n), percent(wgs_formats::qc::rate(n, a.reads), 2));
    let facts = vec![
        ("Reads", count(a.reads)),
        ("Mapped", format!("{} ({})", count(a.mapped_reads), percent(a.mapped_rate, 2))),
        ("Duplicates", format!("{} ({})", count(a.duplicate_reads), percent(a.duplicate_rate, 2))),
        ("Properly paired", percent(a.properly_paired_rate, 2)),
        ("Mapping quality 0", of_reads(a.mapq0_reads)),
        ("Mate not mapped", of_reads(a.singleton_reads)),
        ("Mate on another contig", of_reads(a.mate_on_other_contig_reads)),
        ("Supplementary records", count(a.supplementary_records)),
        ("Mismatching bases", percent(a.mismatch_rate, 3)),
        ("Insertions and deletions per base", percent(a.indel_rate, 4)),
        ("Soft-clipped bases", percent(a.soft_clipped_rate, 2)),
        ("Bases at Q30", percent(a.q30_rate, 2)),
        ("Read length (mean)", format!("{} bp", fixed(a.mean_read_length_bp, 1))),
    ];
    Table::facts("Mapping and duplicates", facts)
}

fn sizes(sizes: &[InsertSizes]) -> Table {
    let columns =
        ["Library", "Orientation", "#Pairs", "#Median (bp)", "#MAD (bp)", "#Mean (bp)", "#SD (bp)"];
    let mut table = Table::new("Insert size", &columns);
    for s in sizes {
        table.push(vec![
            if s.library.is_empty() { "(none)".into() } else { s.library.clone().into() },
            s.orientation.clone().into(),
            count(s.pairs).into(),
            fixed(s.median_bp, 0).into(),
            fixed(s.median_absolute_deviation_bp, 0).into(),
            fixed(s.mean_bp, 1).into(),
            fixed(s.standard_deviation_bp, 1).into(),
        ]);
    }
    table
}

fn read_groups(alignment: &AlignmentReport) -> Table {
    let columns = [
        "Read group",
        "Library",
        "#Reads",
        "#Mapped",
        "#Duplicates",
        "#Properly paired",
        "#Mismatching bases",
    ];
    let mut table = Table::new("Alignment by read group", &columns);
    for group in &alignment.read_groups {
        let id = if group.read_group.is_empty() { "(none)" } else { &group.read_group };
        table.push(vec![
            id.into(),
            group.library.clone().unwrap_or_default().into(),
            count(group.reads).into(),
            percent(group.mapped_rate, 2).into(),
            percent(group.duplicate_rate, 2).into(),
            percent(group.properly_paired_rate, 2).into(),
            percent(group.mismatch_rate, 3).into(),
        ]);
    }
    table
}

/// One picture for each library, the orientations in it as colours.
fn insert_sizes(id: &str, sizes: &[InsertSizes]) -> Vec<Chart> {
    let mut libraries: Vec<&str> = Vec::new();
    for s in sizes {
        if !libraries.contains(&s.library.as_str()) {
            libraries.push(&s.library);
        }
    }
    let of = |(i, library): (usize, &str)| {
        let own: Vec<_> = sizes.iter().filter(|s| s.library == library).collect();
        insert_size(&format!("{id}-insert-{i}"), library, &own)
    };
    libraries.into_iter().enumerate().map(of).collect()
}

fn insert_size(id: &str, library: &str, sizes: &[&InsertSizes]) -> Chart {
    let title = match library {
        "" => "Insert size".to_owned(),
        library => format!("Insert size, {library}"),
    };
    let mut chart = chart(
        id.to_owned(),
        title,
        ("insert size (bp)", Unit::Count),
        ("pairs per bp", Unit::Count),
    );
    for (colour, s) in (1..).zip(sizes) {
        let width = f64::from(s.histogram_bp.width.max(1));
        let columns = s.histogram_bp.iter().map(|(start, n)| (start as f64, n as f64 / width));
        let shape = Shape::Columns { width, columns: columns.collect() };
        chart.series.push(Series { name: s.orientation.clone(), colour, shape });
    }
    if let Some(main) = sizes.iter().max_by_key(|s| s.pairs) {
        chart.marks.push((main.median_bp, format!("median {} bp", fixed(main.median_bp, 0))));
        let beyond = wgs_formats::qc::rate(main.histogram_bp.beyond, main.pairs);
        chart.description = format!(
            "Pairs by insert size ({}). Median {} bp, median absolute deviation {} bp. {} of pairs \
             are longer than shown.",
            main.orientation,
            fixed(main.median_bp, 0),
            fixed(main.median_absolute_deviation_bp, 0),
            percent(beyond, 2)
        );
    }
    chart
}

fn quality(id: &str, alignment: &AlignmentReport) -> Chart {
    let mut chart = chart(
        format!("{id}-cycles"),
        "Base quality by cycle".to_owned(),
        ("cycle", Unit::Count),
        ("mean quality (Phred)", Unit::Number),
    );
    chart.y = chart.y.at_least(0.0, 40.0);
    chart.series.push(line("R1", 1, by_cycle(&alignment.r1_quality.mean_phred)));
    if !alignment.r2_quality.mean_phred.is_empty() {
        chart.series.push(line("R2", 2, by_cycle(&alignment.r2_quality.mean_phred)));
    }
    chart.description =
        "Mean base quality by sequencing cycle, from the aligned reads of all read groups."
            .to_owned();
    chart
}

fn mismatches(id: &str, alignment: &AlignmentReport) -> Chart {
    let mut chart = chart(
        format!("{id}-mismatches"),
        "Mismatches by cycle".to_owned(),
        ("cycle", Unit::Count),
        ("mismatching bases", Unit::Percent),
    );
    chart.y = chart.y.at_least(0.0, 0.01);
    chart.series.push(line("R1", 1, by_cycle(&alignment.r1_mismatch_rate)));
    if !alignment.r2_mismatch_rate.is_empty() {
        chart.series.push(line("R2", 2, by_cycle(&alignment.r2_mismatch_rate)));
    }
    chart.description = format!(
        "Share of aligned bases that differ from the reference, by sequencing cycle; {} of all.",
        percent(alignment.mismatch_rate, 3)
    );
    chart
}

fn gc_starts(id: &str, alignment: &AlignmentReport) -> Chart {
    let mut chart = chart(
        format!("{id}-gcstarts"),
        "Read starts by GC content".to_owned(),
        ("GC in 100 bp (%)", Unit::Number),
        ("relative number of reads", Unit::Number),
    );
    let points = alignment.gc_starts.iter();
    let points = points.map(|bin| (f64::from(bin.gc_percent), bin.normalized_coverage));
    chart.y = chart.y.at_least(0.0, 1.5);
    chart.series.push(line("", 1, points.collect()));
    chart.description = format!(
        "Reads that start in windows with a GC content, per window, over those of all windows; 1 \
         means no bias. Against an even spread, {}% of reads are missing from windows of up to 50% \
         GC and {}% from those of 50% or more.",
        fixed(alignment.at_dropout_percent, 2),
        fixed(alignment.gc_dropout_percent, 2)
    );
    chart
}

fn mapping_quality(id: &str, alignment: &AlignmentReport) -> Chart {
    let mut chart = chart(
        format!("{id}-mapq"),
        "Mapping quality".to_owned(),
        ("mapping quality (Phred)", Unit::Count),
        ("mapped reads", Unit::Percent),
    );
    let bins = &alignment.mapping_quality_phred;
    let share = |n| wgs_formats::qc::rate(n, bins.total());
    let columns = bins.iter().map(|(quality, n)| (quality as f64 - 0.5, share(n))).collect();
    let shape = Shape::Columns { width: 1.0, columns };
    chart.series.push(Series { name: String::new(), colour: 1, shape });
    let at_zero = bins.counts.first().map_or(0, |n| *n);
    chart.description = format!(
        "Share of mapped reads by mapping quality. {} have quality 0.",
        percent(share(at_zero), 2)
    );
    chart
}
