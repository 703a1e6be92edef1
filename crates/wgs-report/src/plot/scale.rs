//! From values to places, with ticks at round numbers.

use crate::format::{NO_BREAK, fixed, short};

/// How the numbers of an axis are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Unit {
    /// As they are.
    #[default]
    Number,
    /// Whole numbers only, large ones short (`12 k`).
    Count,
    /// Fractions as percentages.
    Percent,
}

/// A stretch of an axis and its ticks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    /// Distance of the ticks.
    step: f64,
    unit: Unit,
    /// Where `low` and `high` stand in the picture.
    from: f64,
    to: f64,
}

impl Scale {
    /// A scale over the values that exist; `rounded` widens it to ticks at both ends.
    pub(super) fn new(
        values: impl Iterator<Item = f64>,
        at_least: Option<(f64, f64)>,
        unit: Unit,
        ticks: u32,
        rounded: bool,
    ) -> Self {
        let bounds = at_least.into_iter().flat_map(|(low, high)| [low, high]);
        let (mut low, mut high) = values
            .filter(|v| v.is_finite())
            .chain(bounds)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if low == high {
            high = low + if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
        }
        let step = nice_step((high - low) / f64::from(ticks.max(1)), unit);
        if rounded {
            low = (low / step + 1e-9).floor() * step;
            high = (high / step - 1e-9).ceil() * step;
        }
        Self { low, high, step, unit, from: 0.0, to: 1.0 }
    }

    /// Puts the lowest value to `from` and the highest to `to`.
    pub(super) fn onto(mut self, from: f64, to: f64) -> Self {
        (self.from, self.to) = (from, to);
        self
    }

    /// Place of a value; those outside stand at the end.
    pub(super) fn place(&self, value: f64) -> f64 {
        let share = (value.clamp(self.low, self.high) - self.low) / (self.high - self.low);
        self.from + share * (self.to - self.from)
    }

    pub(super) fn low(&self) -> f64 {
        self.low
    }

    /// Value and text of each tick.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let first = (self.low / self.step - 1e-9).ceil() as i64;
        let last = (self.high / self.step + 1e-9).floor() as i64;
        (first..=last).take(50).map(|i| i as f64 * self.step).map(|v| (v, self.text(v))).collect()
    }

    fn text(&self, value: f64) -> String {
        match self.unit {
            Unit::Percent => {
                format!("{}{NO_BREAK}%", fixed(value * 100.0, decimals(self.step * 100.0)))
            }
            Unit::Count if value >= 10_000.0 => short_tick(value),
            _ => fixed(value, decimals(self.step)),
        }
    }
}

/// `20 k` in place of `20.0 k`.
fn short_tick(value: f64) -> String {
    let text = short(value as u64);
    match text.split_once(NO_BREAK) {
        Some((number, unit)) if number.contains('.') => {
            format!("{}{NO_BREAK}{unit}", number.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text,
    }
}

/// Decimals that tell multiples of a step apart.
fn decimals(step: f64) -> usize {
    let is_whole = |value: f64| (value - value.round()).abs() < 1e-6 * value;
    (0..12).find(|&d| is_whole(step * 10f64.powi(d))).unwrap_or(12) as usize
}

/// The smallest of 1, 2, 5, 10, 20, … (or 0.1, 0.2, …) that is no smaller than `raw`.
fn nice_step(raw: f64, unit: Unit) -> f64 {
    let mut power = 1.0;
    while power * 10.0 <= raw {
        power *= 10.0;
    }
    while power > raw && power > 1e-12 {
        power /= 10.0;
    }
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= raw * 0.999);
    let step = step.unwrap_or(10.0 * power);
    if unit == Unit::Count { step.max(1.0) } else { step }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(low: f64, high: f64, unit: Unit) -> Vec<String> {
        let scale = Scale::new([low, high].into_iter(), None, unit, 5, true);
        scale.ticks().into_iter().map(|(_, text)| text.replace(NO_BREAK, " ")).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks(0.0, 41.3, Unit::Number), ["0", "10", "20", "30", "40", "50"]);
        assert_eq!(
            ticks(0.0, 1.0, Unit::Percent),
            ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]
        );
        assert_eq!(ticks(0.0, 0.021, Unit::Percent)[1], "0.5 %");
        assert_eq!(ticks(-3.0, 4.0, Unit::Number), ["-4", "-2", "0", "2", "4"]);
        assert_eq!(ticks(0.0, 90_000.0, Unit::Count)[1], "20 k");
        assert_eq!(ticks(0.0, 2.0, Unit::Count), ["0", "1", "2"]);
        assert_eq!(ticks(0.0, 7e-7, Unit::Number)[1], "0.0000002");
    }

    #[test]
    fn every_range_has_few_ticks() {
        for high in [1e-9, 1e-3, 0.7, 1.0, 999.0, 1e7, 1e18, f64::MAX / 4.0] {
            let count = ticks(0.0, high, Unit::Number).len();
            assert!((2..=12).contains(&count), "{high}: {count}");
        }
    }

    #[test]
    fn nothing_one_value_and_nonsense_have_a_scale() {
        for values in [vec![], vec![5.0], vec![0.0], vec![f64::NAN, f64::INFINITY], vec![-2.0]] {
            let scale =
                Scale::new(values.iter().copied(), None, Unit::Number, 5, true).onto(0.0, 9.0);
            assert!(scale.place(1.0).is_finite());
            assert!(scale.ticks().len() > 1, "{values:?}");
        }
    }

    #[test]
    fn places_stay_inside() {
        let scale =
            Scale::new([0.0, 10.0].into_iter(), None, Unit::Number, 5, true).onto(100.0, 0.0);
        assert_eq!((scale.place(5.0), scale.place(99.0), scale.place(-1.0)), (50.0, 0.0, 100.0));
    }
}
