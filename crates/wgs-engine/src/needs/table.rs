//! The table of measured coefficients.

use std::{collections::BTreeMap, path::Path, time::Duration};

use serde::{Deserialize, Serialize};
use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use crate::cluster::Needs;

/// Value of `schema` in a table of needs.
pub const NEEDS_SCHEMA: &str = "wgs-pipe/needs/1";

/// What the tasks of each stage need, by the sizes of their inputs (TOML).
///
/// ```
/// let text = r#"
/// schema = "wgs-pipe/needs/1"
/// [default]
/// core_s = { fixed = 60.0 }
/// memory_bytes = { fixed = 1e9 }
/// [stages.call]
/// core_s = { fixed = 1.0, per_input_byte = 1.5e-7 }
/// memory_bytes = { fixed = 1e8, per_thread = 4e7 }
/// outputs.gvcf = { per_input_byte = 0.1 }
/// "#;
/// let table = wgs_engine::needs::NeedsTable::parse("needs.toml".as_ref(), text)?;
/// assert_eq!(table.of("call").core_s.fixed, 1.0);
/// assert_eq!(table.of("another").core_s.fixed, 60.0);
/// # Ok::<(), wgs_formats::FileError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeedsTable {
    /// Version of the format.
    pub schema: String,
    /// What is asked for beyond what is foreseen.
    #[serde(default)]
    pub safety: Safety,
    /// For stages that are not in [`NeedsTable::stages`].
    pub default: StageNeeds,
    /// By name of the stage.
    #[serde(default)]
    pub stages: BTreeMap<String, StageNeeds>,
}

/// What tasks of one stage need.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StageNeeds {
    /// Number of tasks whose measurements are behind the figures.
    pub tasks: usize,
    /// Share of the work that more threads do not speed up, from 0 to 1 (Amdahl 1967,
    /// doi:10.1145/1465482.1465560).
    pub serial: f64,
    /// Seconds of processor time.
    pub core_s: Linear,
    /// Largest resident memory in bytes.
    pub memory_bytes: Linear,
    /// Bytes of temporary files.
    pub scratch_bytes: Linear,
    /// Bytes of each output by its name, without the number of numbered ones; `other` is for those
    /// that are not listed.
    pub outputs: BTreeMap<String, Linear>,
    /// What a byte of an input counts, by the ending of the file's name (`.bam`): how many bytes of
    /// the format that was measured hold the same. 1 for others.
    pub equivalents: BTreeMap<String, f64>,
}

/// A sum of terms, none of which is negative: who has more to read never needs less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Linear {
    /// Whatever there is to do.
    pub fixed: f64,
    /// For each byte of the files that the task reads.
    pub per_input_byte: f64,
    /// For each byte of the folders that it reads: the parts of a reference bundle.
    pub per_reference_byte: f64,
    /// For each thread.
    pub per_thread: f64,
}

/// What is asked for beyond what is foreseen, since a job that gets too little is lost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Safety {
    /// Times the foreseen time.
    pub time: f64,
    /// Least time in seconds.
    pub time_floor_s: f64,
    /// Times the foreseen memory.
    pub memory: f64,
    /// Memory in bytes on top of that: the engine beside the tasks.
    pub memory_extra_bytes: f64,
    /// Times the foreseen bytes of outputs and temporary files.
    pub disk: f64,
}

impl Default for Safety {
    fn default() -> Self {
        Self {
            time: 3.0,
            time_floor_s: 600.0,
            memory: 1.3,
            memory_extra_bytes: 268_435_456.0,
            disk: 1.2,
        }
    }
}

/// What a task's figures depend on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Load {
    pub(super) input_bytes: f64,
    pub(super) reference_bytes: u64,
    pub(super) threads: usize,
}

