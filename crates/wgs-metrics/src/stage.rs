//! The stages of measuring: `variant-metrics` and `gates`. Reads are measured on their way.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};
use wgs_core::SampleId;
use wgs_formats::qc::{
    self, AlignmentQc, CoverageQc, Document, FamilyQc, FastqQc, GateQc, VariantQc,
};
use wgs_task::{
    Input, Monitor, NoOptions, Output, PlanContext, Resources, Stage, StageError, TaskId, TaskSpec,
    case::CaseKind, layout::table_beside,
};

use crate::{
    gate::{Measurements, Source, Thresholds, evaluate},
    variant_metrics,
};

/// Memory of a task of this crate.
const MEMORY_BYTES: u64 = 512 << 20;

/// The outputs of a document: JSON, and the table beside it.
fn outputs(name: &str, json: PathBuf) -> [Output; 2] {
    [Output::new(format!("{name}_table"), table_beside(&json)), Output::new(name, json)]
}

fn write(spec: &TaskSpec, name: &str, document: &impl Document) -> Result<(), StageError> {
    let table = spec.output(&format!("{name}_table"))?;
    Ok(qc::write(document, spec.output(name)?, Some(table))?)
}

fn task(
    stage: &dyn Stage,
    id: TaskId,
    context: &PlanContext<'_>,
    params: &impl Serialize,
) -> Result<TaskSpec, StageError> {
    Ok(TaskSpec {
        id,
        stage: stage.name().into(),
        params: serde_json::to_value(params).map_err(|e| StageError::spec(e.to_string()))?,
        tools: BTreeMap::from([("wgs-metrics".into(), crate::VERSION.into())]),
        inputs: Vec::new(),
        outputs: Vec::new(),
        resources: Resources {
            threads: 1,
            memory_bytes: MEMORY_BYTES.min(context.limits.memory_bytes),
        },
    })
}

/// Counts over a case's small variants.
#[derive(Clone, Copy, Debug)]
pub struct VariantMetricsStage;

impl Stage for VariantMetricsStage {
    fn name(&self) -> &'static str {
        "variant-metrics"
    }

    fn plan(&self, context: &PlanContext<'_>) -> Result<Vec<TaskSpec>, StageError> {
        context.options::<NoOptions>(self.name())?;
        let mut spec = task(self, TaskId::of_case(self.name()), context, &())?;
        spec.inputs = vec![Input::file("variants", context.layout.small_variants())];
        spec.outputs.extend(outputs("variant_qc", context.layout.variant_qc()));
        Ok(vec![spec])
    }

    fn run(&self, spec: &TaskSpec, _monitor: &dyn Monitor) -> Result<(), StageError> {
        write(spec, "variant_qc", &variant_metrics(spec.input("variants")?)?)
    }
}

/// Compares a case's metrics with the thresholds of the pipeline definition. A missed one is told
/// in the output; it does not fail the task.
#[derive(Clone, Copy, Debug)]
pub struct GatesStage;

/// Options and parameters of [`GatesStage`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GateOptions {
    thresholds: Thresholds,
}

#[derive(Debug, Serialize, Deserialize)]
struct GateParams {
    thresholds: Thresholds,
    samples: Vec<SampleId>,
}

