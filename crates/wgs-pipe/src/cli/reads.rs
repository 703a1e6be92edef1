//! Reads: `qc`, `align`, `restore`, `verify`, `convert`.

use std::path::PathBuf;

use clap::Args;
use wgs_core::SampleId;
use wgs_formats::alignment::{CramProfile, CramVersion};

use super::{BundleArg, LimitArgs};

/// Arguments of `qc`.
#[derive(Args, Debug)]
#[command(after_help = "\
Writes to DIR: ID.fastq.json and .tsv, and ID_R1_fastqc/fastqc_data.txt and ID_R2_fastqc/… in FastQC's
form, which MultiQC reads.

Examples:
  wgs-pipe qc L001_R1.fastq.gz L001_R2.fastq.gz --out qc --name L001
  wgs-pipe qc single.fastq.gz --out qc && multiqc qc")]
pub struct QcArgs {
    /// FASTQ of the first reads, or of all reads where they are not paired.
    pub r1: PathBuf,
    /// FASTQ of the second reads.
    pub r2: Option<PathBuf>,
    /// Output folder.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Name of the read group in the outputs [default: the name of R1 without .fastq.gz].
    #[arg(long, value_name = "ID")]
    pub name: Option<wgs_core::ReadGroupId>,
    /// Take FASTQ in BGZF without the block that ends it, as Illumina's demultiplexers write it; a
    /// file that was cut off is then not always told from it.
    #[arg(long)]
    pub without_end_block: bool,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `align`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  wgs-pipe align a_1.fq.gz a_2.fq.gz --bundle GRCh38 --sample NA12878 --out NA12878.cram
  wgs-pipe align old.bam --bundle GRCh38 --sample NA12878 --out NA12878.cram")]
pub struct AlignArgs {
    /// R1 and R2 (FASTQ), or one SAM, BAM or CRAM whose reads are aligned anew.
    #[arg(required = true, num_args = 1..=2, value_name = "READS")]
    pub reads: Vec<PathBuf>,
    /// The reference bundle.
    #[command(flatten)]
    pub bundle: BundleArg,
    /// Sample id: SM of the read group; an alignment file must be of this sample.
    #[arg(long, value_name = "ID")]
    pub sample: SampleId,
    /// Read group id [default: the sample id; of an alignment file, its own read groups].
    #[arg(long, value_name = "ID")]
    pub read_group: Option<wgs_core::ReadGroupId>,
    /// Library: LB of the read group where it has none [default: the sample id].
    #[arg(long, value_name = "ID")]
    pub library: Option<wgs_core::LibraryId>,
    /// Platform: PL of the read group where it has none.
    #[arg(long, default_value = "ILLUMINA", value_parser = parse_field)]
    pub platform: String,
    /// What aligns: bwa-mem3, bwa-mem3-fast or minibwa, which are built in, or one of the programs
    /// bwa, bwa-mem2 and minimap2.
    #[arg(long, value_name = "NAME", default_value_t)]
    pub aligner: wgs_align::EngineChoice,
    /// Index of a program that aligns, where it is not the bundle's: its prefix, or its file.
    #[arg(long, value_name = "PREFIX")]
    pub aligner_index: Option<PathBuf>,
    /// Output; `.cram`, `.bam` or `.sam` decides the format.
    #[arg(long, value_name = "FILE.cram")]
    pub out: PathBuf,
    /// Version of CRAM: 3.0 or 3.1.
    #[arg(long, value_name = "VERSION", default_value_t)]
    pub cram_version: CramVersion,
    /// Size or speed of CRAM: normal, small or archive.
    #[arg(long, value_name = "PROFILE", default_value_t)]
    pub cram_profile: CramProfile,
    /// Keep the order of the reads, so that `restore` can give it back.
    #[arg(long)]
    pub keep_order: bool,
    /// Take FASTQ in BGZF without the block that ends it, as Illumina's demultiplexers write it; a
    /// file that was cut off is then not always told from it.
    #[arg(long)]
    pub without_end_block: bool,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `restore`.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  wgs-pipe restore NA12878.cram --bundle GRCh38 --out fastq

The table on standard output tells for each read group whether its reads are proven to be those that
went in (number and digest in the header), and whether they are in their first order.")]
pub struct RestoreArgs {
    /// CRAM, BAM or SAM.
    #[arg(value_name = "FILE.cram")]
    pub alignment: PathBuf,
    /// The reference bundle that a CRAM was made with.
    #[arg(long, value_name = "BUNDLE")]
    pub bundle: Option<PathBuf>,
    /// Output folder: ID_R1.fastq.gz and ID_R2.fastq.gz of each read group, ID.fastq.gz of single reads.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `verify`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  wgs-pipe verify NA12878.cram --bundle GRCh38
  wgs-pipe verify NA12878.cram --bundle GRCh38 --pair L1_R1.fq.gz L1_R2.fq.gz --pair L2_R1.fq.gz L2_R2.fq.gz

Exit code 0 means: the reads of each read group are those whose number and digest stand in the
header (or, where it has none, those of FASTQ files given), and each pair of FASTQ files holds
exactly the reads of one read group.")]
pub struct VerifyArgs {
    /// CRAM, BAM or SAM.
    #[arg(value_name = "FILE.cram")]
    pub alignment: PathBuf,
    /// The reference bundle that a CRAM was made with.
    #[arg(long, value_name = "BUNDLE")]
    pub bundle: Option<PathBuf>,
    /// FASTQ files of a lane of pairs; may be repeated.
    #[arg(long, num_args = 2, value_names = ["R1", "R2"])]
    pub pair: Vec<PathBuf>,
    /// FASTQ file of a lane of single reads; may be repeated.
    #[arg(long, value_name = "FASTQ")]
    pub single: Vec<PathBuf>,
    /// Take FASTQ in BGZF that lacks the block which ends it, as Illumina's demultiplexers write it.
    #[arg(long)]
    pub without_end_block: bool,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `convert`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  wgs-pipe convert reads.cram --bundle BUNDLE --out reads.bam
  wgs-pipe convert reads.cram --bundle BUNDLE --region chr17:43044295-43125364 --out brca1.bam
  wgs-pipe convert R1.fastq.gz R2.fastq.gz --sample S1 --out unaligned.bam
  wgs-pipe convert reads.cram --bundle BUNDLE --out R1.fastq.gz R2.fastq.gz single.fastq.gz
  wgs-pipe convert calls.vcf.gz --out calls.bcf")]
pub struct ConvertArgs {
    /// SAM, BAM or CRAM; R1 and R2 (FASTQ), or single reads; VCF or BCF.
    #[arg(required = true, num_args = 1..=2, value_name = "FILE")]
    pub inputs: Vec<PathBuf>,
    /// The reference bundle; needed where CRAM is read or written.
    #[arg(long, value_name = "BUNDLE")]
    pub bundle: Option<PathBuf>,
    /// Output, whose name decides the format: .sam, .bam, .cram, .fastq, .fq, .vcf or .bcf, where
    /// FASTQ and VCF may end in .gz. As FASTQ: R1 and R2, with a third file for reads without mate;
    /// or one file, if all reads are single.
    #[arg(long, required = true, num_args = 1..=3, value_name = "FILE")]
    pub out: Vec<PathBuf>,
    /// Only what overlaps this region (needs an index).
    #[arg(long, value_name = "CONTIG[:START-END]")]
    pub region: Option<String>,
    /// Sample of reads that come as FASTQ: SM of their read group.
    #[arg(long, value_name = "ID")]
    pub sample: Option<SampleId>,
    /// Read group of reads that come as FASTQ [default: the sample id].
    #[arg(long, value_name = "ID")]
    pub read_group: Option<wgs_core::ReadGroupId>,
    /// Library of reads that come as FASTQ [default: the sample id].
    #[arg(long, value_name = "ID")]
    pub library: Option<wgs_core::LibraryId>,
    /// Platform of reads that come as FASTQ.
    #[arg(long, default_value = "ILLUMINA", value_parser = parse_field)]
    pub platform: String,
    /// Version of CRAM, where it is written: 3.0 or 3.1.
    #[arg(long, value_name = "VERSION", default_value_t)]
    pub cram_version: CramVersion,
    /// Size or speed of CRAM: normal, small or archive.
    #[arg(long, value_name = "PROFILE", default_value_t)]
    pub cram_profile: CramProfile,
    /// Take FASTQ in BGZF that lacks the block which ends it, as Illumina's demultiplexers write it.
    #[arg(long)]
    pub without_end_block: bool,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// A value that can stand in a SAM header.
fn parse_field(text: &str) -> Result<String, String> {
    let printable = |b: u8| b == b' ' || b.is_ascii_graphic();
    if text.is_empty() || !text.bytes().all(printable) {
        return Err("expected printable characters".to_owned());
    }
    Ok(text.to_owned())
}
