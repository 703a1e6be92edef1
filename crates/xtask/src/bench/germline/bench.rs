//! What all measurements share: bundle, reference, judge, and the ways to run wgs-pipe.

use std::path::{Path, PathBuf};

use super::{
    Options,
    accuracy::{Judge, Truth},
    tools::Tools,
};
use crate::{
    Error,
    bench::{
        folder,
        process::{Pipeline, Used, command},
        reference::Reference,
        say,
        setup::Setup,
        simulation::{Recipe, Simulation},
        wgs_pipe::{Limits, WgsPipe},
    },
};

/// The pipeline of `wgs-pipe run`.
const PIPELINE: &str = include_str!("../../../../../pipelines/germline.toml");

/// Annotation sources of the bundle and their files in the reference data.
const SOURCES: &[(&str, &str)] = &[
    ("clinvar", "clinvar.vcf.gz"),
    ("gnomad_exomes", "gnomad_exomes.vcf.gz"),
    ("dbsnp", "dbsnp.vcf.gz"),
];

/// Contigs of the reference data where reads map well, on which F1 has targets.
pub(super) const PLAIN_CONTIGS: &[&str] = &["chr17", "chr20", "chr22"];

/// Everything that is there before the first measurement.
pub(super) struct Bench<'a> {
    pub(super) options: &'a Options,
    pub(super) setup: &'a Setup,
    pub(super) tools: Tools,
    pub(super) reference: Reference,
    pub(super) bundle: PathBuf,
    /// What making the bundle took.
    pub(super) bundle_used: Used,
    pub(super) wgs_pipe: WgsPipe,
}

impl<'a> Bench<'a> {
    /// Makes bundle and reference.
    pub(super) fn new(options: &'a Options, setup: &'a Setup, tools: Tools) -> Result<Self, Error> {
        let (room, args) = (&setup.room, &options.setup);
        let folder = room.folder("reference");
        let reference = Reference::make(&folder, &setup.inputs.genome, &[], &room.log("index"))?;
        let wgs_pipe = args.wgs_pipe(setup, PIPELINE)?;
        say("wgs-pipe bundle build");
        let bundle = room.folder("bundle");
        let bundle_used = wgs_pipe.build_bundle(&setup.data, SOURCES, &bundle)?;
        Ok(Self { options, setup, tools, reference, bundle, bundle_used, wgs_pipe })
    }

    /// The simulated person at a depth.
    pub(super) fn recipe(&self, coverage: f64) -> Recipe {
        let Options { contigs, seed, .. } = self.options;
        Recipe { coverage, contigs: contigs.clone(), seed: *seed, de_novo: None }
    }

    /// Compares calls on a genome.
    pub(super) fn judge(&self, genome: PathBuf) -> Judge {
        let room = &self.setup.room;
        Judge {
            binary: self.setup.binary.clone(),
            genome,
            folder: room.folder("judge"),
            log: room.log("judge"),
        }
    }

    /// The part of a truth where reads map well, if any contig of it has reads.
    pub(super) fn plain(&self, truth: &Truth) -> Result<Truth, Error> {
        truth.on(PLAIN_CONTIGS, &self.setup.room.folder("confident"))
    }

    /// `wgs-pipe call`.
    pub(super) fn call(
        &self,
        alignment: &Path,
        bundle: &Path,
        calls: &Path,
        limits: &Limits,
    ) -> Result<Used, Error> {
        let mut call = command(&self.setup.binary, ["call"]);
        call.arg(alignment).arg("--bundle").arg(bundle).arg("--out").arg(calls);
        call.args(["--threads", &limits.threads.to_string(), "--memory", &limits.memory]);
        Pipeline::new(self.setup.room.log("call"), [call]).run()
    }

    /// An empty folder for outputs.
    pub(super) fn fresh(&self, name: &str) -> Result<PathBuf, Error> {
        folder::fresh(&self.setup.room.folder(name))
    }
}

/// What was planted, and where calls of it are judged.
pub(super) fn truth_of(simulation: &Simulation) -> Truth {
    Truth { variants: simulation.truth(), confident: simulation.confident() }
}
