//! `wgs-pipe task`: one task of a run, in this process.

use std::{io, path::Path};

use wgs_core::ErrorKind;
use wgs_engine::protocol::{self, TaskOutput};

use super::Outcome;
use crate::{failure::Failure, stages};

pub(super) fn task(stage: &str, spec: &Path) -> Outcome {
    protocol::watch_engine(end_with_engine);
    let stage = stages::find(stage)
        .ok_or_else(|| Failure::new(ErrorKind::Usage, format!("unknown stage {stage:?}")))?;
    let spec = protocol::read_spec(spec)?;
    let output = TaskOutput::new(io::stdout());
    stage.run(&spec, &output).inspect_err(|error| output.error(error)).map_err(Failure::from)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the engine is dead, and so is what this task is for"
)]
fn end_with_engine() {
    protocol::kill_own_group();
    std::process::exit(i32::from(ErrorKind::Interrupted.exit_code()));
}
