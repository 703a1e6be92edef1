//! The stage `report`: report.html and report.json of a case.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wgs_task::{
    Input, Monitor, Output, PlanContext, Resources, Stage, StageError, TaskId, TaskSpec,
    case::CaseKind,
};

use crate::{
    CaseSummary, FileEntry, Inputs, OptionValue, Provenance, build, case_files, write_report,
};

/// Name of the input that holds the variants.
const VARIANTS: &str = "variants";
/// Memory of the documents and pictures.
const REPORT_BYTES: u64 = 512 << 20;

/// `report.html` and `report.json` of a case, from what the other stages of its pipeline give.
#[derive(Clone, Copy, Debug)]
pub struct ReportStage;

/// The options of the stage: those of [`crate::Options`].
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    common_from: f64,
    max_notable: usize,
}

impl Default for Options {
    fn default() -> Self {
        let crate::Options { common_from, max_notable } = crate::Options::default();
        Self { common_from, max_notable }
    }
}

/// Everything but files that decides the outputs.
#[derive(Serialize, Deserialize)]
struct Params {
    case: CaseSummary,
    provenance: Provenance,
    files: Vec<FileEntry>,
    common_from: f64,
    max_notable: usize,
}

impl Stage for ReportStage {
    fn name(&self) -> &'static str {
        "report"
    }

    fn plan(&self, context: &PlanContext<'_>) -> Result<Vec<TaskSpec>, StageError> {
        let options: Options = context.options(self.name())?;
        let (case, layout) = (context.case, context.layout);
        let inputs = inputs(context);
        let params = Params {
            case: case.into(),
            provenance: provenance(context),
            files: case_files(case, layout, context.pipeline),
            common_from: options.common_from,
            max_notable: options.max_notable,
        };
        let limit = context.limits.memory_bytes;
        Ok(vec![TaskSpec {
            id: TaskId::of_case(self.name()),
            stage: self.name().into(),
            params: serde_json::to_value(params).map_err(|e| StageError::spec(e.to_string()))?,
            tools: BTreeMap::from([("wgs-report".into(), crate::VERSION.into())]),
            inputs,
            outputs: vec![
                Output::new("html", layout.report_html()),
                Output::new("json", layout.report_json()),
            ],
            resources: Resources { threads: 1, memory_bytes: REPORT_BYTES.min(limit) },
        }])
    }

    fn run(&self, spec: &TaskSpec, _monitor: &dyn Monitor) -> Result<(), StageError> {
        let params: Params = spec.params()?;
        let mut inputs = Inputs {
            case: Some(params.case),
            provenance: Some(params.provenance),
            variants: spec.input(VARIANTS).ok().map(Path::to_owned),
            files: params.files,
            options: crate::Options {
                common_from: params.common_from,
                max_notable: params.max_notable,
            },
            ..Inputs::default()
        };
        for input in spec.inputs.iter().filter(|i| i.name.starts_with("qc.")) {
            inputs.read_qc(&input.path)?;
        }
        let html = spec.output("html")?;
        Ok(write_report(&build(&inputs)?, html.parent().unwrap_or(Path::new("")))?)
    }
}

/// What the stages of the pipeline leave for the report.
fn inputs(context: &PlanContext<'_>) -> Vec<Input> {
    let has = |stage: &str| context.pipeline.stages.iter().any(|name| name == stage);
    let (case, layout) = (context.case, context.layout);
    let mut inputs = Vec::new();
    let mut add = |stage: &str, name: String, path: PathBuf| {
        if has(stage) {
            inputs.push(Input::file(name, path));
        }
    };
    match has("annotate") {
        true => add("annotate", VARIANTS.into(), layout.annotated_small_variants()),
        false => add("joint", VARIANTS.into(), layout.small_variants()),
    }
    add("interpret", "qc.findings".into(), layout.findings());
    add("gates", "qc.gates".into(), layout.gates());
    add("variant-metrics", "qc.variants".into(), layout.variant_qc());
    if case.kind == CaseKind::Family {
        add("joint", "qc.family".into(), layout.family_qc());
    }
    for (index, sample) in case.samples.iter().enumerate() {
        add("reads", format!("qc.fastq.{index}"), layout.fastq_qc(&sample.id));
        add("reads", format!("qc.alignment.{index}"), layout.alignment_qc(&sample.id));
        add("reads", format!("qc.coverage.{index}"), layout.coverage_qc(&sample.id));
    }
    inputs
}

fn provenance(context: &PlanContext<'_>) -> Provenance {
    let pipeline = context.pipeline;
    let mut options = Vec::new();
    for stage in &pipeline.stages {
        for (name, value) in pipeline.options(stage) {
            flatten(stage, name, &serde_json::to_value(value).unwrap_or_default(), &mut options);
        }
    }
    Provenance {
        program: "wgs-pipe".into(),
        version: crate::VERSION.into(),
        pipeline: Some(pipeline.name.clone()),
        bundle: Some(context.bundle.into()),
        tools: Vec::new(),
        options,
    }
}

