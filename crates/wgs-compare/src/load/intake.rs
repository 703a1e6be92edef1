//! Reading one file.

use std::path::Path;

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::{
    FileError, Result,
    bed::Regions,
    genome::Genome,
    variant::{AlleleKind, Filters, Genotype, Header, Reader, Record},
};

use super::{
    Intake, Sites, header, overlaps,
    site::{Called, Fate, Site},
};
use crate::{Level, Options, Score, class::Class, variant::Side};

/// Alternate alleles of a record that can be told apart.
const MAX_ALTERNATES: usize = 63;

/// A file of one set, and what it is read with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) side: Side,
    pub(crate) path: &'a Path,
    pub(crate) sample: Option<&'a str>,
    pub(crate) genome: &'a Genome,
    pub(crate) confident: Option<&'a Regions>,
    pub(crate) options: &'a Options,
}

/// Reads all records.
pub(crate) fn load(source: &Source<'_>) -> Result<(Sites, Intake)> {
    let mut reader = Reader::open(source.path)?.allow_undeclared_contigs();
    header::check_contigs(source.path, reader.header(), source.genome)?;
    let sample = source.sample(reader.header())?;
    let mut sites: Sites = vec![Vec::new(); source.genome.contigs().len()];
    let mut intake = Intake::default();
    let mut current = Current::default();
    while let Some(record) = reader.next() {
        let record = record?;
        let contig = current.contig(&record.contig, source);
        let site = contig.and_then(|contig| {
            let site = source.site(&record, contig, sample, &mut intake, &mut current.bases)?;
            Ok(site.map(|site| (contig, site)))
        });
        let site = site.map_err(|error| error.at(format!("line {}", reader.line_number())))?;
        if let Some((contig, site)) = site {
            sites[contig.0].push(site);
        }
    }
    sites.iter_mut().for_each(|sites| sites.sort_by_key(|site| site.start));
    Ok((sites, intake))
}

/// What the records before have looked up.
#[derive(Default)]
struct Current {
    contig: Option<(String, ContigIndex)>,
    bases: Vec<u8>,
}

impl Current {
    fn contig(&mut self, name: &str, source: &Source<'_>) -> Result<ContigIndex> {
        match &self.contig {
            Some((known, index)) if known == name => Ok(*index),
            _ => {
                let index = source.genome.contigs().index_of(name).ok_or_else(|| {
                    source.mismatch(format!("contig {name:?} is not in the reference"))
                })?;
                self.contig = Some((name.to_owned(), index));
                Ok(index)
            }
        }
    }
}

