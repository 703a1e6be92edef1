//! Names on contigs: `chr17:g.43057078G>A`.

use wgs_formats::genome::Genome;

use super::{
    super::change::Change,
    Event,
    clip::{Clipped, clip},
};
use crate::Strand;

/// The name of a change on its contig; `None` where alleles hold letters other than bases.
pub(crate) fn name(genome: &Genome, change: &Change) -> Option<String> {
    if !change.is_named() {
        return None;
    }
    let Clipped { first, last, event } = clipped(genome, change);
    let contig = genome.contigs().get(change.contig)?.name.as_str();
    let kind = if crate::contigs::is_mitochondrion(contig) { 'm' } else { 'g' };
    let (first, last) = (first.min(last), first.max(last));
    Some(match first == last {
        true => format!("{contig}:{kind}.{first}{event}"),
        false => format!("{contig}:{kind}.{first}_{last}{event}"),
    })
}

/// The event, in 1-based positions.
fn clipped(genome: &Genome, change: &Change) -> Clipped {
    let alleles = &change.forward;
    if !change.is_insertion() && !change.is_deletion() {
        return clip(&alleles.reference, &alleles.alternate, change.start + 1);
    }
    let moved = change.moved(genome, Strand::Forward);
    let first = change.start + moved.by + 1;
    if change.is_deletion() {
        let last = first + alleles.reference.len() as i64 - 1;
        return Clipped { first, last, event: Event::Deletion };
    }
    let inserted = moved.inserted.len() as i64;
    match moved.copies {
        true => Clipped { first: first - inserted, last: first - 1, event: Event::Duplication },
        false => {
            let event = Event::Insertion(moved.inserted.clone());
            Clipped { first: first - 1, last: first, event }
        }
    }
}
