//! Writing a VCF: text, or bgzip with a tabix index.

use std::{
    collections::HashSet,
    io::Write,
    path::{Path, PathBuf},
};

use noodles::{
    core::Position,
    csi::binning_index::index::{header, reference_sequence::bin::Chunk},
    tabix,
};
use noodles_bgzf::{self as bgzf, VirtualPosition};
use wgs_core::Pos1;

use super::{Header, Record};
use crate::{
    FileError, Result,
    output::{self, AtomicFile},
};

/// Bytes of text in a block, as htslib takes.
const BLOCK_BYTES: usize = 0xff00;

/// Blocks that are compressed together.
const BATCH_BLOCKS: usize = 64;

/// Last position that a tabix index can hold.
const TABIX_LIMIT: u32 = 1 << 29;

/// The index that [`Writer`] makes beside a bgzip VCF.
///
/// ```
/// let index = wgs_formats::variant::index_path("calls.vcf.gz");
/// assert_eq!(index, std::path::Path::new("calls.vcf.gz.tbi"));
/// ```
pub fn index_path(path: impl AsRef<Path>) -> PathBuf {
    beside(path.as_ref(), ".tbi")
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Writes a VCF that appears, with its index, when [`Writer::finish`] is called.
///
/// A name that ends in `.gz` or `.bgz` gives bgzip and a `.tbi`; records must then be sorted:
/// contigs in the order of the header and in one piece, positions not decreasing. Any other name
/// gives plain text. The bytes do not depend on the number of threads.
pub struct Writer {
    path: PathBuf,
    file: AtomicFile,
    /// Text that is not yet compressed.
    text: Vec<u8>,
    samples: usize,
    order: Order,
    compression: Option<Compression>,
}

impl Writer {
    /// Opens a file beside its final name and writes the header. `threads` compress.
    pub fn create(path: impl AsRef<Path>, header: &Header, threads: usize) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let bgzip = path.extension().is_some_and(|e| e == "gz" || e == "bgz");
        output::remove_dead_partials(&path)?;
        output::remove_dead_partials(&index_path(&path))?;
        let file = AtomicFile::create(&path)?;
        let mut writer = Self {
            file,
            text: header.to_string().into_bytes(),
            samples: header.samples().len(),
            order: Order::new(header),
            compression: bgzip.then(|| Compression::new(threads)),
            path,
        };
        if let Some(compression) = &mut writer.compression {
            compression.written = writer.text.len() as u64;
        }
        Ok(writer)
    }

    /// Adds a record. It must have a column for each sample of the header.
    pub fn write(&mut self, record: &Record) -> Result<()> {
        let invalid = |reason: String| {
            let place = format!("record {}:{}", record.contig, record.position);
            FileError::invalid(&self.path, reason).at(place)
        };
        if record.samples.len() != self.samples {
            let (found, expected) = (record.samples.len(), self.samples);
            return Err(invalid(format!("{found} sample columns, the header has {expected}")));
        }
        let before = self.text.len();
        writeln!(self.text, "{record}").expect("writing to memory does not fail");
        if let Some(compression) = &mut self.compression {
            self.order.check(record).map_err(invalid)?;
            compression.add(record, (self.text.len() - before) as u64);
        }
        if self.text.len() >= BLOCK_BYTES * BATCH_BLOCKS {
            self.flush(false)?;
        }
        Ok(())
    }

    /// Writes what is left and the index, syncs both, and gives them their names, after an older
    /// file and its index are removed.
    pub fn finish(self) -> Result<()> {
        Self::finish_together([self])
    }

    /// As [`Writer::finish`], for files that belong together: none has its name before the content
    /// of all is safe, and older files are gone before the first new one is there.
    pub fn finish_together(writers: impl IntoIterator<Item = Self>) -> Result<()> {
        let (mut indexes, mut files, mut stale) = (Vec::new(), Vec::new(), Vec::new());
        for mut writer in writers {
            writer.flush(true)?;
            let Self { mut file, compression, path, .. } = writer;
            if let Some(compression) = compression {
                indexes.push(compression.finish(&mut file, &path)?);
                stale.push(beside(&path, ".csi"));
            }
            files.push(file);
        }
        match files.pop() {
            Some(file) if files.is_empty() && indexes.is_empty() => file.commit(),
            last => {
                indexes.extend(files.into_iter().chain(last));
                output::publish_together(indexes, &stale)
            }
        }
    }

    fn flush(&mut self, all: bool) -> Result<()> {
        let io = |e| FileError::io(&self.path, e);
        let Some(compression) = &mut self.compression else {
            self.file.write_all(&self.text).map_err(io)?;
            self.text.clear();
            return Ok(());
        };
        let length = self.text.len();
        let whole = if all { length } else { length / BLOCK_BYTES * BLOCK_BYTES };
        for frame in compression.frames(&self.text[..whole]).map_err(io)? {
            self.file.write_all(&frame).map_err(io)?;
            compression.end_block(frame.len() as u64);
        }
        self.text.drain(..whole);
        compression.index_finished(all).map_err(io)
    }
}

