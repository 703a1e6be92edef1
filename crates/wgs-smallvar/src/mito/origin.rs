//! Reads near the origin of a circular contig in a frame that runs over it.
//!
//! Offsets of the frame go on behind the end of the contig: the first base has the offset that is
//! the contig's length.

use std::ops::Range;

use wgs_core::ContigIndex;
use wgs_formats::alignment::{Aux, CigarKind, CigarOp, Record, RecordBuilder, RecordError};

use super::extend::{self, extend};
use crate::stretch::Stretch;

/// How far from the origin a clip may begin that is taken to cross it: aligners clip a variant near
/// the end of the contig as well.
const SLACK_BASES: u32 = 20;

/// The records of both ends of a contig of `length` bases in the frame, sorted by their start.
/// `reference` is in the frame.
///
/// Records of the first part move behind the end. Leading clips of theirs that begin at the origin,
/// and trailing ones of the last part that begin at the end, are aligned to what lies across.
pub fn unrolled(
    records: impl IntoIterator<Item = Record>,
    length: u32,
    reference: &Stretch,
) -> Result<Vec<Record>, RecordError> {
    let mut all = Vec::new();
    for record in records {
        let Some((start, end)) = record.start().zip(record.end()) else { continue };
        let mut ops: Vec<CigarOp> = record.cigar().collect();
        let bases = record.bases();
        let clip = |op: Option<&CigarOp>| match op {
            Some(op) if op.kind == CigarKind::SoftClip => op.len as usize,
            _ => 0,
        };
        let new_start = if start < length / 2 {
            let clipped = clip(ops.first());
            if clipped > 0 && start <= SLACK_BASES {
                let (front, reach) = leading(&bases[..clipped], start + length, reference);
                ops.splice(..1, front);
                start + length - reach
            } else {
                start + length
            }
        } else {
            let clipped = clip(ops.last());
            if clipped > 0 && end + SLACK_BASES >= length {
                ops.pop();
                ops.extend(trailing(&bases[bases.len() - clipped..], end, reference));
            }
            start
        };
        all.push(moved(&record, new_start, joined(ops), &bases)?);
    }
    all.sort_by_key(Record::start);
    Ok(all)
}

/// The operations of a leading clip before `start`, and how many reference bases they take.
fn leading(bases: &[u8], start: u32, reference: &Stretch) -> (Vec<CigarOp>, u32) {
    let reversed = |bases: &[u8]| bases.iter().rev().copied().collect::<Vec<u8>>();
    let reach = (bases.len() + extend::SPARE_BASES) as u32;
    let before = reference.slice(start.saturating_sub(reach), start);
    let mut ops = extend(&reversed(bases), &reversed(before));
    ops.reverse();
    let taken = ops.iter().filter(|op| op.kind.consumes_reference()).map(|op| op.len).sum();
    (ops, taken)
}

fn trailing(bases: &[u8], end: u32, reference: &Stretch) -> Vec<CigarOp> {
    let reach = (bases.len() + extend::SPARE_BASES) as u32;
    extend(bases, reference.slice(end, end + reach))
}

/// Operations of one kind beside each other become one.
fn joined(ops: Vec<CigarOp>) -> Vec<CigarOp> {
    let mut joined: Vec<CigarOp> = Vec::with_capacity(ops.len());
    for op in ops {
        match joined.last_mut() {
            Some(last) if last.kind == op.kind => last.len += op.len,
            _ => joined.push(op),
        }
    }
    joined
}

fn moved(
    record: &Record,
    start: u32,
    ops: Vec<CigarOp>,
    bases: &[u8],
) -> Result<Record, RecordError> {
    let builder = RecordBuilder::new(record.name())
        .flags(record.flags())
        .position(record.ref_index().unwrap_or(ContigIndex(0)), start)
        .mapq(record.mapq())
        .cigar(ops)
        .bases(bases)
        .quals(record.quals());
    match record.read_group() {
        Some(group) => builder.aux(*b"RG", Aux::Text(group)).build(),
        None => builder.build(),
    }
}

