//! wgs-pipe at its job: bundle, then the case from FASTQ.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use serde::Serialize;
use wgs_align::EngineChoice;
use wgs_core::{CaseId, SampleId};
use wgs_engine::{CaseState, RunRecord};
use wgs_formats::output;
use wgs_task::CaseLayout;

use super::{
    folder,
    process::{Pipeline, Used, command},
    simulation::{PARENTS, SAMPLE, Simulation},
};
use crate::Error;

/// Id of the case.
const CASE: &str = "bench";

/// What `wgs-pipe` may use.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Limits {
    pub(super) threads: usize,
    pub(super) memory: String,
}

/// One run of the case.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Run {
    /// The whole process with all its tasks.
    pub(super) whole: Used,
    /// Each task, as `run.json` has it.
    pub(super) tasks: Vec<Task>,
}

/// What one task took.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Task {
    pub(super) stage: String,
    pub(super) task: String,
    #[serde(flatten)]
    pub(super) used: Used,
}

/// The program, and what it may use.
#[derive(Clone)]
pub(super) struct WgsPipe {
    pub(super) binary: PathBuf,
    pub(super) limits: Limits,
    /// What aligns.
    pub(super) aligner: EngineChoice,
    /// Pipeline definition.
    pub(super) pipeline: PathBuf,
    /// What the program says, each time anew.
    pub(super) log: PathBuf,
}

impl WgsPipe {
    /// Makes a bundle of the reference data in a fresh folder, with these annotation sources.
    pub(super) fn build_bundle(
        &self,
        data: &Path,
        sources: &[(&str, &str)],
        bundle: &Path,
    ) -> Result<Used, Error> {
        folder::fresh(bundle)?;
        let mut build = command(&self.binary, ["bundle", "build"]);
        build.arg("--genome").arg(data.join("genome.fa.gz"));
        build.arg("--genes").arg(data.join("genes.gff3.gz"));
        for (name, file) in sources {
            let mut source = OsString::from(format!("{name}="));
            source.push(data.join(file));
            build.arg("--source").arg(source);
        }
        let index = if self.aligner == EngineChoice::Minibwa { "minibwa" } else { "bwa-mem3" };
        build.args(["--aligner", index]).arg("--out").arg(bundle);
        self.limit(&mut build);
        Pipeline::new(self.log.clone(), [build]).run()
    }

    /// Runs the case into a fresh folder.
    pub(super) fn run(
        &self,
        simulation: &Simulation,
        bundle: &Path,
        out: &Path,
    ) -> Result<(Run, CaseLayout), Error> {
        folder::fresh(out)?;
        output::write(&out.with_extension("csv"), samplesheet(simulation)?)?;
        self.again(bundle, out)
    }

    /// Runs the case of a folder again, what of it has to be.
    pub(super) fn again(&self, bundle: &Path, out: &Path) -> Result<(Run, CaseLayout), Error> {
        let sheet = out.with_extension("csv");
        let mut run = command(&self.binary, [OsStr::new("run"), "--samplesheet".as_ref()]);
        run.arg(&sheet).arg("--bundle").arg(bundle).arg("--out").arg(out);
        run.arg("--pipeline").arg(&self.pipeline);
        self.limit(&mut run);
        let whole = Pipeline::new(self.log.clone(), [run]).run()?;
        let layout = CaseLayout::new(out, &CASE.parse::<CaseId>()?);
        let tasks = tasks(&RunRecord::read(&layout)?)?;
        Ok((Run { whole, tasks }, layout))
    }

    /// Tells a command what it may use.
    fn limit(&self, command: &mut std::process::Command) {
        command.args(["--threads", &self.limits.threads.to_string()]);
        command.args(["--memory", &self.limits.memory]);
    }
}

/// The sample's alignment.
pub(super) fn cram(layout: &CaseLayout) -> Result<PathBuf, Error> {
    Ok(layout.cram(&SAMPLE.parse::<SampleId>()?))
}

fn samplesheet(simulation: &Simulation) -> Result<String, Error> {
    let [father, mother] = PARENTS;
    let family = [(SAMPLE, "proband,female"), (father, "father,male"), (mother, "mother,female")];
    let samples = if simulation.is_family() { &family[..] } else { &family[..1] };
    let mut sheet = "case,sample,role,sex,lane,library,fastq_1,fastq_2\n".to_owned();
    for (sample, role_and_sex) in samples {
        let [r1, r2] = simulation.reads_of(sample).map(std::fs::canonicalize);
        let (r1, r2) = (r1?, r2?);
        let (r1, r2) = (r1.display(), r2.display());
        sheet += &format!("{CASE},{sample},{role_and_sex},1,lib1,{r1},{r2}\n");
    }
    Ok(sheet)
}

fn tasks(record: &RunRecord) -> Result<Vec<Task>, Error> {
    if record.state != CaseState::Succeeded {
        return Err("the run record tells of no success".into());
    }
    let task = |entry: &wgs_engine::run_record::TaskEntry| {
        let made = entry.status.made().ok_or_else(|| format!("{} made nothing", entry.task))?;
        let used = Used {
            wall_s: made.usage.wall_s,
            core_s: made.core_s,
            max_rss_bytes: made.usage.max_rss_bytes,
        };
        Ok(Task { stage: entry.stage.clone(), task: entry.task.to_string(), used })
    };
    record.tasks.iter().map(task).collect()
}

impl Run {
    /// The medians over runs of the same case.
    pub(super) fn median(runs: &[Self]) -> Self {
        let whole: Vec<Used> = runs.iter().map(|run| run.whole).collect();
        let of_task = |task: &Task| {
            let all = runs.iter().flat_map(|run| &run.tasks);
            let used: Vec<Used> = all.filter(|t| t.task == task.task).map(|t| t.used).collect();
            Task { used: Used::median(&used), ..task.clone() }
        };
        let tasks = runs.first().map_or(&[][..], |run| &run.tasks[..]);
        Self { whole: Used::median(&whole), tasks: tasks.iter().map(of_task).collect() }
    }

    /// What the tasks of a stage took together, one after the other.
    pub(super) fn stage(&self, stage: &str) -> Used {
        let tasks = self.tasks.iter().filter(|task| task.stage == stage);
        tasks.fold(Used::default(), |sum, task| sum.then(task.used))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(core_s: [f64; 2]) -> Run {
        let used = |core_s| Used { wall_s: 1.0, core_s, max_rss_bytes: core_s as u64 };
        let task = |stage: &str, core_s| Task {
            stage: stage.into(),
            task: format!("{stage}.S"),
            used: used(core_s),
        };
        Run {
            whole: used(core_s[0] + core_s[1]),
            tasks: vec![task("reads", core_s[0]), task("call", core_s[1])],
        }
    }

    #[test]
    fn medians_are_of_each_task() {
        let median = Run::median(&[run([3.0, 1.0]), run([1.0, 2.0]), run([2.0, 9.0])]);
        assert_eq!(median.stage("reads").core_s, 2.0);
        assert_eq!(median.stage("call").core_s, 2.0);
        assert_eq!(median.whole.core_s, 4.0);
        assert_eq!(median.stage("none"), Used::default());
    }
}
