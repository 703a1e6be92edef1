//! How a run over many machines begins: every case is checked before anything is written, then the
//! plans and the request are.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use nix::unistd::{AccessFlags, access};
use wgs_core::{CaseId, ErrorKind};
use wgs_formats::{FileError, Result, digest, output};
use wgs_task::Limits;

use super::{
    CancelRequest, CaseEntry, CaseFiles, Grain, Lease, REQUEST_SCHEMA, Request, RequestOptions,
    RunFiles, Shape, lease,
};
use crate::{CasePlan, Graph, Stop, Time, graph, state::StateFolder};

/// Cases on their way into a run folder.
///
/// First every case is [checked](Self::check), then every case is [written](Self::write), then the
/// submission is [finished](Self::finish). Plans are not kept in between, since there may be many.
/// From the first that is written to the end nobody else can submit into the folder or control it.
#[derive(Debug)]
pub struct Submission {
    out: PathBuf,
    grain: Grain,
    limits: Limits,
    shapes: BTreeMap<Shape, usize>,
    cases: Vec<CaseEntry>,
    seen: BTreeSet<CaseId>,
    /// Outputs that are not in the folder of their case, with the case.
    elsewhere: BTreeMap<PathBuf, CaseId>,
    stop: Stop,
    lease: Option<Lease>,
}

impl Submission {
    /// Begins. `limits` are what the tasks of one job may use.
    ///
    /// # Errors
    ///
    /// A run folder that somebody controls.
    pub fn begin(out: &Path, grain: Grain, limits: Limits, stop: &Stop) -> Result<Self> {
        lease::refuse_if_held(&RunFiles::of(out), stop)?;
        Ok(Self {
            out: out.to_owned(),
            grain,
            limits,
            shapes: BTreeMap::new(),
            cases: Vec::new(),
            seen: BTreeSet::new(),
            elsewhere: BTreeMap::new(),
            stop: stop.clone(),
            lease: None,
        })
    }

    /// Checks a case and takes it up; nothing is written.
    ///
    /// # Errors
    ///
    /// What [`run`](crate::run) refuses.
    pub fn check(&mut self, plan: &CasePlan) -> Result<()> {
        self.heed_stop()?;
        let case = &plan.case.id;
        let wrong = |path: &Path, reason| FileError::new(path, ErrorKind::Configuration, reason);
        if !self.seen.insert(case.clone()) {
            let reason = format!("two cases have the id {case}");
            return Err(wrong(plan.layout.folder(), reason));
        }
        graph::check_limits(plan, self.limits)?;
        for output in plan.tasks.iter().flat_map(|task| &task.outputs) {
            if !output.path.starts_with(plan.layout.folder())
                && let Some(other) = self.elsewhere.insert(output.path.clone(), case.clone())
            {
                let reason = format!("the cases {other} and {case} both promise it");
                return Err(wrong(&output.path, reason));
            }
        }
        let shape = Shape::of(plan, &Graph::of_case(plan)?, self.grain);
        let next = self.shapes.len();
        let shape = *self.shapes.entry(shape).or_insert(next);
        let plan = digest::sha256_bytes(&text(plan)?);
        self.cases.push(CaseEntry { case: case.clone(), plan, shape });
        Ok(())
    }

    /// Writes the plan of a case where it differs from the one that is there; whether it did.
    ///
    /// # Errors
    ///
    /// A folder that cannot be written, or that somebody took since.
    pub fn write(&mut self, plan: &CasePlan) -> Result<bool> {
        self.hold()?;
        StateFolder::of(&plan.layout).create()?;
        writable(plan.layout.folder())?;
        let files = CaseFiles::of(&plan.layout);
        let (path, text) = (files.plan(), text(plan)?);
        output::remove_partials(&path)?;
        if std::fs::read(&path).is_ok_and(|before| before == text) {
            return Ok(false);
        }
        output::write(&path, text).map(|()| true)
    }

    fn heed_stop(&self) -> Result<()> {
        match self.stop.is_requested() {
            true => Err(FileError::new(&self.out, ErrorKind::Interrupted, "nothing is submitted")),
            false => Ok(()),
        }
    }

    /// Keeps others away. What is only checked writes nothing, so it does not.
    fn hold(&mut self) -> Result<()> {
        match &self.lease {
            Some(lease) => lease.check(),
            None => {
                self.heed_stop()?;
                let files = RunFiles::of(&self.out);
                output::create_folder(&self.out)?;
                writable(&self.out)?;
                self.lease = Some(Lease::take(&files, &self.stop)?);
                Ok(())
            }
        }
    }

    /// Writes the request; from now on a controller can take up the run.
    ///
    /// # Errors
    ///
    /// A folder that cannot be written.
    pub fn finish(mut self, options: RequestOptions) -> Result<Request> {
        self.hold()?;
        let files = RunFiles::of(&self.out);
        output::create_folder(&files.folder().join("batches"))?;
        writable(files.folder())?;
        let before = Request::read_if_any(&files)?.map_or(0, |request| request.submission);
        let mut shapes: Vec<_> = self.shapes.into_iter().collect();
        shapes.sort_by_key(|(_, place)| *place);
        let request = Request {
            schema: REQUEST_SCHEMA.into(),
            submission: before + 1,
            created: Time::now(),
            options,
            shapes: shapes.into_iter().map(|(shape, _)| shape).collect(),
            cases: self.cases,
        };
        output::remove_partials(&files.request())?;
        output::write_json(&files.request(), &request)?;
        // A wish to end the run was about the submission before.
        CancelRequest::remove_all(&files)?;
        Ok(request)
    }
}

fn text(plan: &CasePlan) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec(plan)
        .map_err(|e| FileError::invalid(plan.layout.folder(), e.to_string()))?;
    text.push(b'\n');
    Ok(text)
}

fn writable(folder: &Path) -> Result<()> {
    access(folder, AccessFlags::W_OK | AccessFlags::X_OK)
        .map_err(|e| FileError::io(folder, e.into()).hint("choose another output folder"))
}
