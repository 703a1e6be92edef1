//! Annotation of records, one thread's share.

use std::{collections::BTreeMap, path::Path};

use wgs_core::{ContigIndex, ErrorKind, Interval0};
use wgs_formats::{
    FileError, Result,
    variant::{Allele, AlleleKind, Chunk, Line, csq::escape, normalize_into},
};

use crate::{
    Effects, Source, SourceReader,
    contigs::ContigNames,
    csq::{AlleleColumns, write_entry, written_alleles},
    form::as_compared,
    found::{Found, Keys, Sink},
    haplotype,
    reference::fits_bases,
};

/// What a sink made of a chunk, with what was found there.
pub(crate) struct Annotated<T> {
    pub(crate) output: T,
    pub(crate) records: u64,
    pub(crate) alleles: u64,
    pub(crate) other_alleles: u64,
    /// Alleles that each source knows.
    pub(crate) known: Vec<u64>,
}

/// A record's place in the genome.
struct Placed {
    contig: ContigIndex,
    interval: Interval0,
    /// The genome's bases there.
    reference: Vec<u8>,
    /// One for each alternate allele; those behind are of other records.
    alleles: Vec<PlacedAllele>,
    count: usize,
}

/// An alternate allele.
#[derive(Default)]
struct PlacedAllele {
    is_bases: bool,
    /// Normalised; of no meaning for one that is not bases.
    allele: Allele,
    /// Its `rs` numbers in the sources, ascending as texts, joined by `&`.
    ids: String,
}

impl Placed {
    /// Nowhere, with nothing.
    fn empty() -> Self {
        let interval = Interval0::new(0, 0).expect("0 is not after 0");
        Self {
            contig: ContigIndex(0),
            interval,
            reference: Vec::new(),
            alleles: Vec::new(),
            count: 0,
        }
    }

    fn alleles(&self) -> &[PlacedAllele] {
        &self.alleles[..self.count]
    }

    fn of_bases(&self) -> usize {
        self.alleles().iter().filter(|allele| allele.is_bases).count()
    }
}

pub(crate) struct RecordAnnotator<'a> {
    effects: &'a Effects,
    sources: &'a [Source],
    readers: Vec<SourceReader>,
    keys: &'a Keys,
    input: &'a Path,
    /// Names of the records' samples.
    samples: &'a [String],
    /// The contig of the record before.
    contig: Option<(String, ContigIndex)>,
    placed: Placed,
    /// Values of a source's fields, one for each alternate allele, and whether any is known.
    values: Vec<(String, bool)>,
    found: Found,
}

impl<'a> RecordAnnotator<'a> {
    pub(crate) fn new(
        effects: &'a Effects,
        sources: &'a [Source],
        keys: &'a Keys,
        input: &'a Path,
        samples: &'a [String],
    ) -> Self {
        Self {
            effects,
            sources,
            readers: sources.iter().map(Source::reader).collect(),
            keys,
            input,
            samples,
            contig: None,
            placed: Placed::empty(),
            values: Vec::new(),
            found: Found::default(),
        }
    }

    /// Annotates the records of a chunk in order.
    pub(crate) fn annotate<S: Sink>(
        &mut self,
        chunk: &Chunk,
        sink: &mut S,
    ) -> Result<Annotated<S::Output>> {
        let (mut records, mut alleles, mut other_alleles) = (0, 0, 0);
        let mut known = vec![0; self.sources.len()];
        let lines: Vec<Result<Line<'_>>> = chunk.lines().collect();
        let together = match self.samples {
            [] => BTreeMap::new(),
            samples => haplotype::values(self.effects, lines.iter().flatten(), samples),
        };
        for line in lines {
            let line = line?;
            self.place(&line)?;
            self.found.clear();
            self.add_sources(&mut known)?;
            self.add_consequences(&line);
            if let Some(value) = together.get(&line.number) {
                let key = self.csq_key() + 1;
                self.found.add(self.keys, key, |text| text.push_str(value));
            }
            records += 1;
            let bases = self.placed.of_bases();
            alleles += bases as u64;
            other_alleles += (self.placed.count - bases) as u64;
            sink.take(self.keys, &line, &self.found);
        }
        Ok(Annotated { output: sink.end(), records, alleles, other_alleles, known })
    }

    /// The key of `CSQ`, which stands behind those of the sources, and before that of haplotypes.
    fn csq_key(&self) -> usize {
        self.sources.iter().map(|source| source.fields().len()).sum()
    }

    fn contig(&mut self, name: &str) -> Option<ContigIndex> {
        if let Some((_, index)) = self.contig.as_ref().filter(|(last, _)| last == name) {
            return Some(*index);
        }
        let index = self.effects.genome().contigs().index_of(name)?;
        self.contig = Some((name.to_owned(), index));
        Some(index)
    }

