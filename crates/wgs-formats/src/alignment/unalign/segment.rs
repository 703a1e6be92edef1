//! One read in the orientation of sequencing.

use std::{collections::HashMap, path::Path};

use super::{
    super::{Aux, CigarKind, Record, Tag, tags},
    UnalignedRead,
};
use crate::{FileError, Result};

/// A read group that is none.
const NO_GROUP: u32 = u32::MAX;

/// Which read of its template a read is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Which {
    #[default]
    Single,
    First,
    Last,
}

/// One read, and whose it is.
#[derive(Default)]
pub(super) struct Segment {
    pub(super) which: Which,
    /// Read group (4 bytes) and name: what mates have in common.
    pub(super) key: Vec<u8>,
    bases: Vec<u8>,
    /// Phred + 33, or empty.
    quals: Vec<u8>,
    /// The fields that were asked for, as BAM has them.
    aux: Vec<u8>,
}

/// The complement of each base.
const COMPLEMENT: [u8; 256] = {
    let mut table = [b'N'; 256];
    (table[b'A' as usize], table[b'C' as usize]) = (b'T', b'G');
    (table[b'G' as usize], table[b'T' as usize]) = (b'C', b'A');
    table
};

impl Segment {
    /// Takes the read of a primary record.
    pub(super) fn fill(
        &mut self,
        record: &Record,
        groups: &HashMap<Vec<u8>, u32>,
        wanted: &[Tag],
        path: &Path,
    ) -> Result<Which> {
        let refuse = |reason: &str| {
            let name = String::from_utf8_lossy(record.name());
            FileError::invalid(path, format!("the read {name} {reason}"))
        };
        let flags = record.flags();
        self.which = match (flags.is_paired(), flags.is_first(), flags.is_last()) {
            (false, ..) => Which::Single,
            (true, true, false) => Which::First,
            (true, false, true) => Which::Last,
            _ => return Err(refuse("is of a pair, but neither its first read nor its last")),
        };
        if record.cigar().any(|op| op.kind == CigarKind::HardClip) {
            return Err(refuse("has lost bases to hard clips in its primary record"));
        }
        if record.is_empty() {
            return Err(refuse("has no bases in its primary record (SEQ is *)"));
        }
        if record.name() == b"*" {
            return Err(refuse("has no name"));
        }
        let group = match record.read_group() {
            None => NO_GROUP,
            Some(id) => {
                *groups.get(id).ok_or_else(|| refuse("has a read group that the header lacks"))?
            }
        };
        self.key.clear();
        self.key.extend(group.to_le_bytes());
        self.key.extend(record.name());
        record.bases_into(&mut self.bases);
        if let Some(base) =
            self.bases.iter().find(|b| !matches!(b, b'A' | b'C' | b'G' | b'T' | b'N'))
        {
            let reason = format!("has the base {}, which no sequencer reads", char::from(*base));
            return Err(refuse(&reason));
        }
        self.set_quals(record).ok_or_else(|| {
            refuse(
                "has original qualities (OQ) that are not as many as its bases, or not Phred + 33",
            )
        })?;
        self.orient(flags.is_reverse());
        self.set_aux(record, wanted);
        Ok(self.which)
    }

    fn set_quals(&mut self, record: &Record) -> Option<()> {
        self.quals.clear();
        match record.aux(*b"OQ") {
            Some(Aux::Text(original)) => {
                let possible = original.iter().all(u8::is_ascii_graphic);
                self.quals.extend(original);
                (possible && original.len() == self.bases.len()).then_some(())
            }
            Some(_) => None,
            None => {
                self.quals.extend(record.quals().iter().map(|q| q + 33));
                Some(())
            }
        }
    }

    fn set_aux(&mut self, record: &Record, wanted: &[Tag]) {
        self.aux.clear();
        if wanted.is_empty() {
            return;
        }
        for (tag, value) in record.aux_fields().filter(|(tag, _)| wanted.contains(tag)) {
            tags::push(&mut self.aux, tag, value).expect("it comes from a record");
        }
    }

    /// Brings what SAM has reversed back.
    fn orient(&mut self, reverse: bool) {
        if reverse {
            self.bases.reverse();
            self.bases.iter_mut().for_each(|b| *b = COMPLEMENT[usize::from(*b)]);
            self.quals.reverse();
        }
    }

    /// Place of the read group.
    pub(super) fn group(&self) -> Option<usize> {
        let group = self.key.first_chunk().map_or(NO_GROUP, |b| u32::from_le_bytes(*b));
        (group != NO_GROUP).then_some(group as usize)
    }

    pub(super) fn name(&self) -> &[u8] {
        self.key.get(4..).unwrap_or_default()
    }

    pub(super) fn read(&self) -> UnalignedRead<'_> {
        let Self { bases, quals, aux, .. } = self;
        UnalignedRead { name: self.name(), bases, quals, aux }
    }

    /// All but the key, in few bytes.
    pub(super) fn pack(&self) -> Box<[u8]> {
        let head = [self.which as u8, u8::from(!self.quals.is_empty())];
        let length = (self.bases.len() as u32).to_le_bytes();
        [&head[..], &length, &self.bases, &self.quals, &self.aux].concat().into()
    }

    /// Which read of a pair was packed.
    pub(super) fn which_of(packed: &[u8]) -> Which {
        if packed[0] == Which::First as u8 { Which::First } else { Which::Last }
    }

    /// Becomes what was packed.
    pub(super) fn unpack(&mut self, key: &[u8], packed: &[u8]) {
        let (head, rest) = packed.split_at(6);
        self.which = Self::which_of(packed);
        let length = u32::from_le_bytes([head[2], head[3], head[4], head[5]]) as usize;
        let (bases, rest) = rest.split_at(length);
        let (quals, aux) = rest.split_at(if head[1] == 0 { 0 } else { length });
        let set = |to: &mut Vec<u8>, from: &[u8]| {
            to.clear();
            to.extend_from_slice(from);
        };
        set(&mut self.key, key);
        set(&mut self.bases, bases);
        set(&mut self.quals, quals);
        set(&mut self.aux, aux);
    }
}
