//! `wgs-pipe qc`

use wgs_core::{ErrorKind, ReadGroupId};
use wgs_fastqc::{FastqFiles, QcOptions, fastqc_data, qc_files};
use wgs_formats::{output, qc};
use wgs_task::layout::table_beside;

use super::{Outcome, limits, stem};
use crate::{cli::QcArgs, failure::Failure};

pub(super) fn qc(args: &QcArgs) -> Outcome {
    let name = name(args)?;
    let files = FastqFiles {
        read_group: name.to_string(),
        library: None,
        r1: args.r1.clone(),
        r2: args.r2.clone(),
    };
    let options = QcOptions {
        threads: limits(&args.limits).threads,
        without_end_block: args.without_end_block,
        progress: None,
    };
    let document = qc_files(None, &[files], &options)?;
    for data in fastqc_data(&document) {
        let folder = args.out.join(format!("{}_fastqc", data.name));
        output::create_folder(&folder)?;
        output::write(&folder.join("fastqc_data.txt"), data.text)?;
    }
    let json = args.out.join(format!("{name}.fastq.json"));
    Ok(qc::write(&document, &json, Some(&table_beside(&json)))?)
}

fn name(args: &QcArgs) -> Result<ReadGroupId, Failure> {
    match &args.name {
        Some(name) => Ok(name.clone()),
        None => stem(&args.r1).parse().map_err(|e: wgs_core::IdError| {
            Failure::new(ErrorKind::Usage, e.to_string()).hint("name the outputs with --name")
        }),
    }
}
