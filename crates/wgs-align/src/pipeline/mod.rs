//! A sample's reads, from its lanes to one marked and sorted file.

mod budget;
mod feed;
mod groups;
mod header;
mod insert;
mod lane;
mod observe;
mod sample;
mod trim;
mod work;
mod write;

use std::{
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::OnceLock,
    thread::{self, ScopedJoinHandle},
};

use serde::{Deserialize, Serialize};
use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    alignment::{CramProfile, CramVersion, ReadGroup},
    digest::Expected,
    genome::Genome,
};

use self::{
    budget::Budget,
    feed::Fed,
    insert::Inserts,
    lane::OpenLane,
    sample::{Counts, Sample},
    work::{Batches, Prepared},
};
pub use self::{
    observe::{ReadObserver, RecordObserver},
    trim::{Kept, ReadTrimmer},
};
use crate::{
    aligner::{Distances, Engine},
    duplicates::{DuplicateOptions, DuplicateTags, Finder, LibraryDuplicates},
    external,
    sort::Sorter,
};

/// Where the reads of a lane lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// FASTQ, plain or compressed.
    Fastq {
        /// First reads, or single ones.
        r1: PathBuf,
        /// Last reads, in the same order.
        r2: Option<PathBuf>,
    },
    /// SAM, BAM or CRAM, aligned or not: its reads are aligned anew.
    Alignment {
        /// The file.
        path: PathBuf,
        /// Whether the file's own read groups are kept, if it has some. What they say of library,
        /// platform, unit, center and date then holds: the lane's read group fills only what they
        /// lack, and its id is not used. Their sample must be the lane's, or none. A file without
        /// read groups gets the lane's.
        ///
        /// Otherwise all reads get the lane's read group, whatever the file says: a deliberate
        /// renaming, of the sample as well.
        ///
        /// A file of several samples is refused either way.
        keep_read_groups: bool,
    },
}

/// The reads of one read group, or of one alignment file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Where the reads lie.
    pub input: Input,
    /// Digests that R1 (or the alignment file) and R2 must have; looked at while they are read.
    pub expected: [Expected; 2],
    /// The read group; `SM` must be there, and `LB` should be.
    pub read_group: ReadGroup,
}

/// How a sample is read and written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether each record tells its template's place in the input, so that the order can be given
    /// back as well; takes about 3 bytes a read.
    pub keep_order: bool,
    /// Whether FASTQ in BGZF may lack the block that ends it, as that of Illumina's demultiplexers
    /// does: a file that was cut between two blocks is not told from it.
    pub without_end_block: bool,
    /// Version of CRAM.
    pub cram_version: CramVersion,
    /// Size or speed of CRAM.
    pub cram_profile: CramProfile,
    /// How duplicates are looked at.
    pub duplicates: DuplicateOptions,
}

/// What is to be aligned, and how.
pub struct Request<'a> {
    /// The lanes of the sample. Reads keep their order where nothing else orders them.
    pub lanes: &'a [Lane],
    /// The file to make: `.cram`, `.bam` or `.sam`. Index and checksum appear beside it.
    pub output: &'a Path,
    /// The genome; that of the aligner's index.
    pub genome: &'a Genome,
    /// The aligner.
    pub aligner: Engine<'a>,
    /// Threads that align, or encode the output; another reads the input. 0 is 1.
    pub threads: usize,
    /// Bytes of memory that the process may take, with the aligner's index and without the pages
    /// of the genome that the system keeps; at least [`Request::needed_bytes`]. The rest is used to
    /// sort: what does not fit goes to temporary files.
    pub memory_bytes: u64,
    /// Folder of the temporary files; without, that of the output.
    pub temporary: Option<&'a Path>,
    /// Trims the reads before they are aligned; what is cut off stays with their records.
    pub trimmer: Option<&'a dyn ReadTrimmer>,
    /// How a sample is read and written.
    pub options: Options,
    /// Sees the reads on their way.
    pub read_observer: Option<&'a dyn ReadObserver>,
    /// Bytes of memory that the observers take.
    pub observer_bytes: u64,
    /// Sees the records on their way.
    pub record_observer: Option<&'a dyn RecordObserver>,
}

