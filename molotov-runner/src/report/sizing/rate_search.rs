//! Goes from rate to rate: lets each settle, looks whether it holds, and lets the service come to rest when it broke.
//!
//! It is told the time and what was counted, and says what is to be done, so it runs on a simulated service as well.

use std::time::Duration;

use molotov_core::Rate;

use super::bisection::{Found, LevelResult, Levels, Next, Steps};
use super::capacity::{Capacity, CapacityOutcome, CapacityStep};
use super::ramp::{is_of_this_machine, signs};
use super::{FARTHEST, SAMPLES};
use crate::plan::objective::Objective;
use crate::plan::sizing::{HOLDING, RESTING, SETTLING};
use crate::plan::{Plan, SearchWay};
use crate::report::Observed;
use crate::report::objective::{Judgement, Measured};
use crate::report::sliding::{Span, WindowExtent};

/// A rate of less has too few samples in a minute.
const LEAST: Rate = Rate::per_second(2);

/// The greatest that a rate can be.
const MOST: Rate = Rate::per_second(1_000_000);

/// The share of arrivals (2 %) that may be added to those that are not done yet while a rate holds. Beyond it the
/// service does not keep up, and how long its latencies stay in their bounds is a matter of time only.
const FALLS_BEHIND: f64 = 0.02;

/// By how many of its standard deviations, which is a root where arrivals are independent, the number of those in
/// flight may grow by chance.
const BY_CHANCE: f64 = 3.0;

/// From when on the 99th percentile of the lag with which arrivals were released is this machine's fault, as in the
/// verdict.
const LAG: Duration = Duration::from_millis(10);

/// The share of arrivals that found all users busy (10 %) from which on more users might have done more.
const WAITED: f64 = 0.1;

/// A service that answers as fast as before, by this factor at most, is not what users are waiting for.
const AS_FAST: f64 = 1.5;

/// The state of a search.
#[derive(Clone, Debug)]
pub(crate) struct RateSearch {
    objectives: Vec<Objective>,
    users: u32,
    steps: Steps,
    phase: RatePhase,
    settling: Duration,
    /// The median of the service times when a rate held last.
    service: Option<Duration>,
    tried: Vec<CapacityStep>,
    /// The breach of an objective in a window that is not long enough yet.
    signs: Option<String>,
    outcome: CapacityOutcome,
}

#[derive(Clone, Copy, Debug)]
enum RatePhase {
    /// Until this time.
    Settling(Duration),
    /// The counts at its beginning.
    Holding(Counted),
    /// Until this time at most.
    Resting(Duration),
    Over,
}

/// The counts so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    /// Arrivals that were due.
    pub(crate) scheduled: u64,
    /// Of these, those of which no iteration has ended: they wait or are in flight.
    pub(crate) undone: u64,
    /// Those that were dropped.
    pub(crate) dropped: u64,
    /// Those that found all users busy.
    pub(crate) waited: u64,
    /// No user has anything to do.
    pub(crate) is_idle: bool,
    /// The time for which this process was at the limit of its processors.
    pub(crate) busy: Duration,
    /// The delay of released arrivals since the rate was first judged: the 99th percentile.
    pub(crate) lag: Option<Duration>,
}

/// The next action of the run that a search of rates asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RateSearchAction {
    Wait,
    /// The window begins now.
    Judge,
    /// Nothing is due any more, and what waits is dropped.
    Rest,
    /// From now on arrivals are due at this rate.
    Load(Rate),
    End,
}

impl RateSearch {
    /// The search that a plan asks for, where it does.
    pub(crate) fn from_plan(plan: &Plan) -> Option<Self> {
        let Some((sizing, SearchWay::Rates(rate))) = plan.search() else { return None };
        Some(Self {
            objectives: sizing.objectives.clone(),
            users: plan.user_count(),
            steps: Steps::new(levels(rate)),
            phase: RatePhase::Settling(SETTLING.0),
            settling: SETTLING.0,
            service: None,
            tried: Vec::new(),
            signs: None,
            outcome: CapacityOutcome::Unfinished,
        })
    }

    /// Windows that grow until they are judged, and forget nothing.
    pub(crate) fn extent(&self) -> WindowExtent {
        WindowExtent { least: HOLDING, iterations: u64::MAX, latencies: u64::MAX, most: FARTHEST * 2 }
    }

