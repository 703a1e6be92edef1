//! Annotation of records, one thread's share.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

use wgs_core::{ContigIndex, ErrorKind, Interval0};
use wgs_formats::{
    FileError, Result,
    variant::{Allele, AlleleKind, Info, Record, csq, normalize},
};

use crate::{
    Effects, Source, SourceReader,
    csq::{AlleleColumns, vep_alleles, write_entry},
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
    place: String,
    contig: ContigIndex,
    interval: Interval0,
    /// Each alternate allele, normalised; `None` for one that is not bases.
    alleles: Vec<Option<Allele>>,
}

/// What each source says, by contig and allele.
type Found = Vec<HashMap<(ContigIndex, Allele), Info>>;

pub(crate) struct RecordAnnotator<'a> {
    effects: &'a Effects,
    sources: &'a [Source],
    readers: Vec<SourceReader>,
    input: &'a Path,
}

impl<'a> RecordAnnotator<'a> {
    pub(crate) fn new(
        effects: &'a Effects,
        sources: &'a [Source],
        input: &'a Path,
    ) -> Result<Self> {
        let readers = sources.iter().map(Source::reader).collect::<Result<_>>()?;
        Ok(Self { effects, sources, readers, input })
    }

    pub(crate) fn annotate(&mut self, chunk: Vec<(u64, Record)>) -> Result<Annotated> {
        let placed = chunk.iter().map(|(line, record)| self.place(*line, record));
        let placed = placed.collect::<Result<Vec<Placed>>>()?;
        let found = self.find(&placed)?;
        let mut annotated = Annotated {
            records: Vec::with_capacity(chunk.len()),
            alleles: 0,
            other_alleles: 0,
            known: vec![0; self.sources.len()],
        };
        for ((_, mut record), placed) in chunk.into_iter().zip(&placed) {
            let bases = placed.alleles.iter().flatten().count();
            annotated.alleles += bases as u64;
            annotated.other_alleles += (placed.alleles.len() - bases) as u64;
            self.add_sources(&mut record, placed, &found, &mut annotated.known);
            self.add_consequences(&mut record, placed, &found)?;
            annotated.records.push(record);
        }
        Ok(annotated)
    }

    fn place(&self, line: u64, record: &Record) -> Result<Placed> {
        let place = format!("line {line} ({}:{})", record.contig, record.position);
        let mismatch = |reason: String| {
            FileError::new(self.input, ErrorKind::ReferenceMismatch, reason)
                .at(&place)
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
        Ok(Placed { place, contig, interval, alleles })
    }

    fn find(&mut self, placed: &[Placed]) -> Result<Found> {
        let mut by_contig: HashMap<ContigIndex, Vec<&Allele>> = HashMap::new();
        for placed in placed {
            by_contig.entry(placed.contig).or_default().extend(placed.alleles.iter().flatten());
        }
        let mut found: Found = vec![HashMap::new(); self.sources.len()];
        for (&contig, alleles) in &by_contig {
            let name = self.effects.genome().contigs().get(contig).map_or("", |c| &c.name);
            for (reader, found) in self.readers.iter_mut().zip(&mut found) {
                let known = reader.find(name, alleles)?;
                found.extend(known.into_iter().map(|(allele, info)| ((contig, allele), info)));
            }
        }
        Ok(found)
    }

    fn add_sources(&self, record: &mut Record, placed: &Placed, found: &Found, known: &mut [u64]) {
        for ((source, found), known) in self.sources.iter().zip(found).zip(known) {
            let infos: Vec<Option<&Info>> = placed
                .alleles
                .iter()
                .map(|allele| found.get(&(placed.contig, allele.clone()?)))
                .collect();
            *known += infos.iter().flatten().count() as u64;
            for field in source.fields() {
                let key = source.key(field);
                let values: Vec<Option<&str>> =
                    infos.iter().map(|info| info.and_then(|info| info.get(key))).collect();
                if values.iter().all(Option::is_none) {
                    record.info.remove(&field.id);
                    continue;
                }
                let values: Vec<&str> = values.into_iter().map(|v| v.unwrap_or(".")).collect();
                record.info.set(&field.id, values.join(","));
            }
        }
    }

    fn add_consequences(&self, record: &mut Record, placed: &Placed, found: &Found) -> Result<()> {
        let written = vep_alleles(&record.reference, &record.alternates);
        let mut text = String::new();
        for (index, allele) in placed.alleles.iter().enumerate() {
            let Some(normal) = allele else { continue };
            let known = identifiers(found, placed.contig, normal);
            let columns =
                AlleleColumns { allele: &written[index], number: index + 1, known: &known };
            let alternate = record.alternates[index].as_bytes();
            let effects = self.effects.of(placed.contig, placed.interval, alternate);
            let effects = effects.map_err(|e| e.in_file(self.input, placed.place.clone()))?;
            for effect in effects {
                write_entry(&mut text, &columns, &effect, self.effects.transcripts());
            }
        }
        if text.is_empty() {
            record.info.remove(csq::KEY);
        } else {
            record.info.set(csq::KEY, text);
        }
        Ok(())
    }
}

/// Reference SNP numbers (`rs…`) that any source gives an allele.
fn identifiers(found: &Found, contig: ContigIndex, allele: &Allele) -> BTreeSet<String> {
    let key = (contig, allele.clone());
    let ids = found.iter().filter_map(|found| found.get(&key)?.get("ID"));
    let is_rs = |id: &&str| {
        let digits = id.strip_prefix("rs").unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    ids.flat_map(|ids| ids.split('&')).filter(is_rs).map(str::to_owned).collect()
}

/// Bases as an error message can hold them.
fn shortened(bases: String) -> String {
    match bases.get(..20) {
        Some(start) if bases.len() > 20 => format!("{start}…"),
        _ if bases.is_empty() => "nothing".into(),
        _ => bases,
    }
}
