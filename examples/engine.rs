//! wgs-engine: runs tasks of our own as processes. Run it again, and what is there is not made
//! again.
//!
//! ```sh
//! engine-example test-data/case.toml FOLDER
//! ```
//!
//! For every lane, a task counts the pairs. The engine starts this program for it, as
//! `engine-example task count --spec FILE`.
#![expect(clippy::print_stdout, reason = "it is a program")]

use std::path::Path;

use wgs_engine::{
    CasePlan, NoObserver, Processes, Program, RunOptions, Stop,
    protocol::{self, TaskOutput},
};
use wgs_examples::{Error, arguments};
use wgs_formats::{fastq::PairReader, output};
use wgs_task::{
    Case, CaseLayout, Input, Limits, Output, Resources, StageError, TaskId, TaskSpec,
    case::{self, Reads},
};

fn main() -> Result<(), Error> {
    let arguments_given: Vec<String> = std::env::args().skip(1).collect();
    if let [task, _, _, spec] = &arguments_given[..]
        && task == "task"
    {
        return run_task(Path::new(spec));
    }
    let [case, folder] = arguments("engine-example CASE.toml FOLDER")?;
    let case = case::file::read(Path::new(&case))?;
    let layout = CaseLayout::new(Path::new(&folder), &case.id);
    let tasks = plan(&case, &layout);
    let options = RunOptions {
        limits: Limits { threads: 2, memory_bytes: 1 << 30 },
        program: "engine-example 1".into(),
        stop: Stop::default(),
        scratch: None,
    };
    let plan = CasePlan { case, layout, bundle_digest: "none".into(), tasks };
    let runner = Processes::new(Program::new(std::env::current_exe()?));
    let report = wgs_engine::run(&[plan], &options, &runner, &mut NoObserver)?;
    for case in &report.cases {
        println!("{}: {} tasks ran, {} were there", case.case, case.ran, case.reused);
        for failure in &case.failures {
            println!("  {}", failure.failure.message);
        }
    }
    report.error_kind().map_or(Ok(()), |kind| Err(kind.to_string().into()))
}

fn plan(case: &Case, layout: &CaseLayout) -> Vec<TaskSpec> {
    let groups = case.samples.iter().flat_map(|sample| &sample.read_groups);
    let pairs = groups.filter_map(|group| match &group.reads {
        Reads::Pairs { r1, r2, .. } => Some([r1, r2]),
        Reads::Alignment { .. } => None,
    });
    let task = |(number, [r1, r2]): (usize, [&std::path::PathBuf; 2])| TaskSpec {
        id: TaskId::of_case(&format!("count.{number}")),
        stage: "count".into(),
        params: serde_json::json!({}),
        tools: [("engine-example".to_owned(), "1".to_owned())].into(),
        inputs: vec![Input::file("r1", r1), Input::file("r2", r2)],
        outputs: vec![Output::new("count", layout.folder().join(format!("pairs.{number}.txt")))],
        resources: Resources { threads: 1, memory_bytes: 64 << 20 },
    };
    pairs.enumerate().map(task).collect()
}

fn run_task(spec: &Path) -> Result<(), Error> {
    let messages = TaskOutput::new(std::io::stdout());
    let spec = protocol::read_spec(spec)?;
    count(&spec).inspect_err(|error| messages.error(error))?;
    Ok(())
}

fn count(spec: &TaskSpec) -> Result<(), StageError> {
    let mut reader = PairReader::open(spec.input("r1")?, spec.input("r2")?)?;
    while reader.read()?.is_some() {}
    output::write(spec.output("count")?, format!("{}\n", reader.count()))?;
    Ok(())
}
