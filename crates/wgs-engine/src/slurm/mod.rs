//! Jobs on SLURM, by its own commands: `sbatch`, `squeue`, `sacct`, `scancel`, `scontrol`.
//!
//! [`Slurm`] is an [`Executor`]. Batches become job arrays; a job is known by the array and its
//! slot, `123_4`. Sites without accounting are served from the controller's memory and, where it may
//! be read, the file of `jobcomp/filetxt`. [`check`] tells whether a site will take jobs at all.

mod accounting;
mod check;
mod command;
mod completions;
mod job;
mod options;
mod poll;
mod queue;
mod refusals;
mod site;
mod state;
mod submit;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

pub use check::{Check, check};
pub use options::SlurmOptions;

use self::{command::Commands, job::JobKey, site::Site};
use crate::{
    Program,
    cluster::{Batch, Executor, JobRef, JobReport, Most, Refusal},
};

/// SLURM as an executor.
///
/// ```no_run
/// use wgs_engine::{Program, cluster::Executor, slurm::{Slurm, SlurmOptions}};
///
/// let options = SlurmOptions { partition: Some("compute".into()), ..SlurmOptions::default() };
/// let slurm = Slurm::connect(options, Program::new("/usr/bin/my-program"))?;
/// assert_eq!(slurm.name(), "slurm");
/// # Ok::<(), wgs_engine::cluster::Refusal>(())
/// ```
#[derive(Debug)]
pub struct Slurm {
    options: SlurmOptions,
    program: Program,
    commands: Commands,
    site: Site,
    /// Since when nothing has been heard of a job.
    silent: BTreeMap<JobKey, Instant>,
}

impl Slurm {
    /// Asks the controller for what it allows. What the options leave open, variables of `sbatch`
    /// may say ([`SlurmOptions::or_variables`]).
    ///
    /// # Errors
    ///
    /// [`Refusal::Never`] where SLURM is not installed or an option cannot be, [`Refusal::Down`]
    /// where its controller does not answer.
    pub fn connect(options: SlurmOptions, program: Program) -> Result<Self, Refusal> {
        let options = options.or_environment();
        options.check()?;
        let commands = Commands::new(&options);
        let site = Site::ask(&commands, &options)?;
        Ok(Self { options, program, commands, site, silent: BTreeMap::new() })
    }
}

impl Executor for Slurm {
    fn name(&self) -> &'static str {
        "slurm"
    }

    fn submit(&mut self, batch: &Batch) -> Result<Vec<JobRef>, Refusal> {
        submit::submit(self, batch)
    }

    fn poll(&mut self, jobs: &[JobRef]) -> Result<Vec<JobReport>, Refusal> {
        poll::poll(self, jobs)
    }

    fn cancel(&mut self, jobs: &[JobRef]) -> Result<(), Refusal> {
        let keys: Vec<_> = jobs.iter().filter_map(JobKey::of).collect();
        poll::cancel(&self.commands, &keys)
    }

    fn most(&self, threads: usize) -> Most {
        let minutes = [self.options.max_time_minutes, self.site.max_time_minutes];
        Most {
            memory_bytes: self.site.most_mib(threads).map(|mib| mib << 20),
            wall: minutes.into_iter().flatten().min().map(|m| Duration::from_secs(m * 60)),
        }
    }

    fn max_batch(&self) -> usize {
        self.site.max_batch(&self.options)
    }
}
