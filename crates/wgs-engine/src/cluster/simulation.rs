//! An executor of jobs that only pretend to run, and a world in which their time passes at once.
//!
//! It shows what a controller does with any number of cases, and with whatever befalls them.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::Path,
    rc::Rc,
    time::Duration,
};

use wgs_formats::output;

use super::{
    Batch, Cause, ENDING_SCHEMA, Ending, Executor, JobRef, JobReport, JobState, Most, Needs, Order,
    Pace, Placement, Refusal, UnitResult, World,
};
use crate::{Time, events::FailureEntry};

/// A world whose time passes only while somebody waits. Copies share it.
#[derive(Clone, Debug, Default)]
pub struct SimulatedWorld {
    now: Rc<Cell<Duration>>,
    free_bytes: Rc<Cell<Option<u64>>>,
    pauses: Rc<Cell<u64>>,
}

impl SimulatedWorld {
    /// Sets how much is free on every disk.
    pub fn set_free_bytes(&self, bytes: u64) {
        self.free_bytes.set(Some(bytes));
    }

    /// How often somebody waited.
    pub fn pauses(&self) -> u64 {
        self.pauses.get()
    }
}

impl World for SimulatedWorld {
    fn now(&self) -> Duration {
        self.now.get()
    }

    fn pause(&self, time: Duration, wake: &mut dyn FnMut() -> bool) {
        self.pauses.set(self.pauses.get() + 1);
        if !wake() {
            self.now.set(self.now.get() + time);
        }
    }

    fn free_bytes(&self, _folder: &Path) -> Option<u64> {
        self.free_bytes.get()
    }
}

/// What becomes of a job.
#[derive(Clone, Debug)]
pub struct Course {
    /// How long it runs.
    pub time: Duration,
    /// Why it ends, as the executor says.
    pub cause: Cause,
    /// What its process says in its ending; nothing where it leaves none.
    pub result: Option<UnitResult>,
    /// Which quality gate its case misses.
    pub missed_gate: Option<FailureEntry>,
}

impl Course {
    /// All goes well.
    pub fn good(time: Duration) -> Self {
        let result = Some(UnitResult::Done { ran: 1, reused: 0 });
        Self { time, cause: Cause::Completed, result, missed_gate: None }
    }
}

/// Decides what becomes of a job.
pub type Script = Box<dyn FnMut(&Order, Needs) -> Course>;
/// Decides whether a batch is taken.
pub type Door = Box<dyn FnMut(&Batch) -> Result<(), Refusal>>;

/// An executor that other controllers can take over: copies share its jobs.
#[derive(Clone)]
pub struct Simulation(Rc<RefCell<Jobs>>);

struct Jobs {
    world: SimulatedWorld,
    script: Script,
    door: Door,
    most: Most,
    max_batch: usize,
    capacity: usize,
    jobs: BTreeMap<u64, Job>,
    next: u64,
    tokens: BTreeMap<String, Vec<JobRef>>,
    ready: VecDeque<u64>,
    /// Those that wait for a job.
    waiters: BTreeMap<u64, Vec<u64>>,
    running: BTreeSet<(Duration, u64)>,
    most_running: usize,
    ran: u64,
    cancelled: Vec<JobRef>,
}

struct Job {
    /// Nothing when it is over.
    what: Option<Box<(Order, Course)>>,
    waits_for: usize,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Waiting,
    Running,
    Over(Cause),
}

impl Simulation {
    /// An executor that runs so many jobs at one time, each as the script says.
    pub fn new(world: &SimulatedWorld, capacity: usize, max_batch: usize, script: Script) -> Self {
        Self(Rc::new(RefCell::new(Jobs {
            world: world.clone(),
            script,
            door: Box::new(|_| Ok(())),
            most: Most::default(),
            max_batch,
            capacity,
            jobs: BTreeMap::new(),
            next: 0,
            tokens: BTreeMap::new(),
            ready: VecDeque::new(),
            waiters: BTreeMap::new(),
            running: BTreeSet::new(),
            most_running: 0,
            ran: 0,
            cancelled: Vec::new(),
        })))
    }

