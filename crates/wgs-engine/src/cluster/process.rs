//! Processes of this machine, told apart from later ones that get the same number.

use std::fs;

use serde::{Deserialize, Serialize};

/// This machine since it was started, as far as one process sees another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Host {
    /// Its name.
    pub(super) name: String,
    /// Another one after each start of the machine.
    pub(super) boot: String,
    /// Another one in each container.
    pub(super) processes: String,
}

impl Host {
    pub(super) fn here() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        let space = fs::read_link("/proc/self/ns/pid");
        Self {
            name: read("/proc/sys/kernel/hostname"),
            boot: read("/proc/sys/kernel/random/boot_id"),
            processes: space.map(|p| p.to_string_lossy().into_owned()).unwrap_or_default(),
        }
    }
}

/// When a process started, in ticks since its machine did; nothing where there is none that lives.
pub(super) fn start_of(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program, in parentheses, may hold anything.
    let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
    let is_gone = matches!(*fields.first()?, "Z" | "X" | "x");
    (!is_gone).then(|| fields.get(19)?.parse().ok()).flatten()
}

/// Whether a process that started then still lives.
pub(super) fn is_alive(pid: u32, start: u64) -> bool {
    start_of(pid) == Some(start)
}

/// Digits that no other process draws.
pub(super) fn nonce() -> String {
    use std::io::Read;
    let mut bytes = [0u8; 8];
    let drawn = fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    if drawn.is_err() {
        let time = jiff::Timestamp::now().as_nanosecond() as u64;
        bytes = (time ^ u64::from(std::process::id()) << 40).to_le_bytes();
    }
    wgs_formats::digest::hex(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_number_and_start() {
        let own = std::process::id();
        let start = start_of(own).unwrap();
        assert!(is_alive(own, start));
        assert!(!is_alive(own, start + 1));
        assert_eq!(start_of(u32::MAX), None);
        assert_ne!(nonce(), nonce());
        assert_eq!(nonce().len(), 16);
    }
}
