//! What is known of genes: tables that a bundle or a site gives.

mod table;

pub use table::{GeneRow, GeneTable};
