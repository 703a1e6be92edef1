//! Amounts of memory: as people write them, and as this machine has them.

use std::{fs, path::Path, str::FromStr};

/// An amount of memory in bytes, written `8G`, `512M` or `1.5T` (powers of 1024).
///
/// ```
/// use wgs_pipe::memory::MemorySize;
/// assert_eq!("8G".parse::<MemorySize>()?.0, 8 << 30);
/// assert!("8 apples".parse::<MemorySize>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemorySize(pub u64);

/// The least that is worth a try; a stage that needs more says how much.
const LEAST: u64 = 512 << 20;

impl FromStr for MemorySize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
            "" | "B" => 0,
            "K" | "KB" | "KIB" => 10,
            "M" | "MB" | "MIB" => 20,
            "G" | "GB" | "GIB" => 30,
            "T" | "TB" | "TIB" => 40,
            unit => return Err(format!("unknown unit {unit:?}; expected K, M, G or T")),
        };
        let number: f64 =
            digits.trim().parse().map_err(|_| format!("{digits:?} is not a number"))?;
        let bytes = number * (1u64 << shift) as f64;
        if !(bytes >= LEAST as f64 && bytes < 1e18) {
            return Err("expected at least 512M".to_owned());
        }
        Ok(Self(bytes as u64))
    }
}

/// 80% of the memory that is available to this process now: of the machine's, or of its control
/// group's limit where that is less. A batch system's allocation is respected that way.
pub fn default_memory() -> MemorySize {
    let machine = meminfo_available().unwrap_or(4 << 30);
    let limit = cgroup_limit().unwrap_or(u64::MAX);
    MemorySize((machine.min(limit) / 5 * 4).max(LEAST))
}

/// `MemAvailable` in bytes.
pub fn meminfo_available() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|l| l.starts_with("MemAvailable:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib << 10)
}

/// The least limit of the control groups that this process is in, and of those above them; of
/// version 2 and of version 1.
fn cgroup_limit() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    groups.lines().filter_map(limit_of_line).min()
}

/// The least limit along one line of `/proc/self/cgroup`: `ID:CONTROLLERS:PATH`.
fn limit_of_line(line: &str) -> Option<u64> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (controllers, path) = (fields.next()?, fields.next()?);
    let (root, file) = match controllers {
        "" => ("/sys/fs/cgroup", "memory.max"),
        _ if controllers.split(',').any(|name| name == "memory") => {
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
        }
        _ => return None,
    };
    let limit = |group: &Path| -> Option<u64> {
        let folder = Path::new(root).join(group.strip_prefix("/").unwrap_or(group));
        fs::read_to_string(folder.join(file)).ok()?.trim().parse().ok()
    };
    Path::new(path).ancestors().filter_map(limit).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        let parse = |text: &str| text.parse::<MemorySize>();
        assert_eq!(parse("1.5g"), Ok(MemorySize(3 << 29)));
        assert_eq!(parse("2048MiB"), Ok(MemorySize(2 << 30)));
        for wrong in ["", "G", "-8G", "8X", "1M", "NaNG", "1e30T"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
