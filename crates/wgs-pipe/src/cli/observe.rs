//! Who hears of what happens in a run: log events and the status feed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

/// Options of commands that run cases.
#[derive(Args, Clone, Debug, Default, Serialize, Deserialize)]
#[command(next_help_heading = "Events for other systems")]
pub struct ObserveArgs {
    /// Add a JSON line to this file whenever a sample's state in a stage changes.
    #[arg(long, value_name = "FILE")]
    pub feed: Option<PathBuf>,
    /// Post the lines of the feed, signed, to this address (http or https).
    #[arg(long, value_name = "URL", requires_all = ["feed", "webhook_key"])]
    pub webhook: Option<String>,
    /// File with the key that signs what is posted; nobody else may read it.
    #[arg(long, value_name = "FILE", requires = "webhook")]
    pub webhook_key: Option<PathBuf>,
    /// Add each event as a JSON line (Elastic Common Schema, without personal data) to this file;
    /// `-` is standard output.
    #[arg(long, value_name = "FILE")]
    pub log_events: Option<PathBuf>,
    /// How log events name cases and samples.
    #[arg(long, value_enum, default_value_t = LogIds::Plain, requires = "log_events")]
    #[arg(requires_if("hashed", "log_key"))]
    pub log_ids: LogIds,
    /// File with the site's key for hashed ids; nobody else may read it.
    #[arg(long, value_name = "FILE", requires = "log_events")]
    pub log_key: Option<PathBuf>,
}

/// How log events name cases and samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum LogIds {
    /// By their ids.
    #[default]
    Plain,
    /// By a hash of their ids with the site's key.
    Hashed,
}
