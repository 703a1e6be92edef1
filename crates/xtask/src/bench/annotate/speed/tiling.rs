//! A genome of any size with the density of genes of the human one: the gene loci of a small one,
//! again and again, and as much sequence without genes between them.

use std::{
    collections::BTreeMap,
    io::{BufRead, Write},
    path::Path,
};

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::{
    FileError,
    genome::{Genome, open_maybe_gzip},
    output::AtomicFile,
};
use wgs_testkit::Random;

use crate::Error;

/// Bases on either side of a gene that come with it.
const FLANK_BP: u32 = 10_000;
/// Bases on a line of FASTA.
const LINE_BASES: usize = 60;
/// Digits of an Ensembl id that stay; those before are replaced by the number of the copy.
const KEPT_DIGITS: usize = 7;

/// A gene with its surroundings.
struct Locus {
    bases: Vec<u8>,
    /// First base of the surroundings on the contig it comes from, 0-based.
    start: u32,
    /// Lines of GFF3.
    lines: Vec<String>,
}

/// What genomes are made of.
pub(super) struct Tiles {
    loci: Vec<Locus>,
    /// Sequence without genes, in one piece.
    between: Vec<u8>,
}

/// Numbers of contigs and of their copies of all loci.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub(super) contigs: u32,
    pub(super) rounds: u32,
}

impl Tiles {
    /// The gene loci of a genome; and, as what lies between, its longest contig without genes.
    pub(super) fn of(genome: &Genome, gff3: &Path) -> Result<Self, Error> {
        let mut by_contig: BTreeMap<usize, Vec<(u32, u32, String)>> = BTreeMap::new();
        for line in open_maybe_gzip(gff3)?.lines() {
            let line = line.map_err(|e| FileError::io(gff3, e))?;
            let columns: Vec<&str> = line.split('\t').collect();
            let [contig, _, _, first, last, ..] = columns[..] else { continue };
            let index = genome.contigs().index_of(contig).ok_or("genes of another genome")?;
            let (first, last): (u32, u32) = (first.parse()?, last.parse()?);
            by_contig.entry(index.0).or_default().push((first - 1, last, line));
        }
        let mut loci = Vec::new();
        for (&contig, lines) in &by_contig {
            let genes = lines.iter().filter(|(.., line)| line.contains("\tgene\t"));
            for &(start, end, _) in genes {
                let bases = genome.sequence(ContigIndex(contig));
                let from = start.saturating_sub(FLANK_BP);
                let to = (end + FLANK_BP).min(bases.len() as u32);
                let within = |row: &&(u32, u32, String)| start <= row.0 && row.1 <= end;
                let lines = lines.iter().filter(within).map(|row| row.2.clone()).collect();
                let bases = bases[from as usize..to as usize].to_vec();
                loci.push(Locus { bases, start: from, lines });
            }
        }
        let without = genome.contigs().iter().enumerate();
        let without = without.filter(|(index, _)| !by_contig.contains_key(index));
        let longest = without.max_by_key(|(_, contig)| contig.length);
        let (longest, _) = longest.ok_or("a contig without genes is needed")?;
        let mut between = genome.sequence(ContigIndex(longest));
        between.retain(|base| b"ACGT".contains(base));
        Ok(Self { loci, between })
    }

    /// Bases of all loci once, with as many between them.
    fn round_bases(&self) -> u64 {
        self.loci.iter().map(|locus| 2 * locus.bases.len() as u64).sum()
    }

    /// A layout of about so many bases, in contigs below the limit of tabix.
    pub(super) fn layout(&self, bases: u64) -> Layout {
        let rounds = (bases / self.round_bases()).max(1);
        let contigs = bases.div_ceil(160_000_000).min(rounds);
        Layout { contigs: contigs as u32, rounds: rounds.div_ceil(contigs) as u32 }
    }

