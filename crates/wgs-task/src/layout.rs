//! The name of every output file of a case, in one place.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wgs_core::{CaseId, SampleId};

/// Where a case's outputs go: `OUT/CASE/…`.
///
/// ```
/// use std::path::Path;
/// use wgs_task::CaseLayout;
///
/// let layout = CaseLayout::new(Path::new("out"), &"C1".parse()?);
/// assert_eq!(layout.cram(&"S1".parse()?), Path::new("out/C1/reads/S1.cram"));
/// assert_eq!(layout.small_variants(), Path::new("out/C1/variants/C1.small.vcf.gz"));
/// # Ok::<(), wgs_core::IdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseLayout {
    folder: PathBuf,
    case: CaseId,
}

impl CaseLayout {
    /// The layout of one case below an output folder.
    pub fn new(out: &Path, case: &CaseId) -> Self {
        Self { folder: out.join(case.as_str()), case: case.clone() }
    }

    /// The case's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What ran, with which versions, inputs, outputs, digests, time and memory.
    pub fn run_record(&self) -> PathBuf {
        self.folder.join("run.json")
    }

    /// One JSON line per event of the run.
    pub fn events(&self) -> PathBuf {
        self.folder.join("events.jsonl")
    }

    /// The definition of the pipeline that the last run followed.
    pub fn pipeline(&self) -> PathBuf {
        self.folder.join("pipeline.toml")
    }

    /// The last run and its files as a Workflow Run RO-Crate.
    pub fn crate_metadata(&self) -> PathBuf {
        self.folder.join("ro-crate-metadata.json")
    }

    /// The engine's own records and logs of tasks.
    pub fn state(&self) -> PathBuf {
        self.folder.join(".wgs-pipe")
    }

    /// Reads of a sample, marked and sorted.
    pub fn cram(&self, sample: &SampleId) -> PathBuf {
        self.folder.join(format!("reads/{sample}.cram"))
    }

    /// A sample's read groups: numbers and digests of their reads, duplicates, insert sizes.
    pub fn reads_summary(&self, sample: &SampleId) -> PathBuf {
        self.folder.join(format!("reads/{sample}.reads.json"))
    }

    /// FASTQ metrics of a sample's read groups.
    pub fn fastq_qc(&self, sample: &SampleId) -> PathBuf {
        self.qc(sample.as_str(), "fastq")
    }

    /// Alignment and insert-size metrics of a sample.
    pub fn alignment_qc(&self, sample: &SampleId) -> PathBuf {
        self.qc(sample.as_str(), "alignment")
    }

    /// Coverage of a sample.
    pub fn coverage_qc(&self, sample: &SampleId) -> PathBuf {
        self.qc(sample.as_str(), "coverage")
    }

    /// Genotypes of parents and children as a whole.
    pub fn family_qc(&self) -> PathBuf {
        self.qc(self.case.as_str(), "family")
    }

    /// Errors of a sample's sequencing, for its variants.
    pub fn calibration(&self, sample: &SampleId) -> PathBuf {
        self.qc(sample.as_str(), "calibration")
    }

    /// Variant counts of the case.
    pub fn variant_qc(&self) -> PathBuf {
        self.qc(self.case.as_str(), "variants")
    }

    /// Quality thresholds of the case, met or not.
    pub fn gates(&self) -> PathBuf {
        self.qc(self.case.as_str(), "gates")
    }

    fn qc(&self, name: &str, what: &str) -> PathBuf {
        self.folder.join(format!("qc/{name}.{what}.json"))
    }

    /// Germline small variants of a sample, and how sure it is that there are none elsewhere.
    pub fn gvcf(&self, sample: &SampleId) -> PathBuf {
        self.folder.join(format!("variants/{sample}.g.vcf.gz"))
    }

    /// One of several parts, counted from 1, of a sample's small variants, until they are put
    /// together.
    pub fn calls_part(&self, sample: &SampleId, number: u32) -> PathBuf {
        self.folder.join(format!("variants/{sample}.calls-{number}.jsonl.gz"))
    }

    /// What became of the reads and the windows of a sample's small variants.
    pub fn calls_summary(&self, sample: &SampleId) -> PathBuf {
        self.folder.join(format!("variants/{sample}.calls.json"))
    }

    /// Germline small variants of the case.
    pub fn small_variants(&self) -> PathBuf {
        self.folder.join(format!("variants/{}.small.vcf.gz", self.case))
    }

    /// What joint genotyping of the case's samples came to.
    pub fn joint_summary(&self) -> PathBuf {
        self.folder.join(format!("variants/{}.joint.json", self.case))
    }

    /// The small variants, annotated.
    pub fn annotated_small_variants(&self) -> PathBuf {
        self.folder.join(format!("annotated/{}.small.vcf.gz", self.case))
    }

    /// The findings of the case, with a table beside.
    pub fn findings(&self) -> PathBuf {
        self.folder.join(format!("findings/{}.findings.json", self.case))
    }

    /// The findings as records with flags.
    pub fn findings_vcf(&self) -> PathBuf {
        self.folder.join(format!("findings/{}.findings.vcf.gz", self.case))
    }

    /// The report for people.
    pub fn report_html(&self) -> PathBuf {
        self.folder.join("report/report.html")
    }

    /// The report for programs.
    pub fn report_json(&self) -> PathBuf {
        self.folder.join("report/report.json")
    }
}

/// The table beside a QC file: `x.json` → `x.tsv`.
pub fn table_beside(json: &Path) -> PathBuf {
    json.with_extension("tsv")
}

/// The index beside a data file: `x.cram` → `x.cram.crai`, `x.bam` → `x.bam.bai`,
/// `x.vcf.gz` → `x.vcf.gz.tbi`.
pub fn index_beside(path: &Path) -> PathBuf {
    let suffix = match path.extension().and_then(|e| e.to_str()) {
        Some("cram") => ".crai",
        Some("bam") => ".bai",
        _ => ".tbi",
    };
    with_suffix(path, suffix)
}

/// The checksum file beside a data file: `x.cram` → `x.cram.md5`.
pub fn md5_beside(path: &Path) -> PathBuf {
    with_suffix(path, ".md5")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
