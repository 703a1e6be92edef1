//! Quality of reads as the sequencer gave them.

use serde::{Deserialize, Serialize};

use super::{
    Document, Histogram, Table,
    table::{decimal, optional},
};

/// Quality control of the FASTQ of one sample, by read group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FastqQc {
    /// `wgs-pipe/fastq-qc/1`.
    pub schema: String,
    /// The sample, where known.
    pub sample: Option<String>,
    /// The read groups, in the order of the input.
    pub read_groups: Vec<ReadGroupQc>,
}

impl FastqQc {
    /// A document of the current schema.
    pub fn new(sample: Option<String>, read_groups: Vec<ReadGroupQc>) -> Self {
        Self { schema: Self::SCHEMA.to_owned(), sample, read_groups }
    }

    /// Every mate of every read group, with the group and the mate's number (1 or 2).
    pub fn mates(&self) -> impl Iterator<Item = (&ReadGroupQc, u8, &MateQc)> {
        self.read_groups.iter().flat_map(|group| {
            let r2 = group.r2.as_ref().map(|mate| (group, 2, mate));
            std::iter::once((group, 1, &group.r1)).chain(r2)
        })
    }

    /// Number of reads of all groups and mates.
    pub fn reads(&self) -> u64 {
        self.mates().map(|(_, _, mate)| mate.reads).sum()
    }

    /// Number of bases of all groups and mates.
    pub fn bases(&self) -> u64 {
        self.mates().map(|(_, _, mate)| mate.bases).sum()
    }

    /// Fraction of all bases with a quality of at least 30.
    pub fn q30_rate(&self) -> f64 {
        super::rate(self.mates().map(|(_, _, mate)| mate.q30_bases).sum(), self.bases())
    }
}

/// One read group: one library on one lane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadGroupQc {
    /// Id of the read group.
    pub read_group: String,
    /// Library, where known.
    pub library: Option<String>,
    /// First reads, or all reads where they are not paired.
    pub r1: MateQc,
    /// Second reads.
    pub r2: Option<MateQc>,
    /// Estimated duplication.
    pub duplication: DuplicationQc,
    /// Adapters found by the overlap of mates; absent without pairs.
    pub overlap: Option<OverlapQc>,
    /// What was trimmed before the reads were aligned; absent if nothing was to be. All other
    /// figures are of the reads before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trimming: Option<TrimQc>,
}

/// The first or the second reads of a read group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MateQc {
    /// Number of reads.
    pub reads: u64,
    /// Number of bases.
    pub bases: u64,
    /// Bases with a quality of at least 20.
    pub q20_bases: u64,
    /// Bases with a quality of at least 30.
    pub q30_bases: u64,
    /// Bases A.
    pub a_bases: u64,
    /// Bases C.
    pub c_bases: u64,
    /// Bases G.
    pub g_bases: u64,
    /// Bases T.
    pub t_bases: u64,
    /// Bases that are none of A, C, G and T.
    pub n_bases: u64,
    /// `q20_bases / bases`.
    pub q20_rate: f64,
    /// `q30_bases / bases`.
    pub q30_rate: f64,
    /// Fraction of G and C among A, C, G and T.
    pub gc_rate: f64,
    /// `n_bases / bases`.
    pub n_rate: f64,
    /// Mean of all base qualities, Phred.
    pub mean_quality_phred: f64,
    /// Reads by length in bases.
    pub length_bp: Histogram,
    /// Reads by their mean base quality, Phred, rounded to the nearest.
    pub read_quality_phred: Histogram,
    /// Reads by percent of G and C among their A, C, G and T, rounded to the nearest.
    pub read_gc_percent: Histogram,
    /// By sequencing cycle: the first is cycle 1. At most 1,000; later ones are in the totals.
    pub cycles: Vec<CycleQc>,
    /// Known adapters, in a fixed order.
    pub adapters: Vec<AdapterQc>,
    /// Reads that end in G: missing signal of instruments with two dyes.
    #[serde(default)]
    pub poly_g: PolyGQc,
    /// Reads of the sample that over-represented sequences and words were looked for in.
    #[serde(default)]
    pub sampled_reads: u64,
    /// Sequences that more than one read in 1,000 begins with, the most frequent first; at most
    /// 50.
    #[serde(default)]
    pub overrepresented: Vec<OverrepresentedQc>,
    /// Words of 7 bases that keep to certain cycles, the most enriched first; at most 20.
    #[serde(default)]
    pub kmers: Vec<KmerQc>,
    /// Quality by tile of the flow cell; absent where the reads' names do not tell it.
    #[serde(default)]
    pub tiles: Option<TilesQc>,
    /// What FastQC's thresholds say, by FastQC's names of its modules.
    #[serde(default)]
    pub checks: Vec<CheckQc>,
}

