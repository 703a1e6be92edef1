//! Decoding CRAM.

use std::{io, path::Path};

use wgs_core::{ErrorKind, Region};

use super::{
    super::{ArrayKind, Header, Record, record, tags},
    ffi::{HtsFile, HtsHeader, HtsIndexed, HtsRecord, Next},
};
use crate::{FileError, Result, genome::Genome};

/// The records of a CRAM file.
pub(in super::super) struct CramReader {
    file: HtsFile,
    header: HtsHeader,
    record: HtsRecord,
}

impl CramReader {
    /// Opens a file and reads its header.
    pub(in super::super) fn open(path: &Path) -> Result<(Self, Header)> {
        Self::open_at(path, path)
    }

    /// As [`CramReader::open`], where the file's content is found under another path than that
    /// which errors are to name.
    pub(in super::super) fn open_at(path: &Path, content: &Path) -> Result<(Self, Header)> {
        let damaged = |what: &str| FileError::invalid(path, format!("damaged: {what}"));
        let mut file = HtsFile::open(content).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => FileError::io(path, e),
            _ => damaged("the header cannot be decoded"),
        })?;
        let mut header = file.header().ok_or_else(|| damaged("the header cannot be decoded"))?;
        let text = header.text().ok_or_else(|| damaged("the header cannot be decoded"))?;
        let parsed = Header::parse(&text).map_err(|e| FileError::invalid(path, e.to_string()))?;
        let record = HtsRecord::new().map_err(|e| FileError::io(path, e))?;
        Ok((Self { file, header, record }, parsed))
    }

    /// Sets the genome, which must be checked to hold every contig of the header: a contig that it
    /// lacked would be looked for by way of `REF_PATH` and the network.
    pub(in super::super) fn set_reference(
        &mut self,
        path: &Path,
        header: &Header,
        genome: Option<&Genome>,
    ) -> Result<()> {
        match genome {
            Some(genome) => {
                self.file.set_reference(genome.path()).map_err(|e| FileError::io(genome.path(), e))
            }
            None if header.contigs().is_empty() => Ok(()),
            None => Err(FileError::new(
                path,
                ErrorKind::Usage,
                "CRAM is read with its reference genome",
            )
            .hint("name the bundle or FASTA that the reads were aligned to")),
        }
    }

    /// Decodes with some threads.
    pub(in super::super) fn set_threads(&mut self, path: &Path, threads: usize) -> Result<()> {
        if threads < 2 {
            return Ok(());
        }
        self.file.set_threads(threads).map_err(|e| FileError::io(path, e))
    }

    /// Reads the next record; false at the end.
    pub(in super::super) fn read(&mut self, path: &Path, record: &mut Record) -> Result<bool> {
        let next = self.file.read(&mut self.header, &mut self.record);
        take(next, &self.record, path, record)
    }
}

fn take(next: Next, from: &HtsRecord, path: &Path, record: &mut Record) -> Result<bool> {
    match next {
        Next::End => Ok(false),
        Next::Failed => Err(FileError::invalid(
            path,
            "cannot be decoded: the file is damaged, or was made with another reference",
        )
        .hint(
            "compare the file's checksum with its source's, and the MD5 of its contigs (@SQ M5); \
             blocks in LZMA cannot be decoded either: write the file again without",
        )),
        Next::Record => {
            let bytes = std::mem::take(record).into_bytes();
            *record = unpack(from, bytes)
                .ok_or_else(|| FileError::invalid(path, "htslib decoded no possible record"))?;
            Ok(true)
        }
    }
}

/// Packs a record as BAM does, into used memory.
fn unpack(from: &HtsRecord, mut bytes: Vec<u8>) -> Option<Record> {
    let (core, data) = (from.core(), from.data());
    let position = |contig: i32, position: i64| match contig {
        0.. => i32::try_from(position).ok(),
        _ => Some(-1),
    };
    let (padded, rest) = data.split_at_checked(usize::from(core.l_qname))?;
    let name = &padded[..padded.len().checked_sub(usize::from(core.l_extranul))?];
    let (cigar, rest) = rest.split_at_checked(4 * usize::try_from(core.n_cigar).ok()?)?;
    let long = core.n_cigar > u32::from(u16::MAX);
    bytes.clear();
    bytes.extend(core.tid.to_le_bytes());
    bytes.extend(position(core.tid, core.pos)?.to_le_bytes());
    bytes.extend([u8::try_from(name.len()).ok()?, core.qual]);
    bytes.extend(record::bin(None).to_le_bytes());
    bytes.extend(if long { 2 } else { core.n_cigar as u16 }.to_le_bytes());
    bytes.extend(core.flag.to_le_bytes());
    bytes.extend(core.l_qseq.to_le_bytes());
    bytes.extend(core.mtid.to_le_bytes());
    bytes.extend(position(core.mtid, core.mpos)?.to_le_bytes());
    bytes.extend((core.isize_ as i32).to_le_bytes());
    bytes.extend(name);
    if long {
        let clip = (core.l_qseq as u32) << 4 | 4;
        let skip = super::super::Cigar::new(cigar).reference_span() << 4 | 3;
        bytes.extend(clip.to_le_bytes());
        bytes.extend(skip.to_le_bytes());
    } else {
        bytes.extend(cigar);
    }
    bytes.extend(rest);
    if long {
        let packed = cigar.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let packed: Vec<i64> = packed.map(i64::from).collect();
        tags::push_ints(&mut bytes, *b"CG", ArrayKind::U32, &packed).ok()?;
    }
    Record::from_bytes(bytes).ok().map(Record::with_bin)
}

/// A CRAM file with its index.
pub(in super::super) struct IndexedCram {
    file: HtsIndexed,
    record: HtsRecord,
}

impl IndexedCram {
    /// Loads the index of a file whose reference is set.
    pub(in super::super) fn load(reader: CramReader, path: &Path, index: &Path) -> Result<Self> {
        let CramReader { file, record, .. } = reader;
        let file = HtsIndexed::load(file, path, index).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => FileError::io(index, e),
            _ => FileError::invalid(index, "is not a CRAM index"),
        })?;
        Ok(Self { file, record })
    }

    /// Begins a query; the contig is the file's.
    pub(in super::super) fn start(&mut self, region: Region) {
        let contig = i32::try_from(region.contig.0).unwrap_or(-1);
        self.file.start(contig, region.interval.start(), region.interval.end());
    }

    /// Reads the next record of the query, or one near it; false at the end.
    pub(in super::super) fn read(&mut self, path: &Path, record: &mut Record) -> Result<bool> {
        let next = self.file.read(&mut self.record);
        take(next, &self.record, path, record)
    }
}