impl NeedsTable {
    /// Reads a table from text; `path` is what errors name.
    ///
    /// # Errors
    ///
    /// What is no such table; coefficients that are negative or no numbers.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        let wrong = |reason: String| FileError::new(path, ErrorKind::Configuration, reason);
        let table: Self = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        if table.schema != NEEDS_SCHEMA {
            let found = &table.schema;
            return Err(wrong(format!("schema is {found:?}; this version reads {NEEDS_SCHEMA:?}")));
        }
        table.safety.check().map_err(wrong)?;
        let named = table.stages.iter().map(|(name, needs)| (name.as_str(), needs));
        for (name, needs) in named.chain([("default", &table.default)]) {
            needs.check().map_err(|reason| wrong(format!("stage {name}: {reason}")))?;
        }
        Ok(table)
    }

    /// Reads a table from a file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read; what [`NeedsTable::parse`] says.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| FileError::io(path, e))?;
        Self::parse(path, &text)
    }

    /// What tasks of a stage need.
    pub fn of(&self, stage: &str) -> &StageNeeds {
        self.stages.get(stage).unwrap_or(&self.default)
    }
}

impl StageNeeds {
    fn check(&self) -> Result<(), String> {
        if !(0.0..=1.0).contains(&self.serial) {
            return Err(format!("serial is {}; expected 0 to 1", self.serial));
        }
        let named = [
            ("core_s", &self.core_s),
            ("memory_bytes", &self.memory_bytes),
            ("scratch_bytes", &self.scratch_bytes),
        ];
        let outputs = self.outputs.iter().map(|(name, linear)| (name.as_str(), linear));
        for (name, linear) in named.into_iter().chain(outputs) {
            linear.check().map_err(|reason| format!("{name}: {reason}"))?;
        }
        match self.equivalents.iter().find(|(_, factor)| !is_amount(**factor)) {
            Some((ending, factor)) => Err(format!("equivalents: {ending:?} is {factor}")),
            None => Ok(()),
        }
    }

    /// The coefficients of an output.
    pub(super) fn output(&self, name: &str) -> Linear {
        let plain = name.rsplit_once('.').filter(|(_, n)| n.bytes().all(|b| b.is_ascii_digit()));
        let plain = plain.map_or(name, |(plain, _)| plain);
        let found = self.outputs.get(plain).or_else(|| self.outputs.get("other"));
        found.copied().unwrap_or_default()
    }

    /// What a byte of a file counts.
    pub fn equivalent(&self, path: &Path) -> f64 {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let of_ending = self.equivalents.iter().filter(|(ending, _)| name.ends_with(*ending));
        of_ending.max_by_key(|(ending, _)| ending.len()).map_or(1.0, |(_, factor)| *factor)
    }

    /// Seconds on `threads` threads for so much processor time.
    pub(super) fn wall_s(&self, core_s: f64, threads: usize) -> f64 {
        core_s * (self.serial + (1.0 - self.serial) / threads.max(1) as f64)
    }
}

impl Linear {
    fn check(&self) -> Result<(), String> {
        let all = [self.fixed, self.per_input_byte, self.per_reference_byte, self.per_thread];
        match all.into_iter().find(|x| !is_amount(*x)) {
            Some(x) => Err(format!("{x} is no amount")),
            None => Ok(()),
        }
    }

    pub(super) fn at(&self, load: Load) -> f64 {
        self.fixed
            + self.per_input_byte * load.input_bytes
            + self.per_reference_byte * load.reference_bytes as f64
            + self.per_thread * load.threads as f64
    }

    /// As [`Linear::at`], in whole bytes.
    pub(super) fn bytes_at(&self, load: Load) -> u64 {
        self.at(load).ceil() as u64
    }
}

impl Safety {
    fn check(&self) -> Result<(), String> {
        let factors = [("time", self.time), ("memory", self.memory), ("disk", self.disk)];
        if let Some((name, factor)) = factors.into_iter().find(|(_, f)| !(*f >= 1.0 && *f < 1e3)) {
            return Err(format!("safety: {name} is {factor}; expected 1 or more"));
        }
        let amounts = [self.time_floor_s, self.memory_extra_bytes];
        match amounts.into_iter().find(|x| !is_amount(*x)) {
            Some(x) => Err(format!("safety: {x} is no amount")),
            None => Ok(()),
        }
    }

