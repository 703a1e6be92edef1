//! Reads of a sample as the sequencer gave them.

use crate::{
    format::{NOTHING, count, fixed, percent, short},
    model::{Bins, MateReads, ReadGroupReads, ReadsReport},
    plot::{Chart, Series, Shape, Unit},
};

use super::{
    super::parts::{Block, Figure, Table},
    chart, line,
};

pub(super) fn block(id: &str, reads: &ReadsReport) -> Block {
    let by_cycle = reads.read_groups.iter().enumerate();
    let mut figures: Vec<_> = by_cycle
        .map(|(i, group)| Figure::of(&quality(&format!("{id}-cycles-{i}"), group)))
        .collect();
    figures.push(Figure::of(&gc(id, reads)));
    Block {
        heading: "Sequencing reads".to_owned(),
        figures,
        tables: vec![table(reads)],
        notes: vec![format!(
            "{} reads, {} bases, {} of them with a quality of 30 or better. Duplicates are \
             estimated from the sequences here; those marked in the alignment are what counts.",
            count(reads.reads),
            short(reads.bases),
            percent(reads.q30_rate, 2)
        )],
    }
}

fn quality(id: &str, group: &ReadGroupReads) -> Chart {
    let mut chart = chart(
        id.to_owned(),
        format!("Base quality by cycle, {}", group.read_group),
        ("cycle", Unit::Count),
        ("quality (Phred)", Unit::Number),
    );
    chart.y = chart.y.at_least(0.0, 40.0);
    let mates = [("R1", 1, Some(&group.r1)), ("R2", 2, group.r2.as_ref())];
    let mates: Vec<_> = mates.into_iter().filter_map(|(n, c, mate)| Some((n, c, mate?))).collect();
    for (_, colour, mate) in &mates {
        chart.series.push(Series { name: String::new(), colour: *colour, shape: quartiles(mate) });
    }
    for (name, colour, mate) in &mates {
        chart.series.push(line(name, *colour, by_cycle(&mate.quality.mean_phred)));
    }
    let means: Vec<String> = mates
        .iter()
        .map(|(name, _, mate)| format!("{name} {}", fixed(mate.mean_quality_phred, 1)))
        .collect();
    chart.description = format!(
        "Mean quality by sequencing cycle, with quartiles as bands. Mean of all cycles: {}.",
        means.join(", ")
    );
    chart
}

fn quartiles(mate: &MateReads) -> Shape {
    let bounds = mate.quality.p25_phred.iter().zip(&mate.quality.p75_phred);
    let points = bounds
        .enumerate()
        .map(|(i, (low, high))| (i as f64 + 1.0, f64::from(*low), f64::from(*high)));
    Shape::Band(points.collect())
}

/// Values of cycles, the first of which is 1.
pub(super) fn by_cycle(values: &[f64]) -> Vec<(f64, f64)> {
    values.iter().enumerate().map(|(i, value)| (i as f64 + 1.0, *value)).collect()
}

fn gc(id: &str, reads: &ReadsReport) -> Chart {
    let mut chart = chart(
        format!("{id}-gc"),
        "GC content of reads".to_owned(),
        ("GC of a read (%)", Unit::Number),
        ("reads", Unit::Percent),
    );
    let shares = |bins: &Bins| {
        let total = bins.total();
        bins.iter().map(|(gc, n)| (gc as f64, wgs_formats::qc::rate(n, total))).collect()
    };
    chart.series.push(line("R1", 1, shares(&reads.r1_gc_percent)));
    if let Some(r2) = &reads.r2_gc_percent {
        chart.series.push(line("R2", 2, shares(r2)));
    }
    chart.description =
        "Share of reads by GC content, all read groups together. One smooth hill is \
                         expected; a second one points to contamination."
            .to_owned();
    chart
}

fn table(reads: &ReadsReport) -> Table {
    let columns = [
        "Read group",
        "Mate",
        "Library",
        "#Reads",
        "#Length (mean, bp)",
        "#Quality (mean)",
        "#Q20",
        "#Q30",
        "#GC",
        "#N",
        "#Adapter",
        "#Read-through pairs",
        "#Duplicates (estimate)",
    ];
    let mut table = Table::new("Reads by read group", &columns);
    for group in &reads.read_groups {
        table.push(row(group, "R1", &group.r1));
        if let Some(r2) = &group.r2 {
            table.push(row(group, "R2", r2));
        }
    }
    table
}

fn row(group: &ReadGroupReads, mate: &str, reads: &MateReads) -> Vec<super::super::parts::Cell> {
    let adapter = match &reads.adapter {
        Some(name) => format!("{} ({name})", percent(reads.adapter_rate, 2)),
        None => percent(0.0, 2),
    };
    let or_nothing = |text: Option<String>| text.unwrap_or_else(|| NOTHING.to_owned());
    vec![
        group.read_group.clone().into(),
        mate.into(),
        or_nothing(group.library.clone()).into(),
        count(reads.reads).into(),
        fixed(reads.mean_length_bp, 1).into(),
        fixed(reads.mean_quality_phred, 1).into(),
        percent(reads.q20_rate, 2).into(),
        percent(reads.q30_rate, 2).into(),
        percent(reads.gc_rate, 1).into(),
        percent(reads.n_rate, 3).into(),
        adapter.into(),
        or_nothing(group.read_through_rate.map(|rate| percent(rate, 2))).into(),
        percent(group.duplicate_rate, 2).into(),
    ]
}