    /// Writes the genome (with `.fai`) and its genes; the same for the same seed.
    pub(super) fn write(
        &self,
        layout: Layout,
        seed: u64,
        fasta: &Path,
        gff3: &Path,
    ) -> Result<(), Error> {
        let mut genes = AtomicFile::create(gff3)?;
        let mut sequence = AtomicFile::create(fasta)?;
        let (mut fai, mut offset) = (String::new(), 0);
        let mut text = Vec::new();
        writeln!(genes, "##gff-version 3")?;
        for contig in 1..=layout.contigs {
            let name = format!("chr{contig}");
            let mut random = Random::new(seed, &name);
            let mut bases = Vec::new();
            for round in 0..layout.rounds {
                let copy = (contig - 1) * layout.rounds + round + 1;
                for locus in &self.loci {
                    let moved = bases.len() as i64 - i64::from(locus.start);
                    for line in &locus.lines {
                        writeln!(genes, "{}", copied(line, &name, moved, copy)?)?;
                    }
                    bases.extend_from_slice(&locus.bases);
                    let most = (self.between.len() - locus.bases.len()) as u32;
                    let from = random.below(most) as usize;
                    bases.extend_from_slice(&self.between[from..from + locus.bases.len()]);
                }
            }
            writeln!(sequence, ">{name}")?;
            offset += name.len() + 2;
            let length = bases.len();
            fai += &format!("{name}\t{length}\t{offset}\t{LINE_BASES}\t{}\n", LINE_BASES + 1);
            text.clear();
            for line in bases.chunks(LINE_BASES) {
                text.extend_from_slice(line);
                text.push(b'\n');
            }
            offset += text.len();
            sequence.write_all(&text)?;
        }
        let mut index = AtomicFile::create(fasta.with_extension("fa.fai"))?;
        index.write_all(fai.as_bytes())?;
        genes.commit()?;
        index.commit()?;
        Ok(sequence.commit()?)
    }
}

/// A line of GFF3 at another place, with ids of its own.
fn copied(line: &str, contig: &str, moved: i64, copy: u32) -> Result<String, Error> {
    let mut columns: Vec<&str> = line.split('\t').collect();
    let place = |text: &str| text.parse::<i64>().map(|place| (place + moved).to_string());
    let (first, last) = (place(columns[3])?, place(columns[4])?);
    (columns[0], columns[3], columns[4]) = (contig, &first, &last);
    let attributes = renamed(columns[8], copy);
    columns[8] = &attributes;
    Ok(columns.join("\t"))
}

/// A text whose Ensembl ids (four letters and eleven digits) are those of a copy.
fn renamed(text: &str, copy: u32) -> String {
    let mut parts = text.split("ENS");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().skip(1).take_while(u8::is_ascii_digit).count();
        match digits {
            11 => {
                let keep = 1 + 11 - KEPT_DIGITS;
                out += &format!("ENS{}{copy:04}{}", &part[..1], &part[keep..]);
            }
            _ => out += &format!("ENS{part}"),
        }
    }
    out
}

/// Part of a contig, in upper case, as a FASTA of its own.
pub(super) fn write_part(genome: &Genome, end: u32, fasta: &Path) -> Result<(), Error> {
    let name = genome.contigs().iter().next().map_or("", |contig| &contig.name);
    let bases = genome.fetch(ContigIndex(0), Interval0::new(0, end)?);
    let mut file = AtomicFile::create(fasta)?;
    writeln!(file, ">{name}")?;
    for line in bases.chunks(LINE_BASES) {
        file.write_all(line)?;
        file.write_all(b"\n")?;
    }
    Ok(file.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_have_ids_and_places_of_their_own() {
        let line = "chr1\tx\tmRNA\t101\t200\t.\t-\t.\tID=transcript:ENST00000703139;Parent=gene:ENSG00000198793;n=ENSX";
        assert_eq!(
            copied(line, "chr7", 1000, 12).unwrap(),
            "chr7\tx\tmRNA\t1101\t1200\t.\t-\t.\tID=transcript:ENST00120703139;Parent=gene:ENSG00120198793;n=ENSX"
        );
    }
}
