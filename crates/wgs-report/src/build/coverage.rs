//! Coverage of the genome.

use wgs_formats::qc::{
    CoverageQc, Histogram, coverage,
    coverage::{ContigCoverage, CoverageSummary},
    rate,
};

use crate::{
    format::rounded,
    model::{
        Bins, Breadth, ContigDepth, CoverageReport, CoverageRule, DepthTrack, GcBias, Territory,
        TrackContig,
    },
};

/// Depths whose breadth the report gives.
const DEPTHS: [u32; 6] = [1, 10, 15, 20, 30, 50];
/// Contigs up to this number are all listed.
const MOST_CONTIGS: usize = 60;
/// Most bins of the depth histogram.
const DEPTH_BINS: u32 = 200;
/// Most values of a depth track, all contigs together.
const TRACK_VALUES: usize = 1500;
/// Windows that a GC content needs to be shown, as a fraction of all.
const GC_WINDOWS: f64 = 1e-5;

pub(super) fn report(qc: &CoverageQc) -> CoverageReport {
    let (listed, others) = listed(&qc.contigs);
    CoverageReport {
        rule: CoverageRule {
            min_mapping_quality_phred: qc.counted.min_mapping_quality_phred,
            min_base_quality_phred: qc.counted.min_base_quality_phred,
            duplicates_excluded: qc.counted.duplicates_excluded,
            mate_overlap_once: qc.counted.mate_overlap_once,
        },
        genome: territory(&qc.genome),
        autosomes: qc.autosomes.as_ref().map(territory),
        targets: qc.targets.as_ref().map(territory),
        track: qc.track.as_ref().map(|track| depth_track(track, &listed)),
        contigs: listed.into_iter().map(contig).collect(),
        other_contigs: together(&others),
        depth: Bins::new(&qc.depth_histogram, 0, deepest_shown(&qc.depth_histogram), DEPTH_BINS),
        gc_bias: gc_bias(&qc.gc_bias),
    }
}

fn territory(summary: &CoverageSummary) -> Territory {
    Territory {
        positions: summary.territory_bp,
        mean_depth: rounded(summary.mean_depth, 3),
        standard_deviation_depth: rounded(summary.standard_deviation_depth, 3),
        median_depth: rounded(summary.median_depth, 2),
        median_absolute_deviation_depth: rounded(summary.median_absolute_deviation_depth, 2),
        breadth: breadth(summary),
    }
}

fn breadth(summary: &CoverageSummary) -> Vec<Breadth> {
    let at = |min_depth| {
        let rate = rounded(summary.breadth_at(min_depth)?, 6);
        Some(Breadth { min_depth, rate })
    };
    DEPTHS.into_iter().filter_map(at).collect()
}

/// The depth that all but 1 in 1000 covered positions stay below, and no less than three times
/// their median.
fn deepest_shown(depths: &Histogram) -> u32 {
    let covered: Histogram = depths.iter().filter(|(depth, _)| *depth > 0).collect();
    let reach = (3.0 * covered.median()) as u32;
    covered.quantile(0.999).max(reach).min(covered.max().unwrap_or(0)).max(1)
}

/// Contigs to list, and those to sum up: of many, chromosomes and the mitochondrion are listed; of
/// many without chromosomes, the longest.
fn listed(contigs: &[ContigCoverage]) -> (Vec<&ContigCoverage>, Vec<&ContigCoverage>) {
    if contigs.len() <= MOST_CONTIGS {
        return (contigs.iter().collect(), Vec::new());
    }
    if contigs.iter().any(|c| is_chromosome(&c.name)) {
        return contigs.iter().partition(|c| is_chromosome(&c.name));
    }
    let mut lengths: Vec<_> = contigs.iter().enumerate().map(|(i, c)| (c.length_bp, i)).collect();
    lengths.sort_by_key(|&(length, index)| (std::cmp::Reverse(length), index));
    let mut keep = vec![false; contigs.len()];
    lengths.iter().take(MOST_CONTIGS).for_each(|&(_, index)| keep[index] = true);
    let mut keep = keep.into_iter();
    contigs.iter().partition(|_| keep.next().unwrap_or(false))
}

fn is_chromosome(name: &str) -> bool {
    match name.strip_prefix("chr").unwrap_or(name) {
        "X" | "Y" | "M" | "MT" => true,
        number => number.parse::<u8>().is_ok_and(|n| (1..=22).contains(&n)),
    }
}

fn contig(qc: &ContigCoverage) -> ContigDepth {
    ContigDepth {
        name: qc.name.clone(),
        contigs: 1,
        length_bp: qc.length_bp.into(),
        mean_depth: rounded(qc.summary.mean_depth, 3),
        median_depth: Some(rounded(qc.summary.median_depth, 2)),
        breadth: breadth(&qc.summary),
    }
}

