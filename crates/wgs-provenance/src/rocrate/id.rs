//! Identifiers of entities: relative paths, local names and digests, as URIs.

use std::path::Path;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Percent-encodes all but the unreserved characters of RFC 3986, and `/`.
pub(super) fn encode(text: &str) -> String {
    encode_bytes(text.as_bytes())
}

fn encode_bytes(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len()), |mut text, &byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}

/// A path below the crate's folder as a relative reference.
pub(super) fn of_path(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;

    encode_bytes(path.as_os_str().as_bytes())
}

/// A named-information URI (RFC 6920) of content that is not in the crate: its digest, not its
/// path, which may carry a name. `None` for what is no SHA-256 in hexadecimal.
pub(super) fn of_digest(sha256: &str) -> Option<String> {
    let pairs = sha256.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Vec<u8> = pairs.map(byte).collect::<Option<_>>()?;
    (bytes.len() == 32).then(|| format!("ni:///sha-256;{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// A name within the crate's metadata.
pub(super) fn local(parts: &[&str]) -> String {
    format!("#{}", parts.iter().map(|part| encode(part)).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reserved_is_encoded() {
        assert_eq!(of_path(Path::new("reads/a b#1%.cram")), "reads/a%20b%231%25.cram");
        assert_eq!(local(&["value", "a=ü"]), "#value/a%3D%C3%BC");
    }

    #[test]
    fn digests_are_named_information() {
        // The example of RFC 6920, section 8.2: "Hello World!".
        let hex = "7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069";
        let uri = "ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk";
        assert_eq!(of_digest(hex).as_deref(), Some(uri));
        assert_eq!(of_digest("7f83"), None);
        assert_eq!(of_digest("é"), None);
    }
}
