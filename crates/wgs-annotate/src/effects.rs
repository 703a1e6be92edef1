//! What an allele does to the transcripts near it.
//!
//! Codons, proteins and HGVS names come from the `vareffect` engine; the terms of splicing, of
//! transcripts without protein and of those that decay are laid over it by VEP's definitions.

use vareffect::{ConsequenceResult, FastaReader, TranscriptStore, VarEffect, VarEffectError};
use wgs_core::{ContigIndex, ErrorKind, Interval0};
use wgs_formats::{FileError, Result, genome::Genome};

use crate::{
    Impact, Term, Transcript, flat,
    model::model,
    overlay::{self, Change},
    splice,
    store::{self, genome_path},
};

/// What an allele does to one transcript, or that none is near. Positions are 1-based; ranges are
/// first and last, equal for a single one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Place of the transcript among [`Effects::transcripts`]; `None` for an intergenic allele.
    pub transcript: Option<usize>,
    /// The terms, most severe first; never empty.
    pub terms: Vec<Term>,
    /// `5/11`, where it lies in an exon.
    pub exon: Option<String>,
    /// `4/10`, where it lies in an intron.
    pub intron: Option<String>,
    /// HGVS name on the transcript, with its accession: `ENST00000471181.6:c.5314C>T`.
    pub hgvs_transcript: Option<String>,
    /// HGVS name on the protein, with its accession where known: `ENSP00000418960.2:p.Arg1772Ter`.
    pub hgvs_protein: Option<String>,
    /// Position in the transcript.
    pub cdna: Option<(u32, u32)>,
    /// Position in the coding sequence.
    pub coding: Option<(u32, u32)>,
    /// Position in the protein.
    pub protein: Option<(u32, u32)>,
    /// `R/*`.
    pub amino_acids: Option<String>,
    /// `Cga/Tga`.
    pub codons: Option<String>,
    /// Bases to the transcript, upstream or downstream of it.
    pub distance: Option<u64>,
}

impl Effect {
    fn intergenic() -> Self {
        Self {
            transcript: None,
            terms: vec![Term::INTERGENIC],
            exon: None,
            intron: None,
            hgvs_transcript: None,
            hgvs_protein: None,
            cdna: None,
            coding: None,
            protein: None,
            amino_acids: None,
            codons: None,
            distance: None,
        }
    }

    /// The impact of the most severe term.
    pub fn impact(&self) -> Impact {
        self.terms.iter().map(|term| term.impact()).max().unwrap_or(Impact::Modifier)
    }
}

/// Finds effects of alleles. Cheap to share between threads by reference.
pub struct Effects {
    genome: Genome,
    transcripts: Vec<Transcript>,
    engine: VarEffect,
    /// Names of the contigs in the engine, in the genome's order; `None` without transcripts.
    names: Vec<Option<String>>,
}

impl Effects {
    /// Opens a store that [`store::build`] made for this genome.
    ///
    /// # Errors
    ///
    /// `ReferenceMismatch` if it was made for another genome, `InvalidInput` if it is damaged.
    pub fn open(folder: &std::path::Path, genome: &Genome) -> Result<Self> {
        let transcripts = store::read(folder, genome)?;
        let mut names = vec![None; genome.contigs().len()];
        for transcript in &transcripts {
            let name = || flat::engine_name(genome, transcript.contig);
            names[transcript.contig.0].get_or_insert_with(name);
        }
        let model = |(index, transcript): (usize, &Transcript)| {
            let name = names[transcript.contig.0].clone().unwrap_or_default();
            model(index, transcript, name)
        };
        let models = transcripts.iter().enumerate().map(model).collect();
        let path = genome_path(folder);
        let damaged = |e: VarEffectError| {
            FileError::invalid(&path, e.to_string()).hint("build the bundle's genes again")
        };
        let store = TranscriptStore::try_from_transcripts(models).map_err(damaged)?;
        let reader = FastaReader::open(&path).map_err(damaged)?;
        let engine = VarEffect::new(store, reader);
        Ok(Self { genome: genome.clone(), transcripts, engine, names })
    }

    /// The transcripts, sorted by contig, start, end and id.
    pub fn transcripts(&self) -> &[Transcript] {
        &self.transcripts
    }

    /// The genome.
    pub fn genome(&self) -> &Genome {
        &self.genome
    }

