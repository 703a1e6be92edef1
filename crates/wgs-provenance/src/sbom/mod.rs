//! A CycloneDX 1.6 bill of materials (ECMA-424) of a program that cargo built.
//!
//! What is known comes from three texts: `Cargo.lock` (versions, checksums, who depends on whom), a
//! table of the packages that really go into the program with their licences ([`Packages`]), and a
//! table of the C and C++ libraries whose source some packages bring along ([`Natives`]).

mod document;
mod lock;
mod tables;

use wgs_formats::Result;

pub use tables::{Native, Natives, Package, Packages, Scope};

/// The texts that a bill of materials is made of.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// `Cargo.lock`.
    pub lock: &'a str,
    /// [`Packages`] as text.
    pub packages: &'a str,
    /// [`Natives`] as text.
    pub natives: &'a str,
}

/// The bill of materials of the package `root`, as indented JSON with a final line feed. The same
/// texts give the same bytes: there is no time in it, and the serial number follows the content.
///
/// # Errors
///
/// [`InvalidInput`](wgs_core::ErrorKind::InvalidInput) where a text is not of its form, or a package
/// or dependency of one is not in the other.
pub fn cyclonedx(root: &str, sources: Sources<'_>) -> Result<String> {
    let packages = Packages::parse(sources.packages)?;
    let natives = Natives::parse(sources.natives)?;
    let lock = lock::Lock::parse(sources.lock)?;
    document::document(root, &lock.closure(root, &packages)?, &natives)
}

#[cfg(test)]
mod tests {
    use wgs_core::ErrorKind;

    use super::*;

    const LOCK: &str = r#"
version = 4
[[package]]
name = "app"
version = "1.0.0"
dependencies = ["codec", "helper 2.0.0", "tester"]
[[package]]
name = "codec"
version = "0.3.1+up.9"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "0000000000000000000000000000000000000000000000000000000000000000"
dependencies = ["helper 1.0.0", "maker"]
[[package]]
name = "helper"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "1111111111111111111111111111111111111111111111111111111111111111"
[[package]]
name = "helper"
version = "2.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "2222222222222222222222222222222222222222222222222222222222222222"
[[package]]
name = "maker"
version = "1.1.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "3333333333333333333333333333333333333333333333333333333333333333"
[[package]]
name = "tester"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "4444444444444444444444444444444444444444444444444444444444444444"
"#;
    const PACKAGES: &str = "name\tversion\tscope\tlicence\n\
        app\t1.0.0\tlinked\tMIT\n\
        codec\t0.3.1+up.9\tlinked\tMIT OR Apache-2.0\n\
        helper\t1.0.0\tlinked\tMIT\n\
        helper\t2.0.0\tlinked\tZlib\n\
        maker\t1.1.0\tbuild\tMIT\n";
    const NATIVES: &str = "package\tversion\tlibrary\tlibrary_version\tlicence\turl\n\
        codec\t0.3.1+up.9\tup\t9\tBSD-3-Clause\thttps://example.org/up\n";

    fn sources() -> Sources<'static> {
        Sources { lock: LOCK, packages: PACKAGES, natives: NATIVES }
    }

    #[test]
    fn the_closure_is_listed_with_what_is_known_of_it() {
        let text = cyclonedx("app", sources()).unwrap();
        let bom: serde_json::Value = serde_json::from_str(&text).unwrap();
        let components = bom["components"].as_array().unwrap();
        let of = |name: &str, version: &str| {
            let is = |c: &&serde_json::Value| c["name"] == name && c["version"] == version;
            components.iter().find(is).unwrap_or_else(|| panic!("no {name} {version}"))
        };
        assert_eq!(components.len(), 4, "{text}");
        let codec = of("codec", "0.3.1+up.9");
        assert_eq!(codec["purl"], "pkg:cargo/codec@0.3.1%2Bup.9");
        assert_eq!(codec["hashes"][0]["content"], "0".repeat(64));
        assert_eq!(codec["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(codec["components"][0]["name"], "up");
        assert_eq!(of("maker", "1.1.0")["scope"], "excluded");
        assert_eq!(bom["metadata"]["component"]["name"], "app");
        let dependencies = bom["dependencies"].as_array().unwrap();
        let root = dependencies.iter().find(|d| d["ref"] == "cargo:app@1.0.0").unwrap();
        assert_eq!(
            root["dependsOn"],
            serde_json::json!(["cargo:codec@0.3.1+up.9", "cargo:helper@2.0.0"]),
            "without what is only for tests"
        );
        assert_eq!(cyclonedx("app", sources()).unwrap(), text);
    }

    #[test]
    fn texts_that_do_not_belong_together_are_refused() {
        let broken = [
            Sources {
                packages: &PACKAGES.replace("codec\t0.3.1+up.9\tlinked\tMIT OR Apache-2.0\n", ""),
                ..sources()
            },
            Sources { packages: &PACKAGES.replace("0.3.1", "0.3.2"), ..sources() },
            Sources { packages: &PACKAGES.replace("build", "perhaps"), ..sources() },
            Sources { packages: "", ..sources() },
            Sources { natives: &NATIVES.replace("0.3.1", "0.3.0"), ..sources() },
            Sources { lock: "[[package]]\nname = 1", ..sources() },
            Sources { lock: &LOCK.replace("\"helper 1.0.0\"", "\"helper\""), ..sources() },
        ];
        for (index, sources) in broken.into_iter().enumerate() {
            let error = cyclonedx("app", sources).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{index}");
        }
        assert_eq!(cyclonedx("nobody", sources()).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
