use std::path::Path;

use wgs_core::{ErrorKind, Pos1};

use super::*;
use crate::output;

const HEADER: &str = "@SQ\tSN:c\tLN:100000\n@RG\tID:a\tSM:s\n@RG\tID:b\tSM:s\n";

type Row = (Option<usize>, &'static str, String, String, String);

fn rows(path: &Path, memory_bytes: usize) -> Result<(Vec<Row>, UnalignCounts)> {
    let options = UnalignOptions {
        memory_bytes,
        scratch: path.parent().unwrap().to_owned(),
        ..UnalignOptions::default()
    };
    let mut reads = Unaligner::open(path, None, options)?;
    let mut rows = Vec::new();
    while let Some(template) = reads.read()? {
        let text = |b: &[u8]| String::from_utf8(b.to_vec()).unwrap();
        let (kind, first, last) = match template.reads {
            UnalignedReads::Pair(first, last) => ("pair", first, Some(last)),
            UnalignedReads::Single(read) => ("single", read, None),
            UnalignedReads::OrphanFirst(read) => ("first", read, None),
            UnalignedReads::OrphanLast(read) => ("last", read, None),
        };
        let last_bases = last.map_or(String::new(), |l| text(l.bases));
        rows.push((template.read_group, kind, text(first.name), text(first.bases), last_bases));
    }
    Ok((rows, reads.counts()))
}

fn of_sam(lines: &str, memory_bytes: usize) -> Result<(Vec<Row>, UnalignCounts)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sam");
    output::write(&path, format!("{HEADER}{lines}")).unwrap();
    rows(&path, memory_bytes)
}

fn failure(line: &str) -> String {
    let error = of_sam(line, 1 << 20).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    error.to_string()
}

#[test]
fn reads_come_back_as_sequenced() {
    let (rows, counts) = of_sam(
        "p\t99\tc\t11\t60\t2S4M\t=\t31\t24\tAACCNN\tIIIIIF\tRG:Z:b\n\
         s\t16\tc\t12\t60\t4M\t*\t0\t0\tAACG\t*\n\
         p\t2195\tc\t40\t60\t2M2H\t=\t11\t0\tAA\tII\tRG:Z:b\n\
         p\t147\tc\t31\t60\t4M\t=\t11\t-24\tAAAC\tFIII\tRG:Z:b\n\
         o\t73\tc\t50\t60\t2M\t*\t0\t0\tCC\tII\tRG:Z:a\n",
        1 << 20,
    )
    .unwrap();
    let row = |group, kind, name: &str, first: &str, last: &str| {
        (group, kind, name.to_owned(), first.to_owned(), last.to_owned())
    };
    assert_eq!(
        rows,
        [
            row(None, "single", "s", "CGTT", ""),
            row(Some(1), "pair", "p", "AACCNN", "GTTT"),
            row(Some(0), "first", "o", "CC", ""),
        ]
    );
    assert_eq!(
        counts,
        UnalignCounts { pairs: 1, singles: 1, orphans: 1, repeated: 0, not_primary: 1 }
    );
}

#[test]
fn original_qualities_are_preferred_and_reversed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sam");
    let line = "s\t16\tc\t12\t60\t4M\t*\t0\t0\tAACG\tIIII\tOQ:Z:ABCD\n";
    output::write(&path, format!("{HEADER}{line}")).unwrap();
    let mut reads = Unaligner::open(&path, None, UnalignOptions::default()).unwrap();
    let template = reads.read().unwrap().unwrap();
    let UnalignedReads::Single(read) = template.reads else { panic!("single") };
    assert_eq!(read.quals, b"DCBA");
}

#[test]
fn wanted_fields_come_along() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sam");
    let far = far_pairs(200).replace("RG:Z:a\n", "RG:Z:a\tX0:Z:a b\tX1:i:-7\tX2:Z:no\n");
    output::write(&path, format!("{HEADER}{far}")).unwrap();
    for memory_bytes in [1 << 20, 5_000] {
        let options = UnalignOptions {
            memory_bytes,
            tags: vec![*b"X1", *b"X0", *b"XX"],
            scratch: folder.path().to_owned(),
            ..UnalignOptions::default()
        };
        let mut reads = Unaligner::open(&path, None, options).unwrap();
        let mut count = 0;
        while let Some(template) = reads.read().unwrap() {
            let all = match template.reads {
                UnalignedReads::Pair(first, last) => vec![first, last],
                UnalignedReads::Single(read)
                | UnalignedReads::OrphanFirst(read)
                | UnalignedReads::OrphanLast(read) => vec![read],
            };
            for read in all {
                assert_eq!(read.aux(*b"X0"), Some(Aux::Text(b"a b")));
                assert_eq!(read.aux(*b"X1"), Some(Aux::Int(-7)));
                assert_eq!((read.aux(*b"X2"), read.aux_fields().count()), (None, 2));
                count += 1;
            }
        }
        assert_eq!(count, 360);
    }
}

