//! Depth of coverage of a genome, from records in coordinate order.
//!
//! Only the positions between the start of the current record and the end of the longest record
//! before it are in memory: a read cannot reach back, so what lies before is final and goes into
//! histograms at once.

mod aligned;
mod contig;
mod mates;
mod options;
mod window;

use wgs_core::ContigIndex;
use wgs_formats::{
    alignment::{Header, Record},
    genome::Genome,
    qc::{
        CoverageQc, Document,
        coverage::{ContigCoverage, ContigTrack, CoverageSummary, DepthTrack, ExcludedBases},
    },
};

use aligned::Runs;
use contig::{ContigDepths, ContigScan, GcWindows};
use mates::PendingMates;
pub use options::CoverageOptions;
use window::DepthWindow;

/// Records are not in coordinate order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read {name} on contig {contig} comes after reads that lie behind it")]
pub struct UnsortedError {
    /// Name of the read.
    pub name: String,
    /// Name of its contig.
    pub contig: String,
}

/// Gathers the figures of [`CoverageQc`] from the records of one file in coordinate order: those
/// of a contig one after the other, by start; the contigs in any order. Contigs without records
/// have depth 0. Mates are known by name and read group. A record on a contig that the genome does not
/// have does not count.
pub struct CoverageAccumulator<'a> {
    genome: &'a Genome,
    options: CoverageOptions,
    track_window_bp: u32,
    done: Vec<Option<ContigDepths>>,
    current: Option<Current<'a>>,
    excluded: ExcludedBases,
    gc: GcWindows,
    runs: Runs,
}

/// The contig that records lie on at the moment.
struct Current<'a> {
    place: ContigIndex,
    last_start: u32,
    window: DepthWindow,
    scan: ContigScan<'a>,
    mates: PendingMates,
}

impl<'a> CoverageAccumulator<'a> {
    /// An accumulator for records whose contigs are those of a genome.
    pub fn new(genome: &'a Genome, options: CoverageOptions) -> Self {
        Self {
            genome,
            track_window_bp: options.track_window_bp(genome.contigs().total_length()),
            done: genome.contigs().iter().map(|_| None).collect(),
            current: None,
            excluded: ExcludedBases::default(),
            gc: GcWindows::default(),
            runs: Runs::default(),
            options,
        }
    }

    /// Counts a record.
    ///
    /// # Errors
    ///
    /// If it lies before a record that was counted already.
    pub fn add(&mut self, record: &Record) -> Result<(), UnsortedError> {
        let (Some(place), Some(start)) = (record.ref_index(), record.start()) else {
            return Ok(());
        };
        if place.0 >= self.done.len() {
            return Ok(());
        }
        if !self.move_to(place, start) {
            return Err(UnsortedError {
                name: String::from_utf8_lossy(record.name()).into_owned(),
                contig: self
                    .genome
                    .contigs()
                    .get(place)
                    .map_or_else(String::new, |c| c.name.clone()),
            });
        }
        if !record.flags().is_unmapped() {
            self.count(record);
        }
        Ok(())
    }

    /// Makes everything before a position final; false if it is not in order.
    fn move_to(&mut self, place: ContigIndex, start: u32) -> bool {
        if self.current.as_ref().is_none_or(|current| current.place != place) {
            self.end_current();
            if self.done[place.0].is_some() {
                return false;
            }
            let scan = self.scan(place);
            let window = DepthWindow::new(scan.length());
            let mates = PendingMates::default();
            self.current = Some(Current { place, last_start: 0, window, scan, mates });
        }
        let Some(current) = &mut self.current else { return false };
        if start < current.last_start {
            return false;
        }
        current.last_start = start;
        current.window.advance(start, &mut current.scan, &mut self.gc);
        true
    }

