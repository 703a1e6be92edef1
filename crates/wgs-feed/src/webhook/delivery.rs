//! The thread that delivers a feed while a run goes on.

use std::{
    collections::hash_map::RandomState,
    fs::File,
    hash::{BuildHasher, Hasher},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver},
    },
    time::{Duration, Instant},
};

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use super::{
    Webhook,
    cursor::{Batch, Cursor},
    post,
};

/// How much longer than the closing time the end may take at most, for what the thread does
/// besides requests.
const GRACE: Duration = Duration::from_secs(2);

/// A delivery that goes on.
pub(crate) struct Delivery {
    shared: Arc<Shared>,
    closing: Duration,
    feed: PathBuf,
    ended: Receiver<End>,
}

/// How a delivery ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Closed {
    /// Bytes that could not be delivered in time, and why.
    pub(crate) undelivered: Option<(u64, String)>,
    /// Whether lines of a feed that another took the place of may not be delivered.
    pub(crate) replaced: bool,
}

#[derive(Default)]
struct End {
    reason: Option<String>,
    replaced: bool,
}

#[derive(Default)]
struct Shared {
    flags: Mutex<Flags>,
    changed: Condvar,
}

#[derive(Clone, Copy, Default)]
struct Flags {
    /// Lines were added since the thread looked.
    written: bool,
    /// When the thread has to end.
    deadline: Option<Instant>,
}

impl Delivery {
    /// Starts with what earlier runs left.
    pub(crate) fn start(feed: &Path, webhook: Webhook) -> Result<Self> {
        let cursor = Cursor::read(feed)?;
        cursor.write(feed)?;
        let shared: Arc<Shared> = Arc::default();
        let (sender, ended) = mpsc::channel();
        let closing = webhook.timing.closing;
        let worker = Worker {
            feed: feed.to_owned(),
            file: None,
            cursor,
            replaced: false,
            webhook,
            shared: Arc::clone(&shared),
        };
        std::thread::Builder::new()
            .name("webhook".into())
            .spawn(move || {
                // Nobody listens any more when the end took too long.
                let _ = sender.send(worker.run());
            })
            .map_err(|e| FileError::new("webhook", ErrorKind::of_io(&e), e.to_string()))?;
        Ok(Self { shared, closing, feed: feed.to_owned(), ended })
    }

    /// Tells the thread that lines were added.
    pub(crate) fn wake(&self) {
        self.shared.flags().written = true;
        self.shared.changed.notify_one();
    }

    /// Waits for the end of the delivery, but not longer than the closing time.
    pub(crate) fn close(self) -> Closed {
        self.shared.flags().deadline = Some(Instant::now() + self.closing);
        self.shared.changed.notify_one();
        let ended = self.ended.recv_timeout(self.closing + GRACE);
        let bytes = Cursor::read(&self.feed).map_or(0, |cursor| cursor.behind(&self.feed));
        let End { reason, replaced } = ended.unwrap_or_else(|_| End {
            reason: Some("the receiver did not answer in time".to_owned()),
            replaced: false,
        });
        Closed { undelivered: reason.map(|reason| (bytes, reason)), replaced }
    }
}

impl Shared {
    fn flags(&self) -> MutexGuard<'_, Flags> {
        self.flags.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for lines or for the end of the run.
    fn wait_for_lines(&self) {
        let mut flags = self.flags();
        while !flags.written && flags.deadline.is_none() {
            flags = self.changed.wait(flags).unwrap_or_else(PoisonError::into_inner);
        }
        flags.written = false;
    }

    /// Waits a while; less when the run ends.
    fn pause(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut flags = self.flags();
        let closing_before = flags.deadline.is_some();
        loop {
            let until = flags.deadline.map_or(until, |deadline| deadline.min(until));
            let left = until.saturating_duration_since(Instant::now());
            let just_closed = flags.deadline.is_some() && !closing_before;
            if left.is_zero() || just_closed {
                return;
            }
            let waited = self.changed.wait_timeout(flags, left);
            flags = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.flags().deadline
    }
}

struct Worker {
    feed: PathBuf,
    /// The file that is being delivered, which may have another name by now.
    file: Option<File>,
    cursor: Cursor,
    replaced: bool,
    webhook: Webhook,
    shared: Arc<Shared>,
}

impl Worker {
    fn run(mut self) -> End {
        let reason = self.deliver_all();
        End { reason, replaced: self.replaced }
    }

