//! Takes over an index that bwa-mem2 has built.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

use wgs_core::{ContigIndex, ErrorKind};
use wgs_formats::{FileError, Result, genome::Genome, output::AtomicFile};

use super::{PAC, SUFFIXES, check, file, validate};

/// Suffix of the unpacked bases of both strands, which bwa-mem2 reads when it aligns.
const UNPACKED: &str = ".0123";
/// Bases that are compared at a time; a multiple of 4.
const PART_BASES: usize = 1 << 20;

/// Copies an index of this genome that bwa-mem2 (or [`build`](super::build)) has made, byte for
/// byte; `PREFIX.0123`, which only bwa-mem2 itself reads, where it is there.
///
/// It is [validated](validate), and its bases are compared with the genome's, but where those are
/// not A, C, G or T.
///
/// # Errors
///
/// As [`validate`]; `ReferenceMismatch` if a base differs; if a file cannot be written.
pub fn import(from: &Path, genome: &Genome, to: &Path) -> Result<()> {
    validate(from, genome.contigs())?;
    compare(&file(from, PAC), genome, 4)?;
    let unpacked = file(from, UNPACKED);
    let mut copies: Vec<(PathBuf, PathBuf)> =
        SUFFIXES.iter().rev().map(|suffix| (file(from, suffix), file(to, suffix))).collect();
    if unpacked.exists() {
        let bases = genome.contigs().total_length();
        check::check_length(&unpacked, check::open(&unpacked)?.1, &[2 * bases])?;
        compare(&unpacked, genome, 1)?;
        copies.insert(0, (unpacked, file(to, UNPACKED)));
    }
    for (from, to) in copies {
        copy(&from, &to)?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut source = check::open(from)?.0;
    let mut target = AtomicFile::create(to)?;
    std::io::copy(&mut source, &mut target).map_err(|e| FileError::io(to, e))?;
    target.commit()
}

/// Compares a file of so many bases a byte, the first in the high bits, with the genome.
fn compare(path: &Path, genome: &Genome, per_byte: usize) -> Result<()> {
    let mut bases = Bases {
        path,
        file: BufReader::with_capacity(PART_BASES, check::open(path)?.0),
        per_byte,
        byte: 0,
        left: 0,
    };
    for (index, contig) in genome.contigs().iter().enumerate() {
        for (place, &base) in genome.sequence(ContigIndex(index)).iter().enumerate() {
            let found = bases.next()?;
            if b"ACGT".contains(&base) && b"ACGT".get(usize::from(found)) != Some(&base) {
                let reason = format!(
                    "the base {} of {} is not the genome's; the index is of another genome",
                    place + 1,
                    contig.name
                );
                return Err(FileError::new(path, ErrorKind::ReferenceMismatch, reason));
            }
        }
    }
    Ok(())
}

struct Bases<'a> {
    path: &'a Path,
    file: BufReader<File>,
    per_byte: usize,
    byte: u8,
    left: usize,
}

impl Bases<'_> {
    fn next(&mut self) -> Result<u8> {
        if self.left == 0 {
            let mut byte = [0];
            self.file.read_exact(&mut byte).map_err(|e| FileError::io(self.path, e))?;
            (self.byte, self.left) = (byte[0], self.per_byte);
        }
        self.left -= 1;
        Ok(if self.per_byte == 1 { self.byte } else { self.byte >> (2 * self.left) & 3 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        index::{build, files},
        testing::{genome_of, random_bases},
    };

    #[test]
    fn an_index_of_the_genome_is_taken_as_it_is() {
        let bases = random_bases(3, 1501);
        let (folder, genome) = genome_of(&[("a", &bases), ("b", b"ACGTNNRAC")]);
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        build(&genome, &from).unwrap();
        let whole = std::fs::read(file(&from, PAC)).unwrap();
        let unpacked = (0..2 * 1510).map(|i| match i {
            i if i < 1510 => whole[i / 4] >> (6 - 2 * (i % 4)) & 3,
            _ => 0,
        });
        wgs_formats::output::write(&file(&from, UNPACKED), unpacked.collect::<Vec<u8>>()).unwrap();
        import(&from, &genome, &to).unwrap();
        for (from, to) in files(&from).iter().zip(files(&to)) {
            assert!(std::fs::read(from).unwrap() == std::fs::read(to).unwrap());
        }
        assert!(file(&to, UNPACKED).exists());
    }

    #[test]
    fn an_index_of_other_bases_is_refused() {
        let bases = random_bases(3, 1501);
        let mut others = bases.clone();
        others[1400] = if bases[1400] == b'A' { b'C' } else { b'A' };
        let (folder, genome) = genome_of(&[("a", &others)]);
        let from = folder.path().join("from");
        build(&genome, &from).unwrap();
        let (_other, genome) = genome_of(&[("a", &bases)]);
        let error = import(&from, &genome, &folder.path().join("to")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReferenceMismatch);
        assert!(error.to_string().contains("base 1401 of a"), "{error}");
        assert!(!file(&folder.path().join("to"), PAC).exists());
    }
}