impl Source<'_> {
    fn mismatch(&self, reason: String) -> FileError {
        header::mismatch(self.path, reason)
    }

    /// The column of the sample; `None` where alleles are compared and there is none.
    fn sample(&self, header: &Header) -> Result<Option<usize>> {
        let column = header::column(self.path, header, self.side, self.sample)?;
        if column.is_none() && self.options.level == Level::Genotype {
            return Err(FileError::invalid(self.path, "has no sample, and so no genotype")
                .hint("compare alleles: --match allele"));
        }
        Ok(column)
    }

    /// The record as it is compared or shown; `None` where it says nothing of a variant.
    fn site(
        &self,
        record: &Record,
        contig: ContigIndex,
        sample: Option<usize>,
        intake: &mut Intake,
        bases: &mut Vec<u8>,
    ) -> Result<Option<Site>> {
        intake.records += 1;
        self.check_reference(record, contig, bases)?;
        if record.alternates.len() > MAX_ALTERNATES {
            let reason = format!("has more than {MAX_ALTERNATES} alternate alleles");
            return Err(FileError::invalid(self.path, reason));
        }
        let same = same_as_reference(record);
        intake.same_as_reference += u64::from(same != 0);
        let called = match self.called(record, sample, same)? {
            Genotyped::Variant(called) => called,
            Genotyped::Reference => {
                intake.reference += 1;
                return Ok(None);
            }
            Genotyped::Missing => {
                intake.no_genotype += 1;
                return Ok(None);
            }
        };
        let start = record.position.to_pos0();
        let mut site = Site {
            start,
            reference_bp: record.reference.len() as u32,
            called: called.unwrap_or(Called::Alleles(0)),
            score: self.score(record, sample),
            fate: Fate::Compared,
            inside: true,
            class: Class::of(&record.reference, std::iter::empty()),
            text: text(record, sample),
        };
        let (from, to) = site.locus();
        site.inside = self.confident.is_none_or(|r| overlaps(r.of(contig), from, to));
        site.fate = if called.is_none() { Fate::Ploidy } else { self.fate(record, &site) };
        site.class = Class::of(site.reference(), site.alternates().map(|(_, allele)| allele));
        let count = match site.fate {
            Fate::Compared => &mut intake.compared,
            Fate::Filtered => &mut intake.filtered,
            Fate::Symbolic => &mut intake.symbolic,
            Fate::TooLong => &mut intake.too_long,
            Fate::Ploidy => &mut intake.ploidy,
        };
        *count += 1;
        intake.inside += u64::from(site.fate == Fate::Compared && site.inside);
        Ok(Some(site))
    }

    fn fate(&self, record: &Record, site: &Site) -> Fate {
        let longest = record.alternates.iter().map(String::len).max().unwrap_or_default();
        if !self.options.all_records && !record.filters.is_pass() {
            Fate::Filtered
        } else if site.alternates().next().is_none() {
            Fate::Symbolic
        } else if longest.max(record.reference.len()) as u64 > self.options.max_allele_bp.into() {
            Fate::TooLong
        } else {
            Fate::Compared
        }
    }

    /// The reference allele must be the genome's, where that has a base and no ambiguity code.
    fn check_reference(
        &self,
        record: &Record,
        contig: ContigIndex,
        bases: &mut Vec<u8>,
    ) -> Result<()> {
        let start = record.position.to_pos0();
        let end = start.saturating_add(record.reference.len() as u32);
        let interval = Interval0::new(start, end).expect("the end was made no less");
        self.genome.fetch_into(contig, interval, bases);
        let place = || format!("{}:{}", record.contig, record.position);
        if bases.len() < record.reference.len() {
            return Err(self.mismatch(format!("{} lies beyond the end of the contig", place())));
        }
        let pairs = bases.iter().zip(record.reference.bytes());
        let differs = |(&ours, theirs): (&u8, u8)| {
            b"ACGT".contains(&ours) && ours != theirs.to_ascii_uppercase()
        };
        if pairs.into_iter().any(differs) {
            let (theirs, ours) = (&record.reference, String::from_utf8_lossy(bases));
            let reason = format!("REF at {} is {theirs}, but the reference has {ours}", place());
            return Err(self.mismatch(reason));
        }
        Ok(())
    }

    /// What the sample has; `same` tells which alternate alleles are the reference's.
    fn called(&self, record: &Record, sample: Option<usize>, same: u64) -> Result<Genotyped> {
        let by_alleles = self.options.level != Level::Genotype;
        let Some(text) = sample.and_then(|sample| record.sample_value(sample, "GT")) else {
            let has_genotypes = record.format.iter().any(|key| key == "GT");
            let all = (1..=record.alternates.len()).fold(0, |bits, number| bits | 1 << number);
            return Ok(if all & !same == 0 {
                Genotyped::Reference
            } else if by_alleles && !has_genotypes {
                Genotyped::Variant(Some(Called::Alleles(all & !same)))
            } else {
                Genotyped::Missing
            });
        };
        let bad = |reason: &str| FileError::invalid(self.path, format!("GT {text:?} {reason}"));
        let genotype = Genotype::parse(text).ok_or_else(|| bad("is not a genotype"))?;
        let mut known = genotype.alleles.iter().flatten();
        if known.any(|&number| number as usize > record.alternates.len()) {
            return Err(bad("names an allele that the record does not have"));
        }
        Ok(genotyped(&genotype, by_alleles, same))
    }

    fn score(&self, record: &Record, sample: Option<usize>) -> f32 {
        let score = match &self.options.score {
            Score::Quality => record.quality,
            Score::Info(key) => record.info.number(key),
            Score::Format(key) => sample
                .and_then(|sample| record.sample_value(sample, key))
                .and_then(|text| text.split(',').next()?.parse().ok()),
        };
        score.filter(|score| score.is_finite()).unwrap_or(f32::NAN)
    }
}

/// What a genotype says.
enum Genotyped {
    /// Only the reference.
    Reference,
    /// Nothing.
    Missing,
    /// Alternate alleles; `None` if there are more than two copies.
    Variant(Option<Called>),
}

/// The alternate alleles that are REF itself: a bit for each number. They are no variants.
fn same_as_reference(record: &Record) -> u64 {
    let same = |allele: &String| allele.eq_ignore_ascii_case(&record.reference);
    let numbered = record.alternates.iter().zip(1..);
    numbered.filter(|(allele, _)| same(allele)).fold(0, |bits, (_, number)| bits | 1 << number)
}

/// What a genotype says whose alleles the record has.
fn genotyped(genotype: &Genotype, by_alleles: bool, same: u64) -> Genotyped {
    let of_reference = |number: u32| same >> number & 1 == 1;
    let number = |number: u32| if of_reference(number) { 0 } else { number as u8 };
    let alleles: Vec<Option<u8>> = genotype.alleles.iter().map(|a| a.map(number)).collect();
    if genotype.is_missing() {
        return Genotyped::Missing;
    }
    if alleles.iter().flatten().all(|&number| number == 0) {
        return Genotyped::Reference;
    }
    Genotyped::Variant(match alleles[..] {
        _ if by_alleles => {
            let bits = alleles.iter().flatten().fold(0, |bits, &number| bits | 1u64 << number);
            Some(Called::Alleles(bits & !1))
        }
        [only] => Some(Called::Diploid([only; 2])),
        [first, second] => Some(Called::Diploid([first, second])),
        _ => None,
    })
}

fn text(record: &Record, sample: Option<usize>) -> Box<str> {
    let quality = record.quality.map_or_else(|| ".".to_owned(), |quality| quality.to_string());
    let filters = match &record.filters {
        Filters::Missing => ".".to_owned(),
        Filters::Pass => "PASS".to_owned(),
        Filters::Failed(filters) => filters.join(";"),
    };
    let upper = |allele: &String| match AlleleKind::of(allele) {
        AlleleKind::Bases => allele.to_ascii_uppercase(),
        _ => allele.clone(),
    };
    let alternates: Vec<String> = record.alternates.iter().map(upper).collect();
    let columns = [
        record.id.as_deref().unwrap_or("."),
        &record.reference.to_ascii_uppercase(),
        &alternates.join(","),
        &quality,
        &filters,
        sample.and_then(|sample| record.sample_value(sample, "GT")).unwrap_or("."),
    ];
    columns.join("\t").into()
}
