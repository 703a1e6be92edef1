//! Qualities of bases by a calibration.

use std::{array::from_fn, collections::HashMap};

use super::{Adjustment, BaseQuality, MAX_CYCLES, MAX_REPORTED_PHRED};
use crate::alignment::{Flags, Record};

/// Steps of a Phred.
const STEPS: f64 = 8.0;
/// Odds beyond which qualities do not change, Phred-scaled.
const MAX_ODDS_PHRED: f64 = 60.0;
const MAX_ODDS: i16 = (MAX_ODDS_PHRED * STEPS) as i16;
/// Lowest and highest quality that is given.
const QUALITIES: (f64, f64) = (2.0, 45.0);
/// Contexts that are told apart.
pub const CONTEXTS: usize = 20;
/// Code of a base that is not known, and of none.
const NO_BASE: usize = 4;
/// Codes of all bytes as bases, and as those of the reverse strand.
const CODES: [[u8; 256]; 2] = [codes(*b"ACGT"), codes(*b"TGCA")];

/// Gives the quality of bases by what is known of the errors of their sequencing.
///
/// A quality is rounded to whole Phred, from 2 to 45. Bases other than A, C, G and T keep theirs.
///
/// ```
/// use wgs_formats::{
///     alignment::RecordBuilder,
///     qc::calibration::{BaseQuality, Recalibration, ReportedQuality},
/// };
/// let of_40 = ReportedQuality { reported_phred: 40, bases: 0, mismatches: 0, odds_phred: 31.4 };
/// let quality = BaseQuality { reported: vec![of_40], ..BaseQuality::default() };
/// let record = RecordBuilder::new(b"r").bases(b"ACGN").quals(&[40, 40, 20, 2]).build()?;
/// let mut quals = record.quals().to_vec();
/// Recalibration::new(&quality).apply(&record, b"ACGN", &mut quals);
/// assert_eq!(quals, [31, 31, 20, 2]);
/// # Ok::<(), wgs_formats::alignment::RecordError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recalibration {
    /// Odds in steps.
    reported: [i16; REPORTED],
    read_groups: HashMap<Vec<u8>, i16>,
    /// Of first (or unpaired), and of last reads; later ones are as the last.
    cycles: [Vec<i16>; 2],
    /// By the code of the base before, times 8, and that of the base.
    contexts: [i16; 8 * (NO_BASE + 1)],
    /// Quality by odds in steps, from the lowest on.
    qualities: [u8; 2 * MAX_ODDS as usize + 1],
}

const REPORTED: usize = MAX_REPORTED_PHRED as usize + 1;

impl Recalibration {
    /// Takes what [`super::read`] has checked.
    pub fn new(quality: &BaseQuality) -> Self {
        let mut reported = from_fn(|q| steps(odds_of(q as f64)));
        for q in &quality.reported {
            if let Some(odds) = reported.get_mut(usize::from(q.reported_phred)) {
                *odds = steps(q.odds_phred);
            }
        }
        let mut contexts = [0; 8 * (NO_BASE + 1)];
        for adjustment in &quality.contexts {
            if let Some(index) = context_index(&adjustment.of) {
                contexts[8 * (index / 4) + index % 4] = steps(adjustment.adjustment_phred);
            }
        }
        let terms = |of: &[Adjustment]| -> Vec<i16> {
            of.iter().take(MAX_CYCLES).map(|a| steps(a.adjustment_phred)).collect()
        };
        let groups = quality.read_groups.iter();
        Self {
            reported,
            read_groups: groups
                .map(|a| (a.of.clone().into_bytes(), steps(a.adjustment_phred)))
                .collect(),
            cycles: [&quality.r1_cycles, &quality.r2_cycles].map(|cycles| {
                let mut terms = terms(cycles);
                terms.resize(MAX_CYCLES, terms.last().copied().unwrap_or(0));
                terms
            }),
            contexts,
            qualities: from_fn(|index| quality_of(index as i16 - MAX_ODDS)),
        }
    }

    /// Replaces the reported qualities of a record by what they are worth. `bases` are its bases, in
    /// ASCII and in its order; there are as many qualities.
    pub fn apply(&self, record: &Record, bases: &[u8], quals: &mut [u8]) {
        let flags = record.flags();
        let group = record.read_group().and_then(|id| self.read_groups.get(id)).copied();
        let cycles = &self.cycles[mate(flags)];
        let pairs = bases.iter().zip(quals);
        if flags.is_reverse() {
            self.apply_to(pairs.rev(), &CODES[1], cycles, group.unwrap_or(0));
        } else {
            self.apply_to(pairs, &CODES[0], cycles, group.unwrap_or(0));
        }
    }

