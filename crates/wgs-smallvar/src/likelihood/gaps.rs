//! How likely a sequencer inserts or drops bases at each place of a haplotype.
//!
//! The rate grows with the length of homopolymers and of short tandem repeats, as in Dindel (Albers
//! et al. 2011, doi:10.1101/gr.112326.110). Its figures are our own: near Dindel's up to ten copies
//! and steeper beyond.

/// Probability of a gap between bases that repeat nothing: Q45.
const OPEN: f64 = 3.2e-5;
/// Probability that a gap goes on by one more base.
const EXTEND: f64 = 0.1;
/// Probability that a gap in a tandem repeat of longer units goes on by one more base.
const EXTEND_IN_REPEAT: f64 = 0.4;
/// Longest unit of a tandem repeat that is looked for, in bases.
const MAX_UNIT: usize = 4;

/// Gap probabilities of a haplotype. `open[k]` is that of an insertion before base k, and of a
/// deletion that begins with base k; `extend[k]` that of going on there. Both have one entry more
/// than the haplotype has bases.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaps {
    /// Probability to open a gap.
    pub open: Vec<f64>,
    /// Probability to extend a gap by a base.
    pub extend: Vec<f64>,
}

impl Gaps {
    /// The probabilities along a haplotype.
    pub fn of(bases: &[u8]) -> Self {
        let mut gaps =
            Self { open: vec![OPEN; bases.len() + 1], extend: vec![EXTEND; bases.len() + 1] };
        for unit in 1..=MAX_UNIT.min(bases.len()) {
            let mut at = 0;
            while at + unit < bases.len() {
                let repeats =
                    bases[at + unit..].iter().zip(&bases[at..]).take_while(|(a, b)| a == b);
                let len = repeats.count() + unit;
                if len >= 2 * unit {
                    gaps.add_repeat(at, len, unit);
                }
                at += len - unit + 1;
            }
        }
        gaps
    }

    /// Takes a tract of `len` bases in units of `unit` into account.
    fn add_repeat(&mut self, start: usize, len: usize, unit: usize) {
        let copies = len / unit;
        let extend = if unit == 1 { EXTEND } else { EXTEND_IN_REPEAT };
        let open = tract_rate(copies, unit) / len as f64 / extend.powi(unit as i32 - 1);
        for k in start..start + len {
            if open > self.open[k] {
                self.open[k] = open;
                self.extend[k] = extend;
            }
        }
    }
}

/// Probability that a read has a wrong number of units of a whole tract.
fn tract_rate(copies: usize, unit: usize) -> f64 {
    let copies = if unit == 1 { copies } else { copies.saturating_sub(1) } as i32;
    match copies {
        ..5 => 0.0,
        5..=10 => 1e-4 * 1.8f64.powi(copies - 5),
        _ => (1.9e-3 * 1.4f64.powi(copies - 10)).min(0.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_runs_slip_more() {
        let open = |n: usize| {
            let text = format!("CGT{}GCT", "A".repeat(n));
            Gaps::of(text.as_bytes()).open[4] * n as f64
        };
        assert!((open(3) - 3.0 * OPEN).abs() < 1e-12);
        assert!((open(10) - 1e-4 * 1.8f64.powi(5)).abs() < 1e-9);
        assert!(open(8) < open(10) && open(10) < open(15) && open(40) <= 0.1 + 1e-9);
    }

    #[test]
    fn units_of_two_bases_extend_easily() {
        let gaps = Gaps::of(b"GTCACACACACACACACACATG");
        assert_eq!(gaps.extend[8], EXTEND_IN_REPEAT);
        assert!(gaps.open[8] > OPEN);
        assert_eq!((gaps.open[0], gaps.open[22]), (OPEN, OPEN));
        assert_eq!(gaps.open.len(), 23);
    }
}
