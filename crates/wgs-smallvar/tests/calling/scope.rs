//! What is called of a genome: copies by sex, and regions.

use std::path::Path;

use wgs_core::{Region, Sex};
use wgs_formats::{bed::Regions, genome::Genome, variant::Reader};
use wgs_smallvar::{Options, Request, SampleFile, Summary, call};

use crate::{
    CONTEXTS, CONTIGS, female, male,
    person::{Planted, header, make_genome, reads, write},
    planted,
};

fn called(
    genome: &Genome,
    path: &Path,
    sex: Sex,
    regions: Option<&Regions>,
) -> (Vec<String>, Summary) {
    let output = path.with_extension("vcf.gz");
    let summary = call(&Request {
        samples: &[SampleFile::new(path, sex)],
        genome,
        output: Some(&output),
        gvcf: None,
        regions,
        options: &Options::default(),
        threads: 2,
        progress: None,
    })
    .unwrap();
    (Reader::open(&output).unwrap().map(|r| r.unwrap().to_string()).collect(), summary)
}

#[test]
fn sex_is_inferred_where_it_is_not_declared_and_doubted_where_it_contradicts() {
    let folder = tempfile::tempdir().unwrap();
    let contigs = [("chr1", 160_000), ("chrX", 80_000), ("chrY", 50_000)];
    let on_x =
        Planted { contig: 1, start: 40_000, reference: "A", alternate: "G", on: [false, true] };
    let genome = make_genome(folder.path(), &contigs, &[], std::slice::from_ref(&on_x));
    let make = |name: &str, copies: fn(&str) -> usize| {
        let records = reads(&genome, std::slice::from_ref(&on_x), 16, 7, copies);
        write(folder.path().join(name), &genome, &header(&genome, &["S"]), &records)
    };
    let people = [("m", Sex::Male, "1"), ("f", Sex::Female, "0/1")];
    for (person, sex, genotype) in people {
        let copies = if sex == Sex::Male { male } else { female };
        for format in ["bam", "cram"] {
            let path = make(&format!("{person}.{format}"), copies);
            let (records, summary) = called(&genome, &path, Sex::Unknown, None);
            let told = summary.samples[0].sex;
            assert_eq!((told.inferred, told.used), (sex, sex), "{format}: {told:?}");
            assert_eq!(summary.warnings, Vec::<String>::new());
            let on_x = records.iter().find(|r| r.starts_with("chrX\t40001\t")).unwrap();
            let found = on_x.split('\t').nth(9).unwrap().split(':').next().unwrap();
            assert_eq!(found, genotype);
            let other = if sex == Sex::Male { Sex::Female } else { Sex::Male };
            let (_, summary) = called(&genome, &path, other, None);
            assert_eq!(summary.samples[0].sex.used, other, "what is declared counts");
            assert!(summary.warnings[0].contains("exchanged"), "{:?}", summary.warnings);
        }
    }
}

#[test]
fn calls_within_regions_are_those_of_the_whole_genome() {
    let folder = tempfile::tempdir().unwrap();
    let genome = make_genome(folder.path(), &CONTIGS, &CONTEXTS, &planted());
    let records = reads(&genome, &planted(), 30, 9, male);
    let bam = write(folder.path().join("m.bam"), &genome, &header(&genome, &["M"]), &records);
    let place = |line: &str| -> (String, u32) {
        let mut columns = line.split('\t');
        (columns.next().unwrap().to_owned(), columns.next().unwrap().parse().unwrap())
    };
    // Phase goes as far as what is called.
    let bare = |line: &String| line.replace('|', "/").split(":PS").next().unwrap().to_owned();
    let (whole, _) = called(&genome, &bam, Sex::Male, None);
    assert!(whole.len() > 14);
    let lists: [&[&str]; 4] = [
        &["chr1:1001", "chr1:5001-5003", "chr1:8001-8006", "chrX:3001-4000"],
        &["chr1:990-1010", "chr1:2001-2001", "chr1:7001-7001", "chr1:15990-16010"],
        &["chr1:7002-7002", "chr1:8006-8006", "chr1:9000-9002", "chr1:31999-32001"],
        &["chr1:1-40000", "chr1:500-900", "chrY:1-5000"],
    ];
    for list in lists {
        let regions: Vec<Region> =
            list.iter().map(|text| Region::parse(text, genome.contigs()).unwrap()).collect();
        let inside = |line: &&String| {
            let (contig, position) = place(line);
            regions.iter().any(|r| {
                genome.contigs().index_of(&contig) == Some(r.contig)
                    && r.interval.contains(position - 1)
            })
        };
        let wanted = Regions::new(regions.iter().copied());
        let (found, _) = called(&genome, &bam, Sex::Male, Some(&wanted));
        let first_columns = |line: &String| {
            let columns: Vec<String> = bare(line).split('\t').map(str::to_owned).collect();
            columns[..8].join("\t")
        };
        let expected: Vec<String> = whole.iter().filter(inside).map(first_columns).collect();
        let found: Vec<String> = found.iter().map(first_columns).collect();
        assert_eq!(found, expected, "{list:?}");
    }
}
