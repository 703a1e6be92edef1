//! What becomes of annotated records on their way to a file: which are kept, which of their entries
//! and fields, and in which form.

use std::{collections::BTreeMap, path::Path};

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    variant::{Header, Record, csq},
};

use crate::{
    Transcript,
    diff::{Noted, Notes},
    field::{Catalog, NoField, Place},
    filter::{Filter, Verdict},
    output::{Format, OutputOptions},
    pick::{Pick, Picker},
    site::{CsqColumns, Site},
    table::{Batch, Columns, Json, Rows, Tsv, rows},
};

/// Name of the column that flags the picked entry.
const PICK: &str = "PICK";

/// What is made of a chunk of records.
pub(crate) struct Finished {
    pub(crate) made: Made,
    pub(crate) counts: Counts,
    /// What the annotation says of each allele, where it is compared.
    pub(crate) noted: Vec<Noted>,
}

/// Records in the form of the output.
pub(crate) enum Made {
    Records(Vec<Record>),
    Text(String),
    /// Text in its final form.
    Bytes(Vec<u8>),
    Rows(Batch),
}

/// What became of the records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) kept: u64,
    pub(crate) unknown: u64,
    pub(crate) rows: u64,
    /// Keys that the header does not declare, with their records.
    pub(crate) undeclared: BTreeMap<String, u64>,
}

/// Makes the output of records; shared by all threads.
pub(crate) struct Finisher<'a> {
    input: &'a Path,
    columns: CsqColumns,
    picker: Picker,
    pick: Pick,
    filter: Option<Filter>,
    /// After entries were picked.
    picked_columns: CsqColumns,
    target: Target,
    notes: Option<Notes>,
}

enum Target {
    Vcf(Option<VcfFields>),
    Tsv(Tsv, Rows, Keys),
    Json(Json, Rows, Keys),
    Parquet(Columns, Rows, Keys),
}

/// Keys that are declared, with `INFO/` or `FORMAT/` before them; `None` where a list of fields was
/// given, so that no other is missed.
struct Keys(Option<Vec<String>>);

/// What of the annotation a VCF holds.
struct VcfFields {
    /// Columns of `CSQ`.
    csq: Vec<usize>,
    infos: Vec<String>,
    /// Keys of INFO that annotation writes and that were not asked for.
    left_out: Vec<String>,
}

impl<'a> Finisher<'a> {
    /// For records of `header`, the keys of which annotation has written are `keys`.
    pub(crate) fn new(
        input: &'a Path,
        header: &Header,
        (keys, gene_columns): (&[&str], &[&str]),
        transcripts: &[Transcript],
        format: Format,
        options: &OutputOptions,
    ) -> Result<Self> {
        let columns = CsqColumns::of_header(header);
        let filter = options.filter.as_deref().map(|text| Filter::new(text, header, &columns));
        let filter = filter.transpose()?;
        let mut names = columns.fields().to_vec();
        if options.pick == Pick::Flag {
            names.push(PICK.into());
        }
        let picked_columns = CsqColumns::new(&names);
        let catalog = Catalog::new(header, &picked_columns);
        let chosen = options.fields.as_deref().map(|names| Columns::of_names(names, &catalog));
        let chosen = chosen.transpose().map_err(no_field)?;
        let infos = header.infos().map(|definition| format!("INFO/{}", definition.id));
        let formats = header.formats().map(|definition| format!("FORMAT/{}", definition.id));
        let declared = infos.chain(formats).collect();
        let undeclared = Keys(chosen.is_none().then_some(declared));
        let table = || chosen.clone().unwrap_or_else(|| Columns::all(&catalog));
        let target = match format {
            Format::Vcf => Target::Vcf(chosen.as_ref().map(|chosen| VcfFields::new(chosen, keys))),
            Format::Tsv => Target::Tsv(Tsv::new(table()), options.rows, undeclared),
            Format::Json => Target::Json(Json::new(&table()), options.rows, undeclared),
            Format::Parquet => Target::Parquet(table(), options.rows, undeclared),
        };
        let picker = Picker::new(options.pick_order.clone(), &columns, transcripts);
        let notes = options.diff_from.is_some().then(|| Notes::new(header, keys, gene_columns));
        let pick = options.pick;
        Ok(Self { input, columns, picker, pick, filter, picked_columns, target, notes })
    }