    /// What to ask for, by what is foreseen: time in whole minutes, memory in whole MiB.
    pub(super) fn ask(&self, foreseen: Needs) -> Needs {
        let minutes = (foreseen.wall.as_secs_f64() * self.time).max(self.time_floor_s) / 60.0;
        let memory = foreseen.memory_bytes as f64 * self.memory + self.memory_extra_bytes;
        Needs {
            wall: Duration::from_secs(60 * (minutes.ceil() as u64).clamp(1, 10_000_000)),
            memory_bytes: ((memory / 1_048_576.0).ceil() as u64).saturating_mul(1 << 20),
            output_bytes: self.disk_bytes(foreseen.output_bytes),
            passing_bytes: self.disk_bytes(foreseen.passing_bytes),
            scratch_bytes: self.disk_bytes(foreseen.scratch_bytes),
            ..foreseen
        }
    }

    /// Bytes to have on a disk.
    pub(crate) fn disk_bytes(&self, foreseen: u64) -> u64 {
        (foreseen as f64 * self.disk).ceil() as u64
    }
}

/// Neither negative nor infinite nor not a number.
fn is_amount(x: f64) -> bool {
    x.is_finite() && x >= 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        let text = format!("schema = \"wgs-pipe/needs/1\"\n{text}");
        NeedsTable::parse("needs.toml".as_ref(), &text).unwrap_err().to_string()
    }

    #[test]
    fn coefficients_are_amounts() {
        for (text, reason) in [
            ("[default]\ncore_s.fixed = -1.0", "stage default: core_s: -1 is no amount"),
            ("[default]\nmemory_bytes.per_thread = nan", "NaN is no amount"),
            ("[default]\noutputs.x.fixed = inf", "x: inf is no amount"),
            ("[default]\nserial = 1.5", "serial is 1.5"),
            ("[default]\nequivalents.\".bam\" = -2.0", "\".bam\" is -2"),
            ("[default]\n[safety]\nmemory = 0.5", "memory is 0.5; expected 1 or more"),
            ("[default]\nseriel = 0.5", "unknown field"),
            ("", "missing field `default`"),
        ] {
            assert!(refusal(text).contains(reason), "{}", refusal(text));
        }
        let other = NeedsTable::parse("x".as_ref(), "schema = \"y\"\n[default]").unwrap_err();
        assert!(other.to_string().contains("schema is \"y\""));
    }

    #[test]
    fn numbered_outputs_share_their_coefficients() {
        let linear = |fixed| Linear { fixed, ..Linear::default() };
        let outputs = [("part".to_owned(), linear(1.0)), ("other".to_owned(), linear(2.0))].into();
        let stage = StageNeeds { outputs, ..StageNeeds::default() };
        assert_eq!(stage.output("part.12"), linear(1.0));
        assert_eq!(stage.output("part"), linear(1.0));
        assert_eq!(stage.output("else"), linear(2.0));
    }

    #[test]
    fn what_is_asked_for_is_more_than_what_is_foreseen() {
        let foreseen = Needs {
            threads: 4,
            memory_bytes: 1 << 30,
            wall: Duration::from_secs(3601),
            output_bytes: 10,
            passing_bytes: 5,
            scratch_bytes: 0,
        };
        let asked = Safety::default().ask(foreseen);
        assert_eq!(asked.wall, Duration::from_secs(181 * 60));
        assert_eq!(asked.memory_bytes >> 20, 1588);
        assert_eq!((asked.threads, asked.output_bytes, asked.scratch_bytes), (4, 12, 0));
        assert_eq!(asked.passing_bytes, 6);
    }
}
