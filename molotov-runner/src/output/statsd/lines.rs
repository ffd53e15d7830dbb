//! The conversion of records to lines of the protocol, in one of two formats.

use std::fmt::{self, Display};
use std::time::Duration;

use molotov_core::{Outcome, Sample, SeriesId, SeriesKind, Value};
use url::Url;

use super::datagrams::Datagrams;
use super::names::clean;
use crate::hostname::hostname;
use crate::output::seam::RunFacts;

/// The format of the names of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Few names, and tags (`|#route:/items,…`).
    Dogstatsd,
    /// Python Molotov's names; no tags.
    Plain,
}

/// Converts records to lines.
pub(super) struct Lines {
    format: Format,
    /// The name of this machine.
    host: String,
    /// The constant part of the lines of each series: its tags or the start of its name.
    stems: Vec<Option<String>>,
}

impl Lines {
    pub(super) fn new(format: Format) -> Self {
        Self { format, host: clean(&hostname()), stems: Vec::new() }
    }

    #[cfg(test)]
    pub(super) fn set_host(&mut self, host: &str) {
        self.host = host.into();
    }

    /// Writes a finished attempt.
    pub(super) fn sample(&mut self, sample: &Sample, run: &mut RunFacts, to: &mut Datagrams) {
        let time = (sample.outcome != Outcome::Cancelled).then(|| Ms(sample.latency()));
        let result = Word(sample.outcome);
        let format = self.format;
        let stem = self.stem(sample.series, run);
        match (sample.series.kind, format) {
            (SeriesKind::Route, Format::Dogstatsd) => request_with_tags(stem, sample, time, to),
            (SeriesKind::Route, Format::Plain) => request_by_name(stem, sample, time, to),
            (SeriesKind::Scenario, Format::Dogstatsd) => {
                to.metric(format_args!("molotov.iterations:1|c|#{stem},result:{result}"));
            }
            (SeriesKind::Scenario, Format::Plain) => to.metric(format_args!("{stem}.{result}:1|c")),
            (_, Format::Dogstatsd) => {
                let Some(time) = time else { return };
                to.metric(format_args!("molotov.timer.duration:{time}|ms|#{stem},result:{result}"));
            }
            (_, Format::Plain) => {
                if let Some(time) = time {
                    to.metric(format_args!("{stem}:{time}|ms"));
                }
            }
        }
    }

    /// Writes a value of the user's own.
    pub(super) fn value(&mut self, series: SeriesId, value: Value, run: &mut RunFacts, to: &mut Datagrams) {
        let format = self.format;
        let stem = self.stem(series, run);
        match value {
            Value::Add(number) | Value::Set(number) | Value::Observe(number) if !number.is_finite() => {
                to.unsendable();
            }
            Value::Add(number) => to.metric(format_args!("{stem}:{number}|c")),
            // A plain server treats a gauge with a sign as a difference.
            Value::Set(number) if number < 0.0 && format == Format::Plain => {
                to.metric(format_args!("{stem}:0|g\n{stem}:{number}|g"));
            }
            Value::Set(number) => to.metric(format_args!("{stem}:{number}|g")),
            Value::Observe(number) => to.metric(format_args!("{stem}:{number}|ms")),
            Value::Check(passed) => {
                let result = if passed { "passed" } else { "failed" };
                match format {
                    Format::Dogstatsd => {
                        to.metric(format_args!("molotov.checks:1|c|#{stem},result:{result}"));
                    }
                    Format::Plain => to.metric(format_args!("{stem}.{result}:1|c")),
                }
            }
            // Values without a statsd form yet are counted as unsendable.
            _ => to.unsendable(),
        }
    }

    /// Writes the number of active users.
    pub(super) fn users(&self, users: u32, to: &mut Datagrams) {
        match self.format {
            Format::Dogstatsd => to.metric(format_args!("molotov.users:{users}|g")),
            Format::Plain => to.metric(format_args!("molotov.{}.users:{users}|g", self.host)),
        }
    }

    /// Writes the increase of the due, started or dropped arrivals.
    pub(super) fn arrivals(&self, what: &str, many: u64, to: &mut Datagrams) {
        match self.format {
            Format::Dogstatsd => to.metric(format_args!("molotov.arrivals.{what}:{many}|c")),
            Format::Plain => to.metric(format_args!("molotov.{}.arrivals.{what}:{many}|c", self.host)),
        }
    }

