//! The alleles of an annotated file that samples carry.

use std::path::Path;

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    variant::{
        Filters, Reader,
        annotated::{AlleleView, Call, Layout, Zygosity},
    },
};

/// An annotated file, opened.
pub(super) struct Annotated {
    reader: Reader,
    pub(super) layout: Layout,
}

impl Annotated {
    /// Opens a file, which must tell consequences.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let reader = Reader::open(path)?;
        let layout = Layout::of(reader.header());
        if layout.csq().is_none() {
            let error = FileError::invalid(path, "tells no consequences (CSQ)");
            return Err(error.hint("annotate it first: `wgs-pipe annotate`"));
        }
        Ok(Self { reader, layout })
    }

    /// The columns of these samples.
    ///
    /// # Errors
    ///
    /// If the file lacks one.
    pub(super) fn columns(&self, samples: &[&str]) -> Result<Vec<usize>> {
        let column = |sample: &&str| {
            let at = self.layout.samples().iter().position(|name| name == sample);
            at.ok_or_else(|| {
                let reason = format!(
                    "has no sample {sample}; there are {}",
                    self.layout.samples().join(", ")
                );
                FileError::new(self.reader.path(), ErrorKind::InvalidInput, reason)
            })
        };
        samples.iter().map(column).collect()
    }

    /// Calls `look` for every allele of bases in records that pass their filters; gives how many
    /// records there are, and how many of them did not pass.
    pub(super) fn alleles(
        self,
        wanted: impl Fn(&Layout, &wgs_formats::variant::Record) -> bool,
        mut look: impl FnMut(AlleleView),
    ) -> Result<(u64, u64)> {
        let Self { reader, layout } = self;
        let (mut records, mut failed) = (0, 0);
        for record in reader {
            let record = record?;
            records += 1;
            if matches!(record.filters, Filters::Failed(_)) {
                failed += 1;
                continue;
            }
            if !wanted(&layout, &record) {
                continue;
            }
            let view = layout.record(&record);
            for index in 0..record.alternates.len() {
                let allele = view.allele(index);
                if allele.is_bases() {
                    look(allele);
                }
            }
        }
        Ok((records, failed))
    }
}

/// Whether a sample has an allele: by its genotype, or by its reads where it has none.
pub(super) fn carries(call: &Call) -> bool {
    call.zygosity.carries()
        || (call.zygosity == Zygosity::Missing
            && call.allele_fraction.is_some_and(|fraction| fraction > 0.0))
}
