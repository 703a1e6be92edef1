//! The packages that go into `wgs-pipe`, with their licences: `crates/wgs-pipe/sbom/packages.tsv`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId, TargetKind};
use wgs_formats::output;
use wgs_provenance::sbom::{self, Natives, Package, Packages, Scope};

use crate::Error;

const ROOT: &str = "wgs-pipe";
/// What the program is released for.
const PLATFORMS: [&str; 2] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
/// Packages that say that they link a library, but bring no source in C that has a version of its
/// own: some keep others from being linked twice by it, ring's source is its own.
const WITHOUT_NATIVES: [&str; 4] = ["clang-sys", "prettyplease", "rayon-core", "ring"];

/// Writes the table, or compares it with what is there; fails where a native library is not listed.
pub(crate) fn run(check: bool) -> Result<String, Error> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wgs-pipe/sbom");
    let path = folder.join("packages.tsv");
    let natives = fs::read_to_string(folder.join("natives.tsv"))?;
    let mut packages = BTreeMap::new();
    for platform in PLATFORMS {
        let mut command = MetadataCommand::new();
        command.other_options(["--locked".into(), "--filter-platform".into(), platform.into()]);
        collect(&command.exec()?, &Natives::parse(&natives)?, &mut packages)?;
    }
    let text = Packages::new(packages.into_values()).to_text();
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock"))?;
    let sources = sbom::Sources { lock: &lock, packages: &text, natives: &natives };
    sbom::cyclonedx(ROOT, sources)?;
    let changed = fs::read_to_string(&path).unwrap_or_default() != text;
    if check && changed {
        return Err(format!("{} is stale: run `cargo xtask sbom`", path.display()).into());
    }
    if changed {
        output::write(&path, &text)?;
    }
    Ok(format!(
        "sbom: {} packages{}",
        text.lines().count() - 1,
        if changed { ", changed" } else { "" }
    ))
}

/// Adds what is reached from the root, and how.
fn collect(
    metadata: &Metadata,
    natives: &Natives,
    packages: &mut BTreeMap<(String, String), Package>,
) -> Result<(), Error> {
    let by_id: BTreeMap<&PackageId, _> = metadata.packages.iter().map(|p| (&p.id, p)).collect();
    let root = metadata.packages.iter().find(|p| p.name == ROOT).ok_or("no package wgs-pipe")?;
    for (id, scope) in reach(metadata, &root.id)? {
        let package =
            by_id.get(&id).ok_or("cargo metadata names a package that it does not list")?;
        let (name, version) = (package.name.to_string(), package.version.to_string());
        let listed = natives.iter().any(|n| n.package == name && n.version == version);
        if package.links.is_some() && !listed && !WITHOUT_NATIVES.contains(&name.as_str()) {
            return Err(
                format!("{name} {version} links a library that natives.tsv does not list").into()
            );
        }
        // The slash is what manifests wrote before SPDX expressions.
        let licence = package.license.clone().unwrap_or_default().replace('/', " OR ");
        let entry = Package { name: name.clone(), version: version.clone(), scope, licence };
        packages
            .entry((name, version))
            .and_modify(|known| known.scope = known.scope.min(scope))
            .or_insert(entry);
    }
    Ok(())
}

/// Every package that the root needs, without what is for its tests. What is reached only through
/// build scripts and procedural macros runs when the program is built.
fn reach(metadata: &Metadata, root: &PackageId) -> Result<BTreeMap<PackageId, Scope>, Error> {
    let resolve = metadata.resolve.as_ref().ok_or("cargo metadata resolved nothing")?;
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let macros: BTreeSet<&PackageId> = metadata
        .packages
        .iter()
        .filter(|p| p.targets.iter().any(|t| t.kind.contains(&TargetKind::ProcMacro)))
        .map(|p| &p.id)
        .collect();
    let mut reached: BTreeMap<PackageId, Scope> = BTreeMap::new();
    let mut todo = vec![(root, Scope::Linked)];
    while let Some((id, scope)) = todo.pop() {
        if reached.get(id).is_some_and(|known| *known <= scope) {
            continue;
        }
        reached.insert(id.clone(), scope);
        let node = nodes.get(id).ok_or("cargo metadata resolved a package in part")?;
        for dependency in &node.deps {
            for kind in &dependency.dep_kinds {
                let next = match kind.kind {
                    DependencyKind::Normal if !macros.contains(&dependency.pkg) => scope,
                    DependencyKind::Normal | DependencyKind::Build => Scope::Build,
                    _ => continue,
                };
                todo.push((&dependency.pkg, next));
            }
        }
    }
    Ok(reached)
}
