//! Small genomes for tests.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::PathBuf;

use wgs_formats::{
    genome::{self, Genome},
    output,
};

use crate::{
    index,
    reads::{Read, ReadBatch},
};

/// Bases drawn evenly from A, C, G and T.
pub(crate) fn random_bases(seed: u64, length: usize) -> Vec<u8> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..length).map(|_| b"ACGT"[random.random_range(0..4)]).collect()
}

/// A genome in a folder of its own.
pub(crate) fn genome_of(contigs: &[(&str, &[u8])]) -> (tempfile::TempDir, Genome) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = folder.path().join("source.fa");
    let mut fasta = Vec::new();
    for (name, bases) in contigs {
        fasta.extend(format!(">{name}\n").bytes());
        fasta.extend(*bases);
        fasta.push(b'\n');
    }
    output::write(&source, fasta).expect("written");
    let target = folder.path().join("genome.fa");
    genome::import(&source, &target).expect("imported");
    let genome = Genome::open(&target).expect("opened");
    (folder, genome)
}

/// A simulated genome and its index, in a folder.
pub(crate) fn indexed(genome: &wgs_testkit::Genome) -> (tempfile::TempDir, Genome, PathBuf) {
    let names: Vec<_> = genome.indices().map(|i| (genome.name(i), genome.bases(i))).collect();
    let (folder, genome) = genome_of(&names);
    let prefix = folder.path().join("index");
    index::build(&genome, &prefix).expect("built");
    (folder, genome, prefix)
}

/// Adds a simulated pair to a batch.
pub(crate) fn push_pair(batch: &mut ReadBatch, pair: &wgs_testkit::Pair) {
    let quals = |i: usize| pair.reads[i].qualities.iter().map(|q| q + 33).collect::<Vec<u8>>();
    let (first, last) = (quals(0), quals(1));
    let read = |i: usize, quals| Read { bases: &pair.reads[i].bases, quals };
    batch
        .push(0, pair.name.as_bytes(), read(0, &first), Some(read(1, &last)))
        .expect("a sound pair");
}
