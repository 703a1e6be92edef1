//! From gene models, sources and calls to an annotated VCF, on a genome of our own.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;

use wgs_annotate::{
    AnnotateOptions, AnnotateSummary, Annotator,
    source::{self, SourceOptions, SourceSummary},
    store,
};
use wgs_core::ErrorKind;
use wgs_formats::{
    Result,
    genome::{self, Genome},
    output,
    variant::{Reader, Record},
};

struct World {
    folder: tempfile::TempDir,
    genome: Genome,
}

/// chr1 has a run of A at 21-30 (1-based) and one exon 41-49 that reads ATG AAA TAA; chr2 has none.
impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let chr1 = format!("{}CGCTAGCTAC{}CGTCTCTCTCATGAAATAAGG", "ACGTACGTAC", "A".repeat(10));
        output::write(&at("in.fa"), format!(">chr1\n{chr1}\n>chr2\nMCGT\n")).unwrap();
        genome::import(&at("in.fa"), &at("genome.fa")).unwrap();
        let rows = [
            ("mRNA", ".", "ID=T;biotype=protein_coding"),
            ("exon", ".", "Parent=T"),
            ("CDS", "0", "ID=P;Parent=T"),
        ];
        let row = |(kind, phase, rest)| format!("1\tx\t{kind}\t41\t49\t.\t+\t{phase}\t{rest}\n");
        output::write(&at("genes.gff3"), rows.map(row).concat()).unwrap();
        let genome = Genome::open(at("genome.fa")).unwrap();
        store::build(&at("genes.gff3"), &genome, &at("genes")).unwrap();
        Self { folder, genome }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of rows whose columns are separated by spaces.
    fn vcf(&self, name: &str, header: &str, rows: &[&str]) -> PathBuf {
        let mut text = format!("##fileformat=VCFv4.2\n{header}");
        text += "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
        for row in rows {
            text += &(row.replace(' ', "\t") + "\n");
        }
        let path = self.at(name);
        output::write(&path, text).unwrap();
        path
    }

    fn source(&self, name: &str, header: &str, rows: &[&str]) -> Result<SourceSummary> {
        let vcf = self.vcf("source.vcf", header, rows);
        let options = SourceOptions { memory_bytes: 200, ..SourceOptions::default() };
        source::build(name, &vcf, &self.genome, &self.at(name), &options)
    }

    fn annotate(&self, sources: &[&str], rows: &[&str]) -> Result<(Vec<Record>, AnnotateSummary)> {
        let calls = self.vcf(
            "calls.vcf",
            "##INFO=<ID=CSQ,Number=.,Type=String,Description=\"old\">\n",
            rows,
        );
        let sources = sources.iter().map(|name| self.at(name));
        let annotator = Annotator::open(&self.at("genes"), &self.genome, sources)?;
        let out = self.at("out.vcf.gz");
        let options = AnnotateOptions::default();
        let summary = annotator.annotate_vcf(&calls, &out, &options)?;
        let written: Vec<Record> = Reader::open(&out)?.collect::<Result<_>>()?;
        let mut given = Vec::new();
        let take = |records| {
            given.extend::<Vec<Record>>(records);
            Ok(())
        };
        assert_eq!(annotator.annotate_records(&calls, &options, Ok, take)?, summary);
        assert_eq!(given, written);
        Ok((written, summary))
    }
}

const AF: &str = "##INFO=<ID=AF,Number=A,Type=Float,Description=\"f\">\n\
    ##INFO=<ID=NOTE,Number=.,Type=String,Description=\"n\">\n\
    ##INFO=<ID=HOT,Number=0,Type=Flag,Description=\"h\">\n";

