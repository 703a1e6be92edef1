//! The lines of a GFF3 that make transcripts.

use std::{
    collections::{BTreeSet, HashMap},
    io::{BufRead, Read},
    path::Path,
};

use wgs_core::{ContigIndex, ErrorKind, Interval0};
use wgs_formats::{
    FileError, Result,
    genome::{Genome, open_maybe_gzip},
};

use super::{
    gtf,
    line::{Attributes, Line},
};
use crate::{
    Strand,
    contigs::{ContigNames, is_secondary},
};

/// Bytes of one line that are read at most: what is longer is no GFF3.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// What to do about a file of another format.
const GENE_MODELS: &str =
    "give gene models as GFF3 or GTF, as Ensembl, GENCODE or RefSeq publish them";

/// A gene, a transcript, or what else has an id and may have parts.
#[derive(Debug)]
pub(super) struct Feature {
    pub(super) line: u64,
    pub(super) kind: String,
    pub(super) place: Place,
    pub(super) parent: Option<String>,
    attributes: String,
}

impl Feature {
    pub(super) fn attributes(&self) -> Attributes<'_> {
        Attributes(&self.attributes)
    }
}

/// Where something lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) contig: ContigIndex,
    pub(super) strand: Option<Strand>,
    pub(super) interval: Interval0,
}

/// A part of a transcript.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) line: u64,
    pub(super) place: Place,
    /// Of a coding part.
    pub(super) phase: u8,
}

/// What the lines of a transcript's coding parts say about it.
#[derive(Clone, Debug, Default)]
pub(super) struct CodingNotes {
    /// The first line's attributes: the protein's names.
    pub(super) attributes: String,
    /// Some part is marked as ribosomal slippage.
    pub(super) slippage: bool,
    /// 1-based ranges that a selenocysteine is read from, as lowest base, 0-based.
    pub(super) selenocysteines: Vec<u32>,
}

/// The parts of one parent.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) exons: Vec<Part>,
    pub(super) coding: Vec<Part>,
    pub(super) notes: CodingNotes,
    /// Parts of the stop codon, where the coding parts are without it.
    stops: Vec<Part>,
}

impl Parts {
    /// Adds the stop codon to the coding parts that it follows, or as a part of its own.
    fn join_stops(&mut self) {
        for stop in std::mem::take(&mut self.stops) {
            let touches = |part: &&mut Part| {
                let (a, b) = (part.place.interval, stop.place.interval);
                part.place.contig == stop.place.contig
                    && (a.end() == b.start() || b.end() == a.start())
            };
            let Some(part) = self.coding.iter_mut().find(touches) else {
                self.coding.push(stop);
                continue;
            };
            let (a, b) = (part.place.interval, stop.place.interval);
            let (start, end) = (a.start().min(b.start()), a.end().max(b.end()));
            part.place.interval = Interval0::new(start, end).expect("both lie within");
        }
    }
}

/// All that was read.
#[derive(Debug, Default)]
pub(super) struct Features {
    pub(super) by_id: HashMap<String, Feature>,
    pub(super) parts: HashMap<String, Parts>,
    /// Parents of parts, in the order of their first part.
    pub(super) order: Vec<String>,
    /// Contigs that were left out.
    missing: BTreeSet<String>,
    pub(super) on_missing_contigs: usize,
    /// Lines that describe a feature of any kind.
    lines: u64,
}

impl Features {
    /// Whether the file describes nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.lines == 0
    }

    pub(super) fn missing_contigs(&self) -> Vec<String> {
        self.missing.iter().cloned().collect()
    }

    fn parts_of(&mut self, parent: &str) -> &mut Parts {
        if !self.parts.contains_key(parent) {
            self.order.push(parent.to_owned());
        }
        self.parts.entry(parent.to_owned()).or_default()
    }
}

pub(super) fn read(path: &Path, genome: &Genome) -> Result<Features> {
    let mut input = open_maybe_gzip(path)?;
    let names = ContigNames::new(genome.contigs());
    let features = Features::default();
    let mut reader = Reader { path, genome, names, features, number: 0, has_version: false };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        reader.number += 1;
        let read = input.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut buffer);
        if read.map_err(|e| reader.damaged(e))? == 0 {
            return reader.finish();
        }
        let line = std::str::from_utf8(&buffer).map_err(|_| reader.invalid("not UTF-8 text"))?;
        let line = line.trim_end_matches(['\n', '\r']);
        if line.starts_with("##FASTA") || line.starts_with('>') {
            if !reader.is_gff3() {
                return Err(reader.invalid("is FASTA, not GFF3").hint(GENE_MODELS));
            }
            return Ok(reader.features);
        } else if line.starts_with("##gff-version") {
            reader.has_version = true;
        } else if let Some(region) = line.strip_prefix("##sequence-region") {
            reader.sequence_region(region)?;
        } else if !line.is_empty() && !line.starts_with('#') {
            reader.features.lines += 1;
            reader.line(line)?;
        }
    }
}

