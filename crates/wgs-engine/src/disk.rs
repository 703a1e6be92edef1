//! Whether what cases will write fits on the disk, told before anything starts.
//!
//! A file system tells how much of it is free, not what a quota of a user, group or project leaves;
//! where there are quotas, a forecast that fits says nothing of them.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};
use wgs_task::{Limits, TaskSpec, case::CaseKind};

use crate::{
    CasePlan, Graph,
    cluster::{Needs, Unit},
    needs::{CaseForecast, Linear, NeedsTable, Sizes},
    state::StateFolder,
};

/// Where cases will run, and what they write to.
#[derive(Clone, Debug)]
pub struct DiskRequest<'a> {
    /// The output folder; it need not be there yet.
    pub out: &'a Path,
    /// Where temporary files go.
    pub scratch: Scratch<'a>,
    /// What all tasks of one job, or of the whole run on this machine, may use.
    pub limits: Limits,
    /// How many cases may be at work at the same time; none for as many as the limits let run
    /// beside each other on this machine.
    pub at_once: Option<usize>,
}

/// Where temporary files of tasks go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scratch<'a> {
    /// Into the folders of cases.
    InCases,
    /// Into a folder of this machine, which need not be there yet.
    Here(&'a Path),
    /// To disks of other machines, which cannot be asked from here.
    Elsewhere,
}

/// What cases that are not done will write.
#[derive(Clone, Debug, PartialEq)]
pub struct DiskForecast {
    /// By kind of case, as case files name it.
    pub kinds: BTreeMap<&'static str, KindNeeds>,
    /// Bytes of all outputs that are not there yet, with what is added for safety.
    pub output_bytes: u64,
    /// Most bytes at the same time of outputs that go once they were read, with what is added for
    /// safety.
    pub passing_bytes: u64,
    /// Most bytes at the same time of temporary files, with what is added for safety.
    pub scratch_bytes: u64,
    /// How many cases were taken to be at work at the same time.
    pub at_once: usize,
    /// The disk of the output folder.
    pub out: Free,
    /// The disk of temporary files.
    pub scratch: ScratchDisk,
}

/// The disk of temporary files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScratchDisk {
    /// That of the output folder.
    Shared,
    /// Another one of this machine.
    Own(Free),
    /// Those of other machines.
    Elsewhere,
}

/// What the cases of one kind need; sums, unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct KindNeeds {
    /// Number of cases that are not done.
    pub cases: usize,
    /// Number of cases whose outputs are all there; they need nothing.
    pub done: usize,
    /// Bytes of outputs.
    pub output_bytes: u64,
    /// Most bytes of temporary files of one case, with its outputs that go once they were read.
    pub scratch_bytes: u64,
    /// Seconds of processor time.
    pub core_s: f64,
    /// Largest memory of one case, in bytes.
    pub memory_bytes: u64,
}

/// Space on a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Free {
    /// A folder on it.
    pub folder: PathBuf,
    /// Bytes that this user may still write, as the file system tells.
    pub bytes: u64,
    device: u64,
}

/// Foresees what cases will write, and how much there is room for, a case at a time; what it keeps
/// does not grow with their number, but for 16 bytes for each that may be at work at the same time.
///
/// Whether a task is done is told from its record and that its outputs exist, without reading them.
pub struct Forecaster<'a> {
    request: DiskRequest<'a>,
    table: &'a NeedsTable,
    sizes: Sizes,
    kinds: BTreeMap<&'static str, KindNeeds>,
    passing: Largest,
    scratch: Largest,
    beside: usize,
}

impl<'a> Forecaster<'a> {
    /// Begins with no case.
    pub fn new(request: DiskRequest<'a>, table: &'a NeedsTable) -> Self {
        let most = request.at_once.unwrap_or(request.limits.threads).max(1);
        let (passing, scratch) = (Largest::new(most), Largest::new(most));
        let (sizes, kinds) = (Sizes::default(), BTreeMap::new());
        Self { request, table, sizes, kinds, passing, scratch, beside: 1 }
    }

    /// Adds a case.
    ///
    /// # Errors
    ///
    /// What [`Graph::of_case`] and [`CaseForecast::of`] say.
    pub fn add(&mut self, plan: &CasePlan) -> Result<()> {
        let limits = self.request.limits;
        let kind = self.kinds.entry(name_of(plan.case.kind)).or_default();
        match case_needs(plan, limits, self.table, &self.sizes)? {
            None => kind.done += 1,
            Some((needs, core_s)) => {
                kind.add(&needs, core_s);
                self.passing.push(needs.passing_bytes);
                self.scratch.push(needs.scratch_bytes);
                self.beside = self.beside.max(cases_beside(plan, self.table, limits));
            }
        }
        Ok(())
    }

