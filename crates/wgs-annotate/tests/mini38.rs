//! Real genes and variants: 225 transcripts of 13 genes on pieces of GRCh38.

use std::{collections::BTreeMap, path::Path};

use wgs_annotate::{
    AnnotateOptions, Annotator,
    source::{self, SourceOptions},
    store, translate,
};
use wgs_core::{ContigIndex, Interval0, Pos1};
use wgs_formats::{
    genome::{self, Genome},
    output,
    variant::{Header, Reader, Record, Writer, csq},
};
use wgs_testkit::shared_data;

struct Mini38 {
    folder: tempfile::TempDir,
    genome: Genome,
}

impl Mini38 {
    /// The genome and the transcript store, or `None` where the data are absent.
    fn build() -> Option<Self> {
        let fasta = shared_data("mini38/genome.fa.gz")?;
        let genes = shared_data("mini38/genes.gff3.gz")?;
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("genome.fa");
        genome::import(&fasta, &plain).unwrap();
        let genome = Genome::open(&plain).unwrap();
        let summary = store::build(&genes, &genome, &folder.path().join("genes")).unwrap();
        assert_eq!((summary.genes, summary.transcripts), (13, 225));
        assert_eq!(summary.with_inner_stop, 0);
        Some(Self { folder, genome })
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn source(&self, name: &str, file: &str) -> source::SourceSummary {
        let vcf = shared_data(file).unwrap();
        let options = SourceOptions::default();
        source::build(name, &vcf, &self.genome, &self.path(name), &options).unwrap()
    }

    fn annotator(&self, sources: &[&str]) -> Annotator {
        let sources: Vec<_> = sources.iter().map(|name| self.path(name)).collect();
        Annotator::open(&self.path("genes"), &self.genome, sources).unwrap()
    }

    fn vcf(&self, name: &str, records: &[Record]) -> std::path::PathBuf {
        let path = self.path(name);
        let mut writer = Writer::create(&path, &Header::new(self.genome.contigs()), 1).unwrap();
        records.iter().for_each(|record| writer.write(record).unwrap());
        writer.finish().unwrap();
        path
    }
}

fn record(contig: &str, position: u32, reference: &str, alternates: &[&str]) -> Record {
    Record::new(contig, Pos1::new(position).unwrap(), reference, alternates.iter().copied())
}

/// Field by field, what an entry of CSQ says.
fn entries(path: &Path) -> Vec<(Record, Vec<BTreeMap<String, String>>)> {
    let reader = Reader::open(path).unwrap();
    let format = csq::Format::of_header(reader.header()).unwrap();
    let fields = |entry: &csq::Entry<'_>| {
        let value = |field: &String| (field.clone(), entry.text(field).unwrap_or_default().into());
        format.fields().iter().map(value).collect()
    };
    reader
        .map(|record| {
            let record = record.unwrap();
            let entries = format.entries(&record).iter().map(fields).collect();
            (record, entries)
        })
        .collect()
}

#[test]
fn every_coding_transcript_translates_to_its_protein() {
    let Some(mini) = Mini38::build() else { return };
    let Some(table) = shared_data("mini38/proteins.tsv") else { return };
    let table = std::fs::read_to_string(table).unwrap();
    let expected: BTreeMap<&str, &str> = table
        .lines()
        .skip(1)
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|columns| (columns[0], columns[2]))
        .collect();
    let annotator = mini.annotator(&[]);
    let transcripts = annotator.effects().transcripts();
    let coding: Vec<_> = transcripts.iter().filter(|t| t.is_coding()).collect();
    assert_eq!(coding.len(), expected.len());
    for transcript in coding {
        // The table has stops and what is left of a codon at the end as X, and begins with the
        // first whole codon.
        let expected = expected[transcript.feature.as_str()].trim_end_matches('X');
        let sequence = &transcript.coding_sequence(&mini.genome);
        let whole = if transcript.phase == 0 { 0 } else { 3 };
        let protein = translate(&sequence[whole..], false, &[]);
        assert_eq!(protein.trim_end_matches('X'), expected, "{}", transcript.feature);
    }
}

#[test]
fn the_known_variant_of_brca1() {
    let Some(mini) = Mini38::build() else { return };
    let clinvar = mini.source("clinvar", "mini38/clinvar.vcf.gz");
    let gnomad = mini.source("gnomad", "mini38/gnomad_exomes.vcf.gz");
    let dbsnp = mini.source("dbsnp", "mini38/dbsnp.vcf.gz");
    println!("{clinvar:?}\n{gnomad:?}\n{dbsnp:?}");
    // GRCh38 chr17:43057078 G>A; mini38's chr17 begins at 43000000.
    let calls = mini.vcf("calls.vcf.gz", &[record("chr17", 57_079, "G", &["A"])]);
    let annotator = mini.annotator(&["clinvar", "gnomad", "dbsnp"]);
    let out = mini.path("annotated.vcf.gz");
    let summary = annotator.annotate_vcf(&calls, &out, &AnnotateOptions::default()).unwrap();
    println!("{summary:?}");
    for (record, entries) in entries(&out) {
        println!("{}", record.info.to_string().chars().take(600).collect::<String>());
        for e in entries {
            println!("{e:?}");
        }
    }
}
