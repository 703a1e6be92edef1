//! SHA-256 digests of files: what `sha256sum` prints.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
};

use sha2::{Digest, Sha256};

use crate::{FileError, Result};

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