/// One row for each value; of paths no more than the file's name, so that the report is the same
/// wherever files are.
fn flatten(stage: &str, name: String, value: &Value, options: &mut Vec<OptionValue>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                flatten(stage, format!("{name}.{field}"), value, options);
            }
        }
        value => {
            let file = value.as_str().and_then(|text| text.rsplit('/').next());
            let value = file.map_or_else(|| value.clone(), Value::from);
            options.push(OptionValue { stage: stage.to_owned(), name, value });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use wgs_core::Sex;
    use wgs_formats::{
        output,
        qc::{self, GateQc},
    };
    use wgs_task::{
        Bundle, Case, CaseLayout, Limits, Pipeline, SilentMonitor,
        case::{Expected, ReadGroup, Reads, Role, Sample},
    };

    use super::*;

    fn case(reads: &str) -> Case {
        let expected = Expected::default();
        let reads = Reads::Alignment { path: PathBuf::from(reads), expected };
        let group = ReadGroup {
            id: None,
            library: None,
            lane: None,
            platform: None,
            unit: None,
            center: None,
            date: None,
            reads,
        };
        Case {
            id: "C1".parse().unwrap(),
            kind: CaseKind::Germline,
            samples: vec![Sample {
                id: "S1".parse().unwrap(),
                role: Role::Proband,
                sex: Sex::Female,
                affected: None,
                phenotypes: Vec::new(),
                read_groups: vec![group],
            }],
            clinical: Default::default(),
        }
    }

    /// The only task of a case in a pipeline of these stages.
    fn planned(folder: &Path, reads: &str, stages: &str) -> TaskSpec {
        let root = folder.join("bundle");
        output::create_folder(&root).unwrap();
        let bundle = Bundle::seal(&root, "0", "none", Vec::new(), Vec::new()).unwrap();
        let text = format!(
            "schema = \"wgs-pipe/pipeline/1\"\nname = \"p\"\nkinds = [\"germline\"]\n\
             stages = [{stages}, \"report\"]\n[options.report]\nmax_notable = 7\n"
        );
        let pipeline = Pipeline::parse("p.toml".as_ref(), &text).unwrap();
        let case = case(reads);
        let context = PlanContext {
            case: &case,
            bundle: &bundle,
            layout: &CaseLayout::new(&folder.join("out"), &case.id),
            pipeline: &pipeline,
            limits: Limits { threads: 2, memory_bytes: 1 << 30 },
        };
        ReportStage.plan(&context).unwrap().remove(0)
    }

    #[test]
    fn the_task_reads_what_the_pipeline_makes() {
        let folder = tempfile::tempdir().unwrap();
        let names = |stages: &str| {
            let spec = planned(folder.path(), "a.bam", stages);
            spec.inputs.into_iter().map(|input| input.name).collect::<Vec<_>>()
        };
        assert_eq!(names(r#""call", "joint", "gates""#), ["variants", "qc.gates"]);
        assert_eq!(names(r#""reads""#), ["qc.fastq.0", "qc.alignment.0", "qc.coverage.0"]);
        let spec = planned(folder.path(), "a.bam", r#""joint", "annotate""#);
        assert!(spec.input(VARIANTS).unwrap().ends_with("annotated/C1.small.vcf.gz"));
    }

    #[test]
    fn no_path_decides_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let one = planned(folder.path(), "/one/a.bam", r#""reads""#);
        let other = planned(folder.path(), "/other/a.bam", r#""reads""#);
        assert_eq!(one.params, other.params);
        assert_eq!(one.params["max_notable"], 7);
    }

    #[test]
    fn the_task_writes_both_files() {
        let folder = tempfile::tempdir().unwrap();
        let spec = planned(folder.path(), "a.bam", r#""gates""#);
        let gates = spec.input("qc.gates").unwrap();
        output::create_folder(gates.parent().unwrap()).unwrap();
        qc::write(&GateQc::new(None, Vec::new()), gates, None).unwrap();
        ReportStage.run(&spec, &SilentMonitor).unwrap();
        for name in ["html", "json"] {
            let text = std::fs::read_to_string(spec.output(name).unwrap()).unwrap();
            assert!(text.contains("C1"));
        }
    }

    #[test]
    fn options_become_rows_without_folders() {
        let mut rows = Vec::new();
        let value = serde_json::json!({"min": {"warn": 25}, "targets": "/data/x.bed"});
        flatten("gates", "a".into(), &value, &mut rows);
        let found: Vec<_> = rows.iter().map(|r| (r.name.as_str(), r.value.clone())).collect();
        assert_eq!(found, [("a.min.warn", 25.into()), ("a.targets", "x.bed".into())]);
    }
}
