//! What relatives change at a site, and how it is written.

use std::collections::BTreeMap;

use wgs_formats::{
    qc::{FamilyQc, family::TrioQc},
    variant::{Definition, Header, Number, Record, SampleColumn, ValueType},
};

use super::{
    family::{self, Family, FamilyOptions, From, Refined},
    genotyped::Genotyped,
};
use crate::{
    genotype::{Copies, GenotypeCall, Urn, order},
    phase::Phase,
    site::Site,
    vcf,
};

/// Largest figure of PP and DQ.
const MAX_PHRED: f64 = 999.0;
/// The phase set of alleles that are told by their parents: it is that of the whole contig, and
/// named by its first base.
const OF_TRANSMISSION: u32 = 0;

/// Declares what [`Notes`] write, if there is a family.
pub fn declare(header: &mut Header, families: &[Family]) {
    use Number::{Count, Genotypes, Unknown};
    use ValueType::{Float, Integer, String as Text};
    if families.is_empty() {
        return;
    }
    let info = "Children whose genotype, by their own reads and the cohort, cannot be had from those \
                of their parents";
    header.add_info(Definition::new("MENDEL", Unknown, Text, info));
    let formats = [
        (
            "PP",
            Genotypes,
            Integer,
            "Phred-scaled posterior probabilities of the genotypes by the pedigree, the best 0; GT and GQ follow from them",
        ),
        (
            "DN",
            Count(1),
            Text,
            "Of a child's variant: DeNovo, Inherited, or LowDQ where neither is clear",
        ),
        ("DQ", Count(1), Float, "Phred-scaled probability that no allele of the child is new"),
    ];
    for (id, number, value_type, description) in formats {
        header.add_format(Definition::new(id, number, value_type, description));
    }
}

/// What a pedigree adds to a record.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// Of each sample: PP, DN and DQ.
    columns: Vec<[String; 3]>,
    /// Children whose genotypes contradict those of their parents.
    errors: Vec<String>,
    /// Places among the samples of children with a new allele.
    de_novo: Vec<usize>,
    /// Genotypes before the pedigree had its say.
    before: Vec<Option<GenotypeCall>>,
}

impl Notes {
    /// Adds the columns and the INFO field.
    pub fn write(&self, record: &mut Record) {
        if self.columns.is_empty() {
            return;
        }
        if !self.errors.is_empty() {
            record.info.set("MENDEL", self.errors.join(","));
        }
        record.format.extend(["PP", "DN", "DQ"].map(str::to_owned));
        let columns = record.samples.iter().zip(&self.columns).map(|(sample, more)| {
            SampleColumn::new(sample.values().chain(more.iter().map(String::as_str)))
        });
        record.samples = columns.collect();
    }
}

/// The families among the samples.
pub struct Kin<'a> {
    families: Vec<Family>,
    samples: Vec<String>,
    options: &'a FamilyOptions,
    trios: Vec<TrioQc>,
    /// For each child and phase set of reads: whether its first chromosome is the mother's.
    turned: BTreeMap<(usize, u32), bool>,
    contig: String,
}

impl<'a> Kin<'a> {
    /// Families among these samples.
    pub fn new(families: Vec<Family>, samples: Vec<String>, options: &'a FamilyOptions) -> Self {
        let mut counts = Vec::new();
        for (family, father, mother) in trios(&families) {
            for &child in &family.children {
                counts.push(TrioQc {
                    child: samples[child].clone(),
                    father: samples[father].clone(),
                    mother: samples[mother].clone(),
                    ..TrioQc::default()
                });
            }
        }
        let (turned, contig) = (BTreeMap::new(), String::new());
        Self { families, samples, options, trios: counts, turned, contig }
    }