    /// Replaces qualities in the order of sequencing.
    fn apply_to<'a>(
        &self,
        pairs: impl Iterator<Item = (&'a u8, &'a mut u8)>,
        codes: &[u8; 256],
        cycles: &[i16],
        group: i16,
    ) {
        let mut before = 8 * NO_BASE;
        let mut give = |(base, quality): (&u8, &mut u8), cycle: i16| {
            let code = usize::from(codes[usize::from(*base)]);
            let reported = self.reported[usize::from((*quality).min(MAX_REPORTED_PHRED))];
            let odds = reported + cycle + group + self.contexts[before + code];
            let given = self.qualities[(odds.clamp(-MAX_ODDS, MAX_ODDS) + MAX_ODDS) as usize];
            *quality = if code == NO_BASE { *quality } else { given };
            before = 8 * code;
        };
        let mut pairs = pairs;
        cycles.iter().zip(pairs.by_ref()).for_each(|(&cycle, pair)| give(pair, cycle));
        let last = cycles.last().copied().unwrap_or(0);
        pairs.for_each(|pair| give(pair, last));
    }
}

const fn codes(bases: [u8; 4]) -> [u8; 256] {
    let mut codes = [NO_BASE as u8; 256];
    let mut code = 0;
    while code < bases.len() {
        codes[bases[code] as usize] = code as u8;
        code += 1;
    }
    codes
}

/// 0 for first and unpaired reads, 1 for last ones.
#[inline]
pub fn mate(flags: Flags) -> usize {
    usize::from(flags.is_last() && !flags.is_first())
}

/// Number of a base as it was sequenced, 0 to 3: A, C, G, T; `None` of any other. Reads of the
/// reverse strand were sequenced as the complement of what their records hold.
#[inline]
pub fn code(base: u8, is_reverse: bool) -> Option<usize> {
    let code = match base {
        b'A' => 0,
        b'C' => 1,
        b'G' => 2,
        b'T' => 3,
        _ => return None,
    };
    Some(if is_reverse { 3 - code } else { code })
}

/// Number of a context below [`CONTEXTS`], by the codes of the base before and of the base itself.
#[inline]
pub fn context(before: Option<usize>, base: usize) -> usize {
    4 * before.unwrap_or(NO_BASE) + base
}

/// What [`super::Adjustment::of`] calls a context.
///
/// # Panics
///
/// If the number is not below [`CONTEXTS`].
pub fn context_name(context: usize) -> String {
    let before = char::from(b"ACGT-"[context / 4]);
    format!("{before}{}", char::from(b"ACGT"[context % 4]))
}

/// The number of a context by its name.
pub(super) fn context_index(name: &str) -> Option<usize> {
    let [before, base] = *name.as_bytes() else { return None };
    let before = if before == b'-' { None } else { Some(code(before, false)?) };
    Some(context(before, code(base, false)?))
}

/// Phred-scaled odds of being right, of a base of a quality.
pub fn odds_of(quality: f64) -> f64 {
    let error = 10f64.powf(-quality / 10.0).min(0.75);
    10.0 * ((1.0 - error) / error).log10()
}

fn steps(phred: f64) -> i16 {
    (phred * STEPS).round() as i16
}

fn quality_of(steps: i16) -> u8 {
    let odds = 10f64.powf(f64::from(steps) / STEPS / 10.0);
    (10.0 * (1.0 + odds).log10()).round().clamp(QUALITIES.0, QUALITIES.1) as u8
}

#[cfg(test)]
mod tests {
    use super::{super::tests::calibration, *};
    use crate::alignment::{Aux, RecordBuilder};

    fn quals(flags: u16, group: &[u8], bases: &[u8], reported: &[u8]) -> Vec<u8> {
        let record = RecordBuilder::new(b"r")
            .flags(Flags(flags))
            .bases(bases)
            .quals(reported)
            .aux(*b"RG", Aux::Text(group))
            .build()
            .unwrap();
        let mut quals = reported.to_vec();
        Recalibration::new(&calibration().base_quality).apply(&record, bases, &mut quals);
        quals
    }

    #[test]
    fn terms_add_up_in_the_order_of_sequencing() {
        // Cycles of first reads take 1, AC takes 3, group b takes 4, last reads' cycle gains 2.
        assert_eq!(quals(0, b"a", b"ACAC", &[30; 4]), [30, 27, 30, 27]);
        assert_eq!(quals(0, b"b", b"ACAC", &[30; 4]), [26, 23, 26, 23]);
        assert_eq!(quals(0x81, b"a", b"AC", &[30; 2]), [33, 30]);
        // Sequenced as ACAC too.
        assert_eq!(quals(0x10, b"a", b"GTGT", &[20, 30, 30, 30]), [13, 30, 27, 30]);
    }

    #[test]
    fn what_is_not_known_stays_as_reported() {
        assert_eq!(quals(0, b"?", b"GGNG", &[40, 12, 7, 60]), [39, 11, 7, 45]);
        let none = Recalibration::new(&BaseQuality::default());
        let record =
            RecordBuilder::new(b"r").bases(b"ACGT").quals(&[2, 12, 37, 45]).build().unwrap();
        let mut quals = record.quals().to_vec();
        none.apply(&record, b"ACGT", &mut quals);
        assert_eq!(quals, [2, 12, 37, 45]);
    }

    #[test]
    fn contexts_have_names() {
        assert_eq!(context_index("AA"), Some(0));
        assert_eq!(context_index("-T"), Some(CONTEXTS - 1));
        assert!((0..CONTEXTS).all(|number| context_index(&context_name(number)) == Some(number)));
        assert!(["", "A", "A-", "NA", "ACG"].iter().all(|name| context_index(name).is_none()));
    }
}
