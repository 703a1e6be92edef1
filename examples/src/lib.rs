//! Small programs, one per crate, for those who build on a part of the pipeline. Each stands in a
//! file named after its crate; run it as
//!
//! ```sh
//! cargo run --package wgs-examples --bin formats-example -- FILE.cram GENOME.fa
//! ```
//!
//! Here is only what they share: their arguments.

/// What a program ends with when it fails.
pub type Error = Box<dyn std::error::Error>;

/// The program's arguments, exactly as many as asked for; else an error that shows `usage`.
pub fn arguments<const N: usize>(usage: &str) -> Result<[String; N], Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    arguments.try_into().map_err(|_| format!("usage: {usage}").into())
}
