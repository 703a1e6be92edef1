//! The cycles of a mate by FastQC's groups.

use wgs_formats::qc::fastq::{CycleQc, MateQc};

use crate::groups::{cycle_groups, name};

/// Figures of a group of cycles. Qualities are means over its cycles, rates are percent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CycleGroup {
    /// FastQC's name of the group: a cycle, or the first and the last.
    pub(crate) name: String,
    pub(crate) mean: f64,
    pub(crate) median: f64,
    pub(crate) lower_quartile: f64,
    pub(crate) upper_quartile: f64,
    pub(crate) p10: f64,
    pub(crate) p90: f64,
    /// A, C, G and T among the called bases.
    pub(crate) base_percent: [f64; 4],
    pub(crate) n_percent: f64,
    /// Highest share of reads in which each adapter has begun.
    pub(crate) adapter_percent: Vec<f64>,
}

/// The groups of all cycles of a mate.
pub(crate) fn by_cycle(mate: &MateQc) -> Vec<CycleGroup> {
    let group = |range: std::ops::Range<usize>| {
        let cycles = &mate.cycles[range.clone()];
        let mean =
            |of: fn(&CycleQc) -> f64| cycles.iter().map(of).sum::<f64>() / cycles.len() as f64;
        let bases = |of: fn(&CycleQc) -> f64| {
            cycles.iter().map(|cycle| of(cycle) * cycle.bases as f64).sum::<f64>()
        };
        let called =
            [bases(|c| c.a_rate), bases(|c| c.c_rate), bases(|c| c.g_rate), bases(|c| c.t_rate)];
        let (sum, all) = (called.iter().sum(), bases(|_| 1.0));
        let adapters = mate.adapters.iter().map(|adapter| {
            let rates = adapter.cumulative_rate_by_cycle.get(range.clone()).unwrap_or_default();
            rates.iter().sum::<f64>() / range.len() as f64 * 100.0
        });
        CycleGroup {
            name: name(&range),
            mean: mean(|c| c.mean_phred),
            median: mean(|c| c.p50_phred.into()),
            lower_quartile: mean(|c| c.p25_phred.into()),
            upper_quartile: mean(|c| c.p75_phred.into()),
            p10: mean(|c| c.p10_phred.into()),
            p90: mean(|c| c.p90_phred.into()),
            base_percent: called.map(|count| percent(count, sum)),
            n_percent: percent(bases(|c| c.n_rate), all),
            adapter_percent: adapters.collect(),
        }
    };
    cycle_groups(mate.cycles.len()).into_iter().map(group).collect()
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole * 100.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wgs_formats::qc::fastq::AdapterQc;

    #[test]
    fn groups_weigh_cycles_by_their_bases() {
        let cycle = |bases, a_rate, n_rate, phred| CycleQc {
            bases,
            a_rate,
            n_rate,
            c_rate: 1.0 - a_rate - n_rate,
            mean_phred: phred,
            ..CycleQc::default()
        };
        let mut cycles = vec![cycle(100, 1.0, 0.0, 30.0); 78];
        cycles[9] = cycle(300, 0.5, 0.2, 20.0);
        let adapters = vec![AdapterQc {
            cumulative_rate_by_cycle: (0..78).map(|i| f64::from(i) / 100.0).collect(),
            ..AdapterQc::default()
        }];
        let groups = by_cycle(&MateQc { cycles, adapters, ..MateQc::default() });
        assert_eq!((groups.len(), groups[9].name.as_str()), (44, "10-11"));
        assert_eq!((groups[9].mean, groups[9].n_percent), (25.0, 15.0));
        assert!((groups[9].base_percent[0] - 250.0 / 3.4).abs() < 1e-9);
        assert_eq!(groups[9].adapter_percent, [9.5]);
    }
}
