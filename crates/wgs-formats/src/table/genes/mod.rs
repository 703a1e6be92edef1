//! Tables of genes: constraint, panels, phenotypes, and lists of symbols.
//!
//! A gene is found by its HGNC id, else by its Ensembl id, else by its symbol: ids outlive
//! symbols, and a symbol whose row has another HGNC id is of another gene.
//!
//! ```
//! use wgs_formats::{output, table::genes::{GeneName, GeneTable}};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("panel.tsv");
//! output::write(&path, "Gene Symbol\tHGNC\tStatus\nBRCA1\tHGNC:1100\t3\nFANCS\tHGNC:1100\t2\n")?;
//! let table = GeneTable::read(&path)?;
//! let status = table.column("Status").expect("it is there");
//! let name = GeneName { symbol: "BRCA1", id: "ENSG00000012048", hgnc: Some("HGNC:1100") };
//! assert_eq!(table.values(&name, status), ["3", "2"]);
//! assert!(!table.has(&GeneName { symbol: "BRCA2", ..Default::default() }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod key;
mod stored;
mod table;

pub use key::is_heading;
pub use table::{GeneName, GeneTable};
