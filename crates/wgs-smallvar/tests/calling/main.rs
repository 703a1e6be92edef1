//! Calls from files, against what was planted.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod gvcf;
mod joint;
mod mitochondrion;
mod parts;
mod person;
mod refusals;
mod scope;
mod stage;

use std::{collections::BTreeSet, path::Path};

use person::{Planted, header, make_genome, reads, write};
use wgs_core::{Region, Sex};
use wgs_formats::{
    Result,
    bed::Regions,
    genome::Genome,
    variant::{Reader, Record},
};
use wgs_smallvar::{Options, Request, SampleFile, Summary, call};

const CONTIGS: [(&str, u32); 3] = [("chr1", 40_000), ("chrX", 6_000), ("chrY", 5_000)];

/// Repeats of the genome: place on the first contig, and bases.
const CONTEXTS: [(usize, &str); 2] = [(5_000, "CAAAAAAAAG"), (6_000, "TCACACACACAG")];

/// The heterozygous variants of [`planted`] that are so near to others that fragments show both. The
/// first of them is on the first haplotype, which is written last.
const PHASED: [(usize, usize); 4] = [(0, 7_000), (0, 7_001), (0, 8_000), (0, 8_005)];

fn planted() -> Vec<Planted> {
    let het = [true, false];
    let (other, hom) = ([false, true], [true, true]);
    let new = |contig, start, reference, alternate, on| Planted {
        contig,
        start,
        reference,
        alternate,
        on,
    };
    vec![
        new(0, 1_000, "A", "G", het),
        new(0, 2_000, "C", "T", hom),
        new(0, 3_000, "GATCAC", "G", het),
        new(0, 4_000, "T", "TCAGGA", hom),
        // At the right end of the repeats of CONTEXTS.
        new(0, 5_007, "AA", "A", het),
        new(0, 6_010, "A", "ACA", other),
        // Neighbours on one haplotype and on two, and a substitution beside a gap.
        new(0, 7_000, "A", "C", het),
        new(0, 7_001, "C", "T", other),
        new(0, 8_000, "G", "T", het),
        new(0, 8_005, "TACGGACG", "T", het),
        new(0, 9_000, "ACCGTTGACCATGGTACCAGT", "A", hom),
        // On the borders of blocks and shards.
        new(0, 15_999, "A", "C", het),
        new(0, 16_000, "G", "T", hom),
        new(0, 31_999, "GTTC", "G", other),
        new(1, 3_000, "A", "G", other),
        new(1, 4_000, "CTTG", "C", other),
        new(2, 2_000, "A", "T", other),
    ]
}

fn call_file(
    genome: &Genome,
    path: &Path,
    sex: Sex,
    output: &Path,
    threads: usize,
) -> Result<Summary> {
    call(&Request {
        samples: &[SampleFile::new(path, sex)],
        genome,
        output: Some(output),
        gvcf: None,
        regions: None,
        options: &Options { shard_bases: 16_000, ..Options::default() },
        threads,
        progress: None,
    })
}

/// Contig, 0-based place, alleles and genotypes of the records that pass, and how many do not.
fn passed(path: &Path) -> (BTreeSet<String>, usize) {
    let records: Vec<Record> = Reader::open(path).unwrap().map(Result::unwrap).collect();
    let all = records.len();
    let told = |r: Record| {
        let genotypes: Vec<String> =
            (0..r.samples.len()).map(|i| r.genotype(i).unwrap().to_string()).collect();
        let place = format!("{}:{}", r.contig, r.position.to_pos0());
        format!("{place} {}>{} {}", r.reference, r.alternates.join(","), genotypes.join(" "))
    };
    let passed: BTreeSet<String> =
        records.into_iter().filter(|r| r.filters.is_pass()).map(told).collect();
    let failed = all - passed.len();
    (passed, failed)
}

/// What should be found of a person in whom X and Y have these copies.
fn expected(copies: impl Fn(&str) -> usize) -> BTreeSet<String> {
    let told = |v: &Planted| {
        let name = CONTIGS[v.contig].0;
        let (start, reference, alternate) = match v.start {
            5_007 => (5_000, "CA", "C"),
            6_010 => (6_000, "T", "TCA"),
            start => (start, v.reference, v.alternate),
        };
        let genotype = match (copies(name), v.on) {
            (2, [true, true]) => "1/1",
            (2, on) if PHASED.contains(&(v.contig, v.start)) => {
                if on[1] {
                    "1|0"
                } else {
                    "0|1"
                }
            }
            (2, _) => "0/1",
            (1, [_, true]) => "1",
            _ => return None,
        };
        Some(format!("{name}:{start} {reference}>{alternate} {genotype}"))
    };
    planted().iter().filter_map(told).collect()
}

fn male(contig: &str) -> usize {
    if contig == "chr1" { 2 } else { 1 }
}

fn female(contig: &str) -> usize {
    if contig == "chrY" { 0 } else { 2 }
}

