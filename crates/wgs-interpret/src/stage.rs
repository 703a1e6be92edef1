//! The stage `interpret`: the findings of a case of a rare disease.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};
use wgs_formats::{findings::Source, qc};
use wgs_task::{
    Input, Monitor, Output, PlanContext, Resources, Stage, StageError, TaskId, TaskSpec,
    bundle::{Bundle, Part},
    case::{CaseKind, Clinical},
    layout::{index_beside, table_beside},
};

use crate::{Family, Knowledge, Options, RareCase, flags::write_vcf, rare_findings};

/// Memory of the alleles that are looked at closely, and of the tables.
const INTERPRET_BYTES: u64 = 2 << 30;
/// Name of the input with known protein changes.
const PROTEIN_CHANGES: &str = "protein_changes";

/// The findings of a germline case or a family, from its annotated variants.
#[derive(Clone, Copy, Debug)]
pub struct InterpretStage;

/// Everything but files that decides the outputs.
#[derive(Serialize, Deserialize)]
struct Params {
    family: Family,
    clinical: Clinical,
    options: Options,
    sources: Vec<Source>,
    stores: Vec<String>,
}

impl Stage for InterpretStage {
    fn name(&self) -> &'static str {
        "interpret"
    }

    fn plan(&self, context: &PlanContext<'_>) -> Result<Vec<TaskSpec>, StageError> {
        let mut options: Options = context.options(self.name())?;
        let (case, layout, bundle) = (context.case, context.layout, context.bundle);
        if !matches!(case.kind, CaseKind::Germline | CaseKind::Family) {
            return Err(StageError::spec("only germline cases and families are interpreted"));
        }
        let family = Family::of_case(case).map_err(|e| StageError::spec(e.to_string()))?;
        let stores = bundle.manifest().sources.clone();
        check_panels(context, &options, &stores)?;
        let mut inputs = vec![Input::file("variants", layout.annotated_small_variants())];
        if !stores.is_empty() {
            inputs.push(bundle.input(Part::Sources));
        }
        let tables: Vec<PathBuf> = std::mem::take(&mut options.tables);
        for (number, table) in (1..).zip(tables) {
            inputs.push(Input::file(format!("table.{number}"), table));
        }
        if let Some(changes) = options.protein_changes.take() {
            inputs.push(Input::file(PROTEIN_CHANGES, changes));
        }
        let clinical = case.clinical.clone();
        let params = Params { family, clinical, options, sources: sources_of(bundle), stores };
        let [findings, vcf] = [layout.findings(), layout.findings_vcf()];
        Ok(vec![TaskSpec {
            id: TaskId::of_case(self.name()),
            stage: self.name().into(),
            params: serde_json::to_value(params).map_err(|e| StageError::spec(e.to_string()))?,
            tools: BTreeMap::from([("wgs-interpret".into(), crate::VERSION.into())]),
            inputs,
            outputs: vec![
                Output::new("table", table_beside(&findings)),
                Output::new("findings", findings),
                Output::new("index", index_beside(&vcf)),
                Output::new("vcf", vcf),
            ],
            resources: Resources {
                threads: 1,
                memory_bytes: INTERPRET_BYTES.min(context.limits.memory_bytes),
            },
        }])
    }

    fn run(&self, spec: &TaskSpec, _monitor: &dyn Monitor) -> Result<(), StageError> {
        let params: Params = spec.params()?;
        let mut knowledge = Knowledge::default();
        if !params.stores.is_empty() {
            knowledge.open_sources(spec.input(Part::Sources.folder())?, &params.stores)?;
        }
        for table in spec.numbered_inputs("table") {
            knowledge.read_table(table)?;
        }
        if let Ok(changes) = spec.input(PROTEIN_CHANGES) {
            knowledge.read_residues(changes)?;
        }
        let variants = spec.input("variants")?;
        let findings = rare_findings(&RareCase {
            family: &params.family,
            clinical: &params.clinical,
            variants,
            knowledge: &knowledge,
            secondary: None,
            sources: &params.sources,
            options: &params.options,
        })?;
        write_vcf(&findings, &[variants], spec.output("vcf")?)?;
        qc::write(&findings, spec.output("findings")?, Some(spec.output("table")?))?;
        Ok(())
    }
}

/// Refuses panels that are not there, before any work.
fn check_panels(
    context: &PlanContext<'_>,
    options: &Options,
    stores: &[String],
) -> Result<(), StageError> {
    let panels = context.case.clinical.panels.iter().chain(&options.panels);
    let panels: Vec<String> = panels.cloned().collect();
    if panels.is_empty() {
        return Ok(());
    }
    let mut knowledge = Knowledge::default();
    knowledge.open_sources(&context.bundle.folder(Part::Sources), stores)?;
    for table in &options.tables {
        knowledge.read_table(table)?;
    }
    Ok(knowledge.check_panels(&panels)?)
}

/// What the annotation rests on: the gene models and the sources of a bundle.
pub fn sources_of(bundle: &Bundle) -> Vec<Source> {
    let manifest = bundle.manifest();
    let counts = |name: &String| name == "genes" || manifest.sources.contains(name);
    let origins = manifest.origins.iter().filter(|origin| counts(&origin.name));
    let sources = origins.map(|origin| Source {
        name: origin.name.clone(),
        version: origin.version.clone(),
        licence: origin.licence.clone(),
        sha256: Some(origin.sha256.clone()),
    });
    sources.collect()
}