struct Reader<'a> {
    path: &'a Path,
    genome: &'a Genome,
    names: ContigNames,
    features: Features,
    number: u64,
    /// Whether a line states the format's version.
    has_version: bool,
}

impl Reader<'_> {
    /// Whether anything so far says that this is GFF3: its version, or a feature.
    fn is_gff3(&self) -> bool {
        self.has_version || !self.features.is_empty()
    }

    fn finish(mut self) -> Result<Features> {
        if self.is_gff3() {
            self.features.parts.values_mut().for_each(Parts::join_stops);
            return Ok(self.features);
        }
        let reason = "is neither GFF3 nor GTF: there is neither ##gff-version nor a feature";
        Err(FileError::invalid(self.path, reason).hint(GENE_MODELS))
    }

    fn at(&self) -> String {
        format!("line {}", self.number)
    }

    fn invalid(&self, reason: impl Into<String>) -> FileError {
        FileError::invalid(self.path, reason).at(self.at())
    }

    fn mismatch(&self, reason: String) -> FileError {
        FileError::new(self.path, ErrorKind::ReferenceMismatch, reason)
            .at(self.at())
            .hint("take gene models of the genome's assembly")
    }

    fn damaged(&self, error: std::io::Error) -> FileError {
        if error.kind() == std::io::ErrorKind::UnexpectedEof {
            return FileError::truncated(self.path, "the compressed data are cut").at(self.at());
        }
        if error.raw_os_error().is_some() {
            return FileError::io(self.path, error);
        }
        self.invalid(format!("damaged: {error}"))
    }

    /// Compares a contig's declared end with the genome. The start may lie anywhere, and the end
    /// before the contig's.
    fn sequence_region(&self, text: &str) -> Result<()> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let &[name, _first, last] = fields.as_slice() else { return Ok(()) };
        let last: u32 = last.parse().map_err(|_| self.invalid("sequence-region without an end"))?;
        let contig = self.names.find(name).and_then(|index| self.genome.contigs().get(index));
        match contig {
            Some(contig) if last > contig.length => Err(self.mismatch(format!(
                "contig {name} has {last} bases, in the genome {}",
                contig.length
            ))),
            _ => Ok(()),
        }
    }

    fn line(&mut self, text: &str) -> Result<()> {
        if !gtf::is_gtf(text) {
            return self.gff3_line(text);
        }
        match gtf::as_gff3(text).map_err(|reason| self.invalid(reason))? {
            Some(line) => self.gff3_line(&line),
            None => Ok(()),
        }
    }

    fn gff3_line(&mut self, text: &str) -> Result<()> {
        let line = Line::parse(text).map_err(|reason| self.invalid(reason))?;
        let wanted = match line.kind {
            kind if is_part(kind) => true,
            kind => line.attributes.get("ID").is_some() && !is_no_parent(kind),
        };
        if !wanted {
            return Ok(());
        }
        let Some(contig) = self.names.find(&line.contig) else {
            return self.unknown_contig(&line);
        };
        let length = self.genome.contigs().get(contig).map_or(0, |c| c.length);
        if line.interval.end() > length {
            let (name, end) = (&line.contig, line.interval.last());
            return Err(self.mismatch(format!("ends at {end}, contig {name} has {length} bases")));
        }
        let place = Place { contig, strand: line.strand, interval: line.interval };
        match line.kind {
            "exon" => self.exon(&line, place),
            "CDS" => self.coding(&line, place),
            gtf::STOP => self.stop(&line, place),
            "stop_codon_redefined_as_selenocysteine" => self.selenocysteine(&line),
            _ => self.feature(&line, place),
        }
    }

    fn unknown_contig(&mut self, line: &Line<'_>) -> Result<()> {
        if !is_secondary(&line.contig) {
            return Err(self.mismatch(format!("the genome has no contig {}", line.contig)));
        }
        if !self.features.missing.contains(&*line.contig) {
            self.features.missing.insert(line.contig.clone().into_owned());
        }
        let is_transcript = line.attributes.get("Parent").is_some() && !is_part(line.kind);
        self.features.on_missing_contigs += usize::from(is_transcript);
        Ok(())
    }

    fn feature(&mut self, line: &Line<'_>, place: Place) -> Result<()> {
        let id = line.attributes.get("ID").unwrap_or_default().into_owned();
        let feature = Feature {
            line: self.number,
            kind: line.kind.to_owned(),
            place,
            parent: line.attributes.values("Parent").next().map(|p| p.into_owned()),
            attributes: line.attributes.0.to_owned(),
        };
        match self.features.by_id.insert(id.clone(), feature) {
            Some(first) => {
                Err(self.invalid(format!("ID {id} stands already in line {}", first.line)))
            }
            None => Ok(()),
        }
    }

    fn parents(&self, line: &Line<'_>) -> Result<Vec<String>> {
        let parents: Vec<String> = line.attributes.values("Parent").map(|p| p.into()).collect();
        if parents.is_empty() {
            return Err(self.invalid(format!("{} without Parent", line.kind)));
        }
        Ok(parents)
    }

    fn exon(&mut self, line: &Line<'_>, place: Place) -> Result<()> {
        let part = Part { line: self.number, place, phase: 0 };
        for parent in self.parents(line)? {
            self.features.parts_of(&parent).exons.push(part);
        }
        Ok(())
    }

    fn coding(&mut self, line: &Line<'_>, place: Place) -> Result<()> {
        let phase = line.phase.ok_or_else(|| self.invalid("CDS without a phase"))?;
        let part = Part { line: self.number, place, phase };
        let slippage = line.attributes.get("exception").is_some_and(|e| e.contains("slippage"));
        let translation = line.attributes.get("transl_except").unwrap_or_default();
        for parent in self.parents(line)? {
            let parts = self.features.parts_of(&parent);
            parts.coding.push(part);
            if parts.notes.attributes.is_empty() {
                parts.notes.attributes = line.attributes.0.to_owned();
                parts.notes.selenocysteines.extend(transl_except(&translation));
            }
            parts.notes.slippage |= slippage;
        }
        Ok(())
    }

    fn stop(&mut self, line: &Line<'_>, place: Place) -> Result<()> {
        let part = Part { line: self.number, place, phase: line.phase.unwrap_or(0) };
        for parent in self.parents(line)? {
            self.features.parts_of(&parent).stops.push(part);
        }
        Ok(())
    }

    fn selenocysteine(&mut self, line: &Line<'_>) -> Result<()> {
        for parent in self.parents(line)? {
            let notes = &mut self.features.parts_of(&parent).notes;
            notes.selenocysteines.push(line.interval.start());
        }
        Ok(())
    }
}

