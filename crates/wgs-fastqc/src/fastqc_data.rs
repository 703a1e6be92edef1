//! FastQC's text form, which MultiQC reads.
//!
//! One file named `fastqc_data.txt` per mate; MultiQC takes the sample's name from the line
//! `Filename`. What differs from FastQC's own figures: duplication is that of templates, the same
//! for both mates, over the whole run; the mean quality of a read is rounded, not cut; its GC
//! content counts in one bin; quality by tile, over-represented sequences and k-mers are those of
//! samples of the whole run.

use std::fmt::{self, Display, Write};

use wgs_formats::qc::{
    Histogram,
    fastq::{DuplicationQc, FastqQc, MateQc, ReadGroupQc, Verdict},
    rate,
};

use crate::{
    by_cycle::{CycleGroup, by_cycle},
    checks::tile_deviations,
};

/// The version of the form.
const VERSION: &str = "0.11.9";

/// One `fastqc_data.txt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FastqcData {
    /// What MultiQC calls the sample: the sample where it is known, the read group, and `R1` or
    /// `R2` of pairs.
    pub name: String,
    /// Content of the file.
    pub text: String,
}

/// The figures of each mate of each read group as FastQC would write them.
///
/// ```
/// use wgs_fastqc::{QualityEncoding, ReadGroupAccumulator, fastqc_data};
/// use wgs_formats::qc::FastqQc;
///
/// let mut reads = ReadGroupAccumulator::new(QualityEncoding::Phred33);
/// reads.add_single(b"read1", (b"ACGT", b"IIII"));
/// let document = FastqQc::new(Some("S1".into()), vec![reads.finish("lane1", None)]);
/// let data = fastqc_data(&document);
/// assert_eq!(data[0].name, "S1.lane1");
/// assert!(data[0].text.contains("Total Sequences\t1\n"));
/// ```
pub fn fastqc_data(document: &FastqQc) -> Vec<FastqcData> {
    let data = |(group, number, mate): (&ReadGroupQc, u8, &MateQc)| {
        let sample = document.sample.as_ref().filter(|sample| **sample != group.read_group);
        let mut name = sample.map(|sample| format!("{sample}.")).unwrap_or_default();
        name.push_str(&group.read_group);
        if group.r2.is_some() {
            name.push_str(&format!("_R{number}"));
        }
        let text = Text::default().mate(&name, mate, &group.duplication);
        FastqcData { name, text }
    };
    document.mates().map(data).collect()
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, cells: fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{cells}");
    }

    /// A module, if it was judged.
    fn module(&mut self, mate: &MateQc, name: &str, rows: impl FnOnce(&mut Self)) {
        let Some(check) = mate.checks.iter().find(|check| check.module == name) else { return };
        let verdict = match check.verdict {
            Verdict::Pass => "pass",
            Verdict::Warn => "warn",
            Verdict::Fail => "fail",
        };
        self.line(format_args!(">>{name}\t{verdict}"));
        rows(self);
        self.line(format_args!(">>END_MODULE"));
    }

    /// One row for each of something, with two cells.
    fn pairs<A: Display, B: Display>(
        &mut self,
        head: &str,
        rows: impl IntoIterator<Item = (A, B)>,
    ) {
        self.line(format_args!("{head}"));
        rows.into_iter().for_each(|(a, b)| self.line(format_args!("{a}\t{b}")));
    }

    fn mate(mut self, name: &str, mate: &MateQc, duplication: &DuplicationQc) -> String {
        let cycles = by_cycle(mate);
        self.line(format_args!("##FastQC\t{VERSION}"));
        self.basics(name, mate);
        self.qualities(mate, &cycles);
        self.content(mate, &cycles);
        self.module(mate, "Sequence Length Distribution", |text| {
            text.pairs("#Length\tCount", counts(&mate.length_bp));
        });
        self.module(mate, "Sequence Duplication Levels", |text| text.duplication(duplication));
        self.sequences(mate);
        self.module(mate, "Adapter Content", |text| text.adapters(mate, &cycles));
        self.0
    }

    fn basics(&mut self, name: &str, mate: &MateQc) {
        let (shortest, longest) =
            (mate.length_bp.min().unwrap_or(0), mate.length_bp.max().unwrap_or(0));
        let length =
            if shortest == longest { longest.to_string() } else { format!("{shortest}-{longest}") };
        self.line(format_args!(">>Basic Statistics\tpass"));
        let rows = [
            ("Filename", name.to_owned()),
            ("File type", "Conventional base calls".to_owned()),
            ("Encoding", "Sanger / Illumina 1.9".to_owned()),
            ("Total Sequences", mate.reads.to_string()),
            ("Sequences flagged as poor quality", "0".to_owned()),
            ("Sequence length", length),
            ("%GC", format!("{:.0}", mate.gc_rate * 100.0)),
        ];
        self.pairs("#Measure\tValue", rows);
        self.line(format_args!(">>END_MODULE"));
    }

    fn qualities(&mut self, mate: &MateQc, cycles: &[CycleGroup]) {
        self.module(mate, "Per base sequence quality", |text| {
            text.line(format_args!(
                "#Base\tMean\tMedian\tLower Quartile\tUpper Quartile\t10th Percentile\t90th Percentile"
            ));
            for c in cycles {
                let CycleGroup { name, mean, median, lower_quartile, upper_quartile, .. } = c;
                text.line(format_args!(
                    "{name}\t{mean}\t{median:?}\t{lower_quartile:?}\t{upper_quartile:?}\t{:?}\t{:?}",
                    c.p10, c.p90
                ));
            }
        });
        self.module(mate, "Per tile sequence quality", |text| {
            text.line(format_args!("#Tile\tBase\tMean"));
            for (tile, deviations) in mate.tiles.iter().flat_map(tile_deviations) {
                for (cycle, deviation) in cycles.iter().zip(deviations) {
                    text.line(format_args!("{tile}\t{}\t{deviation:.3}", cycle.name));
                }
            }
        });
        self.module(mate, "Per sequence quality scores", |text| {
            text.pairs("#Quality\tCount", counts(&mate.read_quality_phred));
        });
    }

    fn content(&mut self, mate: &MateQc, cycles: &[CycleGroup]) {
        self.module(mate, "Per base sequence content", |text| {
            text.line(format_args!("#Base\tG\tA\tT\tC"));
            for CycleGroup { name, base_percent: [a, c, g, t], .. } in cycles {
                text.line(format_args!("{name}\t{g}\t{a}\t{t}\t{c}"));
            }
        });
        self.module(mate, "Per sequence GC content", |text| {
            let count =
                |percent| (percent, format!("{:?}", mate.read_gc_percent.count(percent) as f64));
            text.pairs("#GC Content\tCount", (0..=100).map(count));
        });
        self.module(mate, "Per base N content", |text| {
            text.pairs("#Base\tN-Count", cycles.iter().map(|c| (&c.name, c.n_percent)));
        });
    }

    fn duplication(&mut self, duplication: &DuplicationQc) {
        let (distinct, all) = (duplication.distinct_templates, duplication.sampled_templates);
        let percent = |part, whole| rate(part, whole) * 100.0;
        let remaining = percent(distinct, all);
        self.line(format_args!("#Total Deduplicated Percentage\t{remaining}"));
        self.line(format_args!(
            "#Duplication Level\tPercentage of deduplicated\tPercentage of total"
        ));
        for (name, from, to) in LEVELS {
            let copies =
                duplication.copies.iter().filter(|(copies, _)| (from..=to).contains(copies));
            let (mut sequences, mut templates) = (0, 0);
            copies.for_each(|(copies, count)| {
                sequences += count;
                templates += u64::from(copies) * count;
            });
            self.line(format_args!(
                "{name}\t{}\t{}",
                percent(sequences, distinct),
                percent(templates, all)
            ));
        }
    }

    fn sequences(&mut self, mate: &MateQc) {
        self.module(mate, "Overrepresented sequences", |text| {
            if !mate.overrepresented.is_empty() {
                text.line(format_args!("#Sequence\tCount\tPercentage\tPossible Source"));
            }
            for found in &mate.overrepresented {
                // FastQC counts in all reads; this is what the sample makes of that.
                let count = (found.rate * mate.reads as f64).round();
                let source = found.possible_source.as_deref().unwrap_or("No Hit");
                let percent = found.rate * 100.0;
                text.line(format_args!("{}\t{count}\t{percent}\t{source}", found.sequence));
            }
        });
        self.module(mate, "Kmer Content", |text| {
            if !mate.kmers.is_empty() {
                text.line(format_args!(
                    "#Sequence\tCount\tPValue\tObs/Exp Max\tMax Obs/Exp Position"
                ));
            }
            for word in &mate.kmers {
                let p = 10_f64.powf(-word.minus_log10_p);
                text.line(format_args!(
                    "{}\t{}\t{p:e}\t{}\t{}",
                    word.sequence, word.sampled_count, word.enrichment, word.first_cycle
                ));
            }
        });
    }

    fn adapters(&mut self, mate: &MateQc, cycles: &[CycleGroup]) {
        let names: Vec<&str> = mate.adapters.iter().map(|adapter| adapter.name.as_str()).collect();
        self.line(format_args!("#Position\t{}", names.join("\t")));
        for cycle in cycles {
            let cells = cycle.adapter_percent.iter().map(|percent| format!("\t{percent}"));
            self.line(format_args!("{}{}", cycle.name, cells.collect::<String>()));
        }
    }
}

