//! Tables in text, as sources of annotation publish them: TSV and CSV.
//!
//! - [`Table`]: rows under a line that names the columns
//! - [`genes`]: tables and lists of genes

pub mod genes;
mod head;
mod read;
mod row;

pub use head::{Head, plain_name};
pub use read::Table;
pub use row::Row;
