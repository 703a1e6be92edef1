//! Which samples must carry an allele for it to be a finding.

use wgs_task::case::Role;

use crate::model::CaseSummary;

/// The sample columns of a file in the order of the report, and those of carriers.
#[derive(Debug, PartialEq)]
pub(super) struct Columns {
    /// Name and column of every sample: the case's first, in its order.
    pub(super) samples: Vec<(String, usize)>,
    /// Columns of the samples that findings are of.
    pub(super) carriers: Vec<usize>,
}

impl Columns {
    pub(super) fn new(names: &[String], case: Option<&CaseSummary>) -> Self {
        let declared = case.map_or(&[][..], |case| &case.samples);
        let rank = |name: &str| declared.iter().position(|s| s.id == name);
        let mut samples: Vec<_> = names.iter().cloned().zip(0..).collect();
        samples.sort_by_key(|(name, column)| (rank(name).unwrap_or(usize::MAX), *column));
        let patients = declared
            .iter()
            .filter(|s| s.affected == Some(true) || s.role == Role::Proband)
            .filter_map(|s| names.iter().position(|name| *name == s.id));
        let mut carriers: Vec<usize> = patients.collect();
        if carriers.is_empty() {
            carriers = samples.iter().map(|(_, column)| *column).collect();
        }
        Self { samples, carriers }
    }

    /// Names of the carriers, in the order of the report.
    pub(super) fn carrier_names(&self) -> Vec<String> {
        let carriers = self.samples.iter().filter(|(_, column)| self.carriers.contains(column));
        carriers.map(|(name, _)| name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::Sex;

    use super::*;
    use crate::model::CaseSample;

    fn case(samples: &[(&str, Role, Option<bool>)]) -> CaseSummary {
        let sample = |&(id, role, affected): &(&str, Role, Option<bool>)| CaseSample {
            id: id.to_owned(),
            role,
            sex: Sex::Unknown,
            affected,
            phenotypes: Vec::new(),
            reads: Vec::new(),
        };
        CaseSummary {
            id: "C".to_owned(),
            kind: None,
            samples: samples.iter().map(sample).collect(),
        }
    }

    fn columns(names: &[&str], case: Option<&CaseSummary>) -> (Vec<usize>, Vec<String>) {
        let names: Vec<String> = names.iter().map(|&n| n.to_owned()).collect();
        let columns = Columns::new(&names, case);
        (columns.samples.iter().map(|s| s.1).collect(), columns.carrier_names())
    }

    #[test]
    fn findings_are_of_the_proband_and_of_affected_relatives() {
        let family = case(&[
            ("child", Role::Proband, None),
            ("father", Role::Father, Some(false)),
            ("mother", Role::Mother, Some(true)),
        ]);
        let (order, carriers) = columns(&["mother", "child", "father"], Some(&family));
        assert_eq!(order, [1, 2, 0]);
        assert_eq!(carriers, ["child", "mother"]);
    }

    #[test]
    fn without_patients_every_sample_counts() {
        let relatives = case(&[("a", Role::Father, None), ("b", Role::Mother, None)]);
        assert_eq!(columns(&["b", "a"], Some(&relatives)).1, ["a", "b"]);
        assert_eq!(columns(&["x", "y"], Some(&relatives)).1, ["x", "y"]);
        assert_eq!(columns(&["x"], None).1, ["x"]);
        assert_eq!(columns(&[], None).1, Vec::<String>::new());
    }
}