    /// Puts the posterior genotypes in the place of those without a pedigree.
    pub fn refine(&mut self, genotyped: &mut Genotyped, contig: &str) -> Notes {
        if self.families.is_empty() {
            return Notes::default();
        }
        if self.contig != contig {
            contig.clone_into(&mut self.contig);
            self.turned.clear();
        }
        let samples = &genotyped.site.samples;
        let before: Vec<_> = samples.iter().map(|s| s.genotype).collect();
        let mut notes = Notes {
            columns: vec![[".", ".", "."].map(str::to_owned); before.len()],
            before,
            ..Notes::default()
        };
        let urn = Urn::new(&genotyped.thetas);
        notes.errors = self.errors(&notes.before, contig, &urn);
        let mut done = vec![None::<bool>; samples.len()];
        for family in &self.families.clone() {
            let urn = urn.after(&drawn_by_others(family, &notes.before, urn.alleles()));
            let rate = self.rate(genotyped);
            for (place, refined) in
                family::refine(family, contig, &genotyped.likelihoods, &urn, rate)
            {
                let is_child = family.children.contains(&place);
                if done[place].is_some_and(|as_child| as_child || !is_child) {
                    continue;
                }
                done[place] = Some(is_child);
                self.note(place, is_child, &refined, &mut genotyped.site, &mut notes);
            }
        }
        notes
    }

    fn rate(&self, genotyped: &Genotyped) -> f64 {
        if genotyped.site.is_snv() {
            self.options.snv_mutation_rate
        } else if genotyped.in_repeat {
            self.options.repeat_mutation_rate
        } else {
            self.options.indel_mutation_rate
        }
    }

    fn note(
        &mut self,
        place: usize,
        is_child: bool,
        refined: &Refined,
        site: &mut Site,
        notes: &mut Notes,
    ) {
        let alleles = site.alternates.len() + 1;
        let sample = &mut site.samples[place];
        let Some(best) = best(&refined.posterior) else { return };
        if sample.genotype.is_none() {
            return;
        }
        let copies = order::all(refined_ploidy(refined, alleles), alleles)[best];
        let error: f64 =
            refined.posterior.iter().enumerate().filter(|(i, _)| *i != best).map(|(_, p)| p).sum();
        let quality = phred(error).min(99.0);
        if sample.genotype.map(|g| g.copies) != Some(copies) {
            sample.phase = None;
        }
        sample.genotype = Some(GenotypeCall { copies, quality });
        let most = refined.posterior[best];
        let posterior: Vec<u32> = refined
            .posterior
            .iter()
            .map(|p| phred(p / most).min(MAX_PHRED).round() as u32)
            .collect();
        notes.columns[place][0] = vcf::joined(&posterior);
        if !is_child {
            return;
        }
        if let (Some((changed, clean)), true) = (refined.de_novo, copies.variant_count() > 0) {
            let word = if changed >= self.options.min_de_novo {
                notes.de_novo.push(place);
                "DeNovo"
            } else if changed <= self.options.max_inherited {
                "Inherited"
            } else {
                "LowDQ"
            };
            notes.columns[place][1] = word.to_owned();
            notes.columns[place][2] = format!("{:.1}", phred(clean).min(MAX_PHRED));
        }
        let origin = refined.origin.get(best).copied();
        let sample = &mut site.samples[place];
        if let (Copies::Two(a, b), Some(origin)) = (copies, origin)
            && a != b
        {
            sample.phase = self.phase(place, origin, sample.phase);
        }
    }

    /// The father's allele goes first where it is known whose is which. What reads say of later loci
    /// of the same set is turned to agree, and joins the set of the whole contig.
    fn phase(
        &mut self,
        child: usize,
        (low, high): (f64, f64),
        by_reads: Option<Phase>,
    ) -> Option<Phase> {
        let sure = low.max(high) / (low + high);
        if sure >= self.options.min_phase {
            let swapped = high > low;
            if let Some(phase) = by_reads {
                self.turned.insert((child, phase.set), phase.swapped != swapped);
            }
            return Some(Phase { set: OF_TRANSMISSION, swapped });
        }
        let phase = by_reads?;
        Some(match self.turned.get(&(child, phase.set)) {
            Some(&turn) => Phase { set: OF_TRANSMISSION, swapped: phase.swapped != turn },
            None => phase,
        })
    }

