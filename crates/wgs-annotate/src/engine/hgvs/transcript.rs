//! Names on transcripts: `c.76_77insT`, `n.142+363G>A`.

use std::fmt;

use wgs_formats::genome::Genome;

use super::{
    super::{change::Change, locus::Locus, place::Place, span::Spans},
    Event,
    clip::{Clipped, clip},
};

/// A name without the transcript's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    coding: bool,
    first: Position,
    last: Position,
    event: Event,
}

/// A position on a transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Position {
    /// Behind the coding sequence.
    is_after: bool,
    /// The base of an exon, or the one that is nearest; `None` for the coding sequence's last.
    number: Option<i64>,
    /// Bases from there into the intron, negative before it.
    intron: Option<i64>,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_after {
            f.write_str("*")?;
        }
        match (self.number, self.intron) {
            (Some(number), None) => write!(f, "{number}"),
            (Some(number), Some(intron)) => write!(f, "{number}{intron:+}"),
            (None, intron) => write!(f, "{}", intron.unwrap_or_default()),
        }
    }
}

impl Position {
    /// What it is ordered by.
    fn key(self) -> (i64, i64) {
        match self.number {
            Some(number) => (number, self.intron.unwrap_or_default()),
            None => (self.intron.unwrap_or_default(), 0),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", if self.coding { 'c' } else { 'n' }, self.first)?;
        if self.first != self.last {
            write!(f, "_{}", self.last)?;
        }
        write!(f, "{}", self.event)
    }
}

impl Name {
    /// Whether its positions lie from the first to the last coding base.
    pub(crate) fn is_within_coding(&self) -> bool {
        let within = |p: Position| !p.is_after && p.number.is_some_and(|number| number > 0);
        self.coding && within(self.first) && within(self.last)
    }
}

/// The name of a change; `None` where a part of it, moved to its 3' end, lies outside of the
/// transcript.
pub(crate) fn name(
    genome: &Genome,
    locus: &Locus,
    change: &Change,
    place: &Place,
    span: &Spans,
) -> Option<Name> {
    let coding = locus.coding.is_some();
    let alleles = change.oriented(locus.strand);
    let cds = span.cds.both().filter(|_| place.exon && change.is_substitution_of_one());
    if let Some((number, _)) = cds {
        let position = Position { is_after: false, number: Some(number), intron: None };
        let event = Event::Substitution(alleles.reference[0], alleles.alternate[0]);
        return Some(Name { coding, first: position, last: position, event });
    }
    let clipped = clipped(genome, locus, change)?;
    let mut first = position(locus, clipped.first)?;
    let mut last = match clipped.first == clipped.last {
        true => first,
        false => position(locus, clipped.last)?,
    };
    if first.key() > last.key() && !last.is_after {
        std::mem::swap(&mut first, &mut last);
    }
    Some(Name { coding, first, last, event: clipped.event })
}

/// The event, counted in bases from the transcript's first (0-based, introns included).
fn clipped(genome: &Genome, locus: &Locus, change: &Change) -> Option<Clipped> {
    let (start, end) = (i64::from(locus.interval.start()), i64::from(locus.interval.end()));
    let length = end - start;
    let alleles = change.oriented(locus.strand);
    let replaced = alleles.reference.len() as i64;
    let first = locus.either(change.start - start, end - change.end());
    let is_inside = match change.is_insertion() {
        true => (1..length).contains(&first),
        false => first >= 0 && first + replaced <= length,
    };
    if !is_inside {
        return None;
    }
    if !change.is_insertion() && !change.is_deletion() {
        return Some(clip(&alleles.reference, &alleles.alternate, first));
    }
    let moved = change.moved(genome, locus.strand);
    let first = first + moved.by;
    if first + replaced > length {
        return None;
    }
    if change.is_deletion() {
        return Some(Clipped { first, last: first + replaced - 1, event: Event::Deletion });
    }
    let inserted = moved.inserted.len() as i64;
    if moved.copies && first >= inserted {
        return Some(Clipped {
            first: first - inserted,
            last: first - 1,
            event: Event::Duplication,
        });
    }
    let event = Event::Insertion(moved.inserted.clone());
    Some(Clipped { first: first - 1, last: first, event })
}

/// The position of a base counted from the transcript's first (0-based, introns included).
fn position(locus: &Locus, base: i64) -> Option<Position> {
    let (start, end) = (i64::from(locus.interval.start()), i64::from(locus.interval.end()));
    let at = locus.either(start + base, end - 1 - base);
    let index = locus.exon_after(at);
    let exon = locus.exons.get(index)?;
    if exon.start <= at {
        return Some(relative(locus, locus.offset(at)? + 1, None));
    }
    let previous = locus.exons.get(index.checked_sub(1)?)?;
    let (behind, ahead) = (at - previous.end + 1, exon.start - at);
    let last_of = |exon: &super::super::locus::Exon| exon.before + exon.end - exon.start;
    let (donor, acceptor) = locus.either((previous, exon), (exon, previous));
    let (from_donor, from_acceptor) = locus.either((behind, ahead), (ahead, behind));
    Some(match from_donor <= from_acceptor {
        true => relative(locus, last_of(donor), Some(from_donor)),
        false => relative(locus, acceptor.before + 1, Some(-from_acceptor)),
    })
}

/// The position of the transcript's `number`th base, or of one in the intron beside it. Introns
/// directly behind the stop codon are counted as if they were untranslated, as VEP does.
fn relative(locus: &Locus, number: i64, intron: Option<i64>) -> Position {
    let Some(coding) = locus.coding else {
        return Position { is_after: false, number: Some(number), intron };
    };
    if number > coding.end {
        return Position { is_after: true, number: Some(number - coding.end), intron };
    }
    if number == coding.end && intron.is_some() {
        return Position { is_after: true, number: None, intron };
    }
    let number = number - coding.start;
    let number = if number > 0 { number } else { number - 1 };
    Position { is_after: false, number: Some(number), intron }
}
