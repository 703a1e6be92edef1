//! Variant calls: VCF text (plain, gzip, bgzip) read and written behind types of our own.
//!
//! A [`Record`] owns one data line. What programs look at is parsed (contig, position, alleles,
//! quality, filters); INFO and the sample columns keep their text, so that what nobody touches
//! leaves as it came; [`Line`] looks at one where it lies. [`Reader`] streams a file, [`IndexedReader`] answers regions through a
//! `.tbi` or `.csi`, [`Writer`] makes bgzip with a `.tbi` beside it, published whole. [`bcf`] reads
//! and writes the binary form, [`csq`] the consequence field that VEP defined.
//!
//! ```
//! use wgs_core::{Contig, ContigList, Pos1};
//! use wgs_formats::variant::{Definition, Header, Number, Reader, Record, ValueType, Writer};
//!
//! let contigs = ContigList::new(vec![Contig::new("chr1", 1000)])?;
//! let mut header = Header::new(&contigs);
//! header.add_info(Definition::new("DP", Number::Count(1), ValueType::Integer, "Depth"));
//! header.add_format(Definition::new("GT", Number::Count(1), ValueType::String, "Genotype"));
//! header.set_samples(["NA12878"]);
//!
//! let mut record = Record::new("chr1", Pos1::new(7)?, "A", ["C"]);
//! record.quality = Some(50.0);
//! record.info.set("DP", "31");
//! record.set_samples(["GT"], [["0/1"]]);
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("calls.vcf.gz");
//! let mut writer = Writer::create(&path, &header, 1)?;
//! writer.write(&record)?;
//! writer.finish()?;
//!
//! let mut reader = Reader::open(&path)?;
//! let read = reader.next().expect("one record")?;
//! assert_eq!(read, record);
//! assert!(read.genotype(0).is_some_and(|g| g.is_heterozygous()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod annotated;
pub mod bcf;
mod bgzip;
mod concrete;
pub mod csq;
mod definition;
mod escape;
mod genotype;
mod header;
mod indexed;
mod info;
mod line;
mod normalize;
mod packed;
mod reader;
mod record;
mod writer;

pub use concrete::concrete_base;
pub use definition::{Definition, Number, ValueType, structured};
pub use escape::{decode, encode};
pub use genotype::Genotype;
pub use header::{Header, HeaderContig};
pub use indexed::{IndexedReader, Query};
pub use info::Info;
pub use line::{Chunk, Line};
pub use normalize::{Allele, normalize, normalize_into};
pub use packed::{Batch, Packed, Packer};
pub use reader::{Chunks, Reader};
pub use record::{AlleleKind, Filters, Record, RecordError, SampleColumn};
pub use writer::{Writer, index_path};
