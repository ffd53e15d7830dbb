//! The health of the target, derived from its requests.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use molotov_core::{FailureKind, Outcome, Sample};

use crate::plan::Plan;
use crate::units::count;

/// The share of failed requests, in percent, of a dead target. A few may be answered: by a cache in front of it, or by
/// one of many servers that is still up.
const SHARE: u64 = 95;

/// The minimum number of requests that ended, or failed at once; fewer may be an accident.
pub(super) const FEWEST: u64 = 10;

/// The number of failed attempts to connect after which the target of a sizing is dead. A sizing starts with one user.
const ATTEMPTS: u64 = 3;

/// The number of windows for which a sizing's target must be gone after it was up. It may be restarting after an
/// overload, which takes time.
const GONE: u32 = 15;

/// The number of parts of a window; it advances by one part.
const SLOTS: u32 = 10;

/// The minimum length of a part, given by the interval of the supervisor.
const SHORTEST: Duration = Duration::from_millis(100);

/// The maximum number of windows from which requests are used, if there are few.
const FARTHEST: u32 = 10;

/// The evidence of requests about the target, since the start. Cancelled requests are no evidence, and neither are
/// failures caused by this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReachCounts {
    /// Good requests.
    ok: u64,
    /// Failed requests of a kind that no healthy target causes.
    dead: u64,
    /// Failed requests of another kind, which show that the target is alive.
    alive: u64,
    /// Of the dead ones: requests without a connection.
    unconnected: u64,
    /// Of these: requests without a time-out, which a service at its limit causes as well.
    gone: u64,
    /// The kind of the latest dead failure.
    latest: Option<FailureKind>,
    /// `true` if a failed or cancelled request got as far as a connection.
    connected: bool,
}

impl ReachCounts {
    /// Adds a request that was not good. Good ones are counted elsewhere.
    pub(crate) fn add_failed(&mut self, sample: &Sample) {
        match sample.outcome {
            Outcome::Ok => {}
            Outcome::Failed(kind) if kind.is_local() => {}
            Outcome::Failed(kind) if is_unconnected(kind) => {
                self.unconnected += 1;
                self.gone += u64::from(!is_time_out(kind));
                self.died(kind);
            }
            Outcome::Failed(kind) => {
                self.connected = true;
                if is_dead(kind) { self.died(kind) } else { self.alive += 1 }
            }
            _ => self.connected |= sample.sent > 0,
        }
    }

    fn died(&mut self, kind: FailureKind) {
        self.dead += 1;
        self.latest = Some(kind);
    }

    /// The same with this number of good requests.
    pub(crate) fn with_ok(self, ok: u64) -> Self {
        Self { ok, ..self }
    }

    /// Returns the failure of all attempts to connect, if there were at least this number and none succeeded.
    pub(crate) fn never(&self, attempts: u64) -> Option<Dead> {
        let is_dead = self.ok == 0 && !self.connected && self.unconnected >= attempts.max(1);
        is_dead.then_some(Dead::Never { attempts: self.unconnected, kind: self.latest })
    }

    /// Returns the counts since then.
    fn since(&self, then: &Self) -> Self {
        Self {
            ok: self.ok - then.ok,
            dead: self.dead - then.dead,
            alive: self.alive - then.alive,
            unconnected: self.unconnected - then.unconnected,
            gone: self.gone - then.gone,
            ..*self
        }
    }

    fn requests(&self) -> u64 {
        self.ok + self.dead + self.alive
    }
}

/// A dead target, and the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dead {
    /// No attempt to connect has ever succeeded.
    Never { attempts: u64, kind: Option<FailureKind> },
    /// Requests waited, and none ended.
    Hanging { waiting: u64, time: Duration },
    /// Nearly all requests that ended in an interval failed.
    Lately { failed: u64, requests: u64, time: Duration, kind: Option<FailureKind> },
}

impl fmt::Display for Dead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never { attempts: 1, kind: how } => {
                write!(f, "the only attempt to connect failed ({})", word(*how))
            }
            Self::Never { attempts, kind: how } => {
                write!(f, "all {attempts} attempts to connect failed ({})", word(*how))
            }
            Self::Hanging { waiting, time } => {
                let many = if *waiting == 1 { "1 request".to_owned() } else { format!("{waiting} requests") };
                write!(f, "nothing ended for {:.0} s while {many} waited", time.as_secs_f64())
            }
            Self::Lately { failed, requests, time, kind: how } => {
                let which = match requests {
                    1 => "the only request".to_owned(),
                    all if all == failed => format!("all {} requests", count(*all)),
                    all => format!("{} of the {} requests", count(*failed), count(*all)),
                };
                let time = time.as_secs_f64();
                write!(f, "{which} of the last {time:.0} s failed, the latest with {}", word(*how))
            }
        }
    }
}

