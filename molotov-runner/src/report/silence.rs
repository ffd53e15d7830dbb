//! A service that had stopped responding before a run ended, as shown by the fate of the last requests.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use molotov_core::{FailureKind, Outcome, Sample, SeriesId};

use super::target_health::{FEWEST, is_unanswered};

/// The minimum wait for a judgement.
const LEAST: Duration = Duration::from_millis(100);

/// The number of requests that must wait since the last response. The last request of a run may be slow, like any
/// other.
const TOGETHER: usize = 2;

/// The number of requests of one route that must wait while others are answered; fewer may be slow.
const OF_ROUTE: usize = 3;

/// The part of a load for which a service must be silent at its end: pauses of its machine are shorter, and a smaller
/// missing part does not change a run's results.
const PART: u32 = 10;

/// The length of a silence that is sufficient in a load of any length: as in the headline, pauses of a machine are
/// shorter.
const ENOUGH: Duration = Duration::from_secs(1);

/// The maximum number of stored unanswered requests.
const MOST: usize = 4_096;

/// The evidence of a load's requests about the service, up to its end. Faults of this machine are no evidence.
#[derive(Clone, Debug, Default)]
pub(crate) struct Silence {
    /// The unanswered requests.
    unanswered: Vec<Unanswered>,
    /// Of all unanswered requests: the number of failed ones, and the kind of the latest failure.
    failed: u64,
    latest: Option<FailureKind>,
    /// The latest send time of the removed requests.
    forgotten: Option<Duration>,
}

/// Answered requests, with times in nanoseconds since the start of the run: one comparison per request is all that it
/// may cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Answered {
    /// The send time of the latest, plus one; zero if none was answered.
    latest: u64,
    /// The time of the latest response.
    end: u64,
}

impl Answered {
    #[inline]
    pub(crate) fn add(&mut self, start: u64, end: u64) {
        self.latest = self.latest.max(start.saturating_add(1));
        self.end = self.end.max(end);
    }

    /// The union of both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { latest: self.latest.max(other.latest), end: self.end.max(other.end) }
    }

    /// Returns the time of the latest response.
    pub(crate) fn latest_end(self) -> u64 {
        self.end
    }

    /// Returns the send time of the latest answered request, and the time of the latest response.
    pub(crate) fn times(self) -> Option<(Duration, Duration)> {
        let latest = self.latest.checked_sub(1)?;
        Some((Duration::from_nanos(latest), Duration::from_nanos(self.end)))
    }
}

#[derive(Clone, Copy, Debug)]
struct Unanswered {
    series: SeriesId,
    start: Duration,
    waited: Duration,
    /// The kind of its failure; `None` if it was cancelled.
    failed: Option<FailureKind>,
}

/// The state of a load at its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoadEnd {
    /// The time for which a service may be silent.
    pub(crate) window: Duration,
    pub(crate) begun: Duration,
    /// The time from which on no new iterations started.
    pub(crate) stopped: Duration,
    /// The answered requests of all routes.
    pub(crate) answered: Answered,
    /// The duration of the slowest good response.
    pub(crate) slowest: Duration,
    /// The greatest number of users.
    pub(crate) users: u32,
}

/// The known properties of a route.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownRoute {
    pub(crate) name: String,
    /// The send time of the latest answered request, and the time of the latest response.
    pub(crate) answered: Option<(Duration, Duration)>,
    /// The duration of its slowest good response.
    pub(crate) slowest: Option<Duration>,
    /// The duration that its own threshold allows.
    pub(crate) allowed: Option<Duration>,
}

/// A service that did not respond at the end, and the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Silent {
    /// The whole run had no response.
    Nobody { failed: u64, kind: Option<FailureKind> },
    /// Nothing ended in the whole run, and requests waited for this time.
    Nothing { waiting: u64, waited: Duration },
    /// No response to the requests after the last answered one, at this time since the first user started; for one
    /// route, if others were answered.
    Since { route: Option<String>, answered: Duration, fate: Fate },
}

/// The fate of unanswered requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    requests: u64,
    /// `true` if there were more of them.
    has_more: bool,
    /// The number of failed ones, and the most frequent kind with its number.
    failed: u64,
    most: Option<(FailureKind, u64)>,
    /// The longest wait of the cancelled ones, or of all if all failed.
    waited: Duration,
}

impl Silence {
    /// Adds a failed request. Returns `true` if it was answered.
    pub(crate) fn add_failed(&mut self, sample: &Sample) -> bool {
        match sample.outcome {
            Outcome::Failed(kind) if kind.is_local() => false,
            Outcome::Failed(kind) if is_unanswered(kind) => {
                self.failed += 1;
                self.latest = Some(kind);
                self.add_unanswered(sample, Some(kind));
                false
            }
            _ => true,
        }
    }

