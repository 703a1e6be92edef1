//! Reads that wait for their mates, in bounded memory.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hasher},
    path::{Path, PathBuf},
};

use wgs_core::ContigIndex;

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
    /// A record that was there before.
    Repeat,
}

/// Where a record lies, if it has a place.
pub(super) type Place = Option<(ContigIndex, u32)>;

/// Reads whose mate is yet to come.
pub(super) struct Mates {
    waiting: Waiting,
    /// Digests of pairs, by that of their key: those whose later record lies at `place`, since
    /// records that stand twice stand together, or those of the part of the temporary files that
    /// is read.
    recent: HashMap<u64, [u64; 2]>,
    place: Place,
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

    /// Matches a read with its mate, which `mate` becomes, or lets it wait.
    fn meet(
        &mut self,
        key: Box<[u8]>,
        packed: Box<[u8]>,
        mate: &mut Segment,
        path: &Path,
    ) -> Result<Option<Event>> {
        let Some(other) = self.take(&key) else {
            self.add(key, packed);
            return Ok(None);
        };
        mate.unpack(&key, &other);
        if Segment::which_of(&other) != Segment::which_of(&packed) {
            return Ok(Some(Event::Pair));
        }
        if other != packed {
            return Err(twice(mate, path));
        }
        self.add(key, packed);
        Ok(Some(Event::Repeat))
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
            recent: HashMap::new(),
            place: None,
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
        place: Place,
        mate: &mut Segment,
        path: &Path,
    ) -> Result<Option<Event>> {
        if self.place != place {
            self.recent.clear();
            self.place = place;
        }
        let packed = segment.pack();
        let event = self.meet(segment, packed, mate, place.is_some(), path)?;
        if self.waiting.bytes > self.limit {
            self.spill()?;
        }
        Ok(event)
    }

    fn meet(
        &mut self,
        segment: &Segment,
        packed: Box<[u8]>,
        mate: &mut Segment,
        remember: bool,
        path: &Path,
    ) -> Result<Option<Event>> {
        let digests = remember.then(|| (digest(&segment.key), digest(&packed)));
        if let Some(pair) = digests.and_then(|(key, _)| self.recent.get(&key)) {
            let same = digests.is_some_and(|(_, own)| pair.contains(&own));
            return if same { Ok(Some(Event::Repeat)) } else { Err(twice(segment, path)) };
        }
        let event = self.waiting.meet(segment.key.as_slice().into(), packed, mate, path)?;
        if let (Some(Event::Pair), Some((key, own))) = (event, digests) {
            self.recent.insert(key, [own, digest(&mate.pack())]);
        }
        Ok(event)
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
            segment.unpack(&key, &packed);
            let event = self.meet(segment, packed, mate, true, path)?;
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    /// Begins to read a part, or parts it again if it is larger than the memory.
    fn open(&mut self, mut part: Partition) -> Result<()> {
        if part.bytes() <= self.limit as u64 || part.level() >= MAX_LEVEL {
            self.reading = Some(part);
            self.recent.clear();
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

/// A digest that tells reads apart; it is the same within one run of the program.
fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

fn twice(segment: &Segment, path: &Path) -> FileError {
    let name = String::from_utf8_lossy(segment.name());
    let reason = format!("the template {name} has two primary records of the same read");
    FileError::invalid(path, reason)
}
