//! The reads of a simulation against its truth.

use std::collections::{BTreeMap, BTreeSet};

use wgs_core::{ContigIndex, Sex};
use wgs_testkit::{
    Donor, Genes, Genome, Pair, QualityProfile, Simulator, TestCase, Variants, reverse_complement,
};

fn genome() -> Genome {
    Genome::random(21, &[("chr1", 50_000), ("chrX", 20_000), ("chrM", 4_000)])
}

fn clean(seed: u64) -> Simulator {
    Simulator { quality: QualityProfile::constant(60), ..Simulator::new(seed) }
}

fn mean_depth(pairs: &[Pair], genome: &Genome, contig: usize) -> f64 {
    let length = genome.bases(ContigIndex(contig)).iter().filter(|b| **b != b'N').count();
    let bases: usize = pairs
        .iter()
        .filter(|p| p.origin.contig == ContigIndex(contig))
        .flat_map(|p| &p.reads)
        .map(|r| r.bases.len())
        .sum();
    bases as f64 / length as f64
}

#[test]
fn error_free_reads_of_the_reference_are_where_their_origin_says() {
    let genome = genome();
    let pairs = clean(1).pairs(&genome, &Variants::none(Sex::Female));
    let mut equal = 0;
    for pair in &pairs {
        let fragment = genome.fetch(pair.origin.contig, pair.origin.interval);
        let backward = reverse_complement(fragment);
        let [first, second] =
            if pair.origin.reverse { [&backward, fragment] } else { [fragment, &backward] };
        let [a, b] = &pair.reads;
        equal += usize::from(begins_alike(&a.bases, first) && begins_alike(&b.bases, second));
    }
    assert!(equal * 1000 >= pairs.len() * 995, "{equal} of {}", pairs.len());
}

fn begins_alike(read: &[u8], fragment: &[u8]) -> bool {
    let length = read.len().min(fragment.len());
    read[..length] == fragment[..length]
}

#[test]
fn depth_follows_the_number_of_copies() {
    let genome = genome();
    let depths = |sex| {
        let pairs = clean(2).pairs(&genome, &Variants::none(sex));
        [0, 1, 2].map(|contig| mean_depth(&pairs, &genome, contig))
    };
    let close =
        |depth: f64, expected: f64| assert!((depth / expected - 1.0).abs() < 0.15, "{depth}");
    let [autosome, x, mitochondria] = depths(Sex::Male);
    close(autosome, 30.0);
    close(x, 15.0);
    close(mitochondria, 30.0);
    close(depths(Sex::Female)[1], 30.0);
}

#[test]
fn variants_are_in_the_reads_in_their_proportion() {
    let genome = genome();
    let variants = Variants::plant(3, &Donor::default(), &genome, &Genes::default());
    let simulator = Simulator { coverage: 60.0, duplicate_share: 0.0, ..clean(3) };
    let pairs = simulator.pairs(&genome, &variants);
    let mut shares: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for variant in variants.iter().filter(|v| v.contig == ContigIndex(0) && v.is_snv()) {
        let covering = pairs.iter().filter(|p| {
            p.origin.contig == variant.contig && p.origin.interval.contains(variant.start)
        });
        let (carriers, all) = covering.fold((0, 0), |(carriers, all), pair| {
            (carriers + usize::from(variant.genotype.carries(pair.origin.haplotype)), all + 1)
        });
        let key = variant.genotype.vcf();
        shares.entry(key).or_default().push(f64::from(carriers as u32) / f64::from(all));
    }
    let mean = |key| shares[key].iter().sum::<f64>() / shares[key].len() as f64;
    assert!((mean("0|1") - 0.5).abs() < 0.05 && (mean("1|0") - 0.5).abs() < 0.05);
    assert!((mean("1|1") - 1.0).abs() < 1e-9);
}

#[test]
fn duplicates_have_their_share_and_equal_ends() {
    let genome = genome();
    let simulator = Simulator { duplicate_share: 0.2, ..clean(4) };
    let pairs = simulator.pairs(&genome, &Variants::none(Sex::Female));
    let copies: Vec<_> = pairs.iter().filter(|p| p.origin.duplicate).collect();
    let share = copies.len() as f64 / pairs.len() as f64;
    assert!((share - 0.2).abs() < 0.02, "{share}");
    let originals: BTreeSet<_> = pairs
        .iter()
        .filter(|p| !p.origin.duplicate)
        .map(|p| (p.origin.contig, p.origin.interval, p.origin.reverse))
        .collect();
    for copy in copies {
        let key = (copy.origin.contig, copy.origin.interval, copy.origin.reverse);
        assert!(originals.contains(&key), "{}", copy.name);
    }
}

#[test]
fn names_are_unique_and_illuminas() {
    let pairs = Simulator { lanes: 3, ..clean(5) }.pairs(&genome(), &Variants::none(Sex::Female));
    let names: BTreeSet<_> = pairs.iter().map(|p| &p.name).collect();
    assert_eq!(names.len(), pairs.len());
    for pair in &pairs {
        let parts: Vec<&str> = pair.name.split(':').collect();
        assert_eq!(parts.len(), 7);
        assert_eq!(parts[3], pair.lane.to_string());
    }
}

#[test]
fn short_fragments_end_in_the_adapter() {
    let simulator = Simulator { fragment_mean: 100.0, fragment_sd: 1.0, ..clean(6) };
    let pairs = simulator.pairs(&genome(), &Variants::none(Sex::Female));
    let with = pairs.iter().filter(|p| {
        let has = |read: usize, adapter: &[u8]| {
            p.reads[read].bases.windows(adapter.len()).any(|w| w == adapter)
        };
        has(0, b"AGATCGGAAGAGCACACGTC") && has(1, b"AGATCGGAAGAGCGTCGTGT")
    });
    assert!(with.count() * 100 >= pairs.len() * 99);
}

#[test]
fn the_same_seed_writes_the_same_folder() {
    let case =
        TestCase { contigs: vec![("chr1".into(), 20_000)], genes: 2, ..TestCase::quickstart() };
    let folders = [0, 1].map(|_| tempfile::tempdir().unwrap());
    let [a, b] = folders.each_ref().map(|folder| {
        let files = case.write(folder.path()).unwrap();
        let mut paths = vec![files.genome, files.genes, files.clinvar, files.case, files.truth];
        paths.extend(files.lanes.into_iter().flat_map(|lane| lane.paths));
        paths.into_iter().map(|path| std::fs::read(path).unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(a.len(), 9);
    assert!(a == b);
}
