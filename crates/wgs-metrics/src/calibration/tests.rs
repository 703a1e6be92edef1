use wgs_core::ContigIndex;
use wgs_formats::{
    alignment::{Aux, CigarKind, CigarOp, Flags, Header, Record, RecordBuilder},
    genome::{self, Genome},
    output,
    qc::calibration::{Adjustment, Calibration, IndelCounts},
};

use super::*;
use std::ops::Range;

const GENOME_BP: usize = 40_000;
const READ_BP: usize = 100;
const DEPTH: usize = 40;
/// Places at which each tract begins, and what it is.
const TRACTS: [(&str, usize); 2] = [("A", 12), ("CAG", 7)];
const TRACT_EVERY: usize = 150;

/// splitmix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn chance(&mut self, rate: f64) -> bool {
        ((self.next() >> 11) as f64) < rate * (1u64 << 53) as f64
    }

    fn other_than(&mut self, base: u8) -> u8 {
        let others: Vec<u8> = b"ACGT".iter().copied().filter(|&b| b != base).collect();
        others[self.below(3)]
    }
}

/// How reads are made.
#[derive(Clone, Copy)]
struct Plan {
    /// Error rate by cycle, read group and context.
    error: fn(usize, usize, &[u8]) -> f64,
    reported: fn(usize) -> u8,
    /// One of so many positions is heterozygous; 0 is none.
    variant_every: usize,
    /// Chance that a read gains, or loses, a unit of each tract.
    slips: [f64; 2],
    /// Whether every fourth tract lacks a unit on one of two copies.
    tract_variants: bool,
}

const PLAIN: Plan = Plan {
    error: |_, _, _| 0.001,
    reported: |_| 30,
    variant_every: 0,
    slips: [0.0; 2],
    tract_variants: false,
};

struct World {
    _folder: tempfile::TempDir,
    genome: Genome,
    bases: Vec<u8>,
}

