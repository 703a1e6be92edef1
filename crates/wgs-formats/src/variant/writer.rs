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
use noodles_bgzf::VirtualPosition;
use wgs_core::{Interval0, Pos1};

use super::{Batch, Header, Packed, Packer, Record, bgzip::BLOCK_BYTES};
use crate::{
    FileError, Result,
    input::BGZF_EOF,
    output::{self, AtomicFile},
};

/// Bytes of text after which records are compressed, together with those of other threads.
const BATCH_BYTES: usize = 32 * BLOCK_BYTES;

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
    /// Lines that are not yet packed.
    batch: Batch,
    /// Batches that are full and not yet packed.
    full: Vec<Batch>,
    packers: Vec<Packer>,
    samples: usize,
    order: Order,
    /// Of bgzip only.
    index: Option<Index>,
}

impl Writer {
    /// Opens a file beside its final name and writes the header. `threads` compress.
    pub fn create(path: impl AsRef<Path>, header: &Header, threads: usize) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let bgzip = path.extension().is_some_and(|e| e == "gz" || e == "bgz");
        output::remove_dead_partials(&path)?;
        output::remove_dead_partials(&index_path(&path))?;
        let file = AtomicFile::create(&path)?;
        Ok(Self {
            file,
            batch: Batch::default(),
            full: vec![Batch::of_text(header.to_string())],
            packers: (0..threads.max(1)).map(|_| Packer::new(bgzip)).collect(),
            samples: header.samples().len(),
            order: Order::new(header),
            index: bgzip.then(Index::default),
            path,
        })
    }

    /// Adds a record. It must have a column for each sample of the header.
    pub fn write(&mut self, record: &Record) -> Result<()> {
        if record.samples.len() != self.samples {
            let (found, expected) = (record.samples.len(), self.samples);
            let reason = format!("{found} sample columns, the header has {expected}");
            return Err(self.invalid(&record.contig, record.position, reason));
        }
        self.push(&record.contig, record.interval(), |text| {
            write!(text, "{record}").expect("writing to memory does not fail");
        })
    }

    /// Adds the line of a record as [`Record`] displays it, made before, perhaps on another thread:
    /// the bytes are those of [`Writer::write`]. It must be of this contig, speak of these bases
    /// ([`Record::interval`]) and have a column for each sample of the header.
    pub fn write_line(&mut self, contig: &str, interval: Interval0, line: &str) -> Result<()> {
        self.push(contig, interval, |text| text.extend_from_slice(line.as_bytes()))
    }

    fn push(
        &mut self,
        contig: &str,
        interval: Interval0,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<()> {
        self.check_order(contig, interval.first(), interval.end())?;
        self.batch.push(contig, interval, write);
        if self.batch.len() >= BATCH_BYTES {
            self.full.push(std::mem::take(&mut self.batch));
        }
        if self.full.len() >= self.packers.len() { self.flush() } else { Ok(()) }
    }

    /// Makes batches ready for [`Writer::write_packed`], on another thread.
    pub fn packer(&self) -> Packer {
        Packer::new(self.index.is_some())
    }

    /// Adds lines that are ready, behind all that came before. Records must be sorted as they must
    /// for [`Writer::write`], and their lines those of records of this header.
    ///
    /// Where batches end shows in the blocks of the file: for the same bytes with any number of
    /// threads it must not depend on them.
    pub fn write_packed(&mut self, packed: &Packed) -> Result<()> {
        self.full.push(std::mem::take(&mut self.batch));
        self.flush()?;
        for (contig, entry) in packed.entries() {
            self.check_order(contig, entry.position, entry.end)?;
        }
        self.append(packed)
    }

    fn check_order(&mut self, contig: &str, position: Pos1, end: u32) -> Result<()> {
        if self.index.is_none() {
            return Ok(());
        }
        let checked = self.order.check(contig, position, end);
        checked.map_err(|reason| {
            let is_unsorted = reason.starts_with("not sorted");
            let error = self.invalid(contig, position, reason);
            match is_unsorted {
                true => error.hint(
                    "sort the records (bcftools sort), or give a name without .gz, which needs no \
                     order",
                ),
                false => error,
            }
        })
    }

    fn invalid(&self, contig: &str, position: Pos1, reason: String) -> FileError {
        FileError::invalid(&self.path, reason).at(format!("record {contig}:{position}"))
    }

    fn flush(&mut self) -> Result<()> {
        while !self.full.is_empty() {
            let some = self.full.drain(..self.full.len().min(self.packers.len()));
            let packed = match (some.len(), &mut self.packers[..]) {
                (1, [packer, ..]) => some.map(|batch| packer.pack(batch)).collect(),
                (_, packers) => Packer::pack_all(packers, some.collect()),
            };
            packed.iter().try_for_each(|packed| self.append(packed))?;
        }
        Ok(())
    }

    fn append(&mut self, packed: &Packed) -> Result<()> {
        let io = |e| FileError::io(&self.path, e);
        self.file.write_all(&packed.bytes).map_err(io)?;
        self.index.as_mut().map_or(Ok(()), |index| index.add(packed)).map_err(io)
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
            writer.full.push(std::mem::take(&mut writer.batch));
            writer.flush()?;
            let Self { mut file, index, path, .. } = writer;
            if let Some(index) = index {
                indexes.push(index.finish(&mut file, &path)?);
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

    /// Takes a record from its position to its end (0-based, exclusive).
    pub(super) fn check(&mut self, contig: &str, position: Pos1, end: u32) -> Result<(), String> {
        if contig != self.contig {
            let place = |name: &str| self.header.contig_index(name);
            if place(contig) < place(&self.contig) || self.seen.contains(contig) {
                let before = &self.contig;
                return Err(format!("not sorted: contig {contig} comes after {before}"));
            }
            contig.clone_into(&mut self.contig);
            self.seen.insert(contig.to_owned());
            self.position = None;
        }
        if Some(position) < self.position {
            return Err("not sorted: the position is smaller than the one before".into());
        }
        if end > TABIX_LIMIT {
            return Err(format!("ends past {TABIX_LIMIT}, the limit of tabix indexes"));
        }
        self.position = Some(position);
        Ok(())
    }
}

/// The index of a bgzip file in the making.
struct Index {
    /// Bytes of the file so far.
    offset: u64,
    indexer: tabix::index::Indexer,
}

impl Default for Index {
    fn default() -> Self {
        let mut indexer = tabix::index::Indexer::default();
        indexer.set_header(header::Builder::vcf().build());
        Self { offset: 0, indexer }
    }
}

impl Index {
    /// Adds the records of what was written last.
    fn add(&mut self, packed: &Packed) -> std::io::Result<()> {
        let position = |p: u32| Position::new(p as usize).expect("1 or more");
        let place = |text: usize| {
            let (block, within) = packed.place(text);
            let place = VirtualPosition::try_from((self.offset + block, within));
            place.expect("files are shorter than 2^48 bytes")
        };
        for (contig, entry) in packed.entries() {
            let chunk = Chunk::new(place(entry.text_start), place(entry.text_end));
            let (first, last) = (position(entry.position.get()), position(entry.end));
            self.indexer.add_record(contig, first, last, chunk)?;
        }
        self.offset += packed.bytes.len() as u64;
        Ok(())
    }

    /// Ends the file and makes its index.
    fn finish(self, file: &mut AtomicFile, path: &Path) -> Result<AtomicFile> {
        let end = file.write_all(&BGZF_EOF).and_then(|()| file.flush());
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
    fn lines_that_were_made_before_give_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = |name: &str, write: &dyn Fn(&mut Writer, &Record)| {
            let path = folder.path().join(name);
            let mut writer = Writer::create(&path, &header(&["a"]), 1).unwrap();
            (1..100_000).for_each(|i| write(&mut writer, &record("a", i * 3)));
            writer.finish().unwrap();
            (std::fs::read(&path).unwrap(), std::fs::read(index_path(&path)).unwrap())
        };
        let records = bytes("x.vcf.gz", &|writer, record| writer.write(record).unwrap());
        let lines = bytes("y.vcf.gz", &|writer, record| {
            writer.write_line(&record.contig, record.interval(), &record.to_string()).unwrap();
        });
        assert!(records == lines);
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
