//! What all measurements share: reads, bundle, reference, and the ways to run our programs.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};
use wgs_core::SampleId;
use wgs_engine::RunRecord;
use wgs_formats::{
    output,
    qc::{self, FastqQc},
};

use super::{Options, tools::Tools};
use crate::{
    Error,
    bench::{
        folder,
        process::{Pipeline, Used, command},
        reference::Reference,
        say,
        setup::{Room, Setup},
        simulation::{Recipe, SAMPLE, Simulation},
        wgs_pipe::{self, Limits, WgsPipe},
    },
};

/// The stage that is measured.
const STAGE: &str = "reads";

/// A pipeline of that stage alone.
const PIPELINE: &str = r#"schema = "wgs-pipe/pipeline/1"
name = "reads"
kinds = ["germline"]
stages = ["reads"]
"#;

/// Everything that is there before the first measurement.
pub(super) struct Bench<'a> {
    pub(super) options: &'a Options,
    pub(super) setup: &'a Setup,
    pub(super) tools: Tools,
    pub(super) reference: Reference,
    pub(super) recipe: Recipe,
    pub(super) simulation: Simulation,
    bundle: PathBuf,
    wgs_pipe: WgsPipe,
}

/// A run of wgs-pipe that made a CRAM of reads.
#[derive(Clone, Debug)]
pub(super) struct Ours {
    /// The whole command, which also takes the digests of all inputs and outputs.
    pub(super) whole: Used,
    /// The task that makes the CRAM and everything beside it.
    pub(super) task: Used,
    /// SHA-256 of its outputs by their names in the task.
    pub(super) digests: BTreeMap<String, String>,
    /// Reads that it read.
    pub(super) reads: u64,
    /// wgs-pipe with its version.
    pub(super) program: String,
    pub(super) cram: PathBuf,
}

/// What the embedded engine took for the same reads, its output discarded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Engine {
    /// Its name and version.
    pub(super) engine: String,
    /// Bytes of its index in memory.
    pub(super) index_bytes: u64,
    /// Reads that it aligned.
    pub(super) reads: u64,
    /// Seconds of aligning.
    pub(super) wall_s: f64,
    /// Seconds of processor time of aligning.
    pub(super) core_s: f64,
}

impl<'a> Bench<'a> {
    /// Makes the reads, the reference and the bundle.
    pub(super) fn new(options: &'a Options, setup: &'a Setup, tools: Tools) -> Result<Self, Error> {
        let room = &setup.room;
        let recipe = Recipe {
            coverage: options.setup.coverage,
            contigs: options.contigs.clone(),
            seed: options.seed,
            de_novo: None,
        };
        let simulation = setup.simulation("simulation", &recipe)?;
        say("indexing the genome, unless that is done");
        let genome = &setup.inputs.genome;
        let (folder, log) = (room.folder("reference"), room.log("index"));
        let reference = Reference::make(&folder, genome, &tools.indexers(), &log)?;
        let wgs_pipe = options.setup.wgs_pipe(setup, PIPELINE)?;
        say("wgs-pipe bundle build");
        let bundle = room.folder("bundle");
        wgs_pipe.build_bundle(&setup.data, &[], &bundle)?;
        Ok(Self { options, setup, tools, reference, recipe, simulation, bundle, wgs_pipe })
    }

    pub(super) fn room(&self) -> &Room {
        &self.setup.room
    }

    /// The numbers of the repetitions, from 1.
    pub(super) fn repetitions(&self) -> impl Iterator<Item = u32> {
        let repeat = self.options.setup.repeat;
        (1..=repeat).inspect(move |number| say(&format!("repetition {number} of {repeat}")))
    }

    /// What wgs-pipe may use where nothing else is said.
    pub(super) fn limits(&self) -> Limits {
        self.wgs_pipe.limits.clone()
    }

    /// Runs our stage on the reads of a simulation.
    pub(super) fn ours(&self, simulation: &Simulation, limits: Limits) -> Result<Ours, Error> {
        let Limits { threads, memory } = &limits;
        say(&format!("wgs-pipe run, {threads} threads, {memory}"));
        let out = self.room().folder("run");
        let wgs_pipe = WgsPipe { limits, ..self.wgs_pipe.clone() };
        let (run, layout) = wgs_pipe.run(simulation, &self.bundle, &out)?;
        let sample = SAMPLE.parse::<SampleId>()?;
        let document: FastqQc = qc::read(&layout.fastq_qc(&sample))?;
        let record = RunRecord::read(&layout)?;
        Ok(Ours {
            whole: run.whole,
            task: run.stage(STAGE),
            digests: digests(&record),
            reads: document.reads(),
            program: record.program,
            cram: wgs_pipe::cram(&layout)?,
        })
    }

    /// Has the bare engine align the reads.
    pub(super) fn engine(&self) -> Result<Engine, Error> {
        say("bare engine");
        let figures = self.room().folder("bare-engine.json");
        let mut engine = command(self.setup.beside("bare-engine"), [&self.bundle]);
        engine.args(self.simulation.reads());
        engine.arg(self.wgs_pipe.aligner.to_string());
        engine.arg(self.options.setup.threads.to_string()).arg(&figures);
        self.run("bare-engine", [engine])?;
        Ok(output::read_json(&figures)?)
    }

    /// Runs a pipeline of processes.
    pub(super) fn run(
        &self,
        log: &str,
        commands: impl IntoIterator<Item = std::process::Command>,
    ) -> Result<Used, Error> {
        let commands = commands.into_iter().map(|command| self.reference.confine(command));
        Pipeline::new(self.room().log(log), commands).run()
    }

    /// An empty folder to work in.
    pub(super) fn fresh(&self, name: &str) -> Result<PathBuf, Error> {
        folder::fresh(&self.room().folder(name))
    }
}

fn digests(record: &RunRecord) -> BTreeMap<String, String> {
    let tasks = record.tasks.iter().filter(|entry| entry.stage == STAGE);
    let outputs = tasks.filter_map(|entry| entry.status.made()).flat_map(|made| &made.outputs);
    outputs.map(|output| (output.name.clone(), output.sha256.clone())).collect()
}
