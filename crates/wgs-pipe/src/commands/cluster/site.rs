//! What a site sets for all runs on it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, de::Error};
use wgs_core::ErrorKind;
use wgs_engine::slurm::SlurmOptions;
use wgs_formats::{FileError, Result};

use crate::{
    cli::{ExecutorName, GrainName, WallTime},
    memory::MemorySize,
};

/// A site file. Options of the command line come first, then these, then defaults.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Site {
    /// `--executor`
    pub(super) executor: Option<ExecutorName>,
    /// `--grain`
    pub(super) grain: Option<GrainName>,
    /// `--threads`
    pub(super) threads: Option<u16>,
    /// `--memory`
    #[serde(deserialize_with = "memory")]
    pub(super) memory: Option<MemorySize>,
    /// `--max-memory`
    #[serde(deserialize_with = "memory")]
    pub(super) max_memory: Option<MemorySize>,
    /// `--time`
    pub(super) time: Option<WallTime>,
    /// `--max-time`
    pub(super) max_time: Option<WallTime>,
    /// `--max-jobs`
    pub(super) max_jobs: Option<usize>,
    /// `--scratch`
    pub(super) scratch: Option<PathBuf>,
    /// What is SLURM's alone.
    pub(super) slurm: SlurmOptions,
}

fn memory<'de, D: Deserializer<'de>>(from: D) -> Result<Option<MemorySize>, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map(Some).map_err(D::Error::custom)
}

impl Site {
    /// Reads a site file; without one, nothing is set.
    pub(super) fn read(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(path).map_err(|e| FileError::io(path, e))?;
        toml::from_str(&text)
            .map_err(|e| FileError::new(path, ErrorKind::Configuration, e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_read_whole_or_refused() {
        let text = "executor = \"slurm\"\ngrain = \"task\"\nthreads = 16\nmemory = \"64G\"\n\
                    time = \"12h\"\nmax_jobs = 500\nscratch = \"/local\"\n\
                    [slurm]\npartition = \"long\"\naccount = \"genomes\"\n";
        let site: Site = toml::from_str(text).unwrap();
        assert_eq!(site.executor, Some(ExecutorName::Slurm));
        assert_eq!(site.memory, Some(MemorySize(64 << 30)));
        assert_eq!(site.slurm.account.as_deref(), Some("genomes"));
        for wrong in ["partition = \"long\"", "memory = \"much\"", "time = 12", "executor = \"x\""]
        {
            assert!(toml::from_str::<Site>(wrong).is_err(), "{wrong}");
        }
    }
}
