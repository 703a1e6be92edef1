//! The comparison as a whole, and its files.

use std::path::{Path, PathBuf};

use wgs_formats::{Result, output};

use super::{
    annotate,
    matching::{Matching, match_events},
    options::SvOptions,
    read::{self, EventFile},
    summary::SvSummary,
};
use crate::{
    compare::{open_genome, read_regions},
    request::Sets,
    variant::Side,
    write,
};

/// A comparison of structural variants; see [`compare`].
#[derive(Clone, Debug)]
pub struct SvRequest {
    /// What is compared.
    pub sets: Sets,
    /// How to compare.
    pub options: SvOptions,
}

impl SvRequest {
    /// A comparison with the default limits.
    pub fn new(sets: Sets) -> Self {
        Self { sets, options: SvOptions::default() }
    }
}

/// A comparison with all that is written of it.
struct Compared {
    truth: EventFile,
    calls: EventFile,
    matching: Matching,
    summary: SvSummary,
}

/// Compares the structural variants of two files.
///
/// ```
/// use wgs_compare::{Sets, sv::{SvRequest, compare}};
///
/// let folder = tempfile::tempdir()?;
/// let file = |name: &str, text: &str| {
///     let path = folder.path().join(name);
///     wgs_formats::output::write(&path, text).map(|()| path)
/// };
/// let reference = file("genome.fa", &format!(">chr1\n{}\n", "ACGT".repeat(500)))?;
/// let head = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
/// let truth = file("truth.vcf", &format!("{head}chr1\t100\t.\tT\t<DEL>\t.\t.\tEND=300\n"))?;
/// let calls = "chr1\t104\t.\tT\tT[chr1:299[\t.\t.\tSVTYPE=BND\nchr1\t900\t.\tT\t<DUP>\t.\t.\tEND=990\n";
/// let calls = file("calls.vcf", &format!("{head}{calls}"))?;
///
/// let summary = compare(&SvRequest::new(Sets::new(truth, calls, reference)))?;
/// let all = summary.of("ALL").expect("counted always").counts;
/// assert_eq!((all.tp, all.fp, all.fn_), (1, 1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If a file cannot be read, is not of the genome, or holds a record that cannot be understood; if
/// a sample is not there, or not named where there are several.
pub fn compare(request: &SvRequest) -> Result<SvSummary> {
    make(request).map(|compared| compared.summary)
}

/// As [`compare`], and writes `summary.tsv`, `annotated.truth.vcf.gz` and `annotated.calls.vcf.gz`
/// with their indexes, and, as the last, `summary.json` to a folder. Nothing is written before all
/// is compared, and older files are removed before.
///
/// # Errors
///
/// As [`compare`]; and if the folder cannot be written, or what is compared is a file that would be
/// written over.
pub fn compare_into(request: &SvRequest, folder: &Path) -> Result<SvSummary> {
    write::check_inputs(folder, request.sets.inputs().map(|(_, path)| path))?;
    let Compared { truth, calls, matching, summary } = make(request)?;
    let file = |name: &str| folder.join(name);
    write::clear(folder)?;
    annotate::write(&file(write::ANNOTATED_TRUTH), Side::Truth, &truth, &matching.truth, &calls)?;
    annotate::write(&file(write::ANNOTATED_CALLS), Side::Calls, &calls, &matching.calls, &truth)?;
    output::write(&file(write::SUMMARY), write::table::types(&summary.types))?;
    output::write_json(&file(write::JSON), &summary)?;
    Ok(summary)
}

fn make(request: &SvRequest) -> Result<Compared> {
    let sets = &request.sets;
    let (genome, _copy) = open_genome(&sets.reference)?;
    let read = |path: &PathBuf| read_regions(path, &genome);
    let confident = sets.confident.as_ref().map(read).transpose()?;
    let options = &request.options;
    let read = |side, path, sample: &Option<String>| {
        read::read(side, path, sample.as_deref(), &genome, options)
    };
    let truth = read(Side::Truth, &sets.truth, &sets.truth_sample)?;
    let calls = read(Side::Calls, &sets.calls, &sets.calls_sample)?;
    let matching = match_events(&truth.events, &calls.events, &genome, confident.as_ref(), options);
    let summary = SvSummary::new(&truth, &calls, &matching, options);
    Ok(Compared { truth, calls, matching, summary })
}

#[cfg(test)]
mod tests;
