//! With which sex the samples were called, and what there is to tell of it.

use wgs_core::{Pedigree, Sex};
use wgs_formats::variant::Header;

use crate::call::sex;

/// Lines of a gVCF's header about its sample that the joint VCF takes over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SexLines {
    /// Values of `##sex`.
    pub sex: Vec<String>,
    /// Values of `##warning`, such as of a declared sex that the data contradicts.
    pub warnings: Vec<String>,
}

impl SexLines {
    /// Those of a header.
    pub fn of(header: &Header) -> Self {
        let values = |key| header.others(key).map(str::to_owned).collect();
        Self { sex: values("sex"), warnings: values("warning") }
    }

    /// The sex that the sample was called with; unknown where the header does not tell.
    pub fn used(&self, sample: &str) -> Sex {
        self.sex.iter().find_map(|line| sex::used(line, sample)).unwrap_or_default()
    }

    /// What is to be told of a sample: what its gVCF warns of, and a pedigree that has another sex
    /// than the call had.
    pub fn warnings(&self, sample: &str, pedigree: Option<&Pedigree>) -> Vec<String> {
        let person = pedigree.and_then(|pedigree| pedigree.person(sample));
        let called = self.sex.iter().find_map(|line| sex::used(line, sample));
        let other = person.zip(called).and_then(|(person, called)| {
            let known = person.sex != Sex::Unknown && called != Sex::Unknown;
            (known && person.sex != called).then(|| {
                format!(
                    "sample {sample}: called as {}, but {} by the pedigree: call it again with the \
                     right sex, unless samples are exchanged",
                    sex::name(called),
                    sex::name(person.sex)
                )
            })
        });
        self.warnings.iter().cloned().chain(other).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_sex_by_the_pedigree_is_told() {
        let lines = |used: &str| SexLines {
            sex: vec![format!("<Sample=a,Used={used},Declared=unknown>")],
            warnings: vec!["w".into()],
        };
        let pedigree = Pedigree::parse("F a 0 0 2 0\n").unwrap();
        let told = |used| lines(used).warnings("a", Some(&pedigree));
        assert_eq!(told("female"), ["w"]);
        assert_eq!(told("unknown"), ["w"]);
        assert!(told("male")[1].contains("called as male, but female by the pedigree"));
        assert_eq!(lines("male").warnings("a", None), ["w"]);
        assert_eq!(lines("male").warnings("b", Some(&pedigree)), ["w"]);
    }
}