/// Whether records come sorted.
pub(super) struct Order {
    header: Header,
    contig: String,
    seen: HashSet<String>,
    position: Option<Pos1>,
}

impl Order {
    pub(super) fn new(header: &Header) -> Self {
        let header = header.clone();
        Self { header, contig: String::new(), seen: HashSet::new(), position: None }
    }

    pub(super) fn check(&mut self, record: &Record) -> Result<(), String> {
        if record.contig != self.contig {
            let place = |name: &str| self.header.contig_index(name);
            if place(&record.contig) < place(&self.contig) || self.seen.contains(&record.contig) {
                let (now, before) = (&record.contig, &self.contig);
                return Err(format!("not sorted: contig {now} comes after {before}"));
            }
            self.contig.clone_from(&record.contig);
            self.seen.insert(record.contig.clone());
            self.position = None;
        }
        if Some(record.position) < self.position {
            return Err("not sorted: the position is smaller than the one before".into());
        }
        if record.interval().end() > TABIX_LIMIT {
            return Err(format!("ends past {TABIX_LIMIT}, the limit of tabix indexes"));
        }
        self.position = Some(record.position);
        Ok(())
    }
}

/// Where a record lies in the text.
struct Entry {
    contig: String,
    first: u32,
    last: u32,
    start: u64,
    end: u64,
}

/// Blocks and index of a bgzip file in the making.
struct Compression {
    threads: usize,
    /// Bytes of text so far.
    written: u64,
    /// Offset in the file of each block, and of the block to come.
    blocks: Vec<u64>,
    /// Records whose blocks are not all in the file.
    pending: Vec<Entry>,
    indexer: tabix::index::Indexer,
}

impl Compression {
    fn new(threads: usize) -> Self {
        let mut indexer = tabix::index::Indexer::default();
        indexer.set_header(header::Builder::vcf().build());
        let threads = threads.clamp(1, BATCH_BLOCKS);
        Self { threads, written: 0, blocks: vec![0], pending: Vec::new(), indexer }
    }

    fn add(&mut self, record: &Record, bytes: u64) {
        let (start, end) = (self.written, self.written + bytes);
        self.written = end;
        let interval = record.interval();
        let (first, last) = (interval.first().get(), interval.last());
        self.pending.push(Entry { contig: record.contig.clone(), first, last, start, end });
    }

    /// The text as BGZF blocks in order.
    fn frames(&self, text: &[u8]) -> std::io::Result<Vec<Vec<u8>>> {
        let blocks: Vec<&[u8]> = text.chunks(BLOCK_BYTES).collect();
        if self.threads == 1 || blocks.len() < 2 {
            return blocks.iter().map(|block| frame(block)).collect();
        }
        let share = blocks.len().div_ceil(self.threads);
        std::thread::scope(|scope| {
            let workers: Vec<_> = blocks
                .chunks(share)
                .map(|part| scope.spawn(|| part.iter().map(|block| frame(block)).collect()))
                .collect();
            let parts = workers.into_iter().map(|w| w.join().expect("compression does not panic"));
            let parts: Vec<std::io::Result<Vec<Vec<u8>>>> = parts.collect();
            parts.into_iter().collect::<std::io::Result<Vec<_>>>().map(|p| p.concat())
        })
    }

    fn end_block(&mut self, bytes: u64) {
        let start = self.blocks.last().copied().unwrap_or_default();
        self.blocks.push(start + bytes);
    }

    /// Indexes the records that lie wholly in finished blocks; with `all` the last block may be
    /// short.
    fn index_finished(&mut self, all: bool) -> std::io::Result<()> {
        let in_file = (self.blocks.len() as u64 - 1) * BLOCK_BYTES as u64;
        let done = self.pending.iter().take_while(|e| all || e.end <= in_file).count();
        for entry in self.pending.drain(..done) {
            let position = |p: u32| Position::new(p as usize).expect("1 or more");
            let chunk =
                Chunk::new(place(&self.blocks, entry.start), place(&self.blocks, entry.end));
            let (first, last) = (position(entry.first), position(entry.last));
            self.indexer.add_record(&entry.contig, first, last, chunk)?;
        }
        Ok(())
    }

