//! Data lines that are made ready to be written apart from the file: compressed, with what an index
//! must know of them, so that threads can do so at once.

use wgs_core::{Interval0, Pos1};

use super::bgzip::{BLOCK_BYTES, Bgzip, FAST_LEVEL, USUAL_LEVEL};

/// Lines in the order that they are written in.
#[derive(Debug, Default)]
pub struct Batch {
    text: Vec<u8>,
    contigs: Vec<String>,
    entries: Vec<Entry>,
}

/// Where a record lies, in the genome and in the text of its batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Place of the contig's name in the batch.
    contig: u32,
    pub(super) position: Pos1,
    /// One past its last base, 0-based.
    pub(super) end: u32,
    pub(super) text_start: usize,
    pub(super) text_end: usize,
}

impl Batch {
    /// An empty batch, with room for text.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { text: Vec::with_capacity(bytes), ..Self::default() }
    }

    /// Adds the line of a record that speaks of these bases (see [`Line::interval`](super::Line));
    /// `write` appends it, without its line end.
    pub fn push(&mut self, contig: &str, interval: Interval0, write: impl FnOnce(&mut Vec<u8>)) {
        if self.contigs.last().is_none_or(|last| last != contig) {
            self.contigs.push(contig.to_owned());
        }
        let text_start = self.text.len();
        write(&mut self.text);
        self.text.push(b'\n');
        self.entries.push(Entry {
            contig: self.contigs.len() as u32 - 1,
            position: interval.first(),
            end: interval.end(),
            text_start,
            text_end: self.text.len(),
        });
    }

    /// Bytes of text so far.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Text that is no record.
    pub(super) fn of_text(text: String) -> Self {
        Self { text: text.into_bytes(), ..Self::default() }
    }
}

/// Makes batches ready; one for each thread.
pub struct Packer(Option<Bgzip>);

impl Packer {
    pub(super) fn new(bgzip: bool) -> Self {
        Self(bgzip.then(|| Bgzip::new(USUAL_LEVEL)))
    }

    /// The same, that compresses less and takes a third of the time: for large files.
    #[must_use]
    pub fn fast(self) -> Self {
        Self(self.0.map(|_| Bgzip::new(FAST_LEVEL)))
    }

    /// The batch as it will stand in the file.
    pub fn pack(&mut self, batch: Batch) -> Packed {
        let Batch { text, contigs, entries } = batch;
        let text_bytes = text.len();
        let mut packed = Packed { bytes: text, blocks: Vec::new(), text_bytes, contigs, entries };
        if let Some(bgzip) = &mut self.0 {
            let text = std::mem::take(&mut packed.bytes);
            packed.bytes.reserve(text.len() / 4);
            for block in text.chunks(BLOCK_BYTES) {
                packed.blocks.push(packed.bytes.len() as u64);
                bgzip.append(block, &mut packed.bytes);
            }
        }
        packed
    }

    /// Several batches, by as many threads.
    pub(super) fn pack_all(packers: &mut [Self], batches: Vec<Batch>) -> Vec<Packed> {
        std::thread::scope(|scope| {
            let work = packers.iter_mut().zip(batches);
            let work: Vec<_> = work.map(|(p, batch)| scope.spawn(|| p.pack(batch))).collect();
            let joined = work.into_iter().map(|w| w.join().expect("compression does not panic"));
            joined.collect()
        })
    }
}

/// Lines that are ready to be written.
#[derive(Debug)]
pub struct Packed {
    pub(super) bytes: Vec<u8>,
    /// First byte of each block; none for plain text.
    blocks: Vec<u64>,
    text_bytes: usize,
    contigs: Vec<String>,
    entries: Vec<Entry>,
}

impl Packed {
    /// The records with the names of their contigs.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, Entry)> {
        self.entries.iter().map(|entry| (self.contigs[entry.contig as usize].as_str(), *entry))
    }

    /// Where a byte of the text is found: the first byte of its block, and its place within. The
    /// text's end is found where the next batch begins.
    pub(super) fn place(&self, text: usize) -> (u64, u16) {
        match self.blocks.get(text / BLOCK_BYTES) {
            Some(start) if text < self.text_bytes => (*start, (text % BLOCK_BYTES) as u16),
            _ => (self.bytes.len() as u64, 0),
        }
    }
}
