//! The work of the task.

use std::path::Path;

use wgs_align::{Lane, ReadTrimmer, RecordObserver, Request};
use wgs_core::SampleId;
use wgs_formats::{Result, genome::Genome, output, qc};
use wgs_task::{Limits, Monitor, layout::table_beside};

use super::{
    ReadsOptions, RecordQc,
    observers::{FastqObserver, fastq_bytes},
    records::RecordQcObserver,
};

/// What [`align_reads`] makes of what.
#[derive(Clone, Copy, Debug)]
pub struct SampleReads<'a> {
    /// The sample, for the metrics.
    pub sample: &'a SampleId,
    /// Its lanes.
    pub lanes: &'a [Lane],
    /// The genome.
    pub genome: &'a Genome,
    /// Prefix of the bundle's aligner index of that genome.
    pub index_prefix: &'a Path,
    /// How it is done.
    pub options: &'a ReadsOptions,
    /// The file to make, with index and checksum beside it; its suffix decides the format.
    pub alignment: &'a Path,
    /// What was aligned ([`wgs_align::Summary`], JSON) to make.
    pub summary: Option<&'a Path>,
    /// FASTQ metrics to make (JSON, with a table beside it).
    pub fastq_qc: Option<&'a Path>,
    /// Alignment and coverage metrics to make.
    pub record_qc: Option<&'a RecordQc<'a>>,
}

/// Aligns, marks, sorts and writes a sample's reads, and measures them as they pass.
pub fn align_reads(reads: &SampleReads<'_>, limits: Limits, monitor: &dyn Monitor) -> Result<()> {
    let choice = &reads.options.aligner;
    let aligner = choice.open(reads.index_prefix, reads.genome, limits.threads)?;
    let fastq = FastqObserver::new(monitor);
    let trimming = reads.options.trim.trimming();
    let records = reads.record_qc.map(|qc| RecordQcObserver::new(qc, reads.genome));
    let mut request = Request {
        lanes: reads.lanes,
        output: reads.alignment,
        genome: reads.genome,
        aligner: aligner.engine(),
        threads: limits.threads.max(1),
        memory_bytes: limits.memory_bytes,
        temporary: None,
        trimmer: trimming.as_ref().map(|trimming| trimming as &dyn ReadTrimmer),
        options: wgs_align::Options {
            keep_order: reads.options.keep_order,
            without_end_block: reads.options.without_end_block,
            cram_version: reads.options.cram_version,
            cram_profile: reads.options.cram_profile,
            duplicates: reads.options.duplicates,
        },
        read_observer: Some(&fastq),
        observer_bytes: fastq_bytes(reads.lanes.len(), limits.threads),
        record_observer: records.as_ref().map(|records| records as &dyn RecordObserver),
    };
    // Each thread takes memory, and none changes a byte: rather fewer than refuse.
    while request.threads > 1 && request.needed_bytes() > limits.memory_bytes {
        request.threads -= 1;
        request.observer_bytes = fastq_bytes(reads.lanes.len(), request.threads);
    }
    let summary = wgs_align::align_sample(&request)?;
    if let Some(path) = reads.fastq_qc {
        let mut document = fastq.finish(reads.sample, &summary, path)?;
        for (index, group) in document.read_groups.iter_mut().enumerate() {
            group.trimming = trimming.as_ref().map(|trimming| trimming.of_group(index));
        }
        qc::write(&document, path, Some(&table_beside(path)))?;
    }
    if let Some((records, qc)) = records.zip(reads.record_qc) {
        records.finish(qc, reads.alignment, reads.genome)?;
    }
    match reads.summary {
        Some(path) => output::write_json(path, &summary),
        None => Ok(()),
    }
}
