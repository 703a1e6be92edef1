//! What cases will need, told before they start.

use std::path::Path;

use wgs_engine::{
    CasePlan,
    disk::{DiskForecast, DiskRequest, Forecaster, Scratch},
    needs::NeedsTable,
};
use wgs_task::Limits;

use super::Outcome;
use crate::{cli::ForecastArgs, failure::Failure};

/// The table that is used where none is given.
const NEEDS: &str = include_str!("../../pipelines/needs.toml");

/// What tasks need: by the table that is given, or the embedded one.
pub(super) fn needs(path: Option<&Path>) -> Result<NeedsTable, Failure> {
    Ok(match path {
        Some(path) => NeedsTable::read(path)?,
        None => NeedsTable::parse(Path::new("needs.toml"), NEEDS)?,
    })
}

/// What cases that run on this machine will write, and whether there is room for it.
pub(super) fn disk(
    plans: &[CasePlan],
    out: &Path,
    limits: Limits,
    scratch: Option<&Path>,
    args: &ForecastArgs,
) -> Result<DiskForecast, Failure> {
    let scratch = scratch.map_or(Scratch::InCases, Scratch::Here);
    let table = needs(args.needs.as_deref())?;
    let request = DiskRequest { out, scratch, limits, at_once: None };
    let mut forecaster = Forecaster::new(request, &table);
    plans.iter().try_for_each(|plan| forecaster.add(plan))?;
    Ok(forecaster.finish()?)
}

/// Refuses to start what is foreseen not to fit, unless that is to be ignored.
#[expect(clippy::print_stderr, reason = "a warning of what may go wrong later")]
pub(super) fn refuse(forecast: &DiskForecast, args: &ForecastArgs) -> Outcome {
    match forecast.refusal() {
        Some(refusal) if args.ignore_disk_forecast => {
            eprintln!("warning: {refusal}");
            Ok(())
        }
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages;

    #[test]
    fn every_stage_of_the_embedded_pipeline_was_measured() {
        let needs = needs(None).unwrap();
        let pipeline = wgs_task::Pipeline::parse(
            Path::new("germline.toml"),
            include_str!("../../pipelines/germline.toml"),
        );
        for stage in &pipeline.unwrap().stages {
            assert!(needs.stages.get(stage).is_some_and(|needs| needs.tasks > 0), "{stage}");
        }
        for stage in needs.stages.keys() {
            assert!(stages::find(stage).is_some(), "{stage}");
        }
    }
}