    /// Sets who decides whether a batch is taken.
    pub fn set_door(&self, door: Door) {
        self.0.borrow_mut().door = door;
    }

    /// Sets the most that a job can have.
    pub fn set_most(&self, most: Most) {
        self.0.borrow_mut().most = most;
    }

    /// Jobs that wait or run.
    pub fn alive(&self) -> usize {
        let is_over = |job: &&Job| !matches!(job.stage, Stage::Over(_));
        self.0.borrow().jobs.values().filter(is_over).count()
    }

    /// Jobs whose end was asked for so far, also where they were over.
    pub fn cancelled(&self) -> Vec<JobRef> {
        self.0.borrow().cancelled.clone()
    }

    /// Jobs that ran to their end so far.
    pub fn ran(&self) -> u64 {
        self.0.borrow().ran
    }

    /// Most jobs that ran at one time.
    pub fn most_running(&self) -> usize {
        self.0.borrow().most_running
    }
}

fn number(job: &JobRef) -> Option<u64> {
    job.0.parse().ok()
}

impl Jobs {
    fn add(&mut self, order: Order, needs: Needs, after: &[JobRef]) -> JobRef {
        let id = self.next;
        self.next += 1;
        let course = (self.script)(&order, needs);
        let upstream = || after.iter().filter_map(number);
        let stage_of = |id: u64| self.jobs.get(&id).map(|job| job.stage.clone());
        let open = |stage: &Stage| !matches!(stage, Stage::Over(_));
        let bad = |stage: &Stage| !matches!(stage, Stage::Over(Cause::Completed)) && !open(stage);
        let doomed = upstream().filter_map(stage_of).any(|stage| bad(&stage));
        let waits: Vec<u64> =
            upstream().filter(|&up| stage_of(up).is_some_and(|stage| open(&stage))).collect();
        let stage = if doomed { Stage::Over(Cause::UpstreamFailed) } else { Stage::Waiting };
        for up in &waits {
            self.waiters.entry(*up).or_default().push(id);
        }
        if waits.is_empty() && !doomed {
            self.ready.push_back(id);
        }
        let what = Some(Box::new((order, course)));
        self.jobs.insert(id, Job { what, waits_for: waits.len(), stage });
        JobRef(id.to_string())
    }

    /// Lets the jobs do what they do until now.
    fn advance(&mut self) {
        let now = self.world.now();
        let mut time = Duration::ZERO;
        loop {
            self.start(time);
            let Some(&(end, id)) = self.running.first() else { break };
            if end > now {
                break;
            }
            self.running.remove(&(end, id));
            time = end;
            self.ran += 1;
            let Some((order, course)) = self.jobs.get(&id).and_then(|job| job.what.as_deref())
            else {
                continue;
            };
            leave_ending(order, course);
            let cause = course.cause.clone();
            self.end(id, cause);
        }
        self.start(now);
    }

    fn start(&mut self, time: Duration) {
        while self.running.len() < self.capacity
            && let Some(id) = self.ready.pop_front()
        {
            let Some(job) = self.jobs.get_mut(&id) else { continue };
            if job.stage == Stage::Waiting {
                job.stage = Stage::Running;
                let runs = job.what.as_ref().map_or(Duration::ZERO, |what| what.1.time);
                self.running.insert((time + runs, id));
                self.most_running = self.most_running.max(self.running.len());
            }
        }
    }

    fn end(&mut self, id: u64, cause: Cause) {
        let is_good = cause == Cause::Completed;
        if let Some(job) = self.jobs.get_mut(&id) {
            job.stage = Stage::Over(cause);
            job.what = None;
        }
        for waiter in self.waiters.remove(&id).unwrap_or_default() {
            let Some(job) = self.jobs.get_mut(&waiter) else { continue };
            if job.stage != Stage::Waiting {
                continue;
            }
            job.waits_for -= 1;
            if !is_good {
                self.end(waiter, Cause::UpstreamFailed);
            } else if job.waits_for == 0 {
                self.ready.push_back(waiter);
            }
        }
    }
}

