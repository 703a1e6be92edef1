//! The embedded engine bwa-mem3, with the defaults of `bwa mem -Y`.

use std::path::{Path, PathBuf};

use bwa_mem3_rs::{
    AlignScratch, BwaIndex, IdBases, MemOpts, MemPeStat, PeOrient, PeOrientation,
    ReadBatch as Cohort, ReadPair, RecordOrigin, RecordSink, SingleRead, pair_emit, seed_extend,
};
use wgs_core::{ContigIndex, ContigList, ErrorKind};
use wgs_formats::{
    FileError, Result,
    alignment::{Flags, Record, RecordError},
    genome::Genome,
};

use super::{AlignWorker, Aligner, Distances, InsertSize, ambiguous::AmbiguousBases};
use crate::{
    index,
    reads::{Read, ReadBatch, Template},
};

/// The engine's name.
const NAME: &str = "bwa-mem3";

/// Orientations in the order of [`InsertSize`].
const ORIENTATIONS: [PeOrientation; 4] =
    [PeOrientation::Ff, PeOrientation::Fr, PeOrientation::Rf, PeOrientation::Rr];

/// Bytes of a worker: buffers of the kernels, candidate alignments of a batch.
const WORKER_BYTES: u64 = 64 << 20;

/// The engine bwa-mem3 with its index in memory.
///
/// Parameters are the defaults of `bwa mem` with `-Y`: supplementary records keep all bases,
/// soft-clipped. `NM` and `MD` are right over ambiguous reference bases as well. The engine writes
/// some progress lines to the standard error when it loads the index and when it estimates insert
/// sizes.
pub struct BwaMem3 {
    prefix: PathBuf,
    genome: Genome,
    ambiguous: AmbiguousBases,
    index: BwaIndex,
    options: MemOpts,
}

impl BwaMem3 {
    /// Name and version of the engine, known without an index.
    pub fn engine() -> String {
        format!("{NAME} {}", bwa_mem3_rs::version())
    }

    /// Loads the index of a genome at `prefix`, after it was checked ([`index::validate`]), with so
    /// many threads.
    ///
    /// # Errors
    ///
    /// If the index is not whole, is of another genome, or cannot be read; on an x86 processor
    /// without AVX2.
    pub fn load(prefix: &Path, genome: &Genome, threads: usize) -> Result<Self> {
        check_processor(prefix)?;
        index::validate(prefix, genome.contigs())?;
        let runs = index::ambiguous_runs(prefix, genome.contigs())?;
        let ambiguous = AmbiguousBases::new(genome.contigs(), runs.into_iter());
        let fail = |e: bwa_mem3_rs::Error| failed(prefix, &e);
        let index = BwaIndex::load_with_threads(prefix, threads).map_err(fail)?;
        let mut options = MemOpts::new().map_err(fail)?;
        options.set_pe(true).set_soft_clip_supplementary(true);
        Ok(Self { prefix: prefix.to_owned(), genome: genome.clone(), ambiguous, index, options })
    }
}

/// The engine would end the process on a processor that its kernels are not for.
fn check_processor(prefix: &Path) -> Result<()> {
    #[cfg(target_arch = "x86_64")]
    if !std::arch::is_x86_feature_detected!("avx2") {
        let reason = "the aligner needs a processor with AVX2, which this machine's lacks";
        return Err(FileError::new(prefix, ErrorKind::TaskFailed, reason));
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = prefix;
    Ok(())
}

fn failed(prefix: &Path, error: &bwa_mem3_rs::Error) -> FileError {
    FileError::new(prefix, ErrorKind::TaskFailed, format!("failed to align: {error}"))
}

impl Aligner for BwaMem3 {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> &str {
        bwa_mem3_rs::version()
    }

    fn contigs(&self) -> &ContigList {
        self.genome.contigs()
    }

    fn index_bytes(&self) -> u64 {
        index::loaded_bytes(self.contigs().total_length())
    }

    fn worker_bytes(&self) -> u64 {
        WORKER_BYTES
    }

    fn worker(&self) -> Result<Box<dyn AlignWorker + '_>> {
        let scratch = AlignScratch::new().map_err(|e| failed(&self.prefix, &e))?;
        Ok(Box::new(Worker { engine: self, scratch }))
    }
}

struct Worker<'a> {
    engine: &'a BwaMem3,
    scratch: AlignScratch,
}

impl AlignWorker for Worker<'_> {
    fn align(
        &mut self,
        batch: &ReadBatch,
        insert: Option<&InsertSize>,
        out: &mut dyn FnMut(usize, Record) -> Result<()>,
    ) -> Result<InsertSize> {
        let BwaMem3 { prefix, index, options, .. } = self.engine;
        let fail = |e: bwa_mem3_rs::Error| failed(prefix, &e);
        let split = Split::of(batch);
        let cohort = Cohort { pairs: &split.pairs, singles: &split.singles };
        let regions = seed_extend(index, options, &mut self.scratch, &cohort).map_err(fail)?;
        let regions = [regions];
        let statistics = match insert {
            Some(insert) => to_engine(insert),
            None => MemPeStat::infer_cohort(index, options, &regions),
        };
        let statistics = statistics.map_err(fail)?;
        let [regions] = regions;
        let first = batch.first_template();
        let ids = IdBases { first_single_id: first, first_pair_id: first };
        let mut sink =
            Sink { engine: self.engine, split: &split, out, primary: None, result: Ok(()) };
        let scratch = &mut self.scratch;
        pair_emit(index, options, scratch, regions, Some(&statistics), ids, &mut sink)
            .map_err(fail)?;
        sink.result?;
        Ok(insert.copied().unwrap_or_else(|| from_engine(&statistics)))
    }
}

