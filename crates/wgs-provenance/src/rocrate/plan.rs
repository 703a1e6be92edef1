//! What a run was to do: the workflow, its steps and tools, their parameters and how they connect.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde_json::json;
use wgs_engine::{RunRecord, run_record::TaskEntry};
use wgs_formats::digest;

use super::{
    HOME, LANGUAGE, application, files,
    graph::{Graph, reference, references},
    id,
    parameters::{Parameter, parameters},
};

/// The main workflow: the pipeline's definition.
pub(super) const WORKFLOW: &str = "pipeline.toml";

/// A run, with the identifiers of what its tasks use and make.
pub(super) struct Plan<'a> {
    pub(super) record: &'a RunRecord,
    /// For each task of the record.
    pub(super) tasks: Vec<Task<'a>>,
    /// Files that came from outside, and files that the run made.
    pub(super) given: BTreeSet<String>,
    pub(super) made: BTreeSet<String>,
}

/// A task and its entities.
pub(super) struct Task<'a> {
    pub(super) entry: &'a TaskEntry,
    pub(super) tool: String,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
    pub(super) values: Vec<String>,
}

impl<'a> Plan<'a> {
    /// Adds the entities of files, tools and parameters.
    pub(super) fn new(record: &'a RunRecord, folder: &Path, graph: &mut Graph) -> Self {
        let mut plan =
            Self { record, tasks: Vec::new(), given: BTreeSet::new(), made: BTreeSet::new() };
        let producers = producers(record);
        let inside = files::Inside::new(folder, record);
        for entry in &record.tasks {
            let tool = tool(record, entry, graph);
            let values = values(entry, &tool, graph);
            let mut task = Task { entry, tool, inputs: Vec::new(), outputs: Vec::new(), values };
            plan.connect(&mut task, &inside, &producers, graph);
            plan.tasks.push(task);
        }
        plan
    }

    /// Adds a task's files, what they stand for in its tool and in the workflow, and where they
    /// come from.
    fn connect(
        &mut self,
        task: &mut Task<'_>,
        inside: &files::Inside<'_>,
        producers: &Producers<'_>,
        graph: &mut Graph,
    ) {
        let Some(made) = task.entry.status.made() else { return };
        let stage = task.entry.stage.as_str();
        let step = step_id(stage);
        for entry in &made.inputs {
            let Some(file) = files::add(graph, inside, entry) else { continue };
            let name = stem(&entry.name);
            let kind = if files::is_folder(entry) { "Dataset" } else { "File" };
            let target = file_parameter(graph, [stage, "input", name], kind);
            graph.link(&task.tool, "input", &target);
            graph.link(&file, "exampleOfWork", &target);
            let source = match producers.get(&entry.path) {
                Some((from, output)) => id::local(&["parameter", from, "output", stem(output)]),
                None => {
                    let source = file_parameter(graph, ["workflow", "input", name], kind);
                    graph.link(WORKFLOW, "input", &source);
                    graph.link(&file, "exampleOfWork", &source);
                    self.given.insert(file.clone());
                    source
                }
            };
            let connection = connection(graph, &source, &target);
            graph.link(&step, "connection", &connection);
            task.inputs.push(file);
        }
        for entry in &made.outputs {
            let Some(file) = files::add(graph, inside, entry) else { continue };
            let name = stem(&entry.name);
            let source = file_parameter(graph, [stage, "output", name], "File");
            let target =
                file_parameter(graph, ["workflow", "output", &format!("{stage}.{name}")], "File");
            graph.link(&task.tool, "output", &source);
            graph.link(WORKFLOW, "output", &target);
            graph.link(&file, "exampleOfWork", &source);
            graph.link(&file, "exampleOfWork", &target);
            let connection = connection(graph, &source, &target);
            graph.link(WORKFLOW, "connection", &connection);
            self.made.insert(file.clone());
            task.outputs.push(file);
        }
    }

    /// The stages, in the order of the record.
    pub(super) fn stages(&self) -> Vec<&'a str> {
        let mut stages: Vec<&str> = Vec::new();
        for task in &self.tasks {
            if !stages.contains(&task.entry.stage.as_str()) {
                stages.push(&task.entry.stage);
            }
        }
        stages
    }

    /// Adds the workflow and its steps.
    pub(super) fn workflow(&self, name: &str, file: &(String, u64), graph: &mut Graph) {
        let stages = self.stages();
        let steps: Vec<String> = stages.iter().map(|stage| step_id(stage)).collect();
        for (position, (stage, step)) in stages.iter().zip(&steps).enumerate() {
            let of_stage = || self.tasks.iter().filter(|task| task.entry.stage == *stage);
            let tools: BTreeSet<_> = of_stage().map(|task| task.tool.clone()).collect();
            graph.add(
                step,
                json!({ "@type": "HowToStep", "name": stage,
                    "position": (position + 1).to_string(), "workExample": references(&tools) }),
            );
        }
        let mut workflow = files::file(&file.0, file.1);
        workflow["@type"] = json!(["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]);
        workflow["name"] = json!(format!("pipeline {name}"));
        workflow["version"] = json!(&file.0[..file.0.len().min(16)]);
        workflow["encodingFormat"] = json!("application/toml");
        workflow["programmingLanguage"] = reference(LANGUAGE);
        workflow["url"] = reference(HOME);
        workflow["step"] = references(&steps);
        graph.add(WORKFLOW, workflow);
    }
}

/// Stage and output that made each file.
type Producers<'a> = BTreeMap<&'a PathBuf, (&'a str, &'a str)>;

fn producers(record: &RunRecord) -> Producers<'_> {
    let made = record.tasks.iter().filter_map(|task| Some((task, task.status.made()?)));
    let outputs = made.flat_map(|(task, made)| {
        made.outputs.iter().map(|e| (&e.path, (task.stage.as_str(), e.name.as_str())))
    });
    outputs.collect()
}

