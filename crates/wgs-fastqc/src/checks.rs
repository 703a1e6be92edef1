//! What FastQC's thresholds say of a mate's figures.
//!
//! The thresholds are those of FastQC's own configuration and help pages, for its default modules
//! and the one of k-mers.

use wgs_formats::qc::{
    Histogram,
    fastq::{CheckQc, DuplicationQc, MateQc, TilesQc, Verdict},
};

use crate::by_cycle::{CycleGroup, by_cycle};

/// A verdict for each module that has figures, in the order of FastQC's report.
pub(crate) fn of(mate: &MateQc, duplication: &DuplicationQc) -> Vec<CheckQc> {
    let cycles = by_cycle(mate);
    let most = |of: fn(&CycleGroup) -> f64| cycles.iter().map(of).fold(0.0, f64::max);
    let quality = mate.read_quality_phred.mode().map(f64::from);
    let (shortest, longest) = (mate.length_bp.min(), mate.length_bp.max());
    let most_frequent = mate.overrepresented.first().map_or(0.0, |found| found.rate * 100.0);
    let adapter = cycles
        .last()
        .map_or(0.0, |cycle| cycle.adapter_percent.iter().copied().fold(0.0, f64::max));
    let kmer = mate.kmers.iter().map(|kmer| kmer.minus_log10_p).fold(0.0, f64::max);
    let verdicts = [
        ("Per base sequence quality", quality_by_cycle(&cycles)),
        ("Per tile sequence quality", mate.tiles.as_ref().map_or(Verdict::Pass, by_tile)),
        ("Per sequence quality scores", quality.map_or(Verdict::Pass, |q| at_most(q, 27.0, 20.0))),
        ("Per base sequence content", above(most(imbalance), 10.0, 20.0)),
        ("Per sequence GC content", above(gc_deviation(&mate.read_gc_percent), 15.0, 30.0)),
        ("Per base N content", above(most(|cycle| cycle.n_percent), 5.0, 20.0)),
        (
            "Sequence Length Distribution",
            match (shortest, longest) {
                (Some(0), _) => Verdict::Fail,
                (a, b) if a == b => Verdict::Pass,
                _ => Verdict::Warn,
            },
        ),
        ("Sequence Duplication Levels", above(duplication.duplicate_rate * 100.0, 30.0, 50.0)),
        ("Overrepresented sequences", above(most_frequent, 0.1, 1.0)),
        ("Adapter Content", above(adapter, 5.0, 10.0)),
        ("Kmer Content", above(kmer, 2.0, 5.0)),
    ];
    let check = |(module, verdict): (&str, _)| CheckQc { module: module.to_owned(), verdict };
    let measured = |(module, _): &(&str, Verdict)| match *module {
        "Per tile sequence quality" => mate.tiles.is_some(),
        "Per base sequence quality" | "Per sequence quality scores" => quality.is_some(),
        _ => true,
    };
    verdicts.into_iter().filter(measured).map(check).collect()
}

fn above(value: f64, warn: f64, fail: f64) -> Verdict {
    match value {
        value if value > fail => Verdict::Fail,
        value if value > warn => Verdict::Warn,
        _ => Verdict::Pass,
    }
}

fn at_most(value: f64, warn: f64, fail: f64) -> Verdict {
    match value {
        value if value <= fail => Verdict::Fail,
        value if value <= warn => Verdict::Warn,
        _ => Verdict::Pass,
    }
}

fn below(value: f64, warn: f64, fail: f64) -> Verdict {
    above(-value, -warn, -fail)
}

fn quality_by_cycle(cycles: &[CycleGroup]) -> Verdict {
    let one = |cycle: &CycleGroup| {
        below(cycle.lower_quartile, 10.0, 5.0).max(below(cycle.median, 25.0, 20.0))
    };
    cycles.iter().map(one).max().unwrap_or(Verdict::Pass)
}

/// Percent by which A and T, or C and G, differ at most.
fn imbalance(cycle: &CycleGroup) -> f64 {
    let [a, c, g, t] = cycle.base_percent;
    (a - t).abs().max((c - g).abs())
}

/// For each tile and group of cycles, the mean quality less that of all tiles.
pub(crate) fn tile_deviations(tiles: &TilesQc) -> Vec<(u32, Vec<f64>)> {
    let mean = |group: usize| {
        let values = tiles.tiles.iter().filter_map(|tile| tile.mean_phred.get(group)?.as_ref());
        let (sum, count) =
            values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        if count > 0.0 { sum / count } else { 0.0 }
    };
    let means: Vec<f64> = (0..tiles.first_cycles.len()).map(mean).collect();
    let deviation = |(value, mean): (&Option<f64>, &f64)| value.map_or(0.0, |value| value - mean);
    let of = |values: &[Option<f64>]| values.iter().zip(&means).map(deviation).collect();
    tiles.tiles.iter().map(|tile| (tile.tile, of(&tile.mean_phred))).collect()
}

fn by_tile(tiles: &TilesQc) -> Verdict {
    let deviations = tile_deviations(tiles);
    let worst = deviations.iter().flat_map(|(_, values)| values).copied().fold(0.0, f64::min);
    below(worst, -5.0, -10.0)
}

