//! `wgs-pipe bundle build` and `wgs-pipe bundle verify`

pub(super) mod licence;
pub(super) mod list;
pub(super) mod source;

use std::{fs, path::Path};

use wgs_align::{BwaMem3, Minibwa, index};
use wgs_annotate::{source::SourceOptions, store};
use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, digest,
    genome::{self, Genome},
    output,
};
use wgs_task::{
    Bundle,
    bundle::{Origin, Part, genome_in, index_prefix_in},
};

use super::{Outcome, limits, say};
use crate::{cli::BundleBuildArgs, failure::Failure};

pub(super) fn verify(root: &Path) -> Outcome {
    let bundle = Bundle::open(root)?;
    bundle.verify()?;
    say(&format!(
        "{}: {} files, every digest right\n",
        root.display(),
        bundle.manifest().files.len()
    ))
}

pub(super) fn build(args: &BundleBuildArgs) -> Outcome {
    let origins = origins(args)?;
    let building = Building::begin(&args.out)?;
    let root = building.root.as_path();
    let genome = build_genome(args, root)?;
    let genes = store::build(&args.genes, &genome, &root.join(Part::Genes.folder()))?;
    say(&format!("genes: {} genes, {} transcripts\n", genes.genes, genes.transcripts))?;
    let threads = limits(&args.limits).threads;
    let options = SourceOptions {
        threads,
        genes: Some(root.join(Part::Genes.folder())),
        ..SourceOptions::default()
    };
    for (name, file) in &args.sources {
        let folder = root.join(Part::Sources.folder()).join(name);
        source::build(name, file, &genome, &folder, &options)?;
    }
    build_index(args, &genome, root)?;
    let sources = args.sources.iter().map(|(name, _)| name.clone()).collect();
    let version = concat!("wgs-pipe ", env!("CARGO_PKG_VERSION"));
    Bundle::seal(root, version, &aligners(args), origins, sources)?;
    building.publish()?;
    say(&format!("{}: ready\n", args.out.display()))
}

/// Digests of everything that is named, in the order genome, genes, sources.
fn origins(args: &BundleBuildArgs) -> Result<Vec<Origin>, Failure> {
    let mut named = vec![("genome", &args.genome), ("genes", &args.genes)];
    named.extend(args.sources.iter().map(|(name, file)| (name.as_str(), file)));
    let mut origins: Vec<Origin> = Vec::new();
    for (name, file) in named {
        if origins.iter().any(|origin| origin.name == name) {
            let reason = format!("two parts of the bundle have the name {name:?}");
            return Err(Failure::new(ErrorKind::Usage, reason));
        }
        let mut origin = origin(name, file)?;
        if args.sources.iter().any(|(source, _)| source == name) {
            licence::check(&mut origin, file, false, args.accept_licence.as_deref())?;
        }
        origins.push(origin);
    }
    Ok(origins)
}

fn origin(name: &str, file: &Path) -> Result<Origin, Failure> {
    let file_name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let sha256 = digest::sha256_file(file)?;
    Ok(Origin { name: name.to_owned(), file: file_name, sha256, ..Origin::default() })
}

/// A folder beside the bundle's, which takes its name when everything in it is whole.
struct Building<'a> {
    root: std::path::PathBuf,
    out: &'a Path,
}

impl<'a> Building<'a> {
    fn begin(out: &'a Path) -> Result<Self, Failure> {
        if out.file_name().is_none() {
            let reason = format!("{}: expected the name of a folder to make", out.display());
            return Err(Failure::new(ErrorKind::Usage, reason));
        }
        let taken = fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
        if taken || out.is_file() {
            return Err(Failure::new(
                ErrorKind::Usage,
                format!("{}: exists already", out.display()),
            )
            .hint("name a folder that is not there, or remove this one"));
        }
        if let Some(folder) = out.parent() {
            output::create_folder(folder)?;
        }
        Self::fresh(out)
    }

    /// An empty folder beside one that is there or not.
    fn fresh(out: &'a Path) -> Result<Self, Failure> {
        remove_abandoned(out)?;
        let root = output::partial_path(out);
        output::create_folder(&root)?;
        Ok(Self { root, out })
    }

    fn publish(&self) -> Outcome {
        Ok(output::publish(&self.root, self.out)?)
    }
}

impl Drop for Building<'_> {
    fn drop(&mut self) {
        // Gone after `publish`; after an error nothing can be done about a second one.
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// Removes what builds of this folder left behind whose processes are gone, or had the number that
/// this one has now.
fn remove_abandoned(out: &Path) -> Outcome {
    let parent = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let prefix = format!(".{}.partial-", out.file_name().unwrap_or_default().to_string_lossy());
    for entry in fs::read_dir(parent).map_err(|e| FileError::io(parent, e))? {
        let path = entry.map_err(|e| FileError::io(parent, e))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(pid) = name.strip_prefix(&prefix) else { continue };
        let is_own = pid == std::process::id().to_string();
        if path.is_dir() && (is_own || !Path::new("/proc").join(pid).exists()) {
            fs::remove_dir_all(&path).map_err(|e| FileError::io(&path, e))?;
        }
    }
    Ok(())
}

fn build_genome(args: &BundleBuildArgs, root: &Path) -> Result<Genome, Failure> {
    let folder = root.join(Part::Genome.folder());
    output::create_folder(&folder)?;
    let fasta = genome_in(&folder);
    let contigs = genome::import(&args.genome, &fasta)?;
    say(&format!("genome: {} contigs, {} bases\n", contigs.len(), contigs.total_length()))?;
    Ok(Genome::open(&fasta)?)
}

fn build_index(args: &BundleBuildArgs, genome: &Genome, root: &Path) -> Outcome {
    let aligner = args.aligner;
    if args.index.is_some() && !aligner.bwa_mem3() {
        let reason = "--index is for bwa-mem3, but only minibwa's index is asked for";
        return Err(Failure::new(ErrorKind::Usage, reason));
    }
    let bases = genome.contigs().total_length();
    let folder = root.join(Part::Index.folder());
    output::create_folder(&folder)?;
    let prefix = index_prefix_in(&folder);
    if let Some(from) = &args.index {
        index::import(from, genome, &prefix)?;
        say(&format!("index of bwa-mem3: taken over from {}\n", from.display()))?;
    } else if aligner.bwa_mem3() {
        check_memory(args, index::build_bytes(bases))?;
        index::build(genome, &prefix)?;
        say("index of bwa-mem3: built\n")?;
    }
    if aligner.minibwa() {
        check_memory(args, index::minibwa::build_bytes(bases))?;
        index::minibwa::build(genome, &prefix)?;
        say("index of minibwa: built\n")?;
    }
    Ok(())
}

fn check_memory(args: &BundleBuildArgs, needed: u64) -> Outcome {
    let granted = limits(&args.limits).memory_bytes;
    if needed <= granted {
        return Ok(());
    }
    let gib = |bytes: u64| bytes as f64 / (1u64 << 30) as f64;
    let reason = format!(
        "the aligner's index of this genome takes {:.1} GiB to build; {:.1} are granted",
        gib(needed),
        gib(granted)
    );
    Err(Failure::new(ErrorKind::OutOfMemory, reason)
        .hint("build the bundle on a machine with more memory; it can be copied"))
}

/// The embedded aligners that the bundle's indexes are for.
fn aligners(args: &BundleBuildArgs) -> String {
    let mut names = Vec::new();
    if args.aligner.bwa_mem3() {
        names.push(BwaMem3::release());
    }
    if args.aligner.minibwa() {
        names.push(Minibwa::engine());
    }
    names.join(", ")
}
