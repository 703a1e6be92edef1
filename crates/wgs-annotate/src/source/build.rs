//! A store from a VCF as it was downloaded.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use wgs_core::{ContigIndex, ErrorKind, Interval0};
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    output,
    variant::{Allele, AlleleKind, Header, Reader, Record, normalize},
};

use super::{
    block::Rows,
    fields::{self, Field},
    file::{StoreWriter, StoredField},
    lookup::store_path,
    sort::{Entry, Sorted, Sorter},
};
use crate::{contigs::ContigNames, parallel, reference::is_reference};

/// How a source is built.
#[derive(Clone, Debug)]
pub struct SourceOptions {
    /// The fields to carry: keys of INFO, `ID` and `FILTER`. `None`: what the kind of file
    /// suggests (ClinVar, gnomAD, dbSNP), or else `ID` and all of INFO.
    pub fields: Option<Vec<String>>,
    /// Memory for sorting, in bytes; what does not fit goes to temporary files beside the store.
    pub memory_bytes: usize,
    /// Threads that compress.
    pub threads: usize,
}

impl Default for SourceOptions {
    fn default() -> Self {
        Self { fields: None, memory_bytes: 512 << 20, threads: 1 }
    }
}

/// What was made of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceSummary {
    /// Records read.
    pub records: u64,
    /// Alleles in the store.
    pub alleles: u64,
    /// Contigs that the genome lacks, with the number of records there.
    pub missing_contigs: BTreeMap<String, u64>,
    /// Records left out since their reference allele is not the genome's.
    pub reference_differs: u64,
    /// Alleles left out that are not bases, or are the reference's.
    pub not_bases: u64,
    /// Alleles that stood more than once; their values were joined.
    pub repeated: u64,
    /// Keys of the fields that the store carries.
    pub fields: Vec<String>,
}

/// Builds the store of a source from a VCF (plain, gzip or bgzip; sorted or not).
///
/// Alleles are split, trimmed and left-aligned. Contigs may have any of their provider's names
/// (`17`, `chr17`, `NC_000017.11`). Where one allele stands more than once, its texts are joined by
/// `&` and of its numbers the first is kept.
///
/// # Errors
///
/// `Configuration` if the name is not made of letters, digits, `_`, `-` and `.`, or a field that was
/// asked for is not in the file. `ReferenceMismatch` if a contig has another length than in the
/// genome, or if the file has records, but none fits the genome. `InvalidInput` or `Truncated` if it is damaged.
pub fn build(
    name: &str,
    vcf: &Path,
    genome: &Genome,
    folder: &Path,
    options: &SourceOptions,
) -> Result<SourceSummary> {
    check_name(name, vcf)?;
    let reader = Reader::open(vcf)?.allow_undeclared_contigs();
    let names = ContigNames::new(genome.contigs());
    check_lengths(vcf, reader.header(), genome, &names)?;
    let asked = options.fields.as_deref();
    let fields = fields::choose(name, reader.header(), asked).map_err(|missing| {
        let reason = format!("has no INFO field {}", missing.join(", "));
        FileError::new(vcf, ErrorKind::Configuration, reason)
    })?;
    output::create_folder(folder)?;
    let mut builder = Builder {
        genome,
        names,
        fields: &fields,
        sorter: Sorter::new(folder, options.memory_bytes),
        summary: SourceSummary {
            fields: fields.iter().map(|f| f.key.clone()).collect(),
            ..SourceSummary::default()
        },
        order: 0,
    };
    for record in reader {
        builder.record(&record?)?;
    }
    builder.finish(name, vcf, folder, options.threads)
}

/// Contigs of one name and two lengths are of two assemblies, whose variants lie elsewhere.
fn check_lengths(vcf: &Path, header: &Header, genome: &Genome, names: &ContigNames) -> Result<()> {
    for theirs in header.contigs() {
        let ours = names.find(&theirs.name).and_then(|index| genome.contigs().get(index));
        let (Some(ours), Some(length)) = (ours, theirs.length) else { continue };
        if length != ours.length {
            let (name, own) = (&theirs.name, ours.length);
            let reason = format!("contig {name} has {length} bases, in the genome {own}");
            return Err(FileError::new(vcf, ErrorKind::ReferenceMismatch, reason)
                .hint("take a file of the genome's assembly"));
        }
    }
    Ok(())
}

fn check_name(name: &str, vcf: &Path) -> Result<()> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
    if name.bytes().all(fits) && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Ok(());
    }
    let reason = format!(
        "the source's name {name:?} does not begin with a letter or has others \
        than letters, digits, '_', '-' and '.'"
    );
    Err(FileError::new(vcf, ErrorKind::Configuration, reason))
}

struct Builder<'a> {
    genome: &'a Genome,
    names: ContigNames,
    fields: &'a [Field],
    sorter: Sorter<'a>,
    summary: SourceSummary,
    order: u64,
}

