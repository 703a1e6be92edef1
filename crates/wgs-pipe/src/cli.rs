//! Every command, argument and option of `wgs-pipe`, in one place.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use wgs_compare::sv::SvOptions;
use wgs_core::SampleId;
use wgs_formats::alignment::{CramProfile, CramVersion};

use crate::memory::MemorySize;

/// Whole-genome pipeline: from sequencing reads to a case report.
#[derive(Debug, Parser)]
#[command(name = "wgs-pipe", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Shown at the end of `wgs-pipe --help`; a test holds it to [`wgs_core::ErrorKind`].
pub const EXIT_CODES: &str = "\
Exit codes:
    0  success
    2  the command line is wrong
    3  a case file, samplesheet, pipeline definition or bundle manifest is wrong
    4  a named file is not there
    5  a file or folder may not be read or written
    6  the content of an input is not what its format says
    7  an input ends before its end
    8  data and reference do not belong together
    9  a quality threshold was not met (all outputs are written)
   10  a step failed for a reason of its own
   11  no space is left on a disk
   12  memory does not suffice
  130  stopped by a signal; run again to resume";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take a case, or all cases of a samplesheet, from reads to report; run again to resume.
    Run(RunArgs),
    /// Show what `run` would do, and why.
    Plan(RunArgs),
    /// Show how far the cases of an output folder are.
    Status(StatusArgs),
    /// Check this machine: memory, disk, processor, reference bundle.
    Doctor(DoctorArgs),
    /// Build or verify a reference bundle.
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// Quality control of FASTQ pairs.
    Qc(QcArgs),
    /// Reads to a duplicate-marked, sorted CRAM or BAM with index and checksum.
    Align(AlignArgs),
    /// The FASTQ that a CRAM was made of, for each read group.
    Restore(RestoreArgs),
    /// Prove that a CRAM, and FASTQ files, hold the reads that went in.
    Verify(VerifyArgs),
    /// Germline small variants of one or several CRAM or BAM files.
    Call(CallArgs),
    /// Why a locus is called as it is, or not at all.
    Why(WhyArgs),
    /// Variants of a family or cohort, from the gVCFs of its samples.
    Joint(JointArgs),
    /// Consequence, HGVS and exact-match annotation of a VCF.
    Annotate(AnnotateArgs),
    /// Quality metrics of a CRAM or BAM, or of a VCF.
    Metrics(MetricsArgs),
    /// A report from metrics and an annotated VCF.
    Report(ReportArgs),
    /// Compare variant calls with a truth set.
    Compare(CompareArgs),
    /// Convert reads between FASTQ, SAM, BAM and CRAM, or variants between VCF and BCF.
    Convert(ConvertArgs),
    /// Hold the figures of reference samples against declared baselines.
    Regress(RegressArgs),
    /// Print a JSON Schema.
    Schema(SchemaArgs),
    /// Print shell completions.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write man pages.
    Man {
        /// Folder to write them to.
        #[arg(long)]
        out: PathBuf,
    },
    /// Run one task of a run, in this process: what executors start.
    #[command(hide = true)]
    Task {
        /// The stage that runs the task.
        stage: String,
        /// The task specification (JSON).
        #[arg(long)]
        spec: PathBuf,
    },
}

/// Threads and memory.
#[derive(Args, Clone, Debug)]
pub struct LimitArgs {
    /// Threads to use [default: all processors].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Memory to use, such as 8G [default: 80% of what is available].
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<MemorySize>,
}

/// The reference bundle.
#[derive(Args, Clone, Debug)]
pub struct BundleArg {
    /// Reference bundle made by `wgs-pipe bundle build`.
    #[arg(long, value_name = "BUNDLE")]
    pub bundle: PathBuf,
}

/// Arguments of `run` and `plan`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  wgs-pipe run case.toml --bundle GRCh38 --out results
  wgs-pipe run --samplesheet cases.csv --bundle GRCh38 --out results --threads 32 --memory 64G")]