fn word(kind: Option<FailureKind>) -> &'static str {
    kind.map_or("", FailureKind::as_str)
}

/// Checks during a run that the target is alive.
#[derive(Clone, Debug)]
pub(crate) struct TargetHealth {
    window: Duration,
    rule: Rule,
    /// The counts at the start of each part of the window. Times are since the first user started.
    past: VecDeque<(Duration, ReachCounts)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Nearly all requests of a window failed.
    Share,
    /// Nothing was ever reached in this time, or nothing any more in the whole window. A breach under a growing load is
    /// the purpose of a sizing.
    Unreached(Duration),
}

impl TargetHealth {
    /// Returns the check of a plan, if it has one.
    pub(crate) fn from_plan(plan: &Plan) -> Option<Self> {
        let after = plan.dead_target_after()?;
        let (window, rule) = match plan.search() {
            Some(_) => (after * GONE, Rule::Unreached(after)),
            None => (after, Rule::Share),
        };
        Some(Self { window, rule, past: VecDeque::new() })
    }

    /// Starts with the first user; requests of set-ups do not belong to the load.
    pub(crate) fn start(&mut self, reach: ReachCounts) {
        self.past.clear();
        self.past.push_back((Duration::ZERO, reach));
    }

    /// Checks the target; `now` is the time since the first user started.
    pub(crate) fn poll(&mut self, now: Duration, reach: ReachCounts) -> Option<Dead> {
        match self.rule {
            Rule::Unreached(after) => {
                let lately = self.judge_window(now, reach, |since| since.gone == since.requests());
                reach.never(ATTEMPTS).filter(|_| now >= after).or(lately)
            }
            Rule::Share => {
                self.judge_window(now, reach, |since| since.dead * 100 >= since.requests() * SHARE)
            }
        }
    }

    /// Checks requests that have been waiting without any end for this time; `usual` is a time for which that is
    /// normal.
    pub(crate) fn hangs(&self, hang: Option<(Duration, u64)>, usual: Duration) -> Option<Dead> {
        let (time, waiting) = hang.filter(|(time, _)| *time >= self.window.max(usual))?;
        (self.rule == Rule::Share).then_some(Dead::Hanging { waiting, time })
    }

    /// Returns the time for which a target may be silent, if the end of a run is judged too.
    pub(crate) fn silence_limit(&self) -> Option<Duration> {
        (self.rule == Rule::Share).then_some(self.window)
    }

    fn judge_window(
        &mut self,
        now: Duration,
        reach: ReachCounts,
        is_dead: impl Fn(&ReachCounts) -> bool,
    ) -> Option<Dead> {
        let window = self.window;
        // The shortest window that is long enough and has enough requests; later ones start no earlier.
        while self.past.get(1).is_some_and(|first| is_enough(first, now, &reach, window)) {
            self.past.pop_front();
        }
        let found = self.past.front().filter(|first| is_enough(first, now, &reach, window)).and_then(
            |(start, then)| {
                let since = reach.since(then);
                let (failed, requests, time) = (since.dead, since.requests(), now.saturating_sub(*start));
                is_dead(&since).then_some(Dead::Lately { failed, requests, time, kind: reach.latest })
            },
        );
        self.add_part(now, reach);
        found
    }

    fn add_part(&mut self, now: Duration, reach: ReachCounts) {
        let part = (self.window / SLOTS).max(SHORTEST);
        if self.past.back().is_none_or(|(start, _)| now.saturating_sub(*start) >= part) {
            self.past.push_back((now, reach));
        }
        if self.past.len() > (SLOTS * FARTHEST) as usize {
            self.past.pop_front();
        }
    }
}

/// Returns `true` if the server was never reached. A server with a failing TLS handshake counts as reached.
fn is_unconnected(kind: FailureKind) -> bool {
    use FailureKind::{
        ConnectFailed, ConnectNotFound, ConnectRefused, ConnectReset, ConnectTimeout, ConnectUnreachable,
        DnsFailed, DnsNotFound, DnsTimeout,
    };
    matches!(
        kind,
        DnsNotFound
            | DnsTimeout
            | DnsFailed
            | ConnectRefused
            | ConnectNotFound
            | ConnectTimeout
            | ConnectReset
            | ConnectUnreachable
            | ConnectFailed
    )
}

fn is_time_out(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::DnsTimeout | FailureKind::ConnectTimeout)
}

/// Returns `true` if a request with this failure got no response: the server was unreachable, or silent.
pub(super) fn is_unanswered(kind: FailureKind) -> bool {
    use FailureKind::{BodyReset, BodyTruncated, Http5xx};
    is_unconnected(kind) || (is_dead(kind) && !matches!(kind, Http5xx | BodyReset | BodyTruncated))
}

