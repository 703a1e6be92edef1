//! A person with planted variants, and reads whose alignments are known.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use wgs_core::ContigIndex;
use wgs_formats::{
    alignment::{
        Aux, CigarKind, CigarOp, Flags, Format, Header, ReadGroup, Record, RecordBuilder,
        SortOrder, Writer,
    },
    genome::{self, Genome},
};
use wgs_testkit::Random;

/// Bases of a read.
const READ_BASES: usize = 100;
/// Bases between the starts of the two reads of a pair.
const MATE_DISTANCE: usize = 150;
/// Bases beyond a gap from which on the aligner of these tests opens it; nearer to the end of the
/// read it lets bases mismatch, as aligners do.
const GAP_FLANK: usize = 8;

/// Longest gap that the aligner of these tests opens.
const MAX_GAP: usize = 60;

/// A planted variant: VCF's alleles at a 0-based place.
#[derive(Clone, Debug)]
pub(crate) struct Planted {
    pub(crate) contig: usize,
    pub(crate) start: usize,
    pub(crate) reference: &'static str,
    pub(crate) alternate: &'static str,
    /// On which of the two haplotypes.
    pub(crate) on: [bool; 2],
}

/// A random genome of contigs with these names and lengths; contexts (place on the first contig,
/// bases) and the reference alleles of the planted variants are written into it.
pub(crate) fn make_genome(
    folder: &Path,
    contigs: &[(&str, u32)],
    contexts: &[(usize, &str)],
    planted: &[Planted],
) -> Genome {
    let mut random = Random::new(11, "smallvar");
    let mut sequences: Vec<Vec<u8>> =
        contigs.iter().map(|c| (0..c.1).map(|_| random.base(0.45)).collect()).collect();
    let contexts = contexts.iter().map(|&(start, bases)| (0, start, bases));
    let alleles = planted.iter().map(|v| (v.contig, v.start, v.reference));
    for (contig, start, bases) in contexts.chain(alleles) {
        sequences[contig][start..start + bases.len()].copy_from_slice(bases.as_bytes());
    }
    let names = contigs.iter().map(|c| c.0);
    let made = wgs_testkit::Genome::from_sequences(names, sequences);
    let (source, target) = (folder.join("in.fa"), folder.join("genome.fa"));
    made.write_fasta(&source).unwrap();
    genome::import(&source, &target).unwrap();
    Genome::open(&target).unwrap()
}

/// A haplotype's bases, each with the reference base that it stands for, if there is one.
fn haplotype(
    reference: &[u8],
    contig: usize,
    planted: &[Planted],
    which: usize,
) -> Vec<(u8, Option<usize>)> {
    let mut bases: Vec<(u8, Option<usize>)> = Vec::new();
    let mut at = 0;
    for variant in planted.iter().filter(|v| v.contig == contig && v.on[which]) {
        bases.extend((at..variant.start).map(|i| (reference[i], Some(i))));
        for (k, &base) in variant.alternate.as_bytes().iter().enumerate() {
            let place = (k < variant.reference.len()).then_some(variant.start + k);
            bases.push((base, place));
        }
        at = variant.start + variant.reference.len();
    }
    bases.extend((at..reference.len()).map(|i| (reference[i], Some(i))));
    bases
}

/// The part of a piece that the aligner of these tests aligns; it clips the rest. It opens no gap
/// longer than [`MAX_GAP`].
fn alignable(piece: &[(u8, Option<usize>)]) -> Range<usize> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut last_place = 0;
    for (i, place) in piece.iter().enumerate().filter_map(|(i, b)| Some((i, b.1?))) {
        match parts.last_mut() {
            Some(part) if i - part.end <= MAX_GAP && place - last_place <= MAX_GAP => {
                part.end = i + 1;
            }
            _ => parts.push(i..i + 1),
        }
        last_place = place;
    }
    parts.into_iter().max_by_key(Range::len).expect("pieces are longer than insertions")
}

/// The alignment of a piece of a haplotype: its start and operations.
fn aligned(piece: &[(u8, Option<usize>)]) -> (u32, Vec<CigarOp>) {
    let part = alignable(piece);
    let (start, mut ops) = aligned_whole(&piece[part.clone()]);
    if part.len() + GAP_FLANK <= piece.len() {
        let clip = |len: usize| (len > 0).then(|| CigarOp::new(CigarKind::SoftClip, len as u32));
        ops.splice(0..0, clip(part.start));
        ops.extend(clip(piece.len() - part.end));
        return (start, ops);
    }
    aligned_whole(piece)
}

