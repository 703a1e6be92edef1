//! What tasks will need, told from the sizes of their inputs before anything runs.
//!
//! A [`NeedsTable`] has measured coefficients for each stage. Sizes travel along the graph: what a
//! task will make is what the next one will read. See [`CaseForecast`], and
//! [`disk`](crate::disk) for what a whole run needs of a disk.

mod forecast;
mod schedule;
mod sizes;
mod table;

pub use forecast::{CaseForecast, TaskForecast};
pub use sizes::Sizes;
pub use table::{Linear, NEEDS_SCHEMA, NeedsTable, Safety, StageNeeds};
