//! What went wrong, in the classes that scripts tell apart by exit code.

use std::{fmt, io};

/// Class of a failure. Each has an exit code of its own, which stays the same between releases.
///
/// ```
/// use wgs_core::ErrorKind;
/// assert_eq!(ErrorKind::InvalidInput.exit_code(), 6);
/// assert_eq!(ErrorKind::from_exit_code(6), Some(ErrorKind::InvalidInput));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// The command line is wrong.
    Usage,
    /// A case file, samplesheet, pipeline definition or bundle manifest is wrong.
    Configuration,
    /// A file that was named is not there.
    NotFound,
    /// A file or folder may not be read or written.
    Permission,
    /// The content of an input is not what its format says.
    InvalidInput,
    /// An input ends before its end.
    Truncated,
    /// Data and reference do not belong together.
    ReferenceMismatch,
    /// A declared quality threshold was not met.
    QualityGate,
    /// A step failed for a reason of its own.
    TaskFailed,
    /// No space is left on a disk.
    OutOfSpace,
    /// Memory does not suffice.
    OutOfMemory,
    /// Stopped by a signal.
    Interrupted,
}

impl ErrorKind {
    /// Every kind, in the order of the exit codes.
    pub const ALL: [Self; 12] = [
        Self::Usage,
        Self::Configuration,
        Self::NotFound,
        Self::Permission,
        Self::InvalidInput,
        Self::Truncated,
        Self::ReferenceMismatch,
        Self::QualityGate,
        Self::TaskFailed,
        Self::OutOfSpace,
        Self::OutOfMemory,
        Self::Interrupted,
    ];

    /// The exit code of a process that fails for this reason.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::NotFound => 4,
            Self::Permission => 5,
            Self::InvalidInput => 6,
            Self::Truncated => 7,
            Self::ReferenceMismatch => 8,
            Self::QualityGate => 9,
            Self::TaskFailed => 10,
            Self::OutOfSpace => 11,
            Self::OutOfMemory => 12,
            Self::Interrupted => 130,
        }
    }

    /// The kind behind an exit code.
    pub fn from_exit_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.exit_code() == code)
    }

    /// The class of an operating system error. A path that cannot be what it was named for (a folder
    /// as a file, a file as a folder, a name too long or taken) is a wrong command line.
    pub fn of_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::Permission,
            io::ErrorKind::IsADirectory
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::AlreadyExists => Self::Usage,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::OutOfSpace,
            io::ErrorKind::OutOfMemory => Self::OutOfMemory,
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            io::ErrorKind::InvalidData => Self::InvalidInput,
            io::ErrorKind::Interrupted => Self::Interrupted,
            _ => Self::TaskFailed,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Usage => "usage",
            Self::Configuration => "configuration",
            Self::NotFound => "not found",
            Self::Permission => "permission",
            Self::InvalidInput => "invalid input",
            Self::Truncated => "truncated input",
            Self::ReferenceMismatch => "reference mismatch",
            Self::QualityGate => "quality gate",
            Self::TaskFailed => "task failed",
            Self::OutOfSpace => "out of disk space",
            Self::OutOfMemory => "out of memory",
            Self::Interrupted => "interrupted",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_distinct_and_invertible() {
        for kind in ErrorKind::ALL {
            assert_eq!(ErrorKind::from_exit_code(kind.exit_code()), Some(kind));
        }
    }

    #[test]
    fn a_path_of_the_wrong_kind_is_a_wrong_command_line() {
        let long = "x".repeat(5000);
        let file = std::env::current_exe().unwrap();
        let failures = [
            std::fs::read("/").unwrap_err(),
            std::fs::read(file.join("x")).unwrap_err(),
            std::fs::read(long).unwrap_err(),
            std::fs::create_dir("/").unwrap_err(),
        ];
        assert_eq!(failures.map(|e| ErrorKind::of_io(&e)), [ErrorKind::Usage; 4]);
    }
}
