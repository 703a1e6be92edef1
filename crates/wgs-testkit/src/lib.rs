//! Seeded genomes, genes, variants and reads with known truth, for tests and for the quick-start
//! case of `test-data/`.
//!
//! Everything follows from a seed: the same seed gives the same bytes on every machine, because
//! all randomness is ChaCha8 and no platform's mathematics library is asked.
//!
//! - [`Genome`]: random contigs with gaps, repeats, homopolymers and varying GC
//! - [`Genes`]: protein-coding transcripts written into a genome, and their GFF3
//! - [`Variants`]: germline variants of one person, with genotypes and effects as truth
//! - [`sources`]: a ClinVar-like VCF that knows some of them
//! - [`Simulator`]: paired reads of lanes with Illumina names, qualities, errors and duplicates
//! - [`TestCase`]: all of it as one case folder that `wgs-pipe run` takes
//! - [`shared_data`]: real data that lies beside a checkout, where it does
//!
//! ```
//! use wgs_testkit::{Donor, Genes, Genome, Simulator, Variants};
//!
//! let mut genome = Genome::random(7, &[("chr1", 30_000), ("chrM", 4_000)]);
//! let genes = Genes::plant(&mut genome, 7, 2);
//! let variants = Variants::plant(7, &Donor::default(), &genome, &genes);
//! let folder = tempfile::tempdir()?;
//! let simulator = Simulator { coverage: 5.0, lanes: 2, ..Simulator::new(7) };
//! let lanes = simulator.write_lanes(folder.path(), "NA-test", &genome, &variants)?;
//! assert_eq!(lanes.len(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod case;
mod code;
mod draft;
mod effects;
mod genes;
mod genome;
mod gff3;
mod haplotype;
mod pair;
mod planter;
mod quality;
mod random;
mod shared;
mod simulator;
pub mod sources;
mod text;
mod variants;

pub use case::{CaseFiles, TestCase};
pub use code::{reverse_complement, translate};
pub use genes::{Gene, Genes, Strand, Transcript};
pub use genome::{Feature, FeatureKind, Genome};
pub use pair::{Lane, Origin, Pair, Read};
pub use quality::QualityProfile;
pub use random::Random;
pub use shared::shared_data;
pub use simulator::Simulator;
pub use text::write_maybe_gzip;
pub use variants::{Donor, Effect, Genotype, Variant, Variants};
