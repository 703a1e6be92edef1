//! Where the files of a case are.

use std::path::Path;

use wgs_core::SampleId;
use wgs_task::{Case, CaseLayout, Pipeline, case::CaseKind, layout};

use crate::model::FileEntry;

/// The files that a case's folder holds when the stages of a pipeline are done, relative to that
/// folder.
///
/// ```
/// # let pipeline = wgs_task::Pipeline::parse("p.toml".as_ref(), r#"
/// #     schema = "wgs-pipe/pipeline/1"
/// #     name = "germline"
/// #     kinds = ["germline"]
/// #     stages = ["reads", "call", "joint", "report"]
/// # "#)?;
/// # let case = wgs_task::Case {
/// #     id: "C1".parse().expect("an id"),
/// #     kind: wgs_task::case::CaseKind::Germline,
/// #     samples: Vec::new(),
/// #     clinical: Default::default(),
/// # };
/// let layout = wgs_task::CaseLayout::new("out".as_ref(), &case.id);
/// let files = wgs_report::case_files(&case, &layout, &pipeline);
/// assert_eq!(files[0].path, "variants/C1.small.vcf.gz");
/// # Ok::<(), wgs_formats::FileError>(())
/// ```
pub fn case_files(case: &Case, layout: &CaseLayout, pipeline: &Pipeline) -> Vec<FileEntry> {
    let has = |stage: &str| pipeline.stages.iter().any(|name| name == stage);
    let mut files = Vec::new();
    let mut add = |path: &Path, content: &str, sample: Option<&SampleId>| {
        files.push(FileEntry {
            path: relative(path, layout.folder()),
            content: content.to_owned(),
            sample: sample.map(ToString::to_string),
        });
    };
    for sample in case.samples.iter().map(|sample| &sample.id) {
        if has("reads") {
            let cram = layout.cram(sample);
            add(&cram, "aligned reads, duplicates marked (CRAM)", Some(sample));
            add(&layout::index_beside(&cram), "index of the reads", Some(sample));
            add(&layout::md5_beside(&cram), "MD5 of the reads", Some(sample));
            add(&layout.fastq_qc(sample), "quality of the reads as sequenced", Some(sample));
            add(&layout.alignment_qc(sample), "mapping, duplicates, insert sizes", Some(sample));
            add(&layout.coverage_qc(sample), "coverage", Some(sample));
        }
        if has("call") {
            let gvcf = layout.gvcf(sample);
            add(&gvcf, "small variants and reference blocks (gVCF)", Some(sample));
            add(&layout::index_beside(&gvcf), "index of the gVCF", Some(sample));
            add(&layout.calls_summary(sample), "reads that were called, sex", Some(sample));
        }
    }
    if has("joint") {
        let variants = layout.small_variants();
        add(&variants, "small variants as called (VCF)", None);
        add(&layout::index_beside(&variants), "index of the variants", None);
        if case.kind == CaseKind::Family {
            add(&layout.family_qc(), "inheritance and new variants", None);
        }
    }
    if has("annotate") {
        let annotated = layout.annotated_small_variants();
        add(&annotated, "small variants, annotated (VCF)", None);
        add(&layout::index_beside(&annotated), "index of the annotated variants", None);
    }
    if has("interpret") {
        let findings = layout.findings();
        add(&findings, "findings with what they were judged by", None);
        add(&layout::table_beside(&findings), "findings as a table", None);
        add(&layout.findings_vcf(), "findings as records with flags (VCF)", None);
        add(&layout::index_beside(&layout.findings_vcf()), "index of the findings", None);
    }
    if has("variant-metrics") {
        add(&layout.variant_qc(), "statistics of the variants", None);
    }
    if has("gates") {
        add(&layout.gates(), "quality checks", None);
    }
    if has("report") {
        add(&layout.report_json(), "this report for programs", None);
    }
    add(&layout.run_record(), "what ran: versions, inputs, digests, time, memory", None);
    files
}

fn relative(path: &Path, folder: &Path) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<_> = path.components().map(|c| c.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
