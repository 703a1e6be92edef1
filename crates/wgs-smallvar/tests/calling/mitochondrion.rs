//! chrM: shares of variants, also at the origin, from reads that an aligner has cut there.

use wgs_core::{ContigIndex, Sex};
use wgs_formats::{
    alignment::{Aux, CigarKind, CigarOp, Flags, Record, RecordBuilder},
    genome::Genome,
    variant::{Reader, Record as Variant},
};
use wgs_smallvar::{Options, Request, SampleFile, Summary, call};
use wgs_testkit::Random;

use crate::person::{Planted, header, make_genome, write};

const LENGTH: u32 = 6_000;
const READ_BASES: usize = 150;
const INSERT_BASES: usize = 350;

/// A variant, and its share of all molecules.
struct Shared {
    start: usize,
    reference: &'static str,
    alternate: &'static str,
    share: f64,
}

fn planted() -> Vec<Shared> {
    let new = |start, reference, alternate, share| Shared { start, reference, alternate, share };
    vec![
        new(0, "G", "A", 0.20),
        new(3, "C", "T", 1.0),
        new(20, "A", "G", 0.05),
        new(40, "TAC", "T", 0.20),
        new(75, "C", "CAG", 1.0),
        new(900, "A", "G", 1.0),
        new(1_500, "C", "T", 0.03),
        new(2_200, "GATT", "G", 0.05),
        new(3_000, "T", "TCC", 0.10),
        new(4_100, "G", "T", 0.60),
        new(5_950, "A", "C", 0.05),
        new(5_970, "GTT", "G", 1.0),
        new(5_999, "T", "C", 0.20),
    ]
}

/// One molecule as a circle: its bases, each with the reference base that it stands for.
fn molecule(reference: &[u8], carried: &[&Shared]) -> Vec<(u8, Option<usize>)> {
    let mut bases = Vec::new();
    let mut at = 0;
    for variant in carried {
        bases.extend((at..variant.start).map(|i| (reference[i], Some(i))));
        for (k, &base) in variant.alternate.as_bytes().iter().enumerate() {
            bases.push((base, (k < variant.reference.len()).then_some(variant.start + k)));
        }
        at = variant.start + variant.reference.len();
    }
    bases.extend((at..reference.len()).map(|i| (reference[i], Some(i))));
    bases
}

/// The alignment to the linear contig: what lies across the origin, on the shorter side, is clipped,
/// and with it a variant within the last bases, as aligners do.
fn aligned(piece: &[(u8, Option<usize>)]) -> Option<(u32, Vec<CigarOp>)> {
    let wraps = piece.windows(2).position(|w| match (w[0].1, w[1].1) {
        (Some(a), Some(b)) => b < a,
        _ => false,
    });
    let side = match wraps {
        Some(last) if last + 1 >= piece.len() - last - 1 => 0..last + 1,
        Some(last) => last + 1..piece.len(),
        None => 0..piece.len(),
    };
    let (mut start, mut end) = (side.start, side.end);
    // An aligner does not open a gap, nor take in a difference, at the very end.
    let contiguous = |a: usize, b: usize| piece[b].1 == piece[a].1.map(|p| p + 1);
    if let Some(gap) = (start..end - 1).take(6).find(|&i| !contiguous(i, i + 1)) {
        start = gap + 1;
    }
    if let Some(gap) = (start..end - 1).rev().take(6).find(|&i| !contiguous(i, i + 1)) {
        end = gap + 1;
    }
    while piece.get(start)?.1.is_none() {
        start += 1;
    }
    while piece.get(end - 1)?.1.is_none() {
        end -= 1;
    }
    let mut ops: Vec<CigarOp> = Vec::new();
    let mut push = |kind, len: usize| match ops.last_mut() {
        Some(last) if last.kind == kind => last.len += len as u32,
        _ if len > 0 => ops.push(CigarOp::new(kind, len as u32)),
        _ => {}
    };
    push(CigarKind::SoftClip, start);
    let first = piece[start].1?;
    let mut expected = first;
    for (_, place) in &piece[start..end] {
        match place {
            Some(place) => {
                push(CigarKind::Deletion, place - expected);
                push(CigarKind::Match, 1);
                expected = place + 1;
            }
            None => push(CigarKind::Insertion, 1),
        }
    }
    push(CigarKind::SoftClip, piece.len() - end);
    Some((first as u32, ops))
}

