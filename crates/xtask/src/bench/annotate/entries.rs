//! The entries of `CSQ` in an annotated VCF.

use std::{collections::BTreeMap, path::Path};

use wgs_formats::variant::{Reader, csq::Format};

use crate::Error;

/// What an entry is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    /// Id of the record: a number.
    pub(super) id: u32,
    /// Place and alleles.
    pub(super) variant: String,
    /// The transcript; empty for what lies between genes.
    pub(super) feature: String,
}

/// The values of fields, in their order.
pub(super) type Values = Vec<String>;

/// The values of fields in every entry; a field that the file does not have is empty.
pub(super) fn read(path: &Path, fields: &[&str]) -> Result<BTreeMap<Subject, Values>, Error> {
    let reader = Reader::open(path)?;
    let format = Format::of_header(reader.header())
        .ok_or_else(|| format!("{}: no CSQ in the header", path.display()))?;
    let mut entries = BTreeMap::new();
    for record in reader {
        let record = record?;
        let id = record.id.as_deref().and_then(|id| id.parse().ok());
        let id = id.ok_or_else(|| format!("{}: a record without its number", path.display()))?;
        let (reference, alternates) = (&record.reference, record.alternates.join(","));
        let position = record.position;
        let variant = format!("{}:{position}:{reference}>{alternates}", record.contig);
        for entry in format.entries(&record) {
            let feature = entry.get("Feature").unwrap_or_default().to_owned();
            let value = |field: &&str| entry.get(field).unwrap_or_default().to_owned();
            let subject = Subject { id, variant: variant.clone(), feature };
            entries.insert(subject, fields.iter().map(value).collect());
        }
    }
    Ok(entries)
}
