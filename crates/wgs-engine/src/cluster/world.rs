//! What a controller sees of the world apart from jobs: time, and room on a disk.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// Time and disks. Tests and simulations have one in which a day passes at once.
pub trait World {
    /// Time since some moment, by a clock that nobody sets.
    fn now(&self) -> Duration;

    /// Waits; less long where `wake` says so, which is asked now and then.
    fn pause(&self, time: Duration, wake: &mut dyn FnMut() -> bool);

    /// Bytes that are free for us where a folder is; nothing where that cannot be told.
    fn free_bytes(&self, folder: &Path) -> Option<u64>;
}

/// The world as it is.
#[derive(Clone, Copy, Debug)]
pub struct RealWorld(Instant);

impl Default for RealWorld {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl World for RealWorld {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn pause(&self, time: Duration, wake: &mut dyn FnMut() -> bool) {
        let end = Instant::now() + time;
        while !wake() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(Duration::from_millis(100)));
        }
    }

    fn free_bytes(&self, folder: &Path) -> Option<u64> {
        let stat = nix::sys::statvfs::statvfs(folder).ok()?;
        Some(stat.blocks_available() * stat.fragment_size())
    }
}
