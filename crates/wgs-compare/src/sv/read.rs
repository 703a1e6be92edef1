//! Reading the structural variants of a file.

use std::{collections::BTreeMap, path::Path};

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    variant::{AlleleKind, Header, Reader, Record},
};

use super::{
    event::{Event, Source},
    junctions,
    options::SvOptions,
    record::{Interpreter, Reading},
};

/// Why an allele takes no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Absence {
    /// The record fails a filter.
    Filtered,
    /// The sample does not carry the allele.
    NotCarried,
    /// A single breakend, or a symbolic allele that is none of the types.
    Unsupported,
}

impl Absence {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Filtered => "filtered",
            Self::NotCarried => "not_carried",
            Self::Unsupported => "unsupported",
        }
    }
}

/// The structural variants of a file.
pub(crate) struct EventFile {
    pub(crate) header: Header,
    /// Records with an allele that may be structural, in the file's order.
    pub(crate) records: Vec<Record>,
    pub(crate) events: Vec<Event>,
    /// Alleles that take no part.
    pub(crate) absent: BTreeMap<Source, Absence>,
}

/// Reads a file. `sample` names the column whose genotypes count; where there is only one, it does.
///
/// # Errors
///
/// If it is not a VCF of the genome, or the column is not there or not told.
pub(crate) fn read(
    path: &Path,
    sample: Option<&str>,
    genome: &Genome,
    options: &SvOptions,
) -> Result<EventFile> {
    let mut reader = Reader::open(path)?;
    let header = reader.header().clone();
    check_lengths(path, &header, genome)?;
    let interpreter = Interpreter {
        path,
        genome,
        sample: column(path, &header, sample)?,
        min_size_bp: options.min_partner_size_bp.min(options.min_size_bp),
    };
    let mut file =
        EventFile { header, records: Vec::new(), events: Vec::new(), absent: BTreeMap::new() };
    while let Some(record) = reader.next() {
        let record = record?;
        let place = |e: FileError| e.at(format!("line {}", reader.line_number()));
        if may_be_structural(&record, interpreter.min_size_bp) {
            file.add(record, &interpreter, options).map_err(place)?;
        }
    }
    junctions::join(&mut file.events, &file.records, genome.contigs(), options);
    Ok(file)
}

/// Contigs of the header that the reference has must have its length.
fn check_lengths(path: &Path, header: &Header, genome: &Genome) -> Result<()> {
    let contigs = genome.contigs();
    for theirs in header.contigs() {
        let ours = contigs.index_of(&theirs.name).and_then(|index| contigs.get(index));
        if let (Some(ours), Some(length)) = (ours, theirs.length)
            && ours.length != length
        {
            let (name, ours) = (&ours.name, ours.length);
            let reason = format!("contig {name} has {length} bases, in the reference {ours}");
            return Err(FileError::new(path, ErrorKind::ReferenceMismatch, reason));
        }
    }
    Ok(())
}

fn column(path: &Path, header: &Header, sample: Option<&str>) -> Result<Option<usize>> {
    let samples = header.samples();
    let listed = || samples.join(", ");
    match sample {
        Some(name) => header.sample_index(name).map(Some).ok_or_else(|| {
            let reason = format!("has no sample {name:?}; its samples are {}", listed());
            FileError::new(path, ErrorKind::Usage, reason)
        }),
        None if samples.len() < 2 => Ok(samples.first().map(|_| 0)),
        None if header.format("GT").is_none() => Ok(None),
        None => {
            let reason = format!("has several samples: {}", listed());
            let error = FileError::new(path, ErrorKind::Usage, reason);
            Err(error.hint("say which one is to be compared"))
        }
    }
}

fn may_be_structural(record: &Record, min_size_bp: u32) -> bool {
    record.alternates.iter().any(|allele| match AlleleKind::of(allele) {
        AlleleKind::Bases => record.reference.len().max(allele.len()) > min_size_bp as usize,
        AlleleKind::Spanning => false,
        AlleleKind::Symbolic => allele != "<NON_REF>" && allele != "<*>",
        AlleleKind::Breakend => true,
    })
}

impl EventFile {
    /// Takes the alleles of a record; it is kept unless all of them are small.
    fn add(
        &mut self,
        record: Record,
        interpreter: &Interpreter<'_>,
        options: &SvOptions,
    ) -> Result<()> {
        let mut kept = false;
        for allele in 0..record.alternates.len() {
            let source = Source { record: self.records.len(), allele };
            let absence = match interpreter.allele(&record, source)? {
                Reading::Small => continue,
                Reading::Unsupported => Some(Absence::Unsupported),
                Reading::Event(_) if !options.failed_filters_too && !record.filters.is_pass() => {
                    Some(Absence::Filtered)
                }
                Reading::Event(event) if event.genotype.is_some_and(|(copies, _)| copies == 0) => {
                    Some(Absence::NotCarried)
                }
                Reading::Event(event) => {
                    self.events.push(event);
                    None
                }
            };
            kept = true;
            if let Some(absence) = absence {
                self.absent.insert(source, absence);
            }
        }
        if kept {
            self.records.push(record);
        }
        Ok(())
    }
}