/// Pairs of molecules that carry each variant with its share.
fn reads(reference: &[u8], planted: &[Shared], depth: usize) -> Vec<Record> {
    let mut random = Random::new(3, "mitochondrion");
    let mut records = Vec::new();
    for number in 0..depth * reference.len() / (2 * READ_BASES) {
        let carried: Vec<&Shared> = planted.iter().filter(|v| random.chance(v.share)).collect();
        let circle = molecule(reference, &carried);
        let start = random.below(circle.len() as u32) as usize;
        let forward_first = random.chance(0.5);
        for (mate, from) in [start, start + INSERT_BASES - READ_BASES].into_iter().enumerate() {
            let piece: Vec<_> =
                (from..from + READ_BASES).map(|i| circle[i % circle.len()]).collect();
            let Some((start, ops)) = aligned(&piece) else { continue };
            let quals: Vec<u8> =
                piece.iter().map(|_| if random.chance(0.1) { 22 } else { 36 }).collect();
            let error = |q: u8| 10f64.powf(-f64::from(q) / 10.0);
            let bases: Vec<u8> = piece
                .iter()
                .zip(&quals)
                .map(|(b, &q)| if random.chance(error(q)) { random.other_base(b.0) } else { b.0 })
                .collect();
            let flags = match (mate == 0, forward_first) {
                (true, true) => 0x63,
                (true, false) => 0xa3,
                (false, true) => 0x93,
                (false, false) => 0x53,
            };
            let builder = RecordBuilder::new(format!("m{number}").as_bytes())
                .flags(Flags(flags))
                .position(ContigIndex(1), start)
                .mapq(60)
                .cigar(ops)
                .bases(&bases)
                .quals(&quals)
                .aux(*b"RG", Aux::Text(b"lane"));
            records.push(builder.build().unwrap());
        }
    }
    records.sort_by_key(Record::start);
    records
}

struct Made {
    folder: tempfile::TempDir,
    genome: Genome,
    planted: Vec<Shared>,
}

impl Made {
    fn new(depth: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let planted = planted();
        // The reference alleles are written into the second contig.
        let alleles: Vec<Planted> = planted
            .iter()
            .map(|v| Planted {
                contig: 1,
                start: v.start,
                reference: v.reference,
                alternate: v.alternate,
                on: [false, false],
            })
            .collect();
        let contigs = [("chr1", 2_000), ("chrM", LENGTH)];
        let genome = make_genome(folder.path(), &contigs, &[], &alleles);
        let reference = genome.sequence(ContigIndex(1));
        let records = reads(&reference, &planted, depth);
        write(folder.path().join("m.bam"), &genome, &header(&genome, &["S"]), &records);
        Self { folder, genome, planted }
    }

    fn called(&self, options: &Options) -> (Vec<Variant>, Summary) {
        let output = self.folder.path().join("m.vcf.gz");
        let summary = call(&Request {
            samples: &[SampleFile::new(self.folder.path().join("m.bam"), Sex::Female)],
            genome: &self.genome,
            output: Some(&output),
            gvcf: None,
            regions: None,
            options,
            threads: 2,
            progress: None,
        })
        .unwrap();
        (Reader::open(&output).unwrap().map(Result::unwrap).collect(), summary)
    }
}

fn fraction(record: &Variant) -> f64 {
    let format: Vec<&str> = record.to_string().leak().split('\t').collect();
    let at = format[8].split(':').position(|key| key == "AF").unwrap();
    format[9].split(':').nth(at).unwrap().parse().unwrap()
}

#[test]
fn every_variant_is_found_with_its_share_and_nothing_else() {
    let made = Made::new(2_000);
    let (records, _) = made.called(&Options::default());
    let mut missed = Vec::new();
    let mut found = 0;
    for variant in &made.planted {
        let same = |r: &&Variant| {
            r.position.to_pos0() == variant.start as u32
                && r.reference == variant.reference
                && r.alternates == [variant.alternate]
        };
        let Some(record) = records.iter().find(same) else {
            missed.push((variant.start, variant.share));
            continue;
        };
        found += 1;
        assert!(record.filters.is_pass(), "{record}");
        let told = fraction(record);
        let noise = 4.0 * (variant.share * (1.0 - variant.share) / 1_000.0).sqrt() + 0.01;
        assert!((told - variant.share).abs() < noise, "{}: {record}", variant.share);
        let expected = if variant.share > 0.95 { "1" } else { "0/1" };
        assert_eq!(record.genotype(0).unwrap().to_string(), expected, "{record}");
        let depth: f64 = record
            .to_string()
            .split('\t')
            .nth(9)
            .unwrap()
            .split(':')
            .nth(3)
            .unwrap()
            .parse()
            .unwrap();
        assert!(depth > 1_200.0, "the depth at the border is that of other places: {record}");
    }
    let extra: Vec<String> = records.iter().map(ToString::to_string).collect();
    assert!(missed.is_empty(), "missed {missed:?} of\n{}", extra.join("\n"));
    assert_eq!(records.len(), found, "{}", extra.join("\n"));
}

#[test]
fn deep_data_is_bounded_and_the_bytes_follow_from_the_data() {
    let made = Made::new(1_000);
    let mut options = Options::default();
    options.mito.max_depth = 400;
    let (records, summary) = made.called(&options);
    assert!(summary.samples[0].reads.too_deep > 1_000);
    assert!(records.len() >= 10, "{}", records.len());
    let (again, _) = made.called(&options);
    assert_eq!(records, again);
}
