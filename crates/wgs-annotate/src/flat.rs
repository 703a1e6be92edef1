//! The flat genome that the consequence engine maps into memory: bases of contig after contig in
//! one file, and an index of where they begin.

use std::{io::Write, path::Path};

use vareffect::fasta::{ContigEntry, GENOME_BIN_INDEX_VERSION, GenomeBinIndex};
use wgs_core::{ContigIndex, ErrorKind, Interval0};
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    output::{self, AtomicFile},
};

use crate::contigs::is_mitochondrion;

/// Bases that are copied at once.
const STRIDE: u32 = 1 << 20;

/// The name of a contig within the engine, which gives names a meaning of its own: `chrM` has the
/// mitochondrial code, and `chr` in front keeps it from translating others.
pub(crate) fn engine_name(genome: &Genome, contig: ContigIndex) -> String {
    match genome.contigs().get(contig) {
        Some(contig) if is_mitochondrion(&contig.name) => "chrM".into(),
        _ => format!("chr#{}", contig.0),
    }
}

/// Writes the contigs that `wanted` names; the index goes beside, with `.idx` appended.
pub(crate) fn write(genome: &Genome, wanted: &[ContigIndex], path: &Path) -> Result<()> {
    let mut file = AtomicFile::create(path)?;
    let mut index = GenomeBinIndex {
        version: GENOME_BIN_INDEX_VERSION,
        build: String::new(),
        expected_size: 0,
        contigs: Vec::new(),
    };
    for &contig in wanted {
        let length = genome.contigs().get(contig).map_or(0, |c| c.length);
        copy(genome, contig, length, &mut file)?;
        index.contigs.push(ContigEntry {
            name: engine_name(genome, contig),
            offset: index.expected_size,
            length: u64::from(length),
        });
        index.expected_size += u64::from(length);
    }
    let index_path = path.with_extension("bin.idx");
    let bytes = rmp_serde::to_vec(&index)
        .map_err(|e| FileError::new(&index_path, ErrorKind::TaskFailed, e.to_string()))?;
    output::write(&index_path, bytes)?;
    file.commit()
}

fn copy(genome: &Genome, contig: ContigIndex, length: u32, file: &mut AtomicFile) -> Result<()> {
    let mut start = 0;
    while start < length {
        let end = length.min(start.saturating_add(STRIDE));
        let part = Interval0::new(start, end).expect("the end was made no less than the start");
        let bases = genome.fetch(contig, part);
        file.write_all(&bases).map_err(|e| FileError::io(file.path(), e))?;
        start = end;
    }
    Ok(())
}
