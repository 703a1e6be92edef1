//! Outputs of annotation besides the plain VCF: tables, chosen entries and fields, kept records,
//! differences to an older annotation.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use serde::{Deserialize, Serialize};
use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    output::{self, AtomicFile},
    variant::{Header, Reader, Writer},
};
use wgs_task::Bundle;

pub use crate::diff::DiffSummary;
use crate::{
    AnnotateOptions, AnnotateSummary, Annotator, GeneSource, Pick, PickOrder,
    diff::Differ,
    finish::{Counts, Finished, Finisher, Made},
    table::{Meta, ParquetWriter, Rows},
};

/// Key of the header line that tells program and bundle.
const PROGRAM: &str = "wgsAnnotate";
/// Key of the header lines that tell gene models and sources.
const SOURCE: &str = "wgsAnnotateSource";

/// Form of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// VCF with `CSQ`.
    Vcf,
    /// Tab-separated text with a line of names.
    Tsv,
    /// One JSON object a line.
    Json,
    /// Parquet, compressed by itself.
    Parquet,
}

impl Format {
    /// The form that the name of a file tells: `.vcf`, `.tsv`, `.jsonl`, each also with `.gz`, and
    /// `.parquet`.
    ///
    /// ```
    /// use wgs_annotate::OutputFormat;
    /// assert_eq!(OutputFormat::of_path("x.jsonl.gz"), Some(OutputFormat::Json));
    /// assert_eq!(OutputFormat::of_path("x.parquet.gz"), None);
    /// ```
    pub fn of_path(path: impl AsRef<Path>) -> Option<Self> {
        let name = path.as_ref().file_name()?.to_str()?;
        match name.strip_suffix(".gz").unwrap_or(name).rsplit_once('.')?.1 {
            "vcf" => Some(Self::Vcf),
            "tsv" => Some(Self::Tsv),
            "jsonl" | "ndjson" => Some(Self::Json),
            "parquet" if !name.ends_with(".gz") => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// A file that annotation was made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Name of the source, or `genes`.
    pub name: String,
    /// The file's name.
    pub file: String,
    /// Its SHA-256.
    pub sha256: String,
    /// Its release, as its provider names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// What an annotation was made of, as the output tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Version of the program that made an older file; not read for a new one.
    pub version: Option<String>,
    /// SHA-256 of the bundle's manifest.
    pub bundle: Option<String>,
    /// Gene models and sources.
    pub origins: Vec<Origin>,
}

impl Provenance {
    /// Of a reference bundle: its gene models, and its sources in their order.
    pub fn of_bundle(bundle: &Bundle) -> Self {
        let manifest = bundle.manifest();
        let names = std::iter::once("genes").chain(manifest.sources.iter().map(String::as_str));
        let of = |name: &str| manifest.origins.iter().find(|origin| origin.name == name);
        let origins = names.filter_map(of).map(|origin| Origin {
            name: origin.name.clone(),
            file: origin.file.clone(),
            sha256: origin.sha256.clone(),
            version: origin.version.clone(),
        });
        let origins = origins.collect();
        Self { version: None, bundle: Some(bundle.digest().to_owned()), origins }
    }

    /// As the header of an annotated file tells.
    pub(crate) fn of_header(header: &Header) -> Self {
        let value = |fields: &[(String, String)], key: &str| {
            fields.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone())
        };
        let program = header.others(PROGRAM).last().and_then(fields_of);
        let origin = |line: &str| {
            let fields = fields_of(line)?;
            let of = |key: &str| value(&fields, key).unwrap_or_default();
            let version = value(&fields, "Version");
            Some(Origin { name: of("ID"), file: of("File"), sha256: of("SHA256"), version })
        };
        Self {
            version: program.as_deref().and_then(|fields| value(fields, "Version")),
            bundle: program.as_deref().and_then(|fields| value(fields, "Bundle")),
            origins: header.others(SOURCE).filter_map(origin).collect(),
        }
    }

    /// Tells it in a header, in place of what it told before.
    pub(crate) fn write(&self, header: &mut Header, keys: &[&str]) {
        [PROGRAM, SOURCE].iter().for_each(|key| header.remove_lines(key));
        let bundle = self.bundle.as_ref().map(|b| format!(",Bundle={b}")).unwrap_or_default();
        let keys = keys.join(",");
        let version = crate::VERSION;
        header.add_line(PROGRAM, &format!("<Version={version}{bundle},Fields=\"{keys}\">"));
        for Origin { name, file, sha256, version } in &self.origins {
            let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
            let version = version.as_deref().map(|v| format!(",Version=\"{}\"", quoted(v)));
            let (file, version) = (quoted(file), version.unwrap_or_default());
            let line = format!("<ID={name},File=\"{file}\",SHA256={sha256}{version}>");
            header.add_line(SOURCE, &line);
        }
    }
}

/// Keys of INFO that the header of an annotated file says were written by annotation.
pub(crate) fn written_keys(header: &Header) -> Vec<String> {
    let fields = header.others(PROGRAM).last().and_then(fields_of).unwrap_or_default();
    let keys = fields.into_iter().find(|(key, _)| key == "Fields").map(|(_, keys)| keys);
    keys.unwrap_or_default().split(',').filter(|k| !k.is_empty()).map(str::to_owned).collect()
}

fn fields_of(line: &str) -> Option<Vec<(String, String)>> {
    let fields = wgs_formats::variant::structured(line)?;
    Some(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// What is written, and how.
#[derive(Clone, Debug, Default)]
pub struct OutputOptions {
    /// Form; by the output's name if not given.
    pub format: Option<Format>,
    /// Rows of a table.
    pub rows: Rows,
    /// Entries of `CSQ` that are written.
    pub pick: Pick,
    /// What decides which entry stands for an allele.
    pub pick_order: PickOrder,
    /// Records that are written: those for which this holds ([`filter`](crate::filter) tells the
    /// grammar); all if not given.
    pub filter: Option<String>,
    /// Columns of `CSQ` and keys of INFO that are written, in order; all if not given. Of a VCF,
    /// keys that annotation does not write stay where they are. Of a table, contig, position and
    /// alleles come first.
    pub fields: Option<Vec<String>>,
    /// An older annotation of the same variants. What differs is written beside the output:
    /// `STEM.diff.tsv`, `STEM.diff.json`.
    pub diff_from: Option<PathBuf>,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputSummary {
    /// What was annotated.
    pub annotated: AnnotateSummary,
    /// Records that were kept.
    pub kept: u64,
    /// Records that the filter left out because it asked for a value that is missing.
    pub unknown: u64,
    /// Rows of a table, or records of a VCF.
    pub rows: u64,
    /// Keys (`INFO/KEY`, `FORMAT/KEY`) that the header does not declare, so that a table lacks them,
    /// with the number of their records.
    pub undeclared: BTreeMap<String, u64>,
    /// What differs from the older annotation.
    pub diff: Option<DiffSummary>,
}

impl Annotator {
    /// As [`Annotator::annotate_vcf`], with all that [`OutputOptions`] ask for. The bytes of every
    /// output are the same for any number of threads.
    ///
    /// # Errors
    ///
    /// `Usage` before anything is read: a filter or list of fields that does not fit the file, a
    /// form that the name does not tell. As [`Annotator::annotate_vcf`] then; `InvalidInput` for a
    /// value that is none of the type that the header declares and the output needs.
    pub fn annotate_to(
        &self,
        input: &Path,
        out: &Path,
        options: &AnnotateOptions<'_>,
        output: &OutputOptions,
    ) -> Result<OutputSummary> {
        let format = output.format.or_else(|| Format::of_path(out)).ok_or_else(|| {
            let reason = "expected a name in .vcf, .tsv, .jsonl (also with .gz) or .parquet";
            FileError::new(out, ErrorKind::Usage, reason).hint("or say the form: --format")
        })?;
        let input_header = Reader::open(input)?.header().clone();
        let keys: Vec<&str> = self.info_keys().collect();
        let header = self.header(&input_header);
        let transcripts = self.effects().transcripts();
        let of_genes = self.gene_sources().iter().flat_map(GeneSource::fields);
        let of_genes: Vec<&str> = of_genes.map(String::as_str).collect();
        let own = (&keys[..], &of_genes[..]);
        let finisher = Finisher::new(input, &header, own, transcripts, format, output)?;
        let mut differ = match &output.diff_from {
            Some(old) => {
                let genome = self.effects().genome();
                let told = self.provenance();
                Some(Differ::open(old, input, &input_header, own, genome, out, told)?)
            }
            None => None,
        };
        let meta = meta(output, self.provenance());
        let mut sink = Sink::create(out, &header, &finisher, format, options, &meta)?;
        let mut counts = Counts::default();
        let annotated = self.annotate_records(
            input,
            options,
            |records| {
                let finished = finisher.finish(records)?;
                sink_ready(finished, out)
            },
            |(ready, some, noted)| {
                counts.add(some);
                if let Some(differ) = &mut differ {
                    differ.take(noted)?;
                }
                sink.write(ready)
            },
        )?;
        let diff = differ.map(Differ::finish).transpose()?;
        sink.finish()?;
        let Counts { kept, unknown, rows, undeclared } = counts;
        Ok(OutputSummary { annotated, kept, unknown, rows, undeclared, diff })
    }
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.kept += other.kept;
        self.unknown += other.unknown;
        self.rows += other.rows;
        for (key, records) in other.undeclared {
            *self.undeclared.entry(key).or_default() += records;
        }
    }
}

/// What is ready to be written, with its counts and what is to be compared.
type Ready = (Made, Counts, Vec<crate::diff::Noted>);

fn sink_ready(finished: Finished, out: &Path) -> Result<Ready> {
    let Finished { made, counts, noted } = finished;
    let made = match made {
        Made::Text(text) if is_gzip(out) => Made::Bytes(gzip(&text, out)?),
        Made::Text(text) => Made::Bytes(text.into_bytes()),
        other => other,
    };
    Ok((made, counts, noted))
}

fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz")
}

/// Text as one member of a gzip file; nothing for no text.
fn gzip(text: &str, path: &Path) -> Result<Vec<u8>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    written.map_err(|e| FileError::io(path, e))
}

/// The output.
enum Sink {
    Vcf(Box<Writer>),
    Text(AtomicFile),
    Parquet(Box<ParquetWriter>),
}

impl Sink {
    fn create(
        out: &Path,
        header: &Header,
        finisher: &Finisher<'_>,
        format: Format,
        options: &AnnotateOptions<'_>,
        meta: &Meta,
    ) -> Result<Self> {
        Ok(match (format, finisher.parquet_columns()) {
            (Format::Vcf, _) => {
                let header = finisher.vcf_header(header);
                Self::Vcf(Box::new(Writer::create(out, &header, options.threads)?))
            }
            (Format::Parquet, Some(columns)) => {
                Self::Parquet(Box::new(ParquetWriter::create(out, columns.clone(), meta)?))
            }
            _ => {
                output::remove_dead_partials(out)?;
                let mut file = AtomicFile::create(out)?;
                let head = finisher.head();
                let head = if is_gzip(out) { gzip(&head, out)? } else { head.into_bytes() };
                file.write_all(&head).map_err(|e| FileError::io(out, e))?;
                Self::Text(file)
            }
        })
    }

