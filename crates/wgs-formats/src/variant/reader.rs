//! Streaming a VCF.

use std::{
    io::BufRead,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Chunk, Header, Record, line::without_end};
use crate::{FileError, Result, input};

/// Reads a VCF from its beginning: plain, gzip or bgzip, told apart by content.
///
/// A bgzip file whose end is missing is refused when it is opened; a cut gzip file when the cut is
/// reached. The iterator ends after its first error. Errors carry the line.
pub struct Reader {
    lines: Lines,
    input: Box<dyn BufRead + Send>,
    header: Header,
    allow_undeclared: bool,
    ended: bool,
}

impl Reader {
    /// Opens a file and reads its header. If the header declares contigs, records of others are
    /// refused; see [`Reader::allow_undeclared_contigs`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut input = input::open(path)?;
        let mut lines = Lines::new(path);
        let header = lines.header(&mut input)?;
        Ok(Self { lines, input, header, allow_undeclared: false, ended: false })
    }

    /// Accepts records of contigs that the header does not declare.
    #[must_use]
    pub fn allow_undeclared_contigs(mut self) -> Self {
        self.allow_undeclared = true;
        self
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.lines.path
    }

    /// Number of the line that was read last, from 1.
    pub fn line_number(&self) -> u64 {
        self.lines.number
    }

    /// The lines that follow, in chunks: a chunk is full with so many lines or bytes, so that chunks
    /// depend on nothing but the file.
    pub fn into_chunks<'a>(self, lines: usize, bytes: usize) -> Chunks<'a> {
        Chunks {
            path: Arc::new(self.lines.path.clone()),
            reader: self,
            most: (lines, bytes),
            belong: None,
            pending: Vec::new(),
            error: None,
        }
    }

    fn read(&mut self) -> Result<Option<Record>> {
        let declared = if self.allow_undeclared { None } else { Some(&self.header) };
        self.lines.record(&mut self.input, self.header.samples().len(), declared)
    }
}

impl Iterator for Reader {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = self.read().transpose();
        self.ended = !matches!(item, Some(Ok(_)));
        item
    }
}

/// Whether two lines that follow each other belong together.
type Belong<'a> = dyn Fn(&[u8], &[u8]) -> bool + Send + 'a;

/// The data lines of a file, many at a time. The iterator ends after its first error, which comes
/// behind the lines before it.
pub struct Chunks<'a> {
    path: Arc<PathBuf>,
    reader: Reader,
    most: (usize, usize),
    belong: Option<Box<Belong<'a>>>,
    /// The line that was read to see whether it belongs to those before; empty for none.
    pending: Vec<u8>,
    error: Option<FileError>,
}

impl<'a> Chunks<'a> {
    /// Goes on with a chunk that is full while its last line and the next, given as they stand in
    /// the file, belong together.
    #[must_use]
    pub fn keeping(self, belong: impl Fn(&[u8], &[u8]) -> bool + Send + 'a) -> Self {
        Self { belong: Some(Box::new(belong)), ..self }
    }

    /// Appends the next line to `text`; false if there is none.
    fn read(&mut self, text: &mut Vec<u8>) -> bool {
        if !self.pending.is_empty() {
            text.append(&mut self.pending);
            return true;
        }
        let Reader { lines, input, ended, .. } = &mut self.reader;
        if *ended {
            return false;
        }
        let start = text.len();
        lines.number += 1;
        let read = input.read_until(b'\n', text);
        match read.map_err(|e| input::error(&lines.path, e).at(lines.place())) {
            Ok(0) => *ended = true,
            Ok(_) => return true,
            Err(error) => {
                (*ended, self.error) = (true, Some(error));
                text.truncate(start);
            }
        }
        false
    }

    /// Whether the next line belongs to the last of a text.
    fn continues(&mut self, text: &[u8]) -> bool {
        let Some(belong) = self.belong.take() else { return false };
        let mut next = Vec::new();
        let is_one = self.read(&mut next) && {
            let start = without_end(text).iter().rposition(|byte| *byte == b'\n');
            belong(&text[start.map_or(0, |at| at + 1)..], &next)
        };
        (self.pending, self.belong) = (next, Some(belong));
        is_one
    }
}

impl Iterator for Chunks<'_> {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.error.take() {
            return Some(Err(error));
        }
        let (path, samples) = (self.path.clone(), self.reader.header.samples().len());
        let before = self.reader.lines.number - u64::from(!self.pending.is_empty());
        let (mut text, mut count) = (Vec::new(), 0);
        let (most_lines, most_bytes) = self.most;
        while count < most_lines && text.len() < most_bytes || self.continues(&text) {
            if !self.read(&mut text) {
                break;
            }
            count += 1;
        }
        match text.is_empty() {
            false => Some(Ok(Chunk { path, samples, before, text })),
            true => self.error.take().map(Err),
        }
    }
}

/// Lines of a file, with their numbers.
pub(super) struct Lines {
    pub(super) path: PathBuf,
    buffer: Vec<u8>,
    number: u64,
    /// Names what is read where numbers of lines are not known.
    pub(super) place: Option<String>,
}

