//! Samplesheets: many cases as rows of CSV or TSV.
//!
//! Columns of our own (`case,sample,role,sex,lane,library,fastq_1,fastq_2`) and of nf-core/sarek
//! (`patient,sample,sex,status,lane,fastq_1,fastq_2`, also `bam`/`cram`) are understood.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use wgs_core::{CaseId, ErrorKind, LibraryId, ReadGroupId, SampleId, Sex};
use wgs_formats::{FileError, Result};

use super::{Case, CaseKind, Clinical, Expected, ReadGroup, Reads, Role, Sample, check};
use crate::text_file;

/// Columns that tell of people and their lanes, which every sheet may have.
const OF_PEOPLE: [&str; 18] = [
    "case",
    "patient",
    "sample",
    "role",
    "status",
    "sex",
    "affected",
    "phenotypes",
    "panels",
    "tumor_type",
    "consent",
    "return_scope",
    "lane",
    "library",
    "platform",
    "unit",
    "center",
    "date",
];
/// Columns that name the files of reads.
const OF_FILES: [&str; 10] = [
    "fastq_1",
    "fastq_2",
    "bam",
    "bai",
    "cram",
    "crai",
    "fastq_1_md5",
    "fastq_2_md5",
    "fastq_1_sha256",
    "fastq_2_sha256",
];

/// Reads a samplesheet and checks all its cases whole, in the order in which they first appear.
/// Paths are relative to its folder; errors name line and column.
pub fn read(path: &Path) -> Result<Vec<Case>> {
    let text = text_file::read(path)?;
    let cases = group(&rows(path, &text, header_columns)?)?;
    let mut seen = check::Seen::default();
    for case in &cases {
        check::case(path, case, &mut seen)?;
    }
    Ok(cases)
}

pub(super) struct Row<'a> {
    sheet: &'a Path,
    pub(super) line: u64,
    cells: BTreeMap<String, String>,
}

impl Row<'_> {
    pub(super) fn wrong(&self, column: &str, reason: impl std::fmt::Display) -> FileError {
        FileError::new(self.sheet, ErrorKind::Configuration, reason.to_string())
            .at(format!("line {}, column {column}", self.line))
    }

    pub(super) fn get(&self, column: &str) -> Option<&str> {
        self.cells.get(column).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    pub(super) fn owned(&self, column: &str) -> Option<String> {
        self.get(column).map(str::to_owned)
    }

    fn path(&self, column: &str) -> Option<PathBuf> {
        self.get(column).map(|cell| self.sheet.parent().unwrap_or(Path::new("")).join(cell))
    }

    pub(super) fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        column: &str,
    ) -> Result<Option<T>> {
        self.get(column).map(|cell| cell.parse().map_err(|e| self.wrong(column, e))).transpose()
    }

    pub(super) fn need<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        column: &str,
    ) -> Result<T> {
        self.parse(column)?.ok_or_else(|| self.wrong(column, "is empty"))
    }

    pub(super) fn case_id(&self) -> Result<CaseId> {
        let column = if self.cells.contains_key("case") { "case" } else { "patient" };
        self.need(column)
    }

    fn sex(&self) -> Result<Sex> {
        match self.get("sex").unwrap_or("unknown").to_ascii_lowercase().as_str() {
            "female" | "f" | "xx" | "2" => Ok(Sex::Female),
            "male" | "m" | "xy" | "1" => Ok(Sex::Male),
            "unknown" | "na" | "." | "0" => Ok(Sex::Unknown),
            _ => Err(self.wrong("sex", "expected female, male or unknown (or XX, XY, NA)")),
        }
    }

    /// The role, or `None` where sarek's status 0 leaves open whether there is a tumour.
    fn role(&self) -> Result<Option<Role>> {
        if let Some(role) = self.get("role") {
            let expected = "expected proband, father, mother, sibling, tumor or normal";
            return serde_json::from_value(role.to_ascii_lowercase().into())
                .map(Some)
                .map_err(|_| self.wrong("role", expected));
        }
        match self.get("status") {
            None | Some("0") => Ok(None),
            Some("1") => Ok(Some(Role::Tumor)),
            Some(_) => Err(self.wrong("status", "expected 0 (normal) or 1 (tumor)")),
        }
    }

    fn affected(&self) -> Result<Option<bool>> {
        match self.get("affected").map(str::to_ascii_lowercase).as_deref() {
            None => Ok(None),
            Some("true" | "yes" | "1") => Ok(Some(true)),
            Some("false" | "no" | "0") => Ok(Some(false)),
            Some(_) => Err(self.wrong("affected", "expected true or false")),
        }
    }

    fn reads(&self) -> Result<Reads> {
        let alignments = (self.path("bam"), self.path("cram"));
        match (self.path("fastq_1"), self.path("fastq_2"), alignments) {
            (Some(r1), Some(r2), (None, None)) => Ok(Reads::Pairs {
                r1,
                r2,
                r1_expected: self.expected("fastq_1"),
                r2_expected: self.expected("fastq_2"),
            }),
            (None, None, (Some(path), None) | (None, Some(path))) => {
                Ok(Reads::Alignment { path, expected: Expected::default() })
            }
            (Some(_), None, _) => Err(self.wrong("fastq_2", "is empty")),
            (None, Some(_), _) => Err(self.wrong("fastq_1", "is empty")),
            _ => Err(self.wrong("fastq_1", "a row has fastq_1 and fastq_2, or bam, or cram")),
        }
    }

    fn expected(&self, column: &str) -> Expected {
        Expected {
            md5: self.owned(&format!("{column}_md5")),
            sha256: self.owned(&format!("{column}_sha256")),
        }
    }

    /// The read group: its id is made of what the row says, sample, library and lane.
    fn read_group(&self, sample: &SampleId) -> Result<ReadGroup> {
        let reads = self.reads()?;
        let library: Option<LibraryId> = self.parse("library")?;
        let lane = self.owned("lane");
        let parts =
            [Some(sample.as_str()), library.as_ref().map(LibraryId::as_str), lane.as_deref()];
        let id: Option<ReadGroupId> = match reads {
            Reads::Alignment { .. } => None,
            Reads::Pairs { .. } => {
                let text = parts.into_iter().flatten().collect::<Vec<_>>().join(".");
                Some(text.parse().map_err(|e| self.wrong("lane", e))?)
            }
        };
        Ok(ReadGroup {
            id,
            library,
            lane,
            platform: self.owned("platform"),
            unit: self.owned("unit"),
            center: self.owned("center"),
            date: self.owned("date"),
            reads,
        })
    }
}

