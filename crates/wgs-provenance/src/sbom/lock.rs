//! `Cargo.lock`: packages, and who depends on whom.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use wgs_formats::{FileError, Result};

use super::tables::{Package, Packages};

const FILE: &str = "Cargo.lock";

/// Name and version.
pub(super) type Key = (String, String);

#[derive(Debug, Deserialize)]
pub(super) struct Lock {
    #[serde(default)]
    package: Vec<Locked>,
}

#[derive(Debug, Deserialize)]
struct Locked {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

/// A package of the program, with the packages that it depends on.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) package: &'a Package,
    /// Whether it comes from the registry; otherwise it is of this workspace.
    pub(super) registry: bool,
    pub(super) checksum: Option<&'a str>,
    pub(super) dependencies: BTreeSet<Key>,
}

impl Lock {
    pub(super) fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|e| FileError::invalid(FILE, e.to_string()))
    }

    /// What `root` is made of: the packages of the table, each of which must be in the lock and be
    /// reached. Dependencies that the table leaves out are for tests, features that nobody asks
    /// for, or other platforms; the lock does not tell.
    pub(super) fn closure<'a>(
        &'a self,
        root: &str,
        packages: &'a Packages,
    ) -> Result<BTreeMap<Key, Part<'a>>> {
        let mut parts = BTreeMap::new();
        for package in packages.iter() {
            let is = |l: &&Locked| l.name == package.name && l.version == package.version;
            let locked = self.package.iter().find(is).ok_or_else(|| {
                stale(format!("{} {} is not in it", package.name, package.version))
            })?;
            let mut dependencies = BTreeSet::new();
            for dependency in &locked.dependencies {
                let to = self.find(dependency)?;
                let key = (to.name.clone(), to.version.clone());
                if packages.get(&key).is_some() {
                    dependencies.insert(key);
                }
            }
            let part = Part {
                package,
                registry: locked.source.is_some(),
                checksum: locked.checksum.as_deref(),
                dependencies,
            };
            parts.insert((package.name.clone(), package.version.clone()), part);
        }
        reach_all(root, &parts)?;
        Ok(parts)
    }

    /// The package that an entry `NAME`, `NAME VERSION` or `NAME VERSION (SOURCE)` means.
    fn find(&self, dependency: &str) -> Result<&Locked> {
        let mut words = dependency.split(' ');
        let (name, version) = (words.next().unwrap_or_default(), words.next());
        let mut found = self.package.iter().filter(|locked| {
            locked.name == name && version.is_none_or(|version| locked.version == version)
        });
        match (found.next(), found.next()) {
            (Some(locked), None) => Ok(locked),
            _ => Err(FileError::invalid(FILE, format!("which package is {dependency:?}?"))),
        }
    }
}

/// Checks that every package of the table is reached from `root`: one that is not shows that the
/// table left out what leads to it.
fn reach_all(root: &str, parts: &BTreeMap<Key, Part<'_>>) -> Result<()> {
    let mut todo: Vec<&Key> = parts.keys().filter(|(name, _)| name == root).collect();
    if todo.is_empty() {
        return Err(stale(format!("{root} is not in the table of packages")));
    }
    let mut reached = BTreeSet::new();
    while let Some(key) = todo.pop() {
        if reached.insert(key) {
            todo.extend(parts.get(key).into_iter().flat_map(|part| &part.dependencies));
        }
    }
    match parts.keys().find(|key| !reached.contains(key)) {
        Some((name, version)) => Err(stale(format!("nothing leads to {name} {version}"))),
        None => Ok(()),
    }
}

fn stale(reason: String) -> FileError {
    FileError::invalid(FILE, reason).hint("`cargo xtask sbom` makes the table of packages anew")
}
