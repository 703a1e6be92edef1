//! Coverage of a sample.

use wgs_formats::qc::rate;

use crate::{
    format::{NOTHING, count, percent, short},
    model::{Bins, Breadth, ContigDepth, CoverageReport, DepthTrack, Territory},
    plot::{Axis, BarChart, Chart, Series, Shape, Unit},
};

use super::{
    super::parts::{Block, Cell, Figure, Table},
    chart, times,
};

/// Share of positions of depth 0 from which they are not drawn, as in exomes.
const MOST_BARE: f64 = 0.5;

pub(super) fn block(id: &str, coverage: &CoverageReport) -> Block {
    let mut figures =
        vec![Figure::of(&distribution(id, coverage)), Figure::of(&cumulative(id, coverage))];
    figures.extend(gc_bias(id, coverage).as_ref().map(Figure::of));
    figures.push(Figure::of_bars(&by_contig(id, coverage)));
    if let Some(track) = &coverage.track {
        figures.push(Figure::of(&along(id, coverage, track)));
    }
    Block {
        heading: "Coverage".to_owned(),
        figures,
        tables: vec![facts(coverage), contigs(coverage)],
        notes: vec![rule(coverage)],
    }
}

fn facts(coverage: &CoverageReport) -> Table {
    let parts = [
        ("#Genome", Some(&coverage.genome)),
        ("#Autosomes", coverage.autosomes.as_ref()),
        ("#Regions of interest", coverage.targets.as_ref()),
    ];
    let parts = parts.into_iter().filter_map(|(name, territory)| Some((name, territory?)));
    let (names, territories): (Vec<_>, Vec<&Territory>) = parts.unzip();
    let columns: Vec<&str> = std::iter::once("Measure").chain(names).collect();
    let mut table = Table::new("Coverage", &columns);
    let mut add = |name: &str, figure: &dyn Fn(&Territory) -> String| {
        let mut row: Vec<Cell> = vec![name.into()];
        row.extend(territories.iter().map(|territory| figure(territory).into()));
        table.push(row);
    };
    add("Mean depth", &|t| times(t.mean_depth));
    add("Standard deviation", &|t| times(t.standard_deviation_depth));
    add("Median depth", &|t| times(t.median_depth));
    add("Median absolute deviation", &|t| times(t.median_absolute_deviation_depth));
    for Breadth { min_depth, .. } in &coverage.genome.breadth {
        add(&format!("Positions at ≥ {min_depth}x"), &|t| rate_at(&t.breadth, *min_depth));
    }
    add("Positions (reference known)", &|t| count(t.positions));
    table
}

fn contigs(coverage: &CoverageReport) -> Table {
    let mut columns =
        vec!["Contig".to_owned(), "#Length (bp)".into(), "#Mean".into(), "#Median".into()];
    let shown: Vec<u32> = coverage.genome.breadth.iter().map(|b| b.min_depth).collect();
    columns.extend(shown.iter().map(|depth| format!("#≥ {depth}x")));
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = Table::new("Coverage by contig", &columns);
    for contig in coverage.contigs.iter().chain(&coverage.other_contigs) {
        let mut row = vec![
            name(contig).into(),
            count(contig.length_bp).into(),
            times(contig.mean_depth).into(),
            contig.median_depth.map_or_else(|| NOTHING.to_owned(), times).into(),
        ];
        row.extend(shown.iter().map(|depth| rate_at(&contig.breadth, *depth).into()));
        table.push(row);
    }
    table
}

fn name(contig: &ContigDepth) -> String {
    match contig.contigs {
        1 => contig.name.clone(),
        number => format!("{} other contigs", count(number)),
    }
}

fn rate_at(breadth: &[Breadth], depth: u32) -> String {
    let found = breadth.iter().find(|b| b.min_depth == depth);
    found.map_or_else(|| NOTHING.to_owned(), |b| percent(b.rate, 2))
}

fn rule(coverage: &CoverageReport) -> String {
    let rule = &coverage.rule;
    let mut text = format!(
        "Counted are aligned bases of quality {} or better in reads of mapping quality {} or better",
        rule.min_base_quality_phred, rule.min_mapping_quality_phred
    );
    if rule.duplicates_excluded {
        text.push_str(", duplicates left out");
    }
    if rule.mate_overlap_once {
        text.push_str("; where mates overlap, they count once");
    }
    text.push_str(". Positions where the reference is N are left out.");
    text
}

/// Positions that reach the start of each bin, as a fraction of all.
fn reaching(depth: &Bins) -> Vec<(f64, f64)> {
    let total = depth.total();
    let mut left = total;
    let mut points = Vec::new();
    for (start, positions) in depth.iter() {
        points.push((start as f64, rate(left, total)));
        left -= positions;
    }
    points
}

