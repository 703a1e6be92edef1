//! Compares the embedded aligners: time, and where reads of known origin end up.
//!
//! ```sh
//! cargo run --profile fast --package wgs-benches --bin engines -- GENOME.fa COVERAGE FOLDER
//! ```
//!
//! Pairs of 2 x 151 bases are simulated from the genome. The folder gets the indexes, the reads
//! (`reads.fq`, interleaved) and what each engine makes of them (`NAME.bam`), to compare with other
//! programs; the table goes to `engines.tsv`. One thread; time is that of aligning alone.

use std::path::{Path, PathBuf};

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};
use wgs_align::{EngineChoice, InsertSize, OpenEngine, Read, ReadBatch, index};
use wgs_core::{ContigIndex, Sex};
use wgs_formats::{
    alignment::{Format, Header, Record, Writer},
    genome::{self, Genome},
    output,
};
use wgs_testkit::{Pair, Simulator, Variants};

/// Pairs of a batch: about as many bases as in a run.
const BATCH_PAIRS: usize = 6_600;
/// How far from its origin a read may begin or end.
const TOLERANCE_BP: u32 = 20;
/// Mapping quality from which on a place is claimed.
const SURE_MAPQ: u8 = 30;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [fasta, coverage, folder] = &arguments[..] else {
        return Err("usage: engines GENOME.fa COVERAGE FOLDER".into());
    };
    let folder = PathBuf::from(folder);
    output::create_folder(&folder)?;
    let plain = folder.join("genome.fa");
    genome::import(fasta.as_ref(), &plain)?;
    let genome = Genome::open(&plain)?;
    let prefix = folder.join("index");
    index::build(&genome, &prefix)?;
    index::minibwa::build(&genome, &prefix)?;
    let pairs = simulate(&genome, coverage.parse()?);
    let batches = pairs.chunks(BATCH_PAIRS).map(batch).collect::<Result<Vec<_>, _>>()?;
    output::write(&folder.join("reads.fq"), fastq(&batches))?;
    let mut table = String::from(
        "engine\tindex_mb\tcore_s_per_million_reads\tplaced_right_rate\tsure_rate\tsure_and_wrong_per_million\n",
    );
    for name in ["bwa-mem3", "bwa-mem3-fast", "minibwa"] {
        let choice: EngineChoice = name.parse()?;
        let OpenEngine::Embedded(aligner) = choice.open(&prefix, &genome, 1)? else { continue };
        let before = core_s()?;
        let records = align(&*aligner, &batches)?;
        let core_s = core_s()? - before;
        let reads = 2.0 * pairs.len() as f64;
        let [right, sure, wrong] = judge(&records, &pairs).map(|count| count as f64 / reads);
        table += &format!(
            "{name}\t{}\t{:.1}\t{right:.4}\t{sure:.4}\t{:.0}\n",
            aligner.index_bytes() >> 20,
            core_s / reads * 1e6,
            wrong * 1e6
        );
        write(&folder.join(format!("{name}.bam")), &genome, &records)?;
    }
    Ok(output::write(&folder.join("engines.tsv"), table)?)
}

fn simulate(genome: &Genome, coverage: f64) -> Vec<Pair> {
    let contigs = genome.contigs();
    let names = contigs.iter().map(|contig| contig.name.clone());
    let sequences = (0..contigs.len()).map(|i| genome.sequence(ContigIndex(i)).to_vec()).collect();
    let simulated = wgs_testkit::Genome::from_sequences(names, sequences);
    let simulator = Simulator { coverage, ..Simulator::new(1) };
    simulator.pairs(&simulated, &Variants::none(Sex::Female))
}

fn batch(pairs: &[Pair]) -> Result<ReadBatch, Failure> {
    let mut batch = ReadBatch::new(0, 0, 0);
    for pair in pairs {
        let quals: Vec<Vec<u8>> =
            pair.reads.iter().map(|r| r.qualities.iter().map(|q| q + 33).collect()).collect();
        let read = |i: usize| Read { bases: &pair.reads[i].bases, quals: &quals[i] };
        batch.push(0, pair.name.as_bytes(), read(0), Some(read(1)))?;
    }
    Ok(batch)
}

fn fastq(batches: &[ReadBatch]) -> Vec<u8> {
    let mut text = Vec::new();
    for template in batches.iter().flat_map(ReadBatch::templates) {
        for read in [Some(template.first), template.last].into_iter().flatten() {
            for part in [b"@", template.name, b"\n", read.bases, b"\n+\n", read.quals, b"\n"] {
                text.extend(part);
            }
        }
    }
    text
}

fn core_s() -> Result<f64, Failure> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let microseconds =
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(microseconds as f64 / 1e6)
}

/// The records, each with the number of its pair.
fn align(
    aligner: &dyn wgs_align::Aligner,
    batches: &[ReadBatch],
) -> Result<Vec<(usize, Record)>, Failure> {
    let (mut worker, mut records) = (aligner.worker()?, Vec::new());
    let mut insert: Option<InsertSize> = None;
    for (number, batch) in batches.iter().enumerate() {
        let used = worker.align(batch, insert.as_ref(), &mut |place, record| {
            records.push((number * BATCH_PAIRS + place, record));
            Ok(())
        })?;
        insert.get_or_insert(used);
    }
    Ok(records)
}

/// Primary records that lie where their pair is from; those that claim a place; and of those, the
/// ones that lie elsewhere.
fn judge(records: &[(usize, Record)], pairs: &[Pair]) -> [usize; 3] {
    let mut counts = [0; 3];
    for (pair, record) in records.iter().filter(|(_, record)| record.flags().is_primary()) {
        let origin = &pairs[*pair].origin;
        let near = |a: Option<u32>, b: u32| a.is_some_and(|a| a.abs_diff(b) <= TOLERANCE_BP);
        let (begin, end) = (origin.interval.start(), origin.interval.end());
        let right = record.ref_index() == Some(origin.contig)
            && (near(record.start(), begin) || near(record.end(), end));
        let sure = !record.flags().is_unmapped() && record.mapq() >= SURE_MAPQ;
        for (count, holds) in counts.iter_mut().zip([right, sure, sure && !right]) {
            *count += usize::from(holds);
        }
    }
    counts
}

fn write(path: &Path, genome: &Genome, records: &[(usize, Record)]) -> Result<(), Failure> {
    let header = Header::new(genome.contigs().clone());
    let mut writer = Writer::create(path, Format::Bam, &header, Some(genome), 1)?;
    for (_, record) in records {
        writer.write(record)?;
    }
    Ok(writer.finish()?)
}
