//! Positions of a change in transcript, coding sequence and protein, 1-based. For an insertion the
//! first is one more than the last. An end that lies outside of what is counted is `None`.

use super::{Ends, locus::Locus};

/// Positions of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spans {
    pub(crate) cdna: Ends,
    /// Counted with the bases that the first codon lacks.
    pub(crate) cds: Ends,
    pub(crate) protein: Ends,
    /// Whether any of its bases is coding; for an insertion, the bases beside it.
    pub(crate) any_coding: bool,
    /// Whether any of its bases lies in an exon; for an insertion, a base beside it.
    pub(crate) any_exonic: bool,
}

impl Spans {
    /// The positions of `[start, end)` on the contig; of an insertion before `start` if it is empty.
    pub(crate) fn of(locus: &Locus, start: i64, end: i64) -> Self {
        if start == end {
            return Self::of_insertion(locus, start);
        }
        let (first, last) = locus.either((start, end - 1), (end - 1, start));
        let position = |base| locus.offset(base).map(|offset| offset + 1);
        let cdna = Ends { first: position(first), last: position(last) };
        let any = |from: i64, to: i64| {
            let exons = locus.exons.iter().skip(locus.exon_after(start.max(from)));
            { exons }.take_while(|exon| exon.start < end.min(to)).any(|exon| exon.end > from)
        };
        let mut spans = Self { cdna, any_exonic: any(i64::MIN, i64::MAX), ..Self::default() };
        let Some(coding) = locus.coding else { return spans };
        let is_coding = |position: &i64| (coding.start + 1..=coding.end).contains(position);
        let number = |end: Option<i64>| {
            end.filter(is_coding).map(|position| position - coding.start + coding.missing)
        };
        spans.cds = Ends { first: number(cdna.first), last: number(cdna.last) };
        spans.any_coding = any(coding.from, coding.to);
        spans.protein = protein(spans.cds);
        spans
    }

    fn of_insertion(locus: &Locus, at: i64) -> Self {
        let (before, after) = locus.either((at - 1, at), (at, at - 1));
        let last = locus.offset(before).map(|offset| offset + 1).or_else(|| locus.offset(after));
        let Some(last) = last else { return Self::default() };
        let cdna = Ends { first: Some(last + 1), last: Some(last) };
        let any_exonic = last > 0 && last < locus.length();
        let mut spans = Self { cdna, any_exonic, ..Self::default() };
        if let Some(coding) = locus.coding.filter(|c| c.start < last && last < c.end) {
            let number = last - coding.start + coding.missing;
            spans.cds = Ends { first: Some(number + 1), last: Some(number) };
            spans.any_coding = true;
            spans.protein = protein(spans.cds);
        }
        spans
    }
}

/// The amino acids of coding positions.
fn protein(cds: Ends) -> Ends {
    let number = |position: Option<i64>| position.map(|position| (position + 2) / 3);
    Ends { first: number(cds.first), last: number(cds.last) }
}
