//! Reads the variants and keeps the notable ones.

use std::path::Path;

use wgs_formats::{
    Result,
    variant::{
        AlleleKind, Filters, Reader, Record,
        csq::{self, Entry, Format},
    },
};

use crate::{
    Options,
    format::rounded,
    model::{CaseSummary, Impact, Notable, NotableVariant, Reason, SelectionRule},
};

use super::{allele, calls, carriers::Columns, effects::Effects, rules, sources::Sources};

/// Chosen alleles are cut down to those shown whenever there are this many times more.
const SLACK: usize = 8;

/// Reads a VCF and chooses; see the [module](super) for the rules.
pub(crate) fn select(
    path: &Path,
    case: Option<&CaseSummary>,
    options: &Options,
) -> Result<Notable> {
    let reader = Reader::open(path)?;
    let header = reader.header();
    let csq = Format::of_header(header);
    let mut selection = Selection {
        sources: Sources::of(header, csq.as_ref().map_or(&[], Format::fields)),
        columns: Columns::new(header.samples(), case),
        carriers: Vec::new(),
        tells_impact: csq.as_ref().is_some_and(|f| f.fields().iter().any(|f| f == "IMPACT")),
        csq,
        options,
        rules: rules::texts(options.common_from),
        carried_alleles: 0,
        filtered: 0,
        chosen: Vec::new(),
        contigs: Vec::new(),
    };
    selection.carriers = selection.columns.carrier_names();
    for record in reader {
        selection.take(&record?);
    }
    Ok(selection.finish())
}

struct Selection<'a> {
    sources: Sources,
    columns: Columns,
    /// Names of the carriers.
    carriers: Vec<String>,
    csq: Option<Format>,
    /// Whether entries of `CSQ` have the field `IMPACT`.
    tells_impact: bool,
    options: &'a Options,
    rules: Vec<SelectionRule>,
    carried_alleles: u64,
    filtered: u64,
    /// With the place of the record in the file and of the allele in the record.
    chosen: Vec<(NotableVariant, (u64, usize))>,
    /// Contigs in the order in which they came.
    contigs: Vec<String>,
}

impl Selection<'_> {
    fn take(&mut self, record: &Record) {
        let carried = self.carried(record);
        self.carried_alleles += carried.len() as u64;
        if carried.is_empty() || !self.may_be_notable(record) {
            return;
        }
        let csq = self.csq.take();
        let entries = csq.as_ref().map(|csq| csq.entries(record)).unwrap_or_default();
        let names = allele::vep_names(record);
        for index in carried {
            let own = entries.iter().filter(|e| allele::is_of(e, record, &names, index));
            self.take_allele(record, index, &own.collect::<Vec<_>>());
        }
        self.csq = csq;
        if self.chosen.len() > self.options.max_notable.saturating_mul(SLACK).max(1000) {
            self.cut();
        }
    }

    /// Alternative alleles (from 0) of bases that a carrier has.
    fn carried(&self, record: &Record) -> Vec<usize> {
        let genotypes: Vec<_> =
            self.columns.carriers.iter().filter_map(|&column| record.genotype(column)).collect();
        let anybody = self.columns.samples.is_empty();
        let carried = |index: usize| {
            AlleleKind::of(&record.alternates[index]) == AlleleKind::Bases
                && (anybody || genotypes.iter().any(|g| g.has(index as u32 + 1)))
        };
        (0..record.alternates.len()).filter(|&index| carried(index)).collect()
    }

    /// Spares most records the closer look.
    fn may_be_notable(&self, record: &Record) -> bool {
        let text = record.info.get(csq::KEY).filter(|_| self.csq.is_some());
        let severe = |text: &str| text.contains("HIGH") || text.contains("MODERATE");
        text.is_some_and(|text| !self.tells_impact || severe(text))
            || self.sources.may_be_clinical(&record.info)
    }

    fn take_allele(&mut self, record: &Record, index: usize, entries: &[&Entry<'_>]) {
        let clinical = self.sources.significances(&record.info, index);
        let effects = Effects::of(entries);
        if clinical.is_empty() && effects.impact() < Some(Impact::Moderate) {
            return;
        }
        let frequencies = self.sources.frequencies(&record.info, index, entries);
        let common_from = self.options.common_from;
        let Some(reason) = rules::reason(&clinical, effects.impact(), &frequencies, common_from)
        else {
            return;
        };
        if !record.filters.is_pass() && !rules::listed_if_filtered(reason) {
            self.filtered += 1;
            return;
        }
        self.count(reason);
        let allele = index as u32 + 1;
        let samples = self.columns.samples.iter();
        let variant = NotableVariant {
            reason,
            contig: record.contig.clone(),
            position: record.position.get(),
            reference: record.reference.clone(),
            alternate: record.alternates[index].clone(),
            ids: self.ids(record, index, entries),
            quality_phred: record.quality.map(|quality| rounded(quality.into(), 2)),
            filters: filters(&record.filters),
            effect: effects.main,
            representative_effect: effects.representative,
            transcripts: effects.transcripts,
            other_genes: effects.other_genes,
            clinical,
            frequencies,
            samples: samples
                .map(|(name, column)| calls::call(record, *column, name, allele))
                .collect(),
        };
        let place = (self.contig_place(&record.contig) << 32 | u64::from(variant.position), index);
        self.chosen.push((variant, place));
    }

    fn ids(&self, record: &Record, index: usize, entries: &[&Entry<'_>]) -> Vec<String> {
        let own = record.id.iter().flat_map(|id| id.split(';')).map(str::to_owned);
        let mut ids: Vec<String> = Vec::new();
        for id in own.chain(self.sources.ids(&record.info, index, entries)) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    fn count(&mut self, reason: Reason) {
        let rule = self.rules.iter_mut().find(|rule| rule.reason == reason);
        rule.expect("every reason has its rule").chosen += 1;
    }

    fn contig_place(&mut self, contig: &str) -> u64 {
        let at = self.contigs.iter().position(|name| name == contig).unwrap_or_else(|| {
            self.contigs.push(contig.to_owned());
            self.contigs.len() - 1
        });
        at as u64
    }

    /// Sorts what is chosen and drops what will not be shown.
    fn cut(&mut self) {
        let carriers = &self.carriers;
        self.chosen.sort_by_cached_key(|(variant, place)| (rules::rank(variant, carriers), *place));
        self.chosen.truncate(self.options.max_notable);
    }

    fn finish(mut self) -> Notable {
        self.cut();
        Notable {
            chosen: self.rules.iter().map(|rule| rule.chosen).sum(),
            rules: self.rules,
            common_from: self.options.common_from,
            frequency_sources: self.sources.frequency_names(),
            clinical_sources: self.sources.clinical_names(),
            carriers: self.carriers,
            carried_alleles: self.carried_alleles,
            filtered: self.filtered,
            variants: self.chosen.into_iter().map(|(variant, _)| variant).collect(),
        }
    }
}

fn filters(filters: &Filters) -> Vec<String> {
    match filters {
        Filters::Missing => vec![".".to_owned()],
        Filters::Pass => vec!["PASS".to_owned()],
        Filters::Failed(failed) => failed.clone(),
    }
}
