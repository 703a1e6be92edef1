//! A simulated genome with its index, and lanes of reads.

use std::path::{Path, PathBuf};

use wgs_align::{BwaMem3, Input, Lane, Request, Summary, align_sample, index};
use wgs_core::Sex;
use wgs_formats::{
    Result,
    alignment::{ReadGroup, Reader, Record},
    genome::{self, Genome},
};
use wgs_testkit::{Pair, Simulator, Variants};

/// A folder with everything that a sample needs.
pub(crate) struct Case {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) genome: Genome,
    pub(crate) aligner: BwaMem3,
    pub(crate) simulator: Simulator,
    pub(crate) pairs: Vec<Pair>,
    pub(crate) lanes: Vec<Lane>,
}

impl Case {
    /// Two lanes of two libraries, of so many bases for each base of the genome.
    pub(crate) fn new(seed: u64, coverage: f64) -> Self {
        let simulated = wgs_testkit::Genome::random(seed, &[("chr1", 80_000), ("chr2", 50_000)]);
        let simulator = Simulator { coverage, lanes: 2, ..Simulator::new(seed) };
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source.fa");
        simulated.write_fasta(&source).unwrap();
        let fasta = folder.path().join("genome.fa");
        genome::import(&source, &fasta).unwrap();
        let genome = Genome::open(&fasta).unwrap();
        let prefix = folder.path().join("index");
        index::build(&genome, &prefix).unwrap();
        let aligner = BwaMem3::load(&prefix, &genome, 1).unwrap();
        let none = Variants::none(Sex::Female);
        let pairs = simulator.pairs(&simulated, &none);
        let written = simulator.write_lanes(folder.path(), "s", &simulated, &none).unwrap();
        let lanes = written.iter().map(|lane| {
            let [r1, r2] = lane.paths.clone();
            let id = format!("L{}", lane.number);
            let library = format!("lib{}", lane.number);
            Lane {
                input: Input::Fastq { r1, r2: Some(r2) },
                expected: Default::default(),
                read_group: group(&id, &library),
            }
        });
        let lanes = lanes.collect();
        Self { folder, genome, aligner, simulator, pairs, lanes }
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What aligns all lanes to a file, with one thread.
    pub(crate) fn request<'a>(&'a self, output: &'a Path) -> Request<'a> {
        Request {
            lanes: &self.lanes,
            output,
            genome: &self.genome,
            aligner: (&self.aligner).into(),
            threads: 1,
            memory_bytes: 1 << 30,
            temporary: None,
            trimmer: None,
            options: Default::default(),
            read_observer: None,
            observer_bytes: 0,
            record_observer: None,
        }
    }

    /// Aligns all lanes to a file of this name.
    pub(crate) fn align(&self, name: &str) -> Result<(PathBuf, Summary)> {
        let output = self.path(name);
        let summary = align_sample(&self.request(&output))?;
        Ok((output, summary))
    }

    /// The records of a file.
    pub(crate) fn records(&self, path: &Path) -> Vec<Record> {
        Reader::open(path, Some(&self.genome)).unwrap().collect::<Result<_>>().unwrap()
    }
}

/// A read group of the sample `s`.
pub(crate) fn group(id: &str, library: &str) -> ReadGroup {
    ReadGroup {
        sample: Some("s".into()),
        library: Some(library.into()),
        platform: Some("ILLUMINA".into()),
        unit: Some(format!("flowcell.{id}")),
        ..ReadGroup::new(id)
    }
}