    fn scan(&self, place: ContigIndex) -> ContigScan<'a> {
        ContigScan::new(self.genome, place, &self.options, self.track_window_bp)
    }

    fn end_current(&mut self) {
        if let Some(Current { place, window, mut scan, .. }) = self.current.take() {
            window.finish(&mut scan, &mut self.gc);
            self.done[place.0] = Some(scan.finish());
        }
    }

    fn count(&mut self, record: &Record) {
        let Some(current) = &mut self.current else { return };
        let mate = current.mates.take(record);
        let flags = record.flags();
        let excluded = &mut self.excluded;
        let reason = if flags.is_secondary() {
            Some(&mut excluded.secondary_bases)
        } else if flags.is_qc_fail() {
            Some(&mut excluded.qc_failed_bases)
        } else if flags.is_duplicate() && !self.options.count_duplicates {
            Some(&mut excluded.duplicate_bases)
        } else if record.mapq() < self.options.min_mapping_quality_phred {
            Some(&mut excluded.low_mapping_quality_bases)
        } else {
            None
        };
        if let Some(bases) = reason {
            *bases += aligned::bases(record);
            return;
        }
        let limit = self.options.min_base_quality_phred;
        excluded.low_base_quality_bases += self.runs.of(record, limit, current.scan.length());
        if let Some(seen) = mate {
            excluded.mate_overlap_bases += self.runs.subtract(&seen);
        } else {
            current.mates.remember(record, self.runs.as_slice());
        }
        self.runs.as_slice().iter().for_each(|&run| current.window.add(run));
    }

    /// The figures of everything seen, with the contigs that had no records, under the sample of a
    /// header.
    pub fn finish(mut self, header: &Header) -> CoverageQc {
        self.end_current();
        for index in 0..self.done.len() {
            if self.done[index].is_none() {
                let mut scan = self.scan(ContigIndex(index));
                DepthWindow::new(scan.length()).finish(&mut scan, &mut self.gc);
                self.done[index] = Some(scan.finish());
            }
        }
        self.summarise(&header.samples())
    }

    fn summarise(mut self, samples: &[&str]) -> CoverageQc {
        let contigs: Vec<_> =
            self.genome.contigs().iter().zip(self.done.iter().flatten()).collect();
        let (mut all, mut autosomes) = (contig::Depths::default(), contig::Depths::default());
        let mut targets = self.options.targets.is_some().then(contig::Depths::default);
        for (contig, depths) in &contigs {
            all.merge(&depths.all);
            self.excluded.reference_n_bases += depths.reference_n_bases;
            if is_autosome(&contig.name) {
                autosomes.merge(&depths.all);
            }
            if let Some(targets) = &mut targets {
                targets.merge(&depths.targets);
            }
        }
        let of_contig = |(contig, depths): &(&wgs_core::Contig, &ContigDepths)| ContigCoverage {
            name: contig.name.clone(),
            length_bp: contig.length,
            summary: depths.all.summary(),
        };
        let track = |(contig, depths): &(&wgs_core::Contig, &ContigDepths)| ContigTrack {
            name: contig.name.clone(),
            mean_depth: depths.track.clone(),
        };
        CoverageQc {
            schema: CoverageQc::SCHEMA.to_owned(),
            sample: (!samples.is_empty()).then(|| samples.join(",")),
            counted: self.options.rule(),
            excluded: self.excluded,
            genome: all.summary(),
            autosomes: Some(autosomes.summary()).filter(|s: &CoverageSummary| s.territory_bp > 0),
            targets: targets.map(|t| t.summary()),
            contigs: contigs.iter().map(of_contig).collect(),
            depth_histogram: all.histogram(),
            track: (self.track_window_bp > 0).then(|| DepthTrack {
                window_bp: self.track_window_bp,
                contigs: contigs.iter().map(track).collect(),
            }),
            gc_bias: if self.options.gc_bias { self.gc.finish() } else { Vec::new() },
        }
    }
}

/// Contigs 1 to 22, with or without `chr`.
fn is_autosome(name: &str) -> bool {
    let number = name.strip_prefix("chr").unwrap_or(name);
    !number.starts_with(['0', '+']) && number.parse::<u8>().is_ok_and(|n| (1..=22).contains(&n))
}

#[cfg(test)]
mod tests;
