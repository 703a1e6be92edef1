//! A record, as much of it as is compared and shown.

use wgs_formats::variant::AlleleKind;

use crate::class::Class;

/// What becomes of a record before the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is compared.
    Compared,
    /// It failed a filter.
    Filtered,
    /// It has no allele that is made of bases.
    Symbolic,
    /// It has an allele longer than is compared.
    TooLong,
    /// Its genotype has more than two alleles.
    Ploidy,
}

/// The alleles that a sample has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Called {
    /// Both of a genotype, by their numbers; `None` where one is not known.
    Diploid([Option<u8>; 2]),
    /// These alternate alleles: a bit for each number.
    Alleles(u64),
}

impl Called {
    /// The alternate alleles by their numbers, ascending, each once.
    pub(crate) fn alternates(self) -> impl Iterator<Item = u8> {
        let bits = match self {
            Self::Alleles(bits) => bits,
            Self::Diploid(genotype) => genotype.iter().flatten().fold(0, |b, &n| b | 1 << n),
        };
        (1..64).filter(move |number| bits >> number & 1 == 1)
    }
}

/// A record that is compared, or that is only shown.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// Offset of the first reference base, 0-based.
    pub(crate) start: u32,
    /// Length of the reference allele.
    pub(crate) reference_bp: u32,
    pub(crate) called: Called,
    /// What orders the calls; not a number where there is none.
    pub(crate) score: f32,
    pub(crate) fate: Fate,
    /// Whether it lies in a confident region.
    pub(crate) inside: bool,
    pub(crate) class: Class,
    /// ID, REF, ALT, QUAL, FILTER and GT, joined by tabs.
    pub(crate) text: Box<str>,
}

impl Site {
    /// A column of the text, from 0.
    pub(crate) fn column(&self, index: usize) -> &str {
        self.text.split('\t').nth(index).unwrap_or(".")
    }

    /// The reference allele.
    pub(crate) fn reference(&self) -> &str {
        self.column(1)
    }

    /// The base after its last.
    pub(crate) fn end(&self) -> u32 {
        self.start + self.reference_bp
    }

    /// The alternate alleles that the sample has and that are made of bases, with their numbers.
    pub(crate) fn alternates(&self) -> impl Iterator<Item = (u8, &str)> {
        let texts = self.column(2);
        let text = move |number: u8| texts.split(',').nth(usize::from(number) - 1);
        let alleles = self.called.alternates().filter_map(move |n| Some((n, text(n)?)));
        alleles.filter(|(_, allele)| AlleleKind::of(allele) == AlleleKind::Bases)
    }

    /// The bases that it speaks of: without the first where all alleles share it.
    pub(crate) fn locus(&self) -> (u32, u32) {
        locus(self.start, self.reference(), self.column(2).split(','))
    }
}

/// The bases that a record speaks of: without the first where all alleles made of bases share it.
fn locus<'a>(start: u32, reference: &str, alternates: impl Iterator<Item = &'a str>) -> (u32, u32) {
    let first = reference.as_bytes().first();
    let mut bases = alternates.filter(|a| AlleleKind::of(a) == AlleleKind::Bases).peekable();
    let padded = bases.peek().is_some() && bases.all(|a| a.as_bytes().first() == first);
    (start + u32::from(padded), start + reference.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_that_all_share_is_not_part_of_the_locus() {
        let of = |reference: &str, alternates: &str| locus(10, reference, alternates.split(','));
        assert_eq!(of("A", "C"), (10, 11));
        assert_eq!(of("AT", "A"), (11, 12));
        assert_eq!(of("A", "AT"), (11, 11));
        assert_eq!(of("AT", "A,CT"), (10, 12));
        assert_eq!(of("AT", "A,*,<NON_REF>"), (11, 12));
        assert_eq!(of("A", "*"), (10, 11));
    }

    #[test]
    fn called_alleles_come_once_in_order() {
        let of = |called: Called| called.alternates().collect::<Vec<_>>();
        assert_eq!(of(Called::Diploid([Some(2), Some(1)])), [1, 2]);
        assert_eq!(of(Called::Diploid([Some(1), Some(1)])), [1]);
        assert!(of(Called::Diploid([None, Some(0)])).is_empty());
        assert_eq!(of(Called::Alleles(0b1010)), [1, 3]);
    }
}
