//! What a sample's rows say of a locus.

use super::{
    row::{Row, Told},
    sites::Unified,
};
use crate::genotype::{Copies, SampleLikelihoods, order};

/// A sample at a locus. The alleles are the reference's, those of the locus, and last the absence
/// of the place by a deletion that begins before.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence<'a> {
    /// Likelihoods with the absence taken for the reference's.
    pub merged: SampleLikelihoods,
    /// Likelihoods with the absence apart.
    pub apart: SampleLikelihoods,
    /// Fragments that show each allele.
    pub allele_depths: Vec<u32>,
    /// Fragments.
    pub depth: u32,
    /// Whether the rows tell that a deletion takes the place away from a copy.
    pub tells_absence: bool,
    /// The row that tells an allele of the locus, if there is one.
    pub own: Option<&'a Row>,
}

/// Which alleles of a row stand for each allele of a locus.
struct Mapping<'a> {
    row: &'a Row,
    /// For the reference, each allele of the locus, and the absence.
    meant: Vec<Vec<usize>>,
}

/// What the rows that reach over the anchor say of a locus: one that tells of it, else one that
/// begins there, else a deletion that reaches over it, else a block. Without any there is nothing
/// to say.
pub fn of<'a>(rows: &'a [Row], locus: &Unified) -> Evidence<'a> {
    let here = |row: &&Row| row.range.start == locus.anchor && row.has_variant();
    let own = rows.iter().find(|row| locus.is_told_by(row));
    let row = own
        .or_else(|| rows.iter().find(here))
        .or_else(|| rows.iter().rfind(|row| row.has_variant()))
        .or_else(|| rows.last());
    let Some(row) = row else { return nothing(locus.alleles.len()) };
    let mapping = Mapping::of(row, locus);
    let alleles = locus.alleles.len() + 1;
    let depths = (0..=alleles).map(|a| mapping.depth(a, own.is_some())).collect();
    Evidence {
        merged: mapping.merged().likelihoods(alleles),
        apart: mapping.likelihoods(alleles + 1),
        allele_depths: depths,
        depth: row.depth,
        tells_absence: mapping.tells_absence(),
        own,
    }
}

fn nothing<'a>(alleles: usize) -> Evidence<'a> {
    let flat =
        |n: usize| SampleLikelihoods { ploidy: 2, genotypes: vec![0.0; order::all(2, n).len()] };
    Evidence {
        merged: flat(alleles + 1),
        apart: flat(alleles + 2),
        allele_depths: vec![0; alleles + 2],
        depth: 0,
        tells_absence: false,
        own: None,
    }
}

impl<'a> Mapping<'a> {
    fn of(row: &'a Row, locus: &Unified) -> Self {
        let any = row.index_of(&Told::AnyOther).unwrap_or(0);
        let (mut reference, mut absent) = (vec![0], Vec::new());
        let mut meant: Vec<Vec<usize>> = vec![Vec::new(); locus.alleles.len()];
        for (index, told) in row.told.iter().enumerate().map(|(i, told)| (i + 1, told)) {
            match told {
                Told::Variant(allele) => {
                    let place = locus.alleles.iter().position(|a| a == allele);
                    let reaches = allele.inserted.len() < allele.deleted as usize
                        && (allele.start..allele.end()).contains(&locus.anchor);
                    match place {
                        Some(place) => meant[place].push(index),
                        None if reaches => absent.push(index),
                        None => reference.push(index),
                    }
                }
                Told::Spanning => absent.push(index),
                Told::AnyOther | Told::Foreign => {}
            }
        }
        let or_any = |meant: Vec<usize>| if meant.is_empty() { vec![any] } else { meant };
        let mut all = vec![reference];
        all.extend(meant.into_iter().map(or_any));
        all.push(or_any(absent));
        Self { row, meant: all }
    }

    /// Whether the genotype of the row has an allele that takes the place away.
    fn tells_absence(&self) -> bool {
        let any = self.row.index_of(&Told::AnyOther);
        let absent = self.meant.last().into_iter().flatten();
        absent.into_iter().any(|a| Some(*a) != any && self.row.genotype.contains(a))
    }

    /// The same with the absence taken for the reference's, where the row tells it.
    fn merged(&self) -> Self {
        let mut meant = self.meant.clone();
        let any = self.row.index_of(&Told::AnyOther);
        let absent = meant.pop().unwrap_or_default();
        meant[0].extend(absent.into_iter().filter(|a| Some(*a) != any));
        Self { row: self.row, meant }
    }

    /// Likelihoods over the first alleles: for each genotype that of the likeliest of the row's
    /// genotypes that it may mean.
    fn likelihoods(&self, alleles: usize) -> SampleLikelihoods {
        let told = &self.row.likelihoods;
        if told.ploidy == 0 {
            return told.clone();
        }
        let of = |copies: Copies| -> f64 {
            let best = f64::NEG_INFINITY;
            match copies {
                Copies::One(a) => {
                    self.meant[a].iter().map(|&i| told.genotypes[i]).fold(best, f64::max)
                }
                Copies::Two(a, b) => self.meant[a]
                    .iter()
                    .flat_map(|&i| self.meant[b].iter().map(move |&j| Copies::two(i, j).index()))
                    .map(|index| told.genotypes[index])
                    .fold(best, f64::max),
            }
        };
        let genotypes: Vec<f64> = order::all(told.ploidy, alleles).into_iter().map(of).collect();
        let best = genotypes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let genotypes = genotypes.into_iter().map(|l| l - best).collect();
        SampleLikelihoods { ploidy: told.ploidy, genotypes }
    }

    /// Fragments that show an allele; all of a row that tells nothing of the locus show the
    /// reference.
    fn depth(&self, allele: usize, is_own: bool) -> u32 {
        let depths = &self.row.allele_depths;
        if depths.is_empty() {
            return if allele == 0 && !is_own { self.row.depth } else { 0 };
        }
        let any = self.row.index_of(&Told::AnyOther);
        let told = self.meant[allele].iter().filter(|&&index| Some(index) != any);
        told.map(|&index| depths.get(index).copied().unwrap_or(0)).sum()
    }
}
