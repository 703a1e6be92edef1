//! Verdicts where the search gives up.

use wgs_formats::{genome, output};

use super::*;
use crate::class::Class;

fn site(start: u32, reference: &str, alternate: &str, genotype: [u8; 2]) -> Site {
    Site {
        start,
        reference_bp: reference.len() as u32,
        called: Called::Diploid(genotype.map(Some)),
        score: f32::NAN,
        fate: Fate::Compared,
        inside: true,
        class: Class::of(reference, std::iter::once(alternate)),
        text: format!(".\t{reference}\t{alternate}\t.\t.\t.").into(),
    }
}

/// Verdicts and reasons in a repeat of AC, with a search that may follow `paths` paths.
fn judged(truth: &[Site], calls: &[Site], paths: usize) -> [Vec<(Verdict, Reason)>; 2] {
    let folder = tempfile::tempdir().unwrap();
    let (fasta, plain) = (folder.path().join("in.fa"), folder.path().join("genome.fa"));
    let bases = format!(">c\nGGTT{}GTTGCATTGA\n", "AC".repeat(60));
    output::write(&fasta, bases).unwrap();
    genome::import(&fasta, &plain).unwrap();
    let judge = Judge {
        genome: &Genome::open(&plain).unwrap(),
        contig: ContigIndex(0),
        sites: [truth, calls],
        options: &Options::default(),
        limits: Limits::of_paths(paths),
    };
    let sites = [0..truth.len(), 0..calls.len()];
    let judgements = judge.judge(&Superlocus { sites, start: 3, end: 134 });
    judgements.map(|all| all.iter().map(|j| (j.verdict, j.reason)).collect())
}

#[test]
fn where_the_search_gives_up_only_equal_alleles_match() {
    let deletion = |start, genotype| site(start, "CAC", "C", genotype);
    let truth: Vec<Site> = (0..8).map(|i| deletion(5 + 12 * i, [0, 1])).collect();
    // Each at the other end of its stretch, and the last with another genotype.
    let mut calls: Vec<Site> = (0..8).map(|i| deletion(9 + 12 * i, [0, 1])).collect();
    calls[7] = deletion(9 + 12 * 7, [1, 1]);
    let [found, _] = judged(&truth[..7], &calls[..7], 100_000);
    assert!(found.iter().all(|&f| f == (Verdict::TruePositive, Reason::Match)), "{found:?}");

    let [found, called] = judged(&truth, &calls, 20);
    let right = (Verdict::TruePositive, Reason::TooComplex);
    // In the repeat, every one of these deletions is the same one when aligned to the left.
    assert_eq!(found[..7], [right; 7]);
    assert_eq!(called[..7], [right; 7]);
    assert_eq!(found[7], (Verdict::FalseNegative, Reason::TooComplex));
    assert_eq!(called[7].0, Verdict::FalsePositive);
}

#[test]
fn behind_a_place_that_was_given_up_the_search_goes_on() {
    let deletion = |start| site(start, "CAC", "C", [0, 1]);
    let mut truth: Vec<Site> = (0..6).map(|i| deletion(5 + 12 * i)).collect();
    let mut calls: Vec<Site> = (0..6).map(|i| deletion(9 + 12 * i)).collect();
    // The repeat ends before these; one is spelled as a block.
    truth.extend([site(128, "C", "T", [1, 1]), site(129, "A", "G", [1, 1])]);
    calls.push(site(128, "CA", "TG", [1, 1]));
    let [found, called] = judged(&truth, &calls, 20);
    assert_eq!(found[0].1, Reason::TooComplex);
    assert_eq!(found[6..], [(Verdict::TruePositive, Reason::Match); 2]);
    assert_eq!(called[6], (Verdict::TruePositive, Reason::Match));
}
