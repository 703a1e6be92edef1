//! `wgs-pipe align`

use wgs_align::{EngineChoice, Input, Lane};
use wgs_core::ErrorKind;
use wgs_formats::alignment::ReadGroup;
use wgs_task::{
    Bundle, SilentMonitor,
    bundle::{Part, index_prefix_in},
};

use super::{Outcome, limits, prepare_output};
use crate::{
    cli::AlignArgs,
    failure::Failure,
    stages::{ReadsOptions, SampleReads, align_reads},
};

pub(super) fn align(args: &AlignArgs) -> Outcome {
    let bundle = Bundle::open(&args.bundle.bundle)?;
    let genome = bundle.genome()?;
    let lanes = [lane(args)?];
    let aligner = aligner(args)?;
    let inputs: Vec<_> = args.reads.iter().map(AsRef::as_ref).collect();
    prepare_output(&args.out, &inputs)?;
    let reads = SampleReads {
        sample: &args.sample,
        lanes: &lanes,
        genome: &genome,
        index_prefix: &index_prefix_in(&bundle.folder(Part::Index)),
        options: &ReadsOptions {
            aligner,
            cram_version: args.cram_version,
            cram_profile: args.cram_profile,
            keep_order: args.keep_order,
            without_end_block: args.without_end_block,
            ..ReadsOptions::default()
        },
        alignment: &args.out,
        summary: None,
        fastq_qc: None,
        record_qc: None,
    };
    Ok(align_reads(&reads, limits(&args.limits), &SilentMonitor)?)
}

fn aligner(args: &AlignArgs) -> Result<EngineChoice, Failure> {
    let mut aligner = args.aligner.clone();
    if let Some(index) = &args.aligner_index
        && !aligner.set_index(index.clone())
    {
        let reason = format!("--aligner-index: {aligner} takes no index of its own");
        return Err(Failure::new(ErrorKind::Usage, reason)
            .hint("it is for bwa and bwa-mem2; the engines built in take the bundle's"));
    }
    aligner.index_files()?;
    Ok(aligner)
}

fn lane(args: &AlignArgs) -> Result<Lane, Failure> {
    let input = match args.reads.as_slice() {
        [r1, r2] => Input::Fastq { r1: r1.clone(), r2: Some(r2.clone()) },
        [path] => {
            Input::Alignment { path: path.clone(), keep_read_groups: args.read_group.is_none() }
        }
        _ => {
            return Err(Failure::new(
                ErrorKind::Usage,
                "expected R1 and R2, or one alignment file",
            ));
        }
    };
    let or_sample = |id: Option<String>| id.unwrap_or_else(|| args.sample.to_string());
    let id = or_sample(args.read_group.as_ref().map(ToString::to_string));
    let read_group = ReadGroup {
        sample: Some(args.sample.to_string()),
        library: Some(or_sample(args.library.as_ref().map(ToString::to_string))),
        platform: Some(args.platform.clone()),
        unit: Some(id.clone()),
        ..ReadGroup::new(&id)
    };
    Ok(Lane { input, expected: Default::default(), read_group })
}
