//! What each thread does: a batch of reads becomes sorted-in records and duplicate keys.

use crossbeam_channel::Receiver;
use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    alignment::{Aux, Flags, Record, RecordBuilder},
};

use super::{
    insert::Judge,
    sample::{Counts, Sample},
    trim::{Kept, Trimmed, part},
};
use crate::{
    aligner::{AlignWorker, Engine, InsertSize},
    duplicates::{End, Location, Origin, Templates},
    external::Aligned,
    origin::Stamp,
    reads::{Read, ReadBatch, Template},
    sort::Chunk,
};

/// Flags of reads that are not aligned because they fail quality checks (0x200): the first and the
/// last of a pair, and a single one.
const REFUSED: [u16; 3] = [0x200 | 0x4d, 0x200 | 0x8d, 0x204];
/// Bits of the number of a record within its template.
const RECORD_BITS: u32 = 24;

/// The order of records: contig and position, the forward strand first, then the template's
/// number and the record's within it. Records without position come last.
///
/// Unmapped reads whose mate is mapped stand at its place.
pub(super) fn record_key(record: &Record, template: u64, number: u64) -> [u64; 2] {
    let place = match (record.ref_index(), record.start()) {
        (Some(contig), Some(start)) => {
            let reverse = u64::from(record.flags().is_reverse());
            (contig.0 as u64) << 33 | u64::from(start) << 1 | reverse
        }
        _ => u64::MAX,
    };
    [place, template << RECORD_BITS | number]
}

/// The template's number in the key of a record.
pub(super) fn template_of(key: [u64; 2]) -> u64 {
    key[1] >> RECORD_BITS
}

/// Aligns batches until there are no more, or another thread failed. Returns the counts of each
/// read group.
pub(super) fn run(sample: &Sample<'_>, batches: &Batches) -> Result<Vec<Counts>> {
    match (sample.aligner, batches) {
        (Engine::Embedded(aligner), Batches::Reads(batches)) => {
            let worker = aligner.worker()?;
            let mut thread = Thread { sample, worker, out: Out::new(sample) };
            for batch in batches {
                if !thread.batch(batch)? {
                    break;
                }
            }
            Ok(thread.out.counts)
        }
        (_, Batches::Aligned(batches)) => aligned(sample, batches),
        (Engine::External(_), Batches::Reads(_)) => unreachable!("programs align before"),
    }
}

/// Where the batches of a thread come from.
#[derive(Clone)]
pub(super) enum Batches {
    /// From the input.
    Reads(Receiver<ReadBatch>),
    /// From a program that has aligned them.
    Aligned(Receiver<Aligned<Prepared>>),
}

/// A batch, and what of it is aligned.
pub(super) struct Prepared {
    batch: ReadBatch,
    trimmed: Option<Trimmed>,
}

impl Prepared {
    /// Shows a batch to the observer, and trims it.
    pub(super) fn of(sample: &Sample<'_>, batch: ReadBatch) -> Result<Self> {
        if let Some(observer) = sample.observer {
            observer.observe(&batch);
        }
        let trimmed = sample.trimmer.map(|trimmer| Trimmed::of(&batch, trimmer)).transpose()?;
        Ok(Self { batch, trimmed })
    }

    /// The template at a place of the aligned batch.
    fn source(&self, place: usize) -> Source<'_> {
        let trimmed = self.trimmed.as_ref();
        let place = trimmed.map_or(place, |trimmed| trimmed.places[place]);
        Source::new(&self.batch, place, trimmed)
    }
}

impl AsRef<ReadBatch> for Prepared {
    fn as_ref(&self) -> &ReadBatch {
        self.trimmed.as_ref().map_or(&self.batch, |trimmed| &trimmed.batch)
    }
}

/// As [`run`], for batches that a program has aligned.
fn aligned(sample: &Sample<'_>, batches: &Receiver<Aligned<Prepared>>) -> Result<Vec<Counts>> {
    let mut out = Out::new(sample);
    for Aligned { batch, records } in batches {
        if sample.inserts.is_stopped() {
            break;
        }
        out.begin(&batch.batch);
        for (place, record) in records {
            out.record(&batch.source(place), record)?;
        }
        out.end(&batch)?;
    }
    Ok(out.counts)
}

struct Thread<'a> {
    sample: &'a Sample<'a>,
    worker: Box<dyn AlignWorker + 'a>,
    out: Out<'a>,
}