    /// Adds a request that was cancelled without a response.
    pub(crate) fn add_cut(&mut self, sample: &Sample) {
        self.add_unanswered(sample, None);
    }

    fn add_unanswered(&mut self, sample: &Sample, failed: Option<FailureKind>) {
        if self.unanswered.len() >= MOST {
            self.prune();
        }
        let Sample { series, start, service, .. } = *sample;
        self.unanswered.push(Unanswered { series, start, waited: service, failed });
    }

    /// Removes the older half: the requests sent last show how the load ended.
    fn prune(&mut self) {
        self.unanswered.sort_by_key(|request| request.start);
        let latest = self.unanswered.drain(..MOST / 2).map(|request| request.start).max();
        self.forgotten = self.forgotten.max(latest);
    }

    /// Judges the service at the end of this load; returns `None` if it responded.
    pub(crate) fn judge(&self, load: &LoadEnd, known: impl Fn(SeriesId) -> KnownRoute) -> Option<Silent> {
        let all = self.unanswered.iter().map(|request| (request, known(request.series)));
        let unanswered: Vec<_> = all
            .filter(|(request, route)| route.allowed.is_none_or(|allowed| request.waited > allowed))
            .collect();
        let Some((latest, answered)) = load.answered.times() else {
            return self.in_vain(unanswered.iter().map(|(request, _)| *request), load.window);
        };
        let after: Vec<_> = unanswered.iter().filter(|(request, _)| request.start > latest).collect();
        let failed = after.iter().filter(|(request, _)| request.failed.is_some()).count() as u64;
        let is_dead = load.is_silent(answered, &after);
        if failed >= FEWEST || (is_dead && answered <= load.stopped) {
            let of = after.iter().map(|(request, _)| *request);
            return Some(self.since(None, (latest, answered), load, of));
        }
        // Others were answered until the end.
        let one = after.iter().find(|(request, route)| is_dead && load.is_long(request, route));
        let routes = unanswered.iter().filter(|(request, route)| load.is_long(request, route));
        let mut several = routes.filter(|(request, route)| {
            let of = waiting(&unanswered, request.series, route);
            of.len() >= OF_ROUTE
                && route.answered.is_some_and(|(_, answered)| load.is_enough(answered, of.iter().copied()))
        });
        let (request, route) = one.copied().or_else(|| several.next())?;
        let of = waiting(&unanswered, request.series, route);
        Some(self.since(Some(route.name.clone()), route.answered?, load, of.into_iter()))
    }

    /// Returns the fate of the requests after the last answered one; the times are its send time, and the time of its
    /// response.
    fn since<'a>(
        &self,
        route: Option<String>,
        (latest, answered): (Duration, Duration),
        load: &LoadEnd,
        of: impl Iterator<Item = &'a Unanswered>,
    ) -> Silent {
        let has_more = self.forgotten.is_some_and(|forgotten| forgotten > latest);
        let fate = Fate { has_more, ..Fate::from_requests(of) };
        Silent::Since { route, answered: answered.saturating_sub(load.begun), fate }
    }

    /// Returns the fate of the requests if the whole run had no response.
    fn in_vain<'a>(&self, of: impl Iterator<Item = &'a Unanswered>, window: Duration) -> Option<Silent> {
        let (mut waiting, mut waited) = (0, Duration::ZERO);
        for request in of {
            (waiting, waited) = (waiting + 1, waited.max(request.waited));
        }
        let (failed, kind) = (self.failed, self.latest);
        let nothing = (waiting > 0 && waited >= window).then_some(Silent::Nothing { waiting, waited });
        if failed > 0 { Some(Silent::Nobody { failed, kind }) } else { nothing }
    }
}

impl LoadEnd {
    /// Returns `true` if the requests after the last response show that the service is dead. A single request may be
    /// slow, unless no other user could send another; but not for the whole window.
    fn is_silent(&self, answered: Duration, after: &[&(&Unanswered, KnownRoute)]) -> bool {
        let in_vain = after.iter().filter(|(request, route)| self.is_in_vain(request, route));
        let in_vain: Vec<_> = in_vain.map(|(request, _)| *request).collect();
        let (from, to) = stretch(answered, in_vain.iter().copied());
        let is_full = to.saturating_sub(from) >= self.window;
        let least = if self.users == 1 || is_full { 1 } else { TOGETHER };
        in_vain.len() >= least
            && self.is_enough(answered, in_vain.into_iter())
            && after.iter().any(|(request, route)| self.is_long(request, route))
    }

    /// Returns `true` if the request waited for long, by its route's properties. For a route that never responded, only
    /// the window is known.
    fn is_long(&self, request: &Unanswered, route: &KnownRoute) -> bool {
        match self.slowest_of(route) {
            Some(slowest) => request.waited > (slowest * 2).max(LEAST),
            None => request.waited >= self.window,
        }
    }

