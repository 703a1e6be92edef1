//! Reading the structural variants of a file.

use std::{collections::BTreeMap, path::Path};

use wgs_formats::{
    FileError, Result,
    genome::Genome,
    variant::{AlleleKind, Header, Reader, Record},
};

use super::{
    event::{Event, Source},
    junctions,
    options::SvOptions,
    record::{Carried, Interpreter, Reading},
};
use crate::{load::header, variant::Side};

/// Why an allele takes no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Absence {
    /// The record fails a filter.
    Filtered,
    /// The sample does not carry the allele.
    NotCarried,
    /// The sample has no genotype, or not all of it is known and what is does not carry the allele.
    NoGenotype,
    /// A single breakend, or a symbolic allele that is none of the types.
    Unsupported,
}

impl Absence {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Filtered => "filtered",
            Self::NotCarried => "not_carried",
            Self::NoGenotype => "no_genotype",
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
    side: Side,
    path: &Path,
    sample: Option<&str>,
    genome: &Genome,
    options: &SvOptions,
) -> Result<EventFile> {
    let mut reader = Reader::open(path)?;
    let header = reader.header().clone();
    header::check_contigs(path, &header, genome)?;
    let interpreter = Interpreter {
        path,
        genome,
        sample: header::column(path, &header, side, sample)?,
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
                Reading::Event(event) => match interpreter.carried(&record, allele)? {
                    Carried::Yes => {
                        self.events.push(event);
                        None
                    }
                    Carried::No => Some(Absence::NotCarried),
                    Carried::Unknown => Some(Absence::NoGenotype),
                },
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
