//! What the tasks of a case will need.

use std::{collections::BTreeMap, path::Path, time::Duration};

use wgs_formats::Result;
use wgs_task::{Limits, TaskId, TaskSpec};

use super::{
    NeedsTable, Sizes, schedule,
    sizes::Size,
    table::{Load, StageNeeds},
};
use crate::{
    CasePlan, Graph,
    cluster::{Needs, Unit},
};

/// What one task will need.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskForecast {
    /// Seconds of processor time.
    pub core_s: f64,
    /// Seconds that it will run.
    pub wall_s: f64,
    /// Largest resident memory in bytes; no more than the task is allowed.
    pub memory_bytes: u64,
    /// Bytes of temporary files.
    pub scratch_bytes: u64,
    /// Bytes of its outputs, in the order of the specification.
    pub output_bytes: Vec<u64>,
}

/// What the tasks of a case will need, in the order of the plan, were all of them to run.
///
/// Sizes of files that other tasks make are foreseen, unless the files are there. Tasks of one stage
/// that read the same are taken for equal parts of one work.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseForecast {
    /// Its tasks.
    pub tasks: Vec<TaskForecast>,
}

impl CaseForecast {
    /// Foresees what a case needs.
    ///
    /// # Errors
    ///
    /// An input from outside whose size cannot be told.
    pub fn of(plan: &CasePlan, graph: &Graph, table: &NeedsTable, sizes: &Sizes) -> Result<Self> {
        let anything_there = plan.layout.folder().exists();
        let mut made: BTreeMap<&Path, u64> = BTreeMap::new();
        let mut tasks = vec![None; plan.tasks.len()];
        let parts = parts(plan);
        for &task in graph.order() {
            let (spec, needs) = (&plan.tasks[task], table.of(&plan.tasks[task].stage));
            let load = load(spec, needs, &made, sizes)?;
            let forecast = TaskForecast::of(spec, needs, load).part_of(parts[task]);
            for (output, &bytes) in spec.outputs.iter().zip(&forecast.output_bytes) {
                let there = || std::fs::metadata(&output.path).ok().map(|m| m.len());
                let bytes = anything_there.then(there).flatten().unwrap_or(bytes);
                made.insert(&output.path, bytes);
            }
            tasks[task] = Some(forecast);
        }
        Ok(Self { tasks: tasks.into_iter().flatten().collect() })
    }

    /// What a job that does a unit of the case needs, with what is added for safety; `limits` is
    /// what one job may use at most. Nothing but a little for the closing of a case.
    pub fn needs(
        &self,
        plan: &CasePlan,
        graph: &Graph,
        unit: &Unit,
        table: &NeedsTable,
        limits: Limits,
    ) -> Needs {
        table.safety.ask(self.foreseen(plan, graph, unit, limits))
    }

    /// As [`CaseForecast::needs`], with nothing added.
    pub fn foreseen(&self, plan: &CasePlan, graph: &Graph, unit: &Unit, limits: Limits) -> Needs {
        match unit {
            Unit::Case => self.of_case(plan, graph, limits),
            Unit::Task(id) => self.of_task(plan, id, limits),
            Unit::Close => nothing(),
        }
    }

    /// Seconds of processor time of all tasks.
    pub fn core_s(&self) -> f64 {
        self.tasks.iter().map(|task| task.core_s).sum()
    }

    fn of_task(&self, plan: &CasePlan, id: &TaskId, limits: Limits) -> Needs {
        let found = plan.tasks.iter().zip(&self.tasks).find(|(spec, _)| spec.id == *id);
        let Some((spec, task)) = found else { return nothing() };
        let bytes = |passing: bool| {
            let outputs = spec.outputs.iter().zip(&task.output_bytes);
            let bytes = outputs.filter(|(output, _)| output.temporary == passing);
            bytes.map(|(_, bytes)| bytes).sum()
        };
        Needs {
            threads: spec.resources.threads.min(limits.threads).max(1),
            memory_bytes: task.memory_bytes.min(limits.memory_bytes),
            wall: seconds(task.wall_s),
            output_bytes: bytes(false),
            passing_bytes: bytes(true),
            scratch_bytes: task.scratch_bytes,
        }
    }

    fn of_case(&self, plan: &CasePlan, graph: &Graph, limits: Limits) -> Needs {
        let schedule = schedule::simulate(plan, graph, &self.tasks, limits);
        let outputs = plan.tasks.iter().zip(&self.tasks).flat_map(|(spec, task)| {
            let lasting = spec.outputs.iter().zip(&task.output_bytes);
            lasting.filter(|(output, _)| !output.temporary).map(|(_, bytes)| bytes)
        });
        let threads = plan.tasks.iter().map(|spec| spec.resources.threads).max();
        Needs {
            threads: threads.unwrap_or(1).max(schedule.peak_threads).min(limits.threads).max(1),
            memory_bytes: schedule.peak_memory_bytes.min(limits.memory_bytes),
            wall: seconds(schedule.wall_s),
            output_bytes: outputs.sum(),
            passing_bytes: schedule.peak_passing_bytes,
            scratch_bytes: schedule.peak_scratch_bytes,
        }
    }
}

