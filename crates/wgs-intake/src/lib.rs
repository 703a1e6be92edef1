//! Takes in what a sequencing provider has delivered: checks the files of a folder and writes case
//! files of what is complete.
//!
//! A scan ([`Intake::scan`]) lists the folder, reads the lists of checksums, reads each file that it
//! does not know yet once, for both its digests and its first reads, compares files with each other,
//! finds out of which sample each is, and writes the file of each case whose samples are all there.
//! What it has read it remembers in a journal, so that a scan of a folder in which nothing is new
//! reads nothing. It may be killed at any point: the next scan goes on.
//!
//! ```
//! use wgs_intake::{CaseState, Intake, Options, Samples, Silent};
//! use std::sync::atomic::AtomicBool;
//!
//! let room = tempfile::tempdir()?;
//! let inbox = room.path().join("inbox");
//! std::fs::create_dir(&inbox)?;
//! for mate in [1, 2] {
//!     let read = format!("@A:1:FC:2:1101:5:7 {mate}:N:0:AC\nACGT\n+\nFFFF\n");
//!     std::fs::write(inbox.join(format!("S1_S1_L002_R{mate}_001.fastq")), read)?;
//! }
//! let options = Options {
//!     samples: Samples::Single,
//!     without_checksums: true,
//!     settle: std::time::Duration::ZERO,
//!     ..Options::new(&inbox, room.path().join("cases"))
//! };
//! let mut intake = Intake::open(options)?;
//! let report = intake.scan(&AtomicBool::new(false), &Silent)?;
//! assert_eq!(report.cases[0].state, CaseState::Written);
//! let case = wgs_task::case::file::read(&report.cases[0].path)?;
//! assert_eq!(case.samples[0].read_groups[0].unit.as_deref(), Some("FC.2"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arrival;
mod cases;
mod check;
mod content;
mod folder;
mod intake;
mod item;
mod journal;
pub mod list;
mod lock;
pub mod name;
mod options;
mod owner;
mod problem;
mod quarantine;
pub mod read_name;
mod report;
mod scan;
mod sets;

pub use intake::Intake;
pub use options::{Options, Samples, Take};
pub use problem::{Code, Problem};
pub use report::{CaseReport, CaseState, FileReport, FileState, Report, SampleReport, SampleState};

/// Is told how far a scan is.
pub trait Monitor: Sync {
    /// Files of so many bytes together are to be read.
    fn begins(&self, files: usize, bytes: u64) {
        let _ = (files, bytes);
    }

    /// So many bytes more were read.
    fn read(&self, bytes: u64) {
        let _ = bytes;
    }
}

/// Does not care.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Monitor for Silent {}

/// A text on one line, whatever it holds: for names of files on terminals.
pub fn one_line(text: &str) -> String {
    quarantine::plain(text)
}
