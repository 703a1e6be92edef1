//! Header and records of a gVCF.

use wgs_core::{ContigList, Pos1};
use wgs_formats::variant::{Definition, Header, Number, Record, SampleColumn, ValueType};

use super::{Candidate, blocks::Block};
use crate::{options::Options, reference::MAX_QUALITY, vcf};

/// Any allele that is not told.
pub const NON_REF: &str = "<NON_REF>";
/// Keys of blocks.
const BLOCK_FORMAT: [&str; 5] = ["GT", "DP", "GQ", "MIN_DP", "PL"];
/// Fields of a VCF that are of all samples together, which a gVCF leaves to joint calling.
const OF_THE_COHORT: [&str; 6] = ["AB", "AC", "AF", "AN", "AS_QD", "QD"];
/// Fields with a value for each variant allele, of which any other allele has none.
const OF_ALLELES: [&str; 3] = ["AS_FS", "AS_MQ", "AS_SOR"];

/// The header of a gVCF of one sample.
pub fn header(contigs: &ContigList, sample: &str, options: &Options) -> Header {
    use Number::Count;
    use ValueType::Integer;
    let mut header = vcf::header(contigs, &[sample.to_owned()], options);
    let bands: Vec<String> = options.gvcf.quality_bands.iter().map(u32::to_string).collect();
    header.add_line("ALT", "<ID=NON_REF,Description=\"Any allele that is not told\">");
    header.add_line("wgs-smallvar-gq-bands", &format!("0,{}", bands.join(",")));
    let end = "Last base of a block of reference";
    header.add_info(Definition::new("END", Count(1), Integer, end));
    let raw = "Sum of the squares of the mapping qualities, and number of fragments";
    header.add_info(Definition::new("RAW_MQandDP", Count(2), Integer, raw));
    let least = "Least number of fragments at a base of a block";
    header.add_format(Definition::new("MIN_DP", Count(1), Integer, least));
    header
}

/// The record of a candidate.
pub(super) fn of_candidate(contig: &str, candidate: &Candidate) -> Record {
    let site = &candidate.site;
    let mut record = vcf::record(contig, site);
    record.alternates.push(NON_REF.to_owned());
    // Joint calling has nothing to filter chrM by, so it takes over what is said here.
    if !candidate.phred_likelihoods.is_empty() {
        record.filters = wgs_formats::variant::Filters::Missing;
    }
    for key in OF_THE_COHORT {
        record.info.remove(key);
    }
    for key in OF_ALLELES {
        if let Some(values) = record.info.get(key).map(|values| format!("{values},.")) {
            record.info.set(key, values);
        }
    }
    let depth = site.depth();
    let squares = (site.bias.mapping_quality.powi(2) * f64::from(depth)).round();
    record.info.set("RAW_MQandDP", format!("{squares},{depth}"));
    let likelihoods = vcf::joined(&candidate.phred_likelihoods);
    let depths = format!("{},0", vcf::joined(&site.samples[0].allele_depths));
    let values: Vec<String> = record
        .format
        .iter()
        .zip(record.samples[0].values())
        .map(|(key, value)| match key.as_str() {
            "PL" => likelihoods.clone(),
            "AD" => depths.clone(),
            "AF" => format!("{value},0"),
            _ => value.to_owned(),
        })
        .collect();
    record.samples = vec![SampleColumn::new(values)];
    record
}

/// The record of a block.
pub(super) fn of_block(contig: &str, mut block: Block) -> Record {
    let position = Pos1::from_pos0(block.range.start);
    let base = String::from_utf8_lossy(&block.first_base).into_owned();
    let mut record = Record::new(contig, position, base, [NON_REF]);
    record.info.set("END", block.range.end.to_string());
    let least = block.least;
    let depth = block.depth();
    let quality = least.quality(block.ploidy);
    let genotype = match (block.ploidy, depth) {
        (0, _) => ".",
        (1, 0) => ".",
        (1, _) => "0",
        (_, 0) => "./.",
        _ => "0/0",
    };
    let likelihoods = match block.ploidy {
        0 => ".".to_owned(),
        _ => vcf::joined(&least.phred_likelihoods(block.ploidy)),
    };
    let values = [
        genotype.to_owned(),
        depth.to_string(),
        quality.min(MAX_QUALITY).to_string(),
        least.depth.to_string(),
        likelihoods,
    ];
    record.set_samples(BLOCK_FORMAT, [values]);
    record
}
