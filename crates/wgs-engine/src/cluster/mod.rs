//! Cases over many machines: units of work that run as jobs somewhere.
//!
//! A case is cut into [`Unit`]s. For each, an [`Order`] is written down and a job handed to an
//! [`Executor`]; on whatever machine it starts, its process does what the order says ([`work`])
//! and leaves an [`Ending`].

pub mod executor;
mod node;
mod order;
mod paths;

pub use executor::{
    Batch, Cause, Executor, JobRef, JobReport, JobState, Member, Needs, Placement, Refusal,
};
pub use node::work;
pub use order::{ENDING_SCHEMA, Ending, Order, Unit, UnitResult};
pub use paths::{CaseFiles, RunFiles};
