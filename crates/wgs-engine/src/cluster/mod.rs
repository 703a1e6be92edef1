//! Cases over many machines: units of work that run as jobs somewhere.
//!
//! A case is cut into [`Unit`]s. For each, an [`Order`] is written down and a job handed to an
//! [`Executor`]; on whatever machine it starts, its process does what the order says ([`work`])
//! and leaves an [`Ending`].
//!
//! A [`Submission`] checks cases and leaves a [`Request`] in a run folder. [`control`] does what it
//! asks for; it writes every step into a journal, so that it can be killed at any time and started
//! again, on any machine that sees the folder. A [`Lease`] keeps two from doing so at one time.
//!
//! ```text
//! OUT/.wgs-pipe/request.json       what is asked for
//! OUT/.wgs-pipe/journal.jsonl      what was done about it
//! OUT/.wgs-pipe/lease/N            who does it; the highest number counts
//! OUT/.wgs-pipe/wishes/            wishes to end it
//! OUT/.wgs-pipe/batches/           orders of jobs at work, and what their processes say
//! OUT/CASE/.wgs-pipe/plan.json     what is to be done for a case
//! OUT/CASE/.wgs-pipe/units/        how its units ended
//! ```

mod cancel;
mod controller;
mod decide;
mod ends;
pub mod entry;
mod estimates;
mod evidence;
pub mod executor;
mod journal;
mod lease;
mod local_slots;
mod node;
mod order;
mod ordering;
mod paths;
mod process;
mod request;
mod shape;
#[cfg(feature = "simulation")]
pub mod simulation;
mod state;
mod status;
mod submission;
mod take_up;
#[cfg(test)]
mod tests;
mod told;
mod world;

use serde::{Deserialize, Serialize};

pub use cancel::CancelRequest;
pub use controller::{ControlOptions, ControlReport, Crew, Mode, control};
pub use estimates::{ByForecast, ByLimits, Estimates, Foreseen};
pub use executor::{
    Batch, Cause, Executor, JobRef, JobReport, JobState, Member, Most, Needs, Pace, Placement,
    Refusal,
};
pub use journal::read_journal;
pub use lease::Lease;
pub use local_slots::{LocalOptions, LocalSlots};
pub use node::{AtEnd, work};
pub use order::{ENDING_SCHEMA, Ending, Order, Unit, UnitResult};
pub use paths::{CaseFiles, RunFiles};
pub use request::{
    Caps, CaseEntry, Grain, JobLimits, ProgramFile, REQUEST_SCHEMA, Request, RequestOptions,
    Retries, SourceFile,
};
pub use shape::{Shape, ShapeUnit};
pub use status::{CaseLine, CaseWord, Controller, RunStatus};
pub use submission::Submission;
pub use world::{RealWorld, World};

use crate::{
    Program,
    slurm::{Slurm, SlurmOptions},
};

/// Where the jobs of a run go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum ExecutorOptions {
    /// To this machine.
    Local(LocalOptions),
    /// To SLURM.
    Slurm(Box<SlurmOptions>),
}

impl ExecutorOptions {
    /// The executor, whose jobs run a program.
    ///
    /// # Errors
    ///
    /// One that does not answer, or cannot work here.
    pub fn executor(&self, program: Program) -> Result<Box<dyn Executor>, Refusal> {
        Ok(match self {
            Self::Local(options) => Box::new(LocalSlots::new(program, *options)),
            Self::Slurm(options) => Box::new(Slurm::connect((**options).clone(), program)?),
        })
    }
}
