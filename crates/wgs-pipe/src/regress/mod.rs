//! Figures of reference samples held against declared baselines.
//!
//! A regression file (TOML, [`file`]) names samples: a case to run, or calls that are there already,
//! each with its truth and with baselines for figures ([`figure`]). [`verdict`] says which figures
//! keep theirs, and [`update`] writes the file anew with what was measured.

pub(crate) mod figure;
pub(crate) mod file;
pub(crate) mod measure;
pub(crate) mod update;
pub(crate) mod verdict;
