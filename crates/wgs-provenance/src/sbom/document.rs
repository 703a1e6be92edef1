//! The document: components and their graph.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wgs_formats::{FileError, Result, digest};

use super::{
    lock::{Key, Part},
    tables::{Native, Natives, Scope},
};

/// What the document does not know; it says so itself.
const LIMITS: &str = "Features and platforms: packages are those that cargo resolves for Linux on \
    x86_64 and aarch64 with the features of the whole workspace; a package that is listed may be \
    compiled in part or not at all. Libraries of the C runtime and of Rust's standard library are \
    not listed. A library in C that a package finds on the machine where the program is built, in \
    place of its own source, has another version than listed.";

pub(super) fn document(
    root: &str,
    parts: &BTreeMap<Key, Part<'_>>,
    natives: &Natives,
) -> Result<String> {
    for native in natives.iter() {
        if !parts.contains_key(&(native.package.clone(), native.version.clone())) {
            let reason = format!("{} {} is not in the program", native.package, native.version);
            return Err(FileError::invalid("natives.tsv", reason));
        }
    }
    let mut main = Value::Null;
    let mut components = Vec::new();
    let mut dependencies = Vec::new();
    for (key, part) in parts {
        let component = component(part, natives);
        if key.0 == root {
            main = component;
            main["type"] = json!("application");
        } else {
            components.push(component);
        }
        let depends_on: Vec<String> = part.dependencies.iter().map(reference).collect();
        dependencies.push(json!({ "ref": reference(key), "dependsOn": depends_on }));
    }
    let main_reference = main["bom-ref"].clone();
    let mut bom = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "lifecycles": [{ "phase": "build" }],
            "component": main,
            "properties": [{ "name": "wgs-pipe:sbom:limits", "value": LIMITS }],
        },
        "components": components,
        "dependencies": dependencies,
        "compositions": [{ "aggregate": "incomplete", "assemblies": [main_reference] }],
    });
    bom["serialNumber"] = json!(serial_number(&bom.to_string()));
    let text = serde_json::to_string_pretty(&bom)
        .map_err(|e| FileError::invalid("bill of materials", e.to_string()))?;
    Ok(text + "\n")
}

fn reference((name, version): &Key) -> String {
    format!("cargo:{name}@{version}")
}

fn component(part: &Part<'_>, natives: &Natives) -> Value {
    let package = part.package;
    let mut component = json!({
        "type": "library",
        "bom-ref": format!("cargo:{}@{}", package.name, package.version),
        "name": package.name,
        "version": package.version,
        "scope": match package.scope { Scope::Linked => "required", Scope::Build => "excluded" },
    });
    if !package.licence.is_empty() {
        component["licenses"] = json!([{ "expression": package.licence }]);
    }
    if part.registry {
        component["purl"] = json!(purl("cargo", &package.name, &package.version));
    }
    if let Some(checksum) = part.checksum {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    let inside: Vec<Value> = natives
        .iter()
        .filter(|native| native.package == package.name && native.version == package.version)
        .map(|native| self::native(native, &component["scope"]))
        .collect();
    if !inside.is_empty() {
        component["components"] = json!(inside);
    }
    component
}

fn native(native: &Native, scope: &Value) -> Value {
    let Native { package, library, library_version, licence, url, .. } = native;
    json!({
        "type": "library",
        "bom-ref": format!("native:{package}/{library}@{library_version}"),
        "name": library,
        "version": library_version,
        "scope": scope,
        "licenses": [{ "expression": licence }],
        "purl": purl("generic", library, library_version),
        "externalReferences": [{ "type": "vcs", "url": url }],
    })
}

/// A package URL; what its version holds beyond the unreserved characters is encoded.
fn purl(kind: &str, name: &str, version: &str) -> String {
    format!("pkg:{kind}/{name}@{}", version.replace('%', "%25").replace('+', "%2B"))
}

/// A UUID of version 8 (RFC 9562) from the digest of the content.
fn serial_number(content: &str) -> String {
    let mut hex: Vec<char> = digest::sha256_bytes(content.as_bytes()).chars().take(32).collect();
    hex[12] = '8';
    hex[16] = 'a';
    let part = |from: usize, to: usize| hex[from..to].iter().collect::<String>();
    let parts = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)];
    format!("urn:uuid:{}", parts.join("-"))
}
