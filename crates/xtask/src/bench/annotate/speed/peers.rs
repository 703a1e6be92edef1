//! Other programs at the same work.

use std::{
    fs,
    io::{BufRead, Write},
    path::{Path, PathBuf},
};

use wgs_formats::{
    FileError,
    genome::{Genome, open_maybe_gzip},
    output::{self, AtomicFile},
};

use super::{Data, Options, Part, bundle::bytes, files::Kind, tiling};
use crate::{
    Error,
    bench::{
        annotate::vep::{ARGUMENTS, sorted_genes},
        folder,
        process::{Pipeline, Used, command},
        say, tools,
    },
};

/// By what echtvar multiplies frequencies, which it stores as whole numbers: its own example.
const MULTIPLIER: u32 = 2_000_000;

/// What VEP did.
#[derive(serde::Serialize)]
pub(super) struct VepRun {
    pub(super) variants: u64,
    pub(super) used: Used,
}

/// The programs that take part, with what they made of the data.
pub(super) struct Peers<'a> {
    data: &'a Data,
    options: &'a Options,
    logs: &'a Path,
    fastvep: Option<(String, PathBuf)>,
    echtvar: Option<(String, PathBuf)>,
    vep: Option<String>,
}

impl<'a> Peers<'a> {
    /// Finds the programs, and has them build their stores unless they did so before.
    pub(super) fn prepare(
        data: &'a Data,
        options: &'a Options,
        logs: &'a Path,
    ) -> Result<Self, Error> {
        let version = |part, program: &Path, argument| match options.only.contains(&part) {
            true => tools::version(program, &[argument]),
            false => Ok(None),
        };
        let mut peers = Self {
            data,
            options,
            logs,
            fastvep: None,
            echtvar: None,
            vep: version(Part::Vep, &options.vep, "--help")?,
        };
        if let Some(version) = version(Part::FastVep, &options.fastvep, "--version")? {
            peers.fastvep = Some((version.clone(), peers.prepare_fastvep(&version)?));
        }
        if let Some(version) = version(Part::Echtvar, &options.echtvar, "--version")? {
            peers.echtvar = Some((version.clone(), peers.prepare_echtvar(&version)?));
        }
        Ok(peers)
    }

    /// Names and versions, `None` of those that are not there.
    pub(super) fn versions(&self) -> Vec<(&'static str, Option<String>)> {
        let version = |made: &Option<(String, PathBuf)>| made.as_ref().map(|(v, _)| v.clone());
        vec![
            ("fastVEP", version(&self.fastvep)),
            ("Ensembl VEP", self.vep.clone()),
            ("echtvar", version(&self.echtvar)),
        ]
    }

    fn prepare_fastvep(&self, version: &str) -> Result<PathBuf, Error> {
        let make = |folder: &Path| {
            say("fastVEP builds its stores");
            for kind in Kind::ALL {
                let mut build = command(&self.options.fastvep, ["sa-build", "--no-progress"]);
                match kind {
                    Kind::Tommo => build.args(["--source", "custom_vcf", "--name", "tommo"]),
                    known => build.args(["--source", known.name()]),
                };
                build.arg("--input").arg(self.data.source(kind));
                build.arg("--output").arg(folder.join(kind.name()));
                Pipeline::new(self.logs.join("fastvep-build.log"), [build]).run()?;
            }
            let mut cache = command(&self.options.fastvep, ["cache", "--no-progress", "--gff3"]);
            cache.arg(self.data.genes()).arg("--fasta").arg(self.data.fasta());
            cache.arg("--output").arg(self.options.out.join("fastvep.cache"));
            Pipeline::new(self.logs.join("fastvep-cache.log"), [cache]).run().map(drop)
        };
        let of = (version.to_owned(), self.data.made_of.clone());
        folder::kept(&self.options.out.join("fastvep"), &of, make)
    }

    /// fastVEP's annotation of all calls: consequences with HGVS names, and the same stores. It
    /// writes plain text only, which would be ten times the size of all else: it is thrown away.
    pub(super) fn fastvep(&self) -> Result<Option<Used>, Error> {
        let Some((_, stores)) = &self.fastvep else { return Ok(None) };
        let mut run = command(&self.options.fastvep, ["annotate", "--hgvs", "--symbol"]);
        run.args(["--canonical", "--no-progress"]);
        run.env("RAYON_NUM_THREADS", self.options.threads.to_string());
        run.arg("--input").arg(self.data.calls()).args(["--output", "/dev/null"]);
        run.arg("--gff3").arg(self.data.genes()).arg("--fasta").arg(self.data.fasta());
        run.arg("--transcript-cache").arg(self.options.out.join("fastvep.cache"));
        run.arg("--sa-dir").arg(stores);
        Pipeline::new(self.logs.join("fastvep.log"), [run]).run().map(Some)
    }

    /// Bytes of fastVEP's store.
    pub(super) fn fastvep_bytes(&self, kind: Kind) -> Result<Option<u64>, Error> {
        let Some((_, stores)) = &self.fastvep else { return Ok(None) };
        let entries = fs::read_dir(stores).map_err(|e| FileError::io(stores, e))?;
        let mut sum = 0;
        for entry in entries {
            let entry = entry.map_err(|e| FileError::io(stores, e))?;
            let of_kind = entry.file_name().to_string_lossy().starts_with(kind.name());
            sum += if of_kind { bytes(&entry.path())? } else { 0 };
        }
        Ok(Some(sum))
    }

