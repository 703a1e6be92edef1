//! Runs the tasks of cases: graph, schedule, content-keyed cache, and processes on this machine.
//!
//! What the tasks are and do, the engine does not know: it gets [`CasePlan`]s, runs what is not
//! there yet, and tells what happened. [`run`] does the work, [`plan()`] tells what it would do and
//! why, [`statuses`] tells how far it is. An [`TaskRunner`] runs single tasks; [`Processes`] as
//! processes that keep to [`protocol`].
//!
//! ```no_run
//! use wgs_engine::{CasePlan, Processes, NoObserver, Program, RunOptions, Stop};
//! use wgs_task::Limits;
//!
//! # fn cases() -> Vec<CasePlan> { Vec::new() }
//! let options = RunOptions {
//!     limits: Limits { threads: 8, memory_bytes: 16 << 30 },
//!     program: "my-program 1.0".into(),
//!     stop: Stop::default(),
//!     scratch: None,
//! };
//! let runner = Processes::new(Program::new("/usr/bin/my-program"));
//! let report = wgs_engine::run(&cases(), &options, &runner, &mut NoObserver)?;
//! for failure in report.cases.iter().flat_map(|case| &case.failures) {
//!     println!("{}", failure.failure.message);
//! }
//! # Ok::<(), wgs_formats::FileError>(())
//! ```

mod cache;
mod case_run;
pub mod cluster;
pub mod disk;
mod dispatch;
pub mod events;
mod files;
mod graph;
mod local;
mod lock;
pub mod machine;
pub mod needs;
mod plan;
pub mod protocol;
pub mod record;
mod run;
pub mod run_record;
pub mod runner;
mod schedule;
pub mod slurm;
mod state;
pub mod status;
mod stop;
#[cfg(test)]
mod testing;
mod time;
mod work;

pub use cache::{Reason, Verdict};
pub use events::{Event, Happening, NoObserver, Observer};
pub use files::FileEntry;
pub use graph::{CasePlan, Graph};
pub use local::{Processes, Program};
pub use plan::{Forecast, plan};
pub use record::{TaskRecord, Usage};
pub use run::{CaseReport, RunOptions, RunReport, TaskFailure, run};
pub use run_record::{CaseState, RunRecord, TaskStatus};
pub use runner::{Ending, Failure, Io, Job, JobId, Measured, Outcome, Reports, TaskRunner};
pub use status::{CaseStatus, case_status, statuses};
pub use stop::Stop;
pub use time::Time;
