//! Text files, plain or gzip by their name.

use std::{io::Write, path::Path};

use flate2::{Compression, write::GzEncoder};
use wgs_formats::{FileError, Result, output::AtomicFile};

/// Writes a file atomically, as gzip (without name or time in its header) where its name ends
/// in `.gz`.
pub fn write_maybe_gzip(path: &Path, content: &[u8]) -> Result<()> {
    let mut file = AtomicFile::create(path)?;
    let written = if path.extension().is_some_and(|e| e == "gz") {
        let mut encoder = GzEncoder::new(&mut file, Compression::best());
        encoder.write_all(content).and_then(|()| encoder.finish().map(drop))
    } else {
        file.write_all(content)
    };
    written.map_err(|e| FileError::io(path, e))?;
    file.commit()
}
