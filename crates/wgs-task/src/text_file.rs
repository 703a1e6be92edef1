//! Text files that people write.

use std::{fs, path::Path};

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

/// Reads a file that must be UTF-8 text; an error names the line where it is not.
pub(crate) fn read(path: &Path) -> Result<String> {
    let bytes = fs::read(path).map_err(|e| FileError::io(path, e))?;
    String::from_utf8(bytes).map_err(|e| {
        let whole = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let line = line_of(whole, whole.len());
        FileError::new(path, ErrorKind::Configuration, "is not UTF-8 text")
            .at(format!("line {line}"))
            .hint("save it as UTF-8")
    })
}

/// The number of the line, from 1, that holds a byte offset.
pub(crate) fn line_of(text: &[u8], offset: usize) -> usize {
    text[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_encodings_are_refused_with_their_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("case.toml");
        wgs_formats::output::write(&path, b"a = 1\nb = \"\xe9\"\n").unwrap();
        let error = read(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().ends_with("line 2: is not UTF-8 text"));
    }
}