/// The rows under a header that `check` has found to be as it must.
pub(super) fn rows<'a>(
    path: &'a Path,
    text: &str,
    check: fn(&csv::StringRecord) -> Result<(), String>,
) -> Result<Vec<Row<'a>>> {
    let wrong = |line: u64, reason: String| {
        FileError::new(path, ErrorKind::Configuration, reason).at(format!("line {line}"))
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains('\t') { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| wrong(1, e.to_string()))?.clone();
    check(&header).map_err(|reason| wrong(1, reason))?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record
            .map_err(|e| wrong(e.position().map_or(0, csv::Position::line), e.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cells = header.iter().zip(&record).map(|(h, c)| (h.to_owned(), c.to_owned())).collect();
        rows.push(Row { sheet: path, line, cells });
    }
    if rows.is_empty() {
        return Err(wrong(1, "has no rows".into()));
    }
    Ok(rows)
}

fn header_columns(header: &csv::StringRecord) -> Result<(), String> {
    let has = |name: &str| header.iter().any(|h| h == name);
    columns_of_people(header, &OF_FILES)?;
    if !((has("fastq_1") && has("fastq_2")) || has("bam") || has("cram")) {
        return Err("expected the columns fastq_1 and fastq_2, or bam, or cram".into());
    }
    Ok(())
}

/// Checks what every sheet must have, and that it has no other columns than those of people and
/// these.
pub(super) fn columns_of_people(header: &csv::StringRecord, more: &[&str]) -> Result<(), String> {
    let known = [&OF_PEOPLE, more].concat();
    let has = |name: &str| header.iter().any(|h| h == name);
    for (index, name) in header.iter().enumerate() {
        if !known.contains(&name) {
            return Err(format!("unknown column {name:?}; known are {}", known.join(", ")));
        }
        if header.iter().take(index).any(|h| h == name) {
            return Err(format!("column {name:?} stands twice"));
        }
    }
    if has("case") == has("patient") {
        return Err("expected one of the columns case and patient".into());
    }
    if has("role") && has("status") {
        return Err("expected one of the columns role and status, not both".into());
    }
    if !has("sample") {
        return Err("the column sample is missing".into());
    }
    Ok(())
}

fn group(rows: &[Row]) -> Result<Vec<Case>> {
    by_case(rows)?.into_iter().map(|(id, rows)| case(id, &rows)).collect()
}

/// The rows of each case, in the order in which cases first appear.
pub(super) fn by_case<'a, 'r>(rows: &'a [Row<'r>]) -> Result<Vec<(CaseId, Vec<&'a Row<'r>>)>> {
    let mut cases: Vec<(CaseId, Vec<&Row>)> = Vec::new();
    for row in rows {
        let id = row.case_id()?;
        match cases.iter_mut().find(|(known, _)| *known == id) {
            Some((_, rows)) => rows.push(row),
            None => cases.push((id, vec![row])),
        }
    }
    one_case_per_sample(rows)?;
    Ok(cases)
}

