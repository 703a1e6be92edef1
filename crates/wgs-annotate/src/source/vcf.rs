//! Sources from VCF.

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    variant::{AlleleKind, Header, Reader, Record, ValueType},
};

use super::{
    alleles::Alleles,
    carried::{Carried, Join},
    fields::{self, Field},
    intervals::{Intervals, Span},
    options::{SourceOptions, SourceSummary},
};
use crate::contigs::ContigNames;

/// Records by which it is known whether a file has alleles that are bases.
const LOOKED_AT: usize = 1000;

/// Whether the first records have symbolic alleles and breakends only.
pub(super) fn is_symbolic(vcf: &Path) -> Result<bool> {
    let reader = Reader::open(vcf)?.allow_undeclared_contigs();
    let mut symbolic = false;
    for record in reader.take(LOOKED_AT) {
        for alternate in &record?.alternates {
            match AlleleKind::of(alternate) {
                AlleleKind::Bases => return Ok(false),
                AlleleKind::Symbolic | AlleleKind::Breakend => symbolic = true,
                AlleleKind::Spanning => {}
            }
        }
    }
    Ok(symbolic)
}

/// A store of the alleles that are bases.
pub(super) fn alleles(
    name: &str,
    vcf: &Path,
    genome: &Genome,
    folder: &Path,
    options: &SourceOptions,
) -> Result<SourceSummary> {
    let reader = open(vcf, genome)?;
    let asked = options.fields.as_deref();
    let fields = fields::choose(name, reader.header(), asked).map_err(missing(vcf))?;
    let mut alleles = Alleles::new(genome, folder, options.memory_bytes);
    for record in reader {
        take(&mut alleles, &record?, &fields)?;
    }
    let carried: Vec<Carried> = fields.iter().map(|field| carried(field, Join::First)).collect();
    alleles.finish(name, vcf, folder, &carried, options.threads)
}

fn take(alleles: &mut Alleles<'_>, record: &Record, fields: &[Field]) -> Result<()> {
    alleles.summary.records += 1;
    let Some(contig) = alleles.contig(&record.contig) else { return Ok(()) };
    let kinds = record.alternates.iter().map(|allele| AlleleKind::of(allele));
    let is_symbolic = |kind| matches!(kind, AlleleKind::Symbolic | AlleleKind::Breakend);
    let symbolic = kinds.filter(|&kind| is_symbolic(kind)).count();
    alleles.summary.symbolic += symbolic as u64;
    if symbolic > 0 && symbolic == record.alternates.len() {
        // Of such records the reference allele may be any base.
        alleles.summary.not_bases += symbolic as u64;
        return Ok(());
    }
    let start = record.position.to_pos0();
    let Some(reference) = alleles.reference(contig, start, record.reference.as_bytes()) else {
        return Ok(());
    };
    for (index, alternate) in record.alternates.iter().enumerate() {
        let values = || values(record, index, fields);
        alleles.push(contig, start, &reference, alternate, values)?;
    }
    Ok(())
}

/// A store of the places that records lie in.
pub(super) fn intervals(
    name: &str,
    vcf: &Path,
    genome: &Genome,
    folder: &Path,
    options: &SourceOptions,
) -> Result<SourceSummary> {
    let mut reader = open(vcf, genome)?;
    let asked = options.fields.as_deref();
    let fields = fields::choose_of_intervals(reader.header(), asked).map_err(missing(vcf))?;
    let mut intervals = Intervals::new(vcf, genome, folder, options.memory_bytes);
    while let Some(record) = reader.next() {
        let record = record?;
        let line = reader.line_number();
        for (index, alternate) in record.alternates.iter().enumerate() {
            let Some((start, end)) = span(&record, index, alternate) else {
                intervals.leave_out();
                continue;
            };
            let values = values(&record, index, &fields);
            intervals.push(line, &Span { contig: &record.contig, start, end, values: &values })?;
        }
    }
    let carried: Vec<Carried> = fields
        .iter()
        .map(|field| match field.carried_type() {
            ValueType::String => carried(field, Join::Texts),
            _ => carried(field, Join::Greatest),
        })
        .collect();
    intervals.finish(name, folder, &carried)
}