fn distribution(id: &str, coverage: &CoverageReport) -> Chart {
    let title = "Depth of coverage".to_owned();
    let mut chart = chart(
        format!("{id}-depth"),
        title,
        ("depth (x)", Unit::Number),
        ("positions", Unit::Percent),
    );
    let bins = &coverage.depth;
    let width = f64::from(bins.width.max(1));
    let share = |positions| rate(positions, bins.total());
    let bare = share(bins.counts.first().copied().unwrap_or(0));
    let skipped = usize::from(bare > MOST_BARE && bins.width == 1);
    let columns = bins.iter().skip(skipped).map(|(start, n)| (start as f64, share(n) / width));
    let shape = Shape::Columns { width, columns: columns.collect() };
    chart.series.push(Series { name: String::new(), colour: 1, shape });
    let genome = &coverage.genome;
    chart.marks.push((genome.median_depth, format!("median {}", times(genome.median_depth))));
    chart.description = format!(
        "Share of positions by depth. Mean {}, median {}, standard deviation {}.",
        times(genome.mean_depth),
        times(genome.median_depth),
        times(genome.standard_deviation_depth)
    );
    if skipped > 0 {
        let bare = percent(bare, 2);
        chart
            .description
            .push_str(&format!(" {bare} of positions have depth 0 and are not drawn."));
    }
    if bins.beyond > 0 {
        let beyond = percent(share(bins.beyond), 2);
        chart.description.push_str(&format!(" {beyond} of positions lie deeper than shown."));
    }
    chart
}

fn cumulative(id: &str, coverage: &CoverageReport) -> Chart {
    let title = "Breadth of coverage".to_owned();
    let mut chart = chart(
        format!("{id}-breadth"),
        title,
        ("depth at least (x)", Unit::Number),
        ("positions", Unit::Percent),
    );
    chart.y = chart.y.at_least(0.0, 1.0);
    let points = reaching(&coverage.depth);
    let end = points.last().map_or(0.0, |p| p.0);
    chart.series.push(Series { name: String::new(), colour: 1, shape: Shape::Line(points) });
    let marks = [10.0, 20.0, 30.0].into_iter().filter(|depth| *depth < end);
    chart.marks = marks.map(|depth| (depth, format!("{depth}x"))).collect();
    let reached = coverage.genome.breadth.iter().filter(|b| matches!(b.min_depth, 10 | 20 | 30));
    let reached: Vec<String> =
        reached.map(|b| format!("{} at {}x", percent(b.rate, 2), b.min_depth)).collect();
    chart.description = format!("Share of positions that reach a depth: {}.", reached.join(", "));
    chart
}

fn gc_bias(id: &str, coverage: &CoverageReport) -> Option<Chart> {
    if coverage.gc_bias.is_empty() {
        return None;
    }
    let mut chart = chart(
        format!("{id}-gcbias"),
        "Depth by GC content".to_owned(),
        ("GC in 100 bp (%)", Unit::Number),
        ("relative depth, windows", Unit::Number),
    );
    let most = coverage.gc_bias.iter().map(|b| b.windows).max().unwrap_or(1).max(1);
    let windows = coverage
        .gc_bias
        .iter()
        .map(|b| (f64::from(b.gc_percent) - 0.5, b.windows as f64 / most as f64))
        .collect();
    let depths =
        coverage.gc_bias.iter().map(|b| (f64::from(b.gc_percent), b.normalized_depth)).collect();
    chart.y = chart.y.at_least(0.0, 1.5);
    chart.series = vec![
        Series {
            name: "windows (scaled)".to_owned(),
            colour: 4,
            shape: Shape::Columns { width: 1.0, columns: windows },
        },
        Series { name: "relative depth".to_owned(), colour: 1, shape: Shape::Line(depths) },
    ];
    chart.description = "Mean depth of windows with a GC content, over the mean depth of all; 1 \
                         means no bias. The columns show where windows are."
        .to_owned();
    Some(chart)
}

fn by_contig(id: &str, coverage: &CoverageReport) -> BarChart {
    let listed = coverage.contigs.iter().chain(&coverage.other_contigs);
    let bars: Vec<_> = listed.map(|c| (name(c), c.mean_depth, 1)).collect();
    let told = bars.iter().map(|(name, depth, _)| format!("{name} {}", times(*depth)));
    BarChart {
        id: format!("{id}-contigs"),
        title: "Mean depth by contig".to_owned(),
        description: "Contigs in the order of the reference.".to_owned(),
        details: told.collect::<Vec<_>>().join(", "),
        y: Axis::new("mean depth (x)", Unit::Number),
        bars,
    }
}

fn along(id: &str, coverage: &CoverageReport, track: &DepthTrack) -> Chart {
    let mut chart = chart(
        format!("{id}-track"),
        "Depth along the genome".to_owned(),
        ("position, contigs side by side (Mb)", Unit::Number),
        ("mean depth (x)", Unit::Number),
    );
    let step = f64::from(track.window_bp) / 1e6;
    let mut at = 0.0;
    for contig in &track.contigs {
        let name = contig.name.strip_prefix("chr").unwrap_or(&contig.name);
        chart.marks.push((at, name.to_owned()));
        let mut points = Vec::new();
        for depth in &contig.mean_depth {
            points.push((at + step / 2.0, depth.unwrap_or(f64::NAN)));
            at += step;
        }
        points.push((at, f64::NAN));
        chart.series.push(Series { name: String::new(), colour: 1, shape: Shape::Line(points) });
    }
    chart.wide = true;
    chart.x = chart.x.at_least(0.0, at);
    chart.y = chart.y.at_least(0.0, coverage.genome.median_depth * 2.0);
    chart.description = format!("Mean depth in windows of {}b.", short(track.window_bp.into()));
    chart
}
