//! Inheritance.

use wgs_formats::qc::{FamilyQc, family::TrioQc};

use crate::{
    format::rounded,
    model::{FamilyReport, Trio},
};

use super::rank;

/// `None` where there is no child of two sequenced parents.
pub(super) fn report(qc: &FamilyQc, order: &[&str]) -> Option<FamilyReport> {
    let mut trios: Vec<Trio> = qc.trios.iter().map(trio).collect();
    trios.sort_by_key(|trio| rank(order, Some(&trio.child)));
    (!trios.is_empty()).then_some(FamilyReport { trios })
}

fn trio(qc: &TrioQc) -> Trio {
    Trio {
        child: qc.child.clone(),
        father: qc.father.clone(),
        mother: qc.mother.clone(),
        records: qc.sites,
        mendelian_errors: qc.mendelian_errors,
        mendelian_error_rate: (qc.sites > 0).then(|| rounded(qc.mendelian_error_rate, 6)),
        de_novo_snvs: qc.de_novo_snvs,
        de_novo_indels: qc.de_novo_indels,
        heterozygous: qc.heterozygous,
        phased_by_transmission: qc.phased_by_transmission,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_come_as_in_the_case_and_nothing_has_no_rate() {
        let of = |child: &str, sites| TrioQc {
            child: child.to_owned(),
            sites,
            mendelian_errors: 1,
            ..TrioQc::default()
        };
        let family = FamilyQc::new(vec![of("b", 0), of("a", 3)]);
        let trios = report(&family, &["a", "b"]).unwrap().trios;
        let found: Vec<_> =
            trios.iter().map(|t| (t.child.as_str(), t.mendelian_error_rate)).collect();
        assert_eq!(found, [("a", Some(0.333_333)), ("b", None)]);
        assert_eq!(report(&FamilyQc::new(Vec::new()), &[]), None);
    }
}
