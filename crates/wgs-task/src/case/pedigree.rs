//! Who is whose child in a case.

use wgs_core::{Pedigree, PedigreeError, Person, Sex};

use super::{Case, CaseKind, Role, Sample};

impl Case {
    /// Who is whose child, by the roles: the proband and siblings are children of the father and
    /// the mother. `None` if the case is no family. Whether people are affected is left out, since
    /// nothing that follows from the pedigree depends on it.
    ///
    /// # Errors
    ///
    /// If a father is declared female or a mother male; cases that were read from files are not so.
    pub fn pedigree(&self) -> Result<Option<Pedigree>, PedigreeError> {
        if self.kind != CaseKind::Family {
            return Ok(None);
        }
        let id = |role| self.with_role(role).map(|sample| sample.id.to_string());
        let (father, mother) = (id(Role::Father), id(Role::Mother));
        let person = |sample: &Sample| {
            let is_child = matches!(sample.role, Role::Proband | Role::Sibling);
            Person {
                family: self.id.to_string(),
                id: sample.id.to_string(),
                father: father.clone().filter(|_| is_child),
                mother: mother.clone().filter(|_| is_child),
                sex: sample.sex,
                affected: None,
            }
        };
        Pedigree::new(self.samples.iter().map(person).collect()).map(Some)
    }

    /// The sex of a sample as declared; of a parent whose sex is not declared that of the role.
    pub fn sex_of(&self, sample: &Sample) -> Sex {
        match (sample.sex, sample.role, self.kind) {
            (Sex::Unknown, Role::Father, CaseKind::Family) => Sex::Male,
            (Sex::Unknown, Role::Mother, CaseKind::Family) => Sex::Female,
            (sex, ..) => sex,
        }
    }

    fn with_role(&self, role: Role) -> Option<&Sample> {
        self.samples.iter().find(|sample| sample.role == role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(kind: CaseKind, people: &[(&str, Role, Sex)]) -> Case {
        let sample = |&(id, role, sex): &(&str, Role, Sex)| Sample {
            id: id.parse().unwrap(),
            role,
            sex,
            affected: Some(true),
            phenotypes: Vec::new(),
            read_groups: Vec::new(),
        };
        Case {
            id: "F".parse().unwrap(),
            kind,
            samples: people.iter().map(sample).collect(),
            clinical: Default::default(),
        }
    }

    const PEOPLE: [(&str, Role, Sex); 4] = [
        ("kid", Role::Proband, Sex::Unknown),
        ("dad", Role::Father, Sex::Unknown),
        ("mum", Role::Mother, Sex::Female),
        ("sis", Role::Sibling, Sex::Female),
    ];

    #[test]
    fn roles_tell_who_is_whose_child() {
        let family = case(CaseKind::Family, &PEOPLE);
        let pedigree = family.pedigree().unwrap().unwrap();
        let parents = |id: &str| {
            let person = pedigree.person(id).unwrap();
            (person.father.as_deref(), person.mother.as_deref())
        };
        assert_eq!(parents("kid"), (Some("dad"), Some("mum")));
        assert_eq!(parents("sis"), parents("kid"));
        assert_eq!(parents("dad"), (None, None));
    }

    #[test]
    fn the_sex_of_a_sample_is_that_of_the_pedigree() {
        let family = case(CaseKind::Family, &PEOPLE);
        let pedigree = family.pedigree().unwrap().unwrap();
        for sample in &family.samples {
            let person = pedigree.person(sample.id.as_str()).unwrap();
            assert_eq!(family.sex_of(sample), person.sex, "{}", sample.id);
        }
        assert_eq!(family.sex_of(&family.samples[1]), Sex::Male);
    }

    #[test]
    fn one_parent_or_one_person() {
        let duo = case(CaseKind::Family, &PEOPLE[..2]);
        let pedigree = duo.pedigree().unwrap().unwrap();
        assert_eq!(pedigree.person("kid").unwrap().father.as_deref(), Some("dad"));
        let one = case(CaseKind::Germline, &PEOPLE[1..2]);
        assert_eq!(one.pedigree().unwrap(), None);
        assert_eq!(one.sex_of(&one.samples[0]), Sex::Unknown);
    }

    #[test]
    fn a_father_is_not_female() {
        let wrong = [PEOPLE[0], ("dad", Role::Father, Sex::Female)];
        let error = case(CaseKind::Family, &wrong).pedigree().unwrap_err();
        assert!(error.reason.contains("dad is the father of kid, and not male"), "{error}");
    }
}
