//! Reference bundles: one folder with a genome and everything made from it.
//!
//! ```text
//! BUNDLE/bundle.toml            what is in it, with versions, sources and digests
//! BUNDLE/genome/genome.fa       plain FASTA, with genome.fa.fai and genome.dict
//! BUNDLE/index/genome.*         the embedded aligner's index
//! BUNDLE/genes/…                the transcript store
//! BUNDLE/sources/NAME/…         one store per annotation source; the only part that may change
//! BUNDLE/bundle.lock            empty; keeps a bundle that is read from being changed
//! ```

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, digest, genome::Genome, output};

use crate::{
    Input,
    lock::{self, Lock},
    text_file,
};

mod manifest;

pub use manifest::{BundleFile, Manifest, Origin};

/// Value of `schema` in `bundle.toml`.
pub const SCHEMA: &str = "wgs-pipe/bundle/1";
/// Name of the manifest.
pub(crate) const MANIFEST: &str = "bundle.toml";

/// An opened reference bundle. Once `bundle.toml` is there its files are not changed, but for sources
/// that are replaced as a whole ([`Bundle::put_source`]).
#[derive(Clone, Debug)]
pub struct Bundle {
    root: PathBuf,
    manifest: Manifest,
    digest: String,
    lock: Arc<Lock>,
    /// The source that may be changed.
    replaced: Option<String>,
}

impl Bundle {
    /// Opens a bundle: reads its manifest, and checks that every file is there with its size. As
    /// long as it or a clone of it lives, no other process changes the bundle.
    ///
    /// # Errors
    ///
    /// `Permission` if another process changes it, `Configuration` if one ended while it did.
    pub fn open(root: impl AsRef<Path>) -> Result<Self> {
        let lock = Lock::shared(root.as_ref())?;
        Self::open_but(root.as_ref(), None, Arc::new(lock))
    }

    /// As [`Bundle::open`], for a bundle in which a source is about to be replaced or removed: what
    /// is there of that source may be broken. As long as it lives, no other process opens the bundle.
    ///
    /// # Errors
    ///
    /// `Permission` if another process reads or changes it.
    pub fn open_to_replace(root: impl AsRef<Path>, source: &str) -> Result<Self> {
        let root = root.as_ref();
        if !root.join(MANIFEST).exists() {
            return Self::open(root);
        }
        let lock = Lock::exclusive(root)?;
        Self::open_but(root, Some(source), Arc::new(lock))
    }

    fn open_but(root: &Path, replaced: Option<&str>, lock: Arc<Lock>) -> Result<Self> {
        let prefix = replaced.map(source_prefix);
        let unchecked = |path: &str| prefix.as_deref().is_some_and(|p| path.starts_with(p));
        let root = root.to_owned();
        let path = root.join(MANIFEST);
        let text = text_file::read(&path)
            .map_err(|e| e.hint("make a bundle with `wgs-pipe bundle build`"))?;
        let wrong = |reason: String| FileError::new(&path, ErrorKind::Configuration, reason);
        let manifest: Manifest =
            toml::from_str(&text).map_err(|e| wrong(e.message().to_owned()))?;
        if manifest.schema != SCHEMA {
            return Err(wrong(format!(
                "schema is {:?}; this version reads {SCHEMA:?}",
                manifest.schema
            )));
        }
        if let Some(half) = manifest.changing.as_deref().filter(|half| replaced != Some(*half)) {
            let reason = format!("the source {half} was being changed by a process that ended");
            let hint =
                format!("add it again (`bundle add`), or remove it: `bundle remove … {half}`");
            return Err(wrong(reason).hint(hint));
        }
        for file in manifest.files.iter().filter(|file| !unchecked(&file.path)) {
            check_size(&root, file)?;
        }
        Ok(Self {
            root,
            manifest,
            digest: digest::sha256_bytes(text.as_bytes()),
            lock,
            replaced: replaced.map(str::to_owned),
        })
    }

