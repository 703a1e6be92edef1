//! Reads files in parallel, and remembers what was found in each as soon as it is known.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::channel,
    },
    thread,
};

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use crate::{
    content::{Content, Look, inspect},
    journal::Journal,
    scan::Stat,
};

/// A file to be read.
pub(crate) struct Job<'a> {
    pub(crate) file: String,
    pub(crate) path: PathBuf,
    pub(crate) stat: Stat,
    pub(crate) look: Look<'a>,
}

/// How the reading of a file ended.
pub(crate) enum Outcome {
    Read(Box<Content>),
    /// It changed meanwhile, or has gone.
    Changed,
    /// It could not be read now, which says nothing of what it holds.
    Unreadable(String),
}

/// Reads files with some threads, the largest first. The journal names them by `key`.
///
/// # Errors
///
/// If the journal cannot be written, or on request to stop.
pub(crate) fn check_all(
    mut jobs: Vec<Job>,
    threads: usize,
    journal: &mut Journal,
    key: impl Fn(&str) -> String,
) -> Result<BTreeMap<String, Outcome>> {
    jobs.sort_by(|a, b| b.stat.size.cmp(&a.stat.size).then_with(|| a.file.cmp(&b.file)));
    let next = AtomicUsize::new(0);
    let (done, results) = channel();
    let (jobs, next) = (&jobs, &next);
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, jobs.len().max(1)) {
            let done = done.clone();
            scope.spawn(move || {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Who waits for it has failed, and ends this thread.
                    if done.send((job, inspect(&job.path, &job.stat, job.look))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        let mut outcomes = BTreeMap::new();
        for (job, result) in results {
            let outcome = match result {
                Ok(Some(content)) => {
                    journal.put_checked(&key(&job.file), job.stat, content.clone())?;
                    Outcome::Read(Box::new(content))
                }
                Ok(None) => Outcome::Changed,
                Err(e) => of_error(&e).ok_or(e)?,
            };
            outcomes.insert(job.file.clone(), outcome);
        }
        Ok(outcomes)
    })
}

/// An error of one file does not end the check of the others, the request to stop does.
fn of_error(error: &FileError) -> Option<Outcome> {
    match error.kind() {
        ErrorKind::Interrupted => None,
        ErrorKind::NotFound => Some(Outcome::Changed),
        _ => {
            let (text, place) = (error.to_string(), format!("{}: ", error.path().display()));
            Some(Outcome::Unreadable(text.strip_prefix(&place).unwrap_or(&text).to_owned()))
        }
    }
}