    /// Children whose genotypes cannot be had from those of their parents.
    fn errors(&self, genotypes: &[Option<GenotypeCall>], contig: &str, urn: &Urn) -> Vec<String> {
        let copies = |place: usize| genotypes[place].map(|g| g.copies);
        let mut names = Vec::new();
        for (family, father, mother) in trios(&self.families) {
            for &child in &family.children {
                if contradicts([copies(child), copies(father), copies(mother)], contig, urn) {
                    names.push(self.samples[child].clone());
                }
            }
        }
        names
    }

    /// Counts a site that was judged, with its filters.
    pub fn count(&mut self, site: &Site, notes: &Notes) {
        if !site.filters.is_empty() {
            return;
        }
        let urn = Urn::new(&vec![1e-3; site.alternates.len()]);
        let mut trios_of = self.trios.iter_mut();
        for (family, father, mother) in trios(&self.families) {
            for &child in &family.children {
                let Some(trio) = trios_of.next() else { return };
                let before =
                    [child, father, mother].map(|p| notes.before.get(p).copied().flatten());
                let written = [child, father, mother].map(|p| site.samples[p].genotype);
                count_trio(trio, [before, written], &self.contig, &urn);
                let sample = &site.samples[child];
                if notes.de_novo.contains(&child) {
                    let counter = if site.is_snv() {
                        &mut trio.de_novo_snvs
                    } else {
                        &mut trio.de_novo_indels
                    };
                    *counter += 1;
                }
                if matches!(sample.genotype.map(|g| g.copies), Some(Copies::Two(a, b)) if a != b) {
                    trio.heterozygous += 1;
                    let told = sample.phase.is_some_and(|p| p.set == OF_TRANSMISSION);
                    trio.phased_by_transmission += u64::from(told);
                }
            }
        }
    }

    /// The counts of all.
    pub fn finish(self) -> FamilyQc {
        FamilyQc::new(self.trios)
    }
}

fn count_trio(
    trio: &mut TrioQc,
    [before, written]: [[Option<GenotypeCall>; 3]; 2],
    contig: &str,
    urn: &Urn,
) {
    let known = before.iter().flatten().count() == 3;
    let variant = before.iter().chain(&written).flatten().any(|g| g.copies.variant_count() > 0);
    if !known || !variant {
        return;
    }
    let wrong = |genotypes: [Option<GenotypeCall>; 3]| {
        contradicts(genotypes.map(|g| g.map(|g| g.copies)), contig, urn)
    };
    trio.sites += 1;
    trio.mendelian_errors += u64::from(wrong(before));
    trio.written_errors += u64::from(wrong(written));
}

/// Families with both parents.
fn trios(families: &[Family]) -> impl Iterator<Item = (&Family, usize, usize)> {
    families.iter().filter_map(|family| Some((family, family.father?, family.mother?)))
}

fn contradicts([child, father, mother]: [Option<Copies>; 3], contig: &str, urn: &Urn) -> bool {
    let Some(child) = child else { return false };
    let from = From::of(contig, child.alleles().count());
    let (father, mother) = match from {
        From::Mother => (mother, mother),
        From::Father => (father, father),
        _ => (father, mother),
    };
    let (Some(father), Some(mother)) = (father, mother) else { return false };
    !family::is_consistent(child, from, father, mother, urn)
}

/// Copies of each allele in the genotypes of everybody else.
fn drawn_by_others(
    family: &Family,
    genotypes: &[Option<GenotypeCall>],
    alleles: usize,
) -> Vec<f64> {
    let mut drawn = vec![0.0; alleles];
    let member = |place: usize| {
        family.children.contains(&place) || [family.father, family.mother].contains(&Some(place))
    };
    for (_, genotype) in genotypes.iter().enumerate().filter(|(place, _)| !member(*place)) {
        genotype.iter().flat_map(|g| g.copies.alleles()).for_each(|a| drawn[a] += 1.0);
    }
    drawn
}

fn best(posterior: &[f64]) -> Option<usize> {
    (0..posterior.len()).max_by(|&a, &b| posterior[a].total_cmp(&posterior[b]).then(b.cmp(&a)))
}

fn refined_ploidy(refined: &Refined, alleles: usize) -> usize {
    if refined.posterior.len() == alleles { 1 } else { 2 }
}

fn phred(probability: f64) -> f64 {
    (-10.0 * probability.log10()).max(0.0)
}