/// Percent of the reads that would have to have another GC content for a normal distribution about
/// the most frequent one.
fn gc_deviation(percents: &Histogram) -> f64 {
    let total = percents.total() as f64;
    let Some(mode) = percents.mode().filter(|_| total > 1.0) else { return 0.0 };
    let mode = plateau(percents, mode);
    let squares: f64 = percents.iter().map(|(x, n)| (f64::from(x) - mode).powi(2) * n as f64).sum();
    let variance = squares / (total - 1.0);
    if variance == 0.0 {
        return 0.0;
    }
    let density = |x: f64| (-(x - mode).powi(2) / (2.0 * variance)).exp();
    let scale = total / (2.0 * std::f64::consts::PI * variance).sqrt();
    let deviation: f64 =
        (0..=100).map(|x| (scale * density(f64::from(x)) - percents.count(x) as f64).abs()).sum();
    deviation * 100.0 / total
}

/// Middle of the values about the mode that are at least 90% as frequent.
fn plateau(counts: &Histogram, mode: u32) -> f64 {
    let high = |x: &u32| 10 * counts.count(*x) > 9 * counts.count(mode);
    let (mut low, mut top) = (mode, mode);
    while low > 0 && high(&(low - 1)) {
        low -= 1;
    }
    while top < 100 && high(&(top + 1)) {
        top += 1;
    }
    f64::midpoint(f64::from(low), f64::from(top))
}

#[cfg(test)]
mod tests {
    use wgs_formats::qc::fastq::{AdapterQc, CycleQc, TileQc};

    use super::*;

    fn good() -> MateQc {
        let cycle = CycleQc {
            bases: 1000,
            p25_phred: 35,
            p50_phred: 37,
            a_rate: 0.3,
            t_rate: 0.3,
            c_rate: 0.2,
            g_rate: 0.2,
            ..CycleQc::default()
        };
        let bell = |x: u32| (x, (1e6 * (-(f64::from(x) - 41.0).powi(2) / 200.0).exp()) as u64);
        MateQc {
            cycles: vec![cycle; 60],
            length_bp: [(60, 1000)].into_iter().collect(),
            read_quality_phred: [(37, 1000)].into_iter().collect(),
            read_gc_percent: (0..=100).map(bell).collect(),
            ..MateQc::default()
        }
    }

    fn verdict(change: impl Fn(&mut MateQc, &mut DuplicationQc), module: &str) -> Verdict {
        let (mut mate, mut duplication) = (good(), DuplicationQc::default());
        change(&mut mate, &mut duplication);
        let checks = of(&mate, &duplication);
        checks.iter().find(|check| check.module == module).unwrap().verdict
    }

    #[test]
    fn good_reads_pass_everything() {
        let checks = of(&good(), &DuplicationQc::default());
        assert_eq!(checks.len(), 10, "no names that tell tiles");
        assert!(checks.iter().all(|check| check.verdict == Verdict::Pass), "{checks:?}");
    }

    #[test]
    fn thresholds() {
        use Verdict::{Fail, Warn};
        let is = |expected: Verdict, module: &str, change: fn(&mut MateQc, &mut DuplicationQc)| {
            assert_eq!(verdict(change, module), expected, "{module}");
        };
        is(Warn, "Per base sequence quality", |m, _| m.cycles[59].p25_phred = 9);
        is(Fail, "Per base sequence quality", |m, _| m.cycles[3].p50_phred = 19);
        is(Warn, "Per sequence quality scores", |m, _| m.read_quality_phred.add(27, 2000));
        is(Fail, "Per sequence quality scores", |m, _| m.read_quality_phred.add(20, 2000));
        is(Warn, "Per base sequence content", |m, _| m.cycles[0].a_rate = 0.42);
        is(Fail, "Per base sequence content", |m, _| m.cycles[0].g_rate = 0.5);
        is(Warn, "Per sequence GC content", |m, _| {
            (55..=65).for_each(|percent| m.read_gc_percent.add(percent, 400_000));
        });
        is(Fail, "Per sequence GC content", |m, _| m.read_gc_percent.add(80, 20_000_000));
        is(Warn, "Per base N content", |m, _| m.cycles[7].n_rate = 0.06);
        is(Fail, "Per base N content", |m, _| m.cycles[7].n_rate = 0.21);
        is(Warn, "Sequence Length Distribution", |m, _| m.length_bp.add(59, 1));
        is(Fail, "Sequence Length Distribution", |m, _| m.length_bp.add(0, 1));
        is(Warn, "Sequence Duplication Levels", |_, d| d.duplicate_rate = 0.31);
        is(Fail, "Sequence Duplication Levels", |_, d| d.duplicate_rate = 0.51);
        is(Warn, "Adapter Content", |m, _| m.adapters = vec![adapter(0.06)]);
        is(Fail, "Adapter Content", |m, _| m.adapters = vec![adapter(0.11)]);
        is(Warn, "Per tile sequence quality", |m, _| m.tiles = Some(tiles(31.0)));
        is(Fail, "Per tile sequence quality", |m, _| m.tiles = Some(tiles(20.0)));
    }

    fn adapter(rate: f64) -> AdapterQc {
        AdapterQc { cumulative_rate_by_cycle: vec![rate; 60], ..AdapterQc::default() }
    }

    fn tiles(worst: f64) -> TilesQc {
        let tile = |tile, mean| TileQc { tile, reads: 9, mean_phred: vec![Some(mean)] };
        let tiles = (0..9).map(|number| tile(1101 + number, 37.0));
        TilesQc { first_cycles: vec![1], tiles: tiles.chain([tile(2101, worst)]).collect() }
    }
}
