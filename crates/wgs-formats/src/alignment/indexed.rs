//! Records of regions, by way of an index.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use noodles::{
    bam::bai,
    core::Position,
    csi::{self, BinningIndex, binning_index::index::reference_sequence::bin::Chunk},
};
use noodles_bgzf as bgzf;
use wgs_core::{ContigIndex, ErrorKind, Region};

use super::{
    Format, Header, Record,
    bam::{self, ReadError},
    contigs::ContigMap,
    cram::{CramReader, IndexedCram},
    format,
    load::{self, Load},
    publish::index_names,
    staleness::{self, Extent},
};
use crate::{FileError, Result, genome::Genome, input};

/// A BAM or CRAM file sorted by coordinate, with its index.
///
/// The index of `x.bam` is `x.bam.bai`, `x.bai`, `x.bam.csi` or `x.csi`; that of `x.cram` is
/// `x.cram.crai` or `x.crai`. Contigs are the genome's where one is given, as with
/// [`Reader`](super::Reader).
///
/// ```
/// # use wgs_core::{Contig, ContigIndex, ContigList};
/// # use wgs_formats::alignment::{CigarOp, Format, Header, RecordBuilder, SortOrder, Writer};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("reads.bam");
/// # let mut header = Header::new(ContigList::new(vec![Contig::new("chr1", 1000)])?);
/// # header.set_sort_order(SortOrder::Coordinate);
/// # let mut writer = Writer::create(&path, Format::Bam, &header, None, 1)?;
/// # for start in [9, 99, 500] {
/// #     let record = RecordBuilder::new(b"r").position(ContigIndex(0), start);
/// #     writer.write(&record.cigar(CigarOp::parse(b"100M")?).build()?)?;
/// # }
/// # writer.finish()?;
/// use wgs_core::Region;
/// use wgs_formats::alignment::IndexedReader;
///
/// let mut reader = IndexedReader::open(&path, None)?;
/// let region = Region::parse("chr1:105-110", reader.header().contigs())?;
/// let starts: Vec<_> =
///     reader.query(region)?.map(|r| r.map(|r| r.start())).collect::<Result<_, _>>()?;
/// assert_eq!(starts, [Some(9), Some(99)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct IndexedReader {
    path: PathBuf,
    header: Header,
    contigs: ContigMap,
    source: Source,
}

enum Source {
    Bam(Box<IndexedBam>),
    Cram(Box<IndexedCram>),
}

impl IndexedReader {
    /// Opens a file and its index.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if there is no index, [`ErrorKind::InvalidInput`] if it is of another
    /// file, or of an older one of the same name, and whatever
    /// [`Reader::open`](super::Reader::open) refuses.
    pub fn open(path: impl AsRef<Path>, genome: Option<&Genome>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let format = Format::of_file(&path)?;
        format::check_end(&path, format)?;
        let (contigs, header, source) = match format {
            Format::Sam => {
                return Err(FileError::invalid(&path, "SAM has no index")
                    .hint("convert it to BAM or CRAM, sorted by coordinate"));
            }
            Format::Bam => {
                let (bam, header) = IndexedBam::open(&path)?;
                (ContigMap::new(&path, &header, genome)?, header, Source::Bam(Box::new(bam)))
            }
            Format::Cram => {
                let (mut reader, header) = CramReader::open(&path)?;
                let contigs = ContigMap::new(&path, &header, genome)?;
                reader.set_reference(&path, &header, genome)?;
                let index = find_index(&path, format)?;
                let indexed = IndexedCram::load(reader, &path, &index)?;
                staleness::check_crai(&path, &index)?;
                (contigs, header, Source::Cram(Box::new(indexed)))
            }
        };
        let header = contigs.header(header, genome);
        Ok(Self { path, header, contigs, source })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The header; its contigs are those that records and regions refer to.
    pub fn header(&self) -> &Header {
        &self.header
    }

    pub(super) fn contigs(&self) -> &ContigMap {
        &self.contigs
    }

    /// Begins to read the records that share a base with a region, in the order of the file.
    ///
    /// A read without CIGAR, or unmapped and placed with its mate, counts as one base long. A
    /// contig that the file's header lacks has no records.
    pub fn query(&mut self, region: Region) -> Result<Query<'_>> {
        let in_file = self.contigs.in_file(region.contig);
        let known = in_file.filter(|c| c.0 < self.contigs.of_file().len());
        if let Some(contig) = known {
            let region = Region { contig, ..region };
            match &mut self.source {
                Source::Bam(bam) => bam.start(&self.path, region)?,
                Source::Cram(cram) => cram.start(region),
            }
        }
        Ok(Query { reader: self, region, number: 0, ended: known.is_none() })
    }
}

/// The first index that is there.
pub(super) fn find_index(path: &Path, format: Format) -> Result<PathBuf> {
    let candidates = index_names(path, format);
    if let Some(found) = candidates.iter().find(|p| p.exists()) {
        return Ok(found.clone());
    }
    let reason = format!("has no index: there is no {}", candidates[0].display());
    Err(FileError::new(path, ErrorKind::NotFound, reason)
        .hint(format!("make it: samtools index {}", path.display())))
}

/// The records of a region.
pub struct Query<'a> {
    reader: &'a mut IndexedReader,
    region: Region,
    number: u64,
    ended: bool,
}

