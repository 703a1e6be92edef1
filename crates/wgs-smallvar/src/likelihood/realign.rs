//! Likelihoods near insertions and deletions: each read's part of the window is aligned to each
//! haplotype.

use std::ops::Range;

use super::{
    Matrix,
    gaps::IndelErrors,
    lanes::{LaneHmm, Task},
    pair_hmm::{Band, Query, Target, ln_gapless},
};
use crate::{
    candidates::{Haplotype, Window, haplotype},
    read::Read,
    sample::SampleReads,
};

/// Diagonals on either side of those that the read's ends ask for.
const BAND_MARGIN: i32 = 8;
/// Aligned bases beyond the span from which on a read is taken to cover it.
const ANCHOR_BASES: u32 = 4;

/// The haplotypes of a window, made ready for its reads.
#[derive(Clone, Debug)]
pub struct Realigner {
    /// What the alleles touch.
    span: Range<u32>,
    /// What reads are aligned over.
    held: Range<u32>,
    /// What the haplotypes stand for.
    frame: Range<u32>,
    /// Bases by which clipped ends may reach further, in an insertion.
    longest_insertion: u32,
    targets: Vec<Target>,
    hmm: LaneHmm,
}

/// The part of a read that is aligned.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    range: Range<usize>,
    /// Reference offset and read offset of the first aligned base, if it lies before the span.
    left: Option<(u32, usize)>,
    /// The same of the last aligned base, if it lies after the span.
    right: Option<(u32, usize)>,
    /// The same of any aligned base.
    somewhere: (u32, usize),
}

impl Realigner {
    /// Takes the haplotypes of a window, which stand for `frame`, and the errors of the samples.
    pub fn new(
        haplotypes: &[Haplotype],
        window: &Window,
        frame: Range<u32>,
        errors: &IndelErrors,
    ) -> Self {
        let target = |haplotype: &Haplotype| Target::with_errors(&haplotype.bases, errors);
        let targets = haplotypes.iter().map(target).collect();
        let (span, held) = (window.span.clone(), window.held.clone());
        let longest_insertion = haplotype::longest_insertion(window);
        Self { span, held, frame, longest_insertion, targets, hmm: LaneHmm::default() }
    }

    /// The likelihoods of a sample's fragments. Of the two reads of a pair, the one that shows more
    /// of the window stands for both.
    pub fn matrix(&mut self, sample: SampleReads<'_>) -> Matrix {
        let parts = self.parts(sample);
        let query = |(index, part): &(usize, Part)| {
            let (read, range) = (&sample.all()[*index], part.range.clone());
            Query::new(&read.bases()[range.clone()], &read.quals()[range])
        };
        let queries: Vec<Query> = parts.iter().map(query).collect();
        let columns = self.targets.len();
        let mut likelihoods = vec![0.0; queries.len() * columns];
        let mut tasks = Vec::with_capacity(queries.len());
        for (column, target) in self.targets.iter().enumerate() {
            tasks.clear();
            for (row, (query, (_, part))) in queries.iter().zip(&parts).enumerate() {
                let (band, gapless) = band(part, &self.frame, target.len() as i32);
                match gapless.and_then(|diagonal| ln_gapless(query, target, diagonal)) {
                    Some(value) => likelihoods[row * columns + column] = value,
                    None => tasks.push(Task::new(row, band)),
                }
            }
            let take = |row: usize, value| likelihoods[row * columns + column] = value;
            self.hmm.ln_likelihoods(&queries, &mut tasks, target, take);
        }
        let mut matrix = Matrix::new(columns);
        for ((index, _), row) in parts.iter().zip(likelihoods.chunks_exact(columns.max(1))) {
            matrix.push(*index, sample.all()[*index].mapq(), row);
        }
        matrix
    }

    fn parts(&self, sample: SampleReads<'_>) -> Vec<(usize, Part)> {
        let mut parts: Vec<(u64, Coverage, usize, Part)> = sample
            .near(self.span.clone())
            .filter_map(|(index, read)| {
                let part = self.part(read)?;
                Some((read.fragment(), self.coverage(read, &part), index, part))
            })
            .collect();
        parts.sort_by(|a, b| {
            (a.0, std::cmp::Reverse(a.1), a.2).cmp(&(b.0, std::cmp::Reverse(b.1), b.2))
        });
        parts.dedup_by_key(|part| part.0);
        parts.sort_by_key(|part| part.2);
        parts.into_iter().map(|(_, _, index, part)| (index, part)).collect()
    }