#[command(group = clap::ArgGroup::new("what").required(true).args(["case", "samplesheet"]))]
pub struct RunArgs {
    /// Case file (TOML); `wgs-pipe schema case` prints its format.
    #[arg(value_name = "CASE.toml")]
    pub case: Option<PathBuf>,
    /// Samplesheet (CSV or TSV) with many cases; the columns of nf-core/sarek are understood.
    #[arg(long, value_name = "FILE")]
    pub samplesheet: Option<PathBuf>,
    /// The reference bundle.
    #[command(flatten)]
    pub bundle: BundleArg,
    /// Output folder; each case gets a folder of its name in it.
    #[arg(long, value_name = "OUT")]
    pub out: PathBuf,
    /// Pipeline definition in place of the embedded one.
    #[arg(long, value_name = "FILE")]
    pub pipeline: Option<PathBuf>,
    /// Where tasks run.
    #[arg(long, value_enum, default_value_t = ExecutorName::Local)]
    pub executor: ExecutorName,
    /// Threads and memory of all tasks together.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Where tasks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExecutorName {
    /// As processes on this machine.
    Local,
}

/// Arguments of `status`.
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// Output folder of a run.
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// One JSON line per case in place of a table.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `doctor`.
#[derive(Args, Debug)]
pub struct DoctorArgs {
    /// Reference bundle to verify.
    #[arg(long, value_name = "BUNDLE")]
    pub bundle: Option<PathBuf>,
    /// Output folder whose disk is to be checked.
    #[arg(long, value_name = "OUT", default_value = ".")]
    pub out: PathBuf,
}

/// `bundle …`
#[derive(Debug, Subcommand)]
pub enum BundleCommand {
    /// Make a bundle: aligner index, sequence digests, transcript store, annotation stores.
    #[command(after_help = "\
Example:
  wgs-pipe bundle build --genome GRCh38.fa.gz --genes genes.gff3.gz --source clinvar=clinvar.vcf.gz \\
      --source gnomad=gnomad.vcf.gz --out GRCh38")]
    Build(BundleBuildArgs),
    /// Compare every file of a bundle with its digest.
    Verify {
        /// The bundle.
        #[arg(value_name = "BUNDLE")]
        bundle: PathBuf,
    },
}

/// Embedded aligners whose index a bundle holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum BundleAligner {
    /// bwa-mem3; bwa-mem2 reads it as well.
    #[default]
    BwaMem3,
    /// minibwa.
    Minibwa,
    /// Both.
    Both,
}

impl BundleAligner {
    /// Whether the index of bwa-mem3 is among them.
    pub fn bwa_mem3(self) -> bool {
        self != Self::Minibwa
    }

    /// Whether the index of minibwa is among them.
    pub fn minibwa(self) -> bool {
        self != Self::BwaMem3
    }
}

