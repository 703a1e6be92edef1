//! Whether a shortened product is likely to escape nonsense-mediated decay, by the rules of the NMD
//! plugin of VEP (after Lindeboom et al., Nature Genetics 2016, doi:10.1038/ng.3664).

use super::{change::Change, locus::Locus, span::Spans};
use crate::{Strand, Term, effects::Terms};

/// Bases at the end of the last exon but one.
const BEFORE_LAST_JUNCTION_BP: i64 = 50;

/// First bases of the coding sequence.
const BEHIND_START_BP: i64 = 100;

/// `None` for a change that shortens no protein; else whether it lies in the last exon, in the last
/// 50 bases of the exon before it, or in the first 100 coding bases, or the transcript has no intron.
pub(crate) fn escapes(locus: &Locus, span: &Spans, change: &Change, terms: Terms) -> Option<bool> {
    locus.coding?;
    let shortening =
        [Term::STOP_GAINED, Term::FRAMESHIFT, Term::SPLICE_ACCEPTOR, Term::SPLICE_DONOR];
    if !shortening.iter().any(|term| terms.contains(*term)) {
        return None;
    }
    let [last, before] = match (locus.strand, locus.exons.as_slice()) {
        (Strand::Forward, [.., before, last]) | (Strand::Reverse, [last, before, ..]) => {
            [last, before]
        }
        _ => return Some(true),
    };
    let tail = locus.either(
        (before.end - BEFORE_LAST_JUNCTION_BP, before.end),
        (before.start, before.start + BEFORE_LAST_JUNCTION_BP),
    );
    let end = change.end().max(change.start + 1);
    let touches = |from: i64, to: i64| change.start < to && from < end;
    let late =
        touches(last.start, last.end) || touches(tail.0.max(before.start), tail.1.min(before.end));
    Some(late || span.cds.last.is_some_and(|last| last <= BEHIND_START_BP))
}
