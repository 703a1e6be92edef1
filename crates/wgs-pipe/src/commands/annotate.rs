//! `wgs-pipe annotate`

use std::path::Path;

use wgs_annotate::{
    AnnotateOptions, Annotator, DiffSummary, OutputFormat, OutputOptions, OutputSummary, Pick,
    Provenance, Rows,
};
use wgs_core::ErrorKind;
use wgs_task::{Bundle, bundle::Part};

use super::{Outcome, bundle::licence, limits, prepare_output};
use crate::{
    cli::{AnnotateArgs, OutputForm, RowOf},
    failure::Failure,
};

pub(super) fn annotate(args: &AnnotateArgs) -> Outcome {
    let mut inputs: Vec<&Path> = vec![&args.variants];
    inputs.extend(args.diff_from.as_deref());
    let output = output(args)?;
    prepare_output(&args.out, &inputs)?;
    let bundle = Bundle::open(&args.bundle.bundle)?;
    licence::tell(&bundle);
    let folder = bundle.folder(Part::Sources);
    let sources = bundle.manifest().sources.iter().map(|name| folder.join(name));
    let annotator = Annotator::open(&bundle.folder(Part::Genes), &bundle.genome()?, sources)?
        .with_provenance(Provenance::of_bundle(&bundle));
    let options = AnnotateOptions { threads: limits(&args.limits).threads, progress: None };
    if is_plain(args, &output) {
        annotator.annotate_vcf(&args.variants, &args.out, &options)?;
        return Ok(());
    }
    let summary = annotator.annotate_to(&args.variants, &args.out, &options, &output)?;
    tell(args, &summary);
    Ok(())
}

/// Whether a VCF of everything is asked for, which needs no record to be taken apart.
fn is_plain(args: &AnnotateArgs, output: &OutputOptions) -> bool {
    let is_vcf = output.format == Some(OutputFormat::Vcf);
    is_vcf
        && output.pick == Pick::All
        && args.filter.is_none()
        && args.fields.is_none()
        && args.diff_from.is_none()
}

fn output(args: &AnnotateArgs) -> Result<OutputOptions, Failure> {
    let form = args.format.map(|form| match form {
        OutputForm::Vcf => OutputFormat::Vcf,
        OutputForm::Tsv => OutputFormat::Tsv,
        OutputForm::Jsonl => OutputFormat::Json,
        OutputForm::Parquet => OutputFormat::Parquet,
    });
    let format = form.or_else(|| OutputFormat::of_path(&args.out)).ok_or_else(|| {
        let out = args.out.display();
        let reason =
            format!("{out}: expected a name in .vcf, .tsv, .jsonl (also with .gz) or .parquet");
        Failure::new(ErrorKind::Usage, reason).hint("or say the form: --format")
    })?;
    Ok(OutputOptions {
        format: Some(format),
        rows: match args.per {
            RowOf::Allele => Rows::Alleles,
            RowOf::Transcript => Rows::Transcripts,
        },
        pick: match (args.pick, args.pick_allele_gene, args.flag_pick) {
            (true, ..) => Pick::Allele,
            (_, true, _) => Pick::AlleleGene,
            (.., true) => Pick::Flag,
            _ => Pick::All,
        },
        pick_order: args.pick_order.clone().unwrap_or_default(),
        filter: args.filter.clone(),
        fields: args
            .fields
            .as_ref()
            .map(|names| names.iter().map(|n| n.trim().to_owned()).collect()),
        diff_from: args.diff_from.clone(),
    })
}

/// Says on standard error what a person should know of the output.
#[expect(clippy::print_stderr, reason = "what a command tells of its output")]
fn tell(args: &AnnotateArgs, summary: &OutputSummary) {
    let OutputSummary { annotated, kept, unknown, undeclared, diff, .. } = summary;
    if args.filter.is_some() {
        eprintln!("filter: kept {kept} of {} records", annotated.records);
        if *unknown > 0 {
            eprintln!(
                "filter: {unknown} of those left out lack a value that it asks for; exists(FIELD), \
                 missing(FIELD) and default(FIELD, NUMBER) decide about them"
            );
        }
    }
    if let Some(order) = &args.pick_order {
        let untold = order.criteria().iter().filter(|criterion| !criterion.is_told());
        for criterion in untold {
            eprintln!("note: --pick-order: the gene models do not tell {criterion}");
        }
    }
    for (key, records) in undeclared {
        eprintln!(
            "warning: the header does not declare {key}: the table lacks it ({records} records)"
        );
    }
    if let Some(DiffSummary { alleles, new_pathogenic, no_longer_pathogenic, .. }) = diff {
        eprintln!(
            "differences: {} of {} alleles changed, {} in the old file only, {} in the new one only",
            alleles.changed, alleles.both, alleles.only_old, alleles.only_new
        );
        eprintln!(
            "differences: {} alleles are (likely) pathogenic now and were not, {} were and are no \
             longer",
            new_pathogenic.len(),
            no_longer_pathogenic.len()
        );
    }
}