impl Lines {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), buffer: Vec::new(), number: 0, place: None }
    }

    fn place(&self) -> String {
        self.place.clone().unwrap_or_else(|| format!("line {}", self.number))
    }

    fn invalid(&self, reason: impl Into<String>) -> FileError {
        FileError::invalid(&self.path, reason).at(self.place())
    }

    /// The next line that is not empty, without its end.
    fn next(&mut self, input: &mut dyn BufRead) -> Result<Option<&str>> {
        loop {
            self.buffer.clear();
            self.number += 1;
            let read = input.read_until(b'\n', &mut self.buffer);
            if read.map_err(|e| input::error(&self.path, e).at(self.place()))? == 0 {
                return Ok(None);
            }
            if !self.buffer.trim_ascii_end().is_empty() {
                break;
            }
        }
        match std::str::from_utf8(without_end(&self.buffer)) {
            Ok(line) => Ok(Some(line)),
            Err(_) => Err(self.invalid("not UTF-8 text")),
        }
    }

    pub(super) fn header(&mut self, input: &mut dyn BufRead) -> Result<Header> {
        let first = self.next(input)?.map(str::to_owned);
        let Some(first) = first else {
            return Err(FileError::truncated(&self.path, "is empty: not a VCF"));
        };
        if first.starts_with("BCF") {
            let error = self.invalid("is BCF, where VCF is needed");
            return Err(error.hint("convert it: wgs-pipe convert FILE.bcf --out FILE.vcf.gz"));
        }
        let mut header = Header::begin(&first).map_err(|reason| self.invalid(reason))?;
        loop {
            let Some(line) = self.next(input)?.map(str::to_owned) else {
                let reason = "ends before the line #CHROM";
                return Err(FileError::truncated(&self.path, reason).at(self.place()));
            };
            if line.starts_with("##") {
                header.meta_line(&line).map_err(|reason| self.invalid(reason))?;
            } else {
                header.column_line(&line).map_err(|reason| self.invalid(reason))?;
                return Ok(header);
            }
        }
    }

    /// The next record; its contig must be one of `declared` if that declares any.
    pub(super) fn record(
        &mut self,
        input: &mut dyn BufRead,
        samples: usize,
        declared: Option<&Header>,
    ) -> Result<Option<Record>> {
        let parsed = match self.next(input)? {
            None => return Ok(None),
            Some(line) => Record::parse(line, samples),
        };
        let record = parsed.map_err(|e| self.invalid(e.to_string()))?;
        let undeclared = |header: &Header| {
            // A name in angle brackets is of a contig in an assembly file.
            let outside = record.contig.starts_with('<');
            let known = outside || header.contig_index(&record.contig).is_some();
            !known && header.contigs().next().is_some()
        };
        if declared.is_some_and(undeclared) {
            let reason = format!("contig {:?} is not declared in the header", record.contig);
            return Err(self.invalid(reason));
        }
        Ok(Some(record))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use noodles_bgzf as bgzf;
    use wgs_core::ErrorKind;

    use super::*;
    use crate::{output, variant};

    const TEXT: &str = "##fileformat=VCFv4.2\n##contig=<ID=a>\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n\
        a\t1\t.\tA\tC\t.\t.\tX=1\r\n\
        a\t5\t.\tA\tC\t.\t.\tX=2\n";

    fn opened(bytes: impl AsRef<[u8]>) -> Result<Vec<Record>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        output::write(&path, bytes).unwrap();
        Reader::open(&path)?.collect()
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let level = flate2::Compression::default();
        flate2::read::GzEncoder::new(text.as_bytes(), level).read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn bgzip(text: &str) -> Vec<u8> {
        let mut writer = bgzf::io::Writer::new(Vec::new());
        writer.write_all(text.as_bytes()).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn compression_is_told_by_content() {
        let plain = opened(TEXT).unwrap();
        assert_eq!(plain.len(), 2);
        assert_eq!(opened(gzip(TEXT)).unwrap(), plain);
        assert_eq!(opened(bgzip(TEXT)).unwrap(), plain);
        assert_eq!(plain[0].info.to_string(), "X=1");
    }

    #[test]
    fn cut_files_are_truncated_wherever_they_are_cut() {
        for whole in [gzip(TEXT), bgzip(TEXT)] {
            for length in 2..whole.len() {
                let error = opened(&whole[..length]).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Truncated, "{length}: {error}");
            }
        }
        assert_eq!(opened("").unwrap_err().kind(), ErrorKind::Truncated);
        assert_eq!(opened("##fileformat=VCFv4.2\n").unwrap_err().kind(), ErrorKind::Truncated);
    }

    #[test]
    fn damaged_files_are_invalid() {
        for mut bytes in [gzip(TEXT), bgzip(TEXT)] {
            bytes[40] ^= 0xff;
            assert_eq!(opened(bytes).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
        assert!(opened(bgzip("BCF\x02\x02")).unwrap_err().hint_text().is_some());
        assert_eq!(opened("chr1\t1\n").unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn errors_name_the_line() {
        let error = opened(TEXT.replace("\t5\t", "\tx\t")).unwrap_err();
        assert!(error.to_string().contains("line 5: POS \"x\""), "{error}");
        let error = opened(TEXT.replace("a\t5", "b\t5")).unwrap_err();
        assert!(error.to_string().contains("line 5: contig \"b\""), "{error}");
    }

    /// Records by way of chunks of two lines.
    fn in_chunks(bytes: impl AsRef<[u8]>) -> Result<Vec<Record>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        output::write(&path, bytes).unwrap();
        let mut records = Vec::new();
        for chunk in Reader::open(&path)?.into_chunks(2, 1 << 20) {
            for line in chunk?.lines() {
                records.push(line?.record());
            }
        }
        Ok(records)
    }

    #[test]
    fn lines_that_belong_together_stay_in_one_chunk() {
        let row = |position: u32| format!("a\t{position}\t.\tA\tC\t.\t.\t.\n");
        let rows: String = [1, 2, 13, 14, 15, 26, 37].map(row).concat();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        output::write(
            &path,
            format!("##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n{rows}"),
        )
        .unwrap();
        let decade = |line: &[u8]| {
            let text = std::str::from_utf8(line).unwrap();
            text.split('\t').nth(1).unwrap().parse::<u32>().unwrap() / 10
        };
        let chunks = Reader::open(&path).unwrap().into_chunks(1, 1 << 20);
        let chunks = chunks.keeping(|a, b| decade(a) == decade(b));
        let numbers = |chunk: Result<Chunk>| {
            chunk.unwrap().lines().map(|line| line.unwrap().number).collect::<Vec<_>>()
        };
        let found: Vec<Vec<u64>> = chunks.map(numbers).collect();
        assert_eq!(found, [vec![3, 4], vec![5, 6, 7], vec![8], vec![9]]);
    }

    #[test]
    fn chunks_hold_the_same_records_and_errors() {
        let row = "a\t7\trs1\tA\tC,<X>\t30.50\tq1;q2\tX=3;Y\r\n";
        let long = format!("{TEXT}\n\n{row}\n{}", row.trim_end());
        for text in [TEXT, &long, &TEXT[..TEXT.find("a\t1").unwrap()]] {
            assert_eq!(in_chunks(text).unwrap(), opened(text).unwrap());
        }
        assert_eq!(opened(&long).unwrap().len(), 4);
        let message = |read: Result<Vec<Record>>| {
            let message = read.unwrap_err().to_string();
            message.split_once("/x: ").map(|(_, said)| said.to_owned()).unwrap()
        };
        for (from, to) in [("\t30.50", "\tx"), ("q1;", ";"), ("X=3", " =3"), ("rs1", "")] {
            let text = long.replacen(from, to, 1);
            assert_eq!(message(in_chunks(&text)), message(opened(&text)));
        }
        let mut foreign = long.into_bytes();
        let at = foreign.iter().position(|byte| *byte == b'q').unwrap();
        foreign[at] = 0xff;
        assert_eq!(message(in_chunks(&foreign)), message(opened(&foreign)));
        let cut = gzip(TEXT);
        let error = in_chunks(&cut[..cut.len() - 9]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Truncated);
    }

    #[test]
    fn undeclared_contigs_pass_when_asked_or_none_is_declared() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        output::write(&path, TEXT.replace("a\t5", "b\t5")).unwrap();
        let reader = Reader::open(&path).unwrap().allow_undeclared_contigs();
        assert_eq!(reader.filter(Result::is_ok).count(), 2);
        assert_eq!(opened(TEXT.replace("##contig=<ID=a>\n", "")).unwrap().len(), 2);
    }

    #[test]
    fn a_large_file_comes_back_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.vcf.gz");
        let header = Header::default();
        let mut writer = variant::Writer::create(&path, &header, 2).unwrap();
        let records: Vec<Record> = (0..20_000)
            .map(|i| Record::new("a", wgs_core::Pos1::from_pos0(i * 7), "A", ["C"]))
            .collect();
        for record in &records {
            writer.write(record).unwrap();
        }
        writer.finish().unwrap();
        let read: Vec<Record> = Reader::open(&path).unwrap().map(Result::unwrap).collect();
        assert!(read == records);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2000))]
        #[test]
        fn no_change_of_the_text_makes_the_reader_panic(
            changes in proptest::collection::vec((0usize..400, proptest::prelude::any::<u8>()), 1..6),
        ) {
            let mut bytes = TEXT.as_bytes().to_vec();
            for (at, with) in changes {
                let at = at % bytes.len();
                bytes[at] = with;
            }
            let mut lines = Lines::new(Path::new("x"));
            let mut input = bytes.as_slice();
            if let Ok(header) = lines.header(&mut input) {
                let samples = header.samples().len();
                while let Ok(Some(record)) = lines.record(&mut input, samples, Some(&header)) {
                    record.interval();
                }
            }
        }
    }
}
