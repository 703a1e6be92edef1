//! How much data lies where, by what an index knows: what it costs to work on a part of a genome.

use std::{collections::BTreeMap, io::Read, path::Path};

use flate2::read::MultiGzDecoder;
use noodles::csi::{BinningIndex, binning_index};
use wgs_core::{ContigIndex, Interval0, Region};

use super::{Format, IndexedReader, contigs::ContigMap, indexed};
use crate::{FileError, Result, input};

/// How many times smaller deflate makes records, about: for what lies within a block.
const DEFLATED: i64 = 4;

/// Data that lies on a part of a contig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// The part of a contig.
    pub region: Region,
    /// Compressed bytes of the records there.
    pub bytes: u64,
}

impl IndexedReader {
    /// How much data lies where, as far as the index tells: by slices of a CRAM, by bins of a BAM.
    /// Ascending by contig and start; parts may overlap. The whole index is read. Reads without a
    /// place, and contigs that the genome lacks, have none.
    ///
    /// # Errors
    ///
    /// If the index cannot be read, or tells of places that the file's contigs do not have.
    pub fn loads(&self) -> Result<Vec<Load>> {
        let format = Format::of_file(self.path())?;
        let index = indexed::find_index(self.path(), format)?;
        let mut loads = match format {
            Format::Cram => of_crai(&index, self.contigs())?,
            _ => indexed::bam_loads(&index, self.contigs())?,
        };
        loads.sort_by_key(|l| (l.region.contig, l.region.interval));
        Ok(loads)
    }
}

/// A slice of a CRAM on one contig: a line of its index (CRAM v3 §12).
#[derive(Clone, Copy, Debug)]
pub(super) struct CraiEntry {
    /// Number of the contig in the file; below 0 for reads without a place.
    contig: i64,
    start: u32,
    span: u32,
    /// Where the container begins in the file.
    pub(super) container: u64,
    slice: u64,
    bytes: u64,
}

impl CraiEntry {
    fn parse(line: &[u8]) -> Option<Self> {
        let mut columns = std::str::from_utf8(line).ok()?.split('\t');
        let contig = columns.next()?.parse().ok()?;
        let mut number = || columns.next()?.parse::<u64>().ok();
        let mut length = || Some(u32::try_from(number()?).unwrap_or(u32::MAX));
        let (start, span) = (length()?, length()?);
        Some(Self { contig, start, span, container: number()?, slice: number()?, bytes: number()? })
    }
}

/// The lines of a `.crai`.
pub(super) fn crai_entries(index: &Path) -> Result<Vec<CraiEntry>> {
    let bytes = std::fs::read(index).map_err(|e| FileError::io(index, e))?;
    let mut text = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let read = MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut text);
        read.map_err(|e| input::error(index, e))?;
    } else {
        text = bytes;
    }
    let lines = text.split(|&b| b == b'\n').filter(|line| !line.is_empty());
    let entry = |(line, number): (&[u8], u64)| {
        let wrong = || broken(index, "is not a line of a CRAM index".into());
        CraiEntry::parse(line).ok_or_else(|| wrong().at(format!("line {number}")))
    };
    lines.zip(1..).map(entry).collect()
}

/// A slice that lies on several contigs has a line for each, with all of its bytes: they are
/// divided by the lengths.
fn of_crai(index: &Path, contigs: &ContigMap) -> Result<Vec<Load>> {
    let entries: Vec<CraiEntry> = crai_entries(index)?;
    let mut spans: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    for entry in &entries {
        *spans.entry((entry.container, entry.slice)).or_default() += u64::from(entry.span.max(1));
    }
    let load = |entry: &CraiEntry| {
        let Ok(number) = usize::try_from(entry.contig) else { return Ok(None) };
        let start = entry.start.saturating_sub(1);
        let interval = Interval0::new(start, start.saturating_add(entry.span))
            .expect("an end is not before its start");
        let all = spans.get(&(entry.container, entry.slice)).copied().unwrap_or(1);
        let bytes = u128::from(entry.bytes) * u128::from(entry.span.max(1)) / u128::from(all);
        let region = within(contigs, number, interval)?;
        Ok(region.map(|region| Load { region, bytes: bytes as u64 }))
    };
    let numbered = entries.iter().zip(1..).map(|(entry, line): (_, u64)| {
        load(entry).map_err(|why| broken(index, why).at(format!("line {line}")))
    });
    numbered.filter_map(Result::transpose).collect()
}