    /// The objectives in words.
    pub(crate) fn objectives(&self) -> String {
        self.objectives.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// The rate that is being tried.
    pub(crate) fn rate(&self) -> Rate {
        Rate::from_thousandths_per_hour(self.steps.level())
    }

    /// The greatest rate so far that held.
    pub(crate) fn good(&self) -> Option<Rate> {
        self.steps.good().map(Rate::from_thousandths_per_hour)
    }

    /// Looks at the run, where `now` is since the first arrival, and `span` the window where a part of it is new.
    pub(crate) fn poll(&mut self, now: Duration, counted: Counted, span: Option<&Span>) -> RateSearchAction {
        match self.phase {
            RatePhase::Settling(until) if now >= until => {
                self.phase = RatePhase::Holding(counted);
                RateSearchAction::Judge
            }
            RatePhase::Resting(until) if counted.is_idle || now >= until => self.load(now),
            RatePhase::Holding(before) => match span {
                Some(span) if span.length() >= HOLDING => {
                    self.judge(now, RateWindow::new(before, counted, span))
                }
                Some(span) => {
                    let broken = signs(&self.objectives, span);
                    self.signs = broken.map(|(objective, measured)| self::broken(objective, measured));
                    RateSearchAction::Wait
                }
                None => RateSearchAction::Wait,
            },
            RatePhase::Settling(_) | RatePhase::Resting(_) | RatePhase::Over => RateSearchAction::Wait,
        }
    }

    /// Looks at a window that is long enough.
    fn judge(&mut self, now: Duration, window: RateWindow<'_>) -> RateSearchAction {
        let rate = self.rate();
        self.signs = None;
        if is_of_this_machine(&self.objectives, window.span) {
            return self.at_limit(&window, super::LOCAL_FAULTS.to_owned(), super::LOCAL_FAULTS.to_owned());
        }
        match self.verdict(&window) {
            WindowVerdict::TooFew if window.span.length() < FARTHEST => RateSearchAction::Wait,
            // A greater rate has more of them.
            WindowVerdict::TooFew => match self.steps.skip() {
                Some(_) => self.load(now),
                None => self.finish(CapacityOutcome::TooFewSamples { rate }),
            },
            WindowVerdict::Held => {
                self.tried.push(window.step(rate, None));
                self.settling = window.settling();
                self.service = window.span.service().percentile(50.0);
                self.advance(now, LevelResult::Held)
            }
            WindowVerdict::Behind(_) if self.is_unsettled(&window) => {
                let had = self.settling + window.span.length();
                self.settling = window.settling();
                self.phase = RatePhase::Settling(now + self.settling.saturating_sub(had));
                RateSearchAction::Wait
            }
            WindowVerdict::Broken(why) | WindowVerdict::Behind(why) => {
                if let Some(fault) = self.fault_of_this_machine(&window) {
                    return self.at_limit(&window, why, fault);
                }
                self.tried.push(window.step(rate, Some(why)));
                self.advance(now, LevelResult::Broke)
            }
        }
    }

    /// Ends the search at the limit of this machine, whose fault it is that the rate broke.
    fn at_limit(&mut self, window: &RateWindow<'_>, broken: String, why: String) -> RateSearchAction {
        let rate = self.rate();
        self.tried.push(CapacityStep { generator: Some(why.clone()), ..window.step(rate, Some(broken)) });
        self.finish(CapacityOutcome::Generator { rate, why })
    }

    /// The time that it was given is over.
    pub(crate) fn time_over(&mut self) {
        if !matches!(self.phase, RatePhase::Over) {
            self.finish(CapacityOutcome::TimeOver);
        }
    }

    fn verdict(&self, window: &RateWindow<'_>) -> WindowVerdict {
        let mut verdict = WindowVerdict::Held;
        for objective in &self.objectives {
            match objective.judge(window.span, SAMPLES.max(objective.samples())) {
                Judgement::Held => {}
                Judgement::TooFewSamples => verdict = WindowVerdict::TooFew,
                Judgement::Broken(measured) => return WindowVerdict::Broken(broken(objective, measured)),
            }
        }
        if window.scheduled() < SAMPLES {
            return WindowVerdict::TooFew;
        }
        match window.growth() {
            Growth::None => verdict,
            Growth::ByChance if window.span.length() < FARTHEST => WindowVerdict::TooFew,
            Growth::ByChance => verdict,
            Growth::Behind(why) => WindowVerdict::Behind(why),
        }
    }

    /// Returns `true` if there may have been more and more arrivals that were not done only because none was there when it
    /// began, and each takes its time: how long was not known at the first rate.
    fn is_unsettled(&self, window: &RateWindow<'_>) -> bool {
        self.steps.good().is_none() && self.settling == SETTLING.0 && window.settling() > SETTLING.0
    }

    /// Returns the reason for which a rate that broke may be too much for the load generator, and not for the service.
    fn fault_of_this_machine(&self, window: &RateWindow<'_>) -> Option<String> {
        if let Some(lag) = window.counted.lag.filter(|lag| *lag > LAG) {
            return Some(format!("it released arrivals up to {} ms late (p99)", lag.as_millis()));
        }
        if window.busy() * 2 >= window.span.length() {
            return Some("it used all of its processors".into());
        }
        let median = window.span.service().percentile(50.0);
        let is_as_fast = self
            .service
            .zip(median)
            .is_some_and(|(before, now)| now.as_secs_f64() <= before.as_secs_f64() * AS_FAST);
        let users = self.users;
        (is_as_fast && window.share_that_waited() > WAITED).then(|| {
            format!("all of its {users} users were busy while the service was as fast as before; --users says how many")
        })
    }

    fn advance(&mut self, now: Duration, shown: LevelResult) -> RateSearchAction {
        let outcome = match (self.steps.record(shown), shown) {
            (Next::Try(_), LevelResult::Held) => return self.load(now),
            (Next::Try(_), LevelResult::Broke) => {
                self.phase = RatePhase::Resting(now + RESTING);
                return RateSearchAction::Rest;
            }
            (Next::Found(found), _) => found,
        };
        self.finish(match outcome {
            Found::Between(..) => CapacityOutcome::Found,
            Found::NoLimit(_) => CapacityOutcome::NoLimit,
            Found::Nothing(_) => CapacityOutcome::Nothing,
            Found::Unsteady => CapacityOutcome::Unsteady,
        })
    }

    fn load(&mut self, now: Duration) -> RateSearchAction {
        self.phase = RatePhase::Settling(now + self.settling);
        RateSearchAction::Load(self.rate())
    }

    fn finish(&mut self, outcome: CapacityOutcome) -> RateSearchAction {
        self.phase = RatePhase::Over;
        self.outcome = outcome;
        RateSearchAction::End
    }

    /// Returns the result so far, whenever the run ended and for whatever reason.
    pub(crate) fn result(&self) -> Capacity {
        let is_open = matches!(self.outcome, CapacityOutcome::Unfinished | CapacityOutcome::TimeOver);
        Capacity {
            objectives: self.objectives.iter().map(ToString::to_string).collect(),
            outcome: self.outcome.clone(),
            good: self.good(),
            bad: self.steps.bad().map(Rate::from_thousandths_per_hour),
            trying: is_open.then(|| self.rate()),
            trying_broken: self.signs.clone().filter(|_| is_open),
            steps: self.tried.clone(),
        }
    }
}

/// The rates that may be tried, beginning with this one.
pub(super) fn levels(first: Rate) -> Levels {
    let first = first.thousandths_per_hour();
    Levels { least: LEAST.thousandths_per_hour().min(first), first, most: MOST.thousandths_per_hour() }
}

/// The judgement of a window over a rate.
enum WindowVerdict {
    Held,
    Broken(String),
    /// More and more is not done.
    Behind(String),
    TooFew,
}

/// The growth of the number of arrivals that are not done.
enum Growth {
    None,
    /// A longer window will tell.
    ByChance,
    /// In words.
    Behind(String),
}

/// A window, and what was counted before and after it.
struct RateWindow<'s> {
    before: Counted,
    counted: Counted,
    span: &'s Span,
}