#[expect(clippy::expect_used, reason = "a simulation without its files shows nothing")]
fn leave_ending(order: &Order, course: &Course) {
    let Some(result) = &course.result else { return };
    let time = Time::now();
    let ending = Ending {
        schema: ENDING_SCHEMA.into(),
        case: order.case.clone(),
        unit: order.unit.clone(),
        attempt: order.attempt,
        token: order.token.clone(),
        result: result.clone(),
        missed_gate: course.missed_gate.clone(),
        machine: "simulated".into(),
        started: time,
        finished: time,
        core_s: course.time.as_secs_f64(),
        task_core_s: course.time.as_secs_f64(),
        max_rss_bytes: 1,
    };
    output::create_folder(order.ending.parent().expect("it is a file")).expect("a folder is made");
    output::write_json(&order.ending, &ending).expect("an ending is written");
}

impl Executor for Simulation {
    fn name(&self) -> &'static str {
        "simulation"
    }

    fn submit(&mut self, batch: &Batch) -> Result<Vec<JobRef>, Refusal> {
        let mut jobs = self.0.borrow_mut();
        jobs.advance();
        if let Some(known) = jobs.tokens.get(&batch.token) {
            return Ok(known.clone());
        }
        (jobs.door)(batch)?;
        let mut refs = Vec::new();
        let orders = read_orders(&batch.file).map_err(|e| Refusal::Down(e.to_string()))?;
        for member in &batch.members {
            let order = orders.iter().find(|order| order.slot == member.slot);
            let order = order.ok_or_else(|| Refusal::Down("an order is missing".into()))?;
            refs.push(jobs.add(order.clone(), batch.needs, &member.after));
        }
        jobs.tokens.insert(batch.token.clone(), refs.clone());
        Ok(refs)
    }

    fn poll(&mut self, asked: &[JobRef]) -> Result<Vec<JobReport>, Refusal> {
        let mut jobs = self.0.borrow_mut();
        jobs.advance();
        let report = |job: &JobRef| {
            let state = match jobs.jobs.get(&number(job)?).map(|job| &job.stage) {
                None => JobState::Ended(Cause::Vanished),
                Some(Stage::Waiting) => JobState::Waiting(None),
                Some(Stage::Running) => JobState::Running,
                Some(Stage::Over(cause)) => JobState::Ended(cause.clone()),
            };
            Some(JobReport { job: job.clone(), state, placement: Placement::default() })
        };
        Ok(asked.iter().filter_map(report).collect())
    }

    fn cancel(&mut self, asked: &[JobRef]) -> Result<(), Refusal> {
        let mut jobs = self.0.borrow_mut();
        jobs.advance();
        jobs.cancelled.extend_from_slice(asked);
        for id in asked.iter().filter_map(number) {
            let is_over = jobs.jobs.get(&id).is_none_or(|job| matches!(job.stage, Stage::Over(_)));
            if !is_over {
                jobs.running.retain(|(_, other)| *other != id);
                jobs.end(id, Cause::Cancelled);
            }
        }
        Ok(())
    }

    fn most(&self, _threads: usize) -> Most {
        self.0.borrow().most
    }

    fn max_batch(&self) -> usize {
        self.0.borrow().max_batch
    }

    fn pace(&self) -> Pace {
        Pace { least: Duration::from_secs(1), most: Duration::from_secs(60) }
    }
}

fn read_orders(path: &Path) -> wgs_formats::Result<Vec<Order>> {
    use wgs_formats::FileError;
    let bytes = std::fs::read(path).map_err(|e| FileError::io(path, e))?;
    let lines = bytes.split(|&b| b == b'\n').filter(|line| !line.is_empty());
    let parse =
        |line| serde_json::from_slice(line).map_err(|e| FileError::invalid(path, e.to_string()));
    lines.map(parse).collect()
}