#[test]
fn what_was_planted_is_found_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let genome = make_genome(folder.path(), &CONTIGS, &CONTEXTS, &planted());
    let records = reads(&genome, &planted(), 32, 1, male);
    let bam = write(folder.path().join("m.bam"), &genome, &header(&genome, &["M"]), &records);
    let output = folder.path().join("m.vcf.gz");
    let summary = call_file(&genome, &bam, Sex::Male, &output, 1).unwrap();
    assert_eq!(passed(&output), (expected(male), 0));
    assert_eq!((summary.records, summary.passed), (17, 17));
    assert_eq!(summary.samples[0].sample, "M");
    assert!(output.with_extension("gz.tbi").exists());
}

#[test]
fn the_bytes_depend_neither_on_threads_nor_on_the_format_of_the_reads() {
    let folder = tempfile::tempdir().unwrap();
    let genome = make_genome(folder.path(), &CONTIGS, &CONTEXTS, &planted());
    let records = reads(&genome, &planted(), 24, 2, male);
    let header = header(&genome, &["M"]);
    let bam = write(folder.path().join("m.bam"), &genome, &header, &records);
    let cram = write(folder.path().join("m.cram"), &genome, &header, &records);
    let bytes = |reads: &Path, threads: usize| {
        let [output, gvcf] =
            ["vcf", "g.vcf"].map(|n| folder.path().join(format!("{threads}.{n}.gz")));
        call(&Request {
            samples: &[SampleFile::new(reads, Sex::Male)],
            genome: &genome,
            output: Some(&output),
            gvcf: Some(&gvcf),
            regions: None,
            options: &Options { shard_bases: 16_000, ..Options::default() },
            threads,
            progress: None,
        })
        .unwrap();
        [output.with_extension("gz.tbi"), output, gvcf].map(|path| std::fs::read(path).unwrap())
    };
    let one = bytes(&bam, 1);
    assert!(one.iter().all(|bytes| !bytes.is_empty()));
    for threads in [2, 4, 9] {
        assert!(bytes(&bam, threads) == one, "{threads} threads");
    }
    assert!(bytes(&cram, 2) == one, "CRAM");
}

#[test]
fn a_family_is_called_together() {
    let folder = tempfile::tempdir().unwrap();
    let genome = make_genome(folder.path(), &CONTIGS, &CONTEXTS, &planted());
    let none: [Planted; 0] = [];
    let write = |name: &str, records: &[_]| {
        write(
            folder.path().join(format!("{name}.bam")),
            &genome,
            &header(&genome, &[name]),
            records,
        )
    };
    let child = write("child", &reads(&genome, &planted(), 30, 3, male));
    let mother = write("mother", &reads(&genome, &none, 30, 4, female));
    let output = folder.path().join("family.vcf.gz");
    let samples = [SampleFile::new(mother, Sex::Female), SampleFile::new(child, Sex::Male)];
    call(&Request {
        samples: &samples,
        genome: &genome,
        output: Some(&output),
        gvcf: None,
        regions: None,
        options: &Options::default(),
        threads: 2,
        progress: None,
    })
    .unwrap();
    let with_mother: BTreeSet<String> = expected(male)
        .into_iter()
        .map(|text| {
            let (site, child) = text.rsplit_once(' ').unwrap();
            format!("{site} {} {child}", if site.starts_with("chrY") { "." } else { "0/0" })
        })
        .collect();
    assert_eq!(passed(&output), (with_mother, 0));
    assert_eq!(Reader::open(&output).unwrap().header().samples(), ["mother", "child"]);
}

#[test]
fn a_female_has_no_calls_on_y_whatever_maps_there() {
    let folder = tempfile::tempdir().unwrap();
    let genome = make_genome(folder.path(), &CONTIGS, &CONTEXTS, &planted());
    let records = reads(&genome, &planted(), 20, 5, |_| 2);
    let bam = write(folder.path().join("f.bam"), &genome, &header(&genome, &["F"]), &records);
    let output = folder.path().join("f.vcf.gz");
    call_file(&genome, &bam, Sex::Female, &output, 1).unwrap();
    let (found, _) = passed(&output);
    assert!(found.iter().any(|f| f.starts_with("chrX:3000")), "{found:?}");
    assert!(!found.iter().any(|f| f.starts_with("chrY")), "{found:?}");
}

