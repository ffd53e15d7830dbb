//! Figures with their unit in the type.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An observed rate of events.
///
/// ```
/// use molotov::report::Throughput;
/// use std::time::Duration;
///
/// assert_eq!(Throughput::new(30, Duration::from_secs(10)), Throughput::per_second(3.0));
/// assert!(Throughput::per_minute(90.0) < Throughput::per_second(2.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Throughput(f64);

impl Throughput {
    /// Creates a rate from a number of events per second.
    pub const fn per_second(times: f64) -> Self {
        Self(times)
    }

    /// Creates a rate from a number of events per minute.
    pub const fn per_minute(times: f64) -> Self {
        Self(times / 60.0)
    }

    /// Creates a rate from a number of events per hour.
    pub const fn per_hour(times: f64) -> Self {
        Self(times / 3_600.0)
    }

    /// Creates a rate from a count and its time; 0 for a time of zero.
    pub fn new(count: u64, time: Duration) -> Self {
        if time.is_zero() { Self(0.0) } else { Self(count as f64 / time.as_secs_f64()) }
    }

    /// The number of events per second.
    pub const fn in_second(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Throughput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:.1}/s", self.0))
    }
}

/// A part of a whole.
///
/// ```
/// use molotov::report::Share;
///
/// assert_eq!(Share::new(1, 4), Some(Share::percent(25.0)));
/// assert_eq!(Share::new(0, 0), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Share(f64);

impl Share {
    /// Creates a share from a percentage.
    pub const fn percent(percent: f64) -> Self {
        Self(percent / 100.0)
    }

    /// Creates a share from a fraction, 0 to 1.
    pub(crate) const fn from_fraction(fraction: f64) -> Self {
        Self(fraction)
    }

    /// Creates a share from a part and its whole; `None` for a whole of zero.
    pub fn new(part: u64, whole: u64) -> Option<Self> {
        (whole > 0).then(|| Self(part as f64 / whole as f64))
    }

    /// The share as a fraction, 0 to 1.
    pub const fn fraction(self) -> f64 {
        self.0
    }

    /// The share in percent, 0 to 100.
    pub const fn in_percent(self) -> f64 {
        self.0 * 100.0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:.2}%", self.in_percent()))
    }
}
