use wgs_formats::{
    alignment::{Format, Header, ReadGroup, SortOrder, Writer},
    genome,
    qc::{
        Document,
        calibration::{Adjustment, BaseQuality, ReportedQuality, contigs_md5},
    },
};

use super::*;
use crate::read::tests::record as plain_record;
use wgs_formats::alignment::{Aux, Flags};

const LENGTH: u32 = 4_000;

struct Made {
    folder: tempfile::TempDir,
    genome: Genome,
}

/// Reads of 100 bases over everything; half of them show another base at 2,000, three of forty at
/// 2,600; those over 3,000 map nowhere in particular.
fn made() -> Made {
    let folder = tempfile::tempdir().unwrap();
    let mut random = wgs_testkit::Random::new(5, "why");
    let mut bases: Vec<u8> = (0..LENGTH).map(|_| random.base(0.45)).collect();
    for at in [2_000, 2_600] {
        bases[at] = b'A';
    }
    let made = wgs_testkit::Genome::from_sequences(["chr1"], vec![bases.clone()]);
    let (source, target) = (folder.path().join("in.fa"), folder.path().join("genome.fa"));
    made.write_fasta(&source).unwrap();
    genome::import(&source, &target).unwrap();
    let genome = Genome::open(&target).unwrap();
    let mut header = Header::new(genome.contigs().clone());
    header.set_sort_order(SortOrder::Coordinate);
    let group = ReadGroup { sample: Some("S".into()), ..ReadGroup::new("lane") };
    header.add_read_group(group).unwrap();
    let path = folder.path().join("x.bam");
    let mut writer = Writer::create(&path, Format::Bam, &header, None, 1).unwrap();
    for number in 0..1_200usize {
        let start = number * 3;
        let mut read = bases[start..start + 100].to_vec();
        let mut change = |at: usize, if_changed: bool| {
            if if_changed && (start..start + 100).contains(&at) {
                read[at - start] = b'C';
            }
        };
        change(2_000, number % 2 == 0);
        change(2_600, number % 17 == 0);
        let flags = Flags(if number % 4 < 2 { 0 } else { 16 });
        let bases = String::from_utf8(read).unwrap();
        let mut record = plain_record(&format!("r{number}"), start as u32, "100M", &bases, flags);
        record.set_aux(*b"RG", Aux::Text(b"lane")).unwrap();
        if (2_900..3_100).contains(&start) {
            record.set_mapq(3);
        }
        writer.write(&record).unwrap();
    }
    writer.finish().unwrap();
    Made { folder, genome }
}

impl Made {
    fn told(&self, position: u32) -> Explanation {
        why(&self.question(&self.folder.path().join("x.bam"), position)).unwrap()
    }

    fn question<'a>(&'a self, path: &'a Path, position: u32) -> Question<'a> {
        let options: &'static Options = Box::leak(Box::default());
        Question {
            path,
            genome: &self.genome,
            contig: ContigIndex(0),
            offset: position - 1,
            sex: Sex::Female,
            options,
            calibration: None,
        }
    }
}