    fn prepare_echtvar(&self, version: &str) -> Result<PathBuf, Error> {
        let make = |folder: &Path| {
            say("echtvar builds its archives");
            for kind in Kind::ALL {
                let json = folder.join(format!("{}.json", kind.name()));
                output::write(&json, fields_of_echtvar(kind))?;
                let mut encode = command(&self.options.echtvar, ["encode"]);
                encode.arg(archive(folder, kind)).arg(&json).arg(self.data.source(kind));
                Pipeline::new(self.logs.join("echtvar-build.log"), [encode]).run()?;
            }
            Ok(())
        };
        let of = (version.to_owned(), self.data.made_of.clone());
        folder::kept(&self.options.out.join("echtvar"), &of, make)
    }

    /// echtvar's annotation of all calls with the same stores; consequences it has none.
    pub(super) fn echtvar(&self, to: &Path) -> Result<Option<Used>, Error> {
        let Some((_, stores)) = &self.echtvar else { return Ok(None) };
        let mut run = command(&self.options.echtvar, ["anno"]);
        for kind in Kind::ALL {
            run.arg("-e").arg(archive(stores, kind));
        }
        run.arg(self.data.calls()).arg(to);
        Pipeline::new(self.logs.join("echtvar.log"), [run]).run().map(Some)
    }

    /// Bytes of echtvar's archive.
    pub(super) fn echtvar_bytes(&self, kind: Kind) -> Result<Option<u64>, Error> {
        let stores = self.echtvar.as_ref();
        stores.map(|(_, stores)| bytes(&archive(stores, kind))).transpose()
    }

    /// Ensembl VEP on the first calls, with the genome and the genes up to the last of them:
    /// consequences and names, without stores.
    pub(super) fn vep(&self, most: u32) -> Result<Option<VepRun>, Error> {
        if self.vep.is_none() {
            return Ok(None);
        }
        say("VEP: about 100 variants a second");
        let folder = folder::fresh(&self.options.out.join("vep"))?;
        let (calls, fasta) = (folder.join("calls.vcf"), folder.join("genome.fa"));
        let (variants, last) = first_calls(&self.data.calls(), &calls, most)?;
        tiling::write_part(&Genome::open(self.data.fasta())?, last + 200_000, &fasta)?;
        let genes = folder.join("some.gff3");
        first_genes(&self.data.genes(), &genes, last + 200_000)?;
        let log = self.logs.join("vep.log");
        let mut index = command("samtools", ["faidx"]);
        index.arg(&fasta);
        Pipeline::new(log.clone(), [index]).run()?;
        let sorted = folder.join("genes.gff3.gz");
        sorted_genes(&genes, &sorted, &log)?;
        let mut vep = command(&self.options.vep, ARGUMENTS);
        if self.options.threads > 1 {
            vep.args(["--fork", &self.options.threads.to_string()]);
        }
        vep.arg("--gff").arg(&sorted).arg("--fasta").arg(&fasta);
        vep.arg("-i").arg(&calls).arg("-o").arg(folder.join("vep.vcf"));
        let used = Pipeline::new(log, [vep]).run()?;
        Ok(Some(VepRun { variants, used }))
    }
}

fn archive(folder: &Path, kind: Kind) -> PathBuf {
    folder.join(format!("{}.zip", kind.name()))
}

/// The same fields for echtvar, which stores identifiers as numbers.
fn fields_of_echtvar(kind: Kind) -> String {
    let field = |field: &&str| {
        let alias = format!("{}_{field}", kind.name());
        match *field {
            "ID" => format!("{{\"field\":\"RS\",\"alias\":\"{alias}\"}}"),
            f if f.starts_with("AF") => {
                format!("{{\"field\":\"{f}\",\"alias\":\"{alias}\",\"multiplier\":{MULTIPLIER}}}")
            }
            f => format!("{{\"field\":\"{f}\",\"alias\":\"{alias}\"}}"),
        }
    };
    let fields: Vec<String> = kind.fields().iter().map(field).collect();
    format!("[{}]", fields.join(","))
}

/// Copies header and first records, all of one contig; gives their number and the last position.
fn first_calls(from: &Path, to: &Path, most: u32) -> Result<(u64, u32), Error> {
    let mut file = AtomicFile::create(to)?;
    let (mut count, mut last, mut contig) = (0, 0, String::new());
    for line in open_maybe_gzip(from)?.lines() {
        let line = line.map_err(|e| FileError::io(from, e))?;
        if !line.starts_with('#') {
            let mut columns = line.split('\t');
            let name = columns.next().unwrap_or_default();
            if count >= u64::from(most) || (count > 0 && name != contig) {
                break;
            }
            name.clone_into(&mut contig);
            last = columns.next().unwrap_or_default().parse()?;
            count += 1;
        }
        writeln!(file, "{line}").map_err(|e| FileError::io(to, e))?;
    }
    file.commit()?;
    Ok((count, last))
}

/// Copies the genes of the first contig that end before a position.
fn first_genes(from: &Path, to: &Path, end: u32) -> Result<(), Error> {
    let mut file = AtomicFile::create(to)?;
    for line in open_maybe_gzip(from)?.lines() {
        let line = line.map_err(|e| FileError::io(from, e))?;
        let columns: Vec<&str> = line.split('\t').collect();
        let [contig, _, kind, _, last, ..] = columns[..] else { continue };
        // Genes come in order, each before its parts.
        if contig != "chr1" || (kind == "gene" && last.parse::<u32>()? > end) {
            break;
        }
        writeln!(file, "{line}").map_err(|e| FileError::io(to, e))?;
    }
    Ok(file.commit()?)
}
