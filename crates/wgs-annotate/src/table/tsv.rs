//! Rows as tab-separated text. Values stand as in the VCF; a missing one is empty.

use super::{Column, Columns};
use crate::field::{At, Shape};

/// Writes rows.
#[derive(Clone, Debug)]
pub(crate) struct Tsv(Columns);

impl Tsv {
    pub(crate) fn new(columns: Columns) -> Self {
        Self(columns)
    }

    /// The names of the columns.
    pub(crate) fn head(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(|column| column.name.as_str()).collect();
        names.join("\t") + "\n"
    }

    /// Appends a row.
    pub(crate) fn append(&self, at: At<'_, '_>, out: &mut String) {
        for (place, column) in self.0.iter().enumerate() {
            if place > 0 {
                out.push('\t');
            }
            if let Some(text) = column.text(at) {
                append_cell(column, &text, at.allele, out);
            }
        }
        out.push('\n');
    }
}

fn append_cell(column: &Column, text: &str, allele: usize, out: &mut String) {
    let value = |index| column.field.value_at(text, index);
    match column.field.shape {
        Shape::One | Shape::Many(_) => out.push_str(text),
        Shape::Alternates => out.push_str(value(allele).unwrap_or_default()),
        Shape::Alleles => {
            out.push_str(value(0).unwrap_or("."));
            out.push(',');
            out.push_str(value(allele + 1).unwrap_or("."));
        }
    }
}
