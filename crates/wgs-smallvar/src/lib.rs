//! Germline small variants from a CRAM or BAM: [`call`] makes a VCF, a gVCF or both, and
//! [`joint::joint`] a VCF of several samples from their gVCFs; [`parts`] makes a gVCF by several
//! machines. [`CallStage`] and [`JointStage`] are the same as stages of the pipeline.
//!
//! # The rooms, in the order in which reads pass them
//!
//! - [`intake`]: which reads take part
//! - [`candidates`]: alleles worth a look, in windows, and the haplotypes that they may form
//! - [`likelihood`]: how well each fragment fits each haplotype of a window
//! - [`genotype`]: which genotypes are likely at the loci of a window, in all samples together
//! - [`mod@phase`]: which alleles of several loci are on one chromosome
//! - [`site`], [`annotation`] and [`filter`]: what is told of a locus, and what speaks against it
//! - [`mod@vcf`]: the record
//! - [`mod@reference`]: what the reads say where there is no variant, and [`gvcf`]: how that is written
//!
//! [`block`] lets the reads of a short stretch pass them; only [`candidates`] knows how alleles and
//! haplotypes are found.
//!
//! # What is called, and how it is written
//!
//! - Reads that are unmapped, secondary, supplementary, duplicates, failed by the platform, of low
//!   mapping quality or beyond the greatest depth have no part ([`Options`]; the [`Summary`] counts
//!   them). The two reads of a pair are one fragment: it counts once wherever they overlap.
//! - Substitutions of one base, and insertions and deletions up to
//!   [`CandidateOptions::max_indel_bases`], leftmost and as short as can be. Neighbouring
//!   substitutions are records of their own, which the phase holds together. Insertions and
//!   deletions of one anchor share a record; a substitution at that place has its own. A chromosome
//!   on which a deletion takes the place away has the allele `*` there, the record's last.
//! - Where the reference is not A, C, G or T there is no variant.
//! - Copies follow from the sample's sex ([`wgs_core::Ploidy`]) at each locus: genotypes have two
//!   alleles or one, and are `.` where a sample has no copy. A sample without a fragment has `./.`.
//! - Heterozygous genotypes that fragments hold together ([`mod@phase`]) are written with `|`, and `PS`
//!   names their set. Nothing is said of homozygous ones.
//! - Genotypes, GQ and QUAL weigh the prior probabilities of [`Priors`] ([`genotype::prior`]) in; PL
//!   does not.
//!
//! # Without the pipeline
//!
//! ```no_run
//! use wgs_core::Sex;
//! use wgs_formats::{bed, genome::Genome};
//! use wgs_smallvar::{Options, Request, SampleFile, call};
//!
//! let genome = Genome::open("genome.fa")?;
//! let regions = bed::read("exome.bed".as_ref(), genome.contigs())?;
//! let samples = [("child.cram", Sex::Male), ("mother.cram", Sex::Female)];
//! let summary = call(&Request {
//!     samples: &samples.map(|(path, sex)| SampleFile::new(path, sex)),
//!     genome: &genome,
//!     output: Some("family.vcf.gz".as_ref()),
//!     gvcf: None,
//!     regions: Some(&regions),
//!     options: &Options { min_mapq: 30, ..Options::default() },
//!     threads: 8,
//!     progress: None,
//! })?;
//! assert!(summary.passed <= summary.records);
//! # Ok::<(), wgs_formats::FileError>(())
//! ```

pub mod allele;
pub mod annotation;
pub mod block;
pub mod calibration;
mod call;
pub mod candidates;
pub mod filter;
pub mod genotype;
pub mod gvcf;
pub mod intake;
pub mod joint;
pub mod likelihood;
pub mod mito;
mod options;
pub mod phase;
mod profile;
pub mod read;
pub mod reference;
pub mod sample;
pub mod site;
mod stage;
pub mod statistics;
pub mod stretch;
pub mod vcf;
pub mod why;

pub use calibration::SampleErrors;
pub use call::{
    BoundedDepth, DeepPlace, Request, SampleFile, SampleSummary, SexSummary, Summary, call, parts,
};
pub use gvcf::GvcfOptions;
pub use options::{AssemblyOptions, CandidateOptions, FilterOptions, Options, Priors};
pub use stage::{CallStage, JointStage};

/// Version of this crate: part of what decides the bytes of its outputs.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
