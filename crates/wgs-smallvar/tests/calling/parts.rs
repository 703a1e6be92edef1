//! Parts of a sample, called apart and put together: the bytes of the whole.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use wgs_core::{ErrorKind, Sex};
use wgs_formats::{Result, genome::Genome, output};
use wgs_smallvar::{
    Options, Request, SampleFile, Summary, call,
    parts::{GatherRequest, Part, PartRequest, call_part, gather},
};

use crate::{
    CONTEXTS,
    person::{header, make_genome, reads, write},
    planted,
};

/// As in the other tests, with a contig without reads, chrM, and one that is shorter than a read.
const CONTIGS: [(&str, u32); 6] = [
    ("chr1", 40_000),
    ("chrX", 6_000),
    ("chrY", 5_000),
    ("chr3", 9_000),
    ("chrM", 4_000),
    ("tiny", 40),
];

/// A male with reads in a CRAM.
pub(crate) struct Male {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) genome: Genome,
    pub(crate) cram: PathBuf,
    pub(crate) options: Options,
}

impl Male {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let genome = make_genome(folder.path(), &CONTIGS, &CONTEXTS, &planted());
        let copies = |contig: &str| match contig {
            "chr1" | "chrM" => 2,
            "chrX" | "chrY" => 1,
            _ => 0,
        };
        let records = reads(&genome, &planted(), 24, 12, copies);
        let cram = write(folder.path().join("M.cram"), &genome, &header(&genome, &["M"]), &records);
        // Some places are deeper than this, and shards are short.
        let options = Options { max_depth: 30, shard_bases: 16_000, ..Options::default() };
        Self { folder, genome, cram, options }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn sample(&self, sex: Sex) -> SampleFile {
        SampleFile::new(&self.cram, sex)
    }

    fn whole(&self, sex: Sex) -> Made {
        let gvcf = self.path("whole.g.vcf.gz");
        let summary = call(&Request {
            samples: &[self.sample(sex)],
            genome: &self.genome,
            output: None,
            gvcf: Some(&gvcf),
            regions: None,
            options: &self.options,
            threads: 2,
            progress: None,
        });
        Made::read(&gvcf, summary.unwrap())
    }

    fn parts(&self, sex: Sex, of: u32, threads: usize) -> Vec<PathBuf> {
        let part = |part: Part| {
            let output = self.path(&format!("{}-of-{of}.jsonl.gz", part.number()));
            call_part(&PartRequest {
                sample: &self.sample(sex),
                genome: &self.genome,
                part,
                output: &output,
                options: &self.options,
                threads,
                progress: None,
            })
            .unwrap();
            output
        };
        Part::all(of).unwrap().map(part).collect()
    }

    fn gathered(&self, parts: &[PathBuf], threads: usize) -> Result<Made> {
        let gvcf = self.path("gathered.g.vcf.gz");
        let summary = gather(&GatherRequest {
            parts,
            genome: &self.genome,
            gvcf: &gvcf,
            options: &self.options,
            threads,
            progress: None,
        })?;
        Ok(Made::read(&gvcf, summary))
    }
}

/// What calling comes to.
#[derive(PartialEq)]
struct Made {
    gvcf: Vec<u8>,
    index: Vec<u8>,
    summary: Summary,
}

impl Made {
    fn read(gvcf: &Path, summary: Summary) -> Self {
        let bytes = |path| std::fs::read(path).unwrap();
        let index = wgs_formats::variant::index_path(gvcf);
        Self { gvcf: bytes(gvcf.to_owned()), index: bytes(index), summary }
    }
}

#[test]
fn parts_come_to_the_bytes_of_the_whole_for_any_number_of_them_and_of_threads() {
    let male = Male::new();
    let whole = male.whole(Sex::Unknown);
    let sample = &whole.summary.samples[0];
    assert_eq!(sample.sex.used, Sex::Male);
    assert!(sample.bounded_depth.places > 1 && whole.summary.realigned_windows > 5);
    assert!(whole.summary.passed > 15, "{}", whole.summary.passed);
    let mut last = Vec::new();
    for (of, threads) in [(1, 2), (2, 1), (3, 3), (5, 1), (11, 2), (60, 1)] {
        let parts = male.parts(Sex::Unknown, of, threads);
        assert!(male.gathered(&parts, threads).unwrap() == whole, "{of} parts");
        last = parts;
    }
    let shards = |part: &PathBuf| text(part).matches("pileup_windows").count();
    let counts: Vec<usize> = last.iter().map(shards).collect();
    assert!(counts.contains(&0) && counts.contains(&1), "more parts than shards: {counts:?}");
}