impl Stage for GatesStage {
    fn name(&self) -> &'static str {
        "gates"
    }

    fn plan(&self, context: &PlanContext<'_>) -> Result<Vec<TaskSpec>, StageError> {
        let GateOptions { thresholds } = context.options(self.name())?;
        let samples: Vec<_> = context.case.samples.iter().map(|sample| sample.id.clone()).collect();
        let layout = context.layout;
        let params = GateParams { thresholds, samples };
        let mut spec = task(self, TaskId::of_case(self.name()), context, &params)?;
        for (index, sample) in params.samples.iter().enumerate() {
            let files = [
                (Source::Fastq, "fastq", layout.fastq_qc(sample)),
                (Source::Alignment, "alignment", layout.alignment_qc(sample)),
                (Source::Coverage, "coverage", layout.coverage_qc(sample)),
            ];
            let needed = files.into_iter().filter(|(source, ..)| thresholds.needs(*source));
            let inputs = needed.map(|(_, name, path)| Input::file(format!("{name}.{index}"), path));
            spec.inputs.extend(inputs);
        }
        if thresholds.needs(Source::Variants) {
            spec.inputs.push(Input::file("variants", layout.variant_qc()));
        }
        if thresholds.needs(Source::Family) && context.case.kind == CaseKind::Family {
            spec.inputs.push(Input::file("family", layout.family_qc()));
        }
        spec.outputs.extend(outputs("gates", layout.gates()));
        Ok(vec![spec])
    }

    fn run(&self, spec: &TaskSpec, _monitor: &dyn Monitor) -> Result<(), StageError> {
        let params: GateParams = spec.params()?;
        let calls: Option<VariantQc> = document(spec, "variants")?;
        let family: Option<FamilyQc> = document(spec, "family")?;
        let mut checks = Vec::new();
        for (index, sample) in params.samples.iter().enumerate() {
            let fastq: Option<FastqQc> = document(spec, &format!("fastq.{index}"))?;
            let alignment: Option<AlignmentQc> = document(spec, &format!("alignment.{index}"))?;
            let coverage: Option<CoverageQc> = document(spec, &format!("coverage.{index}"))?;
            let mut measurements = Measurements {
                fastq: fastq.as_ref(),
                alignment: alignment.as_ref(),
                coverage: coverage.as_ref(),
                ..Measurements::default()
            };
            if let Some(calls) = &calls {
                measurements = measurements.with_calls_of(sample.as_str(), calls);
            }
            if let Some(family) = &family {
                measurements = measurements.with_family_of(sample.as_str(), family);
            }
            checks.extend(evaluate(&params.thresholds, &measurements, Some(sample.as_str())));
        }
        write(spec, "gates", &GateQc::new(None, checks))
    }
}

