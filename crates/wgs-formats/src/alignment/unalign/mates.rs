//! Reads that wait for their mates, in bounded memory.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::{
    segment::Segment,
    spill::{Entry, Partition, Partitions},
};
use crate::{FileError, Result};

/// Bytes that an entry costs besides its own.
const ENTRY_BYTES: usize = 96;
/// How often a part of the temporary files is parted again, at most.
const MAX_LEVEL: u32 = 4;

/// What a template has become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Pair,
    Single,
    Orphan,
}

/// Reads whose mate is yet to come.
pub(super) struct Mates {
    waiting: Waiting,
    limit: usize,
    folder: PathBuf,
    /// Reads that did not fit.
    spilled: Option<Partitions>,
    /// After the input's end: parts of the temporary files, the next one last.
    parts: Vec<Partition>,
    reading: Option<Partition>,
    orphans: std::vec::IntoIter<Entry>,
}

/// A packed read, and the number of its coming.
type Numbered = (u64, Box<[u8]>);

/// Reads by key.
#[derive(Default)]
struct Waiting {
    by_key: HashMap<Box<[u8]>, Numbered>,
    bytes: usize,
    count: u64,
}

impl Waiting {
    fn add(&mut self, key: Box<[u8]>, packed: Box<[u8]>) {
        self.bytes += key.len() + packed.len() + ENTRY_BYTES;
        self.count += 1;
        self.by_key.insert(key, (self.count, packed));
    }

    fn take(&mut self, key: &[u8]) -> Option<Box<[u8]>> {
        let (_, packed) = self.by_key.remove(key)?;
        self.bytes -= key.len() + packed.len() + ENTRY_BYTES;
        Some(packed)
    }

    /// Everything, in the order of coming.
    fn take_all(&mut self) -> Vec<Entry> {
        self.bytes = 0;
        let mut all: Vec<_> = self.by_key.drain().collect();
        all.sort_unstable_by_key(|(_, (number, _))| *number);
        all.into_iter().map(|(key, (_, packed))| (key, packed)).collect()
    }
}

impl Mates {
    pub(super) fn new(limit: usize, folder: PathBuf) -> Self {
        Self {
            waiting: Waiting::default(),
            limit,
            folder,
            spilled: None,
            parts: Vec::new(),
            reading: None,
            orphans: Vec::new().into_iter(),
        }
    }

    /// Takes a read of a pair; if its mate is there, `mate` becomes it.
    pub(super) fn add(
        &mut self,
        segment: &Segment,
        mate: &mut Segment,
        path: &Path,
    ) -> Result<Option<Event>> {
        if let Some(packed) = self.waiting.take(&segment.key) {
            mate.unpack(&segment.key, &packed);
            return check_mates(segment, mate, path).map(|()| Some(Event::Pair));
        }
        self.waiting.add(segment.key.as_slice().into(), segment.pack());
        if self.waiting.bytes > self.limit {
            self.spill()?;
        }
        Ok(None)
    }

    fn spill(&mut self) -> Result<()> {
        let partitions = match &mut self.spilled {
            Some(partitions) => partitions,
            none => none.insert(Partitions::create(&self.folder, 0)?),
        };
        for (key, packed) in self.waiting.take_all() {
            partitions.push(&key, &packed)?;
        }
        Ok(())
    }

    /// No more reads come.
    pub(super) fn end(&mut self) -> Result<()> {
        if self.spilled.is_some() {
            self.spill()?;
        }
        match self.spilled.take() {
            Some(partitions) => self.parts = partitions.finish()?,
            None => self.orphans = self.waiting.take_all().into_iter(),
        }
        Ok(())
    }

    /// After [`Mates::end`]: the next pair that temporary files held, or the next read whose mate
    /// never came.
    pub(super) fn drain(
        &mut self,
        segment: &mut Segment,
        mate: &mut Segment,
        path: &Path,
    ) -> Result<Option<Event>> {
        loop {
            if let Some((key, packed)) = self.orphans.next() {
                segment.unpack(&key, &packed);
                return Ok(Some(Event::Orphan));
            }
            let Some(part) = &mut self.reading else {
                let Some(part) = self.parts.pop() else { return Ok(None) };
                self.open(part)?;
                continue;
            };
            let Some((key, packed)) = part.next()? else {
                self.reading = None;
                self.orphans = self.waiting.take_all().into_iter();
                continue;
            };
            match self.waiting.take(&key) {
                None => self.waiting.add(key, packed),
                Some(first) => {
                    segment.unpack(&key, &first);
                    mate.unpack(&key, &packed);
                    return check_mates(segment, mate, path).map(|()| Some(Event::Pair));
                }
            }
        }
    }

    /// Begins to read a part, or parts it again if it is larger than the memory.
    fn open(&mut self, mut part: Partition) -> Result<()> {
        if part.bytes() <= self.limit as u64 || part.level() >= MAX_LEVEL {
            self.reading = Some(part);
            return Ok(());
        }
        let mut parts = Partitions::create(&self.folder, part.level() + 1)?;
        while let Some((key, packed)) = part.next()? {
            parts.push(&key, &packed)?;
        }
        self.parts.extend(parts.finish()?);
        Ok(())
    }
}

fn check_mates(a: &Segment, b: &Segment, path: &Path) -> Result<()> {
    if a.which != b.which {
        return Ok(());
    }
    let name = String::from_utf8_lossy(a.name());
    let reason = format!("the template {name} has two primary records of the same read");
    Err(FileError::invalid(path, reason))
}