    /// Lists the files below `root`, with sizes and digests, and writes the manifest, which makes
    /// the folder a bundle.
    pub fn seal(
        root: &Path,
        built_by: &str,
        aligner: &str,
        origins: Vec<Origin>,
        sources: Vec<String>,
    ) -> Result<Self> {
        let mut paths = Vec::new();
        list_files(root, &mut paths)?;
        paths.sort();
        let files = paths.iter().map(|path| describe(root, path)).collect::<Result<_>>()?;
        let manifest = Manifest {
            schema: SCHEMA.into(),
            built_by: built_by.into(),
            aligner: aligner.into(),
            origins,
            sources,
            changing: None,
            files,
        };
        if !root.join(lock::NAME).exists() {
            drop(Lock::exclusive(root)?);
        }
        write_manifest(root, &manifest)?;
        Self::open(root)
    }

    /// Takes over the store of a source from a folder within the bundle's, in place of the one of
    /// that name if there is one; everything else stays as it is. The manifest says first that the
    /// source is being changed, and last what it is: a process that ends between leaves a bundle that
    /// [`Bundle::open`] refuses, and that the same call mends.
    ///
    /// # Errors
    ///
    /// `Permission` if the bundle was not opened to replace this source.
    pub fn put_source(&self, built: &Path, origin: Origin) -> Result<Self> {
        let name = origin.name.clone();
        let mut manifest = self.without(&name);
        if self.manifest.sources.contains(&name) {
            // It keeps its place among the sources.
            manifest.sources.clone_from(&self.manifest.sources);
        } else {
            manifest.sources.push(name.clone());
        }
        manifest.origins.push(origin);
        self.begin(&name)?;
        let target = self.root.join(source_prefix(&name));
        remove_folder(&target)?;
        output::publish(built, &target)?;
        let mut paths = Vec::new();
        list_files(&target, &mut paths)?;
        for path in paths {
            manifest.files.push(describe(&self.root, &path)?);
        }
        manifest.files.sort_by(|a, b| a.path.cmp(&b.path));
        self.finish(&manifest)
    }

    /// Removes a source; everything else stays as it is.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such source.
    pub fn remove_source(&self, name: &str) -> Result<Self> {
        let is_half_made = self.manifest.changing.as_deref() == Some(name);
        if !is_half_made && !self.manifest.sources.iter().any(|source| source == name) {
            let names = self.manifest.sources.join(", ");
            let reason = format!("has no source {name}; it has {names}");
            return Err(FileError::new(&self.root, ErrorKind::NotFound, reason));
        }
        self.begin(name)?;
        remove_folder(&self.root.join(source_prefix(name)))?;
        self.finish(&self.without(name))
    }

    /// The manifest but for a source.
    fn without(&self, name: &str) -> Manifest {
        let prefix = source_prefix(name);
        let mut manifest = self.manifest.clone();
        manifest.files.retain(|file| !file.path.starts_with(&prefix));
        manifest.origins.retain(|origin| origin.name != name);
        manifest.sources.retain(|source| source != name);
        manifest.changing = None;
        manifest
    }

    /// Says that a source is being changed.
    fn begin(&self, name: &str) -> Result<()> {
        if self.replaced.as_deref() != Some(name) {
            let reason = format!("was not opened to change the source {name}");
            return Err(FileError::new(&self.root, ErrorKind::Permission, reason));
        }
        let changing = Some(name.to_owned());
        write_manifest(&self.root, &Manifest { changing, ..self.manifest.clone() })
    }

    fn finish(&self, manifest: &Manifest) -> Result<Self> {
        write_manifest(&self.root, manifest)?;
        Self::open_but(&self.root, None, self.lock.clone())
    }

    /// Origins whose terms restrict who may use them, and for what.
    pub fn restricted(&self) -> impl Iterator<Item = &Origin> {
        self.manifest.origins.iter().filter(|origin| origin.restricted)
    }

