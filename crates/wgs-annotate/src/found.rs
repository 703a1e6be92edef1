//! What was found of a record, and where records go with it.

use std::ops::Range;

use wgs_formats::variant::{Batch, Info, Line, Packed, Packer, Record};

/// The keys that annotation writes in INFO, in their order: fields of the sources, then `CSQ`.
#[derive(Debug)]
pub(crate) struct Keys {
    keys: Vec<String>,
    sorted: Vec<String>,
}

impl Keys {
    pub(crate) fn new(keys: impl IntoIterator<Item = String>) -> Self {
        let keys: Vec<String> = keys.into_iter().collect();
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        Self { keys, sorted }
    }

    /// Whether one of them stands in the text of INFO.
    fn are_in(&self, info: &str) -> bool {
        info.split(';').any(|field| {
            let key = field.split_once('=').map_or(field, |(key, _)| key);
            self.sorted.binary_search_by(|k| k.as_str().cmp(key)).is_ok()
        })
    }
}

/// The fields that annotation adds to a record.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// `KEY=value` of the fields that have one, joined by semicolons.
    text: String,
    /// Numbers of their keys, with their values in the text.
    fields: Vec<(usize, Range<usize>)>,
}

impl Found {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.fields.clear();
    }

    /// Adds a field, which comes after those that were added before; `write` appends its value.
    pub(crate) fn add(&mut self, keys: &Keys, key: usize, write: impl FnOnce(&mut String)) {
        if !self.text.is_empty() {
            self.text.push(';');
        }
        self.text.push_str(&keys.keys[key]);
        self.text.push('=');
        let start = self.text.len();
        write(&mut self.text);
        self.fields.push((key, start..self.text.len()));
    }

    /// Puts the fields in place of those of the same keys, and behind the others where there was
    /// none. Keys without a value are removed: what they said is of another annotation.
    fn set(&self, keys: &Keys, info: &mut Info) {
        let mut fields = self.fields.iter().peekable();
        for (number, key) in keys.keys.iter().enumerate() {
            match fields.next_if(|(field, _)| *field == number) {
                Some((_, value)) => info.set(key, &self.text[value.clone()]),
                None => drop(info.remove(key)),
            }
        }
    }

    /// The record of a line with the fields.
    pub(crate) fn record(&self, keys: &Keys, line: &Line<'_>) -> Record {
        let mut record = line.record();
        self.set(keys, &mut record.info);
        record
    }

    /// Appends a line with the fields; everything but INFO stays as it came.
    fn splice(&self, keys: &Keys, line: &Line<'_>, out: &mut Vec<u8>) {
        let ((before, after), info) = (line.around_info(), line.info());
        out.extend_from_slice(before.as_bytes());
        if keys.are_in(info) {
            let mut info = Info::from(info);
            self.set(keys, &mut info);
            out.extend_from_slice(info.to_string().as_bytes());
        } else {
            let both = !info.is_empty() && !self.text.is_empty();
            let neither = info.is_empty() && self.text.is_empty();
            out.extend_from_slice(info.as_bytes());
            out.extend_from_slice(if both { b";" } else { b"" });
            out.extend_from_slice(if neither { b"." } else { self.text.as_bytes() });
        }
        out.extend_from_slice(after.as_bytes());
    }
}

/// Where annotated records go, one of each thread: what is made of a chunk comes back in order.
pub(crate) trait Sink: Send {
    /// What is made of a chunk.
    type Output: Send;

    /// Takes a record and what was found of it.
    fn take(&mut self, keys: &Keys, line: &Line<'_>, found: &Found);

    /// Ends a chunk.
    fn end(&mut self) -> Self::Output;
}

/// Lines of a VCF, ready to be written.
pub(crate) struct VcfLines {
    packer: Packer,
    batch: Batch,
    /// Bytes of the chunk before, and some.
    usual_bytes: usize,
}

impl VcfLines {
    pub(crate) fn new(packer: Packer) -> Self {
        Self { packer, batch: Batch::default(), usual_bytes: 0 }
    }
}

impl Sink for VcfLines {
    type Output = Packed;

    fn take(&mut self, keys: &Keys, line: &Line<'_>, found: &Found) {
        self.batch.push(line.contig, line.interval(), |out| found.splice(keys, line, out));
    }

    fn end(&mut self) -> Packed {
        self.usual_bytes = self.usual_bytes.max(self.batch.len() / 8 * 9);
        let next = Batch::with_capacity(self.usual_bytes);
        self.packer.pack(std::mem::replace(&mut self.batch, next))
    }
}

/// Records, and what somebody makes of a chunk of them.
pub(crate) struct Records<W> {
    records: Vec<Record>,
    work: W,
}

impl<W> Records<W> {
    pub(crate) fn new(work: W) -> Self {
        Self { records: Vec::new(), work }
    }
}

impl<T: Send, W: FnMut(Vec<Record>) -> T + Send> Sink for Records<W> {
    type Output = T;

    fn take(&mut self, keys: &Keys, line: &Line<'_>, found: &Found) {
        self.records.push(found.record(keys, line));
    }

    fn end(&mut self) -> T {
        (self.work)(std::mem::take(&mut self.records))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_records_get_the_same_fields() {
        let keys = Keys::new(["B_X", "A_Y", "CSQ"].map(str::to_owned));
        let mut one = Found::default();
        one.add(&keys, 1, |value| value.push_str("7,."));
        one.add(&keys, 2, |value| value.push_str("a|b"));
        let (one, none) = (&one, &Found::default());
        for (info, found, expected) in [
            (".", one, "A_Y=7,.;CSQ=a|b"),
            (".", none, "."),
            ("DP=3;DB", one, "DP=3;DB;A_Y=7,.;CSQ=a|b"),
            ("DP=3;DB", none, "DP=3;DB"),
            ("CSQ=old;DP=3;B_X=1", one, "CSQ=a|b;DP=3;A_Y=7,."),
            ("CSQ=old;A_Y", none, "."),
            ("CSQX=1;XCSQ=2", one, "CSQX=1;XCSQ=2;A_Y=7,.;CSQ=a|b"),
        ] {
            let text = format!("c\t5\t.\tA\tC\t30\tPASS\t{info}\tGT\t0/1");
            let line = Line::parse(&text, 1).unwrap();
            let mut spliced = Vec::new();
            found.splice(&keys, &line, &mut spliced);
            let spliced = String::from_utf8(spliced).unwrap();
            assert_eq!(spliced, format!("c\t5\t.\tA\tC\t30\tPASS\t{expected}\tGT\t0/1"));
            assert_eq!(found.record(&keys, &line).to_string(), spliced);
        }
    }
}
