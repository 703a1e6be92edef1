//! Genotypes of relatives by each other.
//!
//! A nuclear family (a pair of parents and their children) is judged as a whole: the prior of the
//! parents' genotypes is that of founders ([`Urn`]), each child has one allele of either parent, and
//! an allele changes on the way with the rate of new mutations. All genotypes of the parents are
//! gone through, so the posterior probabilities are exact. A pedigree of several generations is
//! taken family by family; a person in two of them has the genotype of the one in which they are a
//! child. A parent without a sample may have any genotype.

use wgs_core::Pedigree;

use crate::genotype::{Copies, SampleLikelihoods, Urn, order};

/// How often an allele changes from parent to child.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FamilyOptions {
    /// A base becomes a certain other one, for each base and generation.
    pub snv_mutation_rate: f64,
    /// A certain insertion or deletion, for each place and generation.
    pub indel_mutation_rate: f64,
    /// A certain change of the length of a tandem repeat, for each repeat and generation.
    pub repeat_mutation_rate: f64,
    /// Posterior probability from which on a child's allele is called new.
    pub min_de_novo: f64,
    /// The same from which on it is called inherited or doubtful.
    pub max_inherited: f64,
    /// Posterior probability from which on an allele is said to be of one parent.
    pub min_phase: f64,
}

impl Default for FamilyOptions {
    fn default() -> Self {
        Self {
            snv_mutation_rate: 1.2e-8,
            indel_mutation_rate: 1e-9,
            repeat_mutation_rate: 1e-7,
            min_de_novo: 0.5,
            max_inherited: 0.05,
            min_phase: 0.99,
        }
    }
}

/// A pair of parents with their children, as places among the samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The father, if he has a sample.
    pub father: Option<usize>,
    /// The mother, if she has a sample.
    pub mother: Option<usize>,
    /// The children that have samples.
    pub children: Vec<usize>,
}

/// Ids of father and mother, as far as the pedigree names them.
type Parents = (Option<String>, Option<String>);

/// The families of a pedigree of which a child and a parent have samples, by the first child.
pub fn families(pedigree: &Pedigree, samples: &[String]) -> Vec<Family> {
    let place =
        |id: &Option<String>| id.as_ref().and_then(|id| samples.iter().position(|s| s == id));
    let mut found: Vec<(Parents, Family)> = Vec::new();
    for (index, sample) in samples.iter().enumerate() {
        let Some(person) = pedigree.person(sample) else { continue };
        let parents = (person.father.clone(), person.mother.clone());
        let (father, mother) = (place(&parents.0), place(&parents.1));
        if father.is_none() && mother.is_none() {
            continue;
        }
        match found.iter_mut().find(|(of, _)| *of == parents) {
            Some((_, family)) => family.children.push(index),
            None => found.push((parents, Family { father, mother, children: vec![index] })),
        }
    }
    found.into_iter().map(|(_, family)| family).collect()
}

/// Which parents a child has its alleles from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// One from each.
    Both,
    /// The only one from the mother.
    Mother,
    /// The only one from the father.
    Father,
    /// Not known.
    Nobody,
}

impl From {
    /// By the contig and the copies that the child has.
    pub fn of(contig: &str, ploidy: usize) -> Self {
        match (contig.strip_prefix("chr").unwrap_or(contig), ploidy) {
            (_, 2) => Self::Both,
            ("X" | "M" | "MT", 1) => Self::Mother,
            ("Y", 1) => Self::Father,
            _ => Self::Nobody,
        }
    }
}

/// What relatives add to a sample's genotype.
#[derive(Clone, Debug, PartialEq)]
pub struct Refined {
    /// Posterior probabilities of the genotypes.
    pub posterior: Vec<f64>,
    /// Of a child of two sampled parents: the probability that an allele is new, and that none is.
    pub de_novo: Option<(f64, f64)>,
    /// Of a child, for each genotype: the weight of its lower allele being of the father, and of
    /// the mother.
    pub origin: Vec<(f64, f64)>,
}

/// What a parent gives, for each allele: as it is, and with changes.
struct Gamete {
    clean: Vec<f64>,
    all: Vec<f64>,
}

impl Gamete {
    fn of(copies: Option<Copies>, urn: &Urn, rate: f64) -> Self {
        let alleles = urn.alleles();
        let mut given = vec![0.0; alleles];
        match copies {
            Some(Copies::One(a)) => given[a] = 1.0,
            Some(Copies::Two(a, b)) => {
                given[a] += 0.5;
                given[b] += 0.5;
            }
            None => {
                let total: f64 = (0..alleles).map(|a| urn.weight(a)).sum();
                (0..alleles).for_each(|a| given[a] = urn.weight(a) / total);
            }
        }
        let all = given.iter().map(|g| (1.0 - rate) * g + rate * (1.0 - g)).collect();
        Self { clean: given.iter().map(|g| (1.0 - rate) * g).collect(), all }
    }
}

