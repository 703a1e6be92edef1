//! Compound heterozygotes: two alleles of a gene, one on each chromosome.

use wgs_core::Sex;
use wgs_formats::{findings::PartnerPhase, variant::annotated::AlleleView};

use super::people::{Chromosome, Dose, Seen, find};

/// How two alleles lie to each other in the affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) phase: PartnerPhase,
    /// How that is known.
    pub(crate) evidence: String,
    pub(crate) doubts: Vec<String>,
}

enum Phase {
    Cis,
    Trans(String),
    Unknown(String),
}

/// Two alleles of one gene with what everybody has of each, in the same order of people.
pub(crate) struct Both<'a> {
    pub(crate) views: [&'a AlleleView; 2],
    pub(crate) seen: [&'a [Seen<'a>]; 2],
    pub(crate) chromosome: Chromosome,
}

impl Both<'_> {
    /// Whether the affected are compound heterozygotes and nobody unaffected is; `None` where they
    /// are not, or where both alleles are known to lie on one chromosome.
    pub(crate) fn judge(&self) -> Option<Pair> {
        let [first, second] = self.seen;
        let people = || first.iter().zip(second);
        let mut doubts = Vec::new();
        let mut phases = Vec::new();
        for (one, other) in people().filter(|(one, _)| one.is_affected()) {
            if self.chromosome == Chromosome::X && one.member.sex != Sex::Female {
                return None;
            }
            match (one.dose, other.dose) {
                (Dose::One, Dose::One) => phases.push(self.phase(one, other)),
                (Dose::Absent | Dose::All, _) | (_, Dose::Absent | Dose::All) => return None,
                (Dose::One, _) => doubts.push(other.gap()),
                _ => doubts.push(one.gap()),
            }
        }
        if phases.is_empty() {
            return None;
        }
        let mut evidence: Option<(PartnerPhase, String)> = None;
        for phase in phases {
            match phase {
                Phase::Cis => return None,
                Phase::Trans(text) => evidence = Some((PartnerPhase::Trans, text)),
                Phase::Unknown(text) => {
                    evidence.get_or_insert((PartnerPhase::Unknown, text));
                }
            }
        }
        let (phase, evidence) = evidence?;
        for (one, other) in people().filter(|(one, _)| one.is_unaffected()) {
            if one.dose == Dose::All || other.dose == Dose::All {
                return None;
            }
            // With one of them on each chromosome, as in the affected.
            let has_both = one.dose.carries() && other.dose.carries();
            let is_parent = first.iter().filter(|child| child.is_affected()).any(|child| {
                let sample = Some(&one.member.sample);
                child.member.father.as_ref() == sample || child.member.mother.as_ref() == sample
            });
            if has_both && !is_parent {
                return None;
            }
            if let Some(unknown) = [one, other].into_iter().find(|p| p.dose == Dose::Unknown) {
                doubts.push(unknown.gap());
            }
        }
        doubts.dedup();
        Some(Pair { phase, evidence, doubts })
    }

    /// By phased genotypes, by the genotype at one place, or by the parents.
    fn phase(&self, one: &Seen<'_>, other: &Seen<'_>) -> Phase {
        let [first, second] = self.views;
        let phases = (one.call.and_then(|c| c.phase), other.call.and_then(|c| c.phase));
        if let (Some(a), Some(b)) = phases
            && a.set == b.set
            && first.contig == second.contig
        {
            return match a.haplotype == b.haplotype {
                true => Phase::Cis,
                false => Phase::Trans(format!("the phased genotypes of {}", one.name())),
            };
        }
        if first.contig == second.contig
            && first.position == second.position
            && first.reference == second.reference
        {
            return Phase::Trans(format!("{} has both at one place", one.name()));
        }
        self.by_parents(one)
    }

    fn by_parents(&self, child: &Seen<'_>) -> Phase {
        let dose = |allele: usize, parent: Option<&String>| {
            find(self.seen[allele], parent).map(|p| p.dose)
        };
        let (father, mother) = (child.member.father.as_ref(), child.member.mother.as_ref());
        let of_father = (dose(0, father), dose(1, father));
        let of_mother = (dose(0, mother), dose(1, mother));
        let no = Some(Dose::Absent);
        let yes = |dose: Option<Dose>| dose.is_some_and(Dose::carries);
        let names = |parent: Option<&String>| parent.cloned().unwrap_or_default();
        let splits =
            |a: (Option<Dose>, Option<Dose>)| (yes(a.0) && a.1 == no) || (a.0 == no && yes(a.1));
        match (of_father, of_mother) {
            // Each from another parent.
            (f, m) if splits(f) && splits(m) => match yes(f.0) == yes(m.0) {
                false => Phase::Trans(format!(
                    "one from {}, the other from {}",
                    names(father),
                    names(mother)
                )),
                // The other one is new, on either chromosome.
                true => Phase::Unknown("one of them is carried by neither parent".to_owned()),
            },
            // Both from the one who has both.
            (f, (a, b)) if f == (no, no) && yes(a) && yes(b) => Phase::Cis,
            ((a, b), m) if m == (no, no) && yes(a) && yes(b) => Phase::Cis,
            // One parent tells that the two do not come from the same.
            (f, (None, None)) if splits(f) => {
                Phase::Trans(format!("{} carries one of them only", names(father)))
            }
            ((None, None), m) if splits(m) => {
                Phase::Trans(format!("{} carries one of them only", names(mother)))
            }
            ((None, None), (None, None)) => {
                Phase::Unknown("no parent is in the case, and reads do not tell".to_owned())
            }
            _ => Phase::Unknown("the parents' genotypes do not tell".to_owned()),
        }
    }
}