/// One sequencing cycle of one mate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CycleQc {
    /// Bases read in this cycle.
    pub bases: u64,
    /// Mean quality, Phred.
    pub mean_phred: f64,
    /// 10% of the qualities are at most this.
    pub p10_phred: u8,
    /// Lower quartile of the qualities.
    pub p25_phred: u8,
    /// Median of the qualities.
    pub p50_phred: u8,
    /// Upper quartile of the qualities.
    pub p75_phred: u8,
    /// 90% of the qualities are at most this.
    pub p90_phred: u8,
    /// Fraction of A.
    pub a_rate: f64,
    /// Fraction of C.
    pub c_rate: f64,
    /// Fraction of G.
    pub g_rate: f64,
    /// Fraction of T.
    pub t_rate: f64,
    /// Fraction of bases that are none of these.
    pub n_rate: f64,
}

/// A known adapter in the reads of one mate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdapterQc {
    /// Name of the kit or adapter.
    pub name: String,
    /// The bases looked for, matched exactly.
    pub sequence: String,
    /// Reads that hold it.
    pub reads: u64,
    /// `reads` as a fraction of all reads.
    pub rate: f64,
    /// For each cycle the fraction of all reads in which the adapter has begun, there or before:
    /// never falls.
    pub cumulative_rate_by_cycle: Vec<f64>,
}

/// Reads that end in G: by the end with the highest score, where a G counts 1 and another base -8,
/// if that end has at least 10 bases.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PolyGQc {
    /// Number of such reads.
    pub reads: u64,
    /// `reads` as a fraction of all reads.
    pub rate: f64,
    /// These reads by the length of that end.
    pub tail_length_bp: Histogram,
}

/// A sequence that too many reads of the sample begin with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OverrepresentedQc {
    /// The first 50 bases of the reads, or all of shorter ones.
    pub sequence: String,
    /// Reads of the sample that begin with it.
    pub sampled_reads: u64,
    /// `sampled_reads` as a fraction of the sample.
    pub rate: f64,
    /// The adapter or primer that it shares bases with, or the base that it consists of.
    pub possible_source: Option<String>,
}

/// A word of 7 bases that is more frequent in some cycles than in others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KmerQc {
    /// The word.
    pub sequence: String,
    /// How often the sample has it, in any cycle.
    pub sampled_count: u64,
    /// Its highest count in a group of cycles over what is expected there.
    pub enrichment: f64,
    /// `-log10` of an upper bound of the probability that chance does so with any word.
    pub minus_log10_p: f64,
    /// First cycle (from 1) of the group where that is, by the first base of the word.
    pub first_cycle: u32,
}

/// Quality by tile, of one template in 8.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TilesQc {
    /// First cycle (from 1) of each group of cycles; a group ends where the next begins.
    pub first_cycles: Vec<u32>,
    /// The tiles, ascending.
    pub tiles: Vec<TileQc>,
}

/// One tile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TileQc {
    /// Its number, as the names tell it.
    pub tile: u32,
    /// Reads of the sample.
    pub reads: u64,
    /// Mean quality by group of cycles, Phred, to three decimals; null where no read reaches.
    pub mean_phred: Vec<Option<f64>>,
}

/// What one of FastQC's modules says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckQc {
    /// FastQC's name of the module, as `Per base sequence quality`.
    pub module: String,
    /// The verdict.
    pub verdict: Verdict,
}

