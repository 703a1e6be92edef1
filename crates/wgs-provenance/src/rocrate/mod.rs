//! A case's run as RO-Crate 1.1 in the profiles Process, Workflow and Provenance Run Crate 0.5 and
//! Workflow RO-Crate 1.0.

mod actions;
mod files;
mod graph;
mod id;
mod parameters;
mod plan;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wgs_core::ErrorKind;
use wgs_engine::{RunRecord, Time};
use wgs_formats::{FileError, Result, digest, output};
use wgs_task::{CaseLayout, Pipeline};

use graph::{Graph, reference, references};

/// Where the program comes from.
const HOME: &str = env!("CARGO_PKG_REPOSITORY");
const DESCRIPTOR: &str = "ro-crate-metadata.json";
const ROOT: &str = "./";
const LANGUAGE: &str = "#language";
const PROGRAM: &str = "#program";
const TERMS: &str = "#terms";

/// The profiles of a crate: permalink, name and version. The last one is for runs in which a task
/// ran.
const PROFILES: [(&str, &str, &str); 4] = [
    ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/provenance/0.5", "Provenance Run Crate", "0.5"),
];

/// Writes [`CaseLayout::crate_metadata`] from the record of a case's last run, and
/// [`CaseLayout::pipeline`] beside it, if `definition` gives the pipeline's definition; otherwise
/// the one that is there is taken.
///
/// Any end of a run is described, also that it failed. The same record gives the same bytes.
///
/// ```no_run
/// use std::path::Path;
/// use wgs_engine::RunRecord;
/// use wgs_task::CaseLayout;
///
/// let layout = CaseLayout::new(Path::new("results"), &"C1".parse()?);
/// let metadata = wgs_provenance::write_crate(&RunRecord::read(&layout)?, &layout, None)?;
/// assert_eq!(metadata, Path::new("results/C1/ro-crate-metadata.json"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// A definition that is missing or is none; a run record that is not there; a file that cannot be
/// written.
pub fn write_crate(
    record: &RunRecord,
    layout: &CaseLayout,
    definition: Option<&str>,
) -> Result<PathBuf> {
    let path = layout.pipeline();
    if let Some(text) = definition {
        Pipeline::parse(&path, text)?;
        output::write(&path, text)?;
    }
    let text = std::fs::read_to_string(&path).map_err(|e| match ErrorKind::of_io(&e) {
        ErrorKind::NotFound => FileError::io(&path, e).hint("give the pipeline's definition"),
        _ => FileError::io(&path, e),
    })?;
    let pipeline = Pipeline::parse(&path, &text)?;
    let record_file = own_file(&layout.run_record())?;
    let definition_file = own_file(&path)?;
    let folder = files::folder_of(record, layout);
    let document = describe(record, &folder, &pipeline.name, &record_file, &definition_file);
    let metadata = layout.crate_metadata();
    output::remove_partials(&metadata)?;
    output::write_json(&metadata, &document)?;
    Ok(metadata)
}

/// Refuses a definition that is not the one which the run of a case wrote down, if it did.
///
/// # Errors
///
/// [`Configuration`](ErrorKind::Configuration) if [`CaseLayout::pipeline`] is there and differs; or it
/// cannot be read.
pub fn check_definition(layout: &CaseLayout, definition: &str) -> Result<()> {
    let path = layout.pipeline();
    match std::fs::read(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(FileError::io(&path, e)),
        Ok(own) if own == definition.as_bytes() => Ok(()),
        Ok(_) => {
            let reason = "the run followed this definition, which is not the one that was given";
            Err(FileError::new(&path, ErrorKind::Configuration, reason)
                .hint("leave out --pipeline, or remove this file if it is of an earlier run"))
        }
    }
}

fn own_file(path: &Path) -> Result<(String, u64)> {
    let bytes = std::fs::read(path).map_err(|e| FileError::io(path, e))?;
    Ok((digest::sha256_bytes(&bytes), bytes.len() as u64))
}

