//! Which entries of `CSQ` speak of an alternate allele.

use crate::variant::{AlleleKind, Record, csq::Entry};

/// Alleles as VEP names them in the field `Allele`: where an alternate has another length than the
/// reference and all alleles begin with the same base, that base is cut off, and `-` stands for
/// nothing.
pub(super) fn vep_names(record: &Record) -> Vec<String> {
    let alternates = &record.alternates;
    let bases = || alternates.iter().filter(|a| AlleleKind::of(a) == AlleleKind::Bases);
    let first = record.reference.bytes().next();
    let indel = bases().any(|a| a.len() != record.reference.len());
    let trim = indel && bases().all(|a| a.bytes().next() == first);
    let name = |allele: &String| match allele.get(1..) {
        Some(rest) if trim && AlleleKind::of(allele) == AlleleKind::Bases => match rest {
            "" => "-".to_owned(),
            rest => rest.to_owned(),
        },
        _ => allele.clone(),
    };
    alternates.iter().map(name).collect()
}

/// Whether an entry is of the `index`th alternate (from 0).
///
/// `ALLELE_NUM` decides where it is there, then the allele's name, cut by VEP's rule or whole. All
/// entries are of the only alternate of a record.
pub(super) fn is_of(entry: &Entry<'_>, record: &Record, names: &[String], index: usize) -> bool {
    if record.alternates.len() == 1 {
        return true;
    }
    if let Some(number) = entry.get("ALLELE_NUM") {
        return number.parse() == Ok(index + 1);
    }
    let Some(allele) = entry.get("Allele") else { return false };
    match names.iter().position(|name| name == allele) {
        Some(named) => named == index,
        None => record.alternates[index] == allele,
    }
}

#[cfg(test)]
mod tests {
    use wgs_core::Pos1;

    use super::*;
    use crate::variant::csq::Format;

    fn names(reference: &str, alternates: &[&str]) -> Vec<String> {
        let record = Record::new("a", Pos1::from_pos0(5), reference, alternates.to_vec());
        vep_names(&record)
    }

    #[test]
    fn alleles_are_named_as_vep_does() {
        assert_eq!(names("A", &["C", "G"]), ["C", "G"]);
        assert_eq!(names("AC", &["A", "ACT"]), ["-", "CT"]);
        assert_eq!(names("AC", &["AG"]), ["AG"]);
        assert_eq!(names("AC", &["A", "GC"]), ["A", "GC"]);
        assert_eq!(names("AC", &["A", "*"]), ["-", "*"]);
        assert_eq!(names("A", &["<DEL>", "AT"]), ["<DEL>", "T"]);
    }

    #[test]
    fn entries_find_their_allele() {
        let mut record = Record::new("a", Pos1::from_pos0(5), "AC", ["A", "ACT"]);
        let format = Format::new(["Allele", "ALLELE_NUM"]);
        record.info.set("CSQ", "-|,CT|,CT|1,ACT|,x|");
        let names = vep_names(&record);
        let found: Vec<Vec<bool>> = format
            .entries(&record)
            .iter()
            .map(|entry| (0..2).map(|index| is_of(entry, &record, &names, index)).collect())
            .collect();
        assert_eq!(
            found,
            [[true, false], [false, true], [true, false], [false, true], [false, false]]
        );
    }
}
