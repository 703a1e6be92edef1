//! `wgs-pipe restore` and `wgs-pipe verify`

use std::path::PathBuf;

use wgs_align::restore::{self, FastqFiles, Restore, Verify};
use wgs_formats::genome::Genome;
use wgs_task::Bundle;

use super::{Outcome, limits, say};
use crate::{
    cli::{RestoreArgs, VerifyArgs},
    failure::Failure,
};

/// The rest of the memory is for files, their decompression and compression.
const WAITING_SHARE: u64 = 2;

pub(super) fn restore(args: &RestoreArgs) -> Outcome {
    let genome = genome(args.bundle.as_ref())?;
    let limits = limits(&args.limits);
    let groups = restore::restore(&Restore {
        alignment: &args.alignment,
        genome: genome.as_ref(),
        folder: &args.out,
        threads: limits.threads,
        memory_bytes: (limits.memory_bytes / WAITING_SHARE) as usize,
    })?;
    let mut table = "read_group\treads\tdigest\tproven\tin_order\tfiles\n".to_owned();
    for group in &groups {
        let files: Vec<_> = group.files.iter().map(|path| path.display().to_string()).collect();
        table += &row(&[
            group.read_group.as_deref().unwrap_or("."),
            &group.reads.to_string(),
            &group.digest,
            yes(group.proven),
            yes(group.in_order),
            &files.join(","),
        ]);
    }
    say(&table)
}

pub(super) fn verify(args: &VerifyArgs) -> Outcome {
    let genome = genome(args.bundle.as_ref())?;
    let limits = limits(&args.limits);
    let pairs = args.pair.chunks_exact(2).map(|pair| (pair[0].clone(), Some(pair[1].clone())));
    let single = args.single.iter().map(|path| (path.clone(), None));
    let fastq: Vec<_> = pairs.chain(single).map(|(r1, r2)| FastqFiles { r1, r2 }).collect();
    let verified = restore::verify(&Verify {
        alignment: &args.alignment,
        genome: genome.as_ref(),
        fastq: &fastq,
        without_end_block: args.without_end_block,
        scratch: &std::env::temp_dir(),
        threads: limits.threads,
        memory_bytes: (limits.memory_bytes / WAITING_SHARE) as usize,
    })?;
    let mut table = "read_group\treads\tdigest\tproven_by_header\tfastq\n".to_owned();
    for group in &verified.read_groups {
        let of_group = verified.fastq.iter().filter(|files| files.read_group == group.read_group);
        let files: Vec<_> = of_group
            .flat_map(|files| [Some(&files.r1), files.r2.as_ref()])
            .flatten()
            .map(|path| path.display().to_string())
            .collect();
        let files = files.join(",");
        table += &row(&[
            group.read_group.as_deref().unwrap_or("."),
            &group.reads.to_string(),
            &group.digest,
            yes(group.proven),
            if files.is_empty() { "." } else { &files },
        ]);
    }
    say(&table)
}

fn genome(bundle: Option<&PathBuf>) -> Result<Option<Genome>, Failure> {
    Ok(bundle.map(|root| Bundle::open(root)?.genome()).transpose()?)
}

fn row(fields: &[&str]) -> String {
    fields.join("\t") + "\n"
}

fn yes(fact: bool) -> &'static str {
    if fact { "yes" } else { "no" }
}