/// The metadata of a crate, from what a run recorded.
///
/// `folder` is where the case's folder was then; `pipeline` is the definition's name;
/// `record_file` and `definition_file` are SHA-256 and bytes of `run.json` and `pipeline.toml`.
fn describe(
    record: &RunRecord,
    folder: &Path,
    pipeline: &str,
    record_file: &(String, u64),
    definition_file: &(String, u64),
) -> Value {
    let mut graph = Graph::default();
    let mut run = files::file(&record_file.0, record_file.1);
    run["name"] = json!("record of the run");
    run["encodingFormat"] = json!("application/json");
    graph.add("run.json", run);
    let plan = plan::Plan::new(record, folder, &mut graph);
    plan.workflow(pipeline, definition_file, &mut graph);
    let ran = actions::add(&plan, &mut graph);
    frame(record, ran, &mut graph);
    json!({
        "@context": [
            "https://w3id.org/ro/crate/1.1/context",
            "https://w3id.org/ro/terms/workflow-run/context",
        ],
        "@graph": graph.into_entities(&[DESCRIPTOR, ROOT]),
    })
}

/// What every crate has: descriptor, root, profiles, the program, the language and the terms.
fn frame(record: &RunRecord, ran: bool, graph: &mut Graph) {
    let profiles = &PROFILES[..if ran { 4 } else { 3 }];
    for (id, name, version) in profiles {
        graph.add(id, json!({ "@type": "CreativeWork", "name": name, "version": version }));
    }
    let mut descriptor = json!({ "@type": "CreativeWork", "about": reference(ROOT) });
    descriptor["conformsTo"] =
        json!([reference("https://w3id.org/ro/crate/1.1"), reference(PROFILES[0].0)]);
    graph.add(DESCRIPTOR, descriptor);
    let is_data = |entity: &Value| {
        ["File", "Dataset"].iter().any(|kind| {
            entity["@type"] == *kind
                || entity["@type"].as_array().is_some_and(|all| all.contains(&json!(kind)))
        })
    };
    let is_action =
        |entity: &Value| entity["@type"].as_str().is_some_and(|t| t.ends_with("Action"));
    let root = json!({
        "@type": "Dataset",
        "name": format!("case {}: whole-genome analysis", record.case.id),
        "description": format!("Files of the case {} and the run that made them; the run {}.",
            record.case.id, actions::end_of(record.state)),
        "datePublished": moment(record.finished),
        "license": reference(TERMS),
        "conformsTo": references(profiles.iter().map(|p| p.0.to_owned()).collect::<Vec<_>>().iter()),
        "mainEntity": reference(plan::WORKFLOW),
        "hasPart": references(&graph.ids(is_data)),
        "mentions": references(&graph.ids(is_action)),
    });
    graph.add(ROOT, root);
    graph.add(PROGRAM, application(&record.program, &[]));
    graph.add(
        LANGUAGE,
        json!({ "@type": "ComputerLanguage", "name": "wgs-pipe pipeline definition",
            "identifier": wgs_task::pipeline::SCHEMA, "version": "1", "url": reference(HOME) }),
    );
    graph.add(
        TERMS,
        json!({ "@type": "CreativeWork", "name": "No licence",
            "description": "Data on the health of people: this description licenses nothing. \
                Who holds the data decides who may use them." }),
    );
}

/// A program from its name and version, such as `bwa-mem3 0.15.0 fast`.
fn application(program: &str, requirements: &[String]) -> Value {
    let (name, version) = program.split_once(' ').unwrap_or((program, "unknown"));
    let mut entity =
        json!({ "@type": "SoftwareApplication", "name": name, "softwareVersion": version });
    if name.starts_with("wgs-") {
        entity["url"] = reference(HOME);
    }
    if !requirements.is_empty() {
        entity["softwareRequirements"] = references(requirements);
    }
    entity
}

/// A moment in the form that the profiles ask for.
fn moment(time: Time) -> String {
    time.to_string().replace('Z', "+00:00")
}
