//! The probability of a read given a haplotype, over all alignments in a band: the pair hidden
//! Markov model of Durbin et al. 1998 (Biological Sequence Analysis, §4), with gap probabilities
//! of the haplotype's places.

use super::gaps::{Gaps, IndelErrors};

/// What underflow is taken for; far below what a fragment's confidence lets through.
pub(super) const LN_FLOOR: f64 = -690.0;
/// Probability of a base that the read inserts, whichever it is, and of one that the read does not
/// know (`N`), whatever the haplotype has.
pub(super) const UNKNOWN: f64 = 0.25;
/// How much less likely (natural logarithm) a gap must be than the mismatches of the gapless
/// alignment, for that alignment to stand for all.
const CLEAR: f64 = 2.0;

/// A haplotype, made ready for many reads.
#[derive(Clone, Debug)]
pub struct Target {
    pub(super) bases: Vec<u8>,
    pub(super) gaps: Gaps,
    /// Probability to open no gap after base k - 1; of `bases.len() + 1` places.
    pub(super) stay: Vec<f64>,
    /// Sum of the logarithms of `stay` up to each place.
    ln_stay: Vec<f64>,
    /// Logarithm of the likeliest gap.
    ln_max_open: f64,
}

impl Target {
    /// A haplotype with its gap probabilities, where nothing is known of the sample's errors.
    pub fn new(bases: &[u8]) -> Self {
        Self::with_errors(bases, &IndelErrors::default())
    }

    /// A haplotype with its gap probabilities.
    pub fn with_errors(bases: &[u8], errors: &IndelErrors) -> Self {
        let gaps = Gaps::of(bases, errors);
        let stay: Vec<f64> = gaps.open.iter().map(|open| 1.0 - 2.0 * open).collect();
        let mut sum = 0.0;
        let sums = stay.iter().map(|s| {
            let before = sum;
            sum += s.ln();
            before
        });
        let ln_stay = sums.collect();
        let ln_max_open = gaps.open.iter().copied().fold(0.0, f64::max).ln();
        Self { bases: bases.to_vec(), gaps, stay, ln_stay, ln_max_open }
    }

    /// Number of bases.
    pub fn len(&self) -> usize {
        self.bases.len()
    }

    /// Whether there is no base.
    pub fn is_empty(&self) -> bool {
        self.bases.is_empty()
    }
}

/// Part of a read, as it is aligned.
#[derive(Clone, Debug)]
pub struct Query {
    pub(super) bases: Vec<u8>,
    /// Probability of each base where the haplotype has the same, and where it has another.
    pub(super) emissions: Vec<(f64, f64)>,
    ln_emissions: Vec<(f64, f64)>,
}

impl Query {
    /// Bases with Phred-scaled qualities.
    pub fn new(bases: &[u8], quals: &[u8]) -> Self {
        let emission = |(&base, &quality): (&u8, &u8)| {
            if base == b'N' {
                return (UNKNOWN, UNKNOWN);
            }
            let error = 10f64.powf(-f64::from(quality.clamp(2, 60)) / 10.0);
            (1.0 - error, error / 3.0)
        };
        let emissions: Vec<_> = bases.iter().zip(quals).map(emission).collect();
        let ln_emissions = emissions.iter().map(|(a, b)| (a.ln(), b.ln())).collect();
        Self { bases: bases.to_vec(), emissions, ln_emissions }
    }

    /// Number of bases.
    pub fn len(&self) -> usize {
        self.bases.len()
    }

    /// Whether there is no base.
    pub fn is_empty(&self) -> bool {
        self.bases.is_empty()
    }
}

/// The diagonals that alignments may use: place in the haplotype minus place in the read, both
/// inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// Lowest diagonal.
    pub low: i32,
    /// Highest diagonal.
    pub high: i32,
}

/// One row of the dynamic programme: probabilities of the read up to a base, ending in a match, an
/// insertion or a deletion at each place of the haplotype.
#[derive(Clone, Debug, Default)]
struct Row {
    matched: Vec<f64>,
    inserted: Vec<f64>,
    deleted: Vec<f64>,
}

impl Row {
    fn reset(&mut self, len: usize) {
        for state in [&mut self.matched, &mut self.inserted, &mut self.deleted] {
            state.clear();
            state.resize(len, 0.0);
        }
    }

    fn clear_at(&mut self, place: usize) {
        for state in [&mut self.matched, &mut self.inserted, &mut self.deleted] {
            if let Some(value) = state.get_mut(place) {
                *value = 0.0;
            }
        }
    }
}

/// Computes likelihoods, keeping its buffers.
#[derive(Clone, Debug, Default)]
pub struct PairHmm {
    previous: Row,
    current: Row,
}

