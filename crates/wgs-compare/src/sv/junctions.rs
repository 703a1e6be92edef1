//! Joining the records that tell of one junction, and the junctions that make one inversion.

use std::collections::HashMap;

use wgs_core::ContigList;
use wgs_formats::variant::Record;

use super::{
    breakend::{Breakend, Junction, Notation, Side},
    event::{Event, Place, SvKind},
    options::SvOptions,
};

/// How far two records of one junction may disagree, in bp, beside the homology that they state.
const SLACK_BP: u32 = 25;

/// Joins the two records of each junction, by MATEID or where they mirror each other, and pairs of
/// junctions that are an inversion.
pub(crate) fn join(
    events: &mut Vec<Event>,
    records: &[Record],
    contigs: &ContigList,
    options: &SvOptions,
) {
    let ends: Vec<Option<End>> = events.iter().map(|e| End::of(e, records, contigs)).collect();
    let mut absorbed = vec![false; events.len()];
    join_named(events, &ends, &mut absorbed);
    join_mirrored(events, &ends, &mut absorbed);
    if options.breakends_as_symbolic {
        join_inversions(events, options.breakend_window_bp, &mut absorbed);
    }
    let mut absorbed = absorbed.into_iter();
    events.retain(|_| !absorbed.next().unwrap_or_default());
}

/// A breakend record.
struct End<'a> {
    id: Option<&'a str>,
    mate: Option<&'a str>,
    own: Breakend,
    homology_bp: u32,
}

impl<'a> End<'a> {
    fn of(event: &Event, records: &'a [Record], contigs: &ContigList) -> Option<Self> {
        if event.kind != SvKind::Bnd {
            return None;
        }
        let source = event.sources.first()?;
        let record = records.get(source.record)?;
        let allele = record.alternates.get(source.allele)?;
        // What cannot be read has made no event.
        let notation = Notation::parse(allele, record.reference.len()).ok().flatten()?;
        Some(Self {
            id: record.id.as_deref(),
            mate: record.info.get("MATEID").and_then(|mates| mates.split(',').next()),
            own: notation.own(contigs.index_of(&record.contig)?, record.position)?,
            homology_bp: record.info.number("HOMLEN").unwrap_or_default(),
        })
    }
}

fn junction(event: &Event) -> Option<&Junction> {
    match &event.place {
        Place::Junction(junction) => Some(junction),
        Place::Span(..) => None,
    }
}

