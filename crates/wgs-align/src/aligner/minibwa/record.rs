//! Records of a template from the alignments of its reads.

use std::fmt::Write;

use wgs_core::{ContigIndex, ContigList};
use wgs_formats::alignment::{Aux, CigarOp, Flags, Record, RecordBuilder, RecordError};

use super::hit::Hit;
use crate::reads::{Read, Template, complement};

/// Least part of an alignment's score that another must have to stand in `XA`.
const XA_SCORE: f64 = 0.8;
/// Most alignments that `XA` lists; none if there are more.
const XA_COUNT: usize = 5;

/// A read with its alignments.
#[derive(Clone, Copy)]
struct Aligned<'a> {
    read: Read<'a>,
    hits: &'a [Hit],
}

impl<'a> Aligned<'a> {
    fn length(&self) -> u32 {
        self.read.bases.len() as u32
    }

    /// The alignment that stands for the read.
    fn representative(&self) -> Option<&'a Hit> {
        self.hits.iter().find(|hit| hit.is_representative)
    }
}

/// Makes records: of each read the primary and the supplementary ones, soft-clipped, with mate
/// fields, `NM`, `MD`, `AS`, `XS` (the score of the next best place), `MC`, `MQ`, `SA` and `XA`.
pub(super) struct Records<'a> {
    pub(super) contigs: &'a ContigList,
}

impl Records<'_> {
    /// The records of a template, whose reads have these alignments.
    pub(super) fn of(
        &self,
        template: &Template<'_>,
        hits: [&[Hit]; 2],
    ) -> Result<Vec<Record>, RecordError> {
        let first = Aligned { read: template.first, hits: hits[0] };
        let Some(last) = template.last else {
            return self.of_read(template.name, first, None, Flags(0));
        };
        let last = Aligned { read: last, hits: hits[1] };
        let flag = |flag: Flags| Flags::PAIRED.with(flag, true);
        let mut records = self.of_read(template.name, first, Some(last), flag(Flags::FIRST))?;
        records.extend(self.of_read(template.name, last, Some(first), flag(Flags::LAST))?);
        Ok(records)
    }

    fn of_read(
        &self,
        name: &[u8],
        read: Aligned<'_>,
        mate: Option<Aligned<'_>>,
        flags: Flags,
    ) -> Result<Vec<Record>, RecordError> {
        let mut primary: Vec<usize> =
            (0..read.hits.len()).filter(|&i| read.hits[i].is_primary).collect();
        // Which is not always the first.
        primary.sort_by_key(|&i| !read.hits[i].is_representative);
        if read.representative().is_none() {
            return Ok(vec![unmapped(name, read.read, mate, flags)?]);
        }
        primary.iter().map(|&index| self.record(name, read, index, mate, flags)).collect()
    }

    fn record(
        &self,
        name: &[u8],
        read: Aligned<'_>,
        index: usize,
        mate: Option<Aligned<'_>>,
        flags: Flags,
    ) -> Result<Record, RecordError> {
        let hit = &read.hits[index];
        let flags = flags
            .with(Flags::REVERSE, hit.reverse)
            .with(Flags::SUPPLEMENTARY, !hit.is_representative)
            .with(Flags::PROPER_PAIR, mate.is_some() && hit.is_proper);
        let (bases, quals) = oriented(read.read, hit.reverse);
        let builder = RecordBuilder::new(name)
            .position(ContigIndex(hit.contig), hit.start)
            .mapq(hit.mapq)
            .cigar(hit.whole_cigar(read.length()))
            .bases(&bases)
            .quals(&quals);
        let builder = with_mate(builder, flags, mate, read.representative(), Some(hit));
        let mut builder = builder
            .aux(*b"NM", Aux::Int(hit.differences.into()))
            .aux(*b"MD", Aux::Text(&hit.description))
            .aux(*b"AS", Aux::Int(hit.score.into()))
            .aux(*b"XS", Aux::Int(hit.second.max(0).into()));
        let (others, similar) = (self.others(read, index), self.similar(read, index));
        if !others.is_empty() {
            builder = builder.aux(*b"SA", Aux::Text(others.as_bytes()));
        }
        if !similar.is_empty() {
            builder = builder.aux(*b"XA", Aux::Text(similar.as_bytes()));
        }
        builder.build()
    }

    fn name(&self, hit: &Hit) -> &str {
        self.contigs.get(ContigIndex(hit.contig)).map_or("*", |contig| &contig.name)
    }

    /// `SA`: the other parts of the alignment, the primary one first.
    fn others(&self, read: Aligned<'_>, index: usize) -> String {
        let mut text = String::new();
        let others = read.hits.iter().enumerate().filter(|(i, hit)| *i != index && hit.is_primary);
        let mut others: Vec<&Hit> = others.map(|(_, hit)| hit).collect();
        others.sort_by_key(|hit| !hit.is_representative);
        for hit in others {
            let strand = if hit.reverse { '-' } else { '+' };
            let _ = write!(text, "{},{},{strand},", self.name(hit), hit.start + 1);
            push_cigar(&mut text, hit.whole_cigar(read.length()));
            let _ = write!(text, ",{},{};", hit.mapq, hit.differences);
        }
        text
    }

    /// `XA`: places that are nearly as good.
    fn similar(&self, read: Aligned<'_>, index: usize) -> String {
        let least = XA_SCORE * f64::from(read.hits[index].best);
        let similar = read.hits.iter().enumerate().filter(|(i, hit)| {
            *i != index && hit.parent == index as i32 && f64::from(hit.best) >= least
        });
        let mut text = String::new();
        if similar.clone().count() > XA_COUNT {
            return text;
        }
        for (_, hit) in similar {
            let strand = if hit.reverse { '-' } else { '+' };
            let _ = write!(text, "{},{strand}{},", self.name(hit), hit.start + 1);
            push_cigar(&mut text, hit.whole_cigar(read.length()));
            let _ = write!(text, ",{};", hit.differences);
        }
        text
    }
}