#[test]
fn alleles_are_found_however_they_are_written() {
    let world = World::new();
    let rows = ["1 25 rs7 AA A,AAA . PASS AF=0.25,0.5;NOTE=a,b;HOT", "1 45 x A T . . AF=1"];
    let summary = world.source("My-db", AF, &rows).unwrap();
    assert_eq!((summary.records, summary.alleles), (2, 3));
    let calls = [
        "chr1 20 . CA CAA,C,* . . X=1;MY_DB_AF=9",
        "chr1 29 . AAC AAAC . . .",
        "chr1 45 . A T . . .",
    ];
    let (records, summary) = world.annotate(&["My-db"], &calls).unwrap();
    let get = |record: usize, key: &str| records[record].info.get(key).unwrap_or("none").to_owned();
    assert_eq!(get(0, "MY_DB_AF"), "0.5,0.25,.");
    assert_eq!(get(0, "MY_DB_ID"), "rs7,rs7,.");
    assert_eq!(get(0, "MY_DB_NOTE"), "a%2Cb,a%2Cb,.");
    assert_eq!(get(0, "MY_DB_HOT"), "1,1,.");
    assert_eq!((get(0, "X"), get(1, "MY_DB_AF")), ("1".into(), "0.5".into()));
    assert_eq!((get(2, "MY_DB_AF"), get(2, "MY_DB_NOTE")), ("1".into(), "none".into()));
    assert!(get(0, "CSQ").contains("|rs7|") && !get(2, "CSQ").contains("|x|"));
    assert_eq!((summary.alleles, summary.other_alleles), (4, 1));
    assert_eq!(summary.known["My-db"], 4);
}

#[test]
fn alleles_of_one_codon_count_together_wherever_chunks_end() {
    let world = World::new();
    let row = |position: u32, to: &str, genotypes: &str| {
        format!("chr1\t{position}\t.\tA\t{to}\t.\t.\tHAPLOTYPE_CSQ=old\tGT\t{genotypes}\n")
    };
    let others = row(44, "G", "0/0\t0/0").repeat(4095);
    let pair = [row(44, "C", "0|1\t1|1"), row(45, "C", "0|1\t0|0")].concat();
    let columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\tS2\n";
    let text = format!("##fileformat=VCFv4.2\n{columns}{others}{pair}");
    output::write(&world.at("calls.vcf"), text).unwrap();
    let annotator = Annotator::open(&world.at("genes"), &world.genome, [""; 0]).unwrap();
    let annotate = |threads| {
        let options = AnnotateOptions { threads, ..AnnotateOptions::default() };
        let out = world.at("out.vcf.gz");
        annotator.annotate_vcf(&world.at("calls.vcf"), &out, &options).unwrap();
        std::fs::read(out).unwrap()
    };
    assert_eq!(annotate(1), annotate(3));
    let reader = Reader::open(world.at("out.vcf.gz")).unwrap();
    let records: Vec<Record> = reader.collect::<Result<_>>().unwrap();
    assert!(!records[4094].info.has("HAPLOTYPE_CSQ"));
    let expected = "chr1:44:A:C&chr1:45:A:C|S1|missense_variant|MODERATE||T|T|\
        T:c.4_5delinsCC|P:p.Lys2Pro|4-5|2|K/P|AAa/CCa";
    for record in &records[4095..] {
        assert_eq!(record.info.get("HAPLOTYPE_CSQ"), Some(expected));
    }
}

#[test]
fn what_was_there_before_is_replaced() {
    let world = World::new();
    world.source("db", AF, &["1 45 . A T . . AF=1"]).unwrap();
    let calls = ["chr1 44 . A T . . CSQ=old;DB_AF=0.7;Y=2", "chr1 45 . A <DEL> . . CSQ=old"];
    let (records, _) = world.annotate(&["db"], &calls).unwrap();
    let csq = records[0].info.get("CSQ").unwrap();
    assert!(csq.starts_with("T|stop_gained|HIGH||T|Transcript|T|"), "{csq}");
    assert_eq!((records[0].info.get("DB_AF"), records[0].info.get("Y")), (None, Some("2")));
    assert_eq!(records[1].info.to_string(), ".");
}

#[test]
fn entries_name_their_allele_as_vep_does() {
    let world = World::new();
    let (records, _) = world.annotate(&[], &["chr1 44 . AAA A,AAAA,<NON_REF> . . ."]).unwrap();
    let csq = records[0].info.get("CSQ").unwrap();
    let alleles: Vec<(&str, &str)> = csq
        .split(',')
        .map(|entry| entry.split('|').collect::<Vec<_>>())
        .map(|values| (values[0], values[18]))
        .collect();
    assert_eq!(alleles, [("-", "1"), ("AAA", "2")]);
}

