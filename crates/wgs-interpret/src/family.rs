//! The people of a case: who is whose child, and who is ill.

use serde::{Deserialize, Serialize};
use wgs_core::{Pedigree, PedigreeError, Sex};
use wgs_task::case::{Case, Role};

/// A person of the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The sample, as the VCF names it.
    pub sample: String,
    /// What the person is in the case; not known of people from a PED file.
    pub role: Option<Role>,
    /// Declared sex; of a parent whose sex is not declared that of the role.
    pub sex: Sex,
    /// Whether the person has the disease, where known. A proband and a patient with a tumour have it
    /// unless the case says otherwise.
    pub affected: Option<bool>,
    /// The father, if he is in the case.
    pub father: Option<String>,
    /// The mother, if she is in the case.
    pub mother: Option<String>,
    /// Terms of the Human Phenotype Ontology.
    pub phenotypes: Vec<String>,
}

/// The people of a case.
///
/// ```
/// use wgs_core::Pedigree;
/// use wgs_interpret::Family;
///
/// let pedigree = Pedigree::parse("F child dad mum 1 2\nF dad 0 0 1 1\nF mum 0 0 2 0\n")?;
/// let family = Family::of_pedigree("F", &pedigree);
/// assert_eq!(family.affected().count(), 1);
/// assert_eq!(family.unaffected().next().map(|p| p.sample.as_str()), Some("dad"));
/// assert_eq!(family.member("child").and_then(|p| p.mother.as_deref()), Some("mum"));
/// # Ok::<(), wgs_core::PedigreeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Family {
    /// Name of the case.
    pub case: String,
    /// The people, in the order of the case.
    pub members: Vec<Member>,
}

impl Family {
    /// The people of a case.
    ///
    /// # Errors
    ///
    /// If the roles are no pedigree; cases that were read from files are not so.
    pub fn of_case(case: &Case) -> Result<Self, PedigreeError> {
        let pedigree = case.pedigree()?;
        let members = case.samples.iter().map(|sample| {
            let person = pedigree.as_ref().and_then(|p| p.person(sample.id.as_str()));
            let is_patient = matches!(sample.role, Role::Proband | Role::Tumor | Role::Normal);
            Member {
                sample: sample.id.to_string(),
                role: Some(sample.role),
                sex: case.sex_of(sample),
                affected: sample.affected.or(is_patient.then_some(true)),
                father: person.and_then(|p| p.father.clone()),
                mother: person.and_then(|p| p.mother.clone()),
                phenotypes: sample.phenotypes.clone(),
            }
        });
        Ok(Self { case: case.id.to_string(), members: members.collect() })
    }

    /// The people of a pedigree.
    pub fn of_pedigree(case: &str, pedigree: &Pedigree) -> Self {
        let members = pedigree.people().iter().map(|person| Member {
            sample: person.id.clone(),
            role: None,
            sex: person.sex,
            affected: person.affected,
            father: person.father.clone(),
            mother: person.mother.clone(),
            phenotypes: Vec::new(),
        });
        Self { case: case.to_owned(), members: members.collect() }
    }

    /// A person by the name of the sample.
    pub fn member(&self, sample: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.sample == sample)
    }

    /// Those who have the disease.
    pub fn affected(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.affected == Some(true))
    }

    /// Those who are known not to have it.
    pub fn unaffected(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.affected == Some(false))
    }

    /// The phenotypes of those who have the disease, each once, in order.
    pub fn phenotypes(&self) -> Vec<String> {
        let mut terms: Vec<String> = self.affected().flat_map(|m| m.phenotypes.clone()).collect();
        terms.sort();
        terms.dedup();
        terms
    }
}

#[cfg(test)]
mod tests {
    use wgs_task::case::{CaseKind, Clinical, Sample};

    use super::*;

    #[test]
    fn a_proband_is_ill_unless_the_case_says_otherwise() {
        let case = |affected| {
            let sample = |id: &str, role, affected| Sample {
                id: id.parse().unwrap(),
                role,
                sex: Sex::Unknown,
                affected,
                phenotypes: vec!["HP:0000002".into(), "HP:0000001".into()],
                read_groups: Vec::new(),
            };
            let samples = vec![
                sample("kid", Role::Proband, affected),
                sample("dad", Role::Father, None),
                sample("sis", Role::Sibling, Some(true)),
            ];
            Case {
                id: "F".parse().unwrap(),
                kind: CaseKind::Family,
                samples,
                clinical: Clinical::default(),
            }
        };
        let family = Family::of_case(&case(None)).unwrap();
        let names: Vec<&str> = family.affected().map(|m| m.sample.as_str()).collect();
        assert_eq!(names, ["kid", "sis"]);
        assert_eq!(family.unaffected().count(), 0, "nothing is said of the father");
        assert_eq!(family.member("dad").unwrap().sex, Sex::Male);
        assert_eq!(family.member("kid").unwrap().father.as_deref(), Some("dad"));
        assert_eq!(family.phenotypes(), ["HP:0000001", "HP:0000002"]);
        let family = Family::of_case(&case(Some(false))).unwrap();
        assert_eq!(family.unaffected().count(), 1);
    }
}
