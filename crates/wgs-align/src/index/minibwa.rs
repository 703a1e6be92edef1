//! The index of [`Minibwa`](crate::Minibwa): built and checked.
//!
//! Two files: `PREFIX.l2b`, the genome, and `PREFIX.mbw`, its FM index with every 16th suffix. The
//! engine builds them itself, on one thread; bases other than A, C, G and T are replaced by
//! pseudo-random ones of a fixed seed.
//!
//! Numbers are little-endian u64 if nothing else is said. `.l2b`:
//!
//! ```text
//! "L2B\1", 4 bytes          n contigs, bases, a ambiguous and m soft-masked runs,
//!                           bytes of the names, bytes of the comments, words of the bases
//! length x n                begin and end x a      begin and end x m
//! 32 bases x words          names, then comments; each ends with NUL
//! ```
//!
//! `.mbw`, with both strands in the text:
//!
//! ```text
//! "MBW\2", u32 s            row of the whole text; bases up to A, C, G, T
//! 8 words x blocks of 128   4 counts: before the block (56 bits), in its first half (8 bits);
//!                           128 bases
//! 4 counts, of all          number of sampled suffixes; each, every (1 << s)th
//! ```

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use wgs_core::{ContigList, ErrorKind};
use wgs_formats::{FileError, Result, genome::Genome, output};

use crate::aligner::build_minibwa_index;

/// Suffix of the genome.
const GENOME: &str = ".l2b";
/// Suffix of the FM index.
const FM: &str = ".mbw";
/// What is added to the prefix to name each file of an index.
pub const SUFFIXES: [&str; 2] = [GENOME, FM];

const GENOME_MAGIC: [u8; 4] = *b"L2B\x01";
const FM_MAGIC: [u8; 4] = *b"MBW\x02";
/// Bases of a block.
const BLOCK_BASES: u64 = 128;
/// log2 of the rows per sampled suffix that the engine's builder chooses.
const SAMPLE_SHIFT: u64 = 4;
/// log2 of the rows per sampled suffix at most: more makes mapping endless.
const MAX_SAMPLE_SHIFT: u32 = 10;
/// Bits of a count before a block.
const COUNT_BITS: u32 = 56;
/// Bytes of the engine's table of short words.
const WORDS_BYTES: u64 = 32 << 20;

/// The files of an index.
pub fn files(prefix: &Path) -> [PathBuf; 2] {
    SUFFIXES.map(|suffix| super::file(prefix, suffix))
}

/// Bytes of memory that [`build`] takes at its peak for a genome of so many bases.
pub fn build_bytes(bases: u64) -> u64 {
    super::build_bytes(bases) + bases / 4
}

/// Bytes of memory that the index of a genome of so many bases takes when it is loaded.
pub fn loaded_bytes(bases: u64) -> u64 {
    let text = 2 * bases;
    bases / 4 + (text / BLOCK_BASES + 1) * 64 + (text >> SAMPLE_SHIFT) * 8 + WORDS_BYTES
}

/// Builds the index of a genome, with one thread. The files appear when they are whole; the folder
/// must exist. The same genome gives the same bytes.
///
/// # Errors
///
/// If a file cannot be written.
pub fn build(genome: &Genome, prefix: &Path) -> Result<()> {
    if genome.contigs().is_empty() {
        return Err(FileError::invalid(genome.path(), "holds no sequence"));
    }
    let folder = prefix.parent().filter(|folder| !folder.as_os_str().is_empty());
    let partial = tempfile::tempdir_in(folder.unwrap_or(Path::new(".")))
        .map_err(|e| FileError::io(prefix, e))?;
    let built = partial.path().join("index");
    if !build_minibwa_index(genome.path(), &built) {
        let reason = "failed to build the index of minibwa";
        return Err(FileError::new(prefix, ErrorKind::TaskFailed, reason));
    }
    // The builder does not say where the disk is full.
    validate(&built, genome.contigs()).map_err(|e| {
        FileError::new(prefix, ErrorKind::TaskFailed, format!("the index was not built whole: {e}"))
            .hint("is there space on the disk?")
    })?;
    for (from, to) in files(&built).iter().zip(files(prefix)) {
        output::publish(from, &to)?;
    }
    Ok(())
}

/// Checks that the index files are whole, agree with each other, and are of these contigs (names,
/// order and lengths): all numbers of both files, which the engine trusts.
///
/// # Errors
///
/// `NotFound`, `Truncated` or `InvalidInput` with the file, `ReferenceMismatch` if the index is a
/// sound one of other contigs.
pub fn validate(prefix: &Path, contigs: &ContigList) -> Result<()> {
    let [genome, fm] = files(prefix);
    Words::open(&genome)?.check_genome(contigs)?;
    Words::open(&fm)?.check_fm(contigs.total_length())
}

/// A file that is read as numbers.
struct Words {
    path: PathBuf,
    file: BufReader<File>,
    length: u64,
}

