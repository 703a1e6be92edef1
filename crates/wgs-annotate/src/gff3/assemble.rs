//! Transcripts from features and their parts.

use std::path::Path;

use wgs_core::Interval0;
use wgs_formats::{FileError, Result};

use super::{
    GeneSummary,
    features::{Feature, Features, Part, Parts},
    line::Attributes,
    names::{self, GeneNames, Tags},
};
use crate::{Difference, Strand, Transcript};

/// Ancestors that are followed from a transcript to its gene.
const MAX_ANCESTORS: usize = 8;

pub(super) fn transcripts(
    path: &Path,
    features: &Features,
    summary: &mut GeneSummary,
) -> Result<Vec<Transcript>> {
    let assembler = Assembler { path, features };
    assembler.check_parents()?;
    let mut transcripts = Vec::with_capacity(features.order.len());
    for id in &features.order {
        let parts = &features.parts[id];
        if let Some(transcript) = assembler.transcript(id, parts)? {
            transcripts.push(transcript);
        } else {
            summary.not_readable += 1;
        }
    }
    Ok(transcripts)
}

struct Assembler<'a> {
    path: &'a Path,
    features: &'a Features,
}

impl<'a> Assembler<'a> {
    fn invalid(&self, line: u64, reason: String) -> FileError {
        FileError::invalid(self.path, reason).at(format!("line {line}"))
    }

    /// Every part's parent must be there.
    fn check_parents(&self) -> Result<()> {
        for id in &self.features.order {
            let parts = &self.features.parts[id];
            let first = parts.exons.first().or(parts.coding.first());
            let line = first.map_or(0, |part| part.line);
            if line > 0 && !self.features.by_id.contains_key(id) {
                return Err(self.invalid(line, format!("no feature has the ID {id}")));
            }
        }
        Ok(())
    }

    /// The transcript of an id; `None` where it is one that is not to be read.
    fn transcript(&self, id: &str, parts: &Parts) -> Result<Option<Transcript>> {
        let first = parts.exons.first().or(parts.coding.first());
        let Some(first) = first else { return Ok(None) };
        let feature = self.features.by_id.get(id);
        let feature = feature
            .ok_or_else(|| self.invalid(first.line, format!("no feature has the ID {id}")))?;
        if self.is_within_transcript(feature) {
            return Ok(None);
        }
        let strand = self.strand(feature, first)?;
        self.check_places(id, feature, parts, strand)?;
        let difference = difference(feature, parts);
        let exons = self.exons(parts, strand)?;
        let coding = match self.coding(parts, &exons, strand) {
            Err(_) if parts.notes.slippage || difference == Difference::WithinCoding => {
                return Ok(None);
            }
            other => other?,
        };
        if difference != Difference::WithinCoding && !parts.notes.slippage {
            self.check_phases(&coding)?;
        }
        let shape = Shape { strand, exons, coding, difference };
        Ok(Some(named(feature, self.gene(feature)?, parts, shape)))
    }

    /// Whether the parent has exons too: a mature microRNA in its primary transcript.
    fn is_within_transcript(&self, feature: &Feature) -> bool {
        let parent = feature.parent.as_ref().and_then(|id| self.features.parts.get(id));
        parent.is_some_and(|parts| !parts.exons.is_empty())
    }

