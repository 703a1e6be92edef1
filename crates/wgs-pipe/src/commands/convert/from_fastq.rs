//! FASTQ to unaligned SAM, BAM or CRAM, and to FASTQ.

use wgs_align::origin::Stamp;
use wgs_formats::{
    FileError,
    alignment::{Aux, Flags, Format, Header, ReadGroup, RecordBuilder, RecordError, SortOrder},
    fastq::{self, PairReader, Read, ReadOptions, ReadReader},
    genome::Genome,
};

use super::{Outcome, limits, sign, usage, writer};
use crate::{cli::ConvertArgs, failure::Failure};

/// Flags of unaligned reads (SAM v1 §1.4): the first and last of a pair, and a single one.
const PAIR: [u16; 2] = [0x4d, 0x8d];
const SINGLE: u16 = 0x4;

enum Source {
    Pairs(PairReader),
    Singles(ReadReader),
}

impl Source {
    fn open(args: &ConvertArgs) -> Result<Self, Failure> {
        let options = || ReadOptions {
            threads: limits(&args.limits).threads,
            without_end_block: args.without_end_block,
            ..ReadOptions::default()
        };
        Ok(match args.inputs.as_slice() {
            [r1, r2] => Self::Pairs(PairReader::open_with((r1, options()), (r2, options()))?),
            all => Self::Singles(ReadReader::open_with(&all[0], options())?),
        })
    }

    /// Gives every read to `take`, with its flags and which of its template's it is.
    fn each(mut self, mut take: impl FnMut(Read<'_>, u16, usize) -> Outcome) -> Outcome {
        match &mut self {
            Self::Pairs(reader) => {
                while let Some(pair) = reader.read()? {
                    take(pair.first, PAIR[0], 0)?;
                    take(pair.last, PAIR[1], 1)?;
                }
            }
            Self::Singles(reader) => {
                while let Some(read) = reader.read()? {
                    take(read, SINGLE, 0)?;
                }
            }
        }
        Ok(())
    }
}

pub(super) fn convert(args: &ConvertArgs, to: Format, genome: Option<&Genome>) -> Outcome {
    let group = read_group(args)?;
    let id = group.id.clone();
    let mut header = Header::default();
    header.set_sort_order(SortOrder::Unsorted);
    header.add_read_group(group).map_err(|e| usage(&e.to_string()))?;
    sign(&mut header, &args.inputs[0])?;
    let source = Source::open(args)?;
    let mut writer = writer(args, to, &header, genome)?;
    source.each(|read, flags, file| {
        let quals: Vec<u8> = read.quals.iter().map(|q| q - b'!').collect();
        let refused = |e: RecordError| {
            let name = String::from_utf8_lossy(read.name);
            FileError::invalid(&args.inputs[file], format!("the read {name}: {e}"))
        };
        let mut record = RecordBuilder::new(read.name)
            .flags(Flags(flags))
            .bases(read.bases)
            .quals(&quals)
            .aux(*b"RG", Aux::Text(id.as_bytes()))
            .build()
            .map_err(refused)?;
        let suffix = Some(read.suffix).filter(|suffix| !suffix.is_empty());
        Stamp { suffix, ..Stamp::default() }.put(&mut record).map_err(refused)?;
        Ok(writer.write(&record)?)
    })?;
    Ok(writer.finish()?)
}

/// FASTQ again: compressed, not compressed, or as BGZF.
pub(super) fn copy(args: &ConvertArgs) -> Outcome {
    if args.inputs.len() != args.out.len() {
        return Err(usage("expected as many outputs as inputs: FASTQ becomes FASTQ file by file"));
    }
    let threads = limits(&args.limits).threads;
    let writers = args.out.iter().map(|out| fastq::Writer::create(out, threads));
    let mut writers = writers.collect::<wgs_formats::Result<Vec<_>>>()?;
    Source::open(args)?.each(|read, _, file| {
        Ok(writers[file].write(read.name, read.suffix, read.bases, read.quals)?)
    })?;
    Ok(writers.into_iter().try_for_each(fastq::Writer::finish)?)
}

fn read_group(args: &ConvertArgs) -> Result<ReadGroup, Failure> {
    let sample = args.sample.as_ref().ok_or_else(|| {
        usage("FASTQ does not say whose reads it has").hint("name the sample: --sample ID")
    })?;
    let or_sample = |id: Option<String>| id.unwrap_or_else(|| sample.to_string());
    let id = or_sample(args.read_group.as_ref().map(ToString::to_string));
    Ok(ReadGroup {
        sample: Some(sample.to_string()),
        library: Some(or_sample(args.library.as_ref().map(ToString::to_string))),
        platform: Some(args.platform.clone()),
        unit: Some(id.clone()),
        ..ReadGroup::new(&id)
    })
}
