//! A reference genome: FASTA with its index, mapped into memory.

use std::{
    fs::File,
    io::{BufRead, BufWriter, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use memmap2::{Mmap, UncheckedAdvice};
use wgs_core::{Contig, ContigIndex, ContigList, Interval0};

use crate::{
    FileError, Result,
    digest::hex,
    input,
    output::{self, AtomicFile},
};

pub use crate::input::open as open_maybe_gzip;

/// Bases on a line of the FASTA that [`import`] writes.
const LINE_BASES: usize = 60;

/// Where a contig lies in the FASTA.
#[derive(Clone, Copy, Debug)]
struct Place {
    offset: usize,
    line_bases: usize,
    line_bytes: usize,
}

/// Random access to a plain FASTA with a `.fai` beside it. Cheap to clone and to share between
/// threads; the pages are the operating system's.
///
/// ```
/// use wgs_core::{ContigIndex, Interval0};
/// use wgs_formats::genome::{self, Genome};
///
/// let folder = tempfile::tempdir()?;
/// let (fasta, plain) = (folder.path().join("in.fa"), folder.path().join("genome.fa"));
/// std::fs::write(&fasta, ">chr1 text\nACGTac\ngtNN\n")?;
/// genome::import(&fasta, &plain)?;
/// let genome = Genome::open(&plain)?;
/// assert_eq!(genome.fetch(ContigIndex(0), Interval0::new(3, 8)?), b"TACGT");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Genome {
    path: PathBuf,
    contigs: Arc<ContigList>,
    places: Arc<[Place]>,
    bytes: Arc<Mmap>,
}

impl Genome {
    /// Opens a plain FASTA and its `.fai`. The contigs carry MD5 digests where a `.dict`
    /// (SAM header) lies beside the FASTA as [`import`] makes it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let file = File::open(&path).map_err(|e| FileError::io(&path, e))?;
        #[expect(
            unsafe_code,
            reason = "the file is read only, and bundles are not edited in place"
        )]
        let bytes = unsafe { Mmap::map(&file) }.map_err(|e| FileError::io(&path, e))?;
        let (mut contigs, places) = read_fai(&path, bytes.len())?;
        add_digests(&path, &mut contigs)?;
        let contigs =
            ContigList::new(contigs).map_err(|e| FileError::invalid(&path, e.to_string()))?;
        Ok(Self { path, contigs: Arc::new(contigs), places: places.into(), bytes: Arc::new(bytes) })
    }

    /// The FASTA.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The contigs, in the order of the FASTA.
    pub fn contigs(&self) -> &ContigList {
        &self.contigs
    }

    /// The bases of a part of a contig, in upper case; what lies beyond its end is left out.
    ///
    /// # Panics
    ///
    /// If the contig is not one of [`Genome::contigs`].
    pub fn fetch(&self, contig: ContigIndex, interval: Interval0) -> Vec<u8> {
        let mut bases = Vec::new();
        self.fetch_into(contig, interval, &mut bases);
        bases
    }

    /// As [`Genome::fetch`], in place of the content of a buffer.
    ///
    /// # Panics
    ///
    /// If the contig is not one of [`Genome::contigs`].
    pub fn fetch_into(&self, contig: ContigIndex, interval: Interval0, bases: &mut Vec<u8>) {
        let place = self.places[contig.0];
        let length = self.contigs.get(contig).map_or(0, |c| c.length);
        let (start, end) =
            (interval.start().min(length) as usize, interval.end().min(length) as usize);
        bases.clear();
        bases.reserve(end - start);
        let mut at = start;
        while at < end {
            let column = at % place.line_bases;
            let take = (place.line_bases - column).min(end - at);
            let from = place.offset + at / place.line_bases * place.line_bytes + column;
            bases.extend_from_slice(&self.bytes[from..from + take]);
            at += take;
        }
        bases.make_ascii_uppercase();
    }

    /// Gives back the memory of what was read: pages are read again when they are needed. Who goes
    /// once through a genome calls it from time to time, since they count as the process's memory.
    pub fn release(&self) {
        #[expect(
            unsafe_code,
            reason = "pages of a file that nobody writes to come back as they were"
        )]
        let released = unsafe { self.bytes.unchecked_advise(UncheckedAdvice::DontNeed) };
        // Only advice: nothing is wrong if the system does not take it.
        let _ = released;
    }

    /// All bases of a contig, in upper case.
    pub fn sequence(&self, contig: ContigIndex) -> Vec<u8> {
        let length = self.contigs.get(contig).map_or(0, |c| c.length);
        self.fetch(contig, Interval0::new(0, length).expect("0 is not after the length"))
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn read_fai(path: &Path, file_len: usize) -> Result<(Vec<Contig>, Vec<Place>)> {
    let fai = beside(path, ".fai");
    let text = std::fs::read_to_string(&fai).map_err(|e| {
        FileError::io(&fai, e).hint("make the index with `wgs-pipe bundle build` or samtools faidx")
    })?;
    let (mut contigs, mut places) = (Vec::new(), Vec::new());
    for (row, line) in text.lines().enumerate() {
        let bad = |reason: &str| FileError::invalid(&fai, reason).at(format!("line {}", row + 1));
        let fields: Vec<&str> = line.split('\t').collect();
        let &[name, length, offset, line_bases, line_bytes] = fields.as_slice() else {
            return Err(bad("expected five columns"));
        };
        let number = |text: &str| text.parse::<usize>().map_err(|_| bad("expected a number"));
        let (length, place) = (
            number(length)?,
            Place {
                offset: number(offset)?,
                line_bases: number(line_bases)?,
                line_bytes: number(line_bytes)?,
            },
        );
        if place.line_bases == 0 || place.line_bytes < place.line_bases {
            return Err(bad("impossible line lengths"));
        }
        let last = length.saturating_sub(1);
        let end = (last / place.line_bases).checked_mul(place.line_bytes).and_then(|bytes| {
            bytes.checked_add(place.offset)?.checked_add(last % place.line_bases + 1)
        });
        if length > 0 && end.is_none_or(|end| end > file_len) {
            return Err(bad("the contig lies outside the FASTA; the index is of another file"));
        }
        let length = u32::try_from(length).map_err(|_| bad("contig too long"))?;
        contigs.push(Contig::new(name, length));
        places.push(place);
    }
    Ok((contigs, places))
}

fn add_digests(path: &Path, contigs: &mut [Contig]) -> Result<()> {
    let dict = path.with_extension("dict");
    let Ok(text) = std::fs::read_to_string(&dict) else {
        return Ok(());
    };
    let lines: Vec<&str> = text.lines().filter(|l| l.starts_with("@SQ\t")).collect();
    if lines.len() != contigs.len() {
        return Err(FileError::invalid(&dict, "lists other contigs than the FASTA's index"));
    }
    for (contig, line) in contigs.iter_mut().zip(lines) {
        let field = |tag: &str| line.split('\t').find_map(|f| f.strip_prefix(tag));
        if field("SN:") != Some(&contig.name) {
            return Err(FileError::invalid(&dict, "lists other contigs than the FASTA's index"));
        }
        contig.md5 = field("M5:").map(str::to_owned);
    }
    Ok(())
}

/// Copies a FASTA (plain, gzip or bgzip) to a plain one with lines of 60 bases and upper-case
/// letters, and writes `.fai` and `.dict` (with MD5 digests) beside it.
///
/// Letters other than IUPAC codes, and contigs that SAM cannot name, are refused.
pub fn import(source: &Path, target: &Path) -> Result<ContigList> {
    let mut writer = Importer::create(source, target)?;
    for_each_line(source, |line| writer.line(line))?;
    writer.finish()
}

fn for_each_line(path: &Path, mut f: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut reader = input::open(path)?;
    let mut line = Vec::new();
    let mut number = 0u64;
    loop {
        line.clear();
        number += 1;
        let n = reader
            .by_ref()
            .read_until(b'\n', &mut line)
            .map_err(|e| input::error(path, e).at(format!("line {number}")))?;
        if n == 0 {
            return Ok(());
        }
        f(line.trim_ascii_end()).map_err(|e| e.at(format!("line {number}")))?;
    }
}

struct Importer<'a> {
    source: &'a Path,
    target: &'a Path,
    fasta: BufWriter<AtomicFile>,
    fai: String,
    offset: u64,
    column: usize,
    contigs: Vec<Contig>,
    length: u64,
    md5: md5::Md5,
}