    fn stem(&mut self, series: SeriesId, run: &mut RunFacts) -> &str {
        let index = series.index as usize;
        if index >= self.stems.len() {
            self.stems.resize(index + 1, None);
        }
        if self.stems[index].is_none() {
            self.stems[index] = Some(self.make_stem(series, run));
        }
        self.stems[index].as_deref().unwrap_or_default()
    }

    fn make_stem(&self, series: SeriesId, run: &mut RunFacts) -> String {
        let target = run.target();
        let name = run.name(series);
        let host = &self.host;
        match (series.kind, self.format) {
            (SeriesKind::Route, Format::Dogstatsd) => {
                let (method, route) = method_and_route(name);
                format!("method:{},route:{}", clean(method), clean(route))
            }
            (SeriesKind::Route, Format::Plain) => {
                let (method, route) = method_and_route(name);
                let (server, path) = server_and_path(route, target.as_deref());
                format!("molotov.{host}.{}.{}.{}", clean(method), clean(&server), clean(&path))
            }
            (SeriesKind::Counter | SeriesKind::Gauge | SeriesKind::Trend, _) => clean(name),
            (kind, Format::Dogstatsd) => format!("{kind}:{}", clean(name)),
            (kind, Format::Plain) => format!("molotov.{host}.{kind}.{}", clean(name)),
        }
    }
}

fn request_with_tags(stem: &str, sample: &Sample, time: Option<Ms>, to: &mut Datagrams) {
    let tags = format_args!("{stem},status:{},result:{}", Status(sample), Word(sample.outcome));
    if let Some(time) = time {
        to.metric(format_args!("molotov.request.duration:{time}|ms|#{tags}"));
        if let Some((waiting, receiving)) = phases(sample) {
            to.metric(format_args!("molotov.request.waiting:{waiting}|ms|#{tags}"));
            to.metric(format_args!("molotov.request.receiving:{receiving}|ms|#{tags}"));
        }
    }
    to.metric(format_args!("molotov.request.status:1|c|#{tags}"));
}

fn request_by_name(stem: &str, sample: &Sample, time: Option<Ms>, to: &mut Datagrams) {
    if let Some(time) = time {
        to.metric(format_args!("{stem}:{time}|ms"));
        if let Some((waiting, receiving)) = phases(sample) {
            to.metric(format_args!("{stem}.waiting:{waiting}|ms"));
            to.metric(format_args!("{stem}.receiving:{receiving}|ms"));
        }
    }
    if sample.outcome != Outcome::Cancelled && sample.status > 0 {
        to.metric(format_args!("{stem}.{}:1|c", Status(sample)));
    } else {
        to.metric(format_args!("{stem}.{}:1|c", Word(sample.outcome)));
    }
}

/// The times of waiting for the response and of receiving it.
fn phases(sample: &Sample) -> Option<(Ms, Ms)> {
    sample.waiting().map(Ms).zip(sample.receiving().map(Ms))
}

/// The parts of a series' name; `(other)` if there were too many names.
fn method_and_route(name: &str) -> (&str, &str) {
    name.split_once(' ').unwrap_or(("any", name))
}

/// The host of a route, and its path.
fn server_and_path(route: &str, target: Option<&str>) -> (String, String) {
    if route.contains("://")
        && let Ok(url) = Url::parse(route)
    {
        // Not `url.path()`, which encodes the braces of a template.
        let rest = route.split_once("://").map_or(route, |(_, rest)| rest);
        let path = rest.find('/').map_or("/", |start| &rest[start..]);
        return (host_of(&url), path.to_owned());
    }
    let server =
        target.and_then(|target| Url::parse(target).ok()).map_or_else(String::new, |url| host_of(&url));
    (server, route.to_owned())
}

/// The host of a URL; an IPv6 address is without its brackets.
fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned()
}

/// The end of an attempt, in one word.
struct Word(Outcome);

impl Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Outcome::Ok => f.write_str("ok"),
            Outcome::Failed(kind) => f.write_str(kind.as_str()),
            _ => f.write_str("cancelled"),
        }
    }
}

/// The status of a response, if there was one.
struct Status<'s>(&'s Sample);

impl Display for Status<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.status {
            0 => f.write_str("none"),
            status => status.fmt(f),
        }
    }
}

/// Milliseconds, with a precision of a microsecond.
struct Ms(Duration);

impl Display for Ms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        write!(f, "{}", micros / 1_000)?;
        match micros % 1_000 {
            0 => Ok(()),
            rest => f.write_fmt(format_args!(".{rest:03}")),
        }
    }
}