fn push_cigar(text: &mut String, operations: impl Iterator<Item = CigarOp>) {
    for op in operations {
        let _ = write!(text, "{}{}", op.len, op.kind.letter());
    }
}

fn cigar_text(operations: impl Iterator<Item = CigarOp>) -> String {
    let mut text = String::new();
    push_cigar(&mut text, operations);
    text
}

/// A read without alignment stands by its mate, if that has one.
fn unmapped(
    name: &[u8],
    read: Read<'_>,
    mate: Option<Aligned<'_>>,
    flags: Flags,
) -> Result<Record, RecordError> {
    let (bases, quals) = oriented(read, false);
    let mut builder = RecordBuilder::new(name).bases(&bases).quals(&quals);
    if let Some(hit) = mate.and_then(|mate| mate.representative()) {
        builder = builder.position(ContigIndex(hit.contig), hit.start);
    }
    with_mate(builder, flags.with(Flags::UNMAPPED, true), mate, None, None).build()
}

/// Sets the flags and what a record says of the mate. An unmapped mate stands by `own`, the read's
/// representative alignment; `hit` is the record's.
fn with_mate(
    builder: RecordBuilder,
    flags: Flags,
    mate: Option<Aligned<'_>>,
    own: Option<&Hit>,
    hit: Option<&Hit>,
) -> RecordBuilder {
    let Some(mate) = mate else { return builder.flags(flags) };
    let Some(other) = mate.representative() else {
        let builder = builder.flags(flags.with(Flags::MATE_UNMAPPED, true));
        return match own {
            Some(own) => builder.mate(ContigIndex(own.contig), own.start),
            None => builder,
        };
    };
    let length = match hit {
        Some(hit) if hit.contig == other.contig => hit.template_length(other),
        _ => 0,
    };
    let builder = builder
        .flags(flags.with(Flags::MATE_REVERSE, other.reverse))
        .mate(ContigIndex(other.contig), other.start)
        .template_length(length);
    if hit.is_none() {
        return builder;
    }
    let cigar = cigar_text(other.whole_cigar(mate.length()));
    builder.aux(*b"MC", Aux::Text(cigar.as_bytes())).aux(*b"MQ", Aux::Int(i64::from(other.mapq)))
}

/// Bases and qualities (without offset) on the forward strand of the reference.
fn oriented(read: Read<'_>, reverse: bool) -> (Vec<u8>, Vec<u8>) {
    let quals = read.quals.iter().map(|&quality| quality - 33);
    if reverse {
        (read.bases.iter().rev().map(|&base| complement(base)).collect(), quals.rev().collect())
    } else {
        (read.bases.to_vec(), quals.collect())
    }
}