/// FastQC's traffic light: a hint where to look, not a judgement of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing unusual.
    Pass,
    /// Slightly unusual.
    Warn,
    /// Very unusual.
    Fail,
}

/// Estimate of duplicate templates from a sample of distinct sequences.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DuplicationQc {
    /// Templates (reads or pairs) in the sample.
    pub sampled_templates: u64,
    /// Distinct sequences among them.
    pub distinct_templates: u64,
    /// The share of all distinct sequences that the sample holds is 1 in this many.
    pub sampled_one_in: u64,
    /// `1 - distinct / sampled`: fraction of templates that repeat another.
    pub duplicate_rate: f64,
    /// Distinct sequences of the sample by the number of times that they were seen.
    pub copies: Histogram,
}

/// What the overlap of mates tells of adapters: where the template is shorter than the reads, both
/// mates run into the adapter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OverlapQc {
    /// Pairs that were looked at.
    pub sampled_pairs: u64,
    /// Pairs whose template is shorter than a read.
    pub read_through_pairs: u64,
    /// `read_through_pairs / sampled_pairs`.
    pub read_through_rate: f64,
    /// Most frequent bases after the template in R1; absent if too few pairs show them.
    pub r1_adapter: Option<String>,
    /// Most frequent bases after the template in R2.
    pub r2_adapter: Option<String>,
}

/// What trimming cut off, or would.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrimQc {
    /// Templates (reads or pairs).
    pub templates: u64,
    /// Those of which a read became too short.
    pub filtered_templates: u64,
    /// First reads, or all where they are not paired.
    pub r1: TrimMateQc,
    /// Last reads of pairs.
    pub r2: Option<TrimMateQc>,
}

/// What trimming cut off the reads of one mate, filtered ones too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrimMateQc {
    /// Reads with an end of G.
    pub poly_g_reads: u64,
    /// Bases of these ends.
    pub poly_g_bases: u64,
    /// Reads with an adapter.
    pub adapter_reads: u64,
    /// Bases of adapters and of what follows them.
    pub adapter_bases: u64,
    /// Reads whose end has low qualities.
    pub low_quality_reads: u64,
    /// Bases of these ends.
    pub low_quality_bases: u64,
    /// Bases that are kept, of templates that are not filtered.
    pub kept_bases: u64,
}

impl Document for FastqQc {
    const SCHEMA: &'static str = "wgs-pipe/fastq-qc/1";

    fn schema(&self) -> &str {
        &self.schema
    }

    /// One row per read group and mate.
    fn table(&self) -> Table {
        let sample = optional(self.sample.as_ref());
        Table::from_rows(
            self.mates().map(|(group, mate, qc)| row(&sample, group, mate, qc)).collect(),
        )
    }
}

fn row(sample: &str, group: &ReadGroupQc, mate: u8, qc: &MateQc) -> Vec<(&'static str, String)> {
    let adapter = qc.adapters.iter().max_by_key(|a| a.reads).filter(|a| a.reads > 0);
    vec![
        ("sample", sample.to_owned()),
        ("read_group", group.read_group.clone()),
        ("library", optional(group.library.as_ref())),
        ("mate", mate.to_string()),
        ("reads", qc.reads.to_string()),
        ("bases", qc.bases.to_string()),
        ("min_length_bp", optional(qc.length_bp.min().as_ref())),
        ("mean_length_bp", decimal(qc.length_bp.mean())),
        ("max_length_bp", optional(qc.length_bp.max().as_ref())),
        ("mean_quality_phred", decimal(qc.mean_quality_phred)),
        ("q20_rate", decimal(qc.q20_rate)),
        ("q30_rate", decimal(qc.q30_rate)),
        ("gc_rate", decimal(qc.gc_rate)),
        ("n_rate", decimal(qc.n_rate)),
        ("most_frequent_adapter", adapter.map(|a| a.name.clone()).unwrap_or_default()),
        ("adapter_rate", decimal(adapter.map_or(0.0, |a| a.rate))),
        ("duplicate_rate", decimal(group.duplication.duplicate_rate)),
        (
            "read_through_rate",
            group.overlap.as_ref().map(|o| decimal(o.read_through_rate)).unwrap_or_default(),
        ),
    ]
}