impl TaskForecast {
    /// Makes it a task that needs nothing, since it is done.
    pub(crate) fn clear(&mut self) {
        self.output_bytes.fill(0);
        let output_bytes = std::mem::take(&mut self.output_bytes);
        *self = Self { output_bytes, ..Self::default() };
    }

    /// One of so many equal parts of it; each holds as much in memory as the whole would.
    fn part_of(mut self, parts: usize) -> Self {
        let share = |bytes: u64| bytes.div_ceil(parts as u64);
        self.core_s /= parts as f64;
        self.wall_s /= parts as f64;
        self.scratch_bytes = share(self.scratch_bytes);
        self.output_bytes.iter_mut().for_each(|bytes| *bytes = share(*bytes));
        self
    }

    fn of(spec: &TaskSpec, needs: &StageNeeds, load: Load) -> Self {
        let core_s = needs.core_s.at(load);
        let outputs = spec.outputs.iter();
        Self {
            core_s,
            wall_s: needs.wall_s(core_s, load.threads),
            memory_bytes: needs.memory_bytes.bytes_at(load).min(spec.resources.memory_bytes),
            scratch_bytes: needs.scratch_bytes.bytes_at(load),
            output_bytes: outputs.map(|o| needs.output(&o.name).bytes_at(load)).collect(),
        }
    }
}

/// Of each task, how many of its stage read what it reads, itself included.
fn parts(plan: &CasePlan) -> Vec<usize> {
    let key = |spec: &TaskSpec| {
        let inputs: Vec<_> = spec.inputs.iter().map(|input| input.path.clone()).collect();
        (spec.stage.clone(), inputs)
    };
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for spec in plan.tasks.iter().filter(|spec| !spec.inputs.is_empty()) {
        *counts.entry(key(spec)).or_default() += 1;
    }
    plan.tasks.iter().map(|spec| counts.get(&key(spec)).copied().unwrap_or(1)).collect()
}

fn load(
    spec: &TaskSpec,
    needs: &StageNeeds,
    made: &BTreeMap<&Path, u64>,
    sizes: &Sizes,
) -> Result<Load> {
    let threads = spec.resources.threads.max(1);
    let mut load = Load { input_bytes: 0.0, reference_bytes: 0, threads };
    for input in &spec.inputs {
        let size = match made.get(input.path.as_path()) {
            Some(&bytes) => Size::File(bytes),
            None => sizes.of(&input.path)?,
        };
        match size {
            Size::File(bytes) => {
                load.input_bytes += bytes as f64 * needs.equivalent(&input.path);
            }
            Size::Folder(bytes) => load.reference_bytes += bytes,
        }
    }
    Ok(load)
}

fn nothing() -> Needs {
    let wall = Duration::ZERO;
    let (output_bytes, passing_bytes, scratch_bytes) = (0, 0, 0);
    Needs { threads: 1, memory_bytes: 0, wall, output_bytes, passing_bytes, scratch_bytes }
}

