//! Models of inheritance that one allele may satisfy.
//!
//! A model fits where the genotypes of all affected people agree with it and no unaffected person
//! contradicts it. What is not known contradicts nothing, and is told as a doubt.

use wgs_core::Sex;
use wgs_formats::{findings::ModelMatch, variant::annotated::DeNovo};

use super::people::{Chromosome, Dose, Seen, find};
use crate::{Options, options::MaxFrequency};

/// A model of inheritance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Model {
    DeNovo,
    Dominant,
    RecessiveHomozygous,
    CompoundHeterozygous,
    XRecessive,
    XDominant,
    YLinked,
    Mitochondrial,
}

impl Model {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::DeNovo => "de-novo",
            Self::Dominant => "dominant",
            Self::RecessiveHomozygous => "recessive-homozygous",
            Self::CompoundHeterozygous => "compound-heterozygous",
            Self::XRecessive => "x-linked-recessive",
            Self::XDominant => "x-linked-dominant",
            Self::YLinked => "y-linked",
            Self::Mitochondrial => "mitochondrial",
        }
    }

    /// The highest frequency at which it is thought of.
    pub(crate) fn max_frequency(self, limits: &MaxFrequency) -> f64 {
        match self {
            Self::DeNovo => limits.de_novo,
            Self::Dominant => limits.dominant,
            Self::RecessiveHomozygous => limits.recessive,
            Self::CompoundHeterozygous => limits.compound,
            Self::XRecessive | Self::XDominant | Self::YLinked => limits.sex_linked,
            Self::Mitochondrial => limits.mitochondrial,
        }
    }
}

/// A model that genotypes satisfy, with what keeps it from being certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fit {
    pub(crate) model: Model,
    pub(crate) doubts: Vec<String>,
}

impl Fit {
    pub(crate) fn shown(&self) -> ModelMatch {
        ModelMatch { model: self.model.id().to_owned(), doubts: self.doubts.clone() }
    }
}

