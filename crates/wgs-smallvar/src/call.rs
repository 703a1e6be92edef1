//! From alignment files to a VCF: shards, threads, and the order of the output.

mod bounded;
mod circular;
mod costs;
pub(crate) mod inputs;
mod lines;
mod outputs;
pub mod parts;
mod queue;
pub(crate) mod sex;
mod shards;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
};

use serde::{Deserialize, Serialize};
use wgs_core::{Build, ContigIndex, ContigList, ErrorKind, Sex};
use wgs_formats::{FileError, Result, bed::Regions, genome::Genome};

pub use self::bounded::{BoundedDepth, DeepPlace};
pub use self::sex::SexSummary;
use self::{
    inputs::Inputs,
    outputs::Outputs,
    queue::{Queue, StopOnDrop},
    shards::{Shard, ShardCalls, Worker},
};
use crate::{block::Caller, intake::ReadCounts, options::Options};

/// Shards whose results may wait for an earlier one, for each thread. A slow shard holds the others
/// back rather than let results pile up.
const AHEAD: usize = 8;

/// The reads of one sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleFile {
    /// BAM or CRAM, sorted by coordinate and indexed, of one sample.
    pub path: PathBuf,
    /// The sample's sex, for the copies of X and Y. Where it is unknown, the data on X and Y decides
    /// if it is that of a female or a male.
    pub sex: Sex,
    /// What the sample's reads tell of the errors of its sequencing
    /// ([`Calibration`](wgs_formats::qc::Calibration)); without, reported base qualities and common
    /// rates of insertions and deletions are taken.
    pub calibration: Option<PathBuf>,
}

impl SampleFile {
    /// A file without a calibration.
    pub fn new(path: impl Into<PathBuf>, sex: Sex) -> Self {
        Self { path: path.into(), sex, calibration: None }
    }
}

/// What to call, and how.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// One file for each sample; together they are one family or cohort.
    pub samples: &'a [SampleFile],
    /// The genome that the reads are aligned to.
    pub genome: &'a Genome,
    /// The VCF to make (bgzip); its index is written beside it.
    pub output: Option<&'a Path>,
    /// The gVCF to make (bgzip), of one sample only: for [`crate::joint`]. Both files appear
    /// together, from one pass over the reads.
    pub gvcf: Option<&'a Path>,
    /// Where to call; everywhere if absent.
    pub regions: Option<&'a Regions>,
    /// Settings.
    pub options: &'a Options,
    /// Threads; 0 is 1. Without influence on the output.
    pub threads: usize,
    /// Hears how many bases of the reference are done, and of how many.
    pub progress: Option<&'a dyn Fn(u64, u64)>,
}

/// What was called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The samples, in the order of the VCF's columns.
    pub samples: Vec<SampleSummary>,
    /// Records written.
    pub records: u64,
    /// Records that pass all filters.
    pub passed: u64,
    /// Windows judged by the aligned bases.
    pub pileup_windows: u64,
    /// Windows judged by realignment.
    pub realigned_windows: u64,
    /// Variants of chrM that span its origin, which no record can hold.
    #[serde(default)]
    pub spanning_origin: u64,
    /// What a person should know before the calls are used.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// What became of a sample's reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleSummary {
    /// The sample.
    pub sample: String,
    /// The sex that it is called with, and why.
    #[serde(default)]
    pub sex: SexSummary,
    /// Its reads: those that begin in the regions that are called, or lie over the first base of
    /// one.
    pub reads: ReadCounts,
    /// Where there were more reads than [`Options::max_depth`].
    pub bounded_depth: BoundedDepth,
}

/// Calls germline small variants of one sample, or of several together.
///
/// The bytes of the output follow from the reads, the genome and the options alone.
///
/// # Errors
///
/// If a file is not sorted, has no index, no read group with a sample, or several samples; if two
/// files have one sample; if the reads, or a calibration, are of another genome
/// (`ReferenceMismatch`); if a calibration is of another sample; and whatever reading and writing
/// bring.
///
/// ```no_run
/// use wgs_core::Sex;
/// use wgs_formats::genome::Genome;
/// use wgs_smallvar::{Options, Request, SampleFile, call};
///
/// let genome = Genome::open("genome.fa")?;
/// let summary = call(&Request {
///     samples: &[SampleFile::new("NA12878.cram", Sex::Female)],
///     genome: &genome,
///     output: Some("NA12878.vcf.gz".as_ref()),
///     gvcf: Some("NA12878.g.vcf.gz".as_ref()),
///     regions: None,
///     options: &Options::default(),
///     threads: 4,
///     progress: None,
/// })?;
/// assert_eq!(summary.samples[0].sample, "NA12878");
/// # Ok::<(), wgs_formats::FileError>(())
/// ```
pub fn call(request: &Request<'_>) -> Result<Summary> {
    let inputs = Inputs::check(request)?;
    let sexes = sex::of(request, &inputs);
    let shards = shards::of(request, &inputs);
    let mut result = Told::begin(request, inputs.names.iter().cloned().zip(sexes.clone()), 1)?;
    let sexes: Vec<Sex> = sexes.iter().map(|sex| sex.used).collect();
    in_order(request, &inputs, &sexes, &shards, |shard, calls| result.add(shard.contig, calls))?;
    result.finish()
}

/// What is told of shards, whose calls come in the order of the genome.
struct Told<'a> {
    contigs: &'a ContigList,
    summary: Summary,
    outputs: Outputs<'a>,
}

