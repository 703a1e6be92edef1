//! What must hold of a case before any work starts.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::{Path, PathBuf},
};

use wgs_core::{ErrorKind, Sex};
use wgs_formats::{FileError, Result};

use super::{Case, CaseKind, Expected, Role, Sample};

/// Files that cases have named so far, with who named them.
#[derive(Debug, Default)]
pub(super) struct Seen(BTreeMap<PathBuf, String>);

/// Checks a case; `origin` is the file that errors name.
pub(super) fn case(origin: &Path, case: &Case, seen: &mut Seen) -> Result<()> {
    case_but_files(origin, case)?;
    files(origin, case, seen)
}

/// As [`case`], but that the files of reads may be anywhere.
pub(super) fn case_but_files(origin: &Path, case: &Case) -> Result<()> {
    people(origin, case)?;
    read_groups(case).map_err(|reason| {
        let reason = format!("case {}: {reason}", case.id);
        FileError::new(origin, ErrorKind::Configuration, reason)
    })
}

/// As [`case`], but that the samples need no reads yet.
pub(super) fn people(origin: &Path, case: &Case) -> Result<()> {
    let wrong = |reason: String| FileError::new(origin, ErrorKind::Configuration, reason);
    if case.samples.is_empty() {
        return Err(wrong(format!("case {} has no sample", case.id)));
    }
    let mut ids = BTreeSet::new();
    for sample in &case.samples {
        if !ids.insert(&sample.id) {
            return Err(wrong(format!("case {}: two samples have the id {}", case.id, sample.id)));
        }
    }
    clinical(case).map_err(|reason| wrong(format!("case {}: {reason}", case.id)))?;
    roles(case).map_err(|reason| wrong(format!("case {}: {reason}", case.id)))?;
    phenotypes(case).map_err(|reason| wrong(format!("case {}: {reason}", case.id)))
}

fn phenotypes(case: &Case) -> Result<(), String> {
    for sample in &case.samples {
        if let Some(term) = sample.phenotypes.iter().find(|term| !is_hpo(term)) {
            return Err(format!("sample {}: {term:?} is no HPO term (HP:0000000)", sample.id));
        }
    }
    Ok(())
}

fn clinical(case: &Case) -> Result<(), String> {
    match &case.clinical.tumor_type {
        Some(tumor_type) if count(case, Role::Tumor) == 0 => {
            Err(format!("has the tumor_type {tumor_type}, and no sample with the role tumor"))
        }
        _ => Ok(()),
    }
}

fn count(case: &Case, role: Role) -> usize {
    case.samples.iter().filter(|s| s.role == role).count()
}

fn roles(case: &Case) -> Result<(), String> {
    for role in [Role::Proband, Role::Father, Role::Mother, Role::Normal] {
        if count(case, role) > 1 {
            return Err(format!("more than one sample has the role {role:?}").to_lowercase());
        }
    }
    for (role, other) in [(Role::Father, Sex::Female), (Role::Mother, Sex::Male)] {
        let wrong = case.samples.iter().find(|s| s.role == role && s.sex == other);
        if let Some(sample) = wrong {
            let reason = format!("a {role:?} is declared {other:?}").to_lowercase();
            return Err(format!("sample {}: {reason}", sample.id));
        }
    }
    let tumors = count(case, Role::Tumor);
    let fits = match case.kind {
        CaseKind::Germline => case.samples.len() == 1 && tumors == 0,
        CaseKind::Family => {
            count(case, Role::Proband) == 1 && tumors + count(case, Role::Normal) == 0
        }
        CaseKind::TumorNormal => tumors >= 1 && count(case, Role::Normal) == 1,
        CaseKind::TumorOnly => tumors >= 1 && tumors == case.samples.len(),
    };
    let needs = match case.kind {
        CaseKind::Germline => "a germline case has one sample, which is no tumor",
        CaseKind::Family => "a family has one proband and relatives",
        CaseKind::TumorNormal => "a tumor-normal case has a tumor and one normal",
        CaseKind::TumorOnly => "a tumor-only case has tumors only",
    };
    if fits { Ok(()) } else { Err(needs.to_owned()) }
}

fn read_groups(case: &Case) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    for sample in &case.samples {
        if sample.read_groups.is_empty() {
            return Err(format!("sample {} has no read group", sample.id));
        }
        for group in &sample.read_groups {
            if let Some(id) = &group.id
                && !ids.insert(id)
            {
                return Err(format!("two read groups have the id {id}"));
            }
            sam_fields(sample, group)?;
        }
    }
    Ok(())
}

fn sam_fields(sample: &Sample, group: &super::ReadGroup) -> Result<(), String> {
    if group.id.is_none() && matches!(group.reads, super::Reads::Pairs { .. }) {
        return Err(format!("sample {}: a read group of FASTQ files needs an id", sample.id));
    }
    let fields = [&group.lane, &group.platform, &group.unit, &group.center, &group.date];
    let bad = |text: &&String| {
        text.is_empty() || !text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
    };
    match fields.into_iter().flatten().find(bad) {
        Some(text) => Err(format!("sample {}: {text:?} cannot stand in @RG", sample.id)),
        None => Ok(()),
    }
}

fn is_hpo(term: &str) -> bool {
    term.strip_prefix("HP:").is_some_and(|n| n.len() == 7 && n.bytes().all(|b| b.is_ascii_digit()))
}

fn files(origin: &Path, case: &Case, seen: &mut Seen) -> Result<()> {
    for sample in &case.samples {
        for (path, expected) in sample.read_groups.iter().flat_map(|g| g.reads.files()) {
            readable(path).map_err(|e| e.hint(named_in(origin, sample)))?;
            let real = path.canonicalize().map_err(|e| FileError::io(path, e))?;
            let who = format!("case {}, sample {}", case.id, sample.id);
            if let Some(first) = seen.0.insert(real, who.clone()) {
                let reason = format!("{} is named twice, first by {first}", path.display());
                return Err(FileError::new(origin, ErrorKind::Configuration, reason).at(who));
            }
            digests(origin, path, expected)?;
        }
    }
    Ok(())
}

fn named_in(origin: &Path, sample: &Sample) -> String {
    format!("{} names it for sample {}", origin.display(), sample.id)
}

fn readable(path: &Path) -> Result<()> {
    let file = File::open(path).map_err(|e| FileError::io(path, e))?;
    let metadata = file.metadata().map_err(|e| FileError::io(path, e))?;
    if metadata.is_dir() {
        return Err(FileError::invalid(path, "is a folder; expected a file"));
    }
    if metadata.is_file() && metadata.len() == 0 {
        return Err(FileError::invalid(path, "is empty"));
    }
    Ok(())
}

fn digests(origin: &Path, path: &Path, expected: &Expected) -> Result<()> {
    for (digest, digits) in [(&expected.md5, 32), (&expected.sha256, 64)] {
        if let Some(text) = digest
            && (text.len() != digits || !text.bytes().all(|b| b.is_ascii_hexdigit()))
        {
            let reason = format!("{text:?} is not {digits} hexadecimal digits");
            return Err(FileError::new(origin, ErrorKind::Configuration, reason)
                .at(format!("expected digest of {}", path.display())));
        }
    }
    Ok(())
}