    /// Ends the file and makes its index.
    fn finish(self, file: &mut AtomicFile, path: &Path) -> Result<AtomicFile> {
        let end = bgzf::io::Writer::new(Vec::new()).finish();
        let end = end.and_then(|end| file.write_all(&end).and_then(|()| file.flush()));
        end.map_err(|e| FileError::io(path, e))?;
        let index_path = index_path(path);
        let mut index_file = AtomicFile::create(&index_path)?;
        let mut writer = tabix::io::Writer::new(&mut index_file);
        let written = writer.write_index(&self.indexer.build());
        written.and_then(|()| writer.try_finish()).map_err(|e| FileError::io(&index_path, e))?;
        drop(writer);
        Ok(index_file)
    }
}

/// The virtual position of an offset in the text.
fn place(blocks: &[u64], offset: u64) -> VirtualPosition {
    let (block, within) = (offset / BLOCK_BYTES as u64, offset % BLOCK_BYTES as u64);
    let start = blocks[(block as usize).min(blocks.len() - 1)];
    VirtualPosition::try_from((start, within as u16)).expect("files are shorter than 2^48 bytes")
}

fn frame(block: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = bgzf::io::Writer::new(Vec::new());
    writer.write_all(block)?;
    writer.flush()?;
    Ok(writer.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variant::Reader;

    fn header(contigs: &[&str]) -> Header {
        let contigs = contigs.iter().map(|c| wgs_core::Contig::new(*c, 1 << 30)).collect();
        Header::new(&wgs_core::ContigList::new(contigs).unwrap())
    }

    fn record(contig: &str, position: u32) -> Record {
        Record::new(contig, Pos1::new(position).unwrap(), "A", ["C"])
    }

    #[test]
    fn bytes_do_not_depend_on_threads() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = |threads| {
            let path = folder.path().join("x.vcf.gz");
            let mut writer = Writer::create(&path, &header(&["a"]), threads).unwrap();
            for i in 1..400_000 {
                let mut record = record("a", i * 3);
                record.info.set("é", "ß");
                writer.write(&record).unwrap();
            }
            writer.finish().unwrap();
            assert_eq!(Reader::open(&path).unwrap().filter(Result::is_ok).count(), 399_999);
            (std::fs::read(&path).unwrap(), std::fs::read(index_path(&path)).unwrap())
        };
        assert!(bytes(1) == bytes(3));
    }

    #[test]
    fn what_older_files_left_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let names = ["x.vcf.gz", "x.vcf.gz.tbi", "x.vcf.gz.csi"];
        names.iter().for_each(|name| output::write(&at(name), "old").unwrap());
        for name in &names[..2] {
            output::write(&at(&format!(".{name}.partial-4294967295")), "cut").unwrap();
        }
        let writer = Writer::create(at("x.vcf.gz"), &header(&["a"]), 1).unwrap();
        writer.finish().unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);

        // An index that cannot be replaced: the older file must not stay beside it.
        std::fs::remove_file(at("x.vcf.gz.tbi")).unwrap();
        std::fs::create_dir(at("x.vcf.gz.tbi")).unwrap();
        let writer = Writer::create(at("x.vcf.gz"), &header(&["a"]), 1).unwrap();
        writer.finish().unwrap_err();
        assert!(!at("x.vcf.gz").exists());
    }

    #[test]
    fn files_that_belong_together_appear_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let writers = || {
            ["x.vcf.gz", "x.g.vcf.gz"].map(|n| Writer::create(at(n), &header(&["a"]), 1).unwrap())
        };
        Writer::finish_together(writers()).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
        std::fs::remove_file(at("x.g.vcf.gz.tbi")).unwrap();
        std::fs::create_dir(at("x.g.vcf.gz.tbi")).unwrap();
        Writer::finish_together(writers()).unwrap_err();
        assert!(!at("x.vcf.gz").exists() && !at("x.g.vcf.gz").exists());
    }

    #[test]
    fn unsorted_records_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.vcf.gz");
        for (first, second) in [
            (record("a", 5), record("a", 4)),
            (record("b", 5), record("a", 6)),
            (record("a", 1 << 29), record("a", (1 << 29) + 1)),
        ] {
            let mut writer = Writer::create(&path, &header(&["a", "b"]), 1).unwrap();
            writer.write(&first).unwrap();
            assert!(writer.write(&second).is_err());
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn plain_text_has_no_index_and_any_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.vcf");
        let mut writer = Writer::create(&path, &header(&["a"]), 1).unwrap();
        writer.write(&record("a", 5)).unwrap();
        writer.write(&record("a", 4)).unwrap();
        writer.finish().unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().ends_with("a\t4\t.\tA\tC\t.\t.\t.\n"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn records_without_their_samples_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut header = header(&["a"]);
        header.set_samples(["s"]);
        let mut writer = Writer::create(folder.path().join("x.vcf"), &header, 1).unwrap();
        assert!(writer.write(&record("a", 5)).is_err());
    }
}