impl<'a> Importer<'a> {
    fn create(source: &'a Path, target: &'a Path) -> Result<Self> {
        Ok(Self {
            source,
            target,
            fasta: BufWriter::new(AtomicFile::create(target)?),
            fai: String::new(),
            offset: 0,
            column: 0,
            contigs: Vec::new(),
            length: 0,
            md5: md5::Md5::default(),
        })
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.offset += bytes.len() as u64;
        self.fasta.write_all(bytes).map_err(|e| FileError::io(self.target, e))
    }

    fn line(&mut self, line: &[u8]) -> Result<()> {
        if let Some(title) = line.strip_prefix(b">") {
            return self.begin(title);
        }
        if line.is_empty() {
            return Ok(());
        }
        if self.contigs.is_empty() {
            return Err(FileError::invalid(self.source, "expected a line that begins with >"));
        }
        if let Some(&b) = line.iter().find(|b| !is_iupac(**b)) {
            let reason = format!("{:?} is not a nucleotide code", char::from(b));
            return Err(FileError::invalid(self.source, reason));
        }
        self.bases(&line.to_ascii_uppercase())
    }

    fn begin(&mut self, title: &[u8]) -> Result<()> {
        self.end()?;
        let name = title.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        self.put(format!(">{name}\n").as_bytes())?;
        let start = self.offset;
        self.fai.push_str(&format!("{name}\t\t{start}\n"));
        self.contigs.push(Contig::new(name, 0));
        Ok(())
    }

