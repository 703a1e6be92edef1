//! The transcript store of a reference bundle: built once from GFF3 and genome, opened at run time.
//!
//! ```text
//! FOLDER/transcripts.jsonl.gz   one header line, then one transcript a line
//! ```

mod check;

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use wgs_core::{ContigList, ErrorKind};
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    output::{self, AtomicFile},
};

use crate::{GeneSummary, Transcript, gff3};

/// Value of `schema` in the header line.
const SCHEMA: &str = "wgs-pipe/transcripts/1";

/// Header line of the store.
#[derive(Serialize, Deserialize)]
struct Head {
    schema: String,
    transcripts: usize,
    contigs: ContigList,
}

/// The file of transcripts in a store's folder.
fn transcripts_path(folder: &Path) -> PathBuf {
    folder.join("transcripts.jsonl.gz")
}

/// Builds the store from a GFF3 file (plain, gzip or bgzip) of Ensembl, GENCODE or RefSeq, as it
/// was downloaded. The folder is made if it is not there.
///
/// Contigs may have any of their provider's names (`17`, `chr17`, `NC_000017.11`). For each gene
/// one transcript is marked canonical: MANE Select, else the one that the file tags, else the one
/// with the longest coding sequence, then the longest exons, then the smallest id, protein-coding
/// ones first.
///
/// # Errors
///
/// `InvalidInput`, with the line: malformed columns, parents that are not there, parts on another
/// contig or strand than their transcript or outside of it, exons that overlap, coding parts
/// outside exons, phases that contradict each other. `ReferenceMismatch`: chromosomes that the
/// genome lacks or has with another length, and coding sequences most of which do not translate.
///
/// ```
/// use wgs_formats::{genome::{self, Genome}, output};
/// let folder = tempfile::tempdir()?;
/// let at = |name: &str| folder.path().join(name);
/// output::write(&at("in.fa"), ">chr1\nGGATGAAATAAGG\n")?;
/// genome::import(&at("in.fa"), &at("genome.fa"))?;
/// let row = |kind: &str, phase: &str, rest: &str| {
///     format!("1\tx\t{kind}\t3\t11\t.\t+\t{phase}\t{rest}\n")
/// };
/// let gff3 = row("gene", ".", "ID=gene:G;Name=ABC") + &row("mRNA", ".", "ID=T;Parent=gene:G")
///     + &row("exon", ".", "Parent=T") + &row("CDS", "0", "ID=CDS:P;Parent=T");
/// output::write(&at("genes.gff3"), gff3)?;
/// let genome = Genome::open(&at("genome.fa"))?;
/// let summary = wgs_annotate::store::build(&at("genes.gff3"), &genome, &at("genes"))?;
/// assert_eq!((summary.genes, summary.transcripts, summary.coding), (1, 1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn build(gff3: &Path, genome: &Genome, folder: &Path) -> Result<GeneSummary> {
    let (transcripts, summary) = gff3::read(gff3, genome)?;
    output::create_folder(folder)?;
    write(&transcripts_path(folder), &transcripts, genome.contigs())?;
    Ok(summary)
}

fn write(path: &Path, transcripts: &[Transcript], contigs: &ContigList) -> Result<()> {
    let io = |e| FileError::io(path, e);
    let mut file = GzEncoder::new(AtomicFile::create(path)?, Compression::default());
    let head =
        Head { schema: SCHEMA.into(), transcripts: transcripts.len(), contigs: contigs.clone() };
    let mut line = |value: serde_json::Result<Vec<u8>>| {
        let mut value = value.map_err(|e| io(e.into()))?;
        value.push(b'\n');
        file.write_all(&value).map_err(io)
    };
    line(serde_json::to_vec(&head))?;
    for transcript in transcripts {
        line(serde_json::to_vec(transcript))?;
    }
    file.finish().map_err(io)?.commit()
}

/// Reads the transcripts of a store that was built for this genome.
///
/// # Errors
///
/// `ReferenceMismatch` if it was built for another; `InvalidInput` or `Truncated` if it is damaged.
pub fn read(folder: &Path, genome: &Genome) -> Result<Vec<Transcript>> {
    let path = transcripts_path(folder);
    let file = std::fs::File::open(&path).map_err(|e| FileError::io(&path, e))?;
    let damaged =
        |reason: String| FileError::invalid(&path, reason).hint("build the bundle's genes again");
    let lines = BufReader::with_capacity(1 << 17, MultiGzDecoder::new(file)).lines();
    let mut lines = lines.map(|line| line.map_err(|e| damaged(e.to_string())));
    let mut next = || lines.next().unwrap_or_else(|| Err(damaged("ends too early".into())));
    let head: Head = serde_json::from_str(&next()?).map_err(|e| damaged(e.to_string()))?;
    if head.schema != SCHEMA {
        return Err(damaged(format!("schema {:?}, expected {SCHEMA:?}", head.schema)));
    }
    check_genome(&path, &head.contigs, genome.contigs())?;
    let transcript = |line: String| {
        let transcript: Transcript =
            serde_json::from_str(&line).map_err(|e| damaged(format!("transcript: {e}")))?;
        check::check(&transcript, genome.contigs()).map_err(damaged)?;
        Ok(transcript)
    };
    let transcripts = (0..head.transcripts).map(|_| transcript(next()?)).collect::<Result<_>>()?;
    match lines.next() {
        None => Ok(transcripts),
        Some(more) => more.and_then(|_| Err(damaged("goes on after its end".into()))),
    }
}

/// The store names contigs by their places, so all of them must be the same, in the same order.
fn check_genome(path: &Path, built_for: &ContigList, genome: &ContigList) -> Result<()> {
    let other = |reason: &str| {
        let reason = format!("of another genome: {reason}");
        FileError::new(path, ErrorKind::ReferenceMismatch, reason)
    };
    genome.check_data(built_for).map_err(|e| other(&e.to_string()))?;
    let names = |list: &ContigList| list.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    if names(built_for) != names(genome) {
        return Err(other("its contigs are fewer or in another order"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
