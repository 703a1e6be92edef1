//! Who controls a run: one process at a time, on whatever machine, by files alone.
//!
//! The files `lease/1`, `lease/2`, … are made by hard links, which either are made or fail, on every
//! file system that machines share. The highest number counts, and is never removed: to take over
//! is to make the next one. Its owner rewrites it every few seconds with a counter. Whether an owner
//! is alive, its own machine tells by its process; another machine by whether the counter moves in
//! a time that it measures by itself. No clock is compared with another's.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result, output};

use super::{
    RunFiles,
    process::{self, Host},
};
use crate::{Stop, Time};

/// Time between heartbeats.
const BEAT: Duration = Duration::from_secs(5);
/// Heartbeats that may be missed.
const MISSED: u32 = 6;

/// What a lease file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owner {
    host: Host,
    pid: u32,
    /// Ticks.
    process_start: u64,
    /// No other lease has it.
    nonce: String,
    /// For people.
    since: Time,
    beat: u64,
    /// Whether its owner gave it up.
    released: bool,
}

impl Owner {
    fn new() -> Self {
        let pid = std::process::id();
        Self {
            host: Host::here(),
            pid,
            process_start: process::start_of(pid).unwrap_or_default(),
            nonce: process::nonce(),
            since: Time::now(),
            beat: 0,
            released: false,
        }
    }

    /// Whether the owner lives, where this machine can tell.
    pub(super) fn is_alive(&self) -> Option<bool> {
        if self.released {
            return Some(false);
        }
        let here = Host::here();
        // Another boot may be another machine of the same name: its heartbeat is waited for.
        (self.host == here).then(|| process::is_alive(self.pid, self.process_start))
    }

    /// For people.
    pub(super) fn describe(&self) -> String {
        format!("process {} on {}, since {}", self.pid, self.host.name, self.since)
    }
}

/// Makes sure that nobody else controls a run, until it is dropped.
#[derive(Debug)]
pub struct Lease {
    place: Arc<Place>,
    end: Option<mpsc::Sender<()>>,
    heart: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Place {
    folder: PathBuf,
    number: u64,
    owner: Mutex<Owner>,
    lost: AtomicBool,
}

impl Lease {
    /// Takes a run. Where another machine has it, waits until it is known whether it is alive.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Permission`] with its owner where somebody has it; [`ErrorKind::Interrupted`];
    /// a folder that cannot be written.
    pub fn take(files: &RunFiles, stop: &Stop) -> Result<Self> {
        Self::take_with(files, stop, BEAT)
    }

    fn take_with(files: &RunFiles, stop: &Stop, beat: Duration) -> Result<Self> {
        let folder = files.leases();
        output::create_folder(&folder)?;
        loop {
            let before = newest(&folder)?;
            if let Some((_, owner)) = &before
                && lives(&folder, owner, beat, stop)?
            {
                return Err(refusal(&folder, owner));
            }
            let number = before.map_or(1, |(number, _)| number + 1);
            let owner = Owner::new();
            if !create(&folder, number, &owner)? {
                continue;
            }
            if newest_number(&folder)? != Some(number) {
                remove(&file(&folder, number))?;
                continue;
            }
            remove_older(&folder, number)?;
            let lost = AtomicBool::new(false);
            let place = Arc::new(Place { folder, number, owner: Mutex::new(owner), lost });
            return Ok(Self::beating(place, beat));
        }
    }

    fn beating(place: Arc<Place>, beat: Duration) -> Self {
        let (end, ended) = mpsc::channel::<()>();
        let own = Arc::clone(&place);
        let run = move || {
            while ended.recv_timeout(beat) == Err(RecvTimeoutError::Timeout) {
                // A full disk must not end the run: the next beat may get through.
                let _ = own.rewrite(|owner| owner.beat += 1);
            }
        };
        let heart = thread::Builder::new().name("heartbeat".into()).spawn(run).ok();
        Self { place, end: Some(end), heart }
    }

    /// Who holds it, for people.
    pub fn owner(&self) -> String {
        self.place.owner.lock().unwrap_or_else(PoisonError::into_inner).describe()
    }

    /// Digits that no other lease has.
    pub fn nonce(&self) -> String {
        self.place.owner.lock().unwrap_or_else(PoisonError::into_inner).nonce.clone()
    }