impl Builder<'_> {
    fn record(&mut self, record: &Record) -> Result<()> {
        self.summary.records += 1;
        let Some(contig) = self.names.find(&record.contig) else {
            *self.summary.missing_contigs.entry(record.contig.clone()).or_default() += 1;
            return Ok(());
        };
        let start = record.position.to_pos0();
        let end = start.saturating_add(record.reference.len() as u32);
        let place = Interval0::new(start, end).expect("the end was made from the start");
        if !is_reference(self.genome, contig, place, record.reference.as_bytes()) {
            self.summary.reference_differs += 1;
            return Ok(());
        }
        let reference = self.genome.fetch(contig, place);
        for (index, allele) in record.alternates.iter().enumerate() {
            let is_bases = AlleleKind::of(allele) == AlleleKind::Bases;
            if !is_bases || allele.as_bytes().eq_ignore_ascii_case(&reference) {
                self.summary.not_bases += 1;
            } else {
                self.allele(record, index, contig, start, &reference)?;
            }
        }
        Ok(())
    }

    fn allele(
        &mut self,
        record: &Record,
        index: usize,
        contig: ContigIndex,
        start: u32,
        reference: &[u8],
    ) -> Result<()> {
        let alternate = record.alternates[index].as_bytes();
        let allele = normalize(self.genome, contig, start, reference, alternate);
        let text = |bases: Vec<u8>| bases.into_iter().map(char::from).collect::<String>();
        let value = |field: &Field| field.value(record, index).unwrap_or_default();
        let values: Vec<_> = self.fields.iter().map(value).collect();
        self.order += 1;
        self.sorter.push(Entry {
            contig: contig.0,
            start: allele.start,
            reference: text(allele.reference),
            alternate: text(allele.alternate),
            order: self.order,
            values: values.join("\t"),
        })
    }

    fn finish(
        self,
        name: &str,
        vcf: &Path,
        folder: &Path,
        threads: usize,
    ) -> Result<SourceSummary> {
        let Self { genome, fields, sorter, mut summary, order, .. } = self;
        let fits = summary.records
            - summary.reference_differs
            - summary.missing_contigs.values().sum::<u64>();
        if summary.records > 0 && fits == 0 {
            return Err(fits_nowhere(vcf, &summary));
        }
        let path = store_path(folder);
        let stored =
            |field: &Field| StoredField::new(&field.key, field.carried_type(), &field.description);
        let stored = fields.iter().map(stored).collect();
        let mut store = StoreWriter::create(&path, name, stored, genome.contigs())?;
        let repeated = AtomicU64::new(0);
        let blocks = Blocks { entries: sorter.finish()?, fields, next: None, repeated: &repeated };
        let encode = |_| {
            let path = &path;
            move |rows: Rows| rows.encode().map_err(|e| FileError::io(path, e))
        };
        let workers = (0..threads.max(1)).map(encode).collect();
        parallel::in_order(blocks, workers, |block| match block {
            Some((place, bytes)) => store.write(place, &bytes),
            None => Ok(()),
        })?;
        store.finish()?;
        summary.repeated = repeated.into_inner();
        summary.alleles = order - summary.repeated;
        Ok(summary)
    }
}

/// Entries in blocks, those of one allele joined.
struct Blocks<'a> {
    entries: Sorted<'a>,
    fields: &'a [Field],
    /// The first entry after the last block.
    next: Option<Entry>,
    /// Entries that were joined to the one before.
    repeated: &'a AtomicU64,
}

impl Blocks<'_> {
    /// The next allele.
    fn entry(&mut self) -> Result<Option<Entry>> {
        let Some(mut entry) =
            self.next.take().map(Ok).or_else(|| self.entries.next()).transpose()?
        else {
            return Ok(None);
        };
        while let Some(next) = self.entries.next().transpose()? {
            if !entry.is_same_allele(&next) {
                self.next = Some(next);
                break;
            }
            entry.values = joined(self.fields, &entry.values, &next.values);
            self.repeated.fetch_add(1, Ordering::Relaxed);
        }
        Ok(Some(entry))
    }

    fn block(&mut self) -> Result<Option<Rows>> {
        let mut rows: Option<Rows> = None;
        while rows.as_ref().is_none_or(|rows| !rows.is_full()) {
            let Some(entry) = self.entry()? else { break };
            let block = rows.get_or_insert_with(|| Rows::new(entry.contig, self.fields.len()));
            let allele = Allele {
                start: entry.start,
                reference: entry.reference.into_bytes(),
                alternate: entry.alternate.into_bytes(),
            };
            block.push(&allele, entry.values.split('\t'));
            if self.next.as_ref().is_some_and(|next| next.contig != block.contig()) {
                break;
            }
        }
        Ok(rows)
    }
}

impl Iterator for Blocks<'_> {
    type Item = Result<Rows>;

    fn next(&mut self) -> Option<Self::Item> {
        self.block().transpose()
    }
}

fn fits_nowhere(vcf: &Path, summary: &SourceSummary) -> FileError {
    let contigs: Vec<&str> = summary.missing_contigs.keys().map(String::as_str).take(5).collect();
    let reason = if contigs.is_empty() {
        "no record's reference allele is the genome's".to_owned()
    } else {
        let differs = summary.reference_differs;
        format!(
            "no record fits the genome: it lacks {} of their contigs ({} …), and elsewhere {differs} \
             reference alleles differ",
            summary.missing_contigs.len(),
            contigs.join(", ")
        )
    };
    FileError::new(vcf, ErrorKind::ReferenceMismatch, reason)
        .hint("take a file of the genome's assembly")
}

/// The values of an allele that stands twice.
fn joined(fields: &[Field], first: &str, second: &str) -> String {
    let join = |((field, a), b): ((&Field, &str), &str)| {
        let is_text = field.carried_type() == wgs_formats::variant::ValueType::String;
        match (a, b) {
            ("", b) => b.to_owned(),
            (a, b) if is_text && !b.is_empty() && a.split('&').all(|part| part != b) => {
                format!("{a}&{b}")
            }
            (a, _) => a.to_owned(),
        }
    };
    let pairs = fields.iter().zip(first.split('\t')).zip(second.split('\t'));
    pairs.map(join).collect::<Vec<_>>().join("\t")
}