impl Thread<'_> {
    /// Aligns a batch; false if another thread failed meanwhile.
    fn batch(&mut self, batch: ReadBatch) -> Result<bool> {
        let sample = self.sample;
        if sample.inserts.is_stopped() {
            return Ok(false);
        }
        let batch = Prepared::of(sample, batch)?;
        let reads = batch.as_ref();
        let with_pairs = reads.templates().any(|template| template.last.is_some());
        let judge = if with_pairs {
            sample.inserts.judge(reads.lane(), reads.number())
        } else {
            Judge::By(InsertSize::default())
        };
        let insert = match &judge {
            Judge::Stopped => return Ok(false),
            Judge::Itself => None,
            Judge::By(insert) => Some(insert),
        };
        let out = &mut self.out;
        out.begin(&batch.batch);
        let mut record = |place: usize, record| out.record(&batch.source(place), record);
        let insert = match reads.is_empty() {
            true => InsertSize::default(),
            false => self.worker.align(reads, insert, &mut record)?,
        };
        sample.inserts.judged(reads.lane(), reads.number(), &insert);
        out.end(&batch)?;
        Ok(true)
    }
}

/// The template that a record is of.
struct Source<'a> {
    place: usize,
    template: Template<'a>,
    /// What was kept of it, where reads are trimmed.
    kept: Option<&'a Kept>,
}

impl<'a> Source<'a> {
    fn new(batch: &'a ReadBatch, place: usize, trimmed: Option<&'a Trimmed>) -> Self {
        let kept = trimmed.and_then(|trimmed| trimmed.kept[place].as_ref());
        Self { place, template: batch.template_at(place), kept }
    }

    /// The first or the last read, and what was trimmed from its begin and end.
    fn read(&self, last: bool) -> (Read<'a>, Read<'a>, Read<'a>) {
        let read = match self.template.last {
            Some(read) if last => read,
            _ => self.template.first,
        };
        let cut = |range| part(read, range).unwrap_or_default();
        match self.kept {
            None => (read, Read::default(), Read::default()),
            Some(kept) => {
                let kept = if last { &kept.last } else { &kept.first };
                (read, cut(0..kept.start), cut(kept.end..read.bases.len()))
            }
        }
    }
}

/// Gathers what the aligner makes of a batch.
struct Out<'a> {
    sample: &'a Sample<'a>,
    first_template: u64,
    current: Option<Current>,
    records: Chunk<2>,
    templates: Templates,
    counts: Vec<Counts>,
}

/// The template whose records come in.
struct Current {
    place: usize,
    origin: Origin,
    records: u64,
    ends: [Option<End>; 2],
}

impl<'a> Out<'a> {
    fn new(sample: &'a Sample<'a>) -> Self {
        Self {
            sample,
            first_template: 0,
            current: None,
            records: Chunk::default(),
            templates: Templates::default(),
            counts: vec![Counts::default(); sample.read_groups.len()],
        }
    }

    fn begin(&mut self, batch: &ReadBatch) {
        self.first_template = batch.first_template();
        for template in batch.templates() {
            self.counts[template.read_group].add(&template);
        }
    }

    fn record(&mut self, source: &Source<'_>, mut record: Record) -> Result<()> {
        let read_group = source.template.read_group;
        if self.current.as_ref().is_none_or(|current| current.place != source.place) {
            self.end_template();
            let origin = Origin {
                library: self.sample.library_of[read_group],
                read_group,
                template: self.first_template + source.place as u64,
                location: Location::of_name(source.template.name),
            };
            self.current =
                Some(Current { place: source.place, origin, records: 0, ends: [None; 2] });
        }
        let id = self.sample.read_groups[read_group].id.as_bytes();
        // bwa's count of similar hits; its tag is none of SAM's.
        record.remove_aux(*b"HN");
        record.set_aux(*b"RG", Aux::Text(id)).map_err(|e| self.impossible(&e.to_string()))?;
        let template = self.first_template + source.place as u64;
        let flags = record.flags();
        if flags.is_primary() {
            self.stamp(source, &mut record)?;
            self.counts[read_group].mapped_reads += u64::from(!flags.is_unmapped());
        }
        let current = self.current.as_mut().expect("set above");
        if flags.is_primary() {
            current.ends[usize::from(flags.is_last())] = End::of(&record);
        }
        self.records.push(record_key(&record, template, current.records), record.as_bytes());
        current.records += 1;
        Ok(())
    }

    /// Gives a primary record what FASTQ has of the read besides.
    fn stamp(&self, source: &Source<'_>, record: &mut Record) -> Result<()> {
        let last = record.flags().is_last();
        let (_, head, tail) = source.read(last);
        let suffix = source.template.suffixes[usize::from(last)];
        let usual = &self.sample.suffixes_of(&source.template).0[usize::from(last)];
        let place = self.first_template + source.place as u64;
        let stamp = Stamp {
            suffix: (suffix != usual).then_some(suffix),
            head,
            tail,
            place: self.sample.keep_order.then_some(place),
        };
        stamp.put(record).map_err(|e| self.impossible(&e.to_string()))
    }

