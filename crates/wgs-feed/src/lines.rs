//! A file, or standard output, to which whole lines are added.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use wgs_formats::{FileError, Result, output::ends_within_line};

/// Adds lines, each by one write; remembers what went wrong first, since nobody waits for it.
pub(crate) struct Lines {
    name: String,
    out: Box<dyn Write + Send>,
    /// Whether what was written last may have no end.
    torn: bool,
    problem: Option<String>,
}

impl Lines {
    pub(crate) fn stdout() -> Self {
        Self::new("standard output".into(), Box::new(io::stdout()), false)
    }

    /// Adds to a file; a line that a killed process left unfinished is closed.
    pub(crate) fn append(path: &Path) -> Result<Self> {
        let file = open(path)?;
        let torn = ends_within_line(&file).map_err(|e| FileError::io(path, e))?;
        Ok(Self::new(path.display().to_string(), Box::new(file), torn))
    }

    pub(crate) fn new(name: String, out: Box<dyn Write + Send>, torn: bool) -> Self {
        Self { name, out, torn, problem: None }
    }

    /// Adds a line. After a failure the next one begins a line of its own.
    pub(crate) fn add(&mut self, line: &str) {
        let start = if self.torn { "\n" } else { "" };
        let written = self.out.write_all(format!("{start}{line}\n").as_bytes());
        let written = written.and_then(|()| self.out.flush());
        self.torn = written.is_err();
        if let Err(error) = written {
            self.problem
                .get_or_insert_with(|| format!("{}: {error}; lines are missing", self.name));
        }
    }

    pub(crate) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }
}

pub(crate) fn open(path: &Path) -> Result<File> {
    let open = OpenOptions::new().create(true).read(true).append(true).open(path);
    open.map_err(|e| FileError::io(path, e))
}
