//! What the tests of the engine run: a task that mixes its inputs into its outputs and misbehaves
//! as told, and an engine that can be killed.
//!
//! ```text
//! PROGRAM task STAGE --spec FILE
//! PROGRAM engine FILE              runs the cases of a file until it is done or told to stop
//! PROGRAM work BATCH SLOT          does one unit of a case
//! PROGRAM control OUT              controls the run in a folder until nothing is left to do
//! ```

mod control;
mod engine;
mod task;
mod work;

use std::{env, path::Path, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["task", stage, "--spec", spec] => task::run(stage, Path::new(spec)),
        ["engine", plan] => engine::run(Path::new(plan)),
        ["work", batch, slot] => {
            slot.parse().map_or(ExitCode::from(2), |slot| work::run(Path::new(batch), slot))
        }
        ["control", out] => control::run(Path::new(out)),
        _ => ExitCode::from(2),
    }
}