impl Words {
    fn open(path: &Path) -> Result<Self> {
        let (file, length) = super::check::open(path)?;
        let file = BufReader::with_capacity(1 << 20, file);
        Ok(Self { path: path.to_owned(), file, length })
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes).map_err(|_| self.cut())?;
        Ok(bytes)
    }

    fn word(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    fn text(&mut self, length: u64) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        let read = self.file.by_ref().take(length).read_to_end(&mut text);
        match read {
            Ok(read) if read as u64 == length => Ok(text),
            _ => Err(self.cut()),
        }
    }

    fn cut(&self) -> FileError {
        super::check::hint(FileError::truncated(&self.path, "ends too early"))
    }

    fn invalid(&self, reason: &str) -> FileError {
        super::check::invalid(&self.path, reason)
    }

    fn other(&self, what: &str) -> FileError {
        let reason = format!("{what} are not the genome's; the index is of another genome");
        super::check::hint(FileError::new(&self.path, ErrorKind::ReferenceMismatch, reason))
    }

    /// The file must be of this length; none stands for one that no file has.
    fn check_length(&self, expected: Option<u64>) -> Result<()> {
        let expected = expected.ok_or_else(|| self.invalid("has impossible numbers"))?;
        super::check::check_length(&self.path, self.length, &[expected])
    }

    fn check_genome(&mut self, contigs: &ContigList) -> Result<()> {
        if self.bytes()? != GENOME_MAGIC {
            return Err(self.invalid("is not a genome of minibwa, of version 1"));
        }
        self.bytes::<4>()?;
        let (count, bases) = (self.word()?, self.word()?);
        let (ambiguous, masked) = (self.word()?, self.word()?);
        let (names, comments, words) = (self.word()?, self.word()?, self.word()?);
        if count != contigs.len() as u64 || bases != contigs.total_length() {
            return Err(self.other("number and bases of the contigs"));
        }
        let runs = ambiguous.checked_add(masked);
        let parts =
            [count.checked_mul(8), runs.and_then(|r| r.checked_mul(16)), words.checked_mul(8)];
        let mut whole = parts.into_iter().chain([Some(names), Some(comments)]);
        self.check_length(whole.try_fold(64_u64, |sum, part| sum.checked_add(part?)))?;
        if words != bases.div_ceil(32) {
            return Err(self.invalid("has too few or too many bases"));
        }
        for contig in contigs.iter() {
            if self.word()? != u64::from(contig.length) {
                return Err(self.other("lengths of contigs"));
            }
        }
        for count in [ambiguous, masked] {
            self.check_runs(count, bases)?;
        }
        self.skip(8 * words)?;
        let expected: Vec<u8> = contigs.iter().flat_map(|c| c.name.bytes().chain([0])).collect();
        if self.text(names)? != expected {
            return Err(self.other("names of contigs"));
        }
        let comments = self.text(comments)?;
        let ends = comments.iter().filter(|&&byte| byte == 0).count();
        if ends != contigs.len() || comments.last().is_some_and(|&byte| byte != 0) {
            return Err(self.invalid("has too few or too many comments"));
        }
        Ok(())
    }

    fn skip(&mut self, bytes: u64) -> Result<()> {
        let bytes = i64::try_from(bytes).map_err(|_| self.cut())?;
        self.file.seek(SeekFrom::Current(bytes)).map(drop).map_err(|e| FileError::io(&self.path, e))
    }

    fn check_runs(&mut self, count: u64, bases: u64) -> Result<()> {
        let mut last = 0;
        for _ in 0..count {
            let (begin, end) = (self.word()?, self.word()?);
            if begin < last || end <= begin || end > bases {
                return Err(
                    self.invalid("a run of bases lies outside the genome, or before another")
                );
            }
            last = end;
        }
        Ok(())
    }

    fn check_fm(&mut self, bases: u64) -> Result<()> {
        if self.bytes()? != FM_MAGIC {
            return Err(self.invalid("is not an index of minibwa, of version 2"));
        }
        let shift = u32::from_le_bytes(self.bytes()?);
        if shift > MAX_SAMPLE_SHIFT {
            return Err(self.invalid("has too few sampled suffixes, or none"));
        }
        let (text, blocks) = (2 * bases, (2 * bases).div_ceil(BLOCK_BASES));
        let samples = (text + (1 << shift)) >> shift;
        let row = self.word()?;
        let mut totals = [0; 4];
        for total in &mut totals {
            *total = self.word()?;
        }
        if totals[3] != text || row > text || !totals.is_sorted() {
            return Err(self.other("its bases"));
        }
        self.check_length(Some(48 + 64 * blocks + 32 + 8 + 8 * samples))?;
        let counts = self.check_blocks(blocks, text)?;
        let mut sum = 0;
        for (total, count) in totals.into_iter().zip(counts) {
            sum += count;
            if self.word()? != count || total != sum {
                return Err(self.invalid("the transform contradicts its counts"));
            }
        }
        self.check_samples(samples, text)
    }

    /// Counts the bases of all blocks, and compares the counts in them.
    fn check_blocks(&mut self, blocks: u64, text: u64) -> Result<[u64; 4]> {
        let mut before = [0u64; 4];
        for block in 0..blocks {
            let bytes: [u8; 64] = self.bytes()?;
            let word =
                |i: usize| u64::from_le_bytes(bytes[8 * i..8 * i + 8].try_into().expect("8"));
            let left = (text - block * BLOCK_BASES).min(BLOCK_BASES);
            let halves = [
                count_bases([word(4), word(5)], left.min(64)),
                count_bases([word(6), word(7)], left.saturating_sub(64)),
            ];
            for base in 0..4 {
                let half = if left > 64 { halves[0][base] } else { 0 };
                if word(base) != before[base] | half << COUNT_BITS {
                    return Err(self
                        .invalid("the transform contradicts its counts")
                        .at(format!("block {block}")));
                }
                before[base] += halves[0][base] + halves[1][base];
            }
        }
        Ok(before)
    }

    fn check_samples(&mut self, samples: u64, text: u64) -> Result<()> {
        if self.word()? != samples {
            return Err(self.invalid("has too few or too many sampled suffixes"));
        }
        for sample in 0..samples {
            let position = self.word()?;
            if position >= text && !(sample == 0 && position == u64::MAX) {
                return Err(self
                    .invalid("a suffix begins outside the genome")
                    .at(format!("sample {sample}")));
            }
        }
        Ok(())
    }
}

