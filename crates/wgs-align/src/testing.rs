//! Small genomes for tests.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wgs_formats::{
    genome::{self, Genome},
    output,
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
