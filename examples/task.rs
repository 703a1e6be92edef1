//! wgs-task: reads and checks a case file, and tells where the case's files will be.
//!
//! ```sh
//! task-example test-data/case.toml
//! ```
#![expect(clippy::print_stdout, reason = "it is a program")]

use std::path::Path;

use wgs_examples::{Error, arguments};
use wgs_task::{CaseLayout, case};

fn main() -> Result<(), Error> {
    let [path] = arguments("task-example CASE.toml")?;
    let case = case::file::read(Path::new(&path))?;
    println!("case {} ({:?})", case.id, case.kind);
    let layout = CaseLayout::new(Path::new("results"), &case.id);
    for sample in &case.samples {
        println!("  sample {} ({:?}, {:?})", sample.id, sample.role, sample.sex);
        for group in &sample.read_groups {
            for (file, _) in group.reads.files() {
                println!("    reads   {}", file.display());
            }
        }
        println!("    becomes {}", layout.cram(&sample.id).display());
    }
    println!("  variants  {}", layout.annotated_small_variants().display());
    println!("  report    {}", layout.report_html().display());
    Ok(())
}