impl Request<'_> {
    /// Least memory in bytes that this takes: more with more threads, and with alignment files
    /// among the lanes.
    pub fn needed_bytes(&self) -> u64 {
        budget::needed(self)
    }

    fn temporary_folder(&self) -> &Path {
        self.temporary.unwrap_or_else(|| folder_of(self.output))
    }
}

/// Figures of a read group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadGroupSummary {
    /// Its id.
    pub id: String,
    /// Its library; empty if it has none.
    pub library: String,
    /// Pairs of reads.
    pub pairs: u64,
    /// Reads, those of pairs included.
    pub reads: u64,
    /// Bases of the reads.
    pub bases: u64,
    /// Reads that were mapped.
    pub mapped_reads: u64,
    /// [`ReadsDigest`](crate::ReadsDigest) of the reads as they were before trimming.
    pub digest: String,
}

/// Distance of the outer ends of a lane's pairs, as its first batch shows it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LaneInsertSize {
    /// Which lane, from 0.
    pub lane: usize,
    /// Mean of pairs that face inward, in bases.
    pub mean: f64,
    /// Standard deviation, in bases.
    pub deviation: f64,
}

/// What was aligned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Read groups in the order of the header.
    pub read_groups: Vec<ReadGroupSummary>,
    /// Libraries in the order of their first read group.
    pub libraries: Vec<LibraryDuplicates>,
    /// Lanes with pairs that face inward.
    pub insert_sizes: Vec<LaneInsertSize>,
    /// Records of the output, supplementary ones included.
    pub records: u64,
    /// Reads of alignment files whose mates those lack; they are aligned as single reads.
    pub orphans: u64,
    /// Records of alignment files that were there before, the same in every base and quality; they
    /// count once.
    pub repeated: u64,
}

/// Aligns the reads of a sample, marks duplicates, sorts by coordinate, and writes one file with
/// its index and checksum, which appear when they are whole.
///
/// The bytes follow from reads, read groups, genome and versions; not from threads or memory.
/// Records are ordered by contig and position, the forward strand first, then by the order of the
/// input; unmapped reads stand by their mapped mate, or at the end. All records carry `RG`.
/// What FASTQ holds besides stands in tags of records and read groups, with a digest of each read
/// group's reads (see [`ReadsDigest`](crate::ReadsDigest)), so that [`restore`](mod@crate::restore)
/// can give the reads back as they were.
///
/// # Errors
///
/// If an input cannot be read or is not what its format says, if a name does not fit BAM, if the
/// genome is not the index's (`ReferenceMismatch`), if the memory does not suffice
/// (`OutOfMemory`), if the disk is full (`OutOfSpace`).
///
/// ```no_run
/// use std::path::Path;
/// use wgs_align::{BwaMem3, Input, Lane, Request, align_sample};
/// use wgs_formats::{alignment::ReadGroup, genome::Genome};
///
/// let genome = Genome::open("genome.fa")?;
/// let aligner = BwaMem3::load(Path::new("genome"), &genome, 4)?;
/// let lane = Lane {
///     input: Input::Fastq { r1: "L1_R1.fastq.gz".into(), r2: Some("L1_R2.fastq.gz".into()) },
///     expected: Default::default(),
///     read_group: ReadGroup {
///         sample: Some("NA12878".into()),
///         library: Some("lib1".into()),
///         platform: Some("ILLUMINA".into()),
///         ..ReadGroup::new("L1")
///     },
/// };
/// let summary = align_sample(&Request {
///     lanes: &[lane],
///     output: Path::new("NA12878.cram"),
///     genome: &genome,
///     aligner: (&aligner).into(),
///     threads: 4,
///     memory_bytes: 16 << 30,
///     temporary: None,
///     trimmer: None,
///     options: Default::default(),
///     read_observer: None,
///     observer_bytes: 0,
///     record_observer: None,
/// })?;
/// assert_eq!(summary.read_groups[0].id, "L1");
/// # Ok::<(), wgs_formats::FileError>(())
/// ```
pub fn align_sample(request: &Request<'_>) -> Result<Summary> {
    let threads = request.threads.max(1);
    check(request)?;
    let (lanes, read_groups) = lane::open(request)?;
    let header = |groups: &[ReadGroup]| header::header(request.aligner, groups, request.output);
    header(&read_groups)?;
    let (libraries, library_of) = lane::libraries(&read_groups, request.output)?;
    let budget = Budget::of(request)?;
    let folder = request.temporary_folder();
    let sample = Sample {
        output: request.output,
        aligner: request.aligner,
        observer: request.read_observer,
        trimmer: request.trimmer,
        keep_order: request.options.keep_order,
        suffixes: vec![OnceLock::new(); read_groups.len()],
        read_groups,
        library_of,
        inserts: Inserts::new(request.lanes.len()),
        sorter: Sorter::new(folder, budget.records, threads),
        finder: Finder::new(
            folder,
            budget.duplicates,
            threads,
            request.options.duplicates.optical_distance,
        ),
    };
    let (fed, counts) = align(&sample, lanes, threads)?;
    let read_groups = sample.described(&counts);
    let Sample { inserts, sorter, finder, .. } = sample;
    let note_optical = request.options.duplicates.tags != DuplicateTags::None;
    let duplicates = finder.finish(fed.templates, &libraries, note_optical)?;
    let header = header(&read_groups)?;
    let records = write::write(request, &header, &sorter.finish()?, &duplicates)?;
    Ok(Summary {
        read_groups: read_groups.iter().zip(counts).map(|(g, c)| c.summary(g)).collect(),
        libraries: duplicates.libraries,
        insert_sizes: insert_sizes(&inserts, request.lanes.len()),
        records,
        orphans: fed.orphans,
        repeated: fed.repeated,
    })
}