#[test]
fn a_part_has_the_same_bytes_with_any_number_of_threads() {
    let male = Male::new();
    let bytes = |threads| {
        let parts = male.parts(Sex::Female, 3, threads);
        parts.iter().map(|path| std::fs::read(path).unwrap()).collect::<Vec<_>>()
    };
    assert!(bytes(1) == bytes(4));
    let whole = male.whole(Sex::Female);
    assert_eq!(whole.summary.warnings.len(), 1, "a male that is declared a female");
    assert!(male.gathered(&male.parts(Sex::Female, 3, 1), 1).unwrap() == whole);
}

#[test]
fn phase_goes_over_the_borders_of_parts() {
    let mut male = Male::new();
    // The planted pairs at 7,000 and 8,000 stay in one shard; those at 16,000 lie on both sides of a
    // border, as do fragments.
    male.options.shard_bases = 4_000;
    let whole = male.whole(Sex::Male);
    assert!(male.gathered(&male.parts(Sex::Male, 4, 1), 1).unwrap() == whole);
}

#[test]
fn what_is_not_the_parts_of_one_whole_is_refused() {
    let male = Male::new();
    let parts = male.parts(Sex::Male, 3, 1);
    let refused = |parts: &[PathBuf]| {
        let error = male.gathered(parts, 1).err().expect("is refused");
        assert!(!male.path("gathered.g.vcf.gz").exists());
        (error.kind(), error.to_string())
    };
    let wrong = |parts: &[PathBuf], expected: &str| {
        let (kind, text) = refused(parts);
        assert_eq!(kind, ErrorKind::InvalidInput, "{text}");
        assert!(text.contains(expected), "{text}");
    };
    assert_eq!(refused(&[]).0, ErrorKind::Usage);
    wrong(&parts[..2], "leave out");
    let exchanged = [parts[1].clone(), parts[0].clone(), parts[2].clone()];
    wrong(&exchanged, "holds shard 2 of 3, and not 1 of 3");

    let changed = |number: usize, change: &dyn Fn(&str) -> String| {
        let path = male.path("changed.jsonl.gz");
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        std::io::Write::write_all(&mut gzip, change(&text(&parts[number])).as_bytes()).unwrap();
        output::write(&path, gzip.finish().unwrap()).unwrap();
        let mut all = parts.clone();
        all[number] = path;
        all
    };
    let replaced = |from: &'static str, to: &'static str| {
        changed(1, &move |text| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        })
    };
    wrong(&replaced(r#""sample":"M""#, r#""sample":"N""#), "another sample");
    wrong(&replaced(r#""options_sha256":""#, r#""options_sha256":"0"#), "other settings");
    wrong(&replaced(r#""used":"male""#, r#""used":"female""#), "another sex");
    wrong(&replaced(r#""costs_sha256":""#, r#""costs_sha256":"0"#), "other reads");
    wrong(&replaced(r#""shards_of_all":"#, r#""shards_of_all":1"#), "another whole");
    wrong(&replaced("calls-part/1", "calls-part/9"), "schema");
    wrong(&replaced(r#""number":2"#, r#""number":4"#), "counted from 1");
    wrong(&replaced(r#""shards":["#, r#""shards":[0,"#), "leave out");
    let genome = replaced(r#""genome_md5":""#, r#""genome_md5":"0"#);
    assert_eq!(refused(&genome).0, ErrorKind::ReferenceMismatch);
    let without_last = |text: &str| {
        let lines: Vec<&str> = text.lines().collect();
        lines[..lines.len() - 1].join("\n")
    };
    wrong(&changed(0, &without_last), "ends before its last shard");
    let twice = |text: &str| format!("{text}{}\n", text.lines().last().unwrap());
    wrong(&changed(0, &twice), "holds more than it says");
    wrong(&changed(0, &|text| text.replacen("\tb\t", "\tx\t", 1)), "not a line of one");
    wrong(&changed(0, &|text| text.replacen("\t2000\tb", "\t2000000\tb", 1)), "beyond its contig");
    wrong(&changed(2, &|_| "{}\n".to_owned()), "missing field");
    assert_eq!(refused(&changed(2, &|_| String::new())).0, ErrorKind::Truncated);

    let cut = male.path("cut.jsonl.gz");
    let bytes = std::fs::read(&parts[0]).unwrap();
    output::write(&cut, &bytes[..bytes.len() - 9]).unwrap();
    let cut = [cut, parts[1].clone(), parts[2].clone()];
    assert_eq!(refused(&cut).0, ErrorKind::Truncated);
    assert!(male.gathered(&parts, 1).is_ok());
}

fn text(part: &Path) -> String {
    let mut text = String::new();
    let file = std::fs::File::open(part).unwrap();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}
