//! The embedded engine bwa-mem3.

mod native;
mod preset;

use std::path::{Path, PathBuf};

use bwa_mem3_sys::mem_pestat_t;
use wgs_core::{ContigIndex, ContigList, ErrorKind};
use wgs_formats::{
    FileError, Result,
    alignment::{Flags, Record, RecordError},
    genome::Genome,
};

use self::native::{Call, Index, Options, Scratch, Statistics};
pub use self::preset::Preset;
use super::{AlignWorker, Aligner, Distances, InsertSize, ambiguous::AmbiguousBases};
use crate::{index, reads::ReadBatch};

/// The engine's name.
const NAME: &str = "bwa-mem3";

/// Bytes of a worker: buffers of the kernels, candidate alignments of a batch.
const WORKER_BYTES: u64 = 64 << 20;

/// The engine bwa-mem3 with its index in memory.
///
/// With [`Preset::Compatible`], parameters are the defaults of `bwa mem` with `-Y`: supplementary
/// records keep all bases, soft-clipped. `NM` and `MD` are right over ambiguous reference bases as
/// well.
///
/// The engine writes some lines to the standard error when it loads the index and when it
/// estimates insert sizes. Most of them no option of it silences; to close the process's standard
/// error meanwhile would lose what other threads say.
pub struct BwaMem3 {
    prefix: PathBuf,
    genome: Genome,
    ambiguous: AmbiguousBases,
    index: Index,
    options: Options,
    preset: Preset,
}

impl BwaMem3 {
    /// Name and version of the engine, known without an index.
    pub fn release() -> String {
        format!("{NAME} {}", native::version())
    }

    /// As [`BwaMem3::release`], with the preset: all that decides its records but the genome.
    pub fn engine(preset: Preset) -> String {
        format!("{} {}", Self::release(), preset.name())
    }

    /// Loads the index of a genome at `prefix`, after it was checked ([`index::validate`]), with so
    /// many threads; aligns as bwa does.
    ///
    /// # Errors
    ///
    /// If the index is not whole, is of another genome, or cannot be read; on an x86 processor
    /// without AVX2.
    pub fn load(prefix: &Path, genome: &Genome, threads: usize) -> Result<Self> {
        Self::load_with(prefix, genome, threads, Preset::Compatible)
    }

    /// As [`BwaMem3::load`], with a preset.
    ///
    /// # Errors
    ///
    /// As [`BwaMem3::load`].
    pub fn load_with(
        prefix: &Path,
        genome: &Genome,
        threads: usize,
        preset: Preset,
    ) -> Result<Self> {
        check_processor(prefix)?;
        index::validate(prefix, genome.contigs())?;
        let runs = index::ambiguous_runs(prefix, genome.contigs())?;
        let ambiguous = AmbiguousBases::new(genome.contigs(), runs.into_iter());
        let fail = |reason: String| failed(prefix, &reason);
        let index = Index::load(prefix, threads).map_err(fail)?;
        let options = Options::new(preset).map_err(fail)?;
        let (prefix, genome) = (prefix.to_owned(), genome.clone());
        Ok(Self { prefix, genome, ambiguous, index, options, preset })
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

fn failed(prefix: &Path, reason: &str) -> FileError {
    FileError::new(prefix, ErrorKind::TaskFailed, format!("failed to align: {reason}"))
}

impl Aligner for BwaMem3 {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> &str {
        native::version()
    }

    fn command_line(&self) -> String {
        match self.preset {
            Preset::Compatible => "bwa-mem3 mem -Y".into(),
            Preset::Fast => "bwa-mem3 mem -Y --fast".into(),
        }
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
        let scratch = Scratch::new().map_err(|e| failed(&self.prefix, &e))?;
        Ok(Box::new(Worker { engine: self, scratch }))
    }
}

struct Worker<'a> {
    engine: &'a BwaMem3,
    scratch: Scratch,
}

impl AlignWorker for Worker<'_> {
    fn align(
        &mut self,
        batch: &ReadBatch,
        insert: Option<&InsertSize>,
        out: &mut dyn FnMut(usize, Record) -> Result<()>,
    ) -> Result<InsertSize> {
        let BwaMem3 { prefix, index, options, .. } = self.engine;
        let fail = |reason: String| failed(prefix, &reason);
        let mut call = Call { index, options, scratch: &mut self.scratch };
        let regions = call.regions(batch).map_err(fail)?;
        let statistics = match insert {
            Some(insert) => to_engine(insert),
            None => call.statistics(&regions).map_err(fail)?,
        };
        let mut sink = Sink { engine: self.engine, out, primary: None, result: Ok(()) };
        let first = batch.first_template();
        call.emit(regions, &statistics, first, &mut |place, body| sink.emit(place, body))
            .map_err(fail)?;
        sink.result?;
        Ok(insert.copied().unwrap_or_else(|| from_engine(&statistics)))
    }
}