fn together(contigs: &[&ContigCoverage]) -> Option<ContigDepth> {
    let sum = |of: fn(&ContigCoverage) -> u64| contigs.iter().map(|c| of(c)).sum::<u64>();
    let territory = sum(|c| c.summary.territory_bp);
    let reach = |min_depth| {
        let of = |c: &&ContigCoverage| {
            let found = c.summary.breadth.iter().find(|b| b.min_depth == min_depth);
            found.map_or(0, |b| b.positions)
        };
        let positions = contigs.iter().map(of).sum();
        Breadth { min_depth, rate: rounded(rate(positions, territory), 6) }
    };
    (!contigs.is_empty()).then(|| ContigDepth {
        name: "others".to_owned(),
        contigs: contigs.len() as u64,
        length_bp: sum(|c| c.length_bp.into()),
        mean_depth: rounded(rate(sum(|c| c.summary.counted_bases), territory), 3),
        median_depth: None,
        breadth: DEPTHS.into_iter().map(reach).collect(),
    })
}

/// The track of the listed contigs, in windows so wide that not too many are left.
fn depth_track(track: &coverage::DepthTrack, listed: &[&ContigCoverage]) -> DepthTrack {
    let contigs: Vec<_> = track
        .contigs
        .iter()
        .filter(|contig| listed.iter().any(|l| l.name == contig.name))
        .collect();
    let windows: usize = contigs.iter().map(|c| c.mean_depth.len()).sum();
    let factor = windows.div_ceil(TRACK_VALUES).max(1);
    let contigs = contigs.into_iter().map(|contig| TrackContig {
        name: contig.name.clone(),
        mean_depth: contig.mean_depth.chunks(factor).map(mean).collect(),
    });
    DepthTrack {
        window_bp: track.window_bp.saturating_mul(factor as u32),
        contigs: contigs.collect(),
    }
}

fn mean(windows: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = windows.iter().copied().flatten().collect();
    let sum: f64 = known.iter().sum();
    (!known.is_empty()).then(|| rounded(sum / known.len() as f64, 2))
}

/// Leaves out GC contents at the ends, of which a few windows tell nothing.
fn gc_bias(bins: &[coverage::GcBin]) -> Vec<GcBias> {
    let windows: u64 = bins.iter().map(|bin| bin.windows).sum();
    let enough = (windows as f64 * GC_WINDOWS).max(10.0) as u64;
    let shown = bins.iter().filter(|bin| bin.windows >= enough).map(|bin| GcBias {
        gc_percent: bin.gc_percent,
        windows: bin.windows,
        normalized_depth: rounded(bin.normalized_depth, 4),
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coverage(name: &str, length_bp: u32, depth: u64) -> ContigCoverage {
        let depths: Histogram = [(depth as u32, u64::from(length_bp))].into_iter().collect();
        let summary = CoverageSummary::new(&depths, u64::from(length_bp) * depth);
        ContigCoverage { name: name.to_owned(), length_bp, summary }
    }

    #[test]
    fn few_contigs_are_all_listed() {
        let contigs = [coverage("a", 5, 1), coverage("chr1", 9, 1)];
        let (listed, others) = listed(&contigs);
        assert_eq!((listed.len(), others.len()), (2, 0));
        assert_eq!(together(&others), None);
    }

    #[test]
    fn of_many_contigs_the_chromosomes_are_listed_and_the_others_counted() {
        let mut contigs: Vec<_> = (0..100).map(|i| coverage(&format!("decoy{i}"), 10, 4)).collect();
        contigs.extend(["chr1", "chrX", "MT", "22"].map(|name| coverage(name, 5, 20)));
        contigs.push(coverage("chr23", 10, 24));
        let (listed, others) = listed(&contigs);
        let names: Vec<_> = listed.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["chr1", "chrX", "MT", "22"]);
        let others = together(&others).unwrap();
        assert_eq!((others.contigs, others.length_bp, others.median_depth), (101, 1010, None));
        assert_eq!(others.mean_depth, rounded(4240.0 / 1010.0, 3));
        assert_eq!(others.breadth[3], Breadth { min_depth: 20, rate: rounded(10.0 / 1010.0, 6) });
    }

    #[test]
    fn of_many_contigs_without_chromosomes_the_longest_are_listed_in_order() {
        let contigs: Vec<_> = (0..100).map(|i| coverage(&format!("s{i}"), 100 + i, 1)).collect();
        let (listed, others) = listed(&contigs);
        assert_eq!((listed.len(), listed[0].name.as_str()), (MOST_CONTIGS, "s40"));
        assert_eq!(others.len(), 40);
    }

    #[test]
    fn long_tracks_get_wider_windows() {
        let contig = coverage::ContigTrack {
            name: "a".into(),
            mean_depth: (0..4000).map(|i| (i % 2 == 0).then_some(30.0)).collect(),
        };
        let track = coverage::DepthTrack { window_bp: 1000, contigs: vec![contig] };
        let short = depth_track(&track, &[&coverage("a", 4_000_000, 30)]);
        assert_eq!((short.window_bp, short.contigs[0].mean_depth.len()), (3000, 1334));
        assert!(short.contigs[0].mean_depth.iter().all(|d| d.is_none_or(|d| d == 30.0)));
    }
}