/// The error of an index that tells of what cannot be.
pub(super) fn broken(index: &Path, why: String) -> FileError {
    FileError::invalid(index, why).hint("make the index again: samtools index")
}

/// The bins of a BAI or CSI (SAM v1 §5.1.1, §5.3) with the bytes between begin and end of their
/// chunks.
pub(super) fn of_bins<I: binning_index::index::reference_sequence::Index>(
    index: &binning_index::Index<I>,
    contigs: &ContigMap,
) -> Result<Vec<Load>, String> {
    let (min_shift, depth) = (u32::from(index.min_shift()), u32::from(index.depth()));
    let mut loads = Vec::new();
    for (number, contig) in index.reference_sequences().iter().enumerate() {
        for (&id, bin) in contig.bins() {
            let bytes = bin.chunks().iter().map(|chunk| {
                let (start, end) = (chunk.start(), chunk.end());
                let blocks = end.compressed() as i64 - start.compressed() as i64;
                let within = i64::from(end.uncompressed()) - i64::from(start.uncompressed());
                u64::try_from(blocks + within / DEFLATED).unwrap_or(0).max(1)
            });
            let interval = bin_interval(id as u64, min_shift, depth)
                .ok_or_else(|| format!("has bin {id}, which is none of its scheme"))?;
            let region = within(contigs, number, interval)?;
            loads.extend(region.map(|region| Load { region, bytes: bytes.sum() }));
        }
    }
    Ok(loads)
}

/// The bases of a bin by its number.
fn bin_interval(id: u64, min_shift: u32, depth: u32) -> Option<Interval0> {
    let first = |level: u32| ((1u64 << (3 * level)) - 1) / 7;
    let level = (0..=depth.min(20)).rev().find(|&level| first(level) <= id)?;
    let shift = min_shift + 3 * (depth - level);
    let start = (id - first(level)).checked_shl(shift)?;
    let end = start.saturating_add(1u64.checked_shl(shift)?);
    let limit = |offset: u64| u32::try_from(offset).unwrap_or(u32::MAX);
    Interval0::new(limit(start), limit(end)).ok()
}

/// A part of a contig of the file as part of one of the genome, cut at its end; `None` where the
/// genome lacks the contig, and an error where the file lacks it or it ends before.
fn within(
    contigs: &ContigMap,
    number: usize,
    interval: Interval0,
) -> Result<Option<Region>, String> {
    let Some(found) = contigs.of_file().get(ContigIndex(number)) else {
        let count = contigs.of_file().len();
        return Err(format!("tells of contig number {number}, and the file has {count}"));
    };
    let (name, length) = (&found.name, found.length);
    let whole = Interval0::new(0, length).expect("0 is not after a length");
    if interval.start() >= length.max(1) {
        let first = interval.first();
        return Err(format!("tells of base {first} of {name}, which has {length}"));
    }
    let contig = contigs.in_genome(ContigIndex(number));
    Ok(contig
        .zip(interval.intersection(whole))
        .map(|(contig, interval)| Region { contig, interval }))
}

#[cfg(test)]
mod tests {
    use wgs_core::{Contig, ContigList};

    use super::*;
    use crate::{
        alignment::{CigarOp, Header, RecordBuilder, SortOrder, Writer},
        genome::{self, Genome},
        output,
    };

    #[test]
    fn bins_have_the_bases_of_the_specification() {
        let of = |id| bin_interval(id, 14, 5).map(|i| (i.start(), i.end()));
        assert_eq!(of(0), Some((0, 1 << 29)));
        assert_eq!(of(1), Some((0, 1 << 26)));
        assert_eq!(of(4681), Some((0, 1 << 14)));
        assert_eq!(of(4682), Some((1 << 14, 2 << 14)));
    }

