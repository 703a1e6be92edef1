//! What variants do: consequences on transcripts with HGVS names, in the words and the form of
//! Ensembl VEP, and what sources such as ClinVar, gnomAD and dbSNP know of the same alleles.
//! Everything works offline, from gene models (GFF3), a genome, and VCF files.
//!
//! - [`store::build`]: a transcript store from GFF3 and genome, once for a reference bundle
//! - [`source::build`](source::build()): a lookup store from VCF, BED or a table, once for a
//!   reference bundle
//! - [`Annotator::annotate_vcf`]: a VCF with `CSQ` and the sources' fields
//! - [`Effects::of`]: the consequences of one allele
//!
//! Consequences, positions and HGVS names follow the definitions of VEP 115. Not given are
//! `mature_miRNA_variant`, regulatory features, and consequences of symbolic alleles.
//!
//! ```
//! use wgs_annotate::{AnnotateOptions, Annotator, store};
//! use wgs_formats::{genome::{self, Genome}, output, variant::{Reader, csq}};
//!
//! let folder = tempfile::tempdir()?;
//! let at = |name: &str| folder.path().join(name);
//! output::write(&at("in.fa"), ">chr1\nGGATGAAATAAGG\n")?;
//! genome::import(&at("in.fa"), &at("genome.fa"))?;
//! let genome = Genome::open(&at("genome.fa"))?;
//! let rows = [("gene", ".", "ID=G;Name=ABC"), ("mRNA", ".", "ID=T;Parent=G"),
//!     ("exon", ".", "Parent=T"), ("CDS", "0", "ID=P;Parent=T")];
//! let rows = rows.map(|(kind, phase, rest)| format!("1\tx\t{kind}\t3\t11\t.\t+\t{phase}\t{rest}\n"));
//! output::write(&at("genes.gff3"), rows.concat())?;
//! store::build(&at("genes.gff3"), &genome, &at("genes"))?;
//!
//! let columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";
//! let vcf = format!("##fileformat=VCFv4.3\n{columns}\nchr1\t6\t.\tA\tT\t.\t.\t.\n");
//! output::write(&at("calls.vcf"), vcf)?;
//! let annotator = Annotator::open(&at("genes"), &genome, [""; 0])?;
//! let options = AnnotateOptions::default();
//! annotator.annotate_vcf(&at("calls.vcf"), &at("annotated.vcf.gz"), &options)?;
//!
//! let mut reader = Reader::open(&at("annotated.vcf.gz"))?;
//! let format = csq::Format::of_header(reader.header()).expect("it was annotated");
//! let record = reader.next().expect("one record")?;
//! let entry = &format.entries(&record)[0];
//! assert_eq!(entry.terms().collect::<Vec<_>>(), ["stop_gained"]);
//! assert_eq!((entry.get("SYMBOL"), entry.get("HGVSc")), (Some("ABC"), Some("T:c.4A>T")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod annotate;
mod coding;
mod contigs;
mod csq;
mod diff;
mod effects;
mod engine;
mod field;
pub mod filter;
mod finish;
mod form;
mod found;
mod gff3;
mod haplotype;
mod nearby;
mod output;
mod parallel;
mod pick;
mod record;
mod reference;
mod site;
pub mod source;
mod stage;
pub mod store;
mod table;
mod terms;
mod text;
mod transcript;

pub use annotate::{AnnotateOptions, AnnotateSummary, Annotator};
pub use csq::{FIELDS, csq_format, vep_alleles};
pub use effects::{Effect, Effects, Numbers, Span, Terms};
pub use filter::FilterError;
pub use gff3::GeneSummary;
pub use output::{
    DiffSummary, Format as OutputFormat, Origin, OutputOptions, OutputSummary, Provenance,
};
pub use pick::{Criterion, Pick, PickOrder};
pub use source::{GeneSource, Source, SourceReader};
pub use stage::AnnotateStage;
pub use table::Rows;
pub use terms::{Impact, Term};
pub use transcript::{Difference, Mane, Strand, Transcript, translate};

/// Version of this crate: part of what decides the bytes of its outputs.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
