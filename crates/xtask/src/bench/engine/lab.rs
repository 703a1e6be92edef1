//! The SLURM of `scripts/slurm-lab`.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Error,
    bench::process::{Pipeline, command},
};

/// A cluster on this machine, until it is dropped.
pub(super) struct Lab {
    script: PathBuf,
    folder: PathBuf,
    nodes: usize,
    variables: Vec<(String, String)>,
}

impl Lab {
    /// Starts a cluster of nodes with one processor each.
    pub(super) fn start(workspace: &Path, folder: &Path, nodes: usize) -> Result<Self, Error> {
        let script = workspace.join("scripts/slurm-lab");
        let mut lab = Self { script, folder: folder.to_owned(), nodes, variables: Vec::new() };
        wgs_formats::output::create_folder(folder)?;
        let nodes_text = nodes.to_string();
        lab.say(&["start", "--nodes", &nodes_text, "--cpus-per-node", "1"])?;
        let shell = lab.command(&["env"]).output()?;
        for line in String::from_utf8_lossy(&shell.stdout).lines() {
            let line = line.strip_prefix("export ").unwrap_or(line);
            if let Some((name, value)) = line.split_once('=') {
                let value = value.trim_matches(['\'', '"']);
                lab.variables.push((name.to_owned(), value.to_owned()));
            }
        }
        Ok(lab)
    }

    /// Nodes, each of which runs one job at a time.
    pub(super) fn nodes(&self) -> usize {
        self.nodes
    }

    /// Lets a command find the cluster.
    pub(super) fn reach(&self, command: &mut Command) {
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }

    /// Has the script do something.
    pub(super) fn say(&self, words: &[&str]) -> Result<(), Error> {
        let log = self.folder.with_extension(format!("{}.log", words.join("-")));
        Pipeline::new(log, [self.command(words)]).run().map(drop)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = command(&self.script, words);
        command.arg("--dir").arg(&self.folder);
        command
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // The next start says what is wrong.
        let _ = self.say(&["stop"]);
    }
}
