//! The error of everything that reads or writes a file.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use wgs_core::ErrorKind;

/// Result of reading or writing a file.
pub type Result<T, E = FileError> = std::result::Result<T, E>;

/// What is wrong with a file, where in it, and what to do.
///
/// ```
/// use wgs_formats::FileError;
/// let error = FileError::invalid("a.fastq", "quality is shorter than sequence").at("record 17");
/// assert_eq!(error.to_string(), "a.fastq: record 17: quality is shorter than sequence");
/// ```
#[derive(Debug)]
pub struct FileError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    place: Option<String>,
    whole_file: bool,
    kind: ErrorKind,
    reason: String,
    hint: Option<String>,
    source: Option<io::Error>,
}

impl FileError {
    /// A failure of a class of your choice.
    pub fn new(path: impl AsRef<Path>, kind: ErrorKind, reason: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            path: path.as_ref().to_owned(),
            place: None,
            whole_file: false,
            kind,
            reason: reason.into(),
            hint: None,
            source: None,
        }))
    }

    /// The content is not what the format says.
    pub fn invalid(path: impl AsRef<Path>, reason: impl Into<String>) -> Self {
        Self::new(path, ErrorKind::InvalidInput, reason)
    }

    /// The file ends before its end.
    pub fn truncated(path: impl AsRef<Path>, reason: impl Into<String>) -> Self {
        Self::new(path, ErrorKind::Truncated, reason)
    }

    /// The operating system, or a decoder below, said no; its class follows from `source`.
    pub fn io(path: impl AsRef<Path>, source: io::Error) -> Self {
        let kind = ErrorKind::of_io(&source);
        let mut error = Self::new(path, kind, source.to_string());
        error.0.source = Some(source);
        error
    }

    /// Adds where in the file: a record, row or region.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        if !self.0.whole_file {
            self.0.place = Some(place.into());
        }
        self
    }

    /// Says that no place in the file is to blame, whoever adds one.
    #[must_use]
    pub(crate) fn of_whole_file(mut self) -> Self {
        self.0.whole_file = true;
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The class of the failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What to do about it, if something can be said.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.0.path.display())?;
        if let Some(place) = &self.0.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.0.reason)
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|s| s as _)
    }
}