#[test]
fn only_regions_are_called_and_deep_places_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let genome = make_genome(folder.path(), &CONTIGS, &CONTEXTS, &planted());
    let records = reads(&genome, &planted(), 40, 6, male);
    let bam = write(folder.path().join("m.bam"), &genome, &header(&genome, &["M"]), &records);
    let output = folder.path().join("m.vcf.gz");
    let region = |text| Region::parse(text, genome.contigs()).unwrap();
    let regions = Regions::new(["chr1:2001-4000", "chr1:4002-5000", "chrX:3001"].map(region));
    let options = Options { max_depth: 30, ..Options::default() };
    let call_in = |regions: Option<&Regions>, output: &Path| {
        call(&Request {
            samples: &[SampleFile::new(&bam, Sex::Male)],
            genome: &genome,
            output: Some(output),
            gvcf: None,
            regions,
            options: &options,
            threads: 1,
            progress: None,
        })
        .unwrap()
    };
    let summary = call_in(Some(&regions), &output);
    let (found, _) = passed(&output);
    let places: Vec<&str> = found.iter().map(|f| f.split(' ').next().unwrap()).collect();
    assert_eq!(places, ["chr1:2000", "chr1:3000", "chrX:3000", "chrX:4000"]);
    let sample = &summary.samples[0];
    assert!(sample.reads.too_deep > 0 && sample.bounded_depth.places > 0);

    let everywhere = folder.path().join("everywhere.vcf.gz");
    let all = call_in(None, &everywhere);
    assert!(all.samples[0].reads.too_deep > sample.reads.too_deep);
    let within = |record: &Record| {
        let contig = genome.contigs().index_of(&record.contig).unwrap();
        let position = record.position.to_pos0();
        regions.of(contig).iter().any(|interval| interval.contains(position))
    };
    let records = |path: &Path| -> Vec<String> {
        let records = Reader::open(path).unwrap().map(Result::unwrap).filter(within);
        records.map(|record| record.to_string()).collect()
    };
    assert_eq!(records(&output), records(&everywhere), "regions change no record");
}

#[test]
fn phase_goes_over_the_borders_of_shards() {
    let folder = tempfile::tempdir().unwrap();
    // Shards end at multiples of 4,000 bases here.
    let places = (1..10).flat_map(|i| [4_000 * i - 10, 4_000 * i + 10]);
    let planted: Vec<Planted> = places
        .map(|start| Planted {
            contig: 0,
            start,
            reference: "A",
            alternate: "C",
            on: [true, false],
        })
        .collect();
    let genome = make_genome(folder.path(), &[("chr1", 40_000)], &[], &planted);
    let records = reads(&genome, &planted, 32, 9, |_| 2);
    let bam = write(folder.path().join("p.bam"), &genome, &header(&genome, &["P"]), &records);
    let outputs = ["p.vcf.gz", "p.g.vcf.gz"].map(|name| folder.path().join(name));
    call(&Request {
        samples: &[SampleFile::new(bam, Sex::Female)],
        genome: &genome,
        output: Some(&outputs[0]),
        gvcf: Some(&outputs[1]),
        regions: None,
        options: &Options { shard_bases: 16_000, ..Options::default() },
        threads: 3,
        progress: None,
    })
    .unwrap();
    for path in &outputs {
        let records = gvcf::records(path).into_iter().filter(|r| r.alternates[0] == "C");
        let told: Vec<(u32, String, String)> = records
            .map(|r| {
                let value = |key| r.sample_value(0, key).unwrap_or(".").to_owned();
                (r.position.get(), value("GT"), value("PS"))
            })
            .collect();
        assert_eq!(told.len(), 18);
        for pair in told.chunks(2) {
            let set = pair[0].0.to_string();
            assert!(pair.iter().all(|(_, gt, ps)| gt == "0|1" && *ps == set), "{pair:?}");
        }
    }
}

/// Bases of no pattern.
const SEQUENCE: &str = "GCTTACGGATCATTGCCAAGTCTGACCTAGGTTACATCGCGATATGCCTAAGGTCAGTTCCGATGCAAT\
                        CGTGTCAACTCCGGATAGCTTGTGACATCCGTAGCATGCTTAACGGCTCATAGTCGA";

#[test]
fn long_insertions_and_deletions_that_no_alignment_shows_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let (shorter, longer) = (&SEQUENCE[..1], SEQUENCE);
    let new =
        |start, reference, alternate, on| Planted { contig: 0, start, reference, alternate, on };
    let planted = vec![
        new(2_000, shorter, &SEQUENCE[..80], [true, false]),
        new(4_000, longer, shorter, [false, true]),
        new(6_000, longer, shorter, [true, true]),
        new(8_000, shorter, &SEQUENCE[..90], [true, true]),
        // A substitution within a deletion of the other haplotype.
        new(10_000, &SEQUENCE[..80], shorter, [true, false]),
        new(10_040, &SEQUENCE[40..41], "T", [false, true]),
    ];
    let contigs = [("chr1", 14_000)];
    // The planted reference alleles are written into the genome in order, the last on top.
    let genome = make_genome(folder.path(), &contigs, &[], &planted);
    let records = reads(&genome, &planted, 40, 8, |_| 2);
    let bam = write(folder.path().join("l.bam"), &genome, &header(&genome, &["L"]), &records);
    let output = folder.path().join("l.vcf.gz");
    call_file(&genome, &bam, Sex::Female, &output, 2).unwrap();
    let told = |start: usize, reference: &str, alternate: &str, genotype: &str| {
        format!("chr1:{start} {reference}>{alternate} {genotype}")
    };
    let expected: BTreeSet<String> = [
        told(2_000, shorter, &SEQUENCE[..80], "0/1"),
        told(4_000, longer, shorter, "0/1"),
        told(6_000, longer, shorter, "1/1"),
        told(8_000, shorter, &SEQUENCE[..90], "1/1"),
        told(10_000, &SEQUENCE[..80], shorter, "0|1"),
        told(10_040, &SEQUENCE[40..41], "T,*", "1|2"),
    ]
    .into();
    assert_eq!(passed(&output), (expected, 0));
}
