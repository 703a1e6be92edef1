//! Variants over every transcript: of all kinds, in all its parts, most of them where consequences
//! are hard to tell.

use std::{collections::BTreeSet, ops::RangeInclusive};

use wgs_annotate::Transcript;
use wgs_core::{ContigIndex, Interval0};
use wgs_formats::genome::Genome;
use wgs_testkit::Random;

/// Bases around borders of exons, of the coding sequence and of the transcript that are drawn from
/// more often.
const BORDER_BP: u32 = 20;
/// Bases beyond a transcript that variants are drawn from.
const FLANK_BP: u32 = 6_000;

/// Place (0-based), reference and alternate, as a VCF has them.
type Variant = (ContigIndex, u32, String, String);

/// The text of a VCF of about `count` variants, as many in each transcript; their ids are numbers.
pub(super) fn draw(genome: &Genome, transcripts: &[Transcript], count: u32, seed: u64) -> String {
    let each = count.div_ceil(transcripts.len().max(1) as u32);
    let mut variants = BTreeSet::new();
    for transcript in transcripts {
        let mut random = Random::new(seed, &transcript.accession);
        let drawn = (0..each).filter_map(|_| variant(genome, transcript, &mut random));
        variants.extend(drawn);
    }
    text(genome, &variants)
}

fn text(genome: &Genome, variants: &BTreeSet<Variant>) -> String {
    let mut text = "##fileformat=VCFv4.3\n".to_owned();
    for contig in genome.contigs().iter() {
        text += &format!("##contig=<ID={},length={}>\n", contig.name, contig.length);
    }
    text += "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
    for (id, (contig, start, reference, alternate)) in variants.iter().enumerate() {
        let contig = genome.contigs().get(*contig).map_or("", |contig| &contig.name);
        text += &format!("{contig}\t{}\t{id}\t{reference}\t{alternate}\t.\t.\t.\n", start + 1);
    }
    text
}

/// A variant; none where it would leave the contig, or hold other letters than bases.
fn variant(genome: &Genome, transcript: &Transcript, random: &mut Random) -> Option<Variant> {
    let start = place(transcript, random);
    let fetch = |start: u32, length: u32| {
        let end = start.checked_add(length)?;
        let interval = Interval0::new(start, end).ok()?;
        let contig = genome.contigs().get(transcript.contig)?;
        let bases = (end <= contig.length).then(|| genome.fetch(transcript.contig, interval))?;
        bases.iter().all(|base| b"ACGT".contains(base)).then_some(bases)
    };
    let (reference, alternate) = match random.unit() {
        roll if roll < 0.40 => replaced(fetch(start, 1)?, random),
        roll if roll < 0.60 => {
            let (anchor, length) = (fetch(start, 1)?, length(random));
            let copies_what_follows = random.chance(0.3);
            let inserted = match copies_what_follows {
                true => fetch(start + 1, length)?,
                false => random_bases(length, random),
            };
            (anchor.clone(), [anchor, inserted].concat())
        }
        roll if roll < 0.80 => {
            let reference = fetch(start, 1 + length(random))?;
            let anchor = vec![reference[0]];
            (reference, anchor)
        }
        roll if roll < 0.87 => replaced(fetch(start, random.within(2..6))?, random),
        _ => {
            let reference = fetch(start, random.within(1..9))?;
            (reference, random_bases(random.within(1..9), random))
        }
    };
    let differ = reference != alternate;
    let text = |bases: Vec<u8>| String::from_utf8(bases).ok();
    differ.then_some((transcript.contig, start, text(reference)?, text(alternate)?))
}

