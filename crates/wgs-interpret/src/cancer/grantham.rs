//! How different amino acids are: Grantham 1974 (doi:10.1126/science.185.4154.862).

/// Composition, polarity and molecular volume of an amino acid.
fn properties(amino_acid: u8) -> Option<[f64; 3]> {
    Some(match amino_acid {
        b'S' => [1.42, 9.2, 32.0],
        b'R' => [0.65, 10.5, 124.0],
        b'L' => [0.0, 4.9, 111.0],
        b'P' => [0.39, 8.0, 32.5],
        b'T' => [0.71, 8.6, 61.0],
        b'A' => [0.0, 8.1, 31.0],
        b'V' => [0.0, 5.9, 84.0],
        b'G' => [0.74, 9.0, 3.0],
        b'I' => [0.0, 5.2, 111.0],
        b'F' => [0.0, 5.2, 132.0],
        b'Y' => [0.20, 6.2, 136.0],
        b'C' => [2.75, 5.5, 55.0],
        b'H' => [0.58, 10.4, 96.0],
        b'Q' => [0.89, 10.5, 85.0],
        b'N' => [1.33, 11.6, 56.0],
        b'K' => [0.33, 11.3, 119.0],
        b'D' => [1.38, 13.0, 54.0],
        b'E' => [0.92, 12.3, 83.0],
        b'M' => [0.0, 5.7, 105.0],
        b'W' => [0.13, 5.4, 170.0],
        _ => return None,
    })
}

/// Grantham's distance, 0 to 215; `None` for what is none of the twenty amino acids.
pub(super) fn distance(one: u8, other: u8) -> Option<u32> {
    const WEIGHTS: [f64; 3] = [1.833, 0.1018, 0.000_399];
    const SCALE: f64 = 50.723;
    let (one, other) = (properties(one)?, properties(other)?);
    let squares = (0..3).map(|i| WEIGHTS[i] * (one[i] - other[i]).powi(2));
    Some((SCALE * squares.sum::<f64>().sqrt()).round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_the_paper() {
        for (pair, expected) in
            [(b"CW", 215), (b"LI", 5), (b"VE", 121), (b"RK", 26), (b"GD", 94), (b"DN", 23)]
        {
            // The paper rounds on the way.
            let found = distance(pair[0], pair[1]).unwrap();
            assert!(found.abs_diff(expected) <= 1, "{pair:?}: {found}");
            assert_eq!(distance(pair[1], pair[0]), Some(found));
        }
        assert_eq!(distance(b'A', b'*'), None);
    }
}