    /// The forecast.
    ///
    /// # Errors
    ///
    /// A folder whose disk cannot be asked.
    pub fn finish(self) -> Result<DiskForecast> {
        let to_do = self.kinds.values().map(|kind| kind.cases).sum::<usize>().max(1);
        let at_once = self.request.at_once.unwrap_or(self.beside.min(self.request.limits.threads));
        let at_once = at_once.clamp(1, to_do);
        let output_bytes = self.kinds.values().map(|kind| kind.output_bytes).sum();
        let out = Free::of(self.request.out)?;
        let scratch = match self.request.scratch {
            Scratch::InCases => ScratchDisk::Shared,
            Scratch::Elsewhere => ScratchDisk::Elsewhere,
            Scratch::Here(folder) => match Free::of(folder)? {
                scratch if scratch.device == out.device => ScratchDisk::Shared,
                scratch => ScratchDisk::Own(scratch),
            },
        };
        let safety = &self.table.safety;
        Ok(DiskForecast {
            output_bytes: safety.disk_bytes(output_bytes),
            passing_bytes: safety.disk_bytes(self.passing.sum_of(at_once)),
            scratch_bytes: safety.disk_bytes(self.scratch.sum_of(at_once)),
            kinds: self.kinds,
            at_once,
            scratch,
            out,
        })
    }
}

/// What a case still needs, and its processor time; nothing where it is done.
fn case_needs(
    plan: &CasePlan,
    limits: Limits,
    table: &NeedsTable,
    sizes: &Sizes,
) -> Result<Option<(Needs, f64)>> {
    let graph = Graph::of_case(plan)?;
    let mut forecast = CaseForecast::of(plan, &graph, table, sizes)?;
    if plan.layout.folder().exists() {
        let state = StateFolder::of(&plan.layout);
        let done: Vec<bool> = plan.tasks.iter().map(|spec| is_done(spec, &state)).collect();
        if done.iter().all(|&done| done) {
            return Ok(None);
        }
        for (task, _) in forecast.tasks.iter_mut().zip(&done).filter(|(_, done)| **done) {
            task.clear();
        }
    }
    let needs = forecast.foreseen(plan, &graph, &Unit::Case, limits);
    Ok(Some((needs, forecast.core_s())))
}

/// How many cases such as this can have temporary files on one machine at the same time: as many as
/// there is room for tasks that make some.
fn cases_beside(plan: &CasePlan, table: &NeedsTable, limits: Limits) -> usize {
    let transient = |spec: &&TaskSpec| {
        table.of(&spec.stage).scratch_bytes != Linear::default()
            || spec.outputs.iter().any(|output| output.temporary)
    };
    let threads = plan.tasks.iter().filter(transient).map(|spec| spec.resources.threads.max(1));
    threads.min().map_or(1, |threads| (limits.threads / threads).max(1))
}

fn is_done(spec: &TaskSpec, state: &StateFolder) -> bool {
    let there = |path: &Path| fs::metadata(path).is_ok_and(|m| m.len() > 0);
    there(&state.record(&spec.id))
        && spec.outputs.iter().all(|output| output.temporary || there(&output.path))
}

impl KindNeeds {
    fn add(&mut self, needs: &Needs, core_s: f64) {
        self.cases += 1;
        self.output_bytes += needs.output_bytes;
        self.scratch_bytes = self.scratch_bytes.max(needs.passing_bytes + needs.scratch_bytes);
        self.memory_bytes = self.memory_bytes.max(needs.memory_bytes);
        self.core_s += core_s;
    }
}

fn name_of(kind: CaseKind) -> &'static str {
    match kind {
        CaseKind::Germline => "germline",
        CaseKind::Family => "family",
        CaseKind::TumorNormal => "tumor-normal",
        CaseKind::TumorOnly => "tumor-only",
    }
}

/// The largest of many figures.
struct Largest {
    most: usize,
    heap: BinaryHeap<Reverse<u64>>,
}

impl Largest {
    fn new(most: usize) -> Self {
        Self { most, heap: BinaryHeap::new() }
    }

    fn push(&mut self, bytes: u64) {
        self.heap.push(Reverse(bytes));
        if self.heap.len() > self.most {
            self.heap.pop();
        }
    }

    fn sum_of(self, count: usize) -> u64 {
        self.heap.into_sorted_vec().into_iter().take(count).map(|Reverse(bytes)| bytes).sum()
    }
}

impl Free {
    /// Asks the disk that holds a folder, or will.
    fn of(folder: &Path) -> Result<Self> {
        use std::os::unix::fs::MetadataExt;

        let absolute = std::path::absolute(folder).map_err(|e| FileError::io(folder, e))?;
        let there = absolute.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
        let metadata = fs::metadata(there).map_err(|e| FileError::io(there, e))?;
        let disk = nix::sys::statvfs::statvfs(there).map_err(|e| FileError::io(there, e.into()))?;
        let bytes = disk.blocks_available().saturating_mul(disk.fragment_size());
        Ok(Self { folder: folder.to_owned(), bytes, device: metadata.dev() })
    }
}

