//! Seeded genomes and reads with known truth, for tests.
