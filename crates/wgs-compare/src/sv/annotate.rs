//! The records of both files with what became of them.

use std::path::Path;

use wgs_formats::{
    Result,
    variant::{Definition, Header, Number, Record, ValueType, Writer},
};

use super::{
    event::Source,
    likeness::Likeness,
    matching::{Partner, Standing, Verdict},
    read::EventFile,
};
use crate::variant::Side;

/// A field of INFO: key, type, description. Each has a value for each alternate allele.
type Field = (&'static str, ValueType, &'static str);

const FIELDS: [Field; 9] = [
    ("CMP", ValueType::String, "TP, FP or FN; . for alleles that are not counted"),
    (
        "CMP_REASON",
        ValueType::String,
        "Why an allele has no counterpart (nothing_near, or in what the most alike differs: type, \
         position, size, sequence; taken) or is not counted (outside, too_small, too_large, \
         filtered, not_carried, no_genotype, unsupported, counterpart_not_counted)",
    ),
    ("CMP_WITH", ValueType::String, "Contig:position:ID of the counterpart in the other file"),
    ("CMP_START_SHIFT", ValueType::Integer, "Start of the call less that of the truth, in bp"),
    ("CMP_END_SHIFT", ValueType::Integer, "End of the call less that of the truth, in bp"),
    ("CMP_SIZE_RATIO", ValueType::Float, "Smaller size over larger"),
    ("CMP_SIMILARITY", ValueType::Float, "Similarity of the bases, 0 to 1"),
    ("CMP_GENOTYPE", ValueType::String, "Whether the zygosity is the same"),
    ("CMP_SCORE", ValueType::Float, "How much both are alike, 0 to 1"),
];

/// Writes the records of a file, sorted, with the fields above.
pub(crate) fn write(
    path: &Path,
    side: Side,
    file: &EventFile,
    verdicts: &[Verdict],
    other: &EventFile,
) -> Result<()> {
    let mut header = file.header.clone();
    for (key, value_type, description) in FIELDS {
        header.add_info(Definition::new(key, Number::Alternates, value_type, description));
    }
    let values = values(side, file, verdicts, other);
    let mut writer = Writer::create(path, &header, 1)?;
    for index in sorted(&header, &file.records) {
        let mut record = file.records[index].clone();
        for (field, (key, ..)) in FIELDS.iter().enumerate() {
            let of_alleles: Vec<&str> =
                values[index].iter().map(|allele| allele[field].as_str()).collect();
            if of_alleles.iter().any(|value| *value != ".") {
                record.info.set(key, of_alleles.join(","));
            } else {
                record.info.remove(key);
            }
        }
        writer.write(&record)?;
    }
    writer.finish()
}

fn sorted(header: &Header, records: &[Record]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by_key(|&index| {
        let record = &records[index];
        (header.contig_index(&record.contig), &record.contig, record.position, index)
    });
    order
}

/// The values of an allele, in the order of [`FIELDS`].
type Values = [String; FIELDS.len()];

/// The values of each record's alternate alleles.
fn values(
    side: Side,
    file: &EventFile,
    verdicts: &[Verdict],
    other: &EventFile,
) -> Vec<Vec<Values>> {
    let none = || -> Values { std::array::from_fn(|_| ".".to_owned()) };
    let mut values: Vec<Vec<Values>> =
        file.records.iter().map(|r| r.alternates.iter().map(|_| none()).collect()).collect();
    for (&Source { record, allele }, absence) in &file.absent {
        values[record][allele][1] = absence.name().to_owned();
    }
    for (event, verdict) in file.events.iter().zip(verdicts) {
        for source in &event.sources {
            values[source.record][source.allele] = of_verdict(side, verdict, other);
        }
    }
    values
}

fn of_verdict(side: Side, verdict: &Verdict, other: &EventFile) -> Values {
    let is_true = match side {
        Side::Truth => verdict.standing == Standing::Counted && verdict.is_match(),
        Side::Calls => verdict.partner_counts,
    };
    let decision = match side {
        _ if is_true => "TP",
        _ if !verdict.is_error() => ".",
        Side::Truth => "FN",
        Side::Calls => "FP",
    };
    let reason = match (&verdict.partner, verdict.standing) {
        (_, standing) if standing != Standing::Counted => standing.name(),
        (Err(missed), _) => missed.name(),
        (Ok(_), _) if !is_true => "counterpart_not_counted",
        (Ok(_), _) => ".",
    };
    let mut values: Values = std::array::from_fn(|_| ".".to_owned());
    values[0] = decision.to_owned();
    values[1] = reason.to_owned();
    if let Ok(Partner { index, likeness }) = &verdict.partner {
        values[2] = name_of(other, *index);
        let of_pair = of_likeness(likeness);
        values[3..].clone_from_slice(&of_pair);
    }
    values
}

/// `contig:position:ID`, without what INFO cannot hold.
fn name_of(file: &EventFile, event: usize) -> String {
    let source = file.events[event].sources.first();
    let Some(record) = source.and_then(|source| file.records.get(source.record)) else {
        return ".".to_owned();
    };
    let id = record.id.as_deref().unwrap_or(".").replace([',', ';', '=', ' '], "_");
    format!("{}:{}:{id}", record.contig, record.position)
}

fn of_likeness(likeness: &Likeness) -> [String; 6] {
    let optional = |value: Option<f64>| value.map_or(".".to_owned(), |v| format!("{v:.4}"));
    let genotype = match likeness.same_genotype {
        Some(true) => "same",
        Some(false) => "different",
        None => ".",
    };
    [
        likeness.start_shift_bp.to_string(),
        likeness.end_shift_bp.to_string(),
        optional(likeness.size_ratio),
        optional(likeness.sequence_similarity),
        genotype.to_owned(),
        optional(Some(likeness.score)),
    ]
}
