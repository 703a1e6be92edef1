//! Case files in TOML.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wgs_core::{CaseId, ErrorKind, LibraryId, ReadGroupId, SampleId, Sex};
use wgs_formats::{FileError, Result};

use super::{
    Case, CaseKind, Clinical, Consent, Expected, ReadGroup, Reads, ReturnScope, Role, Sample,
    TumorType, check,
};
use crate::text_file;

/// Value of `schema` in a case file.
pub const SCHEMA: &str = "wgs-pipe/case/1";

/// A case file as it is written.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "wgs-pipe case")]
pub(super) struct CaseFile {
    /// Version of the format.
    #[schemars(extend("const" = SCHEMA))]
    pub(super) schema: String,
    /// Name of the case and of its output folder: [A-Za-z0-9._-], the first neither - nor .
    #[schemars(with = "String", regex(pattern = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$"))]
    pub(super) id: CaseId,
    /// What is asked of the case.
    pub(super) kind: CaseKind,
    /// Panels of genes that the question of the case names, as the bundle calls them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) panels: Vec<String>,
    /// Type of the tumour: a term of the Disease Ontology (DOID:3910), a code of OncoTree
    /// (OncoTree:LUAD), or a name.
    #[schemars(with = "Option<String>")]
    pub(super) tumor_type: Option<TumorType>,
    /// What the person has agreed to be told of inherited variants beyond the question of the case.
    #[serde(default)]
    pub(super) consent: Consent,
    /// What is returned of them.
    #[serde(default)]
    pub(super) return_scope: ReturnScope,
    /// Its samples.
    pub(super) samples: Vec<SampleEntry>,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleEntry {
    /// Column name in VCF and SM of the read groups.
    #[schemars(with = "String", regex(pattern = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$"))]
    pub(super) id: SampleId,
    /// What the sample is in the case.
    pub(super) role: Role,
    /// Declared sex.
    #[serde(default)]
    #[schemars(with = "SexEntry")]
    pub(super) sex: Sex,
    /// Whether the person has the disease.
    pub(super) affected: Option<bool>,
    /// Terms of the Human Phenotype Ontology, such as HP:0002664.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) phenotypes: Vec<String>,
    /// Where the reads are.
    pub(super) read_groups: Vec<ReadGroupEntry>,
}

/// The values of [`Sex`], for the schema.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum SexEntry {
    Female,
    Male,
    Unknown,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadGroupEntry {
    /// ID of the read group; an alignment file may leave it out and keeps its own.
    #[schemars(with = "Option<String>")]
    pub(super) id: Option<ReadGroupId>,
    /// LB.
    #[schemars(with = "Option<String>")]
    pub(super) library: Option<LibraryId>,
    /// Lane of the flow cell.
    pub(super) lane: Option<String>,
    /// PL, such as ILLUMINA.
    pub(super) platform: Option<String>,
    /// PU; by default the read group's ID.
    pub(super) unit: Option<String>,
    /// CN.
    pub(super) center: Option<String>,
    /// DT, ISO 8601.
    pub(super) date: Option<String>,
    /// FASTQ of the first reads, relative to the case file.
    pub(super) r1: Option<String>,
    /// FASTQ of the second reads.
    pub(super) r2: Option<String>,
    /// SAM, BAM or CRAM in place of r1 and r2.
    pub(super) alignment: Option<String>,
    pub(super) r1_md5: Option<String>,
    pub(super) r1_sha256: Option<String>,
    pub(super) r2_md5: Option<String>,
    pub(super) r2_sha256: Option<String>,
    pub(super) alignment_md5: Option<String>,
    pub(super) alignment_sha256: Option<String>,
}

/// Reads a case file and checks it whole: format, ids, and that every file it names is there and
/// readable. Paths in it are relative to its folder.
pub fn read(path: &Path) -> Result<Case> {
    check(path, &text_file::read(path)?)
}

/// As [`read`], but that the reads may be gone: for what is done with variants of a case long after.
pub fn read_without_reads(path: &Path) -> Result<Case> {
    let text = text_file::read(path)?;
    let case = parse(path, &text, path.parent().unwrap_or(Path::new("")))?;
    check::case_but_files(path, &case)?;
    Ok(case)
}

/// The text of a case file that [`read`] takes for this case. Paths stand in it as the case has them:
/// absolute ones are best, since relative ones begin at the file's folder.
///
/// # Errors
///
/// [`Configuration`](ErrorKind::Configuration) if a path is not UTF-8 text; `path`, where the file is
/// to be, is for that error.
pub fn text(path: &Path, case: &Case) -> Result<String> {
    toml::to_string(&super::write::entry(path, case)?)
        .map_err(|e| configuration(path, format!("cannot be written as TOML: {e}")))
}

/// What [`read`] would give if this were the text of the file: for whoever is about to write one.
pub fn check(path: &Path, text: &str) -> Result<Case> {
    let case = parse(path, text, path.parent().unwrap_or(Path::new("")))?;
    check::case(path, &case, &mut check::Seen::default())?;
    Ok(case)
}

/// The JSON Schema (2020-12) of case files.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(CaseFile).to_value()
}

fn configuration(path: &Path, reason: impl Into<String>) -> FileError {
    FileError::new(path, ErrorKind::Configuration, reason)
}

