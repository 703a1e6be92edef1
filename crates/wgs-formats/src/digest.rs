//! MD5 and SHA-256 of files, as `md5sum` and `sha256sum` print them, and the check of expected ones.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{FileError, Result};

/// Digests that a file must have, in hexadecimal of either case.
///
/// Readers that are given them check them while they read, and fail at the end of a file that has
/// others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// MD5.
    pub md5: Option<String>,
    /// SHA-256.
    pub sha256: Option<String>,
}

impl Expected {
    /// Whether there is nothing to check.
    pub fn is_empty(&self) -> bool {
        self.md5.is_none() && self.sha256.is_none()
    }
}

/// Compares what passes with [`Expected`].
#[derive(Debug, Default)]
pub(crate) struct Verifier {
    md5: Option<(md5::Md5, String)>,
    sha256: Option<(Sha256, String)>,
}

impl Verifier {
    pub(crate) fn new(expected: &Expected) -> Self {
        let Expected { md5, sha256 } = expected.clone();
        Self {
            md5: md5.map(|expected| (md5::Md5::new(), expected)),
            sha256: sha256.map(|expected| (Sha256::new(), expected)),
        }
    }

    /// Takes the next bytes of the file.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.md5.iter_mut().for_each(|(hasher, _)| hasher.update(bytes));
        self.sha256.iter_mut().for_each(|(hasher, _)| hasher.update(bytes));
    }

    /// No more bytes come.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](wgs_core::ErrorKind::InvalidInput) if a digest is not the expected one.
    pub(crate) fn finish(self, path: &Path) -> Result<()> {
        let md5 = self.md5.map(|(hasher, expected)| ("MD5", hex(&hasher.finalize()), expected));
        let sha256 =
            self.sha256.map(|(hasher, expected)| ("SHA-256", hex(&hasher.finalize()), expected));
        for (name, found, expected) in md5.into_iter().chain(sha256) {
            if !found.eq_ignore_ascii_case(&expected) {
                let reason = format!("its {name} is {found}, but {expected} is expected");
                return Err(FileError::invalid(path, reason)
                    .hint("the file was damaged or exchanged; deliver it again")
                    .of_whole_file());
            }
        }
        Ok(())
    }
}

/// Lower-case hexadecimal of some bytes.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
        }
        text
    })
}

/// SHA-256 of a byte string, in lower-case hexadecimal.
///
/// ```
/// let digest = wgs_formats::digest::sha256_bytes(b"abc");
/// assert!(digest.starts_with("ba7816bf"));
/// ```
pub fn sha256_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of a file's content, in lower-case hexadecimal.
pub fn sha256_file(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(|e| FileError::io(path, e))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = file.read(&mut buffer).map_err(|e| FileError::io(path, e))?;
        if n == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(&buffer[..n]);
    }
}

/// MD5 of a byte string, in lower-case hexadecimal: SAM's `M5`, of an upper-case sequence.
pub fn md5_bytes(bytes: &[u8]) -> String {
    hex(&md5::Md5::digest(bytes))
}

/// MD5 of a file's content, in lower-case hexadecimal: for checksum files that laboratories use.
pub fn md5_file(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(|e| FileError::io(path, e))?;
    let mut hasher = Md5Writer(md5::Md5::new());
    std::io::copy(&mut file, &mut hasher).map_err(|e| FileError::io(path, e))?;
    Ok(hex(&hasher.0.finalize()))
}

struct Md5Writer(md5::Md5);

impl Write for Md5Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        md5::Digest::update(&mut self.0, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
