//! `wgs-pipe bundle add` and `wgs-pipe bundle remove`

use std::path::Path;

use wgs_annotate::source::{self, Kind, SourceOptions, SourceSummary};
use wgs_core::ErrorKind;
use wgs_formats::{genome::Genome, output};
use wgs_task::{
    Bundle,
    bundle::{Origin, Part},
};

use super::{
    super::{Outcome, limits, say},
    Building, licence, origin,
};
use crate::{
    cli::{BundleAddArgs, SourceKind},
    failure::Failure,
};

/// Genes that no transcript has and that are named.
const NAMED_GENES: usize = 10;

pub(in super::super) fn add(args: &BundleAddArgs) -> Outcome {
    let (root, name) = (args.bundle.as_path(), args.name.as_str());
    let bundle = Bundle::open_to_replace(root, name)?;
    let taken = [Part::Genome, Part::Genes].map(Part::folder);
    if taken.contains(&name) {
        let reason = format!("{name:?} is another part of the bundle");
        return Err(Failure::new(ErrorKind::Usage, reason).hint("give the source another name"));
    }
    let mut origin = Origin {
        version: args.release.clone(),
        licence: args.licence.clone(),
        ..origin(name, &args.from)?
    };
    licence::check(&mut origin, &args.from, args.restricted, args.accept_licence.as_deref())?;
    let target = bundle.folder(Part::Sources).join(name);
    output::create_folder(&bundle.folder(Part::Sources))?;
    let options = SourceOptions {
        kind: args.kind.map(kind),
        fields: (!args.fields.is_empty()).then(|| args.fields.clone()),
        columns: args.columns.clone(),
        genes: Some(bundle.folder(Part::Genes)),
        threads: limits(&args.limits).threads,
        ..SourceOptions::default()
    };
    let building = Building::fresh(&target)?;
    build(name, &args.from, &bundle.genome()?, &building.root, &options)?;
    let bundle = bundle.put_source(&building.root, origin)?;
    licence::tell(&bundle);
    say(&format!("{}: ready, SHA-256 of its manifest {}\n", root.display(), bundle.digest()))
}

pub(in super::super) fn remove(root: &Path, name: &str) -> Outcome {
    let bundle = Bundle::open_to_replace(root, name)?.remove_source(name)?;
    say(&format!(
        "{}: without {name}, SHA-256 of its manifest {}\n",
        root.display(),
        bundle.digest()
    ))
}

fn kind(kind: SourceKind) -> Kind {
    match kind {
        SourceKind::Alleles => Kind::Alleles,
        SourceKind::Intervals => Kind::Intervals,
        SourceKind::Genes => Kind::Genes,
    }
}

/// Builds a store, and says what it holds and what was left out.
pub(super) fn build(
    name: &str,
    file: &Path,
    genome: &Genome,
    folder: &Path,
    options: &SourceOptions,
) -> Outcome {
    let summary = source::build(name, file, genome, folder, options)?;
    let told = match summary.kind {
        Kind::Alleles => of_alleles(&summary),
        Kind::Intervals => of_intervals(&summary),
        Kind::Genes => of_genes(&summary),
    };
    say(&format!("source {name}: {told}; fields {}\n", summary.fields.join(", ")))
}

fn elsewhere(summary: &SourceSummary) -> String {
    let missing: u64 = summary.missing_contigs.values().sum();
    let contigs = summary.missing_contigs.len();
    format!("{missing} records on {contigs} contigs that the genome lacks")
}

fn of_alleles(summary: &SourceSummary) -> String {
    let SourceSummary { alleles, reference_differs, not_bases, symbolic, unplaced, .. } = summary;
    let mut told = format!(
        "{alleles} alleles; left out: {}, {reference_differs} records with another reference base, \
         {not_bases} alleles without bases",
        elsewhere(summary)
    );
    if *symbolic > 0 {
        told += &format!(
            " ({symbolic} symbolic: add them as intervals, under another name, with --kind intervals)"
        );
    }
    if *unplaced > 0 {
        told += &format!(", {unplaced} rows without a position");
    }
    told
}

fn of_intervals(summary: &SourceSummary) -> String {
    let SourceSummary { intervals, unplaced, .. } = summary;
    let mut told = format!("{intervals} intervals; left out: {}", elsewhere(summary));
    if *unplaced > 0 {
        told += &format!(", {unplaced} rows without a position");
    }
    told
}

fn of_genes(summary: &SourceSummary) -> String {
    let SourceSummary { genes, unplaced, unknown_genes, .. } = summary;
    let mut told = format!("{genes} rows of genes; left out: {unplaced} rows without a gene");
    if !unknown_genes.is_empty() {
        let names = unknown_genes[..unknown_genes.len().min(NAMED_GENES)].join(", ");
        let more = if unknown_genes.len() > NAMED_GENES { ", …" } else { "" };
        told += &format!(
            "; no transcript has {} of its genes, whose symbols may have changed: {names}{more}",
            unknown_genes.len()
        );
    }
    told
}