pub(super) fn step_id(stage: &str) -> String {
    id::local(&["step", stage])
}

/// `r1.12` → `r1`: the twelfth of several files with one part in a task.
fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, number)) if number.bytes().all(|b| b.is_ascii_digit()) => stem,
        _ => name,
    }
}

/// The tool of a task: the program's command for the stage, with what decides its outputs. Tasks of
/// one stage share it as long as all of that is the same.
fn tool(record: &RunRecord, entry: &TaskEntry, graph: &mut Graph) -> String {
    let program = entry.status.made().map_or(&record.program, |made| &made.program);
    let mut parts = Vec::new();
    for (role, version) in &entry.tools {
        let version = told(version);
        let name = if version.contains(' ') { version } else { format!("{role} {version}") };
        let part = id::local(&["software", &name]);
        graph.add(&part, application(&name, &[]));
        parts.push(part);
    }
    let state = json!([program, entry.tools]).to_string();
    let id = id::local(&["tool", &entry.stage, &digest::sha256_bytes(state.as_bytes())[..12]]);
    let mut entity = application(program, &parts);
    entity["name"] =
        json!(format!("{} task {}", entity["name"].as_str().unwrap_or(""), entry.stage));
    graph.add(&id, entity);
    id
}

/// What may be told of a tool's version: of a program that a site named, not the command that starts
/// it, which follows a colon and may name a person's folder.
fn told(version: &str) -> String {
    let before = version.split(": ").next().unwrap_or_default();
    let words: Vec<&str> = before.split(' ').filter(|word| !word.contains('/')).collect();
    words.join(" ")
}

/// Adds the parameters of a task's tool with their values, whose identifiers it gives.
fn values(entry: &TaskEntry, tool: &str, graph: &mut Graph) -> Vec<String> {
    let stage = entry.stage.as_str();
    let mut ids = Vec::new();
    for parameter in parameters(&entry.params) {
        let Parameter { name, value } = &parameter;
        let formal = id::local(&["parameter", stage, name]);
        graph.add(
            &formal,
            json!({ "@type": "FormalParameter", "additionalType": parameter.data_type(),
                "name": format!("{stage}.{name}") }),
        );
        graph.link(tool, "input", &formal);
        let id = id::local(&["value", stage, &format!("{name}={value}")]);
        graph.add(
            &id,
            json!({ "@type": "PropertyValue", "name": name, "value": value,
            "exampleOfWork": reference(&formal) }),
        );
        ids.push(id);
    }
    ids
}

fn file_parameter(graph: &mut Graph, [owner, direction, name]: [&str; 3], kind: &str) -> String {
    let id = id::local(&["parameter", owner, direction, name]);
    graph.add(
        &id,
        json!({ "@type": "FormalParameter", "additionalType": kind,
            "name": format!("{owner}.{name}") }),
    );
    id
}

fn connection(graph: &mut Graph, source: &str, target: &str) -> String {
    let id = format!("#connection/{}/{}", &source[1..], &target[1..]);
    graph.add(
        &id,
        json!({ "@type": "ParameterConnection", "sourceParameter": reference(source),
            "targetParameter": reference(target) }),
    );
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_programs_are_not_told() {
        assert_eq!(told("bwa-mem3 0.15.0 fast"), "bwa-mem3 0.15.0 fast");
        assert_eq!(told("0.1.0"), "0.1.0");
        assert_eq!(told("bwa 0.7.17: /home/erika/bwa mem {index}"), "bwa 0.7.17");
        assert_eq!(told("/home/erika/bwa 0.7.17"), "0.7.17");
    }

    #[test]
    fn numbers_of_files_are_no_part_of_their_role() {
        assert_eq!(stem("r1.12"), "r1");
        assert_eq!(stem("qc.fastq.0"), "qc.fastq");
        assert_eq!(stem("variants"), "variants");
        assert_eq!(stem("qc.findings"), "qc.findings");
    }
}