/// How often each base stands in up to 64 bases of two bits.
fn count_bases(words: [u64; 2], bases: u64) -> [u64; 4] {
    const LOW: u64 = 0x5555_5555_5555_5555;
    let mut counts = [0; 4];
    for (i, word) in words.into_iter().enumerate() {
        let bases = bases.saturating_sub(32 * i as u64).min(32);
        let mask = if bases == 32 { LOW } else { LOW & ((1 << (2 * bases)) - 1) };
        let (low, high) = (word, word >> 1);
        let found = [!high & !low, !high & low, high & !low, high & low];
        for (count, found) in counts.iter_mut().zip(found) {
            *count += u64::from((found & mask).count_ones());
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use wgs_core::Contig;

    use super::*;
    use crate::testing::{genome_of, random_bases};

    fn built() -> (tempfile::TempDir, PathBuf, ContigList) {
        let (folder, genome) = genome_of(&[
            ("HLA-A*01:01:01:01", &random_bases(1, 3001)),
            ("b", b"NNNNACGTNNacgtn"),
            ("chrUn_KI270706v1", &random_bases(2, 700)),
        ]);
        let prefix = folder.path().join("index");
        build(&genome, &prefix).unwrap();
        (folder, prefix, genome.contigs().clone())
    }

    #[test]
    fn what_was_built_is_accepted_and_nothing_else_is_left() {
        let (folder, prefix, contigs) = built();
        validate(&prefix, &contigs).unwrap();
        let left = std::fs::read_dir(folder.path()).unwrap();
        let left = left.map(|e| e.unwrap().file_name().into_string().unwrap());
        assert_eq!(left.filter(|name| name.starts_with('.')).count(), 0);
        for (built, bytes) in files(&prefix).iter().zip([900, 7000]) {
            assert!(std::fs::metadata(built).unwrap().len() > bytes);
        }
    }

    #[test]
    fn every_cut_is_refused() {
        let (_folder, prefix, contigs) = built();
        for path in files(&prefix) {
            let whole = std::fs::read(&path).unwrap();
            for keep in [0, 1, 30, whole.len() / 3, whole.len() - 17, whole.len() - 1] {
                output::write(&path, &whole[..keep]).unwrap();
                let error = validate(&prefix, &contigs).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Truncated, "cut to {keep}: {error}");
            }
            output::write(&path, &whole).unwrap();
        }
        validate(&prefix, &contigs).unwrap();
    }

    #[test]
    fn no_flipped_bit_of_the_fm_index_passes_that_could_lead_outside() {
        let (_folder, prefix, contigs) = built();
        let [_, path] = files(&prefix);
        let whole = std::fs::read(&path).unwrap();
        let blocks = (2 * contigs.total_length()).div_ceil(BLOCK_BASES) as usize;
        let text_end = 48 + 64 * blocks + 32 + 8;
        let places =
            (0..16).chain((16..text_end).step_by(37)).chain([text_end + 15, text_end + 23]);
        // The row of the whole text may be any row.
        for at in places.filter(|at| !(8..10).contains(at)) {
            for bit in [0, 6, 7] {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                output::write(&path, &bytes).unwrap();
                let refused = validate(&prefix, &contigs).is_err();
                let last = text_end - 72..text_end - 40;
                assert!(refused || last.contains(&at), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn an_index_of_another_genome_is_a_mismatch() {
        let (_folder, prefix, contigs) = built();
        let mut others: Vec<Contig> = contigs.iter().cloned().collect();
        others.swap(0, 2);
        let fewer = ContigList::new(contigs.iter().take(2).cloned().collect()).unwrap();
        for wrong in [ContigList::new(others).unwrap(), fewer] {
            let error = validate(&prefix, &wrong).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ReferenceMismatch, "{error}");
        }
        std::fs::remove_file(&files(&prefix)[1]).unwrap();
        assert_eq!(validate(&prefix, &contigs).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
