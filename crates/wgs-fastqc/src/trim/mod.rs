//! Trimming: what of a template's reads is worth aligning.
//!
//! Aligners clip what does not match, so that genomes are aligned without trimming; this is for
//! data and users that want it. Only ends are cut off, in the order poly-G, adapters, quality; then
//! templates with a read that is too short are filtered. The decision follows from the template
//! alone.
//!
//! - [`Trimmer`]: decides, by [`TrimOptions`]
//! - [`TrimCounts`]: what was decided, mergeable

mod adapters;
mod counts;

use std::ops::Range;

use crate::{
    cycles::clamped,
    group::{QualityEncoding, Read},
    poly_g,
};
use adapters::Adapters;

pub use counts::TrimCounts;

/// What is trimmed; by default nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrimOptions {
    /// Whether adapters are cut off: by the overlap of mates, and by the sequences of common kits.
    pub adapters: bool,
    /// Further adapters of first (or single) reads, as the reads show them; 12 bases or more.
    pub r1_adapters: Vec<Vec<u8>>,
    /// Further adapters of last reads.
    pub r2_adapters: Vec<Vec<u8>>,
    /// Whether, and by which threshold, low qualities are cut off.
    pub quality: Option<QualityTrim>,
    /// Shortest end of G that is cut off; another base counts -8 in it, a G 1.
    pub poly_g_bp: Option<usize>,
    /// Templates with a shorter read, after trimming, are filtered; in any case those with an empty
    /// one.
    pub min_length_bp: usize,
}

/// Bases are cut off one by one while the window at the end of the read has a lower mean quality.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QualityTrim {
    /// Bases of the window; 0 is 1.
    pub window_bp: usize,
    /// The least mean quality, Phred.
    pub min_mean_phred: u8,
}

impl Default for QualityTrim {
    /// 4 bases of Phred 20.
    fn default() -> Self {
        Self { window_bp: 4, min_mean_phred: 20 }
    }
}

/// What is kept of one read, and why not the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrimmedRead {
    /// What is kept, in the order of sequencing.
    pub kept: Range<usize>,
    /// Bases cut off as an end of G.
    pub poly_g_bases: usize,
    /// Bases cut off as adapter, and what follows it.
    pub adapter_bases: usize,
    /// Bases cut off for their quality.
    pub low_quality_bases: usize,
}

/// What becomes of a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trimmed {
    /// The first read, or the only one.
    pub first: TrimmedRead,
    /// The last read of a pair.
    pub last: Option<TrimmedRead>,
    /// Whether a read became too short: then the template is not to be used.
    pub filtered: bool,
}

/// Trims templates.
///
/// ```
/// use wgs_fastqc::{QualityEncoding, TrimOptions, Trimmer};
///
/// let options = TrimOptions { adapters: true, min_length_bp: 10, ..TrimOptions::default() };
/// let trimmer = Trimmer::new(&options, QualityEncoding::Phred33);
/// let bases = b"ACGGTCATTGCACCTAGGATTCAGCAGATCGGAAGAGCACACG";
/// let trimmed = trimmer.trim((bases, &[b'I'; 43]), None);
/// assert_eq!((trimmed.first.kept, trimmed.filtered), (0..25, false));
/// ```
#[derive(Clone, Debug)]
pub struct Trimmer {
    adapters: Option<Adapters>,
    quality: Option<QualityTrim>,
    poly_g_bp: Option<usize>,
    min_length_bp: usize,
    encoding: QualityEncoding,
}

impl Trimmer {
    /// A trimmer of reads whose qualities are written in this way.
    pub fn new(options: &TrimOptions, encoding: QualityEncoding) -> Self {
        let given = !(options.r1_adapters.is_empty() && options.r2_adapters.is_empty());
        Self {
            adapters: (options.adapters || given).then(|| Adapters::new(options)),
            quality: options.quality,
            poly_g_bp: options.poly_g_bp,
            min_length_bp: options.min_length_bp.max(1),
            encoding,
        }
    }

    /// Decides on a template. Qualities may be missing (empty): then they trim nothing.
    pub fn trim(&self, first: Read<'_>, last: Option<Read<'_>>) -> Trimmed {
        let mut one = self.without_poly_g(first);
        let mut two = last.map(|read| self.without_poly_g(read));
        if let Some(adapters) = &self.adapters {
            let r1 = &first.0[one.kept.clone()];
            let r2 = last.zip(two.as_ref()).map(|(read, two)| &read.0[two.kept.clone()]);
            if let Some(end) = adapters.template_end(r1, r2) {
                for read in std::iter::once(&mut one).chain(&mut two) {
                    read.adapter_bases = read.kept.end.saturating_sub(end);
                    read.kept.end -= read.adapter_bases;
                }
            }
        }
        self.cut_low_quality(&mut one, first.1);
        if let Some((read, two)) = last.zip(two.as_mut()) {
            self.cut_low_quality(two, read.1);
        }
        let short = |read: &TrimmedRead| read.kept.len() < self.min_length_bp;
        let filtered = short(&one) || two.as_ref().is_some_and(short);
        Trimmed { first: one, last: two, filtered }
    }