/// A record of the frame as one of the contig: start and alleles, or `None` if it spans the origin
/// in such a way that no line of a VCF can hold it.
///
/// A deletion of the first bases of the contig is spelled with the base after it, as VCF has it for
/// events at position 1 (4.3, §1.6.1.4).
pub fn folded(
    position: u32,
    alleles: &mut [Vec<u8>],
    length: u32,
    reference: &Stretch,
) -> Option<u32> {
    let span = alleles.first().map_or(0, Vec::len) as u32;
    let place: Range<u32> = position..position + span;
    if place.start >= length {
        return Some(place.start - length);
    }
    if place.end <= length {
        return Some(place.start);
    }
    let anchor = reference.spelled(position, position + 1);
    let all_anchored = alleles.iter().all(|allele| allele.starts_with(&anchor));
    if position + 1 != length || !all_anchored {
        return None;
    }
    for allele in alleles {
        allele.remove(0);
        allele.extend(reference.spelled(place.end, place.end + 1));
    }
    Some(0)
}

#[cfg(test)]
mod tests {
    use wgs_formats::alignment::Flags;

    use super::*;
    use crate::read::tests::record;

    const CONTIG: &str = "GATCACAGGTCTATCACCCTATTAACCACTCACGGGAGCTCTCCATGCATTTGGTATTTTCGTCTGGGGGGTATGCACGC\
                          CATCCTACCCAGCACACACACACCGCTGCTAACCCCATACCCCGAACCAACCAAACCCCAAAGACACCCCCCACAGTTTATG";

    fn length() -> u32 {
        CONTIG.len() as u32
    }

    /// The contig twice: frames begin at its first base here.
    fn frame() -> Stretch {
        Stretch::new(0, [CONTIG, CONTIG].concat().into_bytes())
    }

    fn circle(start: usize, len: usize) -> String {
        [CONTIG, CONTIG].concat()[start..start + len].to_owned()
    }

    fn told(start: u32, cigar: &str, bases: &str) -> (u32, String) {
        let read = record("r", start, cigar, bases, Flags(0));
        let made = unrolled([read], length(), &frame()).unwrap();
        let cigar: String = made[0].cigar().map(|op| op.to_string()).collect();
        (made[0].start().unwrap(), cigar)
    }

    #[test]
    fn clips_at_the_origin_are_aligned_across_it() {
        let l = CONTIG.len();
        let across = circle(l - 15, 40);
        assert_eq!(told(l as u32 - 15, "15M25S", &across), (l as u32 - 15, "40M".into()));
        assert_eq!(told(0, "15S25M", &across), (l as u32 - 15, "40M".into()));
        // A variant at offset 2 makes the aligner clip from 3 on.
        let mut variant = across.clone().into_bytes();
        variant[17] = b'A';
        let variant = String::from_utf8(variant).unwrap();
        assert_eq!(told(3, "18S22M", &variant), (l as u32 - 15, "40M".into()));
    }

    #[test]
    fn other_reads_move_or_stay() {
        let l = length();
        assert_eq!(told(5, "20M", &circle(5, 20)), (l + 5, "20M".into()));
        assert_eq!(told(30, "6S20M", &circle(24, 26)), (l + 30, "6S20M".into()));
        assert_eq!(told(l - 60, "20M", &circle(l as usize - 60, 20)), (l - 60, "20M".into()));
    }

    #[test]
    fn records_behind_the_end_are_at_the_beginning() {
        let l = length();
        let fold = |position, alleles: &[&str]| {
            let mut alleles: Vec<Vec<u8>> = alleles.iter().map(|a| a.as_bytes().to_vec()).collect();
            let place = folded(position, &mut alleles, l, &frame())?;
            let text = alleles.into_iter().map(|a| String::from_utf8(a).unwrap());
            Some((place, text.collect::<Vec<_>>()))
        };
        let strings =
            |alleles: &[&str]| alleles.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>();
        assert_eq!(fold(l + 4, &["A", "G"]), Some((4, strings(&["A", "G"]))));
        assert_eq!(fold(l - 1, &["G", "GA"]), Some((l - 1, strings(&["G", "GA"]))));
        assert_eq!(fold(l - 1, &["GGA", "G"]), Some((0, strings(&["GAT", "T"]))));
        assert_eq!(fold(l - 2, &["TGGA", "T"]), None);
    }
}
