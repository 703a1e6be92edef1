//! Whether the people who are said to be a child's parents are.

use std::collections::BTreeMap;

use wgs_formats::variant::{AlleleKind, Genotype, Record};

use super::people::People;

/// Places below which nothing is said.
const LEAST_PLACES: u64 = 100;
/// Share of contradictions up to which a parent is confirmed: errors make a few in a thousand, and of
/// a stranger a tenth and more.
const MOST_CONTRADICTED: f64 = 0.05;

/// Children whose genotype contradicts inheritance before the pedigree has its say, as `joint` writes
/// them: the genotypes that are written then agree with the parents where they can.
const MENDEL: &str = "MENDEL";

/// Places at which a child has two copies of an allele or contradicts its parents, and those at which
/// a parent has none, or the child contradicts them.
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
        let contradicts = record.info.get(MENDEL).unwrap_or_default();
        for pair in &mut self.pairs {
            if contradicts.split(',').any(|child| child == pair.child) {
                pair.tally.places += 1;
                pair.tally.contradicted += 1;
                continue;
            }
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

#[cfg(test)]
mod tests {
    use wgs_core::{Build, Pedigree};

    use super::*;
    use crate::Family;

    /// Whether parents are confirmed after this many places of each: agreeing, without the allele in
    /// the father, and told as contradictions.
    fn confirmed(agreeing: u64, opposite: u64, told: u64) -> bool {
        let pedigree =
            Pedigree::parse("F kid dad mum 1 2\nF dad 0 0 1 1\nF mum 0 0 2 1\n").unwrap();
        let family = Family::of_pedigree("F", &pedigree);
        let samples = ["kid", "dad", "mum"].map(str::to_owned);
        let mut parentage = Parentage::new(&People::new(&family, &samples, Build::Other));
        let mut count = |times: u64, info: &str, genotypes: &str| {
            let line = format!("chr1\t5\t.\tA\tC\t.\tPASS\t{info}\tGT\t{genotypes}");
            let record = Record::parse(&line, 3).unwrap();
            (0..times).for_each(|_| parentage.count(&record));
        };
        count(agreeing, ".", "1/1\t0/1\t1/1");
        count(opposite, ".", "1/1\t0/0\t1/1");
        count(told, "MENDEL=kid", "0/1\t0/0\t1/1");
        count(1000, ".", "0/1\t0/0\t1/1");
        parentage.confirmed("kid").is_some()
    }

    #[test]
    fn parents_are_confirmed_by_many_places_and_few_contradictions() {
        assert!(confirmed(100, 0, 0) && !confirmed(99, 0, 0));
        assert!(confirmed(190, 10, 0) && !confirmed(189, 11, 0));
        assert!(confirmed(190, 0, 10) && !confirmed(189, 0, 11));
    }
}