/// The pairs and single reads of a batch, and the places of their templates.
#[derive(Default)]
struct Split<'a> {
    pairs: Vec<ReadPair<'a>>,
    pair_places: Vec<usize>,
    singles: Vec<SingleRead<'a>>,
    single_places: Vec<usize>,
}

impl<'a> Split<'a> {
    fn of(batch: &'a ReadBatch) -> Self {
        let mut split = Self::default();
        for (place, template) in batch.templates().enumerate() {
            split.push(place, template);
        }
        split
    }

    fn push(&mut self, place: usize, Template { name, first, last, .. }: Template<'a>) {
        if let Some(last) = last {
            self.pair_places.push(place);
            self.pairs.push(ReadPair {
                name_r1: name,
                seq_r1: first.bases,
                qual_r1: quals(first),
                name_r2: name,
                seq_r2: last.bases,
                qual_r2: quals(last),
            });
        } else {
            self.single_places.push(place);
            self.singles.push(SingleRead { name, seq: first.bases, qual: quals(first) });
        }
    }

    fn place(&self, origin: RecordOrigin) -> usize {
        match origin {
            RecordOrigin::Pair(i) => self.pair_places[i],
            RecordOrigin::Single(i) => self.single_places[i],
        }
    }
}

fn quals(read: Read<'_>) -> Option<&[u8]> {
    (read.quals.len() == read.bases.len()).then_some(read.quals)
}

fn to_engine(insert: &InsertSize) -> bwa_mem3_rs::Result<MemPeStat> {
    let mut statistics = MemPeStat::zero()?;
    for (orientation, distances) in ORIENTATIONS.into_iter().zip(insert.0) {
        let failed = PeOrient { failed: true, ..PeOrient::default() };
        let value = distances.map_or(failed, |d| PeOrient {
            low: d.low as i32,
            high: d.high as i32,
            failed: false,
            avg: d.mean,
            std: d.deviation,
        });
        statistics.set_orientation(orientation, value);
    }
    Ok(statistics)
}

fn from_engine(statistics: &MemPeStat) -> InsertSize {
    InsertSize(ORIENTATIONS.map(|orientation| {
        let found = statistics.orientation(orientation);
        (!found.failed).then_some(Distances {
            low: found.low.max(0) as u32,
            high: found.high.max(0) as u32,
            mean: found.avg,
            deviation: found.std,
        })
    }))
}

/// Hands records on until the first error.
struct Sink<'a> {
    engine: &'a BwaMem3,
    split: &'a Split<'a>,
    out: &'a mut dyn FnMut(usize, Record) -> Result<()>,
    primary: Option<Place>,
    result: Result<()>,
}

/// Where the last primary record lies.
#[derive(Clone, Copy)]
struct Place {
    position: Option<(ContigIndex, u32)>,
    reverse: bool,
}

impl Sink<'_> {
    fn record(&mut self, origin: RecordOrigin, body: &[u8]) -> Result<()> {
        let record = self.corrected(body).map_err(|e| {
            let reason = format!("the aligner made an impossible record: {e}");
            FileError::new(&self.engine.prefix, ErrorKind::TaskFailed, reason)
        })?;
        (self.out)(self.split.place(origin), record)
    }

    fn corrected(&mut self, body: &[u8]) -> Result<Record, RecordError> {
        let mut record = Record::from_bytes(body.to_vec())?;
        self.engine.ambiguous.correct(&mut record, &self.engine.genome)?;
        let flags = record.flags();
        if flags.is_primary() {
            let position = record.ref_index().zip(record.start());
            self.primary = Some(Place { position, reverse: flags.is_reverse() });
        } else if let Some(primary) = self.primary.filter(|_| flags.is_mate_unmapped()) {
            // An unmapped mate stands by the primary record, but the engine writes it to be by the
            // supplementary one.
            record.set_mate(primary.position)?;
            record.set_flags(flags.with(Flags::MATE_REVERSE, primary.reverse));
        }
        Ok(record)
    }
}