fn seconds(s: f64) -> Duration {
    Duration::try_from_secs_f64(s).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wgs_formats::output;
    use wgs_task::{Output, Resources};

    use super::*;
    use crate::testing::{case_plan, task};

    const TABLE: &str = r#"
        schema = "wgs-pipe/needs/1"
        [default]
        core_s = { fixed = 1.0, per_input_byte = 0.5, per_reference_byte = 0.25 }
        memory_bytes = { fixed = 10.0, per_thread = 5.0, per_input_byte = 1.0 }
        scratch_bytes = { per_input_byte = 2.0 }
        outputs.other = { per_input_byte = 0.5 }
        serial = 0.5
        equivalents = { ".cram" = 3.0 }
    "#;

    fn table() -> NeedsTable {
        NeedsTable::parse("needs.toml".as_ref(), TABLE).unwrap()
    }

    fn chain(folder: &Path, bytes: usize) -> (CasePlan, Graph) {
        let input = folder.join("in");
        output::write(&input, vec![b'x'; bytes]).unwrap();
        let mut first = task("first", &[input.to_str().unwrap()], &["mid"]);
        first.resources = Resources { threads: 2, memory_bytes: 1 << 30 };
        first.outputs[0] = Output { temporary: true, ..first.outputs[0].clone() };
        let mut last = task("last", &["mid"], &["end"]);
        last.resources = Resources { threads: 1, memory_bytes: 12 };
        let plan = case_plan(folder, "C1", vec![first, last]);
        let graph = Graph::of_case(&plan).unwrap();
        (plan, graph)
    }

    fn limits() -> Limits {
        Limits { threads: 4, memory_bytes: 1 << 30 }
    }

    #[test]
    fn sizes_travel_from_task_to_task() {
        let folder = tempfile::tempdir().unwrap();
        let (plan, graph) = chain(folder.path(), 100);
        let sizes = Sizes::default();
        let forecast = CaseForecast::of(&plan, &graph, &table(), &sizes).unwrap();
        let first = TaskForecast {
            core_s: 51.0,
            wall_s: 51.0 * 0.75,
            memory_bytes: 10 + 2 * 5 + 100,
            scratch_bytes: 200,
            output_bytes: vec![50],
        };
        let last = TaskForecast {
            core_s: 26.0,
            wall_s: 26.0,
            memory_bytes: 12,
            scratch_bytes: 100,
            output_bytes: vec![25],
        };
        assert_eq!(forecast.tasks, [first, last]);
        assert_eq!(forecast.core_s(), 77.0);
        let mid = plan.layout.folder().join("mid");
        output::create_folder(plan.layout.folder()).unwrap();
        output::write(&mid, "12345678").unwrap();
        let known = CaseForecast::of(&plan, &graph, &table(), &sizes).unwrap();
        assert_eq!(known.tasks[1].core_s, 5.0);
    }

    #[test]
    fn a_case_needs_its_schedule_and_a_task_itself() {
        let folder = tempfile::tempdir().unwrap();
        let (plan, graph) = chain(folder.path(), 100);
        let forecast = CaseForecast::of(&plan, &graph, &table(), &Sizes::default()).unwrap();
        let case = forecast.of_case(&plan, &graph, limits());
        assert_eq!(case.wall.as_secs_f64(), 51.0 * 0.75 + 26.0);
        assert_eq!((case.threads, case.memory_bytes), (2, 120));
        assert_eq!((case.output_bytes, case.passing_bytes, case.scratch_bytes), (25, 50, 200));
        let task = forecast.of_task(&plan, &TaskId::of_case("last"), limits());
        assert_eq!((task.threads, task.memory_bytes, task.scratch_bytes), (1, 12, 100));
        let asked = forecast.needs(&plan, &graph, &Unit::Close, &table(), limits());
        assert_eq!((asked.threads, asked.wall.as_secs()), (1, 600));
    }

    #[test]
    fn formats_count_by_what_they_hold_and_folders_apart() {
        let folder = tempfile::tempdir().unwrap();
        let reference = folder.path().join("reference");
        output::create_folder(&reference).unwrap();
        output::write(&reference.join("genome"), vec![0; 40]).unwrap();
        output::write(&folder.path().join("a.cram"), vec![0; 10]).unwrap();
        let inputs = ["a.cram", "reference"].map(|name| folder.path().join(name));
        let inputs = inputs.each_ref().map(|path| path.to_str().unwrap());
        let plan = case_plan(folder.path(), "C1", vec![task("a", &inputs, &["x"])]);
        let graph = Graph::of_case(&plan).unwrap();
        let forecast = CaseForecast::of(&plan, &graph, &table(), &Sizes::default()).unwrap();
        assert_eq!(forecast.tasks[0].core_s, 1.0 + 0.5 * 30.0 + 0.25 * 40.0);
    }

    #[test]
    fn tasks_that_read_the_same_share_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("in");
        output::write(&input, vec![0; 100]).unwrap();
        let part = |id: &str, output: &str| {
            let mut spec = task(id, &[input.to_str().unwrap()], &[output]);
            spec.stage = "call".into();
            spec
        };
        let tasks = vec![part("a", "x"), part("b", "y"), task("c", &["x", "y"], &["z"])];
        let plan = case_plan(folder.path(), "C1", tasks);
        let graph = Graph::of_case(&plan).unwrap();
        let forecast = CaseForecast::of(&plan, &graph, &table(), &Sizes::default()).unwrap();
        let [one, other, all] = &forecast.tasks[..] else { panic!("three tasks") };
        assert_eq!(one, other);
        assert_eq!((one.core_s, one.scratch_bytes, one.output_bytes[0]), (25.5, 100, 25));
        assert_eq!(all.core_s, 26.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn more_input_never_needs_less(small in 0usize..5000, more in 0usize..5000) {
            let needs = |bytes| {
                let folder = tempfile::tempdir().unwrap();
                let (plan, graph) = chain(folder.path(), bytes);
                        let sizes = Sizes::default();
                let forecast = CaseForecast::of(&plan, &graph, &table(), &sizes).unwrap();
                forecast.needs(&plan, &graph, &Unit::Case, &table(), limits())
            };
            let (less, more) = (needs(small), needs(small + more));
            prop_assert!(less.wall <= more.wall);
            prop_assert!(less.memory_bytes <= more.memory_bytes);
            prop_assert!(less.output_bytes <= more.output_bytes);
            prop_assert!(less.scratch_bytes <= more.scratch_bytes);
        }
    }
}