/// Probabilities of a child's genotype: of all ways to it, and of those without a change.
fn passed_on(copies: Copies, from: From, father: &Gamete, mother: &Gamete) -> (f64, f64) {
    let both = |f: &[f64], m: &[f64], a: usize, b: usize| {
        if a == b { f[a] * m[a] } else { f[a] * m[b] + f[b] * m[a] }
    };
    match (copies, from) {
        (Copies::Two(a, b), From::Both) => {
            (both(&father.all, &mother.all, a, b), both(&father.clean, &mother.clean, a, b))
        }
        (Copies::One(a), From::Mother) => (mother.all[a], mother.clean[a]),
        (Copies::One(a), From::Father) => (father.all[a], father.clean[a]),
        _ => (1.0, 1.0),
    }
}

/// Whether a child may have its genotype from its parents' without a change.
pub fn is_consistent(child: Copies, from: From, father: Copies, mother: Copies, urn: &Urn) -> bool {
    let gamete = |copies| Gamete::of(Some(copies), urn, 0.0);
    passed_on(child, from, &gamete(father), &gamete(mother)).1 > 0.0
}

/// The posterior genotypes of a family's members, by their places; `likelihoods` are of all samples
/// over the urn's alleles.
pub fn refine(
    family: &Family,
    contig: &str,
    likelihoods: &[SampleLikelihoods],
    urn: &Urn,
    rate: f64,
) -> Vec<(usize, Refined)> {
    let parent = |place: Option<usize>| match place {
        Some(place) => weights(&likelihoods[place], urn.alleles()),
        None => vec![(None, 1.0)],
    };
    let (fathers, mothers) = (parent(family.father), parent(family.mother));
    let children: Vec<Vec<(Copies, f64)>> = family
        .children
        .iter()
        .map(|&child| {
            let of = weights(&likelihoods[child], urn.alleles()).into_iter();
            of.filter_map(|(copies, l)| Some((copies?, l))).collect()
        })
        .collect();
    let mut sums = Sums::new(fathers.len(), mothers.len(), &children);
    for (f, &(father, of_father)) in fathers.iter().enumerate() {
        let from_father = Gamete::of(father, urn, rate);
        for (m, &(mother, of_mother)) in mothers.iter().enumerate() {
            let prior = prior(father, mother, urn);
            let weight = prior * of_father * of_mother;
            sums.add(
                (f, m),
                weight,
                &children,
                contig,
                (&from_father, &Gamete::of(mother, urn, rate)),
            );
        }
    }
    sums.finish(family)
}

/// Genotypes with their likelihoods; one unknown genotype where there is no copy.
fn weights(sample: &SampleLikelihoods, alleles: usize) -> Vec<(Option<Copies>, f64)> {
    if sample.ploidy == 0 {
        return vec![(None, 1.0)];
    }
    let genotypes = order::all(sample.ploidy, alleles).into_iter();
    genotypes.zip(&sample.genotypes).map(|(g, l)| (Some(g), l.exp())).collect()
}

fn prior(father: Option<Copies>, mother: Option<Copies>, urn: &Urn) -> f64 {
    let Some(father) = father else { return mother.map_or(1.0, |m| urn.probability(m)) };
    let mut drawn = vec![0.0; urn.alleles()];
    father.alleles().for_each(|a| drawn[a] += 1.0);
    urn.probability(father) * mother.map_or(1.0, |m| urn.after(&drawn).probability(m))
}

/// Sums over the genotypes of the parents.
struct Sums {
    fathers: Vec<f64>,
    mothers: Vec<f64>,
    children: Vec<ChildSums>,
}

#[derive(Clone)]
struct ChildSums {
    genotypes: Vec<f64>,
    origin: Vec<(f64, f64)>,
    changed: f64,
    clean: f64,
}

impl Sums {
    fn new(fathers: usize, mothers: usize, children: &[Vec<(Copies, f64)>]) -> Self {
        let child = |genotypes: &Vec<(Copies, f64)>| ChildSums {
            genotypes: vec![0.0; genotypes.len()],
            origin: vec![(0.0, 0.0); genotypes.len()],
            changed: 0.0,
            clean: 0.0,
        };
        Self {
            fathers: vec![0.0; fathers],
            mothers: vec![0.0; mothers],
            children: children.iter().map(child).collect(),
        }
    }

