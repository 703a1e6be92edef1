//! Moments, as records and events write them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A moment in UTC, written as RFC 3339 with milliseconds: `2026-11-20T09:30:00.125Z`.
///
/// ```
/// use wgs_engine::Time;
/// let time: Time = "2026-11-20T09:30:00.125Z".parse()?;
/// assert_eq!(time.to_string(), "2026-11-20T09:30:00.125Z");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Time(jiff::Timestamp);

impl Time {
    /// The present moment by the system's clock.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now())
    }

    /// Seconds from `earlier` to this moment; 0 where the clock went back in between.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.0.duration_since(earlier.0).as_secs_f64().max(0.0)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|e: jiff::Error| e.to_string())
    }
}

impl TryFrom<String> for Time {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Time> for String {
    fn from(time: Time) -> String {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_in_seconds_and_never_negative() {
        let early: Time = "2026-11-20T09:30:00.000Z".parse().unwrap();
        let late: Time = "2026-11-20T09:31:30.500Z".parse().unwrap();
        assert_eq!(late.seconds_since(early), 90.5);
        assert_eq!(early.seconds_since(late), 0.0);
    }
}