    /// Makes records of the templates that the trimmer keeps from being aligned.
    fn refused(&mut self, batch: &ReadBatch, trimmed: &Trimmed) -> Result<()> {
        let places = (0..batch.len()).filter(|&place| trimmed.kept[place].is_none());
        for place in places {
            let source = Source::new(batch, place, None);
            let flags = if source.template.last.is_some() { &REFUSED[..2] } else { &REFUSED[2..] };
            for &flags in flags {
                let (read, ..) = source.read(Flags(flags).is_last());
                let quals: Vec<u8> = read.quals.iter().map(|q| q - 33).collect();
                let builder = RecordBuilder::new(source.template.name).flags(Flags(flags));
                let record = builder.bases(read.bases).quals(&quals).build();
                let record = record.map_err(|e| self.impossible(&e.to_string()))?;
                self.record(&source, record)?;
            }
        }
        Ok(())
    }

    fn impossible(&self, reason: &str) -> FileError {
        let reason = format!("impossible record: {reason}");
        FileError::new(self.sample.output, ErrorKind::TaskFailed, reason)
    }

    fn end_template(&mut self) {
        if let Some(Current { origin, ends, .. }) = self.current.take() {
            self.templates.push(&origin, ends);
        }
    }

    fn end(&mut self, batch: &Prepared) -> Result<()> {
        if let Some(trimmed) = &batch.trimmed {
            self.refused(&batch.batch, trimmed)?;
        }
        self.end_template();
        self.sample.sorter.append(&self.records)?;
        self.sample.finder.append(&self.templates)?;
        self.records.clear();
        self.templates.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::{ContigIndex, ContigList};
    use wgs_formats::alignment::Flags;

    use super::*;
    use crate::{aligner::Aligner, duplicates::Finder, pipeline::insert::Inserts, sort::Sorter};

    /// An aligner that says so when it is given reads.
    struct Refusing(ContigList);

    impl Aligner for Refusing {
        fn name(&self) -> &'static str {
            "refusing"
        }

        fn version(&self) -> &'static str {
            "1"
        }

        fn contigs(&self) -> &ContigList {
            &self.0
        }

        fn index_bytes(&self) -> u64 {
            0
        }

        fn worker_bytes(&self) -> u64 {
            0
        }

        fn worker(&self) -> Result<Box<dyn AlignWorker + '_>> {
            Ok(Box::new(Refusing(ContigList::default())))
        }
    }

    impl AlignWorker for Refusing {
        fn align(
            &mut self,
            _: &ReadBatch,
            _: Option<&InsertSize>,
            _: &mut dyn FnMut(usize, Record) -> Result<()>,
        ) -> Result<InsertSize> {
            Err(FileError::invalid("x", "was given reads"))
        }
    }

    #[test]
    fn single_reads_are_not_aligned_any_more_once_a_thread_failed() {
        let (aligner, folder) = (Refusing(ContigList::default()), tempfile::tempdir().unwrap());
        for stopped in [false, true] {
            let sample = Sample {
                output: folder.path(),
                aligner: Engine::Embedded(&aligner),
                observer: None,
                trimmer: None,
                keep_order: false,
                suffixes: vec![std::sync::OnceLock::new()],
                read_groups: vec![wgs_formats::alignment::ReadGroup::new("a")],
                library_of: vec![0],
                inserts: Inserts::new(1),
                sorter: Sorter::new(folder.path(), 1 << 20, 1),
                finder: Finder::new(folder.path(), 1 << 20, 1, 100),
            };
            if stopped {
                sample.inserts.stop();
            }
            let (sender, batches) = crossbeam_channel::unbounded();
            let mut batch = ReadBatch::new(0, 0, 0);
            batch.push(0, b"r", Read { bases: b"ACGT", quals: b"IIII" }, None).unwrap();
            sender.send(batch).unwrap();
            drop(sender);
            assert_eq!(run(&sample, &Batches::Reads(batches)).is_ok(), stopped);
        }
    }

    #[test]
    fn records_are_in_order_of_place_strand_and_template() {
        let key = |contig: Option<usize>, start, flags, template, number| {
            let builder = RecordBuilder::new(b"r").flags(Flags(flags)).bases(b"A");
            let builder = match contig {
                Some(contig) => builder.position(ContigIndex(contig), start),
                None => builder,
            };
            record_key(&builder.build().unwrap(), template, number)
        };
        let ordered = [
            key(Some(0), 5, 4, 9, 0),
            key(Some(0), 7, 4, 2, 0),
            key(Some(0), 7, 4, 2, 1),
            key(Some(0), 7, 4, 8, 0),
            key(Some(0), 7, 4 + 16, 1, 0),
            key(Some(1), 0, 4, 0, 0),
            key(None, 0, 4, 3, 0),
            key(None, 0, 4 + 16, 4, 0),
        ];
        assert!(ordered.is_sorted());
        assert_eq!(template_of(ordered[4]), 1);
    }
}
