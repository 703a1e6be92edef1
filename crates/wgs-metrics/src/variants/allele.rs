//! What an alternative allele does to the reference.

use wgs_formats::variant::AlleleKind;

/// Kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// One base, upper case, for another.
    Snv(u8, u8),
    /// Several bases for as many.
    Mnv,
    /// Bases added, by their number.
    Insertion(u32),
    /// Bases removed, by their number.
    Deletion(u32),
    /// Bases for another number of bases.
    Complex,
    /// `<DEL>` and the like, and breakends.
    Symbolic,
    /// No variant of its own: `*`, `<*>`, `<NON_REF>`, or the reference again.
    Nothing,
}

impl Change {
    /// Classes an allele by what is left after the bases that it shares with the reference, first
    /// at the end, then at the start.
    pub(super) fn of(reference: &str, alternate: &str) -> Self {
        match AlleleKind::of(alternate) {
            AlleleKind::Bases => Self::of_bases(reference.as_bytes(), alternate.as_bytes()),
            AlleleKind::Spanning => Self::Nothing,
            AlleleKind::Symbolic if matches!(alternate, "<*>" | "<NON_REF>") => Self::Nothing,
            AlleleKind::Symbolic | AlleleKind::Breakend => Self::Symbolic,
        }
    }

    fn of_bases(reference: &[u8], alternate: &[u8]) -> Self {
        let same = |pair: &(&u8, &u8)| pair.0.eq_ignore_ascii_case(pair.1);
        let end = reference.iter().rev().zip(alternate.iter().rev()).take_while(same).count();
        let (r, a) = (&reference[..reference.len() - end], &alternate[..alternate.len() - end]);
        let start = r.iter().zip(a).take_while(same).count();
        match (&r[start..], &a[start..]) {
            ([], []) => Self::Nothing,
            (&[r], &[a]) => Self::Snv(r.to_ascii_uppercase(), a.to_ascii_uppercase()),
            ([], a) => Self::Insertion(a.len() as u32),
            (r, []) => Self::Deletion(r.len() as u32),
            (r, a) if r.len() == a.len() => Self::Mnv,
            _ => Self::Complex,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alleles_by_what_is_left_of_them() {
        for (reference, alternate, change) in [
            ("A", "C", Change::Snv(b'A', b'C')),
            ("aT", "GT", Change::Snv(b'A', b'G')),
            ("CAT", "CGT", Change::Snv(b'A', b'G')),
            ("AC", "TG", Change::Mnv),
            ("ACG", "TCT", Change::Mnv),
            ("A", "ATT", Change::Insertion(2)),
            ("CAAA", "CAA", Change::Deletion(1)),
            ("GAC", "GT", Change::Complex),
            ("A", "A", Change::Nothing),
            ("A", "*", Change::Nothing),
            ("A", "<NON_REF>", Change::Nothing),
            ("A", "<*>", Change::Nothing),
            ("A", "<DEL>", Change::Symbolic),
            ("A", "A]chr2:33]", Change::Symbolic),
        ] {
            assert_eq!(Change::of(reference, alternate), change, "{reference} {alternate}");
        }
    }
}
