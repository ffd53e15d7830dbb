//! A service that had stopped answering when a run ended, as the fate of the last requests shows.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use molotov_core::{FailureKind, Outcome, Sample, SeriesId};

use super::target_health::{FEWEST, is_unanswered};

/// A wait of less says nothing.
const LEAST: Duration = Duration::from_millis(100);

/// Requests that must wait since the last answer. The last request of a run may be a slow one, as any other may.
const TOGETHER: usize = 2;

/// Requests of one route that must wait, where others are answered; fewer may be slow ones.
const OF_ROUTE: usize = 3;

/// The part of a load for which a service must be silent at its end: a pause of its machine is shorter, and what is
/// missing in less of a run does not make it another one.
const PART: u32 = 10;

/// A longer silence is enough in a load of any length: as in the headline, pauses of a machine are shorter.
const ENOUGH: Duration = Duration::from_secs(1);

/// Unanswered requests that are kept, at most.
const MOST: usize = 4_096;

/// The evidence that the requests of a load give of the service, up to its end. Faults of this machine say nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Silence {
    /// Those that were not answered.
    unanswered: Vec<Unanswered>,
    /// Of all that were not answered: those that failed, and how the latest did.
    failed: u64,
    latest: Option<FailureKind>,
    /// The time when the latest was sent of those that were let go of.
    forgotten: Option<Duration>,
}

/// Of requests that were answered, in nanoseconds since the start of the run: one look at each is all that it may cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Answered {
    /// The time when the latest was sent, and one more; zero where none was answered.
    latest: u64,
    /// The time when the latest answer was there.
    end: u64,
}

impl Answered {
    #[inline]
    pub(crate) fn add(&mut self, start: u64, end: u64) {
        self.latest = self.latest.max(start.saturating_add(1));
        self.end = self.end.max(end);
    }

    /// Of both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { latest: self.latest.max(other.latest), end: self.end.max(other.end) }
    }

    /// Returns the time when the latest answer was there.
    pub(crate) fn latest_end(self) -> u64 {
        self.end
    }

    /// Returns the times when the latest was sent, and when the latest answer was there.
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
    /// The kind of its failure; none where it was cut.
    failed: Option<FailureKind>,
}

/// The facts of a load at its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoadEnd {
    /// The time for which a service may be silent.
    pub(crate) window: Duration,
    pub(crate) begun: Duration,
    /// The time when no new iterations were started any more.
    pub(crate) stopped: Duration,
    /// Of all its requests.
    pub(crate) answered: Answered,
    /// The time for which the slowest good response took.
    pub(crate) slowest: Duration,
    /// The greatest number of users.
    pub(crate) users: u32,
}

/// The facts of a route.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownRoute {
    pub(crate) name: String,
    /// The time when the latest request was sent that was answered, and when the latest answer was there.
    pub(crate) answered: Option<(Duration, Duration)>,
    /// The time for which its slowest good response took.
    pub(crate) slowest: Option<Duration>,
    /// The time for which a threshold of its own allows it to take.
    pub(crate) allowed: Option<Duration>,
}

/// A service that did not answer at the end, and how that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Silent {
    /// Nobody has answered in the whole run.
    Nobody { failed: u64, kind: Option<FailureKind> },
    /// Nothing has ended in the whole run, and requests waited for so long.
    Nothing { waiting: u64, waited: Duration },
    /// The requests after the last one that was answered, at this time since the first user started; of one route, where
    /// others were answered.
    Since { route: Option<String>, answered: Duration, fate: Fate },
}

/// The end of requests that were not answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    requests: u64,
    /// There were more of them.
    has_more: bool,
    /// Those that failed; and the most frequent kind with its number.
    failed: u64,
    most: Option<(FailureKind, u64)>,
    /// The longest wait of those that were cut, or of all where all failed.
    waited: Duration,
}

impl Silence {
    /// Adds a request that failed. Returns `true` if it was answered.
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

    /// Adds a request that was cut without an answer.
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

    /// Lets go of the older half: those that were sent last say how it ended.
    fn prune(&mut self) {
        self.unanswered.sort_by_key(|request| request.start);
        let latest = self.unanswered.drain(..MOST / 2).map(|request| request.start).max();
        self.forgotten = self.forgotten.max(latest);
    }

    /// Judges the service at the end of this load; returns `None` if it answered.
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

    /// Returns the fate of the requests after the last that was answered: the times are when it was sent, and when its
    /// answer was there.
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

    /// Nothing was answered in the whole run.
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
    /// Returns `true` if the requests after the last answer show that the service is dead. A single one may be slow, unless
    /// nobody else could send another; but not for the whole window.
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

    /// Returns `true` if it waited for long, by the facts of its route. Of a route that never answered nothing is known but
    /// the window.
    fn is_long(&self, request: &Unanswered, route: &KnownRoute) -> bool {
        match self.slowest_of(route) {
            Some(slowest) => request.waited > (slowest * 2).max(LEAST),
            None => request.waited >= self.window,
        }
    }

    /// Returns the longest time that a route takes, as far as it is known. Answers in the warm-up are in no latency.
    fn slowest_of(&self, route: &KnownRoute) -> Option<Duration> {
        if route.slowest.is_some() {
            return route.slowest;
        }
        let (sent, answered) = route.answered?;
        Some(self.slowest.max(answered.saturating_sub(sent)))
    }

    /// Returns `true` if it failed, or waited longer than its route takes, or any route.
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

/// From when and until when these waited, after the last answer.
fn stretch<'a>(answered: Duration, of: impl Iterator<Item = &'a Unanswered> + Clone) -> (Duration, Duration) {
    let from = of.clone().map(|request| request.start).min().unwrap_or_default();
    let to = of.map(|request| request.start.saturating_add(request.waited)).max().unwrap_or_default();
    (from.max(answered), to)
}

/// The requests of a route that were cut, of those that were sent after the last one that was answered.
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
