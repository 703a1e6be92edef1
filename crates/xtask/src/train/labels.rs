//! Calls with what they are: true or not.

use std::{collections::BTreeMap, path::Path};

use wgs_compare::{Level, Options, Request, Sets, compare_into};
use wgs_formats::variant::{Reader, Record};
use wgs_smallvar::filter::features::Features;

use super::sets::Set;
use crate::Error;

/// Place and alleles of a record.
type Key = (String, u32, String, String);

/// A call whose truth is known.
#[derive(Clone, Debug)]
pub(super) struct Labelled {
    pub(super) features: Features,
    pub(super) is_true: bool,
}

/// The calls of a set.
pub(super) fn of_calls(set: &Set, called: &Path, genome: &Path) -> Result<Vec<Labelled>, Error> {
    let folder = tempfile::tempdir()?;
    let mut sets = Sets::new(&set.truth, called, genome);
    sets.confident = Some(set.confident.clone());
    let options = Options { level: Level::Genotype, all_records: true, ..Options::default() };
    let request = Request { options, ..Request::new(sets) };
    compare_into(&request, folder.path())?;
    let verdicts = verdicts(&folder.path().join("annotated.vcf.gz"))?;
    let mut calls = Vec::new();
    for record in Reader::open(called)? {
        let record = record?;
        if let Some(&is_true) = verdicts.get(&key(&record)).filter(|_| !is_mito(&record.contig)) {
            calls.push(Labelled { features: Features::of_record(&record), is_true });
        }
    }
    Ok(calls)
}

/// chrM is judged by other rules.
pub(super) fn is_mito(contig: &str) -> bool {
    matches!(contig.strip_prefix("chr").unwrap_or(contig), "M" | "MT")
}

/// Which calls are true. A true variant with another genotype is true as well.
fn verdicts(annotated: &Path) -> Result<BTreeMap<Key, bool>, Error> {
    let mut verdicts = BTreeMap::new();
    for record in Reader::open(annotated)? {
        let record = record?;
        let value = |key| record.sample_value(1, key).unwrap_or(".");
        let is_true = match (value("BD"), value("WHY")) {
            ("TP", _) => true,
            ("FP", why) => why.contains("genotype"),
            _ => continue,
        };
        verdicts.insert(key(&record), is_true);
    }
    Ok(verdicts)
}

fn key(record: &Record) -> Key {
    let position = record.position.to_pos0();
    (record.contig.clone(), position, record.reference.clone(), record.alternates.join(","))
}
