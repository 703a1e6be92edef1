//! A case in the form in which its file is written.

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_formats::{FileError, Result};

use super::{
    Case, Expected, ReadGroup, Reads, Sample,
    file::{CaseFile, ReadGroupEntry, SCHEMA, SampleEntry},
};

/// The file of a case; `origin` is what errors name.
pub(super) fn entry(origin: &Path, case: &Case) -> Result<CaseFile> {
    let Case { id, kind, samples, clinical } = case.clone();
    Ok(CaseFile {
        schema: SCHEMA.to_owned(),
        id,
        kind,
        panels: clinical.panels,
        tumor_type: clinical.tumor_type,
        consent: clinical.consent,
        return_scope: clinical.return_scope,
        samples: samples.into_iter().map(|s| sample(origin, s)).collect::<Result<_>>()?,
    })
}

fn sample(origin: &Path, sample: Sample) -> Result<SampleEntry> {
    let Sample { id, role, sex, affected, phenotypes, read_groups } = sample;
    let read_groups = read_groups.into_iter().map(|group| read_group(origin, group));
    let read_groups = read_groups.collect::<Result<_>>()?;
    Ok(SampleEntry { id, role, sex, affected, phenotypes, read_groups })
}

fn read_group(origin: &Path, group: ReadGroup) -> Result<ReadGroupEntry> {
    let (mut r1, mut r2, mut alignment) = (None, None, None);
    let [mut of_r1, mut of_r2, mut of_alignment] = [(); 3].map(|()| Expected::default());
    match group.reads {
        Reads::Pairs { r1: first, r2: last, r1_expected, r2_expected } => {
            (r1, r2) = (Some(text(origin, &first)?), Some(text(origin, &last)?));
            (of_r1, of_r2) = (r1_expected, r2_expected);
        }
        Reads::Alignment { path, expected } => {
            (alignment, of_alignment) = (Some(text(origin, &path)?), expected);
        }
    }
    Ok(ReadGroupEntry {
        id: group.id,
        library: group.library,
        lane: group.lane,
        platform: group.platform,
        unit: group.unit,
        center: group.center,
        date: group.date,
        r1,
        r2,
        alignment,
        r1_md5: of_r1.md5,
        r1_sha256: of_r1.sha256,
        r2_md5: of_r2.md5,
        r2_sha256: of_r2.sha256,
        alignment_md5: of_alignment.md5,
        alignment_sha256: of_alignment.sha256,
    })
}

fn text(origin: &Path, path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        let reason = format!("the path {path:?} is not UTF-8 text, as case files are");
        FileError::new(origin, ErrorKind::Configuration, reason)
    })
}

#[cfg(test)]
mod tests {
    use wgs_core::Sex;

    use super::*;
    use crate::case::{CaseKind, Clinical, Consent, Role, file};

    #[test]
    fn what_is_written_is_what_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str| {
            let path = folder.path().join(name);
            wgs_formats::output::write(&path, "x").unwrap();
            path
        };
        let odd = "a \"b\" \\ \n é.fq";
        let pairs = Reads::Pairs {
            r1: put(odd),
            r2: put("2.fq"),
            r1_expected: Expected { md5: Some("0".repeat(32)), sha256: Some("a".repeat(64)) },
            r2_expected: Expected::default(),
        };
        let alignment = Reads::Alignment {
            path: put("x.bam"),
            expected: Expected { md5: None, sha256: Some("b".repeat(64)) },
        };
        let group = |id: Option<&str>, reads| ReadGroup {
            id: id.map(|id| id.parse().unwrap()),
            library: Some("lib".parse().unwrap()),
            lane: Some("3".into()),
            platform: None,
            unit: Some("F.3".into()),
            center: None,
            date: Some("2026-11-01".into()),
            reads,
        };
        let case = Case {
            id: "C".parse().unwrap(),
            kind: CaseKind::Germline,
            samples: vec![Sample {
                id: "S".parse().unwrap(),
                role: Role::Proband,
                sex: Sex::Male,
                affected: Some(true),
                phenotypes: vec!["HP:0002664".into()],
                read_groups: vec![group(Some("S.3"), pairs), group(None, alignment)],
            }],
            clinical: Clinical {
                panels: vec!["Ataxia".into()],
                consent: Consent::Full,
                ..Clinical::default()
            },
        };
        let path = folder.path().join("C.toml");
        let text = file::text(&path, &case).unwrap();
        assert_eq!(file::check(&path, &text).unwrap(), case, "{text}");
        assert!(!text.contains("tumor_type") && text.contains("[[samples.read_groups]]"));
    }
}
