//! What each person of the case has of an allele, by the copies of the place that they have.

use wgs_core::{Build, Ploidy, Sex};
use wgs_formats::variant::annotated::{AlleleView, Call, Zygosity};

use crate::{Family, Member, Options};

/// On which kind of chromosome a place lies, as inheritance goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chromosome {
    /// Autosomes, and the pseudoautosomal regions.
    Autosome,
    X,
    Y,
    Mitochondrion,
}

impl Chromosome {
    pub(crate) fn of(contig: &str, offset: u32, build: Build) -> Self {
        let male = Ploidy::at(contig, offset, Sex::Male, build);
        match contig.strip_prefix("chr").unwrap_or(contig) {
            "M" | "MT" => Self::Mitochondrion,
            "X" if male == Ploidy::Haploid => Self::X,
            "Y" if male == Ploidy::Haploid => Self::Y,
            _ => Self::Autosome,
        }
    }
}

/// How many of a person's copies are the allele.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dose {
    /// None, by the genotype.
    Absent,
    /// One of two.
    One,
    /// Both, or the only one.
    All,
    /// Carried, but of how many copies is not clear.
    Some,
    /// Not known.
    Unknown,
}

impl Dose {
    pub(crate) fn carries(self) -> bool {
        matches!(self, Self::One | Self::All | Self::Some)
    }

    fn of(call: &Call, expected: Ploidy, chromosome: Chromosome, options: &Options) -> Self {
        if expected == Ploidy::Absent {
            return Self::Unknown;
        }
        if chromosome == Chromosome::Mitochondrion && call.zygosity.carries() {
            let all = call.allele_fraction.is_none_or(|share| share >= options.homoplasmic_from);
            return if all { Self::All } else { Self::Some };
        }
        match call.zygosity {
            Zygosity::Absent => Self::Absent,
            Zygosity::Missing => Self::Unknown,
            Zygosity::Partial => Self::Some,
            Zygosity::Homozygous | Zygosity::Hemizygous => Self::All,
            // One copy cannot be two alleles.
            Zygosity::Heterozygous if expected == Ploidy::Haploid => Self::Some,
            Zygosity::Heterozygous => Self::One,
        }
    }
}

/// A person and what they have of an allele.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) member: &'a Member,
    pub(crate) dose: Dose,
    /// Absent if the file has no column of the person.
    pub(crate) call: Option<&'a Call>,
}

impl Seen<'_> {
    pub(crate) fn name(&self) -> &str {
        &self.member.sample
    }

    pub(crate) fn is_affected(&self) -> bool {
        self.member.affected == Some(true)
    }

    pub(crate) fn is_unaffected(&self) -> bool {
        self.member.affected == Some(false)
    }

    /// Why it is not known what the person has.
    pub(crate) fn gap(&self) -> String {
        match self.call {
            None => format!("{} has no genotypes in the file", self.name()),
            Some(_) if self.dose == Dose::Some => {
                format!("the genotype of {} does not tell how many copies there are", self.name())
            }
            Some(_) => format!("the genotype of {} is not known", self.name()),
        }
    }
}

/// The people of a case and their columns in a file.
#[derive(Clone, Debug)]
pub(crate) struct People<'a> {
    pub(crate) family: &'a Family,
    columns: Vec<Option<usize>>,
    build: Build,
}

impl<'a> People<'a> {
    pub(crate) fn new(family: &'a Family, samples: &[String], build: Build) -> Self {
        let column = |m: &Member| samples.iter().position(|sample| *sample == m.sample);
        Self { family, columns: family.members.iter().map(column).collect(), build }
    }

    /// The columns of the affected.
    pub(crate) fn affected_columns(&self) -> Vec<usize> {
        let members = self.family.members.iter().zip(&self.columns);
        members.filter(|(m, _)| m.affected == Some(true)).filter_map(|(_, c)| *c).collect()
    }

    /// The column of a sample of the family.
    pub(crate) fn column(&self, sample: &str) -> Option<usize> {
        let at = self.family.members.iter().position(|member| member.sample == sample)?;
        self.columns[at]
    }

    pub(crate) fn chromosome(&self, view: &AlleleView) -> Chromosome {
        Chromosome::of(&view.contig, view.position.to_pos0(), self.build)
    }

    /// What everybody has of an allele, in the order of the family.
    pub(crate) fn look<'v>(&'v self, view: &'v AlleleView, options: &Options) -> Vec<Seen<'v>> {
        let chromosome = self.chromosome(view);
        let offset = view.position.to_pos0();
        let seen = self.family.members.iter().zip(&self.columns).map(|(member, column)| {
            let call = column.and_then(|column| view.calls.get(column));
            let expected = Ploidy::at(&view.contig, offset, member.sex, self.build);
            let dose = call.map_or(Dose::Unknown, |c| Dose::of(c, expected, chromosome, options));
            Seen { member, dose, call }
        });
        seen.collect()
    }
}

/// A person by name among those seen.
pub(crate) fn find<'s, 'a>(seen: &'s [Seen<'a>], name: Option<&String>) -> Option<&'s Seen<'a>> {
    let name = name?;
    seen.iter().find(|person| person.member.sample == *name)
}
