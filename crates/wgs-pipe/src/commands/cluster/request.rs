//! From a command line to a request in a run folder.

use std::path::Path;

use wgs_engine::{
    Program, Stop,
    cluster::{
        Caps, ExecutorOptions, Foreseen, Grain, JobLimits, LocalOptions, ProgramFile, Request,
        RequestOptions, Retries, RunFiles, SourceFile, Submission,
    },
    disk::{DiskRequest, Forecaster, Scratch},
    slurm::SlurmOptions,
};
use wgs_formats::{digest, output};

use super::{refused, site::Site};
use crate::{
    cli::{ExecutorName, GrainName, ObserveArgs, RunArgs, SlurmArgs},
    commands::{
        bundle::licence,
        forecast, observe,
        run::{Named, PROGRAM, definition, from_here, this_program},
    },
    failure::Failure,
    memory,
};

/// What a job may use where nobody says it, on machines that are not this one.
const THREADS: u16 = 8;
const MEMORY: u64 = 32 << 30;
const TIME_S: u64 = 24 * 3600;
const JOBS: usize = 1000;
/// What a job may grow to where nobody says it, in multiples of what it has at first.
const GROWTH: u64 = 4;

/// Checks every case and the executor, then writes the run folder.
pub(super) fn request(
    args: &RunArgs,
    observe: &ObserveArgs,
    stop: &Stop,
) -> Result<Request, Failure> {
    let site = Site::read(args.jobs.site.as_deref())?;
    let (executor, job, caps) = where_and_what(args, &site);
    let grain = match args.jobs.grain.or(site.grain) {
        Some(GrainName::Task) => Grain::Task,
        Some(GrainName::Case) | None => Grain::Case,
    };
    let limits = job.for_tasks();
    let named = Named::read(args)?;
    licence::tell(&named.bundle);
    let mut submission = Submission::begin(&named.out, grain, limits, stop)?;
    let table = forecast::needs(args.forecast.needs.as_deref())?;
    let scratch = args.jobs.scratch.as_deref().map(from_here).transpose()?.or(site.scratch);
    let disk = DiskRequest {
        out: &named.out,
        scratch: match (&scratch, &executor) {
            (None, _) => Scratch::InCases,
            (Some(folder), ExecutorOptions::Local(_)) => Scratch::Here(folder),
            (Some(_), ExecutorOptions::Slurm(_)) => Scratch::Elsewhere,
        },
        limits,
        at_once: Some(match &executor {
            ExecutorOptions::Local(all) => caps.jobs.min(at_once(all, &job)),
            ExecutorOptions::Slurm(_) => caps.jobs,
        }),
    };
    let mut forecaster = Forecaster::new(disk, &table);
    for case in &named.cases {
        let plan = named.plan(case.clone(), limits)?;
        submission.check(&plan)?;
        forecaster.add(&plan)?;
    }
    forecast::refuse(&forecaster.finish()?, &args.forecast)?;
    let program = program()?;
    executor.executor(Program::new(&program.path)).map_err(|refusal| refused(&refusal))?;
    for case in &named.cases {
        submission.write(&named.plan(case.clone(), limits)?)?;
    }
    let files = RunFiles::of(&named.out);
    output::create_folder(files.folder())?;
    output::write(&files.pipeline(), definition(args.pipeline.as_deref())?)?;
    output::write_json(&files.observers(), &observe::from_anywhere(observe)?)?;
    let mut retries = Retries::default();
    if matches!(executor, ExecutorOptions::Local(_)) {
        // A machine sees at once what its own processes write.
        retries.patience_s = 1;
    }
    Ok(submission.finish(RequestOptions {
        program,
        source: args.samplesheet.as_deref().or(args.case.as_deref()).map(source).transpose()?,
        executor,
        grain,
        job,
        caps,
        retries,
        foreseen: Foreseen {
            memory: args.limits.memory.or(site.memory).is_none(),
            wall: args.jobs.time.or(site.time).is_none(),
        },
        needs: args.forecast.needs.as_deref().map(from_here).transpose()?,
        scratch,
        verify: args.jobs.verify,
    })?)
}

/// Jobs that this machine can run at one time.
fn at_once(all: &LocalOptions, job: &JobLimits) -> usize {
    let by_memory = all.memory_bytes / job.memory_bytes.max(1);
    let by_memory = usize::try_from(by_memory).unwrap_or(usize::MAX);
    (all.threads / job.threads.max(1)).min(by_memory).max(1)
}

/// Where jobs go, what they may use at first, and at most.
fn where_and_what(args: &RunArgs, site: &Site) -> (ExecutorOptions, JobLimits, Caps) {
    let jobs = &args.jobs;
    let (threads, memory) =
        (args.limits.threads.or(site.threads), args.limits.memory.or(site.memory));
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let available = memory::default_memory().0;
    let wall_s = jobs.time.or(site.time).map_or(TIME_S, |time| time.0);
    let most_time = jobs.max_time.or(site.max_time).map_or(wall_s * GROWTH, |time| time.0);
    let most_memory = jobs.max_memory.or(site.max_memory);
    let (executor, job, most) = match args.executor.or(site.executor).unwrap_or_default() {
        ExecutorName::Local => {
            let threads = threads.map_or(processors, usize::from);
            let memory_bytes = memory.map_or(available, |memory| memory.0);
            let all = LocalOptions {
                threads: processors.max(threads),
                memory_bytes: available.max(memory_bytes),
            };
            let job = JobLimits { threads, memory_bytes, wall_s };
            (ExecutorOptions::Local(all), job, all.memory_bytes)
        }
        ExecutorName::Slurm => {
            let threads = usize::from(threads.unwrap_or(THREADS));
            let memory_bytes = memory.map_or(MEMORY, |memory| memory.0);
            let job = JobLimits { threads, memory_bytes, wall_s };
            let slurm = slurm_options(&jobs.slurm, &site.slurm);
            (ExecutorOptions::Slurm(Box::new(slurm)), job, memory_bytes.saturating_mul(GROWTH))
        }
    };
    let caps = Caps {
        memory_bytes: most_memory.map_or(most, |memory| memory.0).max(job.memory_bytes),
        wall_s: most_time.max(wall_s),
        jobs: jobs.max_jobs.or(site.max_jobs).unwrap_or(JOBS).max(1),
    };
    (executor, job, caps)
}

/// What is asked for, else what a site says, else what variables of sbatch say: all of it, so that a
/// controller elsewhere does the same.
pub(in crate::commands) fn slurm_options(args: &SlurmArgs, site: &SlurmOptions) -> SlurmOptions {
    let or = |own: &Option<String>, of_site: &Option<String>| own.clone().or(of_site.clone());
    let mut options = site.clone();
    options.partition = or(&args.partition, &site.partition);
    options.account = or(&args.account, &site.account);
    options.qos = or(&args.qos, &site.qos);
    options.constraint = or(&args.constraint, &site.constraint);
    options.extra.extend(args.slurm_option.iter().cloned());
    options.or_variables(|name| std::env::var(name).ok())
}

fn program() -> Result<ProgramFile, Failure> {
    let path = this_program()?;
    let sha256 = digest::sha256_file(&path)?;
    Ok(ProgramFile { path, sha256, version: PROGRAM.to_owned() })
}

fn source(path: &Path) -> Result<SourceFile, Failure> {
    let path = from_here(path)?;
    let sha256 = digest::sha256_file(&path)?;
    Ok(SourceFile { path, sha256 })
}
