//! Whether the people who are said to be a child's parents are.

use std::collections::BTreeMap;

use wgs_formats::variant::{AlleleKind, Genotype, Record};

use super::people::People;

/// Places below which nothing is said.
const LEAST_PLACES: u64 = 100;
/// Share of contradictions up to which a parent is confirmed: errors make a few in a thousand, and
/// strangers several in a hundred.
const MOST_CONTRADICTED: f64 = 0.02;

/// Places at which a child has two copies of an allele, and its parent has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) places: u64,
    pub(crate) contradicted: u64,
}

impl Tally {
    fn confirms(self) -> bool {
        self.places >= LEAST_PLACES
            && self.contradicted as f64 <= MOST_CONTRADICTED * self.places as f64
    }
}

/// Counts of autosomal SNVs that pass, by child and parent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parentage {
    pairs: Vec<Pair>,
}

#[derive(Clone, Debug)]
struct Pair {
    child: String,
    child_column: usize,
    parent_column: usize,
    tally: Tally,
}

impl Parentage {
    pub(crate) fn new(people: &People<'_>) -> Self {
        let members = people.family.members.iter();
        let pairs = members.flat_map(|child| {
            let parents = [&child.father, &child.mother].into_iter().flatten();
            parents.filter_map(|parent| {
                Some(Pair {
                    child: child.sample.clone(),
                    child_column: people.column(&child.sample)?,
                    parent_column: people.column(parent)?,
                    tally: Tally::default(),
                })
            })
        });
        Self { pairs: pairs.collect() }
    }

    pub(crate) fn count(&mut self, record: &Record) {
        let is_snv = record.reference.len() == 1
            && matches!(record.alternates.as_slice(), [alternate]
                if alternate.len() == 1 && AlleleKind::of(alternate) == AlleleKind::Bases);
        let contig = record.contig.strip_prefix("chr").unwrap_or(&record.contig);
        let autosomal = !matches!(contig, "X" | "Y" | "M" | "MT");
        if self.pairs.is_empty() || !is_snv || !autosomal || !record.filters.is_pass() {
            return;
        }
        let mut genotypes: BTreeMap<usize, Option<Genotype>> = BTreeMap::new();
        for pair in &mut self.pairs {
            let mut genotype = |column: usize| {
                genotypes.entry(column).or_insert_with(|| record.genotype(column)).clone()
            };
            let is_diploid =
                |g: &Genotype| g.ploidy() == 2 && g.alleles.iter().all(Option::is_some);
            let Some(child) = genotype(pair.child_column).filter(is_diploid) else { continue };
            if !child.is_homozygous_alternate() {
                continue;
            }
            let Some(parent) = genotype(pair.parent_column).filter(is_diploid) else { continue };
            pair.tally.places += 1;
            pair.tally.contradicted += u64::from(parent.is_reference());
        }
    }

    /// What speaks for both parents of a child; `None` where one is not confirmed.
    pub(crate) fn confirmed(&self, child: &str) -> Option<Tally> {
        let mut of_child = self.pairs.iter().filter(|pair| pair.child == child);
        let (one, other) = (of_child.next()?.tally, of_child.next()?.tally);
        (one.confirms() && other.confirms()).then_some(Tally {
            places: one.places.min(other.places),
            contradicted: one.contradicted.max(other.contradicted),
        })
    }
}