    /// The bytes that an indexed file of this format has on each quarter of its first contig, of
    /// which the third has ten times as many reads, and on its second.
    fn bytes(name: &str) -> [u64; 5] {
        let folder = tempfile::tempdir().unwrap();
        let quarter = 40_000usize;
        let fasta = folder.path().join("in.fa");
        let bases = |n: usize, by: usize| -> String {
            (0..n).map(|i| char::from(b"ACGT"[(i * by / 7 + i / 3 * by) % 4])).collect()
        };
        output::write(&fasta, format!(">a\n{}\n>b\n{}\n", bases(4 * quarter, 3), bases(900, 5)))
            .unwrap();
        let made = folder.path().join("genome.fa");
        genome::import(&fasta, &made).unwrap();
        let genome = Genome::open(&made).unwrap();
        let path = folder.path().join(name);
        let mut header = Header::new(genome.contigs().clone());
        header.set_sort_order(SortOrder::Coordinate);
        let format = Format::of_name(&path).unwrap();
        let mut writer = Writer::create(&path, format, &header, Some(&genome), 1).unwrap();
        let mut write = |contig: usize, start: usize, number: usize| {
            let quals: Vec<u8> = (0..100).map(|i| ((i * 31 + number * 17) % 41) as u8).collect();
            let record = RecordBuilder::new(format!("read{number}").as_bytes())
                .position(ContigIndex(contig), start as u32)
                .cigar(CigarOp::parse(b"100M").unwrap())
                .bases(&b"ACGTTGCATT".repeat(10))
                .quals(&quals);
            writer.write(&record.build().unwrap()).unwrap();
        };
        let mut number = 0;
        for part in 0..4 {
            let times = if part == 2 { 10 } else { 1 };
            for i in 0..4000 * times {
                number += 1;
                write(0, part * quarter + i * (quarter - 200) / (4000 * times), number);
            }
        }
        (0..500).for_each(|i| write(1, i, i));
        writer.finish().unwrap();
        let reader = IndexedReader::open(&path, Some(&genome)).unwrap();
        let mut sums = [0.0; 5];
        for load in reader.loads().unwrap() {
            let (start, end) = (load.region.interval.start(), load.region.interval.end());
            for at in start..end {
                let part = if load.region.contig.0 == 1 { 4 } else { at as usize / quarter };
                sums[part] += load.bytes as f64 / f64::from(end - start);
            }
        }
        sums.map(|sum| sum as u64)
    }

    #[test]
    fn deep_places_have_more_data() {
        for name in ["x.bam", "x.cram"] {
            let parts = bytes(name);
            assert!(parts[2] > 3 * parts[0].max(parts[1]).max(parts[3]), "{name}: {parts:?}");
            assert!(parts[4] < parts[0], "{name}: {parts:?}");
        }
    }

    #[test]
    fn a_contig_that_the_file_lacks_has_none() {
        let list = ContigList::new(vec![Contig::new("a", 50)]).unwrap();
        let map = ContigMap::new(Path::new("x"), &Header::new(list), None).unwrap();
        let interval = Interval0::new(10, 90).unwrap();
        assert_eq!(within(&map, 0, interval).unwrap().map(|r| r.interval.end()), Some(50));
        assert_eq!(
            within(&map, 1, interval).unwrap_err(),
            "tells of contig number 1, and the file has 1"
        );
        let behind = Interval0::new(50, 60).unwrap();
        assert_eq!(within(&map, 0, behind).unwrap_err(), "tells of base 51 of a, which has 50");
    }

    #[test]
    fn broken_lines_of_an_index_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let list = ContigList::new(vec![Contig::new("a", 50)]).unwrap();
        let map = ContigMap::new(Path::new("x"), &Header::new(list), None).unwrap();
        let loads = |lines: &str| {
            let path = folder.path().join("x.cram.crai");
            output::write(&path, lines).unwrap();
            of_crai(&path, &map).map_err(|e| e.to_string())
        };
        let good = "0\t1\t20\t26\t0\t700\n";
        assert_eq!(loads(&format!("{good}-1\t0\t0\t99\t0\t5\n")).unwrap().len(), 1);
        for line in ["0\t1\t20\t26", "0\t1\tx\t26\t0\t7", "\u{fffd}"] {
            let error = loads(&format!("{good}{line}\n")).unwrap_err();
            assert!(error.contains("line 2: is not a line of a CRAM index"), "{error}");
        }
        let error = loads(&format!("{good}7\t1\t20\t26\t0\t7\n")).unwrap_err();
        assert!(error.contains("line 2: tells of contig number 7"), "{error}");
        let error = loads("0\t51\t20\t26\t0\t7\n").unwrap_err();
        assert!(error.contains("line 1: tells of base 51 of a"), "{error}");
    }
}
