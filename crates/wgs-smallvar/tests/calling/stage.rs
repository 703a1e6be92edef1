//! The tasks of the stage `call`, and what they make.

use std::{collections::BTreeSet, path::PathBuf};

use wgs_core::Sex;
use wgs_formats::{
    output,
    qc::{
        Document,
        calibration::{Calibration, contigs_md5},
    },
};
use wgs_smallvar::{CallStage, JointStage};
use wgs_task::{
    Bundle, Case, CaseLayout, Limits, Pipeline, PlanContext, SilentMonitor, Stage, StageError,
    TaskSpec,
    case::{CaseKind, ReadGroup, Reads, Role, Sample},
};

use crate::parts::Male;

/// A male's case: his reads and calibration stand where the pipeline would have put them.
struct Setup {
    male: Male,
    bundle: Bundle,
    case: Case,
}

impl Setup {
    fn new() -> Self {
        let male = Male::new();
        let root = male.folder.path().join("bundle");
        output::create_folder(&root.join("genome")).unwrap();
        for name in ["genome.fa", "genome.fa.fai", "genome.dict"] {
            let bytes = std::fs::read(male.folder.path().join(name)).unwrap();
            output::write(&root.join("genome").join(name), bytes).unwrap();
        }
        let bundle = Bundle::seal(&root, "0", "none", Vec::new(), Vec::new()).unwrap();
        let reads = Reads::Alignment { path: "M.bam".into(), expected: Default::default() };
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
        let case = Case {
            id: "C1".parse().unwrap(),
            kind: CaseKind::Germline,
            samples: vec![Sample {
                id: "M".parse().unwrap(),
                role: Role::Proband,
                sex: Sex::Male,
                affected: None,
                phenotypes: Vec::new(),
                read_groups: vec![group],
            }],
            clinical: Default::default(),
        };
        Self { male, bundle, case }
    }

    fn layout(&self, out: &str) -> CaseLayout {
        CaseLayout::new(&self.male.folder.path().join(out), &self.case.id)
    }

    fn plan(&self, stage: &dyn Stage, out: &str, more: &str) -> Result<Vec<TaskSpec>, StageError> {
        let text = format!(
            "schema = \"wgs-pipe/pipeline/1\"\nname = \"p\"\nkinds = [\"germline\"]\nstages = \
             [\"call\", \"joint\"]\n[options.call]\nmax_depth = 30\nshard_bases = 16000\n{more}\n"
        );
        stage.plan(&PlanContext {
            case: &self.case,
            bundle: &self.bundle,
            layout: &self.layout(out),
            pipeline: &Pipeline::parse("p.toml".as_ref(), &text)?,
            limits: Limits { threads: 3, memory_bytes: 8 << 30 },
        })
    }

    /// Runs tasks in their order; gives back the bytes of the last one's outputs.
    fn run(&self, tasks: &[TaskSpec], out: &str) -> Vec<Vec<u8>> {
        let layout = self.layout(out);
        let id = &self.case.samples[0].id;
        let cram = layout.cram(id);
        for folder in ["reads", "qc", "variants"] {
            output::create_folder(&layout.folder().join(folder)).unwrap();
        }
        for (from, to) in [("M.cram", cram.clone()), ("M.cram.crai", beside(&cram))] {
            std::fs::copy(self.male.folder.path().join(from), to).unwrap();
        }
        let calibration = Calibration {
            schema: Calibration::SCHEMA.into(),
            sample: Some("M".into()),
            contigs_md5: contigs_md5(self.male.genome.contigs()),
            sampled: Default::default(),
            base_quality: Default::default(),
            indels: Default::default(),
        };
        output::write_json(&layout.calibration(id), &calibration).unwrap();
        tasks.iter().for_each(|task| CallStage.run(task, &SilentMonitor).unwrap());
        let outputs = tasks.last().unwrap().outputs.iter();
        outputs.map(|output| std::fs::read(&output.path).unwrap()).collect()
    }
}

fn beside(cram: &std::path::Path) -> PathBuf {
    wgs_task::layout::index_beside(cram)
}

fn names<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    names.map(String::as_str).collect()
}

#[test]
fn without_shards_the_task_is_what_it_always_was() {
    let setup = Setup::new();
    let usual = setup.plan(&CallStage, "a", "").unwrap();
    assert_eq!(usual, setup.plan(&CallStage, "a", "shards = 1").unwrap());
    let [task] = &usual[..] else { panic!("{usual:?}") };
    assert_eq!(task.id.as_str(), "call.M");
    let keys: BTreeSet<_> = task.params.as_object().unwrap().keys().collect();
    assert_eq!(names(keys.into_iter()), ["options", "sex"]);
    assert!(task.params["options"].get("shards").is_none());
    let inputs = ["genome", "alignment_index", "alignment", "calibration"];
    assert_eq!(names(task.inputs.iter().map(|input| &input.name)), inputs);
    assert_eq!(names(task.outputs.iter().map(|o| &o.name)), ["index", "gvcf", "summary"]);
}

#[test]
fn shards_are_tasks_before_the_one_that_gathers_them_and_the_bytes_are_the_same() {
    let setup = Setup::new();
    let tasks = setup.plan(&CallStage, "b", "shards = 3").unwrap();
    let ids: Vec<&str> = tasks.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(ids, ["call.M.shard-1", "call.M.shard-2", "call.M.shard-3", "call.M"]);
    let (gather, shards) = tasks.split_last().unwrap();
    assert!(shards.iter().all(|task| task.resources.threads == 3));
    let made: Vec<_> = shards.iter().flat_map(|task| &task.outputs).map(|o| &o.path).collect();
    let read: Vec<_> = gather.inputs.iter().skip(1).map(|input| &input.path).collect();
    assert_eq!((made.len(), made), (3, read), "it reads what they make");
    let digests = |task: &TaskSpec| vec!["same".to_owned(); task.inputs.len()];
    let keys: BTreeSet<_> = tasks.iter().map(|task| task.key(&digests(task))).collect();
    assert_eq!(keys.len(), 4);

    let whole = setup.plan(&CallStage, "a", "").unwrap();
    assert_eq!(whole[0].outputs.len(), gather.outputs.len());
    assert!(setup.run(&whole, "a") == setup.run(&tasks, "b"));
}

#[test]
fn numbers_of_shards_that_cannot_be_are_refused() {
    let setup = Setup::new();
    for (shards, expected) in [
        ("0", "options.call: 0 shards: there can be 1 to 1000"),
        ("1001", "options.call: 1001 shards"),
        ("-1", "options.call: shards = -1: a whole number"),
        ("2.5", "options.call: shards = 2.5: a whole number"),
        ("\"many\"", "options.call: shards = \"many\": a whole number"),
    ] {
        for stage in [&CallStage as &dyn Stage, &JointStage] {
            let error = setup.plan(stage, "a", &format!("shards = {shards}")).unwrap_err();
            assert_eq!(error.kind(), wgs_core::ErrorKind::Configuration);
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
    let error = setup.plan(&CallStage, "a", "shads = 2").unwrap_err();
    assert!(error.to_string().contains("unknown field `shads`"), "{error}");
    assert_eq!(setup.plan(&CallStage, "a", "shards = 1000").unwrap().len(), 1_001);
    let joint = |more| setup.plan(&JointStage, "a", more).unwrap();
    assert_eq!(joint(""), joint("shards = 8"), "which does not care");
}
