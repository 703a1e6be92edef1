//! Names by the nomenclature of HGVS, as VEP writes them: each change as far towards the 3' end as
//! it goes, on the contig, the transcript and the protein.

pub(crate) mod clip;
pub(crate) mod genomic;
pub(crate) mod protein;
pub(crate) mod transcript;

use std::fmt;

/// What happens to bases, and with which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Substitution(u8, u8),
    Deletion,
    Duplication,
    Inversion,
    Insertion(Vec<u8>),
    Replacement(Vec<u8>),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bases = |f: &mut fmt::Formatter<'_>, kind: &str, bases: &[u8]| {
            f.write_str(kind)?;
            bases.iter().try_for_each(|base| write!(f, "{}", char::from(*base)))
        };
        match self {
            Self::Substitution(from, to) => {
                write!(f, "{}>{}", char::from(*from), char::from(*to))
            }
            Self::Deletion => f.write_str("del"),
            Self::Duplication => f.write_str("dup"),
            Self::Inversion => f.write_str("inv"),
            Self::Insertion(new) => bases(f, "ins", new),
            Self::Replacement(new) => bases(f, "delins", new),
        }
    }
}