/// FastQC's names of how often a sequence was seen, with the first and last such number.
const LEVELS: [(&str, u32, u32); 16] = [
    ("1", 1, 1),
    ("2", 2, 2),
    ("3", 3, 3),
    ("4", 4, 4),
    ("5", 5, 5),
    ("6", 6, 6),
    ("7", 7, 7),
    ("8", 8, 8),
    ("9", 9, 9),
    (">10", 10, 49),
    (">50", 50, 99),
    (">100", 100, 499),
    (">500", 500, 999),
    (">1k", 1000, 4999),
    (">5k", 5000, 9999),
    (">10k", 10_000, u32::MAX),
];

fn counts(histogram: &Histogram) -> impl Iterator<Item = (u32, String)> {
    histogram.iter().map(|(value, count)| (value, format!("{:?}", count as f64)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{QualityEncoding, ReadGroupAccumulator};

    fn data(pairs: u32) -> Vec<FastqcData> {
        let mut reads = ReadGroupAccumulator::new(QualityEncoding::Phred33);
        for number in 0..pairs {
            let name = format!("M:1:F:1:{}:{number}:1", 1101 + number % 2);
            let first = if number == 0 { b"ACGTN" } else { b"ACGGC" };
            reads.add_pair(name.as_bytes(), (first, b"IIII!"), (b"GGG", b"I5I"));
        }
        fastqc_data(&FastqQc::new(Some("S".into()), vec![reads.finish("g", None)]))
    }

    #[test]
    fn modules_have_fastqcs_form() {
        let [first, last] = &data(40)[..] else { panic!("two mates") };
        assert_eq!((first.name.as_str(), last.name.as_str()), ("S.g_R1", "S.g_R2"));
        let has = |text: &str| assert!(first.text.contains(text), "{text} in {}", first.text);
        has("##FastQC\t0.11.9\n>>Basic Statistics\tpass\n#Measure\tValue\nFilename\tS.g_R1\n");
        has("Total Sequences\t40\n");
        has("Sequence length\t5\n%GC\t79\n");
        has("\n4\t40\t40.0\t40.0\t40.0\t40.0\t40.0\n5\t0\t0.0\t0.0\t0.0\t0.0\t0.0\n");
        has(">>Per tile sequence quality\tpass\n#Tile\tBase\tMean\n1101\t1\t0.000\n");
        has(">>Per sequence quality scores\tpass\n#Quality\tCount\n32\t40.0\n");
        has("#Base\tG\tA\tT\tC\n1\t0\t100\t0\t0\n");
        has("#Base\tN-Count\n1\t0\n2\t0\n3\t0\n4\t0\n5\t2.5\n");
        has("#Length\tCount\n5\t40.0\n");
        has("#Total Deduplicated Percentage\t5\n");
        has("\n>10\t50\t97.5\n");
        has("ACGGC\t39\t97.5\tNo Hit\n");
        has("#Position\tIllumina TruSeq\tNextera transposase\tMGI forward\tMGI reverse\t");
        assert_eq!(
            first.text.matches(">>").count(),
            2 * first.text.matches(">>END_MODULE\n").count()
        );
        assert!(last.text.contains("GGG\t40\t100\tpoly-G\n"));
    }

    #[test]
    fn reads_without_mates_and_qualities() {
        let mut reads = ReadGroupAccumulator::new(QualityEncoding::Phred);
        reads.add_single(b"a", (b"ACGT", b""));
        let qc = fastqc_data(&FastqQc::new(None, vec![reads.finish("g", None)]));
        assert_eq!((qc.len(), qc[0].name.as_str()), (1, "g"));
        assert!(!qc[0].text.contains("sequence quality"), "{}", qc[0].text);
    }
}
