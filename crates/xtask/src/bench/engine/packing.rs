//! The cases on a cluster, beside a loop of the shell that runs as many at a time.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Serialize;
use wgs_engine::cluster::{CaseFiles, Ending, Unit};
use wgs_formats::{digest, output};
use wgs_task::CaseLayout;

use super::{cohort::Cohort, lab::Lab};
use crate::{
    Error,
    bench::{
        folder,
        process::{Pipeline, Used, command},
        say,
        target::Target,
    },
};

/// What was measured.
#[derive(Serialize)]
pub(super) struct Figures {
    cases: usize,
    nodes: usize,
    /// `xargs -P` with a process a case.
    shell: Used,
    /// `wgs-pipe run --executor slurm`, the controller's own processor time.
    cluster: Used,
    /// Processor time of all jobs.
    jobs_core_s: f64,
    /// Of it, that of tasks' processes.
    tasks_core_s: f64,
    same_bytes: bool,
}

impl Figures {
    pub(super) fn targets(&self) -> Vec<Target> {
        let packing = self.shell.wall_s / self.cluster.wall_s;
        let same = if self.same_bytes { 1.0 } else { 0.0 };
        vec![
            Target::at_least("cases per hour to a loop of the shell", packing, 0.97, "x"),
            Target::at_most("core time of the engine", self.overhead_percent(), 2.0, "%"),
            Target::at_least("outputs of both the same bytes", same, 1.0, "x"),
        ]
    }

    /// Of the core time of everything, what is not the tasks'.
    fn overhead_percent(&self) -> f64 {
        let all = self.jobs_core_s + self.cluster.core_s;
        (all - self.tasks_core_s) / all * 100.0
    }

    pub(super) fn text(&self) -> String {
        let an_hour = |wall_s: f64| self.cases as f64 / wall_s * 3600.0;
        format!(
            "{} cases on {} nodes of SLURM: {:.1} s, {:.0} cases an hour; a loop of the shell with \
             as many at a time: {:.1} s, {:.0} cases an hour. Core-seconds: tasks {:.1}, jobs {:.1}, \
             controller {:.2}; memory of the controller {} MiB.\n\n",
            self.cases,
            self.nodes,
            self.cluster.wall_s,
            an_hour(self.cluster.wall_s),
            self.shell.wall_s,
            an_hour(self.shell.wall_s),
            self.tasks_core_s,
            self.jobs_core_s,
            self.cluster.core_s,
            self.cluster.max_rss_bytes >> 20,
        )
    }
}

/// Everything after the name of the command that runs cases.
pub(super) fn arguments(command: &mut Command, sheet: &Path, cohort: &Cohort, out: &Path) {
    command.arg("--samplesheet").arg(sheet).arg("--bundle").arg(&cohort.bundle);
    command.arg("--out").arg(out).args(["--threads", "1", "--memory", "1G"]);
}

/// Every case once, by a loop of the shell; into which folder.
pub(super) fn by_shell(
    cohort: &Cohort,
    lab: &Lab,
    binary: &Path,
    room: &Path,
) -> Result<(PathBuf, Used), Error> {
    say("all cases by a loop of the shell");
    let by_shell = folder::fresh(&room.join("by-shell"))?;
    let list = room.join("sheets.txt");
    let names = cohort.sheets.iter().map(|(_, sheet)| format!("{}\n", sheet.display()));
    output::write(&list, names.collect::<String>())?;
    let mut xargs = command("xargs", ["-P", &lab.nodes().to_string(), "-I", "{}", "-a"]);
    xargs.arg(&list).arg(binary).arg("run");
    arguments(&mut xargs, Path::new("{}"), cohort, &by_shell);
    let used = Pipeline::new(room.join("by-shell.log"), [xargs]).run()?;
    Ok((by_shell, used))
}

pub(super) fn measure(
    (by_shell, shell): (&Path, Used),
    cohort: &Cohort,
    lab: &Lab,
    binary: &Path,
    room: &Path,
) -> Result<Figures, Error> {
    say("all cases by SLURM");
    let by_slurm = folder::fresh(&room.join("by-slurm"))?;
    let mut run = command(binary, ["run", "--executor", "slurm"]);
    arguments(&mut run, &cohort.sheet, cohort, &by_slurm);
    lab.reach(&mut run);
    let cluster = Pipeline::new(room.join("by-slurm.log"), [run]).run()?;

    let (mut jobs_core_s, mut tasks_core_s) = (0.0, 0.0);
    for (case, _) in &cohort.sheets {
        let layout = CaseLayout::new(&by_slurm, &case.parse()?);
        let path = CaseFiles::of(&layout).ending(&Unit::Case);
        let ending =
            Ending::read(&path)?.ok_or_else(|| format!("{} is missing", path.display()))?;
        jobs_core_s += ending.core_s;
        tasks_core_s += ending.task_core_s;
    }
    Ok(Figures {
        cases: cohort.sheets.len(),
        nodes: lab.nodes(),
        shell,
        cluster,
        jobs_core_s,
        tasks_core_s,
        same_bytes: results(by_shell)? == results(&by_slurm)?,
    })
}

/// Digests of everything that cases made, by path; not what tells of their runs.
pub(super) fn results(out: &Path) -> Result<BTreeMap<PathBuf, String>, Error> {
    let mut results = BTreeMap::new();
    for path in files(out)? {
        let of_run = ["run.json", "events.jsonl", "ro-crate-metadata.json"];
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_state = path.components().any(|part| part.as_os_str() == ".wgs-pipe");
        if !is_state && !of_run.contains(&name.as_str()) {
            results.insert(path.strip_prefix(out)?.to_owned(), digest::sha256_file(&path)?);
        }
    }
    Ok(results)
}

/// All files below a folder, but those that go while they are listed.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry?.path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    Ok(files)
}