/// A base of the transcript or near it.
fn place(transcript: &Transcript, random: &mut Random) -> u32 {
    let whole = transcript.interval();
    let coding = transcript.coding_interval();
    match random.unit() {
        roll if roll < 0.35 && transcript.is_coding() => within(&transcript.coding, random),
        roll if roll < 0.50 => within(&transcript.exons, random),
        roll if roll < 0.75 => {
            let exon = transcript.exons[random.below(transcript.exons.len() as u32) as usize];
            near([exon.start(), exon.end()], random)
        }
        roll if roll < 0.85 && transcript.is_coding() => {
            near([coding.start(), coding.end()], random)
        }
        roll if roll < 0.90 => near([whole.start(), whole.end()], random),
        roll if roll < 0.95 => random.within(whole.start()..whole.end()),
        _ => random.within(whole.start().saturating_sub(FLANK_BP)..whole.end() + FLANK_BP),
    }
}

/// A base of one of the parts, each base as likely.
fn within(parts: &[Interval0], random: &mut Random) -> u32 {
    let mut left = random.below(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        if left < part.len() {
            return part.start() + left;
        }
        left -= part.len();
    }
    unreachable!("a number below the sum of the lengths lies in one of them")
}

/// A base at one of two borders.
fn near(borders: [u32; 2], random: &mut Random) -> u32 {
    let border = borders[random.below(2) as usize];
    (border + random.below(2 * BORDER_BP)).saturating_sub(BORDER_BP)
}

/// Bases, all replaced by others.
fn replaced(bases: Vec<u8>, random: &mut Random) -> (Vec<u8>, Vec<u8>) {
    let other = |base: &u8| {
        let others: Vec<u8> = b"ACGT".iter().copied().filter(|b| b != base).collect();
        others[random.below(3) as usize]
    };
    let alternate = bases.iter().map(other).collect();
    (bases, alternate)
}

/// 1 to 50 bases, short ones more often.
fn length(random: &mut Random) -> u32 {
    const LENGTHS: [RangeInclusive<u32>; 3] = [1..=3, 1..=10, 1..=50];
    let range = &LENGTHS[random.below(3) as usize];
    random.within(*range.start()..range.end() + 1)
}

fn random_bases(length: u32, random: &mut Random) -> Vec<u8> {
    (0..length).map(|_| b"ACGT"[random.below(4) as usize]).collect()
}

#[cfg(test)]
mod tests {
    use wgs_annotate::{Effects, store};
    use wgs_formats::{genome, output};

    use super::*;

    #[test]
    fn all_kinds_of_variants_are_drawn_and_agree_with_the_genome() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mut random = Random::new(1, "genome");
        let bases = String::from_utf8(random_bases(2_000, &mut random)).unwrap();
        output::write(&at("in.fa"), format!(">chr1\n{bases}\n")).unwrap();
        genome::import(&at("in.fa"), &at("genome.fa")).unwrap();
        let genome = Genome::open(at("genome.fa")).unwrap();
        let row = |kind: &str, first: u32, last: u32, rest: &str| {
            format!("chr1\tx\t{kind}\t{first}\t{last}\t.\t+\t.\t{rest}\n")
        };
        let genes = [
            row("gene", 500, 1500, "ID=G"),
            row("lnc_RNA", 500, 1500, "ID=T;Parent=G"),
            row("exon", 500, 800, "Parent=T"),
            row("exon", 1000, 1500, "Parent=T"),
        ];
        output::write(&at("genes.gff3"), genes.concat()).unwrap();
        store::build(&at("genes.gff3"), &genome, &at("genes")).unwrap();
        let effects = Effects::open(&at("genes"), &genome).unwrap();

        let text = draw(&genome, effects.transcripts(), 400, 1);
        let mut kinds = [0; 4];
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let columns: Vec<&str> = line.split('\t').collect();
            let (start, r, a) = (columns[1].parse::<usize>().unwrap() - 1, columns[3], columns[4]);
            assert_eq!(&bases[start..start + r.len()], r);
            assert_ne!(r, a);
            kinds[match (r.len(), a.len()) {
                (1, 1) => 0,
                (r, a) if r == a => 1,
                (r, a) if r < a => 2,
                _ => 3,
            }] += 1;
        }
        assert!(kinds.iter().all(|&count| count > 10), "{kinds:?}");
        assert_eq!(text, draw(&genome, effects.transcripts(), 400, 1));
    }
}