/// A sample id names one specimen: in two cases it would be two samples with one id.
fn one_case_per_sample(rows: &[Row]) -> Result<()> {
    let mut case_of: BTreeMap<SampleId, CaseId> = BTreeMap::new();
    for row in rows {
        let (sample, case): (SampleId, CaseId) = (row.need("sample")?, row.case_id()?);
        if case_of.entry(sample.clone()).or_insert_with(|| case.clone()) != &case {
            let reason = format!("sample {sample} belongs to case {} already", case_of[&sample]);
            return Err(row.wrong("sample", reason));
        }
    }
    Ok(())
}

fn case(id: CaseId, rows: &[&Row]) -> Result<Case> {
    let mut case = people(id, rows)?;
    for row in rows {
        let sample: SampleId = row.need("sample")?;
        let group = row.read_group(&sample)?;
        let known = case.samples.iter_mut().find(|s| s.id == sample);
        let known = known.ok_or_else(|| row.wrong("sample", "is in no case"))?;
        if group.id.is_some() && known.read_groups.iter().any(|g| g.id == group.id) {
            let reason = format!("sample {} has this lane and library already", known.id);
            return Err(row.wrong("lane", reason));
        }
        known.read_groups.push(group);
    }
    Ok(case)
}

/// The samples of a case, without their reads.
pub(super) fn people(id: CaseId, rows: &[&Row]) -> Result<Case> {
    let with_tumor = rows.iter().map(|row| row.role()).collect::<Result<Vec<_>>>()?;
    let with_tumor = with_tumor.contains(&Some(Role::Tumor));
    let mut samples: Vec<Sample> = Vec::new();
    for row in rows {
        let one = sample(row, if with_tumor { Role::Normal } else { Role::Proband })?;
        match samples.iter_mut().find(|s| s.id == one.id) {
            None => samples.push(one),
            Some(known) => same_person(known, &one, row)?,
        }
    }
    let kind = kind(&samples);
    Ok(Case { id, kind, samples, clinical: clinical(rows)? })
}

/// Of the rows of a case, those that say something must say the same.
fn clinical(rows: &[&Row]) -> Result<Clinical> {
    let panels = said_once::<String>(rows, "panels")?.unwrap_or_default();
    let panels = panels.split(';').map(str::trim).filter(|panel| !panel.is_empty());
    Ok(Clinical {
        panels: panels.map(str::to_owned).collect(),
        tumor_type: said_once(rows, "tumor_type")?,
        consent: said_once(rows, "consent")?.unwrap_or_default(),
        return_scope: said_once(rows, "return_scope")?.unwrap_or_default(),
    })
}

fn said_once<T>(rows: &[&Row], column: &str) -> Result<Option<T>>
where
    T: std::str::FromStr<Err: std::fmt::Display> + PartialEq,
{
    let mut said = None;
    for row in rows {
        let value: Option<T> = row.parse(column)?;
        if value.is_some() && said.is_some() && value != said {
            return Err(row.wrong(column, "differs from an earlier row of the case"));
        }
        said = value.or(said);
    }
    Ok(said)
}

fn sample(row: &Row, role_if_open: Role) -> Result<Sample> {
    let id: SampleId = row.need("sample")?;
    let phenotypes = row.get("phenotypes").unwrap_or_default();
    Ok(Sample {
        role: row.role()?.unwrap_or(role_if_open),
        sex: row.sex()?,
        affected: row.affected()?,
        phenotypes: phenotypes
            .split([';', ' '])
            .filter(|t| !t.is_empty())
            .map(str::to_owned)
            .collect(),
        read_groups: Vec::new(),
        id,
    })
}

/// Refuses another row of a sample that is known if it tells something else of the person.
fn same_person(known: &Sample, again: &Sample, row: &Row) -> Result<()> {
    for (column, same) in [
        ("role", known.role == again.role),
        ("sex", known.sex == again.sex),
        ("affected", known.affected == again.affected),
        ("phenotypes", known.phenotypes == again.phenotypes),
    ] {
        if !same {
            return Err(
                row.wrong(column, format!("differs from an earlier row of sample {}", known.id))
            );
        }
    }
    Ok(())
}

