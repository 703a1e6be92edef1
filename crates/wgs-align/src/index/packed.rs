//! The packed reference: `.pac`, and its tables `.ann` (contigs) and `.amb` (ambiguous bases).

use std::{fmt::Write as _, io::Write as _, path::Path};

use wgs_core::{ContigIndex, ContigList};
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    output::{self, AtomicFile},
};

use super::random::Lrand48;

/// Seed of the bases that replace ambiguous ones, as bwa sets it.
pub(super) const SEED: u32 = 11;

/// A run of one and the same ambiguous letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hole {
    /// First base, 0-based, in the concatenated contigs.
    offset: u64,
    length: u32,
    letter: u8,
}

/// All contigs of a genome, one after the other, without ambiguity.
pub(super) struct Reference<'a> {
    contigs: &'a ContigList,
    /// Bases as 0 to 3 for A, C, G, T.
    codes: Vec<u8>,
    holes: Vec<Hole>,
    /// Number of holes of each contig.
    holes_of_contig: Vec<usize>,
}

impl<'a> Reference<'a> {
    /// Reads a genome; `codes` has room for both strands.
    pub(super) fn read(genome: &'a Genome) -> Result<Self> {
        let contigs = genome.contigs();
        let mut reference = Self {
            contigs,
            codes: super::reserved(2 * contigs.total_length(), genome.path())?,
            holes: Vec::new(),
            holes_of_contig: Vec::with_capacity(contigs.len()),
        };
        let mut random = Lrand48::new(SEED);
        for index in 0..contigs.len() {
            reference.push(&genome.sequence(ContigIndex(index)), &mut random);
        }
        Ok(reference)
    }

    fn push(&mut self, bases: &[u8], random: &mut Lrand48) {
        let holes_before = self.holes.len();
        let mut previous = 0;
        for &base in bases {
            let code = code_of(base).unwrap_or_else(|| {
                self.extend_hole(base, previous);
                random.base()
            });
            self.codes.push(code);
            previous = base;
        }
        self.holes_of_contig.push(self.holes.len() - holes_before);
    }

    fn extend_hole(&mut self, letter: u8, previous: u8) {
        match self.holes.last_mut() {
            Some(hole) if previous == letter => hole.length += 1,
            _ => self.holes.push(Hole { offset: self.codes.len() as u64, length: 1, letter }),
        }
    }

    /// Writes `.pac`, `.ann` and `.amb`.
    pub(super) fn write(&self, prefix: &Path) -> Result<()> {
        self.write_pac(&super::file(prefix, super::PAC))?;
        output::write(&super::file(prefix, super::ANN), self.ann())?;
        output::write(&super::file(prefix, super::AMB), self.amb())
    }

    /// Four bases a byte, the first in the high bits; a zero byte if the last is full; the number
    /// of bases in the last byte.
    fn write_pac(&self, path: &Path) -> Result<()> {
        let io = |e| FileError::io(path, e);
        let mut file = AtomicFile::create(path)?;
        for part in self.codes.chunks(1 << 16) {
            let bytes: Vec<u8> = part.chunks(4).map(pack).collect();
            file.write_all(&bytes).map_err(io)?;
        }
        let last = (self.codes.len() % 4) as u8;
        let trailer: &[u8] = if last == 0 { &[0, 0] } else { &[last] };
        file.write_all(trailer).map_err(io)?;
        file.commit()
    }

    fn ann(&self) -> String {
        let mut text = format!("{} {} {SEED}\n", self.codes.len(), self.contigs.len());
        let mut offset = 0;
        for (contig, holes) in self.contigs.iter().zip(&self.holes_of_contig) {
            let _ = writeln!(text, "0 {} (null)\n{offset} {} {holes}", contig.name, contig.length);
            offset += u64::from(contig.length);
        }
        text
    }

    fn amb(&self) -> String {
        let mut text =
            format!("{} {} {}\n", self.codes.len(), self.contigs.len(), self.holes.len());
        for hole in &self.holes {
            let _ = writeln!(text, "{} {} {}", hole.offset, hole.length, char::from(hole.letter));
        }
        text
    }

    /// The bases of both strands: the contigs, and the reverse complement of the whole.
    pub(super) fn into_both_strands(mut self) -> Vec<u8> {
        for place in (0..self.codes.len()).rev() {
            self.codes.push(3 - self.codes[place]);
        }
        self.codes
    }
}

fn code_of(base: u8) -> Option<u8> {
    match base {
        b'A' => Some(0),
        b'C' => Some(1),
        b'G' => Some(2),
        b'T' => Some(3),
        _ => None,
    }
}

fn pack(codes: &[u8]) -> u8 {
    codes.iter().enumerate().fold(0, |byte, (i, code)| byte | code << (6 - 2 * i))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::genome_of;

    #[test]
    fn holes_are_runs_of_one_letter_and_do_not_cross_contigs() {
        let (_folder, genome) = genome_of(&[("a", b"ACNNRRNA"), ("b", b"NNTT"), ("c", b"NA")]);
        let reference = Reference::read(&genome).unwrap();
        assert_eq!(
            reference.amb(),
            "14 3 5\n2 2 N\n4 2 R\n6 1 N\n8 2 N\n12 1 N\n",
            "offset, length and letter of each run"
        );
        assert_eq!(
            reference.ann(),
            "14 3 11\n0 a (null)\n0 8 3\n0 b (null)\n8 4 1\n0 c (null)\n12 2 1\n"
        );
    }

    #[test]
    fn both_strands_are_reverse_complements() {
        let (_folder, genome) = genome_of(&[("a", b"ACGGT")]);
        let both = Reference::read(&genome).unwrap().into_both_strands();
        assert_eq!(both, [0, 1, 2, 2, 3, 0, 1, 1, 2, 3]);
    }

    #[test]
    fn packed_bases_end_with_their_number() {
        for (bases, bytes) in
            [(&b"ACGT"[..], &[0b0001_1011, 0, 0][..]), (b"ACGTT", &[0b0001_1011, 0b1100_0000, 1])]
        {
            let (folder, genome) = genome_of(&[("a", bases)]);
            let prefix = folder.path().join("index");
            Reference::read(&genome).unwrap().write(&prefix).unwrap();
            assert_eq!(
                std::fs::read(super::super::file(&prefix, super::super::PAC)).unwrap(),
                bytes
            );
        }
    }
}
