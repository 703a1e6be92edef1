//! The aligner's index of a genome: built, named and checked.
//!
//! The files are those of bwa-mem2 (`PREFIX.bwt.2bit.64`, `.pac`, `.ann`, `.amb`), which bwa-mem3
//! reads too; `.pac`, `.ann` and `.amb` are byte for byte what `bwa index` makes of the same
//! FASTA. Everything follows from the genome: bases other than A, C, G and T are replaced by
//! pseudo-random ones of a fixed seed.
//!
//! Building takes memory for both strands and the array of their sorted suffixes
//! ([`build_bytes`]): 10 bytes per base of the genome up to 1.07 Gb, and 18 above, where positions
//! no longer fit 32 bits, so 56 GB for a human genome. Measured on 45.9 Mb: 4 s of CPU, 11.3 bytes
//! per base at the peak, 1 of them the pages of the FASTA. The index itself takes 3.5 bytes per
//! base on disk and, loaded, in memory ([`loaded_bytes`]): 11 GB for a human genome.

mod check;
mod fm;
mod import;
pub mod minibwa;
mod packed;
mod random;

use std::path::{Path, PathBuf};

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, genome::Genome};

pub(crate) use check::ambiguous_runs;
pub use check::validate;
pub use import::import;

/// Suffix of the FM index.
const FM: &str = ".bwt.2bit.64";
/// Suffix of the packed bases.
const PAC: &str = ".pac";
/// Suffix of the table of contigs.
const ANN: &str = ".ann";
/// Suffix of the table of ambiguous bases.
const AMB: &str = ".amb";

/// What is added to the prefix to name each file of an index.
pub const SUFFIXES: [&str; 4] = [FM, PAC, ANN, AMB];

/// The files of an index.
///
/// ```
/// let files = wgs_align::index::files("bundle/aligner/genome".as_ref());
/// assert_eq!(files[1].to_str(), Some("bundle/aligner/genome.pac"));
/// ```
pub fn files(prefix: &Path) -> [PathBuf; 4] {
    SUFFIXES.map(|suffix| file(prefix, suffix))
}

fn file(prefix: &Path, suffix: &str) -> PathBuf {
    let mut name = prefix.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Builds the index of a genome. Each file appears when it is whole, the FM index last; the folder
/// must exist. The same genome gives the same bytes.
///
/// One thread sorts the suffixes; the memory is that of [`build_bytes`].
///
/// # Errors
///
/// If a file cannot be written, or the system refuses the memory.
pub fn build(genome: &Genome, prefix: &Path) -> Result<()> {
    if genome.contigs().is_empty() {
        return Err(FileError::invalid(genome.path(), "holds no sequence"));
    }
    let reference = packed::Reference::read(genome)?;
    reference.write(prefix)?;
    fm::write(&reference.into_both_strands(), &file(prefix, FM))
}

/// Bytes of memory that [`build`] takes at its peak for a genome of so many bases.
pub fn build_bytes(bases: u64) -> u64 {
    let text = 2 * bases;
    text + text * if fm::is_narrow(text) { 4 } else { 8 } + (64 << 20)
}

/// Bytes of memory that the index of a genome of so many bases takes when it is loaded.
pub fn loaded_bytes(bases: u64) -> u64 {
    fm::Layout::new(2 * bases + 1).bytes + bases / 4
}

/// An empty vector with room for so many elements, or an error where the system refuses it.
fn reserved<T>(elements: u64, path: &Path) -> Result<Vec<T>> {
    let mut vector = Vec::new();
    usize::try_from(elements)
        .ok()
        .and_then(|elements| vector.try_reserve_exact(elements).ok())
        .ok_or_else(|| {
            let bytes = elements * size_of::<T>() as u64;
            FileError::new(path, ErrorKind::OutOfMemory, format!("{bytes} bytes of memory refused"))
        })?;
    Ok(vector)
}
