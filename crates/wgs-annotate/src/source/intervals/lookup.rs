//! What a store says about the intervals that overlap a place.

use std::sync::Arc;

use wgs_formats::{
    Result,
    variant::{Allele, ValueType},
};

use super::{
    super::carried::{Join, join},
    CLASSES,
    block::Block,
    file::IntervalFile,
    longest,
};

/// Blocks that a reader keeps.
const KEPT: usize = 32;

/// Looks intervals up: in the order of places each block is read once.
pub(in super::super) struct IntervalReader {
    store: Arc<IntervalFile>,
    /// The blocks that were used last, the very last at the end.
    blocks: Vec<(usize, Block)>,
    /// Start, end, block and row of the intervals that were found.
    hits: Vec<(u32, u32, usize, usize)>,
    /// How the values of each field are joined.
    joins: Vec<Join>,
    value: String,
}

impl IntervalReader {
    pub(in super::super) fn new(store: Arc<IntervalFile>) -> Self {
        let text = ValueType::String.to_string();
        let join = |is_text| if is_text { Join::Texts } else { Join::Greatest };
        let fields = store.contents.fields.iter();
        let joins = fields.map(|field| join(field.value_type == text)).collect();
        Self { store, blocks: Vec::new(), hits: Vec::new(), joins, value: String::new() }
    }

    /// The intervals that overlap what an allele changes; `None` if there is none.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or is damaged.
    pub(in super::super) fn find(
        &mut self,
        contig: usize,
        allele: &Allele,
    ) -> Result<Option<Hits<'_>>> {
        let (start, end) = changed(allele);
        self.hits.clear();
        for class in 0..CLASSES {
            for number in self.store.blocks_at(contig, class, start, end) {
                let place = block(&self.store, &mut self.blocks, number)?;
                let found = self.blocks[place].1.overlapping(start, end, longest(class));
                self.hits.extend(found.map(|(start, end, row)| (start, end, number, row)));
            }
        }
        // By their places; of intervals at one place that of the file stays.
        self.hits.sort_by_key(|&(start, end, ..)| (start, end));
        Ok((!self.hits.is_empty()).then_some(Hits(self)))
    }
}

/// The bases that a normalised allele changes, 0-based and half-open: without what it has in common
/// with the reference; of an insertion the two bases that it lies between.
fn changed(allele: &Allele) -> (u32, u32) {
    let Allele { start, reference, alternate } = allele;
    let pairs = reference.iter().zip(alternate);
    let before = pairs.take_while(|(r, a)| r == a).count();
    if before == reference.len() && before == alternate.len() {
        return (*start, start.saturating_add(before as u32));
    }
    let rest = (reference[before..].iter().rev()).zip(alternate[before..].iter().rev());
    let after = rest.take_while(|(r, a)| r == a).count();
    let removed = (reference.len() - before - after) as u32;
    let first = start.saturating_add(before as u32);
    match removed {
        0 => (first.saturating_sub(1), first.saturating_add(1)),
        removed => (first, first.saturating_add(removed)),
    }
}

/// Place of a block among those that are kept, which it is read to if it is not there.
fn block(store: &IntervalFile, blocks: &mut Vec<(usize, Block)>, number: usize) -> Result<usize> {
    match blocks.iter().rposition(|(there, _)| *there == number) {
        Some(place) => blocks[place..].rotate_left(1),
        None => {
            if blocks.len() >= KEPT {
                blocks.remove(0);
            }
            blocks.push((number, store.read(number)?));
        }
    }
    Ok(blocks.len() - 1)
}

/// Intervals that overlap an allele.
pub(in super::super) struct Hits<'a>(&'a mut IntervalReader);

impl Hits<'_> {
    /// Appends the value of a field; says whether there is one. Of several numbers it is the
    /// greatest, of several texts all, each once, joined by `&`.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or is damaged.
    pub(in super::super) fn append(&mut self, field: usize, out: &mut String) -> Result<bool> {
        let IntervalReader { store, blocks, hits, joins, value } = &mut *self.0;
        let mut whole = String::new();
        for &(.., number, row) in hits.iter() {
            let place = block(store, blocks, number)?;
            value.clear();
            let known = blocks[place].1.append(field, row, value);
            if known.ok_or_else(|| store.damaged(number))? {
                join(joins[field], &mut whole, value);
            }
        }
        out.push_str(&whole);
        Ok(!whole.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allele_overlaps_what_it_changes() {
        for (reference, alternate, expected) in [
            ("A", "C", (10, 11)),
            ("AC", "GT", (10, 12)),
            ("A", "ATT", (10, 12)),
            ("ACC", "A", (11, 13)),
            ("ACG", "ATG", (11, 12)),
            ("A", "A", (10, 11)),
            ("AC", "ATTC", (10, 12)),
        ] {
            let allele =
                Allele { start: 10, reference: reference.into(), alternate: alternate.into() };
            assert_eq!(changed(&allele), expected, "{reference} {alternate}");
        }
    }
}
