use std::{fs, path::Path};

use noodles::csi;
use wgs_core::{ContigIndex, ContigList, ErrorKind, Interval0, Region};
use wgs_formats::{
    FileError,
    alignment::{IndexedReader, Record, RecordBuilder, SortOrder},
};

use super::records::Place;

const FILES: [(&str, &str); 2] = [("x.bam", "x.bam.bai"), ("x.cram", "x.cram.crai")];

fn open(place: &Place, name: &str) -> Result<IndexedReader, FileError> {
    IndexedReader::open(place.path(name), Some(&place.genome))
}

fn assert_foreign(place: &Place, name: &str, what: &str) {
    let Err(error) = open(place, name) else { panic!("{name}: {what}: must be refused") };
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{what}: {error}");
    let hint = error.hint_text().unwrap_or_default();
    assert!(hint.starts_with("make the index again: samtools index "), "{what}: {error}: {hint}");
}

/// Writes records, and gives the index that they would have beside `name`.
fn index_of(place: &Place, (name, index): (&str, &str), records: &[Record]) -> Vec<u8> {
    place.write(name, &place.header(SortOrder::Coordinate), records, 2);
    fs::read(place.path(index)).unwrap()
}

#[test]
fn the_index_of_another_file_is_refused() {
    let place = Place::new();
    let records = place.sorted_records(5, 30_000);
    for file in FILES {
        let (name, index) = file;
        let others = [
            ("no records", index_of(&place, file, &[])),
            ("fewer records", index_of(&place, file, &records[..20_000])),
            ("records from the middle on", index_of(&place, file, &records[20_000..])),
        ];
        let own = index_of(&place, file, &records);
        open(&place, name).unwrap();
        for (what, other) in &others {
            fs::write(place.path(index), other).unwrap();
            assert_foreign(&place, name, what);
        }
        index_of(&place, file, &records[..20_000]);
        fs::write(place.path(index), own).unwrap();
        assert_foreign(&place, name, "more records");
    }
}

#[test]
fn the_index_of_other_contigs_is_refused() {
    let place = Place::new();
    let header = place.header(SortOrder::Coordinate);
    let contigs = place.genome.contigs().iter().take(2).cloned().collect();
    let fewer = header.with_contigs(&ContigList::new(contigs).unwrap());
    place.write("x.bam", &fewer, &[], 1);
    let other = fs::read(place.path("x.bam.bai")).unwrap();
    place.write("x.bam", &header, &[], 1);
    open(&place, "x.bam").unwrap();
    fs::write(place.path("x.bam.bai"), other).unwrap();
    assert_foreign(&place, "x.bam", "two contigs of three");
}

#[test]
fn an_empty_csi_is_refused_beside_records() {
    let place = Place::new();
    place.write("x.bam", &place.header(SortOrder::Coordinate), &place.sorted_records(5, 100), 1);
    fs::remove_file(place.path("x.bam.bai")).unwrap();
    let contig = || {
        let bins = Default::default();
        let offsets = csi::binning_index::index::reference_sequence::index::BinnedIndex::default();
        csi::binning_index::index::ReferenceSequence::new(bins, offsets, None)
    };
    let index = csi::binning_index::Index::builder()
        .set_reference_sequences(vec![contig(), contig(), contig()])
        .build();
    csi::fs::write(place.path("x.bam.csi"), &index).unwrap();
    assert_foreign(&place, "x.bam", "no chunks");
}

#[test]
fn files_of_unplaced_records_or_none_need_no_chunks() {
    let place = Place::new();
    let unplaced = RecordBuilder::new(b"r").flags(wgs_formats::alignment::Flags(4)).bases(b"ACGT");
    let unplaced = vec![unplaced.build().unwrap(); 10];
    for (name, _) in FILES {
        for records in [&[][..], &unplaced] {
            place.write(name, &place.header(SortOrder::Coordinate), records, 1);
            open(&place, name).unwrap();
        }
    }
}

/// Adds to the begin of every chunk of the second contig in a `.bai` (SAM v1 §5.2).
fn shift_chunks(index: &Path, by: u64) {
    let mut bytes = fs::read(index).unwrap();
    let number = |bytes: &[u8], at: usize| {
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
    };
    let mut at = 8;
    for contig in 0..2 {
        let bins = number(&bytes, at);
        at += 4;
        for _ in 0..bins {
            let (bin, chunks) = (number(&bytes, at), number(&bytes, at + 4));
            at += 8;
            for _ in 0..chunks {
                if contig == 1 && bin != 37450 {
                    let begin = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
                    bytes[at..at + 8].copy_from_slice(&(begin + by).to_le_bytes());
                }
                at += 16;
            }
        }
        at += 4 + 8 * number(&bytes, at);
    }
    fs::write(index, bytes).unwrap();
}

#[test]
fn an_index_that_points_beside_the_records_is_told_by_the_query() {
    let place = Place::new();
    let records = place.sorted_records(5, 30_000);
    // Inside a block; inside a record.
    for by in [1 << 16, 3] {
        let path = place.write("x.bam", &place.header(SortOrder::Coordinate), &records, 1);
        shift_chunks(&place.path("x.bam.bai"), by);
        let mut reader = IndexedReader::open(&path, None).unwrap();
        let interval = Interval0::new(0, 30_000).unwrap();
        let query = reader.query(Region { contig: ContigIndex(1), interval }).unwrap();
        let error = query.filter_map(Result::err).next().expect("no records are there");
        assert!(
            matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Truncated),
            "{by}: {error}"
        );
        let hint = error.hint_text().unwrap_or_default();
        assert!(hint.ends_with("or its index belongs to another file"), "{by}: {error}: {hint}");
    }
}
