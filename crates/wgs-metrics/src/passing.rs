//! The figures of records on their way into a file.

use std::sync::{Mutex, PoisonError};

use wgs_formats::{
    alignment::{Header, Record},
    genome::Genome,
};

use crate::{
    AlignmentAccumulator, AlignmentMetrics, CalibrationAccumulator, CoverageAccumulator,
    CoverageOptions, UnsortedError,
};

/// Measures records while they are written, so that their file need not be read for it.
///
/// All records go through [`RecordMetrics::add`], by any threads in any order, and all of them
/// through [`RecordMetrics::add_in_order`]. The figures are those that
/// [`alignment_metrics`](crate::alignment_metrics) gives for the file, to the last bit, for any
/// number of threads.
///
/// ```
/// use wgs_core::ContigIndex;
/// use wgs_formats::{
///     alignment::{CigarOp, Flags, Header, RecordBuilder},
///     genome::{self, Genome},
/// };
/// use wgs_metrics::{CoverageOptions, RecordMetrics};
///
/// let folder = tempfile::tempdir()?;
/// let (fasta, plain) = (folder.path().join("in.fa"), folder.path().join("genome.fa"));
/// std::fs::write(&fasta, ">chr1\nACGTACGTAC\n")?;
/// genome::import(&fasta, &plain)?;
/// let genome = Genome::open(&plain)?;
/// let record = RecordBuilder::new(b"read1")
///     .flags(Flags::default())
///     .position(ContigIndex(0), 2)
///     .mapq(60)
///     .cigar(CigarOp::parse(b"4M")?)
///     .bases(b"GTAC")
///     .quals(&[40; 4])
///     .build()?;
///
/// let metrics = RecordMetrics::new(&genome, CoverageOptions::default());
/// let chunk = [record];
/// std::thread::scope(|scope| {
///     scope.spawn(|| metrics.add(&chunk));
///     scope.spawn(|| metrics.add_in_order(&chunk));
/// });
/// let metrics = metrics.finish(&Header::new(genome.contigs().clone()))?;
/// assert_eq!(metrics.alignment.total.mapped_bases, 4);
/// assert_eq!(metrics.coverage.map(|coverage| coverage.genome.mean_depth), Some(0.4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RecordMetrics<'a> {
    genome: &'a Genome,
    /// Accumulators that no thread uses at the moment.
    idle: Mutex<Vec<AlignmentAccumulator>>,
    ordered: Mutex<Ordered<'a>>,
}

/// What depends on the order of the records, and the first of them that is out of it.
struct Ordered<'a> {
    coverage: CoverageAccumulator<'a>,
    calibration: CalibrationAccumulator<'a>,
    unsorted: Option<UnsortedError>,
}

impl<'a> RecordMetrics<'a> {
    /// Nothing measured yet, of records whose contigs are those of a genome.
    pub fn new(genome: &'a Genome, options: CoverageOptions) -> Self {
        let coverage = CoverageAccumulator::new(genome, options);
        Self {
            genome,
            idle: Mutex::default(),
            ordered: Mutex::new(Ordered {
                coverage,
                calibration: CalibrationAccumulator::new(genome),
                unsorted: None,
            }),
        }
    }

    /// Counts what does not depend on order.
    pub fn add(&self, records: &[Record]) {
        // Nothing panics while one of the locks is held, but for code that would lose the figures
        // with its own thread.
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let spare = idle().pop();
        let mut accumulator = spare.unwrap_or_else(|| AlignmentAccumulator::new(self.genome));
        records.iter().for_each(|record| accumulator.add(record));
        idle().push(accumulator);
    }

    /// Counts coverage and the errors of the sequencer: records in coordinate order, one call after
    /// the other.
    pub fn add_in_order(&self, records: &[Record]) {
        let mut ordered = self.ordered.lock().unwrap_or_else(PoisonError::into_inner);
        if ordered.unsorted.is_none() {
            let Ordered { coverage, calibration, unsorted } = &mut *ordered;
            let added = records.iter().try_for_each(|record| {
                coverage.add(record)?;
                calibration.add(record);
                Ok(())
            });
            *unsorted = added.err();
        }
    }

    /// The figures of everything seen, under the read groups and sample of a header.
    ///
    /// # Errors
    ///
    /// If records came to [`RecordMetrics::add_in_order`] out of order.
    pub fn finish(self, header: &Header) -> Result<AlignmentMetrics, UnsortedError> {
        let parts = self.idle.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut alignment = AlignmentAccumulator::new(self.genome);
        parts.iter().for_each(|part| alignment.merge(part));
        let ordered = self.ordered.into_inner().unwrap_or_else(PoisonError::into_inner);
        match ordered.unsorted {
            Some(unsorted) => Err(unsorted),
            None => Ok(AlignmentMetrics {
                alignment: alignment.finish(header),
                coverage: Some(ordered.coverage.finish(header)),
                calibration: Some(ordered.calibration.finish(header)),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SpecimenRecord, genome, header, record};

    #[test]
    fn disorder_is_told_in_the_end() {
        let (_folder, genome) = genome();
        let at = |start| record(&SpecimenRecord { start, ..SpecimenRecord::default() });
        let metrics = RecordMetrics::new(&genome, CoverageOptions::default());
        metrics.add_in_order(&[at(20), at(10)]);
        metrics.add_in_order(&[at(30)]);
        let error = metrics.finish(&header()).unwrap_err();
        assert_eq!(error.contig, "one");
    }
}