/// The bases that an allele (the record's `index`th alternate, from 0) changes, 0-based and half-open;
/// of an insertion or a breakend the two that it lies between. `END` tells where a symbolic allele ends,
/// else `SVLEN` (VCF 4.4 §3); of several alternates each has its own length. `None` where neither tells.
fn span(record: &Record, index: usize, alternate: &str) -> Option<(u32, u32)> {
    let before = record.position.to_pos0();
    let between = Some((before, before.saturating_add(2)));
    match AlleleKind::of(alternate) {
        AlleleKind::Bases | AlleleKind::Spanning => {
            Some((before, before.saturating_add(record.reference.len() as u32)))
        }
        AlleleKind::Breakend => between,
        AlleleKind::Symbolic if ["<INS", "<BND"].iter().any(|s| alternate.starts_with(s)) => {
            between
        }
        AlleleKind::Symbolic => {
            let lengths = record.info.numbers::<i64>("SVLEN");
            let own = lengths.and_then(|all| all.get(index).copied().flatten());
            let by_length = || u32::try_from(own?.unsigned_abs()).ok()?.checked_add(before + 1);
            let by_end = || record.info.number::<u32>("END");
            let end = match record.alternates.len() {
                1 => by_end().or_else(by_length),
                _ => by_length().or_else(by_end),
            };
            Some((before + 1, end.filter(|end| *end > before + 1)?))
        }
    }
}

fn values(record: &Record, index: usize, fields: &[Field]) -> String {
    let value = |field: &Field| field.value(record, index).unwrap_or_default();
    fields.iter().map(value).collect::<Vec<_>>().join("\t")
}

fn carried(field: &Field, numbers: Join) -> Carried {
    let value_type = field.carried_type();
    Carried {
        key: field.key.clone(),
        value_type,
        description: field.description.clone(),
        join: if value_type == ValueType::String { Join::Texts } else { numbers },
    }
}

fn missing(vcf: &Path) -> impl Fn(Vec<String>) -> FileError {
    move |missing| {
        let reason = format!("has no INFO field {}", missing.join(", "));
        FileError::new(vcf, ErrorKind::Configuration, reason)
    }
}

fn open(vcf: &Path, genome: &Genome) -> Result<Reader> {
    let reader = Reader::open(vcf)?.allow_undeclared_contigs();
    check_lengths(vcf, reader.header(), genome)?;
    Ok(reader)
}

/// Contigs of one name and two lengths are of two assemblies, whose variants lie elsewhere.
fn check_lengths(vcf: &Path, header: &Header, genome: &Genome) -> Result<()> {
    let names = ContigNames::new(genome.contigs());
    for theirs in header.contigs() {
        let ours = names.find(&theirs.name).and_then(|index| genome.contigs().get(index));
        let (Some(ours), Some(length)) = (ours, theirs.length) else { continue };
        if length != ours.length {
            let (name, own) = (&theirs.name, ours.length);
            let reason = format!("contig {name} has {length} bases, in the genome {own}");
            return Err(FileError::new(vcf, ErrorKind::ReferenceMismatch, reason)
                .hint("take a file of the genome's assembly"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use wgs_core::Pos1;

    use super::*;

    #[test]
    fn alleles_change_what_lies_between_their_ends() {
        let span = |alternate: &str, info: &str| {
            let mut record = Record::new("a", Pos1::from_pos0(99), "ACG", [alternate]);
            record.info = info.into();
            super::span(&record, 0, alternate)
        };
        assert_eq!(span("<DEL>", "SVTYPE=DEL;END=200"), Some((100, 200)));
        assert_eq!(span("<DEL>", "SVLEN=-100"), Some((100, 200)));
        assert_eq!(span("<DUP:TANDEM>", "."), None);
        assert_eq!(span("<INS:ME>", "END=100;SVLEN=300"), Some((99, 101)));
        assert_eq!(span("<BND>", "END=20"), Some((99, 101)));
        assert_eq!(span("A[b:5[", "END=500"), Some((99, 101)));
        assert_eq!(span("A", "END=500"), Some((99, 102)));
        let mut several = Record::new("a", Pos1::from_pos0(99), "A", ["<DEL>", "<DUP>"]);
        several.info = "SVLEN=-100,-50000;END=200".into();
        assert_eq!(super::span(&several, 0, "<DEL>"), Some((100, 200)));
        assert_eq!(super::span(&several, 1, "<DUP>"), Some((100, 50_100)));
    }
}