    fn place(&mut self, line: &Line<'_>) -> Result<()> {
        let input = self.input;
        let mismatch = |reason: String| {
            FileError::new(input, ErrorKind::ReferenceMismatch, reason)
                .at(format!("line {} ({}:{})", line.number, line.contig, line.position))
                .hint("take the genome that the variants were called on")
        };
        let contig = self.contig(line.contig);
        let contig = contig.ok_or_else(|| {
            let error = mismatch("the genome has no such contig".into());
            let contigs = self.effects.genome().contigs();
            let same = ContigNames::new(contigs).find(line.contig);
            match same.and_then(|same| contigs.get(same)) {
                Some(same) => error.hint(format!(
                    "the genome has {} for it: rename the contigs of the VCF, with bcftools annotate \
                     --rename-chrs",
                    same.name
                )),
                None => error,
            }
        })?;
        let start = line.position.to_pos0();
        let end = start.saturating_add(line.reference.len() as u32);
        let interval = Interval0::new(start, end).expect("the end was made from the start");
        let (genome, placed) = (self.effects.genome(), &mut self.placed);
        genome.fetch_into(contig, interval, &mut placed.reference);
        if !fits_bases(&placed.reference, line.reference.as_bytes()) {
            let theirs = String::from_utf8_lossy(&placed.reference).into_owned();
            let [ours, theirs] = [line.reference.to_owned(), theirs].map(shortened);
            return Err(mismatch(format!("REF is {ours}, the genome has {theirs}")));
        }
        (placed.contig, placed.interval, placed.count) = (contig, interval, 0);
        for alternate in line.alternates() {
            if placed.alleles.len() == placed.count {
                placed.alleles.push(PlacedAllele::default());
            }
            let PlacedAllele { is_bases, allele, ids } = &mut placed.alleles[placed.count];
            placed.count += 1;
            ids.clear();
            *is_bases = AlleleKind::of(alternate) == AlleleKind::Bases;
            if *is_bases {
                let (reference, alternate) = (&placed.reference, alternate.as_bytes());
                normalize_into(genome, contig, start, reference, alternate, allele);
            }
        }
        Ok(())
    }

    /// Adds what the sources know of the alleles.
    fn add_sources(&mut self, known: &mut [u64]) -> Result<()> {
        let contig = self.placed.contig;
        let mut key = 0;
        for ((source, reader), known) in self.sources.iter().zip(&mut self.readers).zip(known) {
            let fields = source.fields().len();
            if self.values.len() < fields {
                self.values.resize(fields, <(String, bool)>::default());
            }
            let values = &mut self.values[..fields];
            for (value, is_known) in values.iter_mut() {
                value.clear();
                *is_known = false;
            }
            for placed in &mut self.placed.alleles[..self.placed.count] {
                let mut found = match placed.is_bases {
                    true => reader.find(contig, &placed.allele)?,
                    false => None,
                };
                *known += u64::from(found.is_some());
                for (field, (value, is_known)) in values.iter_mut().enumerate() {
                    let start = value.len();
                    match found.as_mut().map(|known| known.append(field, value)).transpose()? {
                        Some(true) => {
                            *is_known = true;
                            if source.ids() == Some(field) {
                                add_ids(&mut placed.ids, &value[start..]);
                            }
                        }
                        _ => value.push('.'),
                    }
                    value.push(',');
                }
            }
            for (field, (value, is_known)) in values.iter().enumerate() {
                if *is_known {
                    let value = value.strip_suffix(',').unwrap_or(value);
                    self.found.add(self.keys, key + field, |text| text.push_str(value));
                }
            }
            key += fields;
        }
        Ok(())
    }

    fn add_consequences(&mut self, line: &Line<'_>) {
        let csq = self.csq_key();
        let Self { effects, placed, found, keys, .. } = self;
        let alternates: Vec<&str> = line.alternates().collect();
        let is_change = |placed: &&PlacedAllele| {
            // An alternate that is the reference's changes nothing.
            placed.is_bases && placed.allele.reference != placed.allele.alternate
        };
        if !placed.alleles().iter().any(|allele| is_change(&allele)) {
            return;
        }
        let written = written_alleles(line.reference, &alternates);
        let among_others = placed.of_bases() > 1;
        found.add(keys, csq, |text| {
            let start = text.len();
            for (index, allele) in placed.alleles().iter().enumerate() {
                if !is_change(&allele) {
                    continue;
                }
                let (whole, bases) = (placed.interval, alternates[index].as_bytes());
                let (place, alternate) =
                    as_compared(whole, line.reference.as_bytes(), bases, among_others);
                let from = (place.start() - whole.start()) as usize;
                let reference = &placed.reference[from..from + place.len() as usize];
                let change = effects.change_of(placed.contig, place, reference, alternate);
                let genomic_name = effects.genomic_name(&change).unwrap_or_default();
                let columns = AlleleColumns {
                    allele: written[index],
                    number: index + 1,
                    known: &allele.ids,
                    genomic_name: &escape(&genomic_name),
                };
                for effect in effects.of_change(&change) {
                    if text.len() > start {
                        text.push(',');
                    }
                    write_entry(text, &columns, &effect, effects.columns());
                }
            }
        });
    }
}

/// Adds the reference SNP numbers (`rs…`) among identifiers to others.
fn add_ids(ids: &mut String, others: &str) {
    let is_rs = |id: &&str| {
        let digits = id.strip_prefix("rs").unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    for id in others.split('&').filter(is_rs) {
        if ids.is_empty() {
            ids.push_str(id);
            continue;
        }
        let mut all: Vec<&str> = ids.split('&').chain([id]).collect();
        all.sort_unstable();
        all.dedup();
        *ids = all.join("&");
    }
}

/// Bases as an error message can hold them.
fn shortened(bases: String) -> String {
    match bases.get(..20) {
        Some(start) if bases.len() > 20 => format!("{start}…"),
        _ if bases.is_empty() => "nothing".into(),
        _ => bases,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_rs_numbers_each_once_and_in_order() {
        let mut ids = String::new();
        for others in ["x&rs7", "rs", "rs10&rs7", "rsx1&COSV5", "rs9"] {
            add_ids(&mut ids, others);
        }
        assert_eq!(ids, "rs10&rs7&rs9");
    }
}
