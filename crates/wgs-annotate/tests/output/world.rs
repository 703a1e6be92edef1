//! A genome of our own, with two genes, a source and calls.

use std::{io::Read, path::PathBuf};

use wgs_annotate::{
    AnnotateOptions, Annotator, Origin, OutputOptions, OutputSummary, Provenance,
    source::{self, SourceOptions},
    store,
};
use wgs_formats::{
    Result,
    genome::{self, Genome, open_maybe_gzip},
    output,
};

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) genome: Genome,
}

pub(crate) const HEAD: &str = "##fileformat=VCFv4.2\n##contig=<ID=chr1>\n\
    ##INFO=<ID=DP,Number=1,Type=Integer,Description=\"d\">\n\
    ##INFO=<ID=AC,Number=A,Type=Integer,Description=\"c\">\n\
    ##INFO=<ID=DB,Number=0,Type=Flag,Description=\"b\">\n\
    ##INFO=<ID=F,Number=.,Type=Float,Description=\"f\">\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n\
    ##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"a\">\n";

/// chr1 has exons 41-49 of T and U, of genes G and H, that read ATG AAA TAA; T is canonical.
impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let chr1 = format!("{}CGCTAGCTAC{}CGTCTCTCTCATGAAATAAGG", "ACGTACGTAC", "A".repeat(10));
        output::write(&at("in.fa"), format!(">chr1\n{chr1}\n")).unwrap();
        genome::import(&at("in.fa"), &at("genome.fa")).unwrap();
        let gene = |gene: &str, transcript: &str| {
            let rows = [
                ("gene", ".", format!("ID={gene};Name=S{gene}")),
                ("mRNA", ".", format!("ID={transcript};Parent={gene};biotype=protein_coding")),
                ("exon", ".", format!("Parent={transcript}")),
                ("CDS", "0", format!("ID=P{transcript};Parent={transcript}")),
            ];
            let row =
                |(kind, phase, rest)| format!("1\tx\t{kind}\t41\t49\t.\t+\t{phase}\t{rest}\n");
            rows.map(row).concat()
        };
        output::write(&at("genes.gff3"), gene("G", "T") + &gene("H", "U")).unwrap();
        let genome = Genome::open(at("genome.fa")).unwrap();
        store::build(&at("genes.gff3"), &genome, &at("genes")).unwrap();
        Self { folder, genome }
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A source with ClinVar's significance of two alleles.
    pub(crate) fn clinvar(&self, name: &str, rows: &[&str]) {
        let head = "##fileformat=VCFv4.2\n\
            ##INFO=<ID=CLNSIG,Number=.,Type=String,Description=\"s\">\n\
            #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
        let rows: String = rows.iter().map(|row| row.replace(' ', "\t") + "\n").collect();
        output::write(&self.at("clinvar.vcf"), head.to_owned() + &rows).unwrap();
        let options = SourceOptions::default();
        let (vcf, folder) = (self.at("clinvar.vcf"), self.at(name));
        source::build("clinvar", &vcf, &self.genome, &folder, &options).unwrap();
    }

    pub(crate) fn calls(&self, rows: &[&str]) {
        let mut text = HEAD.to_owned();
        text += "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\tS2\n";
        rows.iter().for_each(|row| text += &(row.replace(' ', "\t") + "\n"));
        output::write(&self.at("calls.vcf"), text).unwrap();
    }

    pub(crate) fn run(
        &self,
        out: &str,
        sources: &[&str],
        options: &OutputOptions,
    ) -> Result<OutputSummary> {
        let sources = sources.iter().map(|name| self.at(name));
        let origin = Origin {
            name: "clinvar".into(),
            file: "c \"1\".vcf".into(),
            sha256: "aa".into(),
            version: Some("2026".into()),
        };
        let provenance =
            Provenance { bundle: Some("b1".into()), origins: vec![origin], version: None };
        let annotator = Annotator::open(&self.at("genes"), &self.genome, sources)?;
        let annotator = annotator.with_provenance(provenance);
        let how = AnnotateOptions { threads: 2, progress: None };
        annotator.annotate_to(&self.at("calls.vcf"), &self.at(out), &how, options)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        let mut text = String::new();
        open_maybe_gzip(&self.at(name)).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    pub(crate) fn json(&self, name: &str) -> Vec<serde_json::Value> {
        self.text(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Calls of every kind.
pub(crate) const ROWS: [&str; 4] = [
    "chr1 5 rs1;rs2 A C 30.5 PASS DP=7;AC=1;DB;F=0.5,.,1e-3 GT:AD 0/1:3,4 ./.",
    "chr1 44 . A T,G . q10;s5 AC=1,2;F=nan GT:AD 1|2:0,5,6 0/2:.",
    "chr1 45 . A <DEL> . . DP=3 GT 0/1 .",
    "chr1 47 . T . . . . GT 0/0 0/0",
];