#[test]
fn a_call_is_told_with_all_that_led_to_it() {
    let made = made();
    let told = made.told(2_001);
    assert_eq!(told.records.len(), 1, "{told}");
    assert!(told.verdict[0].starts_with("Called, and passes: A>C at 2001"), "{told}");
    assert_eq!(told.bases["A"] + told.bases["C"], told.reads.used as u32);
    let window = &told.windows[0];
    assert_eq!(window.alleles[0].name, "2001 A>C");
    assert_eq!(window.haplotypes.len(), 2);
    assert_eq!(window.fragments, told.reads.used as usize);
    assert!(window.rows.iter().all(|row| row.name.starts_with('r') && row.mapq == 60));
    assert_eq!(window.loci[0].called.as_deref(), Some("0/1"));
    let text = told.to_string();
    for part in ["Reads over the base: ", "H1 2001 A>C", "prior 0.001", "Record: chr1  2001"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

fn called(made: &Made, calibration: Option<&Path>) -> Vec<String> {
    let output = made.folder.path().join("x.vcf.gz");
    let file = crate::SampleFile::new(made.folder.path().join("x.bam"), Sex::Female);
    crate::call(&crate::Request {
        samples: &[crate::SampleFile { calibration: calibration.map(Into::into), ..file }],
        genome: &made.genome,
        output: Some(&output),
        gvcf: None,
        regions: None,
        options: &Options::default(),
        threads: 1,
        progress: None,
    })
    .unwrap();
    let records = wgs_formats::variant::Reader::open(&output).unwrap();
    records.map(|r| r.unwrap().to_string()).collect()
}

#[test]
fn the_record_is_that_of_the_caller() {
    let made = made();
    assert_eq!(made.told(2_001).records, called(&made, None));
}

#[test]
fn a_calibration_counts_as_for_the_caller_and_in_a_case() {
    let made = made();
    let path = made.folder.path().join("S.calibration.json");
    let (bases, mismatches) = (100, 1);
    let of_30 = ReportedQuality { reported_phred: 30, bases, mismatches, odds_phred: 14.0 };
    let of_lane = Adjustment { of: "lane".into(), bases, mismatches, adjustment_phred: -2.0 };
    let calibration = Calibration {
        schema: Calibration::SCHEMA.into(),
        sample: Some("S".into()),
        contigs_md5: contigs_md5(made.genome.contigs()),
        sampled: Default::default(),
        base_quality: BaseQuality {
            reported: vec![of_30],
            read_groups: vec![of_lane],
            ..BaseQuality::default()
        },
        indels: Default::default(),
    };
    wgs_formats::output::write_json(&path, &calibration).unwrap();
    let bam = made.folder.path().join("x.bam");
    let question = Question { calibration: Some(&path), ..made.question(&bam, 2_001) };
    let told = why(&question).unwrap();
    assert_eq!(told.records, called(&made, Some(&path)));
    assert_ne!(told.records, called(&made, None));
    let case = made.folder.path().join("case");
    assert_eq!(case::write(&question, &case).unwrap().records, told.records);
}

#[test]
fn what_is_not_called_is_told_plainly() {
    let made = made();
    let verdict = |position| made.told(position).verdict.join(" ");
    assert!(verdict(2_601).contains("no candidate allele; reads show C in"), "{}", verdict(2_601));
    assert!(verdict(1_000).contains("all reads show the reference"), "{}", verdict(1_000));
    assert!(verdict(3_050).contains("none of the reads over it takes part"), "{}", verdict(3_050));
    assert!(verdict(3_050).contains("of mapping quality below"), "{}", verdict(3_050));
    assert!(verdict(3_950).contains("no read covers it"), "{}", verdict(3_950));
}

#[test]
fn a_case_tells_the_same_anywhere() {
    let made = made();
    let path = made.folder.path().join("x.bam");
    let folder = made.folder.path().join("case");
    let written = case::write(&made.question(&path, 2_001), &folder).unwrap();
    std::fs::remove_file(&path).unwrap();
    let again = case::read(&folder).unwrap();
    assert_eq!(written, again);
    let expected = std::fs::read_to_string(folder.join("expected.txt")).unwrap();
    assert_eq!(again.to_string(), expected);
    let called = |e: &Explanation| e.records[0].split('\t').skip(5).collect::<Vec<_>>().join(" ");
    assert!(called(&again).contains("0/1"), "{}", called(&again));
    let sam = std::fs::read_to_string(folder.join("reads.sam")).unwrap();
    assert!(sam.contains("fragment1\t") && !sam.contains("\nr6"), "names are made up");
    let error = case::write(&made.question(&path, 2_001), &folder).unwrap_err();
    assert!(error.to_string().contains("not empty"), "{error}");
    wgs_formats::output::write(&folder.join("case.json"), "{}").unwrap();
    assert!(case::read(&folder).is_err());
}
