//! The records of both sets in one VCF, each with its verdict.

use std::path::Path;

use wgs_core::Pos1;
use wgs_formats::{
    Result,
    variant::{Definition, Filters, Header, Number, Record, ValueType, Writer},
};

use crate::{compare::Comparison, load::Site, variant::Side, verdict::Judgement};

/// Keys of the sample columns.
const KEYS: [&str; 5] = ["GT", "BD", "WHY", "BVT", "BW"];

/// Writes all records that were compared, or set aside for a reason, in order: of equal positions
/// those of the truth first.
pub(super) fn write(comparison: &Comparison, path: &Path, threads: usize) -> Result<()> {
    let contigs = comparison.genome.contigs();
    let mut writer = Writer::create(path, &header(comparison), threads)?;
    for (index, contig) in contigs.iter().enumerate() {
        let of = |side: Side| {
            let sites = &comparison.sites[side.index()][index];
            sites.iter().zip(&comparison.judgements[side.index()][index]).peekable()
        };
        let (mut truth, mut calls) = (of(Side::Truth), of(Side::Calls));
        loop {
            let start = |next: Option<&(&Site, &Judgement)>| next.map(|(site, _)| site.start);
            let (side, next) = match (start(truth.peek()), start(calls.peek())) {
                (None, None) => break,
                (Some(t), Some(c)) if c < t => (Side::Calls, calls.next()),
                (None, Some(_)) => (Side::Calls, calls.next()),
                _ => (Side::Truth, truth.next()),
            };
            let (site, judgement) = next.expect("one was seen");
            writer.write(&record(&contig.name, site, *judgement, side))?;
        }
    }
    writer.finish()
}

fn header(comparison: &Comparison) -> Header {
    let mut header = Header::new(comparison.genome.contigs());
    header.add_line("source", &format!("wgs-compare {}", crate::VERSION));
    let text = [
        ("GT", "Genotype, as the set has it"),
        ("BD", "Verdict: TP, FP, FN, or N for a record that does not count"),
        ("WHY", "Reason of the verdict"),
        ("BVT", "Type: SNV, MNP, INSERTION, DELETION or COMPLEX"),
    ];
    for (key, description) in text {
        header.add_format(Definition::new(key, Number::Count(1), ValueType::String, description));
    }
    let weight = "True variants that a matched call counts for";
    header.add_format(Definition::new("BW", Number::Count(1), ValueType::Float, weight));
    let samples = ["TRUTH", "CALLS"];
    header.set_samples(samples);
    // Filters of the inputs are named again, so that readers know them.
    let mut filters: Vec<&str> = comparison
        .sites
        .iter()
        .flatten()
        .flatten()
        .flat_map(|site| site.column(4).split(';'))
        .filter(|filter| !matches!(*filter, "." | "PASS"))
        .collect();
    filters.sort_unstable();
    filters.dedup();
    filters.iter().for_each(|filter| header.add_filter(filter, "As in the input"));
    header
}

fn record(contig: &str, site: &Site, judgement: Judgement, side: Side) -> Record {
    let mut record = Record::new(
        contig,
        Pos1::from_pos0(site.start),
        site.reference(),
        site.column(2).split(','),
    );
    record.id = Some(site.column(0)).filter(|id| *id != ".").map(str::to_owned);
    record.quality = site.column(3).parse().ok();
    record.filters = match site.column(4) {
        "." => Filters::Missing,
        "PASS" => Filters::Pass,
        failed => Filters::Failed(failed.split(';').map(str::to_owned).collect()),
    };
    let weight = (side == Side::Calls && judgement.weight > 0.0).then(|| {
        format!("{:.3}", judgement.weight).trim_end_matches('0').trim_end_matches('.').to_owned()
    });
    let values = [
        site.column(5).to_owned(),
        judgement.verdict.code().to_owned(),
        judgement.reason.text().to_owned(),
        site.class.kind.name().to_owned(),
        weight.unwrap_or_else(|| ".".to_owned()),
    ];
    let absent = vec![".".to_owned(); 1];
    let columns = match side {
        Side::Truth => [values.to_vec(), absent],
        Side::Calls => [absent, values.to_vec()],
    };
    record.set_samples(KEYS, columns);
    record
}
