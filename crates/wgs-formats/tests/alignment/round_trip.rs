use std::{fs, path::Path};

use wgs_core::{ContigIndex, ErrorKind};
use wgs_formats::{
    alignment::{
        Aux, CigarKind, CigarOp, Flags, Format, Header, Reader, Record, RecordBuilder, SortOrder,
        Writer,
    },
    digest,
};

use super::records::Place;

/// A CIGAR as CRAM keeps it: `=` and `X` are `M`, and nothing has no length.
fn kept_cigar(record: &Record) -> String {
    let mut kept: Vec<CigarOp> = Vec::new();
    for mut op in record.cigar().filter(|op| op.len > 0) {
        if op.kind.is_aligned() {
            op.kind = CigarKind::Match;
        }
        match kept.last_mut().filter(|last| last.kind == op.kind) {
            Some(last) => last.len += op.len,
            None => kept.push(op),
        }
    }
    kept.iter().map(CigarOp::to_string).collect()
}

/// A record as text: all of it that CRAM keeps, its optional fields in the order of their names.
fn shown(record: &Record) -> String {
    let mut fields: Vec<String> = record
        .aux_fields()
        .map(|(tag, value)| format!("{}{value:?}", tag.escape_ascii()))
        .collect();
    fields.sort();
    format!(
        "{} {} {:?} {:?} {} {} {:?} {:?} {} {} {:?} {fields:?}",
        record.name().escape_ascii(),
        record.flags(),
        record.ref_index(),
        record.start(),
        record.mapq(),
        kept_cigar(record),
        record.mate_ref_index(),
        record.mate_start(),
        record.template_length(),
        record.bases().escape_ascii(),
        record.quals(),
    )
}

/// Compares records with those they were made of. CRAM adds `MD` and `NM` where they are not.
fn assert_same(read: &[Record], written: &[Record], what: &str) {
    assert_eq!(read.len(), written.len(), "{what}");
    for (read, written) in read.iter().zip(written) {
        let mut read = read.clone();
        for tag in [*b"MD", *b"NM"] {
            if written.aux(tag).is_none() {
                read.remove_aux(tag);
            }
        }
        assert_eq!(shown(&read), shown(written), "{what}");
    }
}

#[test]
fn every_record_comes_back_from_every_format() {
    let place = Place::new();
    for order in [SortOrder::Unsorted, SortOrder::Coordinate] {
        let records = match order {
            SortOrder::Coordinate => place.sorted_records(1, 3000),
            _ => place.records(1, 3000),
        };
        for name in ["x.sam", "x.bam", "x.cram"] {
            let path = place.write(name, &place.header(order), &records, 1);
            for threads in [1, 3] {
                let again = place.read(&path, threads);
                if name != "x.cram" {
                    assert_eq!(again, records, "{name}: byte for byte");
                }
                assert_same(&again, &records, name);
            }
        }
    }
}

#[test]
fn the_header_comes_back_with_its_order_groups_and_comments() {
    let place = Place::new();
    let mut header = place.header(SortOrder::QueryName);
    header.add_comment("tab\tand µ");
    for name in ["x.sam", "x.bam", "x.cram"] {
        let path = place.write(name, &header, &[], 1);
        if name == "x.cram" {
            header.set_reference_uri("genome.fa", false).unwrap();
        }
        let reader = Reader::open(&path, Some(&place.genome)).unwrap();
        assert_eq!(reader.header().to_text(), header.to_text(), "{name}");
        assert_eq!(reader.count(), 0);
    }
}

#[test]
fn encoders_go_on_with_later_parts() {
    let place = Place::new();
    let header = place.header(SortOrder::Coordinate);
    // More than 16 encoders take in their first parts of 20,000.
    let record = |i: u32| {
        let record = RecordBuilder::new(format!("r{i}").as_bytes()).flags(Flags::UNMAPPED);
        record.bases(b"ACGT").build().unwrap()
    };
    let records: Vec<Record> = (0..345_000).map(record).collect();
    let paths =
        [(1, "a.cram"), (3, "b.cram")].map(|(n, name)| place.write(name, &header, &records, n));
    assert!(std::fs::read(&paths[0]).unwrap() == std::fs::read(&paths[1]).unwrap());
    let again = place.read(&paths[0], 1);
    assert_eq!(again.len(), records.len());
    assert!(again.iter().zip(&records).all(|(again, record)| again.name() == record.name()));
}

#[test]
fn threads_do_not_change_a_byte() {
    let place = Place::new();
    let mut records = Vec::new();
    for seed in 0..30 {
        records.extend(place.records(seed, 8_000));
    }
    records.sort_by_key(|r| (r.ref_index().map_or(usize::MAX, |c| c.0), r.start().map(|s| s + 1)));
    let header = place.header(SortOrder::Coordinate);
    for (name, index) in [("x.bam", "x.bam.bai"), ("x.cram", "x.cram.crai")] {
        let digests: Vec<_> = [1, 2, 5]
            .into_iter()
            .map(|threads| {
                let path = place.write(name, &header, &records, threads);
                [digest::sha256_file(&path), digest::sha256_file(&place.path(index))]
                    .map(Result::unwrap)
            })
            .collect();
        assert!(digests.iter().all(|d| *d == digests[0]), "{name}: {digests:?}");
        assert_same(&place.read(&place.path(name), 2), &records, name);
    }
}