    fn add(
        &mut self,
        (f, m): (usize, usize),
        weight: f64,
        children: &[Vec<(Copies, f64)>],
        contig: &str,
        (father, mother): (&Gamete, &Gamete),
    ) {
        let from = |child: &Vec<(Copies, f64)>| {
            From::of(contig, child.first().map_or(0, |(copies, _)| copies.alleles().count()))
        };
        let each: Vec<Vec<(f64, f64)>> = children
            .iter()
            .map(|child| {
                let from = from(child);
                child.iter().map(|&(copies, _)| passed_on(copies, from, father, mother)).collect()
            })
            .collect();
        let passed = children.iter().zip(&each).map(|(child, each)| {
            if child.is_empty() {
                1.0
            } else {
                child.iter().zip(each).map(|((_, l), p)| l * p.0).sum()
            }
        });
        let totals: Vec<f64> = passed.collect();
        let whole: f64 = weight * totals.iter().product::<f64>();
        self.fathers[f] += whole;
        self.mothers[m] += whole;
        for (c, child) in children.iter().enumerate().filter(|(c, _)| totals[*c] > 0.0) {
            let (scale, sums) = (whole / totals[c], &mut self.children[c]);
            for (g, &(copies, likelihood)) in child.iter().enumerate() {
                let (all, clean) = each[c][g];
                sums.genotypes[g] += scale * likelihood * all;
                sums.changed += scale * likelihood * (all - clean);
                sums.clean += scale * likelihood * clean;
                if let Copies::Two(a, b) = copies {
                    sums.origin[g].0 += scale * father.all[a] * mother.all[b];
                    sums.origin[g].1 += scale * father.all[b] * mother.all[a];
                }
            }
        }
    }

    fn finish(self, family: &Family) -> Vec<(usize, Refined)> {
        let parent = |place: Option<usize>, sums: Vec<f64>| {
            let refined = Refined { posterior: normal(sums), de_novo: None, origin: Vec::new() };
            place.map(|place| (place, refined))
        };
        let both = family.father.is_some() && family.mother.is_some();
        let children = family.children.iter().zip(self.children).map(|(&place, sums)| {
            let total = sums.changed + sums.clean;
            let de_novo = (both && total > 0.0 && !sums.genotypes.is_empty())
                .then(|| (sums.changed / total, sums.clean / total));
            (place, Refined { posterior: normal(sums.genotypes), de_novo, origin: sums.origin })
        });
        let parents = [parent(family.father, self.fathers), parent(family.mother, self.mothers)];
        parents.into_iter().flatten().chain(children).collect()
    }
}

fn normal(sums: Vec<f64>) -> Vec<f64> {
    let total: f64 = sums.iter().sum();
    if total > 0.0 { sums.into_iter().map(|s| s / total).collect() } else { Vec::new() }
}