impl<'a> Told<'a> {
    /// Opens the outputs of a request for samples with these names and sexes; `compressors` are
    /// threads.
    fn begin(
        request: &Request<'a>,
        samples: impl Iterator<Item = (String, SexSummary)>,
        compressors: usize,
    ) -> Result<Self> {
        let summary = Summary::of(samples);
        let outputs = Outputs::create(request, &summary, compressors)?;
        Ok(Self { contigs: request.genome.contigs(), summary, outputs })
    }

    fn add(&mut self, contig: ContigIndex, calls: ShardCalls) -> Result<()> {
        self.summary.add(self.contigs, contig, &calls);
        self.outputs.write(contig, calls)
    }

    fn finish(mut self) -> Result<Summary> {
        self.summary.samples.iter_mut().for_each(|sample| sample.bounded_depth.finish());
        self.outputs.finish()?;
        Ok(self.summary)
    }
}

impl Request<'_> {
    /// A name for errors that no input is to blame for.
    fn any_output(&self) -> &Path {
        self.output.or(self.gvcf).unwrap_or(Path::new("variants"))
    }
}

impl SampleSummary {
    fn new(sample: String, sex: SexSummary) -> Self {
        Self { sample, sex, reads: ReadCounts::default(), bounded_depth: BoundedDepth::default() }
    }
}

impl Summary {
    /// Of samples of which nothing is called yet.
    fn of(samples: impl Iterator<Item = (String, SexSummary)>) -> Self {
        let samples: Vec<_> = samples.map(|(name, sex)| SampleSummary::new(name, sex)).collect();
        let warnings = samples.iter().filter_map(|sample| sample.sex.warning(&sample.sample));
        Self { warnings: warnings.collect(), samples, ..Self::default() }
    }

    /// Keys and values that the headers of the files tell besides.
    fn header_lines(&self) -> Vec<(&'static str, String)> {
        let sexes = self.samples.iter().map(|s| ("sex", s.sex.header_line(&s.sample)));
        sexes.chain(self.warnings.iter().map(|warning| ("warning", warning.clone()))).collect()
    }

    fn add(&mut self, contigs: &ContigList, contig: ContigIndex, calls: &ShardCalls) {
        self.records += calls.sites.len() as u64;
        self.passed += calls.sites.iter().filter(|site| site.passes).count() as u64;
        self.pileup_windows += calls.pileup_windows;
        self.realigned_windows += calls.realigned_windows;
        self.spanning_origin += calls.spanning_origin;
        let contig = contigs.get(contig).map_or("", |contig| &contig.name);
        for ((sum, reads), deep) in self.samples.iter_mut().zip(&calls.reads).zip(&calls.deep) {
            sum.reads.add(reads);
            deep.iter().for_each(|stretch| sum.bounded_depth.add(contig, stretch));
        }
    }
}

/// Calls all shards on the request's threads and hands over their results in the order of shards.
fn in_order(
    request: &Request<'_>,
    inputs: &Inputs,
    sexes: &[Sex],
    shards: &[Shard],
    mut take: impl FnMut(&Shard, ShardCalls) -> Result<()>,
) -> Result<()> {
    let threads = request.threads.clamp(1, shards.len().max(1));
    let queue = Queue::new(shards.len(), threads * AHEAD);
    let build = Build::of(request.genome.contigs());
    let (genome, options) = (request.genome, request.options);
    let mean_depths = inputs.mean_depths(genome)?;
    let total: u64 = shards.iter().map(Shard::bases).sum();
    let (with_records, with_gvcf) = (request.output.is_some(), request.gvcf.is_some());
    let caller = Caller {
        options,
        sexes,
        build,
        candidates: with_gvcf,
        mean_depths: &mean_depths,
        errors: &inputs.errors,
    };
    let work = |sender: mpsc::Sender<(usize, Result<ShardCalls>)>| {
        let guard = StopOnDrop::new(&queue);
        let mut worker = match Worker::open(inputs, genome, caller.clone(), with_records) {
            Ok(worker) => worker,
            // Nobody listens any more when another thread has failed already.
            Err(error) => return drop(sender.send((0, Err(error)))),
        };
        while let Some(index) = queue.next() {
            if sender.send((index, worker.call(&shards[index]))).is_err() {
                break;
            }
        }
        // Only a worker that dies stops the others.
        std::mem::forget(guard);
    };
    thread::scope(|scope| {
        // Workers end with this closure, also when it panics.
        let stop = StopOnDrop::new(&queue);
        let (sender, receiver) = mpsc::channel();
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let (work, sender) = (&work, sender.clone());
                scope.spawn(move || work(sender))
            })
            .collect();
        drop(sender);
        let mut done = 0;
        let result = reorder(&receiver, &queue, |index, calls| {
            take(&shards[index], calls)?;
            done += shards[index].bases();
            request.progress.iter().for_each(|progress| progress(done, total));
            Ok(())
        });
        drop(stop);
        let died = workers.into_iter().any(|worker| worker.join().is_err());
        result?;
        if !died && queue.written() == shards.len() {
            return Ok(());
        }
        let reason = "a thread that called variants has died";
        Err(FileError::new(request.any_output(), ErrorKind::TaskFailed, reason))
    })
}

fn reorder(
    receiver: &mpsc::Receiver<(usize, Result<ShardCalls>)>,
    queue: &Queue,
    mut take: impl FnMut(usize, ShardCalls) -> Result<()>,
) -> Result<()> {
    let mut waiting = BTreeMap::new();
    for (index, calls) in receiver {
        waiting.insert(index, calls?);
        while let Some(calls) = waiting.remove(&queue.written()) {
            take(queue.written(), calls)?;
            queue.wrote_one();
        }
    }
    Ok(())
}