    /// The columns of a Parquet file.
    pub(crate) fn parquet_columns(&self) -> Option<&Columns> {
        match &self.target {
            Target::Parquet(columns, ..) => Some(columns),
            _ => None,
        }
    }

    /// What stands before all rows of text.
    pub(crate) fn head(&self) -> String {
        match &self.target {
            Target::Tsv(tsv, ..) => tsv.head(),
            _ => String::new(),
        }
    }

    /// The header of a VCF, from that of the annotated records.
    pub(crate) fn vcf_header(&self, header: &Header) -> Header {
        let mut made = header.clone();
        let about = "Consequence annotations in the form of VEP.";
        let names = self.picked_columns.fields();
        match &self.target {
            Target::Vcf(Some(fields)) => {
                let names = fields.csq.iter().filter_map(|column| names.get(*column));
                made.add_info(csq::Format::new(names).definition(about));
                for key in &fields.left_out {
                    made.remove_info(key);
                }
                if fields.csq.is_empty() {
                    made.remove_info(csq::KEY);
                }
            }
            _ if self.pick == Pick::Flag => {
                made.add_info(csq::Format::new(names).definition(about));
            }
            _ => {}
        }
        made
    }

    /// Makes the output of a chunk.
    pub(crate) fn finish(&self, records: Vec<Record>) -> Result<Finished> {
        let mut counts = Counts::default();
        let mut noted = Vec::new();
        let mut made = match &self.target {
            Target::Vcf(_) => Made::Records(Vec::with_capacity(records.len())),
            Target::Tsv(..) | Target::Json(..) => Made::Text(String::new()),
            Target::Parquet(columns, ..) => Made::Rows(Batch::new(columns)),
        };
        for record in records {
            let (contig, position) = (record.contig.clone(), record.position);
            self.one(record, &mut made, &mut counts, &mut noted).map_err(|reason| {
                FileError::invalid(self.input, reason)
                    .at(format!("record {contig}:{position}"))
                    .hint("the header declares another type than the file has: correct one of them")
            })?;
        }
        Ok(Finished { made, counts, noted })
    }

    fn one(
        &self,
        mut record: Record,
        made: &mut Made,
        counts: &mut Counts,
        noted: &mut Vec<Noted>,
    ) -> Result<(), String> {
        let site = Site::new(&record, &self.columns, &self.picker);
        if let Some(notes) = &self.notes {
            noted.extend(notes.of(&site));
        }
        match self.filter.as_ref().map_or(Ok(Verdict::Kept), |filter| filter.judge(&site))? {
            Verdict::Kept => counts.kept += 1,
            Verdict::Dropped => return Ok(()),
            Verdict::Unknown => {
                counts.unknown += 1;
                return Ok(());
            }
        }
        let picked = self.picked(&site);
        if let Some(text) = picked {
            record.info.set(csq::KEY, text);
        }
        match (&self.target, made) {
            (Target::Vcf(fields), Made::Records(records)) => {
                if let Some(fields) = fields {
                    fields.choose(&mut record);
                }
                counts.rows += 1;
                records.push(record);
                Ok(())
            }
            (Target::Tsv(tsv, per, keys), Made::Text(text)) => {
                let site = self.reopen(&record, keys, counts);
                rows(&site, *per, |at| {
                    counts.rows += 1;
                    tsv.append(at, text);
                    Ok(())
                })
            }
            (Target::Json(json, per, keys), Made::Text(text)) => {
                let site = self.reopen(&record, keys, counts);
                rows(&site, *per, |at| {
                    counts.rows += 1;
                    json.append(at, text)
                })
            }
            (Target::Parquet(columns, per, keys), Made::Rows(batch)) => {
                let site = self.reopen(&record, keys, counts);
                rows(&site, *per, |at| {
                    counts.rows += 1;
                    batch.append(columns, at)
                })
            }
            _ => unreachable!("what is made is of the target's form"),
        }
    }