fn aligned_whole(piece: &[(u8, Option<usize>)]) -> (u32, Vec<CigarOp>) {
    let gap = |pair: &[(u8, Option<usize>)]| pair[1].1 != pair[0].1.map(|p| p + 1);
    let gaps: Vec<usize> =
        piece.windows(2).enumerate().filter(|(_, pair)| gap(pair)).map(|(i, _)| i + 1).collect();
    let near_start = gaps.iter().copied().filter(|&g| g < GAP_FLANK).max().unwrap_or(0);
    let near_end =
        gaps.iter().copied().find(|&g| g + GAP_FLANK > piece.len()).unwrap_or(piece.len());
    let known = piece[near_start..near_end].iter().position(|b| b.1.is_some()).unwrap_or(0);
    let core = near_start + known..near_end;
    let first = piece[core.start].1.expect("pieces are longer than insertions");
    let mut ops: Vec<CigarOp> = Vec::new();
    let mut push = |kind, len: usize| match ops.last_mut() {
        Some(last) if last.kind == kind => last.len += len as u32,
        _ if len > 0 => ops.push(CigarOp::new(kind, len as u32)),
        _ => {}
    };
    push(CigarKind::Match, core.start);
    let mut expected = first;
    for (_, place) in &piece[core.clone()] {
        match place {
            Some(place) => {
                push(CigarKind::Deletion, place - expected);
                push(CigarKind::Match, 1);
                expected = place + 1;
            }
            None => push(CigarKind::Insertion, 1),
        }
    }
    if ops.last().is_some_and(|op| op.kind == CigarKind::Insertion) {
        let len = ops.pop().map_or(0, |op| op.len);
        ops.last_mut().expect("a match stands before").len += len;
    }
    let rest = (piece.len() - core.end) as u32;
    ops.last_mut().expect("there is a match").len += rest;
    (first.saturating_sub(core.start) as u32, ops)
}

/// Reads of a person at a depth (of diploid contigs), with errors, sorted. `copies` tells how many
/// of the haplotypes, from the last, a contig has.
pub(crate) fn reads(
    genome: &Genome,
    planted: &[Planted],
    depth: usize,
    seed: u64,
    copies: impl Fn(&str) -> usize,
) -> Vec<Record> {
    let mut random = Random::new(seed, "reads");
    let mut records = Vec::new();
    for (index, contig) in genome.contigs().iter().enumerate() {
        let reference = genome.sequence(ContigIndex(index));
        for which in 2 - copies(&contig.name)..2 {
            let bases = haplotype(&reference, index, planted, which);
            let last = bases.len() - READ_BASES - MATE_DISTANCE;
            let pairs = bases.len() * depth / (4 * READ_BASES);
            for number in 0..pairs {
                let start = random.below(last as u32) as usize;
                let name = format!("{}:{which}:{number}", contig.name);
                for (mate, at) in [start, start + MATE_DISTANCE].into_iter().enumerate() {
                    let piece = &bases[at..at + READ_BASES];
                    records.push(record(&mut random, &name, index, mate, piece));
                }
            }
        }
    }
    records.sort_by_key(|r| (r.ref_index().map(|c| c.0), r.start()));
    records
}

fn record(
    random: &mut Random,
    name: &str,
    contig: usize,
    mate: usize,
    piece: &[(u8, Option<usize>)],
) -> Record {
    let (start, ops) = aligned(piece);
    let quals: Vec<u8> =
        (0..piece.len()).map(|_| if random.chance(0.05) { 12 } else { 32 }).collect();
    let error = |q: u8| 10f64.powf(-f64::from(q) / 10.0);
    let bases: Vec<u8> = piece
        .iter()
        .zip(&quals)
        .map(|(b, &q)| if random.chance(error(q)) { random.other_base(b.0) } else { b.0 })
        .collect();
    let flags = [Flags(99), Flags(147)][mate];
    RecordBuilder::new(name.as_bytes())
        .flags(flags)
        .position(ContigIndex(contig), start)
        .mate(ContigIndex(contig), start)
        .mapq(60)
        .cigar(ops)
        .bases(&bases)
        .quals(&quals)
        .aux(*b"RG", Aux::Text(b"lane"))
        .build()
        .unwrap()
}

/// A header of these contigs, sorted by coordinate, with a read group of each sample.
pub(crate) fn header(genome: &Genome, samples: &[&str]) -> Header {
    let mut header = Header::new(genome.contigs().clone());
    header.set_sort_order(SortOrder::Coordinate);
    for (i, sample) in samples.iter().enumerate() {
        let id = if i == 0 { "lane".to_owned() } else { format!("lane{i}") };
        let group = ReadGroup { sample: Some((*sample).to_owned()), ..ReadGroup::new(id) };
        header.add_read_group(group).unwrap();
    }
    header
}

/// Writes an indexed file; its extension decides the format.
pub(crate) fn write(
    path: PathBuf,
    genome: &Genome,
    header: &Header,
    records: &[Record],
) -> PathBuf {
    let format = Format::of_name(&path).unwrap();
    let mut writer = Writer::create(&path, format, header, Some(genome), 1).unwrap();
    records.iter().for_each(|record| writer.write(record).unwrap());
    writer.finish().unwrap();
    path
}