#[test]
fn what_does_not_fit_the_genome_is_counted_in_sources() {
    let world = World::new();
    let rows = [
        "1 45 . A T . . AF=1",
        "1 45 . A T . . AF=2;NOTE=x",
        "1 45 . C T . . AF=3",
        "7 1 . A T . . AF=4",
        "1 45 . A <DEL>,A,* . . .",
        "1 5000 . A T . . AF=5",
        "chr2 1 . N T . . AF=6",
    ];
    let summary = world.source("db", AF, &rows).unwrap();
    assert_eq!((summary.records, summary.alleles), (7, 2));
    assert_eq!((summary.reference_differs, summary.not_bases, summary.repeated), (2, 3, 1));
    assert_eq!(summary.missing_contigs["7"], 1);
    let (records, _) = world.annotate(&["db"], &["chr1 45 . A T . . ."]).unwrap();
    assert_eq!(records[0].info.get("DB_AF"), Some("1"), "of two numbers the first");
    assert_eq!(records[0].info.get("DB_NOTE"), Some("x"));

    let error = world.source("bad", AF, &rows[3..4]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReferenceMismatch);
    assert!(error.to_string().contains("7 …"), "{error}");
    assert_eq!(world.source("a b", AF, &rows).unwrap_err().kind(), ErrorKind::Configuration);
    world.source("empty", AF, &[]).unwrap();
}

#[test]
fn fields_can_be_chosen() {
    let world = World::new();
    let vcf = world.vcf("source.vcf", AF, &["1 45 rs1 A T . q10 AF=1;NOTE=x"]);
    let build = |fields: &[&str]| {
        let fields = Some(fields.iter().map(|f| (*f).to_owned()).collect());
        let options = SourceOptions { fields, ..SourceOptions::default() };
        source::build("db", &vcf, &world.genome, &world.at("db"), &options)
    };
    build(&["FILTER", "NOTE"]).unwrap();
    let (records, _) = world.annotate(&["db"], &["chr1 45 . A T . . ."]).unwrap();
    assert!(records[0].info.to_string().starts_with("DB_FILTER=q10;DB_NOTE=x;CSQ="));
    assert!(build(&["NOPE"]).unwrap_err().to_string().contains("no INFO field NOPE"));
}

#[test]
fn calls_of_another_genome_are_refused_with_their_line() {
    let world = World::new();
    for (row, reason) in [
        ("chr1 45 . C T . . .", "line 5 (chr1:45): REF is C, the genome has A"),
        ("chr3 45 . C T . . .", "line 5 (chr3:45): the genome has no such contig"),
        ("chr1 60 . GG T . . .", "line 5 (chr1:60): REF is GG, the genome has nothing"),
    ] {
        let error = world.annotate(&[], &["chr1 44 . A T . . .", row]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReferenceMismatch, "{error}");
        assert!(error.to_string().ends_with(reason), "{error}");
        assert!(!world.at("out.vcf.gz").exists());
    }
    let header = "##contig=<ID=chr1,length=99>\n";
    let calls = world.vcf("calls.vcf", header, &["chr1 44 . A T . . ."]);
    let annotator = Annotator::open(&world.at("genes"), &world.genome, [""; 0]).unwrap();
    let out = world.at("out.vcf.gz");
    let error = annotator.annotate_vcf(&calls, &out, &AnnotateOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReferenceMismatch);
}

#[test]
fn codes_for_several_bases_fit_any_of_them() {
    let world = World::new();
    let rows = ["chr2 1 . A T . . .", "chr2 1 . N T . . .", "chr2 2 . c g . . ."];
    let (records, _) = world.annotate(&[], &rows).unwrap();
    assert!(records.iter().all(|r| r.info.get("CSQ").unwrap().contains("|intergenic_variant|")));
    assert_eq!(records[2].reference, "c");
}

#[test]
fn unsorted_calls_need_a_plain_output() {
    let world = World::new();
    let rows = ["chr1 45 . A T . . .", "chr1 44 . A T . . ."];
    assert!(world.annotate(&[], &rows).unwrap_err().to_string().contains("not sorted"));
    let annotator = Annotator::open(&world.at("genes"), &world.genome, [""; 0]).unwrap();
    let options = AnnotateOptions::default();
    annotator.annotate_vcf(&world.at("calls.vcf"), &world.at("out.vcf"), &options).unwrap();
    assert_eq!(Reader::open(world.at("out.vcf")).unwrap().count(), 2);
}

#[test]
fn a_store_of_another_form_is_refused() {
    let world = World::new();
    world.source("db", AF, &["1 45 . A T . . AF=1"]).unwrap();
    let path = world.at("db").join("alleles.store");
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() = b'1';
    output::write(&path, bytes).unwrap();
    let error = world.annotate(&["db"], &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("another form"), "{error}");
}
