//! What is to be done and with what: cases, reference bundles, pipeline definitions, the names of
//! all output files, task specifications, and the [`Stage`] trait that yields and runs them.

pub mod bundle;
pub mod case;
pub mod layout;
mod lock;
pub mod pipeline;
mod spec;
mod stage;
mod text_file;

pub use bundle::Bundle;
pub use case::Case;
pub use layout::CaseLayout;
pub use pipeline::Pipeline;
pub use spec::{Input, Output, Resources, SUMMARY, TaskId, TaskSpec};
pub use stage::{Limits, Monitor, NoOptions, PlanContext, SilentMonitor, Stage, StageError};