fn check(request: &Request<'_>) -> Result<()> {
    write::format_of(request)?;
    if request.lanes.is_empty() {
        return Err(FileError::new(request.output, ErrorKind::Usage, "no reads are given for it"));
    }
    let contigs = |contigs: &wgs_core::ContigList| -> Vec<(String, u32)> {
        contigs.iter().map(|c| (c.name.clone(), c.length)).collect()
    };
    if contigs(request.genome.contigs()) != contigs(request.aligner.contigs()) {
        let reason = "is not the genome of the aligner's index";
        return Err(FileError::new(request.genome.path(), ErrorKind::ReferenceMismatch, reason));
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Reads and aligns all lanes; returns what was read, and the counts of the read groups.
fn align(sample: &Sample<'_>, lanes: Vec<OpenLane>, threads: usize) -> Result<(Fed, Vec<Counts>)> {
    let (sender, batches) = crossbeam_channel::bounded(threads);
    let (program, receiver) = match sample.aligner {
        Engine::Embedded(_) => (None, Batches::Reads(batches)),
        Engine::External(program) => {
            let (sender, aligned) = crossbeam_channel::bounded(threads);
            (Some((program, batches, sender)), Batches::Aligned(aligned))
        }
    };
    thread::scope(|scope| {
        let feeder = scope.spawn(move || feed::feed(sample, lanes, &sender));
        let program = program.map(|(program, batches, sender)| {
            let prepare = move |batch| Prepared::of(sample, batch);
            scope.spawn(move || external::run(program, batches, prepare, &sender))
        });
        let work = || {
            let receiver = receiver.clone();
            scope.spawn(move || {
                let guard = StopOnDrop(&sample.inserts);
                let counts = work::run(sample, &receiver)?;
                std::mem::forget(guard);
                Ok(counts)
            })
        };
        let workers: Vec<_> = (0..threads).map(|_| work()).collect();
        drop(receiver);
        let fed = join(feeder);
        let worked: Vec<Result<Vec<Counts>>> = workers.into_iter().map(join).collect();
        let fed = fed?;
        program.map_or(Ok(()), join)?;
        let mut counts = vec![Counts::default(); sample.read_groups.len()];
        for thread in worked {
            counts.iter_mut().zip(thread?).for_each(|(sum, own)| sum.merge(&own));
        }
        Ok((fed, counts))
    })
}

fn join<T>(handle: ScopedJoinHandle<'_, T>) -> T {
    handle.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Wakes the threads that wait for one that fails.
struct StopOnDrop<'a>(&'a Inserts);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn insert_sizes(inserts: &Inserts, lanes: usize) -> Vec<LaneInsertSize> {
    let of_lane = |lane| {
        let Distances { mean, deviation, .. } = inserts.of(lane)?.0[1]?;
        Some(LaneInsertSize { lane, mean, deviation })
    };
    (0..lanes).filter_map(of_lane).collect()
}
