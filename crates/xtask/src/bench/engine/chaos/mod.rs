//! The cases once more, while processes are killed, nodes and the scheduler fail, the disk is full
//! for a while, and files vanish or change. All must end, with the same bytes as undisturbed.

mod fault;
mod outage;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde::Serialize;
use wgs_formats::output;
use wgs_testkit::Random;

use self::{
    fault::{Fault, Site},
    outage::Outages,
};
use super::{
    Options,
    cohort::Cohort,
    lab::Lab,
    packing::{arguments, files, results},
};
use crate::{
    Error,
    bench::{
        process::{Pipeline, Used, command},
        say,
        target::Target,
    },
};

/// How often the drill submits again after the faults before it gives up.
const MAX_SUBMISSIONS: usize = 10;
/// Milliseconds between two faults.
const PAUSE_MS: Range<u32> = 500..4000;

/// What came of it.
#[derive(Serialize)]
pub(super) struct Figures {
    cases: usize,
    /// How many faults of each kind had something to hit.
    faults: BTreeMap<&'static str, usize>,
    /// How often somebody had to submit again, because the controller was killed or gave up.
    submissions: usize,
    /// Submissions after the last fault until nothing was left to do.
    submissions_after: usize,
    wall_s: f64,
    /// Of it, until the controller that the last fault met had ended.
    disturbed_s: f64,
    undisturbed_s: f64,
    /// Files that differ from those of the undisturbed run, or are there in one only.
    differing: Vec<PathBuf>,
    /// Unfinished files that were left behind.
    leftovers: Vec<PathBuf>,
    /// Cases whose record tells of no success.
    unfinished: Vec<String>,
}

impl Figures {
    pub(super) fn targets(&self) -> Vec<Target> {
        let faults = self.faults.values().sum::<usize>() as f64;
        let count = |what: &[PathBuf]| what.len() as f64;
        vec![
            Target::at_least("faults that hit", faults, 100.0, ""),
            Target::at_most("cases that did not end", self.unfinished.len() as f64, 0.0, ""),
            Target::at_most("files that differ after the drill", count(&self.differing), 0.0, ""),
            Target::at_most("unfinished files after the drill", count(&self.leftovers), 0.0, ""),
        ]
    }

    pub(super) fn text(&self) -> String {
        let faults: Vec<_> = self.faults.iter().map(|(name, n)| format!("{name} {n}")).collect();
        format!(
            "Chaos drill: {} cases in {:.0} s with faults ({}; {:.0} s while they came), {:.0} s without. Submitted {} times \
             while faults came, {} times after. {} files differ, {} were left unfinished, {} cases \
             did not end.\n\n",
            self.cases,
            self.wall_s,
            faults.join(", "),
            self.disturbed_s,
            self.undisturbed_s,
            self.submissions,
            self.submissions_after,
            self.differing.len(),
            self.leftovers.len(),
            self.unfinished.len(),
        )
    }
}

/// Runs the cases with faults, and compares what comes out with what came without.
pub(super) fn drill(
    options: &Options,
    (calm, undisturbed): (&Path, Used),
    cohort: &Cohort,
    lab: &Lab,
    binary: &Path,
    room: &Path,
) -> Result<Figures, Error> {
    say("cases with faults");
    let site = Site::new(&room.join("disturbed"), lab, options.nodes)?;
    let clock = Instant::now();
    let log = room.join("disturbed.log");
    let again = || run(binary, cohort, lab, site.out());
    let (faults, submissions) = disturb(options, &site, again, &log)?;
    let disturbed_s = clock.elapsed().as_secs_f64();
    let submissions_after = finish(&site, again, &log)?;
    let wall_s = clock.elapsed().as_secs_f64();
    let (before, after) = (results(calm)?, results(site.out())?);
    let paths: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let differing = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
    let is_partial = |path: &PathBuf| path.to_string_lossy().contains(".partial-");
    let ended = |case: &String| {
        let record = site.out().join(case).join("run.json");
        let record: Option<serde_json::Value> = output::read_json(&record).ok();
        record.is_some_and(|record| record["state"] == "succeeded")
    };
    let cases = cohort.sheets.iter().map(|(case, _)| case.clone());
    Ok(Figures {
        cases: cohort.sheets.len(),
        faults,
        submissions,
        submissions_after,
        wall_s,
        disturbed_s,
        undisturbed_s: undisturbed.wall_s,
        differing: differing.cloned().collect(),
        leftovers: files(site.out())?.into_iter().filter(is_partial).collect(),
        unfinished: cases.filter(|case| !ended(case)).collect(),
    })
}

/// Lets faults come while the cases run, and submits again whenever nobody is left who controls them;
/// how many of each kind had something to hit, and how often it was submitted.
fn disturb(
    options: &Options,
    site: &Site<'_>,
    run: impl Fn() -> Command,
    log: &Path,
) -> Result<(BTreeMap<&'static str, usize>, usize), Error> {
    let mut random = Random::new(options.seed, "chaos");
    let (mut faults, mut submissions) = (BTreeMap::new(), 0);
    let mut controller: Option<Child> = None;
    thread::scope(|scope| -> Result<(), Error> {
        let mut outages = Outages::new(scope);
        while faults.values().sum::<usize>() < options.faults {
            if controller.as_mut().is_none_or(|child| child.try_wait().is_ok_and(|s| s.is_some())) {
                let mut command = run();
                command.stdin(Stdio::null()).stdout(Stdio::null());
                command.stderr(std::fs::OpenOptions::new().create(true).append(true).open(log)?);
                controller = Some(command.spawn()?);
                submissions += 1;
            }
            thread::sleep(Duration::from_millis(u64::from(random.within(PAUSE_MS))));
            let fault = Fault::draw(&mut random);
            if site.inflict(fault, &mut random, &mut outages)? {
                say(&format!("fault {}: {}", faults.values().sum::<usize>() + 1, fault.name()));
                *faults.entry(fault.name()).or_insert(0) += 1;
            }
        }
        outages.end()
    })?;
    if let Some(mut child) = controller {
        child.wait()?;
    }
    Ok((faults, submissions))
}

/// Submits, with every file looked at again, until a submission succeeds; how often that took.
fn finish(site: &Site<'_>, run: impl Fn() -> Command, log: &Path) -> Result<usize, Error> {
    for submission in 1..=MAX_SUBMISSIONS {
        let mut again = run();
        again.arg("--verify");
        if Pipeline::new(log.with_extension("after.log"), [again]).exit_code()? == Some(0) {
            return Ok(submission);
        }
    }
    let out = site.out().display();
    Err(format!("{out}: not done after {MAX_SUBMISSIONS} submissions").into())
}

fn run(binary: &Path, cohort: &Cohort, lab: &Lab, out: &Path) -> Command {
    let mut run = command(binary, ["run", "--executor", "slurm"]);
    arguments(&mut run, &cohort.sheet, cohort, out);
    lab.reach(&mut run);
    run
}
