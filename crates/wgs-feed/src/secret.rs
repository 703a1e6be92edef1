//! Keys that a site keeps in files.

use std::{fmt, os::unix::fs::PermissionsExt, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

/// What a key file must hold at least, in bytes.
const MIN_BYTES: usize = 16;
/// Before a key in base64, as Standard Webhooks writes it.
const BASE64_PREFIX: &[u8] = b"whsec_";

/// A key; its `Debug` form does not show it.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Reads a key file: `whsec_` with base64, or else the bytes of the file themselves, without
    /// line feeds at its end.
    ///
    /// # Errors
    ///
    /// A file that others may read, or that holds less than 16 bytes.
    pub fn read(path: &Path) -> Result<Self> {
        let io = |e| FileError::io(path, e);
        let mode = std::fs::metadata(path).map_err(io)?.permissions().mode();
        if mode & 0o007 != 0 {
            let reason = format!("anybody may use this key (its mode is {:o})", mode & 0o777);
            return Err(FileError::new(path, ErrorKind::Permission, reason)
                .hint("`chmod 600` makes it a secret; then exchange the key"));
        }
        let mut bytes = std::fs::read(path).map_err(io)?;
        while bytes.last().is_some_and(|b| b"\r\n".contains(b)) {
            bytes.pop();
        }
        if let Some(text) = bytes.strip_prefix(BASE64_PREFIX) {
            bytes = STANDARD
                .decode(text)
                .map_err(|_| FileError::invalid(path, "after whsec_ stands no base64"))?;
        }
        if bytes.len() < MIN_BYTES {
            let reason = format!("a key of {} bytes; at least {MIN_BYTES} are needed", bytes.len());
            return Err(
                FileError::invalid(path, reason).hint("`openssl rand -base64 32` makes one")
            );
        }
        Ok(Self(bytes))
    }

    /// HMAC-SHA256 (RFC 2104) of a message.
    pub(crate) fn hmac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};

    use wgs_formats::{digest::hex, output};

    use super::*;

    fn read(content: &str, mode: u32) -> Result<Secret> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        output::write(&path, content).unwrap();
        set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        Secret::read(&path)
    }

    #[test]
    fn the_code_is_that_of_rfc_4231() {
        let secret = Secret(vec![0x0b; 20]);
        assert_eq!(
            hex(&secret.hmac(&[b"Hi ", b"There"])),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }

    #[test]
    fn keys_are_text_or_base64() {
        assert_eq!(read("0123456789abcdef\n", 0o600).unwrap().0, b"0123456789abcdef");
        let secret = read("whsec_MDEyMzQ1Njc4OWFiY2RlZg==\n", 0o640).unwrap();
        assert_eq!(secret.0, b"0123456789abcdef");
        assert_eq!(format!("{secret:?}"), "Secret");
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        assert_eq!(read("0123456789abcdef", 0o644).unwrap_err().kind(), ErrorKind::Permission);
        for weak in ["", "short", "whsec_!!", "whsec_MDEy"] {
            let error = read(weak, 0o600).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(weak.is_empty() || !error.to_string().contains(weak), "{error}");
        }
    }
}