    /// Reads every file and compares its digest with the manifest.
    pub fn verify(&self) -> Result<()> {
        for file in &self.manifest.files {
            let path = self.root.join(&file.path);
            let found = digest::sha256_file(&path)?;
            if found != file.sha256 {
                let reason = format!("SHA-256 is {found}, in the manifest {}", file.sha256);
                return Err(FileError::invalid(path, reason).hint("build the bundle again"));
            }
        }
        Ok(())
    }

    /// The bundle's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What is in it.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of the manifest, which holds the digests of everything else: the bundle's identity.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// A part of the bundle as a task's input: its folder, and a digest over its files.
    pub fn input(&self, part: Part) -> Input {
        let prefix = format!("{}/", part.folder());
        let files = self.manifest.files.iter().filter(|f| f.path.starts_with(&prefix));
        let lines: String = files.map(|f| format!("{} {}\n", f.sha256, f.path)).collect();
        Input {
            name: part.folder().to_owned(),
            path: self.root.join(part.folder()),
            digest: Some(digest::sha256_bytes(lines.as_bytes())),
        }
    }

    /// Opens the genome.
    pub fn genome(&self) -> Result<Genome> {
        Genome::open(genome_in(&self.folder(Part::Genome)))
    }

    /// The folder of a part.
    pub fn folder(&self, part: Part) -> PathBuf {
        self.root.join(part.folder())
    }
}

/// A part of a bundle: one folder, which some tasks read and others do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// FASTA, its index and dictionary.
    Genome,
    /// The aligner's index.
    Index,
    /// The transcript store.
    Genes,
    /// The stores of annotation sources; every one in a folder of its name.
    Sources,
}

impl Part {
    /// Name of its folder in the bundle, and of the task input that it is.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Genome => "genome",
            Self::Index => "index",
            Self::Genes => "genes",
            Self::Sources => "sources",
        }
    }
}

/// The FASTA in the folder of [`Part::Genome`].
pub fn genome_in(folder: &Path) -> PathBuf {
    folder.join("genome.fa")
}

/// Prefix of the files in the folder of [`Part::Index`].
pub fn index_prefix_in(folder: &Path) -> PathBuf {
    folder.join("genome")
}

/// What the paths of a source's files begin with.
fn source_prefix(name: &str) -> String {
    format!("{}/{name}/", Part::Sources.folder())
}

fn write_manifest(root: &Path, manifest: &Manifest) -> Result<()> {
    let path = root.join(MANIFEST);
    let text = toml::to_string(manifest)
        .map_err(|e| FileError::new(&path, ErrorKind::TaskFailed, e.to_string()))?;
    output::write(&path, text)
}

fn remove_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(FileError::io(folder, e)),
        _ => Ok(()),
    }
}

fn check_size(root: &Path, file: &BundleFile) -> Result<()> {
    let path = root.join(&file.path);
    let bytes = fs::metadata(&path).map_err(|e| FileError::io(&path, e))?.len();
    if bytes == file.bytes {
        return Ok(());
    }
    let reason = format!("has {bytes} bytes, in the manifest {}", file.bytes);
    Err(FileError::invalid(path, reason).hint("build the bundle again"))
}

fn list_files(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(|e| FileError::io(folder, e))? {
        let path = entry.map_err(|e| FileError::io(folder, e))?.path();
        if path.is_dir() {
            list_files(&path, paths)?;
        } else if path.file_name().is_some_and(|name| name != MANIFEST && name != lock::NAME) {
            paths.push(path);
        }
    }
    Ok(())
}

fn describe(root: &Path, path: &Path) -> Result<BundleFile> {
    let bytes = fs::metadata(path).map_err(|e| FileError::io(path, e))?.len();
    let parts = path.strip_prefix(root).unwrap_or(path).components();
    let parts: Vec<_> = parts.map(|c| c.as_os_str().to_string_lossy()).collect();
    Ok(BundleFile { path: parts.join("/"), bytes, sha256: digest::sha256_file(path)? })
}

#[cfg(test)]
mod tests;