    /// The effects of an allele that replaces the bases of `place`, in the order of the transcripts;
    /// one intergenic effect if no transcript is within 5,000 bases. None if the allele is the
    /// reference's.
    ///
    /// `alternate` is made of bases. What it shares with the reference is cut off at the start, then
    /// at the end.
    ///
    /// # Errors
    ///
    /// The engine's reason, should it refuse an allele that this method passed to it.
    pub fn of(
        &self,
        contig: ContigIndex,
        place: Interval0,
        alternate: &[u8],
    ) -> Result<Vec<Effect>, EffectError> {
        let (start, reference, alternate) = self.trimmed(contig, place, alternate);
        if reference == alternate {
            return Ok(Vec::new());
        }
        let Some(name) = self.names.get(contig.0).and_then(Option::as_ref) else {
            return Ok(vec![Effect::intergenic()]);
        };
        let (pos, r, a) = self.engine_alleles(contig, start, &reference, &alternate);
        let results = self.engine.annotate(name, u64::from(pos), &r, &a);
        let results = results.map_err(|e| EffectError(e.to_string()))?;
        let parts = splice::footprints(start, &reference, &alternate);
        let change = Change { start, reference: &reference, alternate: &alternate, parts: &parts };
        let mut effects: Vec<Effect> =
            results.into_iter().map(|result| self.effect(result, &change)).collect();
        effects.sort_by_key(|effect| effect.transcript);
        Ok(effects)
    }

    /// The start, and what the reference and the allele do not share.
    fn trimmed(
        &self,
        contig: ContigIndex,
        place: Interval0,
        alternate: &[u8],
    ) -> (u32, Vec<u8>, Vec<u8>) {
        let reference = self.genome.fetch(contig, place);
        let alternate = alternate.to_ascii_uppercase();
        let shortest = reference.len().min(alternate.len());
        let left = (0..shortest).take_while(|&i| reference[i] == alternate[i]).count();
        let (reference, alternate) = (&reference[left..], &alternate[left..]);
        let pairs = reference.iter().rev().zip(alternate.iter().rev());
        let right = pairs.take_while(|(r, a)| r == a).count();
        let reference = reference[..reference.len() - right].to_vec();
        let alternate = alternate[..alternate.len() - right].to_vec();
        (place.start() + left as u32, reference, alternate)
    }

    /// The allele with a base before or after it, for an insertion or deletion.
    fn engine_alleles(
        &self,
        contig: ContigIndex,
        start: u32,
        reference: &[u8],
        alternate: &[u8],
    ) -> (u32, Vec<u8>, Vec<u8>) {
        if !reference.is_empty() && !alternate.is_empty() {
            return (start, reference.to_vec(), alternate.to_vec());
        }
        let base = |at: u32| {
            let one = Interval0::new(at, at + 1).expect("one base");
            self.genome.fetch(contig, one)
        };
        if start > 0 {
            let before = base(start - 1);
            return (start - 1, [&before, reference].concat(), [&before, alternate].concat());
        }
        let after = base(reference.len() as u32);
        (0, [reference, &after].concat(), [alternate, &after].concat())
    }

    fn effect(&self, result: ConsequenceResult, change: &Change<'_>) -> Effect {
        let index: Option<usize> = result.transcript.parse().ok();
        let Some((index, transcript)) = index.and_then(|i| Some((i, self.transcripts.get(i)?)))
        else {
            return Effect::intergenic();
        };
        let engine = result.consequences.iter().filter_map(|term| Term::parse(term.as_str()));
        let terms = match result.distance {
            Some(_) => engine.collect(),
            None => overlay::terms(&self.genome, transcript, engine.collect(), change),
        };
        let on_transcript = result.hgvs_c.as_deref().and_then(|name| name.split_once(':'));
        let range = |first: Option<u32>, last: Option<u32>| {
            let first = first.or(last)?;
            Some((first, last.unwrap_or(first)))
        };
        Effect {
            transcript: Some(index),
            terms,
            exon: result.exon,
            intron: result.intron,
            hgvs_transcript: on_transcript.map(|(_, name)| {
                format!("{}:{}", transcript.accession, overlay::inversion(name, change))
            }),
            hgvs_protein: result.hgvs_p.map(|name| match &transcript.protein {
                Some(protein) => format!("{protein}:{name}"),
                None => format!("{}:{name}", transcript.accession),
            }),
            cdna: range(result.cdna_position, result.cdna_position_end),
            coding: range(result.cds_position, result.cds_position_end),
            protein: range(result.protein_start, result.protein_end),
            amino_acids: result.amino_acids,
            codons: result.codons,
            distance: result.distance,
        }
    }
}

/// Why the engine refused an allele.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("consequence: {0}")]
pub struct EffectError(String);

impl EffectError {
    /// As the error of a file and a place in it.
    pub fn in_file(&self, path: &std::path::Path, place: String) -> FileError {
        FileError::new(path, ErrorKind::TaskFailed, self.to_string()).at(place)
    }
}

#[cfg(test)]
mod tests;