/// Arguments of `bundle build`.
#[derive(Args, Debug)]
pub struct BundleBuildArgs {
    /// Genome (FASTA; plain, gzip or bgzip).
    #[arg(long, value_name = "FASTA")]
    pub genome: PathBuf,
    /// Gene models (GFF3 of Ensembl, GENCODE or RefSeq; plain or gzip).
    #[arg(long, value_name = "GFF3")]
    pub genes: PathBuf,
    /// Annotation source: a VCF whose records are matched exactly; may be repeated.
    #[arg(long = "source", value_name = "NAME=FILE", value_parser = parse_source)]
    pub sources: Vec<(String, PathBuf)>,
    /// The embedded aligners whose index the bundle is to hold.
    #[arg(long, value_enum, default_value_t)]
    pub aligner: BundleAligner,
    /// Take over an index of this genome that bwa-mem2 has made, with this prefix, for bwa-mem3,
    /// instead of building one.
    #[arg(long, value_name = "PREFIX")]
    pub index: Option<PathBuf>,
    /// Folder to make; must not hold anything yet.
    #[arg(long, value_name = "BUNDLE")]
    pub out: PathBuf,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

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

/// Arguments of `call`.
#[derive(Args, Debug)]
pub struct CallArgs {
    /// Coordinate-sorted, indexed CRAM or BAM, one per sample.
    #[arg(required = true, value_name = "FILE.cram")]
    pub alignments: Vec<PathBuf>,
    /// The reference bundle.
    #[command(flatten)]
    pub bundle: BundleArg,
    /// Output (bgzip VCF; its index is written beside it).
    #[arg(long, value_name = "FILE.vcf.gz")]
    pub out: PathBuf,
    /// Also a gVCF, of every base, for `joint`; of one sample.
    #[arg(long, value_name = "FILE.g.vcf.gz")]
    pub gvcf: Option<PathBuf>,
    /// Only these regions (BED).
    #[arg(long, value_name = "BED")]
    pub regions: Option<PathBuf>,
    /// Bases on either side of each region that are called as well.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "regions")]
    pub padding: u32,
    /// Sex of a sample, for the copies of X and Y; may be repeated.
    #[arg(long, value_name = "[SAMPLE=]SEX", value_parser = parse_sex)]
    pub sex: Vec<SexOf>,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `why`.
#[derive(Args, Debug)]
pub struct WhyArgs {
    /// Coordinate-sorted, indexed CRAM or BAM of one sample; or a folder that --test-case has made,
    /// which needs nothing else.
    #[arg(value_name = "FILE.cram")]
    pub alignment: PathBuf,
    /// The base in question, such as chr20:10012345.
    #[arg(value_name = "CONTIG:POSITION")]
    pub locus: Option<String>,
    /// The reference bundle.
    #[arg(long, value_name = "BUNDLE")]
    pub bundle: Option<PathBuf>,
    /// Sex of the sample, for the copies of X and Y [default: by the data on them].
    #[arg(long, value_name = "SEX", value_parser = parse_sex)]
    pub sex: Option<SexOf>,
    /// Write the same as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the reads and the piece of the reference to a new folder, from which `why` can tell the
    /// same again. It holds the person's bases: patient data.
    #[arg(long, value_name = "DIR")]
    pub test_case: Option<PathBuf>,
}

/// Arguments of `joint`.
#[derive(Args, Debug)]
pub struct JointArgs {
    /// gVCF of one sample each (of `call --gvcf`, or of others that keep to its conventions).
    #[arg(required = true, value_name = "FILE.g.vcf.gz")]
    pub gvcfs: Vec<PathBuf>,
    /// The reference bundle.
    #[command(flatten)]
    pub bundle: BundleArg,
    /// Who is whose child (PED): genotypes by relatives, new mutations, phase by transmission.
    #[arg(long, value_name = "PED")]
    pub pedigree: Option<PathBuf>,
    /// Output (bgzip VCF; its index is written beside it).
    #[arg(long, value_name = "FILE.vcf.gz")]
    pub out: PathBuf,
    /// Also Mendelian errors and new mutations of each trio (the table, .tsv, is written beside it).
    #[arg(long, value_name = "FILE.json", requires = "pedigree")]
    pub family_summary: Option<PathBuf>,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// A sex, of one sample or of all.
#[derive(Clone, Debug)]
pub struct SexOf {
    /// The sample, or `None` for every sample.
    pub sample: Option<String>,
    /// Its sex.
    pub sex: wgs_core::Sex,
}

/// Arguments of `annotate`.
#[derive(Args, Debug)]
pub struct AnnotateArgs {
    /// Variants (VCF; plain, gzip or bgzip).
    #[arg(value_name = "FILE.vcf.gz")]
    pub variants: PathBuf,
    /// The reference bundle.
    #[command(flatten)]
    pub bundle: BundleArg,
    /// Output (bgzip VCF; its index is written beside it).
    #[arg(long, value_name = "FILE.vcf.gz")]
    pub out: PathBuf,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `metrics`.
#[derive(Args, Debug)]
pub struct MetricsArgs {
    /// A CRAM, BAM or SAM, or a VCF.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The reference bundle.
    #[command(flatten)]
    pub bundle: BundleArg,
    /// Output folder.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `report`.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  wgs-pipe report --case C1 --vcf annotated.vcf.gz --qc qc/S1.coverage.json qc/S1.alignment.json --out report")]
pub struct ReportArgs {
    /// Name of the case in the report.
    #[arg(long, value_name = "ID")]
    pub case: wgs_core::CaseId,
    /// Annotated variants.
    #[arg(long, value_name = "FILE.vcf.gz")]
    pub vcf: Option<PathBuf>,
    /// Metrics as `qc` and `metrics` write them (JSON); any of them may be left out.
    #[arg(long, num_args = 1.., value_name = "JSON")]
    pub qc: Vec<PathBuf>,
    /// Output folder for report.html and report.json.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// Arguments of `compare`.
#[derive(Args, Debug)]
#[command(after_help = "\
Writes to DIR: summary.tsv and .json (counts, precision, recall, F1 by type), stratified.tsv, roc.tsv,
annotated.vcf.gz (each record with its verdict and the reason) and report.html.

Examples:
  wgs-pipe compare --truth HG001.vcf.gz --calls S1.vcf.gz --reference GRCh38.fa --confident HG001.bed --out cmp
  wgs-pipe compare --truth spikein.vcf.gz --calls S1.somatic.vcf.gz --calls-sample TUMOR --match allele \\
      --reference GRCh38.fa --stratify homopolymer=hp.bed --score INFO.TLOD --out cmp")]
pub struct CompareArgs {
    /// The truth set (VCF; plain, gzip or bgzip).
    #[arg(long, value_name = "VCF")]
    pub truth: PathBuf,
    /// The calls (VCF; plain, gzip or bgzip).
    #[arg(long, value_name = "VCF")]
    pub calls: PathBuf,
    /// The genome of both (FASTA; plain, gzip or bgzip).
    #[arg(long, value_name = "FASTA")]
    pub reference: PathBuf,
    /// Regions in which the truth set is complete (BED) [default: everywhere].
    #[arg(long, value_name = "BED")]
    pub confident: Option<PathBuf>,
    /// Named regions that are counted apart (BED); may be repeated.
    #[arg(long, value_name = "NAME=BED", value_parser = parse_stratum)]
    pub stratify: Vec<(String, PathBuf)>,
    /// Sample of the truth set, where it has several.
    #[arg(long, value_name = "ID")]
    pub truth_sample: Option<String>,
    /// Sample of the calls, where they have several.
    #[arg(long, value_name = "ID")]
    pub calls_sample: Option<String>,
    /// What must agree: both alleles of the genotype; one allele, as for somatic variants; or only the
    /// place.
    #[arg(long = "match", value_enum, value_name = "LEVEL", default_value_t)]
    pub level: MatchLevel,
    /// Take records that failed a filter as well.
    #[arg(long)]
    pub all_records: bool,
    /// Let a variant within reference bases of another one of the same set and haplotype not match,
    /// as vcfeval does without --ref-overlap.
    #[arg(long)]
    pub strict_overlap: bool,
    /// What orders calls for roc.tsv: QUAL, GQ, FORMAT.KEY or INFO.KEY.
    #[arg(long, value_name = "FIELD", default_value_t)]
    pub score: wgs_compare::Score,
    /// Longest allele that is compared, in bases.
    #[arg(long, value_name = "BASES", default_value_t = wgs_compare::Options::default().max_allele_bp)]
    pub max_allele: u32,
    /// Compare structural variants: by type, place, size and bases.
    #[arg(long, conflicts_with_all = ["stratify", "level", "strict_overlap", "score", "max_allele"])]
    pub sv: bool,
    /// Limits of the comparison of structural variants.
    #[command(flatten)]
    pub sv_limits: SvLimitArgs,
    /// Output folder.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// When two structural variants are one.
#[derive(Args, Debug)]
#[command(next_help_heading = "With --sv")]
pub struct SvLimitArgs {
    /// Farthest that starts, and ends, may lie apart, in bases.
    #[arg(long, requires = "sv", value_name = "BASES", default_value_t = SvOptions::default().window_bp)]
    pub sv_window: u32,
    /// The same where both files have breakends.
    #[arg(long, requires = "sv", value_name = "BASES", default_value_t = SvOptions::default().breakend_window_bp)]
    pub breakend_window: u32,
    /// Least ratio of the smaller size to the larger.
    #[arg(long, requires = "sv", value_name = "RATIO", default_value_t = SvOptions::default().min_size_ratio, value_parser = parse_share)]
    pub min_size_ratio: f64,
    /// Least similarity of bases that both files spell out; 0 compares none.
    #[arg(long, requires = "sv", value_name = "RATIO", default_value_t = SvOptions::default().min_sequence_similarity, value_parser = parse_share)]
    pub min_similarity: f64,
    /// Smallest variants that are counted, in bases.
    #[arg(long, requires = "sv", value_name = "BASES", default_value_t = SvOptions::default().min_size_bp)]
    pub min_size: u32,
    /// Largest variants that are counted, in bases [default: any].
    #[arg(long, requires = "sv", value_name = "BASES")]
    pub max_size: Option<u32>,
    /// Let an insertion match the duplication whose copy it is.
    #[arg(long, requires = "sv")]
    pub dup_as_ins: bool,
    /// Let breakends match breakends only, not symbolic DEL, DUP and INV.
    #[arg(long, requires = "sv")]
    pub breakends_apart: bool,
}

/// What must agree for a match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MatchLevel {
    /// Alleles and their copies.
    #[default]
    Genotype,
    /// One allele.
    Allele,
    /// The place.
    Position,
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

/// Arguments of `regress`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  wgs-pipe regress regress.toml --bundle GRCh38 --out regress
  wgs-pipe regress regress.toml --bundle GRCh38 --out regress --update regress.new.toml

Writes to DIR: regress.tsv, regress.json, and what was run (runs/) and compared (compare/). Exit code
9 says that a figure falls short of its baseline. Run again, cases resume.")]
pub struct RegressArgs {
    /// Reference samples and baselines (TOML); `wgs-pipe schema regress` prints its format.
    #[arg(value_name = "FILE.toml")]
    pub file: PathBuf,
    /// The reference bundle.
    #[command(flatten)]
    pub bundle: BundleArg,
    /// Output folder.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write FILE.toml anew to this file, with what was measured as baselines; exit code 9 is not
    /// given then.
    #[arg(long, value_name = "FILE")]
    pub update: Option<PathBuf>,
    /// Let --update write over a file that is there, such as FILE.toml itself.
    #[arg(long, requires = "update")]
    pub overwrite: bool,
    /// Threads and memory.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Arguments of `schema`.
#[derive(Args, Debug)]
pub struct SchemaArgs {
    /// Whose schema.
    #[arg(value_enum, default_value_t = SchemaName::Case)]
    pub of: SchemaName,
}

/// What has a JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// Case files.
    Case,
    /// Files of `regress`.
    Regress,
    /// report.json.
    Report,
}

/// A value that can stand in a SAM header.
fn parse_field(text: &str) -> Result<String, String> {
    let printable = |b: u8| b == b' ' || b.is_ascii_graphic();
    if text.is_empty() || !text.bytes().all(printable) {
        return Err("expected printable characters".to_owned());
    }
    Ok(text.to_owned())
}

fn parse_source(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = text.split_once('=').ok_or("expected NAME=FILE")?;
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if !name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic()) || !name.bytes().all(allowed) {
        return Err(format!("{name:?}: a source's name is made of A-Z a-z 0-9 _, a letter first"));
    }
    Ok((name.to_owned(), file.into()))
}

fn parse_stratum(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = text.split_once('=').ok_or("expected NAME=BED")?;
    let printable = |c: char| !c.is_control() && !c.is_whitespace();
    if name.is_empty() || !name.chars().all(printable) {
        return Err(format!("{name:?}: a name without spaces is needed"));
    }
    Ok((name.to_owned(), file.into()))
}

/// A number from 0 to 1.
fn parse_share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

fn parse_sex(text: &str) -> Result<SexOf, String> {
    let (sample, sex) = match text.rsplit_once('=') {
        Some((sample, sex)) => (Some(sample.to_owned()), sex),
        None => (None, text),
    };
    let sex = match sex {
        "female" => wgs_core::Sex::Female,
        "male" => wgs_core::Sex::Male,
        "unknown" => wgs_core::Sex::Unknown,
        _ => return Err("expected female, male or unknown".into()),
    };
    Ok(SexOf { sample, sex })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use wgs_core::ErrorKind;

    use super::*;

    #[test]
    fn definitions_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_lists_the_exit_code_of_every_kind() {
        let listed: Vec<u8> = EXIT_CODES
            .lines()
            .filter_map(|line| line.split_whitespace().next()?.parse().ok())
            .collect();
        let mut codes = vec![0];
        codes.extend(ErrorKind::ALL.map(ErrorKind::exit_code));
        assert_eq!(listed, codes);
    }
}
