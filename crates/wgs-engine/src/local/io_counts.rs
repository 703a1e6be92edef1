//! What a process reads and writes, as the system counts it.

use std::{fs::File, io::Read};

use crate::Io;

/// `/proc/PID/io`, opened while the process lives: it tells also of a zombie, with what the
/// children did that it waited for, but a zombie's belongs to root and may no longer be opened.
#[derive(Debug)]
pub(super) struct IoCounts(File);

impl IoCounts {
    /// The counts of a process; none where the system has none or does not show them.
    pub(super) fn of(pid: u32) -> Option<Self> {
        File::open(format!("/proc/{pid}/io")).ok().map(Self)
    }

    /// The counts as they are now.
    pub(super) fn read(mut self) -> Option<Io> {
        let mut text = String::new();
        self.0.read_to_string(&mut text).ok()?;
        parse(&text)
    }
}

/// Reads the form of proc_pid_io(5).
fn parse(text: &str) -> Option<Io> {
    let count = |name: &str| {
        let mut fields = text.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| *field == name)?.1.trim().parse::<u64>().ok()
    };
    Some(Io {
        read_bytes: count("rchar")?,
        written_bytes: count("wchar")?,
        disk_read_bytes: count("read_bytes")?,
        disk_written_bytes: count("write_bytes")?.saturating_sub(count("cancelled_write_bytes")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_found_by_their_names() {
        let text = "rchar: 10\nwchar: 20\nsyscr: 1\nsyscw: 2\nread_bytes: 30\n\
                    write_bytes: 40\ncancelled_write_bytes: 15\n";
        let io =
            Io { read_bytes: 10, written_bytes: 20, disk_read_bytes: 30, disk_written_bytes: 25 };
        assert_eq!(parse(text), Some(io));
        assert_eq!(parse("rchar: 10\n"), None);
        assert_eq!(parse(""), None);
    }
}
