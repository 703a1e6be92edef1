//! What a newer annotation says that an older one of the same variants did not.
//!
//! Both files are walked side by side. Alleles of one position are the same where their bases are,
//! trimmed; what then is in one file only is matched once more by its normalised form, so that two
//! spellings of an allele meet. Everything else is listed as being in one file only.

mod compare;
mod note;
mod old;
mod report;

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use wgs_core::ErrorKind;
use wgs_formats::{
    FileError, Result,
    genome::Genome,
    variant::{Allele, Header, normalize},
};

pub(crate) use self::note::{Noted, Notes};
pub use self::report::DiffSummary;
use self::{compare::compare, old::Old, report::Report};
use crate::output::Provenance;

/// Alleles in one of two files beyond which the files are not of the same variants.
const MAX_APART: usize = 200_000;

/// Compares alleles, as they come, with those of an older file.
pub(crate) struct Differ<'a> {
    genome: &'a Genome,
    input: &'a Path,
    ranks: HashMap<String, usize>,
    old: Old,
    /// New alleles of the position at hand.
    pending: Vec<Noted>,
    place: Option<(usize, u32)>,
    only_old: Vec<Noted>,
    only_new: Vec<Noted>,
    report: Report,
}

impl<'a> Differ<'a> {
    /// Opens the older file; `header` is that of the input. `keys` of INFO and columns of `CSQ` from
    /// tables of genes are those that annotation writes.
    pub(crate) fn open(
        path: &Path,
        input: &'a Path,
        header: &Header,
        (keys, gene_columns): (&[&str], &[&str]),
        genome: &'a Genome,
        out: &Path,
        provenance: &Provenance,
    ) -> Result<Self> {
        let old = Old::open(path, header, (keys, gene_columns))?;
        let mut ranks = HashMap::new();
        let declared = header.contigs().map(|contig| contig.name.as_str());
        for name in declared.chain(genome.contigs().iter().map(|contig| contig.name.as_str())) {
            let next = ranks.len();
            ranks.entry(name.to_owned()).or_insert(next);
        }
        let report = Report::new(out, &old, keys, provenance)?;
        Ok(Self {
            genome,
            input,
            ranks,
            old,
            pending: Vec::new(),
            place: None,
            only_old: Vec::new(),
            only_new: Vec::new(),
            report,
        })
    }

    /// Takes alleles of the new annotation, in the order of the file.
    pub(crate) fn take(&mut self, noted: Vec<Noted>) -> Result<()> {
        for allele in noted {
            let place = self.place_of(&allele, self.input)?;
            if Some(place) < self.place {
                let error =
                    FileError::invalid(self.input, "not sorted, so that it cannot be compared");
                return Err(error.at(allele.place()).hint("sort it: bcftools sort"));
            }
            if Some(place) != self.place {
                self.flush()?;
                self.place = Some(place);
            }
            self.pending.push(allele);
        }
        Ok(())
    }

    fn place_of(&self, allele: &Noted, path: &Path) -> Result<(usize, u32)> {
        let rank = self.ranks.get(&allele.contig).copied().ok_or_else(|| {
            FileError::new(path, ErrorKind::ReferenceMismatch, "the genome has no such contig")
                .at(allele.place())
        })?;
        Ok((rank, allele.position))
    }

    /// Compares what stands at the position at hand.
    fn flush(&mut self) -> Result<()> {
        let Some(place) = self.place else { return Ok(()) };
        let mut there = Vec::new();
        while let Some(allele) = self.old.next_until(place, &self.ranks)? {
            match (self.ranks.get(&allele.contig).copied(), allele.position) {
                (Some(rank), position) if (rank, position) == place => there.push(allele),
                _ => self.only_old.push(allele),
            }
        }
        for new in std::mem::take(&mut self.pending) {
            match there.iter().position(|old| old.is_allele_of(&new)) {
                Some(index) => self.report.add(compare(Some(&there.remove(index)), Some(&new)))?,
                None => self.only_new.push(new),
            }
        }
        self.only_old.extend(there);
        match self.only_old.len().max(self.only_new.len()) > MAX_APART {
            true => Err(self.old.of_other_variants(MAX_APART)),
            false => Ok(()),
        }
    }

    /// Compares what is left, and writes the table and the summary.
    pub(crate) fn finish(mut self) -> Result<DiffSummary> {
        self.flush()?;
        while let Some(allele) = self.old.next(&self.ranks)? {
            self.only_old.push(allele);
            if self.only_old.len() > MAX_APART {
                return Err(self.old.of_other_variants(MAX_APART));
            }
        }
        let mut by_form: BTreeMap<(usize, Allele), Vec<Noted>> = BTreeMap::new();
        let mut without_form = Vec::new();
        for old in std::mem::take(&mut self.only_old) {
            match self.form(&old) {
                Some(form) => by_form.entry(form).or_default().push(old),
                None => without_form.push(old),
            }
        }
        for new in std::mem::take(&mut self.only_new) {
            let old = self.form(&new).and_then(|form| by_form.get_mut(&form)?.pop());
            self.report.add(compare(old.as_ref(), Some(&new)))?;
        }
        let left = by_form.into_values().flatten().chain(without_form);
        let mut left: Vec<(usize, Noted)> = left
            .map(|old| (self.ranks.get(&old.contig).copied().unwrap_or(usize::MAX), old))
            .collect();
        left.sort_by(|(rank, a), (other, b)| (rank, a.position).cmp(&(other, b.position)));
        for (_, old) in &left {
            self.report.add(compare(Some(old), None))?;
        }
        self.report.finish()
    }

    /// The normalised form of an allele that is bases.
    fn form(&self, allele: &Noted) -> Option<(usize, Allele)> {
        let contig = self.genome.contigs().index_of(&allele.contig)?;
        if !allele.is_bases() {
            return None;
        }
        let [reference, alternate] = [&allele.reference, &allele.alternate].map(String::as_bytes);
        let start = allele.position - 1;
        Some((contig.0, normalize(self.genome, contig, start, reference, alternate)))
    }
}