impl ScratchDisk {
    fn own(&self) -> Option<&Free> {
        match self {
            Self::Own(free) => Some(free),
            Self::Shared | Self::Elsewhere => None,
        }
    }
}

impl DiskForecast {
    /// Bytes that the disk of the output folder must have.
    pub fn needed_bytes(&self) -> u64 {
        let scratch_bytes = match self.scratch {
            ScratchDisk::Shared => self.scratch_bytes,
            ScratchDisk::Own(_) | ScratchDisk::Elsewhere => 0,
        };
        self.output_bytes + self.passing_bytes + scratch_bytes
    }

    /// Why the cases cannot be started, if they cannot: a disk is too small. The message holds
    /// [`DiskForecast::table`].
    pub fn refusal(&self) -> Option<FileError> {
        let scratch = self.scratch.own().map(|free| (free, self.scratch_bytes));
        let (free, needed) = std::iter::once((&self.out, self.needed_bytes()))
            .chain(scratch)
            .find(|(free, needed)| *needed > free.bytes)?;
        let reason = format!(
            "{} will be needed, {} are free\n{}",
            bytes(needed),
            bytes(free.bytes),
            self.table()
        );
        Some(FileError::new(&free.folder, ErrorKind::OutOfSpace, reason).hint(
            "free space, choose another folder, or take fewer cases at a time; \
             --ignore-disk-forecast goes on all the same",
        ))
    }

    /// The forecast for people, a line for each kind of case and one for the sums.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{:<20} {:>7} {:>7} {:>12} {:>12} {:>12} {:>11}\n",
            "cases", "to do", "done", "outputs", "scratch", "memory", "core hours"
        );
        let mut row = |name: &str, needs: &KindNeeds| {
            let [outputs, scratch, memory] =
                [needs.output_bytes, needs.scratch_bytes, needs.memory_bytes].map(bytes);
            let (cases, done, hours) = (needs.cases, needs.done, needs.core_s / 3600.0);
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{name:<20} {cases:>7} {done:>7} {outputs:>12} {scratch:>12} {memory:>12} \
                 {hours:>11.2}"
            );
        };
        for (kind, needs) in &self.kinds {
            row(kind, needs);
        }
        let place = match self.scratch {
            ScratchDisk::Shared => "",
            ScratchDisk::Own(_) => " on its own disk",
            ScratchDisk::Elsewhere => " on the disks of other machines, which were not asked",
        };
        let _ = writeln!(
            text,
            "all, with what is added for safety: outputs {}; of {} at a time: outputs that go once \
             they are read {}, temporary files {}{place}",
            bytes(self.output_bytes),
            match self.at_once {
                1 => "1 case".to_owned(),
                n => format!("{n} cases"),
            },
            bytes(self.passing_bytes),
            bytes(self.scratch_bytes),
        );
        for free in std::iter::once(&self.out).chain(self.scratch.own()) {
            let _ = writeln!(text, "free at {}: {}", free.folder.display(), bytes(free.bytes));
        }
        text
    }
}

