//! Aligns pairs with an embedded engine, and drops the records: what everything around the engine is
//! compared with.
//!
//! ```sh
//! bare-engine BUNDLE R1.fastq.gz R2.fastq.gz ENGINE THREADS FIGURES.json
//! ```
//!
//! All reads are in memory, in the batches of a run, before time is taken.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};
use serde::Serialize;
use wgs_align::{Aligner, Engine, EngineChoice, InsertSize, Read, ReadBatch};
use wgs_formats::{Result, fastq, fastq::PairReader, output};
use wgs_task::{
    Bundle,
    bundle::{Part, index_prefix_in},
};

/// Bases of a batch, as in a run.
const BATCH_BASES: u64 = 2_000_000;

/// What aligning took.
#[derive(Serialize)]
struct Figures {
    engine: String,
    index_bytes: u64,
    reads: u64,
    records: u64,
    wall_s: f64,
    core_s: f64,
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [bundle, r1, r2, engine, threads, figures] = &arguments[..] else {
        return Err("usage: bare-engine BUNDLE R1 R2 ENGINE THREADS FIGURES.json".into());
    };
    let threads = threads.parse()?;
    let bundle = Bundle::open(PathBuf::from(bundle))?;
    let prefix = index_prefix_in(&bundle.folder(Part::Index));
    let choice: EngineChoice = engine.parse()?;
    let open = choice.open(&prefix, &bundle.genome()?, threads)?;
    let Engine::Embedded(aligner) = open.engine() else {
        return Err(format!("{engine} is another program").into());
    };
    let batches = batches(r1.as_ref(), r2.as_ref())?;

    let (clock, before) = (Instant::now(), core_s()?);
    let records = align(aligner, &batches, threads)?;
    let figures_of = Figures {
        engine: choice.identity()?,
        index_bytes: aligner.index_bytes(),
        reads: batches.iter().map(ReadBatch::reads).sum(),
        records,
        wall_s: clock.elapsed().as_secs_f64(),
        core_s: core_s()? - before,
    };
    Ok(output::write_json(figures.as_ref(), &figures_of)?)
}

fn batches(
    r1: &Path,
    r2: &Path,
) -> std::result::Result<Vec<ReadBatch>, Box<dyn std::error::Error>> {
    let mut reader = PairReader::open(r1, r2)?;
    let (mut batches, mut templates) = (Vec::new(), 0);
    loop {
        let mut batch = ReadBatch::new(0, batches.len() as u64, templates);
        while batch.bases() < BATCH_BASES {
            let Some(pair) = reader.read()? else { break };
            batch.push(0, pair.name, read(pair.first), Some(read(pair.last)))?;
        }
        if batch.is_empty() {
            return Ok(batches);
        }
        templates += batch.len() as u64;
        batches.push(batch);
    }
}

fn read(read: fastq::Read<'_>) -> Read<'_> {
    Read { bases: read.bases, quals: read.quals }
}

/// Aligns all batches, and counts the records. The first batch gives the insert sizes of all.
fn align(aligner: &dyn Aligner, batches: &[ReadBatch], threads: usize) -> Result<u64> {
    let Some(first) = batches.first() else { return Ok(0) };
    let mut records = 0;
    let insert = aligner.worker()?.align(first, None, &mut |_, _| {
        records += 1;
        Ok(())
    })?;
    let next = AtomicUsize::new(1);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1))
            .map(|_| scope.spawn(|| work(aligner, batches, &next, &insert)))
            .collect();
        for worker in workers {
            records += worker.join().expect("a worker does not panic")?;
        }
        Ok(records)
    })
}

fn work(
    aligner: &dyn Aligner,
    batches: &[ReadBatch],
    next: &AtomicUsize,
    insert: &InsertSize,
) -> Result<u64> {
    let (mut worker, mut records) = (aligner.worker()?, 0);
    while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
        worker.align(batch, Some(insert), &mut |_, _| {
            records += 1;
            Ok(())
        })?;
    }
    Ok(records)
}

/// Seconds of processor time of this process, user and system.
fn core_s() -> nix::Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let seconds = |time: nix::sys::time::TimeVal| time.num_microseconds() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}
