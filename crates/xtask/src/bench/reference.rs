//! The genome in the form that other programs want: plain FASTA with `.fai`, aligners' indexes.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use serde::{Deserialize, Serialize};
use wgs_formats::{FileError, digest, genome::open_maybe_gzip, output::AtomicFile};

use super::{
    folder,
    process::{Pipeline, command},
    simulation::ALL_CONTIGS,
};
use crate::Error;

/// An aligner that makes its index by `PROGRAM index FASTA`, beside the FASTA.
#[derive(Clone, Debug)]
pub(super) struct Indexer {
    pub(super) program: OsString,
    pub(super) version: String,
}

/// What the folder was made of; also decides whether it is made again.
#[derive(PartialEq, Serialize, Deserialize)]
struct MadeOf {
    genome_sha256: String,
    indexers: Vec<(String, String)>,
}

/// The genome that peers and judges read.
pub(super) struct Reference {
    folder: PathBuf,
}

impl Reference {
    /// The reference in the folder, made if it is not there.
    pub(super) fn make(
        folder: &Path,
        genome: &Path,
        indexers: &[Indexer],
        log: &Path,
    ) -> Result<Self, Error> {
        let described = |i: &Indexer| (i.program.to_string_lossy().into_owned(), i.version.clone());
        let made_of = MadeOf {
            genome_sha256: digest::sha256_file(genome)?,
            indexers: indexers.iter().map(described).collect(),
        };
        let make = |folder: &Path| {
            let fasta = fasta_in(folder);
            decompress(genome, &fasta)?;
            let aligners = indexers.iter().map(|indexer| command(&indexer.program, ["index"]));
            for mut index in [command("samtools", ["faidx"])].into_iter().chain(aligners) {
                index.arg(&fasta);
                Pipeline::new(log.to_owned(), [index]).run()?;
            }
            Ok(())
        };
        Ok(Self { folder: folder::kept(folder, &made_of, make)? })
    }

    /// The plain FASTA; prefix of the indexes.
    pub(super) fn fasta(&self) -> PathBuf {
        fasta_in(&self.folder)
    }

    /// Number of bases of these contigs, or of all of them if that is asked for.
    pub(super) fn bases(&self, contigs: &[String]) -> Result<u64, Error> {
        let index = self.folder.join("genome.fa.fai");
        let text = fs::read_to_string(&index).map_err(|e| FileError::io(&index, e))?;
        let rows = text.lines().filter_map(|line| {
            let mut fields = line.split('\t');
            Some((fields.next()?, fields.next()?.parse::<u64>().ok()?))
        });
        let all = contigs == [ALL_CONTIGS];
        Ok(rows.filter(|(name, _)| all || contigs.iter().any(|c| c == name)).map(|r| r.1).sum())
    }

    /// Keeps a program that reads CRAM to this reference: it asks no server for sequences.
    pub(super) fn confine(&self, mut command: Command) -> Command {
        command.env("REF_PATH", &self.folder).env_remove("REF_CACHE");
        command
    }
}

fn fasta_in(folder: &Path) -> PathBuf {
    folder.join("genome.fa")
}

fn decompress(from: &Path, to: &Path) -> Result<(), Error> {
    let mut file = AtomicFile::create(to)?;
    io::copy(&mut open_maybe_gzip(from)?, &mut file).map_err(|e| FileError::io(from, e))?;
    Ok(file.commit()?)
}
