//! The reads that all benchmarks work on: simulated, 30x of 100 kb, the same every time.
//!
//! Run one with `cargo bench --package wgs-benches --profile fast --bench alignment`.

use wgs_core::Sex;
use wgs_formats::alignment::{Aux, CigarKind, CigarOp, Flags, Header, Record, RecordBuilder};
use wgs_testkit::{Genome, Origin, Pair, Simulator, Variants, reverse_complement};

/// The genome of the reads.
pub fn genome() -> Genome {
    Genome::random(1, &[("chr1", 100_000)])
}

/// The same as an indexed FASTA, in a folder that is removed when it is dropped.
pub fn reference() -> (tempfile::TempDir, wgs_formats::genome::Genome) {
    let written = "the temporary folder can be written";
    let folder = tempfile::tempdir().expect(written);
    let (source, plain) = (folder.path().join("in.fa"), folder.path().join("genome.fa"));
    let bases = genome().bases(wgs_core::ContigIndex(0)).to_vec();
    let text = [&b">chr1\n"[..], &bases, b"\n"].concat();
    wgs_formats::output::write(&source, text).expect(written);
    wgs_formats::genome::import(&source, &plain).expect("letters of DNA");
    let genome = wgs_formats::genome::Genome::open(&plain).expect("it was just written");
    (folder, genome)
}

/// About 10,000 pairs of 2x151 bases.
pub fn pairs() -> Vec<Pair> {
    Simulator::new(1).pairs(&genome(), &Variants::none(Sex::Female))
}

/// The pairs as mapped records in the order of their positions, with the fields that an aligner
/// adds.
pub fn records() -> Vec<Record> {
    let length = genome().bases(wgs_core::ContigIndex(0)).len() as u32;
    let mut records: Vec<Record> =
        pairs().iter().flat_map(|pair| [0, 1].map(|read| record(pair, read, length))).collect();
    records.sort_by_key(|r| (r.ref_index(), r.start()));
    records
}

/// The header of [`records`].
pub fn header() -> Header {
    Header::new(genome().contigs())
}

/// Bases of all reads together.
pub fn bases(pairs: &[Pair]) -> usize {
    pairs.iter().flat_map(|p| &p.reads).map(|r| r.bases.len()).sum()
}

/// Bytes of all records together.
pub fn bytes(records: &[Record]) -> usize {
    records.iter().map(|r| r.as_bytes().len()).sum()
}

fn record(pair: &Pair, read: usize, contig_length: u32) -> Record {
    let Origin { contig, interval, reverse, .. } = &pair.origin;
    let on_reverse = *reverse == (read == 0);
    let sequenced = &pair.reads[read];
    let length = sequenced.bases.len() as u32;
    let (bases, qualities) = if on_reverse {
        let turned = sequenced.qualities.iter().rev().copied().collect();
        (reverse_complement(&sequenced.bases), turned)
    } else {
        (sequenced.bases.clone(), sequenced.qualities.clone())
    };
    let left = interval.start().min(contig_length - length);
    let right = interval.end().saturating_sub(length);
    let (own, mate) = if on_reverse { (right, left) } else { (left, right) };
    let strand = if on_reverse { 0x10 } else { 0x20 };
    let cigar = format!("{length}M");
    RecordBuilder::new(pair.name.as_bytes())
        .flags(Flags(0x3 | strand | if read == 0 { 0x40 } else { 0x80 }))
        .position(*contig, own)
        .mapq(60)
        .cigar([CigarOp::new(CigarKind::Match, length)])
        .mate(*contig, mate)
        .bases(&bases)
        .quals(&qualities)
        .aux(*b"NM", Aux::Int(0))
        .aux(*b"MC", Aux::Text(cigar.as_bytes()))
        .aux(*b"RG", Aux::Text(b"lane1"))
        .build()
        .expect("simulated reads make valid records")
}