    /// Delivers until the run ends and all is delivered, or time is up; what is wrong then.
    fn deliver_all(&mut self) -> Option<String> {
        let client = post::client();
        let timing = self.webhook.timing;
        let mut failures = 0;
        let mut problem = None;
        loop {
            // Lines may be added, and the end be asked for, while there were none to deliver.
            let is_closing = self.shared.deadline().is_some();
            match self.deliver(&client) {
                Ok(true) => (failures, problem) = (0, None),
                Ok(false) if is_closing => return None,
                Ok(false) => {
                    self.shared.wait_for_lines();
                    self.shared.pause(timing.gather);
                }
                Err(reason) => {
                    problem = Some(reason);
                    failures += 1;
                    self.shared.pause(backoff(timing.first_retry, timing.longest_retry, failures));
                }
            }
            let is_late = self.shared.deadline().is_some_and(|at| at <= Instant::now());
            if is_late && (problem.is_some() || self.cursor.behind(&self.feed) > 0) {
                return problem.or_else(|| Some("too much was left for the end".to_owned()));
            }
        }
    }

    /// Sends the next lines, if there are any.
    fn deliver(&mut self, client: &ureq::Agent) -> Result<bool, String> {
        let batch = self.next().map_err(|e| format!("{}: {e}", self.feed.display()))?;
        let Some(batch) = batch else { return Ok(false) };
        self.replaced |= batch.replaced;
        if !batch.lines.is_empty() {
            let left =
                self.shared.deadline().map(|at| at.saturating_duration_since(Instant::now()));
            let request = self.webhook.timing.request;
            // A timeout of nothing would be none at all.
            let timeout =
                left.map_or(request, |left| left.clamp(Duration::from_millis(1), request));
            post::send(client, &self.webhook, &batch, timeout)?;
        }
        batch.after.write(&self.feed).map_err(|e| e.to_string())?;
        self.cursor = batch.after;
        Ok(true)
    }
}

impl Worker {
    /// The next lines: of the file that is open, also when it was renamed, then of the one that has
    /// its name now.
    fn next(&mut self) -> io::Result<Option<Batch>> {
        let Some(file) = &mut self.file else {
            let file = self.file.insert(File::open(&self.feed)?);
            return self.cursor.next(file);
        };
        if let Some(batch) = self.cursor.next(file)? {
            return Ok(Some(batch));
        }
        let id = |file: &File| file.metadata().map(|m| (m.dev(), m.ino()));
        let now = match File::open(&self.feed) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            now => now?,
        };
        if id(file)? == id(&now)? {
            return Ok(None);
        }
        // What was added between these looks, before there was another.
        if let Some(batch) = self.cursor.next(file)? {
            return Ok(Some(batch));
        }
        self.cursor = self.cursor.of_new_file();
        self.cursor.next(self.file.insert(now))
    }
}

/// Twice as long after each failure, up to the longest, of which chance takes up to a half away:
/// senders whose receiver was down do not come back all at once.
fn backoff(first: Duration, longest: Duration, failures: u32) -> Duration {
    let doubled = first.saturating_mul(1_u32.checked_shl(failures - 1).unwrap_or(u32::MAX));
    let chance = RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64;
    doubled.min(longest).mul_f64(1.0 - chance / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_between_attempts_doubles_up_to_the_longest() {
        let (first, longest) = (Duration::from_secs(1), Duration::from_secs(300));
        for (failures, seconds) in [(1, 1), (2, 2), (5, 16), (9, 256), (10, 300), (99, 300)] {
            let wait = backoff(first, longest, failures);
            let full = Duration::from_secs(seconds);
            assert!(wait <= full && wait >= full / 2, "{failures}: {wait:?}");
        }
    }
}
