//! Levenshtein distance in bit vectors.

/// Fewest insertions, deletions and substitutions that make one sequence the other, by Myers'
/// bit-parallel algorithm in blocks of 64 rows (Myers, J. ACM 1999, doi:10.1145/316542.316550;
/// Hyyrö, Nordic J. Computing 2003).
pub(crate) fn distance(a: &[u8], b: &[u8]) -> usize {
    let (a, b) = without_shared_ends(a, b);
    let (pattern, text) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if pattern.is_empty() {
        return text.len();
    }
    let mut blocks = Blocks::new(pattern);
    text.iter().for_each(|&byte| blocks.advance(byte));
    blocks.distance
}

fn without_shared_ends<'a>(a: &'a [u8], b: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let first = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[first..], &b[first..]);
    let last = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    (&a[..a.len() - last], &b[..b.len() - last])
}

/// A column of the matrix: differences between neighbouring rows, 64 to a block.
struct Blocks {
    /// For each byte of the alphabet, in which rows the pattern has it.
    rows_of: Vec<Vec<u64>>,
    code: [u8; 256],
    /// Rows that are one more than the row above.
    plus: Vec<u64>,
    /// Rows that are one less.
    minus: Vec<u64>,
    last_row: u64,
    /// Value in the last row.
    distance: usize,
}

impl Blocks {
    fn new(pattern: &[u8]) -> Self {
        let count = pattern.len().div_ceil(64);
        // Code 0 is of bytes that the pattern lacks.
        let (mut code, mut rows_of) = ([0; 256], vec![vec![0; count]]);
        for (row, &byte) in pattern.iter().enumerate() {
            if code[usize::from(byte)] == 0 {
                code[usize::from(byte)] = rows_of.len() as u8;
                rows_of.push(vec![0; count]);
            }
            rows_of[usize::from(code[usize::from(byte)])][row / 64] |= 1 << (row % 64);
        }
        Self {
            rows_of,
            code,
            plus: vec![!0; count],
            minus: vec![0; count],
            last_row: 1 << ((pattern.len() - 1) % 64),
            distance: pattern.len(),
        }
    }

    fn advance(&mut self, byte: u8) {
        let rows = &self.rows_of[usize::from(self.code[usize::from(byte)])];
        let last = rows.len() - 1;
        // The row above the first one counts the text's bases.
        let (mut carry_plus, mut carry_minus) = (1, 0);
        for (block, &rows) in rows.iter().enumerate() {
            let (plus, minus) = (self.plus[block], self.minus[block]);
            let vertical = rows | minus;
            let equal = rows | carry_minus;
            let horizontal = (((equal & plus).wrapping_add(plus)) ^ plus) | equal;
            let mut out_plus = minus | !(horizontal | plus);
            let mut out_minus = plus & horizontal;
            if block == last {
                self.distance += usize::from(out_plus & self.last_row != 0);
                self.distance -= usize::from(out_minus & self.last_row != 0);
            }
            let (next_plus, next_minus) = (out_plus >> 63, out_minus >> 63);
            out_plus = (out_plus << 1) | carry_plus;
            out_minus = (out_minus << 1) | carry_minus;
            self.plus[block] = out_minus | !(vertical | out_plus);
            self.minus[block] = out_plus & vertical;
            (carry_plus, carry_minus) = (next_plus, next_minus);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The textbook's matrix.
    fn by_matrix(a: &[u8], b: &[u8]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut diagonal = std::mem::replace(&mut row[0], i + 1);
            for (j, y) in b.iter().enumerate() {
                let best = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
                diagonal = std::mem::replace(&mut row[j + 1], best);
            }
        }
        row[b.len()]
    }

    #[test]
    fn known_distances() {
        assert_eq!(distance(b"", b""), 0);
        assert_eq!(distance(b"ACGT", b""), 4);
        assert_eq!(distance(b"KITTEN", b"SITTING"), 3);
        assert_eq!(distance(b"ACGT", b"NNNN"), 4);
    }

    proptest! {
        #[test]
        fn as_the_matrix_says(a in "[ACG]{0,200}", b in "[ACGT]{0,200}") {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            prop_assert_eq!(distance(a, b), by_matrix(a, b));
        }

        #[test]
        fn of_sequences_that_are_alike(a in "[ACGT]{100,300}", at in 0usize..100, cut in 0usize..70) {
            let mut b = a.clone();
            b.replace_range(at..(at + cut).min(b.len()), "TTT");
            prop_assert_eq!(distance(a.as_bytes(), b.as_bytes()), by_matrix(a.as_bytes(), b.as_bytes()));
        }
    }
}
