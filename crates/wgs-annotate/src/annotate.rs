//! A VCF with consequences and with what sources know of its alleles.

use std::{collections::BTreeMap, path::Path};

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    variant::{
        Chunk, Header, Reader, Record, Writer,
        csq::{self, Format},
    },
};

use crate::{
    Effects, FIELDS, GeneSource, Provenance, Source,
    found::{Keys, Records, Sink, VcfLines},
    haplotype,
    output::written_keys,
    parallel,
    record::{Annotated, RecordAnnotator},
    source::{self, Kind},
};

/// Lines that one thread takes at once: over a genome, some blocks of each store.
const CHUNK_LINES: usize = 4096;

/// Bytes of lines that are enough for a chunk, whatever their number.
const CHUNK_BYTES: usize = 2 << 20;

/// Chunks after which the memory of the genome's pages is given back.
const CHUNKS_HELD: u64 = 32;

/// Everything that annotation reads besides the variants. Opened once, for any number of files.
pub struct Annotator {
    effects: Effects,
    sources: Vec<Source>,
    tables: Vec<GeneSource>,
    provenance: Provenance,
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
        let (sources, tables) = open_sources(genome, sources)?;
        check_keys(genome, &sources, &tables)?;
        let effects = Effects::open_with(genes, genome, &tables)?;
        Ok(Self { effects, sources, tables, provenance: Provenance::default() })
    }

    /// Says what genes and sources were made of, for the headers of annotated files.
    #[must_use]
    pub fn with_provenance(self, provenance: Provenance) -> Self {
        Self { provenance, ..self }
    }

    /// What genes and sources were made of.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// The consequences of single alleles.
    pub fn effects(&self) -> &Effects {
        &self.effects
    }

    /// The sources of alleles and intervals, in order.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The tables of genes, in order.
    pub fn gene_sources(&self) -> &[GeneSource] {
        &self.tables
    }

    /// The format of `CSQ`: [`csq_format`](crate::csq_format), and what tables of genes add.
    pub fn csq_format(&self) -> Format {
        let added = self.tables.iter().flat_map(GeneSource::fields).map(String::as_str);
        Format::new(FIELDS.into_iter().chain(added))
    }

    /// Writes the same records with `CSQ` and the sources' fields in INFO; fields of these keys
    /// that were there before are replaced. The output is bgzip with an index where its name ends
    /// in `.gz`, and appears when it is whole; its bytes do not depend on the number of threads.
    ///
    /// `CSQ` has one entry for each alternate allele that is bases and each transcript within 5,000
    /// bases, in the order of alleles and of the transcripts' places. Spanning deletions (`*`),
    /// symbolic alleles and breakends pass without.
    ///
    /// `HAPLOTYPE_CSQ` stands at records whose alleles change a protein together: on one haplotype of
    /// a sample, in one codon, or where one shifts the reading frame and another restores it.
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
        let reader = Reader::open(input)?;
        self.check_contigs(input, reader.header())?;
        let header = self.header(reader.header());
        let mut writer = Writer::create(output, &header, options.threads)?;
        let sink = || VcfLines::new(writer.packer().fast());
        let sinks = (0..options.threads.max(1)).map(|_| sink()).collect();
        let summary = self.run(reader, options, sinks, |lines| writer.write_packed(&lines))?;
        writer.finish()?;
        Ok(summary)
    }

    /// Annotates as [`Annotator::annotate_vcf`] does, but gives the records to the caller: to `work`
    /// in chunks, on as many threads as `options` say, and what that makes of a chunk to `take`, in
    /// the order of the file. What chunks hold depends on nothing but the file. The header of the
    /// records is [`Annotator::header`].
    ///
    /// # Errors
    ///
    /// As [`Annotator::annotate_vcf`], and what `work` and `take` say.
    pub fn annotate_records<T: Send>(
        &self,
        input: &Path,
        options: &AnnotateOptions<'_>,
        work: impl Fn(Vec<Record>) -> Result<T> + Sync,
        mut take: impl FnMut(T) -> Result<()>,
    ) -> Result<AnnotateSummary> {
        let reader = Reader::open(input)?;
        self.check_contigs(input, reader.header())?;
        let sinks = (0..options.threads.max(1)).map(|_| Records::new(&work)).collect();
        self.run(reader, options, sinks, |made| take(made?))
    }

    /// Annotates the records of a file, with a sink for each thread.
    fn run<S: Sink>(
        &self,
        reader: Reader,
        options: &AnnotateOptions<'_>,
        sinks: Vec<S>,
        mut take: impl FnMut(S::Output) -> Result<()>,
    ) -> Result<AnnotateSummary> {
        let input = reader.path().to_owned();
        let samples = reader.header().samples().to_vec();
        let keys = self.keys(reader.header());
        let mut summary = AnnotateSummary::default();
        summary.known.extend(self.sources.iter().map(|s| (s.name().to_owned(), 0)));
        let worker = |mut sink: S| {
            let (effects, sources, keys) = (&self.effects, &self.sources[..], &keys);
            let mut annotator = RecordAnnotator::new(effects, sources, keys, &input, &samples);
            move |chunk: Chunk| annotator.annotate(&chunk, &mut sink)
        };
        let workers = sinks.into_iter().map(worker).collect();
        let mut chunks = 0;
        let take = |chunk: Annotated<S::Output>| {
            summary.records += chunk.records;
            summary.alleles += chunk.alleles;
            summary.other_alleles += chunk.other_alleles;
            for (source, known) in self.sources.iter().zip(chunk.known) {
                *summary.known.entry(source.name().to_owned()).or_default() += known;
            }
            take(chunk.output)?;
            chunks += 1;
            if chunks % CHUNKS_HELD == 0 {
                self.effects.release();
            }
            if let Some(progress) = options.progress {
                progress(summary.records);
            }
            Ok(())
        };
        let chunks = reader.into_chunks(CHUNK_LINES, CHUNK_BYTES);
        let joins = !samples.is_empty();
        let chunks =
            chunks.keeping(|line, next| joins && self.effects.may_act_together(line, next));
        parallel::in_order(chunks, workers, take)?;
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

    /// The keys that are set or removed in the records of a file: also those of a former annotation
    /// that this one does not write.
    fn keys(&self, input: &Header) -> Keys {
        let own: Vec<&str> = self.info_keys().collect();
        let last = [csq::KEY, haplotype::KEY];
        let fields = own.iter().copied().filter(|key| !last.contains(key)).chain(last);
        let former = written_keys(input).into_iter().filter(|key| !own.contains(&key.as_str()));
        Keys::new(fields.map(str::to_owned).chain(former))
    }

    /// The header of an annotated file: that of the input, with `CSQ`, the sources' fields, what they
    /// were made of, and the genome's contigs where the input declares none. Fields of a former
    /// annotation that this one does not write are taken out.
    pub fn header(&self, input: &Header) -> Header {
        let mut header = input.clone();
        let csq = self.csq_format();
        header.add_info(csq.definition("Consequence annotations in the form of VEP."));
        if !header.samples().is_empty() {
            header.add_info(haplotype::definition());
        }
        for field in self.sources.iter().flat_map(Source::fields) {
            header.add_info(field.clone());
        }
        let own: Vec<&str> = self.info_keys().collect();
        for former in written_keys(input).iter().filter(|key| !own.contains(&key.as_str())) {
            header.remove_info(former);
        }
        if input.contigs().next().is_none() {
            header.add_contigs(self.effects.genome().contigs());
        }
        self.provenance.write(&mut header, &own);
        header
    }

    /// Keys of the INFO fields that annotation writes.
    pub fn info_keys(&self) -> impl Iterator<Item = &str> {
        let fields = self.sources.iter().flat_map(Source::fields);
        [csq::KEY, haplotype::KEY].into_iter().chain(fields.map(|field| field.id.as_str()))
    }
}