impl PairHmm {
    /// Natural logarithm of the probability of a read given a haplotype; it may begin and end
    /// anywhere in it. `gapless` is the diagonal of an alignment without gaps, if one is expected:
    /// where that alignment is far likelier than any gap, it stands for all.
    pub fn ln_likelihood(
        &mut self,
        query: &Query,
        target: &Target,
        band: Band,
        gapless: Option<i32>,
    ) -> f64 {
        let shortcut = gapless.and_then(|diagonal| ln_gapless(query, target, diagonal));
        shortcut.unwrap_or_else(|| self.forward(query, target, band))
    }

    fn forward(&mut self, query: &Query, target: &Target, band: Band) -> f64 {
        let columns = target.len();
        self.previous.reset(columns + 2);
        self.current.reset(columns + 2);
        let (start, end) = limits(0, band, columns);
        if query.is_empty() || start > end {
            return LN_FLOOR;
        }
        self.previous.matched[start..=end].fill(1.0);
        for (i, (&base, &emission)) in query.bases.iter().zip(&query.emissions).enumerate() {
            let (first, last) = limits(i as i32 + 1, band, columns);
            if first > last {
                return LN_FLOOR;
            }
            self.current.clear_at(first - 1);
            self.current.clear_at(last + 1);
            self.row(base, emission, target, first, last, i > 0);
            std::mem::swap(&mut self.previous, &mut self.current);
        }
        let (first, last) = limits(query.len() as i32, band, columns);
        let sum = |state: &[f64]| state[first..=last].iter().sum::<f64>();
        let total = sum(&self.previous.matched) + sum(&self.previous.inserted);
        if total > 0.0 { total.ln().max(LN_FLOOR) } else { LN_FLOOR }
    }

    /// Fills places `first..=last` (1-based: bases of the haplotype used) of a row.
    fn row(
        &mut self,
        base: u8,
        emission: (f64, f64),
        target: &Target,
        first: usize,
        last: usize,
        may_insert: bool,
    ) {
        let (before, here) = (first - 1..last, first..last + 1);
        let n = last + 1 - first;
        let (pm, pi, pd) = (
            &self.previous.matched[before.clone()][..n],
            &self.previous.inserted[before.clone()][..n],
            &self.previous.deleted[before.clone()][..n],
        );
        let (um, ui) =
            (&self.previous.matched[here.clone()][..n], &self.previous.inserted[here.clone()][..n]);
        let haplotype = &target.bases[before.clone()][..n];
        let stay = &target.stay[before.clone()][..n];
        let (open, extend) = (
            &target.gaps.open[first - 1..=last][..n + 1],
            &target.gaps.extend[first - 1..=last][..n + 1],
        );
        let m = &mut self.current.matched[here.clone()][..n];
        for k in 0..n {
            let known = if haplotype[k] == base { emission.0 } else { emission.1 };
            let close = 1.0 - extend[k];
            m[k] = known * (pm[k] * stay[k] + (pi[k] + pd[k]) * close);
        }
        let inserted = &mut self.current.inserted[here.clone()][..n];
        if may_insert {
            for k in 0..n {
                inserted[k] = UNKNOWN * (um[k] * open[k + 1] + ui[k] * extend[k + 1]);
            }
        } else {
            inserted.fill(0.0);
        }
        let deleted = &mut self.current.deleted[here][..n];
        let (mut left_matched, mut left_deleted) = (0.0, 0.0);
        for k in 0..n {
            let value = left_matched * open[k] + left_deleted * extend[k];
            deleted[k] = value;
            left_matched = m[k];
            left_deleted = value;
        }
    }
}

/// Places of the haplotype (1-based) that a row of the band covers.
pub(super) fn limits(row: i32, band: Band, columns: usize) -> (usize, usize) {
    let lowest = i32::from(row > 0);
    let first = (row + band.low).max(lowest) as usize;
    let last = (row + band.high).clamp(-1, columns as i32);
    if last < lowest { (1, 0) } else { (first, last as usize) }
}