    /// Fails where somebody else took the run, because this process seemed to be dead.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Permission`] with the new owner.
    pub fn check(&self) -> Result<()> {
        let now = newest(&self.place.folder)?;
        let is_own = now.as_ref().is_some_and(|(number, owner)| {
            *number == self.place.number && owner.nonce == self.nonce()
        });
        if is_own && !self.place.lost.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.place.lost.store(true, Ordering::SeqCst);
        let who = now.map_or_else(|| "nobody".into(), |(_, owner)| owner.describe());
        let reason = format!("the run was taken over by another controller ({who})");
        Err(FileError::new(&self.place.folder, ErrorKind::Permission, reason))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(heart) = self.heart.take() {
            // A heart that panicked has stopped as well.
            let _ = heart.join();
        }
        // Where it cannot be given up, it is free once this process is seen to be dead.
        let _ = self.place.rewrite(|owner| owner.released = true);
    }
}

impl Place {
    fn rewrite(&self, change: impl FnOnce(&mut Owner)) -> Result<()> {
        let mut owner = self.owner.lock().unwrap_or_else(PoisonError::into_inner);
        if newest_number(&self.folder)? != Some(self.number) {
            self.lost.store(true, Ordering::SeqCst);
        }
        if self.lost.load(Ordering::SeqCst) {
            return Ok(());
        }
        change(&mut owner);
        output::write_json(&file(&self.folder, self.number), &*owner)
    }
}

/// Who controls a run, as far as its files tell; nothing where nobody ever did.
pub(super) fn owner(files: &RunFiles) -> Result<Option<Owner>> {
    Ok(newest(&files.leases())?.map(|(_, owner)| owner))
}

/// Fails where a run has an owner that lives, or may live.
pub(super) fn refuse_if_held(files: &RunFiles, stop: &Stop) -> Result<()> {
    let folder = files.leases();
    match newest(&folder)? {
        Some((_, owner)) if lives(&folder, &owner, BEAT, stop)? => Err(refusal(&folder, &owner)),
        _ => Ok(()),
    }
}

fn refusal(folder: &Path, owner: &Owner) -> FileError {
    let reason = format!("another controller ({}) controls this run", owner.describe());
    let hint = "wait for its end, or end it by `wgs-pipe cancel` or by its process number";
    FileError::new(folder, ErrorKind::Permission, reason).hint(hint)
}

/// Whether an owner lives; where its process cannot be seen, its heartbeat is watched.
fn lives(folder: &Path, owner: &Owner, beat: Duration, stop: &Stop) -> Result<bool> {
    if let Some(alive) = owner.is_alive() {
        return Ok(alive);
    }
    let slice = beat / 10;
    for _ in 0..10 * MISSED {
        if stop.is_requested() {
            return Err(FileError::new(folder, ErrorKind::Interrupted, "interrupted"));
        }
        thread::sleep(slice);
        match newest(folder)? {
            Some((_, now)) if now.released => return Ok(false),
            Some((_, now)) if now == *owner => {}
            _ => return Ok(true),
        }
    }
    Ok(false)
}

fn file(folder: &Path, number: u64) -> PathBuf {
    folder.join(number.to_string())
}

fn newest_number(folder: &Path) -> Result<Option<u64>> {
    Ok(numbers(folder)?.into_iter().max())
}

fn numbers(folder: &Path) -> Result<Vec<u64>> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|e| FileError::io(folder, e))?,
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    Ok(names.collect())
}

fn newest(folder: &Path) -> Result<Option<(u64, Owner)>> {
    // A file may go between its being listed and its being read, when a newer one is made.
    for _ in 0..5 {
        let Some(number) = newest_number(folder)? else { return Ok(None) };
        match output::read_json(&file(folder, number)) {
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            read => return Ok(Some((number, read?))),
        }
    }
    Err(FileError::new(folder, ErrorKind::TaskFailed, "changes too often to be read"))
}

/// Makes a lease file; whether it was not there before.
fn create(folder: &Path, number: u64, owner: &Owner) -> Result<bool> {
    let whole = folder.join(format!(".new-{}", owner.nonce));
    output::write_json(&whole, owner)?;
    let path = file(folder, number);
    let linked = fs::hard_link(&whole, &path);
    // A server may have made the link and lost the answer: then the file has two names.
    let made = linked.is_ok() || links(&whole) == 2;
    remove(&whole)?;
    match linked {
        _ if made => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(e) => Err(FileError::io(&path, e)),
        Ok(()) => Ok(true),
    }
}