/// Opens the stores in folders: those of alleles and intervals, and those of genes.
fn open_sources<P: AsRef<Path>>(
    genome: &Genome,
    folders: impl IntoIterator<Item = P>,
) -> Result<(Vec<Source>, Vec<GeneSource>)> {
    let (mut sources, mut tables) = (Vec::new(), Vec::new());
    for folder in folders {
        let folder = folder.as_ref();
        match source::kind_in(folder)? {
            Kind::Genes => tables.push(GeneSource::open(folder)?),
            Kind::Alleles | Kind::Intervals => sources.push(Source::open(folder, genome)?),
        }
    }
    Ok((sources, tables))
}

/// Two sources whose fields have one name would write over each other.
fn check_keys(genome: &Genome, sources: &[Source], tables: &[GeneSource]) -> Result<()> {
    let in_info = |source: &Source| {
        let keys = source.fields().iter().map(|field| field.id.clone());
        (format!("the source {}", source.name()), keys.collect::<Vec<_>>())
    };
    let in_csq =
        |table: &GeneSource| (format!("the source {}", table.name()), table.fields().to_vec());
    let own = FIELDS.into_iter().chain(["PICK", csq::KEY, haplotype::KEY]);
    let mut owners: BTreeMap<String, String> =
        own.map(|key| (key.to_owned(), "annotate itself".to_owned())).collect();
    for (name, keys) in sources.iter().map(in_info).chain(tables.iter().map(in_csq)) {
        for key in keys {
            if let Some(other) = owners.insert(key.clone(), name.clone()) {
                let reason = format!("{other} and {name} both have the field {key}");
                return Err(FileError::new(genome.path(), ErrorKind::Configuration, reason)
                    .hint("build one of them under another name"));
            }
        }
    }
    Ok(())
}
