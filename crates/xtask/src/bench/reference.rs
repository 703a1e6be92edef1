//! The genome in the form that other programs want: plain FASTA with `.fai`, bwa's index.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use wgs_formats::{FileError, digest, genome::open_maybe_gzip, output::AtomicFile};

use super::{
    folder,
    process::{Pipeline, command},
    tools::Tools,
};
use crate::Error;

/// What the folder was made of; also decides whether it is made again.
#[derive(PartialEq, Serialize, Deserialize)]
struct MadeOf {
    genome_sha256: String,
    bwa: Option<String>,
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
        tools: &Tools,
        log: &Path,
    ) -> Result<Self, Error> {
        let made_of =
            MadeOf { genome_sha256: digest::sha256_file(genome)?, bwa: tools.bwa.clone() };
        let make = |folder: &Path| {
            let fasta = fasta_in(folder);
            decompress(genome, &fasta)?;
            let faidx = command("samtools", ["faidx"]);
            let mut commands = vec![faidx];
            if tools.bwa.is_some() {
                commands.push(command("bwa", ["index"]));
            }
            for mut index in commands {
                index.arg(&fasta);
                Pipeline::new(log.to_owned(), [index]).run()?;
            }
            Ok(())
        };
        Ok(Self { folder: folder::kept(folder, &made_of, make)? })
    }

    /// The plain FASTA; prefix of bwa's index.
    pub(super) fn fasta(&self) -> PathBuf {
        fasta_in(&self.folder)
    }

    /// Keeps a program that reads CRAM to this reference: it asks no server for sequences.
    pub(super) fn confine(&self, mut command: std::process::Command) -> std::process::Command {
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