    fn bases(&mut self, mut bases: &[u8]) -> Result<()> {
        md5::Digest::update(&mut self.md5, bases);
        self.length += bases.len() as u64;
        while !bases.is_empty() {
            let (now, rest) = bases.split_at((LINE_BASES - self.column).min(bases.len()));
            self.put(now)?;
            self.column += now.len();
            if self.column == LINE_BASES {
                self.put(b"\n")?;
                self.column = 0;
            }
            bases = rest;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        if self.column > 0 {
            self.put(b"\n")?;
            self.column = 0;
        }
        let md5 = hex(&md5::Digest::finalize_reset(&mut self.md5));
        let length = std::mem::take(&mut self.length);
        if let Some(contig) = self.contigs.last_mut() {
            contig.length = u32::try_from(length).map_err(|_| {
                let reason = format!("contig {} has {length} bases, too many", contig.name);
                FileError::invalid(self.source, reason)
            })?;
            contig.md5 = Some(md5);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<ContigList> {
        self.end()?;
        let invalid = |reason: String| FileError::invalid(self.source, reason);
        if self.contigs.is_empty() {
            return Err(invalid("holds no sequence".into()));
        }
        let contigs = ContigList::new(self.contigs).map_err(|e| invalid(e.to_string()))?;
        let fai: String = contigs
            .iter()
            .zip(self.fai.lines())
            .map(|(c, line)| {
                let offset = line.rsplit('\t').next().unwrap_or_default();
                format!("{}\t{}\t{offset}\t{LINE_BASES}\t{}\n", c.name, c.length, LINE_BASES + 1)
            })
            .collect();
        let fasta =
            self.fasta.into_inner().map_err(|e| FileError::io(self.target, e.into_error()))?;
        output::write(&beside(self.target, ".fai"), fai)?;
        output::write(&self.target.with_extension("dict"), dict(&contigs))?;
        fasta.commit()?;
        Ok(contigs)
    }
}

fn dict(contigs: &ContigList) -> String {
    let mut text = String::from("@HD\tVN:1.6\tSO:unsorted\n");
    for c in contigs.iter() {
        let md5 = c.md5.as_deref().unwrap_or_default();
        text.push_str(&format!("@SQ\tSN:{}\tLN:{}\tM5:{md5}\n", c.name, c.length));
    }
    text
}

fn is_iupac(base: u8) -> bool {
    b"ACGTUNRYSWKMBDHV".contains(&base.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imported(fasta: &str) -> Result<(tempfile::TempDir, Genome)> {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("in.fa");
        output::write(&source, fasta).unwrap();
        let target = folder.path().join("genome.fa");
        import(&source, &target)?;
        let genome = Genome::open(&target)?;
        Ok((folder, genome))
    }

    #[test]
    fn every_part_of_every_contig_comes_back() {
        let long: String = (0..200).map(|i| b"ACGT"[(i % 4) ^ (i / 7 % 4)] as char).collect();
        let (_folder, genome) =
            imported(&format!(">a x\n{long}\n>b\n{}\n", &long[3..100])).unwrap();
        for (index, text) in [(0, &long[..]), (1, &long[3..100])] {
            for start in 0..text.len() {
                for end in start..=text.len() {
                    let part = Interval0::new(start as u32, end as u32).unwrap();
                    assert_eq!(
                        genome.fetch(ContigIndex(index), part),
                        &text.as_bytes()[start..end]
                    );
                }
            }
        }
    }

    #[test]
    fn released_pages_come_back() {
        let bases = "ACGGT".repeat(10_000);
        let (_folder, genome) = imported(&format!(">a\n{bases}\n")).unwrap();
        for _ in 0..3 {
            assert!(genome.sequence(ContigIndex(0)) == bases.as_bytes());
            genome.release();
        }
    }

    #[test]
    fn digests_are_of_upper_case_bases() {
        let (_folder, genome) = imported(">a\nacgt\r\nAC\r\n").unwrap();
        // printf ACGTAC | md5sum
        let md5 = genome.contigs().iter().next().unwrap().md5.clone();
        assert_eq!(md5.as_deref(), Some("1617b7d879d437fa4c87da5875264b14"));
        assert_eq!(genome.sequence(ContigIndex(0)), b"ACGTAC");
    }

    #[test]
    fn what_is_not_fasta_is_refused_with_its_line() {
        let message = |fasta| imported(fasta).unwrap_err().to_string();
        assert!(message(">a\nAC\nA1\n").contains("line 3: '1' is not a nucleotide code"));
        assert!(message("ACGT\n").contains("line 1"));
        assert!(message("").contains("no sequence"));
        assert!(message(">a\nA\n>a\nC\n").contains("twice"));
        assert!(message(">a\n>b\nC\n").contains("0 bases"));
    }

    #[test]
    fn a_contig_longer_than_can_be_counted_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (folder.path().join("in.fa"), folder.path().join("genome.fa"));
        let mut importer = Importer::create(&source, &target).unwrap();
        importer.line(b">long").unwrap();
        importer.length = u64::from(u32::MAX) + 1;
        let error = importer.line(b">next").unwrap_err();
        assert!(error.to_string().contains("contig long has 4294967296 bases"), "{error}");
    }
}