    fn without_poly_g(&self, (bases, _): Read<'_>) -> TrimmedRead {
        let poly_g_bases = self.poly_g_bp.map_or(0, |minimum| poly_g::tail(bases, minimum.max(1)));
        TrimmedRead { kept: 0..bases.len() - poly_g_bases, poly_g_bases, ..TrimmedRead::default() }
    }

    fn cut_low_quality(&self, read: &mut TrimmedRead, qualities: &[u8]) {
        let (Some(trim), false) = (self.quality, qualities.is_empty()) else { return };
        let before = read.kept.end.min(qualities.len());
        let mut end = before;
        while end > 0 {
            let window = &qualities[end.saturating_sub(trim.window_bp.max(1))..end];
            let phred = |&quality: &u8| usize::from(clamped(quality, self.encoding.offset()));
            let sum: usize = window.iter().map(phred).sum();
            if sum >= usize::from(trim.min_mean_phred) * window.len() {
                break;
            }
            end -= 1;
        }
        read.low_quality_bases = before - end;
        read.kept.end -= read.low_quality_bases;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::known::reverse_complement;

    const TEMPLATE: &[u8] = b"ACGGTCATTGCACCTAGGATTCAGCATTACGGACCATTGAC";

    fn trimmer(options: &TrimOptions) -> Trimmer {
        Trimmer::new(options, QualityEncoding::Phred33)
    }

    fn high(bases: &[u8]) -> Vec<u8> {
        vec![b'I'; bases.len()]
    }

    #[test]
    fn by_default_nothing_is_trimmed() {
        let trimmed = trimmer(&TrimOptions::default()).trim((&[b'G'; 40], &[b'!'; 40]), None);
        assert_eq!((trimmed.first.kept, trimmed.filtered), (0..40, false));
        let empty = trimmer(&TrimOptions::default()).trim((b"", b""), Some((b"A", b"I")));
        assert!(empty.filtered, "no read may be empty");
    }

    #[test]
    fn mates_are_cut_where_their_template_ends() {
        let options = TrimOptions { adapters: true, ..TrimOptions::default() };
        let r1 = [TEMPLATE, b"CCATTGTGTCAACC"].concat();
        let r2 = [&reverse_complement(TEMPLATE), &b"GGATTTTAAGCACAG"[..]].concat();
        let trimmed = trimmer(&options).trim((&r1, &high(&r1)), Some((&r2, &high(&r2))));
        assert_eq!((trimmed.first.kept, trimmed.first.adapter_bases), (0..41, 14), "unlisted");
        assert_eq!(trimmed.last.map(|last| last.kept), Some(0..41));
    }

    #[test]
    fn the_end_of_low_quality_is_cut() {
        let quality = Some(QualityTrim::default());
        let trimmer = trimmer(&TrimOptions { quality, min_length_bp: 5, ..TrimOptions::default() });
        let kept = |quals: &[u8]| trimmer.trim((&TEMPLATE[..quals.len()], quals), None);
        // 2 at the end: means of 4 are 2, 11.5, 21 (I is 40, # is 2).
        assert_eq!(kept(b"IIIIIIII####").first.kept, 0..10);
        assert_eq!(kept(b"IIIIIII####I").first.kept, 0..9);
        assert_eq!(
            kept(b"############"),
            Trimmed {
                first: TrimmedRead { low_quality_bases: 12, ..TrimmedRead::default() },
                last: None,
                filtered: true,
            }
        );
    }

    #[test]
    fn ends_of_g_are_cut_before_adapters() {
        let options = TrimOptions {
            adapters: true,
            poly_g_bp: Some(10),
            min_length_bp: 42,
            ..TrimOptions::default()
        };
        let bases = [TEMPLATE, b"AGATCGGAAGAGC", &[b'G'; 30]].concat();
        let trimmed = trimmer(&options).trim((&bases, &high(&bases)), None);
        let first = trimmed.first;
        assert_eq!((first.kept, first.poly_g_bases, first.adapter_bases), (0..41, 30, 13));
        assert!(trimmed.filtered);
    }
}