    fn gene(&self, transcript: &'a Feature) -> Result<&'a Feature> {
        let mut feature = transcript;
        for _ in 0..MAX_ANCESTORS {
            let Some(parent) = &feature.parent else { return Ok(feature) };
            let parent = self.features.by_id.get(parent).ok_or_else(|| {
                self.invalid(feature.line, format!("no feature has the ID {parent}"))
            })?;
            feature = parent;
        }
        Err(self.invalid(transcript.line, "its parents form a circle".into()))
    }

    fn strand(&self, feature: &Feature, first: &Part) -> Result<Strand> {
        feature
            .place
            .strand
            .or(first.place.strand)
            .ok_or_else(|| self.invalid(feature.line, "a transcript without a strand".into()))
    }

    fn check_places(
        &self,
        id: &str,
        feature: &Feature,
        parts: &Parts,
        strand: Strand,
    ) -> Result<()> {
        let whole = feature.place.interval;
        for (kind, part) in parts
            .exons
            .iter()
            .map(|part| ("exon", part))
            .chain(parts.coding.iter().map(|part| ("CDS", part)))
        {
            let place = part.place;
            let reason = if place.contig != feature.place.contig {
                "on another contig than"
            } else if place.strand.is_some_and(|s| s != strand) {
                "on another strand than"
            } else if whole.intersection(place.interval) != Some(place.interval) {
                "outside of"
            } else {
                continue;
            };
            let (line, of) = (part.line, feature.line);
            return Err(self.invalid(line, format!("{kind} {reason} its parent {id} (line {of})")));
        }
        Ok(())
    }

    /// The exons in the transcript's direction; those of the coding parts where there is none
    /// (mitochondrial genes of RefSeq).
    fn exons(&self, parts: &Parts, strand: Strand) -> Result<Vec<Interval0>> {
        let source = if parts.exons.is_empty() { &parts.coding } else { &parts.exons };
        let exons = in_direction(source, strand);
        let apart = |pair: &[Part]| !pair[0].place.interval.overlaps(pair[1].place.interval);
        match exons.windows(2).find(|pair| !apart(pair)) {
            Some(pair) => {
                let (a, b) = (pair[0].line.min(pair[1].line), pair[0].line.max(pair[1].line));
                Err(self.invalid(b, format!("exon overlaps another of its transcript (line {a})")))
            }
            None => Ok(exons.iter().map(|part| part.place.interval).collect()),
        }
    }

    /// The coding parts in the transcript's direction: one in each exon from the first to the last
    /// coding one, without gaps.
    fn coding(&self, parts: &Parts, exons: &[Interval0], strand: Strand) -> Result<Vec<Part>> {
        let coding = in_direction(&parts.coding, strand);
        let mut last_exon = None;
        for (index, part) in coding.iter().enumerate() {
            let inside = |exon: &Interval0| {
                exon.intersection(part.place.interval) == Some(part.place.interval)
            };
            let exon = exons.iter().position(inside).ok_or_else(|| {
                let interval = part.place.interval;
                let (first, last) = (interval.first(), interval.last());
                self.invalid(part.line, format!("CDS {first}-{last} lies outside the exons"))
            })?;
            let follows = last_exon.is_none_or(|last| exon == last + 1);
            let begins = index == 0 || touches(part.place.interval, exons[exon], strand, true);
            let ends = index + 1 == coding.len()
                || touches(part.place.interval, exons[exon], strand, false);
            if !(follows && begins && ends) {
                return Err(self.invalid(part.line, "CDS leaves out bases of an exon".into()));
            }
            last_exon = Some(exon);
        }
        Ok(coding)
    }

    /// Each part's phase must follow from the first and the lengths between.
    fn check_phases(&self, coding: &[Part]) -> Result<()> {
        let Some(first) = coding.first() else { return Ok(()) };
        let mut expected = u32::from(first.phase);
        for part in coding {
            let length = part.place.interval.len();
            if u32::from(part.phase) != expected {
                let found = part.phase;
                let reason = format!("CDS has phase {found}, {expected} follows from those before");
                return Err(self.invalid(part.line, reason));
            }
            // `expected` bases complete the codon before; what is left over after whole codons
            // needs the rest of its codon from the next part.
            let over = (length + 3 - expected) % 3;
            expected = (3 - over) % 3;
        }
        Ok(())
    }
}

/// What a transcript is, apart from its names.
struct Shape {
    strand: Strand,
    exons: Vec<Interval0>,
    coding: Vec<Part>,
    difference: Difference,
}

fn named(feature: &Feature, gene: &Feature, parts: &Parts, shape: Shape) -> Transcript {
    let Shape { strand, exons, coding, difference } = shape;
    let GeneNames { id, symbol, hgnc } = GeneNames::of(gene, feature);
    let (accession, name) = names::transcript_names(feature.attributes());
    let tags = Tags::of(feature.attributes());
    let protein = (!coding.is_empty()).then(|| Attributes(&parts.notes.attributes));
    Transcript {
        accession,
        feature: name,
        gene: id,
        symbol,
        hgnc,
        biotype: names::biotype(gene, feature),
        contig: feature.place.contig,
        strand,
        exons,
        coding: coding.iter().map(|part| part.place.interval).collect(),
        phase: coding.first().map_or(0, |part| part.phase),
        protein: protein.and_then(names::protein_name),
        canonical: tags.canonical,
        mane: tags.mane,
        counterpart: names::counterpart(feature.attributes()),
        coding_start_missing: tags.start_missing,
        coding_end_missing: tags.end_missing,
        selenocysteines: parts.notes.selenocysteines.clone(),
        difference,
    }
}

fn in_direction(parts: &[Part], strand: Strand) -> Vec<Part> {
    let mut parts = parts.to_vec();
    parts.sort_by_key(|part| part.place.interval);
    if strand == Strand::Reverse {
        parts.reverse();
    }
    parts
}

/// Whether a part reaches the exon's first (in the transcript's direction) or last base.
fn touches(part: Interval0, exon: Interval0, strand: Strand, first: bool) -> bool {
    if first == (strand == Strand::Forward) {
        part.start() == exon.start()
    } else {
        part.end() == exon.end()
    }
}

/// What RefSeq's notes say about transcript and genome.
fn difference(feature: &Feature, parts: &Parts) -> Difference {
    let note = |attributes: Attributes<'_>| {
        let note = attributes.get("Note").unwrap_or_default();
        let compared = note.contains("compared to this genomic sequence");
        let moves = ["indel", "frameshift", "% coverage", "insert", "delet"];
        (compared, compared && moves.iter().any(|word| note.contains(word)))
    };
    let (coding_differs, coding_moves) = note(Attributes(&parts.notes.attributes));
    let (differs, moves) = note(feature.attributes());
    match (coding_moves, moves, coding_differs || differs) {
        (true, _, _) => Difference::WithinCoding,
        (_, true, _) if parts.coding.is_empty() => Difference::WithinCoding,
        (_, true, _) => Difference::OutsideCoding,
        (_, _, true) => Difference::Bases,
        _ => Difference::None,
    }
}