/// Returns `true` if no healthy target causes this failure after a connection. A target that responds with a reason (a
/// 4xx, a certificate, another protocol) is alive, and a failure that the scenario itself detects is not the target's.
fn is_dead(kind: FailureKind) -> bool {
    use FailureKind::{
        BodyReset, BodyTruncated, ClosedBeforeResponse, Http5xx, SendReset, SendTimeout, TimeoutBody,
        TimeoutHead, TimeoutTotal, TlsTimeout,
    };
    matches!(
        kind,
        TlsTimeout
            | SendReset
            | SendTimeout
            | ClosedBeforeResponse
            | BodyTruncated
            | BodyReset
            | TimeoutHead
            | TimeoutBody
            | TimeoutTotal
            | Http5xx
    )
}

/// Returns `true` if the part that started with `first` is long enough now, and has enough requests.
fn is_enough(first: &(Duration, ReachCounts), now: Duration, reach: &ReachCounts, window: Duration) -> bool {
    let (start, then) = first;
    now.saturating_sub(*start) >= window && reach.requests() - then.requests() >= FEWEST
}

#[cfg(test)]
mod tests {
    use molotov_core::{SeriesId, SeriesKind};

    use super::*;

    const REFUSED: Outcome = Outcome::Failed(FailureKind::ConnectRefused);
    const S: fn(u64) -> Duration = Duration::from_secs;

    fn add(reach: &mut ReachCounts, outcomes: &[Outcome]) {
        let series = SeriesId::new(0, SeriesKind::Route);
        for outcome in outcomes {
            match outcome {
                Outcome::Ok => reach.ok += 1,
                _ => reach.add_failed(&Sample::new(series, *outcome, Duration::ZERO, Duration::ZERO)),
            }
        }
    }

    fn reach(outcomes: &[Outcome]) -> ReachCounts {
        let mut reach = ReachCounts::default();
        add(&mut reach, outcomes);
        reach
    }

    #[test]
    fn a_target_was_never_reached_when_no_attempt_at_all_came_to_a_connection() {
        let unknown = Outcome::Failed(FailureKind::DnsNotFound);
        let no_socket = Outcome::Failed(FailureKind::ConnectNotFound);
        let no_port = Outcome::Failed(FailureKind::LocalPorts);

        assert!(reach(&[REFUSED, unknown, no_socket]).never(3).is_some());
        assert!(reach(&[REFUSED, no_port, Outcome::Cancelled]).never(1).is_some());
        assert_eq!(reach(&[REFUSED, REFUSED]).never(3), None);
        assert_eq!(reach(&[no_port, no_port]).never(1), None, "the server is not to blame");
        for reached in [
            Outcome::Ok,
            Outcome::Failed(FailureKind::Http5xx),
            Outcome::Failed(FailureKind::TlsUnknownIssuer),
            Outcome::Failed(FailureKind::ClosedBeforeResponse),
        ] {
            assert_eq!(reach(&[REFUSED, REFUSED, REFUSED, reached]).never(1), None, "{reached:?}");
        }
    }

    /// The failures that count, each by its name: every new kind requires a decision.
    #[test]
    fn only_failures_of_a_dead_target_count() {
        let counts = |kind: FailureKind| reach(&[Outcome::Failed(kind)]).dead == 1;
        let dead: Vec<_> =
            FailureKind::ALL.iter().filter(|kind| counts(**kind)).map(|kind| kind.as_str()).collect();

        assert_eq!(
            dead.join(" "),
            "dns.not_found dns.timeout dns.failed connect.refused connect.not_found connect.timeout \
             connect.reset connect.unreachable connect.failed tls.timeout send.reset send.timeout \
             closed.before_response body.truncated body.reset timeout.head timeout.body timeout.total http.5xx"
        );
        for kind in FailureKind::ALL.iter().filter(|kind| kind.is_local()) {
            assert_eq!(reach(&[Outcome::Failed(*kind)]), ReachCounts::default(), "{kind:?}");
        }
    }

    fn vitals() -> TargetHealth {
        let mut vitals = TargetHealth::from_plan(&Plan::users(1)).unwrap();
        vitals.start(ReachCounts::default());
        vitals
    }

    /// Returns the time at which a target is given up whose requests have these outcomes, every half a second. Each outcome
    /// stands for one request.
    fn given_up(
        vitals: &mut TargetHealth,
        outcomes: impl Fn(u64) -> Vec<Outcome>,
    ) -> Option<(Duration, Dead)> {
        let mut reach = ReachCounts::default();
        (1..=400).find_map(|half| {
            add(&mut reach, &outcomes(half));
            let now = Duration::from_millis(500 * half);
            vitals.poll(now, reach).map(|dead| (now, dead))
        })
    }

