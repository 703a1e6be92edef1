//! A VCF with consequences and with what sources know of its alleles.

use std::{collections::BTreeMap, path::Path};

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    variant::{Header, Reader, Record, Writer, csq},
};

use crate::{
    Effects, Source,
    csq::csq_format,
    parallel,
    record::{Annotated, RecordAnnotator},
};

/// Records that one thread takes at once: over a genome, some blocks of each store.
const CHUNK_RECORDS: usize = 2048;

/// Everything that annotation reads besides the variants. Opened once, for any number of files.
pub struct Annotator {
    effects: Effects,
    sources: Vec<Source>,
}

/// How a file is annotated.
#[derive(Clone, Copy)]
pub struct AnnotateOptions<'a> {
    /// Threads; without influence on the output.
    pub threads: usize,
    /// Hears the number of records that are written.
    pub progress: Option<&'a (dyn Fn(u64) + Sync)>,
}

impl Default for AnnotateOptions<'_> {
    fn default() -> Self {
        Self { threads: 1, progress: None }
    }
}

/// What was annotated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnnotateSummary {
    /// Records.
    pub records: u64,
    /// Alternate alleles that are bases.
    pub alleles: u64,
    /// Alternate alleles that are not, and have no entry in `CSQ`.
    pub other_alleles: u64,
    /// Alleles that each source knows, by its name.
    pub known: BTreeMap<String, u64>,
}

impl Annotator {
    /// Opens a transcript store ([`store::build`](crate::store::build)) and the folders of sources
    /// ([`source::build`](crate::source::build())), all made for this genome.
    ///
    /// # Errors
    ///
    /// As [`Source::open`]; `Configuration` if two sources have a field of one name.
    pub fn open<P: AsRef<Path>>(
        genes: &Path,
        genome: &Genome,
        sources: impl IntoIterator<Item = P>,
    ) -> Result<Self> {
        let open = |folder: P| Source::open(folder.as_ref(), genome);
        let sources: Vec<Source> = sources.into_iter().map(open).collect::<Result<_>>()?;
        check_keys(genome, &sources)?;
        Ok(Self { effects: Effects::open(genes, genome)?, sources })
    }

    /// The consequences of single alleles.
    pub fn effects(&self) -> &Effects {
        &self.effects
    }

    /// The sources, in order.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Writes the same records with `CSQ` and the sources' fields in INFO; fields of these keys
    /// that were there before are replaced. The output is bgzip with an index where its name ends
    /// in `.gz`, and appears when it is whole; its bytes do not depend on the number of threads.
    ///
    /// `CSQ` has one entry for each alternate allele that is bases and each transcript within 5,000
    /// bases, in the order of alleles and of the transcripts' places. Spanning deletions (`*`),
    /// symbolic alleles and breakends pass without.
    ///
    /// # Errors
    ///
    /// `ReferenceMismatch`, with the line: a contig that the genome lacks or has with another
    /// length, a reference allele that is not the genome's. `InvalidInput` or `Truncated` if the
    /// input is damaged, or not sorted and the output is to be indexed.
    pub fn annotate_vcf(
        &self,
        input: &Path,
        output: &Path,
        options: &AnnotateOptions<'_>,
    ) -> Result<AnnotateSummary> {
        let reader = Reader::open(input)?.allow_undeclared_contigs();
        self.check_contigs(input, reader.header())?;
        let header = self.header(reader.header());
        let mut writer = Writer::create(output, &header, options.threads)?;
        let mut summary = AnnotateSummary::default();
        summary.known.extend(self.sources.iter().map(|s| (s.name().to_owned(), 0)));
        let worker = |_| {
            let mut annotator = RecordAnnotator::new(&self.effects, &self.sources, input);
            move |chunk: Vec<(u64, Record)>| annotator.annotate(chunk)
        };
        let workers = (0..options.threads.max(1)).map(worker).collect();
        let take = |chunk: Annotated| {
            summary.records += chunk.records.len() as u64;
            summary.alleles += chunk.alleles;
            summary.other_alleles += chunk.other_alleles;
            for (source, known) in self.sources.iter().zip(chunk.known) {
                *summary.known.entry(source.name().to_owned()).or_default() += known;
            }
            chunk.records.iter().try_for_each(|record| writer.write(record))?;
            if let Some(progress) = options.progress {
                progress(summary.records);
            }
            Ok(())
        };
        parallel::in_order(Chunks(reader), workers, take)?;
        writer.finish()?;
        Ok(summary)
    }

    /// Contigs that the genome lacks are no fault until there are records of them.
    fn check_contigs(&self, input: &Path, header: &Header) -> Result<()> {
        let contigs = self.effects.genome().contigs();
        match header.check_contigs(contigs) {
            Ok(()) | Err(wgs_core::ContigError::Missing(_)) => {}
            Err(error) => {
                let error = FileError::new(input, ErrorKind::ReferenceMismatch, error.to_string());
                return Err(error.hint("take the genome that the variants were called on"));
            }
        }
        Ok(())
    }

    fn header(&self, input: &Header) -> Header {
        let mut header = input.clone();
        header.add_info(csq_format().definition("Consequence annotations in the form of VEP."));
        for field in self.sources.iter().flat_map(Source::fields) {
            header.add_info(field.clone());
        }
        header
    }

    /// Keys of the INFO fields that annotation writes.
    pub fn info_keys(&self) -> impl Iterator<Item = &str> {
        let fields = self.sources.iter().flat_map(Source::fields);
        std::iter::once(csq::KEY).chain(fields.map(|field| field.id.as_str()))
    }
}

/// Two sources whose fields have one name in INFO would write over each other.
fn check_keys(genome: &Genome, sources: &[Source]) -> Result<()> {
    let mut owners = BTreeMap::new();
    for source in sources {
        for field in source.fields() {
            if let Some(other) = owners.insert(field.id.as_str(), source.name()) {
                let (key, name) = (&field.id, source.name());
                let reason = format!("the sources {other} and {name} both have the field {key}");
                return Err(FileError::new(genome.path(), ErrorKind::Configuration, reason)
                    .hint("build one of them under another name"));
            }
        }
    }
    Ok(())
}

/// Records in chunks, with the numbers of their lines.
struct Chunks(Reader);

impl Iterator for Chunks {
    type Item = Result<Vec<(u64, Record)>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut chunk = Vec::with_capacity(CHUNK_RECORDS);
        while chunk.len() < CHUNK_RECORDS {
            match self.0.next() {
                Some(Ok(record)) => chunk.push((self.0.line_number(), record)),
                Some(Err(error)) => return Some(Err(error)),
                None => break,
            }
        }
        (!chunk.is_empty()).then_some(Ok(chunk))
    }
}
