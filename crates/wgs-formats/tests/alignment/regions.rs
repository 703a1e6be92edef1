use std::fs;

use wgs_core::{ContigIndex, ErrorKind, Interval0, Region};
use wgs_formats::alignment::{Flags, IndexedReader, Reader, Record, RecordBuilder, SortOrder};

use super::records::{Place, Random};

fn names(records: &[&Record]) -> Vec<(String, u16)> {
    let name = |r: &&Record| (String::from_utf8_lossy(r.name()).into_owned(), r.flags().0);
    records.iter().map(name).collect()
}

fn region(contig: usize, start: u32, end: u32) -> Region {
    Region { contig: ContigIndex(contig), interval: Interval0::new(start, end).unwrap() }
}

#[test]
fn a_query_gives_what_a_scan_gives() {
    let place = Place::new();
    let records = place.sorted_records(5, 30_000);
    let mut random = Random(9);
    for name in ["x.bam", "x.cram"] {
        let path = place.write(name, &place.header(SortOrder::Coordinate), &records, 2);
        let mut reader = IndexedReader::open(&path, Some(&place.genome)).unwrap();
        let mut regions: Vec<Region> = (0..60)
            .map(|_| {
                let contig = random.below(3) as usize;
                let length = place.genome.contigs().get(ContigIndex(contig)).unwrap().length;
                let start = random.below(length);
                region(contig, start, (start + random.below(3000)).min(length))
            })
            .collect();
        regions.extend([region(0, 0, 60_000), region(2, 4_999, 5_000), region(1, 0, 1)]);
        for region in regions {
            let Region { contig, interval } = region;
            let inside = |r: &&Record| {
                r.ref_index() == Some(contig)
                    && r.start().zip(r.end()).is_some_and(|(s, e)| {
                        s < interval.end() && e > interval.start() && !interval.is_empty()
                    })
            };
            let expected: Vec<_> = records.iter().filter(inside).collect();
            let found: Vec<Record> = reader.query(region).unwrap().map(Result::unwrap).collect();
            let found: Vec<_> = found.iter().collect();
            assert_eq!(names(&found), names(&expected), "{name} {region:?}");
        }
    }
}

#[test]
fn an_index_may_have_either_name() {
    let place = Place::new();
    let records = place.sorted_records(5, 500);
    for (name, long, short) in
        [("x.bam", "x.bam.bai", "x.bai"), ("x.cram", "x.cram.crai", "x.crai")]
    {
        let path = place.write(name, &place.header(SortOrder::Coordinate), &records, 1);
        let count =
            |reader: &mut IndexedReader| reader.query(region(0, 0, 60_000)).unwrap().count();
        let expected = count(&mut IndexedReader::open(&path, Some(&place.genome)).unwrap());
        fs::rename(place.path(long), place.path(short)).unwrap();
        let again = count(&mut IndexedReader::open(&path, Some(&place.genome)).unwrap());
        assert!(expected > 100 && again == expected);
        fs::remove_file(place.path(short)).unwrap();
        let error = IndexedReader::open(&path, Some(&place.genome)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains(long) && error.hint_text().is_some(), "{error}");
    }
}

#[test]
fn contigs_are_those_of_the_genome() {
    let place = Place::new();
    let contigs = place.genome.contigs();
    let mut reversed: Vec<_> = contigs.iter().cloned().collect();
    reversed.reverse();
    let reversed = wgs_core::ContigList::new(reversed).unwrap();
    let mut header = place.header(SortOrder::Coordinate).with_contigs(&reversed);
    let at = |contig, mate| {
        let record = RecordBuilder::new(b"r").flags(Flags(69)).position(ContigIndex(contig), 10);
        record.mate(ContigIndex(mate), 20).bases(b"A").build().unwrap()
    };
    let records = [at(0, 2), at(2, 0)];
    for name in ["x.bam", "x.cram"] {
        let path = place.write(name, &header, &records, 1);
        let mut reader = Reader::open(&path, Some(&place.genome)).unwrap();
        assert_eq!(reader.header().contigs(), contigs);
        assert_eq!(reader.header().sort_order(), SortOrder::Unsorted, "in the genome's terms");
        let read: Vec<_> = reader.by_ref().map(Result::unwrap).collect();
        let places = |r: &Record| (r.ref_index().unwrap().0, r.mate_ref_index().unwrap().0);
        assert_eq!(read.iter().map(places).collect::<Vec<_>>(), [(2, 0), (0, 2)], "{name}");
        let mut indexed = IndexedReader::open(&path, Some(&place.genome)).unwrap();
        assert_eq!(indexed.query(region(2, 0, 100)).unwrap().count(), 1);
        assert_eq!(indexed.query(region(1, 0, 100)).unwrap().count(), 0);
    }
    header.set_sort_order(SortOrder::Unsorted);
    let fewer = wgs_core::ContigList::new(contigs.iter().skip(1).cloned().collect()).unwrap();
    let path = place.write("y.bam", &header.with_contigs(&fewer), &[at(1, 1)], 1);
    let read = place.read(&path, 1);
    assert_eq!(read[0].ref_index(), Some(ContigIndex(2)));
}

#[test]
fn a_damaged_index_does_not_panic() {
    let place = Place::new();
    let records = place.sorted_records(5, 2_000);
    let mut random = Random(4);
    for (name, index) in [("x.bam", "x.bam.bai"), ("x.cram", "x.cram.crai")] {
        let path = place.write(name, &place.header(SortOrder::Coordinate), &records, 1);
        let whole = fs::read(place.path(index)).unwrap();
        for _ in 0..60 {
            let mut damaged = whole.clone();
            damaged.truncate(damaged.len() - random.below(4) as usize * damaged.len() / 5);
            let at = random.below(damaged.len() as u32) as usize;
            damaged[at] ^= 1 << random.below(8);
            fs::write(place.path(index), damaged).unwrap();
            if let Ok(mut reader) = IndexedReader::open(&path, Some(&place.genome))
                && let Ok(query) = reader.query(region(0, 1_000, 2_000))
            {
                query.take(5_000).for_each(drop);
            }
        }
    }
}