/// The likelihoods of somebody who has so many copies of a locus, though the gVCF has more: those of
/// the genotypes of one allele, or none.
pub fn with_copies(likelihoods: &SampleLikelihoods, copies: usize) -> SampleLikelihoods {
    if likelihoods.ploidy <= copies {
        return likelihoods.clone();
    }
    if copies == 0 {
        return SampleLikelihoods { ploidy: 0, genotypes: Vec::new() };
    }
    let mut genotypes = Vec::new();
    while let Some(value) =
        likelihoods.genotypes.get(Copies::Two(genotypes.len(), genotypes.len()).index())
    {
        genotypes.push(*value);
    }
    let best = genotypes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    genotypes.iter_mut().for_each(|g| *g -= best);
    SampleLikelihoods { ploidy: 1, genotypes }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIO: Family = Family { father: Some(0), mother: Some(1), children: Vec::new() };

    fn phred(values: &[f64]) -> SampleLikelihoods {
        let genotypes = values.iter().map(|p| -p * std::f64::consts::LN_10 / 10.0).collect();
        SampleLikelihoods { ploidy: if values.len() == 2 { 1 } else { 2 }, genotypes }
    }

    fn judged(contig: &str, samples: &[&[f64]]) -> Vec<Refined> {
        let likelihoods: Vec<_> = samples.iter().map(|s| phred(s)).collect();
        let family = Family { children: (2..samples.len()).collect(), ..TRIO };
        let urn = Urn::new(&[1e-3]);
        refine(&family, contig, &likelihoods, &urn, 1.2e-8).into_iter().map(|(_, r)| r).collect()
    }

    const NONE: [f64; 3] = [0.0, 90.0, 900.0];
    const ONE: [f64; 3] = [400.0, 0.0, 400.0];
    const TWO: [f64; 3] = [900.0, 90.0, 0.0];

    fn best(refined: &Refined) -> usize {
        (0..refined.posterior.len())
            .max_by(|&a, &b| refined.posterior[a].total_cmp(&refined.posterior[b]))
            .unwrap()
    }

    #[test]
    fn an_allele_that_no_parent_has_is_new_where_they_are_covered() {
        let trio = judged("chr1", &[&NONE, &NONE, &ONE]);
        assert!(trio[2].de_novo.unwrap().0 > 0.999, "{:?}", trio[2]);
        let shallow = judged("chr1", &[&[0.0, 15.0, 150.0], &NONE, &ONE]);
        assert!(shallow[2].de_novo.unwrap().0 < 0.01, "{:?}", shallow[2]);
        assert_eq!(best(&shallow[0]), 1, "the father has it after all");
        let inherited = judged("chr1", &[&NONE, &ONE, &ONE]);
        assert!(inherited[2].de_novo.unwrap().0 < 1e-6);
    }

    #[test]
    fn a_weak_call_is_helped_or_held_back_by_the_parents() {
        let weak = [25.0, 0.0, 300.0];
        assert_eq!(best(&judged("chr1", &[&ONE, &NONE, &weak])[2]), 1);
        assert_eq!(best(&judged("chr1", &[&NONE, &NONE, &weak])[2]), 0);
        // Both parents have two copies: so has the child.
        assert_eq!(best(&judged("chr1", &[&TWO, &TWO, &[300.0, 0.0, 20.0]])[2]), 2);
    }

    #[test]
    fn siblings_help_as_well() {
        let unsure = [0.0, 3.0, 60.0];
        let alone = judged("chr1", &[&unsure, &NONE, &[12.0, 0.0, 200.0]]);
        let with = judged("chr1", &[&unsure, &NONE, &[12.0, 0.0, 200.0], &ONE]);
        assert!(with[2].posterior[1] > alone[2].posterior[1] + 0.1);
    }

    #[test]
    fn sons_have_x_from_their_mothers_and_y_from_their_fathers() {
        let (reference, variant) = ([0.0, 400.0], [400.0, 0.0]);
        let son = judged("chrX", &[&reference, &ONE, &variant]);
        assert!(son[2].de_novo.unwrap().0 < 1e-6);
        let new = judged("chrX", &[&variant, &NONE, &variant]);
        assert!(new[2].de_novo.unwrap().0 > 0.9, "not from the father: {:?}", new[2]);
        let urn = Urn::new(&[1e-3]);
        let fits = |from, father, mother| is_consistent(Copies::One(1), from, father, mother, &urn);
        assert!(fits(From::Father, Copies::One(1), Copies::One(0)));
        assert!(!fits(From::Mother, Copies::One(1), Copies::Two(0, 0)));
    }

    #[test]
    fn alleles_are_told_by_their_parent() {
        let trio = judged("chr1", &[&ONE, &NONE, &ONE]);
        let (low_of_father, low_of_mother) = trio[2].origin[1];
        assert!(low_of_mother > 1e3 * low_of_father, "0 is the mother's");
        let both = judged("chr1", &[&ONE, &ONE, &ONE]);
        let (a, b) = both[2].origin[1];
        assert!((a / b - 1.0).abs() < 1e-6, "nobody knows");
    }

    #[test]
    fn families_by_samples() {
        let text = "F a f m 1 1\nF b f m 2 1\nF f 0 0 1 1\nF m 0 0 2 1\nF g a 0 1 1\n";
        let pedigree = Pedigree::parse(text).unwrap();
        let samples: Vec<String> = ["m", "a", "b", "g", "stranger"].map(str::to_owned).into();
        let found = families(&pedigree, &samples);
        let expected = [
            Family { father: None, mother: Some(0), children: vec![1, 2] },
            Family { father: Some(1), mother: None, children: vec![3] },
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn there_are_no_more_copies_than_the_sex_has_whatever_the_file_says() {
        let two = phred(&[30.0, 0.0, 10.0]);
        let one = with_copies(&two, 1);
        assert_eq!((one.ploidy, one.genotypes.len(), one.genotypes[1]), (1, 2, 0.0));
        assert_eq!(with_copies(&two, 2), two);
        assert_eq!(with_copies(&one, 2), one);
        assert_eq!(with_copies(&one, 0), SampleLikelihoods { ploidy: 0, genotypes: Vec::new() });
    }
}
