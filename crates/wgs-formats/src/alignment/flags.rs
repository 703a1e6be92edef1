//! The bit field of a record.

use std::fmt;

/// The FLAG of a record (SAM v1 §1.4, column 2).
///
/// ```
/// use wgs_formats::alignment::Flags;
/// let flags = Flags(99);
/// assert!(flags.is_paired() && flags.is_first() && flags.is_mate_reverse());
/// assert!(flags.is_primary() && !flags.is_reverse());
/// assert_eq!(flags.with(Flags::DUPLICATE, true), Flags(99 + 1024));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flags(pub u16);

macro_rules! bits {
    ($($constant:ident $method:ident $bit:literal $doc:literal;)*) => {
        impl Flags {
            $(
                #[doc = $doc]
                pub const $constant: Flags = Flags($bit);

                #[doc = $doc]
                #[inline]
                pub fn $method(self) -> bool {
                    self.0 & $bit != 0
                }
            )*
        }
    };
}

bits! {
    PAIRED is_paired 0x1 "The template has several reads in sequencing.";
    PROPER_PAIR is_proper_pair 0x2 "Each read is aligned as the aligner expects of a pair.";
    UNMAPPED is_unmapped 0x4 "The read is not mapped.";
    MATE_UNMAPPED is_mate_unmapped 0x8 "The mate is not mapped.";
    REVERSE is_reverse 0x10 "SEQ is the reverse complement of what was sequenced.";
    MATE_REVERSE is_mate_reverse 0x20 "The mate's SEQ is the reverse complement of what was sequenced.";
    FIRST is_first 0x40 "The first read of the template.";
    LAST is_last 0x80 "The last read of the template.";
    SECONDARY is_secondary 0x100 "Another place that the read might come from.";
    QC_FAIL is_qc_fail 0x200 "Failed the platform's or vendor's quality checks.";
    DUPLICATE is_duplicate 0x400 "A PCR or optical duplicate.";
    SUPPLEMENTARY is_supplementary 0x800 "A further piece of a chimeric alignment.";
}

impl Flags {
    /// Neither secondary nor supplementary: the one line that stands for the read.
    #[inline]
    pub fn is_primary(self) -> bool {
        self.0 & (Self::SECONDARY.0 | Self::SUPPLEMENTARY.0) == 0
    }

    /// These flags with the bits of `other` set or cleared.
    #[inline]
    #[must_use]
    pub fn with(self, other: Flags, set: bool) -> Flags {
        if set { Flags(self.0 | other.0) } else { Flags(self.0 & !other.0) }
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