#[test]
fn a_file_comes_with_its_checksum_and_leaves_nothing_else() {
    let place = Place::new();
    let records = place.sorted_records(3, 500);
    place.write("x.cram", &place.header(SortOrder::Coordinate), &records, 2);
    place.write("y.bam", &place.header(SortOrder::Coordinate), &records, 2);
    place.write("z.bam", &place.header(SortOrder::Unsorted), &records, 1);
    let sum = digest::md5_file(&place.path("x.cram")).unwrap();
    let text = fs::read_to_string(place.path("x.cram.md5")).unwrap();
    assert_eq!(text, format!("{sum}  x.cram\n"));
    assert_eq!(
        names(place.folder.path(), "xyz."),
        [
            "x.cram",
            "x.cram.crai",
            "x.cram.md5",
            "y.bam",
            "y.bam.bai",
            "y.bam.md5",
            "z.bam",
            "z.bam.md5"
        ]
    );
}

/// The files of a folder whose names begin with one of some letters.
fn names(folder: &Path, letters: &str) -> Vec<String> {
    let all = fs::read_dir(folder).unwrap();
    let all = all.map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = all.filter(|name| name.starts_with(|c| letters.contains(c))).collect();
    names.sort();
    names
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing() {
    let place = Place::new();
    let records = place.sorted_records(3, 300);
    for name in ["x.sam", "x.bam", "x.cram"] {
        for threads in [1, 2] {
            let format = Format::of_name(Path::new(name)).unwrap();
            let header = place.header(SortOrder::Coordinate);
            let path = place.path(name);
            let mut writer =
                Writer::create(&path, format, &header, Some(&place.genome), threads).unwrap();
            records.iter().for_each(|record| writer.write(record).unwrap());
            drop(writer);
            assert_eq!(names(place.folder.path(), "x."), Vec::<String>::new(), "{name}");
        }
    }
}

#[test]
fn records_out_of_order_or_off_the_contigs_are_refused() {
    let place = Place::new();
    let at = |contig, start| {
        RecordBuilder::new(b"r").position(ContigIndex(contig), start).bases(b"A").build().unwrap()
    };
    let refused = |order, records: &[Record]| {
        let header = place.header(order);
        let mut writer =
            Writer::create(place.path("x.bam"), Format::Bam, &header, None, 1).unwrap();
        let result = records.iter().try_for_each(|record| writer.write(record));
        let error = result.expect_err("must be refused");
        assert!(writer.finish().is_err(), "after an error there is no file");
        error.to_string()
    };
    let message = refused(SortOrder::Coordinate, &[at(0, 9), at(0, 8)]);
    assert!(message.contains("record 2: is not in the order"), "{message}");
    refused(SortOrder::Coordinate, &[RecordBuilder::new(b"u").build().unwrap(), at(0, 1)]);
    refused(SortOrder::Unsorted, &[at(3, 0)]);
    refused(SortOrder::Unsorted, &[at(2, 5_000)]);
    assert!(!place.path("x.bam").exists());
}

#[test]
fn a_cigar_of_many_operations_comes_back() {
    let place = Place::new();
    let pieces = 40_000;
    let operation = |i: usize| match i % 2 {
        0 => CigarOp::new(CigarKind::Match, 1),
        _ => CigarOp::new(CigarKind::Insertion, 1),
    };
    let bases: Vec<u8> = (0..2 * pieces).map(|i| b"ACGT"[i * i / 3 % 4]).collect();
    let record = RecordBuilder::new(b"long")
        .flags(Flags(0))
        .position(ContigIndex(0), 100)
        .cigar((0..2 * pieces).map(operation))
        .bases(&bases)
        .aux(*b"ZZ", Aux::Int(5))
        .build()
        .unwrap();
    assert_eq!((record.cigar().len(), record.end()), (2 * pieces, Some(40_100)));
    for name in ["x.sam", "x.bam", "x.cram"] {
        let path = place.write(
            name,
            &place.header(SortOrder::Coordinate),
            std::slice::from_ref(&record),
            1,
        );
        let again = place.read(&path, 1);
        assert_same(&again, std::slice::from_ref(&record), name);
    }
}

#[test]
fn cram_needs_the_genome_of_its_header() {
    let place = Place::new();
    let header = place.header(SortOrder::Coordinate);
    let path = place.path("x.cram");
    let without = Writer::create(&path, Format::Cram, &header, None, 1).err().unwrap();
    assert_eq!(without.kind(), ErrorKind::Usage);
    let other = Place::with_seed(8);
    let wrong = Writer::create(&path, Format::Cram, &header, Some(&other.genome), 1).err().unwrap();
    assert_eq!(wrong.kind(), ErrorKind::ReferenceMismatch);
    assert!(wrong.to_string().contains("chr1"), "{wrong}");
    let missing = Header::parse("@SQ\tSN:chrX\tLN:10\n").unwrap();
    let wrong =
        Writer::create(&path, Format::Cram, &missing, Some(&place.genome), 1).err().unwrap();
    assert!(wrong.to_string().contains("chrX is not in the reference"), "{wrong}");
}

#[test]
fn cram_of_unmapped_reads_needs_no_genome() {
    let place = Place::new();
    let path = place.path("x.cram");
    let header = Header::parse("@RG\tID:lane1\tSM:s\n").unwrap();
    let mut writer = Writer::create(&path, Format::Cram, &header, None, 1).unwrap();
    let record = RecordBuilder::new(b"r").flags(Flags(77)).bases(b"ACGT").quals(&[9; 4]);
    let record = record.aux(*b"RG", Aux::Text(b"lane1")).build().unwrap();
    writer.write(&record).unwrap();
    writer.finish().unwrap();
    let again: Vec<_> = Reader::open(&path, None).unwrap().map(Result::unwrap).collect();
    assert_same(&again, &[record], "x.cram");
}

#[test]
fn the_header_names_no_file_of_the_machine() {
    let place = Place::new();
    let path = place.write("x.cram", &place.header(SortOrder::Coordinate), &[], 1);
    let reader = Reader::open(&path, Some(&place.genome)).unwrap();
    let folder = place.folder.path().to_str().unwrap();
    assert!(!reader.header().to_text().contains(folder));
    let bytes = fs::read(&path).unwrap();
    assert_eq!(bytes[..6], *b"CRAM\x03\x00");
    assert_eq!(bytes[6..26], [0; 20], "the file's id");
}

/// A line without the `MD` and `NM` that CRAM has added.
fn without_made(found: &str, expected: &str) -> String {
    let made = |field: &&str| {
        ["MD:Z:", "NM:i:"]
            .iter()
            .any(|t| field.starts_with(t) && !expected.contains(&format!("\t{t}")))
    };
    found.split('\t').filter(|field| !made(field)).collect::<Vec<_>>().join("\t")
}

#[test]
fn samtools_reads_what_is_written() {
    let samtools = |arguments: &[&std::ffi::OsStr]| {
        std::process::Command::new("samtools").args(arguments).output()
    };
    if samtools(&["--version".as_ref()]).is_err() {
        eprintln!("skipped: no samtools");
        return;
    }
    let place = Place::new();
    let mut records = place.sorted_records(11, 5000);
    // samtools calls a read of SAM without CIGAR unmapped, and writes CIGARs as they are.
    records.retain(|r| {
        let cigar = r.cigar().to_string();
        r.flags().is_unmapped() || cigar != "*" && cigar == kept_cigar(r)
    });
    let header = place.header(SortOrder::Coordinate);
    let text = |path: &Path| {
        let genome = place.genome.path().as_os_str();
        let view = ["view".as_ref(), "-T".as_ref(), genome, path.as_os_str()];
        let output = samtools(&view).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let sam = place.write("x.sam", &header, &records, 1);
    let lines = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let sorted = |line: &str| {
            let mut fields: Vec<_> = line.split('\t').map(str::to_owned).collect();
            fields[11..].sort();
            fields.join("\t")
        };
        text.lines().map(sorted).collect::<Vec<_>>()
    };
    let expected = lines(&text(&sam));
    for name in ["x.bam", "x.cram"] {
        let path = place.write(name, &header, &records, 2);
        let found = lines(&text(&path));
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(without_made(found, expected), *expected, "{name}");
        }
        let check = samtools(&["quickcheck".as_ref(), "-v".as_ref(), path.as_os_str()]).unwrap();
        assert!(check.status.success() && check.stdout.is_empty(), "{name}: {check:?}");
    }
    let made = place.path("samtools.crai");
    let cram = place.path("x.cram");
    let index = samtools(&["index".as_ref(), cram.as_os_str(), made.as_os_str()]).unwrap();
    assert!(index.status.success(), "{index:?}");
    let lines = |path: &Path| {
        let mut text = String::new();
        let file = fs::File::open(path).unwrap();
        std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(file), &mut text)
            .unwrap();
        text
    };
    assert_eq!(lines(&made), lines(&place.path("x.cram.crai")));
}

#[test]
fn readers_and_writers_may_move_to_other_threads() {
    fn moves<T: Send>() {}
    moves::<Reader>();
    moves::<Writer>();
    moves::<wgs_formats::alignment::IndexedReader>();
    moves::<wgs_formats::alignment::Unaligner>();
    moves::<wgs_formats::fastq::PairReader>();
}
