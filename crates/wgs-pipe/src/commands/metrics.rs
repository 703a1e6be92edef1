//! `wgs-pipe metrics`

use std::{
    io::BufRead,
    path::{Path, PathBuf},
};

use wgs_formats::{FileError, genome, output, qc};
use wgs_metrics::{CoverageOptions, MetricsOptions, alignment_metrics, variant_metrics};
use wgs_task::{Bundle, layout::table_beside};

use super::{Outcome, limits, stem};
use crate::cli::MetricsArgs;

pub(super) fn metrics(args: &MetricsArgs) -> Outcome {
    let bundle = Bundle::open(&args.bundle.bundle)?;
    if is_vcf(&args.file)? {
        let counts = variant_metrics(&args.file)?;
        output::create_folder(&args.out)?;
        return write(&counts, &document(args, "variants"));
    }
    let options = MetricsOptions {
        coverage: Some(CoverageOptions::default()),
        threads: limits(&args.limits).threads,
        progress: None,
    };
    let metrics = alignment_metrics(&args.file, &bundle.genome()?, &options)?;
    output::create_folder(&args.out)?;
    write(&metrics.alignment, &document(args, "alignment"))?;
    if let Some(coverage) = &metrics.coverage {
        write(coverage, &document(args, "coverage"))?;
    }
    let calibration = metrics.calibration;
    calibration.map_or(Ok(()), |calibration| write(&calibration, &document(args, "calibration")))
}

/// A VCF is known by its first line.
fn is_vcf(path: &Path) -> wgs_formats::Result<bool> {
    let mut reader = genome::open_maybe_gzip(path)?;
    let head = reader.fill_buf().map_err(|e| FileError::io(path, e))?;
    Ok(head.starts_with(b"##fileformat=VCF"))
}

/// `OUT/NAME.what.json`, where the name is that of the file without its format.
fn document(args: &MetricsArgs, what: &str) -> PathBuf {
    args.out.join(format!("{}.{what}.json", stem(&args.file)))
}

fn write(document: &impl qc::Document, json: &Path) -> Outcome {
    Ok(qc::write(document, json, Some(&table_beside(json)))?)
}
