//! Where on the flow cell a cluster lay, as its read name tells.

/// Tile and pixel of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(super) tile: i16,
    pub(super) x: i32,
    pub(super) y: i32,
}

impl Location {
    /// Of a cluster of which nothing is known.
    pub(super) const UNKNOWN: Self = Self { tile: -1, x: -1, y: -1 };

    /// The last three of five or seven fields between colons, each up to its first character that
    /// is no digit, as Picard has it; otherwise it is not known.
    pub(crate) fn of_name(name: &[u8]) -> Self {
        // A colon that begins the name ends no field there.
        let fields = 1 + name.iter().skip(1).filter(|&&byte| byte == b':').count();
        let mut last = name.rsplit(|&byte| byte == b':').map(number);
        let mut next = || last.next().flatten();
        match (fields, next(), next(), next()) {
            (5 | 7, Some(y), Some(x), Some(tile)) => Self { tile: tile as i16, x, y },
            _ => Self::UNKNOWN,
        }
    }

    /// Whether the tile is known.
    pub(super) fn is_known(self) -> bool {
        self.tile != -1
    }

    /// Whether two clusters of one tile lie no further from each other in either direction.
    pub(super) fn is_within(self, distance: u32, other: Self) -> bool {
        self.x.abs_diff(other.x) <= distance && self.y.abs_diff(other.y) <= distance
    }
}

fn number(field: &[u8]) -> Option<i32> {
    let (negative, digits) = match field {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let value = digits[..length]
        .iter()
        .fold(0i32, |value, digit| value.wrapping_mul(10).wrapping_add(i32::from(digit - b'0')));
    (length > 0).then_some(if negative { value.wrapping_neg() } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_illumina_tell_tile_and_pixel() {
        let of = |name: &str| {
            let Location { tile, x, y } = Location::of_name(name.as_bytes());
            (tile, x, y)
        };
        assert_eq!(of("A00:12:HXX:3:1101:20000:31000"), (1101, 20_000, 31_000));
        assert_eq!(of("HWUSI:3:12:-7:99#ACGT/1"), (12, -7, 99));
        assert_eq!(of("M:1:F:1:22204:5x:6y"), (22_204, 5, 6));
        let unknown = (-1, -1, -1);
        for name in [
            "",
            "r1",
            "1:2:3",
            "a:1:2:3",
            "a:b:1:2:3:4",
            "a:b:c:d:1:2:3:4",
            "a:b:c:d:x:2:3",
            "a:1:2:3:",
        ] {
            assert_eq!(of(name), unknown, "{name}");
        }
        assert_eq!(of(":b:1:2:3"), unknown);
    }

    #[test]
    fn distance_is_that_of_either_direction() {
        let at = |x, y| Location { tile: 1, x, y };
        assert!(at(0, 0).is_within(100, at(100, -100)));
        assert!(!at(0, 0).is_within(100, at(101, 0)) && !at(0, 0).is_within(100, at(0, -101)));
        assert!(!at(i32::MIN, 0).is_within(100, at(i32::MAX, 0)));
    }
}
