//! The calls of one CRAM at 1 and at 2 threads: time, and whether they are the same.

use std::path::Path;

use serde::Serialize;
use wgs_formats::digest;

use super::bench::Bench;
use crate::{
    Error,
    bench::{
        process::{Used, median},
        say, table,
        target::Target,
        wgs_pipe::Limits,
    },
};

/// Wall time at 1 thread over that at 2, at least.
const MIN_SPEEDUP: f64 = 1.9;

/// What each run took.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Threads {
    one: Vec<Used>,
    two: Vec<Used>,
    /// Whether every run made the same bytes.
    identical: bool,
}

/// Calls with each number of threads, in turn.
pub(super) fn measure(bench: &Bench<'_>, cram: &Path) -> Result<Threads, Error> {
    let folder = bench.fresh("threads")?;
    let calls = folder.join("calls.vcf.gz");
    let mut threads = Threads { identical: true, ..Threads::default() };
    let mut digests = Vec::new();
    for number in 1..=bench.options.setup.repeat {
        say(&format!("wgs-pipe call at 1 and 2 threads ({number})"));
        for (count, runs) in [(1, &mut threads.one), (2, &mut threads.two)] {
            let limits = Limits { threads: count, ..bench.wgs_pipe.limits.clone() };
            runs.push(bench.call(cram, &bench.bundle, &calls, &limits)?);
            digests.push(digest::sha256_file(&calls)?);
        }
    }
    threads.identical = digests.windows(2).all(|pair| pair[0] == pair[1]);
    Ok(threads)
}

impl Threads {
    /// Speed, and sameness.
    pub(super) fn targets(&self) -> Vec<Target> {
        let wall = |runs: &[Used]| median(runs.iter().map(|used| used.wall_s).collect());
        let speedup = wall(&self.one) / wall(&self.two);
        let differing = f64::from(u8::from(!self.identical));
        vec![
            Target::at_least("call: wall time at 1 thread over 2", speedup, MIN_SPEEDUP, "x"),
            Target::at_most("call: outputs that differ by threads", differing, 0.0, ""),
        ]
    }

    /// The table for people.
    pub(super) fn markdown(&self) -> String {
        let (one, two) = (Used::median(&self.one), Used::median(&self.two));
        "\n## Threads\n\n".to_owned()
            + &table::used_head("1 thread")
            + &table::used("call, 1 thread", one, None)
            + &table::used("call, 2 threads", two, Some(one))
    }
}