/// Whether two records tell of one junction, each from another of its ends.
fn mirror(events: &[Event], ends: &[Option<End<'_>>], i: usize, j: usize) -> bool {
    let (Some(a), Some(b)) = (junction(&events[i]), junction(&events[j])) else { return false };
    let (Some(first), Some(second)) = (&ends[i], &ends[j]) else { return false };
    let slack = SLACK_BP + first.homology_bp.max(second.homology_bp);
    let other_ends = (first.own == a.low) != (second.own == b.low);
    other_ends && a.is_parallel(b) && a.distance_bp(b) <= slack
}

fn absorb(events: &mut [Event], absorbed: &mut [bool], keep: usize, gone: usize) {
    let sources = std::mem::take(&mut events[gone].sources);
    events[keep].sources.extend(sources);
    absorbed[gone] = true;
}

fn join_named(events: &mut [Event], ends: &[Option<End<'_>>], absorbed: &mut [bool]) {
    let by_id: HashMap<&str, usize> = ends
        .iter()
        .enumerate()
        .filter_map(|(index, end)| Some((end.as_ref()?.id?, index)))
        .collect();
    for i in 0..events.len() {
        let mate = ends[i].as_ref().and_then(|end| end.mate).and_then(|id| by_id.get(id));
        let Some(&j) = mate.filter(|&&j| i != j && !absorbed[i] && !absorbed[j]) else { continue };
        if mirror(events, ends, i, j) {
            absorb(events, absorbed, i.min(j), i.max(j));
        }
    }
}

/// Records without MATEID.
fn join_mirrored(events: &mut [Event], ends: &[Option<End<'_>>], absorbed: &mut [bool]) {
    let unnamed = |&i: &usize| ends[i].as_ref().is_some_and(|end| end.mate.is_none());
    let mut order: Vec<(Breakend, usize)> = (0..events.len())
        .filter(unnamed)
        .filter_map(|i| Some((junction(&events[i])?.low, i)))
        .collect();
    order.sort_unstable();
    for (place, &(low, i)) in order.iter().enumerate() {
        if absorbed[i] {
            continue;
        }
        let near = order[place + 1..].iter().take_while(|(other, j)| {
            let homology = |i: usize| ends[i].as_ref().map_or(0, |end| end.homology_bp);
            let slack = SLACK_BP + homology(i).max(homology(*j));
            other.contig == low.contig && other.cut - low.cut <= slack
        });
        let found = near.map(|&(_, j)| j).find(|&j| !absorbed[j] && mirror(events, ends, i, j));
        if let Some(j) = found {
            absorb(events, absorbed, i.min(j), i.max(j));
        }
    }
}

/// Two junctions on one contig at the same places, one of the sides before and one of those after:
/// the stretch between is turned round.
fn join_inversions(events: &mut [Event], window_bp: u32, absorbed: &mut [bool]) {
    let of_side = |side: Side, events: &[Event], absorbed: &[bool]| -> Vec<usize> {
        let is_half = |j: &Junction| j.spells() == Some(SvKind::Inv) && j.low.side == side;
        (0..events.len())
            .filter(|&i| !absorbed[i] && junction(&events[i]).is_some_and(is_half))
            .collect()
    };
    let lefts = of_side(Side::Before, events, absorbed);
    let mut rights = of_side(Side::After, events, absorbed);
    rights.sort_by_key(|&j| (events[j].cuts(), j));
    let mut pairs = Vec::new();
    for &i in &lefts {
        let Some(a) = junction(&events[i]) else { continue };
        let (contig, cut) = a.cuts()[0];
        let first = (contig, cut.saturating_sub(window_bp));
        let from = rights.partition_point(|&j| events[j].cuts()[0] < first);
        let near = rights[from..].iter().map(|&j| (j, events[j].cuts()[0]));
        for (j, _) in near.take_while(|(_, low)| *low <= (contig, cut.saturating_add(window_bp))) {
            let distance = junction(&events[j]).map(|b| a.distance_bp(b));
            pairs.extend(distance.filter(|d| *d <= window_bp).map(|d| (d, i, j)));
        }
    }
    pairs.sort_unstable();
    for (_, i, j) in pairs {
        let Some((contig, span)) = events[i].span().filter(|_| !absorbed[i] && !absorbed[j]) else {
            continue;
        };
        absorb(events, absorbed, i, j);
        events[i].kind = SvKind::Inv;
        events[i].place = Place::Span(contig, span);
        events[i].size_bp = Some(span.len());
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::Contig;
    use wgs_formats::{genome, output};

    use super::*;
    use crate::sv::{
        event::Source,
        record::{Interpreter, Reading},
    };

    /// The events of some records (POS, ID, ALT, INFO) on a contig of 10,000 bases.
    fn joined(rows: &[(u32, &str, &str, &str)]) -> Vec<Event> {
        let folder = tempfile::tempdir().unwrap();
        let (fasta, plain) = (folder.path().join("in.fa"), folder.path().join("genome.fa"));
        output::write(&fasta, format!(">1\n{}\n", "A".repeat(10_000))).unwrap();
        genome::import(&fasta, &plain).unwrap();
        let genome = genome::Genome::open(&plain).unwrap();
        let reader = Interpreter { path: &fasta, genome: &genome, sample: None, min_size_bp: 30 };
        let line = |(pos, id, alt, info): &(u32, &str, &str, &str)| {
            Record::parse(&format!("1\t{pos}\t{id}\tA\t{alt}\t.\t.\t{info}"), 0).unwrap()
        };
        let records: Vec<Record> = rows.iter().map(line).collect();
        let read = |(record, r): (usize, &Record)| match reader
            .allele(r, Source { record, allele: 0 })
            .unwrap()
        {
            Reading::Event(event) => event,
            other => panic!("{other:?}"),
        };
        let mut events: Vec<Event> = records.iter().enumerate().map(read).collect();
        let contigs = ContigList::new(vec![Contig::new("1", 10_000)]).unwrap();
        join(&mut events, &records, &contigs, &SvOptions::default());
        events
    }

    fn records_of(event: &Event) -> Vec<usize> {
        event.sources.iter().map(|source| source.record).collect()
    }

    #[test]
    fn mates_are_one_event_by_name_or_by_place() {
        let named = [
            (1000, "a", "A[1:5001[", "MATEID=b"),
            (5003, "b", "]1:1002]A", "MATEID=a"),
            (1000, "c", "A[1:5001[", "MATEID=x"),
        ];
        let events = joined(&named);
        assert_eq!(events.iter().map(records_of).collect::<Vec<_>>(), [vec![0, 1], vec![2]]);
        let unnamed = [
            (1000, ".", "A[1:5001[", "."),
            (5003, ".", "]1:1002]A", "."),
            (1001, ".", "A[1:5001[", "."),
        ];
        let events = joined(&unnamed);
        assert_eq!(events.iter().map(records_of).collect::<Vec<_>>(), [vec![0, 1], vec![2]]);
    }

    #[test]
    fn one_name_is_enough() {
        let rows = [(1000, "a", "A[1:5001[", "."), (5003, "b", "]1:1002]A", "MATEID=a")];
        assert_eq!(joined(&rows).len(), 1);
    }

    #[test]
    fn names_of_records_elsewhere_join_nothing() {
        let rows = [(1000, "a", "A[1:5001[", "MATEID=b"), (5101, "b", "]1:1100]A", "MATEID=a")];
        assert_eq!(joined(&rows).len(), 2);
        let far = [(1000, "a", "A[1:5001[", "MATEID=b;HOMLEN=74"), rows[1]];
        assert_eq!(joined(&far).len(), 2);
        let homologous = [(1000, "a", "A[1:5001[", "MATEID=b;HOMLEN=75"), rows[1]];
        assert_eq!(joined(&homologous).len(), 1);
    }

    #[test]
    fn both_junctions_of_an_inversion_are_one_event() {
        let rows = [
            (1000, "a", "A]1:5000]", "MATEID=b"),
            (1010, "c", "[1:5011[A", "MATEID=d"),
            (5000, "b", "A]1:1000]", "MATEID=a"),
            (5011, "d", "[1:1010[A", "MATEID=c"),
            (8000, "e", "A]1:9000]", "."),
        ];
        let events = joined(&rows);
        assert_eq!(events.len(), 2);
        assert_eq!((events[0].kind, events[0].size_bp), (SvKind::Inv, Some(4000)));
        assert_eq!(records_of(&events[0]), [0, 2, 1, 3]);
        assert_eq!(events[1].kind, SvKind::Bnd, "a lone junction stays what it is");
    }
}