    /// Returns the longest known duration of a route. Responses in the warm-up are in no latency.
    fn slowest_of(&self, route: &KnownRoute) -> Option<Duration> {
        if route.slowest.is_some() {
            return route.slowest;
        }
        let (sent, answered) = route.answered?;
        Some(self.slowest.max(answered.saturating_sub(sent)))
    }

    /// Returns `true` if the request failed, or waited longer than its route takes, or any route.
    fn is_in_vain(&self, request: &Unanswered, route: &KnownRoute) -> bool {
        let slowest = self.slowest_of(route).unwrap_or(self.slowest);
        request.failed.is_some() || request.waited > (slowest * 2).max(LEAST)
    }

    /// Returns `true` if these have waited for a good part of the load.
    fn is_enough<'a>(&self, answered: Duration, of: impl Iterator<Item = &'a Unanswered> + Clone) -> bool {
        let (from, to) = stretch(answered, of);
        let part = self.stopped.saturating_sub(self.begun) / PART;
        to.saturating_sub(from) >= part.min(ENOUGH)
    }
}

/// The interval in which these waited, after the last response.
fn stretch<'a>(answered: Duration, of: impl Iterator<Item = &'a Unanswered> + Clone) -> (Duration, Duration) {
    let from = of.clone().map(|request| request.start).min().unwrap_or_default();
    let to = of.map(|request| request.start.saturating_add(request.waited)).max().unwrap_or_default();
    (from.max(answered), to)
}

/// The cancelled requests of a route that were sent after the last answered one.
fn waiting<'a>(
    all: &[(&'a Unanswered, KnownRoute)],
    series: SeriesId,
    route: &KnownRoute,
) -> Vec<&'a Unanswered> {
    let latest = route.answered.map(|(latest, _)| latest);
    let of_route = all.iter().map(|(request, _)| *request).filter(|request| request.series == series);
    let cut = of_route.filter(|request| request.failed.is_none());
    cut.filter(|request| latest.is_none_or(|latest| request.start > latest)).collect()
}

impl Fate {
    fn from_requests<'a>(of: impl Iterator<Item = &'a Unanswered>) -> Self {
        let (mut fate, mut kinds) = (Self::default(), BTreeMap::<FailureKind, u64>::new());
        let mut longest = Duration::ZERO;
        for request in of {
            fate.requests += 1;
            longest = longest.max(request.waited);
            match request.failed {
                Some(kind) => *kinds.entry(kind).or_default() += 1,
                None => fate.waited = fate.waited.max(request.waited),
            }
        }
        fate.failed = kinds.values().sum();
        fate.most = kinds.into_iter().max_by_key(|(_, count)| *count);
        if fate.failed == fate.requests {
            fate.waited = longest;
        }
        fate
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { has_more: true, requests, .. } => write!(f, "the last {requests} requests"),
            Self { requests: 1, .. } => write!(f, "the only request since then"),
            Self { requests, .. } => write!(f, "the {requests} requests since then"),
        }?;
        let waited = seconds(self.waited);
        let Some((kind, count)) = self.most else {
            return write!(f, " waited in vain for up to {waited}");
        };
        let is_all = self.failed == self.requests;
        match (self.failed, kind.as_str()) {
            (1, kind) if is_all => write!(f, " failed ({kind})"),
            (failed, kind) if is_all && failed == count => write!(f, " failed (all with {kind})"),
            (failed, kind) if failed == count => write!(f, " failed ({count} with {kind})"),
            (failed, kind) => write!(f, " failed ({count} of {failed} with {kind})"),
        }?;
        match is_all {
            false => write!(f, " or waited in vain for up to {waited}"),
            true if self.waited >= LEAST => write!(f, " after up to {waited}"),
            true => Ok(()),
        }
    }
}

impl fmt::Display for Silent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody { failed: 1, kind } => {
                write!(f, "the only request failed ({}), none was answered", word(*kind))
            }
            Self::Nobody { failed, kind } => {
                write!(f, "{failed} requests failed (the latest with {}), none was answered", word(*kind))
            }
            Self::Nothing { waiting: 1, waited } => {
                write!(f, "nothing ended while the request waited for up to {}", seconds(*waited))
            }
            Self::Nothing { waiting, waited } => {
                write!(f, "nothing ended while all {waiting} requests waited for up to {}", seconds(*waited))
            }
            Self::Since { route, answered, fate } => {
                let who = route.as_deref().unwrap_or("it");
                write!(f, "{who} answered no more after {}; {fate}", seconds(*answered))
            }
        }
    }
}

fn word(kind: Option<FailureKind>) -> &'static str {
    kind.map_or("", FailureKind::as_str)
}

fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}