/// A document, if the task has it among its inputs.
fn document<T: Document>(spec: &TaskSpec, name: &str) -> Result<Option<T>, StageError> {
    let input = spec.inputs.iter().find(|input| input.name == name);
    Ok(input.map(|input| qc::read(&input.path)).transpose()?)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use wgs_core::{ErrorKind, Sex};
    use wgs_formats::{genome, output};
    use wgs_task::{
        Bundle, Case, CaseLayout, Limits, Pipeline, SilentMonitor,
        bundle::{Part, genome_in},
        case::{Role, Sample},
    };

    use super::*;
    use crate::{CoverageOptions, MetricsOptions, alignment_metrics};

    const SAM: &str = "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:chr1\tLN:40\n@RG\tID:g\tSM:S1\n\
        r\t0\tchr1\t3\t60\t4M\t*\t0\t0\tGTAC\tIIII\tRG:Z:g\n";
    const VCF: &str = "##fileformat=VCFv4.3\n##contig=<ID=chr1>\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n\
        chr1\t5\t.\tA\tG\t50\tPASS\t.\tGT\t0/1\n";

    struct World {
        _folder: tempfile::TempDir,
        case: Case,
        bundle: Bundle,
        layout: CaseLayout,
    }

    fn world() -> World {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("bundle");
        let fasta = folder.path().join("in.fa");
        output::write(&fasta, format!(">chr1\n{}\n", "ACGT".repeat(10))).unwrap();
        output::create_folder(&root.join(Part::Genome.folder())).unwrap();
        genome::import(&fasta, &genome_in(&root.join(Part::Genome.folder()))).unwrap();
        let bundle = Bundle::seal(&root, "test", "none", Vec::new(), Vec::new()).unwrap();
        let sample = Sample {
            id: "S1".parse().unwrap(),
            role: Role::Proband,
            sex: Sex::Female,
            affected: None,
            phenotypes: Vec::new(),
            read_groups: Vec::new(),
        };
        let id = "C1".parse().unwrap();
        let layout = CaseLayout::new(folder.path(), &id);
        let case = Case {
            id,
            kind: CaseKind::Germline,
            samples: vec![sample.clone()],
            clinical: Default::default(),
        };
        write_at(&layout.cram(&sample.id), SAM);
        write_at(&layout.small_variants(), VCF);
        output::create_folder(layout.gates().parent().unwrap()).unwrap();
        World { _folder: folder, case, bundle, layout }
    }

    /// The documents of the reads, as they are made on their way.
    fn measure(world: &World) {
        let World { layout, bundle, case, .. } = world;
        let sample = &case.samples[0].id;
        let coverage = Some(CoverageOptions::default());
        let options = MetricsOptions { coverage, ..MetricsOptions::default() };
        let genome = bundle.genome().unwrap();
        let metrics = alignment_metrics(&layout.cram(sample), &genome, &options).unwrap();
        qc::write(&metrics.alignment, &layout.alignment_qc(sample), None).unwrap();
        qc::write(&metrics.coverage.unwrap(), &layout.coverage_qc(sample), None).unwrap();
    }

    fn write_at(path: &Path, text: &str) {
        output::create_folder(path.parent().unwrap()).unwrap();
        output::write(path, text).unwrap();
    }

    fn plan(world: &World, stage: &dyn Stage, options: &str) -> Result<Vec<TaskSpec>, StageError> {
        let stages = r#"stages = ["variant-metrics", "gates"]"#;
        let text = format!(
            "schema = \"wgs-pipe/pipeline/1\"\nname = \"t\"\nkinds = [\"germline\"]\n{stages}\n{options}"
        );
        let pipeline = Pipeline::parse("t.toml".as_ref(), &text).unwrap();
        let World { case, bundle, layout, .. } = world;
        let limits = Limits { threads: 2, memory_bytes: 1 << 30 };
        stage.plan(&PlanContext { case, bundle, layout, pipeline: &pipeline, limits })
    }

    fn run(world: &World, stage: &dyn Stage, options: &str) {
        for spec in plan(world, stage, options).unwrap() {
            stage.run(&spec, &SilentMonitor).unwrap();
            assert!(spec.outputs.iter().all(|output| output.path.exists()), "every promise");
        }
    }

    #[test]
    fn from_reads_and_calls_to_the_gate() {
        let world = world();
        measure(&world);
        run(&world, &VariantMetricsStage, "");
        let thresholds = "[options.gates.thresholds]\nmin_mean_coverage = { warn = 0.1, fail = 0.1 }\n\
            min_mapped_rate = { fail = 1 }\nmax_snvs = { warn = 0 }\n";
        run(&world, &GatesStage, thresholds);
        let gates: GateQc = qc::read(&world.layout.gates()).unwrap();
        let missed: Vec<_> = gates.checks.iter().filter(|check| !check.passed).collect();
        assert!(gates.passed);
        assert_eq!(gates.checks.len(), 4);
        assert_eq!((missed[0].threshold.as_str(), missed[0].value), ("max_snvs", Some(1.0)));
        assert_eq!(missed[0].sample.as_deref(), Some("S1"));
    }

    #[test]
    fn gates_ask_only_for_what_is_measured() {
        let world = world();
        let names = |options| -> Vec<String> {
            let specs = plan(&world, &GatesStage, options).unwrap();
            specs[0].inputs.iter().map(|input| input.name.clone()).collect()
        };
        assert!(names("").is_empty());
        assert_eq!(
            names("[options.gates.thresholds]\nmin_q30_rate = { warn = 0.8 }\n"),
            ["fastq.0"]
        );
    }

    #[test]
    fn unknown_options_are_refused() {
        let world = world();
        for (stage, options) in [
            (&VariantMetricsStage as &dyn Stage, "[options.variant-metrics]\nx = 3\n"),
            (&GatesStage, "[options.gates.thresholds]\nmin_tea = { warn = 1 }\n"),
        ] {
            assert_eq!(plan(&world, stage, options).unwrap_err().kind(), ErrorKind::Configuration);
        }
    }
}
