//! Read starts by the GC content of the genome there.

use wgs_core::{ContigIndex, Interval0};
use wgs_formats::{genome::Genome, qc::alignment::GcBiasQc};

/// Length of a window.
pub(super) const WINDOW_BP: u32 = 100;
/// Bases other than A, C, G and T that a window may have.
const MOST_UNKNOWN: u32 = 4;
/// Window starts of the genome that are looked at together.
const STRETCH_BP: u32 = 1 << 20;

/// Read starts by percent of GC.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GcStarts([u64; 101]);

impl Default for GcStarts {
    fn default() -> Self {
        Self([0; 101])
    }
}

impl GcStarts {
    /// Counts a read that starts in a window; one that reaches beyond the contig does not count.
    pub(super) fn add(&mut self, window: &[u8]) {
        if window.len() != WINDOW_BP as usize {
            return;
        }
        let count = |is: fn(u8) -> bool| window.iter().map(|&b| u8::from(is(b))).sum::<u8>();
        let gc = count(|base| base == b'G' || base == b'C');
        let at = count(|base| base == b'A' || base == b'T');
        let unknown = WINDOW_BP - u32::from(gc) - u32::from(at);
        if let Some(percent) = percent(gc.into(), unknown) {
            self.0[percent] += 1;
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a += b);
    }

    /// The figures, against all windows of the genome.
    pub(super) fn finish(&self, genome: &Genome) -> GcBiasQc {
        let mut windows = [0; 101];
        for (index, contig) in genome.contigs().iter().enumerate() {
            let mut start = 0;
            while start + WINDOW_BP <= contig.length {
                let end = contig.length.min(start.saturating_add(STRETCH_BP + WINDOW_BP - 1));
                let stretch = Interval0::new(start, end).expect("the end is behind the start");
                count_windows(&genome.fetch(ContigIndex(index), stretch), &mut windows);
                start += STRETCH_BP;
            }
        }
        GcBiasQc::new(WINDOW_BP, &windows, &self.0)
    }
}

/// GC content of a window, rounded down.
fn percent(gc: u32, unknown: u32) -> Option<usize> {
    (unknown <= MOST_UNKNOWN).then(|| (gc * 100 / (WINDOW_BP - unknown)) as usize)
}

/// Counts every window of a stretch.
fn count_windows(stretch: &[u8], windows: &mut [u64; 101]) {
    let window = WINDOW_BP as usize;
    let Some((first, entering)) = stretch.split_at_checked(window) else { return };
    // The number of bases of a class in the lower half, of unknown ones in the upper half.
    let mut sum = first.iter().map(|&base| class(base)).sum::<u32>();
    let mut count = |sum: u32| {
        let (gc, unknown) = (sum & 0xffff, sum >> 16);
        let percent = if unknown == 0 { Some(gc as usize) } else { percent(gc, unknown) };
        if let Some(percent) = percent {
            windows[percent] += 1;
        }
    };
    count(sum);
    for (&enters, &leaves) in entering.iter().zip(stretch) {
        sum = sum + class(enters) - class(leaves);
        count(sum);
    }
}

fn class(base: u8) -> u32 {
    CLASSES[usize::from(base)]
}

/// 1 for G and C, 0 for A and T, 2^16 for others: bases are too random for branches.
static CLASSES: [u32; 256] = {
    let mut classes = [1 << 16; 256];
    classes[b'G' as usize] = 1;
    classes[b'C' as usize] = 1;
    classes[b'A' as usize] = 0;
    classes[b'T' as usize] = 0;
    classes
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_window_of_a_stretch_counts_as_a_read_there(text in "[ACGT]{0,120}[ACGTN]{0,20}[CG]{0,120}") {
            let (mut windows, mut starts) = ([0; 101], GcStarts::default());
            count_windows(text.as_bytes(), &mut windows);
            text.as_bytes().windows(100).for_each(|window| starts.add(window));
            prop_assert_eq!(windows, starts.0);
        }
    }

    #[test]
    fn stretches_do_not_overlap() {
        let folder = tempfile::tempdir().unwrap();
        let (source, path) = (folder.path().join("in.fa"), folder.path().join("genome.fa"));
        let bases = "ACGGT".repeat((2 * STRETCH_BP as usize + 250) / 5);
        wgs_formats::output::write(&source, format!(">one\n{bases}\n>two\nACGT\n")).unwrap();
        wgs_formats::genome::import(&source, &path).unwrap();
        let qc = GcStarts::default().finish(&Genome::open(&path).unwrap());
        assert_eq!(qc.windows, bases.len() as u64 - 99);
        assert_eq!((qc.bins.len(), qc.bins[0].gc_percent), (1, 60));
    }
}