/// Whether a feature is a part of a transcript.
fn is_part(kind: &str) -> bool {
    matches!(kind, "exon" | "CDS" | gtf::STOP | "stop_codon_redefined_as_selenocysteine")
}

/// The lowest bases of selenocysteines in `(pos:complement(11..13),aa:Sec)`, one or more.
fn transl_except(text: &str) -> Vec<u32> {
    let codons = text.split("(pos:").filter(|codon| codon.contains("aa:Sec"));
    let lowest = codons.filter_map(|codon| {
        let numbers = codon.split(|c: char| !c.is_ascii_digit());
        numbers.filter_map(|n| n.parse::<u32>().ok()).filter(|&n| n > 0).min()
    });
    lowest.filter_map(|first| wgs_core::Pos1::new(first).ok()).map(|p| p.to_pos0()).collect()
}

/// Features with ids that no exon or coding part hangs on; some have the same id on many lines.
fn is_no_parent(kind: &str) -> bool {
    let kinds = [
        "region",
        "chromosome",
        "supercontig",
        "scaffold",
        "contig",
        "biological_region",
        "five_prime_UTR",
        "three_prime_UTR",
        "start_codon",
        "stop_codon",
        "intron",
        "match",
        "cDNA_match",
        "sequence_feature",
    ];
    kinds.contains(&kind) || kind.ends_with("_match")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selenocysteines_of_refseq() {
        let text = "(pos:complement(101..103),aa:Sec),(pos:7..9,aa:Sec),(pos:1..3,aa:Met)";
        assert_eq!(transl_except(text), [100, 6]);
        assert!(transl_except("(pos:0..2,aa:Other)").is_empty());
    }
}
