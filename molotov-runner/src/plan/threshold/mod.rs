//! The thresholds that a run must keep so that it passes: `p99 < 200ms`, `errors{scenario=buy} < 1%`, `p95(10s) < 1s
//! after 30s abort`.
//!
//! One language for thresholds and for the objectives of a sizing, which are the upper bounds among them.

mod foreign;
mod limit;
mod list;
mod metric;
mod mistake;
mod names;
mod narrowing;
mod parse;
mod scanner;
mod secret;
mod serialized;
mod share;
mod wrong_metric;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::list::Thresholds;
pub(crate) use self::metric::{Key, Kind, Metric, RequestPhase};
pub(crate) use self::mistake::Mistake;
pub(crate) use self::names::twins;
pub(crate) use self::share::Percent;
use super::bound::Relation;

/// The example in messages.
pub(crate) const EXAMPLE: &str = "for example `p99 < 200ms` or `errors < 1%`";

/// Thresholds of one run. Those with a window keep the samples of that window.
pub(crate) const MOST: usize = 100;

/// One bound, over which samples, and over which time.
///
/// ```
/// use molotov::plan::Threshold;
///
/// let threshold: Threshold = "p99 < 200ms".parse().unwrap();
/// assert_eq!(threshold.to_string(), "p99 < 200ms");
/// assert!("p99 < fast".parse::<Threshold>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// Of which phase of requests the latencies are; without it of all of it.
    pub(crate) phase: Option<RequestPhase>,
    pub(crate) metric: Metric,
    /// Of what; without it of the whole run.
    pub(crate) of: Option<Selector>,
    /// Every window of this length must hold; without it the run as a whole.
    pub(crate) window: Option<Duration>,
    pub(crate) relation: Relation,
    pub(crate) limit: Limit,
    /// The time after the start of the first user from which on samples count, by their end.
    pub(crate) after: Duration,
    /// `true` if the run ends when it is broken.
    pub(crate) abort: bool,
    pub(crate) said: Said,
}

/// To which samples a threshold is narrowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Selector {
    pub(crate) key: Key,
    #[serde(serialize_with = "serialized::name")]
    pub(crate) name: String,
}

/// The limit with which a metric is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    Time(Duration),
    Share(Percent),
    Rate(f64, Per),
    Number(f64),
}

/// The time that a rate is told for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Per {
    Second,
    Minute,
    Hour,
}

/// The text of a threshold, and its place. Two that mean the same are equal wherever they come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) text: Arc<str>,
    /// The place of the selector's name.
    pub(crate) name: Range<usize>,
    /// The attribute at which it is written, in words.
    pub(crate) on: Option<Arc<str>>,
    /// The call of [`Plan::threshold`](crate::Plan::threshold) that it is of.
    pub(crate) call: Option<&'static Location<'static>>,
}

impl PartialEq for Said {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Threshold {
    /// Reads one or several, with commas between them.
    ///
    /// # Errors
    ///
    /// The first mistake, with its place.
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Self>, Mistake> {
        list::thresholds(text)
    }

    /// Returns `true` if both stand in one place, where only one of them can be meant. What ends the run may be farther
    /// away than what fails it.
    pub(crate) fn is_twin(&self, other: &Self) -> bool {
        self.is_about_same(other) && self.abort == other.abort
    }

    /// Returns `true` if it replaces another one, whose author knew less of this run. One that only ends the run does
    /// not replace what fails it.
    pub(crate) fn replaces(&self, other: &Self) -> bool {
        self.is_about_same(other) && (other.abort || !self.abort)
    }

    /// Returns `true` if both bound the same from the same side.
    fn is_about_same(&self, other: &Self) -> bool {
        (self.phase, self.metric, &self.of, self.window, self.after)
            == (other.phase, other.metric, &other.of, other.window, other.after)
            && self.relation.is_upper() == other.relation.is_upper()
            && std::mem::discriminant(&self.limit) == std::mem::discriminant(&other.limit)
    }

    /// Returns `true` if it bounds how many failed iterations are tolerated.
    pub(crate) fn bounds_failed_iterations(&self) -> bool {
        let of_iterations = self.of.as_ref().is_none_or(|of| matches!(of.key, Key::Scenario | Key::Tag));
        matches!(self.metric, Metric::Errors | Metric::FailedIterations) && of_iterations
    }

    /// Returns `true` if it is of samples, which a warm-up keeps apart. Arrivals that are dropped and values of the
    /// user's own are counted from the beginning on.
    pub(crate) fn is_of_samples(&self) -> bool {
        let of_values = self
            .of
            .as_ref()
            .is_some_and(|of| matches!(of.key, Key::Trend | Key::Counter | Key::Gauge | Key::Check));
        self.metric != Metric::Dropped && !of_values
    }

    /// From when on it counts, in a run with this warm-up.
    pub(crate) fn start(&self, warm_up: Duration) -> Duration {
        if self.is_of_samples() { self.after.max(warm_up) } else { self.after }
    }

    /// The selector of its gaps, and the time from which on it counts. A scenario waits for its requests and also
    /// thinks, so its gaps are those of all requests.
    pub(crate) fn gap_subject(&self) -> (Option<Selector>, Duration) {
        let of = self.of.as_ref().filter(|of| !matches!(of.key, Key::Scenario | Key::Tag));
        (of.cloned(), self.after)
    }

    /// Returns `true` if the samples of a whole run are enough to judge it: it needs no look at the run while it goes
    /// on.
    pub(crate) fn is_of_whole_run(&self) -> bool {
        self.window.is_none() && self.after.is_zero()
    }
}

impl Per {
    pub(crate) fn seconds(self) -> f64 {
        match self {
            Self::Second => 1.0,
            Self::Minute => 60.0,
            Self::Hour => 3_600.0,
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(phase) = self.phase {
            write!(f, "{}.", phase.word())?;
        }
        write!(f, "{}", self.metric)?;
        if let Some(of) = &self.of {
            write!(f, "{of}")?;
        }
        if let Some(window) = self.window {
            write!(f, "({})", humantime::format_duration(window))?;
        }
        write!(f, " {} {}", self.relation, self.limit)?;
        if !self.after.is_zero() {
            write!(f, " after {}", humantime::format_duration(self.after))?;
        }
        f.write_str(if self.abort { " abort" } else { "" })
    }
}

impl Selector {
    /// Selects by this name. That of a route has no user-info, as in the report.
    pub(crate) fn new(key: Key, name: String) -> Self {
        match secret::user_info(&name) {
            Some(info) if key == Key::Route => {
                Self { key, name: format!("{}{}", &name[..info.start], &name[info.end + 1..]) }
            }
            _ => Self { key, name },
        }
    }

    /// The name without secrets, for messages.
    pub(crate) fn shown_name(&self) -> Cow<'_, str> {
        secret::masked(&self.name)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, name) = (self.key.word(), self.shown_name());
        if parse::is_plain(&name) {
            return write!(f, "{{{key}={name}}}");
        }
        write!(f, "{{{key}=\"{}\"}}", name.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => write!(f, "{}", humantime::format_duration(*time)),
            Self::Share(share) => write!(f, "{share}"),
            Self::Rate(rate, per) => write!(f, "{rate}/{}", per.word()),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

impl Per {
    fn word(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "m",
            Self::Hour => "h",
        }
    }
}

#[cfg(test)]
mod tests;