impl RecordSink for Sink<'_> {
    fn emit(&mut self, origin: RecordOrigin, body: &[u8]) {
        if self.result.is_ok() {
            self.result = self.record(origin, body);
        }
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::Sex;
    use wgs_testkit::{Genome, Pair, Simulator, Variants};

    use super::*;
    use crate::testing::{indexed, push_pair};

    struct Case {
        pairs: Vec<Pair>,
        engine: BwaMem3,
        _folder: tempfile::TempDir,
    }

    fn case() -> Case {
        let genome = Genome::random(5, &[("chr1", 60_000), ("chr2", 40_000)]);
        let simulator = Simulator { coverage: 4.0, ..Simulator::new(5) };
        let pairs = simulator.pairs(&genome, &Variants::none(Sex::Female));
        let (folder, genome, prefix) = indexed(&genome);
        let engine = BwaMem3::load(&prefix, &genome, 1).unwrap();
        Case { pairs, engine, _folder: folder }
    }

    fn aligned(
        engine: &BwaMem3,
        batch: &ReadBatch,
        insert: Option<&InsertSize>,
    ) -> (Vec<(usize, Record)>, InsertSize) {
        let mut records = Vec::new();
        let mut worker = engine.worker().unwrap();
        let insert = worker.align(batch, insert, &mut |place, record| {
            records.push((place, record));
            Ok(())
        });
        (records, insert.unwrap())
    }

    #[test]
    fn pairs_map_to_their_origin_with_all_fields() {
        let Case { pairs, engine, _folder } = case();
        let mut batch = ReadBatch::new(0, 0, 0);
        pairs.iter().for_each(|pair| push_pair(&mut batch, pair));
        let (records, insert) = aligned(&engine, &batch, None);
        let inward = insert.0[1].unwrap();
        assert!((inward.mean - 400.0).abs() < 15.0 && (inward.deviation - 80.0).abs() < 15.0);
        let primary: Vec<_> = records.iter().filter(|(_, r)| r.flags().is_primary()).collect();
        assert_eq!(primary.len(), 2 * pairs.len());
        let mut right = 0;
        for (place, record) in primary {
            let origin = &pairs[*place].origin;
            let inside = record.ref_index() == Some(origin.contig)
                && record
                    .start()
                    .unwrap()
                    .abs_diff(origin.interval.start())
                    .min(record.end().unwrap().abs_diff(origin.interval.end()))
                    <= 20;
            right += usize::from(inside);
            if !record.flags().is_unmapped() && !record.flags().is_mate_unmapped() {
                for tag in [b"NM", b"MD", b"MC", b"MQ", b"AS", b"XS"] {
                    assert!(record.aux(*tag).is_some(), "{}", String::from_utf8_lossy(tag));
                }
                assert!(record.mate_start().is_some());
            }
        }
        assert!(right as f64 > 0.97 * 2.0 * pairs.len() as f64, "{right} of {}", 2 * pairs.len());
    }

    #[test]
    fn given_insert_sizes_make_batches_independent() {
        let Case { pairs, engine, _folder } = case();
        let batch_of = |range: std::ops::Range<usize>| {
            let mut batch = ReadBatch::new(0, 0, range.start as u64);
            pairs[range].iter().for_each(|pair| push_pair(&mut batch, pair));
            batch
        };
        let count = pairs.len();
        let (whole, insert) = aligned(&engine, &batch_of(0..count), None);
        let mut parts = Vec::new();
        for start in (0..count).step_by(100) {
            let batch = batch_of(start..(start + 100).min(count));
            let (records, same) = aligned(&engine, &batch, Some(&insert));
            assert_eq!(same, insert);
            parts.extend(records.into_iter().map(|(place, record)| (place + start, record)));
        }
        assert!(whole == parts);
    }

    #[test]
    fn single_reads_and_pairs_share_a_batch() {
        let Case { pairs, engine, _folder } = case();
        let mut batch = ReadBatch::new(0, 0, 0);
        for (i, pair) in pairs.iter().take(40).enumerate() {
            if i % 2 == 0 {
                let quals: Vec<u8> = pair.reads[0].qualities.iter().map(|q| q + 33).collect();
                let read = Read { bases: &pair.reads[0].bases, quals: &quals };
                batch.push(0, pair.name.as_bytes(), read, None).unwrap();
            } else {
                push_pair(&mut batch, pair);
            }
        }
        let (records, _) = aligned(&engine, &batch, None);
        for (place, record) in records {
            assert_eq!(record.name(), pairs[place].name.as_bytes());
            assert_eq!(record.flags().is_paired(), place % 2 == 1);
            assert_eq!(record.mate_start().is_some(), place % 2 == 1);
        }
    }

    #[test]
    fn the_first_error_of_the_receiver_comes_back() {
        let Case { pairs, engine, _folder } = case();
        let mut batch = ReadBatch::new(0, 0, 0);
        pairs.iter().take(9).for_each(|pair| push_pair(&mut batch, pair));
        let mut calls = 0;
        let result = engine.worker().unwrap().align(&batch, None, &mut |_, _| {
            calls += 1;
            Err(FileError::invalid("x", "enough"))
        });
        assert_eq!(result.unwrap_err().to_string(), "x: enough");
        assert_eq!(calls, 1);
    }

    #[test]
    fn a_cut_index_is_an_error_and_not_the_end_of_the_process() {
        let Case { engine, _folder, .. } = case();
        let path = index::files(&engine.prefix)[0].clone();
        let bytes = std::fs::read(&path).unwrap();
        wgs_formats::output::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(BwaMem3::load(&engine.prefix, &engine.genome, 1).is_err());
    }
}
