//! The dynamic programme of sixteen reads, one in each lane, against one haplotype.

use super::LANES;
use crate::likelihood::pair_hmm::{Band, Query, Target, UNKNOWN, limits};

/// What each place starts with: a power of two, so that it costs no precision.
pub(super) const START: f32 = (1u128 << 100) as f32;

/// One number of each lane.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Lanes([f32; LANES]);

const ZERO: Lanes = Lanes([0.0; LANES]);

/// Gap probabilities at a place of a haplotype.
#[derive(Clone, Copy, Debug)]
struct Place {
    open: f32,
    extend: f32,
    stay: f32,
    close: f32,
    /// Which of [`CODES`] the base at the place is.
    code: usize,
}

/// What a base of a haplotype may be; the last stands for all others.
const CODES: [u8; 5] = *b"ACGTN";

#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    places: Vec<Place>,
    /// Of each row: probability of the read's base for each of [`CODES`].
    emissions: Vec<[Lanes; 5]>,
    /// Bases of each lane's read; none where there is no read.
    lens: [usize; LANES],
    previous: Row,
    current: Row,
}

#[derive(Clone, Debug, Default)]
struct Row {
    matched: Vec<Lanes>,
    inserted: Vec<Lanes>,
    deleted: Vec<Lanes>,
}

impl Row {
    fn reset(&mut self, len: usize) {
        for state in [&mut self.matched, &mut self.inserted, &mut self.deleted] {
            state.clear();
            state.resize(len, ZERO);
        }
    }

    fn clear_at(&mut self, place: usize) {
        for state in [&mut self.matched, &mut self.inserted, &mut self.deleted] {
            if let Some(value) = state.get_mut(place) {
                *value = ZERO;
            }
        }
    }
}

impl Work {
    /// Takes a haplotype.
    pub(super) fn set_target(&mut self, target: &Target) {
        let code = |base: Option<&u8>| {
            base.and_then(|b| CODES.iter().position(|c| c == b)).unwrap_or(CODES.len() - 1)
        };
        let place = |k: usize| Place {
            open: target.gaps.open[k] as f32,
            extend: target.gaps.extend[k] as f32,
            stay: target.stay[k] as f32,
            close: (1.0 - target.gaps.extend[k]) as f32,
            code: code(target.bases.get(k)),
        };
        self.places.clear();
        self.places.extend((0..=target.len()).map(place));
    }

    /// Takes up to [`LANES`] reads. Lanes beyond the end of their read, or without one, have
    /// probability 0.
    pub(super) fn set_queries<'a>(
        &mut self,
        queries: impl ExactSizeIterator<Item = &'a Query> + Clone,
    ) {
        debug_assert!(queries.len() <= LANES, "a read in each lane");
        self.lens = [0; LANES];
        self.lens.iter_mut().zip(queries.clone()).for_each(|(len, query)| *len = query.len());
        let rows = self.lens.iter().copied().max().unwrap_or(0);
        self.emissions.clear();
        self.emissions.resize(rows, [ZERO; 5]);
        for (lane, query) in queries.enumerate() {
            let bases = query.bases.iter().zip(&query.emissions);
            for (row, (base, (same, other))) in self.emissions.iter_mut().zip(bases) {
                for (code, emission) in CODES.iter().zip(row) {
                    emission.0[lane] = if code == base { *same } else { *other } as f32;
                }
            }
        }
    }
}

/// The sums over all alignments in the band, times [`START`].
#[inline(always)]
pub(super) fn forward(work: &mut Work, columns: usize, band: Band) -> [f32; LANES] {
    let lens = work.lens;
    work.previous.reset(columns + 2);
    work.current.reset(columns + 2);
    let mut sums = [0.0; LANES];
    let (start, end) = limits(0, band, columns);
    if start > end {
        return sums;
    }
    work.previous.matched[start..=end].fill(Lanes([START; LANES]));
    for (i, emissions) in work.emissions.iter().enumerate() {
        let row = i + 1;
        let (first, last) = limits(row as i32, band, columns);
        if first > last {
            break;
        }
        work.current.clear_at(first - 1);
        work.current.clear_at(last + 1);
        let unknown = if i > 0 { UNKNOWN as f32 } else { 0.0 };
        fill(&work.previous, &mut work.current, &work.places, emissions, unknown, (first, last));
        std::mem::swap(&mut work.previous, &mut work.current);
        if lens.contains(&row) {
            let total = ends(&work.previous, first, last);
            for lane in 0..LANES {
                sums[lane] = if lens[lane] == row { total.0[lane] } else { sums[lane] };
            }
        }
    }
    sums
}

/// Fills places `first..=last` (1-based: bases of the haplotype used) of a row. `unknown` is the
/// probability of an inserted base.
#[inline(always)]
fn fill(
    previous: &Row,
    current: &mut Row,
    places: &[Place],
    emissions: &[Lanes; 5],
    unknown: f32,
    (first, last): (usize, usize),
) {
    let n = last + 1 - first;
    let places = &places[first - 1..][..n + 1];
    let before = (
        &previous.matched[first - 1..][..n + 1],
        &previous.inserted[first - 1..][..n + 1],
        &previous.deleted[first - 1..][..n + 1],
    );
    let matched = &mut current.matched[first..][..n];
    let inserted = &mut current.inserted[first..][..n];
    let deleted = &mut current.deleted[first..][..n];
    let (mut left_matched, mut left_deleted) = (ZERO, ZERO);
    for k in 0..n {
        let (place, next) = (places[k], places[k + 1]);
        let emission = &emissions[place.code].0;
        let (pm, pi, pd) = (&before.0[k].0, &before.1[k].0, &before.2[k].0);
        let (um, ui) = (&before.0[k + 1].0, &before.1[k + 1].0);
        let (mut m, mut i, mut d) = (ZERO, ZERO, ZERO);
        for l in 0..LANES {
            m.0[l] = emission[l] * (pm[l] * place.stay + (pi[l] + pd[l]) * place.close);
            i.0[l] = unknown * (um[l] * next.open + ui[l] * next.extend);
            d.0[l] = left_matched.0[l] * place.open + left_deleted.0[l] * place.extend;
        }
        matched[k] = m;
        inserted[k] = i;
        deleted[k] = d;
        (left_matched, left_deleted) = (m, d);
    }
}

/// What ends in a match or an insertion at any place of a row.
#[inline(always)]
fn ends(row: &Row, first: usize, last: usize) -> Lanes {
    let mut total = ZERO;
    for place in first..=last {
        for l in 0..LANES {
            total.0[l] += row.matched[place].0[l] + row.inserted[place].0[l];
        }
    }
    total
}

#[cfg(target_arch = "x86_64")]
pub(super) mod vector {
    use super::{Band, LANES, Work, forward};

    #[target_feature(enable = "avx2")]
    pub(in super::super) fn forward_avx2(
        work: &mut Work,
        columns: usize,
        band: Band,
    ) -> [f32; LANES] {
        forward(work, columns, band)
    }

    #[target_feature(enable = "avx512f")]
    pub(in super::super) fn forward_avx512(
        work: &mut Work,
        columns: usize,
        band: Band,
    ) -> [f32; LANES] {
        forward(work, columns, band)
    }
}
