//! Kinds and sizes of variants.

use crate::load::trimmed;

/// What a variant is, by the alleles of its genotype.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// One base for another.
    Snv,
    /// Several bases for as many others.
    Mnp,
    /// Bases lost.
    Deletion,
    /// Bases gained.
    Insertion,
    /// Bases for others in another number, or an insertion and a deletion together.
    Complex,
}

/// Kind and size of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Class {
    pub(crate) kind: Kind,
    /// Bases gained or lost, by the allele with most; of a substitution, its length.
    pub(crate) size_bp: u32,
}

impl Class {
    /// The class of some alternate alleles; none has the same bases as the reference.
    pub(crate) fn of<'a>(reference: &str, alternates: impl Iterator<Item = &'a str>) -> Self {
        let classes = alternates.map(|alternate| Self::of_one(reference, alternate));
        let together = classes.reduce(|a, b| {
            let indels = a.kind.is_indel() && b.kind.is_indel() && a.kind != b.kind;
            let size_bp = match (a.kind.is_indel(), b.kind.is_indel()) {
                (true, false) => a.size_bp,
                (false, true) => b.size_bp,
                _ => a.size_bp.max(b.size_bp),
            };
            Self { kind: if indels { Kind::Complex } else { a.kind.max(b.kind) }, size_bp }
        });
        together.unwrap_or(Self { kind: Kind::Snv, size_bp: 0 })
    }

    fn of_one(reference: &str, alternate: &str) -> Self {
        let (_, reference, alternate) = trimmed(reference.as_bytes(), alternate.as_bytes(), true);
        let (before, after) = (reference.len(), alternate.len());
        let kind = match (before, after) {
            (1, 1) => Kind::Snv,
            _ if before == after => Kind::Mnp,
            (_, 0) => Kind::Deletion,
            (0, _) => Kind::Insertion,
            _ => Kind::Complex,
        };
        let size = if before == after { before } else { before.abs_diff(after) };
        Self { kind, size_bp: size as u32 }
    }
}

impl Kind {
    /// Its name in outputs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Snv => "SNV",
            Self::Mnp => "MNP",
            Self::Deletion => "DELETION",
            Self::Insertion => "INSERTION",
            Self::Complex => "COMPLEX",
        }
    }

    /// Whether the length changes.
    pub(crate) fn is_indel(self) -> bool {
        matches!(self, Self::Deletion | Self::Insertion | Self::Complex)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(reference: &str, alternates: &[&str]) -> (Kind, u32) {
        let class = Class::of(reference, alternates.iter().copied());
        (class.kind, class.size_bp)
    }

    #[test]
    fn spelling_does_not_change_the_class() {
        assert_eq!(class("A", &["C"]), (Kind::Snv, 1));
        assert_eq!(class("GAT", &["GCT"]), (Kind::Snv, 1));
        assert_eq!(class("GATTA", &["GCTGA"]), (Kind::Mnp, 3));
        assert_eq!(class("CAA", &["CA"]), (Kind::Deletion, 1));
        assert_eq!(class("CAA", &["CATTA"]), (Kind::Insertion, 2));
        assert_eq!(class("GATG", &["GCCG"]), (Kind::Mnp, 2));
        assert_eq!(class("GATG", &["GCG"]), (Kind::Complex, 1));
    }

    #[test]
    fn genotypes_take_the_class_of_their_alleles_together() {
        assert_eq!(class("CAA", &["CA", "CAAA"]), (Kind::Complex, 1));
        assert_eq!(class("CAA", &["C", "CA"]), (Kind::Deletion, 2));
        assert_eq!(class("CAA", &["TAA", "C"]), (Kind::Deletion, 2));
        assert_eq!(class("A", &["C", "G"]), (Kind::Snv, 1));
    }
}