impl Query<'_> {
    /// Reads the next record into `record`, whose memory is used again; false at the end.
    pub fn read(&mut self, record: &mut Record) -> Result<bool> {
        while !self.ended {
            self.number += 1;
            let read = self.read_near(record).map_err(|e| e.at(self.place()))?;
            if read && self.holds(record) {
                return Ok(true);
            }
            self.ended |= !read || self.is_beyond(record);
        }
        Ok(false)
    }

    fn place(&self) -> String {
        let contig = self.reader.header.contigs().get(self.region.contig);
        let name = contig.map_or("", |c| c.name.as_str());
        let first = self.region.interval.first();
        format!("record {} from {name}:{first} on", self.number)
    }

    fn read_near(&mut self, record: &mut Record) -> Result<bool> {
        let IndexedReader { path, contigs, source, .. } = &mut *self.reader;
        let read = match source {
            Source::Bam(bam) => bam.read(path, record),
            Source::Cram(cram) => cram.read(path, record),
        };
        let read = read.and_then(|more| {
            if more { contigs.apply(path, record).map(|()| true) } else { Ok(false) }
        });
        self.ended |= read.is_err();
        read
    }

    fn holds(&self, record: &Record) -> bool {
        let interval = self.region.interval;
        record.ref_index() == Some(self.region.contig)
            && record.start().is_some_and(|start| start < interval.end())
            && record.end().is_some_and(|end| end > interval.start())
            && !interval.is_empty()
    }

    /// Whether no record after this one can lie in the region.
    fn is_beyond(&self, record: &Record) -> bool {
        record.ref_index() == Some(self.region.contig)
            && record.start().is_some_and(|start| start >= self.region.interval.end())
    }
}

impl Iterator for Query<'_> {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        let mut record = Record::default();
        match self.read(&mut record) {
            Ok(true) => Some(Ok(record)),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

/// A BAM file with its index, and the chunks that a query has yet to read.
struct IndexedBam {
    reader: bgzf::io::Reader<File>,
    index: Index,
    chunks: std::vec::IntoIter<Chunk>,
    end: bgzf::VirtualPosition,
    contig: ContigIndex,
}

impl IndexedBam {
    fn open(path: &Path) -> Result<(Self, Header)> {
        let file = File::open(path).map_err(|e| FileError::io(path, e))?;
        let mut reader = bgzf::io::Reader::new(file);
        let header = bam::read_header(&mut reader, path)?;
        let index_path = find_index(path, Format::Bam)?;
        let (index, extent) = read_index(&index_path)?;
        extent.check(&mut reader, &header, path, &index_path)?;
        let (chunks, end) = (Vec::new().into_iter(), bgzf::VirtualPosition::MIN);
        Ok((Self { reader, index, chunks, end, contig: ContigIndex(0) }, header))
    }

    fn start(&mut self, path: &Path, region: Region) -> Result<()> {
        let interval = region.interval;
        self.end = bgzf::VirtualPosition::MIN;
        self.contig = region.contig;
        self.chunks = Vec::new().into_iter();
        let position = |n: u32| Position::try_from(n as usize).ok();
        let (Some(first), Some(last)) =
            (position(interval.first().get()), position(interval.last()))
        else {
            return Ok(());
        };
        let ContigIndex(contig) = region.contig;
        if interval.is_empty() || contig >= self.index.reference_sequences().count() {
            return Ok(());
        }
        let chunks = self.index.query(contig, (first..=last).into());
        self.chunks = chunks.map_err(|e| input::error(path, e))?.into_iter();
        Ok(())
    }

    fn read(&mut self, path: &Path, record: &mut Record) -> Result<bool> {
        let error = |e: ReadError| staleness::doubt_index(e.in_file(path));
        let mut begins = false;
        while self.reader.virtual_position() >= self.end {
            let Some(chunk) = self.chunks.next() else { return Ok(false) };
            self.reader.seek(chunk.start()).map_err(|e| error(e.into()))?;
            self.end = chunk.end();
            begins = true;
        }
        let read = bam::read_record(&mut self.reader, record).map_err(error)?;
        if begins && (!read || record.ref_index() != Some(self.contig)) {
            let reason = "the index points to where no record of the contig is";
            return Err(staleness::doubt_index(FileError::invalid(path, reason)));
        }
        Ok(read)
    }
}

type Index = Box<dyn BinningIndex + Send>;

/// How much data lies where, by the index of a BAM.
pub(super) fn bam_loads(path: &Path, contigs: &ContigMap) -> Result<Vec<Load>> {
    let loads = if path.extension().is_some_and(|e| e == "csi") {
        csi::fs::read(path).map(|index| load::of_bins(&index, contigs))
    } else {
        bai::fs::read(path).map(|index| load::of_bins(&index, contigs))
    };
    let loads = loads.map_err(|e| input::error(path, e))?;
    loads.map_err(|why| load::broken(path, why))
}

fn read_index(path: &Path) -> Result<(Index, Extent)> {
    let read = if path.extension().is_some_and(|e| e == "csi") {
        csi::fs::read(path).map(|index| (Extent::of(&index), Box::new(index) as Index))
    } else {
        bai::fs::read(path).map(|index| (Extent::of(&index), Box::new(index) as Index))
    };
    let (extent, index) = read.map_err(|e| input::error(path, e))?;
    Ok((index, extent))
}
