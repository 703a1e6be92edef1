//! Real genes and variants: 225 transcripts of 13 genes on pieces of GRCh38.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeMap, path::Path};

use wgs_annotate::{
    AnnotateOptions, Annotator,
    source::{self, SourceOptions},
    store, translate,
};
use wgs_core::{Interval0, Pos1};
use wgs_formats::{
    genome::{self, Genome},
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

/// Variants of all kinds around the borders of exons and coding sequences, seeded.
fn variants(mini: &Mini38, annotator: &Annotator, count: usize) -> Vec<Record> {
    let transcripts = annotator.effects().transcripts();
    let mut state = 20_261_121u64;
    let mut random = move |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut records = Vec::with_capacity(count);
    while records.len() < count {
        let transcript = &transcripts[random(transcripts.len() as u64) as usize];
        let parts = if random(3) == 0 { &transcript.coding } else { &transcript.exons };
        if parts.is_empty() {
            continue;
        }
        let part = parts[random(parts.len() as u64) as usize];
        let border = if random(2) == 0 { part.start() } else { part.end() };
        let start = match random(4) {
            0 => part.start() + random(u64::from(part.len())) as u32,
            _ => (border + random(40) as u32).saturating_sub(20),
        };
        let length = [1, 1, 1, 1, 2, 3, 4, 1 + random(30) as u32][random(8) as usize];
        let place = Interval0::new(start, start + length).unwrap();
        let reference = mini.genome.fetch(transcript.contig, place);
        let inserted = [0, 1, 1, 1, 2, 3, random(9)][random(7) as usize];
        let base = |n: u64| b"ACGT"[n as usize];
        let mut alternate: Vec<u8> = (0..inserted).map(|_| base(random(4))).collect();
        if random(2) == 0 && length == 1 && inserted != 1 {
            alternate.insert(0, reference[0]);
        }
        if alternate.is_empty() {
            alternate = vec![reference[0]];
        }
        if reference == alternate || reference.len() != length as usize {
            continue;
        }
        let contig = &mini.genome.contigs().get(transcript.contig).unwrap().name;
        let text = |bases: &[u8]| String::from_utf8(bases.to_vec()).unwrap();
        records.push(record(contig, start + 1, &text(&reference), &[&text(&alternate)]));
    }
    let order = |r: &Record| (mini.genome.contigs().index_of(&r.contig).map(|c| c.0), r.position);
    records.sort_by_key(order);
    records
}

#[test]
fn variants_of_all_kinds_have_consequences_and_the_same_bytes_on_any_number_of_threads() {
    let Some(mini) = Mini38::build() else { return };
    mini.source("clinvar", "mini38/clinvar.vcf.gz");
    let annotator = mini.annotator(&["clinvar"]);
    let calls = mini.vcf("calls.vcf.gz", &variants(&mini, &annotator, 5_000));
    let bytes = |threads| {
        let out = mini.path("annotated.vcf.gz");
        let options = AnnotateOptions { threads, ..AnnotateOptions::default() };
        let summary = annotator.annotate_vcf(&calls, &out, &options).unwrap();
        assert_eq!((summary.records, summary.alleles), (5_000, 5_000));
        (std::fs::read(&out).unwrap(), out)
    };
    let (one, out) = bytes(1);
    assert!(one == bytes(2).0 && one == bytes(5).0);
    for (record, entries) in entries(&out) {
        assert!(!entries.is_empty(), "{record}");
        for entry in entries {
            let known = |term| wgs_annotate::Term::parse(term).is_some();
            assert!(entry["Consequence"].split('&').all(known), "{record}");
        }
    }
}

/// GRCh38 chr17:43057078 G>A, as a published analysis annotates it; mini38's chr17 begins at
/// GRCh38 chr17:43000000.
#[test]
fn the_known_variant_of_brca1() {
    let Some(mini) = Mini38::build() else { return };
    let clinvar = mini.source("clinvar", "mini38/clinvar.vcf.gz");
    assert_eq!((clinvar.records, clinvar.alleles, clinvar.reference_differs), (6_758, 6_758, 0));
    let gnomad = mini.source("gnomad", "mini38/gnomad_exomes.vcf.gz");
    assert_eq!((gnomad.records, gnomad.alleles, gnomad.reference_differs), (2_387, 2_622, 0));
    let dbsnp = mini.source("dbsnp", "mini38/dbsnp.vcf.gz");
    assert_eq!(dbsnp.fields, ["ID"]);

    let calls = mini.vcf("calls.vcf.gz", &[record("chr17", 57_079, "G", &["A"])]);
    let annotator = mini.annotator(&["clinvar", "gnomad", "dbsnp"]);
    let out = mini.path("annotated.vcf.gz");
    let summary = annotator.annotate_vcf(&calls, &out, &AnnotateOptions::default()).unwrap();
    assert!(summary.known.values().all(|&known| known == 1));

    let (record, entries) = entries(&out).remove(0);
    let entry = entries.iter().find(|e| e["Feature"] == "ENST00000471181").unwrap();
    for (field, expected) in [
        ("Allele", "A"),
        ("Consequence", "stop_gained"),
        ("IMPACT", "HIGH"),
        ("SYMBOL", "BRCA1"),
        ("HGVSc", "ENST00000471181:c.5314C>T"),
        ("HGVSp", "ENST00000471181:p.Arg1772Ter"),
        ("cDNA_position", "5546"),
        ("CDS_position", "5314"),
        ("Protein_position", "1772"),
        ("Amino_acids", "R/*"),
        ("Codons", "Cga/Tga"),
        ("Existing_variation", "rs80357123"),
        ("STRAND", "-1"),
    ] {
        assert_eq!(entry[field], expected, "{field}");
    }
    let canonical: Vec<_> = entries.iter().filter(|e| e["CANONICAL"] == "YES").collect();
    assert_eq!(canonical.len(), 1);
    assert_eq!(canonical[0]["Feature"], "ENST00000357654");
    assert_eq!(record.info.get("CLINVAR_CLINSIGN"), Some("Pathogenic"));
    assert_eq!(record.info.get("DBSNP_ID"), Some("rs80357123"));
    let conditions = record.info.values("CLINVAR_PHENOTYPELIST").unwrap();
    assert!(conditions[0].as_deref().unwrap().starts_with("Breast-ovarian_cancer,_familial_1"));
    let frequency: f64 = record.info.number("GNOMAD_AF").unwrap();
    assert!((frequency - 1.21818e-05).abs() < 1e-8, "{frequency}");
}

/// What sources say is found however an allele is written, in any order of alleles.
#[test]
fn every_allele_of_a_source_is_found_again() {
    let Some(mini) = Mini38::build() else { return };
    let summary = mini.source("gnomad", "mini38/gnomad_exomes.vcf.gz");
    let annotator = mini.annotator(&["gnomad"]);
    let input = shared_data("mini38/gnomad_exomes.vcf.gz").unwrap();
    let out = mini.path("annotated.vcf.gz");
    let options = AnnotateOptions::default();
    let found = annotator.annotate_vcf(&input, &out, &options).unwrap();
    assert_eq!(found.known["gnomad"], summary.alleles);
    for record in Reader::open(&out).unwrap() {
        let record = record.unwrap();
        let [given, found] = ["AF", "GNOMAD_AF"].map(|key| record.info.get(key));
        assert_eq!(given, found, "{}:{}", record.contig, record.position);
    }
}
