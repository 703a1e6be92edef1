//! The gVCF of a person: of every base once, and of what the VCF has.

use std::path::{Path, PathBuf};

use wgs_core::{ErrorKind, Region, Sex};
use wgs_formats::{
    bed::Regions,
    genome::Genome,
    variant::{Reader, Record, concrete_base},
};
use wgs_smallvar::{Options, Request, SampleFile, call};

use crate::{
    CONTEXTS, CONTIGS, male,
    person::{header, make_genome, reads, write},
    planted,
};

pub(crate) struct Person {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) genome: Genome,
    pub(crate) bam: PathBuf,
}

impl Person {
    pub(crate) fn new(depth: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let genome = make_genome(folder.path(), &CONTIGS, &CONTEXTS, &planted());
        let records = reads(&genome, &planted(), depth, 1, male);
        let bam = write(folder.path().join("m.bam"), &genome, &header(&genome, &["M"]), &records);
        Self { folder, genome, bam }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes the VCF and the gVCF.
    pub(crate) fn call(&self, vcf: &Path, gvcf: &Path, regions: Option<&Regions>, threads: usize) {
        call(&Request {
            samples: &[SampleFile::new(&self.bam, Sex::Male)],
            genome: &self.genome,
            output: Some(vcf),
            gvcf: Some(gvcf),
            regions,
            options: &Options { shard_bases: 16_000, ..Options::default() },
            threads,
            progress: None,
        })
        .unwrap();
    }
}

pub(crate) fn records(path: &Path) -> Vec<Record> {
    Reader::open(path).unwrap().map(Result::unwrap).collect()
}

fn is_block(record: &Record) -> bool {
    record.alternates == ["<NON_REF>"]
}

/// For each base of a contig, the number of blocks and of other records.
fn covered(records: &[Record], contig: &str, length: usize) -> Vec<(u32, u32)> {
    let mut covered = vec![(0, 0); length];
    for record in records.iter().filter(|r| r.contig == contig) {
        let interval = record.interval();
        for place in &mut covered[interval.start() as usize..interval.end() as usize] {
            if is_block(record) { place.0 += 1 } else { place.1 += 1 }
        }
    }
    covered
}

#[test]
fn every_base_is_told_once_and_every_variant_is_there() {
    let person = Person::new(30);
    let (vcf, gvcf) = (person.path("m.vcf.gz"), person.path("m.g.vcf.gz"));
    person.call(&vcf, &gvcf, None, 2);
    let told = records(&gvcf);
    for (contig, length) in CONTIGS {
        let covered = covered(&told, contig, length as usize);
        assert!(covered.iter().all(|&(blocks, records)| blocks == u32::from(records == 0)));
    }
    for record in records(&vcf) {
        let mut with_any_other = record.alternates.clone();
        with_any_other.push("<NON_REF>".into());
        let same = told.iter().find(|t| {
            (&t.contig, t.position, &t.reference)
                == (&record.contig, record.position, &record.reference)
                && t.alternates == with_any_other
        });
        let same = same.unwrap_or_else(|| panic!("{record} is not in the gVCF"));
        assert_eq!(same.quality, record.quality);
        for key in ["GT", "GQ", "DP"] {
            assert_eq!(same.sample_value(0, key), record.sample_value(0, key), "{key} of {record}");
        }
        let likelihoods = same.sample_value(0, "PL").unwrap();
        assert!(likelihoods.starts_with(record.sample_value(0, "PL").unwrap()), "{record}");
    }
    let y = told.iter().find(|r| r.contig == "chrY" && is_block(r)).unwrap();
    assert_eq!(y.sample_value(0, "PL").unwrap().split(',').count(), 2, "haploid: {y}");
}

#[test]
fn reference_alleles_are_concrete() {
    let folder = tempfile::tempdir().unwrap();
    let new = |start, reference, alternate| crate::Planted {
        contig: 0,
        start,
        reference,
        alternate,
        on: [true, true],
    };
    // A block begins with R behind the substitution, and the deletion is anchored at K.
    let planted = [new(2_000, "A", "G"), new(2_102, "T", "")];
    let contexts = [(2_001, "RYSCGTA"), (2_098, "GAKTTCGCA")];
    let genome = make_genome(folder.path(), &[("chr1", 6_000)], &contexts, &planted);
    let records_of = reads(&genome, &planted, 30, 7, |_| 2);
    let bam = write(folder.path().join("m.bam"), &genome, &header(&genome, &["M"]), &records_of);
    let gvcf = folder.path().join("m.g.vcf.gz");
    call(&Request {
        samples: &[SampleFile::new(bam, Sex::Female)],
        genome: &genome,
        output: None,
        gvcf: Some(&gvcf),
        regions: None,
        options: &Options::default(),
        threads: 1,
        progress: None,
    })
    .unwrap();
    let told = records(&gvcf);
    let at = |position: u32| told.iter().find(|r| r.position.get() == position).unwrap();
    assert_eq!((&at(2_001).reference[..], &at(2_002).reference[..]), ("A", "A"), "R is A");
    let deletion = at(2_101);
    assert_eq!((&deletion.reference[..], &deletion.alternates[0][..]), ("GT", "G"), "K is G");
    let letters = genome.sequence(wgs_core::ContigIndex(0));
    for record in &told {
        let here = &letters[record.position.to_pos0() as usize..][..record.reference.len()];
        let concrete: Vec<u8> = here.iter().copied().map(concrete_base).collect();
        assert_eq!(record.reference.as_bytes(), concrete, "{record}");
    }
}

#[test]
fn only_regions_are_told() {
    let person = Person::new(20);
    let (vcf, gvcf) = (person.path("m.vcf.gz"), person.path("m.g.vcf.gz"));
    let region = |text| Region::parse(text, person.genome.contigs()).unwrap();
    // The second region begins in a deletion of the first.
    let regions = Regions::new(["chr1:2001-3001", "chr1:3004-3500", "chrX:10-20"].map(region));
    person.call(&vcf, &gvcf, Some(&regions), 1);
    let told = records(&gvcf);
    let covered = covered(&told, "chr1", CONTIGS[0].1 as usize);
    for (place, &(blocks, records)) in covered.iter().enumerate() {
        let asked = (2_000..3_001).contains(&place) || (3_003..3_500).contains(&place);
        assert_eq!(blocks, u32::from(asked && records == 0), "{place}");
    }
    assert_eq!(told.iter().filter(|r| r.contig == "chrY").count(), 0);
}

#[test]
fn the_bytes_of_both_do_not_depend_on_threads() {
    let person = Person::new(20);
    let bytes = |threads| {
        let (vcf, gvcf) = (person.path("m.vcf.gz"), person.path("m.g.vcf.gz"));
        person.call(&vcf, &gvcf, None, threads);
        [vcf, gvcf].map(|path| std::fs::read(path).unwrap())
    };
    let one = bytes(1);
    assert!([2, 4].into_iter().all(|threads| bytes(threads) == one));
    let alone = person.path("alone.vcf.gz");
    crate::call_file(&person.genome, &person.bam, Sex::Male, &alone, 1).unwrap();
    assert!(std::fs::read(alone).unwrap() == one[0], "the VCF is the same without a gVCF");
}

#[test]
fn a_gvcf_of_several_samples_is_refused() {
    let person = Person::new(5);
    let none = reads(&person.genome, &[], 5, 9, male);
    let other = write(person.path("n.bam"), &person.genome, &header(&person.genome, &["N"]), &none);
    let files = [&person.bam, &other].map(|path| SampleFile::new(path, Sex::Male));
    let error = call(&Request {
        samples: &files,
        genome: &person.genome,
        output: None,
        gvcf: Some(&person.path("two.g.vcf.gz")),
        regions: None,
        options: &Options::default(),
        threads: 1,
        progress: None,
    })
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.hint_text().is_some_and(|hint| hint.contains("wgs-pipe joint")));
    assert!(!person.path("two.g.vcf.gz").exists());
}