impl World {
    fn new() -> Self {
        let mut random = Random(7);
        let mut bases: Vec<u8> = Vec::new();
        while bases.len() < GENOME_BP {
            let next = b"ACGT"[random.below(4)];
            // No tract by chance that a planted one would be taken for.
            if !bases.ends_with(&[next; 3]) {
                bases.push(next);
            }
            if bases.len().is_multiple_of(TRACT_EVERY) {
                let (unit, copies) = TRACTS[bases.len() / TRACT_EVERY % 2];
                bases.extend(format!("T{}T", unit.repeat(copies)).bytes());
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let (source, path) = (folder.path().join("in.fa"), folder.path().join("genome.fa"));
        output::write(&source, [b">chr1\n", &bases[..], b"\n"].concat()).unwrap();
        genome::import(&source, &path).unwrap();
        Self { genome: Genome::open(&path).unwrap(), _folder: folder, bases }
    }

    fn tracts(&self) -> Vec<Range<usize>> {
        let at = |(unit, copies): (&str, usize)| {
            let text = format!("T{}T", unit.repeat(copies)).into_bytes();
            let found: Vec<usize> = (0..self.bases.len() - text.len())
                .filter(|&at| self.bases[at..].starts_with(&text))
                .collect();
            let len = unit.len() * copies;
            found.into_iter().map(move |at| at + 1..at + 1 + len)
        };
        TRACTS.into_iter().flat_map(at).collect()
    }

    fn reads(&self, plan: Plan) -> Vec<Record> {
        let mut random = Random(11);
        let tracts = self.tracts();
        let last = GENOME_BP - 2 * READ_BP;
        let mut starts: Vec<usize> =
            (0..GENOME_BP * DEPTH / READ_BP).map(|_| random.below(last)).collect();
        starts.sort_unstable();
        let read = |(number, start)| self.read(plan, &tracts, &mut random, number, start);
        starts.into_iter().enumerate().map(read).collect()
    }

    fn read(
        &self,
        plan: Plan,
        tracts: &[Range<usize>],
        random: &mut Random,
        number: usize,
        start: usize,
    ) -> Record {
        let (is_reverse, group, copy) = (random.chance(0.5), number % 2, random.chance(0.5));
        let mut bases = Vec::new();
        let mut ops: Vec<CigarOp> = Vec::new();
        let mut op = |kind, len| ops.push(CigarOp { kind, len: len as u32 });
        let mut at = start;
        while bases.len() < READ_BP {
            let tract = tracts.iter().enumerate().find(|(_, t)| t.start == at && at > start + 11);
            if let Some((index, tract)) = tract.filter(|(_, t)| t.end + 12 < start + READ_BP) {
                let unit = TRACTS.iter().find(|(u, n)| u.len() * n == tract.len()).unwrap().0.len();
                let shorter = plan.tract_variants && index.is_multiple_of(4) && copy;
                if shorter || random.chance(plan.slips[1]) {
                    op(CigarKind::Deletion, unit);
                    at += unit;
                } else if random.chance(plan.slips[0]) {
                    op(CigarKind::Insertion, unit);
                    bases.extend_from_slice(&self.bases[at..at + unit]);
                }
            }
            let is_variant =
                plan.variant_every > 0 && at.is_multiple_of(plan.variant_every) && copy;
            let base = self.bases[at];
            bases.push(if is_variant { complement(base) } else { base });
            op(CigarKind::Match, 1);
            at += 1;
        }
        bases.truncate(READ_BP);
        let ops = joined(&ops, READ_BP);
        let bases = sequenced(plan, random, bases, group, is_reverse);
        let quals: Vec<u8> = (0..READ_BP)
            .map(|at| (plan.reported)(if is_reverse { READ_BP - 1 - at } else { at }))
            .collect();
        RecordBuilder::new(format!("r{number}").as_bytes())
            .flags(Flags(if is_reverse { 16 } else { 0 }))
            .position(ContigIndex(0), start as u32)
            .mapq(60)
            .cigar(ops)
            .bases(&bases)
            .quals(&quals)
            .aux(*b"RG", Aux::Text([b"a", b"b"][group]))
            .build()
            .unwrap()
    }

    fn learnt(&self, records: &[Record]) -> Calibration {
        let mut accumulator = CalibrationAccumulator::new(&self.genome);
        records.iter().for_each(|record| accumulator.add(record));
        accumulator.finish(&header())
    }
}

fn header() -> Header {
    Header::parse("@SQ\tSN:chr1\tLN:40000\n@RG\tID:a\tSM:S1\n@RG\tID:b\tSM:S1\n").unwrap()
}

fn complement(base: u8) -> u8 {
    match base {
        b'A' => b'T',
        b'C' => b'G',
        b'G' => b'C',
        _ => b'A',
    }
}

/// The operations of a read of so many bases, equal neighbours as one.
fn joined(ops: &[CigarOp], read_bp: usize) -> Vec<CigarOp> {
    let mut joined: Vec<CigarOp> = Vec::new();
    let mut left = read_bp as u32;
    for &op in ops {
        let len = if op.kind.consumes_query() { op.len.min(left) } else { op.len };
        left -= if op.kind.consumes_query() { len } else { 0 };
        match joined.last_mut() {
            Some(last) if last.kind == op.kind => last.len += len,
            _ => joined.push(CigarOp { kind: op.kind, len }),
        }
    }
    joined.retain(|op| op.len > 0);
    joined
}

/// The bases with errors in the order of sequencing.
fn sequenced(
    plan: Plan,
    random: &mut Random,
    bases: Vec<u8>,
    group: usize,
    is_reverse: bool,
) -> Vec<u8> {
    let turned = |bases: Vec<u8>| -> Vec<u8> {
        if is_reverse { bases.into_iter().rev().map(complement).collect() } else { bases }
    };
    let truth = turned(bases);
    let mut read: Vec<u8> = Vec::new();
    for (cycle, &base) in truth.iter().enumerate() {
        let context = [read.last().copied().unwrap_or(b'-'), base];
        let wrong = random.chance((plan.error)(cycle, group, &context));
        read.push(if wrong { random.other_than(base) } else { base });
    }
    turned(read)
}

fn named<'a>(adjustments: &'a [Adjustment], name: &str) -> &'a Adjustment {
    adjustments.iter().find(|a| a.of == name).unwrap()
}

/// Quality of a base of reported quality 30, by group and cycle.
fn quality(calibration: &Calibration, group: &str, cycle: usize) -> f64 {
    let terms = &calibration.base_quality;
    terms.reported.iter().find(|q| q.reported_phred == 30).unwrap().odds_phred
        + named(&terms.read_groups, group).adjustment_phred
        + terms.r1_cycles[cycle].adjustment_phred
}

#[test]
fn rates_by_cycle_and_read_group_are_found_though_all_qualities_are_alike() {
    let world = World::new();
    fn rate(cycle: usize, group: usize) -> f64 {
        let early = cycle < 50;
        [1.0, 2.0][group] * if early { 0.002 } else { 0.02 }
    }
    let error = |cycle, group, _: &[u8]| rate(cycle, group);
    let learnt = world.learnt(&world.reads(Plan { error, ..PLAIN }));
    for (group, name) in ["a", "b"].into_iter().enumerate() {
        for half in [0..50, 50..100] {
            let expected = -10.0 * rate(half.start, group).log10();
            let len = half.len() as f64;
            let mean: f64 = half.map(|cycle| quality(&learnt, name, cycle)).sum::<f64>() / len;
            assert!((mean - expected).abs() < 0.7, "{name}: {mean} for {expected}");
        }
    }
}

