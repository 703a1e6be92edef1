//! A store from a file as it was downloaded.

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, genome::Genome, output};

use super::{
    bed, genes,
    kind::{self, Form},
    options::{Kind, SourceOptions, SourceSummary},
    roles::Roles,
    table, vcf,
};

/// Builds the store of a source from VCF, BED, bedGraph, wiggle, TSV or CSV (plain, gzip or bgzip;
/// sorted or not).
///
/// Alleles are split, trimmed and left-aligned. Contigs may have any of their provider's names
/// (`17`, `chr17`, `NC_000017.11`). Where one allele stands more than once, its texts are joined by
/// `&`; of its numbers a VCF's first is kept, and a table's greatest.
///
/// # Errors
///
/// `Configuration` if the name is not made of letters, digits, `_`, `-` and `.`, or a field or column
/// that was asked for is not in the file. `ReferenceMismatch` if a contig has another length than in
/// the genome, if more than one in twenty reference alleles are not the genome's, if an interval ends
/// after its contig, if no transcript has a gene of the table, or if the file has records, but none
/// fits. `InvalidInput` or `Truncated` if it is damaged, or nothing that is known.
pub fn build(
    name: &str,
    file: &Path,
    genome: &Genome,
    folder: &Path,
    options: &SourceOptions,
) -> Result<SourceSummary> {
    check_name(name, file)?;
    let wrong = |reason: String| FileError::new(file, ErrorKind::Configuration, reason);
    let roles = Roles::new(&options.columns).map_err(wrong)?;
    let (kind, form) = kind::of(file, options.kind, &roles)?;
    if !options.columns.is_empty() && (form == Form::Vcf || kind == Kind::Genes) {
        return Err(wrong("columns can be named of tables of alleles and intervals only".into()));
    }
    output::create_folder(folder)?;
    let summary = match (kind, form) {
        (Kind::Alleles, Form::Vcf) => vcf::alleles(name, file, genome, folder, options),
        (Kind::Intervals, Form::Vcf) => vcf::intervals(name, file, genome, folder, options),
        (Kind::Alleles, _) => table::alleles(name, file, genome, folder, &roles, options),
        (Kind::Intervals, _) => bed::intervals(name, file, genome, folder, (form, &roles), options),
        (Kind::Genes, _) => genes::build(name, file, genome, folder, options),
    }?;
    if summary.records > 0 && summary.alleles + summary.intervals + summary.genes == 0 {
        let SourceSummary { records, unplaced, not_bases, .. } = summary;
        let reason = format!(
            "has {records} records, and none that could be found again: {unplaced} have no place, \
             {not_bases} alleles are not bases"
        );
        return Err(FileError::invalid(file, reason));
    }
    if summary.fields.is_empty() {
        return Err(wrong("has nothing beside its alleles that could be written".into())
            .hint("add a column, such as one that says 1 in each row"));
    }
    Ok(summary)
}

fn check_name(name: &str, file: &Path) -> Result<()> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
    if name.bytes().all(fits) && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Ok(());
    }
    let reason = format!(
        "the source's name {name:?} does not begin with a letter or has others \
        than letters, digits, '_', '-' and '.'"
    );
    Err(FileError::new(file, ErrorKind::Configuration, reason))
}
