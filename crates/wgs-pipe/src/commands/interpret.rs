//! `wgs-pipe interpret`

use std::path::{Path, PathBuf};

use wgs_core::{ErrorKind, Pedigree};
use wgs_formats::{FileError, findings::Findings, output, qc};
use wgs_interpret::{
    Family, Knowledge, Options, RareCase,
    cancer::{self, CancerCase, KnowledgeFiles, cancer_findings},
    flags::write_vcf,
    rare_findings, sources_of,
};
use wgs_task::{
    Bundle, Case,
    bundle::Part,
    case::{CaseKind, Clinical, file::read_without_reads},
};

use super::Outcome;
use crate::{cli::InterpretArgs, failure::Failure};

pub(super) fn interpret(args: &InterpretArgs) -> Outcome {
    let findings = match (&args.case, &args.pedigree) {
        (Some(path), _) => of_case(args, path)?,
        (None, Some(path)) => of_pedigree(args, path)?,
        (None, None) => return Err(missing("--case or --pedigree")),
    };
    output::create_folder(&args.out)?;
    let named = |end: &str| args.out.join(format!("{}.findings.{end}", findings.case));
    let files: Vec<&Path> =
        [&args.somatic, &args.germline].into_iter().flatten().map(AsRef::as_ref).collect();
    write_vcf(&findings, &files, &named("vcf.gz"))?;
    qc::write(&findings, &named("json"), Some(&named("tsv")))?;
    Ok(())
}

fn missing(what: &str) -> Failure {
    Failure::new(ErrorKind::Usage, format!("{what} is needed"))
}

fn of_case(args: &InterpretArgs, path: &Path) -> Result<Findings, Failure> {
    let case = read_without_reads(path)?;
    let wrong = |reason: String| FileError::new(path, ErrorKind::Configuration, reason);
    let family = Family::of_case(&case).map_err(|e| wrong(e.to_string()))?;
    match case.kind {
        CaseKind::TumorNormal | CaseKind::TumorOnly => of_tumor(args, &case, &family),
        CaseKind::Germline | CaseKind::Family => rare(args, &family, &case.clinical),
    }
}

fn of_pedigree(args: &InterpretArgs, path: &Path) -> Result<Findings, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| FileError::io(path, e))?;
    let pedigree = Pedigree::parse(&text).map_err(|e| FileError::invalid(path, e.to_string()))?;
    let Some(first) = pedigree.people().first() else {
        return Err(FileError::invalid(path, "has nobody").into());
    };
    let other = pedigree.people().iter().find(|person| person.family != first.family);
    if let Some(other) = other {
        let reason = format!("holds several families, {} and {}", first.family, other.family);
        let error = FileError::invalid(path, reason);
        return Err(error.hint("give a file of one family: each is interpreted by itself").into());
    }
    // The family's name becomes a file's.
    let name: wgs_core::CaseId =
        first.family.parse().map_err(|e| FileError::invalid(path, format!("family: {e}")))?;
    rare(args, &Family::of_pedigree(name.as_str(), &pedigree), &Clinical::default())
}

fn of_tumor(args: &InterpretArgs, case: &Case, family: &Family) -> Result<Findings, Failure> {
    let tables =
        args.tables.as_deref().ok_or_else(|| missing("--tables, for a case with a tumour"))?;
    let knowledge = cancer::Knowledge::open(&KnowledgeFiles::read(tables)?)?;
    Ok(cancer_findings(&CancerCase {
        family,
        clinical: &case.clinical,
        somatic: args.somatic.as_deref(),
        germline: args.germline.as_deref(),
        knowledge: &knowledge,
        classify: &|_, _| None,
    })?)
}

fn rare(args: &InterpretArgs, family: &Family, clinical: &Clinical) -> Result<Findings, Failure> {
    if args.somatic.is_some() {
        return Err(Failure::new(ErrorKind::Usage, "--somatic is for cases with a tumour"));
    }
    let open = |list: &PathBuf| cancer::Knowledge::open(&KnowledgeFiles::read(list)?);
    let secondary = args.tables.as_ref().map(open).transpose()?;
    let variants = args.germline.as_deref().ok_or_else(|| missing("--germline"))?;
    let mut knowledge = Knowledge::default();
    let mut sources = Vec::new();
    if let Some(folder) = &args.bundle {
        let bundle = Bundle::open(folder)?;
        sources = sources_of(&bundle);
        knowledge.open_sources(&bundle.folder(Part::Sources), &bundle.manifest().sources)?;
    }
    for table in &args.gene_table {
        knowledge.read_table(table)?;
    }
    if let Some(changes) = &args.protein_changes {
        knowledge.read_residues(changes)?;
    }
    let mut clinical = clinical.clone();
    if !args.panel.is_empty() {
        clinical.panels.clone_from(&args.panel);
    }
    Ok(rare_findings(&RareCase {
        family,
        clinical: &clinical,
        variants,
        knowledge: &knowledge,
        secondary: secondary.as_ref(),
        sources: &sources,
        options: &Options::default(),
    })?)
}
