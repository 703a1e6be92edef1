//! wgs-report: a report of nothing but an annotated VCF.
//!
//! ```sh
//! report-example ANNOTATED.vcf.gz FOLDER
//! ```
#![expect(clippy::print_stdout, reason = "it is a program")]

use std::path::Path;

use wgs_examples::{Error, arguments};
use wgs_report::{CaseSummary, Inputs, build, write_report};

fn main() -> Result<(), Error> {
    let [variants, folder] = arguments("report-example ANNOTATED.vcf.gz FOLDER")?;
    let report = build(&Inputs {
        case: Some(CaseSummary::named(&"example".parse()?)),
        variants: Some(variants.into()),
        ..Inputs::default()
    })?;
    let notable = report.variants.iter().filter_map(|v| v.notable.as_ref());
    for variant in notable.flat_map(|n| &n.variants) {
        let effect = variant.effect.as_ref();
        let gene = effect.and_then(|e| e.gene.as_deref()).unwrap_or("");
        let terms = effect.map_or(String::new(), |e| e.consequences.join("&"));
        let (contig, position) = (&variant.contig, variant.position);
        println!("{contig}:{position}\t{gene}\t{terms}\t{:?}", variant.reason);
    }
    let folder = Path::new(&folder);
    write_report(&report, folder)?;
    println!("{}", folder.join(wgs_report::HTML_NAME).display());
    Ok(())
}
