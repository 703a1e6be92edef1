use std::path::Path;

use wgs_formats::{
    alignment::{
        ReadOptions, Reader, SortOrder, UnalignCounts, UnalignOptions, UnalignedReads, Unaligner,
    },
    digest,
    genome::Genome,
};

use super::records::Place;

/// Every template as text, in an order of its own, and the counts.
fn templates(path: &Path, genome: Option<&Genome>) -> (Vec<String>, UnalignCounts) {
    let mut reads = Unaligner::open(path, genome, UnalignOptions::default()).unwrap();
    let mut templates = Vec::new();
    while let Some(template) = reads.read().unwrap() {
        let kind = match template.reads {
            UnalignedReads::Pair(first, last) => format!("{first:?} {last:?}"),
            other => format!("{other:?}"),
        };
        templates.push(format!("{:?} {kind}", template.read_group));
    }
    templates.sort();
    (templates, reads.counts())
}

#[test]
fn every_format_and_order_gives_the_same_reads() {
    let place = Place::new();
    let possible = |mut records: Vec<wgs_formats::alignment::Record>| {
        records.retain(|r| !r.is_empty() && r.bases().iter().all(|b| b"ACGTN".contains(b)));
        // Both reads of a pair are of one read group, which the records of other tests are not.
        for record in &mut records {
            record.remove_aux(*b"RG");
        }
        records
    };
    let sorted = possible(place.sorted_records(21, 4000));
    let grouped = possible(place.records(21, 4000));
    let (coordinate, unsorted) =
        (place.header(SortOrder::Coordinate), place.header(SortOrder::Unsorted));
    let bam = templates(&place.write("x.bam", &coordinate, &sorted, 1), None);
    let cram = place.write("x.cram", &coordinate, &sorted, 1);
    let cram = templates(&cram, Some(&place.genome));
    let sam = templates(&place.write("x.sam", &unsorted, &grouped, 1), None);
    assert!(bam.1.pairs > 1000 && bam.1.singles > 100, "{:?}", bam.1);
    assert_eq!(bam.1, cram.1);
    assert_eq!(bam.1, sam.1);
    assert!(bam.0 == cram.0 && bam.0 == sam.0);
}

#[test]
fn a_bam_of_another_genome_can_be_aligned_again() {
    let (place, other) = (Place::new(), Place::with_seed(5));
    let records = place.sorted_records(3, 200);
    let bam = place.write("x.bam", &place.header(SortOrder::Coordinate), &records, 1);
    assert!(Unaligner::open(&bam, Some(&other.genome), UnalignOptions::default()).is_ok());
    let cram = place.write("x.cram", &place.header(SortOrder::Coordinate), &records, 1);
    let refused = Unaligner::open(&cram, Some(&other.genome), UnalignOptions::default());
    assert_eq!(refused.err().unwrap().kind(), wgs_core::ErrorKind::ReferenceMismatch);
}

#[test]
fn digests_are_checked_in_every_format() {
    let place = Place::new();
    let records = place.sorted_records(21, 3000);
    for name in ["x.bam", "x.cram", "x.sam"] {
        let path = place.write(name, &place.header(SortOrder::Coordinate), &records, 1);
        let right = digest::Expected {
            md5: Some(digest::md5_file(&path).unwrap()),
            sha256: Some(digest::sha256_file(&path).unwrap()),
        };
        let wrong = digest::Expected { md5: Some("0".repeat(32)), sha256: None };
        for threads in [1, 3] {
            let read = |expected: &digest::Expected| {
                let options = ReadOptions { threads, expected: expected.clone() };
                let reader = Reader::open_with(&path, Some(&place.genome), options).unwrap();
                let (good, bad): (Vec<_>, Vec<_>) = reader.partition(Result::is_ok);
                assert_eq!(good.len(), records.len(), "{name}");
                bad.into_iter().next().map(|error| error.unwrap_err())
            };
            assert!(read(&right).is_none(), "{name}");
            let error = read(&wrong).unwrap();
            assert_eq!(error.kind(), wgs_core::ErrorKind::InvalidInput);
            assert!(error.to_string().contains(&format!("{name}: its MD5 is")), "{error}");
            let options = ReadOptions { threads, expected: wrong.clone() };
            drop(Reader::open_with(&path, Some(&place.genome), options).unwrap());
        }
    }
}