    #[test]
    fn a_target_is_given_up_when_the_window_is_full_and_not_before() {
        let (when, dead) = given_up(&mut vitals(), |_| vec![REFUSED; 4]).unwrap();

        assert_eq!(when, S(5));
        let kind = Some(FailureKind::ConnectRefused);
        assert_eq!(dead, Dead::Lately { failed: 40, requests: 40, time: S(5), kind });
        assert_eq!(
            dead.to_string(),
            "all 40 requests of the last 5 s failed, the latest with connect.refused"
        );
        let many = Dead::Lately { failed: 41_638, requests: 43_422, time: S(5), kind };
        assert!(many.to_string().starts_with("41,638 of the 43,422 requests of the last 5 s"), "{many}");
    }

    #[test]
    fn one_that_dies_later_is_given_up_a_window_after_that() {
        let dying = |half| vec![if half <= 60 { Outcome::Ok } else { REFUSED }; 20];

        let (when, _) = given_up(&mut vitals(), dying).unwrap();

        // Five percent of the window may be from before.
        assert!((S(34)..=S(35)).contains(&when), "{when:?}");
    }

    #[test]
    fn ninety_five_percent_are_dead_and_less_is_alive() {
        let one_ok_in = |all: usize| {
            move |_| {
                let mut outcomes = vec![Outcome::Failed(FailureKind::Http5xx); all - 1];
                outcomes.push(Outcome::Ok);
                outcomes
            }
        };
        assert!(given_up(&mut vitals(), one_ok_in(20)).is_some());
        assert_eq!(given_up(&mut vitals(), one_ok_in(19)), None);
    }

    #[test]
    fn few_requests_take_a_longer_window_which_has_an_end() {
        let every = |halves: u64| move |half| if half % halves == 0 { vec![REFUSED] } else { Vec::new() };

        assert_eq!(given_up(&mut vitals(), every(2)).unwrap().0, S(10), "the tenth second has the tenth");
        assert_eq!(given_up(&mut vitals(), every(8)).unwrap().0, S(40), "within ten windows");
        assert_eq!(given_up(&mut vitals(), every(12)), None, "ten windows have fewer");
    }

    #[test]
    fn faults_of_this_machine_are_neither_dead_nor_alive() {
        let local = Outcome::Failed(FailureKind::LocalFds);

        assert_eq!(given_up(&mut vitals(), |_| vec![local; 9]), None);
        assert!(given_up(&mut vitals(), |_| [vec![local; 99], vec![REFUSED]].concat()).is_some());
    }

    #[test]
    fn memory_is_bounded() {
        let mut vitals = vitals();
        given_up(&mut vitals, |_| Vec::new());
        assert!(vitals.past.len() <= 100, "{}", vitals.past.len());
    }

    #[test]
    fn the_target_of_a_sizing_is_dead_when_it_was_never_reached() {
        let mut vitals = TargetHealth::from_plan(&Plan::sizing("errors < 5%")).unwrap();
        let two = reach(&[REFUSED; 2]);
        let three = reach(&[REFUSED; 3]);
        let after = S(2);

        assert_eq!(vitals.poll(after, two), None);
        assert_eq!(vitals.poll(after - SHORTEST, three), None);
        assert!(vitals.poll(after, three).is_some());
        assert_eq!(vitals.poll(after, three.with_ok(1)), None, "it breaks, which is the answer");
    }

    #[test]
    fn the_target_of_a_sizing_is_dead_when_it_was_there_and_is_gone_for_long() {
        let failing = |kind: FailureKind| {
            let mut vitals = TargetHealth::from_plan(&Plan::sizing("errors < 5%")).unwrap();
            vitals.start(ReachCounts::default());
            let dying = move |half| vec![if half <= 60 { Outcome::Ok } else { Outcome::Failed(kind) }; 20];
            given_up(&mut vitals, dying).map(|(when, _)| when)
        };

        let when = failing(FailureKind::ConnectRefused).unwrap();
        assert!((S(60)..=S(64)).contains(&when), "{when:?}");
        for kind in [FailureKind::ConnectTimeout, FailureKind::Http5xx, FailureKind::TimeoutHead] {
            assert_eq!(failing(kind), None, "{kind:?} is what a service at its limit gives");
        }
    }

    #[test]
    fn option_turns_the_check_off() {
        assert!(TargetHealth::from_plan(&Plan::users(1).no_dead_target_check()).is_none());
        assert!(TargetHealth::from_plan(&Plan::sizing("errors < 5%").no_dead_target_check()).is_none());
        assert!(TargetHealth::from_plan(&Plan::users(1).single_run()).is_none(), "it ends soon anyway");
        let mut patient = TargetHealth::from_plan(&Plan::users(1).dead_target_window(S(30))).unwrap();
        patient.start(ReachCounts::default());
        assert_eq!(given_up(&mut patient, |_| vec![REFUSED]).unwrap().0, S(30));
    }
}
