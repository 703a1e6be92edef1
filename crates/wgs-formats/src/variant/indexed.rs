//! Records of a region, through an index.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use noodles::{
    core::Position,
    csi::{self, BinningIndex},
    tabix,
};
use noodles_bgzf as bgzf;
use wgs_core::{ErrorKind, Interval0};

use super::{Header, Record, reader::Lines};
use crate::{FileError, Result, input};

/// Reads parts of a bgzip VCF that has a `.tbi` or `.csi` beside it.
pub struct IndexedReader {
    lines: Lines,
    input: bgzf::io::Reader<File>,
    header: Header,
    index: Box<dyn BinningIndex + Send>,
}

impl IndexedReader {
    /// Opens a file, its header and its index.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut input = input::open_bgzf(path)?;
        let mut lines = Lines::new(path);
        let header = lines.header(&mut input)?;
        Ok(Self { lines, input, header, index: open_index(path)? })
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The records that overlap a part of a contig (see [`Record::interval`]), in the file's
    /// order; none for a contig that the file has no records of.
    pub fn query(&mut self, contig: &str, interval: Interval0) -> Result<Query<'_>> {
        let place = format!("{contig}:{}-{}", interval.first(), interval.last());
        let names = self.index.header().map(|h| h.reference_sequence_names());
        let chunks = match names.and_then(|names| names.get_index_of(contig.as_bytes())) {
            Some(index) if !interval.is_empty() => {
                let start = Position::try_from(interval.first().get() as usize);
                let end = Position::try_from(interval.last() as usize);
                let range = start.expect("1 or more")..=end.expect("not empty, so 1 or more");
                let chunks = self.index.query(index, range.into());
                chunks.map_err(|e| FileError::io(&self.lines.path, e).at(place.clone()))?
            }
            _ => Vec::new(),
        };
        self.lines.place = Some(place);
        Ok(Query {
            lines: &mut self.lines,
            input: csi::io::Query::new(&mut self.input, chunks),
            samples: self.header.samples().len(),
            contig: contig.to_owned(),
            interval,
            ended: false,
        })
    }
}

/// Iterator over the records of a region; ends after its first error.
pub struct Query<'r> {
    lines: &'r mut Lines,
    input: csi::io::Query<'r, bgzf::io::Reader<File>>,
    samples: usize,
    contig: String,
    interval: Interval0,
    ended: bool,
}

impl Iterator for Query<'_> {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.lines.record(&mut self.input, self.samples, None).transpose() {
                Some(Ok(record)) if record.contig != self.contig => {}
                Some(Ok(record)) if record.position.to_pos0() >= self.interval.end() => {
                    self.ended = true;
                }
                Some(Ok(record)) if record.interval().overlaps(self.interval) => {
                    return Some(Ok(record));
                }
                Some(Ok(_)) => {}
                end => {
                    self.ended = true;
                    return end;
                }
            }
        }
        None
    }
}

fn open_index(path: &Path) -> Result<Box<dyn BinningIndex + Send>> {
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let (tbi, csi) = (beside(".tbi"), beside(".csi"));
    let bad = |path: &Path, e: std::io::Error| match e.kind() {
        std::io::ErrorKind::PermissionDenied => FileError::io(path, e),
        _ => FileError::invalid(path, format!("cannot be read as an index: {e}")),
    };
    if tbi.exists() {
        return Ok(Box::new(tabix::fs::read(&tbi).map_err(|e| bad(&tbi, e))?));
    }
    if csi.exists() {
        return Ok(Box::new(csi::fs::read(&csi).map_err(|e| bad(&csi, e))?));
    }
    let error = FileError::new(path, ErrorKind::NotFound, "has no index (.tbi or .csi) beside it");
    Err(error.hint("make one with `tabix -p vcf FILE`"))
}

#[cfg(test)]
mod tests {
    use wgs_core::Pos1;

    use super::*;
    use crate::variant::Writer;

    #[test]
    fn a_query_gives_what_a_scan_gives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.vcf.gz");
        let mut records = Vec::new();
        for contig in ["a", "c", "b"] {
            for i in 0..3000u32 {
                let long = "ACGT".repeat((i % 50) as usize + 1);
                records.push(Record::new(contig, Pos1::from_pos0(i * i % 7 + i * 90), long, ["T"]));
            }
        }
        records[1500].info.set("END", "250000");
        let mut writer = Writer::create(&path, &Header::default(), 1).unwrap();
        records.iter().for_each(|r| writer.write(r).unwrap());
        writer.finish().unwrap();

        let mut reader = IndexedReader::open(&path).unwrap();
        for (contig, start, end) in
            [("a", 0, 1), ("a", 134_000, 170_000), ("c", 90, 91), ("b", 0, 300_000), ("c", 5, 5)]
        {
            let interval = Interval0::new(start, end).unwrap();
            let found: Vec<Record> =
                reader.query(contig, interval).unwrap().map(Result::unwrap).collect();
            let expected: Vec<&Record> = records
                .iter()
                .filter(|r| r.contig == contig && r.interval().overlaps(interval))
                .collect();
            assert!(found.iter().eq(expected), "{contig}:{start}-{end}");
        }
        assert_eq!(reader.query("d", Interval0::new(0, 9).unwrap()).unwrap().count(), 0);
    }

    #[test]
    fn a_missing_index_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.vcf.gz");
        Writer::create(&path, &Header::default(), 1).unwrap().finish().unwrap();
        std::fs::remove_file(folder.path().join("x.vcf.gz.tbi")).unwrap();
        let error = IndexedReader::open(&path).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.hint_text().is_some());
    }
}
