//! Development tasks of the workspace: `cargo xtask check-layers`, `cargo xtask test-data`,
//! `cargo xtask sbom`, `cargo xtask bench-peers`, `cargo xtask train-filters`.

mod bench;
mod layers;
mod sbom;
mod test_data;
mod train;

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};

/// What a task says when it fails.
type Error = Box<dyn std::error::Error>;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Development tasks of the workspace")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Proves from the crates' manifests that no crate depends on a layer it must not know
    CheckLayers,
    /// Makes the quick-start case of test-data/ again
    TestData {
        /// Writes nothing; fails if the committed files are not what would be written
        #[arg(long)]
        check: bool,
        /// Another folder than test-data/
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Lists the packages that go into wgs-pipe, with their licences, for its bill of materials
    Sbom {
        /// Writes nothing; fails if the committed list is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Measures a job of wgs-pipe, and other programs at the same work, on simulated reads
    BenchPeers {
        #[command(subcommand)]
        job: Box<bench::Job>,
    },
    /// Does what a task of `bench-peers engine` does
    #[command(name = "task", hide = true)]
    WriteFile {
        stage: String,
        #[arg(long)]
        spec: PathBuf,
    },
    /// Does what `bench-peers engine --only scale` measures
    #[command(hide = true)]
    SimulateCases { grain: String, cases: usize, out: PathBuf },
    /// Fits the filter model of germline calls to calls with a known truth
    TrainFilters(Box<train::TrainArgs>),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::CheckLayers => layers::run(),
        Task::TestData { check, folder } => test_data::run(check, folder),
        Task::Sbom { check } => sbom::run(check),
        Task::BenchPeers { job } => bench::run(&job),
        Task::WriteFile { spec, .. } => bench::engine::run_task(&spec),
        Task::SimulateCases { grain, cases, out } => bench::engine::simulate(&grain, cases, &out),
        Task::TrainFilters(args) => train::run(&args),
    };
    let (code, message) = match result {
        Ok(message) => (ExitCode::SUCCESS, message),
        Err(error) => (ExitCode::FAILURE, format!("error: {error}")),
    };
    // Nobody is left to tell if the terminal is gone.
    let _ = writeln!(io::stderr(), "{message}");
    code
}
