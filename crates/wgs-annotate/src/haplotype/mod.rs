//! Variants that change a protein together since they lie on one haplotype: two in a codon, or a
//! shift of the reading frame with the one that restores it.
//!
//! An allele is on a haplotype for certain where the sample has no other there (homozygous or
//! haploid), where its genotype is phased, within its phase set (`PS`), and on its own where it is
//! not: an unphased heterozygous allele still shares its haplotype with every homozygous one.

mod carried;
mod entry;

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use wgs_core::Interval0;
use wgs_formats::variant::{AlleleKind, Definition, Line, Number, Record, ValueType};

use self::carried::{Haplotype, Place, haplotypes};
pub(crate) use self::entry::FIELDS;
use crate::{
    Effect, Effects,
    engine::{change::Change, combined::Edit},
    reference::is_reference,
};

/// Key of the INFO field.
pub(crate) const KEY: &str = "HAPLOTYPE_CSQ";

/// The INFO field's definition.
pub(crate) fn definition() -> Definition {
    let description = format!(
        "Consequences of alleles that act together on one haplotype, at each of their records. \
         Format: {}",
        FIELDS.join("|")
    );
    Definition::new(KEY, Number::Unknown, ValueType::String, description)
}

/// An alternate allele within the coding sequence of a transcript.
struct Candidate {
    /// Place among the records.
    record: usize,
    /// Number of the alternate allele, from 1.
    allele: u32,
    transcript: usize,
    change: Rc<Change>,
}

/// Alleles that act together on a transcript.
struct Together {
    /// The candidates, in the direction of the contig.
    members: Vec<usize>,
    effect: Effect,
    /// Samples that have all of them on one haplotype.
    samples: BTreeSet<usize>,
}

/// The values of [`KEY`] for those of the lines whose alleles act together, by their numbers.
/// `samples` are the names of the lines' columns.
pub(crate) fn values<'a>(
    effects: &Effects,
    lines: impl Iterator<Item = &'a Line<'a>>,
    samples: &[String],
) -> BTreeMap<u64, String> {
    let coding = lines.filter(|line| effects.touches_coding(line));
    let (numbers, records): (Vec<u64>, Vec<Record>) =
        coding.map(|line| (line.number, line.record())).unzip();
    let values = of_records(effects, &records, samples);
    values.into_iter().map(|(record, value)| (numbers[record], value)).collect()
}

/// The values for records, by their places.
fn of_records(
    effects: &Effects,
    records: &[Record],
    samples: &[String],
) -> BTreeMap<usize, String> {
    let candidates = candidates(effects, records);
    let mut by_transcript: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        by_transcript.entry(candidate.transcript).or_default().push(index);
    }
    let mut values: BTreeMap<usize, String> = BTreeMap::new();
    for (transcript, members) in by_transcript.into_iter().filter(|(_, members)| members.len() > 1)
    {
        for together in find(effects, transcript, records, &candidates, &members) {
            let text = entry::text(effects, &together, records, &candidates, samples);
            let of_records: BTreeSet<usize> =
                together.members.iter().map(|&member| candidates[member].record).collect();
            for record in of_records {
                let value = values.entry(record).or_default();
                value.push_str(if value.is_empty() { "" } else { "," });
                value.push_str(&text);
            }
        }
    }
    values
}

/// The alleles within coding sequences. Records that the genome does not fit have none.
fn candidates(effects: &Effects, records: &[Record]) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    let genome = effects.genome();
    for (index, record) in records.iter().enumerate() {
        let Some(contig) = genome.contigs().index_of(&record.contig) else { continue };
        let start = record.position.to_pos0();
        let end = start.saturating_add(record.reference.len() as u32);
        let place = Interval0::new(start, end).expect("the end was made from the start");
        if !is_reference(genome, contig, place, record.reference.as_bytes()) {
            continue;
        }
        for (number, alternate) in (1..).zip(&record.alternates) {
            if AlleleKind::of(alternate) != AlleleKind::Bases {
                continue;
            }
            let change = Rc::new(effects.change(contig, place, alternate.as_bytes()));
            for transcript in effects.coding_near(&change) {
                let change = change.clone();
                candidates.push(Candidate { record: index, allele: number, transcript, change });
            }
        }
    }
    candidates
}

/// Which of the candidates of a transcript act together, and in whom.
fn find(
    effects: &Effects,
    transcript: usize,
    records: &[Record],
    candidates: &[Candidate],
    members: &[usize],
) -> Vec<Together> {
    let samples =
        members.first().map_or(0, |&first| records[candidates[first].record].samples.len());
    let mut found: BTreeMap<Vec<usize>, BTreeSet<usize>> = BTreeMap::new();
    for sample in 0..samples {
        let carried = members.iter().filter_map(|&member| {
            let candidate = &candidates[member];
            let record = &records[candidate.record];
            Some((member, Place::of(record, candidate, sample)?))
        });
        for Haplotype(on_it) in haplotypes(carried) {
            for group in groups(effects, transcript, candidates, &on_it) {
                found.entry(group).or_default().insert(sample);
            }
        }
    }
    let together = |(members, samples): (Vec<usize>, BTreeSet<usize>)| {
        let changes: Vec<&Change> = members.iter().map(|&m| &*candidates[m].change).collect();
        let effect = effects.of_together(transcript, &changes)?;
        Some(Together { members, effect, samples })
    };
    found.into_iter().filter_map(together).collect()
}

/// The groups that act together among candidates of one haplotype, each in ascending order.
fn groups(
    effects: &Effects,
    transcript: usize,
    candidates: &[Candidate],
    on_it: &[usize],
) -> Vec<Vec<usize>> {
    let edit =
        |&member: &usize| Some((effects.edit(transcript, &candidates[member].change)?, member));
    let mut edits: Vec<(Edit<'_>, usize)> = on_it.iter().filter_map(edit).collect();
    edits.sort_by_key(|(edit, member)| (edit.key(), *member));
    let (edits, members): (Vec<Edit<'_>>, Vec<usize>) = edits.into_iter().unzip();
    let of_group = |group: std::ops::Range<usize>| {
        let mut group = members[group].to_vec();
        group.sort_unstable();
        group
    };
    crate::engine::combined::groups(&edits).into_iter().map(of_group).collect()
}

#[cfg(test)]
mod tests;