    fn write(&mut self, made: Made) -> Result<()> {
        match (self, made) {
            (Self::Vcf(writer), Made::Records(records)) => {
                records.iter().try_for_each(|record| writer.write(record))
            }
            (Self::Text(file), Made::Bytes(bytes)) => {
                file.write_all(&bytes).map_err(|e| FileError::io(file.path(), e))
            }
            (Self::Parquet(writer), Made::Rows(rows)) => writer.write(rows),
            _ => unreachable!("what is made is of the output's form"),
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::Vcf(writer) => writer.finish(),
            Self::Text(file) => file.commit(),
            Self::Parquet(writer) => writer.finish(),
        }
    }
}

/// What a Parquet file tells about itself.
fn meta(output: &OutputOptions, provenance: &Provenance) -> Meta {
    let rows = match output.rows {
        Rows::Transcripts => "transcript",
        Rows::Alleles => "allele",
    };
    let mut meta = vec![
        ("wgs-pipe.schema".to_owned(), "wgs-pipe/variant-table/1".to_owned()),
        ("wgs-pipe.version".to_owned(), crate::VERSION.to_owned()),
        ("wgs-pipe.rows".to_owned(), rows.to_owned()),
    ];
    let Provenance { bundle, origins, .. } = provenance;
    meta.extend(bundle.iter().map(|bundle| ("wgs-pipe.bundle".to_owned(), bundle.clone())));
    if let Ok(origins) = serde_json::to_string(origins) {
        meta.push(("wgs-pipe.sources".to_owned(), origins));
    }
    meta.extend(output.filter.iter().map(|text| ("wgs-pipe.filter".to_owned(), text.clone())));
    meta
}
