//! `wgs-pipe regress`

use std::path::{Path, PathBuf};

use wgs_core::ErrorKind;
use wgs_engine::{CasePlan, Stop};
use wgs_formats::{FileError, digest, genome::Genome, output};
use wgs_task::{Bundle, Limits};

use super::{Outcome, limits, run, say};
use crate::{
    cli::{ForecastArgs, JobArgs, RegressArgs, RunArgs},
    failure::Failure,
    progress,
    regress::{
        figure::Figure,
        file::{self, Regression, Sample, Source},
        measure::{self, Compared, Ran},
        update,
        verdict::{self, Row},
    },
};

/// Letters of a program's SHA-256 that name the folder of its runs.
const DIGEST_LETTERS: usize = 16;

pub(super) fn regress(args: &RegressArgs) -> Outcome {
    let regression = file::read(&args.file)?;
    let bundle = Bundle::open(&args.bundle.bundle)?;
    let genome = bundle.genome()?;
    check_update(args)?;
    let mut work = Work {
        args,
        runs: runs(&args.out)?,
        genome: &genome,
        limits: limits(&args.limits),
        stop: run::stop_on_signals()?,
        missed_gate: None,
    };
    let plans = work.plan(&regression)?;
    output::create_folder(&args.out)?;
    remove_results(&args.out)?;
    let mut rows = Vec::new();
    for (sample, plan) in regression.samples.iter().zip(&plans) {
        rows.extend(work.measure(sample, plan.as_ref())?);
    }
    verdict::write(&args.out, &rows)?;
    say(&verdict::table(&rows))?;
    if let Some(path) = &args.update {
        return Ok(output::write(path, update::rewritten(&regression, &rows))?);
    }
    conclude(&rows, work.missed_gate)
}

/// Where this very program runs cases: one that was built anew, even under the same version, must
/// not take the outputs of another for its own.
fn runs(out: &Path) -> Result<PathBuf, Failure> {
    let program = std::env::current_exe().map_err(|e| FileError::io("wgs-pipe", e))?;
    let digest = digest::sha256_file(&program)?;
    Ok(out.join("runs").join(&digest[..DIGEST_LETTERS]))
}

/// The file with new baselines must not be there yet, unless that is asked for.
fn check_update(args: &RegressArgs) -> Outcome {
    match &args.update {
        Some(path) if path.exists() && !args.overwrite => {
            let reason = format!("{}: is there already", path.display());
            Err(Failure::new(ErrorKind::Usage, reason)
                .hint("give --update another name, or --overwrite"))
        }
        _ => Ok(()),
    }
}

/// Results of another time must not be taken for those of this one.
fn remove_results(folder: &Path) -> Outcome {
    for name in ["regress.tsv", "regress.json"] {
        let path = folder.join(name);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(FileError::io(&path, e).into());
            }
            _ => {}
        }
    }
    Ok(())
}

fn conclude(rows: &[Row], missed_gate: Option<Failure>) -> Outcome {
    let fails = |row: &&Row| !row.verdict.passes();
    let missed: Vec<String> = rows
        .iter()
        .filter(fails)
        .map(|r| format!("{} of {} is {}, not {}", r.figure, r.sample, r.measured(), r.baseline()))
        .collect();
    match missed.as_slice() {
        [] => missed_gate.map_or(Ok(()), Err),
        missed => Err(Failure::new(ErrorKind::QualityGate, missed.join("; "))
            .hint("all outputs are written; --update FILE writes what was measured as baselines")),
    }
}

struct Work<'a> {
    args: &'a RegressArgs,
    runs: PathBuf,
    genome: &'a Genome,
    limits: Limits,
    stop: Stop,
    /// What a pipeline's own gates said.
    missed_gate: Option<Failure>,
}

impl Work<'_> {
    /// Checks everything that samples name, and plans the cases.
    fn plan(&self, regression: &Regression) -> Result<Vec<Option<CasePlan>>, Failure> {
        regression.samples.iter().map(|sample| self.plan_sample(sample)).collect()
    }

    fn plan_sample(&self, sample: &Sample) -> Result<Option<CasePlan>, Failure> {
        let (case, pipeline) = match &sample.source {
            Source::Calls(calls) => {
                measure::check(sample, Some(calls), self.genome)?;
                return Ok(None);
            }
            Source::Case { case, pipeline } => (case.clone(), pipeline.clone()),
        };
        measure::check(sample, None, self.genome)?;
        let args = RunArgs {
            case: Some(case),
            samplesheet: None,
            bundle: self.args.bundle.clone(),
            out: self.runs.join(sample.name.as_str()),
            pipeline,
            executor: None,
            limits: self.args.limits.clone(),
            forecast: ForecastArgs::default(),
            jobs: JobArgs::default(),
        };
        let plan = run::plans(&args, self.limits)?.0.into_iter().next();
        if let Some(plan) = &plan
            && sample.baselines.iter().any(|b| matches!(b.figure, Figure::Quality(_)))
        {
            let ran = Ran { case: &plan.case, layout: &plan.layout };
            ran.sample(sample.calls_sample.as_deref())?;
        }
        Ok(plan)
    }

    fn measure(&mut self, sample: &Sample, plan: Option<&CasePlan>) -> Result<Vec<Row>, Failure> {
        let calls = match (&sample.source, plan) {
            (_, Some(plan)) => {
                self.run(plan)?;
                plan.layout.small_variants()
            }
            (Source::Calls(calls), None) => calls.clone(),
            (Source::Case { case, .. }, None) => {
                return Err(FileError::invalid(case, "holds no case").into());
            }
        };
        let compared = if sample.is_compared() {
            let folder = self.args.out.join("compare").join(sample.name.as_str());
            measure::compare(sample, &calls, self.genome, self.limits.threads, &folder)?
        } else {
            Compared::new()
        };
        let ran = plan.map(|plan| Ran { case: &plan.case, layout: &plan.layout });
        let row = |baseline| {
            let value = measure::value(baseline, sample, &compared, ran.as_ref())?;
            Ok(Row::new(sample.name.as_str(), baseline, value))
        };
        sample.baselines.iter().map(row).collect()
    }

    /// Runs a case. A gate of its pipeline that is missed is kept for the end.
    fn run(&mut self, plan: &CasePlan) -> Outcome {
        let plans = std::slice::from_ref(plan);
        let observer = progress::quiet_observer();
        match run::execute(plans, (self.limits, None), &self.stop, observer, None) {
            Err(failure) if failure.kind == ErrorKind::QualityGate => {
                self.missed_gate = self.missed_gate.take().or(Some(failure));
                Ok(())
            }
            outcome => outcome,
        }
    }
}
