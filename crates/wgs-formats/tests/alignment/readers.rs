//! Other programs read every kind of CRAM that is written.

use std::{path::Path, process::Command};

use noodles::{fasta, sam};
use wgs_core::ErrorKind;
use wgs_formats::alignment::{
    CramProfile, CramVersion, Format, Reader, Record, SortOrder, Writer, WriterOptions,
};

use super::records::Place;

/// Every version and profile.
fn kinds() -> impl Iterator<Item = (CramVersion, CramProfile)> {
    let profiles = |&version| CramProfile::ALL.iter().map(move |&profile| (version, profile));
    CramVersion::ALL.iter().flat_map(profiles)
}

fn options(version: CramVersion, profile: CramProfile, threads: usize) -> WriterOptions<'static> {
    WriterOptions { cram_version: version, cram_profile: profile, threads, ..Default::default() }
}

/// Records whose CIGARs CRAM keeps as they are, and all programs understand alike. (noodles panics
/// where a read goes beyond the end of its contig.)
fn plain_records(place: &Place) -> Vec<Record> {
    let mut records = place.sorted_records(5, 12_000);
    records.retain(|r| {
        let cigar = r.cigar().to_string();
        let length = r.ref_index().and_then(|index| place.genome.contigs().get(index));
        let within = r.end().zip(length).is_none_or(|(end, contig)| end < contig.length);
        within && (r.flags().is_unmapped() || cigar != "*" && !cigar.contains(['=', 'X', 'P', 'N']))
    });
    records
}

/// What programs must agree on.
type Shown = (Vec<u8>, u16, Option<usize>, Vec<u8>, Vec<u8>);

fn shown(record: &Record) -> Shown {
    let start = record.start().map(|start| start as usize + 1);
    let quals = record.quals().to_vec();
    (record.name().to_vec(), record.flags().0, start, record.bases(), quals)
}

/// What a program shows as SAM, or none where it is not installed.
fn text_of(program: &str, arguments: &[&str]) -> Option<Vec<Shown>> {
    let output = match Command::new(program).args(arguments).output() {
        Ok(output) => output,
        Err(_) => {
            eprintln!("skipped: no {program}");
            return None;
        }
    };
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('@') && line.contains('\t'));
    Some(
        lines
            .map(|line| {
                let fields: Vec<&str> = line.split('\t').collect();
                let start = fields[3].parse().ok().filter(|&start| start > 0);
                let bases = if fields[9] == "*" { "" } else { fields[9] };
                let quals = if fields[10] == "*" { "" } else { fields[10] };
                (
                    fields[0].as_bytes().to_vec(),
                    fields[1].parse().unwrap(),
                    start,
                    bases.as_bytes().to_vec(),
                    quals.bytes().map(|q| q - 33).collect(),
                )
            })
            .collect(),
    )
}

fn by_noodles(path: &Path, genome: &Path) -> Vec<Shown> {
    let fasta = fasta::io::indexed_reader::Builder::default().build_from_path(genome).unwrap();
    let repository = fasta::Repository::new(fasta::repository::adapters::IndexedReader::new(fasta));
    let mut reader = noodles_cram::io::reader::Builder::default()
        .set_reference_sequence_repository(repository)
        .build_from_path(path)
        .unwrap();
    let header = reader.read_header().unwrap();
    let shown = |record: sam::alignment::RecordBuf| {
        let name: Vec<u8> = record.name().map(|name| name.to_vec()).unwrap_or_default();
        let start = record.alignment_start().map(usize::from);
        let bases = record.sequence().as_ref().to_vec();
        let quals = record.quality_scores().as_ref().to_vec();
        (name, u16::from(record.flags()), start, bases, quals)
    };
    reader.records(&header).map(|record| shown(record.unwrap())).collect()
}

fn assert_same(found: &[Shown], expected: &[Shown], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn every_kind_of_cram_is_read_by_all() {
    let place = Place::new();
    let records = plain_records(&place);
    let expected: Vec<Shown> = records.iter().map(shown).collect();
    let genome = place.genome.path();
    for (version, profile) in kinds() {
        let what = format!("CRAM {version}, {profile}");
        let header = place.header(SortOrder::Coordinate);
        let path = place.write_with("x.cram", &header, &records, options(version, profile, 2));
        let own: Vec<_> = place.read(&path, 2).iter().map(shown).collect();
        assert_same(&own, &expected, &what);
        assert_same(&by_noodles(&path, genome), &expected, &format!("{what} by noodles"));
        let (path, genome) = (path.to_str().unwrap(), genome.to_str().unwrap());
        if let Some(found) = text_of("samtools", &["view", "-T", genome, path]) {
            assert_same(&found, &expected, &format!("{what} by samtools"));
        }
        // Picard (2.27) knows CRAM 3.0.
        if version == CramVersion::V3_0 {
            let all = ["--ALIGNMENT_STATUS", "All", "--PF_STATUS", "All"];
            let silent = ["--VALIDATION_STRINGENCY", "SILENT"];
            let view = [&["ViewSam", "-I", path, "-R", genome], &all[..], &silent].concat();
            if let Some(found) = text_of("PicardCommandLine", &view) {
                assert_same(&found, &expected, &format!("{what} by Picard"));
            }
        }
    }
}

#[test]
fn threads_do_not_change_a_byte_of_any_kind() {
    let place = Place::new();
    let records = place.sorted_records(6, 20_000);
    let header = place.header(SortOrder::Coordinate);
    let mut sizes = Vec::new();
    for (version, profile) in kinds() {
        let bytes = [1, 3].map(|threads| {
            let options = options(version, profile, threads);
            std::fs::read(place.write_with("x.cram", &header, &records, options)).unwrap()
        });
        assert!(bytes[0] == bytes[1], "CRAM {version}, {profile}");
        assert_eq!(bytes[0][4..6], if version == CramVersion::V3_0 { [3, 0] } else { [3, 1] });
        sizes.push(bytes[0].len());
    }
    let (old, new) = sizes.split_at(CramProfile::ALL.len());
    assert!(old.is_sorted_by(|a, b| a > b) && new.is_sorted_by(|a, b| a > b), "{sizes:?}");
    assert!(old.iter().zip(new).all(|(old, new)| old > new), "{sizes:?}");
}

#[test]
fn where_the_genome_lies_stands_in_the_header() {
    let place = Place::new();
    let header = place.header(SortOrder::Coordinate);
    let uri = |name, reference_uri| {
        let options = WriterOptions { reference_uri, ..Default::default() };
        let path = place.write_with(name, &header, &[], options);
        let header = Reader::open(&path, Some(&place.genome)).unwrap().header().to_text();
        header.lines().filter_map(|line| line.split_once("\tUR:")).map(|l| l.1.to_owned()).collect()
    };
    let none: Vec<String> = uri("x.bam", None);
    assert!(none.is_empty());
    assert_eq!(uri("x.cram", None), ["genome.fa"; 3]);
    for name in ["x.cram", "x.bam", "x.sam"] {
        assert_eq!(uri(name, Some("https://there/x.fa")), ["https://there/x.fa"; 3]);
    }
    let options = WriterOptions { reference_uri: Some("a\nb"), ..Default::default() };
    let error = Writer::with_options(place.path("y.sam"), Format::Sam, &header, &options);
    assert_eq!(error.err().unwrap().kind(), ErrorKind::Usage);
}