fn links(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).map_or(0, |metadata| metadata.nlink())
}

fn remove_older(folder: &Path, number: u64) -> Result<()> {
    let mut older = numbers(folder)?;
    older.retain(|&n| n < number);
    older.into_iter().try_for_each(|n| {
        output::remove_partials(&file(folder, n))?;
        remove(&file(folder, n))
    })
}

fn remove(path: &Path) -> Result<()> {
    crate::state::remove_file(path)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const FAST: Duration = Duration::from_millis(20);

    fn take(files: &RunFiles) -> Result<Lease> {
        Lease::take_with(files, &Stop::default(), FAST)
    }

    fn leave(files: &RunFiles, change: impl FnOnce(&mut Owner)) {
        let mut owner = Owner::new();
        change(&mut owner);
        let number = newest_number(&files.leases()).unwrap().unwrap_or(0) + 1;
        output::create_folder(&files.leases()).unwrap();
        assert!(create(&files.leases(), number, &owner).unwrap());
    }

    #[test]
    fn the_second_is_refused_and_told_by_whom() {
        let folder = tempfile::tempdir().unwrap();
        let files = RunFiles::of(folder.path());
        let first = take(&files).unwrap();
        first.check().unwrap();
        let error = take(&files).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Permission);
        let who = format!("process {} on {}", std::process::id(), Host::here().name);
        assert!(error.to_string().contains(&who), "{error}");
        refuse_if_held(&files, &Stop::default()).unwrap_err();
        drop(first);
        refuse_if_held(&files, &Stop::default()).unwrap();
        take(&files).unwrap().check().unwrap();
    }

    #[test]
    fn a_dead_process_of_this_machine_is_followed_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let files = RunFiles::of(folder.path());
        leave(&files, |owner| owner.process_start += 1);
        let start = Instant::now();
        let lease = Lease::take(&files, &Stop::default()).unwrap();
        assert!(start.elapsed() < BEAT);
        lease.check().unwrap();
    }

    #[test]
    fn on_another_machine_who_beats_lives_and_who_does_not_is_dead() {
        let folder = tempfile::tempdir().unwrap();
        let files = RunFiles::of(folder.path());
        leave(&files, |owner| owner.host.boot = "elsewhere".into());
        let start = Instant::now();
        let lease = take(&files).unwrap();
        assert!(start.elapsed() >= FAST * MISSED);
        drop(lease);

        leave(&files, |owner| owner.host.boot = "elsewhere".into());
        let (number, mut other) = newest(&files.leases()).unwrap().unwrap();
        let path = file(&files.leases(), number);
        let stop = Stop::default();
        let stopped = stop.clone();
        let beats = thread::spawn(move || {
            while !stopped.is_requested() {
                other.beat += 1;
                output::write_json(&path, &other).unwrap();
                thread::sleep(FAST);
            }
        });
        assert_eq!(take(&files).unwrap_err().kind(), ErrorKind::Permission);
        stop.request();
        beats.join().unwrap();
    }

    #[test]
    fn who_was_taken_for_dead_notices() {
        let folder = tempfile::tempdir().unwrap();
        let files = RunFiles::of(folder.path());
        let sleeper = take(&files).unwrap();
        leave(&files, |_| {});
        let error = sleeper.check().unwrap_err();
        assert!(error.to_string().contains("taken over"), "{error}");
        drop(sleeper);
        let (_, owner) = newest(&files.leases()).unwrap().unwrap();
        assert!(!owner.released);
    }

    #[test]
    fn of_many_at_one_time_one_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..10 {
            let files = RunFiles::of(&folder.path().join(round.to_string()));
            leave(&files, |owner| owner.released = true);
            let tries: Vec<_> = (0..8)
                .map(|_| {
                    let files = files.clone();
                    thread::spawn(move || take(&files))
                })
                .collect();
            let taken: Vec<_> = tries.into_iter().map(|t| t.join().unwrap()).collect();
            assert_eq!(taken.iter().filter(|lease| lease.is_ok()).count(), 1, "{taken:?}");
        }
    }
}
