//! wgs-annotate: what the variants of a VCF do to the genes of a GFF3, and what ClinVar (or any
//! other VCF) knows of them.
//!
//! ```sh
//! annotate-example GENOME.fa GENES.gff3.gz CLINVAR.vcf.gz IN.vcf OUT.vcf.gz
//! ```
#![expect(clippy::print_stdout, reason = "it is a program")]

use std::path::Path;

use wgs_annotate::{AnnotateOptions, Annotator, source, store};
use wgs_examples::{Error, arguments};
use wgs_formats::{
    genome::Genome,
    variant::{Reader, csq},
};

fn main() -> Result<(), Error> {
    let [genome, genes, clinvar, input, output] =
        arguments("annotate-example GENOME.fa GENES.gff3 CLINVAR.vcf IN.vcf OUT.vcf.gz")?;
    let genome = Genome::open(genome)?;
    let stores = tempfile::tempdir()?;
    let [gene_store, clinvar_store] = ["genes", "clinvar"].map(|name| stores.path().join(name));
    store::build(Path::new(&genes), &genome, &gene_store)?;
    let options = source::SourceOptions::default();
    source::build("clinvar", Path::new(&clinvar), &genome, &clinvar_store, &options)?;

    let annotator = Annotator::open(&gene_store, &genome, [&clinvar_store])?;
    let (input, output) = (Path::new(&input), Path::new(&output));
    let summary = annotator.annotate_vcf(input, output, &AnnotateOptions::default())?;
    println!("# {} records, known: {:?}", summary.records, summary.known);

    let reader = Reader::open(output)?;
    let format = csq::Format::of_header(reader.header()).ok_or("the output has no CSQ")?;
    for record in reader {
        let record = record?;
        for entry in format.entries(&record) {
            if matches!(entry.get("IMPACT"), Some("HIGH" | "MODERATE")) {
                let terms: Vec<&str> = entry.terms().collect();
                let field = |name: &str| entry.get(name).unwrap_or("").to_owned();
                let (symbol, change) = (field("SYMBOL"), field("HGVSc"));
                println!("{symbol}\t{change}\t{}\t{}", field("HGVSp"), terms.join("&"));
            }
        }
    }
    Ok(())
}