    /// The bases of a read that lie in the held part; clipped bases as far as they would reach
    /// there. `None` if no aligned base is near.
    fn part(&self, read: &Read) -> Option<Part> {
        let (left_end, right_end) = (self.held.start, self.held.end);
        let first = read.first_aligned_from(left_end)?;
        let last = read.last_aligned_before(right_end)?;
        if first.1 > last.1 {
            return None;
        }
        let reach = |bases: u32| if bases > 0 { bases + self.longest_insertion } else { 0 };
        let clipped_left = read.leading_clip().min(reach(read.start().saturating_sub(left_end)));
        let start = if read.start() > left_end { first.1 - clipped_left as usize } else { first.1 };
        let clipped_right = read.trailing_clip().min(reach(right_end.saturating_sub(read.end())));
        let end = if read.end() < right_end { last.1 + clipped_right as usize } else { last.1 } + 1;
        Some(Part {
            range: start..end,
            left: (first.0 < self.span.start).then_some(first),
            right: (last.0 >= self.span.end).then_some(last),
            somewhere: first,
        })
    }

    fn coverage(&self, read: &Read, part: &Part) -> Coverage {
        let across = read.start() + ANCHOR_BASES <= self.span.start
            && read.end() >= self.span.end + ANCHOR_BASES;
        let quals = &read.quals()[part.range.clone()];
        (across, part.range.len(), quals.iter().map(|&q| u32::from(q)).sum())
    }
}

/// How much a read shows of a window: whether all, how many bases, of which sum of qualities.
type Coverage = (bool, usize, u32);

/// The diagonals for a part on a haplotype, and the one of an alignment without gaps if both ends
/// of the part (or the only one outside the span) ask for the same.
fn band(part: &Part, frame: &Range<u32>, target_len: i32) -> (Band, Option<i32>) {
    let from_left = |(position, offset): (u32, usize)| {
        (position - frame.start) as i32 - (offset - part.range.start) as i32
    };
    let from_right = |(position, offset): (u32, usize)| {
        target_len - (frame.end - position) as i32 - (offset - part.range.start) as i32
    };
    let (a, b) = match (part.left, part.right) {
        (Some(left), Some(right)) => (from_left(left), from_right(right)),
        (Some(left), None) => (from_left(left), from_left(left)),
        (None, Some(right)) => (from_right(right), from_right(right)),
        (None, None) => (from_left(part.somewhere), from_right(part.somewhere)),
    };
    let band = Band { low: a.min(b) - BAND_MARGIN, high: a.max(b) + BAND_MARGIN };
    (band, (a == b).then_some(a))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        allele::Allele,
        candidates::{Candidate, window},
        read::tests::read,
        stretch::Stretch,
    };

    const REFERENCE: &str = "GATTACAGGCTTAACGTCAGGATCTTGCAATCGGCATGCAAAAAACGTGATCCTTAGCGATTGCCAGTCATTGACCGGTA\
                             CTAGGTCAACTGGTTACGCTAGATCGATCGGATTACCAGG";

    /// A deletion of two of six A at 39, and the likelihoods of reads on the reference and on it.
    fn rows(reads: &[Read]) -> Vec<(usize, Vec<f64>)> {
        let reference = Stretch::new(0, REFERENCE.into());
        let allele = Allele::deletion(39, 2);
        let windows = window::group(vec![Candidate { allele, fragments: 2 }], &[], &reference, 12);
        let haplotypes = haplotype::build(&windows[0], &[reads], &reference, 32);
        let frame = haplotype::frame(&windows[0], &reference);
        let errors = IndelErrors::default();
        let mut realigner = Realigner::new(&haplotypes, &windows[0], frame, &errors);
        let matrix = realigner.matrix(SampleReads::new(reads));
        matrix.rows().map(|(read, row)| (read, row.to_vec())).collect()
    }

    fn with_deletion() -> String {
        [&REFERENCE[..39], &REFERENCE[41..]].concat()
    }

    #[test]
    fn reads_support_what_they_carry_wherever_the_gap_was_put() {
        let alt = with_deletion();
        let reads = [
            read("ref", 5, "60M", &REFERENCE[5..65]),
            read("left", 5, "34M2D24M", &alt[5..63]),
            read("right", 5, "38M2D20M", &alt[5..63]),
            read("ungapped", 5, "38M", &alt[5..43]),
            read("clipped", 7, "34M22S", &alt[7..63]),
        ];
        let rows = rows(&reads);
        assert!(rows[0].1[0] == 0.0 && rows[0].1[1] < -8.0, "{rows:?}");
        for row in &rows[1..] {
            assert!(row.1[1] == 0.0, "{row:?}");
        }
        assert!(rows[1].1[0] < -8.0 && rows[2].1[0] < -8.0 && rows[4].1[0] < -8.0, "{rows:?}");
    }

    #[test]
    fn a_read_that_ends_in_the_repeat_says_little() {
        let rows = rows(&[read("short", 5, "37M", &REFERENCE[5..42])]);
        assert!(rows[0].1.iter().all(|l| *l > -0.5), "{rows:?}");
    }

    #[test]
    fn of_a_pair_the_read_that_covers_more_stands_for_both() {
        let alt = with_deletion();
        let reads =
            [read("pair", 0, "38M", &REFERENCE[..38]), read("pair", 5, "34M2D24M", &alt[5..63])];
        let rows = rows(&reads);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].0, 1);
    }
}
