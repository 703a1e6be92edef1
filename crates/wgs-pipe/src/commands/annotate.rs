//! `wgs-pipe annotate`

use wgs_annotate::{AnnotateOptions, Annotator};
use wgs_task::{Bundle, bundle::Part};

use super::{Outcome, limits, prepare_vcf};
use crate::cli::AnnotateArgs;

pub(super) fn annotate(args: &AnnotateArgs) -> Outcome {
    prepare_vcf(&args.out, &[&args.variants])?;
    let bundle = Bundle::open(&args.bundle.bundle)?;
    let folder = bundle.folder(Part::Sources);
    let sources = bundle.manifest().sources.iter().map(|name| folder.join(name));
    let annotator = Annotator::open(&bundle.folder(Part::Genes), &bundle.genome()?, sources)?;
    let options = AnnotateOptions { threads: limits(&args.limits).threads, progress: None };
    annotator.annotate_vcf(&args.variants, &args.out, &options)?;
    Ok(())
}
