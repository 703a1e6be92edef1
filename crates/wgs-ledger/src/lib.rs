//! What runs took, and what that costs.
//!
//! [`read_cases`] goes through the records of runs a case at a time; [`Ledger`] adds them up, and is
//! written as a table, CSV, JSON or a page with pictures by [`write_rows`] and [`write_page`].
//! [`Pricing`] says what processors, memory, disks and cloud machines cost. [`fit_needs`] makes of the
//! same records the table by which the engine tells what tasks will need.
//!
//! ```no_run
//! use wgs_ledger::{By, Format, Ledger, RowOptions, read_cases};
//!
//! let mut ledger = Ledger::new(None);
//! read_cases(&["out".into()], |case| ledger.add(case))?;
//! let options = RowOptions { by: By::Stage, format: Format::Csv };
//! wgs_ledger::write_rows(&ledger, options, &mut std::io::stdout())?;
//! # Ok::<(), wgs_formats::FileError>(())
//! ```

mod amount;
mod attempts;
mod columns;
mod fit;
mod html;
mod journal;
mod ledger;
mod pricing;
mod read;
mod row;
#[cfg(test)]
mod testing;
mod write;

pub use amount::{Money, Span};
pub use attempts::Attempts;
pub use fit::{Fit, fit_needs};
pub use html::write_page;
pub use ledger::{GroupRow, Ledger, Sums};
pub use pricing::{CaseCost, CloudCost, Pricing, SiteCost};
pub use read::{CaseEntry, Problem, read_cases};
pub use row::{State, TaskRow};
pub use write::{By, Format, RowOptions, write_rows};
