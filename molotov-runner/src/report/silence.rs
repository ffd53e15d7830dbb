//! Whether the service had stopped answering when a run ended: what became of the last requests.

use std::fmt;
use std::time::Duration;

use molotov_core::{FailureKind, Outcome, Sample, SeriesId};

use super::reach::is_unanswered;

/// A wait of less says nothing.
const LEAST: Duration = Duration::from_millis(100);

/// Requests that must have failed at once; fewer may be an accident.
const FAILURES: u64 = 10;

/// Requests of one route that must wait, where others are answered; fewer may be slow ones.
const OF_ROUTE: u64 = 3;

/// Unanswered requests that are kept, at most.
const MOST: usize = 4_096;

/// What requests of a load said of the service, up to its end. Faults of this machine say nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Silence {
    answered: Answered,
    /// How long the slowest good response took, in nanoseconds.
    slowest: u64,
    /// Those that were not answered.
    unanswered: Vec<Unanswered>,
    /// Of all that were not answered: those that failed, and how the latest did.
    failed: u64,
    latest: Option<FailureKind>,
}

/// Of requests that were answered, in nanoseconds since the start of the run: one look at each is all that it may cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Answered {
    /// When the latest was sent, and one more; zero where none was answered.
    latest: u64,
    /// When the latest answer was there.
    end: u64,
}

impl Answered {
    #[inline]
    pub(crate) fn add(&mut self, start: u64, end: u64) {
        self.latest = self.latest.max(start.saturating_add(1));
        self.end = self.end.max(end);
    }

    /// When the latest was sent, and when the latest answer was there.
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
    is_cut: bool,
}

/// What is known of a route.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) name: String,
    /// When the latest request was sent that was answered, and when the latest answer was there.
    pub(crate) answered: Option<(Duration, Duration)>,
    /// How long its slowest good response took.
    pub(crate) slowest: Option<Duration>,
    /// How long a threshold of its own allows it to take.
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
    Since { route: Option<String>, answered: Duration, requests: u64, waited: Duration },
}

impl Silence {
    /// Adds a request; whether it was answered. Its start and end are nanoseconds, and `is_cut` says that it was cut without
    /// an answer.
    #[inline]
    pub(crate) fn is_answered(&mut self, sample: &Sample, (start, end): (u64, u64), is_cut: bool) -> bool {
        let is_answered = match sample.outcome {
            Outcome::Ok => {
                self.slowest = self.slowest.max(end - start);
                true
            }
            _ => self.not_good(sample, is_cut),
        };
        if is_answered {
            self.answered.add(start, end);
        }
        is_answered
    }

    fn not_good(&mut self, sample: &Sample, is_cut: bool) -> bool {
        match sample.outcome {
            Outcome::Failed(kind) if kind.is_local() => return false,
            Outcome::Failed(kind) if is_unanswered(kind) => {
                self.failed += 1;
                self.latest = Some(kind);
            }
            Outcome::Cancelled if is_cut => {}
            _ => return true,
        }
        if self.unanswered.len() >= MOST {
            self.prune();
        }
        let Sample { series, start, service, .. } = *sample;
        self.unanswered.push(Unanswered { series, start, waited: service, is_cut });
        false
    }

    /// Lets go of the older half: those that were sent last say how it ended.
    fn prune(&mut self) {
        self.unanswered.sort_by_key(|request| request.start);
        self.unanswered.drain(..MOST / 2);
    }

    /// How long the slowest good response took.
    pub(crate) fn slowest(&self) -> Duration {
        Duration::from_nanos(self.slowest)
    }

    /// Whether the service had stopped answering when a load ended that stopped starting iterations at `stopped`. The
    /// window is how long a service may be silent; `begun` is when the load began.
    pub(crate) fn judge(
        &self,
        window: Duration,
        begun: Duration,
        stopped: Duration,
        known: impl Fn(SeriesId) -> Known,
    ) -> Option<Silent> {
        let is_allowed = |request: &Unanswered, route: &Known| {
            route.allowed.is_some_and(|allowed| request.waited <= allowed)
        };
        let all = self.unanswered.iter().map(|request| (request, known(request.series)));
        let unanswered: Vec<_> = all.filter(|(request, route)| !is_allowed(request, route)).collect();
        let Some((latest, answered)) = self.answered.times() else {
            return self.in_vain(unanswered.iter().map(|(request, _)| *request), window);
        };
        let after = || unanswered.iter().filter(|(request, _)| request.start > latest);
        let is_long = |(request, route): &&(&Unanswered, Known)| {
            let least = |slowest: Duration| request.waited > (slowest * 2).max(LEAST);
            match route.slowest {
                Some(slowest) => least(slowest),
                // Nothing is known of this route; so all of the service must be silent.
                None => answered <= stopped && least(self.slowest()),
            }
        };
        let failed = after().filter(|(request, _)| !request.is_cut).count() as u64;
        let since = |route: Option<String>, answered: Duration, of: &[&Unanswered]| {
            let waited = of.iter().map(|request| request.waited).max()?;
            let answered = answered.saturating_sub(begun);
            Some(Silent::Since { route, answered, requests: of.len() as u64, waited })
        };
        if failed >= FAILURES || (answered <= stopped && after().any(|it| is_long(&it))) {
            let of: Vec<_> = after().map(|(request, _)| *request).collect();
            return since(None, answered, &of);
        }
        // Others were answered until the end.
        let (_, route) =
            after().filter(is_long).chain(unanswered.iter().filter(is_long)).find(|(request, route)| {
                let of = waiting(&unanswered, request.series, route);
                request.start > latest || of.len() as u64 >= OF_ROUTE
            })?;
        let series = unanswered.iter().find(|(_, other)| other.name == route.name)?.0.series;
        let (_, answered) = route.answered?;
        since(Some(route.name.clone()), answered, &waiting(&unanswered, series, route))
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

/// The requests of a route that were cut, of those that were sent after the last one that was answered.
fn waiting<'a>(all: &[(&'a Unanswered, Known)], series: SeriesId, route: &Known) -> Vec<&'a Unanswered> {
    let latest = route.answered.map(|(latest, _)| latest);
    let of_route = all.iter().map(|(request, _)| *request).filter(|request| request.series == series);
    of_route.filter(|request| request.is_cut && latest.is_none_or(|latest| request.start > latest)).collect()
}

impl fmt::Display for Silent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests =
            |many: &u64| if *many == 1 { "the request".to_owned() } else { format!("all {many} requests") };
        match self {
            Self::Nobody { failed: 1, kind } => {
                write!(f, "the only request failed ({}), none was answered", word(*kind))
            }
            Self::Nobody { failed, kind } => {
                write!(f, "{failed} requests failed (the latest with {}), none was answered", word(*kind))
            }
            Self::Nothing { waiting, waited } => {
                write!(f, "nothing ended while {} waited for up to {}", requests(waiting), seconds(*waited))
            }
            Self::Since { route, answered, requests: many, waited } => write!(
                f,
                "{} answered no more after {}; {} since then waited in vain for up to {}",
                route.as_deref().unwrap_or("it"),
                seconds(*answered),
                if *many == 1 { "the only request".to_owned() } else { format!("the {many} requests") },
                seconds(*waited)
            ),
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
