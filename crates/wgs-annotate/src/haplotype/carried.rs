//! Which haplotypes of a sample an allele is on.

use std::collections::BTreeSet;

use wgs_formats::variant::Record;

use super::Candidate;

/// Where a sample has an allele.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On every haplotype.
    Everywhere,
    /// On some of those of a phase set.
    Phased(String, Vec<usize>),
    /// On one that nothing else is known of.
    Alone,
}

/// Candidates of one haplotype.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Haplotype(pub(super) Vec<usize>);

impl Place {
    /// `None` if the sample does not have the allele for certain, or its record failed a filter.
    pub(super) fn of(record: &Record, candidate: &Candidate, sample: usize) -> Option<Self> {
        let genotype = record.genotype(sample).filter(|_| record.filters.is_pass())?;
        let here = |allele: &Option<u32>| *allele == Some(candidate.allele);
        if !genotype.alleles.iter().any(here) {
            return None;
        }
        if genotype.alleles.iter().all(here) {
            return Some(Self::Everywhere);
        }
        if !genotype.phased {
            return Some(Self::Alone);
        }
        let set = record.sample_value(sample, "PS").unwrap_or_default().to_owned();
        let alleles = genotype.alleles.iter().enumerate();
        let sides = alleles.filter(|(_, allele)| here(allele)).map(|(side, _)| side).collect();
        Some(Self::Phased(set, sides))
    }
}

/// The haplotypes on which something is, with all that is there for certain.
pub(super) fn haplotypes(carried: impl Iterator<Item = (usize, Place)>) -> Vec<Haplotype> {
    let carried: Vec<(usize, Place)> = carried.collect();
    let everywhere = || carried.iter().filter(|(_, place)| *place == Place::Everywhere);
    let mut sides: BTreeSet<(&str, usize)> = BTreeSet::new();
    let mut haplotypes = Vec::new();
    for (member, place) in &carried {
        match place {
            Place::Everywhere => {}
            Place::Phased(set, on) => sides.extend(on.iter().map(|side| (set.as_str(), *side))),
            Place::Alone => {
                let mut on_it: Vec<usize> = everywhere().map(|(member, _)| *member).collect();
                on_it.push(*member);
                haplotypes.push(Haplotype(on_it));
            }
        }
    }
    for (set, side) in sides {
        let is_on = |place: &Place| match place {
            Place::Everywhere => true,
            Place::Phased(other, on) => other == set && on.contains(&side),
            Place::Alone => false,
        };
        let on_it = carried.iter().filter(|(_, place)| is_on(place)).map(|(member, _)| *member);
        haplotypes.push(Haplotype(on_it.collect()));
    }
    haplotypes.push(Haplotype(everywhere().map(|(member, _)| *member).collect()));
    haplotypes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allele_shares_a_haplotype_with_what_is_certain() {
        let phased = |set: &str, side| Place::Phased(set.into(), vec![side]);
        let carried = [
            (0, phased("5", 0)),
            (1, Place::Everywhere),
            (2, phased("5", 1)),
            (3, Place::Alone),
            (4, phased("5", 0)),
            (5, phased("9", 0)),
            (6, Place::Everywhere),
        ];
        let found: Vec<Vec<usize>> =
            haplotypes(carried.into_iter()).into_iter().map(|haplotype| haplotype.0).collect();
        let expected: [&[usize]; 5] = [&[1, 6, 3], &[0, 1, 4, 6], &[1, 2, 6], &[1, 5, 6], &[1, 6]];
        assert_eq!(found, expected);
    }
}