impl<'s> RateWindow<'s> {
    fn new(before: Counted, counted: Counted, span: &'s Span) -> Self {
        Self { before, counted, span }
    }

    fn scheduled(&self) -> u64 {
        self.counted.scheduled - self.before.scheduled
    }

    fn busy(&self) -> Duration {
        self.counted.busy.saturating_sub(self.before.busy)
    }

    fn share_that_waited(&self) -> f64 {
        (self.counted.waited - self.before.waited) as f64 / self.scheduled().max(1) as f64
    }

    /// Returns the time for which a rate is to settle whose iterations take so long.
    fn settling(&self) -> Duration {
        let longest = self.span.latencies_of_iterations().percentile(99.0);
        longest.map_or(SETTLING.1, |longest| (longest * 2).clamp(SETTLING.0, SETTLING.1))
    }

    /// Returns the growth of the arrivals that are not done yet.
    fn growth(&self) -> Growth {
        let (before, now) = (self.before, self.counted);
        let more = (now.undone + now.dropped).saturating_sub(before.undone + before.dropped);
        let by_chance = BY_CHANCE * (before.undone as f64 + 1.0).sqrt();
        let due = self.scheduled();
        match more as f64 {
            more if more <= due as f64 * FALLS_BEHIND => Growth::None,
            more if more <= by_chance => Growth::ByChance,
            _ => Growth::Behind(format!("it fell behind: of {due} arrivals {more} were not done in time")),
        }
    }

    fn step(&self, rate: Rate, broken: Option<String>) -> CapacityStep {
        let latencies = self.span.latencies();
        CapacityStep {
            rate,
            broken,
            generator: None,
            window: self.span.length(),
            scheduled: self.scheduled(),
            iterations: self.span.iterations,
            failed_iterations: self.span.failed,
            p50: latencies.percentile(50.0),
            p95: latencies.percentile(95.0),
            p99: latencies.percentile(99.0),
        }
    }
}

fn broken(objective: &Objective, measured: Measured) -> String {
    match measured {
        Measured::Errors(share) => format!("{:.1}% failed ({objective})", share.in_percent()),
        Measured::Latency(time) | Measured::AtLeast(time) => {
            let text = objective.to_string();
            let name = text.split(' ').next().unwrap_or_default();
            let observed = match measured {
                Measured::AtLeast(_) => Observed::AtLeast(time),
                _ => Observed::Time(time),
            };
            format!("{name} was {observed} ({text})")
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
