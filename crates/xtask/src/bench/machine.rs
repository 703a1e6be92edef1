//! The machine that figures come from.

use std::{fs, thread};

use serde::Serialize;

/// What decides times, and who else was at it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Machine {
    processor: String,
    threads: usize,
    memory_bytes: Option<u64>,
    /// Processes that wanted to run, averaged over the minute before the start.
    load_before: Option<f64>,
}

impl Machine {
    /// This machine, as far as the kernel tells.
    pub(super) fn here() -> Self {
        let file = |path| fs::read_to_string(path).unwrap_or_default();
        let memory = field(&file("/proc/meminfo"), "MemTotal")
            .and_then(|text| text.trim_end_matches(" kB").parse::<u64>().ok());
        Self {
            processor: field(&file("/proc/cpuinfo"), "model name")
                .unwrap_or_else(|| format!("unknown {} processor", std::env::consts::ARCH)),
            threads: thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: memory.map(|kibibytes| kibibytes << 10),
            load_before: file("/proc/loadavg").split(' ').next().and_then(|n| n.parse().ok()),
        }
    }

    /// One line for people.
    pub(super) fn line(&self) -> String {
        let Self { processor, threads, .. } = self;
        let memory = self.memory_bytes.map(|bytes| format!(", {} GiB memory", bytes >> 30));
        let load = self.load_before.map(|load| format!(", load before the start {load:.1}"));
        let (memory, load) = (memory.unwrap_or_default(), load.unwrap_or_default());
        format!("{processor}, {threads} threads{memory}{load}")
    }
}

/// The value of the first line `NAME : VALUE`.
fn field(text: &str, name: &str) -> Option<String> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_kernel_files() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2.0GHz\nmodel name\t: Other\n";
        assert_eq!(field(text, "model name").as_deref(), Some("Some CPU @ 2.0GHz"));
        assert_eq!(field(text, "name"), None);
    }

    #[test]
    fn the_line_says_what_is_known() {
        let machine = Machine {
            processor: "CPU".into(),
            threads: 2,
            memory_bytes: Some(24 << 30),
            load_before: None,
        };
        assert_eq!(machine.line(), "CPU, 2 threads, 24 GiB memory");
    }
}