#[test]
fn what_cannot_be_given_back_is_refused() {
    let refused = |columns: &str| failure(&columns.replace(' ', "\t"));
    assert!(
        refused("r 0 c 5 9 2H4M * 0 0 ACGT IIII").contains("record 1: the read r has lost bases")
    );
    assert!(refused("r 0 c 5 9 4M * 0 0 * *").contains("the read r has no bases"));
    assert!(refused("r 4 * 0 0 * * 0 0 * *").contains("the read r has no bases"));
    assert!(refused("* 4 * 0 0 * * 0 0 A I").contains("has no name"));
    assert!(refused("r 0 c 5 9 4M * 0 0 AC=T IIII").contains("has the base =, which"));
    assert!(refused("r 0 c 5 9 4M * 0 0 ACRT IIII").contains("has the base R, which"));
    assert!(refused("r 0 c 5 9 4M * 0 0 ACGT IIII RG:Z:x").contains("the header lacks"));
    for original in ["OQ:Z:III", "OQ:Z:IIIII", "OQ:Z:II I", "OQ:i:40"] {
        let line = format!("r\t0\tc\t5\t9\t4M\t*\t0\t0\tACGT\tIIII\t{original}\n");
        assert!(failure(&line).contains("(OQ)"), "{original}");
    }
    assert!(
        refused("r 1 c 5 9 4M * 0 0 ACGT IIII").contains("neither its first read nor its last")
    );
    let twice = "r 65 c 5 9 4M * 0 0 ACGT IIII\nr 65 c 5 9 4M * 0 0 ACGT FFFF";
    assert!(refused(twice).contains("record 2: the template r has two primary records"));
}

#[test]
fn what_stands_twice_counts_once() {
    let first = "r\t67\tc\t5\t9\t4M\t=\t9\t0\tAAAA\tIIII\n";
    let last = "r\t131\tc\t9\t9\t4M\t=\t5\t0\tCCCC\tIIII\n";
    let last_too_near = last.replace("c\t9", "c\t5");
    for memory in [1, 1 << 20] {
        for last in [last, &last_too_near] {
            let near = last == last_too_near;
            let lines = [first, first, last, last, if near { first } else { last }].concat();
            let (rows, counts) = of_sam(&lines, memory).unwrap();
            assert_eq!(rows.len(), 1, "{memory} bytes: {rows:?}");
            assert_eq!((counts.pairs, counts.repeated, counts.orphans), (1, 3, 0));
        }
    }
    let other = last.replace("IIII", "FFFF");
    assert!(failure(&[first, last, &other].concat()).contains("two primary records"));
}

/// Pairs whose mates are far apart, some of which are missing.
fn far_pairs(count: u32) -> String {
    let line = |i: u32, flags: u16, base: &str| {
        let position = Pos1::from_pos0(i);
        format!("r{i}\t{flags}\tc\t{position}\t60\t8M\tc\t1\t0\t{}\t*\tRG:Z:a\n", base.repeat(8))
    };
    let first = (0..count).filter(|i| i % 10 != 3).map(|i| line(i, 65, "A"));
    let last = (0..count).rev().filter(|i| i % 10 != 7).map(|i| line(i, 129, "C"));
    first.chain(last).collect()
}

#[test]
fn memory_changes_the_order_alone() {
    let sam = far_pairs(3000);
    let (mut whole, counts) = of_sam(&sam, usize::MAX).unwrap();
    assert_eq!(counts, UnalignCounts { pairs: 2400, singles: 0, orphans: 600, ..counts });
    assert_eq!((counts.repeated, counts.not_primary), (0, 0));
    whole.sort();
    for memory in [20_000, 3_000] {
        let (mut spilled, same_counts) = of_sam(&sam, memory).unwrap();
        let (again, _) = of_sam(&sam, memory).unwrap();
        assert_eq!(spilled, again, "the order is the same every time");
        spilled.sort();
        assert_eq!((spilled == whole, same_counts), (true, counts), "{memory} bytes");
    }
}

#[test]
fn nothing_is_left_in_the_scratch_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sam");
    output::write(&path, format!("{HEADER}{}", far_pairs(500))).unwrap();
    rows(&path, 1_000).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