/// An amount of bytes for people: three figures and a binary unit.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut amount = bytes as f64;
    let mut unit = "";
    for next in UNITS {
        if amount < 999.5 && !unit.is_empty() {
            break;
        }
        amount /= 1024.0;
        unit = next;
    }
    let decimals = if amount < 9.995 { 2 } else { usize::from(amount < 99.95) };
    format!("{amount:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use wgs_formats::output;

    use super::*;
    use crate::testing::{case_plan, task};

    const TABLE: &str = r#"
        schema = "wgs-pipe/needs/1"
        [safety]
        disk = 1.5
        [default]
        core_s = { fixed = 36.0 }
        memory_bytes = { fixed = 10.0 }
        outputs.other = { per_input_byte = 2.0 }
        scratch_bytes = { per_input_byte = 1.0 }
    "#;

    fn cases(folder: &Path, sizes: &[usize]) -> Vec<CasePlan> {
        let plan = |(index, bytes): (usize, &usize)| {
            let input = folder.join(format!("in{index}"));
            output::write(&input, vec![0; *bytes]).unwrap();
            let tasks = vec![task("a", &[input.to_str().unwrap()], &["x"])];
            case_plan(&folder.join("out"), &format!("C{index}"), tasks)
        };
        sizes.iter().enumerate().map(plan).collect()
    }

    fn forecast(cases: &[CasePlan], request: DiskRequest<'_>) -> DiskForecast {
        let table = NeedsTable::parse("needs.toml".as_ref(), TABLE).unwrap();
        let mut forecaster = Forecaster::new(request, &table);
        cases.iter().for_each(|case| forecaster.add(case).unwrap());
        forecaster.finish().unwrap()
    }

    fn of(cases: &[CasePlan], out: &Path, at_once: usize) -> DiskForecast {
        let limits = Limits { threads: 8, memory_bytes: 100 };
        let scratch = Scratch::InCases;
        forecast(cases, DiskRequest { out, scratch, limits, at_once: Some(at_once) })
    }

    #[test]
    fn outputs_add_up_and_scratch_is_that_of_the_largest_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let cases = cases(folder.path(), &[100, 20, 300]);
        let two = of(&cases, &folder.path().join("out"), 2);
        assert_eq!(two.output_bytes, 840 * 3 / 2);
        assert_eq!(two.scratch_bytes, 400 * 3 / 2);
        assert_eq!(two.needed_bytes(), 1860);
        assert_eq!(of(&cases, folder.path(), 50).scratch_bytes, 420 * 3 / 2);
        assert!(two.refusal().is_none());
    }

    #[test]
    fn on_one_machine_threads_bound_what_runs_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut cases = cases(folder.path(), &[100; 9]);
        cases.iter_mut().for_each(|case| case.tasks[0].resources.threads = 3);
        let limits = Limits { threads: 8, memory_bytes: 100 };
        let (out, scratch) = (folder.path(), Scratch::InCases);
        let found = forecast(&cases, DiskRequest { out, scratch, limits, at_once: None });
        assert_eq!((found.at_once, found.scratch_bytes), (2, 300));
    }

    #[test]
    fn temporary_files_elsewhere_take_no_room_here_but_passing_outputs_do() {
        let folder = tempfile::tempdir().unwrap();
        let mut cases = cases(folder.path(), &[100, 20]);
        cases[0].tasks[0].outputs[0].temporary = true;
        let limits = Limits { threads: 8, memory_bytes: 100 };
        let (out, scratch) = (folder.path(), Scratch::Elsewhere);
        let found = forecast(&cases, DiskRequest { out, scratch, limits, at_once: Some(9) });
        assert_eq!((found.output_bytes, found.passing_bytes), (60, 300));
        assert_eq!((found.scratch_bytes, found.needed_bytes()), (180, 360));
        assert_eq!(found.at_once, 2);
    }

    #[test]
    fn what_is_done_needs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let cases = cases(folder.path(), &[100, 20]);
        let spec = &cases[0].tasks[0];
        let state = StateFolder::of(&cases[0].layout);
        state.create().unwrap();
        output::write(&state.record(&spec.id), "{}").unwrap();
        let forecast = of(&cases, folder.path(), 1);
        assert_eq!(forecast.kinds["germline"].done, 0, "without its output");
        output::write(&spec.outputs[0].path, "made").unwrap();
        let forecast = of(&cases, folder.path(), 1);
        let kind = forecast.kinds["germline"];
        assert_eq!((kind.cases, kind.done, kind.output_bytes), (1, 1, 40));
    }

    #[test]
    fn too_small_a_disk_is_refused_with_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let mut forecast = of(&cases(folder.path(), &[1000]), Path::new("out"), 1);
        forecast.out.bytes = forecast.needed_bytes() - 1;
        let error = forecast.refusal().unwrap();
        assert_eq!(error.kind(), ErrorKind::OutOfSpace);
        let words: Vec<_> = error.to_string().split_whitespace().map(str::to_owned).collect();
        assert_eq!(
            words.join(" "),
            "out: 4.39 KiB will be needed, 4.39 KiB are free \
             cases to do done outputs scratch memory core hours \
             germline 1 0 1.95 KiB 1000 B 1 B 0.01 \
             all, with what is added for safety: outputs 2.93 KiB; of 1 case at a time: outputs \
             that go once they are read 0 B, temporary files 1.46 KiB free at out: 4.39 KiB"
        );
        forecast.out.bytes += 1;
        assert!(forecast.refusal().is_none());
        let own = Free { folder: "scratch".into(), bytes: 1499, device: 0 };
        forecast.scratch = ScratchDisk::Own(own);
        let text = forecast.refusal().unwrap().to_string();
        assert!(text.starts_with("scratch: 1.46 KiB will be needed"), "{text}");
    }

    #[test]
    fn amounts_have_three_figures() {
        let text = [0, 1023, 1024, 10 << 20, 999 << 20, 1023 << 20, 5 << 40].map(bytes);
        let expected = ["0 B", "1023 B", "1.00 KiB", "10.0 MiB", "999 MiB", "1.00 GiB", "5.00 TiB"];
        assert_eq!(text, expected);
    }
}
