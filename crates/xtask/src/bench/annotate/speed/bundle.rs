//! The bundle of the benchmark: genome, genes and stores, without an aligner's index.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use wgs_annotate::{source, store};
use wgs_formats::{FileError, genome::Genome, output};
use wgs_task::{
    Bundle,
    bundle::{Part, genome_in},
};

use super::{Data, MadeOf, Options, files::Kind, peers::Peers, report::Size};
use crate::{
    Error,
    bench::{
        folder,
        process::{Pipeline, Used, command},
        say,
    },
};

/// What the bundle was made of; also decides whether it is made again.
#[derive(PartialEq, Serialize, Deserialize)]
struct BundleOf {
    data: MadeOf,
    store_version: String,
}

/// The bundle, and what its stores took to build.
pub(super) struct Stores {
    pub(super) bundle: PathBuf,
    pub(super) builds: Vec<(String, Used)>,
}

/// Makes the bundle, unless it is there, with the program that is measured.
pub(super) fn make(
    data: &Data,
    options: &Options,
    binary: &Path,
    logs: &Path,
) -> Result<Stores, Error> {
    let of =
        BundleOf { data: data.made_of.clone(), store_version: source::STORE_VERSION.to_owned() };
    let builds = |folder: &Path| folder.join("builds.json");
    let make = |folder: &Path| {
        let root = folder.join("bundle");
        let genome_folder = root.join(Part::Genome.folder());
        output::create_folder(&genome_folder)?;
        for suffix in ["fa", "fa.fai"] {
            let (from, to) = (data.fasta(), genome_in(&genome_folder));
            let (from, to) = (from.with_extension(suffix), to.with_extension(suffix));
            fs::hard_link(&from, &to).map_err(|e| FileError::io(&to, e))?;
        }
        say("building the genes");
        let genome = Genome::open(genome_in(&genome_folder))?;
        store::build(&data.genes(), &genome, &root.join(Part::Genes.folder()))?;
        Bundle::seal(&root, "xtask", "none", Vec::new(), Vec::new())?;
        let mut took = Vec::new();
        for kind in Kind::ALL {
            say(&format!("building the store of {}", kind.name()));
            let mut add = command(binary, ["bundle", "add"]);
            add.arg(&root).arg(kind.name()).arg("--from").arg(data.source(kind));
            add.arg("--fields").arg(kind.fields().join(","));
            add.args(["--threads", &options.threads.to_string()]);
            let log = logs.join(format!("build-{}.log", kind.name()));
            took.push((kind.name().to_owned(), Pipeline::new(log, [add]).run()?));
        }
        Ok(output::write_json(&builds(folder), &took)?)
    };
    let folder = folder::kept(&options.out.join("stores"), &of, make)?;
    Ok(Stores { bundle: folder.join("bundle"), builds: output::read_json(&builds(&folder))? })
}

impl Stores {
    /// Bytes of each store, beside those of others.
    pub(super) fn sizes(&self, peers: &Peers<'_>) -> Result<Vec<Size>, Error> {
        let sources = self.bundle.join(Part::Sources.folder());
        let size = |kind: Kind| {
            let store = sources.join(kind.name()).join("alleles.store");
            Ok(Size {
                source: kind.name().to_owned(),
                fields: kind.fields().join(", "),
                ours: bytes(&store)?,
                echtvar: peers.echtvar_bytes(kind)?,
                fastvep: peers.fastvep_bytes(kind)?,
            })
        };
        Kind::ALL.into_iter().map(size).collect()
    }
}

/// Bytes of a file.
pub(super) fn bytes(path: &Path) -> Result<u64, Error> {
    Ok(fs::metadata(path).map_err(|e| FileError::io(path, e))?.len())
}