/// The models that one allele satisfies, but for compound heterozygotes.
pub(crate) fn fits(seen: &[Seen<'_>], chromosome: Chromosome, options: &Options) -> Vec<Fit> {
    let fit = |model, doubts: Option<Vec<String>>| doubts.map(|doubts| Fit { model, doubts });
    let new = fit(Model::DeNovo, de_novo(seen, chromosome, options));
    let others = match chromosome {
        Chromosome::Autosome => vec![
            fit(Model::Dominant, dominant(seen)),
            fit(Model::RecessiveHomozygous, recessive(seen)),
        ],
        Chromosome::X => {
            vec![fit(Model::XRecessive, x_recessive(seen)), fit(Model::XDominant, x_dominant(seen))]
        }
        Chromosome::Y => vec![fit(Model::YLinked, y_linked(seen))],
        Chromosome::Mitochondrion => vec![fit(Model::Mitochondrial, mitochondrial(seen))],
    };
    new.into_iter().chain(others.into_iter().flatten()).collect()
}

/// Whether something holds of a person.
enum Holds {
    Yes,
    No,
    Unknown,
}

impl From<bool> for Holds {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// Everyone affected has what they need (one of them for sure), and nobody unaffected what they may
/// not have; gives what is not known.
fn agrees(
    seen: &[Seen<'_>],
    needs: impl Fn(&Seen<'_>) -> Holds,
    forbids: impl Fn(&Seen<'_>) -> Holds,
) -> Option<Vec<String>> {
    let mut doubts = Vec::new();
    let mut sure = 0;
    for person in seen.iter().filter(|person| person.is_affected()) {
        match needs(person) {
            Holds::Yes => sure += 1,
            Holds::Unknown => doubts.push(person.gap()),
            Holds::No => return None,
        }
    }
    for person in seen.iter().filter(|person| person.is_unaffected()) {
        match forbids(person) {
            Holds::Yes => return None,
            Holds::Unknown => doubts.push(person.gap()),
            Holds::No => {}
        }
    }
    (sure > 0).then_some(doubts)
}

fn carries(person: &Seen<'_>) -> Holds {
    match person.dose {
        Dose::Unknown => Holds::Unknown,
        dose => dose.carries().into(),
    }
}

fn has_all(person: &Seen<'_>) -> Holds {
    match person.dose {
        Dose::Unknown | Dose::Some => Holds::Unknown,
        dose => (dose == Dose::All).into(),
    }
}

/// Doubts about people of whom it is not known whether they are ill.
fn undeclared(seen: &[Seen<'_>], about: impl Fn(&Seen<'_>) -> bool) -> Vec<String> {
    let people = seen.iter().filter(|person| person.member.affected.is_none() && about(person));
    people
        .map(|person| format!("{} carries it, and is not said to be ill or well", person.name()))
        .collect()
}

fn parents<'s, 'a>(
    seen: &'s [Seen<'a>],
    child: &Seen<'_>,
) -> [(&'static str, Option<&'s Seen<'a>>); 2] {
    [
        ("father", find(seen, child.member.father.as_ref())),
        ("mother", find(seen, child.member.mother.as_ref())),
    ]
}

/// Whether a person has an ill child in the case who carries the allele as well.
fn gives(seen: &[Seen<'_>], parent: &Seen<'_>) -> bool {
    let sample = Some(&parent.member.sample);
    seen.iter().filter(|person| person.is_affected() && person.dose.carries()).any(|child| {
        child.member.father.as_ref() == sample || child.member.mother.as_ref() == sample
    })
}

/// Parents who pass a chromosome on to a child of a sex.
fn givers<'s, 'a>(
    seen: &'s [Seen<'a>],
    child: &Seen<'_>,
    chromosome: Chromosome,
) -> Vec<(&'static str, Option<&'s Seen<'a>>)> {
    let [father, mother] = parents(seen, child);
    match (chromosome, child.member.sex) {
        (Chromosome::X, Sex::Male) | (Chromosome::Mitochondrion, _) => vec![mother],
        (Chromosome::Y, _) => vec![father],
        _ => vec![father, mother],
    }
}

fn de_novo(seen: &[Seen<'_>], chromosome: Chromosome, options: &Options) -> Option<Vec<String>> {
    let mut doubts = agrees(seen, carries, carries)?;
    let carriers = seen.iter().filter(|person| person.is_affected() && person.dose.carries());
    for child in carriers {
        let call = child.call?;
        if call.de_novo == Some(DeNovo::Inherited) {
            return None;
        }
        for (_, parent) in givers(seen, child, chromosome) {
            let parent = parent.filter(|parent| parent.dose == Dose::Absent)?;
            doubts.extend(doubts_of_parent(parent, options));
        }
        if child.dose == Dose::All && call.ploidy > 1 && chromosome != Chromosome::Mitochondrion {
            doubts.extend(two_new(child, chromosome));
        }
        if call.de_novo == Some(DeNovo::Unclear) {
            doubts.push(format!(
                "whether the allele of {} is new is not clear (DQ {})",
                child.name(),
                call.de_novo_quality_phred.unwrap_or(0.0)
            ));
        }
        if call.genotype_quality_phred.is_some_and(|q| q < options.min_genotype_quality_phred) {
            doubts.push(format!(
                "the genotype of {} has quality {}",
                child.name(),
                call.genotype_quality_phred.unwrap_or(0.0)
            ));
        }
        let low = |share: &f64| *share < options.min_de_novo_fraction;
        if let Some(share) = call.allele_fraction.filter(low) {
            doubts.push(format!("{:.1}% of the reads of {} have it", share * 100.0, child.name()));
        }
    }
    doubts.sort();
    doubts.dedup();
    Some(doubts)
}

/// Two copies are not new at once; a son has one of X and Y, however it is written.
fn two_new(child: &Seen<'_>, chromosome: Chromosome) -> Option<String> {
    let has_one = chromosome != Chromosome::Autosome && child.member.sex == Sex::Male;
    (!has_one).then(|| format!("{} has two copies, of which both would be new", child.name()))
}

/// What makes it doubtful that a parent has not the allele.
fn doubts_of_parent(parent: &Seen<'_>, options: &Options) -> Vec<String> {
    let Some(call) = parent.call else { return Vec::new() };
    let mut doubts = Vec::new();
    match call.depth {
        Some(depth) if depth < options.min_parent_depth => doubts.push(format!(
            "{} has a depth of {depth}: that the allele is not there is not sure",
            parent.name()
        )),
        None => doubts.push(format!("the depth of {} is not told", parent.name())),
        Some(_) => {}
    }
    if let Some(reads) = call.allele_depth.filter(|&reads| reads > 0) {
        doubts.push(format!("{reads} of the reads of {} have the allele", parent.name()));
    }
    doubts
}

fn dominant(seen: &[Seen<'_>]) -> Option<Vec<String>> {
    let mut doubts = agrees(seen, carries, carries)?;
    for child in seen.iter().filter(|person| person.is_affected() && person.dose.carries()) {
        let both = parents(seen, child);
        let known: Vec<_> = both.iter().filter_map(|(role, p)| Some((role, (*p)?))).collect();
        if known.len() == 2 && known.iter().all(|(_, parent)| parent.dose == Dose::Absent) {
            return None;
        }
        match known.as_slice() {
            [] if !gives(seen, child) => doubts.push(format!(
                "no parent of {} is in the case: inherited or new is not known",
                child.name()
            )),
            [(_, parent)] if !parent.dose.carries() => doubts.push(format!(
                "{} is not known to carry it, and the other parent of {} is not in the case",
                parent.name(),
                child.name()
            )),
            _ => {}
        }
        for (_, parent) in &known {
            if parent.dose == Dose::Unknown && parent.member.affected.is_none() {
                doubts.push(parent.gap());
            }
        }
    }
    doubts.extend(undeclared(seen, |person| person.dose.carries()));
    Some(unique(doubts))
}

fn recessive(seen: &[Seen<'_>]) -> Option<Vec<String>> {
    let mut doubts = agrees(seen, has_all, has_all)?;
    for child in seen.iter().filter(|person| person.is_affected() && person.dose == Dose::All) {
        for (_, parent) in parents(seen, child) {
            match parent {
                Some(parent) if parent.dose == Dose::Absent => doubts.push(format!(
                    "{} does not carry it: a deletion, both copies from one parent, or an error",
                    parent.name()
                )),
                Some(parent) if parent.dose == Dose::Unknown => doubts.push(parent.gap()),
                _ => {}
            }
        }
    }
    doubts.extend(undeclared(seen, |person| person.dose == Dose::All));
    Some(unique(doubts))
}

fn x_recessive(seen: &[Seen<'_>]) -> Option<Vec<String>> {
    let mut doubts = agrees(seen, has_all, has_all)?;
    for child in seen.iter().filter(|person| person.is_affected() && person.dose == Dose::All) {
        for (_, parent) in givers(seen, child, Chromosome::X) {
            match parent {
                // A new allele of a son, which is another model.
                Some(parent) if parent.dose == Dose::Absent && child.member.sex == Sex::Male => {
                    return None;
                }
                Some(parent) if parent.dose == Dose::Absent => {
                    doubts.push(format!("{} does not carry it", parent.name()));
                }
                Some(parent) if parent.dose == Dose::Unknown => doubts.push(parent.gap()),
                _ => {}
            }
        }
        if child.member.sex == Sex::Unknown {
            doubts.push(format!("the sex of {} is not declared", child.name()));
        }
    }
    Some(unique(doubts))
}

/// One copy is enough, also in females: one of them is ill with one.
fn x_dominant(seen: &[Seen<'_>]) -> Option<Vec<String>> {
    let mut doubts = agrees(seen, carries, carries)?;
    let ill = || seen.iter().filter(|person| person.is_affected() && person.dose.carries());
    if !ill().any(|person| person.dose == Dose::One) {
        return None;
    }
    for child in ill() {
        let givers = givers(seen, child, Chromosome::X);
        let known = || givers.iter().filter_map(|(_, parent)| *parent);
        let all_known = givers.iter().all(|(_, parent)| parent.is_some());
        if all_known && known().all(|parent| parent.dose == Dose::Absent) {
            return None;
        }
        if known().next().is_none() && !gives(seen, child) {
            doubts.push(format!(
                "no parent of {} is in the case: inherited or new is not known",
                child.name()
            ));
        }
    }
    doubts.extend(undeclared(seen, |person| person.dose.carries()));
    Some(unique(doubts))
}

fn y_linked(seen: &[Seen<'_>]) -> Option<Vec<String>> {
    let male = |holds: Holds, person: &Seen<'_>| match person.member.sex {
        Sex::Female => Holds::No,
        _ => holds,
    };
    let doubts = agrees(seen, |p| male(carries(p), p), |p| male(carries(p), p))?;
    let is_new = |child: &Seen<'_>| {
        find(seen, child.member.father.as_ref()).is_some_and(|f| f.dose == Dose::Absent)
    };
    let ill = seen.iter().filter(|person| person.is_affected() && person.dose.carries());
    (!ill.into_iter().any(is_new)).then_some(doubts)
}

/// From the mother; the well may carry it in some of their mitochondria, but not in all.
fn mitochondrial(seen: &[Seen<'_>]) -> Option<Vec<String>> {
    let in_all = |person: &Seen<'_>| match person.dose {
        Dose::Unknown => Holds::Unknown,
        dose => (dose == Dose::All).into(),
    };
    let mut doubts = agrees(seen, carries, in_all)?;
    for child in seen.iter().filter(|person| person.is_affected() && person.dose.carries()) {
        match find(seen, child.member.mother.as_ref()) {
            // A new allele, which is another model.
            Some(mother) if mother.dose == Dose::Absent => return None,
            Some(mother) if mother.dose == Dose::Unknown => doubts.push(mother.gap()),
            _ => {}
        }
        let share = child.call.and_then(|call| call.allele_fraction);
        if let Some(share) = share.filter(|_| child.dose == Dose::Some) {
            doubts.push(format!("{:.1}% of the reads of {} have it", share * 100.0, child.name()));
        }
    }
    Some(unique(doubts))
}

fn unique(doubts: Vec<String>) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for doubt in doubts {
        if !once.contains(&doubt) {
            once.push(doubt);
        }
    }
    once
}