/// The likelihood by the gapless alignment alone, where its mismatches together are likelier than
/// the likeliest gap by [`CLEAR`].
pub(super) fn ln_gapless(query: &Query, target: &Target, diagonal: i32) -> Option<f64> {
    let start = usize::try_from(diagonal).ok()?;
    let haplotype = target.bases.get(start..start + query.len())?;
    let least = target.ln_max_open + CLEAR;
    let (mut sum, mut loss) = (0.0, 0.0);
    for ((&read, &base), &(same, other)) in
        query.bases.iter().zip(haplotype).zip(&query.ln_emissions)
    {
        if read == base {
            sum += same;
        } else {
            sum += other;
            loss += other - same;
            if loss < least {
                return None;
            }
        }
    }
    let stay = target.ln_stay[start + query.len() - 1] - target.ln_stay[start];
    Some(sum + stay)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Band = Band { low: -100, high: 100 };

    fn likelihood(read: &str, haplotype: &str, quality: u8, band: Band) -> f64 {
        let query = Query::new(read.as_bytes(), &vec![quality; read.len()]);
        let target = Target::new(haplotype.as_bytes());
        PairHmm::default().ln_likelihood(&query, &target, band, None)
    }

    /// The same sum over alignments by plain recursion.
    fn by_hand(query: &Query, target: &Target) -> f64 {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            Match,
            Insert,
            Delete,
        }
        fn rest(query: &Query, target: &Target, i: usize, j: usize, state: State) -> f64 {
            let (open, extend) = (target.gaps.open[j], target.gaps.extend[j]);
            let mut sum = if i == query.len() && state != State::Delete { 1.0 } else { 0.0 };
            let (to_match, to_insert, to_delete) = match state {
                State::Match => (1.0 - 2.0 * open, open, open),
                State::Insert => (1.0 - extend, extend, 0.0),
                State::Delete => (1.0 - extend, 0.0, extend),
            };
            if i < query.len() && j < target.len() {
                let (same, other) = query.emissions[i];
                let emission = if query.bases[i] == target.bases[j] { same } else { other };
                sum += to_match * emission * rest(query, target, i + 1, j + 1, State::Match);
            }
            if i < query.len() {
                sum += to_insert * UNKNOWN * rest(query, target, i + 1, j, State::Insert);
            }
            if j < target.len() && i < query.len() {
                sum += to_delete * rest(query, target, i, j + 1, State::Delete);
            }
            sum
        }
        let starts = 0..target.len();
        starts
            .map(|j| {
                let (same, other) = query.emissions[0];
                let emission = if query.bases[0] == target.bases[j] { same } else { other };
                (1.0 - 2.0 * target.gaps.open[j])
                    * emission
                    * rest(query, target, 1, j + 1, State::Match)
            })
            .sum()
    }

    #[test]
    fn the_band_that_holds_everything_is_the_sum_over_all_alignments() {
        for (read, haplotype) in [("ACGT", "TACGTA"), ("AAAC", "GAAAAACC"), ("ACTT", "ACGGTT")] {
            let query = Query::new(read.as_bytes(), &[10, 20, 30, 15]);
            let target = Target::new(haplotype.as_bytes());
            let sum = by_hand(&query, &target);
            let banded = PairHmm::default().ln_likelihood(&query, &target, WIDE, None);
            assert!((banded - sum.ln()).abs() < 1e-9, "{read} {haplotype}: {banded} {}", sum.ln());
        }
    }

    #[test]
    fn a_perfect_read_costs_about_nothing_and_a_mismatch_its_quality() {
        let haplotype = "GATTACACGTGCATCGATTCGGCTA";
        let perfect = likelihood("TACACGTGCATCGATT", haplotype, 30, WIDE);
        assert!(perfect > -0.1 && perfect < 0.0, "{perfect}");
        let mismatch = likelihood("TACACGTGAATCGATT", haplotype, 30, WIDE) - perfect;
        assert!((mismatch - (0.001f64 / 3.0).ln()).abs() < 0.1, "{mismatch}");
    }

    #[test]
    fn a_gap_costs_less_in_a_repeat() {
        let gap = |unit: &str| {
            let middle = unit.repeat(12 / unit.len());
            let haplotype = format!("GATTCACGTG{middle}CGTCAGATTC");
            let read = format!("TTCACGTG{}CGTCAGAT", &middle[1..]);
            likelihood(&read, &haplotype, 35, WIDE)
        };
        assert!(gap("A") > gap("ACTGGTCATGCA") + 4.0);
    }

    #[test]
    fn a_narrow_band_holds_the_alignment_of_its_diagonal() {
        let haplotype = "GATTACACGTGCATCGATTCGGCTAGGCTTAACG";
        let read = "ACACGTGCATCGATTCGG";
        let narrow = likelihood(read, haplotype, 30, Band { low: 1, high: 7 });
        assert!((narrow - likelihood(read, haplotype, 30, WIDE)).abs() < 1e-6);
        assert!(likelihood(read, haplotype, 30, Band { low: 12, high: 14 }) < narrow - 20.0);
        assert_eq!(likelihood(read, haplotype, 30, Band { low: 60, high: 70 }), LN_FLOOR);
        assert_eq!(likelihood(read, haplotype, 30, Band { low: -70, high: -60 }), LN_FLOOR);
    }

    #[test]
    fn the_shortcut_gives_what_the_model_gives() {
        let haplotype = "GATTACACGTGCATCGATTCGGCTAGGCTTAACG";
        let target = Target::new(haplotype.as_bytes());
        let mut hmm = PairHmm::default();
        for read in ["ACACGTGCATCGATTCGG", "ACACGTGCATCGTTTCGG"] {
            let query = Query::new(read.as_bytes(), &[25; 18]);
            let full = hmm.ln_likelihood(&query, &target, WIDE, None);
            let short = hmm.ln_likelihood(&query, &target, WIDE, Some(4));
            assert!((full - short).abs() < 0.02, "{read}: {full} {short}");
            assert!(ln_gapless(&query, &target, 4).is_some());
        }
        let query = Query::new(b"ACACGTGCATCGATTCGG", &[40; 18]);
        assert!(ln_gapless(&query, &target, 5).is_none());
    }
}