fn to_engine(insert: &InsertSize) -> Statistics {
    let failed = mem_pestat_t { low: 0, high: 0, failed: 1, avg: 0.0, std: 0.0 };
    insert.0.map(|distances| {
        distances.map_or(failed, |d| mem_pestat_t {
            low: d.low as i32,
            high: d.high as i32,
            failed: 0,
            avg: d.mean,
            std: d.deviation,
        })
    })
}

fn from_engine(statistics: &Statistics) -> InsertSize {
    InsertSize(statistics.map(|found| {
        (found.failed == 0).then_some(Distances {
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
    fn emit(&mut self, place: usize, body: &[u8]) {
        if self.result.is_ok() {
            self.result = self.record(place, body);
        }
    }

    fn record(&mut self, place: usize, body: &[u8]) -> Result<()> {
        let record = self.corrected(body).map_err(|e| {
            let reason = format!("the aligner made an impossible record: {e}");
            FileError::new(&self.engine.prefix, ErrorKind::TaskFailed, reason)
        })?;
        (self.out)(place, record)
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

#[cfg(test)]
mod tests {
    use wgs_core::Sex;
    use wgs_testkit::{Genome, Pair, Simulator, Variants};

    use super::*;
    use crate::{
        reads::Read,
        testing::{indexed, push_pair},
    };

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
    fn a_panic_of_the_receiver_passes_through_the_engine() {
        let Case { pairs, engine, _folder } = case();
        let mut batch = ReadBatch::new(0, 0, 0);
        pairs.iter().take(9).for_each(|pair| push_pair(&mut batch, pair));
        let mut worker = engine.worker().unwrap();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            worker.align(&batch, None, &mut |_, _| panic!("enough"))
        }));
        assert_eq!(result.unwrap_err().downcast_ref(), Some(&"enough"));
        let again = worker.align(&batch, None, &mut |_, _| Ok(()));
        assert!(again.is_ok(), "the worker is as before");
    }

    #[test]
    fn the_fast_preset_places_pairs_as_the_compatible_one() {
        let Case { pairs, engine, _folder } = case();
        let load = |preset| BwaMem3::load_with(&engine.prefix, &engine.genome, 1, preset).unwrap();
        let mut batch = ReadBatch::new(0, 0, 0);
        pairs.iter().for_each(|pair| push_pair(&mut batch, pair));
        let engines = [Preset::Compatible, Preset::Fast].map(load);
        assert_ne!(engines[0].command_line(), engines[1].command_line());
        let [compatible, fast] = engines.each_ref().map(|engine| {
            let (records, insert) = aligned(engine, &batch, None);
            assert!(insert.is_known());
            let primary = records.into_iter().filter(|(_, r)| r.flags().is_primary());
            primary.map(|(place, r)| (place, r.ref_index(), r.start())).collect::<Vec<_>>()
        });
        let same = compatible.iter().zip(&fast).filter(|(a, b)| a == b).count();
        assert!(same as f64 > 0.995 * compatible.len() as f64, "{same} of {}", compatible.len());
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
