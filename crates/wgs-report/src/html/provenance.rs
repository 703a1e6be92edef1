//! What made the report, and where its files are.

use askama::{Template, filters::HtmlSafe};

use crate::model::{FileEntry, Report};

use super::parts::{Cell, Table};

/// The section on provenance.
#[derive(Template)]
#[template(path = "provenance.html")]
pub(super) struct ProvenanceView {
    tables: Vec<Table>,
}

impl HtmlSafe for ProvenanceView {}

pub(super) fn view(report: &Report) -> Option<ProvenanceView> {
    let mut tables = Vec::new();
    if let Some(provenance) = &report.provenance {
        let mut made = Table::new("Made with", &["What", "`Which"]);
        made.push(vec![provenance.program.clone().into(), provenance.version.clone().into()]);
        if let Some(pipeline) = &provenance.pipeline {
            made.push(vec!["pipeline".into(), pipeline.clone().into()]);
        }
        for tool in &provenance.tools {
            made.push(vec![tool.name.clone().into(), tool.version.clone().into()]);
        }
        if let Some(bundle) = &provenance.bundle {
            made.push(vec!["reference bundle (SHA-256)".into(), bundle.digest.clone().into()]);
            made.push(vec!["reference bundle built by".into(), bundle.built_by.clone().into()]);
            made.push(vec!["aligner index of".into(), bundle.aligner.clone().into()]);
        }
        tables.push(made);
        tables.extend(origins(report));
        tables.extend(options(report));
    }
    tables.extend(reads(report));
    (!tables.is_empty()).then_some(ProvenanceView { tables })
}

fn origins(report: &Report) -> Option<Table> {
    let bundle = report.provenance.as_ref()?.bundle.as_ref()?;
    let mut table =
        Table::new("Reference and sources", &["Part", "Release", "Licence", "`File", "`SHA-256"]);
    for origin in &bundle.origins {
        table.push(vec![
            origin.name.clone().into(),
            origin.version.clone().unwrap_or_default().into(),
            origin.licence.clone().unwrap_or_default().into(),
            origin.file.clone().into(),
            origin.sha256.clone().into(),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}

fn options(report: &Report) -> Option<Table> {
    let mut table = Table::new("Options", &["Stage", "`Option", "`Value"]);
    for option in &report.provenance.as_ref()?.options {
        table.push(vec![
            option.stage.clone().into(),
            option.name.clone().into(),
            option.value.to_string().into(),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}

fn reads(report: &Report) -> Option<Table> {
    let mut table = Table::new("Input reads", &["Sample", "Read group", "Library", "`Files"]);
    for sample in &report.case.as_ref()?.samples {
        for reads in &sample.reads {
            table.push(vec![
                sample.id.clone().into(),
                reads.read_group.clone().unwrap_or_else(|| "of the file".to_owned()).into(),
                reads.library.clone().unwrap_or_default().into(),
                reads.files.join(", ").into(),
            ]);
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

/// The files, as links that work where the page lies in the folder `report` of the case.
pub(super) fn files(files: &[FileEntry]) -> Option<Table> {
    let mut table =
        Table::new("Files, relative to the folder of the case", &["Sample", "Content", "`Path"]);
    for file in files {
        table.push(vec![
            file.sample.clone().unwrap_or_else(|| "case".to_owned()).into(),
            file.content.clone().into(),
            Cell { text: file.path.clone(), link: address(&file.path), mark: "" },
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}

/// `../` and the path, percent-encoded. A path that leaves the folder has no address.
fn address(path: &str) -> Option<String> {
    let leaves = path.split('/').any(|part| matches!(part, "" | "." | ".."));
    let encoded: String = path
        .bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(b).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect();
    (!leaves).then(|| format!("../{encoded}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stay_in_the_case() {
        assert_eq!(address("reads/S1.cram").as_deref(), Some("../reads/S1.cram"));
        assert_eq!(address("a b/\"x'<é>").as_deref(), Some("../a%20b/%22x%27%3C%C3%A9%3E"));
        for path in ["../x", "/etc/passwd", "a//b", "a/../../b", "", "."] {
            assert_eq!(address(path), None, "{path}");
        }
        assert_eq!(address("javascript:alert(1)").as_deref(), Some("../javascript%3Aalert%281%29"));
    }
}