#[test]
fn errors_of_a_context_are_found_and_shared_out_to_it_alone() {
    let world = World::new();
    let error = |_, _, context: &[u8]| if context == b"GC" { 0.04 } else { 0.004 };
    let learnt = world.learnt(&world.reads(Plan { error, reported: |c| [20, 30][c % 2], ..PLAIN }));
    let contexts = &learnt.base_quality.contexts;
    // What a C behind G is read as; true C among them are the fewest errors.
    let wrong = ["GA", "GG", "GT"].map(|name| named(contexts, name).adjustment_phred);
    assert!(wrong.iter().all(|w| *w < -1.5), "{wrong:?}");
    assert!(named(contexts, "TC").adjustment_phred.abs() < 2.0);
    let cycles = &learnt.base_quality.r1_cycles;
    assert!(cycles.iter().all(|a| a.adjustment_phred.abs() < 1.0), "{cycles:?}");
    let reported: Vec<f64> = learnt.base_quality.reported.iter().map(|q| q.odds_phred).collect();
    assert!((reported[0] - reported[1]).abs() < 0.7, "{reported:?}");
}

#[test]
fn variants_do_not_count_as_errors() {
    let world = World::new();
    let of = |variant_every| {
        let learnt = world.learnt(&world.reads(Plan { variant_every, ..PLAIN }));
        (learnt.sampled.variant_positions, learnt.base_quality.reported[0].odds_phred)
    };
    let (without, with) = (of(0), of(101));
    assert!(without.0 < 40 && (350..480).contains(&with.0), "{without:?} {with:?}");
    assert!(
        (without.1 - 30.0).abs() < 0.4 && (with.1 - without.1).abs() < 0.3,
        "{without:?} {with:?}"
    );
}

#[test]
fn slips_in_repeats_are_found_and_variants_of_length_are_none() {
    let world = World::new();
    for tract_variants in [false, true] {
        let plan = Plan { slips: [0.01, 0.03], tract_variants, ..PLAIN };
        let learnt = world.learnt(&world.reads(plan));
        for (unit, copies) in [(1, 12), (3, 7)] {
            let class = |t: &&calibration::TractIndels| (t.unit_bp, t.copies) == (unit, copies);
            let found = learnt.indels.tracts.iter().find(class).unwrap();
            let IndelCounts { chances, insertions, deletions } = found.counts;
            let (gained, lost) = (insertions / chances, deletions / chances);
            assert!((0.006..0.014).contains(&gained), "{found:?}");
            assert!((0.024..0.036).contains(&lost), "{found:?}");
        }
        let lengths = &learnt.indels.lengths;
        assert!(lengths.iter().filter(|l| l.unit_bp > 0).all(|l| l.units == l.gaps), "{lengths:?}");
    }
}

#[test]
fn few_bases_change_little() {
    let world = World::new();
    let records = world.reads(PLAIN);
    let few: Vec<Record> = records.iter().take(30).cloned().collect();
    let learnt = world.learnt(&few);
    let quality = &learnt.base_quality;
    assert!(quality.reported.iter().all(|q| (q.odds_phred - 30.0).abs() < 3.0), "{quality:?}");
    assert!(quality.r1_cycles.iter().all(|a| a.adjustment_phred.abs() < 1.5), "{quality:?}");
    assert_eq!(world.learnt(&[]).base_quality.reported, []);
}

#[test]
fn duplicates_doubtful_places_and_other_alignments_have_no_part() {
    let world = World::new();
    let records = world.reads(PLAIN);
    let learnt = world.learnt(&records);
    for spoil in [
        (|r: &mut Record| r.set_mapq(5)) as fn(&mut Record),
        |r| r.set_flags(Flags(0x400)),
        |r| r.set_flags(Flags(0x100)),
        |r| r.set_flags(Flags(0x200)),
        |r| r.set_mapq(255),
    ] {
        let wrong = |record: &Record| {
            let mut wrong = record.clone();
            spoil(&mut wrong);
            [record.clone(), wrong]
        };
        let all: Vec<Record> = records.iter().flat_map(wrong).collect();
        assert!(world.learnt(&all) == learnt);
    }
}

#[test]
fn of_much_data_a_share_counts_and_says_the_same() {
    let world = World::new();
    let records = world.reads(PLAIN);
    let mut accumulator = CalibrationAccumulator::new(&world.genome);
    accumulator.levels = Levels::new(world.genome.contigs()).at_most(900_000);
    records.iter().for_each(|record| accumulator.add(record));
    let learnt = accumulator.finish(&header());
    assert!(learnt.sampled.one_of > 1, "{:?}", learnt.sampled);
    let bases = learnt.base_quality.reported.iter().map(|q| q.bases).sum::<u64>();
    assert!(bases < 900_000, "{bases}");
}