fn kind(samples: &[Sample]) -> CaseKind {
    let has = |role: Role| samples.iter().any(|s| s.role == role);
    match (has(Role::Tumor), has(Role::Normal), samples.len()) {
        (true, true, _) => CaseKind::TumorNormal,
        (true, false, _) => CaseKind::TumorOnly,
        (false, _, 1) => CaseKind::Germline,
        (false, _, _) => CaseKind::Family,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<Case>> {
        group(&rows(Path::new("data/sheet.csv"), text, header_columns)?)
    }

    fn message(text: &str) -> String {
        let error = parsed(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        error.to_string()
    }

    #[test]
    fn own_columns() {
        let cases = parsed(
            "case,sample,role,sex,lane,library,fastq_1,fastq_2\n\
             A,a,proband,male,1,l,x_1.fq,x_2.fq\nB,b,proband,female,1,l,y_1.fq,y_2.fq\n\
             A,a,proband,male,2,l,z_1.fq,z_2.fq\nA,m,mother,female,1,l,m_1.fq,m_2.fq\n",
        )
        .unwrap();
        assert_eq!(cases.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(cases[0].kind, CaseKind::Family);
        let ids: Vec<_> = cases[0].samples[0].read_groups.iter().flat_map(|g| &g.id).collect();
        assert_eq!(ids.iter().map(|i| i.as_str()).collect::<Vec<_>>(), ["a.l.1", "a.l.2"]);
        assert_eq!(cases[1].kind, CaseKind::Germline);
    }

    #[test]
    fn columns_of_sarek() {
        let cases = parsed(
            "patient,sex,status,sample,lane,fastq_1,fastq_2\n\
             P,XX,0,n,L1,a,b\nP,XX,1,t,L1,c,d\nQ,XY,0,q,L1,e,f\n",
        )
        .unwrap();
        assert_eq!((cases[0].kind, cases[1].kind), (CaseKind::TumorNormal, CaseKind::Germline));
        assert_eq!(cases[1].samples[0].sex, Sex::Male);
        assert_eq!(cases[0].samples[0].role, Role::Normal);
        let bam = parsed("patient,sample,bam,bai\nP,s,x.bam,x.bam.bai\n").unwrap();
        assert!(matches!(bam[0].samples[0].read_groups[0].reads, Reads::Alignment { .. }));
    }

    #[test]
    fn consent_is_of_the_case() {
        use crate::case::{Consent, ReturnScope};
        let header = "case,sample,role,tumor_type,consent,return_scope,fastq_1,fastq_2\n";
        let with = |rows: &str| format!("{header}{rows}");
        let text =
            with("A,t,tumor,DOID:3910,Full,full,a,b\nA,n,normal,,full,,c,d\nB,b,proband,,,,e,f\n");
        let cases = parsed(&text).unwrap();
        let said = &cases[0].clinical;
        assert_eq!(said.tumor_type.as_ref().unwrap().as_str(), "DOID:3910");
        assert_eq!((said.consent, said.return_scope), (Consent::Full, ReturnScope::Full));
        assert_eq!(cases[1].clinical, Clinical::default());
        let two = message(&with("A,t,tumor,,full,,a,b\nA,n,normal,,none,,c,d\n"));
        assert!(two.contains("line 3, column consent"), "{two}");
        let wrong = message(&with("A,t,tumor,,yes,,a,b\n"));
        assert!(wrong.contains("line 2, column consent") && wrong.contains("actionable"));
    }

    #[test]
    fn errors_name_line_and_column() {
        let header = "case,sample,role,sex,lane,library,fastq_1,fastq_2\n";
        let with = |row: &str| message(&format!("{header}A,a,proband,male,1,l,x,y\n{row}\n"));
        assert!(with("B,../x,proband,male,1,l,x,y").contains("line 3, column sample"));
        assert!(with("B,b,boss,male,1,l,x,y").contains("line 3, column role"));
        assert!(with("B,b,proband,blue,1,l,x,y").contains("line 3, column sex"));
        assert!(with("B,b,proband,male,1,l,x,").contains("line 3, column fastq_2"));
        assert!(with("A,a,proband,female,2,l,x,y").contains("line 3, column sex"));
        assert!(with("B,a,proband,male,1,l,p,q").contains("belongs to case A"));
        assert!(with("A,a,proband,male,1,l,p,q").contains("line 3, column lane"));
        assert!(with("A,a,proband").contains("line 3"));
        assert!(message("case,sample,colour,fastq_1,fastq_2\nA,a,x,y,z\n").contains("\"colour\""));
        assert!(message(header).contains("no rows"));
    }
}