    fn reopen<'r>(&'r self, record: &'r Record, keys: &Keys, counts: &mut Counts) -> Site<'r> {
        let site = Site::new(record, &self.picked_columns, &self.picker);
        if let Some(declared) = &keys.0 {
            let is = |kind: &str, key: &str, name: &String| {
                name.strip_prefix(kind).is_some_and(|name| name == key)
            };
            let infos = site.info_keys().map(|key| ("INFO/", key));
            let formats = record.format.iter().map(|key| ("FORMAT/", key.as_str()));
            for (kind, key) in infos.chain(formats) {
                if !declared.iter().any(|name| is(kind, key, name)) {
                    *counts.undeclared.entry(format!("{kind}{key}")).or_default() += 1;
                }
            }
        }
        site
    }

    /// The value of `CSQ` with the entries that were asked for; `None` where nothing changes.
    fn picked(&self, site: &Site<'_>) -> Option<String> {
        if self.pick == Pick::All || site.entries().is_empty() {
            return None;
        }
        let alleles = 0..site.record.alternates.len();
        let mut chosen: Vec<(usize, bool)> = Vec::new();
        for allele in alleles {
            let (those, best) = (site.entries_of(allele), site.picked(allele));
            match self.pick {
                Pick::All => {}
                Pick::Allele => chosen.extend(best.map(|entry| (entry, true))),
                Pick::AlleleGene => {
                    let best = self.picker.pick_by_gene(those, site.entries());
                    chosen.extend(best.into_iter().map(|entry| (entry, true)));
                }
                Pick::Flag => chosen.extend(those.iter().map(|e| (*e, Some(*e) == best))),
            }
        }
        chosen.sort_unstable();
        let flagged = |(entry, is_best): (usize, bool)| {
            let text = site.entries()[entry].join("|");
            match (self.pick, is_best) {
                (Pick::Flag, true) => text + "|1",
                (Pick::Flag, false) => text + "|",
                _ => text,
            }
        };
        Some(chosen.into_iter().map(flagged).collect::<Vec<_>>().join(","))
    }
}

impl VcfFields {
    fn new(chosen: &Columns, keys: &[&str]) -> Self {
        let csq = chosen.iter().filter_map(|column| match column.field.place {
            Place::Csq(place) => Some(place),
            _ => None,
        });
        let infos: Vec<String> = chosen
            .iter()
            .filter_map(|column| match &column.field.place {
                Place::Info(key) if keys.contains(&key.as_str()) => Some(key.clone()),
                _ => None,
            })
            .collect();
        let is_left_out = |key: &&&str| **key != csq::KEY && !infos.iter().any(|i| i == **key);
        let left_out = keys.iter().filter(is_left_out).map(|key| (*key).to_owned()).collect();
        Self { csq: csq.collect(), left_out, infos }
    }

    /// Leaves what was not asked for out of INFO, and puts the rest into its order.
    fn choose(&self, record: &mut Record) {
        for key in &self.left_out {
            record.info.remove(key);
        }
        for key in &self.infos {
            if let Some(value) = record.info.get(key).map(str::to_owned) {
                record.info.remove(key);
                record.info.set(key, value);
            }
        }
        let Some(text) = record.info.get(csq::KEY).map(str::to_owned) else { return };
        record.info.remove(csq::KEY);
        if self.csq.is_empty() {
            return;
        }
        let entry = |entry: &str| {
            let values: Vec<&str> = entry.split('|').collect();
            let value = |column: &usize| values.get(*column).copied().unwrap_or_default();
            self.csq.iter().map(value).collect::<Vec<_>>().join("|")
        };
        let entries: Vec<String> = text.split(',').map(entry).collect();
        record.info.set(csq::KEY, entries.join(","));
    }
}

fn no_field(error: NoField) -> FileError {
    let file = FileError::new("the list of fields", ErrorKind::Usage, error.reason);
    match error.hint {
        Some(hint) => file.hint(hint),
        None => file.hint("a table of all fields (TSV) names them in its first line"),
    }
}
