//! Reference bundles: one folder with a genome and everything made from it.
//!
//! ```text
//! BUNDLE/bundle.toml            what is in it, with versions, sources and digests
//! BUNDLE/genome/genome.fa       plain FASTA, with genome.fa.fai and genome.dict
//! BUNDLE/index/genome.*         the embedded aligner's index
//! BUNDLE/genes/…                the transcript store
//! BUNDLE/sources/NAME/…         one store per annotation source; the only part that may change
//! ```

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, digest, genome::Genome, output};

use crate::{Input, text_file};

/// Value of `schema` in `bundle.toml`.
pub const SCHEMA: &str = "wgs-pipe/bundle/1";
/// Name of the manifest.
const MANIFEST: &str = "bundle.toml";

/// What `bundle.toml` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the format.
    pub schema: String,
    /// Version of the program that built the bundle.
    pub built_by: String,
    /// Name and version of the embedded aligner that the index is for.
    pub aligner: String,
    /// What the parts were made from.
    pub origins: Vec<Origin>,
    /// Names of the annotation sources, in order; each has an [`Origin`] of the same name.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Every file of the bundle but the manifest.
    pub files: Vec<BundleFile>,
}

/// A file that something in the bundle was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// `genome`, `genes`, or the name of a source.
    pub name: String,
    /// Its file name, without folders.
    pub file: String,
    /// SHA-256 of its content.
    pub sha256: String,
    /// Its release, as its provider names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Under which terms it may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
}

/// One file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleFile {
    /// Path within the bundle, with `/`.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: String,
}

/// An opened reference bundle. Once `bundle.toml` is there its files are not changed, but for sources
/// that are replaced as a whole ([`Bundle::put_source`]).
#[derive(Clone, Debug)]
pub struct Bundle {
    root: PathBuf,
    manifest: Manifest,
    digest: String,
}

impl Bundle {
    /// Opens a bundle: reads its manifest, and checks that every file is there with its size.
    pub fn open(root: impl AsRef<Path>) -> Result<Self> {
        Self::open_but(root.as_ref(), |_| false)
    }

    /// As [`Bundle::open`], for a bundle in which a source is about to be replaced: what is there of
    /// that source may be broken.
    pub fn open_to_replace(root: impl AsRef<Path>, source: &str) -> Result<Self> {
        let prefix = source_prefix(source);
        Self::open_but(root.as_ref(), |path| path.starts_with(&prefix))
    }

    fn open_but(root: &Path, unchecked: impl Fn(&str) -> bool) -> Result<Self> {
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
        for file in manifest.files.iter().filter(|file| !unchecked(&file.path)) {
            check_size(&root, file)?;
        }
        Ok(Self { root, manifest, digest: digest::sha256_bytes(text.as_bytes()) })
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
            files,
        };
        write_manifest(root, &manifest)?;
        Self::open(root)
    }

    /// Takes over the store of a source from a folder within the bundle's, in place of the one of
    /// that name if there is one; everything else stays as it is. The manifest changes last: a
    /// process that ends before leaves a bundle that [`Bundle::open`] refuses, and that the same
    /// call mends.
    pub fn put_source(&self, built: &Path, origin: Origin) -> Result<Self> {
        let mut manifest = self.manifest.clone();
        let prefix = source_prefix(&origin.name);
        let target = self.root.join(&prefix);
        manifest.files.retain(|file| !file.path.starts_with(&prefix));
        manifest.origins.retain(|there| there.name != origin.name);
        if !manifest.sources.contains(&origin.name) {
            manifest.sources.push(origin.name.clone());
        }
        manifest.origins.push(origin);
        remove_folder(&target)?;
        output::publish(built, &target)?;
        let mut paths = Vec::new();
        list_files(&target, &mut paths)?;
        for path in paths {
            manifest.files.push(describe(&self.root, &path)?);
        }
        manifest.files.sort_by(|a, b| a.path.cmp(&b.path));
        write_manifest(&self.root, &manifest)?;
        Self::open(&self.root)
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
        } else if path.file_name().is_some_and(|name| name != MANIFEST) {
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
mod tests {
    use super::*;

    fn fasta(root: &Path) -> PathBuf {
        genome_in(&root.join(Part::Genome.folder()))
    }

    fn sealed() -> (tempfile::TempDir, Bundle) {
        let folder = tempfile::tempdir().unwrap();
        output::create_folder(&folder.path().join("genome")).unwrap();
        output::write(&fasta(folder.path()), ">a\nACGT\n").unwrap();
        let bundle = Bundle::seal(folder.path(), "0", "test 1", Vec::new(), Vec::new()).unwrap();
        (folder, bundle)
    }

    #[test]
    fn a_sealed_bundle_verifies() {
        let (_folder, bundle) = sealed();
        assert_eq!(bundle.manifest().files[0].path, "genome/genome.fa");
        bundle.verify().unwrap();
    }

    #[test]
    fn a_part_has_a_digest_of_its_own() {
        let (folder, bundle) = sealed();
        output::create_folder(&folder.path().join("genes")).unwrap();
        output::write(&folder.path().join("genes/store"), "x").unwrap();
        let more = Bundle::seal(folder.path(), "0", "test 1", Vec::new(), Vec::new()).unwrap();
        assert_eq!(more.input(Part::Genome), bundle.input(Part::Genome));
        assert_ne!(more.input(Part::Genes).digest, bundle.input(Part::Genes).digest);
    }

    #[test]
    fn a_source_is_replaced_and_nothing_else() {
        let (folder, bundle) = sealed();
        let origin = |sha256: &str| Origin {
            name: "db".into(),
            file: "db.vcf".into(),
            sha256: sha256.into(),
            version: None,
            licence: Some("CC0".into()),
        };
        let put = |bundle: &Bundle, content: &str| {
            let built = folder.path().join("sources/.db.new");
            output::create_folder(&built).unwrap();
            output::write(&built.join("store"), content).unwrap();
            bundle.put_source(&built, origin(content)).unwrap()
        };
        let once = put(&bundle, "x");
        let twice = put(&once, "xy");
        assert_eq!(twice.manifest().sources, ["db"]);
        assert_eq!(twice.manifest().origins, [origin("xy")]);
        let paths: Vec<&str> = twice.manifest().files.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["genome/genome.fa", "sources/db/store"]);
        twice.verify().unwrap();
        assert_eq!(twice.input(Part::Genome), bundle.input(Part::Genome));

        fs::remove_file(folder.path().join("sources/db/store")).unwrap();
        assert!(Bundle::open(folder.path()).is_err());
        let broken = Bundle::open_to_replace(folder.path(), "db").unwrap();
        put(&broken, "xyz").verify().unwrap();
    }

    #[test]
    fn changed_files_are_found() {
        let (folder, bundle) = sealed();
        output::write(&fasta(folder.path()), ">a\nACGA\n").unwrap();
        assert_eq!(bundle.verify().unwrap_err().kind(), ErrorKind::InvalidInput);
        output::write(&fasta(folder.path()), ">a\nACG\n").unwrap();
        assert!(Bundle::open(folder.path()).unwrap_err().to_string().contains("has 7 bytes"));
        fs::remove_file(fasta(folder.path())).unwrap();
        assert_eq!(Bundle::open(folder.path()).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
