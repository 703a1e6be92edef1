//! Who is whose child.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Sex;

/// One line of a pedigree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Name of the family.
    pub family: String,
    /// The person, by the name of the sample.
    pub id: String,
    /// The father, if he is in the pedigree.
    pub father: Option<String>,
    /// The mother, if she is in the pedigree.
    pub mother: Option<String>,
    /// Sex; of a parent whose sex is not declared that of the role.
    pub sex: Sex,
    /// Whether the person has the disease, where known.
    pub affected: Option<bool>,
}

/// Why lines are no pedigree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct PedigreeError {
    /// The line, from 1; of people who come from elsewhere, their number.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// People with their parents: every parent is one of them, fathers are male and mothers female, and
/// nobody descends from themselves.
///
/// ```
/// use wgs_core::{Pedigree, Sex};
/// let text = "FAM child dad mum 1 2\nFAM dad 0 0 1 1\nFAM mum 0 0 2 1\n";
/// let pedigree = Pedigree::parse(text)?;
/// assert_eq!(pedigree.person("child").and_then(|p| p.father.as_deref()), Some("dad"));
/// assert_eq!(pedigree.person("mum").map(|p| p.sex), Some(Sex::Female));
/// # Ok::<(), wgs_core::PedigreeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pedigree {
    people: Vec<Person>,
}

impl Pedigree {
    /// Reads the six columns of a PED file (family, person, father, mother, sex 1 or 2, disease 1 or
    /// 2), separated by tabs or spaces; 0 is unknown. More columns are passed over, as are empty
    /// lines and those that begin with `#`.
    ///
    /// # Errors
    ///
    /// With the line, if a column is missing or holds something else, a person stands twice, a
    /// parent has no line, sexes contradict, or somebody is their own ancestor.
    pub fn parse(text: &str) -> Result<Self, PedigreeError> {
        let mut people = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if !text.is_empty() && !text.starts_with('#') {
                let person = person(text).map_err(|reason| PedigreeError { line, reason })?;
                people.push((line, person));
            }
        }
        Self::checked(people)
    }

    /// Checks people that come from elsewhere than a file.
    ///
    /// # Errors
    ///
    /// As [`Pedigree::parse`], with the person's number in place of the line.
    pub fn new(people: Vec<Person>) -> Result<Self, PedigreeError> {
        Self::checked((1..).zip(people).collect())
    }

    /// The people, in the order given.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// A person by name.
    pub fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    fn checked(mut people: Vec<(usize, Person)>) -> Result<Self, PedigreeError> {
        let mut places = BTreeMap::new();
        for (index, (line, person)) in people.iter().enumerate() {
            if let Some(first) = places.insert(person.id.clone(), index) {
                let first = people[first].0;
                let reason = format!("person {} stands twice, first in line {first}", person.id);
                return Err(PedigreeError { line: *line, reason });
            }
        }
        for index in 0..people.len() {
            let (line, person) = people[index].clone();
            let wrong = |reason| PedigreeError { line, reason };
            let roles =
                [("father", person.father, Sex::Male), ("mother", person.mother, Sex::Female)];
            for (role, parent, sex) in roles {
                let Some(parent) = parent else { continue };
                let place = *places.get(&parent).ok_or_else(|| {
                    wrong(format!("{role} {parent} of {} has no line", person.id))
                })?;
                let found = &mut people[place].1.sex;
                if *found == Sex::Unknown {
                    *found = sex;
                }
                if *found != sex {
                    let reason =
                        format!("{parent} is the {role} of {}, and not {}", person.id, word(sex));
                    return Err(wrong(reason));
                }
            }
        }
        no_cycle(&people, &places)?;
        Ok(Self { people: people.into_iter().map(|(_, person)| person).collect() })
    }
}

fn word(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "male",
        Sex::Female => "female",
        Sex::Unknown => "of known sex",
    }
}

fn no_cycle(
    people: &[(usize, Person)],
    places: &BTreeMap<String, usize>,
) -> Result<(), PedigreeError> {
    for (start, (line, person)) in people.iter().enumerate() {
        let mut seen = vec![false; people.len()];
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            let parents = [&people[at].1.father, &people[at].1.mother];
            for parent in parents.into_iter().flatten().map(|id| places[id]) {
                if parent == start {
                    let reason = format!("{} is an ancestor of themselves", person.id);
                    return Err(PedigreeError { line: *line, reason });
                }
                if !std::mem::replace(&mut seen[parent], true) {
                    open.push(parent);
                }
            }
        }
    }
    Ok(())
}

fn person(text: &str) -> Result<Person, String> {
    let columns: Vec<&str> = text.split_whitespace().collect();
    let [family, id, father, mother, sex, disease, ..] = columns[..] else {
        return Err(format!("{} columns; six are needed", columns.len()));
    };
    if id == "0" {
        return Err("0 is no name of a person".into());
    }
    let known = |name: &str| (name != "0" && name != ".").then(|| name.to_owned());
    Ok(Person {
        family: family.to_owned(),
        id: id.to_owned(),
        father: known(father),
        mother: known(mother),
        sex: match sex.to_ascii_lowercase().as_str() {
            "1" | "male" | "m" => Sex::Male,
            "2" | "female" | "f" => Sex::Female,
            "0" | "." | "-9" | "other" | "unknown" => Sex::Unknown,
            _ => return Err(format!("sex {sex:?} is not 1 (male), 2 (female) or 0 (unknown)")),
        },
        affected: match disease {
            "1" => Some(false),
            "2" => Some(true),
            _ => None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Pedigree::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn generations_comments_and_unknown_sexes() {
        let text = "#fam\tid\nF a b c 0 -9\n\nF b d 0 0 1 extra\nF c 0 0 2 1\nF d 0 0 1 1\n";
        let pedigree = Pedigree::parse(text).unwrap();
        assert_eq!(pedigree.people().len(), 4);
        let sex = |id| pedigree.person(id).map(|p| p.sex);
        assert_eq!(sex("b"), Some(Sex::Male), "by the role");
        assert_eq!(sex("a"), Some(Sex::Unknown));
        assert_eq!(pedigree.person("a").unwrap().affected, None);
    }

    #[test]
    fn what_cannot_be_names_its_line() {
        assert_eq!(error("F a 0 0 1\n"), "line 1: 5 columns; six are needed");
        assert!(error("F a 0 0 x 1\n").contains("sex \"x\""));
        let twice = error("F a 0 0 1 1\nF b 0 0 1 1\nF a 0 0 1 1\n");
        assert!(twice.starts_with("line 3") && twice.contains("first in line 1"), "{twice}");
        assert_eq!(error("F b 0 0 1 1\nF a b c 1 1\n"), "line 2: mother c of a has no line");
        assert!(error("F a b 0 1 1\nF b 0 0 2 1\n").contains("b is the father of a, and not male"));
        assert!(error("F a b 0 1 1\nF c 0 b 1 1\nF b 0 0 0 1\n").contains("b is the mother of c"));
        assert!(error("F a b 0 1 1\nF b a 0 1 1\n").contains("ancestor of themselves"));
        assert!(error("F a a 0 1 1\n").contains("ancestor of themselves"));
    }
}
