//! The thresholds that a run must keep to pass: `p99 < 200ms`, `errors{scenario=buy} < 1%`,
//! `p95(10s) < 1s after 30s abort`.
//!
//! Thresholds and the objectives of a sizing share one language; objectives are the upper bounds among thresholds.

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

/// The maximum number of thresholds of a run. Each with a window keeps the samples of that window.
pub(crate) const MOST: usize = 100;

/// One bound, with the selection of its samples and its window.
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
    /// The phase of requests whose latencies are bounded; `None` for whole requests.
    pub(crate) phase: Option<RequestPhase>,
    pub(crate) metric: Metric,
    /// The selected samples; `None` for the whole run.
    pub(crate) of: Option<Selector>,
    /// The length of the windows that must hold; `None` for the run as a whole.
    pub(crate) window: Option<Duration>,
    pub(crate) relation: Relation,
    pub(crate) limit: Limit,
    /// The time after the start of the first user from which on samples count, by their end.
    pub(crate) after: Duration,
    /// `true` if the run ends when the threshold is broken.
    pub(crate) abort: bool,
    pub(crate) said: Said,
}

/// The selector of a threshold's samples.
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

/// The unit of time of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Per {
    Second,
    Minute,
    Hour,
}

/// The text of a threshold, and its place. Two with the same meaning are equal, whatever their origin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) text: Arc<str>,
    /// The place of the selector's name.
    pub(crate) name: Range<usize>,
    /// The attribute that contains the threshold, in words.
    pub(crate) on: Option<Arc<str>>,
    /// The call of [`Plan::threshold`](crate::Plan::threshold) that added the threshold.
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
    /// Returns the first mistake, with its place.
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Self>, Mistake> {
        list::thresholds(text)
    }

    /// Returns `true` if one place contains both and only one can be meant. An aborting threshold may have a looser
    /// limit than a failing one.
    pub(crate) fn is_twin(&self, other: &Self) -> bool {
        self.is_about_same(other) && self.abort == other.abort
    }

    /// Returns `true` if this threshold replaces another one, whose author had less information about this run. A
    /// threshold that only aborts the run does not replace one that fails the run.
    pub(crate) fn replaces(&self, other: &Self) -> bool {
        self.is_about_same(other) && (other.abort || !self.abort)
    }

    /// Returns `true` if both bound the same metric from the same side.
    fn is_about_same(&self, other: &Self) -> bool {
        (self.phase, self.metric, &self.of, self.window, self.after)
            == (other.phase, other.metric, &other.of, other.window, other.after)
            && self.relation.is_upper() == other.relation.is_upper()
            && std::mem::discriminant(&self.limit) == std::mem::discriminant(&other.limit)
    }

    /// Returns `true` if the threshold bounds the number of tolerated failed iterations.
    pub(crate) fn bounds_failed_iterations(&self) -> bool {
        let of_iterations = self.of.as_ref().is_none_or(|of| matches!(of.key, Key::Scenario | Key::Tag));
        matches!(self.metric, Metric::Errors | Metric::FailedIterations) && of_iterations
    }

    /// Returns `true` if the threshold is of samples, which a warm-up excludes. Dropped arrivals and values of the
    /// user's own are counted from the start.
    pub(crate) fn is_of_samples(&self) -> bool {
        let of_values = self
            .of
            .as_ref()
            .is_some_and(|of| matches!(of.key, Key::Trend | Key::Counter | Key::Gauge | Key::Check));
        self.metric != Metric::Dropped && !of_values
    }

    /// The time from which on the threshold counts, in a run with this warm-up.
    pub(crate) fn start(&self, warm_up: Duration) -> Duration {
        if self.is_of_samples() { self.after.max(warm_up) } else { self.after }
    }

    /// The selector of the threshold's gaps, and the time from which on it counts. A scenario waits for its requests
    /// and also thinks, so its gaps are those of all requests.
    pub(crate) fn gap_subject(&self) -> (Option<Selector>, Duration) {
        let of = self.of.as_ref().filter(|of| !matches!(of.key, Key::Scenario | Key::Tag));
        (of.cloned(), self.after)
    }

    /// Returns `true` if the totals of the run suffice to judge the threshold, so that it needs no evaluation during
    /// the run.
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
    /// Selects by this name. The name of a route has no user-info, as in the report.
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
