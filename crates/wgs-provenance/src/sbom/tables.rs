//! The tables beside `Cargo.lock`: which packages go into the program, and what C they bring.

use std::collections::BTreeMap;

use wgs_formats::{FileError, Result};

/// How a package takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Its code is in the program.
    Linked,
    /// It runs while the program is built: build scripts, procedural macros, and what they need.
    Build,
}

impl Scope {
    /// As the table writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Build => "build",
        }
    }
}

/// A package of the program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How it takes part.
    pub scope: Scope,
    /// SPDX expression of its licence; empty where its manifest has none.
    pub licence: String,
}

/// Table of packages: `name`, `version`, `scope` and `licence`, with a header, tab-separated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packages(BTreeMap<(String, String), Package>);

const PACKAGES_HEADER: [&str; 4] = ["name", "version", "scope", "licence"];

impl Packages {
    /// A table of some packages.
    pub fn new(packages: impl IntoIterator<Item = Package>) -> Self {
        let keyed = packages.into_iter().map(|p| ((p.name.clone(), p.version.clone()), p));
        Self(keyed.collect())
    }

    /// Reads a table.
    ///
    /// # Errors
    ///
    /// What is not of the form.
    pub fn parse(text: &str) -> Result<Self> {
        let mut packages = Vec::new();
        for [name, version, scope, licence] in rows("packages.tsv", text, PACKAGES_HEADER)? {
            let scope = match scope {
                "linked" => Scope::Linked,
                "build" => Scope::Build,
                other => {
                    let reason = format!("{name}: {other:?} is no scope");
                    return Err(FileError::invalid("packages.tsv", reason));
                }
            };
            let [name, version, licence] = [name, version, licence].map(str::to_owned);
            packages.push(Package { name, version, scope, licence });
        }
        Ok(Self::new(packages))
    }

    /// The table as text, by name and version.
    pub fn to_text(&self) -> String {
        let mut text = PACKAGES_HEADER.join("\t") + "\n";
        for Package { name, version, scope, licence } in self.iter() {
            text.push_str(&format!("{name}\t{version}\t{}\t{licence}\n", scope.as_str()));
        }
        text
    }

    /// The packages by name and version.
    pub fn iter(&self) -> impl Iterator<Item = &Package> {
        self.0.values()
    }

    pub(super) fn get(&self, key: &(String, String)) -> Option<&Package> {
        self.0.get(key)
    }
}

/// A library in C or C++ whose source is part of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Native {
    /// The package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The library.
    pub library: String,
    /// Version of the library.
    pub library_version: String,
    /// SPDX expression of its licence.
    pub licence: String,
    /// Where it comes from.
    pub url: String,
}

/// Table of the native libraries, with a header, tab-separated. A version of a package that is not
/// the locked one is refused, since it may bring another version of the library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Natives(Vec<Native>);

impl Natives {
    /// Reads a table.
    ///
    /// # Errors
    ///
    /// What is not of the form.
    pub fn parse(text: &str) -> Result<Self> {
        let header = ["package", "version", "library", "library_version", "licence", "url"];
        let rows = rows("natives.tsv", text, header)?;
        let natives = rows.into_iter().map(|row| {
            let [package, version, library, library_version, licence, url] = row.map(str::to_owned);
            Native { package, version, library, library_version, licence, url }
        });
        Ok(Self(natives.collect()))
    }

    /// The libraries.
    pub fn iter(&self) -> impl Iterator<Item = &Native> {
        self.0.iter()
    }
}

fn rows<'a, const N: usize>(
    file: &str,
    text: &'a str,
    header: [&str; N],
) -> Result<Vec<[&'a str; N]>> {
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let row: [&str; N] = line.split('\t').collect::<Vec<_>>().try_into().map_err(|_| {
            FileError::invalid(file, format!("expected {N} columns"))
                .at(format!("line {}", number + 1))
        })?;
        rows.push(row);
    }
    if rows.first() != Some(&header) {
        return Err(FileError::invalid(file, format!("expected the header {}", header.join(" "))));
    }
    rows.remove(0);
    Ok(rows)
}