fn parse(path: &Path, text: &str, folder: &Path) -> Result<Case> {
    let file: CaseFile = toml::from_str(text).map_err(|e| {
        let error = configuration(path, e.message())
            .hint("`wgs-pipe schema` prints what a case file may hold");
        match e.span() {
            Some(span) => {
                error.at(format!("line {}", text_file::line_of(text.as_bytes(), span.start)))
            }
            None => error,
        }
    })?;
    if file.schema != SCHEMA {
        let reason = format!("schema is {:?}; this version reads {SCHEMA:?}", file.schema);
        return Err(configuration(path, reason));
    }
    let samples =
        file.samples.into_iter().map(|s| sample(path, folder, s)).collect::<Result<_>>()?;
    let clinical = Clinical {
        panels: file.panels,
        tumor_type: file.tumor_type,
        consent: file.consent,
        return_scope: file.return_scope,
    };
    Ok(Case { id: file.id, kind: file.kind, samples, clinical })
}

fn sample(path: &Path, folder: &Path, entry: SampleEntry) -> Result<Sample> {
    let place = format!("sample {}", entry.id);
    let read_groups = entry
        .read_groups
        .into_iter()
        .map(|group| read_group(path, folder, &place, group))
        .collect::<Result<_>>()?;
    Ok(Sample {
        id: entry.id,
        role: entry.role,
        sex: entry.sex,
        affected: entry.affected,
        phenotypes: entry.phenotypes,
        read_groups,
    })
}

fn read_group(path: &Path, folder: &Path, place: &str, entry: ReadGroupEntry) -> Result<ReadGroup> {
    let reads = match (entry.r1, entry.r2, entry.alignment) {
        (Some(r1), Some(r2), None) => Reads::Pairs {
            r1: folder.join(r1),
            r2: folder.join(r2),
            r1_expected: Expected { md5: entry.r1_md5, sha256: entry.r1_sha256 },
            r2_expected: Expected { md5: entry.r2_md5, sha256: entry.r2_sha256 },
        },
        (None, None, Some(alignment)) => Reads::Alignment {
            path: folder.join(alignment),
            expected: Expected { md5: entry.alignment_md5, sha256: entry.alignment_sha256 },
        },
        _ => {
            let reason = "a read group has r1 and r2, or alignment";
            return Err(configuration(path, reason).at(place));
        }
    };
    Ok(ReadGroup {
        id: entry.id,
        library: entry.library,
        lane: entry.lane,
        platform: entry.platform,
        unit: entry.unit,
        center: entry.center,
        date: entry.date,
        reads,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
schema = "wgs-pipe/case/1"
id = "C1"
kind = "germline"
[[samples]]
id = "S1"
role = "proband"
sex = "female"
[[samples.read_groups]]
id = "S1.1"
r1 = "a_1.fq"
r2 = "a_2.fq"
"#;

    fn parsed(text: &str) -> Result<Case> {
        parse(Path::new("case.toml"), text, Path::new("data"))
    }

    #[test]
    fn paths_are_relative_to_the_case_file() {
        let case = parsed(GOOD).unwrap();
        let Reads::Pairs { r1, .. } = &case.samples[0].read_groups[0].reads else { panic!() };
        assert_eq!(r1, Path::new("data/a_1.fq"));
    }

    #[test]
    fn reads_may_be_gone_where_they_are_not_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("case.toml");
        wgs_formats::output::write(&path, GOOD).unwrap();
        assert_eq!(read_without_reads(&path).unwrap().id.as_str(), "C1");
        assert_eq!(read(&path).unwrap_err().kind(), ErrorKind::NotFound);
        wgs_formats::output::write(&path, GOOD.replace("proband", "tumor")).unwrap();
        assert!(read_without_reads(&path).is_err());
    }

    #[test]
    fn errors_name_line_and_cause() {
        let message = |from: &str, to: &str| {
            let error = parsed(&GOOD.replace(from, to)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            error.to_string()
        };
        let unknown = message("sex =", "gender =");
        assert!(unknown.contains("line 8") && unknown.contains("gender"), "{unknown}");
        assert!(message("\"S1\"", "\"../x\"").contains("../x"));
        assert!(message("\"C1\"", "\"-rf\"").contains("may not begin with a dash"));
        assert!(message("case/1", "case/9").contains("case/9"));
        assert!(message("r2 =", "alignment =").contains("sample S1"));
        let consent = message("kind =", "consent = \"some\"\nkind =");
        assert!(consent.contains("line 4") && consent.contains("actionable"), "{consent}");
        assert!(message("kind =", "tumor_type = \"ICD:C34\"\nkind =").contains("DOID:3910"));
    }

    #[test]
    fn nothing_is_agreed_to_where_nothing_is_said() {
        let silent = parsed(GOOD).unwrap();
        assert_eq!(silent.clinical, Clinical::default());
        assert_eq!(silent.clinical.allowed(), Consent::None);
        let said = "panels = [\"Ataxia\"]\nkind = \"tumor-only\"\ntumor_type = \"OncoTree:LUAD\"\nconsent = \"full\"\n\
                    return_scope = \"actionable\"";
        let said = parsed(&GOOD.replace("kind = \"germline\"", said)).unwrap();
        assert_eq!(said.clinical.tumor_type.as_ref().unwrap().as_str(), "OncoTree:LUAD");
        assert_eq!(said.clinical.allowed(), Consent::Actionable);
        assert_eq!(said.clinical.panels, ["Ataxia"]);
    }

    #[test]
    fn the_schema_knows_the_keys() {
        let schema = json_schema().to_string();
        for key in [
            "consent",
            "return_scope",
            "actionable",
            "read_groups",
            "phenotypes",
            "r1_sha256",
            "tumor-normal",
            "proband",
        ] {
            assert!(schema.contains(key), "{key}");
        }
    }
}
