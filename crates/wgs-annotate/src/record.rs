//! Annotation of records, one thread's share.

use std::{collections::BTreeSet, path::Path};

use wgs_core::{ContigIndex, ErrorKind, Interval0};
use wgs_formats::{
    FileError, Result,
    variant::{Allele, AlleleKind, Record, csq, normalize},
};

use crate::{
    Effects, Source, SourceReader,
    csq::{AlleleColumns, vep_alleles, write_entry},
    form::as_compared,
    reference::is_reference,
};

/// Records with what was found.
pub(crate) struct Annotated {
    pub(crate) records: Vec<Record>,
    pub(crate) alleles: u64,
    pub(crate) other_alleles: u64,
    /// Alleles that each source knows.
    pub(crate) known: Vec<u64>,
}

/// A record's place in the genome.
struct Placed {
    contig: ContigIndex,
    interval: Interval0,
    /// Each alternate allele, normalised; `None` for one that is not bases.
    alleles: Vec<Option<Allele>>,
}

pub(crate) struct RecordAnnotator<'a> {
    effects: &'a Effects,
    sources: &'a [Source],
    readers: Vec<SourceReader>,
    input: &'a Path,
}

impl<'a> RecordAnnotator<'a> {
    pub(crate) fn new(effects: &'a Effects, sources: &'a [Source], input: &'a Path) -> Self {
        Self { effects, sources, readers: sources.iter().map(Source::reader).collect(), input }
    }

    pub(crate) fn annotate(&mut self, chunk: Vec<(u64, Record)>) -> Result<Annotated> {
        let mut annotated = Annotated {
            records: Vec::with_capacity(chunk.len()),
            alleles: 0,
            other_alleles: 0,
            known: vec![0; self.sources.len()],
        };
        for (line, mut record) in chunk {
            let placed = &self.place(line, &record)?;
            let bases = placed.alleles.iter().flatten().count();
            annotated.alleles += bases as u64;
            annotated.other_alleles += (placed.alleles.len() - bases) as u64;
            let ids = self.add_sources(&mut record, placed, &mut annotated.known)?;
            self.add_consequences(&mut record, placed, &ids);
            annotated.records.push(record);
        }
        Ok(annotated)
    }

    fn place(&self, line: u64, record: &Record) -> Result<Placed> {
        let mismatch = |reason: String| {
            FileError::new(self.input, ErrorKind::ReferenceMismatch, reason)
                .at(format!("line {line} ({}:{})", record.contig, record.position))
                .hint("take the genome that the variants were called on")
        };
        let genome = self.effects.genome();
        let contig = genome.contigs().index_of(&record.contig);
        let contig = contig.ok_or_else(|| mismatch("the genome has no such contig".into()))?;
        let start = record.position.to_pos0();
        let end = start.saturating_add(record.reference.len() as u32);
        let interval = Interval0::new(start, end).expect("the end was made from the start");
        if !is_reference(genome, contig, interval, record.reference.as_bytes()) {
            let theirs = String::from_utf8_lossy(&genome.fetch(contig, interval)).into_owned();
            let [ours, theirs] = [record.reference.clone(), theirs].map(shortened);
            return Err(mismatch(format!("REF is {ours}, the genome has {theirs}")));
        }
        let reference = genome.fetch(contig, interval);
        let normal = |allele: &String| {
            let is_bases = AlleleKind::of(allele) == AlleleKind::Bases;
            is_bases.then(|| normalize(genome, contig, start, &reference, allele.as_bytes()))
        };
        let alleles = record.alternates.iter().map(normal).collect();
        Ok(Placed { contig, interval, alleles })
    }

    /// Adds what the sources know of the alleles; gives the `rs` numbers of each.
    fn add_sources(
        &mut self,
        record: &mut Record,
        placed: &Placed,
        known: &mut [u64],
    ) -> Result<Vec<BTreeSet<String>>> {
        let mut ids = vec![BTreeSet::new(); placed.alleles.len()];
        for ((source, reader), known) in self.sources.iter().zip(&mut self.readers).zip(known) {
            let id_field = source.field("ID");
            let mut values = vec![(String::new(), false); source.fields().len()];
            for (allele, ids) in placed.alleles.iter().zip(&mut ids) {
                let mut found = match allele {
                    Some(allele) => reader.find(placed.contig, allele)?,
                    None => None,
                };
                *known += u64::from(found.is_some());
                for (field, (value, is_known)) in values.iter_mut().enumerate() {
                    let start = value.len();
                    match found.as_mut().map(|known| known.append(field, value)).transpose()? {
                        Some(true) => {
                            *is_known = true;
                            if id_field == Some(field) {
                                ids.extend(rs_numbers(&value[start..]));
                            }
                        }
                        _ => value.push('.'),
                    }
                    value.push(',');
                }
            }
            for (field, (mut value, is_known)) in source.fields().iter().zip(values) {
                if is_known {
                    value.pop();
                    record.info.set(&field.id, value);
                } else {
                    record.info.remove(&field.id);
                }
            }
        }
        Ok(ids)
    }

    fn add_consequences(&self, record: &mut Record, placed: &Placed, ids: &[BTreeSet<String>]) {
        let written = vep_alleles(&record.reference, &record.alternates);
        let among_others = placed.alleles.iter().flatten().count() > 1;
        let mut text = String::new();
        for (index, allele) in placed.alleles.iter().enumerate() {
            // An alternate that is the reference's changes nothing.
            if allele.as_ref().is_none_or(|allele| allele.reference == allele.alternate) {
                continue;
            }
            let alternate = record.alternates[index].as_bytes();
            let reference = record.reference.as_bytes();
            let (place, alternate) =
                as_compared(placed.interval, reference, alternate, among_others);
            let change = self.effects.change(placed.contig, place, alternate);
            let genomic_name = self.effects.genomic_name(&change);
            let columns = AlleleColumns {
                allele: &written[index],
                number: index + 1,
                known: &ids[index],
                genomic_name: genomic_name.as_deref(),
            };
            for effect in self.effects.of_change(&change) {
                write_entry(&mut text, &columns, &effect, self.effects.columns());
            }
        }
        if text.is_empty() {
            record.info.remove(csq::KEY);
        } else {
            record.info.set(csq::KEY, text);
        }
    }
}

/// The reference SNP numbers (`rs…`) among identifiers.
fn rs_numbers(ids: &str) -> impl Iterator<Item = String> {
    let is_rs = |id: &&str| {
        let digits = id.strip_prefix("rs").unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    ids.split('&').filter(is_rs).map(str::to_owned)
}

/// Bases as an error message can hold them.
fn shortened(bases: String) -> String {
    match bases.get(..20) {
        Some(start) if bases.len() > 20 => format!("{start}…"),
        _ if bases.is_empty() => "nothing".into(),
        _ => bases,
    }
}
