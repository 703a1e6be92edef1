//! Cases and tasks for unit tests.

use std::{collections::BTreeMap, path::Path};

use wgs_core::{CaseId, Sex};
use wgs_task::{
    Case, CaseLayout, Input, Output, Resources, TaskId, TaskSpec,
    case::{CaseKind, Role, Sample},
};

use crate::CasePlan;

/// A task whose files are named by their paths, relative to the case's folder.
pub(crate) fn task(id: &str, inputs: &[&str], outputs: &[&str]) -> TaskSpec {
    TaskSpec {
        id: TaskId::of_case(id),
        stage: id.into(),
        params: serde_json::json!({}),
        tools: BTreeMap::from([("tool".into(), "1".into())]),
        inputs: inputs.iter().map(|p| Input::file(*p, *p)).collect(),
        outputs: outputs.iter().map(|p| Output::new(*p, *p)).collect(),
        resources: Resources { threads: 1, memory_bytes: 1 },
    }
}

/// A case of some tasks, whose relative paths are taken from the case's folder.
pub(crate) fn case_plan(out: &Path, case: &str, mut tasks: Vec<TaskSpec>) -> CasePlan {
    let id: CaseId = case.parse().unwrap();
    let layout = CaseLayout::new(out, &id);
    for task in &mut tasks {
        for input in &mut task.inputs {
            input.path = layout.folder().join(&input.path);
        }
        for output in &mut task.outputs {
            output.path = layout.folder().join(&output.path);
        }
    }
    let sample = Sample {
        id: "S1".parse().unwrap(),
        role: Role::Proband,
        sex: Sex::Unknown,
        affected: None,
        phenotypes: Vec::new(),
        read_groups: Vec::new(),
    };
    let case =
        Case { id, kind: CaseKind::Germline, samples: vec![sample], clinical: Default::default() };
    CasePlan { case, layout, bundle_digest: "bundle".into(), tasks }
}
