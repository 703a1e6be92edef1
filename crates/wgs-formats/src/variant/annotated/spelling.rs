//! One spelling of an allele, by which files are compared.

/// Contig without `chr`, position from 1 of the first base, reference and alternate bases.
pub type Spelling = (String, u32, String, String);

/// An allele in its shortest spelling: bases that both ends share are left out, those at the end
/// first, and one base is kept of each. It is not moved within repeats. What is not bases stays as
/// it is.
///
/// ```
/// use wgs_formats::variant::annotated::trimmed;
/// assert_eq!(trimmed("chr1", 100, "CT", "TT"), trimmed("1", 100, "C", "T"));
/// assert_eq!(trimmed("1", 100, "CAT", "CGT").1, 101);
/// ```
pub fn trimmed(contig: &str, position: u32, reference: &str, alternate: &str) -> Spelling {
    let contig = match contig.strip_prefix("chr").unwrap_or(contig) {
        "MT" => "M",
        name => name,
    };
    let (mut one, mut other) = (reference.to_ascii_uppercase(), alternate.to_ascii_uppercase());
    let are_bases = [&one, &other].iter().all(|s| s.bytes().all(|b| b.is_ascii_alphabetic()));
    if !are_bases {
        return (contig.to_owned(), position, reference.to_owned(), alternate.to_owned());
    }
    let shared = |pairs: &mut dyn Iterator<Item = (u8, u8)>, most: usize| {
        pairs.take_while(|(a, b)| a == b).take(most).count()
    };
    let most = one.len().min(other.len()).saturating_sub(1);
    let end = shared(&mut one.bytes().rev().zip(other.bytes().rev()), most);
    one.truncate(one.len() - end);
    other.truncate(other.len() - end);
    let start = shared(&mut one.bytes().zip(other.bytes()), most - end);
    let moved = position.saturating_add(start as u32);
    (contig.to_owned(), moved, one.split_off(start), other.split_off(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padded_spellings_are_one() {
        let of = |position, reference, alternate| {
            let (_, position, reference, alternate) = trimmed("a", position, reference, alternate);
            format!("{position} {reference} {alternate}")
        };
        assert_eq!(of(5, "CT", "TT"), "5 C T");
        assert_eq!(of(5, "ACT", "AGT"), "6 C G");
        assert_eq!(of(5, "CTT", "CT"), "5 CT C");
        assert_eq!(of(5, "GCTA", "GCA"), "6 CT C");
        assert_eq!(of(5, "A", "a"), "5 A A");
        assert_eq!([of(5, "A", "<DEL>"), of(5, "A", "*")], ["5 A <DEL>", "5 A *"]);
        assert_eq!(trimmed("chrMT", 1, "A", "C").0, "M");
    }
}
